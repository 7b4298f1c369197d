"""From marks in the learner's units to a Picture in the plane's original units: mapped, evaluated, plain."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from contourpy import contour_generator

from lab.commands import Look
from lab.metrics import wrong_rows
from lab.packet import Picture
from models.core.explain import Shown
from models.core.inside import HasNetwork, activate
from models.core.learner import Learner, Moment, Pin
from models.core.marks import Arrow, Bars, Ellipse, Field, Mark, Note, Path, Points, Segments, Trail
from models.core.problem import Problem
from models.core.state import State

MOST_TRAIL = 60
MOST_RINGED = 20_000
_ELLIPSE_VERTICES = 96
_NO_ROWS = np.zeros(0, dtype=np.int64)
_BISECTIONS = 5  # a thirty-second of a raster cell


class PictureMaker:
    """Evaluates the marks of one run's frames. Keeps the last raster, since many moments share one surface."""

    def __init__(self) -> None:
        self._field: tuple[Any, Field] | None = None
        self._unit: tuple[Any, Field | None] | None = None
        self._wrong: tuple[Any, np.ndarray] | None = None

    def picture(
        self,
        learner: Learner,
        shown: Shown,
        problem: Problem,
        look: Look,
        history: Callable[[int], list[State]],
        glow: np.ndarray = _NO_ROWS,
    ) -> Picture:
        """The picture of a moment. `history(most)` gives earlier settled states, oldest first, for trails.

        A pinned neuron's own picture stands in place of the surface.
        """
        moment = shown.moment
        with np.errstate(all="ignore"):
            given = [*learner.marks(moment, problem), *_marks_of_pin(learner, shown, problem)]
            field = self._unit_field(learner, shown, problem, look)
            if field is not None:
                given = [mark for mark in given if not isinstance(mark, Field)]
            marks = tuple(self._evaluate(mark, learner, moment, problem, look, history) for mark in given)
            wrong = self._wrong_rows(learner, moment.state, problem)
        return Picture(
            marks=marks if field is None else (field, *marks),
            wrong=wrong,
            train_rows=problem.rows,
            test_rows=problem.test_rows,
            glow=glow,
        )

    def _unit_field(self, learner: Learner, shown: Shown, problem: Problem, look: Look) -> Field | None:
        """The pinned neuron's output over the plane, with the line where its weighted sum is zero."""
        pin = shown.pin.unit
        if pin is None or problem.shows_target or not isinstance(learner, HasNetwork):
            return None
        key = (learner, shown.moment.state, problem, look, f"unit {pin}")
        if self._unit is None or not _same(self._unit[0], key):
            self._unit = (key, evaluate_unit(learner, shown.moment, pin, problem, look))
        return self._unit[1]

    def _wrong_rows(self, learner: Learner, state: State, problem: Problem) -> np.ndarray:
        if problem.n + len(problem.test_rows) > MOST_RINGED:
            return np.zeros(0, dtype=np.int64)
        key = (learner, None if getattr(learner, "rebuilds", False) else state, problem)
        if self._wrong is None or not _same(self._wrong[0], key):
            train, test = wrong_rows(learner, state, problem)
            self._wrong = (key, np.concatenate([problem.rows[train], problem.test_rows[test]]))
        return self._wrong[1]

    def _evaluate(self, mark: Mark, learner, moment, problem: Problem, look: Look, history) -> Mark:
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
                return self._raster(mark, learner, moment.state if mark.state is None else mark.state, problem, look)
        raise TypeError(f"unknown mark {type(mark).__name__}")

    def _points(self, mark: Points, problem: Problem) -> Points:
        rows = mark.rows
        at = problem.places[rows] if rows is not None else mark.at
        return dataclasses.replace(
            mark,
            at=to_plane(at, problem),
            rows=None if rows is None else problem.rows[rows],
            groups=_groups(mark.groups, mark.group_role, problem),
        )

    def _raster(self, mark: Field, learner: Learner, state: State, problem: Problem, look: Look) -> Field:
        key = (learner, None if getattr(learner, "rebuilds", False) else state, problem, look, mark.key)
        if self._field is None or not _same(self._field[0], key):
            self._field = (key, evaluate_field(mark, learner, state, problem, look))
        done = self._field[1]
        return dataclasses.replace(done, role=mark.role, emphasis=mark.emphasis, state=None)


