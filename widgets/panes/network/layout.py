"""Where everything of a network lies: columns of neurons from left to right, and what is under a point. No painting.

Pictures are as large as the room allows. Where it does not allow legible ones, the drawing grows beyond its room and
is scrolled; a layer of more than ten neurons shows eight at a time, and the rest stands as one cell that turns to the
next eight: every neuron can be reached, none is left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_WHOLE = 10  # a layer of so many neurons is shown whole
PAGE = 8  # neurons of a larger one that are shown at a time
MOST_SIDE, COMFORT, LEAST_SIDE = 96.0, 30.0, 24.0  # of a neuron's picture, in logical pixels
BIAS_RADIUS, BIAS_AT = 5.0, 0.33  # pixels; sides of a picture below its middle
_MARGIN, _SIDE_LABEL = 16.0, 4.4  # pixels; text lines' heights
_GAP, _LEAST_GAP = 1.0, 38.0  # sides of a picture; pixels
_NUMBER_GAP, _SCROLLED_GAP = 54.0, 66.0  # pixels, where numbers stand between the columns
_WIDEST_GAP = 3.4  # sides
_ABOVE, _TIGHT = 7.0, 4.0  # pixels between one neuron (its words included) and the next
_EDGE_REACH, _DOT_REACH = 5.0, 6.5


@dataclass(frozen=True)
class Spot:
    """Something that can be pointed at: a neuron; with `input` a weight into it (-1: its bias); with no unit, the rest
    of a layer that is not shown."""

    layer: int
    unit: int | None = None
    input: int | None = None

    @property
    def is_unit(self) -> bool:
        return self.unit is not None and self.input is None

    @property
    def is_weight(self) -> bool:
        return self.input is not None

    @property
    def is_rest(self) -> bool:
        return self.unit is None


@dataclass(frozen=True, eq=False)
class Column:
    """One layer: the units that are shown, from the top down, with the middle of each; `rest_y` is the middle of the
    cell that stands for the others. is_tight: words stand beside the pictures, not above and below them."""

    layer: int
    x: float
    units: tuple[int, ...]
    ys: tuple[float, ...]
    rest: int
    rest_y: float
    is_tight: bool


@dataclass(frozen=True, eq=False)
class Layout:
    """Columns and edges. Edge k leads into (edge_layer[k], edge_unit[k]) from edge_input[k]; edge_ends (m, 4) are
    x0, y0, x1, y1. rest_ends (m, 4): faint lines between shown neurons and what stands for the others."""

    sizes: tuple[int, ...]
    side: float
    width: float
    height: float
    header: float
    footer: float
    gap: float
    columns: tuple[Column, ...]
    edge_layer: np.ndarray
    edge_unit: np.ndarray
    edge_input: np.ndarray
    edge_ends: np.ndarray
    rest_ends: np.ndarray

    @property
    def word_width(self) -> float:
        """The room of words over and under a picture."""
        return self.side + self.gap - 8.0

    def center(self, layer: int, unit: int | None) -> tuple[float, float] | None:
        """The middle of a neuron's picture (None: of the rest), or None where it is not shown."""
        column = self.columns[layer]
        if unit is None:
            return (column.x, column.rest_y) if column.rest else None
        return (column.x, column.ys[column.units.index(unit)]) if unit in column.units else None

    def bias_place(self, layer: int, unit: int) -> tuple[float, float] | None:
        """The middle of a neuron's bias dot, low on the left side of its picture. Inputs have none."""
        center = self.center(layer, unit) if layer else None
        return None if center is None else (center[0] - self.side / 2, center[1] + BIAS_AT * self.side)

    def edge(self, spot: Spot) -> int | None:
        """The number of a weight's edge, or None where it is not drawn (a bias has a dot instead)."""
        here = (self.edge_layer == spot.layer) & (self.edge_unit == spot.unit) & (self.edge_input == spot.input)
        found = np.flatnonzero(here)
        return int(found[0]) if len(found) else None

    def edges_into(self, layer: int, unit: int) -> np.ndarray:
        return np.flatnonzero((self.edge_layer == layer) & (self.edge_unit == unit))

    def spot_at(self, x: float, y: float) -> Spot | None:
        """What lies under a point: a bias dot before its neuron, a neuron before an edge, of edges the nearest."""
        half = self.side / 2
        for column in self.columns:
            if abs(x - column.x) > half + _DOT_REACH:
                continue
            for unit, middle in zip(column.units, column.ys, strict=True):
                dot = y - (middle + BIAS_AT * self.side)
                if column.layer and np.hypot(x - (column.x - half), dot) <= _DOT_REACH:
                    return Spot(column.layer, unit, -1)
            if abs(x - column.x) <= half:
                for unit, middle in zip(column.units, column.ys, strict=True):
                    if abs(y - middle) <= half:
                        return Spot(column.layer, unit)
                if column.rest and abs(y - column.rest_y) <= half:
                    return Spot(column.layer)
        return self._edge_at(x, y)

    def _edge_at(self, x: float, y: float) -> Spot | None:
        if not len(self.edge_ends):
            return None
        start, along = self.edge_ends[:, :2], self.edge_ends[:, 2:] - self.edge_ends[:, :2]
        to_point = np.array([x, y]) - start
        share = np.clip((to_point * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
        distance = np.hypot(*(to_point - share[:, None] * along).T)
        k = int(distance.argmin())
        if distance[k] > _EDGE_REACH:
            return None
        return Spot(int(self.edge_layer[k]), int(self.edge_unit[k]), int(self.edge_input[k]))


def shown_units(size: int, page: int) -> tuple[int, ...]:
    """The units of a layer that are shown on its page."""
    if size <= MOST_WHOLE:
        return tuple(range(size))
    return tuple(range(page * PAGE, min(size, page * PAGE + PAGE)))


def pages(size: int) -> int:
    return 1 if size <= MOST_WHOLE else -(-size // PAGE)


def arrange(
    sizes: Sequence[int], at_page: Sequence[int], width: float, height: float, line: float, head_lines: int = 1
) -> Layout:
    """The network in so much room (logical pixels) with text lines of that height; larger where it must be.

    head_lines: how many lines the names of the layers need.
    """
    sizes = tuple(sizes)
    shown = [shown_units(size, page) for size, page in zip(sizes, at_page, strict=True)]
    slots = [len(units) + (size > len(units)) for units, size in zip(shown, sizes, strict=True)]
    ends = (0, len(sizes) - 1)
    words = [(2 if layer in ends else 1) * line for layer in range(len(sizes))]
    header, footer = head_lines * line + 6.0, line + 8.0
    side, is_tight = _side_by_height(slots, words, height - header - footer)
    left, right = (_MARGIN + (_SIDE_LABEL * line if is_tight[end] else 0.0) for end in ends)
    least_gap = _NUMBER_GAP if any(is_tight) else _LEAST_GAP
    side, gap, width = _side_by_width(float(int(side)), len(sizes), width, left + right, least_gap)
    needed = max(
        n * (side + (_TIGHT if tight else _ABOVE + word)) for n, tight, word in zip(slots, is_tight, words, strict=True)
    )
    room = max(height - header - footer, needed)
    first = left + side / 2 + max(0.0, (width - left - right - len(sizes) * side - (len(sizes) - 1) * gap) / 2)
    columns = tuple(
        _column(layer, first + layer * (side + gap), side, shown[layer], sizes[layer], header, room,
                0.0 if is_tight[layer] else words[layer], is_tight[layer], line if layer in ends else 0.0)
        for layer in range(len(sizes))
    )  # fmt: skip
    edges, rests = _edges(columns, side)
    return Layout(
        sizes, side, width, header + room + footer, header, footer, gap, columns,
        *(edges[:, k].astype(np.int64) for k in range(3)), edges[:, 3:], rests,
    )  # fmt: skip


def _side_by_height(slots: list[int], words: list[float], room: float) -> tuple[float, list[bool]]:
    """The side that lets every column stand in the room, and which columns have their words beside them for it."""
    stacked = [room / n - word - _ABOVE for n, word in zip(slots, words, strict=True)]
    if min(stacked) >= COMFORT:
        return min(*stacked, MOST_SIDE), [False] * len(slots)
    is_tight = [side < COMFORT for side in stacked]
    sides = [room / n - _TIGHT if tight else side for n, tight, side in zip(slots, is_tight, stacked, strict=True)]
    return min(max(min(sides), LEAST_SIDE), MOST_SIDE), is_tight


def _side_by_width(side: float, count: int, width: float, ends: float, least_gap: float) -> tuple[float, float, float]:
    """(side, gap between columns, whole width): the gap is as wide as a picture at least, where that is legible."""
    room = width - ends
    by_width = room / (count + (count - 1) * _GAP)
    side = float(int(min(side, max(by_width, min(side, COMFORT)))))
    gap = (room - count * side) / (count - 1)
    if gap >= least_gap:
        return side, min(gap, _WIDEST_GAP * side + _LEAST_GAP), width
    fitting = (room - (count - 1) * least_gap) / count
    if fitting >= LEAST_SIDE:
        side = float(int(min(side, fitting)))
        return side, (room - count * side) / (count - 1), width
    return side, _SCROLLED_GAP, ends + count * side + (count - 1) * _SCROLLED_GAP


def _column(layer, x, side, units, size, header, room, words, is_tight, above) -> Column:
    slots = len(units) + (size > len(units))
    pitch = min(room / slots, (side + words + _ABOVE) * 1.5)
    top = header + (room - slots * pitch) / 2 + pitch / 2
    shift = above - words / 2 if not is_tight else 0.0  # the middle of the picture, words above and below it
    # Pictures begin at whole pixels: there they are copied as they are, and sharp.
    x = round(x - side / 2) + side / 2
    ys = [round(top + k * pitch + shift - side / 2) + side / 2 for k in range(slots)]
    rest = size - len(units)
    return Column(layer, x, units, tuple(ys[: len(units)]), rest, ys[-1] if rest else 0.0, is_tight)


def _edges(columns: tuple[Column, ...], side: float) -> tuple[np.ndarray, np.ndarray]:
    rows, rests = [], []
    for before, after in zip(columns, columns[1:], strict=False):
        x0, x1 = before.x + side / 2, after.x - side / 2
        for unit, y1 in zip(after.units, after.ys, strict=True):
            rows += [
                (after.layer, unit, source, x0, y0, x1, y1) for source, y0 in zip(before.units, before.ys, strict=True)
            ]
            if before.rest:
                rests.append((x0, before.rest_y, x1, y1))
        if after.rest:
            rests += [(x0, y0, x1, after.rest_y) for y0 in before.ys]
    return np.array(rows, dtype=np.float64).reshape(-1, 7), np.array(rests, dtype=np.float64).reshape(-1, 4)
