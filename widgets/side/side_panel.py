"""The column beside the plane: data, algorithm with its settings, device; each part folds away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from models.words.text import Text
from widgets.kit.language import bind
from widgets.kit.theme import theme

FOLD = Text("{name}: show or fold away", "{name}: 펼치기 또는 접기")


class Section(QWidget):
    """A heading that folds what stands under it."""

    def __init__(self, number: int, title: Text, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = body
        self.heading = QToolButton()
        self.heading.setCheckable(True)
        self.heading.setChecked(True)
        self.heading.setAutoRaise(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setArrowType(Qt.ArrowType.DownArrow)
        self.heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        font = self.heading.font()
        font.setWeight(QFont.Weight.Bold)
        self.heading.setFont(font)
        numbered = Text(f"{number}  {title.en}", f"{number}  {title.ko}")
        bind(self, self.heading.setText, numbered)
        bind(self, self.heading.setAccessibleName, title)
        bind(self, self.heading.setToolTip, FOLD, name=title)
        self.heading.toggled.connect(self.on_toggled)
        theme.changed.connect(self.on_theme_changed)
        self.on_theme_changed()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(body)

    @Slot()
    def on_theme_changed(self) -> None:
        self.heading.setStyleSheet(
            f"QToolButton {{ border: none; padding: 3px 0; color: {theme.color('text').name()}; }}"
            "QToolButton:focus { text-decoration: underline; }"
        )

    @Slot(bool)
    def on_toggled(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.heading.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)


class SidePanel(QScrollArea):
    """Sections below each other; scrolls when the window is too low for them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(12, 6, 10, 6)
        self._layout.setSpacing(6)
        self._layout.addStretch(1)
        self.setWidget(column)
        self.verticalScrollBar().rangeChanged.connect(self.on_range_changed)

    @Slot(int, int)
    def on_range_changed(self, least: int, most: int) -> None:
        """Where the column has to scroll, the panel grows by the bar, so that nothing lies under it."""
        bar = self.verticalScrollBar().sizeHint().width() if most > least else 0
        self.setMinimumWidth(self.widget().minimumSizeHint().width() + bar)

    def add(self, title: Text, *parts: QWidget) -> Section:
        """A section with these parts, numbered in the order they come."""
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(6, 0, 0, 0)
        layout.setSpacing(6)
        for part in parts:
            layout.addWidget(part)
        section = Section(self._layout.count(), title, body)
        self._layout.insertWidget(self._layout.count() - 1, section)
        return section
