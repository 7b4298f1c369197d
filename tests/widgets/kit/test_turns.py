"""Long work of a window: a step a turn, or in a thread; told once, and gone with whoever asked."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Slot

from widgets.kit.turns import Beside, InTurns, run_through


class Ear(QObject):
    """Hears what came of it, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list = []

    @Slot(object, object)
    def on_done(self, result: object, error: object) -> None:
        self.heard.append((result, error, threading.current_thread()))


def counting(steps: int, seen: list):
    for k in range(steps):
        seen.append(k)
        yield
    return steps


def test_that_the_first_step_is_done_at_once_and_the_event_loop_turns_between_the_others(qtbot):
    owner, seen, between = QObject(), [], []
    ticker = QTimer(owner, interval=0)
    ticker.timeout.connect(lambda: between.append(len(seen)))
    ticker.start()
    job = InTurns(counting(4, seen), owner)
    ear = Ear()
    job.done.connect(ear.on_done)
    job.start()
    assert seen == [0] and ear.heard == []
    qtbot.waitUntil(lambda: bool(ear.heard), timeout=20_000)
    assert ear.heard[0][:2] == (4, None) and seen == [0, 1, 2, 3]
    assert len(set(between)) >= 3, "other events came between the steps"


def test_that_a_fault_in_a_step_is_told_and_not_raised(qtbot):
    def failing():
        yield
        raise ValueError("no")

    owner, ear = QObject(), Ear()
    job = InTurns(failing(), owner)
    job.done.connect(ear.on_done)
    job.start()
    qtbot.waitUntil(lambda: bool(ear.heard), timeout=20_000)
    result, error, _ = ear.heard[0]
    assert result is None and isinstance(error, ValueError)


def test_that_work_in_turns_ends_with_its_owner(qtbot):
    owner, seen = QObject(), []
    InTurns(counting(10_000, seen), owner).start()
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.wait(50)
    assert len(seen) < 10_000


@pytest.mark.parametrize("fails", [False, True])
def test_that_work_beside_is_done_in_a_thread_and_told_in_that_of_its_owner(qtbot, fails):
    owner, ear, where = QObject(), Ear(), []

    def work() -> int:
        where.append(threading.current_thread())
        if fails:
            raise OSError("full")
        return 7

    job = Beside(work, owner)
    job.done.connect(ear.on_done)
    job.start()
    qtbot.waitUntil(lambda: bool(ear.heard), timeout=20_000)
    result, error, thread = ear.heard[0]
    assert where[0] is not threading.main_thread() and thread is threading.main_thread()
    assert (result, isinstance(error, OSError)) == ((None, True) if fails else (7, False))


def test_that_all_steps_at_once_give_the_same():
    seen: list = []
    assert run_through(counting(3, seen)) == 3 and seen == [0, 1, 2]
