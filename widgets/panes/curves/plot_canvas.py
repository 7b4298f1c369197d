"""Lines over a run, painted directly: two axes with round ticks, the marker at the shown frame, a crosshair, a star.

A watched run redraws its curves five times a second beside the plane. A general plotting item lays its axes out and
asks Python for the rectangle of every part each time, which takes as long as a whole frame of the plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyqtgraph as pg
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from lab.looks.ticks import round_ticks, tick_text
from models.words.numbers import fixed, number
from widgets.kit.theme import theme
from widgets.kit.ticks import log_ticks, plottable, thinned

_AXIS_WIDTH = 58
_TOP, _RIGHT, _TICK = 5.0, 6.0, 4.0  # pixels: above and beside the plot, and a tick's length
_TICK_ROOM, _ENOUGH_FOR_TICKS = 26.0, 100.0  # pixels: for one tick of a scale; for all five of a scale of shares
_MOST_WHOLE_TICKS, _MOST_DECADES = 10, 30
_HALF_LINE = 9.0  # pixels of a scale of shares beyond its ends, for half a line of text
_PADDING, _ACROSS = 0.04, 0.03  # of the range of values, and of the run
_LEAST_SPAN, _LEAST_DECADES = 0.1, 0.05  # of the largest value, and of a log scale: the least that a scale shows
_NEAR_ZERO = 0.1  # of the range of values
_FEW = 25  # up to so many points each is a dot as well
_GRID = 0.15
_DASHES = [4.0, 2.5]


@dataclass(frozen=True, eq=False)
class Line:
    """One series: the points (k,) that can be drawn, its colour's role, and whether it is dashed."""

    x: np.ndarray
    y: np.ndarray
    role: str
    is_dashed: bool

    @property
    def has_dots(self) -> bool:
        """Whether its points are few enough to be shown one by one."""
        return len(self.x) <= _FEW

    def until(self, x: float, head: float) -> Line:
        """The line as far as it goes at a moment x of the run, where its value is `head` (nan: not known there)."""
        count = int(np.searchsorted(self.x, x * (1 + 1e-12), side="right"))
        xs, ys = self.x[:count], self.y[:count]
        if math.isfinite(head):
            kept = count - 1 if count and math.isclose(xs[-1], x, rel_tol=1e-12) else count
            xs, ys = np.append(xs[:kept], x), np.append(ys[:kept], head)
        return Line(xs, ys, self.role, self.is_dashed)


def line_pen(role: str, is_dashed: bool, width: float = 2.0) -> QPen:
    """The pen of a line, and of its sample in a readout."""
    pen = QPen(theme.color(role), width)  # with square ends: pieces drawn one by one meet without a seam
    if is_dashed:
        pen.setDashPattern(_DASHES)
    return pen


