"""How each mark looks as SVG: one table, mark type -> function that adds elements to a canvas."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from lab.looks.palette import ThemeName, role_color, shape_vertices
from lab.looks.raster import field_pixels, png
from models.core.marks import Arrow, Bars, Ellipse, Field, Mark, Note, Path, Points, Segments, Trail
from models.words.numbers import by_spec
from models.words.text import Lang, Text

_OPACITY = {"normal": 1.0, "focus": 1.0, "ghost": 0.4, "muted": 0.55}
_FACTOR = {"normal": 1.0, "focus": 1.5, "ghost": 0.8, "muted": 0.8}
ARROW_PX = 80.0  # length of the strongest normal vector
BARS_PX, MOST_WIDER_PX = 206.0, 90.0
HALO_PX = 3.0  # of the ground's colour round strong lines


def number(value: float) -> str:
    """A coordinate with two decimals, without trailing zeros."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


@dataclass
class Canvas:
    """Elements in drawing order, and the map from the plane to pixels.

    bounds (x0, x1, y0, y1) of the plane fill the box (left, top, width, height) in pixels. radius is that of a data
    point; shapes (n,) and point_colors are the markers and colours of the dataset's rows, is_drawn (n,) says which of them
    are in the fair sample that is drawn.
    """

    bounds: tuple[float, float, float, float]
    box: tuple[float, float, float, float]
    theme: ThemeName
    lang: Lang
    radius: float
    shapes: np.ndarray
    point_colors: list[str]
    is_drawn: np.ndarray
    elements: list[str] = field(default_factory=list)
    bars_top: float = 12.0

    @property
    def scale(self) -> np.ndarray:
        """Pixels for one unit of each column (2,), both positive."""
        x0, x1, y0, y1 = self.bounds
        return np.array([self.box[2] / (x1 - x0), self.box[3] / (y1 - y0)])

    def to_px(self, xy: Any) -> np.ndarray:
        """Places in the plane (m, 2) in pixels."""
        xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        sx, sy = self.scale
        x0, _, y0, _ = self.bounds
        left, top, _, height = self.box
        return np.stack([left + (xy[:, 0] - x0) * sx, top + height - (xy[:, 1] - y0) * sy], axis=1)

    def color(self, role: str) -> str:
        return role_color(role, self.theme)

    def add(self, tag: str, content: str | None = None, **attributes: Any) -> None:
        """One element; `stroke_width=2` becomes stroke-width="2", None is left out."""
        parts = []
        for name, value in attributes.items():
            if value is not None:
                shown = number(value) if isinstance(value, (int, float)) else str(value)
                parts.append(f" {name.rstrip('_').replace('_', '-')}={quoteattr(shown)}")
        self.elements.append(f"<{tag}{''.join(parts)}" + ("/>" if content is None else f">{escape(content)}</{tag}>"))

    def text(
        self, x: float, y: float, said: str, size: float, role: str = "text", halo: bool = False, **more: Any
    ) -> None:
        if halo:  # a wider copy in the ground's colour below the letters: paint-order is not known everywhere
            ground = self.color("surface")
            self.add("text", said, x=x, y=y, font_size=size, fill=ground, stroke=ground, stroke_width=4,
                     stroke_linejoin="round", **more)  # fmt: skip
        self.add("text", said, x=x, y=y, font_size=size, fill=self.color(role), **more)

    def line(self, xy_px: np.ndarray, **attributes: Any) -> None:
        points = " ".join(f"{number(x)},{number(y)}" for x, y in xy_px)
        self.add(
            "polyline",
            points=points,
            **{"fill": "none", "stroke_linecap": "round", "stroke_linejoin": "round"} | attributes,
        )

    def marker(self, x: float, y: float, shape: int, radius: float, **attributes: Any) -> None:
        """The outline of class `shape` about a pixel."""
        outline = shape_vertices(shape)
        if outline is None:
            self.add("circle", cx=x, cy=y, r=radius, **attributes)
            return
        points = " ".join(f"{number(x + 2 * radius * u)},{number(y + 2 * radius * v)}" for u, v in outline)
        self.add("polygon", points=points, stroke_linejoin="round", **attributes)


