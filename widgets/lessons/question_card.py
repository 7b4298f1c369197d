"""The question card: predict, then see. A question, up to four answers, hands counted, and only then the answer.

It lies over the foot of the window, so that the class still sees the plane that the question is about. All of it works
by keys: A to D count a hand (with Shift one less), T starts the countdown, Space, Enter or Page Down reveal, Escape
closes. The letters are those of the physical keys, whatever a Korean input method makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from models.words.text import Text
from widgets.kit.calm_controls import CalmSpinBox, keep_words_whole
from widgets.kit.keyboard import answer_letter
from widgets.kit.language import bind, language
from widgets.kit.remembered import Remembered
from widgets.kit.tab_order import one_after_another
from widgets.kit.theme import bind_icon, theme
from widgets.lessons.answer import LETTER_PX, Answer, set_font

if TYPE_CHECKING:
    from lab.document.scenes import Scene

LETTERS = "ABCD"
LEAST_S, MOST_S, STEP_S = 10, 120, 10
QUESTION_PX, SMALL_PX = 27, 14
BASE_HEIGHT = 720
HEIGHT, LOW_HEIGHT = 260, 225  # of the card with written answers, and with letters alone

NAME = Text("Question card", "질문 카드")
QUESTION = Text("Question", "질문")
QUESTION_HINT = Text("Write your question here", "질문을 적으세요")
SECONDS = Text("Seconds to think", "생각할 시간(초)")
SECONDS_SUFFIX = Text(" s", "초")
COUNT_DOWN = Text("Count down", "시간 재기")
COUNT_DOWN_TIP = Text("Count down the seconds to think, without a sound (T)", "생각할 시간을 소리 없이 잽니다 (T)")
STOP = Text("Stop", "멈추기")
TIME_LEFT = Text("{seconds} s", "{seconds}초")
TIME_UP = Text("Time is up", "시간이 다 됐습니다")
REVEAL = Text("Reveal", "확인하기")
REVEAL_TIP = Text("Close the card and see what happens (Space)", "카드를 닫고 어떻게 되는지 봅니다 (Space)")
WRITE = Text("Write", "고쳐 쓰기")
WRITE_TIP = Text("Write the question and its answers", "질문과 답을 고쳐 씁니다")
ASK = Text("Ask", "질문하기")
ASK_TIP = Text("Show the question to the class (Enter)", "질문을 화면에 보입니다 (Enter)")
CLOSE = Text("Close the card (Esc)", "카드 닫기 (Esc)")


class QuestionCard(QFrame):
    """A card over the foot of `window`. `opened()` when it is shown, `revealed()` when the class may see the answer: the
    card is closed then. Hands stay counted until another question comes."""

    opened = Signal()
    revealed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._scene_id = ""
        self._shown: Text | str = ""  # the question as it was given; a typed one is a string
        self._is_asking = True
        self._left = 0
        self._scale = 0.0
        self._focus = Remembered(None, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        bind(self, self.setAccessibleName, NAME)
        self.question, self.written = QLabel(), QLineEdit()
        self.question.setWordWrap(True)
        self.question.setTextFormat(Qt.TextFormat.PlainText)
        self.written.setMaxLength(300)
        bind(self, self.written.setAccessibleName, QUESTION)
        bind(self, self.written.setToolTip, QUESTION)
        bind(self, self.written.setPlaceholderText, QUESTION_HINT)
        self.answers = tuple(Answer(letter) for letter in LETTERS)
        self.left = QLabel()
        self.seconds = CalmSpinBox(LEAST_S, MOST_S)
        self.seconds.setSingleStep(STEP_S)
        self.seconds.setValue(3 * STEP_S)
        bind(self, self.seconds.setSuffix, SECONDS_SUFFIX)
        bind(self, self.seconds.setAccessibleName, SECONDS)
        bind(self, self.seconds.setToolTip, SECONDS)
        self.count_button = self._button(COUNT_DOWN, COUNT_DOWN_TIP, self.on_count_down_asked)
        self.write_button = self._button(WRITE, WRITE_TIP, self.on_write_asked)
        self.ask_button = self._button(ASK, ASK_TIP, self.on_ask_asked)
        self.reveal_button = self._button(REVEAL, REVEAL_TIP, self.reveal)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(self, self.close_button.setIcon, "clear")
        bind(self, self.close_button.setToolTip, CLOSE)
        bind(self, self.close_button.setAccessibleName, CLOSE)
        self.close_button.clicked.connect(self.close_card)
        self._lay_out()
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self.on_second)
        for answer in self.answers:
            answer.counted.connect(self.on_counted)
            answer.hands.installEventFilter(self)
            answer.hands.lineEdit().installEventFilter(self)
            answer.written.installEventFilter(self)
        self.seconds.installEventFilter(self)
        self.seconds.lineEdit().installEventFilter(self)
        self.written.installEventFilter(self)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self.on_look_changed()
        self.hide()

    def _button(self, words: Text, tip: Text, work: object) -> QPushButton:
        button = QPushButton()
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind(self, button.setText, words)
        bind(self, button.setAccessibleName, words)
        bind(self, button.setToolTip, tip)
        button.clicked.connect(work)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self.question, 1)
        head.addWidget(self.written, 1)
        head.addWidget(self.left)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        middle = QHBoxLayout()
        middle.setSpacing(26)
        for answer in self.answers:
            middle.addWidget(answer, 1)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.seconds)
        foot.addWidget(self.count_button)
        foot.addStretch(1)
        for button in (self.write_button, self.ask_button, self.reveal_button):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 14, 18, 14)
        layout.setSpacing(10)
        layout.addLayout(head, 2)
        layout.addLayout(middle, 3)
        layout.addLayout(foot)
        # In the order of reading, and closing last: whoever has written the question goes on to its answers.
        self._chain: tuple[QWidget, ...] = (
            self.written,
            *(part for answer in self.answers for part in (answer.written, answer.less, answer.hands, answer.more)),
            *(self.seconds, self.count_button, self.write_button, self.ask_button, self.reveal_button),
            self.close_button,
        )
        one_after_another(self._chain)

    # -- what it shows -------------------------------------------------------------------------------------------------

    def open_for(self, scene: Scene | None) -> None:
        """Ask the scene's question; without a scene, the question that was typed last, or write one."""
        scene_id = scene.id if scene is not None else ""
        if scene is not None and scene_id != self._scene_id:
            self._forget()
            self._shown = scene.question
        self._scene_id = scene_id or self._scene_id
        self._focus.deleteLater()
        self._focus = Remembered(self.window().focusWidget(), self)
        self._stop_clock()
        self._turn(is_asking=bool(self._shown))
        self._place()
        self.show()
        self.raise_()
        self._take_focus()
        self.window().installEventFilter(self)
        self.opened.emit()

    @property
    def is_asking(self) -> bool:
        """Whether the class reads the question (else the teacher writes it)."""
        return self._is_asking

    @property
    def counts(self) -> tuple[int, ...]:
        """The hands for A, B, C and D."""
        return tuple(answer.hands.value() for answer in self.answers)

    @property
    def seconds_left(self) -> int:
        """What is left of a countdown that runs; 0 when none does."""
        return self._left

    def set_texts(self, question: str, answers: Sequence[str] = ()) -> None:
        """A question of one's own with up to four answers; the hands are counted anew."""
        self._forget()
        self._shown = question
        for answer, words in zip(self.answers, answers, strict=False):
            answer.written.setText(words)
        self._turn(self._is_asking)

    @Slot()
    def reveal(self) -> None:
        """Close the card and let the class see."""
        if self._is_asking:
            self.close_card()
            self.revealed.emit()

    @Slot()
    def close_card(self) -> None:
        if self.isHidden():
            return
        self._stop_clock()
        self.window().removeEventFilter(self)
        self.hide()
        if self._focus.widget is not None:
            self._focus.widget.setFocus()

    def _forget(self) -> None:
        for answer in self.answers:
            answer.hands.setValue(0)
            answer.written.clear()

    def _turn(self, is_asking: bool) -> None:
        """To the class, or to the teacher who writes."""
        self._is_asking = is_asking
        if not is_asking:
            self.written.setText(self._question())
        self.question.setText(keep_words_whole(self._question()))
        self.question.setAccessibleName(self._question())
        is_any_written = any(answer.written.text().strip() for answer in self.answers)
        for answer in self.answers:
            answer.show_written(is_asking)
            # Four empty letters are answers enough; where some are written, the others do not stand for anything.
            answer.setVisible(not is_asking or not is_any_written or bool(answer.written.text().strip()))
        for part in (self.question, self.left, self.seconds, self.count_button, self.write_button, self.reveal_button):
            part.setVisible(is_asking)
        for part in (self.written, self.ask_button):
            part.setVisible(not is_asking)
        self.on_counted()
        if not self.isHidden():
            self._place()

    def _question(self) -> str:
        return language.say(self._shown) if isinstance(self._shown, Text) else self._shown

    def _take_focus(self) -> None:
        if self._is_asking:
            self.setFocus()
        else:
            self.written.setFocus()
            self.written.selectAll()

    def _place(self) -> None:
        """Over the foot of the window, as wide as it is."""
        window = self.parentWidget()
        scale = min(1.9, max(1.0, window.height() / BASE_HEIGHT))
        if scale != self._scale:
            self._scale = scale
            for answer in self.answers:
                answer.set_scale(scale)
            set_font(self.question, QUESTION_PX * scale, QFont.Weight.Bold)
            set_font(self.written, QUESTION_PX * scale, QFont.Weight.Bold)
            set_font(self.left, LETTER_PX * scale, QFont.Weight.Bold)
            for part in (self.seconds, self.count_button, self.write_button, self.ask_button, self.reveal_button):
                set_font(part, SMALL_PX * scale, QFont.Weight.Normal)
                part.setMinimumHeight(round(2.1 * SMALL_PX * scale))
            set_font(self.reveal_button, SMALL_PX * scale, QFont.Weight.Bold)
        has_words = not self._is_asking or any(answer.written.text() for answer in self.answers)
        height = min(round((HEIGHT if has_words else LOW_HEIGHT) * scale), window.height())
        self.setGeometry(0, window.height() - height, window.width(), height)

    # -- hands and seconds ---------------------------------------------------------------------------------------------

    @Slot()
    def on_counted(self) -> None:
        most = max(self.counts)
        for answer, hands in zip(self.answers, self.counts, strict=True):
            answer.bar.show_share(hands / most if most else 0.0)

    @Slot()
    def on_count_down_asked(self) -> None:
        """Start the countdown, or stop the one that runs."""
        if self._clock.isActive():
            self._stop_clock()
            return
        self._left = self.seconds.value()
        self._clock.start()
        self._say_left()

    @Slot()
    def on_second(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._stop_clock()
            self.left.setText(language.say(TIME_UP))
            self.left.setAccessibleName(self.left.text())
        else:
            self._say_left()

    def _stop_clock(self) -> None:
        self._clock.stop()
        self._left = 0
        self._say_left()

    def _say_left(self) -> None:
        is_counting = self._clock.isActive()
        self.left.setText(language.say(TIME_LEFT, seconds=self._left) if is_counting else "")
        self.left.setAccessibleName(self.left.text())
        self.count_button.setText(language.say(STOP if is_counting else COUNT_DOWN))
        self.count_button.setAccessibleName(self.count_button.text())

    # -- the teacher's keys ----------------------------------------------------------------------------------------------

    @Slot()
    def on_write_asked(self) -> None:
        self._stop_clock()
        self._turn(is_asking=False)
        self._take_focus()

    @Slot()
    def on_ask_asked(self) -> None:
        """Show what was written; another question begins without hands."""
        words = " ".join(self.written.text().split())
        if not words:
            self.written.setFocus()
            return
        if words != self._question():
            self._shown = words
            for answer in self.answers:
                answer.hands.setValue(0)
        self._turn(is_asking=True)
        self._take_focus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_plain(event):  # type: ignore[arg-type]
            event.accept()  # the window's own letters, Space and arrows wait while the card is open
            return True
        return super().event(event)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab stays on the card, which covers what would come after it; its first place is the card itself."""
        places = [self, *(part for part in self._chain if part.isVisible() and part.isEnabled())]
        now = self.window().focusWidget()
        at = places.index(now) if now in places else 0
        reason = Qt.FocusReason.TabFocusReason if is_next else Qt.FocusReason.BacktabFocusReason
        places[(at + (1 if is_next else -1)) % len(places)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.setAccepted(self._take_key(event) or _is_plain(event))

    def _take_key(self, event: QKeyEvent) -> bool:
        if not _is_plain(event):
            return False
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_card()
            return True
        if not self._is_asking:
            return False
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_PageDown):
            if not event.isAutoRepeat():
                self.reveal()
            return True
        letter = answer_letter(event)
        if letter == "T":
            self.on_count_down_asked()
        elif letter and letter in LETTERS:
            answer = self.answers[LETTERS.index(letter)]
            if not answer.isHidden():
                answer.add(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        return bool(letter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter ends what is written; the fields for numbers take digits, and the card's letters work in them too."""
        kind = event.type()
        if watched is self.parentWidget():
            if kind == QEvent.Type.Resize:
                QTimer.singleShot(0, self.on_window_resized)
            return False
        if kind == QEvent.Type.FocusIn and isinstance(watched, CalmSpinBox):
            QTimer.singleShot(0, watched.selectAll)  # after the click that came here: what is typed is the new number
        if kind != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            if self._is_asking:
                self.setFocus()  # the number is complete: the letters count again
            else:
                self.on_ask_asked()
            return True
        is_key = event.key() == Qt.Key.Key_PageDown or bool(answer_letter(event))  # type: ignore[attr-defined,arg-type]
        return self._is_asking and is_key and self._take_key(event)  # type: ignore[arg-type]

    @Slot()
    def on_window_resized(self) -> None:
        if not self.isHidden():
            self._place()

    @Slot()
    def on_look_changed(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("panel"))
        self.setPalette(palette)
        for part, role in (
            (self.question, "text"),
            (self.left, "accent"),
            *((a.letter, "accent") for a in self.answers),
        ):
            colours = QPalette()
            colours.setColor(QPalette.ColorRole.WindowText, theme.color(role))
            part.setPalette(colours)
        if self._is_asking:
            self._turn(True)
        self._say_left()


def _is_plain(event: QKeyEvent) -> bool:
    """No combination with Ctrl, Alt or Meta, and none of the function keys: those stay the window's."""
    others = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
    is_function = Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
    return not event.modifiers() & others and not is_function