def evaluate_field(mark: Field, learner: Learner, state: State, problem: Problem, look: Look) -> Field:
    """Predict at the centres of a raster over the view, and find the lines where the winner changes."""
    xs, ys = raster(look)
    columns, rows = len(xs), len(ys)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)

    # A picture of a network needs no more than float32, and its activations are many times faster there.
    precision = np.float32 if isinstance(learner, HasNetwork) else np.float64

    def predict(xy: np.ndarray) -> np.ndarray:
        return learner.predict(state, problem.from_plane(problem.scale_plane(xy)).astype(precision, copy=False))

    extent = (look.x0, look.x1, look.y0, look.y1)
    if problem.shows_target:
        return dataclasses.replace(mark, extent=extent, boundary=_prediction_curve(predict, look))
    predicted = predict(grid)
    if predicted.ndim == 1:
        levels = np.nan_to_num(predicted.reshape(rows, columns)).astype(np.float32)
        return dataclasses.replace(mark, levels=levels, level_range=_target_range(problem), extent=extent)
    shares = np.nan_to_num(predicted.reshape(rows, columns, -1))
    lines = boundaries(xs, ys, shares, predict) if mark.contour else ()
    if mark.group_role == "class" and problem.class_ids:
        whole = np.zeros((rows, columns, max(problem.class_ids) + 1), dtype=np.float32)
        whole[:, :, list(problem.class_ids)] = shares
        shares = whole
    return dataclasses.replace(mark, shares=shares.astype(np.float32), extent=extent, boundary=lines)


def raster(look: Look) -> tuple[np.ndarray, np.ndarray]:
    """The centres of the raster's columns (w,) and rows (h,) over a view, `look.cells` along the longer side."""
    width, height = look.x1 - look.x0, look.y1 - look.y0
    # Axes in different units are not drawn to one scale: then the cells follow the shape of a usual screen.
    shape = width / height if 0.25 <= width / height <= 4.0 else 4 / 3
    columns, rows = round(look.cells * min(1.0, shape)), round(look.cells / max(1.0, shape))
    xs = look.x0 + (np.arange(columns) + 0.5) * width / columns
    ys = look.y0 + (np.arange(rows) + 0.5) * height / rows
    return xs, ys


def evaluate_unit(learner: Any, moment: Moment, pin: tuple[int, int], problem: Problem, look: Look) -> Field | None:
    """One neuron's output over the plane as levels, zero in the middle of their range (one half for outputs between 0
    and 1), or as shares of its class where it stands for one; None for an address that the network does not have."""
    layer, unit = pin
    wiring = learner.wiring(moment, problem)
    if not 0 <= layer < len(wiring.sizes) or not 0 <= unit < wiring.sizes[layer]:
        return None
    xs, ys = raster(look)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    x = problem.from_plane(problem.scale_plane(grid))
    if layer == 0:
        name, sums, values = "identity", x[:, unit], x[:, unit]
    else:
        name, whole = wiring.activations[layer - 1], learner.sums(moment.state, x)[layer - 1]
        sums, values = whole[:, unit], activate(name, whole)[:, unit]
    values, sums = (np.nan_to_num(a.astype(np.float64)).reshape(len(ys), len(xs)) for a in (values, sums))
    most = max(float(np.abs(values).max()), 1e-9)
    level_range = (0.0, 1.0) if name in ("logistic", "softmax", "step") else (-most, most)
    edge = values - 0.5 if name == "softmax" else sums
    lines = [line for line in contour_generator(xs, ys, edge).lines(0.0) if len(line) > 1]
    is_output = layer == len(wiring.sizes) - 1
    shares = _class_shares(name, values, wiring.sizes[-1], unit, problem) if is_output else None
    return Field(
        key=f"unit:{layer}:{unit}",
        levels=values.astype(np.float32) if shares is None else None,
        shares=shares,
        level_range=level_range,
        extent=(look.x0, look.x1, look.y0, look.y1),
        boundary=tuple(np.ascontiguousarray(line) for line in lines),
    )


