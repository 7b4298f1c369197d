"""Painters of lines: segments, paths, trails, arrows."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from lab.looks.view import is_plottable
from models.core.marks import Arrow, Path, Segments, Trail
from widgets.stages.plane.painters.spots import Spots
from widgets.stages.plane.painters.stage import (
    LINE_PX,
    LINES,
    OVER,
    STRONG_LINES,
    Stage,
    Tags,
    alpha_of,
    plottable,
    weight_of,
)

THIN_PX = 1.8
FINE_PX, MANY_PIECES = 1.0, 200
HALO_PX = 3.0
_FEW_VERTICES, _ASIDE_PX, _LONGEST_PX = 24, 0.1, 60.0  # for lines that have more vertices than the screen can tell
MOST_LABELS = 40
LABELS_AT = (0.62, 0.8, 0.42)
SHORT_PX, BEYOND_PX = 95.0, 30.0
_ARROW_SHARE = 0.2  # of the plane's smaller side: the longest normal arrow


class Stroke:
    """A line with a pale halo under it, so that it stays clear on any ground."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage = stage
        self.under, self.over = QGraphicsPathItem(), QGraphicsPathItem()
        stage.add(self.under, layer - 0.0004)
        stage.add(self.over, layer)

    def draw(self, path: QPainterPath, pen: QPen, halo: QPen | None) -> None:
        self.over.setVisible(not path.isEmpty())
        self.under.setVisible(halo is not None and not path.isEmpty())
        self.over.setPen(pen)
        self.over.setPath(path)
        if halo is not None:
            self.under.setPen(halo)
            self.under.setPath(path)

    def remove(self) -> None:
        self._stage.remove(self.under)
        self._stage.remove(self.over)


def pairs_path(starts: np.ndarray, ends: np.ndarray) -> QPainterPath:
    """Separate straight pieces as one path."""
    both = np.stack([starts, ends], axis=1).reshape(-1, 2)
    return pg.arrayToQPath(np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1]), connect="pairs")


def polyline_path(vertices: np.ndarray, closed: bool = False, units: np.ndarray | None = None) -> QPainterPath:
    """One line through the vertices; units (2,), of a pixel: without those vertices that the screen cannot tell."""
    (xy,) = plottable(vertices)
    if units is not None:
        xy = told_apart(xy, units)
    if len(xy) < 2:
        return QPainterPath()
    path = pg.arrayToQPath(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), connect="all")
    if closed:
        path.closeSubpath()
    return path


def told_apart(xy: np.ndarray, units: np.ndarray) -> np.ndarray:
    """A line (m, 2) without the vertices that lie within a fraction of a pixel of the way between their neighbours.

    A contour has a vertex at every cell of its raster, and stroking takes time for each. Every second vertex at most
    goes in one pass, so that each is judged by neighbours that stay.
    """
    while len(xy) > _FEW_VERTICES:
        px = xy / units
        before, at, after = px[:-2:2], px[1:-1:2], px[2::2]
        along, off = after - before, at - before
        length = np.hypot(along[:, 0], along[:, 1])
        aside = np.abs(along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]) / np.maximum(length, 1e-9)
        # Where a line turns back on itself, its vertex lies on the way between its neighbours and is its end.
        goes = (aside < _ASIDE_PX) & (np.einsum("ij,ij->i", along, off) >= 0.0) & (length < _LONGEST_PX)
        goes &= np.einsum("ij,ij->i", along, after - at) >= 0.0
        if goes.sum() < len(xy) // 8:
            break
        keep = np.ones(len(xy), dtype=bool)
        keep[1:-1:2] = ~goes
        xy = xy[keep]
    return xy


def to_edge(starts: np.ndarray, ends: np.ndarray, view: tuple[float, float, float, float]) -> tuple:
    """Lines through starts (m, 2) and ends, cut a little outside the view. Lines that miss the view keep no length."""
    x0, x1, y0, y1 = view
    pad_x, pad_y = 0.05 * (x1 - x0), 0.05 * (y1 - y0)
    low, high = np.array([x0 - pad_x, y0 - pad_y]), np.array([x1 + pad_x, y1 + pad_y])
    along = ends - starts
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - starts) / along, (high - starts) / along
    near, far = np.minimum(one, two), np.maximum(one, two)
    still = along == 0.0
    between = (low <= starts) & (starts <= high)
    near[still], far[still] = np.where(between, -np.inf, np.inf)[still], np.inf
    t0, t1 = near.max(axis=1), far.min(axis=1)
    good = np.isfinite(t0) & np.isfinite(t1) & (t0 < t1)
    t0, t1 = np.where(good, t0, 0.0)[:, None], np.where(good, t1, 0.0)[:, None]
    return starts + t0 * along, starts + t1 * along


