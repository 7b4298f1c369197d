"""The painter of surfaces: a pale raster under everything, and the boundary as a clear line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainterPath, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsPixmapItem

from lab.looks.raster import field_pixels
from models.core.marks import Field
from widgets.kit.theme import theme
from widgets.stages.plane.painters.lines import HALO_PX, Stroke, polyline_path
from widgets.stages.plane.painters.stage import BOUNDARY, FIELD, LINE_PX, Stage


def has_raster(mark: Field) -> bool:
    """Whether there is a raster, with something in it, and all of it finite."""
    values = mark.levels if mark.shares is None else mark.shares
    return values is not None and values.size > 0 and bool(np.isfinite(values).all())


class FieldPainter:
    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage = stage
        self._item = QGraphicsPixmapItem()
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._item.setShapeMode(QGraphicsPixmapItem.ShapeMode.BoundingRectShape)
        stage.add(self._item, FIELD + layer)
        self._boundary = Stroke(stage, BOUNDARY + layer)
        self._painted: tuple | None = None
        self._lines: tuple[np.ndarray, ...] = ()

    def paint(self, mark: Field) -> None:
        self._item.setVisible(self._stage.shows_surface)
        # Most moments share one surface: the same arrays are not painted twice.
        arrays = (mark.shares, mark.levels, mark.boundary)
        values = (mark.extent, mark.level_range, theme.name, self._stage.scale)
        if self._painted is not None:
            old_arrays, old_values = self._painted
            if values == old_values and all(a is b for a, b in zip(arrays, old_arrays, strict=True)):
                return
        self._painted = (arrays, values)
        x0, x1, y0, y1 = mark.extent
        if not (has_raster(mark) and np.isfinite(mark.extent).all() and x0 < x1 and y0 < y1):
            self._item.setPixmap(QPixmap())
        else:
            pixels = field_pixels(mark, theme.name)
            h, w = pixels.shape[:2]
            self._item.setPixmap(QPixmap.fromImage(QImage(pixels, w, h, 3 * w, QImage.Format.Format_RGB888)))
            # The pixels' first row is the highest, and the plane's y points up.
            self._item.setTransform(QTransform((x1 - x0) / w, 0.0, 0.0, (y0 - y1) / h, x0, y1))
        self._lines = mark.boundary
        self._draw_lines()

    def _draw_lines(self) -> None:
        path, pixel = QPainterPath(), self._stage.units_per_px() / self._stage.ratio
        for line in self._lines:
            closed = len(line) > 2 and bool((line[0] == line[-1]).all())
            path.addPath(polyline_path(line, closed, pixel))
        pen, halo = self._stage.pen("ink", LINE_PX), self._stage.pen("surface", LINE_PX + HALO_PX, 0.85)
        self._boundary.draw(path, pen, halo)

    def rescale(self) -> None:
        if self._lines:
            self._draw_lines()  # a pixel is another part of the plane now

    def remove(self) -> None:
        self._stage.remove(self._item)
        self._boundary.remove()