def _class_shares(name: str, values: np.ndarray, units: int, unit: int, problem: Problem) -> np.ndarray | None:
    """An output (h, w) as the share of the class that it stands for, by the dataset's numbers (h, w, c) float32: the
    rest is left out, but for one output that tells two classes apart. None for outputs that are no share."""
    ids = problem.class_ids
    if not ids or name not in ("softmax", "logistic", "step", "tanh"):
        return None
    share = (values + 1.0) / 2.0 if name == "tanh" else values
    whole = np.zeros((*values.shape, max(ids) + 1), dtype=np.float32)
    if units == 1 and len(ids) == 2:
        whole[:, :, ids[0]], whole[:, :, ids[1]] = 1.0 - share, share
    elif units == len(ids):
        whole[:, :, ids[unit]] = share
    else:
        return None
    return whole


def _marks_of_pin(learner: Learner, shown: Shown, problem: Problem) -> Iterable[Mark]:
    """What a learner adds for a pinned point or place, where it has an answer to that (`pinned_marks`)."""
    if shown.pin == Pin() or not hasattr(learner, "pinned_marks"):
        return ()
    return learner.pinned_marks(shown, problem)


def _prediction_curve(predict: Callable[[np.ndarray], np.ndarray], look: Look) -> tuple[np.ndarray, ...]:
    """The prediction along a plane whose vertical axis is the target: one polyline (m, 2) from edge to edge."""
    xs = np.linspace(look.x0, look.x1, 4 * look.cells + 1)
    predicted = predict(np.stack([xs, np.zeros_like(xs)], axis=1))
    if predicted.ndim != 1 or not np.isfinite(predicted).all():
        return ()
    return (np.stack([xs, predicted], axis=1),)


def boundaries(
    xs: np.ndarray, ys: np.ndarray, shares: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, ...]:
    """Polylines (m, 2) where the largest of shares (h, w, c) changes: the zero lines of each class's lead over the
    best other. With two classes one lead says all; with more, lines towards classes already treated were drawn from
    their side and are hidden. Where the shares jump, `predict` (m, 2) -> (m, c) puts each vertex where the winner
    really changes."""
    c = shares.shape[2]
    if c < 2:
        return ()
    found: list[np.ndarray] = []
    winner = shares.argmax(axis=2)
    for k in range(c - 1):
        if c > 2 and not (winner == k).any():
            continue
        lead = _lead(shares, k)
        if c > 2:
            lead = np.where(winner < k, np.nan, lead)
        if not (np.nanmin(lead) < 0.0 < np.nanmax(lead)):
            continue
        lines = [line for line in contour_generator(xs, ys, np.ma.masked_invalid(lead)).lines(0.0) if len(line) > 1]
        if _is_stepped(lead):
            lines = _sharpened(lines, xs, ys, lambda xy, k=k: _lead(predict(xy), k))
        found += [np.ascontiguousarray(line) for line in lines]
    return tuple(found)


def _lead(shares: np.ndarray, k: int) -> np.ndarray:
    """How far class k is ahead of the best other, along the last axis."""
    return shares[..., k] - np.delete(shares, k, axis=-1).max(axis=-1)


def _is_stepped(lead: np.ndarray) -> bool:
    """Whether a lead stands still over most of the raster and jumps between (votes, clusters); a smooth one is
    contoured well by interpolation alone."""
    return bool((np.diff(lead, axis=1) == 0.0).mean() > 0.5)


