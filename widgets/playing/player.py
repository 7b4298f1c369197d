"""The player: turns what people do into commands for the worker, and hands the packets that come back to the views.

It alone decides when a change of the document makes a new run at once, and when the run on screen merely becomes
stale (its points edited, its marks as learned) until somebody goes back to the start.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

import models
from lab.data.datasets import Dataset
from lab.document.changes import Change, Schedule
from lab.document.project import Project
from lab.document.upshot import Comparison
from lab.protocol.commands import (
    Apply,
    Begin,
    ClearChanges,
    Frame,
    Look,
    Pause,
    Play,
    Seek,
    Step,
    StepUnit,
    TakeBranch,
    Watch,
)
from lab.protocol.packet import Packet
from lab.protocol.session_states import SPEEDS
from models.core.moment import Pin
from models.words.text import Said, Text
from widgets.playing.document import Document
from widgets.playing.pacing import READ_EVERY_S, Pacing
from widgets.playing.pane_memory import PaneMemory
from widgets.playing.worker import Worker
from widgets.transport.narration_bar import Tone

SLOW_GLIDE_MS, FAST_GLIDE_MS = 450, 150
PATIENCE_MS = 400  # that kernels are compiled is worth a sentence when it lasts longer

CLEAR_CHANGES = Text("take back all changes of the run", "실행 중에 바꾼 것 모두 되돌리기")
TAKE_BRANCH = Text("exchange the rest of the run", "실행의 뒷부분 바꾸기")

Stale = Literal["", "data", "settings"]


class WorkerLostError(Exception):
    """A job cannot be done: the worker that should do it has failed."""


class Player(QObject):
    """One run on screen. `shown(packet)` follows every packet of the current run, `told` every change of what the
    narration line has to say, `cleared` the start of a run whose first packet is still under way."""

    shown = Signal(object)
    told = Signal()
    cleared = Signal()
    ready = Signal(object)

    def __init__(
        self, document: Document, make_worker: Callable[[], Worker] = Worker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._make_worker = document, make_worker
        self._version = 0
        self._begun: Project | None = None
        self._look: Look | None = None
        self._watch = Watch()
        self._tickets = itertools.count(1)
        self._answers: dict[int, Callable[[Any, Exception | None], None]] = {}
        self._memory = PaneMemory()
        self._says = 0  # how often words were said
        self._change: Text | None = None  # what a person asked to change in the run, until a packet has it
        self._noted = -1  # the run whose recorded changes the document knows
        self.packet: Packet | None = None
        self.stale: Stale = ""
        self.message: Said | None = None
        self.message_tone: Tone = "warning"
        self.failure = ""
        self.is_ready = False
        self.is_preparing = False  # a packet is awaited, and kernels are compiled for it
        self._is_compiling = self._is_awaited = False
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.on_patience_ended)
        self.pacing = Pacing(self)
        self.pacing.frame.connect(self.on_frame)
        self.pacing.words.connect(self.on_words_due)
        self.pacing.idle.connect(self.on_idle)
        self._worker = self._hire()
        document.changed.connect(self.on_document_changed)
        document.opened.connect(self.on_document_opened)
        document.rescheduled.connect(self.on_rescheduled)

    def start(self) -> None:
        """Start the worker and the run of the document."""
        self._worker.start()
        self.begin()

    def close(self) -> bool:
        """End the worker; True when it ended within two seconds."""
        self.pacing.stop()
        return self._worker.close()

    def restart(self) -> None:
        """A new worker after one that failed."""
        if self._worker.is_running and not self.failure:
            return
        if self._worker.close():  # else it stays until it comes back: a running thread must not be destroyed
            self._worker.deleteLater()
        self.failure, self.is_ready, self.is_preparing = "", False, False
        self._is_compiling = False
        self._answers.clear()
        self._worker = self._hire()
        self._worker.start()
        self.begin()

    # -- what people ask ---------------------------------------------------------------------------------------------

    @property
    def is_playing(self) -> bool:
        if self.pacing.is_settling or self.packet is None or self.is_preparing:
            return self.pacing.wants_play
        return self.packet.state == "playing"

    @property
    def dataset(self) -> Dataset | None:
        """The data of the run on screen, which may be older than the document's."""
        return self._begun.dataset if self._begun is not None else None

    @property
    def speed(self) -> float | None:
        return SPEEDS[self._document.project.view.speed]

    def play_pause(self) -> None:
        """Play, pause, or after the end play the same run again."""
        if self.is_playing:
            self.pause()
            return
        state = self.packet.state if self.packet is not None else ""
        if state == "finished" or state == "diverged" and self.stale:
            self.rewind()
        self._post(Play(self.speed))
        self.pacing.press(True)
        self._tell()

    def pause(self) -> None:
        self._post(Pause())
        self.pacing.press(False)
        self._tell()

    def step(self, n: int, unit: StepUnit = "moment") -> None:
        self.pacing.press(False)
        self._post(Step(n, unit))

    def seek(self, iteration: int) -> None:
        self.pacing.press(False)
        self._post(Seek(Frame(iteration, -1 if iteration else 0)))

    def rewind(self) -> None:
        """The same start again: of this run, or with the changes that were waiting for it."""
        self.pacing.press(False)
        if self.stale or self.packet is None or self.packet.state == "failed":
            self.begin()
        else:
            self._post(Seek(Frame(0, 0)))

    def set_speed(self, step: int) -> None:
        view = self._document.project.view
        step = min(max(0, step), len(SPEEDS) - 1)
        self._document.set_view(type(view)(step, view.surface, view.test_points))
        if self.is_playing:
            self._post(Play(self.speed))
        self._tell()

    def apply(self, change: Change, label: Text) -> None:
        """A change of the run from the shown frame on; `label` names it where it can be taken back."""
        self._change_run(Apply(change), label)

    def clear_changes(self) -> None:
        self._change_run(ClearChanges(), CLEAR_CHANGES)

    def take_branch(self) -> None:
        self._change_run(TakeBranch(), TAKE_BRANCH)

    def _change_run(self, command: Apply | ClearChanges | TakeBranch, label: Text) -> None:
        self._change = label
        self._post(command)

    def look(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self._worker.post(look)
            self.pacing.wake()

    def watch(self, watch: Watch) -> None:
        """Which panes are seen, and what is pinned."""
        if watch != self._watch:
            self._watch = watch
            self._worker.post(watch)
            self.pacing.wake()

    @property
    def pin(self) -> Pin:
        """What is picked out."""
        return self._watch.pin

    def say(self, message: Said | None, tone: Tone = "warning") -> None:
        """A sentence for the narration line, until the next thing that a person does."""
        self.message, self.message_tone = message, tone
        self._tell()

    def ask(self, job: Callable[[Any], Any], answer: Callable[[Any, Exception | None], None]) -> None:
        """Have job(session) done in the worker, then answer(result, error) here."""
        if self.failure:
            answer(None, WorkerLostError(self.failure))
            return
        ticket = next(self._tickets)
        self._answers[ticket] = answer
        self._worker.ask(ticket, job)

    # -- runs --------------------------------------------------------------------------------------------------------

    @property
    def is_current(self) -> bool:
        """Whether the packet on screen belongs to the newest run."""
        return self.packet is not None and self._is_current(self.packet)

    @property
    def has_progress(self) -> bool:
        """Whether the run has left its start: changes are then recorded in the run, not in the document."""
        if self.packet is None or not self._is_current(self.packet):
            return False
        return self.packet.frame.iteration > 0 or self.is_playing

    def begin(self, keep_place: bool = False, schedule: Schedule | None = None) -> None:
        """A new run of the document, with the changes recorded in the last one where they still belong to it, or with
        these."""
        project = self._document.project
        keeps = schedule is None and self._begun is not None
        keeps = keeps and Comparison(self._begun, project, self.params()).keeps_schedule
        if schedule is None:
            schedule = self._document.schedule if keeps else project.experiment.schedule
        self._version += 1
        self._begun = project
        self.stale = ""
        if not keep_place:
            self.pacing.press(False)
            self.cleared.emit()
        experiment = project.experiment.replace(schedule=schedule)
        self._post(Begin(project.dataset, experiment, self._version, keep_place, keeps))
        self._tell()

    @Slot(object)
    def on_rescheduled(self, schedule: Schedule) -> None:
        """A change of the run was taken back, or made again: the run as it is with these, at the same place."""
        self.message = None
        self.begin(keep_place=True, schedule=schedule)

    @Slot(object, object)
    def on_document_changed(self, old: Project, new: Project) -> None:
        self.message = None
        if self._begun is None:
            return
        packet = self.packet
        upshot = Comparison(self._begun, new, self.params()).upshot(
            rebuilds=packet is not None and packet.rebuilds and self._is_current(packet),
            has_progress=packet is not None and (packet.frame.iteration > 0 or self.is_playing),
        )
        if upshot in ("begin", "keep_place"):
            self.begin(keep_place=upshot == "keep_place")
        else:
            self.stale = "" if upshot == "same" else upshot
        self._tell()

    @Slot(object)
    def on_document_opened(self, project: Project) -> None:
        self.message = None
        self._begun = self.packet = None
        self.begin()

    # -- packets -----------------------------------------------------------------------------------------------------

    @Slot()
    def on_frame(self) -> None:
        packet = self._worker.take()
        if packet is None:
            self.pacing.note_silence()
            self._settle()
            return
        self.pacing.note_news()
        if not self._is_current(packet):
            return
        was_preparing, self.is_preparing = self.is_preparing, False
        self._is_awaited = packet.state == "playing"
        self.packet = packet = self._memory.completed(packet)
        self._note_schedule(packet)
        says = self._says
        self.shown.emit(packet)
        if says != self._says:
            return  # somebody who saw it asked for something, and all was said anew
        if was_preparing or self._is_readable(packet):
            self._tell()
        else:
            self.pacing.follow()

    def _note_schedule(self, packet: Packet) -> None:
        """What a person changed in this run can be undone; what a new run brings with it belongs to its beginning."""
        is_asked = self._change is not None and packet.version == self._noted
        if packet.schedule != self._document.schedule:
            self._document.note_schedule(packet.schedule, self._change if is_asked else None)
            self._change = None
        self._noted = packet.version

    @Slot()
    def on_words_due(self) -> None:
        self._tell()

    @Slot()
    def on_idle(self) -> None:
        self._worker.listen()

    def _tell(self) -> None:
        self._says += 1
        self.pacing.note_told()
        self.told.emit()

    def _is_readable(self, packet: Packet) -> bool:
        """Whether this packet stays long enough to be read: else words and curves are renewed now and then alone."""
        return packet.state != "playing" or (self.speed is not None and packet.dwell / self.speed >= READ_EVERY_S)

    def _settle(self) -> None:
        """A press of play has had its time: from here on the packets count, and the button must say what they say."""
        wanted = self.pacing.wants_play
        if self.pacing.settle() and self.packet is not None and wanted != (self.packet.state == "playing"):
            self._tell()

    @Slot()
    def on_arrived(self) -> None:
        self.pacing.wake()

    @Slot(object)
    def on_ready(self, devices: object) -> None:
        self.is_ready = True
        self.pacing.wake()
        self.ready.emit(devices)
        self._tell()

    @Slot(str)
    def on_failed(self, sentence: str) -> None:
        self.failure = sentence
        self._is_compiling = self.is_preparing = False
        unanswered, self._answers = self._answers, {}
        for answer in unanswered.values():
            answer(None, WorkerLostError(sentence))
        self._tell()

    @Slot(object)
    def on_noted(self, said: Said) -> None:
        self.say(said)

    @Slot(bool)
    def on_compiling(self, is_on: bool) -> None:
        self._is_compiling = is_on
        self._be_patient()

    def _be_patient(self) -> None:
        if not self._patience.isActive():
            self._patience.start()

    @Slot()
    def on_patience_ended(self) -> None:
        is_preparing = self._is_compiling and self._is_awaited  # a finer surface is compiled without a word
        if self.is_preparing != is_preparing:
            self.is_preparing = is_preparing
            self._tell()

    @Slot(int, object, object)
    def on_answered(self, ticket: int, result: object, error: object) -> None:
        answer = self._answers.pop(ticket, None)
        if answer is not None:
            answer(result, error)  # type: ignore[arg-type]

    @property
    def glide_ms(self) -> int:
        """How long marks take from one moment to the next: 450 ms at two moments a second or slower, none above 7."""
        if not self.is_playing:
            return SLOW_GLIDE_MS
        if self.packet is None or self.speed is None:
            return 0
        pace = self.packet.dwell / self.speed
        return SLOW_GLIDE_MS if pace >= 0.5 else FAST_GLIDE_MS if pace >= 1 / 7 else 0

    # -- inside ------------------------------------------------------------------------------------------------------

    def _hire(self) -> Worker:
        worker = self._make_worker()
        worker.setParent(self)
        worker.ready.connect(self.on_ready)
        worker.failed.connect(self.on_failed)
        worker.arrived.connect(self.on_arrived)
        worker.answered.connect(self.on_answered)
        worker.compiling.connect(self.on_compiling)
        worker.noted.connect(self.on_noted)
        if self._look is not None:
            worker.post(self._look)
        worker.post(self._watch)
        return worker

    def _post(self, command: Any) -> None:
        self.message = None
        self._is_awaited = True
        if self._is_compiling:
            self._be_patient()
        self._worker.post(command)
        self.pacing.wake()

    def _is_current(self, packet: Packet) -> bool:
        return packet.version == self._version

    def params(self) -> tuple:
        """The declared settings of the document's algorithm; none before the worker has imported it."""
        return models.load(self._document.project.experiment.algorithm).params() if self.is_ready else ()
