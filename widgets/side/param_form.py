"""The settings of an algorithm as a form, built from the declarations of its hyper-parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from models.core.params import Param, SettingError, check, declare
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel
from widgets.kit.fields import FIELDS, ChoicesField, Field, ListField, NumberField
from widgets.kit.language import bind, language

if TYPE_CHECKING:
    from pydantic import BaseModel

_CHANGE_NOTES: dict[str, Text] = {
    "live": Text("Applies at the next step of a running experiment.", "실행 중에도 다음 반복부터 적용됩니다."),
    "restart": Text("Applies at once.", "바로 적용됩니다."),
    "rewind": Text("Applies from the start.", "처음으로 돌아가면 적용됩니다."),
}
_EMPTY_MEANS = Text("Empty: ", "비워 두면: ")
_SIZES = Text(
    "{least} to {most} each, at most {count} of them. Up and down: the number at the cursor.",
    "각각 {least}~{most}, 최대 {count}개. 위아래 화살표: 커서가 있는 수 바꾸기",
)
_REFUSED = Text("{problem} The value stays as it was.", "{problem} 값은 그대로 둡니다.")
_START_STATE = Text("Start state, stop rule", "시작 상태, 멈춤 기준")
_START_STATE_TIP = Text(
    "Where the run begins, when it is not left to the seed, and when it gives up",
    "시드에 맡기지 않고 직접 정하는 출발점과 언제 멈출지",
)


def _tip(param: Param) -> Text:
    """What a setting does, which sizes it takes, what an empty field means, and when a new value applies: a line each."""
    lines = [param.help, _CHANGE_NOTES[param.change]]
    if param.kind == "ints" and param.length is not None and None not in (param.minimum, param.maximum):
        values = {"least": param.minimum, "most": param.maximum, "count": param.length[1]}
        lines.insert(1, Text(*(_SIZES.say(lang, values) for lang in ("en", "ko"))))
    if param.none_text is not None:
        lines.insert(1, Text(_EMPTY_MEANS.en + param.none_text.en, _EMPTY_MEANS.ko + param.none_text.ko))
    return Text("\n".join(line.en for line in lines), "\n".join(line.ko for line in lines))


def _checked_model(declared: tuple[Param, ...]) -> type[BaseModel]:
    """A pydantic model with these parameters, for `check`."""
    from pydantic import create_model  # the algorithms have imported it by the time a form is filled

    hints: dict[str, Any] = {"int": int, "float": float, "bool": bool, "ints": tuple[int, ...]}
    hints["floats"] = tuple[float, ...]
    fields: dict[str, Any] = {}
    for param in declared:
        if param.kind in ("choice", "choices"):
            one = Literal[tuple(param.choices)]  # type: ignore[valid-type]
            hint = one | tuple[one, ...] if param.kind == "choices" else one
        else:
            hint = hints[param.kind]
        fields[param.name] = (
            hint | None if param.optional else hint,
            declare(
                param.default, label=param.label, help=param.help, minimum=param.minimum, maximum=param.maximum,
                choices=param.choices, length=param.length,
            ),
        )  # fmt: skip
    return create_model("Settings", **fields)


class ParamForm(QWidget):
    """Fields for the hyper-parameters of one algorithm.

    `edited` carries the name, the clean value and the kind of change. What cannot be used is
    not sent: the field shows the value that is in force again, and a sentence under it says why.
    """

    edited = Signal(str, object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._params: dict[str, Param] = {}
        self._values: dict[str, Any] = {}
        self._fields: dict[str, Field] = {}
        self._labels: dict[str, QLabel] = {}
        self._errors: dict[str, QuietLabel] = {}
        self._wrong: dict[str, SettingError] = {}
        self._model: type[BaseModel] | None = None  # that of `show_params`
        self._class_count = 0
        self._body: QWidget | None = None
        self._start_state: QToolButton | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        language.changed.connect(self._on_language_changed)

    def show_params(self, params: tuple[Param, ...], values: Mapping[str, Any]) -> None:
        """Build the form anew; a parameter without a value in `values` shows its default."""
        if self._body is not None:
            self.layout().removeWidget(self._body)
            self._body.hide()
            self._body.setParent(None)  # out of the order of Tab at once
            self._body.deleteLater()
        self._params = {param.name: param for param in params}
        self._model = _checked_model(params)
        self._fields, self._labels, self._errors, self._wrong = {}, {}, {}, {}
        self._values = {param.name: values.get(param.name, param.default) for param in params}
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(3)
        start = [param for param in params if param.kind == "floats" or param.optional or param.folded]
        body.addLayout(self._grid([param for param in params if param not in start]))
        self._start_state = self._start_section(body, start) if start else None
        self.layout().addWidget(self._body)
        for name, field in self._fields.items():
            field.show_value(self._values[name])
        self._refresh()

    def show_values(self, values: Mapping[str, Any]) -> None:
        """The values in force, without `edited`. A field whose value did not change keeps what is typed in it."""
        wanted = {name: values.get(name, param.default) for name, param in self._params.items()}
        if wanted == self._values:
            return
        for name, value in wanted.items():
            if value != self._values[name]:
                self._values[name] = value
                self._wrong.pop(name, None)
                self._fields[name].show_value(value)
        self._refresh()

    def set_class_count(self, count: int) -> None:
        """How many classes the data has: with two, the number of voting neighbours steps over even numbers."""
        if count != self._class_count:
            self._class_count = count
            self._refresh()

    def field(self, name: str) -> Field:
        """The field of a parameter. Raises KeyError for an unknown one."""
        return self._fields[name]

    def error(self, name: str) -> str:
        """The sentence under a field, or an empty text."""
        return self._errors[name].sentence if name in self._wrong else ""

    # -- building --------------------------------------------------------------------------------------------------

    def _grid(self, params: list[Param]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, param in enumerate(params):
            label, field, error = QLabel(), FIELDS[param.kind](param), QuietLabel("warning")
            tip = _tip(param)
            bind(label, label.setText, param.label)
            named = field.edit if isinstance(field, ListField) else field
            bind(named, named.setAccessibleName, param.label)
            bind(named, named.setAccessibleDescription, tip)
            for widget in (label, field):
                bind(widget, widget.setToolTip, tip)
            label.setBuddy(field)
            field.committed.connect(partial(self._on_committed, param.name))
            if isinstance(field, ChoicesField):  # the name stands beside the box of all layers
                label.setMinimumHeight(field.all.sizeHint().height())
                grid.addWidget(label, 2 * row, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(label, 2 * row, 0)
            grid.addWidget(field, 2 * row, 1)
            grid.addWidget(error, 2 * row + 1, 0, 1, 2)
            self._labels[param.name], self._fields[param.name], self._errors[param.name] = label, field, error
        return grid

    def _start_section(self, body: QVBoxLayout, params: list[Param]) -> QToolButton:
        button, content = QToolButton(), QWidget()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setStyleSheet("QToolButton { border: none; } QToolButton:focus { text-decoration: underline; }")
        button.setCheckable(True)
        bind(button, button.setText, _START_STATE)
        bind(button, button.setToolTip, _START_STATE_TIP)
        content.setLayout(self._grid(params))
        body.addWidget(button)
        body.addWidget(content)

        def unfold(is_open: bool) -> None:
            button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
            content.setVisible(is_open)

        button.toggled.connect(unfold)
        unfold(False)
        return button

    # -- values ----------------------------------------------------------------------------------------------------

    def _on_committed(self, name: str, given: Any) -> None:
        try:
            value = check(self._model, {name: given})[name]
        except SettingError as wrong:
            self._wrong[name] = wrong
            self._fields[name].show_value(self._values[name])
            self._refresh()
            return
        self._wrong.pop(name, None)
        is_new = value != self._values[name]
        self._values[name] = value
        self._fields[name].show_value(value)
        self._refresh()
        if is_new:
            self.edited.emit(name, value, self._params[name].change)

    def _refresh(self) -> None:
        """Show what counts under the present values, and the sentences under wrong fields."""
        for name, param in self._params.items():
            counts = param.counts(self._values)
            self._labels[name].setVisible(counts)
            field = self._fields[name]
            field.setVisible(counts)
            if isinstance(field, ChoicesField) and param.for_each is not None:
                field.set_count(len(self._values[param.for_each]))
            if isinstance(field, NumberField) and param.odd_for_two_classes:
                field.odd_only = self._class_count == 2
            wrong = self._wrong.get(name)
            self._errors[name].setVisible(counts and wrong is not None)
            if wrong is not None:
                self._errors[name].set_sentence(
                    language.say(_REFUSED, problem=language.say(wrong.text, **wrong.values))
                )

    @Slot()
    def _on_language_changed(self) -> None:
        self._refresh()
