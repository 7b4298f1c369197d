"""The worker: one thread that drives a session in slices, and a mailbox with room for one packet.

The window pulls: it takes a packet on its own frame clock. Nothing is sent per frame; `arrived` is sent once after
the window has said, by `listen`, that its clock stands still. All that crosses is frozen records, numpy and text.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QThread, Signal

from lab.protocol.commands import Begin, Command, Look, Seek, Stop, Watch
from lab.protocol.packet import Packet
from lab.sessions import kernel_cache as kernels

SLICE_S = 0.004  # of work between two looks at the commands
BREATH_S = 0.0002  # a real sleep: hands the interpreter to the window (measured: p99 lateness 119 ms without)
STACK_BYTES = 16 * 2**20  # compiling kernels needs more than the half megabyte that some systems give a thread
CLOSE_WITHIN_S = 1.5  # what is left of two seconds when the process has to be torn down, too
LEAVE_IMPORTS_AFTER_S = 0.5  # an import cannot be stopped and holds nothing that could be lost: no use to wait for it

log = logging.getLogger("learnscope.worker")


class DrivenSession(Protocol):
    """What the worker needs of lab.sessions.session.Session."""

    def handle(self, command: Command) -> None: ...

    def advance(self, deadline: float) -> bool: ...

    def refine(self, deadline: float) -> bool: ...

    def has_news(self) -> bool: ...

    def take_packet(self) -> Packet: ...

    def next_due(self) -> float | None: ...


def prepare(is_patient: bool = False) -> tuple[DrivenSession, object]:
    """Import all that is heavy, in the worker: the session, every algorithm, the devices. -> (session, devices).

    `is_patient` is the session's: nobody waits for its surfaces.
    """
    kernels.use_cache()
    import models
    from lab.running import devices
    from lab.sessions.session import Session

    for row in models.CATALOGUE:
        models.can_load(row.id)  # one of an installed package that has no learner is left out, and told of
    for entry in models.broken():
        log.warning("%s\n%s", entry.said.say("en"), entry.trace)
    session = Session(is_patient=is_patient)
    return session, devices.probe()


def newest(commands: list[Command]) -> list[Command]:
    """The commands in order, without a Seek, Look, Watch or Begin that a newer one makes pointless.

    A Look or a Watch goes when another of its kind follows at any time; a Seek or Begin when the very next command, Looks apart, is
    of its own kind.
    """
    kept: list[Command] = []
    following: type | None = None
    seen: set[type] = set()
    for command in reversed(commands):
        if isinstance(command, (Look, Watch)):
            if type(command) not in seen:
                kept.append(command)
            seen.add(type(command))
            continue
        if not (isinstance(command, (Seek, Begin)) and following is type(command)):
            kept.append(command)
        following = type(command)
    return kept[::-1]


class Worker(QObject):
    """The window's side of the thread: post commands, take packets, ask for a job to be done between two slices.

    ready(devices): everything is imported. failed(sentence for the log): the loop has ended by an exception, of whatever kind.
    arrived(): a packet waits, sent once after `listen`. answered(ticket, result, error): a job has been done.
    compiling(is_on): a kernel that no cache has is being compiled, or is done; meanwhile no packet comes.
    noted(sentence): something about this computer that the person should know, once.
    """

    ready = Signal(object)
    failed = Signal(str)
    arrived = Signal()
    answered = Signal(int, object, object)
    compiling = Signal(bool)
    noted = Signal(object)

    def __init__(
        self, prepare: Callable[[], tuple[DrivenSession, object]] = prepare, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._thread = _Loop(self, prepare)
        self._closing_since: float | None = None

    def start(self) -> None:
        self._thread.start()

    def post(self, command: Command) -> None:
        """Hand a command over; safe from any thread, never waits."""
        self._thread.post(command)

    def ask(self, ticket: int, job: Callable[[Any], Any]) -> None:
        """Have `job(session)` done in the worker; `answered` brings what it returned or the exception it raised."""
        self._thread.post(_Job(ticket, job))

    def take(self) -> Packet | None:
        """The packet in the mailbox, which is empty afterwards, or None."""
        return self._thread.take()

    def listen(self) -> None:
        """The window's clock stands still: send `arrived` with the next packet."""
        self._thread.listen()

    @property
    def is_running(self) -> bool:
        return self._thread.isRunning()

    def close(self, within_s: float | None = None) -> bool:
        """Stop, quit and wait, `within_s` from the first call on (None: as long as makes sense). True when the thread
        has ended; it is never terminated."""
        if self._closing_since is None:
            self._closing_since = time.perf_counter()
        if within_s is None:
            within_s = CLOSE_WITHIN_S if self._thread.is_prepared else LEAVE_IMPORTS_AFTER_S
        self._thread.stop()
        self._thread.quit()
        left = within_s - (time.perf_counter() - self._closing_since)
        return self._thread.wait(max(0, int(left * 1000)))


