"""Presentation mode: the plane, the counter, the narration and one formula, large; everything else out of the way.

Keys are those of a presenter's remote: F5 starts, Esc leaves, Page Down and Page Up turn the script of a scene (outside
a scene they step), B and the full stop black the screen until any key. A pane's own key brings it as a half of the
screen and puts it away again. F5 while it is on does nothing: a remote's start key, pressed twice, must not surprise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QKeySequence, QMouseEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QSplitter, QVBoxLayout, QWidget

from lab.protocol.pane_kinds import PaneId
from models.words.text import Text
from widgets.kit.calm_controls import fit_letters, keep_words_whole
from widgets.kit.keyboard import latin_letter
from widgets.kit.language import bind, language
from widgets.kit.remembered import Remembered
from widgets.kit.theme import theme
from widgets.panes.kinds import KEYS
from widgets.transport.transport_bar import counter_words

if TYPE_CHECKING:
    from widgets.lessons.lesson_card import LessonCard
    from widgets.panes.numbers.view import FormulaBand
    from widgets.panes.panes import Panes
    from widgets.playing.player import Player
    from widgets.side.side_panel import SidePanel
    from widgets.stages.plane.plane_view import PlaneView
    from widgets.transport.narration_bar import NarrationBar
    from widgets.transport.status_line import StatusLine
    from widgets.transport.transport_bar import TransportBar

COUNTER_PX, LESSON_PX, LEAST_PX = 32, 21, 13
COUNTER_SHARE = 0.55  # of the strip's width, where there is a lesson beside it
NARRATION, PLANE, PANES = 1.3, 1.3, 1.3  # how much larger than in the window
BASE_HEIGHT = 720
SETTLING_MS = 1000  # within this time a window that leaves the full screen has its old size

STEP = Text("{at} · {step}", "{at} · {step}")
STRIP = Text("Where the run stands, and the step of the lesson", "실행 위치와 수업 단계")
DARK = Text("Black screen: any key goes on", "검은 화면: 아무 키나 누르면 돌아갑니다")

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class Strip(QFrame):
    """The counter in native units, large, and beside it the words of the lesson's step, as large as they fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self.counter, self.lesson = QLabel(), QLabel()
        for label, side in ((self.counter, Qt.AlignmentFlag.AlignLeft), (self.lesson, Qt.AlignmentFlag.AlignRight)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.lesson.setWordWrap(True)
        self.lesson.setMinimumWidth(1)
        self.counter.setMinimumWidth(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 4, 20, 4)
        layout.setSpacing(28)
        layout.addWidget(self.counter)
        layout.addWidget(self.lesson, 1)
        self.setAutoFillBackground(True)
        bind(self, self.setAccessibleName, STRIP)
        theme.changed.connect(self.on_theme_changed)
        self.set_scale(1.0)
        self.on_theme_changed()

    def set_scale(self, scale: float) -> None:
        self._scale = scale
        font = QFont(self.counter.font())
        font.setWeight(QFont.Weight.Bold)
        self.counter.setFont(font)
        self.setFixedHeight(round(2.0 * COUNTER_PX * scale) + 8)
        self._fit()

    def show_words(self, counter: str, lesson: str) -> None:
        if counter != self.counter.text():
            self.counter.setText(counter)
            self.counter.setAccessibleName(counter)
        if lesson != self.lesson.accessibleName():
            self.lesson.setText(keep_words_whole(lesson))
            self.lesson.setAccessibleName(lesson)
        self._fit()

    def _fit(self) -> None:
        """The counter's letters large, but within its share of the strip; the lesson's as large as its place lets them."""
        margins = self.layout().contentsMargins()
        whole = self.width() - margins.left() - margins.right() - self.layout().spacing()
        height = self.height() - margins.top() - margins.bottom()
        share = whole if not self.lesson.text() else round(COUNTER_SHARE * whole)
        least, room = LEAST_PX * self._scale, whole - self.counter.sizeHint().width()
        fit_letters(self.counter, COUNTER_PX * self._scale, least, share, height)
        fit_letters(self.lesson, LESSON_PX * self._scale, least, room, height)

    @Slot()
    def on_theme_changed(self) -> None:
        for widget, role, colour in (
            (self, QPalette.ColorRole.Window, "panel"),
            (self.counter, QPalette.ColorRole.WindowText, "accent"),
            (self.lesson, QPalette.ColorRole.WindowText, "text"),
        ):
            palette = QPalette()
            palette.setColor(role, theme.color(colour))
            widget.setPalette(palette)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Curtain(QWidget):
    """Black over the whole window; any key or click takes it away and does nothing else."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._focus = Remembered(None, self)
        self.setAutoFillBackground(True)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(Qt.GlobalColor.black))
        self.setPalette(palette)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setCursor(Qt.CursorShape.BlankCursor)
        bind(self, self.setAccessibleName, DARK)
        self.hide()

    def draw(self) -> None:
        self._focus.deleteLater()
        self._focus = Remembered(self.window().focusWidget(), self)
        self.setGeometry(self.parentWidget().rect())
        self.show()
        self.raise_()
        self.setFocus()

    def open(self) -> None:
        self.hide()
        if self._focus.widget is not None:
            self._focus.widget.setFocus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut works in the dark
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
        modifiers = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
        if event.key() not in modifiers and not event.isAutoRepeat():
            self.open()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.open()


@dataclass(frozen=True)
class _Before:
    """The window as it was."""

    state: Qt.WindowState
    size: QSize
    hidden: tuple[tuple[QWidget, bool], ...]
    split: QByteArray
    middle: QByteArray
    focus: Remembered
    pane: PaneId


class Presented(QMainWindow):
    """The rooms that a window must have to be presented."""

    player: Player
    plane: PlaneView
    panes: Panes
    card: LessonCard
    narration: NarrationBar
    transport: TransportBar
    status: StatusLine
    side: SidePanel
    right: QWidget
    middle: QSplitter
    split: QSplitter


class Presentation(QObject):
    """Turns the window into a presentation and back. `toggled(is_on)` after each; `watched` are the panes whose records
    it shows without their being in view. Its keys work from the start; what it shows is made when it is first on."""

    toggled = Signal(bool)

    def __init__(self, window: Presented) -> None:
        super().__init__(window)
        self._window = window
        self._before: _Before | None = None
        self._sizes: _Before | None = None  # still to be put right while the window leaves the full screen
        self._pane: PaneId | None = None
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(self.on_settled)
        window.player.told.connect(self.on_told)
        window.card.step_changed.connect(self.on_told)
        language.changed.connect(self.on_told)
        window.installEventFilter(self)

    @cached_property
    def _strip(self) -> Strip:
        return self._put_before(self._window.middle, Strip())

    @cached_property
    def _band(self) -> FormulaBand:
        from widgets.panes.numbers.view import FormulaBand

        return self._put_before(self._window.narration, FormulaBand())

    @cached_property
    def _curtain(self) -> Curtain:
        return Curtain(self._window)

    def _put_before(self, neighbour: QWidget, part: Any) -> Any:
        """A part of the presentation into the column in the middle of the window, out of sight."""
        rows = self._window.middle.parentWidget().layout()
        assert isinstance(rows, QVBoxLayout)
        part.hide()
        rows.insertWidget(rows.indexOf(neighbour), part)
        return part

    # -- on and off --------------------------------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        return self._before is not None

    @property
    def is_black(self) -> bool:
        return "_curtain" in vars(self) and not self._curtain.isHidden()

    @property
    def pane(self) -> PaneId | None:
        """The pane that has half of the screen, if one has."""
        return self._pane

    @property
    def watched(self) -> frozenset[str]:
        return frozenset({"numbers"}) if self.is_on else frozenset()

    def toggle(self) -> None:
        if self.is_on:
            self.leave()
        else:
            self.start()

    def start(self) -> None:
        if self.is_on:
            return
        window = self._window
        away = (window.menuBar(), window.side, window.right, window.transport, window.status)
        self._sizes = None
        self._before = _Before(
            window.windowState(),
            window.size(),
            tuple((part, part.isHidden()) for part in away),
            window.split.saveState(),
            window.middle.saveState(),
            Remembered(window.focusWidget(), self),
            window.panes.current,
        )
        for part in away:
            part.hide()
        window.card.put_away(True)
        self._strip.show()
        self._band.show()
        self._emphasise(NARRATION, PLANE, PANES)
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        window.activateWindow()
        window.plane.setFocus()
        self._rescale()
        self.on_told()
        self.toggled.emit(True)

    def leave(self) -> None:
        """Everything as it was before: visible or hidden, as large, in the same kind of window."""
        before = self._before
        if before is None:
            return
        window = self._window
        self._before = None
        if self.is_black:
            self._curtain.open()
        if self._pane is not None:
            self._pane = None
            window.panes.show_pane(before.pane)
        self._strip.hide()
        self._band.hide()
        self._emphasise(1.0, 1.0, 1.0)
        for part, was_hidden in before.hidden:
            part.setVisible(not was_hidden)
        window.card.put_away(False)
        window.setWindowState(before.state)
        window.activateWindow()
        self._sizes = before
        self._restore_sizes()
        self._settling.start()
        focus = before.focus.widget
        if focus is None or not focus.isVisible():
            focus = window.plane  # the field belonged to another algorithm
        focus.setFocus()
        before.focus.deleteLater()
        self.toggled.emit(False)

    def _emphasise(self, narration: float, plane: float, panes: float) -> None:
        self._window.narration.set_emphasis(narration)
        self._window.plane.set_emphasis(plane)
        self._window.panes.set_emphasis(panes)

    # -- what is asked for while it is on ------------------------------------------------------------------------------

    def turn(self, by: int) -> None:
        """The next step of the scene's script, or outside a scene the next moment; back with -1."""
        if self._window.card.scene is not None:
            self._window.card.turn(by)
        else:
            self._window.player.step(by)

    def bring(self, pane: PaneId) -> None:
        """Give a pane half of the screen, or take it back. A pane that says nothing here does not come."""
        window = self._window
        if self._pane == pane:
            self._pane = None
            window.right.hide()
        elif pane in window.panes.offered:
            self._pane = pane
            window.panes.show_pane(pane)
            window.right.show()
            self._halve()

    def _halve(self) -> None:
        half = (self._window.middle.width() - self._window.middle.handleWidth()) // 2
        self._window.middle.setSizes([half, half])

    def darken(self) -> None:
        self._curtain.draw()

    def _job_for(self, event: QKeyEvent) -> Callable[[], object] | None:
        """What a key asks for, or None where it is no key of ours."""
        key = event.key()
        if key == Qt.Key.Key_F5 and event.modifiers() in (*_PLAIN, Qt.KeyboardModifier.ShiftModifier):
            return self.start
        if not self.is_on or event.modifiers() not in _PLAIN:
            return None
        if key == Qt.Key.Key_Period or latin_letter(event) == "B":
            return self.darken
        jobs: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Escape: self.leave,
            Qt.Key.Key_PageDown: partial(self.turn, 1),
            Qt.Key.Key_PageUp: partial(self.turn, -1),
        }
        jobs |= {QKeySequence(name)[0].key(): partial(self.bring, pane) for pane, name in KEYS.items()}
        return jobs.get(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride:
            if self._job_for(event) is None:  # type: ignore[arg-type]
                return False
            if self.is_on:
                self._window.plane.setFocus()  # a pane that scrolls would keep Page Down for itself
            event.accept()
            return True
        if kind == QEvent.Type.KeyPress:
            job = self._job_for(event)  # type: ignore[arg-type]
            if job is not None and not event.isAutoRepeat():  # type: ignore[attr-defined]
                job()
            return job is not None
        if kind == QEvent.Type.Resize:
            QTimer.singleShot(0, self.on_resized)
        elif kind == QEvent.Type.Close:
            self.leave()
        return False

    # -- what it shows -------------------------------------------------------------------------------------------------

    @Slot()
    def on_told(self) -> None:
        if not self.is_on:
            return
        player = self._window.player
        packet = player.packet if player.is_current else None
        self._strip.show_words(counter_words(packet), self._lesson())
        if packet is not None:
            self._band.show_packet(packet)

    def _lesson(self) -> str:
        card = self._window.card
        if card.scene is None or card.lesson is None:
            return ""
        if card.step < 0:
            return language.say(card.lesson)
        return language.say(STEP, at=f"{card.step + 1}/{len(card.scene.script)}", step=card.lesson)

    @Slot()
    def on_resized(self) -> None:
        if self._sizes is not None:
            self._restore_sizes()
        if self.is_on:
            self._rescale()
            if self._pane is not None:
                self._halve()
            if self.is_black:
                self._curtain.setGeometry(self._window.rect())

    @Slot()
    def on_settled(self) -> None:
        self._sizes = None

    def _restore_sizes(self) -> None:
        """The splitters as they were: now, and again when the window has its old size."""
        self._window.split.restoreState(self._sizes.split)
        self._window.middle.restoreState(self._sizes.middle)

    def _rescale(self) -> None:
        scale = min(2.0, max(1.0, self._window.height() / BASE_HEIGHT))
        self._strip.set_scale(scale)
        self._band.set_scale(0.8 * scale)
