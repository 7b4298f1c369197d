"""The card under the network: the numbers of what is pointed at or pinned, and the field that sets a pinned weight."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from models.core.params import Param
from models.words.text import Text
from widgets.kit.calm_controls import CalmSpinBox, QuietLabel, keep_words_whole
from widgets.kit.fields import NumberField
from widgets.kit.language import bind, language

_SET, _SET_HELP = Text("Set to", "값 정하기"), Text("Enter sets the value by hand", "Enter를 누르면 이 값으로 바꿉니다")
_FREEZE = Text("Freeze", "동결")
_FREEZE_TIP = Text("Updates leave a frozen value as it is", "동결한 값은 갱신해도 바뀌지 않습니다")
_VALUE = Text("Value of the pinned weight or bias", "고정한 가중치나 편향의 값")
_CARD = Text("Numbers of the neuron or weight", "뉴런이나 가중치의 숫자")
_FIND, _FIND_OF = Text("Neuron", "뉴런"), Text("of {size:d}", "/ {size:d}개")
_FIND_TIP = Text("Number of the neuron to pin in this layer", "이 층에서 고정할 뉴런의 번호")
_PARAM = Param(label=_SET, help=_SET_HELP, change="live", step=0.1, name="value", kind="float", default=0.0)
_LEAST_LINES = 5


class NetworkCard(QFrame):
    """Title and lines of one neuron or weight. `value_set` carries a number, `freeze_set` whether to freeze,
    `unit_chosen` another neuron of the layer (from 0)."""

    value_set = Signal(float)
    freeze_set = Signal(bool)
    unit_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        bind(self, self.setAccessibleName, _CARD)
        self.title, self.body = QLabel(), QuietLabel("text")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        for words in (self.title, self.body):
            words.setWordWrap(True)
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.value, self.freeze = NumberField(_PARAM), QCheckBox()
        bind(self.value, self.value.setToolTip, _SET_HELP)
        bind(self.value, self.value.setAccessibleName, _VALUE)
        bind(self.freeze, self.freeze.setText, _FREEZE)
        bind(self.freeze, self.freeze.setToolTip, _FREEZE_TIP)
        label = QuietLabel()
        label.setWordWrap(False)
        bind(label, label.set_sentence, _SET)
        self.editor = QWidget()
        row = QHBoxLayout(self.editor)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.value, 1)
        row.addWidget(self.freeze)
        self.finder, self.unit, self._of = QWidget(), CalmSpinBox(1, 1), QuietLabel()
        bind(self.unit, self.unit.setToolTip, _FIND_TIP)
        bind(self.unit, self.unit.setAccessibleName, _FIND_TIP)
        found = QHBoxLayout(self.finder)
        found.setContentsMargins(0, 0, 0, 0)
        which = QuietLabel()
        bind(which, which.set_sentence, _FIND)
        for words in (which, self._of):
            words.setWordWrap(False)
        for part in (which, self.unit, self._of):
            found.addWidget(part)
        found.addStretch(1)
        self.finder.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 5)
        column.setSpacing(3)
        column.addWidget(self.title)
        column.addWidget(self.body, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.editor)
        column.addWidget(self.finder)
        self.editor.setVisible(False)
        self._tallest, self._is_low = 0, False
        self._keep_place()
        self._shown = 0.0
        self.value.committed.connect(self._on_committed)
        self.freeze.clicked.connect(self.freeze_set)
        self.unit.valueChanged.connect(self._on_unit_changed)

    def show_words(self, title: str, lines: tuple[str, ...]) -> None:
        """Say this. The card grows where the words need it and does not shrink again: nothing jumps under the mouse."""
        self.title.setText(keep_words_whole(title))
        self.title.setVisible(bool(title))
        self.body.set_sentence("\n".join(lines))
        self._keep_room()

    def show_editor(self, value: float | None, is_frozen: bool | None) -> None:
        """The field for a pinned value, or none; the switch where freezing is possible (`is_frozen` not None)."""
        self.editor.setVisible(value is not None)
        self._keep_room()
        if value is None:
            return
        self.freeze.setVisible(is_frozen is not None)
        self.freeze.setChecked(bool(is_frozen))
        self._shown = float(f"{value:.4g}")
        if not self.value.lineEdit().isModified():
            self.value.show_value(self._shown)

    def show_finder(self, unit: int | None, size: int = 1) -> None:
        """The field that pins another neuron of a layer of `size`, at neuron `unit`; None: no such field."""
        self.finder.setVisible(unit is not None)
        self._keep_place()
        self._keep_room()
        self._of.set_sentence(language.say(_FIND_OF, size=size))
        if unit is None or (self.unit.value(), self.unit.maximum()) == (unit + 1, size):
            return  # what is being typed stays
        blocker = QSignalBlocker(self.unit)
        self.unit.setRange(1, size)
        self.unit.setValue(unit + 1)
        blocker.unblock()

    def set_low(self, is_low: bool) -> None:
        """In a low pane no room is kept for words and a field that may come: the network needs it."""
        if is_low != self._is_low:
            self._is_low = is_low
            self._keep_place()
            self.forget_room()

    def _keep_place(self) -> None:
        """The place of the editor is kept while it is away, unless the finder has it or every line counts."""
        keeps = self.editor.sizePolicy()
        keeps.setRetainSizeWhenHidden(not self._is_low and self.finder.isHidden())
        self.editor.setSizePolicy(keeps)

    def forget_room(self) -> None:
        """Another network: the card may be as low as it can again."""
        self._tallest = 0

    def _keep_room(self) -> None:
        inside = max(self.width() - 18, 60)
        words = self.body.heightForWidth(inside) + (self.title.heightForWidth(inside) if self.title.text() else 0)
        lines = self.body.fontMetrics().height() * _LEAST_LINES + self.title.fontMetrics().height()
        has_row = not self._is_low or not self.editor.isHidden() or not self.finder.isHidden()
        rest = (max(self.editor.sizeHint().height(), self.finder.sizeHint().height()) if has_row else 0) + 20
        tallest = words + rest if self._is_low else max(words + rest, lines + rest, self._tallest)
        if tallest != self._tallest:
            self._tallest = tallest
            self.setFixedHeight(tallest)

    @Slot(object)
    def _on_committed(self, given: object) -> None:
        self.value.lineEdit().setModified(False)
        try:
            value = float(str(given).replace("−", "-").replace(",", ".").strip())
        except ValueError:
            value = math.nan
        if abs(value) < 1e12:  # and neither nan
            self.value_set.emit(value)
        else:
            self.value.show_value(self._shown)

    @Slot(int)
    def _on_unit_changed(self, number: int) -> None:
        self.unit_chosen.emit(number - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._tallest = 0
            self._keep_room()
