from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QThread

from lab.data.datasets import empty
from lab.document.project import Experiment
from lab.protocol.commands import Begin, Frame, Look, Pause, Play, Seek, Step, Stop
from lab.protocol.packet import Packet
from widgets.playing.worker import Worker, newest


class FakeSession:
    """Counts iterations while it plays; every slice holds news."""

    def __init__(self, slice_s: float = 0.0005, fails_at: int | None = None) -> None:
        self.handled: list[object] = []
        self.threads: set[int] = set()
        self.slice_s, self.fails_at = slice_s, fails_at
        self.iteration, self.composed, self.advances = 0, 0, 0
        self.is_playing = self.is_fresh = False
        self.coarse_for = 0  # slices until a finer picture is there
        self.finer_at: float | None = None

    def handle(self, command) -> None:
        self.threads.add(threading.get_ident())
        self.handled.append(command)
        if isinstance(command, Play):
            self.is_playing = True
        if isinstance(command, Pause):
            self.is_playing = False
        if isinstance(command, Seek):
            self.iteration = command.frame.iteration
        self.is_fresh = True

    def advance(self, deadline: float) -> bool:
        self.advances += 1
        if not self.is_playing:
            return False
        time.sleep(self.slice_s)
        self.iteration += 1
        if self.iteration == self.fails_at:
            raise RuntimeError("step failed")
        self.is_fresh = True
        return True

    def refine(self, deadline: float) -> bool:
        if self.is_fresh or self.finer_at is None or time.perf_counter() < self.finer_at:
            return False
        self.coarse_for -= 1
        time.sleep(self.slice_s)
        if self.coarse_for <= 0:
            self.finer_at, self.is_fresh = None, True
        return self.is_fresh

    def has_news(self) -> bool:
        return self.is_fresh

    def next_due(self) -> float | None:
        return 0.0 if self.is_playing else None if self.is_fresh else self.finer_at

    def take_packet(self) -> Packet:
        self.composed += 1
        self.is_fresh = False
        return Packet(version=1, state="playing" if self.is_playing else "paused", frame=Frame(self.iteration))


@pytest.fixture
def started(qtbot):
    made = []

    def start(session: FakeSession) -> Worker:
        worker = Worker(lambda: (session, ("cpu",)))
        made.append(worker)
        with qtbot.waitSignal(worker.ready, timeout=3000) as ready:
            worker.start()
        assert ready.args == [("cpu",)]
        return worker

    yield start
    for worker in made:
        assert worker.close()


def taken(worker: Worker, qtbot, holds=lambda packet: True) -> Packet:
    found: list[Packet] = []

    def look() -> bool:
        packet = worker.take()
        if packet is not None and holds(packet):
            found.append(packet)
        return bool(found)

    qtbot.waitUntil(look, timeout=3000)
    return found[0]


def test_that_commands_reach_the_session_in_its_own_thread(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Play())
    taken(worker, qtbot, lambda packet: packet.frame.iteration > 3)
    assert session.handled == [Play()]
    assert session.threads.isdisjoint({threading.get_ident()}) and len(session.threads) == 1


def test_that_a_packet_is_composed_only_when_the_mailbox_is_empty(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Play())
    qtbot.waitUntil(lambda: session.iteration > 50, timeout=3000)
    assert session.composed == 1
    first = worker.take()
    qtbot.waitUntil(lambda: session.composed == 2, timeout=3000)
    assert first.frame.iteration < 50


def test_that_the_last_frame_before_a_pause_arrives(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Play())
    qtbot.waitUntil(lambda: session.iteration > 20, timeout=3000)
    worker.post(Pause())
    last = taken(worker, qtbot, lambda packet: packet.state == "paused")
    assert last.frame.iteration == session.iteration


def test_that_an_idle_worker_does_nothing_at_all(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Pause())
    taken(worker, qtbot)
    qtbot.wait(50)
    before = session.advances
    qtbot.wait(300)
    assert session.advances == before


