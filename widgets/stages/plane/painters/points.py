"""The painter of points: rings, crosses, dots, the query, and rows of the data drawn anew."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QGraphicsSimpleTextItem

from lab.looks.view import is_plottable
from models.core.marks import Points
from widgets.kit.shapes import ringed_cross_path
from widgets.stages.plane.painters.spots import Spots
from widgets.stages.plane.painters.stage import (
    CROSS,
    HANDLES,
    OVER,
    WORDS,
    Stage,
    Tags,
    alpha_of,
    weight_of,
)

RING, DOT = 1.9, 0.6  # in markers


class PointsPainter:
    """Marks at places. Symbol "data" hands its rows to the data layer, which draws every data point there is."""

    def __init__(self, stage: Stage, layer: float) -> None:
        self._stage, self._layer = stage, layer
        self._under = Spots(self._stage)
        self._over = Spots(self._stage)
        self._queries: list[Query] = []
        self._tags = Tags(stage)
        stage.add(self._under, OVER + layer)
        stage.add(self._over, OVER + layer + 0.0004)
        self._key: str | None = None

    def paint(self, mark: Points) -> None:
        self._key = mark.key
        places = np.zeros((0, 2)) if mark.at is None else np.asarray(mark.at, dtype=np.float64).reshape(-1, 2)
        keep = is_plottable(places)
        xy = places[keep]
        groups = None if mark.groups is None else np.asarray(mark.groups)[keep]
        roles = [mark.role] * len(xy) if groups is None else [_role(mark, int(group)) for group in groups]
        layer = (HANDLES if mark.handle or mark.symbol in ("cross", "query") else OVER) + self._layer
        self._under.setZValue(layer)
        self._over.setZValue(layer + 0.0004)
        if mark.symbol == "data" or (mark.rows is not None and mark.emphasis == "focus"):
            self._stage.data.recolour(mark)  # a row in focus is drawn enlarged, whatever stands round it
        else:
            self._stage.data.forget(mark.key)
        if mark.symbol == "data":
            self._spots(self._under, np.zeros((0, 2)))
            self._spots(self._over, np.zeros((0, 2)))
        else:
            getattr(self, f"_show_{mark.symbol}")(mark, xy, roles)
        if mark.symbol != "query":
            self._show_queries(0)
        self._show_labels(mark, xy, roles, [t for t, kept in zip(mark.labels, keep, strict=False) if kept])

    def _show_ring(self, mark: Points, xy: np.ndarray, roles: list[str]) -> None:
        stage, size = self._stage, RING * self._stage.marker_px * (1.25 if mark.emphasis == "focus" else 1.0)
        width = 3.2 * weight_of(mark)
        self._spots(self._under, xy, size, stage.pen("surface", width + 2.5, 0.85 * alpha_of(mark)))
        self._spots(self._over, xy, size, self._pens(roles, width, alpha_of(mark)))

    def _show_dot(self, mark: Points, xy: np.ndarray, roles: list[str]) -> None:
        size = DOT * self._stage.marker_px * weight_of(mark)
        brushes = self._one_or_all([self._stage.brush(role, alpha_of(mark)) for role in roles])
        self._spots(self._under, np.zeros((0, 2)))
        self._spots(self._over, xy, size, self._stage.pen("surface", 1.0, alpha_of(mark)), brushes)

    def _show_cross(self, mark: Points, xy: np.ndarray, roles: list[str]) -> None:
        stage, size = self._stage, CROSS * self._stage.marker_px * weight_of(mark)
        alpha = alpha_of(mark)
        self._spots(self._under, xy, size + 7.0 * stage.scale, stage.pen("surface", 2.0, 0.9 * alpha),
                    stage.brush("outline" if alpha == 1.0 else "muted", alpha))  # fmt: skip
        self._spots(self._over, xy, size, self._pens(roles, 4.0, alpha), stage.brush("surface", alpha),
                    ringed_cross_path())  # fmt: skip

    def _show_query(self, mark: Points, xy: np.ndarray, roles: list[str]) -> None:
        self._spots(self._under, np.zeros((0, 2)))
        self._spots(self._over, np.zeros((0, 2)))
        self._show_queries(len(xy))
        for query, (x, y), role in zip(self._queries, xy, roles, strict=True):
            query.put(float(x), float(y), role, alpha_of(mark))

    def _show_queries(self, count: int) -> None:
        while len(self._queries) < count:
            query = Query(self._stage)
            self._stage.add(query, WORDS + 1.0)
            self._queries.append(query)
        while len(self._queries) > count:
            self._stage.remove(self._queries.pop())

    def _show_labels(self, mark: Points, xy: np.ndarray, roles: list[str], labels: list[str]) -> None:
        reach = {"cross": CROSS, "query": 2.8, "ring": RING}.get(mark.symbol, 1.0) * self._stage.marker_px / 2
        offset = (0.0, -reach - 13.0 * self._stage.scale)
        tags = self._tags.show(len(labels))
        for tag, (x, y), role, text in zip(tags, xy, roles, labels, strict=False):
            tag.put(float(x), float(y), text, role=role, px=16.0, offset=offset, alpha=alpha_of(mark))

    def _pens(self, roles: list[str], width: float, alpha: float):
        return self._one_or_all([self._stage.pen(role, width, alpha) for role in roles])

    @staticmethod
    def _one_or_all(values: list):
        """One value where all are the same, which is much faster to draw."""
        return values[0] if values and all(v is values[0] for v in values) else values or None

    def _spots(self, item: Spots, xy: np.ndarray, size: float = 1.0, pen=None, brush=None,
               symbol: QPainterPath | None = None) -> None:  # fmt: skip
        item.set_spots(xy, size, pen or self._stage.no_pen(), brush or self._stage.no_brush(), symbol)

    def rescale(self) -> None:
        pass

    def remove(self) -> None:
        if self._key is not None:
            self._stage.data.forget(self._key)
        self._stage.remove(self._under)
        self._stage.remove(self._over)
        self._show_queries(0)
        self._tags.show(0)


def _role(mark: Points, group: int) -> str:
    return f"{mark.group_role}:{group}" if group >= 0 else mark.role


class Query(QGraphicsEllipseItem):
    """A "?" in a dashed circle, at screen size."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._stage = stage
        self._sign = QGraphicsSimpleTextItem("?", self)

    def put(self, x: float, y: float, role: str, alpha: float) -> None:
        stage = self._stage
        radius = 1.35 * stage.marker_px
        self.setPos(x, y)
        self.setRect(QRectF(-radius, -radius, 2 * radius, 2 * radius))
        self.setPen(stage.pen(role, 3.0, alpha, dashed=True))
        self.setBrush(stage.brush("surface", 0.92 * alpha))
        self._sign.setFont(stage.font(math.ceil(1.75 * radius / stage.scale), bold=True))
        self._sign.setBrush(stage.brush(role, alpha))
        rect = self._sign.boundingRect()
        self._sign.setPos(-rect.width() / 2, -rect.height() / 2)
