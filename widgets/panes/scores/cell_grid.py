"""A small grid of cells under headings, that says each cell in a sentence: with the mouse, and with the arrow keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.kit.shapes import class_path, disc_path
from widgets.kit.theme import marker_outline, theme

_PAD = 5.0
_DEEPEST = 0.5  # of a shade's colour: words on it stay readable in both themes
_MARKER = 0.72  # of a line's height
_LARGEST_HEAD = 0.42  # of the width, for the headings of the rows
_MOST_NARROW = 7  # columns that are squeezed rather than scrolled
_STEPS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """What a row or a column is called. role: "class:2" or "cluster:0" puts its marker beside it."""

    words: str
    sentence: str = ""
    role: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell. shade: a role of the theme and how deep, 0 to 1; is_bar: the shade is a bar of that length."""

    words: str
    sentence: str
    shade: tuple[str, float] | None = None
    is_bar: bool = False
    is_framed: bool = False
    is_quiet: bool = False


@dataclass(frozen=True)
class Sheet:
    """All of a grid. corner: words over the rows' headings, and words before the columns'."""

    rows: tuple[Heading, ...] = ()
    columns: tuple[Heading, ...] = ()
    cells: tuple[tuple[Cell, ...], ...] = field(default=())
    corner: tuple[str, str] = ("", "")

    def sentence(self, row: int, column: int) -> str:
        """What is said of a place; row -1 are the columns' headings, column -1 those of the rows."""
        if 0 <= row < len(self.rows):
            return self.cells[row][column].sentence if 0 <= column < len(self.columns) else self.rows[row].sentence
        return self.columns[column].sentence if 0 <= column < len(self.columns) else ""


