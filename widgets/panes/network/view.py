"""The Network pane: the graph with its pictures and numbers, and a card with what is pointed at or pinned."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_records import NetworkPicture
from models.core.moment import Pin
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.language import bind, language
from widgets.kit.theme import is_still
from widgets.panes.network.canvas import NetworkCanvas
from widgets.panes.network.card import NetworkCard
from widgets.panes.network.layout import MOST_WHOLE, Spot
from widgets.panes.network.scene import most_moved
from widgets.panes.network.words import card, is_frozen, weight_value
from widgets.panes.pane import Pane

_NETWORK = Text("Network: neurons and weights", "신경망: 뉴런과 가중치")
_NETWORK_TIP = Text(
    "Tab here, then the arrow keys: neurons and weights; Enter pins, Esc lets go",
    "Tab으로 들어와 화살표 키로 뉴런과 가중치를 살펴봅니다. Enter로 고정하고 Esc로 풉니다.",
)
_NONE = Text(
    "This algorithm has no network to look into. Perceptrons and regressions have one.",
    "이 알고리즘에는 들여다볼 신경망이 없습니다. 퍼셉트론과 회귀에는 있습니다.",
)
_NOT_YET = Text("The network appears with the next step.", "다음 단계에서 신경망이 나타납니다.")
_HINT = Text(
    "Point at a neuron or a line to read its numbers; a click pins it.",
    "뉴런이나 선을 가리키면 숫자가 나오고, 누르면 고정됩니다.",
)
_LEGEND = Text(
    "Solid line: positive weight; dashed: negative; the wider, the larger. Dot: bias.",
    "실선은 양의 가중치, 점선은 음의 가중치이고 굵을수록 큽니다. 모서리의 점은 편향입니다.",
)
_PICTURES = Text(
    "A neuron's picture is its output over the plane: blue above zero, orange below.",
    "뉴런의 그림은 평면 위 출력값입니다. 파랑은 양수, 주황은 음수입니다.",
)
_SLICES = Text("Columns that the plane does not show are held.", "평면에 없는 특성은 값을 붙들어 두고 그렸습니다.")
_SAMPLE = Text("The numbers are of the sample {features}.", "숫자는 샘플 {features}의 값입니다.")
_PLAYING = Text("Pause to read the numbers of a sample.", "멈추면 샘플 하나의 숫자가 나옵니다.")
_FORWARD = Text("Forward pass, sample {features}", "순전파: 샘플 {features}")
_LOSS = Text(
    "Loss: the outputs of sample {features} against its target", "손실: 샘플 {features}의 출력값과 목표값 비교"
)
_BACKWARD = Text(
    "Backpropagation: lines are gradients, numbers δ = ∂L/∂z of the sample",
    "오차역전파: 선은 그레이디언트, 숫자는 샘플의 δ = ∂L/∂z",
)
_BACKWARD_LINES = Text("Backpropagation: lines are gradients", "오차역전파: 선은 그레이디언트")
_UPDATE = Text(
    "Update: the weights that moved most are marked (up to {most})", "갱신: 가장 많이 바뀐 가중치 표시(최대 {most})"
)

_READABLE_MS = 300  # glides of this length: a moment stays long enough for its numbers to be read
_MOST_SWEEP_MS = 480
_MOST_FEATURES = 3
_LOW_PX = 380  # under which the card gives its room to the network


class _Scroll(QScrollArea):
    """Scrolls sideways with a plain wheel where there is nothing to scroll up or down."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        across = self.horizontalScrollBar()
        turned = event.angleDelta()
        if self.verticalScrollBar().maximum() == 0 and across.maximum() > 0 and turned.x() == 0:
            across.setValue(across.value() - turned.y())
            event.accept()
            return
        super().wheelEvent(event)


