"""The plane's axes: the ticks that a saved picture has too."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsItem

from lab.looks.ticks import axis_ticks, tick_text


class Axis(pg.AxisItem):
    """An axis with the ticks of `lab.looks.ticks`, all of them with their numbers.

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

    def tickValues(self, low, high, size):
        # pyqtgraph's own length is that of its line, two pixels more than the plane's.
        low, high = sorted((low, high))
        area = self.geometry()
        length = area.height() if self.orientation in ("left", "right") else area.width()
        values, step = axis_ticks(low, high, length)
        return [(step, values)]

    def tickStrings(self, values, scale, spacing):
        return [tick_text(value * scale, spacing * scale) for value in values]
