"""Draws three columns in space with a QPainter: the box, the points by depth, the fitted plane, the shadows on it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

from lab.looks.ticks import tick_text
from models.words.numbers import percent
from models.words.text import Text
from widgets.kit.language import language
from widgets.kit.shapes import class_path
from widgets.kit.theme import marker_outline, theme
from widgets.stages.space.camera import Camera, Space

MARKERS_PX = ((80, 13.0), (600, 10.0), (np.inf, 8.0))  # up to so many points, of this size
ABOVE_PX, BELOW_PX = 64.0, 44.0
SHADOW = 0.72  # of a marker
DEPTHS = 4  # sizes of markers: the nearer, the larger
MOST_STICKS = 500
GRID = 6  # lines each way on the fitted plane

_THIS_VIEW = Text("variance in this view", "지금 보는 방향에 남는 분산")
_WITHOUT = Text("variance without {name}", "{name:을/를} 뺐을 때 남는 분산")
_PLANE = Text("variance kept by PCA", "PCA 평면에 남는 분산")

_EDGES = [(a, a | 1 << j) for a in range(8) for j in range(3) if not a & 1 << j]


class SpacePainter:
    """One drawing: a space, seen by a camera, on a rectangle. fall: 0 to 1, how far the shadows have fallen."""

    def __init__(
        self, painter: QPainter, rect: QRectF, space: Space, camera: Camera, fall: float, glow: np.ndarray, ratio: float
    ) -> None:
        self._painter, self._rect, self._space, self._camera = painter, rect, space, camera
        self._fall, self._glow, self._ratio = fall, glow, ratio
        self._scale = max(0.75, min(rect.width() / 640.0, rect.height() / 520.0, 2.5))
        # The bars stand above the drawing, and the view's buttons under it.
        free = rect.adjusted(0.0, ABOVE_PX * self._scale, 0.0, -BELOW_PX)
        self._px = 0.58 * min(0.9 * free.width(), free.height()) / max(space.radius, 1e-12)
        self._middle = np.array([free.center().x(), free.center().y()])
        self._frame = camera.frame
        # Many points are told apart better when they are small.
        self._marker = next(px for most, px in MARKERS_PX if len(space.points) <= most) * self._scale

    def paint(self) -> None:
        painter, space = self._painter, self._space
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self._rect, theme.color("surface"))
        self._box()
        order = np.argsort(space.points @ self._frame[2], kind="stable")
        normal = space.normal
        if normal is None:
            if len(space.axes):
                self._axis(space.axes[0], space.reach()[0], "accent")
            self._sprites(order)
        else:
            towards = normal if normal @ self._frame[2] >= 0 else -normal
            is_near = (space.points - space.mean) @ towards >= 0
            behind, before = order[~is_near[order]], order[is_near[order]]
            self._sticks(behind)
            self._sprites(behind)
            self._plane()
            self._shadows(order)
            self._sticks(before)
            self._sprites(before)
        self._rings()
        self._names()
        self._plate()

    # -- pieces ------------------------------------------------------------------------------------------------------

    def _on_screen(self, places: np.ndarray) -> np.ndarray:
        """Places (m, 3) of the view as pixels (m, 2)."""
        flat = np.atleast_2d(places) @ self._frame[:2].T
        return self._middle + flat * np.array([self._px, -self._px])

    def _corners(self) -> np.ndarray:
        low, high = self._space.low, self._space.high
        return np.array([[high[j] if corner & 1 << j else low[j] for j in range(3)] for corner in range(8)])

    def _box(self) -> None:
        """The edges of the three far faces; those that meet in the nearest corner would stand before the points."""
        corners = self._corners()
        nearest = int((corners @ self._frame[2]).argmax())
        xy = self._on_screen(corners)
        self._painter.setPen(_pen("muted", 1.2 * self._scale, 0.6))
        for a, b in _EDGES:
            if nearest not in (a, b):
                self._painter.drawLine(QPointF(*xy[a]), QPointF(*xy[b]))

    def _plane(self) -> None:
        space, reach = self._space, self._space.reach()
        one, two = space.axes * reach[:, None]
        corners = self._on_screen(space.mean + np.array([one + two, one - two, -one - two, two - one]))
        fill = theme.color("accent")
        fill.setAlphaF(0.16)
        self._painter.setBrush(fill)
        self._painter.setPen(_pen("accent", 2.2 * self._scale))
        self._painter.drawPolygon(QPolygonF([QPointF(*xy) for xy in corners]))
        share = np.linspace(-1.0, 1.0, GRID + 1)[1:-1, None]
        starts = np.concatenate([share * one - two, share * two - one])
        ends = np.concatenate([share * one + two, share * two + one])
        self._painter.setPen(_pen("accent", 1.0 * self._scale, 0.35))
        self._painter.drawPath(_pairs(self._on_screen(space.mean + starts), self._on_screen(space.mean + ends)))
        self._axis(space.axes[0], reach[0], "ink")
        self._axis(space.axes[1], reach[1], "ink")

    def _axis(self, axis: np.ndarray, reach: float, role: str) -> None:
        ends = self._on_screen(self._space.mean + np.array([-1.0, 1.0])[:, None] * reach * axis)
        for pen in (_pen("surface", 6.0 * self._scale, 0.8), _pen(role, 3.0 * self._scale)):
            self._painter.setPen(pen)
            self._painter.drawLine(QPointF(*ends[0]), QPointF(*ends[1]))

    def _falling(self) -> np.ndarray | None:
        """Where the shadows are now, (m, 3)."""
        space = self._space
        return None if space.shadows is None else space.points + self._fall * (space.shadows - space.points)

    def _sticks(self, chosen: np.ndarray) -> None:
        falling = self._falling()
        if falling is None or not len(chosen):
            return
        chosen = chosen[:: max(1, -(-len(chosen) // MOST_STICKS))]
        self._painter.setPen(_pen("muted", 1.2 * self._scale, 0.75))
        starts, ends = self._on_screen(self._space.points[chosen]), self._on_screen(falling[chosen])
        self._painter.drawPath(_pairs(starts, ends))

    def _sprites(self, order: np.ndarray) -> None:
        """Points, the farthest first; pale once their shadows stand for them."""
        alpha = 1.0 if self._space.shadows is None else 1.0 - 0.6 * self._fall
        self._draw(self._space.points[order], self._space.rows[order], 1.0, alpha)

    def _shadows(self, order: np.ndarray) -> None:
        falling = self._falling()
        if falling is not None:
            self._draw(falling[order], self._space.rows[order], SHADOW, 1.0)

    def _draw(self, places: np.ndarray, rows: np.ndarray, size: float, alpha: float) -> None:
        if not len(places):
            return
        groups = self._space.picture.groups
        groups = np.zeros(len(rows), dtype=np.int64) if groups is None else np.asarray(groups)[rows]
        depth = places @ self._frame[2] / max(self._space.radius, 1e-12)
        steps = np.clip(((depth + 0.7) / 1.4 * DEPTHS).astype(int), 0, DEPTHS - 1)
        kinds, which = np.unique(groups * DEPTHS + steps, return_inverse=True)
        pixmaps = []
        for kind in kinds.tolist():
            near = 0.82 + 0.36 * (kind % DEPTHS) / (DEPTHS - 1)
            pixmaps.append(_sprite(kind // DEPTHS, round(self._marker * size * near, 1), theme.name, self._ratio))
        halves = np.array([[p.width(), p.height()] for p in pixmaps]) / (2.0 * self._ratio)
        xy = (self._on_screen(places) - halves[which]).tolist()
        painter = self._painter
        painter.setOpacity(alpha)
        draw = painter.drawPixmap
        for (x, y), kind in zip(xy, which.tolist(), strict=True):
            draw(QPointF(x, y), pixmaps[kind])
        painter.setOpacity(1.0)

    def _rings(self) -> None:
        """Round the points that the numbers are about."""
        places = np.flatnonzero(np.isin(self._space.rows, self._glow))
        if not 0 < len(places) <= 60:
            return
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = 1.05 * self._marker
        for pen in (_pen("surface", 5.0 * self._scale, 0.85), _pen("accent", 2.6 * self._scale)):
            self._painter.setPen(pen)
            for x, y in self._on_screen(self._space.points[places]).tolist():
                self._painter.drawEllipse(QPointF(x, y), radius, radius)

    # -- words -------------------------------------------------------------------------------------------------------

    def _names(self) -> None:
        """Each column's name along the edge of the box that stands most to the outside, with the span of the box."""
        xy = self._on_screen(self._corners())
        center = xy.mean(axis=0)
        name_font, number_font = _font(15.0 * self._scale, True), _font(12.0 * self._scale)
        for j, name in enumerate(self._space.picture.names):
            edges = [(a, b) for a, b in _EDGES if b == a | 1 << j]
            if np.hypot(*(xy[edges[0][1]] - xy[edges[0][0]])) < 24.0 * self._scale:
                continue  # seen end on
            # The two lying columns are named below, the upright one to the left.
            upright = abs(xy[edges[0][1]] - xy[edges[0][0]])
            outward = np.array([-1.0, 0.02]) if upright[1] > 2.0 * upright[0] else np.array([0.02, 1.0])
            a, b = max(edges, key=lambda edge: float((xy[edge[0]] + xy[edge[1]]) @ outward))
            away = (xy[a] + xy[b]) / 2.0 - center
            along = (xy[b] - xy[a]) / np.hypot(*(xy[b] - xy[a]))
            away = away - (away @ along) * along
            away = away / max(np.hypot(*away), 1e-9)
            self._word((xy[a] + xy[b]) / 2.0 + 26.0 * self._scale * away, name, name_font, "ink")
            low, high = self._space.bounds[j]
            for corner, value, inward in ((a, low, along), (b, high, -along)):
                place = xy[corner] + 15.0 * self._scale * away + 10.0 * self._scale * inward
                self._word(place, tick_text(value, high - low), number_font, "muted")

    def _word(self, place: np.ndarray, text: str, font: QFont, role: str) -> None:
        rect = QRectF(place[0] - 300.0, place[1] - 40.0, 600.0, 80.0)
        self._painter.setFont(font)
        self._painter.setPen(theme.color(role))
        self._painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _plate(self) -> None:
        """How much of the variance this view keeps, beside the fitted plane."""
        rows = share_rows(self._space, self._camera)
        if not rows:
            return
        painter, s = self._painter, self._scale
        painter.setFont(_font(15.0 * s, True))
        wide = painter.fontMetrics().horizontalAdvance
        pad, line = 10.0 * s, 25.0 * s
        left = pad + max(wide(name) for name, _, _ in rows) + pad
        figure = wide("100.0%")
        track = min(220.0 * s, max(30.0 * s, self._rect.width() - left - figure - 3 * pad))
        for i, (name, share, role) in enumerate(rows):
            top = self._rect.top() + pad + i * line
            painter.setPen(theme.color("ink"))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(self._rect.left() + pad, top - 5.0 * s, left, line), middle, name)
            bar = QRectF(self._rect.left() + left, top, track, 15.0 * s)
            painter.drawText(QRectF(bar.right() + pad, top - 5.0 * s, 2 * figure, line), middle, percent(share, 1))
            ghost = theme.color("muted")
            ghost.setAlphaF(0.22)
            painter.fillRect(bar, ghost)
            bar.setWidth(track * min(1.0, max(0.0, share)))
            painter.fillRect(bar, theme.color(role))


