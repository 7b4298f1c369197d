"""One answer on the question card: its letter, its words, and the hands that went up for it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from models.words.text import Text
from widgets.kit.calm_controls import CalmSpinBox, keep_words_whole
from widgets.kit.language import bind
from widgets.kit.theme import theme

MOST_HANDS = 999
ANSWER_PX, LETTER_PX = 18, 30

ANSWER = Text("Answer {letter}", "답 {letter}")
ANSWER_HINT = Text("Answer {letter} (may stay empty)", "답 {letter} (비워 두어도 됩니다)")
HANDS = Text("Hands for {letter}", "{letter}에 든 손")
ONE_MORE = Text("One hand more for {letter} ({letter})", "{letter}에 한 명 더 ({letter})")
ONE_LESS = Text("One hand less for {letter} (Shift+{letter})", "{letter}에서 한 명 빼기 (Shift+{letter})")


class Bar(QWidget):
    """One share of the hands as a bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0

    @property
    def share(self) -> float:
        return self._share

    def show_share(self, share: float) -> None:
        """0 for nobody, 1 for as many as the answer with the most hands has."""
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        round_px = whole.height() / 4
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(whole, round_px, round_px)
        if self._share > 0:
            painter.setBrush(theme.color("accent"))
            whole.setWidth(max(2 * round_px, whole.width() * self._share))
            painter.drawRoundedRect(whole, round_px, round_px)
        painter.end()


class Answer(QWidget):
    """One answer: its letter, its words, and the hands that went up for it. `counted(hands)` after every change."""

    counted = Signal()

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter = QLabel(letter)
        self.words, self.written = QLabel(), QLineEdit()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.written.setMaxLength(120)
        self.bar, self.hands = Bar(), CalmSpinBox(0, MOST_HANDS)
        self.hands.setButtonSymbols(CalmSpinBox.ButtonSymbols.NoButtons)
        self.hands.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.hands.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hands.valueChanged.connect(self.counted)
        self.less, self.more = QToolButton(), QToolButton()
        self.less.setText("−")
        self.more.setText("+")
        for button, tip, by in ((self.less, ONE_LESS, -1), (self.more, ONE_MORE, 1)):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            bind(self, button.setToolTip, tip, letter=letter)
            bind(self, button.setAccessibleName, tip, letter=letter)
            button.clicked.connect(partial(self._count, by))
        bind(self, self.hands.setAccessibleName, HANDS, letter=letter)
        bind(self, self.hands.setToolTip, HANDS, letter=letter)
        bind(self, self.written.setAccessibleName, ANSWER, letter=letter)
        bind(self, self.written.setToolTip, ANSWER, letter=letter)
        bind(self, self.written.setPlaceholderText, ANSWER_HINT, letter=letter)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.letter)
        head.addWidget(self.words, 1)
        head.addWidget(self.written, 1)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addWidget(self.bar, 1)
        for part in (self.less, self.hands, self.more):
            foot.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head, 1)
        layout.addLayout(foot)

    def _count(self, by: int, _checked: bool = False) -> None:
        self.hands.interpretText()  # a number that is still being typed counts
        self.hands.setValue(self.hands.value() + by)

    def add(self, by: int) -> None:
        """So many hands more (or less), from 0 to MOST_HANDS."""
        self._count(by)

    def show_written(self, is_asking: bool) -> None:
        """The words to be read, or the field to write them in."""
        self.words.setText(keep_words_whole(self.written.text()))
        self.words.setVisible(is_asking)
        self.written.setVisible(not is_asking)
        for part in (self.bar, self.less, self.hands, self.more):
            part.setVisible(is_asking)

    def set_scale(self, scale: float) -> None:
        for part, px, weight in (
            (self.letter, LETTER_PX, QFont.Weight.Bold),
            (self.words, ANSWER_PX, QFont.Weight.Normal),
            (self.written, ANSWER_PX, QFont.Weight.Normal),
            (self.hands, ANSWER_PX, QFont.Weight.Bold),
            (self.less, ANSWER_PX, QFont.Weight.Bold),
            (self.more, ANSWER_PX, QFont.Weight.Bold),
        ):
            set_font(part, px * scale, weight)
        height = round(1.7 * ANSWER_PX * scale)
        self.bar.setFixedHeight(round(0.6 * height))
        for button in (self.less, self.more):
            button.setFixedSize(height, height)
        self.hands.setFixedSize(round(2.0 * height), height)


def set_font(part: QWidget, px: float, weight: QFont.Weight) -> None:
    """Give a widget letters of this height and weight."""
    font = QFont(part.font())
    font.setPixelSize(round(px))
    font.setWeight(weight)
    part.setFont(font)
