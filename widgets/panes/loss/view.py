"""The loss surface pane: how high the loss is about the shown state, and how the run walks down."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lab.protocol.pane_records import LossPicture
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.language import bind, language
from widgets.panes.loss.canvas import LossCanvas, loss_at
from widgets.panes.pane import Pane

_TITLE = Text("Loss surface", "손실 곡면")
_EMPTY = Text("This algorithm has no loss surface.", "이 알고리즘에는 손실 곡면이 없습니다.")
_TIP = Text(
    "Drag the ball to start elsewhere; click a place to keep its reading.",
    "공을 끌면 다른 곳에서 시작합니다. 누른 곳의 값은 그대로 남습니다.",
)
_KEYS = Text(
    "Arrow keys move the ball, Enter puts it down, Esc takes it back.",
    "방향키로 공을 옮기고 Enter로 내려놓습니다. Esc를 누르면 제자리로 돌아갑니다.",
)
_LOSS = Text("loss", "손실")
_HERE = Text("{loss}: {value}", "{loss}: {value}")
_THERE = Text("{a} {x}, {b} {y}: {loss} about {value}", "{a} {x}, {b} {y}: {loss} 약 {value}")
_HOLE = Text("{a} {x}, {b} {y}: not a finite number", "{a} {x}, {b} {y}: 유한한 값이 아님")
_OTHER = Text("Other directions", "다른 방향")
_OTHER_TIP = Text("Cut through the loss along two other random directions", "임의의 다른 두 방향으로 자른 단면 보기")
_SCALED = Text("Parameters for standardised features.", "표준화한 특성에 대한 매개변수입니다.")
_ORIGINAL = Text("Parameters for features in their own units.", "원래 단위의 특성에 대한 매개변수입니다.")
_HELD = Text("The other parameters are held at their present values.", "나머지 매개변수는 지금 값으로 고정했습니다.")
_RANDOM = Text(
    "A slice through the shown network along two random directions; 1 is as long as each layer's weights were at the "
    "start. The path is projected onto it.",
    "지금 신경망을 지나 임의의 두 방향으로 자른 단면입니다. 1은 각 층이 시작할 때의 가중치 크기입니다. 경로는 이 단면에 "
    "투영한 것입니다.",
)
_SOME_ROWS = Text(
    "The levels are of {rows} training points, evenly taken; the loss at the ball is of all.",
    "등고선은 고르게 고른 훈련 데이터 {rows}개로 계산했고, 공의 손실은 전체로 계산했습니다.",
)
_STAYS = Text(
    "With so many parameters the ball cannot be put elsewhere.", "매개변수가 너무 많아 공을 옮길 수 없습니다."
)


class LossView(Pane):
    """The loss surface pane. `edit_requested` carries ("parameters", the whole vector as a tuple of floats) when the
    ball was put down elsewhere; `directions_requested` another seed for the random directions."""

    id = "loss_surface"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._directions = 0
        self.canvas, self.reading, self.note = LossCanvas(), QuietLabel("text"), QuietLabel()
        self.other = QPushButton()
        bind(self, self.setAccessibleName, _TITLE)
        bind(self.empty, self.empty.set_sentence, _EMPTY)
        bind(self.canvas, self.canvas.setToolTip, _TIP)
        bind(self.canvas, self.canvas.setAccessibleName, _TITLE)
        bind(self.canvas, self.canvas.setAccessibleDescription, _KEYS)
        bind(self.other, self.other.setText, _OTHER)
        bind(self.other, self.other.setToolTip, _OTHER_TIP)
        bind(self.other, self.other.setAccessibleName, _OTHER_TIP)
        top = QHBoxLayout()
        top.addWidget(self.reading, 1)
        top.addWidget(self.other)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.note)
        self._keep_room()
        self.canvas.pointed.connect(self._say)
        self.canvas.dropped.connect(self._on_ball_dropped)
        self.other.clicked.connect(self._on_other_clicked)
        self.fill(full)

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        super().set_scale(scale)
        self._keep_room()

    def _keep_room(self) -> None:
        self.reading.setMinimumHeight(2 * self.reading.fontMetrics().height())

    @property
    def _picture(self) -> LossPicture | None:
        found: LossPicture | None = self.record
        return found

    # -- drawing ---------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        self.canvas.redraw()
        self.refresh()

    def refresh(self) -> None:
        picture = self._picture
        self.show_content(picture is not None)
        if picture is None:
            return
        self.canvas.show_picture(picture)
        is_random = not picture.is_exact and int(np.count_nonzero(picture.u)) > 1
        self.other.setVisible(is_random)
        if is_random:
            notes = [language.say(_RANDOM)]
            if picture.rows is not None:
                notes.append(language.say(_SOME_ROWS, rows=picture.rows))
            if not picture.can_be_put:
                notes.append(language.say(_STAYS))
            self.note.set_sentence(" ".join(notes))
        else:
            is_scaled = self.packet is not None and self.packet.scaling == "standard"
            units = language.say(_SCALED if is_scaled else _ORIGINAL)
            self.note.set_sentence(units if picture.is_exact else f"{language.say(_HELD)} {units}")
        self._say()

    @Slot()
    def _say(self, _place: object = None) -> None:
        """The loss of the shown state, or what is read at the ball, under the mouse, or at the kept place."""
        picture, packet, place = self._picture, self.packet, self.canvas.place
        if picture is None or packet is None:
            return
        name = packet.metric_labels.get(packet.goal, _LOSS)
        if place is None:
            self.reading.set_sentence(language.say(_HERE, loss=name, value=number(picture.loss)))
            return
        value = loss_at(picture, place)
        a, b = picture.names
        where = {"a": a, "x": number(float(place[0])), "b": b, "y": number(float(place[1]))}
        is_hole = np.isnan(value)
        said = (
            language.say(_HOLE, **where) if is_hole else language.say(_THERE, **where, loss=_LOSS, value=number(value))
        )
        self.reading.set_sentence(said)

    # -- the mouse -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_ball_dropped(self, place: np.ndarray) -> None:
        picture = self._picture
        if picture is not None:
            vector = picture.origin + place[0] * picture.u + place[1] * picture.v
            self.edit_requested.emit("parameters", tuple(float(value) for value in vector))

    @Slot()
    def _on_other_clicked(self) -> None:
        self._directions += 1
        self.directions_requested.emit(self._directions)
