"""The network drawing as a control: what is pointed at, walked to by keys, pinned; and the sweep of values through it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, Qt, QTimer, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from lab.protocol.pane_records import NetworkPicture
from widgets.kit.theme import theme
from widgets.panes.network.layout import BIAS_RADIUS, PAGE, Layout, Spot, arrange, pages, shown_units
from widgets.panes.network.scene import NEGATIVE, POSITIVE, Scene, edge_values, levels, width_of
from widgets.panes.network.words import layer_name

_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_MOST_DOTS = 120  # that travel along the edges of one gap


class NetworkCanvas(QWidget):
    """Draws one network. `pointed` tells what is pointed at (a Spot or None), `chosen` what was clicked or entered,
    `turned` that a layer shows its next neurons."""

    pointed = Signal(object)
    chosen = Signal(object)
    released = Signal()
    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture: NetworkPicture | None = None
        self.layout_now: Layout | None = None
        self.pin: Spot | None = None
        self.is_readable = True
        self._hover: Spot | None = None
        self._cursor: Spot | None = None
        self._walks = False
        self._at_page: list[int] = []
        self._scene = Scene()
        self._still: QPixmap | None = None
        self._next: QPixmap | None = None  # painted in steps, to be the next `_still`
        self._todo: list[Callable[[QPainter], None]] = []
        self._steps = QTimer(self, interval=0)  # other timers have their turn between two steps
        self._steps.timeout.connect(self._on_step_due)
        self._share = 1.0  # of the way that the sweep has come
        self._sweep = QVariantAnimation(self)
        self._sweep.setStartValue(0.0)
        self._sweep.setEndValue(1.0)
        self._sweep.setEasingCurve(QEasingCurve.Type.Linear)
        self._sweep.valueChanged.connect(self._on_sweep_moved)

    # -- what is drawn ---------------------------------------------------------------------------------------------

    def show_picture(self, picture: NetworkPicture, pin: Spot | None, is_readable: bool, sweep_ms: int) -> None:
        """Draw this; values run through it in `sweep_ms` where they flow, at once for 0. Cheap when it stands already."""
        if picture is self.picture and is_readable == self.is_readable and sweep_ms <= 0:
            self.set_pin(pin)
            return
        if self.picture is None or self.picture.wiring.sizes != picture.wiring.sizes:
            self._at_page, self.layout_now = [0] * len(picture.wiring.sizes), None
            self._hover = self._cursor = None
        self.picture, self.is_readable = picture, is_readable
        self.set_pin(pin)
        self._sweep.stop()
        self._share = 1.0
        if sweep_ms > 0 and is_readable and picture.wiring.flow in ("forward", "backward"):
            self._share = 0.0
            self._sweep.setDuration(sweep_ms)
            self._sweep.start()
        if is_readable or self.layout_now is None or self._still is None:
            self.repaint_all()
        else:
            self._begin_steps()

    def set_pin(self, pin: Spot | None) -> None:
        """Mark what is pinned; its layer turns to the neurons among which it is."""
        if pin is not None and self.picture is not None and pin != self.pin:
            self._turn_to(pin)
        self.pin = pin
        self.update()

    def fit(self, width: float, height: float) -> Layout:
        """Lay the network out in so much room and remember it. Only with a picture."""
        metrics = self.fontMetrics()
        given = (self.picture.wiring.sizes, self._at_page, width, height, metrics.height())
        self.layout_now = arrange(*given)
        widest = max(metrics.horizontalAdvance(layer_name(self.picture, k)) for k in range(len(given[0])))
        if widest > self.layout_now.word_width:
            self.layout_now = arrange(*given, head_lines=2)
        self.repaint_all()
        return self.layout_now

    @property
    def current(self) -> Spot | None:
        """What is pointed at: by the mouse, else by the keys."""
        return self._hover if self._hover is not None else self._cursor if self._walks else None

    def shown_in(self, layer: int) -> tuple[int, ...]:
        return self.layout_now.columns[layer].units if self.layout_now is not None else ()

    def repaint_all(self) -> None:
        """Paint all of it anew, at once."""
        self._steps.stop()
        self._still = None
        self.update()

    def _begin_steps(self) -> None:
        """Paint all of it anew beside what is shown, one step at a time: whole, it would hold up the plane at play."""
        self._next = self._blank()
        self._todo = self._scene.steps(self.picture, self.layout_now, self.is_readable, self.font())
        self._steps.start()

    @Slot()
    def _on_step_due(self) -> None:
        painter = QPainter(self._next)
        self._todo.pop(0)(painter)
        painter.end()
        if not self._todo:
            self._steps.stop()
            self._still = self._next
            self.update()

    def _turn_to(self, spot: Spot) -> None:
        """Turn the pages of the neurons concerned to them."""
        for layer, unit in ((spot.layer, spot.unit), (spot.layer - 1, spot.input)):
            if unit is not None and unit not in (
                -1,
                *shown_units(self.picture.wiring.sizes[layer], self._at_page[layer]),
            ):
                self._at_page[layer] = unit // PAGE
                self.turned.emit()

    def _turn_page(self, layer: int) -> None:
        self._at_page[layer] = (self._at_page[layer] + 1) % pages(self.picture.wiring.sizes[layer])
        self.turned.emit()

    @Slot(object)
    def _on_sweep_moved(self, share: float) -> None:
        self._share = float(share)
        self.update()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.picture is None or self.layout_now is None:
            painter.fillRect(self.rect(), theme.color("panel"))
            return
        if self._still is None or self._still.deviceIndependentSize().toSize() != self.size():
            self._still = self._paint_still()
        painter.drawPixmap(0, 0, self._still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        if self.is_readable:
            self._scene.numbers(painter, self.picture, self.layout_now, self._reached(), self.font())
            if self._share < 1.0:
                self._travel(painter)
        if self.current is not None and self.current != self.pin:
            self._mark(painter, self.current, is_pin=False)
        if self.pin is not None:
            self._mark(painter, self.pin, is_pin=True)

    def _blank(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(theme.color("panel"))
        return pixmap

    def _paint_still(self) -> QPixmap:
        still = self._blank()
        painter = QPainter(still)
        for step in self._scene.steps(self.picture, self.layout_now, self.is_readable, self.font()):
            step(painter)
        painter.end()
        return still

    def _reached(self) -> set[int]:
        """The layers that the values have come to."""
        count = len(self.picture.wiring.sizes)
        gone = int(self._share * (count - 1) + 1e-9)
        if self.picture.wiring.flow == "backward" and self._share < 1.0:
            return set(range(count - 1 - gone, count))
        return set(range(gone + 1))

    def _travel(self, painter: QPainter) -> None:
        """Dots on their way along the edges of the gap that the sweep is in."""
        layout, count = self.layout_now, len(self.picture.wiring.sizes)
        whole, share = divmod(self._share * (count - 1), 1.0)
        layer = int(whole) + 1
        if self.picture.wiring.flow == "backward":
            layer, share = count - int(whole) - 1, 1.0 - share
        ends = layout.edge_ends[layout.edge_layer == layer][:_MOST_DOTS]
        places = ends[:, :2] + share * (ends[:, 2:] - ends[:, :2])
        pen = QPen(theme.color("accent"), 6.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints([QPointF(x, y) for x, y in places.tolist()])

    def _mark(self, painter: QPainter, spot: Spot, is_pin: bool) -> None:
        layout, accent = self.layout_now, theme.color("accent")
        if spot.is_weight and spot.input >= 0:
            k = layout.edge(spot)
            if k is not None:
                self._mark_edges(painter, [k], 4.0 if is_pin else 3.0)
                if is_pin:
                    self._needle(painter, self._scene.lines(k, False)[0].pointAt(0.5))
            return
        if spot.is_weight:
            at = layout.bias_place(spot.layer, spot.unit)
            if at is not None:
                painter.setPen(QPen(accent, 2.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(*at), BIAS_RADIUS + 3.0, BIAS_RADIUS + 3.0)
                if is_pin:
                    self._needle(painter, QPointF(*at))
            return
        center = layout.center(spot.layer, spot.unit)
        if center is None:
            return
        if spot.layer and spot.is_unit:
            self._mark_edges(painter, layout.edges_into(spot.layer, spot.unit).tolist(), 2.0)
        half = layout.side / 2 + 2.0
        frame = QRectF(center[0] - half, center[1] - half, 2 * half, 2 * half)
        painter.setPen(QPen(accent, 4.0 if is_pin else 2.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        if is_pin:
            self._needle(painter, frame.topRight())

    def _mark_edges(self, painter: QPainter, edges: list[int], wider: float) -> None:
        """Edges once more, on a border of the accent's colour."""
        values = edge_values(self.layout_now, self.picture.wiring.weights)
        level = levels(values)
        for k in edges:
            width = width_of(max(int(level[k]), 0))
            painter.setPen(QPen(theme.color("accent"), width + wider))
            painter.drawLines(self._scene.lines(k, False))
            painter.setPen(QPen(theme.color("panel"), width))
            painter.drawLines(self._scene.lines(k, False))
            pen = QPen(theme.color(NEGATIVE if values[k] < 0 else POSITIVE), width)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLines(self._scene.lines(k, values[k] < 0))

    @staticmethod
    def _needle(painter: QPainter, at: QPointF) -> None:
        """A pin: a round head on a short needle."""
        painter.setPen(QPen(theme.color("outline"), 1.5))
        painter.drawLine(at, at + QPointF(5.0, -9.0))
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(at + QPointF(6.0, -11.0), 4.5, 4.5)

    # -- mouse ---------------------------------------------------------------------------------------------------------

    def _point_at(self, spot: Spot | None) -> None:
        if spot != self._hover:
            self._hover = spot
            self.setCursor(Qt.CursorShape.PointingHandCursor if spot else Qt.CursorShape.ArrowCursor)
            self.pointed.emit(self.current)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self._point_at(self.layout_now.spot_at(at.x(), at.y()) if self.layout_now is not None else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.layout_now is None:
            super().mousePressEvent(event)
            return
        at = event.position()
        spot = self.layout_now.spot_at(at.x(), at.y())
        if spot is not None:
            self._choose(spot)

    def _choose(self, spot: Spot) -> None:
        if spot.is_rest:
            self._turn_page(spot.layer)
            self.pointed.emit(self.current)
        else:
            self._cursor = spot
            self.chosen.emit(spot)

    # -- keys: the arrows belong to the network only when it was reached by Tab ------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _BY_KEYBOARD:
            self._walks = True
            if self._cursor is None:
                self._cursor = self.pin or (Spot(1, self.shown_in(1)[0]) if self.layout_now is not None else None)
            self.pointed.emit(self.current)
            self.update()
        elif event.reason() == Qt.FocusReason.MouseFocusReason:
            self._walks = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._walks:
            self._walks = False
            self.pointed.emit(self.current)
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._takes(event):  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        plain = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.modifiers() not in plain:
            return False
        return (self._walks and event.key() in _KEYS) or (event.key() == Qt.Key.Key_Escape and self.pin is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event) or self.layout_now is None:
            super().keyPressEvent(event)
            return
        if event.key() == Qt.Key.Key_Escape:
            self.released.emit()
        elif self._cursor is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._cursor)
        elif self._cursor is not None:
            self._hover = None
            self._cursor = walk(self.layout_now, self._cursor, event.key())
            self.pointed.emit(self.current)
            self.update()

    def cursor_place(self) -> QPointF | None:
        """Where the keys have come to, for the scroll area to keep it in view."""
        spot = self._cursor
        if not self._walks or spot is None or self.layout_now is None:
            return None
        center = self.layout_now.center(spot.layer, spot.unit)
        return QPointF(*center) if center is not None else None


