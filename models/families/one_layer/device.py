"""Gradient descent over all rows on an accelerator, many steps without a word from the host.

A run ends after the first step that finds level ground, which only the device knows when it happens. So a step begins
by asking there whether the run still goes on: if so, it sets out from where the last one arrived, if not, from where
the last one set out, and then it finds the same numbers again. Steps after the end do no harm, and the host need look
only now and then (models/arithmetic/device_loop.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from models.arithmetic import device_loop

_LOOK_FIRST, _LOOK_EVERY = 16, 256  # steps; what is done after the end is done in vain
RATE, LOSS, LEAST, DONE = range(4)  # places in `tally`


class Descent:
    """`parameters` numbers on their way down. `find(descent)` fills `gradient`, all at `here`, and returns a tensor ()
    that says whether the run goes on after this step; it keeps to the rules of models/arithmetic/device_loop.py."""

    def __init__(
        self,
        find: Callable[[Descent], torch.Tensor],
        parameters: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._find = find
        self._flat = torch.zeros(4 + 3 * parameters, dtype=dtype, device=device)
        self.tally, rest = self._flat[:4], self._flat[4:]
        self._arrived, self.here, self.gradient = rest.view(3, parameters)
        self._goes_on = torch.ones((), dtype=torch.bool, device=device)
        self._on_host = device_loop.OnHost(self._flat)
        self._host = self._on_host.host

    def loop(self, device: torch.device) -> device_loop.DeviceLoop:
        return device_loop.DeviceLoop(self.work, (self._flat, self._goes_on), device_loop.recorder_for(device))

    def work(self, count: int) -> None:
        for _ in range(count):
            torch.where(self._goes_on, self._arrived, self.here, out=self.here)
            goes_on = self._find(self)
            torch.addcmul(self.here, self.gradient, self.tally[RATE], value=-1.0, out=self._arrived)
            self.tally[DONE].add_(self._goes_on)
            self._goes_on.logical_and_(goes_on)

    def begin(self, parameters: np.ndarray, rate: float, least: float) -> None:
        """Start at these parameters (p,) with a learning rate; least: the least loss so far."""
        self._host[:4] = rate, 0.0, least, 0.0
        self._host[4 : 4 + len(parameters)] = parameters
        self._goes_on.fill_(True)
        self._on_host.send(4 + len(parameters))

    def run(self, loop: device_loop.DeviceLoop, count: int) -> int:
        """Up to `count` steps; how many were done before an end. Raises RuntimeError when the device fails."""
        launched = done = 0
        while launched < count and done == launched:
            some = min(max(_LOOK_FIRST, launched), _LOOK_EVERY, count - launched)
            loop.run(some)
            launched += some
            done = int(self.tally[DONE].cpu())
        return done

    def fetch(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the last step arrived (p,), the gradient that it went against (p,), and the tally (4,): on the host, in
        one copy; valid until the next call."""
        self._on_host.fetch(0, len(self._host))
        arrived, _, gradient = self._host[4:].reshape(3, -1)
        return arrived, gradient, self._host[:4]


def with_ones(features: np.ndarray, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Rows (n, d) and a column of ones behind them, for the bias."""
    return torch.tensor(np.column_stack([features, np.ones(len(features))]), dtype=dtype, device=device)


def bound_below(values: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """The greatest numbers of a float type that are not above `values`: what exceeds one exceeds the other, so that
    device and host agree on where a run ends."""
    kind = np.float64 if dtype == torch.float64 else np.float32
    near = np.asarray(values, dtype=np.float64).astype(kind)
    return np.where(near > values, np.nextafter(near, kind(-np.inf)), near)


def bound_above(values: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """The least numbers of a float type that are not below `values`."""
    return -bound_below(-np.asarray(values, dtype=np.float64), dtype)
