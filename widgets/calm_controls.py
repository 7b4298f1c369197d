"""Controls that change on purpose only: a passing wheel does nothing, and small print stays small and quiet."""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QSpinBox, QWidget

from widgets.theme import theme

_WORD_JOINER = "\u2060"
_SMALL = 0.86


def keep_words_whole(sentence: str) -> str:
    """The sentence with joiners between Hangul syllables: lines then break between words, as Korean is set."""
    return re.sub(r"(?<=[가-힣])(?=[가-힣.,:;)\]])", _WORD_JOINER, sentence)


class CalmComboBox(QComboBox):
    """A combo box that the wheel turns only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmSlider(QSlider):
    """A horizontal slider that the wheel moves only while it has the focus."""

    def __init__(self, minimum: int, maximum: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(minimum, maximum)
        self.setMinimumWidth(40)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmSpinBox(QSpinBox):
    """A box for whole numbers that reports a typed number once, when it is complete."""

    def __init__(self, minimum: int, maximum: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(minimum, maximum)
        self.setKeyboardTracking(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def fit_letters(label: QLabel, largest: float, least: float, width: int, height: int) -> None:
    """Give a label the largest letters, from `largest` to `least` pixels, with which its words fit into width x height."""
    font = QFont(label.font())
    flags = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextSingleLine
    for px in range(round(largest), round(least) - 1, -1):
        font.setPixelSize(px)
        box = QFontMetrics(font).boundingRect(QRect(0, 0, max(1, width), 10_000), flags, label.text())
        if box.height() <= height and box.width() <= width:
            break
    label.setFont(font)


class QuietLabel(QLabel):
    """A sentence in small print, in the theme's colour for `role` ("muted", "warning"); words stay whole."""

    def __init__(self, role: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role, self._sentence = role, ""
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        self.setFont(font)
        theme.changed.connect(self.on_theme_changed)
        self.on_theme_changed()

    @property
    def sentence(self) -> str:
        """What the label says, as it was given."""
        return self._sentence

    def set_sentence(self, sentence: str) -> None:
        self._sentence = sentence
        self.setText(keep_words_whole(sentence))
        self.setAccessibleName(sentence)

    @Slot()
    def on_theme_changed(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color(self._role))
        self.setPalette(palette)
