"""One plot of metrics over a run: its lines, the marker at the shown frame, a crosshair, and the readout that is its
legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from widgets.theme import theme

_MOST_WHOLE_TICKS = 10
_SAMPLE = 30  # pixels for the sample of a line in a readout, its gap included
_AXIS_WIDTH = 58
_HALF_LINE, _ENOUGH_FOR_TICKS = 9, 100  # pixels: half a line of text, five lines apart
_SHARE_TICKS = [[(k / 4, f"{k / 4:.2f}") for k in range(5)]]
_TICK_ROOM, _MOST_DECADES = 26.0, 30  # pixels for one tick of a log scale; beyond so many powers pyqtgraph's own
_FEW = 25  # up to so many points each is a dot as well
_LEAST_SPAN = 0.1  # of the largest value: the least that a scale shows
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NEAR_BEST = 10.0  # pixels from the best point's star at which a click means it
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


def number(value: float) -> str:
    """A number as people read it: four significant digits, whole from ten thousand on, a true minus; – for none."""
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    shown = f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    digits, _, power = shown.replace("-", "−").partition("e")
    return f"{digits}×10{str(int(power.replace('−', '-'))).translate(_RAISED)}" if power else digits


@dataclass(frozen=True)
class Entry:
    """One line of a plot as its readout names it."""

    role: str
    is_dashed: bool
    name: str
    value: str = ""

    @property
    def words(self) -> str:
        return f"{self.name} {self.value}".rstrip()

    def fitted(self, metrics: QFontMetrics, room: int) -> str:
        """The words in so many pixels: the name gives way, never a digit of the value."""
        if metrics.horizontalAdvance(self.words) <= room:
            return self.words
        room -= metrics.horizontalAdvance(f" {self.value}")
        return f"{metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, room)} {self.value}"


class ReadoutLine(QWidget):
    """Names and values of a plot's lines with a sample of each line; it is the legend, too."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        return "   ".join(entry.words for entry in self._entries)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries != self._entries:
            self._entries = entries
            self.setAccessibleName(self.words)
            self.updateGeometry()
            self.update()

    def _places(self) -> list[QRectF]:
        """Where each entry stands: one after another, on a new line where the width ends."""
        metrics, places = QFontMetrics(self.font()), []
        x = y = 0
        for entry in self._entries:
            width = _SAMPLE + metrics.horizontalAdvance(entry.words) + 14
            if x and x + width > self.width():
                x, y = 0, y + metrics.height() + 2
            places.append(QRectF(x, y, width, metrics.height()))
            x += width
        return places

    def sizeHint(self) -> QSize:
        places = self._places()
        return QSize(100, int(places[-1].bottom()) + 2 if places else QFontMetrics(self.font()).height() + 2)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for entry, place in zip(self._entries, self._places(), strict=True):
            painter.setPen(_pen(entry.role, entry.is_dashed))
            middle = place.center().y()
            painter.drawLine(QPointF(place.left() + 1, middle), QPointF(place.left() + _SAMPLE - 8, middle))
            painter.setPen(theme.color("text"))
            words = place.adjusted(_SAMPLE, 0, 0, 0)
            fitted = entry.fitted(QFontMetrics(self.font()), self.width() - int(words.left()))
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitted)


def _pen(role: str, is_dashed: bool, width: float = 2.0) -> QPen:
    pen = pg.mkPen(theme.color(role), width=width)
    if is_dashed:
        pen.setDashPattern([4, 2.5])
    return pen


