"""The frames of a run, seekable: states and metrics on a grid of iterations, everything else by replay.

The grid is fixed by the iteration number alone: stride 1 at first, doubled whenever there are more than
`MOST_KEYFRAMES` of them or they hold more than the byte budget. So the same run always keeps the same frames.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from models.core.learner import Outcome
from models.core.state import State

MOST_KEYFRAMES = 256
_DROPPED_AT_ONCE = 1000  # freeing 100,000 states in one go stalls the other threads for a tenth of a second


class Timeline:
    """Keyframes: settled states at iterations on the grid, with their metrics. `reached` is the furthest iteration."""

    def __init__(self, byte_budget: int = 128 * 2**20, stride: int = 1) -> None:
        self.byte_budget, self.first_stride = byte_budget, stride
        self.stride = stride
        self.reached = 0
        self.outcome: Outcome | None = None
        self._iterations: list[int] = []
        self._states: dict[int, State] = {}
        self._metrics: dict[int, dict[str, float]] = {}
        self._bytes = 0
        self._dropped: list[State] = []

    def is_on_grid(self, iteration: int) -> bool:
        return iteration % self.stride == 0

    def next_on_grid(self, iteration: int) -> int:
        """The first grid point after `iteration`."""
        return iteration - iteration % self.stride + self.stride

    def keep(self, iteration: int, state: State, metrics: dict[str, float]) -> None:
        """Remember a settled state on the grid; a point off the grid, or one already kept, is passed over."""
        if not self.is_on_grid(iteration) or iteration in self._states:
            return
        self._iterations.insert(bisect_left(self._iterations, iteration), iteration)
        self._states[iteration], self._metrics[iteration] = state, metrics
        self._bytes += _cost(state, metrics)
        while len(self._iterations) > 2 and (len(self._iterations) > MOST_KEYFRAMES or self._bytes > self.byte_budget):
            self._thin()
        del self._dropped[-_DROPPED_AT_ONCE:]

    def _thin(self) -> None:
        self.stride *= 2
        for iteration in [i for i in self._iterations if i % self.stride]:
            state = self._states.pop(iteration)
            self._bytes -= _cost(state, self._metrics.pop(iteration))
            self._dropped.append(state)
        self._iterations = [i for i in self._iterations if i % self.stride == 0]

    def nearest(self, iteration: int) -> tuple[int, State]:
        """The last keyframe at or before `iteration`. Raises LookupError when nothing is kept."""
        at = bisect_right(self._iterations, iteration)
        if not at:
            raise LookupError("the timeline is empty")
        found = self._iterations[at - 1]
        return found, self._states[found]

    def has(self, iteration: int) -> bool:
        return iteration in self._states

    def metrics(self, iteration: int) -> dict[str, float] | None:
        return self._metrics.get(iteration)

    @property
    def nbytes(self) -> int:
        """Bytes that the kept states hold, overhead of their objects counted."""
        return self._bytes

    def kept(self) -> tuple[int, ...]:
        """The iterations of the keyframes, rising."""
        return tuple(self._iterations)

    def states_until(self, iteration: int, most: int) -> list[State]:
        """At most `most` kept states at or before `iteration`, evenly chosen, oldest first."""
        upto = self._iterations[: bisect_right(self._iterations, iteration)]
        if len(upto) > most:
            upto = [upto[round(i * (len(upto) - 1) / (most - 1))] for i in range(most)]
        return [self._states[i] for i in upto]

    def curves(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The kept iterations (k,) and each metric at them (k,), nan where it did not exist."""
        names: dict[str, None] = {}
        for row in self._metrics.values():
            names.update(dict.fromkeys(row))
        rows = [self._metrics[i] for i in self._iterations]
        return (
            np.array(self._iterations, dtype=np.float64),
            {name: np.array([row.get(name, np.nan) for row in rows], dtype=np.float64) for name in names},
        )

    def cut(self, iteration: int) -> Timeline:
        """A timeline with the frames up to `iteration` alone; this one stays as it is."""
        short = Timeline(self.byte_budget, self.first_stride)
        short.stride = self.stride
        for at in self._iterations[: bisect_right(self._iterations, iteration)]:
            short.keep(at, self._states[at], self._metrics[at])
        short.reached = min(self.reached, iteration)
        return short


def _cost(state: State, metrics: dict[str, float]) -> int:
    return state.nbytes() + 100 + 60 * len(metrics)
