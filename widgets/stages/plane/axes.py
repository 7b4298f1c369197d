"""The plane's axes: plain numbers in original units, and which part of the plane shows a whole dataset."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsItem

from lab.data.datasets import Dataset
from widgets.stages.plane.painters.stage import is_plottable

MOST_SPANS_APART = 4.0


class Axis(pg.AxisItem):
    """An axis that writes plain numbers: a true minus, thousands apart, never 5e+07 for 50,000,000.

    It stands still while marks move, so its picture is kept in the screen's own pixels, and so is its name's.
    """

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._bounds: tuple[tuple, QRectF] | None = None
        for item in (self, self.label):
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def boundingRect(self) -> QRectF:
        # Asked for several times in every frame.
        if self.grid is not False:
            return super().boundingRect()
        key = (self.geometry(), self.style["tickLength"], self.style["hideOverlappingLabels"])
        if self._bounds is None or self._bounds[0] != key:
            self._bounds = (key, super().boundingRect())
        return self._bounds[1]

    def tickStrings(self, values, scale, spacing):
        return [tick_text(value * scale, spacing * scale) for value in values]


def tick_text(value: float, spacing: float) -> str:
    """A tick's number with the digits that its spacing needs."""
    if abs(value) >= 1e12 or 0 < spacing < 1e-6:
        return f"{value:g}".replace("-", "−")
    places = max(0, math.ceil(-math.log10(spacing) - 1e-9)) if spacing > 0 else 0
    return f"{value + 0.0:,.{places}f}".replace("-", "−")


def home_view(dataset: Dataset) -> tuple[float, float, float, float]:
    """(x0, x1, y0, y1) that shows the whole dataset, or the part that it asks for."""
    view = dataset.view
    if view is not None and is_plottable(np.reshape(view, (2, 2))).all() and view[0] < view[1] and view[2] < view[3]:
        return view
    xy = np.asarray(dataset.plane, dtype=np.float64)
    xy = xy[is_plottable(xy)]
    if not len(xy):
        return (-6.0, 6.0, -6.0, 6.0)
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = high - low
    span = np.where(span > 1e-9 * np.maximum(1e-300, np.abs(high)), span, np.maximum(1.0, 0.1 * np.abs(high)))
    pad = span * (0.4 if dataset.origin == "logic" else 0.08)
    x0, y0 = low - pad
    x1, y1 = high + pad
    return float(x0), float(x1), float(y0), float(y1)


def has_equal_aspect(dataset: Dataset | None) -> bool:
    """Drawn, generated and logic data on a plane of their own choice; a table, and data that says which part of the
    plane to show, when the two spans are within 4 to 1 (years against won are not)."""
    if dataset is None or (dataset.origin != "table" and dataset.view is None):
        return True
    x0, x1, y0, y1 = home_view(dataset)
    ratio = (x1 - x0) / (y1 - y0)
    return 1.0 / MOST_SPANS_APART <= ratio <= MOST_SPANS_APART
