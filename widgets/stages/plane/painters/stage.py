"""What painters draw on: the plane's box, its scale, and the one gate that everything plotted passes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainterPath, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QGraphicsPathItem, QGraphicsSimpleTextItem

from lab.looks.view import is_plottable
from models.core.marks import Mark
from widgets.kit.theme import theme

MARKER_PX = 14.0
CROSS = 2.3  # the width of a ringed cross, in markers
LINE_PX = 4.0

# Layers of the plane, from the ground up. Thin lines and trails lie under the points; the few strong lines, which are
# what the moment is about, over them.
FIELD, BOUNDARY, LINES, DATA, STRONG_LINES, OVER, HANDLES, WORDS = -100.0, -60.0, -40.0, 0.0, 10.0, 20.0, 40.0, 60.0

_ALPHA = {"normal": 1.0, "focus": 1.0, "ghost": 0.4, "muted": 0.5}
_WEIGHT = {"normal": 1.0, "focus": 1.3, "ghost": 0.75, "muted": 0.75}


def plottable(*arrays: Any) -> tuple[np.ndarray, ...]:
    """The gate: each array (m, 2) as contiguous float64, without the rows in which any of them is not finite."""
    whole = [np.ascontiguousarray(np.asarray(a, dtype=np.float64).reshape(-1, 2)) for a in arrays]
    keep = is_plottable(*whole)
    return tuple(whole) if keep.all() else tuple(np.ascontiguousarray(a[keep]) for a in whole)


_ROUND_FROM_PX = 3.0


class Stage:
    """The plane's ViewBox with what painters need to know: scale (1.0 on a small window, larger on a large one)."""

    def __init__(self, box: pg.ViewBox) -> None:
        self.box = box
        self.scale = 1.0
        self.ratio = 1.0  # device pixels to a pixel of the window: a cosmetic pen is as wide as its device says
        self.shows_surface = True
        self.crosses = np.zeros((0, 2))  # where this picture has crosses: arrows end at their rim
        self.taken: dict[str, QRectF] = {}  # in pixels of the box: words at its edges that a plate must not cover
        self.data: Any = None  # the DataLayer, which needs a stage to be made
        self._kept: dict[Hashable, Any] = {}

    def forget_pens(self) -> None:
        """After a change of theme or scale."""
        self._kept.clear()

    def add(self, item: QGraphicsItem, layer: float) -> None:
        item.setZValue(layer)
        self.box.addItem(item, ignoreBounds=True)

    def remove(self, item: QGraphicsItem) -> None:
        self.box.removeItem(item)

    @property
    def marker_px(self) -> float:
        return MARKER_PX * self.scale

    @property
    def cross_px(self) -> float:
        """The width of a ringed cross, its dark rim included."""
        return CROSS * self.marker_px + 9.0 * self.scale

    def units_per_px(self) -> np.ndarray:
        """(2,): how much of each axis one pixel covers."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        return np.array([(x1 - x0) / max(1.0, self.box.width()), (y1 - y0) / max(1.0, self.box.height())])

    def px_rect(self, tag: Tag) -> QRectF:
        """What a tag covers, in pixels from the box's upper left corner."""
        x0, _, _, y1 = self.view()
        across, up = self.units_per_px()
        return tag.path().boundingRect().translated((tag.x() - x0) / across, (y1 - tag.y()) / up)

    def view(self) -> tuple[float, float, float, float]:
        (x0, x1), (y0, y1) = self.box.viewRange()
        return x0, x1, y0, y1

    # Pens and brushes are kept: pyqtgraph draws each marker once for a pen object, not for a pen's value.

    def pen(self, role: str, width: float, alpha: float = 1.0, dashed: bool = False) -> QPen:
        """A cosmetic pen; `width` in pixels of a small window."""
        key = ("pen", role, round(width, 2), round(alpha, 2), dashed)
        if key not in self._kept:
            pen = QPen(_with_alpha(theme.color(role), alpha), width * self.scale * self.ratio)
            pen.setCosmetic(True)
            # Round caps make Qt's stroker about nine times slower: hundreds of thin lines do without.
            is_plain = dashed or width < _ROUND_FROM_PX
            pen.setCapStyle(Qt.PenCapStyle.FlatCap if is_plain else Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            if dashed:
                pen.setDashPattern([3.0, 2.2])
            self._kept[key] = pen
        return self._kept[key]

    def no_pen(self) -> QPen:
        return self.kept("no pen", lambda: QPen(Qt.PenStyle.NoPen))

    def brush(self, role: str, alpha: float = 1.0) -> QBrush:
        key = ("brush", role, round(alpha, 2))
        if key not in self._kept:
            self._kept[key] = QBrush(_with_alpha(theme.color(role), alpha))
        return self._kept[key]

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The thing kept under `key`, made the first time."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def no_brush(self) -> QBrush:
        return self.kept("no brush", lambda: QBrush(Qt.BrushStyle.NoBrush))

    def font(self, px: float, bold: bool = False) -> QFont:
        font = QFont(QApplication.font())
        font.setPixelSize(max(9, round(px * self.scale)))
        font.setBold(bold)
        return font


def _with_alpha(color: QColor, alpha: float) -> QColor:
    color.setAlphaF(alpha)
    return color


def alpha_of(mark: Mark) -> float:
    return _ALPHA[mark.emphasis]


def weight_of(mark: Mark) -> float:
    return _WEIGHT[mark.emphasis] * (1.2 if mark.pulse and mark.emphasis == "normal" else 1.0)


class Tag(QGraphicsPathItem):
    """A short text on a soft plate, centred on a place and offset in pixels; drawn by Qt alone, at screen size."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._stage = stage
        self._text = QGraphicsSimpleTextItem(self)
        self._said: tuple | None = None

    def put(self, x: float, y: float, text: str, *, role: str = "ink", px: float = 15.0, bold: bool = True,
            offset: tuple[float, float] = (0.0, 0.0), alpha: float = 1.0) -> None:  # fmt: skip
        """Place and say; offset in pixels from the place to the middle of the text."""
        self.setPos(x, y)
        said = (text, role, px, bold, offset, alpha, self._stage.scale, theme.name)
        if said == self._said:
            return
        self._said = said
        self._text.setFont(self._stage.font(px, bold))
        self._text.setBrush(self._stage.brush(role, alpha))
        self._text.setText(text)
        rect = self._text.boundingRect()
        left, top = offset[0] - rect.width() / 2, offset[1] - rect.height() / 2
        self._text.setPos(left, top)
        pad = 4.0 * self._stage.scale
        plate = QPainterPath()
        plate.addRoundedRect(left - pad, top - pad / 4, rect.width() + 2 * pad, rect.height() + pad / 2, pad, pad)
        self.setPath(plate)
        self.setPen(self._stage.no_pen())
        self.setBrush(self._stage.brush("surface", 0.82 * alpha))


class Tags:
    """A handful of tags, reused from frame to frame."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tags: list[Tag] = []

    def show(self, count: int) -> list[Tag]:
        """Exactly `count` tags to fill."""
        while len(self._tags) < count:
            tag = Tag(self._stage)
            self._stage.add(tag, WORDS)
            self._tags.append(tag)
        while len(self._tags) > count:
            self._stage.remove(self._tags.pop())
        return self._tags
