"""The perceptron on an accelerator: the arithmetic of models/algorithms/perceptron/kernels.py, an epoch at a time.

One sample waits for the one before, and each is five operations on a few numbers: an accelerator is no help here, and
this path exists so that a run may stay on the device that was chosen for it. What can be spared is the host's part:
whether a sample is wrong is decided on the device, and heard by the host at the end of an epoch, where the run may end.
"""

from __future__ import annotations

import numpy as np
import torch

from models.algorithms.perceptron.kernels import (
    Lines,
    Order,
    Progress,
    Samples,
    count_samples,
    epoch_decides,
)
from models.algorithms.perceptron.state import POSITION
from models.arithmetic import device_loop, draws
from models.core.problem import Rows


def many_samples_torch(
    problem: Rows,
    lines: Lines,
    samples: Samples,
    order: Order,
    progress: Progress,
    learning_rate: float,
    step: np.ndarray,
    corrected: np.ndarray,
) -> int:
    """`many_samples` of models/algorithms/perceptron/kernels.py on the problem's device, whose features the samples are.
    Raises RuntimeError when that fails."""
    n, done, count = len(order.rows), 0, len(lines.bias)
    if len(corrected) == 0:
        return 0
    trainer = problem.keep(("perceptron", count), lambda: _Trainer(problem, samples.classes, count))
    trainer.upload(lines, learning_rate)
    while done < len(corrected):
        at = int(progress.counters[POSITION])
        if order.is_new and at == 0:
            draws.shuffle(order.seed, order.iteration + done, draws.ORDER, order.rows)
        stretch = min(len(corrected) - done, n - at)
        told = corrected[done : done + stretch]
        trainer.run(order.rows, at, lines, step, told)
        row, mistakes = order.rows[at + stretch - 1], int(told.sum())
        count_samples(lines, progress, row, stretch, mistakes, n, not order.is_new)
        done += stretch
        if epoch_decides(progress):
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

    def upload(self, lines: Lines, learning_rate: float) -> None:
        end = self._samples.lines.numel() + 1
        self._host[0] = learning_rate
        self._host[1:end] = np.column_stack([lines.bias, lines.weights]).ravel()
        self._on_host.send(end)

    def run(self, order: np.ndarray, first: int, lines: Lines, step: np.ndarray, corrected: np.ndarray) -> None:
        """Look at the samples from place `first` of the order on, as many as `corrected` has places."""
        if self._order is None or not np.array_equal(self._order, order):
            self._samples.order.copy_(torch.from_numpy(order.copy()))
            self._order = order.copy()
        count, (units, columns) = len(corrected), self._samples.lines.shape
        self._samples.place.fill_(first)
        self._loop.run(count)
        steps, flags = 1 + units * columns, 1 + units * columns + units
        end = flags + first + count
        self._on_host.fetch(1, end)
        found = self._host[1:steps].reshape(units, columns)
        lines.bias[:], lines.weights[:] = found[:, 0], found[:, 1:]
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
