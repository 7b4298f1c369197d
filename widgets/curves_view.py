"""The metrics over the run: the algorithm's own goal above, the scores below, both with the shown frame marked."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lab.packet import Curves, Packet
from models.core.text import Text
from widgets.calm_controls import QuietLabel
from widgets.language import bind, language
from widgets.metric_plot import Entry, MetricPlot, plottable
from widgets.theme import theme

_EMPTY = Text(
    "Nothing to plot yet. Play, or go one step on, and the curves begin.",
    "아직 그릴 값이 없습니다. 재생하거나 한 단계 나아가면 곡선이 시작됩니다.",
)
_ITERATION, _EPOCH = Text("iteration", "반복"), Text("epoch", "에포크")
_AT_ITERATION, _AT_EPOCH = Text("iteration {x}", "반복 {x}"), Text("epoch {x:.2f}", "에포크 {x:.2f}")
_SHARE = Text("share right", "맞힌 비율")
_SCORE = Text("score", "점수")
_LOG, _LOG_TIP = Text("Log scale", "로그 눈금"), Text("Equal steps are equal factors", "같은 간격이 같은 배수")
_CURVES = Text("Curves of the run: click to go there", "실행 곡선: 누르면 그때로 이동합니다")
_SEEK_TIP = Text("Click: show that moment of the run", "누르기: 그때의 실행 보기")

_SCORES = ("accuracy", "r2")
_SHARES = ("accuracy", "share", "ratio")
_LOW = 400  # pixels under which the two plots name their common axis once, below
_TRAINING_STYLE, _TEST_STYLE = ("ink", False), ("accent", True)  # a role of the theme, and whether dashed


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


class CurvesView(QWidget):
    """Metrics of the run so far; `seek_requested` carries the iteration that was clicked."""

    seek_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packet: Packet | None = None
        self._drawn: tuple | None = None
        self._hover: float | None = None
        self.goal_plot, self.score_plot = MetricPlot(), MetricPlot()
        self.empty, self.log_box, self.at = QuietLabel(), QCheckBox(), QuietLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(24)
        bind(self.empty, self.empty.set_sentence, _EMPTY)
        bind(self.log_box, self.log_box.setText, _LOG)
        bind(self.log_box, self.log_box.setToolTip, _LOG_TIP)
        bind(self, self.setAccessibleName, _CURVES)
        top = QHBoxLayout()
        top.addWidget(self.at, 1)
        top.addWidget(self.log_box)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        column.addLayout(top)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        for plot in (self.goal_plot, self.score_plot):
            column.addWidget(plot, 1)
            bind(plot.plot, plot.plot.setToolTip, _SEEK_TIP)
            plot.clicked.connect(self._on_plot_clicked)
            plot.hovered.connect(self._on_plot_hovered)
        self.log_box.toggled.connect(self._on_log_toggled)
        language.changed.connect(self._redraw)
        theme.changed.connect(self._redraw)
        self._redraw()

    def show_packet(self, packet: Packet) -> None:
        """Show the run of this packet, the marker at its frame. Costs nothing while the view is hidden."""
        self._packet = packet
        if self.isVisible():
            self._refresh()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to plot, and the view says so."""
        return self._pages.currentIndex() == 0

    # -- drawing ---------------------------------------------------------------------------------------------------

    @Slot()
    def _redraw(self) -> None:
        for plot in (self.goal_plot, self.score_plot):
            plot.restyle()
        self._drawn = None
        self._refresh()

    def _refresh(self) -> None:
        packet = self._packet
        if packet is None:
            return
        key = (id(packet.curves), packet.per_epoch, packet.goal, self.log_box.isChecked())
        if self._drawn is None or key != self._drawn[0]:
            self._draw(packet)
            self._drawn = (key, packet.curves)  # kept, so that its id cannot be another's
        if not self.is_empty:
            self._mark(packet)

    def _draw(self, packet: Packet) -> None:
        curves = packet.curves
        series = {name: y for name, y in curves.series.items() if len(plottable(curves.iterations, y)[0])}
        scores = {name: y for name, y in series.items() if name.removeprefix("test_") in _SCORES}
        goals = {
            name: y for name, y in series.items() if name.removeprefix("test_") == packet.goal and name not in scores
        }
        self._pages.setCurrentIndex(1 if goals or scores else 0)
        self.goal_plot.setVisible(bool(goals))
        self.score_plot.setVisible(bool(scores))
        is_loggable = bool(goals) and not _is_share(goals) and any((y[np.isfinite(y)] > 0).any() for y in goals.values())
        self.log_box.setVisible(is_loggable)
        if self.is_empty:
            return
        self.goal_plot.set_log(self.log_box.isChecked() and is_loggable)
        x = curves.iterations / (packet.per_epoch or 1)
        last = max(float(x[-1]), 1.0 / (packet.per_epoch or 1))
        bottom = language.say(_EPOCH if packet.per_epoch else _ITERATION)
        for plot, lines, title in (
            (self.goal_plot, goals, self._name(curves, packet.goal)),
            (self.score_plot, scores, language.say(_SHARE if _is_share(scores) else _SCORE)),
        ):
            styles = {
                name: _TEST_STYLE if name.startswith("test_") else _TRAINING_STYLE
                for name in lines
            }
            plot.show_lines(x, lines, styles)
            is_named_below = plot is self.goal_plot and bool(scores) and self.height() < _LOW
            plot.set_labels(title, "" if is_named_below else bottom)
            plot.set_share(_is_share(lines))
            plot.set_span(last)

    def _mark(self, packet: Packet) -> None:
        """Put the markers at the shown frame, and the values there (or under the mouse) into the readouts."""
        per_epoch = packet.per_epoch or 1
        shown = packet.frame.iteration / per_epoch
        x = shown if self._hover is None else self._hover
        if self._hover is None and packet.place is not None and not packet.per_epoch:
            self.at.set_sentence(language.say(packet.place))
        elif packet.per_epoch:
            self.at.set_sentence(language.say(_AT_EPOCH, x=x))
        else:
            self.at.set_sentence(language.say(_AT_ITERATION, x=round(x)))
        for plot in (self.goal_plot, self.score_plot):
            plot.marker.setValue(shown)
            entries = []
            for name in plot.lines:
                value = plot.value_at(name, x)
                if self._hover is None:
                    value = packet.metrics.get(name, value)
                entries.append(Entry(*plot.styles[name], self._name(packet.curves, name), _shown(name, value)))
            plot.readout.show_entries(tuple(entries))

    @staticmethod
    def _name(curves: Curves, name: str) -> str:
        return language.say(curves.labels[name]) if name in curves.labels else name

    # -- the mouse -------------------------------------------------------------------------------------------------

    @Slot(float)
    def _on_plot_clicked(self, x: float) -> None:
        if self._packet is not None:
            iteration = round(x * (self._packet.per_epoch or 1))
            self.seek_requested.emit(min(max(iteration, 0), self._packet.reached))

    @Slot(object)
    def _on_plot_hovered(self, x: float | None) -> None:
        if x is not None and self._packet is not None:
            per_epoch = self._packet.per_epoch or 1
            x = min(max(round(x * per_epoch), 0), self._packet.reached) / per_epoch
        self._hover = x
        if self._packet is not None and not self.is_empty:
            self._mark(self._packet)

    @Slot(bool)
    def _on_log_toggled(self, _is_log: bool) -> None:
        self._drawn = None
        self._refresh()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().height() < _LOW) != (event.oldSize().height() < _LOW):
            self._drawn = None
            self._refresh()


def _shown(name: str, value: float) -> str:
    """A metric's value as it is read; nothing where there is none yet."""
    if np.isnan(value):
        return ""
    return f"{value:.3f}" if name.endswith(_SHARES) else _number(value)


def _is_share(series: Iterable[str]) -> bool:
    """Whether these metrics are parts of a whole, by the last word of their names."""
    return any(name.endswith(_SHARES) for name in series)
