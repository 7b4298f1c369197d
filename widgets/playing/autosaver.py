"""Autosave: soon after each change the document is written to where a crash does not reach it, in a thread beside the
window. What is written is the frozen value that the document is at that moment; the window never waits for the disk.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lab.errors import LabError
from models.words.text import Said, Text
from widgets.playing.document import Document

if TYPE_CHECKING:
    from lab.document.autosaves import Autosaves, Left

log = logging.getLogger("learnscope.autosaves")

SOON_MS = 250  # after a change; those that follow within it are written with it
REST = 2  # a disk that takes a second for a version gets two seconds before the next
LATEST_MS = 8_000  # the longest rest: with five seconds for a version, and five for the one under way, less than 20
SIGN_MS = 60_000

NOT_KEPT = Text(
    "A crash would lose what is not saved: it cannot be kept on this computer. {why} Save your work often.",
    "이 컴퓨터에는 저장하지 않은 작업을 따로 보관할 수 없어, 프로그램이 갑자기 끝나면 사라집니다. {why} 자주 저장하세요.",
)


class Autosaver(QObject):
    """Keeps what the document holds while it is unsaved, and says what earlier windows left.

    `found(lefts)` answers `look`, `loaded(left, project or None)` answers `load`, `adopted(left, bool)` answers `adopt`.
    `troubled(said)` is sent once, when nothing can be kept.
    """

    found = Signal(object)
    loaded = Signal(object, object)
    adopted = Signal(object, bool)
    troubled = Signal(object)
    kept = Signal(float)  # seconds that it took
    _written = Signal(float, object)

    def __init__(self, document: Document, places: Sequence[Path] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._places = places
        self._autosaves: Autosaves | None = None  # of the thread alone
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_closed = self._is_writing = self._is_due = self._may_be_kept = self._is_in_trouble = False
        self._delay_ms = SOON_MS
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.on_due)
        self._sign = QTimer(self, interval=SIGN_MS)
        self._sign.timeout.connect(self.on_sign_due)
        self._written.connect(self.on_written)
        document.changed.connect(self.on_changed)
        document.state_changed.connect(self.on_changed)

    # -- what is unsaved -----------------------------------------------------------------------------------------------

    @Slot()
    @Slot(object, object)
    def on_changed(self, *_: object) -> None:
        if self._is_closed:
            return
        if not self._document.is_dirty:
            self._timer.stop()
            self._is_due = False
            if self._may_be_kept:
                self._may_be_kept = False
                self._do(self._drop)
            return
        self._is_due = True
        if not self._is_writing and not self._timer.isActive():
            self._timer.start(self._delay_ms)

    @Slot()
    def on_due(self) -> None:
        if self._is_closed or not self._document.is_dirty:
            return
        project, path = self._document.project_to_save(), self._document.path
        self._is_due, self._is_writing, self._may_be_kept = False, True, True
        self._do(lambda: self._keep(project, path))
        if not self._sign.isActive():
            self._sign.start()

    @Slot(float, object)
    def on_written(self, seconds: float, error: LabError | None) -> None:
        self._is_writing = False
        self._delay_ms = min(LATEST_MS, max(SOON_MS, round(REST * 1000 * seconds)))
        if error is None:
            self.kept.emit(seconds)
        elif not self._is_in_trouble:
            self._is_in_trouble = True
            self.troubled.emit(Said(NOT_KEPT, {"why": Text(error.said.say("en"), error.said.say("ko"))}))
        if self._document.is_dirty and (self._is_due or error is not None):
            self._timer.start(self._delay_ms if error is None else LATEST_MS)

    @Slot()
    def on_sign_due(self) -> None:
        self._do(lambda: self._store().sign())

    # -- what is left --------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask for what windows left that are gone."""
        self._do(self._look)

    def load(self, left: Left) -> None:
        """Ask for the project that a window left."""
        self._do(lambda: self._load(left))

    def adopt(self, left: Left) -> None:
        """Ask to have it as this window's own; what this window had is dropped."""
        self._may_be_kept = True
        self._do(lambda: self._emit(self.adopted, left, self._store().adopt(left)))

    def discard(self, left: Left) -> None:
        """Remove it for good."""
        self._do(left.discard)

    def close(self, within_s: float = 2.0, drops: bool = True) -> bool:
        """The window has been left on purpose: nothing of it is kept. True when the thread has ended in time."""
        if self._is_closed:
            return True
        self._is_closed = True
        self._timer.stop()
        self._sign.stop()
        if drops and self._thread is not None:
            self._do(self._drop)
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(within_s)
            return not self._thread.is_alive()
        return True

    # -- in the thread ---------------------------------------------------------------------------------------------------

    def _do(self, job: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="autosave", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                log.exception("the autosave's thread goes on")

    def _store(self) -> Autosaves:
        from lab.document import autosaves  # its zip files are not for the first picture

        if self._autosaves is None:
            if self._places is None:
                self._places = autosaves.places()
            self._autosaves = autosaves.Autosaves(self._places)
        return self._autosaves

    def _keep(self, project: object, path: Path | None) -> None:
        begun, failed = time.monotonic(), None
        try:
            self._store().keep(project, path)  # type: ignore[arg-type]
        except LabError as error:
            failed = error
            log.warning("unsaved work is not kept: %s", error)
        except Exception as error:
            failed = LabError(_FAULT, what=f"{type(error).__name__}: {error}"[:200])
            log.exception("unsaved work is not kept")
        self._emit(self._written, time.monotonic() - begun, failed)

    def _drop(self) -> None:
        self._store().drop()

    def _look(self) -> None:
        from lab.document import autosaves

        self._store()
        self._emit(self.found, autosaves.left_behind(self._places or ()))

    def _load(self, left: Left) -> None:
        try:
            project = left.load()
        except LabError as error:
            log.warning("what a window left cannot be opened: %s", error)
            project = None
        self._emit(self.loaded, left, project)

    def _emit(self, signal: Signal, *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the window may be gone by now
            if not self._is_closed:
                signal.emit(*values)  # type: ignore[attr-defined]


_FAULT = Text("A fault in the program ({what}) stands in the way.", "프로그램 결함({what}) 때문입니다.")