class CellGrid(QWidget):
    """Paints a Sheet. `pointed` when another place is under the mouse or the keys (or None), `chosen` by a click or
    Enter on a cell. is_tall: cells like tiles, with the columns' names under their markers."""

    pointed = Signal(object)
    chosen = Signal(int, int)

    def __init__(self, is_tall: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = Sheet()
        self._is_tall = is_tall
        self._hovered: tuple[int, int] | None = None
        self._current: tuple[int, int] | None = None
        self._pinned: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_sheet(self, sheet: Sheet, pinned: tuple[int, int] | None = None) -> None:
        """Show this sheet; the cell `pinned` (row, column) has a ring."""
        if (sheet, pinned) == (self.sheet, self._pinned):
            return
        is_other = (len(sheet.rows), len(sheet.columns)) != (len(self.sheet.rows), len(self.sheet.columns))
        self.sheet, self._pinned = sheet, pinned
        if is_other:
            self._hovered = self._current = None
        self._tell()
        self.setMinimumWidth(self.minimumSizeHint().width())
        self.updateGeometry()
        self.update()

    @property
    def place(self) -> tuple[int, int] | None:
        """(row, column) under the mouse, or else the one that the keys have come to while the grid has the focus."""
        if self._hovered is not None:
            return self._hovered
        return self._current if self.hasFocus() else None

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell lies, in the widget's pixels."""
        head, top, width, height = self._measures()
        return QRectF(head + column * width, top + row * height, width, height)

    # -- measures --------------------------------------------------------------------------------------------------

    def _line(self) -> float:
        return QFontMetricsF(self.font()).height()

    def _head_wanted(self) -> float:
        metrics = QFontMetricsF(self.font())
        words = [metrics.horizontalAdvance(h.words) + (metrics.height() if h.role else 0.0) for h in self.sheet.rows]
        return max([*words, *(metrics.horizontalAdvance(w) for w in self.sheet.corner)], default=0.0) + 2 * _PAD

    def _least_cell(self) -> float:
        metrics = QFontMetricsF(self.font())
        words = (cell.words for row in self.sheet.cells for cell in row)
        widest = max((metrics.horizontalAdvance(w) for w in words), default=0.0)
        if len(self.sheet.columns) > _MOST_NARROW:  # scrolled anyway, so there is room for their names
            names = max(metrics.horizontalAdvance(heading.words) for heading in self.sheet.columns)
            widest = max(widest, min(names, 4.0 * self._line()))
        return max(widest + 6.0, 1.6 * self._line())

    def _measures(self) -> tuple[float, float, float, float]:
        """Width of the rows' headings, height of the columns', and a cell's width and height."""
        line, columns = self._line(), max(len(self.sheet.columns), 1)
        least = self._least_cell() * columns
        head = min(self._head_wanted(), max(_LARGEST_HEAD * self.width(), self.width() - least))
        top = (2.0 if self._is_tall else 1.0) * line + 4.0
        height = line * ((2.2 if columns <= 4 else 1.7) if self._is_tall else 1.35)
        return head, top, (self.width() - head - 1.0) / columns, height

    def sizeHint(self) -> QSize:
        _, top, _, height = self._measures()
        return QSize(240, int(top + height * len(self.sheet.rows)) + 2)

    def minimumSizeHint(self) -> QSize:
        head = min(self._head_wanted(), 5.0 * self._line())
        return QSize(int(head + self._least_cell() * len(self.sheet.columns)) + 1, self.sizeHint().height())

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        head, top, width, height = self._measures()
        painter.setPen(theme.color("muted"))
        right = Qt.AlignmentFlag.AlignRight
        corner = QRectF(0.0, 0.0, head - _PAD, top - 2.0)
        painter.drawText(corner, right | Qt.AlignmentFlag.AlignTop, self.sheet.corner[0])
        painter.drawText(corner.adjusted(_PAD, 0, 0, 0), Qt.AlignmentFlag.AlignBottom, self.sheet.corner[1])
        for column, heading in enumerate(self.sheet.columns):
            self._paint_column(painter, heading, QRectF(head + column * width, 0.0, width, top - 2.0))
        for row, heading in enumerate(self.sheet.rows):
            self._paint_row(painter, heading, QRectF(0.0, top + row * height, head, height))
            for column, cell in enumerate(self.sheet.cells[row]):
                self._paint_cell(painter, cell, self.cell_rect(row, column))
        for place, role, line in ((self._pinned, "accent", 3.0), (self.place, "text", 1.5)):
            if place is not None and place[0] >= 0 and place[1] >= 0:
                painter.setPen(QPen(theme.color(role), line))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.cell_rect(*place).adjusted(1.5, 1.5, -1.5, -1.5), 3.0, 3.0)

    def _paint_cell(self, painter: QPainter, cell: Cell, rect: QRectF) -> None:
        tile = rect.adjusted(1.0, 1.0, -1.0, -1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        if cell.shade is not None:
            role, share = cell.shade
            color = QColor(theme.color(role))
            color.setAlphaF(_DEEPEST if cell.is_bar else _DEEPEST * share)
            painter.setBrush(color)
            filled = QRectF(tile.left(), tile.top(), tile.width() * (share if cell.is_bar else 1.0), tile.height())
            painter.drawRoundedRect(filled, 3.0, 3.0)
        if cell.is_framed:
            painter.setPen(QPen(theme.color("ink"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile, 3.0, 3.0)
        font = self.font()
        font.setBold(cell.is_framed)
        painter.setFont(font)
        painter.setPen(theme.color("muted" if cell.is_quiet else "text"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, cell.words)
        painter.setFont(self.font())

    def _paint_row(self, painter: QPainter, heading: Heading, rect: QRectF) -> None:
        left = _PAD
        if heading.role:
            side = self._line()
            self._paint_marker(painter, heading.role, QPointF(left + side / 2.0 - 2.0, rect.center().y()))
            left += side
        painter.setPen(theme.color("text"))
        room = rect.adjusted(left, 0.0, -2.0, 0.0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._fitted(heading.words, room.width()))

    def _paint_column(self, painter: QPainter, heading: Heading, rect: QRectF) -> None:
        if heading.role:
            self._paint_marker(painter, heading.role, QPointF(rect.center().x(), self._line() / 2.0))
        painter.setPen(theme.color("text"))
        where = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(rect, where, self._fitted(heading.words, rect.width() - 2.0))

    def _paint_marker(self, painter: QPainter, role: str, at: QPointF) -> None:
        kind, _, number = role.partition(":")
        painter.save()
        painter.translate(at)
        painter.scale(_MARKER * self._line(), _MARKER * self._line())
        painter.setPen(marker_outline(1.2))
        painter.setBrush(theme.color(role))
        painter.drawPath(class_path(int(number)) if kind == "class" else disc_path())
        painter.restore()

    def _fitted(self, words: str, room: float) -> str:
        return QFontMetricsF(self.font()).elidedText(words, Qt.TextElideMode.ElideRight, room)

    # -- places ----------------------------------------------------------------------------------------------------

    def _place_at(self, at: QPointF) -> tuple[int, int] | None:
        """(row, column) at a pixel, -1 for the headings; None beside the grid and in its corner."""
        head, top, width, height = self._measures()
        column = -1 if at.x() < head else int((at.x() - head) // width)
        row = -1 if at.y() < top else int((at.y() - top) // height)
        if row >= len(self.sheet.rows) or column >= len(self.sheet.columns) or row == column == -1:
            return None
        return row, column

    def _point(self, hovered: tuple[int, int] | None) -> None:
        if hovered != self._hovered:
            self._hovered = hovered
            self._tell()
            self.update()

    def _tell(self) -> None:
        sentence = "" if self.place is None else self.sheet.sentence(*self.place)
        self.setToolTip(sentence)
        self.setAccessibleDescription(sentence)
        self.pointed.emit(self.place)

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.setMinimumWidth(self.minimumSizeHint().width())
            self.updateGeometry()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._place_at(event.position()))

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None and min(place) >= 0:
            self._current = place
            self.chosen.emit(*place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows, columns = len(self.sheet.rows), len(self.sheet.columns)
        step = _STEPS.get(Qt.Key(event.key()))
        if not rows or not columns:
            super().keyPressEvent(event)
        elif step is not None:
            row, column = self._current or (0, 0)
            if self._current is not None:
                row, column = row + step[0], column + step[1]
            self._current = (min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))
            self._hovered = None
            self._tell()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current is not None:
            self.chosen.emit(*self._current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if self._current is None and self.sheet.rows and event.reason() in by_keys:
            self._current = (0, 0)
        self._tell()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._tell()
        self.update()