def paint(canvas: Canvas, mark: Mark) -> None:
    """Draw one evaluated mark. Raises KeyError for a type that the table does not have."""
    _PAINTERS[type(mark)](canvas, mark)


def _role(mark: Any, i: int) -> str:
    return mark.role if mark.groups is None or mark.groups[i] < 0 else f"{mark.group_role}:{int(mark.groups[i])}"


def _opacity(mark: Mark) -> float | None:
    return None if _OPACITY[mark.emphasis] == 1.0 else _OPACITY[mark.emphasis]


def _points(canvas: Canvas, mark: Points) -> None:
    factor, opacity = _FACTOR[mark.emphasis], _opacity(mark)
    for i, (x, y) in enumerate(canvas.to_px(mark.at)):
        if mark.rows is not None and not canvas.is_drawn[mark.rows[i]] and mark.emphasis != "focus":
            continue
        color, r = canvas.color(_role(mark, i)), canvas.radius * (1.25 if mark.emphasis == "focus" else 1.0)
        if mark.symbol == "data":
            # In the colours of groups all are discs, since a group is not a class, unless the mark keeps the shapes.
            shape, fill = 0, color
            if mark.rows is not None and (mark.groups is None or mark.keeps_shape):
                shape = int(canvas.shapes[mark.rows[i]])
            if mark.rows is not None and mark.groups is None:
                fill = canvas.point_colors[mark.rows[i]]
            canvas.marker(x, y, shape, r, fill=fill, stroke=canvas.color("outline"), stroke_width=1.2, opacity=opacity)
        elif mark.symbol == "ring":
            canvas.add(
                "circle", cx=x, cy=y, r=r + 5, fill="none", stroke=color, stroke_width=2.5 * factor, opacity=opacity
            )
        elif mark.symbol == "dot":
            canvas.add("circle", cx=x, cy=y, r=3.5, fill=color, opacity=opacity)
        elif mark.symbol == "cross":
            _cross(canvas, x, y, 13.0 * factor, color, opacity)
        else:
            canvas.add("circle", cx=x, cy=y, r=15 * factor, fill=canvas.color("surface"), stroke=color,
                       stroke_width=2.5, stroke_dasharray="5 4", opacity=opacity)  # fmt: skip
            canvas.text(x, y + 7, "?", 20, role=mark.role, text_anchor="middle", font_weight="bold", opacity=opacity)
        if i < len(mark.labels) and mark.labels[i]:
            reach = 12.0 if mark.symbol in ("cross", "query") else r
            canvas.text(x + reach + 5, y - reach, mark.labels[i], 15, halo=True, font_weight="bold", opacity=opacity)


def _cross(canvas: Canvas, x: float, y: float, r: float, color: str, opacity: float | None) -> None:
    arm = r * 0.62
    canvas.add("circle", cx=x, cy=y, r=r, fill=canvas.color("surface"), stroke=canvas.color("outline"), stroke_width=6,
               opacity=opacity)  # fmt: skip
    canvas.add("circle", cx=x, cy=y, r=r, fill="none", stroke=color, stroke_width=3.5, opacity=opacity)
    d = (f"M{number(x - arm)} {number(y - arm)}L{number(x + arm)} {number(y + arm)}"
         f"M{number(x - arm)} {number(y + arm)}L{number(x + arm)} {number(y - arm)}")  # fmt: skip
    canvas.add("path", d=d, fill="none", stroke=color, stroke_width=5, stroke_linecap="round", opacity=opacity)


def _segments(canvas: Canvas, mark: Segments) -> None:
    width = (1.5 if mark.thin else 4.0) * (_FACTOR[mark.emphasis] if mark.emphasis == "focus" else 1.0)
    dashes = "8 6" if mark.dashed else None
    for i, (start, end) in enumerate(zip(canvas.to_px(mark.starts), canvas.to_px(mark.ends), strict=True)):
        ends = across(start, end, canvas.box) if mark.extend else np.stack([start, end])
        if ends is None:
            continue
        if not mark.thin and not mark.dashed:
            canvas.line(ends, stroke=canvas.color("surface"), stroke_width=width + HALO_PX, opacity=_opacity(mark))
        canvas.line(ends, stroke=canvas.color(_role(mark, i)), stroke_width=width, stroke_dasharray=dashes,
                    opacity=_opacity(mark))  # fmt: skip
        if i < len(mark.labels) and mark.labels[i]:
            x, y = ends.mean(axis=0)
            canvas.text(x, y - 5, mark.labels[i], 13, halo=True, text_anchor="middle")