def walk(layout: Layout, spot: Spot, key: Qt.Key) -> Spot:
    """One key from a spot: up and down along a column, or along the weights into a neuron (its bias the last); left
    and right from neuron to edge to neuron."""
    column = layout.columns[spot.layer]
    if spot.is_weight:
        sources = [*layout.columns[spot.layer - 1].units, -1]
        k = sources.index(spot.input) if spot.input in sources else 0
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            k = min(max(k + (1 if key == Qt.Key.Key_Down else -1), 0), len(sources) - 1)
            return Spot(spot.layer, spot.unit, sources[k])
        if key == Qt.Key.Key_Right:
            return Spot(spot.layer, spot.unit)
        return Spot(spot.layer - 1, spot.input) if spot.input >= 0 else spot
    if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        stops = [*column.units, *([None] if column.rest else [])]
        k = stops.index(spot.unit) if spot.unit in stops else 0
        return Spot(spot.layer, stops[min(max(k + (1 if key == Qt.Key.Key_Down else -1), 0), len(stops) - 1)])
    if spot.is_rest:
        return spot
    if key == Qt.Key.Key_Left:
        return Spot(spot.layer, spot.unit, layout.columns[spot.layer - 1].units[0]) if spot.layer else spot
    if spot.layer + 1 >= len(layout.columns):
        return spot
    after = layout.columns[spot.layer + 1]
    here = layout.center(spot.layer, spot.unit)
    nearest = min(zip(after.units, after.ys, strict=True), key=lambda pair: abs(pair[1] - (here[1] if here else 0.0)))
    return Spot(spot.layer + 1, nearest[0], spot.unit)
