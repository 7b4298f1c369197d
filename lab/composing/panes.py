"""What stands beside the plane at a shown frame: the panes that are seen, the rows that glow, what is recognised."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from lab.composing.beside import Asked, Composer
from lab.composing.diagnosis import diagnose
from lab.composing.panes_of.numbers import concerned_rows
from lab.composing.panes_of.scores import cell_rows
from lab.protocol.commands import Watch
from lab.protocol.packet import Curves
from lab.protocol.pane_kinds import PANES, PaneId
from lab.protocol.stage_kinds import STAGES, StageId
from models.core.findings import Finding
from models.core.formula import Shown
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State

log = logging.getLogger(__name__)

_EVERY_S, _SHARE_OF_TIME = 0.15, 12.0  # a pane in a hurry: so often at most, and a twelfth of the time at most
_MOST_CONCERNED = 12  # more rows than these alight would pick out nothing
_NO_ROWS = np.zeros(0, dtype=np.int64)


def abilities(learner: Learner, problem: Rows) -> frozenset[PaneId]:
    """The panes that mean something for this learner on this data."""
    return _fitting(_pane_composers(), learner, problem)


class Insides:
    """Composes the panes and the stage of one run, as fields of a Packet; keeps what is dear to make."""

    def __init__(self) -> None:
        self._panes, self._stages = _pane_composers(), _stage_composers()
        self._kept: dict[PaneId, Any] = {}
        self._due: dict[PaneId, float] = {}  # when a pane may be made anew, on the clock of perf_counter
        self._findings: tuple[tuple, tuple[Finding, ...]] | None = None
        self._fit: tuple[Learner, Rows, frozenset[PaneId]] | None = None

    def abilities(self, learner: Learner, problem: Rows) -> frozenset[PaneId]:
        """As the function of this name, with this run's composers; worked out once for a learner on its data."""
        if self._fit is None or self._fit[0] is not learner or self._fit[1] is not problem:
            self._fit = (learner, problem, _fitting(self._panes, learner, problem))
        return self._fit[2]

    def records(self, asked: Asked, is_calm: bool) -> dict[PaneId, Any]:
        """The records of the panes that are watched. A fault in a pane empties that pane alone.

        Unless `is_calm`, one pane at most is made anew, and a dear one less often: pictures of the plane go on.
        """
        can = self.abilities(asked.learner, asked.problem)
        seen = [pane for pane in self._panes if pane in asked.watch.panes and pane in can]
        for pane in seen if is_calm else self._next_due(seen):
            composer = self._panes[pane]
            begun = time.perf_counter()
            self._kept[pane] = _guarded(lambda composer=composer: composer.record(asked))
            now = time.perf_counter()
            self._due[pane] = now + max(_EVERY_S, _SHARE_OF_TIME * (now - begun))
        return {pane: self._kept[pane] for pane in seen if self._kept.get(pane) is not None}

    def stage(self, asked: Asked) -> tuple[StageId, Any]:
        """The stage that stands in the middle, and what it shows where that is not the plane."""
        for id, composer in self._stages.items():
            if composer.fits(asked.learner, asked.problem):
                record = _guarded(lambda composer=composer: composer.record(asked))
                if record is not None:
                    return id, record
        return "plane", None

    def _next_due(self, seen: list[PaneId]) -> list[PaneId]:
        """The one pane that waits longest for being made anew, if one is due."""
        now = time.perf_counter()
        due = sorted((self._due.get(pane, 0.0), pane) for pane in seen if self._due.get(pane, 0.0) <= now)
        return [due[0][1]] if due else []

    def glow(self, watch: Watch, learner: Learner, shown: Shown, problem: Rows) -> np.ndarray:
        """Rows of the dataset that a person picked out, and those that the numbers in view are about."""
        pin = watch.pin
        if pin.cell is not None:
            return _guarded(lambda: cell_rows(learner, shown.moment.state, problem, pin.cell), _NO_ROWS)
        picked = _NO_ROWS if pin.row is None else np.array([pin.row], dtype=np.int64)
        if "numbers" not in watch.panes:
            return picked
        rows = _guarded(lambda: concerned_rows(learner, shown, problem), _NO_ROWS)
        return np.union1d(picked, rows) if len(rows) <= _MOST_CONCERNED else picked

    def findings(
        self,
        learner: Learner,
        state: State,
        problem: Rows,
        curves: Curves,
        metrics: dict[str, float],
        iteration: int,
    ) -> tuple[Finding, ...]:
        """What is recognised at a settled state, once for each."""
        key = (learner, state, problem)
        if self._findings is None or not all(a is b for a, b in zip(self._findings[0], key, strict=True)):
            found = _guarded(lambda: diagnose(learner, state, problem, curves, metrics, iteration), ())
            self._findings = (key, found)
        return self._findings[1]


def _pane_composers() -> dict[PaneId, Composer]:
    """New composers of all panes that have one, in their order."""
    return {kind.id: _made("panes_of", kind.composed) for kind in PANES if kind.composed}


def _stage_composers() -> dict[StageId, Composer]:
    """New composers of all stages that have one, in their order."""
    return {kind.id: _made("stages_of", kind.composed) for kind in STAGES if kind.composed}


def _made(folder: str, where: str) -> Composer:
    room, _, name = where.partition(":")
    return cast(Composer, getattr(importlib.import_module(f"lab.composing.{folder}.{room}"), name)())


def _fitting(composers: dict[PaneId, Composer], learner: Learner, problem: Rows) -> frozenset[PaneId]:
    always = {kind.id for kind in PANES if not kind.composed}
    return frozenset(always | {pane for pane, composer in composers.items() if composer.fits(learner, problem)})


def _guarded(make: Callable[[], Any], otherwise: Any = None) -> Any:
    try:
        with np.errstate(all="ignore"):
            return make()
    except Exception:
        log.exception("a pane could not be composed")
        return otherwise