class PlotCanvas(QWidget):
    """Draws `lines` over [0, last], each as far as the shown moment and no further: at `marker` they have the values of
    `heads`. `pressed`, `dragged` and `moved` carry the place of the mouse."""

    pressed, dragged, moved = Signal(QPointF), Signal(QPointF), Signal(QPointF)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, Line] = {}
        self.is_log = self.is_share = False
        self.left_name = self.bottom_name = ""
        self.last = 1.0
        self.marker = math.inf
        self.heads: dict[str, float] = {}
        self.reach: list[float] = []  # the least and the greatest of all heads of this run: the scale shows them too
        self.cross: float | None = None
        self.star: tuple[float, float, str] | None = None  # x, y and the colour's role
        self.scale = 1.0
        self.values = (0.0, 1.0)  # the range of the vertical axis: values, on a log scale their powers of ten
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def fit(self) -> None:
        """Scale the vertical axis to the lines; shares stand on the whole scale from 0 to 1."""
        if self.is_share:
            pad = max(2 * _PADDING, _HALF_LINE / max(self.plot_rect().height(), 24.0))
            self.values = (-pad, 1.0 + pad)
        else:
            self.values = self._fitted()
        self.update()

    def _fitted(self) -> tuple[float, float]:
        drawn = [line.y for line in self.lines.values() if len(line.y)]
        if self.reach:
            drawn.append(np.array(self.reach))
        if self.is_log:
            drawn = [np.log10(y[y > 0]) for y in drawn if (y > 0).any()]
        if not drawn:
            return (0.0, 1.0)
        low, high = min(float(y.min()) for y in drawn), max(float(y.max()) for y in drawn)
        # A flat line, or a single point, stands on a scale of its own size, not on its last digits.
        least = _LEAST_DECADES if self.is_log else _LEAST_SPAN * max(abs(low), abs(high))
        span = (high - low) * (1.0 + 2.0 * _PADDING)
        if span < least or span == 0.0:
            middle, span = (low + high) / 2.0, max(least, 0.0) or 1.0
            return middle - span / 2.0, middle + span / 2.0
        pad = _PADDING * (high - low)
        if not self.is_log and 0.0 < low < _NEAR_ZERO * (high - low):
            low = 0.0  # so near that the scale had better show it
        return low - pad, high + pad

    # -- measures ------------------------------------------------------------------------------------------------------

    @property
    def run(self) -> tuple[float, float]:
        """The range of the horizontal axis."""
        return -_ACROSS * self.last, (1.0 + _ACROSS) * self.last

    def plot_rect(self) -> QRectF:
        """Where the lines lie, in the widget's pixels."""
        line = QFontMetricsF(self.font()).height()
        left, below = round(_AXIS_WIDTH * self.scale), _TICK + line * (2 if self.bottom_name else 1) + 2.0
        width, height = self.width() - left - _RIGHT, self.height() - below - _TOP
        return QRectF(left + 0.5, _TOP, max(width, 20.0), max(height, 20.0))

    def height_of(self, value: float) -> float:
        """A value's place on the vertical scale."""
        return math.log10(value) if self.is_log else value

    def to_pixel(self, x: float, y: float) -> QPointF:
        """Where a value of the run stands, in the widget's pixels."""
        rect, (low, high), (first, last) = self.plot_rect(), self.values, self.run
        across, up = (x - first) / (last - first), (self.height_of(y) - low) / (high - low)
        return QPointF(rect.left() + across * rect.width(), rect.bottom() - up * rect.height())

    def to_run(self, at: QPointF) -> float:
        """The place along the run of a pixel."""
        rect, (first, last) = self.plot_rect(), self.run
        return first + (at.x() - rect.left()) / rect.width() * (last - first)

    def ticks(self) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
        """(place along the run, words) and (place on the vertical scale, words) of both axes' ticks."""
        return self._ticks_across(), self._ticks_up()

    def _ticks_across(self) -> list[tuple[float, str]]:
        if 1 <= self.last <= _MOST_WHOLE_TICKS:  # a short run has a tick at each whole number only
            return [(float(k), str(k)) for k in range(int(self.last) + 1)]
        metrics, width = QFontMetricsF(self.font()), self.plot_rect().width()
        gap = 0.8 * metrics.height()
        most = max(2, int(width / (metrics.horizontalAdvance(tick_text(self.last, 1.0)) + gap)))
        while True:
            places = round_ticks(0.0, self.last, most)
            step = places[1] - places[0] if len(places) > 1 else self.last
            ticks = [(place, tick_text(place, step)) for place in places]
            widest = max(metrics.horizontalAdvance(words) for _, words in ticks) + gap
            if most == 1 or step * width / (self.run[1] - self.run[0]) >= widest:
                return ticks
            most -= 1

    def _ticks_up(self) -> list[tuple[float, str]]:
        (low, high), room = self.values, self.plot_rect().height()
        if self.is_share:
            lines = room / QFontMetricsF(self.font()).height()
            shares = (0.0, 0.25, 0.5, 0.75, 1.0) if room >= _ENOUGH_FOR_TICKS else (0.0, 0.5, 1.0)
            shares = shares if lines >= 2.5 else (0.0, 1.0) if lines >= 1.2 else (1.0,)
            return [(share, fixed(share, 2)) for share in shares]
        ticks = log_ticks if self.is_log and high - low <= _MOST_DECADES else round_ticks
        most = max(2, int(room / _TICK_ROOM))
        places = ticks(low, high, most)
        # One tick says nothing about a scale: where letters have room for it, round numbers may stand closer.
        while len(places) < 2 and (most + 1) * QFontMetricsF(self.font()).height() <= room:
            most += 1
            places = ticks(low, high, most)
        if self.is_log:
            return [(place, number(10.0**place)) for place in places]
        step = places[1] - places[0] if len(places) > 1 else high - low
        is_plain = max(abs(low), abs(high)) < 1e7 and step >= 1e-5
        return [(place, tick_text(place, step) if is_plain else number(_rounded(place, step))) for place in places]

    def sizeHint(self) -> QSize:
        return QSize(280, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    # -- painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface"))
        rect = self.plot_rect()
        painter.setFont(self.font())
        self._paint_axes(painter, rect)
        painter.setClipRect(rect.adjusted(0.5, -1.0, 1.0, 0.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self.seen.values():
            self._paint_line(painter, rect, line)
        if math.isfinite(self.marker):
            self._paint_upright(painter, rect, self.marker, QPen(theme.color("muted"), 2.0))
        if self.cross is not None:
            self._paint_upright(painter, rect, self.cross, QPen(theme.color("text"), 1.0, Qt.PenStyle.DashLine))
        painter.setPen(QPen(theme.color("surface"), 1.5))
        for x, y, role in self.dots:
            painter.setBrush(theme.color(role))
            painter.drawEllipse(self.to_pixel(x, y), 4.0, 4.0)
        if self.star is not None:
            x, y, role = self.star
            painter.setPen(QPen(theme.color("surface"), 1.0))
            painter.setBrush(theme.color(role))
            painter.translate(self.to_pixel(x, y))
            painter.drawPolygon(_star())

    @property
    def seen(self) -> dict[str, Line]:
        """The lines as far as the shown moment."""
        return {name: self.seen_of(name) for name in self.lines}

    def seen_of(self, name: str) -> Line:
        """One line as far as the shown moment. Raises KeyError for an unknown one."""
        return self.lines[name].until(self.marker, self.heads.get(name, math.nan))

    @property
    def dots(self) -> list[tuple[float, float, str]]:
        """(x, value, role) of every line at the crosshair, or else at the shown moment."""
        at = self.marker if self.cross is None else self.cross
        found = [(at, value_at(line, at), line.role) for line in self.seen.values()]
        return [dot for dot in found if math.isfinite(dot[1]) and not (self.is_log and dot[1] <= 0)]

    def _paint_axes(self, painter: QPainter, rect: QRectF) -> None:
        metrics = QFontMetricsF(self.font())
        across, up = self.ticks()
        grid, axis = theme.color("muted"), theme.color("muted")
        grid.setAlphaF(_GRID)
        (low, high), (first, last) = self.values, self.run
        ys = [rect.bottom() - (place - low) / (high - low) * rect.height() for place, _ in up]
        xs = [rect.left() + (place - first) / (last - first) * rect.width() for place, _ in across]
        painter.setPen(grid)
        painter.drawLines([QLineF(rect.left(), round(y) + 0.5, rect.right(), round(y) + 0.5) for y in ys])
        painter.setPen(axis)
        ticks = [QLineF(rect.left() - _TICK, round(y) + 0.5, rect.left(), round(y) + 0.5) for y in ys]
        ticks += [QLineF(round(x) + 0.5, rect.bottom(), round(x) + 0.5, rect.bottom() + _TICK) for x in xs]
        painter.drawLines(
            [*ticks, QLineF(rect.topLeft(), rect.bottomLeft()), QLineF(rect.bottomLeft(), rect.bottomRight())]
        )
        painter.setPen(theme.color("text"))
        line, beside = metrics.height(), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for y, (_, words) in zip(ys, up, strict=True):
            top = min(max(y - line / 2.0, 0.0), self.height() - line)
            painter.drawText(QRectF(0.0, top, rect.left() - _TICK - 3.0, line), beside, words)
        for x, (_, words) in zip(xs, across, strict=True):
            width = metrics.horizontalAdvance(words) + 2.0
            left = min(max(x - width / 2.0, 0.0), self.width() - width)
            place = QRectF(left, rect.bottom() + _TICK + 1.0, width, line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)
        if self.bottom_name:
            below = QRectF(rect.left(), self.height() - line - 1.0, rect.width(), line)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self.bottom_name)
        painter.save()
        painter.translate(1.0, rect.bottom())
        painter.rotate(-90.0)
        room = rect.height()
        shown = metrics.elidedText(self.left_name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(0.0, 0.0, room, line), int(Qt.AlignmentFlag.AlignCenter), shown)
        painter.restore()

    def _paint_line(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        x, y = plottable(line.x, line.y, self.is_log)
        if not len(x):
            return
        x, y = self.drawn(x, y)
        (low, high), (first, last) = self.values, self.run
        px = np.empty((len(x), 2))
        px[:, 0] = rect.left() + (x - first) * (rect.width() / (last - first))
        px[:, 1] = rect.bottom() - (y - low) * (rect.height() / (high - low))
        painter.setPen(line_pen(line.role, line.is_dashed))
        if line.is_dashed:
            # Dashes need the whole path: every piece would begin with one, and a long line look like none at all.
            painter.drawPolyline(pg.functions.arrayToQPolygonF(px[:, 0], px[:, 1]))
        elif len(px) > 1:
            # Piece by piece: one antialiased path of a thousand corners takes five times as long.
            pieces = np.ascontiguousarray(np.concatenate([px[:-1], px[1:]], axis=1))
            painter.drawLines(shiboken6.wrapInstance(pieces.ctypes.data, QLineF), len(pieces))
        if line.has_dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(line.role))
            for at in px.tolist():
                painter.drawEllipse(QPointF(*at), 3.0, 3.0)

    def drawn(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points of a line on the vertical scale, no more of them than the pixels can show."""
        return thinned(x, np.log10(y) if self.is_log else y, max(int(self.plot_rect().width()), 1))

    def _paint_upright(self, painter: QPainter, rect: QRectF, x: float, pen: QPen) -> None:
        (first, last) = self.run
        at = round(rect.left() + (x - first) / (last - first) * rect.width())
        if rect.left() - 1.0 <= at <= rect.right() + 1.0:
            painter.setPen(pen)
            painter.drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom()))

    # -- the mouse -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        is_held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        (self.dragged if is_held else self.moved).emit(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


def value_at(line: Line, x: float) -> float:
    """The value of a line at the last known point not after x; nan before the first."""
    index = int(np.searchsorted(line.x, x * (1 + 1e-12), side="right")) - 1
    return float(line.y[index]) if index >= 0 else float("nan")


@cache
def _star() -> QPolygonF:
    """A five-pointed star, 16 pixels across."""
    turns = np.arange(10) * math.pi / 5.0
    radii = np.where(np.arange(10) % 2 == 0, 8.0, 3.2)
    return QPolygonF([QPointF(r * math.sin(t), -r * math.cos(t)) for r, t in zip(radii, turns, strict=True)])


def _rounded(value: float, step: float) -> float:
    """A tick's number without the digits that arithmetic left behind."""
    return 0.0 if abs(value) < 1e-9 * step else value
