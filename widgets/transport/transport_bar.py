"""The transport bar: the timeline over the whole run, the buttons that walk it, the counter, the speed and the seed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lab.document.edits import MOST_SEED
from lab.protocol.commands import Pause, Play, Seek, Step
from lab.protocol.packet import Packet
from lab.protocol.session_states import TABLE
from models.words.text import Text
from widgets.kit.calm_controls import CalmSpinBox, StillLabel
from widgets.kit.language import bind, language
from widgets.kit.tab_order import one_after_another
from widgets.kit.theme import bind_icon, theme
from widgets.transport.timeline_slider import TimelineSlider

COUNTER_PX, RATE_PX = 24, 13
BUTTON_PX, PLAY_PX, SPEED_PX, TIGHT_SPEED_PX = 38, 48, 58, 46
GAP, TIGHT_GAP = 9, 5

PLAY = Text("Play (Space)", "재생 (Space)")
PLAY_VERB = Text("Play: {verb} (Space)", "재생: {verb} (Space)")
PAUSE = Text("Pause (Space)", "일시정지 (Space)")
PLAY_AGAIN = Text("Play again from the start (Space)", "처음부터 다시 재생 (Space)")
TIMELINE = Text("Timeline: drag to any iteration of the run", "타임라인: 끌어서 원하는 반복으로 이동")
SPEED = Text("Speed (+ and −)", "속도 (+, −)")
SEED = Text("Seed", "시드")
SEED_TIP = Text(
    "The seed (start number): the same seed gives the same run", "시드(시작 번호): 같은 시드는 같은 실행이 됩니다"
)
ANOTHER_START = Text("Another start (seed {seed} → {next})", "다른 시작 (시드 {seed} → {next})")
ANOTHER_START_TIP = Text("Another start, with the next seed (Ctrl+R)", "다음 시드로 다른 시작 (Ctrl+R)")
RATE = Text("{rate:,.0f} iterations/s", "초당 반복 {rate:,.0f}회")
SLOW_RATE = Text("{rate:.1f} iterations/s", "초당 반복 {rate:.1f}회")
COUNTER = Text("{place} · {phase}", "{place} · {phase}")
FRAME = Text(
    "Frame {iteration}.{moment} of {reached} iterations", "장면 번호 {iteration}.{moment}, 지금까지 반복 {reached}회"
)
SPEED_NAMES = (Text("slow", "천천히"), Text("normal", "보통"), Text("fast", "빠르게"), Text("max", "최고"))
# Buttons: name, icon, tooltip, (steps, unit), Ctrl makes an iteration an epoch.
STEPS = (
    ("iteration-back", "iteration-back", Text("One iteration back (Shift+←; with Ctrl one epoch)",
     "한 반복 뒤로 (Shift+←, Ctrl과 함께: 한 에포크)"), (-1, "iteration")),
    ("step-back", "step-back", Text("One step back (←)", "한 단계 뒤로 (←)"), (-1, "moment")),
    ("step-forward", "step-forward", Text("One step (→)", "한 단계 (→)"), (1, "moment")),
    ("iteration-forward", "iteration-forward", Text("One iteration (Shift+→; with Ctrl one epoch)",
     "한 반복 (Shift+→, Ctrl과 함께: 한 에포크)"), (1, "iteration")),
)  # fmt: skip
REWIND = Text("Rewind: the same start again (Home)", "처음으로: 같은 시작을 다시 (Home)")


def counter_words(packet: Packet | None) -> str:
    """Where the run stands in native units, and the phase; said once where both are called the same."""
    if packet is None or packet.place is None:
        return ""
    place = language.say(packet.place)
    phase = "" if packet.phase_name is None else language.say(packet.phase_name)
    return place if phase in ("", place) else language.say(COUNTER, place=place, phase=phase)


class TransportBar(QFrame):
    """Shows where a run stands, and asks for another place in it. Whole numbers of iterations on the timeline."""

    play_toggled = Signal()
    stepped = Signal(int, str)
    rewound = Signal()
    sought = Signal(int)
    speed_chosen = Signal(int)
    seed_edited = Signal(int)
    another_start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packet: Packet | None = None
        self._is_playing = False
        self._has_per_epoch = False
        self._counter_of = -1  # the run whose words the counter keeps room for
        self._play_icons: dict[tuple, QIcon] = {}
        self._play_painted: tuple | None = None
        self._is_tight, self._least_px, self._whole_px = False, 0, 0
        self.timeline = TimelineSlider(self)
        self.timeline.valueChanged.connect(self.on_timeline_moved)
        bind(self, self._name_timeline, TIMELINE)

        self.rewind_button = self._button("rewind", "rewind", REWIND)
        self.rewind_button.clicked.connect(self.rewound)
        self.step_buttons: dict[str, QToolButton] = {}
        for name, icon, tip, (count, unit) in STEPS:
            button = self.step_buttons[name] = self._button(name, icon, tip)
            button.clicked.connect(partial(self._step, count, unit))
        self.play_button = QToolButton(self)
        self.play_button.setObjectName("play")
        self.play_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.play_button.setFixedSize(PLAY_PX + 16, PLAY_PX)
        self.play_button.setIconSize(QSize(30, 30))
        self.play_button.clicked.connect(self.play_toggled)

        self.counter = StillLabel(self)
        self.counter.setObjectName("counter")
        self.counter.entered.connect(self._name_frame)
        self.set_scale(1.0)
        self.counter.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

        self.speed_buttons = self._speed_dial()
        self.rate = QLabel(self)
        small = self.rate.font()
        small.setPixelSize(RATE_PX)
        self.rate.setFont(small)
        metrics = QFontMetrics(small)
        self.rate.setFixedSize(metrics.horizontalAdvance("000,000 iterations/s") + 6, metrics.height())

        self.seed = CalmSpinBox(0, MOST_SEED, self)
        self.seed.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.seed.setFixedWidth(58)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seed.valueChanged.connect(self.seed_edited)
        bind(self, self._name_seed, SEED_TIP)
        self._seed_label = QLabel(self)
        bind(self, self._seed_label.setText, SEED)
        self._seed_label.setBuddy(self.seed)
        self.another = QPushButton(self)
        self.another.setObjectName("another-start")
        self.another.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.another.setMinimumHeight(32)
        self.another.clicked.connect(self.another_start_requested)
        bind_icon(self, self.another.setIcon, "dice")
        bind(self, self.another.setToolTip, ANOTHER_START_TIP)

        self._lay_out()
        self._set_enabled("unready")
        self.show_seed(7)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self._restyle()

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show_packet(self, packet: Packet | None, is_playing: bool) -> None:
        """Stand where the packet stands; None: nothing to walk in yet."""
        self._packet, self._is_playing = packet, is_playing
        self._set_enabled(packet.state if packet is not None else "unready")
        if packet is not None and not self.timeline.isSliderDown():
            self.timeline.blockSignals(True)
            self.timeline.setMaximum(max(1, packet.reached, packet.end or 0))
            self.timeline.setValue(packet.frame.iteration)
            self.timeline.setPageStep(max(1, self.timeline.maximum() // 20))
            self.timeline.blockSignals(False)
        self._say()

    def set_scale(self, scale: float) -> None:
        """The counter so many times larger."""
        font = self.counter.font()
        font.setPixelSize(round(COUNTER_PX * scale))
        font.setBold(True)
        self.counter.setFont(font)
        self._counter_of = -1
        if self._packet is not None:
            self._say()

    def show_speed(self, step: int) -> None:
        """The chosen step; Tab comes to it alone, arrows walk to the others."""
        if self.speed_buttons.checkedId() != step:
            self.speed_buttons.button(step).setChecked(True)
        for button in self.speed_buttons.buttons():
            policy = Qt.FocusPolicy.TabFocus if button.isChecked() else Qt.FocusPolicy.NoFocus
            if button.focusPolicy() != policy:
                button.setFocusPolicy(policy)

    def show_seed(self, seed: int) -> None:
        self.seed.blockSignals(True)
        self.seed.setValue(seed)
        self.seed.blockSignals(False)
        self._say_seed()

    @Slot()
    def on_look_changed(self) -> None:
        self._counter_of = -1  # its words are others in another language
        self._say()
        self._restyle()
        self._say_seed()

    # -- what is asked -----------------------------------------------------------------------------------------------

    @Slot(int)
    def on_timeline_moved(self, iteration: int) -> None:
        self.sought.emit(iteration)

    def _step(self, count: int, unit: str, _checked: bool = False) -> None:
        is_epoch = bool(QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier) and unit == "iteration"
        self.stepped.emit(count, "epoch" if is_epoch and self._has_per_epoch else unit)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _button(self, name: str, icon: str, tip: Text) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoRaise(True)
        button.setFixedSize(BUTTON_PX, BUTTON_PX)
        button.setIconSize(QSize(24, 24))
        bind_icon(self, button.setIcon, icon)
        bind(self, button.setToolTip, tip)
        bind(self, button.setAccessibleName, tip)
        return button

    def _speed_dial(self) -> QButtonGroup:
        group = QButtonGroup(self)
        group.setExclusive(True)
        for step, name in enumerate(SPEED_NAMES):
            button = QToolButton(self)
            button.setObjectName(f"speed-{step}")
            button.setProperty("isSpeed", True)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumSize(SPEED_PX, 32)
            bind(self, button.setText, name)
            bind(self, button.setToolTip, SPEED)
            bind(self, button.setAccessibleName, name)
            group.addButton(button, step)
        group.idClicked.connect(self.speed_chosen)
        return group

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        names = list(self.step_buttons)
        walk = (
            self.rewind_button,
            *(self.step_buttons[name] for name in names[:2]),
            self.play_button,
            *(self.step_buttons[name] for name in names[2:]),
        )
        for widget in walk:
            buttons.addWidget(widget)
        one_after_another((self.timeline, *walk, *self.speed_buttons.buttons(), self.seed, self.another))
        dial = QHBoxLayout()
        dial.setSpacing(0)
        for step in range(len(SPEED_NAMES)):
            dial.addWidget(self.speed_buttons.button(step))
        seed = QHBoxLayout()
        seed.setSpacing(6)
        for widget in (self._seed_label, self.seed, self.another):
            seed.addWidget(widget)
        row = self._row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addLayout(buttons)
        row.addSpacing(4)
        row.addLayout(dial)
        row.addWidget(self.rate)
        row.addStretch(1)
        row.addLayout(seed)
        place = QHBoxLayout()
        place.setSpacing(18)
        place.addWidget(self.timeline, 1)
        place.addWidget(self.counter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 2, 16, 6)
        layout.setSpacing(2)
        layout.addLayout(place)
        layout.addLayout(row)

    def _set_enabled(self, state: str) -> None:
        """Every button by the session's own table; play also after the end, where it plays the run again."""
        allowed = TABLE[state]  # type: ignore[index]
        packet = self._packet
        at_start = packet is None or (packet.frame.iteration == 0 and packet.frame.moment == 0)
        at_end = state in ("finished", "diverged")
        self.play_button.setEnabled(Play in allowed or Pause in allowed or state == "finished")
        for name, button in self.step_buttons.items():
            button.setEnabled(Step in allowed and not (at_start if name.endswith("back") else at_end))
        self.rewind_button.setEnabled(Seek in allowed or state == "failed")
        self.timeline.setEnabled(Seek in allowed and packet is not None and packet.reached > 0)

    def _paint_play(self) -> None:
        name, ratio = "pause" if self._is_playing else "play", self.devicePixelRatioF()
        key = (name, ratio, theme.name)
        if key == self._play_painted:
            return
        if key not in self._play_icons:
            self._play_icons[key] = _on_accent(name, self.play_button.iconSize(), ratio)
        self._play_painted = key
        self.play_button.setIcon(self._play_icons[key])

    def _restyle(self) -> None:
        accent, edge, raised, panel = (theme.color(name).name() for name in ("accent", "edge", "raised", "panel"))
        ink, text = theme.color("on_accent").name(), theme.color("text").name()
        bright = theme.color("accent").lighter(115).name()
        self.setStyleSheet(
            f"QToolButton#play {{ background: {accent}; border: none; border-radius: 10px; }}"
            f"QToolButton#play:hover {{ background: {bright}; }}"
            f"QToolButton#play:disabled {{ background: {raised}; }}"
            f"QToolButton#play:focus {{ border: 2px solid {text}; }}"
            f"QToolButton[isSpeed=true] {{ background: {panel}; color: {text}; border: 1px solid {edge}; "
            "border-radius: 0; padding: 2px 4px; }"
            f"QToolButton[isSpeed=true]:checked {{ background: {accent}; color: {ink}; border-color: {accent}; }}"
            f"QToolButton[isSpeed=true]:focus {{ border: 2px solid {text}; }}"
        )
        self._paint_play()

    def _say(self) -> None:
        packet = self._packet
        self._has_per_epoch = packet is not None and packet.per_epoch is not None
        is_known = packet is not None and packet.place is not None
        run = packet.version if is_known else self._counter_of
        keeps_room, self._counter_of = run == self._counter_of, run
        self.counter.set_words(counter_words(packet), keeps_room)
        if not self._is_playing or self.counter.underMouse():  # half a millisecond, for words that nobody asks for
            self._name_frame()
        rate = packet.rate if packet is not None and self._is_playing else 0.0
        self.rate.setText("" if rate <= 0 else language.say(RATE if rate >= 10 else SLOW_RATE, rate=rate))
        tip = self._play_words(packet)
        if tip != self.play_button.accessibleName():
            self.play_button.setToolTip(tip)
            self.play_button.setAccessibleName(tip)
        self._paint_play()

    @Slot()
    def _name_frame(self) -> None:
        packet = self._packet
        is_known = packet is not None and packet.place is not None
        self.counter.setToolTip(self._frame_words(packet) if is_known else "")

    @staticmethod
    def _frame_words(packet: Packet) -> str:
        place = {"iteration": packet.frame.iteration, "moment": packet.frame.moment, "reached": packet.reached}
        return language.say(FRAME, **place)

    def _play_words(self, packet: Packet | None) -> str:
        if packet is not None and packet.state == "finished":
            return language.say(PLAY_AGAIN)
        if self._is_playing:
            return language.say(PAUSE)
        if packet is not None and packet.verb is not None:
            return language.say(PLAY_VERB, verb=packet.verb)
        return language.say(PLAY)

    def _say_seed(self) -> None:
        seed = self.seed.value()
        self.another.setAccessibleName(language.say(ANOTHER_START, seed=seed, next=seed + 1))
        self._measure()

    def _measure(self) -> None:
        """How wide the row of buttons is with all of its words and without; then with those that there is room for."""
        margins = self.layout().contentsMargins()
        for is_tight in (True, False):
            self._set_tight(is_tight)
            self.layout().invalidate()
            self.layout().activate()  # every layout inside asks its parts again
            width = self._row.minimumSize().width() + margins.left() + margins.right()
            self._least_px, self._whole_px = (width, width) if is_tight else (self._least_px, width)
        self._set_tight(self._whole_px > self.width())
        self.updateGeometry()

    def _set_tight(self, is_tight: bool) -> None:
        """In a narrow window the buttons stay whole, and the words that a tooltip says too make way for them."""
        self._is_tight = is_tight
        self.another.setText("" if is_tight else self.another.accessibleName())
        self.rate.setHidden(is_tight)
        self._seed_label.setHidden(is_tight)
        self._row.setSpacing(TIGHT_GAP if is_tight else GAP)
        for button in self.speed_buttons.buttons():
            button.setMinimumWidth(TIGHT_SPEED_PX if is_tight else SPEED_PX)

    def _name_timeline(self, words: str) -> None:
        self.timeline.setToolTip(words)
        self.timeline.setAccessibleName(words)

    def _name_seed(self, words: str) -> None:
        self.seed.setToolTip(words)
        self.seed.setAccessibleName(words)

    # -- Qt's own ----------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(max(self._least_px, self.counter.minimumWidth() + 120), super().minimumSizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_tight != (self._whole_px > self.width()):
            self._set_tight(not self._is_tight)


def _on_accent(name: str, size: QSize, ratio: float) -> QIcon:
    """The one button that everybody looks for: the drawing in the accent's own ink on the accent."""
    icon = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, "on_accent"), (QIcon.Mode.Disabled, "disabled")):
        pixmap = theme.icon(name).pixmap(size, ratio)
        painter = QPainter(pixmap)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(pixmap.rect(), theme.color(ink))
        painter.end()
        icon.addPixmap(pixmap, mode)
    return icon
