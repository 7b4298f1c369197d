"""What linear regression has learned: a line or a plane, and how the last step found it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.core.moment import Moment
from models.core.state import ArrayForm, State

LOSS, LEAST = range(2)  # places in `losses`
STEPS, SOLVED = range(2)  # places in `counters`


@dataclass(frozen=True, eq=False)
class LinearRegressionState(State):
    """The plane y = coef . x + intercept, in the learner's units, targets in original ones.

    gradient (d + 1,): of the loss at the last step, by the weights and, last, by the intercept, before the update.
    losses (2,): the loss at the last step before its update, and the least one so far. counters (2,) int64: steps of
    gradient descent since the start or the last change by hand, and whether the normal equations are solved.
    """

    coef: np.ndarray  # (d,)
    intercept: np.ndarray  # (1,)
    gradient: np.ndarray  # (d + 1,)
    losses: np.ndarray  # (2,)
    counters: np.ndarray  # (2,) int64

    @classmethod
    def at(cls, coef: np.ndarray, intercept: float) -> LinearRegressionState:
        """The plane that stands there before any step."""
        zeros = np.zeros(len(coef) + 1), np.zeros(2), np.zeros(2, dtype=np.int64)
        return cls(coef, np.array([intercept]), *zeros)

    @property
    def steps(self) -> int:
        return int(self.counters[STEPS])

    @property
    def is_solved(self) -> bool:
        return bool(self.counters[SOLVED])


def forms(d: int) -> dict[str, ArrayForm]:
    """What the arrays of a state with d columns look like."""
    return {
        "coef": ArrayForm("float64", (d,)),
        "intercept": ArrayForm("float64", (1,)),
        "gradient": ArrayForm("float64", (d + 1,)),
        "losses": ArrayForm("float64", (2,)),
        "counters": ArrayForm("int64", (2,)),
    }


def state_of(moment: Moment) -> LinearRegressionState:
    """The state of a moment of linear regression."""
    state = moment.state
    assert isinstance(state, LinearRegressionState)
    return state
