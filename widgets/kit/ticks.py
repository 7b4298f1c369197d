"""The scales of plots: which numbers can be drawn, and where ticks stand."""

from __future__ import annotations

import numpy as np

_LARGEST = 1e15  # beyond it a plot's own arithmetic loses its way; a run that diverges is said so elsewhere


def plottable(x: np.ndarray, y: np.ndarray, is_log: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that can be drawn, as contiguous float64 arrays: finite, of bearable size, above 0 on a log scale."""
    count = min(len(x), len(y))
    x, y = np.asarray(x, dtype=np.float64)[:count], np.asarray(y, dtype=np.float64)[:count]
    with np.errstate(invalid="ignore"):
        good = np.isfinite(x) & np.isfinite(y) & (np.abs(y) <= _LARGEST)
        if is_log:
            good &= y > 0
    return np.ascontiguousarray(x[good]), np.ascontiguousarray(y[good])


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Ticks of a log scale between two powers of ten, given and returned as the powers: whole ones, with their halves
    and fifths where there is room, and never more than `most`."""
    for steps in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        powers = np.arange(np.floor(low), np.ceil(high) + 1)
        ticks = np.sort((powers[:, None] + np.log10(steps)).ravel())
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        if len(ticks) <= most:
            break
    return ticks[:: -(-len(ticks) // most) or 1].tolist()


def thinned(x: np.ndarray, y: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """A curve over rising x with the least and the greatest value of each of so many columns: no more can be seen."""
    if len(x) <= 4 * columns:
        return x, y
    column = ((x - x[0]) * (columns / ((x[-1] - x[0]) or 1.0))).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.stack([low, high], axis=1).ravel()