class NetworkView(Pane):
    """The network of a packet. `pin_changed` carries a models.core.moment.Pin, `edit_requested` a handle of
    models.core.abilities and its value, `unit_px_changed` the new `unit_px`.

    `glide_ms` is how long a moment's change may take on the screen, as the plane's: 0 at full speed.
    """

    id = "network"
    LEAST_S = 1 / 15  # the most often that a playing network is drawn anew

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pin, self._packet_pin = Pin(), Pin()
        self._unit_px = 40
        self._frame: tuple | None = None
        self.canvas, self.card = NetworkCanvas(), NetworkCard()
        self.caption = QuietLabel()
        self.scroll = _Scroll()
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(self.canvas)
        bind(self.canvas, self.canvas.setAccessibleName, _NETWORK)
        bind(self.canvas, self.canvas.setAccessibleDescription, _NETWORK_TIP)
        bind(self.caption, self.caption.setToolTip, _NETWORK_TIP)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        column.addWidget(self.caption)
        column.addWidget(self.scroll, 1)
        column.addWidget(self.card)
        self.scroll.resized.connect(self._fit)
        self.canvas.turned.connect(self._fit)
        self.canvas.pointed.connect(self._on_pointed)
        self.canvas.chosen.connect(self._on_chosen)
        self.canvas.released.connect(self._on_released)
        self.card.value_set.connect(self._on_value_set)
        self.card.freeze_set.connect(self._on_freeze_set)
        self.card.unit_chosen.connect(self._on_unit_chosen)
        self.fill(full)

    @property
    def unit_px(self) -> int:
        """The side of a neuron's picture on the screen, in device pixels."""
        return self._unit_px

    @property
    def pinned(self) -> Spot | None:
        """What is pinned here: a neuron or a weight that this network has."""
        picture = self._picture
        found = None
        if self._pin.weight is not None:
            found = Spot(*self._pin.weight)
        elif self._pin.unit is not None:
            found = Spot(*self._pin.unit)
        return found if found is not None and picture is not None and _exists(picture, found) else None

    def show_packet(self, packet: Packet) -> None:
        """Show the network of this packet, and what is picked out there if that is new."""
        if packet.pin != self._packet_pin:
            self._packet_pin = self._pin = packet.pin
        super().show_packet(packet)

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        self.card.forget_room()
        super().set_scale(scale)
        self._fit()

    # -- drawing -------------------------------------------------------------------------------------------------------

    @property
    def _picture(self) -> NetworkPicture | None:
        found: NetworkPicture | None = self.record
        return found

    def redraw(self) -> None:
        self._frame = None
        self.refresh()
        self.canvas.repaint_all()

    def refresh(self) -> None:
        packet, picture = self.packet, self._picture
        self.show_content(picture is not None)
        if packet is None or picture is None:
            self.empty.set_sentence(language.say(_NOT_YET if self.is_meant else _NONE))
            return
        is_readable = packet.state != "playing" or self.glide_ms >= _READABLE_MS
        frame = (packet.version, packet.frame)
        is_new, self._frame = self._frame is not None and frame != self._frame, frame
        sweep = min(self.glide_ms, _MOST_SWEEP_MS) if is_new and not is_still() else 0
        was = self.canvas.picture
        self.canvas.show_picture(picture, self.pinned, is_readable, sweep)
        if was is None or was.wiring.sizes != picture.wiring.sizes or self.canvas.layout_now is None:
            self.card.forget_room()
            self._fit()
        self.caption.set_sentence(self._said(picture, is_readable))
        self._fill_card()

    @Slot()
    def _fit(self) -> None:
        """Lay the network out in the room there is; a scroll bar takes some of it."""
        if self.canvas.picture is None:
            return
        room = self.scroll.maximumViewportSize()
        bar = self.scroll.horizontalScrollBar().sizeHint().height()
        layout = self.canvas.fit(room.width(), room.height())
        if layout.width > room.width():
            layout = self.canvas.fit(room.width(), room.height() - bar)
        if layout.height > room.height() - (bar if layout.width > room.width() else 0):
            layout = self.canvas.fit(room.width() - bar, room.height() - (bar if layout.width > room.width() else 0))
        self.canvas.resize(QSize(max(round(layout.width), 1), max(round(layout.height), 1)))
        unit_px = round(layout.side * self.devicePixelRatioF())
        if unit_px != self._unit_px:
            self._unit_px = unit_px
            self.unit_px_changed.emit(unit_px)

    def _said(self, picture: NetworkPicture, is_readable: bool) -> str:
        if not is_readable:
            return language.say(_PLAYING)
        flow, features = picture.wiring.flow, _features(picture)
        if flow == "backward":
            return language.say(_BACKWARD if picture.deltas is not None else _BACKWARD_LINES)
        if flow == "update":
            moved = most_moved(picture, self.canvas.layout_now) if self.canvas.layout_now is not None else []
            if moved:
                return language.say(_UPDATE, most=number(abs(moved[0][1])))
        if picture.sample is None:
            return ""
        return language.say({"forward": _FORWARD, "loss": _LOSS}.get(flow, _SAMPLE), features=features)

    def _fill_card(self) -> None:
        picture = self._picture
        if picture is None:
            return
        spot = self.pinned or self.canvas.current
        is_low = self.height() < _LOW_PX
        self.card.set_low(is_low)
        if spot is None or not _exists(picture, spot):
            hints = [_HINT] if is_low else [_HINT, _LEGEND]
            if picture.units and not is_low:
                hints.append(_PICTURES)
                if len(picture.inputs) > 2:
                    hints.append(_SLICES)
            self.card.show_words("", tuple(language.say(hint) for hint in hints))
            self.card.show_editor(None, None)
            self.card.show_finder(None)
            return
        title, lines = card(picture, spot, self.canvas.shown_in(spot.layer))
        self.card.show_words(title, lines)
        if self.pinned is not None and spot.is_weight:
            can_freeze = picture.wiring.frozen is not None
            self.card.show_editor(weight_value(picture, spot), is_frozen(picture, spot) if can_freeze else None)
        else:
            self.card.show_editor(None, None)
        size = picture.wiring.sizes[spot.layer]
        is_paged = size > MOST_WHOLE and self.pinned is not None and spot.is_unit
        self.card.show_finder(spot.unit if is_paged else None, size)

    # -- what people do ------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_pointed(self, _spot: object) -> None:
        self._fill_card()
        at = self.canvas.cursor_place()
        if at is not None:
            margin = round(self.canvas.layout_now.side)
            self.scroll.ensureVisible(round(at.x()), round(at.y()), margin, margin)

    @Slot(object)
    def _on_chosen(self, spot: Spot) -> None:
        if spot == self.pinned:
            self._set_pin(None, None)
        elif spot.is_weight:
            self._set_pin(None, (spot.layer, spot.unit, spot.input))
        else:
            self._set_pin((spot.layer, spot.unit), None)

    @Slot()
    def _on_released(self) -> None:
        self._set_pin(None, None)

    def _set_pin(self, unit: tuple[int, int] | None, weight: tuple[int, int, int] | None) -> None:
        self._pin = dataclasses.replace(self._pin, unit=unit, weight=weight)
        self.canvas.set_pin(self.pinned)
        self._fill_card()
        self.pin_changed.emit(self._pin)

    @Slot(int)
    def _on_unit_chosen(self, unit: int) -> None:
        if self._pin.unit is not None:
            self._set_pin((self._pin.unit[0], unit), None)

    @Slot(float)
    def _on_value_set(self, value: float) -> None:
        if self._pin.weight is not None:
            self.edit_requested.emit("weight:{}:{}:{}".format(*self._pin.weight), (value,))

    @Slot(bool)
    def _on_freeze_set(self, is_on: bool) -> None:
        if self._pin.weight is not None:
            self.edit_requested.emit("freeze:{}:{}:{}".format(*self._pin.weight), (1.0 if is_on else 0.0,))


def _exists(picture: NetworkPicture, spot: Spot) -> bool:
    sizes = picture.wiring.sizes
    if not 0 <= spot.layer < len(sizes) or (spot.unit is not None and not 0 <= spot.unit < sizes[spot.layer]):
        return False
    return spot.input is None or (spot.layer >= 1 and -1 <= spot.input < sizes[spot.layer - 1])


def _features(picture: NetworkPicture) -> str:
    """The sample's features in their own units: "(1.2, −0.5, ...)"."""
    values = [number(value) for value in np.asarray(picture.originals)[:_MOST_FEATURES]]
    return "(" + ", ".join([*values, *(["…"] if len(picture.originals) > _MOST_FEATURES else [])]) + ")"