def _sharpened(
    lines: list[np.ndarray], xs: np.ndarray, ys: np.ndarray, lead: Callable[[np.ndarray], np.ndarray]
) -> list[np.ndarray]:
    """The lines with every vertex moved along its raster edge to where `lead` changes its sign, by bisection.

    Contouring interpolates; where a prediction jumps (votes, clusters) that makes a staircase of a straight line.
    """
    if not lines:
        return []
    vertices = np.concatenate(lines)
    low, high = vertices.copy(), vertices.copy()
    for axis, grid in ((0, xs), (1, ys)):
        step = grid[1] - grid[0]
        place = (vertices[:, axis] - grid[0]) / step
        between = np.abs(place - np.round(place)) > 1e-9
        low[between, axis] = grid[0] + np.floor(place[between]) * step
        high[between, axis] = grid[0] + np.ceil(place[between]) * step
    is_ahead = lead(low) >= 0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        same = (lead(middle) >= 0) == is_ahead
        low[same], high[~same] = middle[same], middle[~same]
    cuts = np.cumsum([len(line) for line in lines])[:-1]
    return [np.ascontiguousarray(part) for part in np.split((low + high) / 2, cuts)]


def to_plane(x: np.ndarray, problem: Problem) -> np.ndarray:
    """Rows (m, d) in the learner's units as points of the plane (m, 2) in original units."""
    mean, scale = problem.plane_scaling
    width = problem.d + 1 if problem.shows_target else problem.d
    shown = np.asarray(x, dtype=np.float64).reshape(-1, width)[:, list(problem.axes)]
    return np.ascontiguousarray(shown * scale + mean)


def _arrow(mark: Arrow, problem: Problem) -> Arrow:
    axes = list(problem.axes)
    scale = problem.plane_scaling[1]
    along = np.asarray(mark.direction, dtype=np.float64)[axes]
    mapped = along / scale if mark.kind == "normal" else along * scale
    return dataclasses.replace(mark, at=to_plane(mark.at[None, :], problem)[0], direction=mapped)


def _ellipse(mark: Ellipse, problem: Problem) -> Path:
    turn = np.linspace(0.0, 2.0 * np.pi, _ELLIPSE_VERTICES, endpoint=False)
    center = to_plane(mark.center[None, :], problem)[0]
    radii = mark.radius * problem.plane_scaling[1]
    round_trip = center + np.stack([np.cos(turn), np.sin(turn)], axis=1) * radii
    shared = {f.name: getattr(mark, f.name) for f in dataclasses.fields(Mark)}
    return Path(**shared, vertices=round_trip, closed=True, dashed=mark.dashed)


def _trail(mark: Trail, moment: Moment, problem: Problem, earlier: list[State]) -> Trail:
    places = [getattr(state, mark.source) for state in [*earlier, moment.state]]
    shown = places[-1].shape
    stack = np.stack([p for p in places if p.shape == shown])
    paths = tuple(to_plane(stack[:, row], problem) for row in range(shown[0]))
    return dataclasses.replace(mark, paths=paths)


def _role(role: str, problem: Problem) -> str:
    kind, colon, number = role.partition(":")
    if kind == "class" and colon and problem.class_ids:
        return f"class:{problem.class_ids[int(number)]}"
    return role


def _groups(groups: np.ndarray | None, group_role: str, problem: Problem) -> np.ndarray | None:
    if groups is None or group_role != "class" or not problem.class_ids:
        return groups
    return np.asarray(problem.class_ids)[groups]


def _target_range(problem: Problem) -> tuple[float, float]:
    if problem.targets is None or not len(problem.targets):
        return (0.0, 1.0)
    return float(problem.targets.min()), float(problem.targets.max())


def _same(one: tuple, other: tuple) -> bool:
    return all(a is b or (isinstance(a, (str, Look)) and a == b) for a, b in zip(one, other, strict=True))
