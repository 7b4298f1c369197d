"""Which part of the plane shows a whole dataset, and whether both axes are drawn to one scale."""

from __future__ import annotations

import numpy as np

from lab.data.datasets import Dataset

View = tuple[float, float, float, float]  # x0, x1, y0, y1 in original units

LARGEST = 1e150  # beyond this, Qt's own arithmetic overflows
MOST_SPANS_APART = 4.0
_EMPTY: View = (-6.0, 6.0, -6.0, 6.0)


def is_plottable(*arrays: np.ndarray) -> np.ndarray:
    """(m,) bool: rows that are finite, and not too large to draw, in every one of the arrays (m, 2)."""
    keep = np.ones(len(arrays[0]), dtype=bool)
    for array in arrays:
        with np.errstate(invalid="ignore"):
            keep &= (np.abs(array) < LARGEST).all(axis=1)
    return keep


def home_view(dataset: Dataset) -> View:
    """The view that shows the whole dataset, or the part that it asks for."""
    view = dataset.view
    if view is not None and is_plottable(np.reshape(view, (2, 2))).all() and view[0] < view[1] and view[2] < view[3]:
        return view
    xy = np.asarray(dataset.plane, dtype=np.float64)
    xy = xy[is_plottable(xy)]
    if not len(xy):
        return _EMPTY
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = high - low
    span = np.where(span > 1e-9 * np.maximum(1e-300, np.abs(high)), span, np.maximum(1.0, 0.1 * np.abs(high)))
    pad = span * (0.4 if dataset.origin == "logic" else 0.08)
    x0, y0 = low - pad
    x1, y1 = high + pad
    return float(x0), float(x1), float(y0), float(y1)


def is_near_square(view: View) -> bool:
    """Whether the two spans are within 4 to 1 (years against won are not)."""
    ratio = (view[1] - view[0]) / (view[3] - view[2])
    return 1.0 / MOST_SPANS_APART <= ratio <= MOST_SPANS_APART


def has_equal_aspect(dataset: Dataset | None) -> bool:
    """Whether one unit is drawn equally long on both axes: for drawn, generated and logic data on a plane of their own
    choice; for a table, and for data that says which part of the plane to show, when that part is nearly square."""
    if dataset is None or (dataset.origin != "table" and dataset.view is None):
        return True
    return is_near_square(home_view(dataset))


def filling(view: View, width: float, height: float) -> View:
    """The view widened about its middle so that it fills a box (in pixels) with both axes drawn to one scale."""
    x0, x1, y0, y1 = view
    per_px = max((x1 - x0) / width, (y1 - y0) / height)
    half_x, half_y = per_px * width / 2, per_px * height / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return x - half_x, x + half_x, y - half_y, y + half_y