def label_places(
    starts: np.ndarray, ends: np.ndarray, units: np.ndarray, sizes_px: np.ndarray, scale: float
) -> np.ndarray:
    """(m, 2): where the labels of pieces stand, nan for those that find no room beside earlier ones.

    The first choice is a little past the middle, since pieces often share their start and the labels would meet there;
    pieces too short on the screen to carry a label have it beyond their end. sizes_px (m, 2): of the labels. The last
    one always stands: it is the one that has just come.
    """
    along = ends - starts
    length_px = np.maximum(np.hypot(*(along / units).T), 1e-9)[:, None]
    beyond = ends + along / length_px * BEYOND_PX * scale
    on_piece = [starts + share * along for share in LABELS_AT]
    is_short = length_px < SHORT_PX * scale
    choices = [np.where(is_short, beyond, on_piece[0]), beyond, *on_piece[1:]]
    places, boxes = choices[0].copy(), np.empty((0, 4))
    for i in range(len(starts)):
        for choice in choices:
            box = np.append(choice[i] / units, sizes_px[i])
            meets = (np.abs(boxes[:, :2] - box[:2]) * 2 < boxes[:, 2:] + box[2:]).all(axis=1)
            if not meets.any():
                places[i], boxes = choice[i], np.vstack([boxes, box])
                break
        else:
            if i < len(starts) - 1:
                places[i] = np.nan
    return places


class SegmentsPainter:
    """Straight pieces, in one stroke for each colour."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage, self._layer = stage, layer
        self._strokes: dict[str, Stroke] = {}
        self._tags = Tags(stage)
        self._mark: Segments | None = None

    def paint(self, mark: Segments) -> None:
        self._mark = mark
        starts, ends = (np.asarray(a, dtype=np.float64).reshape(-1, 2) for a in (mark.starts, mark.ends))
        keep = is_plottable(starts, ends)
        groups = None if mark.groups is None else np.asarray(mark.groups)[keep]
        labels = [text for text, kept in zip(mark.labels, keep, strict=False) if kept]
        starts, ends = starts[keep], ends[keep]
        if mark.extend:
            starts, ends = to_edge(starts, ends, self._stage.view())
        used = set()
        for role, chosen in _by_role(mark.role, mark.group_role, groups, len(starts)):
            used.add(role)
            if role not in self._strokes:
                ground = LINES if mark.thin else STRONG_LINES
                self._strokes[role] = Stroke(self._stage, ground + self._layer)
            self._draw(self._strokes[role], role, mark, pairs_path(starts[chosen], ends[chosen]))
        for role in set(self._strokes) - used:
            self._strokes.pop(role).remove()
        many = len(labels) > 12
        tags = self._tags.show(min(len(labels), MOST_LABELS))
        if not tags:
            return
        scale, px = self._stage.scale, 12.0 if many else 15.0
        # A digit is about 0.65 of the letters' height wide; the plate adds its rim.
        sizes = np.array([(0.65 * px * len(text) + 8.0, 1.5 * px) for text in labels[: len(tags)]]) * scale
        few = slice(len(tags))
        places = label_places(starts[few], ends[few], self._stage.units_per_px(), sizes, scale)
        for tag, text, (x, y) in zip(tags, labels, places, strict=False):
            tag.setVisible(bool(np.isfinite(x)))
            if np.isfinite(x):
                tag.put(float(x), float(y), text, role="ink", px=px, alpha=max(0.6, alpha_of(mark)))

    def _draw(self, stroke: Stroke, role: str, mark: Segments, path: QPainterPath) -> None:
        # Hundreds of pieces are told apart better when they are finer, and take half the time.
        thin = FINE_PX if len(mark.starts) > MANY_PIECES else THIN_PX
        width = (thin if mark.thin else LINE_PX) * weight_of(mark)
        dashed = mark.dashed or mark.emphasis == "ghost"
        alpha = alpha_of(mark) * (0.75 if mark.thin and mark.emphasis == "normal" else 1.0)
        strong = not mark.thin and mark.emphasis in ("normal", "focus")
        halo = self._stage.pen("surface", width + HALO_PX, 0.85) if strong and not dashed else None
        stroke.draw(path, self._stage.pen(role, width, alpha, dashed), halo)

    def rescale(self) -> None:
        if self._mark is not None and (self._mark.extend or self._mark.labels):
            self.paint(self._mark)

    def remove(self) -> None:
        for stroke in self._strokes.values():
            stroke.remove()
        self._tags.show(0)


class PathPainter:
    """A line through vertices, perhaps closed, perhaps filled."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage = stage
        self._stroke = Stroke(stage, STRONG_LINES + layer)

    def paint(self, mark: Path) -> None:
        width = (3.0 if mark.dashed else LINE_PX) * weight_of(mark)
        strong = mark.emphasis in ("normal", "focus") and not mark.dashed
        halo = self._stage.pen("surface", width + HALO_PX, 0.7) if strong else None
        dashed = mark.dashed or mark.emphasis == "ghost"
        pen = self._stage.pen(mark.role, width, alpha_of(mark), dashed)
        self._stroke.over.setBrush(self._stage.brush(mark.role, 0.14) if mark.filled else self._stage.no_brush())
        self._stroke.draw(polyline_path(mark.vertices, mark.closed), pen, halo)

    def rescale(self) -> None:
        pass

    def remove(self) -> None:
        self._stroke.remove()


