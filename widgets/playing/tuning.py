"""What people set for a run: hyper-parameters, seed, device, handles in the plane, values in a pane.

A wish becomes an edit of the document, which may be undone, or a change recorded in the run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Slot

import models
from lab.data.datasets import TARGET_AXIS, seen_by
from lab.document import edits
from lab.document.changes import Edit, Move, Retune
from lab.document.project import Project
from lab.document.remedies import NO_LOSS, gentler_rate
from lab.errors import LabError
from models.words.text import Said, Text
from widgets.playing.document import Document
from widgets.playing.player import Player

SETTING = Text("change {name}", "{name} 바꾸기")
START_GIVEN = Text(
    'The start is given by hand, so another seed begins at the same place. Clear it under "Start state" to draw lots.',
    "시작을 직접 지정했으므로 시드를 바꿔도 같은 곳에서 시작합니다. ‘시작 상태’에서 지정한 값을 지우면 무작위로 시작합니다.",
)
DRAGGED = Text("move the new point", "새 점 옮기기")
BY_HAND = Text("change by hand", "손으로 바꾸기")
SEED = Text("another start", "다른 시작")
DEVICE = Text("change the device", "연산 장치 바꾸기")
LOWER_RATE = Text("lower the learning rate", "학습률 낮추기")


class Tuning(QObject):
    """Slots for the form, the device box, the transport bar, handles and panes."""

    def __init__(self, document: Document, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._player = document, player

    def edit(self, label: Text, change: Callable[[Project], Project], merge: str = "") -> None:
        """An edit of the document; what cannot be done is said in the narration line."""
        try:
            self._document.edit(label, change(self._document.project), merge)
        except LabError as error:
            self._player.say(error.said)

    @Slot()
    def another_start(self) -> None:
        """The next seed; where the start was given by hand, that it changes nothing."""
        experiment = self._document.project.experiment
        self.set_seed(experiment.seed + 1)
        given = {name for name, value in experiment.settings.items() if value is not None}
        if any(param.is_start and param.name in given for param in self._player.params()):
            self._player.say(Said(START_GIVEN, {}), "calm")

    @Slot(int)
    def set_seed(self, seed: int) -> None:
        self.edit(SEED, lambda project: edits.set_seed(project, seed))

    @Slot(str, object, str)
    def tune(self, name: str, value: Any, change: str) -> None:
        """A hyper-parameter set in the form: recorded in the run when it is live, else an edit of the document.

        A run that has ended, or that the next start replaces anyway, takes no change any more: it would be lost there.
        """
        player, packet = self._player, self._player.packet
        is_over = bool(player.stale) or packet is not None and packet.state in ("finished", "diverged")
        label = next((p.label for p in player.params() if p.name == name), Text(name, name))
        step = Text(SETTING.say("en", {"name": label}), SETTING.say("ko", {"name": label}))
        if change == "live" and player.has_progress and not is_over:
            player.apply(Retune(name, value), step)
            return
        self.edit(step, lambda project: edits.set_setting(project, name, value), merge=f"setting:{name}")

    @Slot(str)
    def move_to(self, device: str) -> None:
        """Another device: from here on, or from the start when nothing has run yet."""
        if self._player.has_progress:
            self._player.apply(Move(device), DEVICE)
        else:
            self.edit(DEVICE, lambda project: edits.set_device(project, device))

    @Slot(str, object, bool)
    def drag(self, handle: str, place: tuple[float, float], is_final: bool) -> None:
        """A handle dragged in the plane: a setting where one has its name (KNN's query), else an edit of the state."""
        name = handle.partition(":")[0]  # points that are dragged one by one carry their number
        if any(param.name == name for param in self._player.params()):
            whole = self._whole_row(name, place)
            self.edit(DRAGGED, lambda project: edits.set_setting(project, name, whole), merge=f"drag:{name}")
        elif is_final:
            self._player.apply(Edit(handle, (float(place[0]), float(place[1]))), BY_HAND)

    @Slot(str, object)
    def put(self, handle: str, value: tuple[float, ...]) -> None:
        """Something of the state set by hand in a pane: a weight, a place on the loss surface."""
        self._player.apply(Edit(handle, tuple(map(float, value))), BY_HAND)

    def lower_learning_rate(self) -> None:
        """The remedy for a run that diverged: a gentler rate, from the start."""
        rate, name = self.lower_rate, self._rate_setting
        if rate is not None:
            self.edit(LOWER_RATE, lambda project: edits.set_setting(project, name, rate))
            self._player.begin()

    @property
    def lower_rate(self) -> float | None:
        """A gentler rate than the one in force, or None where there is none to lower."""
        packet, name = self._player.packet, self._rate_setting
        rate = packet.settings.get(name) if packet is not None else None
        param = next((param for param in self._player.params() if param.name == name), None)
        if packet is None or not rate or param is None:
            return None
        curves = packet.curves
        values = curves.series.get(packet.goal)
        return gentler_rate(rate, param, NO_LOSS if values is None else np.stack([curves.iterations, values]))

    @property
    def _rate_setting(self) -> str:
        """The setting by which the document's algorithm lengthens its steps, or ""."""
        if not self._player.is_ready:
            return ""
        return models.load(self._document.project.experiment.algorithm).rate_setting or ""

    def _whole_row(self, name: str, place: tuple[float, float]) -> tuple[float, ...]:
        """A place of the plane as a value for every column: the others keep theirs, or have the median."""
        experiment = self._document.project.experiment
        data = seen_by(self._document.project.dataset, models.load(experiment.algorithm).task)
        given = experiment.settings.get(name)
        if given is None or len(given) != data.features.shape[1]:
            given = np.median(data.features, axis=0) if data.n else np.zeros(data.features.shape[1])
        row = [float(value) for value in given]
        for axis, value in zip(data.axes, place, strict=True):
            if axis != TARGET_AXIS:
                row[axis] = float(value)
        return tuple(row)
