"""From marks in the learner's units to a Picture in the plane's original units: mapped, evaluated, plain."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from lab.composing.refinement import Refinement, Surface
from lab.composing.surfaces import field_in_steps, unit_in_steps
from lab.protocol.commands import Look
from lab.protocol.packet import Picture
from lab.running.metrics import wrong_rows
from models.core.abilities import HasNetwork
from models.core.formula import Shown
from models.core.learner import Learner, Moment, Pin
from models.core.marks import Arrow, Bars, Ellipse, Field, Mark, Note, Path, Points, Segments, Trail
from models.core.problem import Rows
from models.core.state import State

MOST_TRAIL = 60
MOST_RINGED = 20_000
_ELLIPSE_VERTICES = 96
_NO_ROWS = np.zeros(0, dtype=np.int64)


class PictureMaker:
    """Evaluates the marks of one run's frames. Keeps the last raster, since many moments share one surface, and makes
    it finer when there is time: `refine`, then `refined`."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, is_patient: bool = False) -> None:
        self._field, self._unit = Refinement(clock, is_patient), Refinement(clock, is_patient)
        self._shown: Refinement | None = None  # which of the two the last picture shows
        self._wrong: tuple[Any, np.ndarray] | None = None

    def picture(
        self,
        learner: Learner,
        shown: Shown,
        problem: Rows,
        look: Look,
        history: Callable[[int], list[State]],
        glow: np.ndarray = _NO_ROWS,
        stays: bool = False,
    ) -> Picture:
        """The picture of a moment. `history(most)` gives earlier settled states, oldest first, for trails.

        A pinned neuron's own picture stands in place of the surface. `stays`: there will be time to make it finer.
        """
        moment, self._shown = shown.moment, None
        with np.errstate(all="ignore"):
            given = [*learner.marks(moment, problem), *_marks_of_pin(learner, shown, problem)]
            field = self._unit_field(learner, shown, problem, look, stays)
            if field is not None:
                given = [mark for mark in given if not isinstance(mark, Field)]
            marks = tuple(self._evaluate(mark, learner, moment, problem, look, history, stays) for mark in given)
            wrong = self._wrong_rows(learner, moment.state, problem)
        for refinement in (self._field, self._unit):
            if refinement is not self._shown:
                refinement.drop()
        return Picture(
            marks=marks if field is None else (field, *marks),
            wrong=wrong,
            train_rows=problem.rows,
            test_rows=problem.test_rows,
            glow=glow,
        )

    @property
    def is_refinable(self) -> bool:
        """Whether the surface of the last picture can still become finer."""
        return self._shown is not None and self._shown.is_due

    def refine(self, deadline: float) -> bool:
        """Work on a finer surface for the last picture until `deadline`; True when it has just been finished."""
        with np.errstate(all="ignore"):
            return self._shown is not None and self._shown.go_on(deadline)

    def refined(self, picture: Picture) -> Picture:
        """The last picture with the finer surface; everything else in it is the same objects."""
        fine = self._shown.fine if self._shown is not None else None
        if fine is None:
            return picture
        marks = tuple(
            _painted_anew(m, fine) if isinstance(m, Field) and m.key == fine.key else m for m in picture.marks
        )
        return dataclasses.replace(picture, marks=marks)

    def stop_refining(self) -> None:
        self._field.drop()
        self._unit.drop()

    def _unit_field(self, learner: Learner, shown: Shown, problem: Rows, look: Look, stays: bool) -> Field | None:
        """The pinned neuron's output over the plane, with the line where its weighted sum is zero."""
        pin = shown.pin.unit
        if pin is None or problem.shows_target or not isinstance(learner, HasNetwork):
            return None
        make = partial(unit_in_steps, learner, shown.moment, pin, problem)
        field = self._unit.shown(Surface(f"unit {pin}", learner, shown.moment.state, problem), look, make, stays)
        if field is not None:
            self._shown = self._unit
        return field

    def _wrong_rows(self, learner: Learner, state: State, problem: Rows) -> np.ndarray:
        if problem.n + len(problem.test_rows) > MOST_RINGED:
            return np.zeros(0, dtype=np.int64)
        key = (learner, None if learner.rebuilds else state, problem)
        if self._wrong is None or not _same(self._wrong[0], key):
            train, test = wrong_rows(learner, state, problem)
            self._wrong = (key, np.concatenate([problem.rows[train], problem.test_rows[test]]))
        return self._wrong[1]

    def _evaluate(self, mark: Mark, learner, moment, problem: Rows, look: Look, history, stays: bool) -> Mark:
        mark = dataclasses.replace(mark, role=_role(mark.role, problem))
        match mark:
            case Points():
                return self._points(mark, problem)
            case Segments():
                return dataclasses.replace(
                    mark,
                    starts=to_plane(mark.starts, problem),
                    ends=to_plane(mark.ends, problem),
                    groups=_groups(mark.groups, mark.group_role, problem),
                )
            case Path():
                return dataclasses.replace(mark, vertices=to_plane(mark.vertices, problem))
            case Arrow():
                return _arrow(mark, problem)
            case Ellipse():
                return _ellipse(mark, problem)
            case Note():
                return dataclasses.replace(mark, at=to_plane(mark.at[None, :], problem)[0])
            case Bars():
                return dataclasses.replace(mark, roles=tuple(_role(role, problem) for role in mark.roles))
            case Trail():
                return _trail(mark, moment, problem, history(MOST_TRAIL))
            case Field():
                state = moment.state if mark.state is None else mark.state
                return self._raster(mark, learner, state, problem, look, stays)
        raise TypeError(f"unknown mark {type(mark).__name__}")

    def _points(self, mark: Points, problem: Rows) -> Points:
        rows = mark.rows
        at = problem.places[rows] if rows is not None else mark.at
        return dataclasses.replace(
            mark,
            at=to_plane(at, problem),
            rows=None if rows is None else problem.rows[rows],
            groups=_groups(mark.groups, mark.group_role, problem),
        )

    def _raster(self, mark: Field, learner: Learner, state: State, problem: Rows, look: Look, stays: bool) -> Field:
        surface = Surface(mark.key, learner, None if learner.rebuilds else state, problem)
        make = partial(field_in_steps, mark, learner, state, problem)
        self._shown = self._field
        return _painted_anew(mark, self._field.shown(surface, look, make, stays))