class _Axis(pg.AxisItem):
    """The axis of values. On a log scale its ticks are powers of ten, with their halves and fifths where there is
    room, and none written over another."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logMode or not (high > low) or high - low > _MOST_DECADES:
            return super().tickValues(low, high, size)
        most = max(2, int(size / _TICK_ROOM))
        for steps in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
            powers = np.arange(np.floor(low), np.ceil(high) + 1)
            ticks = np.sort((powers[:, None] + np.log10(steps)).ravel())
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            if len(ticks) <= most:
                break
        return [(1.0, ticks[:: -(-len(ticks) // most) or 1].tolist())]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if not self.logMode:
            return super().tickStrings(values, scale, spacing)
        return [number(10.0**value) for value in values]


class _Canvas(pg.PlotWidget):
    """The plot's graphics view: the left button and the mouse's way go to the MetricPlot alone, at once."""

    pressed, dragged, moved = Signal(QPointF), Signal(QPointF), Signal(QPointF)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        is_held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        (self.dragged if is_held else self.moved).emit(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


class MetricPlot(QWidget):
    """One plot: its lines, the marker at the shown frame, the readout, and what the mouse does on it.

    `clicked` and then `dragged` carry the place along the run; `hovered` too, or None where nothing is pointed at.
    """

    clicked = Signal(float)
    dragged = Signal(float)
    hovered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.readout = ReadoutLine()
        self.plot = _Canvas(axisItems={"left": _Axis("left")})
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(False, False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.getViewBox().setDefaultPadding(0.04)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self.marker, ignoreBounds=True)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.dots, self.star = pg.ScatterPlotItem(size=8, pxMode=True), pg.ScatterPlotItem(size=16, pxMode=True)
        for item in (self.cross, self.dots, self.star):
            self.plot.addItem(item, ignoreBounds=True)
            item.setZValue(10.0)
        self.cross.hide()
        self.best: tuple[float, float] | None = None
        self._is_held = False
        self._scale = 1.0
        self.lines: dict[str, pg.PlotDataItem] = {}
        self.styles: dict[str, tuple[str, bool]] = {}
        self.is_log = False
        self._left, self._is_share = "", False
        self._names: tuple[str, str] | None = None
        self._data: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.readout)
        layout.addWidget(self.plot, 1)
        self.plot.getViewBox().sigResized.connect(self._fit)
        self.plot.pressed.connect(self._on_mouse_pressed)
        self.plot.dragged.connect(self._on_mouse_dragged)
        self.plot.moved.connect(self._on_mouse_moved)

    def show_lines(self, x: np.ndarray, series: dict[str, np.ndarray], styles: dict[str, tuple[str, bool]]) -> None:
        """Draw these series over x; `styles` gives a role of the theme and whether the line is dashed."""
        for name in set(self.lines) - set(series):
            self.plot.removeItem(self.lines.pop(name))
        if self.styles != styles:
            self.styles = styles
        self._data = {}
        for name, y in series.items():
            if name not in self.lines:
                # About two points a pixel, the least and the greatest there: no more can be seen.
                self.lines[name] = self.plot.plot(antialias=True)
                self.lines[name].setLogMode(False, self.is_log)
                self.lines[name].setDownsampling(auto=True, method="peak")
                self.lines[name].opts["autoDownsampleFactor"] = 1.0
            self._data[name] = plottable(x, y)
            shown = plottable(x, y, self.is_log)
            role, is_dashed = styles[name]
            has_dots = len(shown[0]) <= _FEW
            self.lines[name].setData(
                *shown,
                pen=_pen(role, is_dashed),
                symbol="o" if has_dots else None,
                symbolSize=6,
                symbolBrush=theme.color(role),
                symbolPen=None,
            )
            # Drawn piece by piece: one antialiased path of a thousand corners takes five times as long. Dashes need
            # the whole path: every piece would begin with one, and a long line look like no dashes at all.
            self.lines[name].curve.setSegmentedLineMode("off" if is_dashed else "on")
        self._keep_open()

    def _keep_open(self) -> None:
        """A flat line, or a single point, stands on a scale of its own size, not on its last digits."""
        largest = max((float(np.abs(y).max()) for _, y in self._data.values() if len(y)), default=0.0)
        least = 0.05 if self.is_log else _LEAST_SPAN * largest
        self.plot.getViewBox().setLimits(minYRange=least or None)

    def value_at(self, name: str, x: float) -> float:
        """The value of a line at the last known point not after x; nan before the first."""
        xs, ys = self._data.get(name, (np.zeros(0), np.zeros(0)))
        index = int(np.searchsorted(xs, x * (1 + 1e-12), side="right")) - 1
        return float(ys[index]) if index >= 0 else float("nan")

    def show_cross(self, x: float | None) -> None:
        """A crosshair at x, with a dot on every line there; None takes it away."""
        self.cross.setVisible(x is not None)
        if x is None:
            self.dots.clear()
            return
        self.cross.setValue(x)
        values = {name: self.value_at(name, x) for name in self.lines}
        there = [name for name, y in values.items() if np.isfinite(y) and not (self.is_log and y <= 0)]
        self.dots.setData(
            x=[x] * len(there),
            y=[self._height(values[name]) for name in there],
            brush=[theme.color(self.styles[name][0]) for name in there],
            pen=pg.mkPen(theme.color("surface"), width=1.5),
        )

    def show_best(self, name: str | None) -> None:
        """A star at the first of the greatest values of this line; None for no line."""
        xs, ys = self._data.get(name, (np.zeros(0), np.zeros(0)))
        self.best = (float(xs[ys.argmax()]), float(ys.max())) if len(ys) > 1 else None
        self.star.clear()
        if self.best is not None:
            role = self.styles[name][0]
            self.star.setData(
                x=[self.best[0]],
                y=[self._height(self.best[1])],
                symbol="star",
                brush=theme.color(role),
                pen=pg.mkPen(theme.color("surface"), width=1.0),
            )

    def _height(self, value: float) -> float:
        return float(np.log10(value)) if self.is_log else value

    def set_log(self, is_log: bool) -> None:
        self.is_log = is_log
        self.plot.setLogMode(False, is_log)

    def restyle(self) -> None:
        """The theme's colours on the ground, the axes and the marker."""
        self.plot.setBackground(theme.color("surface"))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(pg.mkPen(theme.color("muted")))
            axis.setTextPen(pg.mkPen(theme.color("text")))
            axis.setTickFont(self.font())
            axis.label.setFont(self.font())
        self.plot.getAxis("left").setWidth(round(_AXIS_WIDTH * self._scale))
        self.plot.showGrid(x=False, y=True, alpha=0.15)
        self.marker.setPen(pg.mkPen(theme.color("muted"), width=2))
        self.cross.setPen(pg.mkPen(theme.color("text"), width=1, style=Qt.PenStyle.DashLine))

    def set_scale(self, scale: float) -> None:
        """Room for letters so many times larger, from the next `restyle` on."""
        self._scale, self._names = scale, None

    def set_labels(self, left: str, bottom: str) -> None:
        """Names of the axes; an empty one leaves its room to the curve."""
        if (left, bottom) == self._names:
            return
        self._names, self._left = (left, bottom), left
        self.plot.setLabel("bottom", bottom)
        self.plot.getAxis("bottom").showLabel(bool(bottom))
        self._fit()

    def set_share(self, is_share: bool) -> None:
        """Shares always stand on the whole scale from 0 to 1."""
        if is_share == self._is_share:
            return
        self._is_share = is_share
        if not is_share:
            self.plot.getViewBox().enableAutoRange(axis="y")
        self._fit()

    def _fit(self, _box: object = None) -> None:
        """The name along the axis is shortened where the plot is too low for it (the readout has the whole), and
        a scale of shares has as many ticks as there is room for, the first and the last included."""
        room = max(int(self.plot.getViewBox().height()), 24)
        self.plot.setLabel("left", QFontMetrics(self.font()).elidedText(self._left, Qt.TextElideMode.ElideRight, room))
        self.plot.getAxis("left").resizeEvent()  # pyqtgraph centres a name only here
        ticks = _SHARE_TICKS if room >= _ENOUGH_FOR_TICKS else [_SHARE_TICKS[0][::2]]
        self.plot.getAxis("left").setTicks(ticks if self._is_share else None)
        if self._is_share:
            self.plot.setYRange(0.0, 1.0, padding=max(0.08, _HALF_LINE / room))

    def set_span(self, last: float) -> None:
        """The run from its start to `last`; a short one has a tick at each whole number only."""
        ticks = [[(k, str(k)) for k in range(int(last) + 1)]] if 1 <= last <= _MOST_WHOLE_TICKS else None
        self.plot.getAxis("bottom").setTicks(ticks)
        self.plot.setXRange(0.0, last, padding=0.03)

    def _on_mouse_pressed(self, place: QPointF) -> None:
        box = self.plot.getViewBox()
        self._is_held = box.sceneBoundingRect().contains(place)
        if not self._is_held:
            return
        x = box.mapSceneToView(place).x()
        if self.best is not None:
            star = box.mapViewToScene(QPointF(self.best[0], self._height(self.best[1])))
            if (star - place).manhattanLength() <= _NEAR_BEST:
                x = self.best[0]
        self.hovered.emit(None)
        self.clicked.emit(x)

    def _on_mouse_dragged(self, place: QPointF) -> None:
        if self._is_held:
            self.dragged.emit(self.plot.getViewBox().mapSceneToView(place).x())

    def _on_mouse_moved(self, place: QPointF) -> None:
        box = self.plot.getViewBox()
        self.hovered.emit(box.mapSceneToView(place).x() if box.sceneBoundingRect().contains(place) else None)

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)
