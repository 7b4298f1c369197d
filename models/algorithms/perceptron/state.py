"""Lines on their way, and how far the epoch has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.core.state import State

# Places of the whole numbers in `counters`.
POSITION, EPOCH, IN_EPOCH, LAST_EPOCH, CORRECTIONS, SAVED_EPOCH, CYCLE, ROW = range(8)


@dataclass(frozen=True, eq=False)
class PerceptronState(State):
    """c lines over d columns, and how far the epoch has come; c is 1 for two classes, else a line for each class.

    step (c,): learning rate times error of each line at the last sample, 0 where it was right. saved (c, d + 1):
    weights and bias as they were at the end of an earlier epoch. counters (8,) int64 holds what the properties name:
    row is the last sample looked at, -1 at the start; mistakes_last_epoch is -1 until the first epoch ends; cycle
    says after how many epochs the same weights came back, 0 while they have not.
    """

    weights: np.ndarray  # (c, d)
    bias: np.ndarray  # (c,)
    order: np.ndarray  # (n,) int64
    step: np.ndarray  # (c,)
    saved: np.ndarray  # (c, d + 1)
    counters: np.ndarray  # (8,) int64

    @property
    def position(self) -> int:
        return int(self.counters[POSITION])

    @property
    def epoch(self) -> int:
        return int(self.counters[EPOCH])

    @property
    def mistakes_in_epoch(self) -> int:
        return int(self.counters[IN_EPOCH])

    @property
    def mistakes_last_epoch(self) -> int:
        return int(self.counters[LAST_EPOCH])

    @property
    def corrections(self) -> int:
        return int(self.counters[CORRECTIONS])

    @property
    def cycle(self) -> int:
        return int(self.counters[CYCLE])

    @property
    def row(self) -> int:
        return int(self.counters[ROW])
