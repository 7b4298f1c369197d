"""This step in numbers: every formula of the shown moment with its values, and the table of what was learned."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lab.protocol.packet import Packet
from lab.protocol.pane_records import Numbers
from models.core.formula import Formula
from models.core.moment import Pin
from models.words.numbers import number
from models.words.text import Said, Text
from widgets.formulas.latex import split_at
from widgets.formulas.typeset import FormulaLabel
from widgets.kit.calm_controls import QuietLabel, fit_letters, keep_words_whole
from widgets.kit.language import bind, language
from widgets.kit.theme import theme
from widgets.panes.numbers.formula_row import WORDS_PX, FormulaRow, with_numbers, words_of
from widgets.panes.numbers.tensor_table import TensorTable
from widgets.panes.pane import Pane

_EMPTY = Text(
    "No numbers yet. Go one step on, and the formulas of that step appear here with their values.",
    "아직 보여 줄 숫자가 없습니다. 한 단계 나아가면 그 단계의 식이 값과 함께 나타납니다.",
)
_NO_FORMULA = Text("Nothing is computed in this step.", "이 단계에서는 계산하는 것이 없습니다.")
_PANE = Text("This step in numbers", "이 단계를 숫자로")
_WHERE = Text("{phase} · {place}", "{phase} · {place}")
_UNPIN_TIP = Text("Let go: {what}", "고정 해제: {what}")
_ROW = Text("sample {number}", "샘플 {number}")
_UNIT = Text("layer {layer}: neuron {unit}", "층 {layer}의 뉴런 {unit}")
_WEIGHT = Text("layer {layer}: weight {input} → {unit}", "층 {layer}의 가중치 {input} → {unit}")
_BIAS = Text("layer {layer}: bias {unit}", "층 {layer}의 편향 {unit}")
_POINT = Text("place ({x}, {y})", "위치 ({x}, {y})")
_BAND = Text("The formula of this step", "이 단계의 식")

BAND_PX = 30.0
FORMULA_SHARE = 4  # of the band, beside one part for the words
_KEPT_ROWS = 32  # hidden rows stay ready for when their formula comes back


def main_formula(packet: Packet) -> Formula | None:
    """The one formula that stands for the shown moment, or None where there is none."""
    numbers: Numbers | None = packet.beside.get("numbers")
    formulas = numbers.formulas if numbers is not None else ()
    return next((formula for formula in formulas if formula.is_main), formulas[0] if formulas else None)


def in_one_line(formula: Formula) -> str:
    """Letters and numbers in one line: "z = w x + b = 0.5 · 2 + 1" where both say the same left side, else side by
    side."""
    filled = with_numbers(formula)
    if not filled:
        return formula.symbols
    letters, numbers = split_at(formula.symbols, 0), split_at(filled, 0)
    if split_at(f"x {filled}", 0)[0].strip() == "x":  # it begins with its "="
        return formula.symbols + filled
    if len(letters) > 1 and len(numbers) > 1 and letters[0].strip() == numbers[0].strip():
        return formula.symbols + "".join(numbers[1:])
    return rf"{formula.symbols} \qquad {filled}"


class _Chips(QWidget):
    """What is pinned, one button for each; a click lets it go."""

    let_go = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pin = Pin()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.setColumnStretch(2, 1)
        self.buttons: dict[str, QPushButton] = {}
        for place, part in enumerate(("weight", "unit", "row", "place")):
            button = QPushButton()
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._on_clicked, part))
            button.hide()
            self.buttons[part] = button
            layout.addWidget(button, place // 2, place % 2)
        self.hide()
        language.changed.connect(self._say)

    def show_pin(self, pin: Pin) -> None:
        if pin != self._pin:
            self._pin = pin
            self._say()

    @Slot()
    def _say(self) -> None:
        said = self._said()
        for part, button in self.buttons.items():
            button.setVisible(part in said)
            if part in said:
                what = language.say(said[part])
                button.setText(f"{what}  ✕")
                button.setAccessibleName(language.say(_UNPIN_TIP, what=what))
                button.setToolTip(language.say(_UNPIN_TIP, what=what))
        self.setVisible(bool(said))

    def _said(self) -> dict[str, Said]:
        pin, said = self._pin, {}
        if pin.weight is not None:
            layer, unit, source = pin.weight
            values = {"layer": layer, "unit": unit + 1, "input": source + 1}
            said["weight"] = Said(_BIAS if source < 0 else _WEIGHT, values)
        if pin.unit is not None:
            said["unit"] = Said(_UNIT, {"layer": pin.unit[0], "unit": pin.unit[1] + 1})
        if pin.row is not None:
            said["row"] = Said(_ROW, {"number": pin.row + 1})
        if pin.place is not None:
            said["place"] = Said(_POINT, {"x": number(pin.place[0]), "y": number(pin.place[1])})
        return said

    def _on_clicked(self, part: str, _checked: bool = False) -> None:
        self.let_go.emit(part)


class NumbersView(Pane):
    """The formulas of a moment with its numbers, and the parameter table. pin_changed(Pin): what is left of the pin when a part of it was let go."""

    id = "numbers"
    LEAST_S = 0.2  # five times a second is as fast as anyone reads

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple | None = None
        self._scale = 1.0
        self._rows: OrderedDict[str, FormulaRow] = OrderedDict()
        self.where, self.note = QLabel(), QuietLabel()
        self.chips, self.tensors = _Chips(), TensorTable()
        self.where.setWordWrap(True)
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        self.where.setMinimumWidth(80)
        self._main: FormulaRow | None = None  # kept in view until a person scrolls
        bind(self, self.setAccessibleName, _PANE)
        column = QWidget()
        self._column = QVBoxLayout(column)
        self._column.setContentsMargins(8, 6, 8, 6)
        self._column.setSpacing(14)
        head = QVBoxLayout()
        head.setSpacing(4)
        for part in (self.where, self.note, self.chips, self.empty):
            head.addWidget(part)
        self._column.addLayout(head)
        self._column.addStretch(1)
        self._first_row = self._column.count() - 1
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.area.setWidget(column)
        bind(self.area, self.area.setAccessibleName, _PANE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.tensors)
        down = self.area.verticalScrollBar()
        down.rangeChanged.connect(self._show_main)  # the rows have found their places
        down.actionTriggered.connect(self._forget_main)
        self.chips.let_go.connect(self._on_let_go)
        self.begin()

    @property
    def rows(self) -> list[FormulaRow]:
        """The formulas in view, in order."""
        keys = [] if self._shown is None else [formula.key for formula in self._shown[0]]
        return [self._rows[key] for key in keys]

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger, for the last row of a room."""
        if scale != self._scale:
            self._scale = scale
            self.tensors.set_scale(scale)
            self.redraw()

    def redraw(self) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(WORDS_PX * self._scale))
        for widget in (self.where, self.note, self.empty, *self.chips.buttons.values()):
            widget.setFont(font)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color("muted"))
        self.where.setPalette(palette)
        ground = QPalette()
        ground.setColor(QPalette.ColorRole.Window, theme.color("panel"))
        self.area.viewport().setPalette(ground)
        self.area.viewport().setAutoFillBackground(True)
        self.area.widget().setAutoFillBackground(False)
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        packet = self.packet
        numbers: Numbers | None = self.record
        if packet is None or numbers is None:
            self.empty.set_sentence(language.say(_EMPTY))
            self._show_formulas(())
            self.note.hide()
            self.where.hide()
            self.tensors.show_tensors((), "")
            return
        self._say_where(packet)
        self.note.setVisible(numbers.note is not None)
        if numbers.note is not None:
            self.note.set_sentence(language.say(numbers.note))
        self.chips.show_pin(packet.pin)
        self.empty.set_sentence(language.say(_NO_FORMULA))
        self._show_formulas(numbers.formulas)
        self.tensors.show_tensors(numbers.tensors, numbers.device, "network" in packet.abilities)

    def _say_where(self, packet: Packet) -> None:
        phase = language.say(packet.phase_name) if packet.phase_name is not None else ""
        place = language.say(packet.place) if packet.place is not None else ""
        said = language.say(_WHERE, phase=phase, place=place) if phase and place else phase or place
        self.where.setVisible(bool(said))
        if said != self.where.accessibleName():
            self.where.setText(keep_words_whole(said))
            self.where.setAccessibleName(said)

    def _show_formulas(self, formulas: tuple[Formula, ...]) -> None:
        if self._shown is not None and self._shown[0] is formulas:
            return
        before = [] if self._shown is None else [formula.key for formula in self._shown[0]]
        self._shown = (formulas,)
        keys, main = [formula.key for formula in formulas], None
        self.empty.setVisible(not formulas)
        for place, formula in enumerate(formulas):
            row = self._rows.get(formula.key)
            if row is None:
                row = self._rows[formula.key] = FormulaRow(self.area.widget())
            self._rows.move_to_end(formula.key)
            at = self._first_row + place
            if self._column.indexOf(row) != at:
                self._column.removeWidget(row)
                self._column.insertWidget(at, row)
            row.show_formula(formula, self._scale)
            row.setVisible(True)
            main = row if formula.is_main else main
        if keys == before:
            return
        for key, row in list(self._rows.items()):
            if key not in keys:
                row.hide()
        while len(self._rows) > max(_KEPT_ROWS, len(keys)):
            _, row = self._rows.popitem(last=False)
            self._column.removeWidget(row)
            row.deleteLater()
        self._main = main
        self._show_main()

    @Slot()
    def _forget_main(self) -> None:
        self._main = None

    @Slot()
    def _show_main(self) -> None:
        """Bring the formula of this step into view, the pane's head with it where there is room for both."""
        row, area = self._main, self.area
        if row is None:
            return
        below = row.mapTo(area.widget(), row.rect().bottomLeft()).y() + self._column.spacing()
        area.verticalScrollBar().setValue(max(0, min(below - area.viewport().height(), row.y() - 2)))

    def _on_let_go(self, part: str) -> None:
        if self.packet is not None:
            self.pin_changed.emit(replace(self.packet.pin, **{part: None}))

    def sizeHint(self) -> QSize:
        return QSize(320, 480)


