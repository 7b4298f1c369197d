"""The still part of the network drawing: edges, pictures of neurons, names. Painted once for each moment.

A weight above zero is a solid line in the colour of positive values, one below zero a dashed line in the colour of
negative ones; the width grows with its size on one absolute scale, so that growing weights are seen to grow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from lab.protocol.pane_records import NetworkPicture
from models.core.abilities import ACTIVATION_NAMES, middle
from models.words.numbers import number
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.network.layout import BIAS_RADIUS, Column, Layout, Spot
from widgets.panes.network.words import is_frozen, layer_name

POSITIVE, NEGATIVE = "class:0", "class:4"  # as values over the plane are coloured
_LEVELS = 7  # widths of lines
_THINNEST, _THICKEST = 0.8, 6.5  # pixels
_HALF_WAY = 1.6  # the weight at which a line has 63 % of its width
_DASH, _SPACE = 6.0, 4.0  # pixels
_MOST_MOVED, _MOST_SAID, _MOVED_SHARE = 12, 3, 0.5
_NEXT_TO_NOTHING = 1e-4
_FULL = 0.92  # of a colour at the end of its scale; the rest is the ground


class Scene:
    """Paints a NetworkPicture in a Layout. Keeps what only a new layout or theme changes."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, ...], np.ndarray] = {}
        self._tables_of = ""
        self._lines_of: Layout | None = None
        self._solid: list[np.ndarray] = []  # (1, 4) and (pieces, 4) float64 for each edge: x and y of both ends
        self._dashes: list[np.ndarray] = []

    def steps(
        self, picture: NetworkPicture, layout: Layout, is_readable: bool, font: QFont
    ) -> list[Callable[[QPainter], None]]:
        """Everything that stands still at this moment, in steps of a few milliseconds to be painted one after another;
        the painter may be another each time. Numbers of neurons are painted apart (`numbers`)."""
        self._prepare(layout)
        half = (len(layout.columns) + 1) // 2
        flow = picture.wiring.flow if is_readable else ""
        return [
            partial(self._ground, picture=picture, layout=layout, flow=flow, font=font),
            partial(self._columns, picture=picture, layout=layout, columns=layout.columns[:half], flow="", font=font),
            partial(self._columns, picture=picture, layout=layout, columns=layout.columns[half:], flow=flow, font=font),
        ]

    def _ground(self, painter: QPainter, picture: NetworkPicture, layout: Layout, flow: str, font: QFont) -> None:
        """What lies under the neurons."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        self._rests(painter, layout)
        if flow == "backward" and picture.wiring.gradients is not None:
            values = edge_values(layout, tuple(picture.wiring.gradients))
            largest = np.abs(np.nan_to_num(values)).max() if len(values) else 0.0
            self._edges(painter, layout, 3.0 * _HALF_WAY * values / (largest or 1.0), "accent", "accent")
        else:
            if flow == "update":
                self._moved(painter, picture, layout)
            self._edges(painter, layout, edge_values(layout, picture.wiring.weights), POSITIVE, NEGATIVE)
        self._frozen(painter, picture, layout)

    def _columns(
        self,
        painter: QPainter,
        picture: NetworkPicture,
        layout: Layout,
        columns: tuple[Column, ...],
        flow: str,
        font: QFont,
    ) -> None:
        """Neurons with their names; the steps of an update are said over the last of them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        for column in columns:
            self._column(painter, picture, layout, column)
            self._names(painter, picture, layout, column, font)
        if flow == "update":
            self._said_moves(painter, picture, layout, font)

    # -- edges -----------------------------------------------------------------------------------------------------

    def _prepare(self, layout: Layout) -> None:
        if self._lines_of is not layout:
            self._lines_of = layout
            dashes = [_dashed(ends) for ends in layout.edge_ends]
            self._solid = [ends[None, :] for ends in layout.edge_ends]
            self._dashes = dashes
        if self._tables_of != theme.name:
            self._tables_of, self._tables = theme.name, {}

    def lines(self, k: int, is_dashed: bool) -> list[QLineF]:
        """Edge k as it is drawn, solid or in dashes."""
        return [QLineF(*ends) for ends in (self._dashes[k] if is_dashed else self._solid[k]).tolist()]

    def _draw(self, painter: QPainter, edges: list[int], is_dashed: bool) -> None:
        """These edges in one call, without an object for each of their pieces."""
        pieces = self._dashes if is_dashed else self._solid
        ends = np.ascontiguousarray(np.concatenate([pieces[e] for e in edges]))
        painter.drawLines(shiboken6.wrapInstance(ends.ctypes.data, QLineF), len(ends))

    def _edges(self, painter: QPainter, layout: Layout, values: np.ndarray, positive: str, negative: str) -> None:
        """All edges, thin ones first, one call for each width and sign."""
        level = levels(values)
        is_negative = values < 0
        for k in range(_LEVELS):
            for sign, role in ((False, positive), (True, negative)):
                chosen = np.flatnonzero((level == k) & (is_negative == sign)).tolist()
                if not chosen:
                    continue
                painter.setPen(_pen(paled(role, 0.45 + 0.5 * k / (_LEVELS - 1)), width_of(k)))
                self._draw(painter, chosen, sign)
        unknown = np.flatnonzero(~np.isfinite(values)).tolist()
        if unknown:
            painter.setPen(_pen(theme.color("warning"), 1.5))
            self._draw(painter, unknown, False)

    def _rests(self, painter: QPainter, layout: Layout) -> None:
        if len(layout.rest_ends):
            painter.setPen(_pen(paled("muted", 0.3), 1.0))
            painter.drawLines([QLineF(*ends) for ends in layout.rest_ends.tolist()])

    def _moved(self, painter: QPainter, picture: NetworkPicture, layout: Layout) -> None:
        moved = most_moved(picture, layout)
        painter.setPen(_pen(paled("accent", 0.4), 11.0))
        if moved:
            self._draw(painter, [k for k, _ in moved], False)

    def _said_moves(self, painter: QPainter, picture: NetworkPicture, layout: Layout, font: QFont) -> None:
        for k, step in most_moved(picture, layout)[:_MOST_SAID]:
            place = self.lines(k, False)[0].pointAt(0.68 if k % 2 else 0.82)  # clear of the numbers at the other end
            label(painter, place, ("+" if step > 0 else "") + number(float(f"{step:.2g}")), font, "accent", layout)

    def _frozen(self, painter: QPainter, picture: NetworkPicture, layout: Layout) -> None:
        if picture.wiring.frozen is None:
            return
        frozen = edge_values(layout, tuple(picture.wiring.frozen))
        for k in np.flatnonzero(frozen > 0).tolist():
            lock(painter, self.lines(k, False)[0].pointAt(0.5))

    # -- neurons ---------------------------------------------------------------------------------------------------

    def _column(self, painter: QPainter, picture: NetworkPicture, layout: Layout, column: Column) -> None:
        side = layout.side
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        frames = [QRectF(column.x - side / 2, y - side / 2, side, side) for y in column.ys]
        for unit, frame in zip(column.units, frames, strict=True):
            self._cell(painter, picture, column.layer, unit, frame)
        painter.setPen(_pen(theme.color("ink"), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects(frames)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if column.layer:
            self._biases(painter, picture, layout, column)
        if column.rest:
            self._rest(painter, picture, column, layout)

    def _cell(self, painter: QPainter, picture: NetworkPicture, layer: int, unit: int, frame: QRectF) -> None:
        cells = unit_cells(picture, layer, unit)
        table = self._table(self._roles(picture, layer, unit))
        if cells is not None:
            draw_cells(painter, cells, table, frame)
        else:  # no picture of the plane: the neuron has the colour of its value
            painter.fillRect(frame, QColor.fromRgba(int(table[value_byte(picture, layer, unit)])))

    def _rest(self, painter: QPainter, picture: NetworkPicture, column: Column, layout: Layout) -> None:
        side = layout.side
        frame = QRectF(column.x - side / 2, column.rest_y - side / 2, side, side)
        painter.setPen(_pen(theme.color("muted"), 1.0))
        painter.setBrush(theme.color("raised"))
        for shift in (4.0, 2.0):
            painter.drawRect(frame.translated(shift, shift))
        index = column.layer - 1
        units = picture.units[index] if column.layer and picture.units else None
        if units is not None:
            shown = np.abs(units[list(column.units)].astype(np.int16) - 128).sum(axis=0)
            strength = (picture.strengths[index] - shown) / column.rest
            draw_cells(painter, (128 + strength).astype(np.uint8), self._table(("surface", "ink")), frame)
        painter.setBrush(Qt.BrushStyle.NoBrush if units is not None else theme.color("raised"))
        painter.drawRect(frame)
        label(painter, frame.center(), f"+{column.rest}", painter.font(), "text", layout)

    def _biases(self, painter: QPainter, picture: NetworkPicture, layout: Layout, column: Column) -> None:
        """Dots, full for a bias above zero and rings for one below; their size follows the bias."""
        values = picture.wiring.biases[column.layer - 1]
        grown = np.nan_to_num(1.0 - np.exp(-np.abs(values) / _HALF_WAY), nan=1.0)
        radii = 2.2 + (BIAS_RADIUS - 2.2) * grown
        outline, ring, full = _pen(theme.color("outline"), 1.0), _pen(theme.color(NEGATIVE), 1.8), theme.color(POSITIVE)
        ground = theme.color("panel")
        for unit in column.units:
            is_negative = values[unit] < 0
            painter.setPen(ring if is_negative else outline)
            painter.setBrush(ground if is_negative else full)
            at = QPointF(*layout.bias_place(column.layer, unit))
            painter.drawEllipse(at, radii[unit], radii[unit])
            if picture.wiring.frozen is not None and is_frozen(picture, Spot(column.layer, unit, -1)):
                lock(painter, at + QPointF(-9.0, 0.0))

    def _names(self, painter: QPainter, picture: NetworkPicture, layout: Layout, column: Column, font: QFont) -> None:
        wiring, side = picture.wiring, layout.side
        width = layout.word_width
        metrics = QFontMetricsF(font)
        painter.setPen(theme.color("text"))
        said = layer_name(picture, column.layer)
        head = QRectF(column.x - width / 2, 0.0, width, layout.header - 4.0)
        painter.drawText(
            _inside(head, layout, said, metrics),
            int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap), said,
        )  # fmt: skip
        if column.layer:
            painter.setPen(theme.color("muted"))
            said = language.say(ACTIVATION_NAMES[wiring.activations[column.layer - 1]])
            foot = QRectF(column.x - width / 2, layout.height - layout.footer + 2.0, width, layout.footer)
            foot = _inside(foot, layout, said, metrics)
            painter.drawText(foot, int(Qt.AlignmentFlag.AlignCenter), _fitted(said, metrics, width))
        names = {0: wiring.input_names, len(layout.sizes) - 1: wiring.output_names}.get(column.layer)
        if names is None:
            return
        painter.setPen(theme.color("text"))
        for unit, y in zip(column.units, column.ys, strict=True):
            name = names[unit] if unit < len(names) else str(unit + 1)
            if not column.is_tight:
                at = QPointF(column.x, y - side / 2 - metrics.height() / 2 - 1.0)
                label(painter, at, _fitted(name, metrics, width), font, "text", layout)
                continue
            place = side_place(layout, column, y, metrics.height())
            align = Qt.AlignmentFlag.AlignRight if column.layer == 0 else Qt.AlignmentFlag.AlignLeft
            lift = metrics.height() / 2 if side >= 2 * metrics.height() - 4 else 0.0
            painter.drawText(
                place.translated(0.0, -lift), int(align | Qt.AlignmentFlag.AlignVCenter),
                _fitted(name, metrics, place.width()),
            )  # fmt: skip

    def numbers(
        self, painter: QPainter, picture: NetworkPicture, layout: Layout, layers: set[int], font: QFont
    ) -> None:
        """The sample's value of each neuron of these layers; the derivatives of the loss in the backward pass."""
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        is_back = picture.wiring.flow == "backward" and picture.deltas is not None
        for column in layout.columns:
            if column.layer not in layers:
                continue
            if column.layer == 0:
                values = picture.inputs
            else:
                values = (picture.deltas if is_back else picture.outputs)[column.layer - 1]
            role = "accent" if is_back and column.layer else "text"
            for unit, y in zip(column.units, column.ys, strict=True):
                shown = _short(values[unit], 3 if column.is_tight else 4)
                if not column.is_tight:
                    at = QPointF(column.x, y + layout.side / 2 + metrics.height() / 2 + 1.0)
                elif column.layer in (0, len(layout.columns) - 1):
                    place = side_place(layout, column, y, metrics.height())
                    if layout.side < 2 * metrics.height() - 4:
                        continue  # its name stands there; the card has the value
                    half = metrics.horizontalAdvance(shown) / 2
                    x = place.right() - half if column.layer == 0 else place.left() + half
                    at = QPointF(x, y + metrics.height() / 2)
                else:
                    at = QPointF(column.x + layout.side / 2 + metrics.horizontalAdvance(shown) / 2 + 3.0, y)
                label(painter, at, shown, font, role, layout)

    # -- colours ---------------------------------------------------------------------------------------------------

    def _roles(self, picture: NetworkPicture, layer: int, unit: int) -> tuple[str, ...]:
        """Colours of a unit's picture: an output of a class has that class's colour, one output for two classes goes
        from the one to the other; all else runs from negative to positive."""
        ids = getattr(picture, "class_ids", ())
        if layer == len(picture.wiring.weights) and ids:
            outputs = picture.wiring.weights[-1].shape[1]
            if outputs == len(ids):
                return (f"class:{ids[unit]}",)
            if outputs == 1 and len(ids) == 2:
                return (f"class:{ids[0]}", f"class:{ids[1]}")
        return (NEGATIVE, POSITIVE)

    def _table(self, roles: tuple[str, ...]) -> np.ndarray:
        if roles not in self._tables:
            self._tables[roles] = color_table(roles)
        return self._tables[roles]


def color_table(roles: tuple[str, ...]) -> np.ndarray:
    """256 colours (256,) uint32 for the bytes of a picture: from one role through the ground (128) to the other; with one role, from
    the ground (0) to it."""
    ground = np.array(theme.color("surface").getRgb()[:3], dtype=np.float64)
    share = (np.arange(256) / 255.0) if len(roles) == 1 else (np.arange(256) - 128.0) / 127.0
    low, high = (np.array(theme.color(role).getRgb()[:3], dtype=np.float64) for role in (roles[0], roles[-1]))
    ends = np.where(share[:, None] < 0, low, high)
    mixed = ground + (ends - ground) * np.minimum(np.abs(share), 1.0)[:, None] * _FULL
    red, green, blue = np.rint(mixed).astype(np.uint32).T
    return (np.uint32(255 << 24) | (red << 16) | (green << 8) | blue).astype(np.uint32)


def unit_cells(picture: NetworkPicture, layer: int, unit: int) -> np.ndarray | None:
    """A unit's own picture of the plane (h, w) uint8, rows from the bottom up, or None where there is none."""
    pictures = picture.input_units if layer == 0 else picture.units[layer - 1] if picture.units else ()
    return pictures[unit] if unit < len(pictures) else None


def value_byte(picture: NetworkPicture, layer: int, unit: int) -> int:
    """The byte that a unit's value for the sample would have in its picture."""
    if layer == 0:
        value, most = picture.inputs[unit], 3.0
    else:
        name = picture.wiring.activations[layer - 1]
        value, most = picture.outputs[layer - 1][unit] - middle(name), 0.5 if middle(name) else 1.0
    return int(np.clip(np.nan_to_num(128.0 + 127.0 * value / most, nan=128.0), 1, 255))


def draw_cells(painter: QPainter, cells: np.ndarray, table: np.ndarray, frame: QRectF) -> None:
    pixels = table[cells[::-1]]
    height, width = pixels.shape
    painter.drawImage(frame, QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32))


