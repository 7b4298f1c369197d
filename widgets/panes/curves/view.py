"""The metrics over the run: the algorithm's own goal above, the scores below, both with the shown frame marked."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from lab.protocol.packet import Curves, Packet
from models.words.numbers import SHARES, figure
from models.words.text import Said, Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.language import bind, language
from widgets.kit.ticks import plottable
from widgets.panes.curves.metric_plot import Entry, MetricPlot
from widgets.panes.pane import Pane

_EMPTY = Text(
    "Nothing to plot yet. Play, or go one step on, and the curves begin.",
    "아직 그릴 값이 없습니다. 재생하거나 한 단계 나아가면 곡선이 시작됩니다.",
)
_ITERATION, _EPOCH = Text("iteration", "반복"), Text("epoch", "에포크")
_AT_STEP, _AT_EPOCH = Text("{step} {x}", "{step} {x}"), Text("epoch {x:.2f}", "에포크 {x:.2f}")
_SHARE = Text("share right", "맞힌 비율")
_SCORE = Text("score", "점수")
_LOG, _LOG_TIP = Text("Log scale", "로그 눈금"), Text("Equal steps are equal factors", "같은 간격이 같은 배수")
_CURVES = Text("Curves of the run: click to go there", "실행 곡선: 누르면 그때로 이동합니다")
_SEEK_TIP = Text(
    "Click: show that moment of the run. Drag: run through it.", "누르기: 그때의 실행 보기. 끌기: 실행을 훑어보기"
)
_BEST, _BEST_TIP = (
    Text("★ {value}", "★ {value}"),
    Text("The best {name}, {value}: go to {where}", "가장 좋은 {name} {value}: {where:으로/로} 이동"),
)

_SCORES = ("accuracy", "r2")
_TESTS = ("test_accuracy", "test_r2")
# A place such as "round {k}" or "neighbour {k}/{n}" names what this algorithm counts.
_COUNTED = re.compile(r"([^{},:\d]+) \{\w+\}(/\{\w+\})?")
_LOW = 400  # pixels under which the two plots name their common axis once, below
_TRAINING_STYLE, _TEST_STYLE = ("ink", False), ("accent", True)  # a role of the theme, and whether dashed


def _step_name(place: Said | None) -> Text | None:
    """What an iteration is called in the algorithm's own words, where its place is that and nothing else."""
    found = None if place is None else (_COUNTED.fullmatch(place.text.en), _COUNTED.fullmatch(place.text.ko))
    return Text(found[0][1], found[1][1]) if found is not None and all(found) else None


