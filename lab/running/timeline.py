"""The frames of a run, seekable: states and figures on two grids of iterations, everything else by replay.

Both grids are fixed by the iteration number and by sizes alone, so the same run always keeps the same frames. Figures
(the curves) are dear to compute and read by eyes: at most `MOST_MEASURED` of them, stride 1 at first, doubled whenever
there are more. States cost bytes alone: their stride is that of the figures or a power-of-two fraction of it, and
doubles when there are more than `MOST_STATES` or they hold more than the byte budget. Where iterations are cheap it is
no finer than a replay of some milliseconds, since a run is cut at every one of its points.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from models.core.learner import Outcome
from models.core.state import State

MOST_MEASURED = 256
MOST_STATES = 2048
# Between two states: rows looked at, times the bytes that an iteration works on, its parameters. About 10 ms for
# networks from 2-4-2-1 to 2-512-512-2 (0.15 to 0.25 ns for each byte and row), less for anything simpler.
_REPLAYED = 1 << 26
# Freeing 100,000 states in one go, or hundreds of large ones, stalls the other threads for a tenth of a second.
_FREED_AT_ONCE, _FREED_BYTES = 1000, 16 * 2**20


class Timeline:
    """Settled states with figures beside some of them. `reached` is the furthest iteration.

    stride and state_stride: of the figures and of the states. rows: how many an iteration looks at, on the average.
    """

    def __init__(self, byte_budget: int = 128 * 2**20, stride: int = 1, rows: int = 1) -> None:
        self.byte_budget, self.first_stride, self.rows = byte_budget, stride, rows
        self.stride = self.state_stride = stride
        self.reached = 0
        self.outcome: Outcome | None = None
        self._iterations: list[int] = []  # of the states, rising
        self._states: dict[int, State] = {}
        self._metrics: dict[int, dict[str, float]] = {}
        self._bytes = 0
        self._dropped: list[tuple[int, State]] = []

    # -- the grids ---------------------------------------------------------------------------------------------------

    def is_on_grid(self, iteration: int) -> bool:
        """Whether a state belongs there."""
        return iteration % self.state_stride == 0

    def is_measured_at(self, iteration: int) -> bool:
        """Whether figures belong there; then a state does, too."""
        return iteration % self.stride == 0

    def next_on_grid(self, iteration: int) -> int:
        """The first place of a state after `iteration`."""
        return iteration - iteration % self.state_stride + self.state_stride

    def keep(self, iteration: int, state: State, metrics: dict[str, float] | None) -> None:
        """Remember a settled state on the grid, and its figures on theirs; a point off the grid, or one already kept,
        is passed over."""
        if not self.is_on_grid(iteration) or iteration in self._states:
            return
        self._iterations.insert(bisect_left(self._iterations, iteration), iteration)
        self._states[iteration] = state
        self._bytes += _cost_of_state(state)
        if metrics is not None and self.is_measured_at(iteration):
            self._metrics[iteration] = metrics
            self._bytes += _cost_of_metrics(metrics)
        while len(self._metrics) > MOST_MEASURED:
            self._thin_metrics()
        while len(self._iterations) > 2 and (
            len(self._iterations) > MOST_STATES
            or self._bytes > self.byte_budget
            or self.state_stride < self.stride
            and self.state_stride < self._finest(state)
        ):
            self._thin_states()
        self._free_some()

    def _finest(self, state: State) -> int:
        """The least stride at which a replay from state to state is worth being saved, a power of two."""
        worked_on = self.rows * sum(array.nbytes for array in state.arrays().values())
        return 1 << max(0, (_REPLAYED // max(1, worked_on)).bit_length() - 1)

    def _thin_metrics(self) -> None:
        self.stride *= 2
        for iteration in [i for i in self._metrics if i % self.stride]:
            self._bytes -= _cost_of_metrics(self._metrics.pop(iteration))

    def _thin_states(self) -> None:
        self.state_stride *= 2
        while self.stride < self.state_stride:
            self._thin_metrics()
        for iteration in [i for i in self._iterations if i % self.state_stride]:
            state = self._states.pop(iteration)
            size = _cost_of_state(state)
            self._bytes -= size
            self._dropped.append((size, state))
        self._iterations = [i for i in self._iterations if i % self.state_stride == 0]

    def _free_some(self) -> None:
        freed = count = 0
        while self._dropped and count < _FREED_AT_ONCE and freed < _FREED_BYTES:
            freed += self._dropped.pop()[0]
            count += 1

    # -- what is kept ------------------------------------------------------------------------------------------------

    def nearest(self, iteration: int) -> tuple[int, State]:
        """The last kept state at or before `iteration`. Raises LookupError when nothing is kept."""
        at = bisect_right(self._iterations, iteration)
        if not at:
            raise LookupError("the timeline is empty")
        found = self._iterations[at - 1]
        return found, self._states[found]

    def has(self, iteration: int) -> bool:
        """Whether the state of an iteration is kept."""
        return iteration in self._states

    def metrics(self, iteration: int) -> dict[str, float] | None:
        """The figures kept for an iteration, or None."""
        return self._metrics.get(iteration)

    @property
    def nbytes(self) -> int:
        """Bytes that the kept states and figures hold, overhead of their objects counted."""
        return self._bytes

    def kept(self) -> tuple[int, ...]:
        """The iterations of the states, rising."""
        return tuple(self._iterations)

    @property
    def measured(self) -> tuple[int, int]:
        """(the last iteration with figures, their number): the curves are the same while these are; -1 without any."""
        return max(self._metrics, default=-1), len(self._metrics)

    def states_until(self, iteration: int, most: int) -> list[State]:
        """At most `most` kept states at or before `iteration`, evenly chosen, oldest first."""
        upto = self._iterations[: bisect_right(self._iterations, iteration)]
        if len(upto) > most:
            upto = [upto[round(i * (len(upto) - 1) / (most - 1))] for i in range(most)]
        return [self._states[i] for i in upto]

    def curves(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The iterations with figures (k,) and each of the figures at them (k,), nan where it did not exist."""
        iterations = sorted(self._metrics)
        names: dict[str, None] = {}
        for row in self._metrics.values():
            names.update(dict.fromkeys(row))
        rows = [self._metrics[i] for i in iterations]
        return (
            np.array(iterations, dtype=np.float64),
            {name: np.array([row.get(name, np.nan) for row in rows], dtype=np.float64) for name in names},
        )

    def cut(self, iteration: int) -> Timeline:
        """A timeline with the frames up to `iteration` alone; this one stays as it is."""
        short = Timeline(self.byte_budget, self.first_stride, self.rows)
        short.stride, short.state_stride = self.stride, self.state_stride
        short._iterations = self._iterations[: bisect_right(self._iterations, iteration)]
        short._states = {i: self._states[i] for i in short._iterations}
        short._metrics = {i: self._metrics[i] for i in short._iterations if i in self._metrics}
        short._bytes = sum(map(_cost_of_state, short._states.values()))
        short._bytes += sum(map(_cost_of_metrics, short._metrics.values()))
        short.reached = min(self.reached, iteration)
        return short


def _cost_of_state(state: State) -> int:
    return state.nbytes() + 100


def _cost_of_metrics(metrics: dict[str, float]) -> int:
    return 60 * len(metrics)
