"""The data points themselves: one scatter item for each class, shape and kind, and rings round the wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen

from lab.data.datasets import Dataset
from lab.looks.raster import value_colors
from lab.looks.view import is_plottable
from models.core.marks import Points
from widgets.kit.shapes import class_marker, disc_path
from widgets.kit.theme import theme
from widgets.stages.plane.painters.spots import Spots
from widgets.stages.plane.painters.stage import DATA, OVER, Stage

MOST_DRAWN = 20_000
WRONG = 1.75  # size of the ring, in markers
FOCUS = 1.75
GLOW = 2.3
VALUE_BINS = 9


class Look(NamedTuple):
    """How a group of points looks: "class", "cluster", "value" or "plain", its number, test data or not, and for all but
    classes the class whose shape it has (the first one's is a disc)."""

    kind: str
    number: int
    is_test: bool
    shape: int = 0


class DataLayer:
    """Every data point on the plane, in original units. Rows are rows of the dataset."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._dataset: Dataset | None = None
        self._plane = np.zeros((0, 2))
        self._is_test = np.zeros(0, dtype=bool)
        self._drawn = np.zeros(0, dtype=np.int64)
        self._hidden = np.zeros(0, dtype=np.int64)
        self._wrong = np.zeros(0, dtype=np.int64)
        self._numbers = np.zeros(0, dtype=np.int64)
        self._split: np.ndarray | None = None  # the rows that are known to be test data, as they were given
        self._again: dict[str, Points] = {}
        self._items: dict[Look, Spots] = {}
        self._focus: dict[int, Spots] = {}
        self._rings = [Spots(stage) for _ in range(2)]
        for i, ring in enumerate(self._rings):
            stage.add(ring, DATA + 1.0 + 0.1 * i)
        self._glow = np.zeros(0, dtype=np.int64)
        self._halo = Spots(stage)
        stage.add(self._halo, DATA - 0.5)
        self.shows_test = True

    @property
    def dataset(self) -> Dataset | None:
        return self._dataset

    @property
    def sampled(self) -> tuple[int, int] | None:
        """(drawn, all) when not every point is drawn, or None."""
        return (len(self._drawn), len(self._plane)) if len(self._plane) > MOST_DRAWN else None

    @property
    def shown(self) -> np.ndarray:
        """(m, 2): the places of the points that are drawn."""
        return self._plane[self._drawn[self._touchable()[self._drawn]]]

    @property
    def has_test(self) -> bool:
        return bool(self._is_test.any())

    @property
    def test_rows(self) -> np.ndarray:
        return np.flatnonzero(self._is_test)

    @property
    def has_wrong(self) -> bool:
        return len(self._wrong) > 0

    @property
    def cluster_count(self) -> int:
        """How many clusters colour the points at the moment; 0 when classes do."""
        marks = [m for m in self._again.values() if m.symbol == "data" and m.groups is not None]
        groups = [m.groups for m in marks if m.group_role == "cluster"]
        return 1 + max((int(g.max()) for g in groups if len(g)), default=-1)

    @property
    def hides_classes(self) -> bool:
        """Whether points are drawn without the colours of their classes: in those of clusters, or grey before there are
        any."""
        return any(mark.symbol == "data" and mark.groups is not None and mark.group_role == "cluster"
                   for mark in self._again.values())  # fmt: skip

    @property
    def keeps_shapes(self) -> bool:
        """Whether points in the colours of clusters have the shapes of their classes."""
        has_classes = self._dataset is not None and self._dataset.has_classes
        return has_classes and any(mark.keeps_shape for mark in self._again.values())

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the classes that have points."""
        return self._numbers

    def show(self, dataset: Dataset, test_rows: np.ndarray | None) -> None:
        """Draw this dataset. `test_rows` are drawn hollow."""
        self._dataset = dataset
        self._numbers = np.unique(dataset.targets) if dataset.has_classes else np.zeros(0, dtype=np.int64)
        self._split = None
        self._plane = np.ascontiguousarray(dataset.plane, dtype=np.float64)
        self._hidden = np.zeros(0, dtype=np.int64)
        self._is_test = np.zeros(dataset.n, dtype=bool)
        if test_rows is not None:
            self._is_test[self._inside(test_rows)] = True
        self._wrong = self._inside(self._wrong)
        self._drawn = np.flatnonzero(is_plottable(self._plane))
        if len(self._drawn) > MOST_DRAWN:
            # Seeded, so that the same points are drawn each time.
            self._drawn = np.sort(np.random.default_rng(0).choice(self._drawn, MOST_DRAWN, replace=False))
        self.redraw()

    def show_wrong(self, rows: np.ndarray) -> None:
        rows = self._inside(rows)
        if not np.array_equal(rows, self._wrong):
            self._wrong = rows
            self._redraw_rings()

    def show_glow(self, rows: np.ndarray) -> None:
        """Light up these rows: picked out by hand, or what the numbers are about."""
        rows = self._inside(rows)
        if not np.array_equal(rows, self._glow):
            self._glow = rows
            self._redraw_glow()

    def show_split(self, test_rows: np.ndarray) -> None:
        """The rows that a run keeps for testing, as its pictures tell."""
        if test_rows is self._split:
            return  # the pictures of one run share theirs
        self._split = test_rows
        is_test = np.zeros(len(self._plane), dtype=bool)
        is_test[self._inside(test_rows)] = True
        if not np.array_equal(is_test, self._is_test):
            self._is_test = is_test
            self.redraw()

    def recolour(self, mark: Points) -> None:
        """Draw some rows by groups instead of classes, or, without groups, once more and enlarged."""
        before = self._again.get(mark.key)
        self._again[mark.key] = mark
        is_same = before is not None and before.rows is mark.rows and before.groups is mark.groups
        if not is_same or before.keeps_shape != mark.keeps_shape:
            self._redraw_for(before, mark)

    def forget(self, key: str) -> None:
        gone = self._again.pop(key, None)
        if gone is not None:
            self._redraw_for(gone)

    def _redraw_for(self, *marks: Points | None) -> None:
        """What changes with these marks: every point where they colour anew, else only those enlarged."""
        if any(mark is not None and mark.groups is not None for mark in marks):
            self.redraw()
        else:
            self._redraw_focus()

    def hide(self, rows: np.ndarray) -> None:
        """Leave these rows out, while they are erased or carried about."""
        self._hidden = self._inside(rows)
        self.redraw()

    def near(self, x: float, y: float, radius_px: float) -> np.ndarray:
        """Rows within `radius_px` of a place, nearest first. Those not drawn (but not those hidden) count too."""
        distance = self._distance_px(x, y)
        rows = np.flatnonzero(distance <= radius_px)
        return rows[np.argsort(distance[rows], kind="stable")]

    def within(self, x0: float, x1: float, y0: float, y1: float) -> np.ndarray:
        """Rows in a rectangle."""
        low, high = np.array([min(x0, x1), min(y0, y1)]), np.array([max(x0, x1), max(y0, y1)])
        inside = ((self._plane >= low) & (self._plane <= high)).all(axis=1)
        return np.flatnonzero(inside & self._touchable())

    def places(self, rows: np.ndarray) -> np.ndarray:
        return self._plane[self._inside(rows)]

    def looks(self, rows: np.ndarray) -> Iterator[tuple[Look, np.ndarray]]:
        """Rows grouped by how they look."""
        rows = self._inside(rows)
        names = ("plain", "class", "cluster", "value")
        dataset = self._dataset
        if dataset is None:
            return
        group = np.zeros(len(self._plane), dtype=np.int64)
        shape = np.zeros(len(self._plane), dtype=np.int64)
        kind = np.zeros(len(self._plane), dtype=np.int64)
        if dataset.has_classes:
            kind[:], group[:] = names.index("class"), dataset.targets
        elif dataset.shows_target:
            kind[:] = names.index("class")  # their height says the value: no colour needs to
        elif dataset.has_values and dataset.n:
            low, high = np.nanmin(dataset.targets), np.nanmax(dataset.targets)
            share = (dataset.targets - low) / (high - low) if high > low else np.full(dataset.n, 0.5)
            kind[:], group[:] = names.index("value"), np.round(np.nan_to_num(share, nan=0.5) * (VALUE_BINS - 1))
        for mark in self._again.values():
            if mark.groups is not None and mark.symbol == "data":
                chosen = np.arange(len(kind)) if mark.rows is None else np.asarray(mark.rows)
                if len(chosen) == len(mark.groups):
                    there = chosen < len(kind)
                    groups = np.asarray(mark.groups)[there]
                    kind[chosen[there]] = np.where(groups < 0, names.index("plain"), names.index(mark.group_role))
                    group[chosen[there]] = np.maximum(groups, 0)
                    if mark.keeps_shape and dataset.has_classes:
                        shape[chosen[there]] = dataset.targets[chosen[there]]
        codes = (((kind * 100_000 + shape) * 100_000 + group) * 2 + self._is_test)[rows]
        for code in np.unique(codes):
            whole, is_test = divmod(int(code), 2)
            whole, number = divmod(whole, 100_000)
            which, class_number = divmod(whole, 100_000)
            yield Look(names[which], number, bool(is_test), class_number), rows[codes == code]

    def redraw(self) -> None:
        """Draw everything again: other data, other colours, another scale."""
        rows = self._drawn[self._touchable()[self._drawn]] if len(self._drawn) else self._drawn
        used = set()
        for look, chosen in self.looks(rows):
            used.add(look)
            if look not in self._items:
                self._items[look] = Spots(self._stage)
                self._stage.add(self._items[look], DATA)
            self.style(self._items[look], look, self._plane[chosen])
        for look in set(self._items) - used:
            self._stage.remove(self._items.pop(look))
        self._redraw_focus()
        self._redraw_rings()
        self._redraw_glow()

    def style(self, item: Spots, look: Look, xy: np.ndarray, size: float = 1.0) -> None:
        """Give a scatter item these places in that look."""
        symbol, fit, brush, pen = self.dress(look)
        item.set_spots(xy, self._marker_size() * size * fit, pen, brush, symbol)

    def dress(self, look: Look) -> tuple[QPainterPath, float, QBrush, QPen]:
        """The path in a box one unit across and its size in markers, and the brush and pen of a look."""
        stage = self._stage
        number = look.number if look.kind == "class" else look.shape
        path, size = class_marker(number) if number else (disc_path(), 1.0)
        role = f"{look.kind}:{look.number}" if look.kind in ("class", "cluster") else "muted"
        if look.kind == "value":
            share = np.array([look.number])
            red, green, blue = map(int, value_colors(share, (0, VALUE_BINS - 1), theme.name, "muted")[0])
            brush = stage.kept(("value", look.number), lambda: QBrush(QColor(red, green, blue)))
        else:
            brush = stage.brush(role)
        if not look.is_test:
            return path, size, brush, stage.pen("outline", 1.5 * self._crowding() ** 1.5)
        # Hollow: the colour goes into a broad rim.
        return path, size, stage.brush("surface", 0.85), stage.pen(role, 3.0)

    def _marker_size(self) -> float:
        return self._stage.marker_px * self._crowding()

    def _crowding(self) -> float:
        """Below 1 where thousands of markers would cover each other: they are then smaller, with finer outlines."""
        return float(np.clip((1500.0 / max(1, len(self._drawn))) ** 0.5, 0.4, 1.0))

    def _redraw_focus(self) -> None:
        used = 0
        for mark in self._again.values():
            if (mark.groups is None or mark.emphasis == "focus") and mark.rows is not None:
                for look, chosen in self.looks(self._inside(mark.rows)):
                    if used not in self._focus:
                        self._focus[used] = Spots(self._stage)
                        self._stage.add(self._focus[used], OVER - 1.0)
                    self.style(self._focus[used], look, self._plane[chosen], FOCUS if mark.emphasis == "focus" else 1.0)
                    used += 1
        for spare in [i for i in self._focus if i >= used]:
            self._stage.remove(self._focus.pop(spare))

    def _redraw_rings(self) -> None:
        wrong = self._wrong[np.isin(self._wrong, self._drawn)] if self.sampled else self._wrong
        xy = self._plane[wrong[self._touchable()[wrong]]] if len(wrong) else np.zeros((0, 2))
        xy = np.ascontiguousarray(xy[is_plottable(xy)])
        pens = (self._stage.pen("surface", 4.5, 0.9), self._stage.pen("warning", 2.4))
        for ring, pen in zip(self._rings, pens, strict=True):
            ring.set_spots(xy, WRONG * self._marker_size(), pen, self._stage.no_brush())

    def _redraw_glow(self) -> None:
        rows = self._inside(self._glow)
        xy = self._plane[rows[self._touchable()[rows]]] if len(rows) else np.zeros((0, 2))
        xy = np.ascontiguousarray(xy[is_plottable(xy)])
        pen, brush = self._stage.pen("accent", 2.0), self._stage.brush("accent", 0.3)
        self._halo.set_spots(xy, GLOW * self._marker_size(), pen, brush)

    def _touchable(self) -> np.ndarray:
        """(n,) bool: rows that are on the plane at the moment."""
        shown = np.ones(len(self._plane), dtype=bool) if self.shows_test else ~self._is_test
        shown[self._hidden] = False
        return shown

    def _distance_px(self, x: float, y: float) -> np.ndarray:
        offset = (self._plane - np.array([x, y])) / self._stage.units_per_px()
        return np.where(self._touchable(), np.hypot(offset[:, 0], offset[:, 1]), np.inf)

    def _inside(self, rows: np.ndarray) -> np.ndarray:
        """Rows that this dataset has: a picture may be of the data before the last edit."""
        rows = np.asarray(rows, dtype=np.int64).ravel()
        return rows[(rows >= 0) & (rows < len(self._plane))]