def edge_values(layout: Layout, layers: tuple[np.ndarray, ...]) -> np.ndarray:
    """For every edge its entry of arrays (inputs [+ 1], units), one for each layer after the inputs: (edges,)."""
    values = np.zeros(len(layout.edge_layer))
    for layer, matrix in enumerate(layers, start=1):
        here = layout.edge_layer == layer
        values[here] = matrix[layout.edge_input[here], layout.edge_unit[here]]
    return values


def most_moved(picture: NetworkPicture, layout: Layout) -> list[tuple[int, float]]:
    """Edges of the weights that this update moved most, with their steps: those of at least half the largest."""
    steps = getattr(picture, "steps", None)
    if steps is None or not len(layout.edge_layer):
        return []
    values = np.nan_to_num(edge_values(layout, tuple(steps)))
    size = np.abs(values)
    if not size.max() > 0.0:
        return []
    order = np.argsort(-size, kind="stable")[:_MOST_MOVED]
    return [(int(k), float(values[k])) for k in order if size[k] >= _MOVED_SHARE * size.max()]


def levels(values: np.ndarray) -> np.ndarray:
    """Widths of lines as numbers from 0 to _LEVELS - 1; -1 where a value is not finite."""
    with np.errstate(invalid="ignore"):
        grown = 1.0 - np.exp(-np.abs(values) / _HALF_WAY)
        return np.where(np.isfinite(values), np.rint(np.nan_to_num(grown) * (_LEVELS - 1)), -1).astype(np.int64)


