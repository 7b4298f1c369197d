"""The plane: points, surface, marks, axes in original units, and the tools that draw on it.

Over 450 lines: what is shown and what the mouse does to it share one state, down to the pixel.
"""

from __future__ import annotations

import html
import math
import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QGraphicsItem, QVBoxLayout, QWidget

from lab.data.datasets import Dataset
from lab.looks.view import has_equal_aspect, home_view
from lab.protocol.packet import Packet, Picture
from models.core.marks import Field
from models.words.text import Said, Text
from widgets.kit.language import bind, language
from widgets.kit.theme import is_still, theme
from widgets.stages.plane.axes import Axis
from widgets.stages.plane.canvas import Canvas
from widgets.stages.plane.legend import Legend
from widgets.stages.plane.painters.board import Board, Handle
from widgets.stages.plane.painters.data import DataLayer
from widgets.stages.plane.painters.stage import Stage
from widgets.stages.plane.tools import BrushTool, EraserTool, MoveTool, Strokes, Tool, ToolName
from widgets.stages.stage import BAND_PX, StageView

NAME = Text("The plane: data points and what the algorithm does", "평면: 데이터 점과 알고리즘이 하는 일")
PINNED_UNIT = Text(
    "Shown: neuron {unit} of layer {layer}; blue is positive, orange negative.",
    "표시: 층 {layer}의 뉴런 {unit}. 파랑은 양수, 주황은 음수입니다.",
)
PINNED_SHARE = Text(
    "Shown: neuron {unit} of layer {layer}; blue is above one half, orange below.",
    "표시: 층 {layer}의 뉴런 {unit}. 파랑은 0.5보다 큰 값, 주황은 작은 값입니다.",
)
PINNED_OUTPUT = Text(
    "Shown: output {names}; the stronger the colour, the larger the share of the class.",
    "표시: 출력 {names}. 색이 진할수록 그 클래스의 비율이 큽니다.",
)
PINNED_INPUT = Text("Shown: input {unit} by itself (layer {layer}).", "표시: 입력 {unit} (층 {layer}).")
SLICE = Text("A slice: {names} held at the median.", "단면: {names:은/는} 중앙값으로 고정했습니다.")
LOOK_AFTER_MS = 100
NEAR_MISS = 3.0  # how far from a handle a press still means it, in markers
HANDLE_EVERY_MS = 30
_NEXT_TO_NOTHING = QRect(0, 0, 1, 1)
_IN_A_ROW_S = 0.05  # pictures that follow each other so soon are painted in a turn of the event loop of their own
FIT_WIDTH, FIT_HEIGHT = 900.0, 620.0  # a plane of this size is drawn at scale 1


@dataclass(frozen=True, eq=False)
class _Look:
    """What a plane shows: enough to paint it again."""

    dataset: Dataset | None
    test_rows: np.ndarray | None
    shows: tuple[bool, bool]
    marks: tuple
    picture: Picture | None
    range: QRectF
    room: tuple[float, float]
    margins: tuple
    legend: tuple


