"""One plot of metrics over a run: the canvas with its lines, and the readout above it that is its legend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from widgets.kit.theme import theme
from widgets.kit.ticks import plottable
from widgets.panes.curves.plot_canvas import Line, PlotCanvas, line_pen, value_at

_SAMPLE = 30  # pixels for the sample of a line in a readout, its gap included
_NEAR_BEST = 10.0  # pixels from the best point's star at which a click means it


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
        self._wanted = 0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        return "   ".join(entry.words for entry in self._entries)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries == self._entries:
            return
        self._entries = entries
        self.setAccessibleName(self.words)
        self._settle()
        self.update()

    def _settle(self) -> None:
        """As high as the entries need: a layout is asked for only where that is news."""
        height = self.sizeHint().height()
        if height != self._wanted:
            self._wanted = height
            self.updateGeometry()

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
        self._settle()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for entry, place in zip(self._entries, self._places(), strict=True):
            painter.setPen(line_pen(entry.role, entry.is_dashed))
            middle = place.center().y()
            painter.drawLine(QPointF(place.left() + 1, middle), QPointF(place.left() + _SAMPLE - 8, middle))
            painter.setPen(theme.color("text"))
            words = place.adjusted(_SAMPLE, 0, 0, 0)
            fitted = entry.fitted(QFontMetrics(self.font()), self.width() - int(words.left()))
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitted)


class MetricPlot(QWidget):
    """One plot: its lines, the marker at the shown frame, the readout, and what the mouse does on it.

    `clicked` and then `dragged` carry the place along the run; `hovered` too, or None where nothing is pointed at.
    """

    clicked = Signal(float)
    dragged = Signal(float)
    hovered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.readout, self.canvas = ReadoutLine(), PlotCanvas()
        self.best: tuple[float, float] | None = None
        self._is_held = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.readout)
        layout.addWidget(self.canvas, 1)
        self.canvas.pressed.connect(self._on_mouse_pressed)
        self.canvas.dragged.connect(self._on_mouse_dragged)
        self.canvas.moved.connect(self._on_mouse_moved)

    @property
    def lines(self) -> dict[str, Line]:
        """What is drawn, by the name of the metric."""
        return self.canvas.lines

    def show_lines(
        self, x: np.ndarray, series: dict[str, np.ndarray], styles: dict[str, tuple[str, bool]], last: float
    ) -> None:
        """Draw these series over x, in a run from its start to `last`; `styles` gives a role of the theme and whether
        the line is dashed."""
        self.canvas.lines = {name: Line(*plottable(x, y), *styles[name]) for name, y in series.items()}
        self.canvas.last = last
        self.canvas.fit()

    def value_at(self, name: str, x: float) -> float:
        """The value of a line at the last known point not after x; nan before the first and beyond the shown moment."""
        return value_at(self.canvas.seen_of(name), x) if name in self.lines else float("nan")

    def show_marker(self, x: float, heads: Mapping[str, float], cross: float | None) -> None:
        """The shown moment, how far the lines go and their values there; and a crosshair with a dot on every line, None
        for none."""
        heads = {name: heads[name] for name in self.lines if name in heads}
        if (x, heads, cross) != (self.canvas.marker, self.canvas.heads, self.canvas.cross):
            self.canvas.marker, self.canvas.heads, self.canvas.cross = x, heads, cross
            self._make_room(heads)
            self.canvas.update()

    def _make_room(self, heads: Mapping[str, float]) -> None:
        """Let the scale reach to these values, and stay so: half a step may lie beyond all settled ones."""
        reach = self.canvas.reach
        values = [value for value in heads.values() if math.isfinite(value)]
        if values and (not reach or min(values) < reach[0] or max(values) > reach[1]):
            self.canvas.reach = [min(reach + values), max(reach + values)]
            self.canvas.fit()

    def begin(self) -> None:
        """Another run: the scale owes nothing to the last one."""
        self.canvas.reach = []

    def show_best(self, name: str | None) -> None:
        """A star at the first of the greatest values of this line, as far as it goes; None for no line."""
        line = self.canvas.seen_of(name) if name in self.lines else None
        self.best = self.canvas.star = None
        if line is not None and len(line.y) > 1:
            self.best = (float(line.x[line.y.argmax()]), float(line.y.max()))
            self.canvas.star = (*self.best, line.role)
        self.canvas.update()

    def set_names(self, left: str, bottom: str) -> None:
        """Names of the axes; an empty one leaves its room to the curve, and one too long is shortened: the readout has
        the whole."""
        self.canvas.left_name, self.canvas.bottom_name = left, bottom

    def set_kind(self, is_share: bool, is_log: bool) -> None:
        """Shares stand on the whole scale from 0 to 1; on a log scale equal steps are equal factors."""
        self.canvas.is_share, self.canvas.is_log = is_share, is_log and not is_share

    def set_scale(self, scale: float) -> None:
        """Room for letters so many times larger."""
        self.canvas.scale = scale
        self.canvas.fit()

    def _on_mouse_pressed(self, place: QPointF) -> None:
        self._is_held = self.canvas.plot_rect().contains(place)
        if not self._is_held:
            return
        x = self.canvas.to_run(place)
        if self.best is not None and (self.canvas.to_pixel(*self.best) - place).manhattanLength() <= _NEAR_BEST:
            x = self.best[0]
        self.hovered.emit(None)
        self.clicked.emit(x)

    def _on_mouse_dragged(self, place: QPointF) -> None:
        if self._is_held:
            self.dragged.emit(self.canvas.to_run(place))

    def _on_mouse_moved(self, place: QPointF) -> None:
        self.hovered.emit(self.canvas.to_run(place) if self.canvas.plot_rect().contains(place) else None)

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.canvas.fit()

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)