def share_rows(space: Space, camera: Camera) -> list[tuple[str, float, str]]:
    """What the plate says: (whose, share, role) of the view and of the fitted axes, where they are known."""
    rows = []
    seen = space.share_seen(camera)
    if seen is not None:
        column = camera.column
        name = language.say(_THIS_VIEW) if column is None else language.say(_WITHOUT, name=space.picture.names[column])
        rows.append((name, seen, "ink"))
    if space.picture.kept is not None:
        rows.append((language.say(_PLANE), float(space.picture.kept), "accent"))
    return rows


@lru_cache(maxsize=256)
def _sprite(group: int, px: float, theme_name: str, ratio: float) -> QPixmap:
    """The marker of a class, drawn once for each size; the theme's name is part of what it is kept under."""
    side = max(4, round((px + 4.0) * ratio))
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / (2.0 * ratio), side / (2.0 * ratio))
    painter.scale(px, px)
    painter.setPen(marker_outline(max(0.8, px / 11.0)))
    painter.setBrush(theme.color(f"class:{group}"))
    painter.drawPath(class_path(group))
    painter.end()
    return pixmap


def _pairs(starts: np.ndarray, ends: np.ndarray):
    both = np.stack([starts, ends], axis=1).reshape(-1, 2)
    return pg.arrayToQPath(np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1]), connect="pairs")


def _pen(role: str, width: float, alpha: float = 1.0) -> QPen:
    color = QColor(theme.color(role))
    color.setAlphaF(alpha)
    return QPen(color, width)


def _font(px: float, bold: bool = False) -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(max(9, round(px)))
    font.setBold(bold)
    return font
