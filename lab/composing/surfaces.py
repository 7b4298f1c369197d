"""Surfaces: a prediction over a raster of the view, with the lines where the winner changes.

Each is made in steps: a generator that predicts a band of the raster at a time and yields how many rows it predicted,
so that whoever drives it may stop between two bands. Drained at once it is the whole surface.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

import numpy as np
from contourpy import contour_generator

from lab.looks.view import is_near_square
from lab.protocol.commands import Look
from models.core.abilities import HasNetwork, activate
from models.core.learner import Learner, Moment
from models.core.marks import Field
from models.core.problem import Rows
from models.core.state import State

_BISECTIONS = 5  # a thirty-second of a raster cell
ALL = 1 << 60  # rows at once: the whole raster
_VALUES_AT_ONCE = 1 << 20  # sums of all neurons for the rows of a band: 8 MB

Predict = Callable[[np.ndarray], np.ndarray]  # points of the plane (m, 2) in original units -> (m,) or (m, c)
Steps = Generator[int, None, Any]  # yields how many rows each step predicted


def drained(steps: Steps) -> Any:
    """What a generator returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


# -- the learner's own surface ---------------------------------------------------------------------------------------


def evaluate_field(mark: Field, learner: Learner, state: State, problem: Rows, look: Look) -> Field:
    """Predict at the centres of a raster over the view, and find the lines where the winner changes."""
    return drained(field_in_steps(mark, learner, state, problem, look))


def field_in_steps(
    mark: Field, learner: Learner, state: State, problem: Rows, look: Look, at_once: int = ALL
) -> Generator[int, None, Field]:
    """`evaluate_field` in steps of about `at_once` predicted rows, a line of the raster at least."""
    # A picture of a network needs no more than float32, and its activations are many times faster there.
    precision = np.float32 if isinstance(learner, HasNetwork) else np.float64

    def predict(xy: np.ndarray) -> np.ndarray:
        return learner.predict(state, problem.from_plane(problem.scale_plane(xy)).astype(precision, copy=False))

    extent = (look.x0, look.x1, look.y0, look.y1)
    if problem.shows_target:
        return dataclasses.replace(mark, extent=extent, boundary=_prediction_curve(predict, look))
    xs, ys = raster(look)
    columns, rows = len(xs), len(ys)
    predicted = yield from _in_bands(predict, xs, ys, at_once)
    if predicted.ndim == 1:
        levels = np.nan_to_num(predicted.reshape(rows, columns)).astype(np.float32)
        return dataclasses.replace(mark, levels=levels, level_range=_target_range(problem), extent=extent)
    shares = np.nan_to_num(predicted.reshape(rows, columns, -1))
    lines = (yield from boundaries_in_steps(xs, ys, shares, predict, at_once)) if mark.contour else ()
    if mark.group_role == "class" and problem.class_ids:
        whole = np.zeros((rows, columns, max(problem.class_ids) + 1), dtype=np.float32)
        whole[:, :, list(problem.class_ids)] = shares
        shares = whole
    return dataclasses.replace(mark, shares=shares.astype(np.float32), extent=extent, boundary=lines)


def raster(look: Look) -> tuple[np.ndarray, np.ndarray]:
    """The centres of the raster's columns (w,) and rows (h,) over a view, `look.cells` along the longer side."""
    width, height = look.x1 - look.x0, look.y1 - look.y0
    # Axes in different units are not drawn to one scale: then the cells follow the shape on the screen, if it is
    # known, or that of a usual screen.
    shape = width / height if is_near_square((look.x0, look.x1, look.y0, look.y1)) else 4 / 3
    if look.width_px > 0 and look.height_px > 0:
        shape = look.width_px / look.height_px
    columns = max(1, round(look.cells * min(1.0, shape)))
    rows = max(1, round(look.cells / max(1.0, shape)))
    xs = look.x0 + (np.arange(columns) + 0.5) * width / columns
    ys = look.y0 + (np.arange(rows) + 0.5) * height / rows
    return xs, ys


