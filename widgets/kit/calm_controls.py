"""Controls that change on purpose only: a passing wheel does nothing, and small print stays small and quiet."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QSpinBox, QWidget

from widgets.kit.step_box import is_space
from widgets.kit.theme import theme

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

    def revert(self) -> None:
        """Forget what is typed."""
        self.lineEdit().setText(self.textFromValue(self.value()).join((self.prefix(), self.suffix())))

    def event(self, event: QEvent) -> bool:
        return False if is_space(event) else super().event(event)

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
        """Say this; costs nothing where it stands already."""
        if sentence == self._sentence:
            return
        self._sentence = sentence
        self.setText(keep_words_whole(sentence))
        self.setAccessibleName(sentence)

    @Slot()
    def on_theme_changed(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color(self._role))
        self.setPalette(palette)


class StillLabel(QLabel):
    """One line of words that change all the time. It grows with them and never shrinks until it is told to, so that
    nothing beside it trembles; while its size stands it asks for no other layout. `entered`: the mouse came over it."""

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("")

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.entered.emit()

    def set_words(self, words: str, keeps_room: bool = True) -> None:
        """Say this; without `keeps_room` the label becomes as narrow as these words."""
        if words == self.text() and keeps_room:
            return
        metrics = QFontMetrics(self.font())
        wanted = metrics.horizontalAdvance(words) + 2 if words else 0
        if not keeps_room or wanted > self.maximumWidth() or self.maximumHeight() != metrics.height():
            self.setFixedSize(wanted, metrics.height())
        self.setText(words)
        self.setAccessibleName(words)


class Island(QWidget):
    """Gives one widget all of its room. What is laid out anew inside stays inside: without it, every word that changes
    asks all the way up to the window for another layout."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        content.setParent(self)
        self.setSizePolicy(content.sizePolicy())

    # -- Qt's own names ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._content.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._content.setGeometry(self.rect())
