"""The loss surface as a map: shaded levels, contours with their values, the path of the run, and a ball to drag."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)  # fmt: skip
from PySide6.QtWidgets import QSizePolicy, QWidget

from lab.looks.ticks import round_ticks
from lab.protocol.pane_records import LossPicture
from models.words.numbers import number
from widgets.kit.language import language
from widgets.kit.theme import theme

_DEEPEST = 0.5  # of the ink's colour, where the loss is greatest
_LOWEST = 0.003  # of the levels' span: differences near the least level that are still told apart
_BALL, _GRASP = 8.0, 18.0  # pixels: the ball's radius, and from how far it is taken hold of
_FAR = 20_000.0  # pixels: a path that has left the picture is drawn no farther than this
_KEY_STEP = 1.0 / 40.0  # of the extent
_GAP = 4.0
_SMALL = 0.85  # of the font, for the contours' values
_STEPS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip


def loss_at(picture: LossPicture, place: np.ndarray) -> float:
    """The loss at a place (2,) of the picture, interpolated between its levels; nan beside them or in a hole."""
    a0, a1, b0, b1 = picture.extent
    h, w = picture.levels.shape
    x, y = (place[0] - a0) / (a1 - a0) * (w - 1), (place[1] - b0) / (b1 - b0) * (h - 1)
    if not (0.0 <= x <= w - 1 and 0.0 <= y <= h - 1):
        return float("nan")
    i, j = min(int(y), h - 2), min(int(x), w - 2)
    t, s = y - i, x - j
    (c00, c01), (c10, c11) = picture.levels[i : i + 2, j : j + 2]
    return float((1 - t) * ((1 - s) * c00 + s * c01) + t * ((1 - s) * c10 + s * c11))


class LossCanvas(QWidget):
    """Paints a LossPicture. `pointed` carries the place (2,) to be read, or None; `dropped` where the ball was let go."""

    pointed = Signal(object)
    dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: LossPicture | None = None
        self.ball: np.ndarray | None = None  # where it is held; None while it lies at the shown state
        self.pinned: np.ndarray | None = None
        self._hovered: np.ndarray | None = None
        self._is_dragging = False
        self._map: tuple[tuple, QPixmap] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: LossPicture) -> None:
        """Show this picture; a ball that is being dragged stays in the hand."""
        if picture is self.picture and self.ball is None:
            return
        is_elsewhere = self.picture is not None and picture.extent != self.picture.extent
        self.picture = picture
        if is_elsewhere:
            self.pinned = None
        if not self._is_dragging:
            self.ball = None
        self.update()

    def redraw(self) -> None:
        """Paint all of it anew: another theme or language."""
        self._map = None
        self.update()

    @property
    def place(self) -> np.ndarray | None:
        """The place that is read: the held ball's, the mouse's, or the pinned one."""
        for place in (self.ball, self._hovered, self.pinned):
            if place is not None:
                return place
        return None

    # -- measures --------------------------------------------------------------------------------------------------

    def plot_rect(self) -> QRectF:
        """Where the map lies, in the widget's pixels."""
        line = QFontMetricsF(self.font()).height()
        left, bottom = QFontMetricsF(self.font()).horizontalAdvance("−0.000") + line + _GAP, 2.0 * line + _GAP
        return QRectF(left, _GAP, max(self.width() - left - 10.0, 20.0), max(self.height() - bottom - _GAP, 20.0))

    def to_pixels(self, places: np.ndarray) -> np.ndarray:
        """Places (m, 2) of the picture as pixels (m, 2)."""
        rect, (a0, a1, b0, b1) = self.plot_rect(), self.picture.extent
        per = np.array([rect.width() / (a1 - a0), -rect.height() / (b1 - b0)])
        corner = np.array([rect.left(), rect.bottom()])
        return np.clip((np.atleast_2d(places) - [a0, b0]) * per + corner, -_FAR, _FAR)

    def to_place(self, at: QPointF) -> np.ndarray:
        """A pixel as a place (2,), kept within the picture."""
        rect, (a0, a1, b0, b1) = self.plot_rect(), self.picture.extent
        x = min(max((at.x() - rect.left()) / rect.width(), 0.0), 1.0)
        y = min(max((rect.bottom() - at.y()) / rect.height(), 0.0), 1.0)
        return np.array([a0 + x * (a1 - a0), b0 + y * (b1 - b0)])

    def sizeHint(self) -> QSize:
        return QSize(280, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 170)

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture is None:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._painted_map())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.plot_rect())
        self._paint_path(painter)
        for place, role in ((self.pinned, "accent"), (self._hovered, "text")):
            if place is not None and self.ball is None:
                self._paint_cross(painter, place, role)
        self._paint_ball(painter)

    def _painted_map(self) -> QPixmap:
        """The ground: it changes with the levels, the size, the theme and the language, not from frame to frame."""
        picture, ratio = self.picture, self.devicePixelRatioF()
        key = (picture.levels, picture.extent, self.size(), ratio, self.font())
        if self._map is None or self._map[0][0] is not key[0] or self._map[0][1:] != key[1:]:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setFont(self.font())
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            self._paint_levels(painter)
            self._paint_contours(painter)
            self._paint_axes(painter)
            painter.end()
            self._map = (key, pixmap)
        return self._map[1]

    def _paint_levels(self, painter: QPainter) -> None:
        rect, levels = self.plot_rect(), self.picture.levels
        colors = shaded(levels, theme.color("surface"), theme.color("ink"), theme.color("warning"))
        h, w = levels.shape
        image = QImage(colors.data, w, h, 3 * w, QImage.Format.Format_RGB888)
        half = QPointF(rect.width() / (w - 1) / 2.0, rect.height() / (h - 1) / 2.0)
        painter.save()
        painter.setClipRect(rect)  # levels lie on the edges, so the outer half of the outer cells is beyond them
        painter.drawImage(rect.adjusted(-half.x(), -half.y(), half.x(), half.y()), image)
        painter.restore()

    def _paint_contours(self, painter: QPainter) -> None:
        rect, small = self.plot_rect(), self.font()
        small.setPointSizeF(small.pointSizeF() * _SMALL)
        painter.setFont(small)
        metrics = QFontMetricsF(small)
        color = theme.color("ink")
        color.setAlphaF(0.55)
        taken: list[QRectF] = []
        words: list[tuple[QRectF, str]] = []
        painter.save()
        painter.setClipRect(rect)
        painter.setPen(QPen(color, 1.0))
        for k, (height, lines) in enumerate(zip(self.picture.contours, self.picture.lines, strict=True)):
            whole = self.to_pixels(np.concatenate(lines)) if lines else np.zeros((0, 2))
            cuts = np.cumsum([len(line) for line in lines])[:-1]
            polygons = [_polygon(part) for part in np.split(whole, cuts)] if lines else []
            for polygon in polygons:
                painter.drawPolyline(polygon)
            if polygons and k % 2 == 0:  # every second one, so that the words do not hide the lines
                shown = number(float(height))
                size = QSize(int(metrics.horizontalAdvance(shown)) + 6, int(metrics.height()))
                spot = _free_spot(max(polygons, key=len), size, rect, taken)
                if spot is not None:
                    taken.append(spot)
                    words.append((spot, shown))
        ground = theme.color("surface")
        ground.setAlphaF(0.82)
        for spot, shown in words:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(spot, 4.0, 4.0)
            painter.setPen(theme.color("text"))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, shown)
        painter.restore()
        painter.setFont(self.font())

    def _paint_axes(self, painter: QPainter) -> None:
        rect, metrics = self.plot_rect(), QFontMetricsF(self.font())
        a0, a1, b0, b1 = self.picture.extent
        line = metrics.height()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("muted"), 1.0))
        painter.drawRect(rect)
        across = round_ticks(a0, a1, max(2, int(rect.width() / 48)))
        up = round_ticks(b0, b1, max(2, int(rect.height() / 40)))
        painter.setPen(theme.color("text"))
        for value in across:
            x = rect.left() + (value - a0) / (a1 - a0) * rect.width()
            painter.drawLine(QPointF(x, rect.bottom()), QPointF(x, rect.bottom() + 3.0))
            room = QRectF(x - 35.0, rect.bottom() + 3.0, 70.0, line)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, _tick(value, across))
        for value in up:
            y = rect.bottom() - (value - b0) / (b1 - b0) * rect.height()
            painter.drawLine(QPointF(rect.left() - 3.0, y), QPointF(rect.left(), y))
            room = QRectF(0.0, y - line / 2.0, rect.left() - 5.0, line)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _tick(value, up))
        names = [language.say(name) for name in self.picture.names]
        elide = Qt.TextElideMode.ElideRight
        foot = QRectF(rect.left(), rect.bottom() + line + 2.0, rect.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(names[0], elide, rect.width()))
        painter.save()
        painter.translate(0.0, rect.center().y())
        painter.rotate(-90.0)
        side = QRectF(-rect.height() / 2.0, 0.0, rect.height(), line)
        painter.drawText(side, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(names[1], elide, rect.height()))
        painter.restore()

    def _paint_path(self, painter: QPainter) -> None:
        """The path with a dot at each state, its start hollow, and the last step in the accent's colour."""
        pixels = self.to_pixels(self.picture.path)
        polygon = _polygon(pixels)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("ink"), 1.8))
        painter.drawPolyline(polygon)
        dots = QPen(theme.color("ink"), 5.0)
        dots.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(dots)
        painter.drawPoints(polygon)
        painter.setPen(QPen(theme.color("ink"), 2.0))
        painter.setBrush(theme.color("surface"))
        painter.drawEllipse(QPointF(*pixels[0]), 5.0, 5.0)
        if len(pixels) > 1:
            self._paint_step(painter, pixels[-2], pixels[-1])

    def _paint_step(self, painter: QPainter, start: np.ndarray, end: np.ndarray) -> None:
        along = end - start
        length = float(np.hypot(*along))
        painter.setPen(QPen(theme.color("accent"), 3.0))
        if length <= 2.5 * _BALL:
            painter.drawLine(QPointF(*start), QPointF(*end))
            return
        along = along / length
        aside, tip = np.array([-along[1], along[0]]), end - along * _BALL
        painter.drawLine(QPointF(*start), QPointF(*(tip - along * 6.0)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawPolygon(
            _polygon(np.array([tip, tip - along * 10.0 + aside * 5.0, tip - along * 10.0 - aside * 5.0]))
        )

    def _paint_cross(self, painter: QPainter, place: np.ndarray, role: str) -> None:
        rect, at = self.plot_rect(), QPointF(*self.to_pixels(place)[0])
        painter.setPen(QPen(theme.color(role), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(rect.left(), at.y()), QPointF(rect.right(), at.y()))
        painter.drawLine(QPointF(at.x(), rect.top()), QPointF(at.x(), rect.bottom()))

    def _paint_ball(self, painter: QPainter) -> None:
        at = QPointF(*self.to_pixels(self.picture.here if self.ball is None else self.ball)[0])
        if not (math.isfinite(at.x()) and math.isfinite(at.y())):
            return
        if not self.plot_rect().adjusted(-1.0, -1.0, 1.0, 1.0).contains(at):
            self._paint_way_out(painter, np.array([at.x(), at.y()]))
            return
        painter.setPen(QPen(theme.color("outline"), 1.5))
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(at, _BALL, _BALL)
        shine = QColor(theme.color("surface"))
        shine.setAlphaF(0.7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shine)
        painter.drawEllipse(at + QPointF(-2.5, -2.5), 2.2, 2.2)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("text"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, _BALL + 4.0, _BALL + 4.0)

    def _paint_way_out(self, painter: QPainter, at: np.ndarray) -> None:
        """The ball has left the picture: an arrow at its edge points to where it is."""
        rect = self.plot_rect()
        middle = np.array([rect.center().x(), rect.center().y()])
        along = at - middle
        half = np.array([rect.width(), rect.height()]) / 2.0 - 4.0
        tip = middle + along * (half / np.maximum(np.abs(along), 1e-9)).min()
        along = along / np.hypot(*along)
        aside = np.array([-along[1], along[0]])
        painter.setPen(QPen(theme.color("outline"), 1.5))
        painter.setBrush(theme.color("accent"))
        painter.drawPolygon(
            _polygon(np.array([tip, tip - along * 18.0 + aside * 9.0, tip - along * 18.0 - aside * 9.0]))
        )

    # -- the mouse and the keys ------------------------------------------------------------------------------------

    def _is_on_ball(self, at: QPointF) -> bool:
        if not self.picture.can_be_put:
            return False
        ball = self.to_pixels(self.picture.here if self.ball is None else self.ball)[0]
        return math.hypot(at.x() - ball[0], at.y() - ball[1]) <= _GRASP

    def _moved(self) -> None:
        self.pointed.emit(self.place)
        self.update()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.picture is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._is_on_ball(event.position()):
            self._is_dragging, self._hovered = True, None
            self.ball = self.picture.here.copy()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.plot_rect().contains(event.position()):
            self.pinned = None if self._is_on_pin(event.position()) else self.to_place(event.position())
        self._moved()

    def _is_on_pin(self, at: QPointF) -> bool:
        if self.pinned is None:
            return False
        pin = self.to_pixels(self.pinned)[0]
        return math.hypot(at.x() - pin[0], at.y() - pin[1]) <= _GRASP / 2.0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.picture is None:
            return
        if self._is_dragging:
            self.ball = self.to_place(event.position())
        else:
            is_inside = self.plot_rect().contains(event.position())
            self._hovered = self.to_place(event.position()) if is_inside else None
            on_ball = self._is_on_ball(event.position())
            self.setCursor(Qt.CursorShape.OpenHandCursor if on_ball else Qt.CursorShape.CrossCursor)
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging and event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = False
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            if self.ball is not None and not np.array_equal(self.ball, self.picture.here):
                self.dropped.emit(self.ball)
            else:
                self.ball = None
            self._moved()

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._hovered = None
        self._moved()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if self.picture is None:
            super().keyPressEvent(event)
        elif step is not None and self.picture.can_be_put:
            a0, a1, b0, b1 = self.picture.extent
            at = self.picture.here if self.ball is None else self.ball
            moved = at + np.array(step) * [(a1 - a0) * _KEY_STEP, (b1 - b0) * _KEY_STEP]
            self.ball = np.clip(moved, [a0, b0], [a1, b1])
            self._moved()
        elif self.ball is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.dropped.emit(self.ball)
        elif self.ball is not None and event.key() == Qt.Key.Key_Escape:
            self.ball, self._is_dragging = None, False
            self._moved()
        else:
            super().keyPressEvent(event)


def shaded(levels: np.ndarray, low: QColor, high: QColor, hole: QColor) -> np.ndarray:
    """Colours (h, w, 3) uint8 of levels (h, w), rows from the top down: equal steps of colour are equal factors of
    the height above the least level."""
    finite = np.isfinite(levels)
    least = float(levels[finite].min()) if finite.any() else 0.0
    span = (float(levels[finite].max()) - least if finite.any() else 0.0) or 1.0
    rise = np.where(finite, levels - least, 0.0) / (_LOWEST * span)
    share = (np.log1p(rise) / np.log1p(1.0 / _LOWEST) * _DEEPEST)[:, :, None]
    ends = [np.array([c.red(), c.green(), c.blue()], dtype=np.float64) for c in (low, high, hole)]
    colors = ends[0] * (1.0 - share) + ends[1] * share
    colors[~finite] = 0.75 * ends[0] + 0.25 * ends[2]
    return np.ascontiguousarray(colors[::-1].astype(np.uint8))


def _polygon(pixels: np.ndarray) -> QPolygonF:
    return pg.functions.arrayToQPolygonF(pixels[:, 0], pixels[:, 1]) if len(pixels) else QPolygonF()


def _free_spot(line: QPolygonF, size: QSize, room: QRectF, taken: list[QRectF]) -> QRectF | None:
    """A place for words on a line, within the room and clear of others."""
    for share in (0.5, 0.25, 0.75, 0.1, 0.9, 0.35, 0.65):
        spot = QRectF(0.0, 0.0, size.width(), size.height())
        spot.moveCenter(line[int(share * (len(line) - 1))])
        if room.contains(spot) and not any(spot.intersects(other) for other in taken):
            return spot
    return None


def _tick(value: float, ticks: list[float]) -> str:
    """A tick's number, with no digits that its distance to the next one does not need."""
    value = 0.0 if abs(value) < 1e-9 * max(map(abs, ticks)) else value
    return number(value)