class TrailPainter:
    """Where things were: one line for each, with a small dot at every stop, in the colour of its group."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage, self._layer = stage, layer
        self._strokes: list[Stroke] = []
        self._stops = Spots(stage)
        stage.add(self._stops, LINES + layer + 0.0002)

    def paint(self, mark: Trail) -> None:
        while len(self._strokes) < len(mark.paths):
            self._strokes.append(Stroke(self._stage, LINES + self._layer))
        while len(self._strokes) > len(mark.paths):
            self._strokes.pop().remove()
        stops, brushes = [np.zeros((0, 2))], []
        for i, (stroke, places) in enumerate(zip(self._strokes, mark.paths, strict=True)):
            role = f"{mark.group_role}:{i}"
            pen = self._stage.pen(role, 2.6 * weight_of(mark), 0.85 * alpha_of(mark))
            stroke.draw(polyline_path(places), pen, self._stage.pen("surface", 5.0, 0.7))
            (earlier,) = plottable(np.asarray(places).reshape(-1, 2)[:-1])
            stops.append(earlier)
            brushes += [self._stage.brush(role, 0.9)] * len(earlier)
        at = np.concatenate(stops)
        outline = self._stage.pen("surface", 1.2)
        self._stops.set_spots(at, 8.0 * self._stage.scale, outline, brushes)

    def rescale(self) -> None:
        pass

    def remove(self) -> None:
        for stroke in self._strokes:
            stroke.remove()
        self._stage.remove(self._stops)


class ArrowPainter:
    """An arrow with a head of constant size. Normals stand at a right angle to their line on the screen as well."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage = stage
        self._item = QGraphicsPathItem()
        self._item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        stage.add(self._item, OVER + layer)
        self._mark: Arrow | None = None

    def paint(self, mark: Arrow) -> None:
        self._mark = mark
        at, direction = np.asarray(mark.at, dtype=np.float64), np.asarray(mark.direction, dtype=np.float64)
        units = self._stage.units_per_px()
        # A displacement is divided by units per pixel; a normal is a covector, and multiplied by them.
        screen = direction / units if mark.kind == "point" else direction * units
        size = float(np.hypot(*screen))
        if not (is_plottable(at[None, :], screen[None, :])[0] and size > 0.0):
            self._item.setVisible(False)
            return
        length = size
        tip = at + direction
        if mark.kind == "point" and len(self._stage.crosses) and np.isclose(self._stage.crosses, tip).all(axis=1).any():
            length = max(0.0, size - self._stage.cross_px / 2)
        if mark.kind == "normal":
            side = min(self._stage.box.width(), self._stage.box.height())
            length = _ARROW_SHARE * side * float(np.clip(np.nan_to_num(mark.strength), 0.0, 1.0))
        self._item.setVisible(length > 3.0)
        self._item.setPos(float(at[0]), float(at[1]))
        along = np.array([screen[0], -screen[1]]) / size
        self._item.setPath(arrow_path(along, length, self._stage.scale * weight_of(mark)))
        self._item.setBrush(self._stage.brush(mark.role, alpha_of(mark)))
        self._item.setPen(self._stage.pen("surface", 1.4, alpha_of(mark)))

    def rescale(self) -> None:
        if self._mark is not None:
            self.paint(self._mark)

    def remove(self) -> None:
        self._stage.remove(self._item)


def arrow_path(along: np.ndarray, length: float, scale: float) -> QPainterPath:
    """The outline of an arrow from (0, 0), in pixels, y down."""
    head = min(20.0 * scale, length)
    half, wide = 2.7 * scale, min(9.0 * scale, 0.5 * head)
    across = np.array([-along[1], along[0]])
    neck = length - 0.86 * head
    outline = [
        across * half, along * neck + across * half, along * (length - head) + across * wide, along * length,
        along * (length - head) - across * wide, along * neck - across * half, -across * half,
    ]  # fmt: skip
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in outline]))
    path.closeSubpath()
    return path


def _by_role(role: str, group_role: str, groups: np.ndarray | None, count: int):
    """(role, chosen rows) for each colour there is."""
    if groups is None:
        yield role, np.arange(count)
        return
    for group in np.unique(groups):
        yield f"{group_role}:{int(group)}", np.flatnonzero(groups == group)
