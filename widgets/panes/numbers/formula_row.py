"""One formula of the Numbers pane: its words, its letters, its numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from models.core.formula import Formula
from models.words.text import Said
from widgets.formulas.latex import with_bracketed_powers
from widgets.formulas.typeset import FormulaLabel
from widgets.kit.calm_controls import keep_words_whole
from widgets.kit.language import language
from widgets.kit.theme import theme

LETTERS_PX, NUMBERS_PX, MAIN_PX, WORDS_PX = 14.0, 16.0, 18.5, 12.5


def words_of(formula: Formula) -> str:
    """What the formula is, in the chosen language."""
    return language.say(Said(formula.said, formula.said_values))


def with_numbers(formula: Formula) -> str:
    """The formula's LaTeX with its values in it; "" where it has no numbers to show."""
    try:
        return with_bracketed_powers(formula.filled())
    except KeyError:  # a place without a value: the letters still say what is computed
        return ""


class FormulaRow(QFrame):
    """One formula: its words, its letters small, its numbers large. The main one has a bar at its side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formula: Formula | None = None
        self._scale = 1.0
        self.words, self.letters, self.numbers = QLabel(), FormulaLabel(), FormulaLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QFrame()
        self._bar.setFixedWidth(4)
        self._bar.setAutoFillBackground(True)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.words, self.letters, self.numbers):
            column.addWidget(part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._bar)
        layout.addLayout(column, 1)
        language.changed.connect(self.restyle)
        theme.changed.connect(self.restyle)

    @property
    def formula(self) -> Formula | None:
        return self._formula

    def show_formula(self, formula: Formula, scale: float) -> None:
        was_main = self._formula is not None and self._formula.is_main
        is_new_look = self._formula is None or was_main != formula.is_main or scale != self._scale
        self._formula, self._scale = formula, scale
        if is_new_look:
            self.restyle()
        else:
            self._say()
        self._set()

    def _say(self) -> None:
        said = words_of(self._formula) if self._formula is not None else ""
        if said != self.words.accessibleName():
            self.words.setText(keep_words_whole(said))
            self.words.setAccessibleName(said)

    def _set(self) -> None:
        formula, scale = self._formula, self._scale
        filled = with_numbers(formula)
        size = (MAIN_PX if formula.is_main else NUMBERS_PX) * scale
        self.letters.show_formula(
            formula.symbols, LETTERS_PX * scale if filled else size, "muted" if filled else "text"
        )
        self.numbers.setVisible(bool(filled))
        self.numbers.show_formula(filled, size, "text")

    @Slot()
    def restyle(self) -> None:
        """Another language, theme, scale or emphasis."""
        if self._formula is None:
            return
        is_main = self._formula.is_main
        font = QFont(self.font())
        font.setPixelSize(round(WORDS_PX * self._scale * (1.08 if is_main else 1.0)))
        font.setWeight(QFont.Weight.Bold if is_main else QFont.Weight.Normal)
        self.words.setFont(font)
        for widget, role, color in (
            (self.words, QPalette.ColorRole.WindowText, "text"),
            (self._bar, QPalette.ColorRole.Window, "accent" if is_main else "edge"),
        ):
            palette = QPalette()
            palette.setColor(role, theme.color(color))
            widget.setPalette(palette)
        self._say()