class PlaneView(StageView):
    """Shows a Dataset and the Picture of a Packet, and tells what a person does on the plane, in original units."""

    points_drawn = Signal(object, int)  # xy (m, 2), class number; once for a stroke
    rows_erased = Signal(object)  # rows of the dataset
    rows_moved = Signal(object, object)  # rows, delta (2,)
    handle_dragged = Signal(str, object, bool)  # handle, (x, y), whether the hand let go
    pointed = Signal(int)  # row of the dataset under the mouse with the move tool in hand, -1 for none
    picked = Signal(int)  # the one row that is selected, -1 for none or several
    looked = Signal(float, float, float, float, int, int, int)  # x0, x1, y0, y1, cells, size in device pixels

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.glide_ms = 0
        self._cells = 120
        self._fixed_scale: float | None = None
        self._emphasis = 1.0
        self._test_rows_given = False
        self._picture: Picture | None = None
        self._shown_at = 0.0
        self._handle: Handle | None = None
        self._handle_start = (0.0, 0.0)
        self._panned_from: QPointF | None = None
        self._pointed = self._picked = -1
        self._home: tuple[float, float, float, float] = (-6.0, 6.0, -6.0, 6.0)

        self._canvas = Canvas(self)
        box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._plot = pg.PlotItem(
            viewBox=box, axisItems={side: Axis(side) for side in ("left", "bottom")}, enableMenu=False
        )
        self._plot.hideButtons()
        self._plot.disableAutoRange()
        self._plot.layout.setContentsMargins(4, 12, 16, 4)  # room for the outermost tick labels
        self._canvas.setCentralItem(self._plot)
        for item in (self._plot, box):
            # They draw nothing themselves, so Qt need not ask Python where they lie in every frame.
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)

        self._stage = Stage(box)
        self._stage.data = self._data = DataLayer(self._stage)
        self._board = Board(self._stage, self)
        self._legend = Legend(self._stage)
        self._strokes = Strokes(self)
        self._strokes.points_drawn.connect(self.points_drawn)
        self._strokes.rows_erased.connect(self.rows_erased)
        self._strokes.rows_moved.connect(self.rows_moved)
        kinds: dict[ToolName, type[Tool]] = {"brush": BrushTool, "eraser": EraserTool, "move": MoveTool}
        made = {name: kind(self._stage, self._data, self._strokes) for name, kind in kinds.items()}
        self._tools: dict[ToolName, Tool] = made
        self._tool: ToolName = "brush"

        self._look_timer = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._look_timer.timeout.connect(self.on_look_due)
        self._handle_timer = QTimer(self, singleShot=True, interval=HANDLE_EVERY_MS)
        self._handle_timer.timeout.connect(self.on_handle_due)
        self._handle_news: tuple[str, tuple[float, float]] | None = None

        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setFocusProxy(self._canvas)
        self.setMinimumSize(240, 200)
        bind(self._canvas, self._canvas.setAccessibleName, NAME)
        box.sigRangeChanged.connect(self.on_range_changed)
        box.sigResized.connect(self.on_range_changed)
        theme.changed.connect(self.on_theme_changed)
        language.changed.connect(self.on_language_changed)
        self._restyle()
        self.reset_view()

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_dataset(
        self, dataset: Dataset, train_rows: np.ndarray | None = None, test_rows: np.ndarray | None = None
    ) -> None:
        """Draw this dataset. Without a split given, the pictures of the run say which rows are test data.

        The view stays where it is while the same plane is edited, and fits another one.
        """
        before = self._data.dataset
        self._test_rows_given = test_rows is not None or train_rows is not None
        if not self._test_rows_given and self._picture is not None:
            test_rows = self._picture.test_rows
        move = self._tools["move"]
        if before is None or before.n != dataset.n or not is_same_data(before, dataset):
            self.forget_pick()
        if before is None or not is_same_data(before, dataset):
            self._legend.go_home()
        self._data.show(dataset, test_rows)
        move.refresh()
        self._legend.refresh(self._data)
        self._show_names()
        self._home = home_view(dataset)
        if before is None or not _same_plane(before, dataset) or self._sees_little():
            self.reset_view()

    def show_packet(self, packet: Packet) -> None:
        """Show the picture of a packet; marks glide there when `glide_ms` says so and nothing forbids motion."""
        picture = self._picture = packet.picture
        now = time.monotonic()
        if packet.state in ("playing", "finished") and now - self._shown_at < _IN_A_ROW_S and self.glide_ms <= 0:
            self._canvas.paint_soon()
        self._shown_at = now
        if not self._test_rows_given:
            self._data.show_split(picture.test_rows)
        self._board.show(picture.marks, 0 if self.glide_ms <= 0 or is_still() else int(self.glide_ms))
        self._data.show_wrong(picture.wrong)
        self._data.show_glow(picture.glow)
        self._legend.note(_notes(packet, self._data.dataset))
        self._legend.tell(self._data)

    def clear_packet(self) -> None:
        """The data alone."""
        self._picture = None
        self._board.show(())
        self._data.show_wrong(np.zeros(0, dtype=np.int64))
        self._data.show_glow(np.zeros(0, dtype=np.int64))
        self._legend.note(())
        self._legend.tell(self._data)

    def set_surface(self, is_shown: bool) -> None:
        self._stage.shows_surface = is_shown
        self._board.repaint()

    def set_test_points(self, is_shown: bool) -> None:
        self._data.shows_test = is_shown
        self._data.redraw()
        self._legend.tell(self._data)

    @property
    def cells(self) -> int:
        """The raster's resolution that `looked` asks for, in cells along the longer side."""
        return self._cells

    @cells.setter
    def cells(self, cells: int) -> None:
        if cells != self._cells:
            self._cells = cells
            self._look_timer.start()

    def set_emphasis(self, emphasis: float) -> None:
        """Lines, markers and letters so many times larger than the size of the window asks for."""
        if emphasis != self._emphasis:
            self._emphasis = emphasis
            self._restyle()

    def reset_view(self) -> None:
        """Fit the view to the dataset."""
        x0, x1, y0, y1 = self._home
        self._stage.box.setAspectLocked(has_equal_aspect(self._data.dataset))
        self._stage.box.setRange(QRectF(x0, y0, x1 - x0, y1 - y0), padding=0.0)
        self._look_timer.start()

    def painting(self, width: int = 0) -> Generator[None, None, QImage]:
        """The plane as a picture, `width` pixels wide (0: twice its size on the screen), legend included.

        A second plane is laid out at that size, so that text, lines and markers are sharp and in proportion.
        """
        width = width or 2 * self.width()
        ratio = width / max(1, self.width())
        look, scale, height = self._look(), self._stage.scale * ratio, round(self.height() * ratio)
        copy = PlaneView()
        try:
            yield
            copy._fixed_scale = scale
            copy.resize(width, height)
            copy.grab(_NEXT_TO_NOTHING)  # lays everything out
            yield
            copy._take(look, ratio)
            yield
            copy.grab(_NEXT_TO_NOTHING)
            copy._stage.box.setRange(look.range, padding=0.0)
            yield
            image = QImage(copy.size(), QImage.Format.Format_RGB32)
            for top in range(0, height, BAND_PX):
                band = QRect(0, top, width, min(BAND_PX, height - top))
                copy.render(image, band.topLeft(), QRegion(band))
                yield
        finally:
            copy.close()
            copy.deleteLater()
        return image

    def _look(self) -> _Look:
        """What is shown now, for a picture that is painted later."""
        x0, x1, y0, y1 = self._stage.view()
        axes = {side: self._plot.getAxis(side) for side in ("left", "bottom")}
        return _Look(
            dataset=self._data.dataset,
            test_rows=self._data.test_rows,
            shows=(self._stage.shows_surface, self._data.shows_test),
            marks=tuple(self._board.shown.values()),
            picture=self._picture,
            range=QRectF(x0, y0, x1 - x0, y1 - y0),
            room=(axes["left"].width(), axes["bottom"].height()),
            margins=self._plot.layout.getContentsMargins(),
            legend=(self._legend.spot, self._legend.caption_spot, self._legend.notes),
        )

    def _take(self, look: _Look, ratio: float) -> None:
        """Show the same part of the plane in a box of the same shape: else a strip of it would have no surface."""
        self._stage.shows_surface, self._data.shows_test = look.shows
        if look.dataset is not None:
            self.show_dataset(look.dataset, None, look.test_rows)
        self._plot.getAxis("left").setWidth(look.room[0] * ratio)
        self._plot.getAxis("bottom").setHeight(look.room[1] * ratio)
        self._plot.layout.setContentsMargins(*(margin * ratio for margin in look.margins))
        self._plot.layout.activate()  # now: nobody may turn the event loop before it is painted
        self._stage.box.setRange(look.range, padding=0.0)
        self._board.show(look.marks)
        if look.picture is not None:
            self._data.show_wrong(look.picture.wrong)
            self._data.show_glow(look.picture.glow)
        self._legend.spot, self._legend.caption_spot, notes = look.legend
        self._legend.note(notes)
        self._legend.refresh(self._data)

    # -- tools ---------------------------------------------------------------------------------------------------

    @property
    def tool(self) -> ToolName:
        return self._tool

    def set_tool(self, name: ToolName) -> None:
        """Take "brush", "eraser" or "move" in hand. Raises KeyError for another name."""
        tool = self._tools[name]
        if name != self._tool:
            self._hand.cancel()
            self._hand.away()
            self._tool = name
            self._point_at(math.nan, math.nan)
            self._tell_pick()
        self._canvas.setCursor(tool.cursor)

    def forget_pick(self) -> None:
        """No point is selected any more."""
        self._tools["move"].forget()
        self._tell_pick()

    def set_brush(self, class_number: int, size: float, density: float) -> None:
        """The class that the brush paints, its radius as a share of the view's width, points for each spray."""
        brush, eraser = self._tools["brush"], self._tools["eraser"]
        brush.class_number, brush.size, brush.density = class_number, size, density
        eraser.size = size

    @property
    def _hand(self) -> Tool:
        return self._tools[self._tool]

    def _place(self, position: QPointF) -> tuple[float, float]:
        place = self._stage.box.mapSceneToView(self._canvas.mapToScene(position.toPoint()))
        return float(place.x()), float(place.y())

    def _is_inside(self, position: QPointF) -> bool:
        return self._stage.box.sceneBoundingRect().contains(self._canvas.mapToScene(position.toPoint()))

    def _handle_at(self, x: float, y: float) -> Handle | None:
        # A brush that just misses a handle would paint where somebody means to drag.
        reach = (NEAR_MISS if self._tool == "brush" else 1.5) * self._stage.marker_px
        units = self._stage.units_per_px()
        near = [(math.hypot((h.x - x) / units[0], (h.y - y) / units[1]), h) for h in self._board.handles()]
        distance, handle = min(near, key=lambda pair: pair[0], default=(math.inf, None))
        return handle if distance <= reach else None

    def on_mouse_pressed(self, position: QPointF, button, modifiers, is_double: bool = False) -> None:
        if not self._is_inside(position):
            if is_double and button == Qt.MouseButton.LeftButton:
                self.reset_view()
            return
        if button in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            if not self._hand.is_pressed and self._handle is None:
                self._panned_from = position
                self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        if button != Qt.MouseButton.LeftButton or self._panned_from is not None:
            return
        x, y = self._place(position)
        self._handle = self._handle_at(x, y)
        if self._handle is not None:
            self._handle_start = (x, y)
            self._hand.away()
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self._hand.press(x, y, bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    def on_mouse_moved(self, position: QPointF, buttons) -> None:
        x, y = self._place(position)
        if self._panned_from is not None:
            units, moved = self._stage.units_per_px(), position - self._panned_from
            self._panned_from = position
            self._stage.box.translateBy(x=-moved.x() * units[0], y=moved.y() * units[1])
        elif self._handle is not None:
            self._drag_handle(x, y)
        elif self._hand.is_pressed:
            self._hand.drag(x, y)
        elif not self._is_inside(position):
            self.on_mouse_left()
        elif self._handle_at(x, y) is not None:
            self.on_mouse_left()
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self._canvas.setCursor(self._hand.pointer(x, y))
            self._hand.hover(x, y)
            self._point_at(x, y)

    def on_mouse_released(self, position: QPointF, button) -> None:
        x, y = self._place(position)
        if self._panned_from is not None and button in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._panned_from = None
            self._canvas.setCursor(self._hand.cursor)
        elif self._handle is not None and button == Qt.MouseButton.LeftButton:
            self._drop_handle(x, y)
        elif self._hand.is_pressed and button == Qt.MouseButton.LeftButton:
            self._hand.release(x, y)
            self._tell_pick()

    def _point_at(self, x: float, y: float) -> None:
        """Say which row the mouse is over, when that is another one than before."""
        row = -1
        if self._tool == "move" and math.isfinite(x):
            near = self._data.near(x, y, self._hand.reach)
            row = int(near[0]) if len(near) else -1
        if row != self._pointed:
            self._pointed = row
            self.pointed.emit(row)

    def _tell_pick(self) -> None:
        rows = self._tools["move"].selected
        row = int(rows[0]) if len(rows) == 1 else -1
        if row != self._picked:
            self._picked = row
            self.picked.emit(row)

    def on_mouse_left(self) -> None:
        self._point_at(math.nan, math.nan)
        if not self._hand.is_pressed and self._tool != "move":
            self._hand.away()

    def on_wheel_turned(self, position: QPointF, delta: int) -> None:
        if delta and self._is_inside(position):
            x, y = self._place(position)
            factor = 0.9985**delta
            self._stage.box.scaleBy(s=(factor, factor), center=(x, y))

    def on_key_pressed(self, key: int) -> bool:
        """Delete and Escape belong to the tool in hand; every other key to the window."""
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._tool == "move" and len(self._hand.selected):
            self._hand.delete()
            self._tell_pick()
            return True
        if key == Qt.Key.Key_Escape and (self._hand.is_pressed or self._tool == "move" and len(self._hand.selected)):
            self._hand.cancel()
            self._tell_pick()
            return True
        return False

    def _drag_handle(self, x: float, y: float) -> None:
        handle = self._handle
        place = self._carried_to(handle, x, y)
        self._board.hold(handle, *place)
        self._handle_news = (handle.name, place)
        if not self._handle_timer.isActive():
            self.on_handle_due()
            self._handle_timer.start()

    def _drop_handle(self, x: float, y: float) -> None:
        handle, self._handle, self._handle_news = self._handle, None, None
        self._handle_timer.stop()
        self._canvas.setCursor(self._hand.cursor)
        self._board.let_go()
        if (x, y) != self._handle_start:
            self.handle_dragged.emit(handle.name, self._carried_to(handle, x, y), True)

    def _carried_to(self, handle: Handle, x: float, y: float) -> tuple[float, float]:
        """Where the hand has carried a handle to. A question is asked at round numbers: 2 years, not 1.982."""
        place = np.array([handle.x + x - self._handle_start[0], handle.y + y - self._handle_start[1]])
        if handle.snaps:
            steps = [round_step(2.0 * px) for px in self._stage.units_per_px()]
            place = np.array([round(round(v / step) * step, 12) for v, step in zip(place, steps, strict=True)])
        return float(place[0]), float(place[1])

    # -- what happens --------------------------------------------------------------------------------------------

    @Slot()
    def on_handle_due(self) -> None:
        """At most one word of a drag every 30 ms: a learner may answer each with a new run."""
        if self._handle_news is not None:
            name, place = self._handle_news
            self._handle_news = None
            self.handle_dragged.emit(name, place, False)
            self._handle_timer.start()

    @Slot()
    def on_look_due(self) -> None:
        view = self._stage.view()
        if all(map(math.isfinite, view)) and view[0] < view[1] and view[2] < view[3]:
            ratio = self._canvas.devicePixelRatioF()
            size = (round(side * ratio) for side in (self._stage.box.width(), self._stage.box.height()))
            self.looked.emit(*view, self._cells, *size)

    @Slot()
    def on_range_changed(self) -> None:
        self._board.rescale()
        self._legend.place()
        self._look_timer.start()

    @Slot()
    def on_theme_changed(self) -> None:
        self._restyle()

    @Slot()
    def on_language_changed(self) -> None:
        self._board.repaint()
        self._legend.refresh(self._data)
        self._show_names()

    def _restyle(self) -> None:
        """Pens, brushes, fonts and sizes again, for this theme and this size of the window."""
        self._stage.scale = self._fitting_scale()
        self._stage.ratio = 1.0 if self._fixed_scale else self._canvas.devicePixelRatioF()
        self._stage.forget_pens()
        self._canvas.setBackground(theme.color("window"))
        self._stage.box.setBackgroundColor(theme.color("surface"))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(self._stage.pen("muted", 1.2))
            axis.setTextPen(self._stage.pen("ink", 1.0))
            axis.setStyle(tickFont=self._stage.font(14.0), tickLength=-4, tickTextOffset=6)
            axis.enableAutoSIPrefix(False)
        self._plot.getAxis("bottom").setHeight(round(41 * self._stage.scale) + 4)
        self._show_names()
        self._data.redraw()
        self._board.repaint()
        for tool in self._tools.values():
            tool.refresh()
        self._legend.refresh(self._data)

    def _show_names(self) -> None:
        names = ("x", "y")
        if self._data.dataset is not None:
            names = self._data.dataset.axis_names
        css = {"color": theme.color("ink").name(), "font-size": f"{round(16 * self._stage.scale)}px",
               "font-weight": "bold", "font-family": QApplication.font().family()}  # fmt: skip
        for side, name in zip(("bottom", "left"), names, strict=True):
            # Names come from files: they are words, never markup.
            self._plot.setLabel(side, html.escape(name), **css)

    def _sees_little(self) -> bool:
        """Whether most points lie outside the view."""
        plane = self._data.dataset.plane
        if not len(plane):
            return False
        x0, x1, y0, y1 = self._stage.view()
        inside = (plane >= [x0, y0]).all(axis=1) & (plane <= [x1, y1]).all(axis=1)
        return bool(inside.mean() < 0.5)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self._fixed_scale or self._fitting_scale() != self._stage.scale:
            self._restyle()

    def _fitting_scale(self) -> float:
        fit = min(self.width() / FIT_WIDTH, self.height() / FIT_HEIGHT)
        return self._fixed_scale or round(float(np.clip(fit, 1.0, 2.5)) * self._emphasis * 20) / 20


def _notes(packet: Packet, dataset: Dataset | None) -> tuple[Said, ...]:
    """What the plane shows in place of the whole: one neuron, a slice through more columns than two."""
    notes = []
    fields = [mark for mark in packet.picture.marks if isinstance(mark, Field)]
    unit = next((mark for mark in fields if mark.key.startswith("unit:")), None)
    if unit is not None:
        notes.append(_note_of_unit(unit, dataset))
    if fields and dataset is not None:
        others = [name for i, name in enumerate(dataset.feature_names) if i not in dataset.axes]
        if others:
            shown = ", ".join(others[:4]) + (" …" if len(others) > 4 else "")
            notes.append(Said(SLICE, {"names": shown}))
    return tuple(notes)


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, ... (times a power of ten) that is not below `least` > 0."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _note_of_unit(field: Field, dataset: Dataset | None) -> Said:
    """What a pinned neuron's picture shows, and in which colours."""
    layer, unit = map(int, field.key.split(":")[1:])
    if field.shares is not None and dataset is not None:
        ids = np.flatnonzero(field.shares.any(axis=(0, 1)))
        return Said(PINNED_OUTPUT, {"names": ", ".join(dataset.class_names[k] for k in ids)})
    is_share = field.level_range[0] >= 0.0  # of outputs between 0 and 1
    words = PINNED_INPUT if layer == 0 else PINNED_SHARE if is_share else PINNED_UNIT
    return Said(words, {"layer": layer, "unit": unit + 1})


def is_same_data(one: Dataset, other: Dataset) -> bool:
    """Whether one came from the other by an edit, so that what was picked out in it means the same."""
    return all(getattr(one, n) == getattr(other, n) for n in ("name", "feature_names", "origin"))


def _same_plane(one: Dataset, other: Dataset) -> bool:
    return is_same_data(one, other) and one.axes == other.axes and one.view == other.view
