"""From coarse to fine: the surface of a frame is there at once, and becomes as fine as the screen while it stays.

A frame's first picture has a coarse raster. When nothing else is to do, a finer one is made in bands of a few
milliseconds, and replaces it; it is kept for as long as the surface is the same one. How fine it becomes is a matter
of the screen (a cell of some pixels is as good as a pixel under smooth scaling) and of time: a dear surface gets the
raster that fits, measured on the coarse one. Who is patient gets the finest one at once, however long it takes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lab.composing.surfaces import ALL, Steps, raster
from lab.protocol.commands import Look
from models.core.learner import Learner
from models.core.marks import Field
from models.core.problem import Rows
from models.core.state import State

PX_PER_CELL = 2.5  # device pixels
MOST_CELLS = 600  # along the longer side; the window must paint them, too
LEAST_AT_ONCE = 40  # cells of the coarse raster, however dear they are
AT_ONCE_S = 0.02  # what the coarse raster may cost
FREE_S = 0.006  # a fine raster that costs no more needs no coarse one before it
FINE_S = 0.045  # what the fine one may cost: with the quiet before it and the window beside it within 0.1 s
_STEP_S = 0.0015  # of work between two looks at the deadline
_MOST_ROWS_IN_A_STEP = 16_384
_WORTH = 1.2  # so many times finer, or it is not worth another picture

Make = Callable[[Look, int], Steps]  # (look, rows at once) -> steps whose end is the Field, or None


@dataclass(frozen=True, eq=False)
class Surface:
    """What a surface is a function of. `state` None: it is the same at every state of the run. `name`: which one it
    is ("surface", a unit's address)."""

    name: str
    learner: Learner
    state: State | None
    problem: Rows

    def is_same(self, other: Surface) -> bool:
        return (
            self.name == other.name
            and self.learner is other.learner
            and self.problem is other.problem
            and _is_same_function(self.learner, self.state, other.state)
        )


def _is_same_function(learner: Learner, one: State | None, other: State | None) -> bool:
    """Whether two states of a learner predict alike: what was learned is the same to the last bit. The moments of an
    iteration differ in what they look at, and most of them in nothing that was learned."""
    if one is other or one is None or other is None:
        return one is other
    ours, theirs = (_learned(learner, state) for state in (one, other))
    return bool(ours) and ours.keys() == theirs.keys() and all(np.array_equal(ours[n], theirs[n]) for n in ours)


def _learned(learner: Learner, state: State) -> dict[str, np.ndarray]:
    """The parameters by name; whole numbers among them (the cluster of each row) are about rows, not about places."""
    return {t.name: t.values for t in learner.tensors(state) if np.asarray(t.values).dtype.kind == "f"}


class Refinement:
    """The rasters of one surface at a time: a coarse one at once, a fine one in slices. `is_patient`: of a frame that
    stays the finest one at once, so that what is seen is no matter of the clock."""

    def __init__(self, clock: Callable[[], float], is_patient: bool = False) -> None:
        self._clock, self._is_patient = clock, is_patient
        self._coarse: tuple[Surface, Look, Field | None, int] | None = None  # with the rows predicted for it
        self._fine: tuple[Surface, Look, Field | None] | None = None
        self._job: _Job | None = None
        self._cost = math.inf  # seconds for a predicted row, the least that was measured

    @property
    def is_due(self) -> bool:
        """Whether there is a finer raster to make."""
        return self._job is not None

    def shown(self, surface: Surface, look: Look, make: Make, stays: bool) -> Field | None:
        """The surface as it can be shown at once. `stays`: a finer one is wanted when there is time."""
        if self._fine is not None and self._fine[0].is_same(surface) and _same_view(self._fine[1], look):
            self._job = None
            return self._fine[2]
        wanted = dataclasses.replace(look, cells=max(look.cells, _cells_on_screen(look)))
        may_refine = look.width_px > 0 and not surface.problem.shows_target
        if may_refine and stays and (self._is_patient or self._cost * _cells(wanted) <= FREE_S):
            self._job = None
            self._fine = (surface, look, self._measured(make(wanted, ALL))[0])
            return self._fine[2]
        coarse = self._affordable(look) if may_refine else look
        kept = self._coarse
        if kept is None or kept[1] != coarse or not kept[0].is_same(surface):
            kept = self._coarse = (surface, coarse, *self._measured(make(coarse, ALL)))
        if not (may_refine and stays) or kept[2] is None:
            self._job = None
        elif self._job is None or self._job.look != look or not self._job.surface.is_same(surface):
            self._job = _Job(surface, look, coarse, kept[3], wanted, make)
        return kept[2]

    @property
    def fine(self) -> Field | None:
        """The finer surface, once it has been made."""
        return self._fine[2] if self._fine is not None else None

    def _measured(self, steps: Steps) -> tuple[Field | None, int]:
        """-> the field, and how many rows were predicted for it."""
        begun, rows = self._clock(), 0
        while True:
            try:
                rows += next(steps)
            except StopIteration as end:
                if rows:
                    self._cost = min(self._cost, (self._clock() - begun) / rows)
                return end.value, rows

    def _affordable(self, look: Look) -> Look:
        """The coarse raster, coarser still where a row is known to be dear."""
        if not math.isfinite(self._cost):
            return look
        share = math.sqrt(AT_ONCE_S / max(self._cost * _cells(look), AT_ONCE_S))
        return dataclasses.replace(look, cells=max(min(LEAST_AT_ONCE, look.cells), int(look.cells * share)))

    def go_on(self, deadline: float) -> bool:
        """Work on the finer raster until `deadline` (seconds of the clock); True when it has just been finished."""
        while self._job is not None:
            job = self._job
            if job.steps is None:
                self._begin(job)
            else:
                try:
                    next(job.steps)
                except StopIteration as end:
                    self._fine, self._job = (job.surface, job.look, end.value), None
                    return True
            if self._clock() >= deadline:
                break
        return False

    def drop(self) -> None:
        self._job = None

    def _begin(self, job: _Job) -> None:
        """Decide how fine it becomes. One line of the raster is tried first: what the coarse one cost may have been
        compiling, or building a tree."""
        trial = job.make(job.wanted, 1)
        begun = self._clock()
        rows = next(trial, 0)
        if rows:
            self._cost = min(self._cost, (self._clock() - begun) / rows)
        trial.close()
        cells = self._fitting(job)
        if cells < _WORTH * job.coarse.cells:
            self._job = None
            return
        at_once = _MOST_ROWS_IN_A_STEP
        if self._cost > 0.0:
            at_once = int(min(at_once, max(1.0, _STEP_S / self._cost)))
        job.steps = job.make(dataclasses.replace(job.wanted, cells=cells), at_once)

    def _fitting(self, job: _Job) -> int:
        """Cells along the longer side that the time suffices for, at least what the look itself asks for.

        A raster r times as fine along each side has r^2 as many cells, and its lines r times as many vertices to be
        put in their places: r^2 cells + r vertices = rows that fit, solved for r.
        """
        if self._cost <= 0.0:
            return job.wanted.cells
        cells = _cells(job.coarse)
        others = max(0, job.rows - cells)
        fit = FINE_S / self._cost
        finer = (-others + math.sqrt(others**2 + 4.0 * cells * fit)) / (2.0 * cells)
        return max(job.look.cells, min(job.wanted.cells, int(job.coarse.cells * finer)))


class _Job:
    """A finer raster being made; `steps` None before it has begun."""

    def __init__(self, surface: Surface, look: Look, coarse: Look, rows: int, wanted: Look, make: Make) -> None:
        self.surface, self.look, self.make = surface, look, make
        self.coarse, self.rows, self.wanted = coarse, rows, wanted  # rows: predicted for the coarse one
        self.steps: Steps | None = None


def _cells_on_screen(look: Look) -> int:
    """Cells along the longer side, as fine as is worth seeing."""
    return min(MOST_CELLS, round(max(look.width_px, look.height_px) / PX_PER_CELL))


def _cells(look: Look) -> int:
    xs, ys = raster(look)
    return len(xs) * len(ys)


def _same_view(one: Look, other: Look) -> bool:
    """Whether two looks ask for the same fine raster: a coarse one in a hurry may have other cells."""
    return dataclasses.replace(one, cells=0) == dataclasses.replace(other, cells=0)
