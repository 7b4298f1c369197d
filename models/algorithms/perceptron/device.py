"""The perceptron on an accelerator: the arithmetic of models/algorithms/perceptron/kernels.py, an epoch at a time.

One sample waits for the one before, and each is five operations on a few numbers: an accelerator is no help here, and
this path exists so that a run may stay on the device that was chosen for it. What can be spared is the host's part:
whether a sample is wrong is decided on the device, and heard by the host at the end of an epoch, where the run may end.
"""

from __future__ import annotations

import numpy as np
import torch

from models.algorithms.perceptron.kernels import POSITION, count_samples, epoch_decides
from models.arithmetic import device_loop, draws
from models.core.problem import Rows


def many_samples_torch(
    weights, bias, order, step, saved, counters, problem, classes, learning_rate, max_epochs, new_order, seed,
    iteration, corrected,
):  # fmt: skip
    """`many_samples` of models/algorithms/perceptron/kernels.py on the problem's device. Raises RuntimeError when that fails."""
    n, done, lines = len(order), 0, len(bias)
    if len(corrected) == 0:
        return 0
    trainer = problem.keep(("perceptron", lines), lambda: _Trainer(problem, classes, lines))
    trainer.upload(weights, bias, learning_rate)
    while done < len(corrected):
        at = int(counters[POSITION])
        if new_order and at == 0:
            draws.shuffle(seed, iteration + done, draws.ORDER, order)
        stretch = min(len(corrected) - done, n - at)
        told = corrected[done : done + stretch]
        trainer.run(order, at, weights, bias, step, told)
        row, mistakes = order[at + stretch - 1], int(told.sum())
        count_samples(weights, bias, saved, counters, row, stretch, mistakes, n, not new_order)
        done += stretch
        if epoch_decides(counters, max_epochs):
            break
    return done


class _Trainer:
    """Refers to tensors, not to the problem."""

    def __init__(self, problem: Rows, classes: np.ndarray, lines: int) -> None:
        device, dtype = torch.device(problem.device), problem.float_type()
        self._samples = _Samples(problem.features, classes, lines, device, dtype)
        self._loop = device_loop.DeviceLoop(
            self._samples.work, (self._samples.flat, self._samples.place), device_loop.recorder_for(device)
        )
        self._on_host = device_loop.OnHost(self._samples.flat)
        self._host = self._on_host.host
        self._order: np.ndarray | None = None

    def upload(self, weights: np.ndarray, bias: np.ndarray, learning_rate: float) -> None:
        end = self._samples.lines.numel() + 1
        self._host[0] = learning_rate
        self._host[1:end] = np.column_stack([bias, weights]).ravel()
        self._on_host.send(end)

    def run(self, order, first: int, weights, bias, step, corrected) -> None:
        """Look at the samples from place `first` of the order on, as many as `corrected` has places."""
        if self._order is None or not np.array_equal(self._order, order):
            self._samples.order.copy_(torch.from_numpy(order.copy()))
            self._order = order.copy()
        count, (lines, columns) = len(corrected), self._samples.lines.shape
        self._samples.place.fill_(first)
        self._loop.run(count)
        steps, flags = 1 + lines * columns, 1 + lines * columns + lines
        end = flags + first + count
        self._on_host.fetch(1, end)
        found = self._host[1:steps].reshape(lines, columns)
        bias[:], weights[:] = found[:, 0], found[:, 1:]
        step[:], corrected[:] = self._host[steps:flags], self._host[flags + first : end]


class _Samples:
    """Rows of 1, features and targets, and lines (c, d + 1), the bias first: sums are added up in the kernels' order."""

    def __init__(
        self, features: np.ndarray, classes: np.ndarray, lines: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        n, self._columns = len(features), features.shape[1] + 1
        targets = classes[:, None] == (np.arange(lines) if lines > 1 else 1)
        rows = np.column_stack([np.ones(n), features, targets])
        self._rows = torch.tensor(rows, dtype=dtype, device=device)
        self.order = torch.zeros(n, dtype=torch.int64, device=device)
        self.place = torch.zeros((), dtype=torch.int64, device=device)
        numbers = lines * self._columns
        self.flat = torch.zeros(1 + numbers + lines + n, dtype=dtype, device=device)
        self._rate, self.lines = self.flat[0], self.flat[1 : 1 + numbers].view(lines, self._columns)
        self._last, self._flags = self.flat[1 + numbers : 1 + numbers + lines], self.flat[1 + numbers + lines :]
        longest = device_loop.LENGTHS[0]
        self._turns = torch.arange(longest, device=device)
        self._steps = torch.zeros((longest, lines), dtype=dtype, device=device)
        self._products, self._sums = torch.zeros_like(self.lines), torch.zeros_like(self.lines)

    def work(self, count: int) -> None:
        """Look at `count` samples from `place` of the order on."""
        places = self.place + self._turns[:count]
        rows = self._rows.index_select(0, self.order.index_select(0, places))
        samples, wanted = rows[:, : self._columns], rows[:, self._columns :] * self._rate
        output, against = self._sums[:, -1], -self._rate
        for turn in range(count):
            torch.mul(self.lines, samples[turn], out=self._products)
            torch.cumsum(self._products, 1, out=self._sums)  # bias, then column after column
            output.ge_(0.0)
            # Learning rate times (target - output): 0 for a line that is right.
            torch.addcmul(wanted[turn], output, against, out=self._steps[turn])
            self.lines.addr_(self._steps[turn], samples[turn])
        self._last.copy_(self._steps[count - 1])
        self._flags.scatter_(0, places, (self._steps[:count] != 0.0).any(dim=1).to(self._flags.dtype))
        self.place.add_(count)
