"""Where a function of two numbers has its minimum: the loss of a model with two parameters, to be seen whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def minimum_near(
    losses: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int = 12
) -> tuple[np.ndarray | None, np.ndarray, bool]:
    """The minimum of a function of two numbers, by Newton's method with differences: the point (2,) or None where it
    is not convex or has none within reach; the second derivatives there (2, 2); whether one step was enough.

    losses: (m, 2) -> (m,).
    """
    at, curvature = np.array(start, dtype=np.float64), np.eye(2)
    width = _widths(losses, at)
    for step in range(steps):
        middle, slope, curvature = _derivatives(losses, at, width)
        if not np.isfinite(curvature).all() or not np.isfinite(slope).all():
            return None, np.eye(2), False
        own = np.linalg.eigvalsh(curvature * np.outer(width, width))
        if own[0] <= 1e-9 * max(own[1], 1e-300):
            return None, np.eye(2), False
        move = -np.linalg.solve(curvature, slope)
        tries = at + move * 0.5 ** np.arange(8)[:, None]
        found = losses(tries)
        best = int(np.nanargmin(found)) if np.isfinite(found).any() else 0
        promised = -0.5 * float(slope @ -move)
        at_minimum = tries[best]
        if step == 0 and best == 0 and abs(middle + promised - found[0]) <= 1e-6 * max(abs(promised), 1e-300):
            return at_minimum, curvature, True
        if not found[best] < middle or abs(promised) <= 1e-9 * max(abs(middle), 1e-12):
            return (at_minimum if found[best] <= middle else at), curvature, False
        at = at_minimum
    return None, np.eye(2), False


def _widths(losses: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """How far to go along each axis so that differences say something: the least power of ten that bends the loss by
    a thousandth."""
    powers = 10.0 ** np.arange(-4, 7)
    widths = np.ones(2)
    middle = float(losses(at[None, :])[0])
    for axis in (0, 1):
        aside = np.zeros((len(powers), 2))
        aside[:, axis] = powers
        bend = np.abs(losses(at + aside) + losses(at - aside) - 2.0 * middle)
        enough = np.flatnonzero(bend >= 1e-3 * max(abs(middle), 1e-12))
        widths[axis] = powers[enough[0]] if len(enough) else 1.0
    return widths


def _derivatives(
    losses: Callable[[np.ndarray], np.ndarray], at: np.ndarray, width: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, first and second derivatives of a function of two numbers, by central differences."""
    across, up = np.array([width[0], 0.0]), np.array([0.0, width[1]])
    asides = np.array([0 * up, across, -across, up, -up, across + up, across - up, up - across, -across - up])
    f = losses(at + asides)
    slope = np.array([(f[1] - f[2]) / (2 * width[0]), (f[3] - f[4]) / (2 * width[1])])
    mixed = (f[5] - f[6] - f[7] + f[8]) / (4 * width[0] * width[1])
    bends = (f[1] + f[2] - 2 * f[0]) / width[0] ** 2, (f[3] + f[4] - 2 * f[0]) / width[1] ** 2
    return float(f[0]), slope, np.array([[bends[0], mixed], [mixed, bends[1]]])