class FormulaBand(QFrame):
    """The main formula of the shown moment in one line, large: its words on the left, letters and numbers beside."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packet: Packet | None = None
        self._formula: Formula | None = None
        self._scale = 1.0
        self.words, self.label = QLabel(), FormulaLabel(has_lines=False)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAutoFillBackground(True)
        bind(self, self.setAccessibleName, _BAND)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(20)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.label, FORMULA_SHARE)
        language.changed.connect(self._restyle)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def formula(self) -> Formula | None:
        return self._formula

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        if scale != self._scale:
            self._scale = scale
            self._restyle()

    def show_packet(self, packet: Packet) -> None:
        """Show the main formula of this packet; where it has none, the band stays with its place empty."""
        self._packet = packet
        if self.isVisible():
            self._refresh()

    @Slot()
    def _restyle(self) -> None:
        for widget, role, color in (
            (self.words, QPalette.ColorRole.WindowText, "muted"),
            (self, QPalette.ColorRole.Window, "panel"),
        ):
            palette = QPalette()
            palette.setColor(role, theme.color(color))
            widget.setPalette(palette)
        # Room for a fraction with indices: nothing under the band moves from moment to moment.
        self.setFixedHeight(round(3.1 * BAND_PX * self._scale))
        self._refresh()

    def _refresh(self) -> None:
        packet = self._packet
        formula = self._formula = main_formula(packet) if packet is not None else None
        said = "" if formula is None else words_of(formula)
        if said != self.words.accessibleName():
            self.words.setText(keep_words_whole(said))
            self.words.setAccessibleName(said)
        self._fit_words()
        if formula is None:
            self.label.show_formula("", BAND_PX * self._scale)
            return
        filled = with_numbers(formula)
        self.label.show_formula(in_one_line(formula), BAND_PX * self._scale, "text", filled)

    def _fit_words(self) -> None:
        """A fifth of the band is for the words: in a narrow one the letters are smaller, and none is cut off."""
        margins, spacing = self.layout().contentsMargins(), self.layout().spacing()
        width = (self.width() - margins.left() - margins.right() - spacing) // (1 + FORMULA_SHARE)
        height = self.height() - margins.top() - margins.bottom()
        large = 0.6 * BAND_PX * self._scale
        fit_letters(self.words, large, 0.6 * large, width, height)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()