def test_that_a_finer_picture_is_made_when_it_is_due_and_then_nothing_more(started, qtbot):
    session = FakeSession()
    worker = started(session)
    session.coarse_for, session.finer_at = 20, time.perf_counter() + 0.1
    worker.post(Pause())
    first = taken(worker, qtbot)
    qtbot.wait(40)
    assert session.coarse_for == 20 and worker.take() is None, "not before it is due"
    assert taken(worker, qtbot) is not first and session.composed == 2
    qtbot.wait(50)
    before = session.advances
    qtbot.wait(200)
    assert session.advances == before and worker.take() is None


def test_that_a_command_waits_for_one_slice_of_a_refinement_and_no_more(started, qtbot):
    session = FakeSession(slice_s=0.004)
    worker = started(session)
    session.coarse_for, session.finer_at = 10_000, time.perf_counter()
    worker.post(Pause())
    taken(worker, qtbot)
    qtbot.waitUntil(lambda: session.coarse_for < 9_990, timeout=3000)
    worker.post(Seek(Frame(7)))
    slices = session.coarse_for
    assert taken(worker, qtbot).frame == Frame(7)
    assert slices - session.coarse_for <= 20


def test_that_listening_is_answered_once(started, qtbot):
    session = FakeSession()
    worker = started(session)
    wakes = []
    worker.arrived.connect(lambda: wakes.append(1))
    worker.listen()
    worker.post(Play())
    qtbot.waitUntil(lambda: bool(wakes), timeout=3000)
    qtbot.wait(100)
    assert len(wakes) == 1


def test_that_listening_after_the_packet_came_is_answered_too(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Pause())
    qtbot.waitUntil(lambda: session.composed == 1, timeout=3000)
    with qtbot.waitSignal(worker.arrived, timeout=1000):
        worker.listen()


def test_that_the_newest_seek_wins_and_looks_never_pile_up():
    looks = [Look(0, i, 0, 1) for i in range(3)]
    commands = [Seek(Frame(1)), looks[0], Seek(Frame(2)), looks[1], Seek(Frame(3)), looks[2]]
    assert newest(commands) == [Seek(Frame(3)), looks[2]]


def test_that_a_seek_before_another_command_is_kept():
    commands = [Seek(Frame(9)), Step(1), Seek(Frame(3)), Play()]
    assert newest(commands) == commands


def test_that_only_the_last_of_several_rebuilds_is_run():
    begins = [Begin(empty(), Experiment(seed=i), i, keep_place=True) for i in range(4)]
    assert newest([*begins, Play()]) == [begins[-1], Play()]


def test_that_a_failing_session_is_told_and_the_thread_ends(started, qtbot):
    worker = started(FakeSession(fails_at=5))
    with qtbot.waitSignal(worker.failed, timeout=3000) as failed:
        worker.post(Play())
    assert "step failed" in failed.args[0]
    qtbot.waitUntil(lambda: not worker.is_running, timeout=2000)


def test_that_a_failing_start_is_told(qtbot):
    def broken():
        raise ImportError("no such library")

    worker = Worker(broken)
    with qtbot.waitSignal(worker.failed, timeout=3000) as failed:
        worker.start()
    assert "no such library" in failed.args[0]
    assert worker.close()


@pytest.mark.parametrize("command", [None, Pause(), Play()], ids=["idle", "paused", "playing"])
def test_that_it_closes_within_two_seconds(started, qtbot, command):
    session = FakeSession()
    worker = started(session)
    if command is not None:
        worker.post(command)
        qtbot.wait(50)
    begun = time.perf_counter()
    assert worker.close()
    assert time.perf_counter() - begun < 2.0
    assert isinstance(session.handled[-1], Stop)


def test_that_a_job_is_done_between_slices_in_the_worker(started, qtbot):
    session = FakeSession()
    worker = started(session)
    worker.post(Play())
    answers = []
    worker.answered.connect(lambda ticket, result, error: answers.append((ticket, result, error)))
    worker.ask(4, lambda driven: (driven is session, threading.get_ident() in session.threads, np.ones(2).sum()))
    worker.ask(5, lambda driven: 1 / 0)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=3000)
    assert answers[0] == (4, (True, True, 2.0), None)
    assert answers[1][0] == 5 and isinstance(answers[1][2], ZeroDivisionError)


def test_that_no_thread_is_left_running(started, qtbot):
    worker = started(FakeSession())
    worker.post(Play())
    worker.close()
    assert not any(thread.isRunning() for thread in worker.findChildren(QThread))