def _painted_anew(mark: Field, made: Field) -> Field:
    """The mark with the raster and the lines of one that was evaluated."""
    return dataclasses.replace(
        mark,
        state=None,
        shares=made.shares,
        levels=made.levels,
        level_range=made.level_range,
        extent=made.extent,
        boundary=made.boundary,
    )


def _marks_of_pin(learner: Learner, shown: Shown, problem: Rows) -> Iterable[Mark]:
    """What a learner adds for a pinned point or place."""
    if shown.pin == Pin():
        return ()
    return learner.pinned_marks(shown, problem)


def to_plane(x: np.ndarray, problem: Rows) -> np.ndarray:
    """Rows (m, d) in the learner's units as points of the plane (m, 2) in original units."""
    mean, scale = problem.plane_scaling
    width = problem.d + 1 if problem.shows_target else problem.d
    shown = np.asarray(x, dtype=np.float64).reshape(-1, width)[:, list(problem.axes)]
    return np.ascontiguousarray(shown * scale + mean)


def _arrow(mark: Arrow, problem: Rows) -> Arrow:
    axes = list(problem.axes)
    scale = problem.plane_scaling[1]
    along = np.asarray(mark.direction, dtype=np.float64)[axes]
    mapped = along / scale if mark.kind == "normal" else along * scale
    return dataclasses.replace(mark, at=to_plane(mark.at[None, :], problem)[0], direction=mapped)


def _ellipse(mark: Ellipse, problem: Rows) -> Path:
    turn = np.linspace(0.0, 2.0 * np.pi, _ELLIPSE_VERTICES, endpoint=False)
    center = to_plane(mark.center[None, :], problem)[0]
    radii = mark.radius * problem.plane_scaling[1]
    round_trip = center + np.stack([np.cos(turn), np.sin(turn)], axis=1) * radii
    shared = {f.name: getattr(mark, f.name) for f in dataclasses.fields(Mark)}
    return Path(**shared, vertices=round_trip, closed=True, dashed=mark.dashed)


def _trail(mark: Trail, moment: Moment, problem: Rows, earlier: list[State]) -> Trail:
    places = [getattr(state, mark.source) for state in [*earlier, moment.state]]
    shown = places[-1].shape
    stack = np.stack([p for p in places if p.shape == shown])
    paths = tuple(to_plane(stack[:, row], problem) for row in range(shown[0]))
    return dataclasses.replace(mark, paths=paths)


def _role(role: str, problem: Rows) -> str:
    kind, colon, number = role.partition(":")
    if kind == "class" and colon and problem.class_ids:
        return f"class:{problem.class_ids[int(number)]}"
    return role


def _groups(groups: np.ndarray | None, group_role: str, problem: Rows) -> np.ndarray | None:
    if groups is None or group_role != "class" or not problem.class_ids:
        return groups
    return np.asarray(problem.class_ids)[groups]


def _same(one: tuple, other: tuple) -> bool:
    return all(a is b or (isinstance(a, (str, Look)) and a == b) for a, b in zip(one, other, strict=True))
