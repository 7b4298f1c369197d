"""Tools turn the mouse into edits: brush, eraser, move. Each stroke is shown while it lasts and sent once, at its end.

Places are in the plane's original units; reach and jitter are measured on the screen, so that they look alike on any
axes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QGraphicsRectItem

from lab.looks.view import is_plottable
from widgets.stages.plane.painters.data import DataLayer, Look
from widgets.stages.plane.painters.spots import Spots
from widgets.stages.plane.painters.stage import HANDLES, Stage

ToolName = Literal["brush", "eraser", "move"]
DRAG_PX = 4.0  # a hand that moves less than this clicks


class Strokes(QObject):
    """What tools send, once for each stroke."""

    points_drawn = Signal(object, int)
    rows_erased = Signal(object)
    rows_moved = Signal(object, object)


class Tool:
    """What every tool answers to. A tool that is not pressed only hovers."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, stage: Stage, data: DataLayer, strokes: Strokes) -> None:
        self._stage, self._data, self._strokes = stage, data, strokes
        self.is_pressed = False

    def hover(self, x: float, y: float) -> None:
        """The mouse is here, not pressed."""

    def press(self, x: float, y: float, adds: bool = False) -> None:
        """A stroke begins. `adds`: the Shift key is held."""

    def drag(self, x: float, y: float) -> None:
        """The stroke goes on."""

    def release(self, x: float, y: float) -> None:
        """The stroke ends, and is sent."""

    def cancel(self) -> None:
        """The stroke, or what is selected, is forgotten."""

    def delete(self) -> None:
        """The Delete key."""

    def away(self) -> None:
        """The mouse left, or another tool was taken."""

    def refresh(self) -> None:
        """Another theme, scale or dataset."""

    def pointer(self, x: float, y: float) -> QCursor:
        return QCursor(self.cursor)

    def _px_between(self, x0: float, y0: float, x1: float, y1: float) -> float:
        return float(np.hypot(*((np.array([x1, y1]) - [x0, y0]) / self._stage.units_per_px())))


class Circle(QGraphicsEllipseItem):
    """The reach of a brush or eraser, at screen size."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setVisible(False)
        stage.add(self, HANDLES + 30.0)

    def put(self, x: float, y: float, radius_px: float, role: str) -> None:
        self.setRect(QRectF(-radius_px, -radius_px, 2 * radius_px, 2 * radius_px))
        self.setPos(x, y)
        self.setPen(self._stage.pen(role, 1.6, 0.9))
        self.setBrush(self._stage.brush(role, 0.08))
        self.setVisible(True)


class BrushTool(Tool):
    """A click puts one point where the mouse is; a drag sprays points round its way."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage, data: DataLayer, strokes: Strokes) -> None:
        super().__init__(stage, data, strokes)
        self.class_number, self.size, self.density = 0, 0.04, 3.0
        self._draws = np.random.default_rng()
        self._circle = Circle(stage)
        self._live = Spots(self._stage)
        stage.add(self._live, HANDLES + 20.0)
        self._points: list[np.ndarray] = []
        self._last = (0.0, 0.0)

    @property
    def radius_px(self) -> float:
        return max(3.0, self.size * self._stage.box.width())

    def hover(self, x: float, y: float) -> None:
        self._circle.put(x, y, self.radius_px, f"class:{self.class_number}")

    def press(self, x: float, y: float, adds: bool = False) -> None:
        self.is_pressed = True
        self._last = (x, y)
        self._points = [np.array([[x, y]])]
        self._show_live()

    def drag(self, x: float, y: float) -> None:
        self.hover(x, y)
        if self._px_between(*self._last, x, y) < max(DRAG_PX, 0.5 * self.radius_px):
            return
        self._last = (x, y)
        count = max(1, round(self.density))
        jitter = np.clip(self._draws.normal(0.0, 0.5, (count, 2)), -1.2, 1.2) * self.radius_px
        self._points.append(np.array([x, y]) + jitter * self._stage.units_per_px())
        self._show_live()

    def release(self, x: float, y: float) -> None:
        xy = np.concatenate(self._points) if self._points else np.zeros((0, 2))
        xy = np.ascontiguousarray(xy[is_plottable(xy)])
        if len(xy):
            self._strokes.points_drawn.emit(xy, self.class_number)
        self.cancel()

    def cancel(self) -> None:
        self.is_pressed = False
        self._points = []
        self._live.set_spots(np.zeros((0, 2)), 1.0, self._stage.no_pen(), self._stage.no_brush())

    def away(self) -> None:
        self._circle.setVisible(False)

    def _show_live(self) -> None:
        xy = np.concatenate(self._points)
        self._data.style(self._live, Look("class", self.class_number, False), xy[is_plottable(xy)])