def across(start: np.ndarray, end: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray | None:
    """The whole line through two pixels cut at the box (2, 2), or None where it misses it (Liang, Barsky 1984)."""
    left, top, width, height = box
    step = end - start
    low, high = -math.inf, math.inf
    for at, change, least, most in (
        (start[0], step[0], left, left + width),
        (start[1], step[1], top, top + height),
    ):
        if change == 0.0:
            if not least <= at <= most:
                return None
            continue
        near, far = sorted(((least - at) / change, (most - at) / change))
        low, high = max(low, near), min(high, far)
    if not low < high or math.isinf(low):
        return None
    return np.stack([start + low * step, start + high * step])


def _path(canvas: Canvas, mark: Path) -> None:
    color = canvas.color(mark.role)
    style = {"stroke": color, "stroke_width": 3 * _FACTOR[mark.emphasis], "opacity": _opacity(mark),
             "stroke_dasharray": "8 6" if mark.dashed else None}  # fmt: skip
    vertices = canvas.to_px(mark.vertices)
    if mark.filled:
        style |= {"fill": color, "fill_opacity": 0.2}
    canvas.line(np.concatenate([vertices, vertices[:1]]) if mark.closed and len(vertices) else vertices, **style)


def _arrow(canvas: Canvas, mark: Arrow) -> None:
    (tail,) = canvas.to_px(mark.at)
    sx, sy = canvas.scale
    dx, dy = (float(v) for v in np.asarray(mark.direction).reshape(2))
    # A displacement is stretched like the plane; a normal against it, so that it stays upright on its line.
    step = np.array([dx * sx, -dy * sy]) if mark.kind == "point" else np.array([dx / sx, -dy / sy])
    length = float(np.hypot(*step))
    if length == 0.0 or not math.isfinite(length):
        return
    along = step / length
    if mark.kind == "normal":
        length = ARROW_PX * float(np.clip(mark.strength, 0.12, 1.0))
    tip, side = tail + along * length, np.array([-along[1], along[0]])
    head = min(14.0, 0.6 * length + 2.0)
    color, opacity = canvas.color(mark.role), _opacity(mark)
    width = 3.5 * _FACTOR[mark.emphasis]
    canvas.line(np.stack([tail, tip - along * head * 0.8]), stroke=color, stroke_width=width, opacity=opacity)
    corners = (tip, tip - along * head + side * head * 0.45, tip - along * head - side * head * 0.45)
    canvas.add("polygon", points=" ".join(f"{number(x)},{number(y)}" for x, y in corners), fill=color, opacity=opacity)


def _ellipse(canvas: Canvas, mark: Ellipse) -> None:
    ((x, y),) = canvas.to_px(mark.center)
    rx, ry = np.broadcast_to(np.asarray(mark.radius, dtype=np.float64), (2,)) * canvas.scale
    canvas.add("ellipse", cx=x, cy=y, rx=float(rx), ry=float(ry), fill="none", stroke=canvas.color(mark.role),
               stroke_width=2.5 * _FACTOR[mark.emphasis], stroke_dasharray="7 5" if mark.dashed else None,
               opacity=_opacity(mark))  # fmt: skip


def _field(canvas: Canvas, mark: Field) -> None:
    if mark.shares is not None or mark.levels is not None:
        x0, x1, y0, y1 = mark.extent
        (left, top), (right, bottom) = canvas.to_px([[x0, y1], [x1, y0]])
        data = base64.b64encode(png(field_pixels(mark, canvas.theme))).decode("ascii")
        canvas.add("image", x=left, y=top, width=right - left, height=bottom - top, preserveAspectRatio="none",
                   opacity=_opacity(mark), **{"xlink:href": f"data:image/png;base64,{data}"})  # fmt: skip
    for piece in mark.boundary:
        if len(piece) > 1:
            places, opacity = canvas.to_px(piece), _opacity(mark)
            canvas.line(places, stroke=canvas.color("surface"), stroke_width=4 + HALO_PX, opacity=opacity)
            canvas.line(places, stroke=canvas.color("ink"), stroke_width=4, opacity=opacity)


def _trail(canvas: Canvas, mark: Trail) -> None:
    for i, path in enumerate(mark.paths):
        if len(path) < 2:
            continue
        places, color = canvas.to_px(path), canvas.color(f"{mark.group_role}:{i}")
        canvas.line(places, stroke=color, stroke_width=2.5, stroke_dasharray="2 5", opacity=0.8)
        for x, y in places[:-1]:
            canvas.add("circle", cx=x, cy=y, r=3, fill=color, opacity=0.8)


def _bars(canvas: Canvas, mark: Bars) -> None:
    rows = len(mark.values)
    labels = [label.say(canvas.lang) if isinstance(label, Text) else label for label in mark.labels]
    # Long names widen the plate: cut short they would all read alike.
    more = float(np.clip(max(13 * width_em(said) for said in labels) - 58.0, 0.0, MOST_WIDER_PX)) if rows else 0.0
    more = max(more, min(MOST_WIDER_PX, 14 * width_em(mark.title.say(canvas.lang)) + 20.0 - BARS_PX))
    width = BARS_PX + more
    left = canvas.box[0] + canvas.box[2] - width - 12
    top = canvas.box[1] + canvas.bars_top
    height = 34.0 + 22.0 * rows
    canvas.bars_top += height + 10
    canvas.add("rect", x=left, y=top, width=width, height=height, rx=6, fill=canvas.color("panel"), fill_opacity=0.9,
               stroke=canvas.color("muted"), stroke_width=1)  # fmt: skip
    canvas.text(left + 10, top + 20, mark.title.say(canvas.lang), 14, font_weight="bold")
    for i, (said, value, role) in enumerate(zip(labels, mark.values, mark.roles, strict=True)):
        y = top + 34 + 22 * i
        share = float(np.clip(value / mark.most, 0.0, 1.0)) if mark.most else 0.0
        canvas.text(left + 10, y + 12, shortened(said, 4.5 + more / 13), 13)
        canvas.add("rect", x=left + 72 + more, y=y + 1, width=70 * share, height=13, fill=canvas.color(role),
                   stroke=canvas.color("outline"), stroke_width=0.8)  # fmt: skip
        shown = by_spec(float(value), mark.number_format)
        canvas.text(left + 148 + more, y + 12, shown, 13)


def _note(canvas: Canvas, mark: Note) -> None:
    ((x, y),) = canvas.to_px(mark.at)
    said = mark.text.say(canvas.lang, mark.values)
    if mark.stays_in_view:
        left, top, width, height = canvas.box
        half = min(7.5 * width_em(said) + 6.0, width / 2)
        x, y = float(np.clip(x, left + half, left + width - half)), float(np.clip(y, top + 22.0, top + height - 12.0))
    canvas.text(x, y, said, 15, role=mark.role, halo=True, text_anchor="middle", opacity=_opacity(mark))


_PAINTERS: dict[type[Mark], Callable[[Canvas, Any], None]] = {
    Points: _points,
    Segments: _segments,
    Path: _path,
    Arrow: _arrow,
    Ellipse: _ellipse,
    Field: _field,
    Trail: _trail,
    Bars: _bars,
    Note: _note,
}


def width_em(said: str) -> float:
    """About how wide a text is, in font sizes: Hangul one, other letters a little over a half."""
    return sum(1.0 if ord(char) >= 0x1100 else 0.55 for char in said)


def shortened(said: str, most_em: float) -> str:
    """The text cut to about this width, with an ellipsis where something was cut."""
    if width_em(said) <= most_em:
        return said
    while said and width_em(said) > most_em - 0.6:
        said = said[:-1]
    return said + "…"


def wrapped(said: str, most_em: float, most_lines: int) -> list[str]:
    """The text in lines broken between words; what does not fit the last line is cut with an ellipsis."""
    lines: list[str] = []
    for word in said.split():
        if lines and width_em(lines[-1] + " " + word) <= most_em:
            lines[-1] += " " + word
        elif len(lines) < most_lines:
            lines.append(word)
        else:
            lines[-1] = shortened(lines[-1] + " " + word + "…", most_em)
            break
    return [shortened(line, most_em) for line in lines]