def width_of(level: int) -> float:
    return _THINNEST + (_THICKEST - _THINNEST) * level / (_LEVELS - 1)


def side_place(layout: Layout, column: Column, y: float, height: float) -> QRectF:
    """Where words stand beside a picture: to the left of the inputs, to the right of the outputs."""
    if column.layer == 0:
        return QRectF(2.0, y - height / 2, column.x - layout.side / 2 - 6.0, height)
    left = column.x + layout.side / 2 + 5.0
    return QRectF(left, y - height / 2, max(layout.width - left - 2.0, 10.0), height)


def paled(role: str, share: float) -> QColor:
    """A colour mixed into the drawing's ground. Not a transparent one: many lines of such a pen take ten times as
    long, since Qt makes one shape of them first."""
    color, ground = theme.color(role), theme.color("panel")
    red, green, blue = (
        round(g + (c - g) * share) for c, g in zip(color.getRgb()[:3], ground.getRgb()[:3], strict=True)
    )
    return QColor(red, green, blue)


def label(painter: QPainter, at: QPointF, words: str, font: QFont, role: str, within: Layout) -> None:
    """Words centred at a place, or as near as the drawing's edges allow, on a ground that keeps lines off them."""
    metrics = QFontMetricsF(font)
    place = QRectF(0, 0, metrics.horizontalAdvance(words) + 4.0, metrics.height() - 1.0)
    place.moveCenter(at)
    place.moveLeft(max(1.0, min(place.left(), within.width - 1.0 - place.width())))
    ground = theme.color("panel")
    ground.setAlphaF(0.82)
    painter.fillRect(place, ground)
    painter.setPen(theme.color(role))
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)


