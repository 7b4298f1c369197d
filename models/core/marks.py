"""Marks: what a frame shows, one thing each, without pixels and without colours.

Learners emit marks in their own units, as whole rows (m, d); lab/composing/picture.py maps them to the plane in original
units, (m, 2), and evaluates Fields and Trails. Painters (widgets/stages/plane/painters) and lab/leaving/svg.py draw what comes out.

Roles name meanings, and the renderer chooses the colour: "class:2", "cluster:0", "accent" (what the algorithm
is doing now), "ink" (axes and lines of structure), "muted".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from models.words.text import Text

Emphasis = Literal["normal", "focus", "ghost", "muted"]
Symbol = Literal["data", "ring", "cross", "query", "dot"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """Fields that all marks share.

    key: identity across frames, unique in a frame; equal keys glide into each other when `glide` is set.
    pulse: belongs to this moment only (never to time, so that seeking shows the same picture).
    handle: the name that an Edit carries when this mark is dragged, or None; Points drag one by one
    and append ":i" for the i-th.
    """

    key: str
    role: str = "ink"
    emphasis: Emphasis = "normal"
    glide: bool = False
    pulse: bool = False
    handle: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Points(Mark):
    """Rows of the data (`rows`, indices into the problem's training features) or free places (`at`, (m, d)).

    symbol "data": the rows themselves drawn again (in the colour of `groups`, if given: group i of role prefix
    "cluster:" or "class:", and -1 for no group, in the mark's own role); "ring": a ring round each; "cross": a large ringed cross (centroids, means);
    "query": "?" in a dashed circle; "dot": a small dot (shadows).
    labels: one short string for each point, or empty. keeps_shape: rows in the colours of groups have the shapes of their
    classes instead of discs. snaps: as a handle it is carried to round numbers, as a question is asked at them.
    """

    rows: np.ndarray | None = None
    at: np.ndarray | None = None
    symbol: Symbol = "ring"
    groups: np.ndarray | None = None
    group_role: Literal["cluster", "class"] = "cluster"
    labels: tuple[str, ...] = ()
    keeps_shape: bool = False
    snaps: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Segments(Mark):
    """Straight pieces from starts (m, d) to ends (m, d); `extend` runs them on to the plane's edge.

    groups (m,) colours each by its group, as for Points; labels, one for each piece, stand at its middle.
    dashed and thin say how strong the line is.
    """

    starts: np.ndarray
    ends: np.ndarray
    extend: bool = False
    dashed: bool = False
    thin: bool = False
    groups: np.ndarray | None = None
    group_role: Literal["cluster", "class"] = "cluster"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Path(Mark):
    """A line through vertices (m, d), perhaps closed, perhaps filled."""

    vertices: np.ndarray
    closed: bool = False
    filled: bool = False
    dashed: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrow(Mark):
    """An arrow at `at` (d,) along `direction` (d,).

    kind "point": a displacement, mapped like a point (x * scale). kind "normal": a normal vector such as the
    weights of a line, mapped by x / scale, so that it stays at a right angle to its own line in original units;
    it is then drawn at a readable length, `strength` (0 to 1) of the longest one.
    """

    at: np.ndarray
    direction: np.ndarray
    kind: Literal["point", "normal"] = "point"
    strength: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Ellipse(Mark):
    """All places within `radius` of `center` (d,) in the learner's units: an ellipse in original ones."""

    center: np.ndarray
    radius: float
    dashed: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Field(Mark):
    """The learner's prediction over the whole plane, with the boundary between classes as a line.

    After evaluation (lab/composing/picture.py): shares (h, w, c) float32 for classes and clusters, rows from the bottom up;
    or levels (h, w) float32 for values; extent (x0, x1, y0, y1) in original units; boundary, polylines (m, 2).
    group_role says whose colours: classes or clusters. `state` overrides the moment's own state.
    """

    group_role: Literal["cluster", "class"] = "class"
    contour: bool = True
    state: Any = None
    shares: np.ndarray | None = None
    levels: np.ndarray | None = None
    level_range: tuple[float, float] = (0.0, 1.0)
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    boundary: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Trail(Mark):
    """Where the rows of the state's array `source` (k, d) were in earlier iterations: asks the timeline.

    After evaluation: paths, one (t, 2) for each row, oldest first, the shown state last.
    """

    source: str
    group_role: Literal["cluster", "class"] = "cluster"
    paths: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(Mark):
    """Labelled bars in a corner of the plane: votes, shares of variance. `most` is the value of a full bar."""

    title: Text
    labels: tuple[str | Text, ...]
    values: np.ndarray
    most: float
    roles: tuple[str, ...]
    number_format: str = "g"


@dataclass(frozen=True, eq=False, kw_only=True)
class Note(Mark):
    """A short text at a place (d,). stays_in_view: where its place is out of view, it stands at the edge next to it."""

    at: np.ndarray
    text: Text
    values: Mapping[str, Any] = field(default_factory=dict)
    stays_in_view: bool = False
