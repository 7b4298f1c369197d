"""What stands beside the plane at a shown frame: the panes that are seen, the rows that glow, what is recognised."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.composing.diagnosis import diagnose
from lab.composing.panes_of.activation import activation_picture
from lab.composing.panes_of.loss_surface import LossSurfaces
from lab.composing.panes_of.network import NetworkPictures
from lab.composing.panes_of.numbers import concerned_rows, numbers
from lab.composing.panes_of.scores import cell_rows, scoreboard
from lab.composing.panes_of.space import space_picture
from lab.protocol.commands import Look, Watch
from lab.protocol.packet import Curves
from lab.protocol.pane_records import SpacePicture
from models.core.abilities import HasLossSurface, HasNetwork
from models.core.findings import Finding
from models.core.formula import Shown
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State

log = logging.getLogger(__name__)

_EVERY_S, _SHARE_OF_TIME = 0.15, 12.0  # a pane in a hurry: so often at most, and a twelfth of the time at most
_MOST_CONCERNED = 12  # more rows than these alight would pick out nothing
_NO_ROWS = np.zeros(0, dtype=np.int64)


def abilities(learner: Learner, problem: Rows) -> frozenset[str]:
    """The panes that mean something for this learner on this data (lab.protocol.pane_records.PaneId)."""
    found = {"curves", "numbers"}
    if isinstance(learner, HasNetwork):
        found |= {"network", "activation"}
    if isinstance(learner, HasLossSurface):
        found.add("loss_surface")
    task = learner.task_on(problem)
    if task == "clusterer" or (task == "classifier" and problem.has_classes) or task == "regressor":
        found.add("matrix")
    return frozenset(found)


class Insides:
    """Composes the panes of one run, as fields of a Packet; keeps what is dear to make."""

    def __init__(self) -> None:
        self._networks, self._losses = NetworkPictures(), LossSurfaces()
        self._kept: dict[str, Any] = {}
        self._due: dict[str, float] = {}  # when a pane may be made anew, on the clock of perf_counter
        self._findings: tuple[tuple, tuple[Finding, ...]] | None = None
        self._space: tuple[Rows, SpacePicture | None] | None = None

    def fields(
        self,
        watch: Watch,
        learner: Learner,
        shown: Shown,
        problem: Rows,
        look: Look,
        history: Callable[[int], list[State]],
        is_calm: bool,
    ) -> dict[str, Any]:
        """The records of the panes in `watch`, by the packet's names. A fault in a pane empties that pane alone.

        Unless `is_calm`, one pane at most is made anew, and a dear one less often: pictures of the plane go on.
        """
        state = shown.moment.state
        makers: dict[str, tuple[str, Callable[[], Any]]] = {
            "network": ("network", lambda: self._networks.picture(learner, shown, problem, look, watch.unit_px)),
            "numbers": ("numbers", lambda: numbers(learner, shown, problem)),
            "matrix": ("scores", lambda: scoreboard(learner, state, problem)),
            "loss_surface": (
                "loss_surface",
                lambda: self._losses.picture(learner, shown, problem, history, watch.directions),
            ),
            "activation": ("activation", lambda: activation_picture(learner, shown, problem)),
        }
        can = abilities(learner, problem)
        made: dict[str, Any] = {
            "abilities": can,
            "space": _guarded(lambda: self._space_picture(learner, shown, problem)),
        }
        seen = [pane for pane in makers if pane in watch.panes and pane in can]
        for pane in seen if is_calm else self._next_due(seen):
            field, make = makers[pane]
            begun = time.perf_counter()
            self._kept[pane] = _guarded(make)
            now = time.perf_counter()
            self._due[pane] = now + max(_EVERY_S, _SHARE_OF_TIME * (now - begun))
        return made | {makers[pane][0]: self._kept[pane] for pane in seen if pane in self._kept}

    def _space_picture(self, learner: Learner, shown: Shown, problem: Rows) -> SpacePicture | None:
        """Three columns in space: in view wherever there is such a picture, since it stands in the plane's place."""
        before = self._space[1] if self._space is not None and self._space[0] is problem else None
        self._space = (problem, space_picture(learner, shown.moment, problem, before=before))
        return self._space[1]

    def _next_due(self, seen: list[str]) -> list[str]:
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


def _guarded(make: Callable[[], Any], otherwise: Any = None) -> Any:
    try:
        with np.errstate(all="ignore"):
            return make()
    except Exception:
        log.exception("a pane could not be composed")
        return otherwise
