"""The player: turns what people do into commands for the worker, and hands the packets that come back to the views.

It alone decides when a change of the document makes a new run at once, and when the run on screen merely becomes
stale (its points edited, its marks as learned) until somebody goes back to the start.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

import models
from lab.data.datasets import TARGET_AXIS, Dataset, seen_by
from lab.document import edits
from lab.document.changes import Change, Edit, Move, Retune
from lab.document.project import Experiment, Project
from lab.document.remedies import NO_LOSS, gentler_rate
from lab.errors import LabError
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

Stale = Literal["", "data", "settings"]

SETTING = Text("change {name}", "{name} 바꾸기")
START_GIVEN = Text(
    'The start is given by hand, so another seed begins at the same place. Clear it under "Start state" to draw lots.',
    "시작을 직접 지정했으므로 시드를 바꿔도 같은 곳에서 시작합니다. ‘시작 상태’에서 지정한 값을 지우면 무작위로 시작합니다.",
)
DRAGGED = Text("move the new point", "새 점 옮기기")
SEED = Text("another start", "다른 시작")
LOWER_RATE = Text("lower the learning rate", "학습률 낮추기")


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
        self._worker.close()
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

    def another_start(self) -> None:
        experiment = self._document.project.experiment
        self.set_seed(experiment.seed + 1)
        given = {name for name, value in experiment.settings.items() if value is not None}
        if any(param.is_start and param.name in given for param in self.params()):
            self.say(Said(START_GIVEN, {}), "calm")

    def set_seed(self, seed: int) -> None:
        self._edit(SEED, lambda project: edits.set_seed(project, seed))

    def tune(self, name: str, value: Any, change: str) -> None:
        """A hyper-parameter set in the form: recorded in the run when it is live, else an edit of the document.

        A run that has ended, or that the next start replaces anyway, takes no change any more: it would be lost there.
        """
        is_over = bool(self.stale) or self.packet is not None and self.packet.state in ("finished", "diverged")
        if change == "live" and self.has_progress and not is_over:
            self.apply(Retune(name, value))
            return
        label = next((p.label for p in self.params() if p.name == name), Text(name, name))
        step = Text(SETTING.say("en", {"name": label}), SETTING.say("ko", {"name": label}))
        self._edit(step, lambda project: edits.set_setting(project, name, value), merge=f"setting:{name}")

    def move_to(self, device: str) -> None:
        """Another device: from here on, or from the start when nothing has run yet."""
        if self.has_progress:
            self.apply(Move(device))
        else:
            label = Text("change the device", "연산 장치 바꾸기")
            self._edit(label, lambda project: edits.set_device(project, device))

    def drag(self, handle: str, place: tuple[float, float], is_final: bool) -> None:
        """A handle dragged in the plane: a setting where one has its name (KNN's query), else an edit of the state."""
        name = handle.partition(":")[0]  # points that are dragged one by one carry their number
        if any(param.name == name for param in self.params()):
            whole = self._whole_row(name, place)
            self._edit(DRAGGED, lambda project: edits.set_setting(project, name, whole), merge=f"drag:{name}")
        elif is_final:
            self.apply(Edit(handle, (float(place[0]), float(place[1]))))

    def edit(self, handle: str, value: tuple[float, ...]) -> None:
        """Something of the state set by hand in a pane: a weight, a place on the loss surface."""
        self.apply(Edit(handle, tuple(map(float, value))))

    def apply(self, change: Change) -> None:
        self._post(Apply(change))

    def clear_changes(self) -> None:
        self._post(ClearChanges())

    def take_branch(self) -> None:
        self._post(TakeBranch())

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

    def lower_learning_rate(self) -> None:
        """The remedy for a run that diverged: a gentler rate, from the start."""
        rate = self.lower_rate
        if rate is not None:
            self._edit(LOWER_RATE, lambda project: edits.set_setting(project, self._rate_setting, rate))
            self.begin()

    @property
    def _rate_setting(self) -> str:
        """The setting by which the document's algorithm lengthens its steps, or ""."""
        return models.load(self._document.project.experiment.algorithm).rate_setting or "" if self.is_ready else ""

    @property
    def lower_rate(self) -> float | None:
        """A gentler rate than the one in force, or None where there is none to lower."""
        packet = self.packet
        name = self._rate_setting
        rate = packet.settings.get(name) if packet is not None else None
        param = next((param for param in self.params() if param.name == name), None)
        if packet is None or not rate or param is None:
            return None
        curves = packet.curves
        values = curves.series.get(packet.goal)
        return gentler_rate(rate, param, NO_LOSS if values is None else np.stack([curves.iterations, values]))

    def say(self, message: Said | None, tone: Tone = "warning") -> None:
        """A sentence for the narration line, until the next thing that a person does."""
        self.message, self.message_tone = message, tone
        self._tell()

    def ask(self, job: Callable[[Any], Any], answer: Callable[[Any, Exception | None], None]) -> None:
        """Have job(session) done in the worker, then answer(result, error) here."""
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

    def begin(self, keep_place: bool = False) -> None:
        """A new run of the document."""
        project = self._document.project
        experiment = project.experiment.replace(schedule=self._schedule_for(project))
        self._version += 1
        self._begun = project
        self.stale = ""
        if not keep_place:
            self.pacing.press(False)
            self.cleared.emit()
        self._post(Begin(project.dataset, experiment, self._version, keep_place))
        self._tell()

    def _schedule_for(self, project: Project) -> Any:
        """Changes recorded in the run live on when only points were drawn, the plane was turned, or a setting changed
        that is answered at once (a query dragged after a weight was set by hand)."""
        begun = self._begun
        if self.packet is None or begun is None or not self._is_current(self.packet):
            return project.experiment.schedule
        is_same = self._is_same(begun, project) or self._differs_at_once(begun, project)
        if is_same and not _is_other_data(begun, project):
            return self.packet.schedule
        return project.experiment.schedule

    @Slot(object, object)
    def on_document_changed(self, old: Project, new: Project) -> None:
        self.message = None
        begun = self._begun
        if begun is None:
            return
        if new.dataset is begun.dataset and self._is_same(begun, new):
            self.stale = ""  # undone: the run on screen is that of the document again
        elif self._is_another_run(begun, new):
            self.begin()
        elif self._is_other_plane(begun, new) or self._is_rebuilt(begun, new):
            self.begin(keep_place=True)
        elif self.packet is None or self.packet.frame.iteration == 0 and not self.is_playing:
            self.begin()
        else:
            self.stale = "settings" if not self._is_same(begun, new) else "data"
        self._tell()

    @Slot(object)
    def on_document_opened(self, project: Project) -> None:
        self.message = None
        self._begun = self.packet = None
        self.begin()

    def _is_another_run(self, begun: Project, new: Project) -> bool:
        """Whether the run on screen has nothing to do with the document any more."""
        before, after = begun.experiment, new.experiment
        is_other = before.algorithm != after.algorithm or before.seed != after.seed
        is_other_scene = bool(new.scene) and new.scene != begun.scene
        return is_other or is_other_scene or _is_other_data(begun, new)

    def _is_rebuilt(self, begun: Project, new: Project) -> bool:
        """Whether the learner answers at once: its data changed and it has nothing to train, or a setting says so."""
        if self.packet is not None and self.packet.rebuilds and self._is_current(self.packet):
            return True
        return begun.dataset is new.dataset and self._differs_at_once(begun, new)

    def _differs_at_once(self, begun: Project, new: Project) -> bool:
        """Whether nothing of the experiment differs but settings that are answered at once."""
        before, after = self._compared(begun), self._compared(new)
        if before.replace(settings=after.settings) != after:
            return False
        names = {name for name, value in after.settings.items() if before.settings.get(name) != value}
        at_once = {param.name for param in self.params() if param.change == "restart"}
        return bool(names) and names <= at_once

    def _is_same(self, one: Project, other: Project) -> bool:
        return self._compared(one) == self._compared(other)

    def _is_other_plane(self, begun: Project, new: Project) -> bool:
        """Whether nothing but the two columns of the plane differs."""
        before, after = begun.dataset, new.dataset
        same_numbers = before.features is after.features and before.targets is after.targets
        return same_numbers and before.axes != after.axes and self._is_same(begun, new)

    def _compared(self, project: Project) -> Experiment:
        """The experiment without what is recorded in its run, and with every setting: a scene may name a default,
        which an edit leaves out."""
        experiment = project.experiment
        defaults: dict[str, Any] = {}
        if self.is_ready:  # else the algorithm is not imported yet
            defaults = {param.name: param.default for param in models.load(experiment.algorithm).params()}
        return experiment.replace(schedule=(), settings={**defaults, **experiment.settings})

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
        self._document.note_schedule(packet.schedule)
        says = self._says
        self.shown.emit(packet)
        if says != self._says:
            return  # somebody who saw it asked for something, and all was said anew
        if was_preparing or self._is_readable(packet):
            self._tell()
        else:
            self.pacing.follow()

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

    def _edit(self, label: Text, change: Callable[[Project], Project], merge: str = "") -> None:
        """An edit of the document; what cannot be done is said in the narration line."""
        try:
            self._document.edit(label, change(self._document.project), merge)
        except LabError as error:
            self.say(error.said)

    def params(self) -> tuple:
        """The declared settings of the document's algorithm; none before the worker has imported it."""
        return models.load(self._document.project.experiment.algorithm).params() if self.is_ready else ()

    def _whole_row(self, name: str, place: tuple[float, float]) -> tuple[float, ...]:
        """A place of the plane as a value for every column: the others keep theirs, or have the median."""
        project = self._document.project
        data = seen_by(project.dataset, models.load(project.experiment.algorithm).task)
        given = self._document.project.experiment.settings.get(name)
        columns = data.features.shape[1]
        if given is None or len(given) != columns:
            given = [float(_median(data.features[:, j])) for j in range(columns)]
        row = list(given)
        for axis, value in zip(data.axes, place, strict=True):
            if axis != TARGET_AXIS:
                row[axis] = float(value)
        return tuple(row)


def _median(column: Any) -> float:
    ordered = sorted(float(value) for value in column)
    half = len(ordered) // 2
    if not ordered:
        return 0.0
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _is_other_data(begun: Project, new: Project) -> bool:
    """Whether the data was exchanged as a whole, not edited point by point."""
    before, after = begun.dataset, new.dataset
    return before is not after and (
        (before.name, before.origin, before.feature_names) != (after.name, after.origin, after.feature_names)
        or before.target_name != after.target_name
    )
