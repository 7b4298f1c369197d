"""The fields that settings are made of: a number, a choice, a choice for each layer, a switch, a list. Each takes what is
typed and hands it on."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from models.core.params import Param
from models.words.text import Text
from widgets.kit.calm_controls import CalmComboBox
from widgets.kit.language import bind
from widgets.kit.sizes_edit import SizesEdit
from widgets.kit.step_box import StepBox, is_space

_ADD_ONE = Text("{label}: add one", "{label}: 하나 추가")
_REMOVE_ONE = Text("{label}: remove the last", "{label}: 마지막 것 빼기")
_ALL_LAYERS = Text("{label}: all layers", "{label}: 모든 층")
_ONE_LAYER = Text("{label}: layer {k}", "{label}: {k}번째 층")
_EACH = Text("Each", "층마다")
_EACH_TIP = Text("{label}: choose for each layer", "{label}: 층마다 따로 고르기")
_MIXED = Text("mixed", "서로 다름")

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


class NumberField(StepBox):
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

    def revert(self) -> None:
        """Forget what is typed."""
        self.show_value(self._value)

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
            least = param.minimum or param.step or (1 if param.kind == "int" else 10.0**_LOWEST_EXPONENT)
            if value <= 0:
                return least if up else value
            return next_rung(value, up) if up or value > least else (param.minimum or 0)
        step = param.step or (1 if param.kind == "int" else _decimal_step(param))
        if self.odd_only:
            step = 2 if value % 2 else 1
        return round(value + (step if up else -step), 10)

    # -- Qt's own names ------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return False if is_space(event) else super().event(event)

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


class ChoicesField(QWidget):
    """One choice for all layers, or, unfolded by the button beside it, one for each of them.

    `all` sets every layer alike and stands empty while they differ; `layers` are the boxes of the single layers.
    """

    committed = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        self._value: tuple[str, ...] = ()
        self._count = 1
        self.all = self._box(param, _ALL_LAYERS)
        bind(self.all, self.all.setPlaceholderText, _MIXED)
        self.each = QToolButton()
        self.each.setCheckable(True)
        self.each.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        bind(self.each, self.each.setText, _EACH)
        for setter in (self.each.setToolTip, self.each.setAccessibleName):
            bind(self.each, setter, _EACH_TIP, label=param.label)
        first = QHBoxLayout()
        first.setSpacing(2)
        first.addWidget(self.all, 1)
        first.addWidget(self.each)
        self._unfolded = QWidget()
        grid = QGridLayout(self._unfolded)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        self._numbers: list[QLabel] = []
        self.layers: list[ChoiceField] = []
        for k in range((param.length or (1, 8))[1]):
            number, box = QLabel(str(k + 1)), self._box(param, _ONE_LAYER, k=k + 1)
            number.setBuddy(box)
            grid.addWidget(number, k, 0)
            grid.addWidget(box, k, 1)
            self._numbers.append(number)
            self.layers.append(box)
            box.committed.connect(partial(self._on_layer_committed, k))
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(first)
        layout.addWidget(self._unfolded)
        self.setFocusProxy(self.all)
        self.all.committed.connect(self._on_all_committed)
        self.each.toggled.connect(self._on_toggled)
        self._show()

    def _box(self, param: Param, name: Text, **values: int) -> ChoiceField:
        box = ChoiceField(param)
        bind(box, box.setAccessibleName, name, label=param.label, **values)
        bind(box, box.setToolTip, name, label=param.label, **values)
        return box

    def set_count(self, count: int) -> None:
        """How many layers there are."""
        if count != self._count:
            self._count = count
            self._show()

    def show_value(self, value: str | tuple[str, ...]) -> None:
        given = (value,) if isinstance(value, str) else tuple(value)
        if len(set(given)) > 1 and given != self._value:
            self.each.setChecked(True)
        self._value = given
        self._show()

    @property
    def _spread(self) -> tuple[str, ...]:
        """What each layer has: the last one given counts for the layers after it."""
        return (self._value + self._value[-1:] * self._count)[: self._count]

    def _show(self) -> None:
        chosen = self._spread
        self.all.setCurrentIndex(self.all.findData(chosen[0]) if len(set(chosen)) == 1 else -1)
        self.each.setVisible(self._count > 1)
        self._unfolded.setVisible(self._count > 1 and self.each.isChecked())
        for k, (number, box) in enumerate(zip(self._numbers, self.layers, strict=True)):
            number.setVisible(k < self._count)
            box.setVisible(k < self._count)
            if k < len(chosen):
                box.show_value(chosen[k])

    @Slot(bool)
    def _on_toggled(self, _is_open: bool) -> None:
        self._show()

    @Slot(object)
    def _on_all_committed(self, choice: str) -> None:
        self.committed.emit(choice)

    def _on_layer_committed(self, k: int, choice: str) -> None:
        chosen = self._spread
        self.committed.emit((*chosen[:k], choice, *chosen[k + 1 :]))


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
    """Several numbers with commas between them. Whole ones (layer sizes) can be stepped, and have buttons for one more
    and one less."""

    committed = Signal(object)

    def __init__(self, param: Param) -> None:
        super().__init__()
        self._param = param
        self._value: tuple[float, ...] | None = None
        self._is_edited = False
        self.edit = SizesEdit(param) if param.kind == "ints" else QLineEdit()
        self.setFocusProxy(self.edit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.edit, 1)
        line = self.edit if isinstance(self.edit, QLineEdit) else self.edit.lineEdit()
        if param.none_text is not None:
            bind(self.edit, line.setPlaceholderText, param.none_text)
        line.textEdited.connect(self._on_text_edited)
        self.edit.editingFinished.connect(self._on_editing_finished)
        if isinstance(self.edit, SizesEdit):
            self.edit.stepped.connect(self._on_stepped)
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

    def revert(self) -> None:
        """Forget what is typed."""
        self.show_value(self._value)

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        self._is_edited = True

    @Slot()
    def _on_editing_finished(self) -> None:
        if self._is_edited:
            self._is_edited = False
            self.committed.emit(self.edit.text())

    @Slot(object)
    def _on_stepped(self, sizes: tuple[int, ...]) -> None:
        self._is_edited = False
        self.committed.emit(sizes)

    @Slot()
    def _on_fewer_clicked(self) -> None:
        self.committed.emit((self._value or ())[:-1])

    @Slot()
    def _on_more_clicked(self) -> None:
        value = self._value or ()
        first = int(self._param.minimum) if self._param.minimum is not None else 1
        self.committed.emit((*value, value[-1] if value else first))


Field = NumberField | ChoiceField | ChoicesField | SwitchField | ListField
FIELDS: dict[str, type] = {
    "int": NumberField, "float": NumberField, "choice": ChoiceField, "choices": ChoicesField, "bool": SwitchField,
    "ints": ListField, "floats": ListField,
}  # fmt: skip