def _in_bands(predict: Predict, xs: np.ndarray, ys: np.ndarray, at_once: int) -> Generator[int, None, np.ndarray]:
    """`predict` over the raster, some of its lines at a time: (h * w,) or (h * w, c), row by row."""
    lines = max(1, at_once // len(xs))
    bands = []
    for first in range(0, len(ys), lines):
        grid = np.stack(np.meshgrid(xs, ys[first : first + lines]), axis=-1).reshape(-1, 2)
        bands.append(predict(grid))
        yield len(grid)
    return bands[0] if len(bands) == 1 else np.concatenate(bands)


def _prediction_curve(predict: Predict, look: Look) -> tuple[np.ndarray, ...]:
    """The prediction along a plane whose vertical axis is the target: one polyline (m, 2) from edge to edge."""
    xs = np.linspace(look.x0, look.x1, 4 * look.cells + 1)
    predicted = predict(np.stack([xs, np.zeros_like(xs)], axis=1))
    if predicted.ndim != 1 or not np.isfinite(predicted).all():
        return ()
    return (np.stack([xs, predicted], axis=1),)


def _target_range(problem: Rows) -> tuple[float, float]:
    if problem.targets is None or not len(problem.targets):
        return (0.0, 1.0)
    return float(problem.targets.min()), float(problem.targets.max())


# -- one neuron's ------------------------------------------------------------------------------------------------------


def evaluate_unit(learner: Any, moment: Moment, pin: tuple[int, int], problem: Rows, look: Look) -> Field | None:
    """One neuron's output over the plane as levels, zero in the middle of their range (one half for outputs between 0
    and 1), or as shares of its class where it stands for one; None for an address that the network does not have."""
    return drained(unit_in_steps(learner, moment, pin, problem, look))


def unit_in_steps(
    learner: Any, moment: Moment, pin: tuple[int, int], problem: Rows, look: Look, at_once: int = ALL
) -> Generator[int, None, Field | None]:
    """`evaluate_unit` in steps of about `at_once` rows, a line of the raster at least."""
    layer, unit = pin
    wiring = learner.wiring(moment, problem)
    if not 0 <= layer < len(wiring.sizes) or not 0 <= unit < wiring.sizes[layer]:
        return None
    name = wiring.activations[layer - 1] if layer else "identity"

    def sums_and_values(xy: np.ndarray) -> np.ndarray:
        """(m, 2): the neuron's weighted sum and its output."""
        x = problem.from_plane(problem.scale_plane(xy)).astype(np.float32, copy=False)
        if layer == 0:
            return np.stack([x[:, unit], x[:, unit]], axis=1)
        whole = learner.sums(moment.state, x)[layer - 1]
        return np.stack([whole[:, unit], activate(name, whole)[:, unit]], axis=1)

    xs, ys = raster(look)
    at_once = min(at_once, _VALUES_AT_ONCE // sum(wiring.sizes))  # `sums` answers for every neuron, also for one
    both = yield from _in_bands(sums_and_values, xs, ys, at_once)
    sums, values = np.nan_to_num(both.astype(np.float64)).reshape(len(ys), len(xs), 2).transpose(2, 0, 1)
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


def _class_shares(name: str, values: np.ndarray, units: int, unit: int, problem: Rows) -> np.ndarray | None:
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


# -- where the winner changes ------------------------------------------------------------------------------------------


def boundaries(xs: np.ndarray, ys: np.ndarray, shares: np.ndarray, predict: Predict) -> tuple[np.ndarray, ...]:
    """Polylines (m, 2) where the largest of shares (h, w, c) changes: the zero lines of each class's lead over the
    best other. With two classes one lead says all; with more, lines towards classes already treated were drawn from
    their side and are hidden. Where the shares jump, `predict` (m, 2) -> (m, c) puts each vertex where the winner
    really changes."""
    return drained(boundaries_in_steps(xs, ys, shares, predict))


def boundaries_in_steps(
    xs: np.ndarray, ys: np.ndarray, shares: np.ndarray, predict: Predict, at_once: int = ALL
) -> Generator[int, None, tuple[np.ndarray, ...]]:
    """`boundaries`, a class at a time, and of its vertices as many as cost `at_once` predictions."""
    found: list[np.ndarray] = []
    for k, lead in _leads(shares):
        yield 0
        if not lead.min() < 0.0 < lead.max():
            continue
        lines = [line for line in contour_generator(xs, ys, lead).lines(0.0) if len(line) > 1]
        yield 0
        if _is_stepped(lead):
            lines = yield from _sharpened(lines, xs, ys, lambda xy, k=k: _lead(predict(xy), k), at_once)
        found += [np.ascontiguousarray(line) for line in lines]
    return tuple(found)


def _leads(shares: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """How far each class is ahead of the best other, class by class: (h, w), masked where a class before it wins."""
    c = shares.shape[2]
    if c == 2:
        yield 0, shares[:, :, 0] - shares[:, :, 1]
    if c <= 2:
        return
    winner = shares.argmax(axis=2)
    first, second = _first_two(shares, winner)
    for k in range(c - 1):
        if (winner == k).any():
            lead = shares[:, :, k] - np.where(winner == k, second, first)
            yield k, np.ma.masked_where(winner < k, lead)


def _first_two(shares: np.ndarray, winner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest and the second largest of shares (h, w, c): (h, w) each."""
    first = np.take_along_axis(shares, winner[:, :, None], axis=2)[:, :, 0]
    others = shares.copy()
    np.put_along_axis(others, winner[:, :, None], -np.inf, axis=2)
    return first, others.max(axis=2)


def _lead(shares: np.ndarray, k: int) -> np.ndarray:
    """How far class k is ahead of the best other, along the last axis."""
    return shares[..., k] - np.delete(shares, k, axis=-1).max(axis=-1)


def _is_stepped(lead: np.ndarray) -> bool:
    """Whether a lead stands still over most of the raster and jumps between (votes, clusters); a smooth one is
    contoured well by interpolation alone."""
    return bool((np.diff(lead, axis=1) == 0.0).mean() > 0.5)


def _sharpened(
    lines: list[np.ndarray], xs: np.ndarray, ys: np.ndarray, lead: Predict, at_once: int
) -> Generator[int, None, list[np.ndarray]]:
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
    for part in _parts(len(vertices), max(1, at_once // (1 + _BISECTIONS))):
        yield _bisected(low[part], high[part], lead)
    cuts = np.cumsum([len(line) for line in lines])[:-1]
    return [np.ascontiguousarray(part) for part in np.split((low + high) / 2, cuts)]


def _parts(count: int, size: int) -> Iterable[slice]:
    return (slice(first, first + size) for first in range(0, count, size))


def _bisected(low: np.ndarray, high: np.ndarray, lead: Predict) -> int:
    """Draw low and high (m, 2) together, in place, round where `lead` changes its sign; -> rows predicted."""
    is_ahead = lead(low) >= 0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        same = (lead(middle) >= 0) == is_ahead
        low[same], high[~same] = middle[same], middle[~same]
    return (1 + _BISECTIONS) * len(low)