class _Job:
    """Something to do with the session between two slices."""

    def __init__(self, ticket: int, work: Callable[[Any], Any]) -> None:
        self.ticket, self.work = ticket, work


class _Loop(QThread):
    """The thread. Fields are guarded by one condition; only `run` touches the session."""

    def __init__(self, worker: Worker, prepare: Callable[[], tuple[DrivenSession, object]]) -> None:
        super().__init__(worker)
        self.setStackSize(STACK_BYTES)
        self._worker, self._prepare = worker, prepare
        self._condition = threading.Condition()
        self._commands: deque[Command | _Job] = deque()
        self._slot: Packet | None = None
        self._is_stopping = False
        self._is_listening = False
        self.is_prepared = False

    def post(self, command: Command | _Job) -> None:
        with self._condition:
            self._commands.append(command)
            self._condition.notify()

    def take(self) -> Packet | None:
        with self._condition:
            packet, self._slot = self._slot, None
            if packet is not None:
                self._condition.notify()
            return packet

    def listen(self) -> None:
        with self._condition:
            self._is_listening = self._slot is None
            has_packet = not self._is_listening
        if has_packet:
            self._worker.arrived.emit()

    def stop(self) -> None:
        with self._condition:
            self._is_stopping = True
            self._commands.clear()
            self._condition.notify()

    def run(self) -> None:
        try:
            session, devices = self._prepare()
            self.is_prepared = True
            self._worker.ready.emit(devices)
            with kernels.announced(self._tell_of_compiling):
                self._drive(session)
            session.handle(Stop())
        except BaseException as error:  # a learner's SystemExit or KeyboardInterrupt ends this thread and nothing else
            self._tell_of(error)

    def _tell_of(self, error: BaseException) -> None:
        """The window hears of it whatever else fails, a log without memory or an error that cannot be said."""
        try:
            words = f"{type(error).__name__}: {error}"
            log.error("the worker has stopped", exc_info=error)
        except BaseException:
            words = type(error).__name__
        self._worker.failed.emit(words)

    def _tell_of_compiling(self, is_on: bool) -> None:
        self._worker.compiling.emit(is_on)
        said = None if is_on else kernels.trouble()
        if said is not None:
            self._worker.noted.emit(said)

    def _drive(self, session: DrivenSession) -> None:
        while not self._is_stopping:
            commands = self._drained()
            for command in commands:
                if isinstance(command, _Job):
                    self._do(command, session)
                else:
                    session.handle(command)
            if commands and session.has_news():
                self._slot = None  # a picture from before the commands is of no use any more
            session.advance(time.perf_counter() + SLICE_S)
            session.refine(time.perf_counter() + SLICE_S)
            if self._slot is None and session.has_news():
                self._deliver(session.take_packet())
            due = session.next_due()
            if due is not None and due <= time.perf_counter() + BREATH_S:
                time.sleep(BREATH_S)
            else:
                self._rest(session, None if due is None else due - time.perf_counter())

    def _rest(self, session: DrivenSession, seconds: float | None) -> None:
        """Block until there is something to do, or until the next moment is due."""
        with self._condition:
            self._condition.wait_for(
                lambda: self._is_stopping or self._commands or (self._slot is None and session.has_news()), seconds
            )

    def _drained(self) -> list[Command | _Job]:
        with self._condition:
            commands = list(self._commands)
            self._commands.clear()
        return newest(commands)

    def _deliver(self, packet: Packet) -> None:
        with self._condition:
            self._slot = packet
            is_awaited, self._is_listening = self._is_listening, False
        if is_awaited:
            self._worker.arrived.emit()

    def _do(self, job: _Job, session: DrivenSession) -> None:
        try:
            result, error = job.work(session), None
        except BaseException as raised:  # the job is over, the worker is not
            log.info("a job failed", exc_info=True)
            result, error = None, raised
        self._worker.answered.emit(job.ticket, result, error)
