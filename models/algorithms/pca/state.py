"""The state of principal component analysis, and what follows from it alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.state import State

START, CENTERED, TURNING, PROJECTED = 0, 1, 2, 3  # how far a state has come


@dataclass(frozen=True, eq=False)
class PCAState(State):
    """What is known so far. `stage`: START, CENTERED, TURNING (the covariance is known) or PROJECTED.

    found: how many components are finished; the rows of `components` after them are zero. axis: the current guess
    for the next one or, while is_settled is 1, the one finished last. before: the axis before its last turn.
    """

    mean: np.ndarray  # (d,)
    covariance: np.ndarray  # (d, d)
    components: np.ndarray  # (k, d)
    variances: np.ndarray  # (k,)
    axis: np.ndarray  # (d,)
    before: np.ndarray  # (d,)
    stage: int
    found: int
    is_settled: int
    turns: int

    @property
    def known(self) -> NDArray[np.float64]:
        """The components that the current axis stands at right angles to, (c, d)."""
        return self.components[: self.found - self.is_settled].copy()

    @property
    def total(self) -> float:
        """The whole variance, or 1 where there is none, to divide by."""
        return float(np.trace(self.covariance)) or 1.0


def variance_along(state: PCAState, axis: NDArray[np.float64]) -> float:
    """The variance along a direction, from the covariance."""
    return max(0.0, float(axis @ state.covariance @ axis))


def variance_of_axis(state: PCAState) -> float:
    """The variance along the axis: exact where it is a component, else from the covariance."""
    return float(state.variances[state.found - 1]) if state.is_settled else variance_along(state, state.axis)


def variances_so_far(state: PCAState) -> NDArray[np.float64]:
    """The variances of the finished components and, unless it is one of them, of the current guess."""
    finished: NDArray[np.float64] = state.variances[: state.found]
    return finished.copy() if state.is_settled else np.append(finished, variance_of_axis(state))


def shares(state: PCAState) -> NDArray[np.float64]:
    """The share of the variance for each component, (k,): finished, the current guess, zeros."""
    found = variances_so_far(state) / state.total
    return np.append(found, np.zeros(len(state.components) - len(found)))


def share_of_axis(state: PCAState) -> float:
    """The share of the whole variance that lies along the axis."""
    return variance_of_axis(state) / state.total


def kept(state: PCAState) -> float:
    """The share of the variance that the finished components and the current guess keep together."""
    return min(1.0, float(shares(state).sum()))


def directions(state: PCAState) -> NDArray[np.float64]:
    """The finished components and the current guess as rows (k, d), then zeros."""
    found: NDArray[np.float64] = state.components.copy()
    if not state.is_settled:
        found[state.found] = state.axis
    return found


def so_far(state: PCAState) -> NDArray[np.float64]:
    """The finished components and, unless it is one of them, the current guess as rows (c, d)."""
    return directions(state)[: state.found + (not state.is_settled)]
