"""Long work that a window does without being held: a step a turn of its event loop, or in a thread beside it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_LOOK_EVERY_MS = 15


class InTurns(QObject):
    """Runs a generator, its first step at once and then one in each turn of the event loop: keys and paintings come
    between. `done(result, error)`: what it returned, or what it raised. It ends with its parent."""

    done = Signal(object, object)

    def __init__(self, steps: Generator[None, None, Any], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self.on_turn)

    def start(self) -> None:
        self.on_turn()

    @Slot()
    def on_turn(self) -> None:
        try:
            next(self._steps)
        except StopIteration as end:
            self._finish(end.value, None)
        except Exception as error:  # whoever asked is told; a turn of the event loop has nobody above it
            self._finish(None, error)
        else:
            self._timer.start()

    def _finish(self, result: Any, error: Exception | None) -> None:
        self.done.emit(result, error)
        self.deleteLater()


class Beside(QObject):
    """Does one piece of work in a thread; it may touch no widget. `done(result, error)` comes in the window's own thread.
    Work that has begun is finished even when its parent is gone: the interpreter waits for it at its end."""

    done = Signal(object, object)

    def __init__(self, work: Callable[[], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._future: Future[Any] | None = None
        # A look now and then in place of a signal from the other thread: nobody can be gone when it arrives.
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.on_look)

    def start(self) -> None:
        self._future = _threads().submit(self._work)
        self._timer.start()

    @Slot()
    def on_look(self) -> None:
        if self._future is None or not self._future.done():
            return
        self._timer.stop()
        error = self._future.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        self.done.emit(None if error is not None else self._future.result(), error)
        self.deleteLater()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")


def run_through(steps: Generator[None, None, Any]) -> Any:
    """What a generator returns, all of its steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
