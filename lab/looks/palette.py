"""The colours and marker shapes of the house as plain values: one table for the window and for exported pictures.

Classes have the colours of Okabe and Ito (Color Universal Design, 2008). Clusters are not classes, so they have a
palette of their own: chosen one after the other so that each is as far as possible in Oklab (Ottosson, 2020) from the
class colours and from the clusters before it, for full colour vision and for protanopia and deuteranopia
(Machado, Oliveira, Fernandes 2009) alike.
"""

from __future__ import annotations

import math
from typing import Literal

from models.words.text import Text

ThemeName = Literal["light", "dark"]
Outline = tuple[tuple[float, float], ...]

_OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
CLASS_COLORS_LIGHT = (*_OKABE_ITO, "#000000")
CLASS_COLORS_DARK = (*_OKABE_ITO, "#f0e442")

CLUSTER_COLORS_LIGHT = (
    "#603c00", "#9c3060", "#54d89c", "#8478f0", "#60246c", "#9c480c", "#183c90", "#906084", "#90b478", "#00543c",
    "#545484", "#fc84cc", "#a8cc60", "#908448", "#c03c54", "#306c30", "#4890cc", "#b484fc", "#9c9c3c", "#a848a8",
)  # fmt: skip
CLUSTER_COLORS_DARK = (
    "#30fce4", "#8478f0", "#9c4878", "#90c090", "#9c5430", "#90d8fc", "#fccc9c", "#fca8c0", "#9cd860", "#fc84cc",
    "#48c060", "#908448", "#4890cc", "#b484fc", "#487854", "#a848a8", "#8460cc", "#9c9c3c", "#9cf0c0", "#b45460",
)  # fmt: skip

_PLAIN: dict[ThemeName, dict[str, str]] = {
    "light": {
        "accent": "#6f2dbd",  # what the algorithm is doing now
        "ink": "#20252c",  # axes, lines of structure
        "muted": "#7b8490",
        "outline": "#14171b",  # round every data point
        "surface": "#ffffff",  # the plane's ground
        "panel": "#ffffff",
        "window": "#eef0f3",
        "text": "#1b1f24",
        "warning": "#b3261e",
        "good": "#1b7f3b",
    },
    "dark": {
        "accent": "#c9a2ff",
        "ink": "#e3e7ec",
        "muted": "#8f99a6",
        "outline": "#050607",
        "surface": "#1b1f26",
        "panel": "#22272f",
        "window": "#15181d",
        "text": "#eceff3",
        "warning": "#ff8a80",
        "good": "#6fd08c",
    },
}


def class_colors(theme: ThemeName) -> tuple[str, ...]:
    return CLASS_COLORS_DARK if theme == "dark" else CLASS_COLORS_LIGHT


def cluster_colors(theme: ThemeName) -> tuple[str, ...]:
    return CLUSTER_COLORS_DARK if theme == "dark" else CLUSTER_COLORS_LIGHT


def role_color(role: str, theme: ThemeName) -> str:
    """The colour "#rrggbb" of a role such as "class:2", "cluster:0", "accent" or "ink"; colours repeat when numbers
    run past the palette. Raises KeyError for an unknown role.
    """
    prefix, colon, number = role.partition(":")
    if not colon:
        return _PLAIN[theme][role]
    colors = {"class": class_colors, "cluster": cluster_colors}[prefix](theme)
    return colors[int(number) % len(colors)]


def rgb(color: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of "#rrggbb"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


# -- shapes ----------------------------------------------------------------------------------------------------------

CLASS_SHAPE_NAMES: tuple[Text, ...] = (
    Text("circle", "동그라미"),
    Text("triangle", "세모"),
    Text("square", "네모"),
    Text("diamond", "마름모"),
    Text("star", "별"),
    Text("upside-down triangle", "거꾸로 된 세모"),
    Text("pentagon", "오각형"),
)


def _polygon(corners: int, first_degrees: float, inner: float = 1.0) -> Outline:
    """A regular polygon, or a star whose inner corners lie at `inner` of the radius, with the area of the circle of
    diameter 1: so no class looks larger than another."""
    steps = corners if inner == 1.0 else 2 * corners
    points = []
    for i in range(steps):
        angle = math.radians(first_degrees + 360.0 * i / steps)
        radius = inner if inner != 1.0 and i % 2 else 1.0
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True))
    scale = math.sqrt(math.pi / 2.0 / abs(doubled))
    return tuple((x * scale, y * scale) for x, y in points)


_VERTICES: tuple[Outline | None, ...] = (
    None,
    _polygon(3, -90.0),
    _polygon(4, -45.0),
    _polygon(4, -90.0),
    _polygon(5, -90.0, inner=0.45),
    _polygon(3, 90.0),
    _polygon(5, -90.0),
)


def shape_vertices(number: int) -> Outline | None:
    """The marker of a class about (0, 0), one unit across, y pointing down; None for the circle of diameter 1.

    Shapes repeat after the seventh.
    """
    return _VERTICES[number % len(_VERTICES)]
