"""The first rows of a table before it is loaded: which columns take part, and which cells stand in the way."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from lab.data.tables.cells import MISSING, NUMBER, cell_kind, same_text
from lab.data.tables.files import TableGuess
from lab.data.tables.layout import fitted
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

MISSING_CELL = Text("A value is missing: this row is skipped.", "빠진 값이 있어 이 행을 건너뜁니다.")
BAD_LINE = Text("{found} cells, where there are {expected} columns.", "칸이 {found}개입니다. 열은 {expected}개입니다.")
BAD_CELL = Text("This is not a usable number.", "쓸 수 있는 숫자가 아닙니다.")


class PreviewModel(QAbstractTableModel):
    """Cells as they stand in the file. Columns that are not used are grey; cells that cannot be used are tinted."""

    def __init__(self) -> None:
        super().__init__()
        self._guess: TableGuess | None = None
        self._features: frozenset[str] = frozenset()
        self._target: str | None = None
        self._classes: frozenset[str] = frozenset()

    def show_guess(self, guess: TableGuess | None) -> None:
        self.beginResetModel()
        self._guess = guess
        self._features, self._target, self._classes = frozenset(), None, frozenset()
        self.endResetModel()

    def show_columns(self, features: tuple[str, ...], target: str | None, classes: tuple[str, ...] = ()) -> None:
        """Mark the columns that take part; `classes` are the names of the target's, which are no missing values."""
        self._features, self._target, self._classes = frozenset(features), target, frozenset(classes)
        self.refresh()

    def refresh(self) -> None:
        """Everything is drawn anew, as after a switch of language or theme."""
        if self.rowCount() == 0:
            return
        last = self.index(self.rowCount() - 1, self.columnCount() - 1)
        self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def _is_used(self, column: int) -> bool:
        name = self._guess.columns[column]
        return name in self._features or name == self._target

    def _is_grey(self, column: int) -> bool:
        return bool(self._features) and not self._is_used(column)

    def _trouble(self, row: int, column: int) -> Said | None:
        """Why a line, or a cell of a used column, cannot be used, if so."""
        record, expected = self._guess.preview[row], len(self._guess.columns)
        if fitted(record, expected) is None:
            return Said(BAD_LINE, {"found": len(record), "expected": expected})
        if not self._is_used(column):
            return None
        kind = cell_kind(self._cell(row, column), self._guess.decimal)
        is_class = (
            self._guess.columns[column] == self._target and same_text(self._cell(row, column).strip()) in self._classes
        )
        if kind == MISSING and not is_class:
            return Said(MISSING_CELL, {})
        is_bad = kind != NUMBER and self._guess.columns[column] in self._features
        return Said(BAD_CELL, {}) if is_bad else None

    def _cell(self, row: int, column: int) -> str:
        record = self._guess.preview[row]
        return record[column] if column < len(record) else ""

    # Qt's virtual functions

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if self._guess is None or parent.isValid() else len(self._guess.preview)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if self._guess is None or parent.isValid() else len(self._guess.columns)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role == _Role.DisplayRole:
            return " ".join(self._cell(row, column).split())
        if role == _Role.ForegroundRole and self._is_grey(column):
            return theme.color("muted")
        if role == _Role.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight
                if cell_kind(self._cell(row, column), self._guess.decimal) == NUMBER
                else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        if role in (_Role.BackgroundRole, _Role.ToolTipRole):
            trouble = self._trouble(row, column)
            if trouble is None:
                return None
            if role == _Role.ToolTipRole:
                return language.say(trouble)
            tint = theme.color("warning")
            tint.setAlpha(60)
            return tint
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if self._guess is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(self._guess.lines[section]) if role == _Role.DisplayRole else None
        if role in (_Role.DisplayRole, _Role.ToolTipRole):
            return self._guess.columns[section]
        if role == _Role.FontRole:
            font = QFont()
            font.setBold(self._is_used(section))
            return font
        if role == _Role.ForegroundRole and self._is_grey(section):
            return theme.color("muted")
        return None
