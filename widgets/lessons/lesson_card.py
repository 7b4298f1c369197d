"""The lesson beside the plane: the scene's question and its steps; at the first start, what else there is to open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel, keep_words_whole
from widgets.kit.language import bind, language
from widgets.kit.tab_order import one_after_another
from widgets.kit.theme import bind_icon, theme

if TYPE_CHECKING:
    from lab.document.scenes import Scene

OFFERS = Text("Begin with …", "무엇으로 시작할까요?")
OPEN = Text("Open a file …", "파일 열기 …")
OPEN_TIP = Text("Open an experiment or a table (Ctrl+O)", "실험 파일이나 표 열기 (Ctrl+O)")
ALL = Text("All scenes …", "모든 수업 장면 …")
ALL_TIP = Text("All scenes, numbered (Ctrl+L)", "번호가 붙은 모든 수업 장면 (Ctrl+L)")
CLOSE = Text("Close this card", "이 카드 닫기")
NUMBERED = Text("{number} · {title}", "{number} · {title}")
QUESTION_PX, TITLE_PX, STEPS_PX, OFFER_PX = 17, 13, 13, 13
OFFER_HEIGHT = 27
LEAST_LINES = 2  # of a step that are always in view

STEP_BACK = Text("The step of the scene before this one", "수업 장면의 앞 단계")
STEP_ON = Text("The next step of the scene", "수업 장면의 다음 단계")


class LessonCard(QFrame):
    """Shows a scene's title and question and one step of its script at a time; below them the offers of the first start.

    `step` is the step of the script that the lecture has come to, -1 for the question before the first; it is shown.
    Signals: `scene_chosen(id)`, `open_requested`, `all_requested`, `step_changed`.
    """

    step_changed = Signal()
    scene_chosen = Signal(str)
    open_requested = Signal()
    all_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._step = -1
        self._is_wanted, self._is_away = False, False
        self._offered: tuple[Scene, ...] = ()
        self.title, self.question = QLabel(), QLabel()
        self.steps = QLabel()
        for label in (self.title, self.question, self.steps):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.steps)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.steps.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(self, self.close_button.setIcon, "clear")
        bind(self, self.close_button.setToolTip, CLOSE)
        bind(self, self.close_button.setAccessibleName, CLOSE)
        self.close_button.clicked.connect(self.on_closed)
        self.back_button, self.on_button, self.counter = QToolButton(), QToolButton(), QuietLabel("muted")
        for button, icon, tip, work in (
            (self.back_button, "step-back", STEP_BACK, self.on_back),
            (self.on_button, "step-forward", STEP_ON, self.on_on),
        ):
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            bind_icon(self, button.setIcon, icon)
            bind(self, button.setToolTip, tip)
            bind(self, button.setAccessibleName, tip)
            button.clicked.connect(work)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        for part in (self.back_button, self.counter, self.on_button):
            head.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 10, 10, 12)
        self._layout.setSpacing(6)
        self._layout.addLayout(head)
        self._layout.addWidget(self.question)
        self._layout.addWidget(self._scroll, 1)
        self._offers = self._make_offers()
        self._layout.addWidget(self._offers)
        one_after_another((self.back_button, self.on_button, self._scroll, *self._offer_buttons, self.close_button))
        self.set_scale(1.0)
        self.setAutoFillBackground(True)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self.hide()

    @property
    def scene(self) -> Scene | None:
        return self._scene

    def set_scale(self, scale: float) -> None:
        """The question so many times larger; what the teacher alone reads grows less."""
        for label, size, weight in (
            (self.title, TITLE_PX, QFont.Weight.Normal),
            (self.question, QUESTION_PX, QFont.Weight.Bold),
            (self.steps, STEPS_PX, QFont.Weight.Normal),
        ):
            font = label.font()
            font.setPixelSize(round(size * (scale if label is self.question else min(scale, 1.2))))
            font.setWeight(weight)
            label.setFont(font)
        self._scroll.setMinimumHeight(LEAST_LINES * self.steps.fontMetrics().lineSpacing() + 2)
        for button in self._offer_buttons:
            font = button.font()
            font.setPixelSize(round(OFFER_PX * min(scale, 1.2)))
            button.setFont(font)
            button.setMinimumHeight(round(OFFER_HEIGHT * min(scale, 1.2)))
        self._keep_whole()

    def _keep_whole(self) -> None:
        """Never lower than its words and buttons need at this width: a splitter does not ask words that wrap."""
        self.setMinimumHeight(max(0, self._layout.minimumHeightForWidth(self.width())))

    def show_scene(self, scene: Scene | None) -> None:
        """The card of a scene, before its first step; None hides it."""
        self._scene, self._step = scene, -1
        self._is_wanted = scene is not None
        self._show()
        self._say()
        self.step_changed.emit()

    def put_away(self, is_away: bool) -> None:
        """Out of sight for a while, whatever is shown or closed meanwhile."""
        self._is_away = is_away
        self._show()

    def _show(self) -> None:
        self.setVisible(self._is_wanted and not self._is_away)

    @property
    def step(self) -> int:
        return self._step

    @property
    def lesson(self) -> Text | None:
        """The words of the current step, the question before the first; None without a scene."""
        if self._scene is None:
            return None
        return self._scene.script[self._step] if self._step >= 0 else self._scene.question

    def turn(self, by: int) -> None:
        """So many steps of the script on (or back), as far as there are any."""
        last = len(self._scene.script) - 1 if self._scene is not None else -1
        step = min(max(self._step + by, -1), last)
        if step != self._step:
            self._step = step
            self._say()
            self.step_changed.emit()

    @Slot()
    def on_back(self) -> None:
        self.turn(-1 if self._step > 0 else 0)

    @Slot()
    def on_on(self) -> None:
        """The next step: the first is read beside the question already."""
        self.turn(1 if self._step >= 0 else 2)

    def offer(self, scenes: Sequence[Scene]) -> None:
        """Offer other scenes and a file in place of the scene's steps, until `end_offers`."""
        self._offered = tuple(scenes)
        for button, scene in zip(self._scene_buttons, self._offered, strict=False):
            button.clicked.connect(partial(self._choose, scene.id))
        self._offers.setVisible(bool(scenes))
        self._say()

    def end_offers(self) -> None:
        """Somebody has begun: the steps of the scene take the place of the offers."""
        if not self._offers.isHidden():
            self._offers.hide()
            self._say()

    @Slot()
    def on_closed(self) -> None:
        self._is_wanted = False
        self._show()

    @Slot()
    def on_look_changed(self) -> None:
        self._say()

    def _choose(self, id: str, _checked: bool = False) -> None:
        self.scene_chosen.emit(id)

    def _make_offers(self) -> QWidget:
        box = QWidget()
        layout = QGridLayout(box)
        layout.setContentsMargins(0, 2, 4, 0)
        layout.setSpacing(4)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        heading = QuietLabel("muted")
        bind(self, heading.set_sentence, OFFERS)
        self.open_button, self.all_button = QPushButton(), QPushButton()
        self._scene_buttons = [QPushButton(), QPushButton()]
        bind_icon(self, self.open_button.setIcon, "open")
        bind_icon(self, self.all_button.setIcon, "scenes")
        for button, words, tip in ((self.open_button, OPEN, OPEN_TIP), (self.all_button, ALL, ALL_TIP)):
            bind(self, button.setText, words)
            bind(self, button.setAccessibleName, words)
            bind(self, button.setToolTip, tip)
        self.open_button.clicked.connect(self.open_requested)
        self.all_button.clicked.connect(self.all_requested)
        layout.addWidget(heading, 0, 0, 1, 2)
        self._offer_buttons = (*self._scene_buttons, self.open_button, self.all_button)
        for place, button in enumerate(self._offer_buttons):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setStyleSheet("text-align: left; padding-left: 8px;")
            layout.addWidget(button, 1 + place // 2, place % 2)
        box.hide()
        return box

    def _say(self) -> None:
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("panel"))
        self.setPalette(palette)
        scene = self._scene
        if scene is not None:
            self.title.setText(keep_words_whole(language.say(NUMBERED, number=scene.number, title=scene.title)))
            self.question.setText(keep_words_whole(language.say(scene.question)))
            count, shown = len(scene.script), max(0, self._step)
            words = language.say(scene.script[shown]) if count else ""
            self.steps.setText(keep_words_whole(words))
            self.steps.setAccessibleName(words)
            self._scroll.setAccessibleName(words)
            has_steps = bool(count) and self._offers.isHidden()
            self._scroll.setVisible(has_steps)
            self.counter.set_sentence(f"{shown + 1}/{count}")
            self.back_button.setEnabled(shown > 0)
            self.on_button.setEnabled(shown < count - 1)
            for part in (self.back_button, self.counter, self.on_button):
                part.setVisible(has_steps and count > 1)
        for button, offered in zip(self._scene_buttons, self._offered, strict=False):
            words = language.say(NUMBERED, number=offered.number, title=offered.title)
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(language.say(offered.question))
        self._keep_whole()

    # -- Qt's own ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_whole()
