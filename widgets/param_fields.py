"""The fields that settings are made of: a number, a choice, a switch, a list. Each takes what is typed and hands it on."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from models.core.params import Param
from models.core.text import Text
from widgets.calm_controls import CalmComboBox
from widgets.language import bind

_ADD_ONE = Text("{label}: add one", "{label}: 하나 추가")
_REMOVE_ONE = Text("{label}: remove the last", "{label}: 마지막 것 빼기")

_RUNGS = (1.0, 2.0, 3.0, 5.0)  # of the ladder that logarithmic numbers climb: 0.01, 0.02, 0.03, 0.05, 0.1 ...
_LOWEST_EXPONENT = -6


def shown_number(value: float | None) -> str:
    """A number as a field shows it: the shortest text that gives the same number; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return repr(int(value)) if value == int(value) and abs(value) < 1e6 else repr(float(value))


def next_rung(value: float, up: bool) -> float:
    """The neighbour of `value` > 0 on the ladder 1, 2, 3, 5, 10, 20 ... (and 0.5, 0.3, 0.2, 0.1 ...)."""
    exponent = math.floor(math.log10(value))
    ladder = [float(f"{rung:g}e{exponent + k}") for k in (-1, 0, 1) for rung in _RUNGS]
    if up:
        return min(rung for rung in ladder if rung > value * (1 + 1e-9))
    return max(rung for rung in ladder if rung < value * (1 - 1e-9))


class NumberField(QAbstractSpinBox):
    """A number to type or to step. Takes any text: whether it is a good one is for the form to say."""

    committed = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        self._param = param
        self._value: float | None = None
        self.odd_only = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._on_editing_finished)
        self._is_edited = False
        if param.none_text is not None:
            bind(self, self.lineEdit().setPlaceholderText, param.none_text)

    def show_value(self, value: float | None) -> None:
        self._value, self._is_edited = value, False
        self.lineEdit().setText(shown_number(value))

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        self._is_edited = True

    @Slot()
    def _on_editing_finished(self) -> None:
        if self._is_edited:
            self._is_edited = False
            self.committed.emit(self.lineEdit().text())

    def _stepped(self, up: bool) -> float:
        """The next value up or down, before it is held within the bounds."""
        param = self._param
        value = self._value
        if value is None:
            return param.minimum if param.minimum is not None else 0
        if param.logarithmic:
            least = param.minimum or (1 if param.kind == "int" else 10.0**_LOWEST_EXPONENT)
            if value <= 0:
                return least if up else value
            return next_rung(value, up) if up or value > least else (param.minimum or 0)
        step = param.step or (1 if param.kind == "int" else _decimal_step(param))
        if self.odd_only:
            step = 2 if value % 2 else 1
        return round(value + (step if up else -step), 10)

    # -- Qt's own names ------------------------------------------------------------------------------------------

    def stepBy(self, steps: int) -> None:
        param = self._param
        before = self._value
        for _ in range(abs(steps)):
            value = self._stepped(steps > 0)
            low = -math.inf if param.minimum is None else param.minimum
            high = math.inf if param.maximum is None else param.maximum
            self._value = min(max(value, low), high)
            if param.kind == "int":
                self._value = int(self._value)
        if self._value != before:
            value = self._value
            self.show_value(value)
            self.selectAll()
            self.committed.emit(value)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        value, param = self._value, self._param
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if value is None or param.maximum is None or value < param.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if value is None or param.minimum is None or value > param.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def validate(self, text: str, position: int) -> object:
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _decimal_step(param: Param) -> float:
    """A hundredth of the range as a round number, or a tenth where there is no range."""
    if param.minimum is None or param.maximum is None or param.maximum <= param.minimum:
        return 0.1
    return min(10.0 ** math.floor(math.log10((param.maximum - param.minimum) / 10)), 1.0)


class ChoiceField(CalmComboBox):
    """One of a few named values."""

    committed = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        for index, (value, text) in enumerate(param.choices.items()):
            self.addItem("", value)
            bind(self, partial(self.setItemText, index), text)
        self.activated.connect(self._on_activated)

    def show_value(self, value: str) -> None:
        self.setCurrentIndex(self.findData(value))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.committed.emit(self.itemData(index))


class SwitchField(QCheckBox):
    """Yes or no."""

    committed = Signal(object)

    def __init__(self, _param: Param) -> None:
        super().__init__()
        self.clicked.connect(self._on_clicked)

    def show_value(self, value: bool) -> None:
        self.setChecked(value)

    @Slot(bool)
    def _on_clicked(self, is_on: bool) -> None:
        self.committed.emit(is_on)


class ListField(QWidget):
    """Several numbers with commas between them; whole ones (layer sizes) have buttons for one more and one less."""

    committed = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        self._param = param
        self._value: tuple[float, ...] | None = None
        self._is_edited = False
        self.edit = QLineEdit()
        self.setFocusProxy(self.edit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.edit, 1)
        if param.none_text is not None:
            bind(self.edit, self.edit.setPlaceholderText, param.none_text)
        self.edit.textEdited.connect(self._on_text_edited)
        self.edit.editingFinished.connect(self._on_editing_finished)
        self.fewer, self.more = self._button("−", _REMOVE_ONE), self._button("+", _ADD_ONE)
        for button in (self.fewer, self.more):
            layout.addWidget(button)
            button.setVisible(param.kind == "ints")
        self.fewer.clicked.connect(self._on_fewer_clicked)
        self.more.clicked.connect(self._on_more_clicked)

    def _button(self, sign: str, tip: Text) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setFixedWidth(24)
        bind(button, button.setToolTip, tip, label=self._param.label)
        bind(button, button.setAccessibleName, tip, label=self._param.label)
        return button

    def show_value(self, value: tuple[float, ...] | None) -> None:
        self._value, self._is_edited = value, False
        self.edit.setText("" if value is None else ", ".join(shown_number(number) for number in value))
        least, most = self._param.length or (0, math.inf)
        count = len(value or ())
        self.fewer.setEnabled(count > max(least, 1))
        self.more.setEnabled(count < most)

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        self._is_edited = True

    @Slot()
    def _on_editing_finished(self) -> None:
        if self._is_edited:
            self._is_edited = False
            self.committed.emit(self.edit.text())

    @Slot()
    def _on_fewer_clicked(self) -> None:
        self.committed.emit((self._value or ())[:-1])

    @Slot()
    def _on_more_clicked(self) -> None:
        value = self._value or ()
        first = int(self._param.minimum) if self._param.minimum is not None else 1
        self.committed.emit((*value, value[-1] if value else first))


Field = NumberField | ChoiceField | SwitchField | ListField
FIELDS: dict[str, type] = {
    "int": NumberField, "float": NumberField, "choice": ChoiceField, "bool": SwitchField,
    "ints": ListField, "floats": ListField,
}  # fmt: skip
