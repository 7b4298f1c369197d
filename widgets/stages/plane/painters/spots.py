"""Markers at screen size, many at once: one picture of the symbol, stamped at every place.

A watched run moves every marker sixty times a second. pyqtgraph's ScatterPlotItem keeps a record for each spot and
computes its rectangle in Python whenever Qt asks; here a frame costs one multiplication and one call into Qt, which
knows the rectangle by itself and passes over an item without spots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsRectItem

from widgets.kit.shapes import disc_path

if TYPE_CHECKING:
    from widgets.stages.plane.painters.stage import Stage

_FIELDS = 10  # of a QPainter.PixmapFragment: x, y, source left, top, width, height, scale x, y, rotation, opacity
_MOST_SPRITES = 400
_sprites: dict[tuple, QPixmap] = {}
# By the very objects, which are kept beside the picture, so that no other can come to have their address.
_known: dict[tuple, tuple[QPixmap, tuple]] = {}


class Spots(QGraphicsRectItem):
    """Spots at `xy` (m, 2) in the plane's units; a pen or a brush may be one for all or a list, one for each."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self.xy = np.zeros((0, 2))
        self.size = 1.0
        self.symbol = disc_path()
        self.setPen(stage.no_pen())
        self.setVisible(False)
        self._placed: tuple | None = None
        self._stamps: list[tuple[QPainter.PixmapFragment, np.ndarray, QPixmap]] = []
        self._groups: list[tuple[QPen, QBrush, np.ndarray | slice]] = []

    def set_spots(
        self,
        xy: np.ndarray,
        size: float,
        pen: QPen | list[QPen],
        brush: QBrush | list[QBrush],
        symbol: QPainterPath | None = None,
    ) -> None:
        """Show these spots: `symbol`, a path in a box one unit across, at `size` pixels; finite places only."""
        self.xy = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
        self.size, self.symbol, self._placed = float(size), symbol or disc_path(), None
        self._groups = _grouped(pen, brush, len(self.xy))
        self.setVisible(len(self.xy) > 0)
        if len(self.xy):
            (x0, y0), (x1, y1) = self.xy.min(axis=0).tolist(), self.xy.max(axis=0).tolist()
            # A symbol at the edge reaches beyond its place; what it reaches in units depends on the zoom.
            pad_x, pad_y = 0.5 * (x1 - x0) + 1e-9, 0.5 * (y1 - y0) + 1e-9
            self.setRect(x0 - pad_x, y0 - pad_y, x1 - x0 + 2 * pad_x, y1 - y0 + 2 * pad_y)
            self.update()

    def _place(self, transform: QTransform, ratio: float) -> None:
        """Pixels for every spot under this transform; kept until the spots or the view change."""
        placed = (transform.m11(), transform.m22(), transform.dx(), transform.dy(), ratio)
        if placed == self._placed:
            return
        self._placed = placed
        device = self.xy * (placed[0], placed[1]) + (placed[2], placed[3])
        self._stamps = []
        for pen, brush, rows in self._groups:
            # The stage's pens are made for its screen; a picture taken of it may be finer or coarser.
            width = pen.widthF() * ratio / self._stage.ratio
            sprite = _sprite(self.symbol, self.size, pen, width, brush, ratio)
            here = device[rows]
            fragments = np.zeros((len(here), _FIELDS))
            fragments[:, :2] = here
            fragments[:, 4:6] = sprite.width(), sprite.height()
            fragments[:, 6:8] = 1.0 / ratio
            fragments[:, 9] = 1.0
            first = shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment)
            self._stamps.append((first, fragments, sprite))

    # -- Qt's own ------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, _option, _widget=None) -> None:
        transform, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        self._place(transform, ratio)
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, ratio != 1.0)
        for first, fragments, sprite in self._stamps:
            painter.drawPixmapFragments(first, len(fragments), sprite)
        painter.setWorldTransform(transform)


def _grouped(pen, brush, count: int) -> list[tuple[QPen, QBrush, np.ndarray | slice]]:
    """Spots that look the same, together."""
    if not isinstance(pen, list) and not isinstance(brush, list):
        return [(pen, brush, slice(None))]
    pens = pen if isinstance(pen, list) else [pen] * count
    brushes = brush if isinstance(brush, list) else [brush] * count
    together: dict[tuple[int, int], list[int]] = {}
    for place, key in enumerate(zip(map(id, pens), map(id, brushes), strict=True)):
        together.setdefault(key, []).append(place)
    return [(pens[rows[0]], brushes[rows[0]], np.array(rows)) for rows in together.values()]


def _sprite(path: QPainterPath, size: float, pen: QPen, width: float, brush: QBrush, ratio: float) -> QPixmap:
    """The symbol as a picture, centred, its pen `width` device pixels wide; kept, since the same few are stamped again
    and again."""
    quick = (id(path), id(pen), id(brush), size, width, ratio)
    if quick not in _known:
        if len(_known) >= _MOST_SPRITES:
            _known.clear()
        _known[quick] = (_drawn(path, size, pen, width, brush, ratio), (path, pen, brush))
    return _known[quick][0]


def _drawn(path: QPainterPath, size: float, pen: QPen, width: float, brush: QBrush, ratio: float) -> QPixmap:
    """A sprite by its looks: other objects may look the same."""
    key = (
        path.elementCount(), path.boundingRect().getRect(), path.length(), round(size, 2), ratio,
        pen.style(), pen.color().rgba(), round(width, 2), tuple(pen.dashPattern()),
        brush.style(), brush.color().rgba(),
    )  # fmt: skip
    if key not in _sprites:
        if len(_sprites) >= _MOST_SPRITES:
            _sprites.clear()
        reach = size + width / ratio + 2.0
        side = int(np.ceil(reach * ratio)) | 1  # odd: the place itself is the middle of a pixel
        pixmap = QPixmap(side, side)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        painter.scale(ratio * size, ratio * size)
        fitting = QPen(pen)
        fitting.setCosmetic(True)
        fitting.setWidthF(width)
        painter.setPen(fitting if pen.style() != Qt.PenStyle.NoPen else pen)
        painter.setBrush(brush)
        painter.drawPath(path)
        painter.end()
        _sprites[key] = pixmap
    return _sprites[key]