def lock(painter: QPainter, at: QPointF) -> None:
    """A small lock: this one is frozen."""
    painter.setPen(_pen(theme.color("ink"), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(at.x() - 2.6, at.y() - 6.5, 5.2, 7.0), 0, 180 * 16)
    painter.setBrush(theme.color("surface"))
    painter.drawRect(QRectF(at.x() - 4.2, at.y() - 3.0, 8.4, 6.4))


def _short(value: float, digits: int) -> str:
    """A number on a neuron; what is next to nothing is said so, the card has its digits."""
    if 0.0 < abs(value) < _NEXT_TO_NOTHING:
        return "≈ 0"
    return number(float(f"{value:.{digits}g}"))


def _dashed(ends: np.ndarray) -> np.ndarray:
    """The pieces (m, 4) of a dashed line (4,)."""
    start, way = ends[:2], ends[2:] - ends[:2]
    length = float(np.hypot(*way)) or 1.0
    begins = np.arange(0.0, length, _DASH + _SPACE)
    shares = np.stack([begins, np.minimum(begins + _DASH, length)], axis=1) / length
    return (start + shares[:, :, None] * way).reshape(-1, 4)


def _inside(place: QRectF, layout: Layout, words: str, metrics: QFontMetricsF) -> QRectF:
    """A place about a column, moved as far as its words need to lie within the drawing."""
    wide = min(metrics.horizontalAdvance(words), place.width()) / 2
    middle = min(max(place.center().x(), wide + 2.0), max(layout.width - wide - 2.0, 0.0))
    return place.translated(middle - place.center().x(), 0.0)


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _fitted(words: str, metrics: QFontMetricsF, width: float) -> str:
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(width, 12.0))
