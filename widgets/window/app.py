"""The program with a window: QApplication, language, theme, fonts, hooks; then the window, and only then the rest."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    QSocketNotifier,
    Qt,
    QTimer,
    QTranslator,
    Slot,
)
from PySide6.QtWidgets import QApplication, QWidget

from lab.console import say_aside
from lab.document import scenes
from lab.errors import LabError
from widgets.kit.garbage import Garbage
from widgets.kit.language import language
from widgets.kit.settings import Settings, log_folder
from widgets.kit.theme import theme
from widgets.playing import jobs
from widgets.playing.worker import Worker
from widgets.window.crash import CrashReporter
from widgets.window.keeping import Keeping
from widgets.window.main_window import MainWindow

log = logging.getLogger("learnscope")

SWITCH_S = 0.0001


def make_application() -> QApplication:
    """The QApplication with our name, style and typeface."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    # A thread that waits for the interpreter gets it within a tenth of a millisecond, not within five: the window is late
    # by less while the worker composes a picture.
    sys.setswitchinterval(SWITCH_S)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("learnscope")
    theme.apply(app)
    return app


class QtWords(QObject):
    """Qt's own words (Cut, Paste, OK ...) in the chosen language."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app, self._translator = app, QTranslator(self)
        language.changed.connect(self.on_language_changed)
        self.on_language_changed()

    @Slot()
    def on_language_changed(self) -> None:
        self._app.removeTranslator(self._translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if language.code == "ko" and self._translator.load("qtbase_ko", folder):
            self._app.installTranslator(self._translator)
        QLocale.setDefault(QLocale("ko_KR" if language.code == "ko" else "en_US"))


class Interrupts(QObject):
    """Ctrl-C in the terminal closes the window: a signal wakes Qt's loop through a socket."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        import socket  # after the first picture

        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._on_signal)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self.on_woken)

    @Slot()
    def on_woken(self) -> None:
        """Python's own handler runs now; the byte has done its work."""
        try:
            self._read.recv(64)
        except BlockingIOError:
            pass

    @staticmethod
    def _on_signal(_number: int, _frame: object) -> None:
        QApplication.quit()


def make_window(settings: Settings, path: Path | None = None, make_worker: Callable[[], Worker] = Worker) -> MainWindow:
    """The window with the first scene and two more offered beside it; `path` is opened once the algorithms are there."""
    window = MainWindow(settings, scenes.first_scene().project if path is None else None, make_worker)
    if path is None:
        window.card.offer(scenes.offered())
    else:
        window.player.ready.connect(_Opener(window, path).on_ready)
    return window


class FirstPaint(QObject):
    """Calls `then` once, when the window's first picture is on the screen."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then
        window.installEventFilter(self)

    @Slot()
    def on_painted(self) -> None:
        self._then()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.on_painted)  # the parts of the window are painted in the same pass
        return False


class _Begin(QObject):
    """What follows the first picture: Ctrl-C, the garbage collector, the worker, whose imports would hold it back."""

    def __init__(self, app: QApplication, window: MainWindow) -> None:
        super().__init__(window)
        self._app, self._window = app, window
        self._compiling: subprocess.Popen | None = None
        self.garbage = Garbage(self)
        window.player.ready.connect(self.on_ready)
        app.aboutToQuit.connect(self.on_quit)
        FirstPaint(window, self.on_painted)

    def on_painted(self) -> None:
        Interrupts(self._app)
        set_long_lived_aside()
        self.garbage.start()  # main.py switched it off: a start makes much and throws nothing away
        self._window.player.start()

    @Slot(object)
    def on_ready(self, _devices: object) -> None:
        set_long_lived_aside()
        if self._compiling is None:  # not again for a worker that took the place of one that failed
            self._compiling = jobs.compile_in_background()

    @Slot()
    def on_quit(self) -> None:
        """What compiles in the background is not to outlive the window; that it ends with a window that is killed is seen to
        by itself (`lab.sessions.kernel_cache`)."""
        if self._compiling is not None:
            self._compiling.kill()
            self._compiling.wait()
            self._compiling = None


def set_long_lived_aside() -> None:
    """What is imported by now stays to the end: the garbage collector need not go through it ever again, which would
    hold every thread for 150 ms with torch there."""
    gc.freeze()


class _Opener(QObject):
    """Opens the file of the command line when the algorithms that check it are imported."""

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window, self._path = window, path

    @Slot(object)
    def on_ready(self, _devices: object) -> None:
        self._window.player.ready.disconnect(self.on_ready)
        self._window.files.open_path(self._path)


def main(arguments: Sequence[str] = ()) -> int:
    """Open the window, with the experiment or table named in `arguments` if there is one. Returns the exit code."""
    app = make_application()
    settings = Settings()
    language.set(settings.language)
    theme.set(settings.theme)  # type: ignore[arg-type]
    QtWords(app)
    reporter = CrashReporter(parent=app)
    reporter.install(log_folder())
    try:
        window = make_window(settings, Path(arguments[0]).absolute() if arguments else None)
    except LabError as error:
        say_aside(str(error))
        return 2
    reporter.save = window.files.save
    keeping = Keeping(window)
    if settings.geometry != QByteArray():
        window.restoreGeometry(settings.geometry)
    window.show()
    _Begin(app, window)
    code = app.exec()
    # A window that is still open did not say that its work may go: what is kept of it is offered at the next start.
    has_ended = keeping.close(drops=not window.isVisible())
    if not window.player.close() or not has_ended:
        # A thread is inside a library, or waits for a disk, that does not come back: leave without tearing it down.
        logging.shutdown()
        os._exit(code)
    return code
