"""The choice of the algorithm: one control that opens to the whole catalogue, grouped as it is taught."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

import models
from models.words.text import Text
from widgets.kit.calm_controls import CalmComboBox
from widgets.kit.language import bind, language
from widgets.kit.theme import theme

_ALGORITHM = Text("Algorithm", "알고리즘")
_TIP = Text("Choose what is to learn (↑ ↓)", "무엇으로 배울지 고르기 (↑ ↓)")

_ID, _SUBTITLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_PAD = 8
_BAR = 4


def _small(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * 0.86)
    return smaller


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _draw_two_lines(painter: QPainter, rect: QRect, font: QFont, title: str, subtitle: str, pens: tuple) -> None:
    """A title with its subtitle under it, both shortened with an ellipsis where the room is too narrow."""
    lines = ((_bold(font), title, pens[0]), (_small(font), subtitle, pens[1]))
    heights = [QFontMetrics(each).height() for each, _, _ in lines]
    top = rect.top() + (rect.height() - sum(heights)) // 2
    for (each, words, pen), height in zip(lines, heights, strict=True):
        line = QRect(rect.left(), top, rect.width(), height)
        painter.setFont(each)
        painter.setPen(pen)
        shown = QFontMetrics(each).elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        top += height


class _RowDelegate(QStyledItemDelegate):
    """Headings of groups, and two-line rows; a bar stands beside the algorithm in use."""

    def __init__(self, picker: _Picker) -> None:
        super().__init__(picker)
        self._picker = picker

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        try:
            self._draw(painter, option, index)
        finally:
            painter.restore()  # the list goes on with this painter

    def _draw(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect, palette = option.rect, option.palette
        if index.data(_ID) is None:
            painter.setFont(_small(_bold(option.font)))
            painter.setPen(theme.color("muted"))
            painter.drawText(
                rect.adjusted(_PAD, 0, 0, -2), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, index.data()
            )
        else:
            is_lit = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(rect, palette.highlight() if is_lit else palette.base())
            if index.row() == self._picker.currentIndex():
                bar = QRect(rect.left(), rect.top() + 3, _BAR, rect.height() - 6)
                painter.fillRect(bar, palette.highlightedText() if is_lit else palette.highlight())
            title = palette.color(QPalette.ColorRole.HighlightedText if is_lit else QPalette.ColorRole.Text)
            pens = (title, title if is_lit else theme.color("muted"))
            room = rect.adjusted(_PAD + _BAR, 0, -_PAD, 0)
            _draw_two_lines(painter, room, option.font, index.data(), index.data(_SUBTITLE), pens)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = QFontMetrics(option.font).height()
        if index.data(_ID) is None:
            return QSize(100, line + 8)
        bold, small = QFontMetrics(_bold(option.font)), QFontMetrics(_small(option.font))
        width = max(bold.horizontalAdvance(index.data()), small.horizontalAdvance(index.data(_SUBTITLE)))
        return QSize(width + 2 * _PAD + 2 * _BAR, bold.height() + small.height() + 8)


class _Picker(CalmComboBox):
    """A combo box whose closed face shows the title and the subtitle."""

    def sizeHint(self) -> QSize:
        bold, small = QFontMetrics(_bold(self.font())), QFontMetrics(_small(self.font()))
        return QSize(200, bold.height() + small.height() + 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        title, option.currentText = option.currentText, ""
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        pens = (self.palette().color(QPalette.ColorRole.ButtonText), theme.color("muted"))
        _draw_two_lines(
            painter, field.adjusted(4, 0, -2, 0), self.font(), title, self.currentData(_SUBTITLE) or "", pens
        )


class AlgorithmPicker(QWidget):
    """The catalogue, grouped; `picked` carries the id that a person chose."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = _Picker()
        self._rows = QStandardItemModel(self)
        self._gone: list[QStandardItem] = []  # what was taken out: its binding to the language goes on
        for group, heading in models.GROUPS.items():
            item = QStandardItem()
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            bind(self, item.setText, heading)
            self._rows.appendRow(item)
            for row in models.CATALOGUE:
                if row.group == group:
                    self._append(row)
        self.box.setModel(self._rows)
        self.box.setItemDelegate(_RowDelegate(self.box))
        self.box.setMaxVisibleItems(self._rows.rowCount())
        self.box.activated.connect(self._on_activated)
        bind(self.box, self.box.setAccessibleName, _ALGORITHM)
        bind(self.box, self.box.setToolTip, _TIP)
        self.setFocusProxy(self.box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        self._id = ""
        self.select(models.CATALOGUE[0].id)
        language.changed.connect(self._on_language_changed)

    @property
    def current(self) -> str:
        """The id of the algorithm shown."""
        return self._id

    def select(self, id: str) -> None:
        """Show this algorithm, without `picked`. Raises KeyError for an unknown one."""
        index = self.box.findData(id, _ID)
        if index < 0:
            raise KeyError(id)
        self._id = id
        self.box.setCurrentIndex(index)

    def leave_out_missing(self) -> None:
        """Take out the rows that the catalogue no longer has: installed packages whose class could not be loaded."""
        kept = {row.id for row in models.CATALOGUE}
        for place in reversed(range(self._rows.rowCount())):
            id = self._rows.item(place).data(_ID)
            if id is not None and id not in kept:
                self._gone += self._rows.takeRow(place)

    def _append(self, row: models.Row) -> None:
        item = QStandardItem()
        item.setData(row.id, _ID)
        bind(self, item.setText, row.title)
        bind(self, lambda words: item.setData(words, _SUBTITLE), row.subtitle)
        self._rows.appendRow(item)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        id = self.box.itemData(index, _ID)
        if id is not None and id != self._id:
            self._id = id
            self.picked.emit(id)

    @Slot()
    def _on_language_changed(self) -> None:
        self.box.update()