class CurvesView(Pane):
    """Metrics of the run so far; `seek_requested` carries the iteration that was clicked or dragged to. After a click
    the values there stay, as those of the shown frame."""

    id = "curves"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple | None = None
        self._hover: float | None = None
        self._asked = -1
        self._step, self._version = _ITERATION, 0
        self.goal_plot, self.score_plot = MetricPlot(), MetricPlot()
        self.log_box, self.at = QCheckBox(), QuietLabel()
        bind(self.empty, self.empty.set_sentence, _EMPTY)
        bind(self.log_box, self.log_box.setText, _LOG)
        bind(self.log_box, self.log_box.setToolTip, _LOG_TIP)
        bind(self, self.setAccessibleName, _CURVES)
        top = QHBoxLayout()
        self.best = QToolButton()
        self.best.setAutoRaise(True)
        top.addWidget(self.at, 1)
        top.addWidget(self.best)
        top.addWidget(self.log_box)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        column.addLayout(top)
        self.fill(full)
        for plot in (self.goal_plot, self.score_plot):
            column.addWidget(plot, 1)
            bind(plot.canvas, plot.canvas.setToolTip, _SEEK_TIP)
            plot.clicked.connect(self._on_plot_clicked)
            plot.dragged.connect(self._on_plot_dragged)
            plot.hovered.connect(self._on_plot_hovered)
        self.best.clicked.connect(self._on_best_clicked)
        self.log_box.toggled.connect(self._on_log_toggled)

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        for plot in (self.goal_plot, self.score_plot):
            plot.set_scale(scale)
        super().set_scale(scale)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        self._drawn = None
        self.refresh()

    def refresh(self) -> None:
        packet = self.packet
        if packet is None:
            return
        if packet.version != self._version:
            self._version, self._step = packet.version, _ITERATION
            for plot in (self.goal_plot, self.score_plot):
                plot.begin()
        self._step = _step_name(packet.place) or self._step
        key = (id(packet.curves), packet.per_epoch, packet.goal, self.log_box.isChecked(), self._step)
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
        self.show_content(bool(goals or scores))
        self.goal_plot.setVisible(bool(goals))
        self.score_plot.setVisible(bool(scores))
        is_loggable = (
            bool(goals) and not _is_share(goals) and any((y[np.isfinite(y)] > 0).any() for y in goals.values())
        )
        self.log_box.setVisible(is_loggable)
        if self.is_empty:
            return
        x = curves.iterations / (packet.per_epoch or 1)
        last = max(float(x[-1]), 1.0 / (packet.per_epoch or 1))
        bottom = language.say(_EPOCH if packet.per_epoch else self._step)
        for plot, lines, title in (
            (self.goal_plot, goals, self._name(curves, packet.goal)),
            (self.score_plot, scores, language.say(_SHARE if _is_share(scores) else _SCORE)),
        ):
            styles = {name: _TEST_STYLE if name.startswith("test_") else _TRAINING_STYLE for name in lines}
            is_named_below = plot is self.goal_plot and bool(scores) and self.height() < _LOW
            plot.set_names(title, "" if is_named_below else bottom)
            plot.set_kind(_is_share(lines), self.log_box.isChecked() and is_loggable and plot is self.goal_plot)
            plot.show_lines(x, lines, styles, last)

    def _show_best(self, packet: Packet) -> None:
        """The button that goes back to the best test score, which early stopping would have kept."""
        best = self.score_plot.best
        self.best.setVisible(best is not None)
        if best is not None:
            name = next(name for name in _TESTS if name in self.score_plot.lines)
            value = _shown(name, best[1])
            self.best.setText(language.say(_BEST, value=value))
            where = self._at(packet, best[0])
            self.best.setToolTip(
                language.say(_BEST_TIP, name=self._name(packet.curves, name), value=value, where=where)
            )
            self.best.setAccessibleName(self.best.toolTip())

    def _at(self, packet: Packet, x: float) -> str:
        """A place along the run in words."""
        if packet.per_epoch:
            return language.say(_AT_EPOCH, x=x)
        return language.say(_AT_STEP, step=self._step, x=round(x))

    def _mark(self, packet: Packet) -> None:
        """Put the markers at the shown frame, and the values there (or under the mouse) into the readouts."""
        shown = _place(packet)
        hover = self._hover if self._hover is not None and self._hover <= shown else None
        x = shown if hover is None else hover
        if hover is None and packet.place is not None and not packet.per_epoch:
            self.at.set_sentence(language.say(packet.place))
        else:
            self.at.set_sentence(self._at(packet, x))
        for plot in (self.goal_plot, self.score_plot):
            plot.show_marker(shown, packet.metrics, hover)
            plot.show_best(next((name for name in _TESTS if name in plot.lines), None))
            entries = []
            for name, line in plot.lines.items():
                value = plot.value_at(name, x)
                if hover is None:
                    value = packet.metrics.get(name, value)
                entries.append(Entry(line.role, line.is_dashed, self._name(packet.curves, name), _shown(name, value)))
            plot.readout.show_entries(tuple(entries))
        self._show_best(packet)

    @staticmethod
    def _name(curves: Curves, name: str) -> str:
        return language.say(curves.labels[name]) if name in curves.labels else name

    # -- the mouse -------------------------------------------------------------------------------------------------

    @Slot(float)
    def _on_plot_clicked(self, x: float) -> None:
        if self.packet is not None:
            self._asked = self._iteration(x)
            self.seek_requested.emit(self._asked)

    @Slot(float)
    def _on_plot_dragged(self, x: float) -> None:
        if self.packet is not None and self._iteration(x) != self._asked:
            self._on_plot_clicked(x)

    @Slot()
    def _on_best_clicked(self) -> None:
        if self.score_plot.best is not None:
            self._on_plot_clicked(self.score_plot.best[0])

    def _iteration(self, x: float) -> int:
        """The iteration of this run that is nearest to a place along it."""
        return min(max(round(x * (self.packet.per_epoch or 1)), 0), self.packet.reached)

    @Slot(object)
    def _on_plot_hovered(self, x: float | None) -> None:
        if x is not None and self.packet is not None:
            x = self._iteration(x) / (self.packet.per_epoch or 1)
        self._hover = x
        if self.packet is not None and not self.is_empty:
            self._mark(self.packet)

    @Slot(bool)
    def _on_log_toggled(self, _is_log: bool) -> None:
        self._drawn = None
        self.refresh()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().height() < _LOW) != (event.oldSize().height() < _LOW):
            self._drawn = None
            self.refresh()


def _place(packet: Packet) -> float:
    """Where the shown moment stands along the run, in its units: after whole iterations, or at its part of one."""
    frame, per_epoch = packet.frame, packet.per_epoch or 1
    if frame.iteration and frame.moment < packet.moments - 1:
        return (frame.iteration - 1 + (frame.moment + 1) / packet.moments) / per_epoch
    return frame.iteration / per_epoch


def _shown(name: str, value: float) -> str:
    """A metric's value as it is read; nothing where there is none yet."""
    if np.isnan(value):
        return ""
    return figure(name, value)


def _is_share(series: Iterable[str]) -> bool:
    """Whether these metrics are parts of a whole, by the last word of their names."""
    return any(name.endswith(SHARES) for name in series)
