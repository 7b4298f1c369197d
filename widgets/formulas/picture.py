"""One formula as a picture: laid out by ziamath, broken into lines where it is too long, drawn by Qt's SVG renderer.

A formula is laid out once, whatever its size and colour (5 to 70 ms); drawing it takes about one millisecond. Runs in
any thread. The typeface (STIX Two Math) comes with ziamath: no font of the system and no network is asked.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from widgets.formulas.latex import RANKS, split_at, weight, with_tight_signs

log = logging.getLogger("learnscope.typeset")

UNIT = 24.0  # pixels of the letters at which every formula is laid out; drawing scales it
LEGIBLE = 0.74  # of the size asked for: shrunk no further while a formula can be broken instead
LONGEST = 3000  # letters of LaTeX; what is longer would keep the thread for seconds, and nobody reads it
KEPT_LAYOUTS = 300
_ANY_COLOR = "#010203"  # stands in a layout for the colour that is put in when it is drawn
_STRUT = (0.78, 0.27)  # least height above and depth under the line, in letters: lines keep their distance
_LINES = 3  # more of them are set a little smaller, if that saves one
_GAP, _INDENT = 0.3, 1.1  # between lines, and in front of every line after the first, in letters
_MARGIN = 1.0  # pixels that ziamath leaves round a layout, at UNIT


@dataclass(frozen=True)
class Request:
    """A formula to be set: letters of `size` pixels in `color` "#rrggbb", `ratio` device pixels for each.

    width: pixels to keep to, or None for as wide as it comes. height: pixels to keep to for a formula that must stay
    one line and shrinks as far as it must, or None where it may be broken into lines. shorter: LaTeX set instead where
    `latex` would become too small to read, or "".
    """

    latex: str
    size: float
    color: str
    width: int | None = None
    ratio: float = 1.0
    height: int | None = None
    shorter: str = ""


@dataclass(frozen=True, eq=False)
class Typeset:
    """A set formula: its image (device pixels), how many lines it has, and the size that its smallest line came to.
    image is None where the formula cannot be set."""

    image: QImage | None
    lines: int = 0
    size: float = 0.0

    @property
    def nbytes(self) -> int:
        return 200 if self.image is None else self.image.sizeInBytes()


# -- in the thread -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """One line, laid out at UNIT: its drawing, its width, and how far it reaches above and under the line."""

    svg: str
    width: float
    above: float
    under: float


_layouts: OrderedDict[str, _Layout] = OrderedDict()
_layout_lock = threading.Lock()


def _layout(latex: str) -> _Layout:
    """A line laid out, or taken from the store. Raises whatever ziamath raises."""
    with _layout_lock:
        if latex in _layouts:
            _layouts.move_to_end(latex)
            return _layouts[latex]
    import ziamath

    if len(latex) > LONGEST:
        raise ValueError(f"a formula of {len(latex)} letters")
    ziamath.config.svg2 = False  # Qt's renderer knows no <symbol>
    formula = ziamath.Latex(with_tight_signs(latex), size=UNIT, color=_ANY_COLOR, margin=_MARGIN)
    box = formula.node.bbox
    layout = _Layout(formula.svg(), box.xmax - box.xmin, box.ymax, -box.ymin)
    with _layout_lock:
        _layouts[latex] = layout
        while len(_layouts) > KEPT_LAYOUTS:
            _layouts.popitem(last=False)
    return layout


def _wrapped(latex: str, room: float, rank: int = 0) -> list[str]:
    """The formula as lines of at most about `room` letters each, broken at the best places that will do."""
    if weight(latex) <= room or rank >= RANKS:
        return [latex]
    pieces = split_at(latex, rank)
    if rank == 0 and len(pieces) > 1 and weight(pieces[0]) < 0.45 * room:
        pieces[:2] = [pieces[0] + pieces[1]]  # "w =" stays with what follows it
    lines: list[str] = []
    for piece in pieces:
        if lines and weight(lines[-1] + piece) <= room:
            lines[-1] += piece
        else:
            lines.append(piece)
    broken = [part for line in lines for part in _wrapped(line, room, rank + 1)]
    joined = broken[:1]
    for part in broken[1:]:
        if weight(joined[-1] + part) <= room:
            joined[-1] += part
        else:
            joined.append(part)
    return joined


@dataclass(frozen=True)
class _Line:
    """A line as it is drawn: pixels of its letters, how far it is set in, and its reach above and under the base."""

    layout: _Layout
    size: float
    indent: float

    @property
    def width(self) -> float:
        return self.indent + (self.layout.width + 2 * _MARGIN) * self.size / UNIT

    @property
    def above(self) -> float:
        return self.size * max(self.layout.above / UNIT, _STRUT[0])

    @property
    def under(self) -> float:
        return self.size * max(self.layout.under / UNIT, _STRUT[1])


def _fitting(layout: _Layout, size: float, indent: float, request: Request) -> _Line:
    """A line in letters of `size` pixels, or as many as there is room for."""
    if request.width is not None:
        size = min(size, (request.width - indent) * UNIT / (layout.width + 2 * _MARGIN))
    line = _Line(layout, size, indent)
    if request.height is not None and line.above + line.under > request.height - 1:
        size *= (request.height - 1) / (line.above + line.under)
    return _Line(layout, size, indent)


def _lines(request: Request) -> list[_Line]:
    """The lines that a formula is set in. One that cannot be broken further shrinks, and it alone."""
    latex, least = request.latex, LEGIBLE * request.size
    whole = _fitting(_layout(latex), request.size, 0.0, request)
    if whole.size < least and request.shorter:
        latex = request.shorter
        whole = _fitting(_layout(latex), request.size, 0.0, request)
    if whole.size >= least or request.height is not None:
        return [whole]
    lines = [whole]
    for size in (request.size, 0.87 * request.size, least):
        room = request.width * UNIT / size / whole.layout.width * weight(latex)
        parts = _wrapped(latex, room - _INDENT)
        lines = [_fitting(_layout(parts[0]), size, 0.0, request)]
        lines += [_fitting(_layout("{}" + part), size, _INDENT * size, request) for part in parts[1:]]
        if len(lines) <= _LINES and min(line.size for line in lines) >= 0.93 * size:
            break
    return lines


def compose(request: Request) -> Typeset:
    """Set a formula. Runs in any thread; a formula that cannot be set is logged and comes back without an image."""
    try:
        lines = _lines(request)
    except Exception as error:  # ziamath raises whatever its parsers raise
        log.warning("a formula cannot be set: %r (%s: %s)", request.latex[:300], type(error).__name__, error)
        return Typeset(None)
    width = max(line.width for line in lines)
    height = sum(line.above + line.under for line in lines) + _GAP * request.size * (len(lines) - 1)
    image = QImage(
        QSize(max(1, math.ceil(width * request.ratio)), max(1, math.ceil(height * request.ratio))),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(request.ratio)
    painter = QPainter(image)
    top = 0.0
    for line in lines:
        layout, scale = line.layout, line.size / UNIT
        # Whole device pixels for the line that the letters stand on: the same letters look the same in every frame.
        base = round((top + line.above) * request.ratio) / request.ratio
        at = QPointF(line.indent, base - (layout.above + _MARGIN) * scale)
        size = QSizeF(layout.width + 2 * _MARGIN, layout.above + layout.under + 2 * _MARGIN) * scale
        drawing = QByteArray(layout.svg.replace(_ANY_COLOR, request.color).encode())
        QSvgRenderer(drawing).render(painter, QRectF(at, size))
        top += line.above + line.under + _GAP * request.size
    painter.end()
    return Typeset(image, len(lines), min(line.size for line in lines))
