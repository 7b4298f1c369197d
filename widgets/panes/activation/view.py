"""The Activation pane: a function and its derivative, and where the weighted sums of one neuron lie on them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lab.protocol.pane_records import ActivationPicture
from models.core.abilities import ACTIVATION_NAMES, activate, slope
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.language import bind, language
from widgets.kit.theme import theme
from widgets.panes.curves.metric_plot import Entry, ReadoutLine
from widgets.panes.network.words import HIDDEN_UNIT
from widgets.panes.pane import Pane
from widgets.stages.plane.axes import Axis

_ACTIVATION = Text("Activation function of a neuron", "뉴런의 활성화 함수")
_TITLE = Text("{name}: {unit}", "{name}: {unit}")
_LAYER_UNIT = Text("layer {layer:d}, neuron {unit:d}", "층 {layer:d}의 뉴런 {unit:d}")
_FUNCTION, _DERIVATIVE = Text("output a", "출력값 a"), Text("derivative", "도함수")
_SUM = Text("weighted sum z (before the activation)", "가중합 z (활성화 전 값)")
_OUTPUT = Text("a and da/dz", "a와 da/dz")
_HERE = Text("z = {z}, a = {a}, slope {slope}", "z = {z}, a = {a}, 기울기 {slope}")
_RUG_SAYS = Text(
    "Strokes below: weighted sums of this neuron for the training data. Pin a neuron to see its own.",
    "아래의 눈금은 훈련 데이터에 대한 이 뉴런의 가중합입니다. 뉴런을 고정하면 그 뉴런을 봅니다.",
)
_FLAT = Text(
    "{share:.0%} of the sums lie where the curve is flat: little is learned there.",
    "가중합의 {share:.0%}가 곡선이 평평한 곳에 있어 거의 학습되지 않습니다.",
)
_SOFTMAX = Text(
    "Softmax looks at all outputs together:\na = e^z / Σ e^z\nOne neuron has no curve of its own.",
    "소프트맥스는 출력을 모두 함께 봅니다.\na = e^z / Σ e^z\n뉴런 하나만의 곡선은 없습니다.",
)
_NONE = Text("This algorithm has no activation function.", "이 알고리즘에는 활성화 함수가 없습니다.")
_NOT_YET = Text("The activation appears with the next step.", "다음 단계에서 활성화 함수가 나타납니다.")

_LEAST_SPAN = 4.0  # of z on each side of 0
_POINTS = 401
_FLAT_SLOPE, _FLAT_SHARE = 0.05, 0.5
_AXIS_WIDTH = 48
_RUG, _STROKE = 0.16, 0.09  # of the curves' height: the foot of the strokes under them, and their length


class ActivationView(Pane):
    """The activation of a packet's pinned neuron."""

    id = "activation"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._span: tuple[float, float] = (-_LEAST_SPAN, _LEAST_SPAN)
        self._heights = (0.0, 1.0)
        self._drawn: tuple | None = None
        self.title, self.readout, self.at, self.note = (
            QuietLabel("text"),
            ReadoutLine(),
            QuietLabel("accent"),
            QuietLabel(),
        )
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        self.title.setFont(font)
        self.plot = pg.PlotWidget(axisItems={"left": Axis("left"), "bottom": Axis("bottom")})
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(False, False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.getViewBox().setDefaultPadding(0.0)
        self.rug = self.plot.plot(connect="pairs")
        self.derivative = self.plot.plot(antialias=True)
        self.function = self.plot.plot(antialias=True)
        self.marker = pg.ScatterPlotItem(size=14)
        self.plot.addItem(self.marker)
        self.drop = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self.drop, ignoreBounds=True)
        bind(self.plot, self.plot.setAccessibleName, _ACTIVATION)
        bind(self.plot, self.plot.setToolTip, _RUG_SAYS)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(3)
        for part in (self.title, self.readout, self.at):
            column.addWidget(part)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)
        bind(self, self.setAccessibleName, _ACTIVATION)
        self.fill(full)

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        self._scale = scale
        super().set_scale(scale)

    # -- drawing -------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        self.plot.setBackground(theme.color("surface"))
        for side, text in (("left", _OUTPUT), ("bottom", _SUM)):
            axis = self.plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(pg.mkPen(theme.color("muted")))
            axis.setTextPen(pg.mkPen(theme.color("text")))
            axis.setTickFont(self.font())
            axis.label.setFont(self.font())
            self.plot.setLabel(side, language.say(text))
        self.plot.getAxis("left").setWidth(round(_AXIS_WIDTH * self._scale))
        self.plot.showGrid(x=True, y=True, alpha=0.18)
        self.function.setPen(pg.mkPen(theme.color("class:0"), width=3.5))
        derived = pg.mkPen(theme.color("class:1"), width=2.5)
        derived.setDashPattern([4, 2.5])
        self.derivative.setPen(derived)
        self.rug.setPen(pg.mkPen(theme.color("muted"), width=1))
        self.marker.setPen(pg.mkPen(theme.color("outline"), width=1.5))
        self.marker.setBrush(theme.color("accent"))
        self.drop.setPen(pg.mkPen(theme.color("accent"), width=1.5))
        self._drawn = None
        self.refresh()

    def refresh(self) -> None:
        picture: ActivationPicture | None = self.record
        self.show_content(picture is not None and picture.name != "softmax")
        if picture is None or self.is_empty:
            said = _SOFTMAX if picture is not None else _NOT_YET if self.is_meant else _NONE
            self.empty.set_sentence(language.say(said))
            return
        name = language.say(ACTIVATION_NAMES[picture.name])
        self.title.set_sentence(language.say(_TITLE, name=name, unit=self._unit_said(picture)))
        sums = picture.sums[np.isfinite(picture.sums)]
        self._draw_curves(picture, sums)
        self.readout.show_entries(
            (Entry("class:0", False, language.say(_FUNCTION)), Entry("class:1", True, language.say(_DERIVATIVE)))
        )
        here = picture.here if picture.here is not None and np.isfinite(picture.here) else None
        self.marker.setVisible(here is not None)
        self.drop.setVisible(here is not None)
        self.at.setVisible(here is not None)
        if here is not None:
            z = np.array([here])
            a, steep = activate(picture.name, z)[0], slope(picture.name, z)[0]
            x = min(max(here, self._span[0]), self._span[1])
            self.marker.setData([x], [float(a)])
            self.drop.setValue(x)
            self.at.set_sentence(language.say(_HERE, z=number(here), a=number(a), slope=number(steep)))
        flat = np.mean(np.abs(slope(picture.name, sums)) < _FLAT_SLOPE) if len(sums) else 0.0
        is_flat = picture.name != "step" and flat >= _FLAT_SHARE
        self.note.set_sentence(language.say(_FLAT, share=flat) if is_flat else language.say(_RUG_SAYS))
        self._draw_rug(sums)

    def _unit_said(self, picture: ActivationPicture) -> str:
        layer, unit = picture.unit
        network = self.packet.beside.get("network") if self.packet is not None else None
        if network is not None and layer < len(network.wiring.sizes) - 1:
            return language.say(HIDDEN_UNIT, layer=layer, unit=unit + 1)
        return language.say(_LAYER_UNIT, layer=layer, unit=unit + 1)

    def _draw_curves(self, picture: ActivationPicture, sums: np.ndarray) -> None:
        """Curves over all the sums; the scale moves in steps, so that it stands still while a network learns."""
        places = [*np.percentile(sums, [0, 100])] if len(sums) else []
        reach = max([abs(place) for place in places] + [_LEAST_SPAN])
        reach = _LEAST_SPAN * 1.5 ** np.ceil(np.log(min(reach, 1e9) / _LEAST_SPAN) / np.log(1.5))
        key = (picture.name, float(reach))
        if key == self._drawn:
            return
        self._drawn, self._span = key, (-float(reach), float(reach))
        z = np.linspace(-reach, reach, _POINTS)
        a, steep = activate(picture.name, z), slope(picture.name, z)
        if picture.name == "step":  # it jumps: no slanted line between its two values
            z_jump = np.array([-reach, 0.0, 0.0, reach])
            self.function.setData(z_jump, np.array([0.0, 0.0, 1.0, 1.0]))
        else:
            self.function.setData(z, a)
        self.derivative.setData(z, steep)
        low, high = self._heights = float(min(a.min(), steep.min())), float(max(a.max(), steep.max()))
        self.plot.setXRange(-reach, reach, padding=0.0)
        self.plot.setYRange(low - _RUG * (high - low), high + 0.08 * (high - low), padding=0.0)

    def _draw_rug(self, sums: np.ndarray) -> None:
        """A stroke at every weighted sum, along the foot of the plot; sums beyond the scale stand at its end."""
        low, high = self._heights
        foot = low - _RUG * (high - low)
        x = np.repeat(np.clip(sums, *self._span), 2)
        y = np.tile([foot, foot + _STROKE * (high - low)], len(sums))
        self.rug.setData(x, y)
