"""The loss surface pane: how high the loss is about the shown state, and how the run walks down."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_records import LossPicture
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.calm_controls import Island, QuietLabel
from widgets.kit.language import bind, language
from widgets.kit.letters import scale_letters
from widgets.kit.theme import theme
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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packet: Packet | None = None
        self._picture: LossPicture | None = None
        self._directions = 0
        self.canvas, self.reading, self.note, self.empty = LossCanvas(), QuietLabel("text"), QuietLabel(), QuietLabel()
        self.other = QPushButton()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(24)
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
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Island(self._pages))
        self.canvas.pointed.connect(self._say)
        self.canvas.dropped.connect(self._on_ball_dropped)
        self.other.clicked.connect(self._on_other_clicked)
        language.changed.connect(self._redraw)
        theme.changed.connect(self._redraw)

    def show_packet(self, packet: Packet) -> None:
        """Show packet.loss_surface. Costs nothing while the view is hidden."""
        self._packet, self._picture = packet, packet.loss_surface
        if self.isVisible():
            self._refresh()

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        scale_letters(self, scale)
        self._keep_room()
        self._redraw()

    def _keep_room(self) -> None:
        self.reading.setMinimumHeight(2 * self.reading.fontMetrics().height())

    @property
    def is_empty(self) -> bool:
        """Whether there is no surface to show, and the view says so."""
        return self._pages.currentIndex() == 0

    # -- drawing ---------------------------------------------------------------------------------------------------

    @Slot()
    def _redraw(self) -> None:
        self.canvas.redraw()
        self._refresh()

    def _refresh(self) -> None:
        picture = self._picture
        self._pages.setCurrentIndex(0 if picture is None else 1)
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
            is_scaled = self._packet is not None and self._packet.scaling == "standard"
            units = language.say(_SCALED if is_scaled else _ORIGINAL)
            self.note.set_sentence(units if picture.is_exact else f"{language.say(_HELD)} {units}")
        self._say()

    @Slot()
    def _say(self, _place: object = None) -> None:
        """The loss of the shown state, or what is read at the ball, under the mouse, or at the kept place."""
        picture, packet, place = self._picture, self._packet, self.canvas.place
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

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()