class EraserTool(Tool):
    """Every point under the circle goes while the button is held."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage, data: DataLayer, strokes: Strokes) -> None:
        super().__init__(stage, data, strokes)
        self.size = 0.04
        self._circle = Circle(stage)
        self._rows: set[int] = set()

    @property
    def radius_px(self) -> float:
        return max(0.75 * self._stage.marker_px, self.size * self._stage.box.width())

    def hover(self, x: float, y: float) -> None:
        self._circle.put(x, y, self.radius_px, "ink")

    def press(self, x: float, y: float, adds: bool = False) -> None:
        self.is_pressed = True
        self._rows = set()
        self.drag(x, y)

    def drag(self, x: float, y: float) -> None:
        self.hover(x, y)
        found = set(map(int, self._data.near(x, y, self.radius_px)))
        if found - self._rows:
            self._rows |= found
            self._data.hide(np.array(sorted(self._rows)))

    def release(self, x: float, y: float) -> None:
        rows = np.array(sorted(self._rows), dtype=np.int64)
        self.cancel()
        if len(rows):
            self._strokes.rows_erased.emit(rows)

    def cancel(self) -> None:
        self.is_pressed = False
        if self._rows:
            self._rows = set()
            self._data.hide(np.zeros(0, dtype=np.int64))

    def away(self) -> None:
        self._circle.setVisible(False)


class Carried(Spots):
    """Points in the hand: how they look and where they were picked up."""

    def __init__(self, stage: Stage, look: Look, home: np.ndarray) -> None:
        super().__init__(stage)
        self.look, self.home = look, home


class MoveTool(Tool):
    """Drag a point, or the points in a rectangle drawn first. Delete takes the selected ones away."""

    def __init__(self, stage: Stage, data: DataLayer, strokes: Strokes) -> None:
        super().__init__(stage, data, strokes)
        self.selected = np.zeros(0, dtype=np.int64)
        self._rings = Spots(self._stage)
        self._frame = QGraphicsRectItem()
        self._carried: list[Carried] = []
        self._start = (0.0, 0.0)
        self._doing: Literal["nothing", "carrying", "framing"] = "nothing"
        self._before = self.selected
        stage.add(self._rings, HANDLES + 15.0)
        stage.add(self._frame, HANDLES + 30.0)
        self._frame.setVisible(False)

    def pointer(self, x: float, y: float) -> QCursor:
        over = self._doing == "carrying" or len(self._data.near(x, y, self.reach))
        return QCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)

    @property
    def reach(self) -> float:
        """How near to a point the mouse must be to mean it, in pixels."""
        return 0.75 * self._stage.marker_px

    def press(self, x: float, y: float, adds: bool = False) -> None:
        self.is_pressed = True
        self._start, self._before = (x, y), self.selected
        near = self._data.near(x, y, self.reach)
        if len(near):
            if not np.isin(near[0], self.selected):
                self.selected = np.union1d(self.selected, near[:1]) if adds else near[:1]
            self._doing = "carrying"
        else:
            if not adds:
                self.selected = np.zeros(0, dtype=np.int64)
            self._before = self.selected
            self._doing = "framing"
        self._show(0.0, 0.0)

    def drag(self, x: float, y: float) -> None:
        dx, dy = x - self._start[0], y - self._start[1]
        if self._doing == "carrying" and (self._carried or self._px_between(0.0, 0.0, dx, dy) >= DRAG_PX):
            if not self._carried:
                self._lift()
            self._show(dx, dy)
        elif self._doing == "framing":
            self._frame.setRect(QRectF(self._start[0], self._start[1], dx, dy).normalized())
            self._frame.setPen(self._stage.pen("accent", 1.6, 0.9))
            self._frame.setBrush(self._stage.brush("accent", 0.08))
            self._frame.setVisible(True)
            self.selected = np.union1d(self._before, self._data.within(self._start[0], x, self._start[1], y))
            self._show(0.0, 0.0)

    def release(self, x: float, y: float) -> None:
        was_carried = bool(self._carried)
        delta = np.array([x - self._start[0], y - self._start[1]])
        rows = self.selected
        self._put_down()
        if was_carried and len(rows) and delta.any():
            self._strokes.rows_moved.emit(rows, delta)
        self.refresh()

    def cancel(self) -> None:
        self.selected = self._before if self._doing == "carrying" else np.zeros(0, dtype=np.int64)
        self._put_down()
        self.refresh()

    def delete(self) -> None:
        rows, self.selected = self.selected, np.zeros(0, dtype=np.int64)
        self._put_down()
        self.refresh()
        if len(rows):
            self._strokes.rows_erased.emit(rows)

    def away(self) -> None:
        self.selected = np.zeros(0, dtype=np.int64)
        self._put_down()
        self.refresh()

    def refresh(self) -> None:
        self._show(0.0, 0.0)

    def forget(self) -> None:
        """Row numbers mean other points now."""
        self.selected = np.zeros(0, dtype=np.int64)
        self._put_down()
        self.refresh()

    def _lift(self) -> None:
        for look, rows in self._data.looks(self.selected):
            item = Carried(self._stage, look, self._data.places(rows))
            self._stage.add(item, HANDLES + 20.0)
            self._carried.append(item)
        self._data.hide(self.selected)

    def _put_down(self) -> None:
        self.is_pressed, self._doing = False, "nothing"
        self._frame.setVisible(False)
        if self._carried:
            for item in self._carried:
                self._stage.remove(item)
            self._carried = []
            self._data.hide(np.zeros(0, dtype=np.int64))

    def _show(self, dx: float, dy: float) -> None:
        for item in self._carried:
            xy = item.home + np.array([dx, dy])
            self._data.style(item, item.look, xy[is_plottable(xy)])
        xy = self._data.places(self.selected) + np.array([dx, dy])
        xy = np.ascontiguousarray(xy[is_plottable(xy)])
        pen, brush = self._stage.pen("accent", 2.6), self._stage.brush("accent", 0.12)
        self._rings.set_spots(xy, 1.7 * self._stage.marker_px, pen, brush)
