"""The parameter table: what was learned, array by array, as a lecture's PyTorch exercise prints it; folds away."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QEvent, QItemSelection, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPlainTextEdit,
    QSizePolicy,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from models.core.formula import Tensor
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.language import bind, language
from widgets.kit.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

_COLUMNS = (Text("Name", "이름"), Text("Size", "크기"), Text("Values", "값"), Text("Device", "연산 장치"))
NAME, SIZE, VALUES, DEVICE = range(4)
_PARAMETERS = Text("Parameters · {count:,} in all", "매개변수 · 모두 {count:,}개")
_STORED = Text("Stored values · {count:,} in all", "저장된 값 · 모두 {count:,}개")
_IN_ALL = Text("{count:,} in all", "모두 {count:,}개")
_FOLD_TIP = Text("Show this table, or fold it away", "표 펼치기 또는 접기")
_TABLE = Text("Table of what the algorithm holds", "알고리즘이 가진 값의 표")
_TABLE_TIP = Text(
    "Click a row: all of its values below. Ctrl+C: copy", "행을 누르면 아래에 모든 값이 나옵니다. Ctrl+C: 복사"
)
_DETAIL = Text("All values of the chosen row", "고른 행의 모든 값")
_MORE = Text("… and {count:,} more", "… 그 밖에 {count:,}개")
_NUMBER = Text("one number", "수 하나")
_FIRST = 6  # values in a cell
_SHOWN = 1_200  # values in the box under the table
_COPIED = 20_000  # values of one row on the clipboard
_TIP_ROWS, _TIP_COLUMNS = 10, 8
_LINES = 6  # rows of the table before it scrolls


def size_text(values: np.ndarray) -> str:
    """The size of an array: "5 × 4", "3", or a word for a single number."""
    return " × ".join(str(side) for side in values.shape) or language.say(_NUMBER)


def first_values(values: np.ndarray, most: int = _FIRST) -> str:
    flat = values.reshape(-1)
    return ", ".join(number(value) for value in flat[:most]) + (", …" if flat.size > most else "")


def matrix_text(values: np.ndarray, most: int = _SHOWN) -> str:
    """All values, rows below each other in columns of equal width; what exceeds `most` is counted in words."""
    table = values.reshape(-1, values.shape[-1]) if values.ndim and values.size else values.reshape(1, -1)
    if table.shape[1] > most:
        table = table[:1, :most]
    else:
        table = table[: max(1, most // max(1, table.shape[1]))]
    cells = [[number(value) for value in row] for row in table]
    width = max((len(cell) for row in cells for cell in row), default=0)
    lines = ["  ".join(cell.rjust(width) for cell in row) for row in cells]
    left = values.size - table.size
    return "\n".join([*lines, language.say(_MORE, count=left)] if left > 0 else lines)


def _tip_text(values: np.ndarray) -> str:
    table = values.reshape(-1, values.shape[-1]) if values.ndim and values.size else values.reshape(1, -1)
    part = table[:_TIP_ROWS, :_TIP_COLUMNS]
    rows = ["  ".join(number(value) for value in row) for row in part]
    left = table.size - part.size
    return "\n".join([*rows, language.say(_MORE, count=left)] if left > 0 else rows)


def _copied(values: np.ndarray) -> str:
    """Values as nested lists on one line, with the digits that tell them apart."""
    if values.size > _COPIED:
        return f"{np.array2string(values.reshape(-1)[:_COPIED], separator=', ', threshold=_COPIED)[:-1]}, ...]"
    nested = np.asarray(values).tolist()

    def written(entry: object) -> str:
        return f"[{', '.join(map(written, entry))}]" if isinstance(entry, list) else f"{entry:.9g}"

    return written(nested)


class TensorModel(QAbstractTableModel):
    """One row for each array. While names and sizes stay, only values change, and selections stay with them."""

    def __init__(self) -> None:
        super().__init__()
        self._tensors: tuple[Tensor, ...] = ()
        self._device = ""

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return self._tensors

    @property
    def count(self) -> int:
        """How many numbers there are in all."""
        return sum(int(tensor.values.size) for tensor in self._tensors)

    def show(self, tensors: tuple[Tensor, ...], device: str) -> None:
        def shape(of: tuple[Tensor, ...]) -> list:
            return [(tensor.name, tensor.values.shape) for tensor in of]

        if shape(tensors) == shape(self._tensors):
            has_moved, self._tensors, self._device = device != self._device, tensors, device
            if tensors:
                first, last = (NAME if has_moved else VALUES), (DEVICE if has_moved else VALUES)
                self.dataChanged.emit(self.index(0, first), self.index(len(tensors) - 1, last))
            return
        self.beginResetModel()
        self._tensors, self._device = tensors, device
        self.endResetModel()

    def refresh(self) -> None:
        """Everything is read anew: other values, or another language."""
        if self._tensors:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._tensors) - 1, DEVICE))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, DEVICE)

    def text_of(self, rows: list[int]) -> str:
        """These rows as text, cells apart by tabs, with a heading; the total in the last line."""
        lines = ["\t".join(language.say(title) for title in _COLUMNS)]
        for row in rows:
            tensor = self._tensors[row]
            lines.append("\t".join((tensor.name, size_text(tensor.values), _copied(tensor.values), self._device)))
        lines.append(language.say(_IN_ALL, count=sum(int(self._tensors[row].values.size) for row in rows)))
        return "\n".join(lines) + "\n"

    # Qt's virtual functions

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._tensors)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        if role == _Role.ForegroundRole:
            return theme.color("text" if index.column() in (NAME, VALUES) else "muted")
        if role not in (_Role.DisplayRole, _Role.ToolTipRole):
            return None
        tensor = self._tensors[index.row()]
        if index.column() == VALUES:
            return first_values(tensor.values) if role == _Role.DisplayRole else _tip_text(tensor.values)
        return (tensor.name, size_text(tensor.values), "", self._device)[index.column()]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role in (_Role.DisplayRole, _Role.ToolTipRole):
            return language.say(_COLUMNS[section])
        return None


class _Table(QTableView):
    """A table whose rows are copied as text."""

    def copy(self) -> None:
        """The selected rows, or all of them, to the clipboard."""
        model: TensorModel = self.model()
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()}) or range(model.rowCount())
        QGuiApplication.clipboard().setText(model.text_of(list(rows)))

    # Qt's virtual functions

    def event(self, event: QEvent) -> bool:
        # The window has a Ctrl+C of its own, for the plane: with the focus here it is this table that is copied.
        if event.type() == QEvent.Type.ShortcutOverride and event.matches(QKeySequence.StandardKey.Copy):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)


class TensorTable(QWidget):
    """A heading with the number of parameters, the table under it, and the whole of the chosen row under that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pending: tuple[tuple[Tensor, ...], str] | None = None
        self._are_parameters = True
        self.model = TensorModel()
        self.heading, self.table, self.detail = QToolButton(), _Table(), QPlainTextEdit()
        self._prepare_heading()
        self._prepare_table()
        self.detail.setReadOnly(True)
        self.detail.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.detail.setTabChangesFocus(True)
        self.detail.hide()
        bind(self.detail, self.detail.setAccessibleName, _DETAIL)
        bind(self.detail, self.detail.setToolTip, _DETAIL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.heading, self.table, self.detail):
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        language.changed.connect(self.on_language_changed)
        theme.changed.connect(self.on_theme_changed)
        self.set_scale(1.0)
        self.on_theme_changed()
        self.on_language_changed()

    def _prepare_heading(self) -> None:
        self.heading.setCheckable(True)
        self.heading.setChecked(True)
        self.heading.setAutoRaise(True)
        self.heading.setArrowType(Qt.ArrowType.DownArrow)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.toggled.connect(self.on_heading_toggled)
        bind(self.heading, self.heading.setToolTip, _FOLD_TIP)

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setWordWrap(False)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(28)
        for column in range(len(_COLUMNS)):
            is_wide = column == VALUES
            header.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Stretch if is_wide else QHeaderView.ResizeMode.ResizeToContents
            )
        bind(table, table.setAccessibleName, _TABLE)
        bind(table, table.setToolTip, _TABLE_TIP)
        table.selectionModel().selectionChanged.connect(self.on_selection_changed)
        self.model.modelReset.connect(self.on_model_reset)

    @property
    def is_open(self) -> bool:
        return self.heading.isChecked()

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger."""
        font = QFont(self.font())
        font.setPixelSize(round(12.5 * scale))
        self.table.setFont(font)
        self.table.horizontalHeader().setFont(font)
        row = round(21 * scale)
        self.table.verticalHeader().setMinimumSectionSize(row)
        self.table.verticalHeader().setDefaultSectionSize(row)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPixelSize(round(12 * scale))
        self.detail.setFont(fixed)
        bold = QFont(self.font())
        bold.setPixelSize(round(13 * scale))
        bold.setWeight(QFont.Weight.Bold)
        self.heading.setFont(bold)
        self._fit()

    def show_tensors(self, tensors: tuple[Tensor, ...], device: str, are_parameters: bool = True) -> None:
        """Show these arrays; folded away or hidden, only their number. are_parameters: whether they were trained: the
        rows that KNN keeps are stored, and no parameters."""
        self._pending, self._are_parameters = (tensors, device), are_parameters
        self.setVisible(bool(tensors))
        self._say_total()
        if self.is_open and self.isVisible():
            self._take_pending()

    def _take_pending(self) -> None:
        if self._pending is None:
            return
        self.model.show(*self._pending)
        self._pending = None
        self._show_detail()

    def _say_total(self) -> None:
        tensors = self._pending[0] if self._pending is not None else self.model.tensors
        heading = _PARAMETERS if self._are_parameters else _STORED
        said = language.say(heading, count=sum(int(tensor.values.size) for tensor in tensors))
        if said != self.heading.text():
            self.heading.setText(said)
            self.heading.setAccessibleName(said)

    def _show_detail(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        has_detail = bool(chosen) and self.is_open
        self.detail.setVisible(has_detail)
        if not has_detail:
            return
        tensor = self.model.tensors[min(index.row() for index in chosen)]
        text = matrix_text(tensor.values)
        if text == self.detail.toPlainText():
            return
        down, across = self.detail.verticalScrollBar().value(), self.detail.horizontalScrollBar().value()
        self.detail.setPlainText(text)
        self.detail.verticalScrollBar().setValue(down)
        self.detail.horizontalScrollBar().setValue(across)
        lines = min(_LINES, text.count("\n") + 1)
        metrics = self.detail.fontMetrics()
        extra = 14 + self.detail.horizontalScrollBar().sizeHint().height()
        self.detail.setFixedHeight(lines * metrics.lineSpacing() + extra)

    def _fit(self) -> None:
        """The table is as high as its rows, up to a few of them."""
        rows = max(1, min(_LINES, self.model.rowCount()))
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + rows * self.table.verticalHeader().defaultSectionSize() + 4)

    # -- slots -----------------------------------------------------------------------------------------------------

    @Slot(bool)
    def on_heading_toggled(self, is_open: bool) -> None:
        self.heading.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.table.setVisible(is_open)
        if is_open:
            self._take_pending()
        self._show_detail()

    @Slot()
    def on_model_reset(self) -> None:
        self._fit()
        self._show_detail()

    @Slot(QItemSelection, QItemSelection)
    def on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self._show_detail()

    @Slot()
    def on_language_changed(self) -> None:
        self.model.refresh()
        self._say_total()
        self._show_detail()

    @Slot()
    def on_theme_changed(self) -> None:
        self.heading.setStyleSheet(
            f"QToolButton {{ border: none; padding: 3px 0; color: {theme.color('text').name()}; }}"
            "QToolButton:focus { text-decoration: underline; }"
        )
        self.table.viewport().update()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.is_open:
            self._take_pending()
