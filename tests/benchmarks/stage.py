"""The real window on the stage: opened, shown, driven by its own player, watched by a timer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest

from lab.document.project import Project
from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PANE_IDS
from widgets.kit.settings import Settings
from widgets.window.app import make_application, set_long_lived_aside
from widgets.window.main_window import MainWindow

TICK_MS = 5
READY_WITHIN_S = 60.0  # torch is imported and, in a fresh checkout, kernels are compiled

_left_behind: list[Stage] = []  # a thread object that goes while its thread runs would end the process


class Stage(QObject):
    """A shown window with a running worker. Keeps the packets' figures: how many, how far, how late a timer is."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        make_application()
        self._folder = tempfile.TemporaryDirectory()
        self.window = MainWindow(Settings(Path(self._folder.name) / "bench.ini"), project)
        self.player = self.window.player
        self.plays_on = False  # play again from the start whenever a run ends
        self.shown: list[tuple[float, tuple[int, int], str]] = []  # time, frame, state of each packet shown
        self.iterations, self.runs = 0, 0
        self._last = 0
        self.late: list[float] = []
        self._ticked = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.on_tick)
        # After the window's own slot: a packet counts when the window has taken it in.
        self.player.shown.connect(self.on_shown)
        self.window.show()
        self.player.start()
        self.wait_until(lambda: self.player.is_ready and self.player.packet is not None, READY_WITHIN_S)
        set_long_lived_aside()  # as the program does

    # -- the loop ------------------------------------------------------------------------------------------------------

    def run_for(self, seconds: float) -> None:
        loop, timer = QEventLoop(), QTimer(singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(loop.quit)
        timer.start(round(seconds * 1000))
        loop.exec()

    def wait_until(self, holds: Callable[[], bool], within_s: float = 10.0) -> None:
        """Raises TimeoutError when it never holds."""
        end = time.perf_counter() + within_s
        while not holds():
            if time.perf_counter() > end:
                state = self.player.packet.state if self.player.packet is not None else "no packet"
                raise TimeoutError(f"the window did not get there ({state})")
            self.run_for(0.01)

    # -- what it does --------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        return self.player.packet.state

    def open(self, project: Project) -> None:
        """Another document, shown at its start."""
        self.plays_on = False
        self.player.pause()
        before = self.player.packet
        self.window.document.reset(project)
        self.wait_until(lambda: self.player.packet is not None and self.player.packet is not before)
        self.run_for(0.3)

    def play(self, plays_on: bool = True) -> None:
        self.plays_on = plays_on
        self._last = self.player.packet.frame.iteration
        if not self.player.is_playing:
            self.player.play_pause()

    def settle(self, seconds: float) -> None:
        """Until the run moves (a fresh checkout compiles at the first use), and some seconds more."""
        self.reset_counts()
        self.wait_until(lambda: self.iterations > 0, READY_WITHIN_S)
        self.run_for(seconds)
        self.reset_counts()

    def pause(self) -> None:
        self.plays_on = False
        self.player.pause()
        self.wait_until(lambda: self.state != "playing")

    def watch_everything(self) -> None:
        """Every pane is composed, whichever is in view."""
        self.window.watching.watch_also(frozenset(PANE_IDS))

    def watch_nothing_more(self) -> None:
        """Only the pane in view is composed."""
        self.window.watching.watch_also(frozenset())

    def press_play(self) -> float:
        """Press Space as a person does. -> when the key went down (time.perf_counter)."""
        begun = time.perf_counter()
        QTest.keyClick(self.window, Qt.Key.Key_Space)
        return begun

    def reset_counts(self) -> None:
        self.shown.clear()
        self.iterations = self.runs = 0

    @Slot(object)
    def on_shown(self, packet: Packet) -> None:
        self.shown.append((time.perf_counter(), tuple(packet.frame), packet.state))
        iteration = packet.frame.iteration
        self.iterations += max(0, iteration - self._last)
        self._last = iteration
        if self.plays_on and packet.state in ("finished", "diverged"):
            self.runs += 1
            self.player.rewind()
            self.player.play_pause()

    # -- the timer -----------------------------------------------------------------------------------------------------

    def lateness(self, seconds: float) -> list[float]:
        """How late (ms) each tick of a 5-ms timer in the window came, counted from the tick before it."""
        self.late.clear()
        self._ticked = 0.0
        self._timer.start()
        self.run_for(seconds)
        self._timer.stop()
        return list(self.late)

    @Slot()
    def on_tick(self) -> None:
        now = time.perf_counter()
        if self._ticked:
            self.late.append(max(0.0, (now - self._ticked) * 1000 - TICK_MS))
        self._ticked = now

    def close(self) -> tuple[float, bool]:
        """Close the window. -> (seconds that it took, whether the worker has ended)."""
        self.plays_on = False
        begun = time.perf_counter()
        self.window.close()
        took = time.perf_counter() - begun
        has_ended = self.player.close()
        if has_ended:
            self.window.deleteLater()
        else:
            _left_behind.append(self)
        self._folder.cleanup()
        return took, has_ended
