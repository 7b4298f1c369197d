"""What a remedy proposes: values worth a try in place of the ones that a run has failed with."""

from __future__ import annotations

import numpy as np

from models.core.params import Param

BRISK_RATE, HUGE_RATE = 3.0, 100.0  # times the learner's default rate
NO_LOSS = np.zeros((2, 0))


def gentler_rate(rate: float, param: Param, loss: np.ndarray) -> float:
    """A learning rate to try in place of `rate`, which is too large for the loss (2, k): iterations and values so far.

    A third of it; in place of a huge one what is still brisk, and where the loss grows fast what that growth allows:
    nobody wants to press a button four times. One digit, within what `param` takes.
    """
    lower = BRISK_RATE * param.default if rate > HUGE_RATE * param.default else rate / 3
    return max(float(f"{min(lower, _half_the_bearable(rate, loss)):.1g}"), param.minimum or 0.0)


def _half_the_bearable(rate: float, loss: np.ndarray) -> float:
    """Half of the largest rate that does not diverge, as the last growth of the loss tells it; inf where it tells none.

    A step of gradient descent multiplies the error along the steepest direction, of curvature c, by 1 - rate * c, and
    the loss by its square. The limit is 2 / c.
    """
    steps, values = np.asarray(loss)[:, -2:]
    if len(values) < 2 or not np.isfinite(values).all() or not 0.0 < values[0] < values[1] or steps[1] <= steps[0]:
        return np.inf
    growth = float((values[1] / values[0]) ** (0.5 / (steps[1] - steps[0])))
    return rate / (1.0 + growth)
