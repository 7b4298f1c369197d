"""From where three columns are looked at, and what they become on the screen: rotation and projection, numpy alone.

The projection is parallel, so that looking straight along a column is the same as leaving that column out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lab.protocol.pane_records import SpacePicture

MOST_SPANS_APART = 4.0
_TICKS = 4


@dataclass(frozen=True)
class Camera:
    """Degrees: azimuth about the third column, elevation above the plane of the first two (-90 to 90)."""

    azimuth: float = -66.0
    elevation: float = 18.0

    def turned(self, azimuth: float, elevation: float) -> Camera:
        return Camera(
            (self.azimuth + azimuth + 180.0) % 360.0 - 180.0, min(90.0, max(-90.0, self.elevation + elevation))
        )

    def towards(self, other: Camera, share: float) -> Camera:
        """On the shortest way to another camera, `share` of it done."""
        around = (other.azimuth - self.azimuth + 180.0) % 360.0 - 180.0
        return self.turned(share * around, share * (other.elevation - self.elevation))

    @property
    def frame(self) -> np.ndarray:
        """(3, 3), its rows the directions to the right, up, and towards the viewer."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array(
            [
                [-math.sin(a), math.cos(a), 0.0],
                [-math.sin(e) * math.cos(a), -math.sin(e) * math.sin(a), math.cos(e)],
                [math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)],
            ]
        )

    @property
    def column(self) -> int | None:
        """The column that is looked along, and so left out, or None."""
        towards = np.abs(self.frame[2])
        return int(towards.argmax()) if towards.max() > 1.0 - 1e-9 else None


HOME = Camera()
# Straight along each column, the other two as they stand on paper: the earlier to the right, the later up.
ALONG = (Camera(0.0, 0.0), Camera(-90.0, 0.0), Camera(-90.0, 90.0))


def facing(normal: np.ndarray) -> Camera:
    """The camera that looks straight at a plane with this normal (3,), from above."""
    x, y, z = (normal if normal[2] >= 0 else -normal) / np.linalg.norm(normal)
    return Camera(
        math.degrees(math.atan2(y, x)) if math.hypot(x, y) > 1e-12 else -90.0, math.degrees(math.asin(min(1.0, z)))
    )


class Space:
    """A SpacePicture in the view's own units: box about the middle, columns made comparable.

    is_standardised: the learner sees standardised columns, and so does the view; else the columns keep their units,
    unless their spans differ more than fourfold: then each is stretched to the same span, and only the shadows along
    a column can be measured. points (m, 3), shadows (m, 3) or None, mean (3,), axes (0 to 2, 3), low and high (3,) of
    the box, all in the view's units; `rows` (m,) says which points of the picture they are.
    """

    def __init__(self, picture: SpacePicture, is_standardised: bool, most_points: int) -> None:
        self.picture = picture
        points = np.asarray(picture.points, dtype=np.float64).reshape(-1, 3)
        finite = np.flatnonzero(np.isfinite(points).all(axis=1))
        points = points[finite]
        low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(3), np.ones(3))
        spans = np.where(high > low, high - low, 1.0)
        deviation = points.std(axis=0) if len(points) else np.ones(3)
        self._learner_unit = np.where(deviation > 0, deviation, 1.0) if is_standardised else np.ones(3)
        seen = spans / self._learner_unit
        self.is_true = bool(seen.max() <= MOST_SPANS_APART * seen.min())
        unit = self._learner_unit if self.is_true else spans
        self.bounds = [_rounded(a, b) for a, b in zip(low, low + spans, strict=True)]
        self.low, self.high = np.array(self.bounds).T
        self._unit, self._middle = unit, (self.low + self.high) / 2.0
        self.low, self.high = (self.low - self._middle) / unit, (self.high - self._middle) / unit
        self.rows = finite[:: max(1, -(-len(points) // most_points))]
        self.points = self._seen(np.asarray(picture.points, dtype=np.float64).reshape(-1, 3)[self.rows])
        self.shadows = None if picture.shadows is None else self._seen(np.asarray(picture.shadows)[self.rows])
        self.mean = None if picture.mean is None else self._seen(np.asarray(picture.mean)[None, :])[0]
        axes = np.zeros((0, 3)) if picture.axes is None or self.mean is None else np.asarray(picture.axes) / unit
        self.axes = axes[np.linalg.norm(axes, axis=1) > 0]
        self._spread = np.cov((points / self._learner_unit).T) if len(points) > 1 else np.zeros((3, 3))

    def _seen(self, places: np.ndarray) -> np.ndarray:
        return (places - self._middle) / self._unit

    @property
    def radius(self) -> float:
        """Half the diagonal of the box."""
        return float(np.linalg.norm(self.high - self.low)) / 2.0

    @property
    def normal(self) -> np.ndarray | None:
        """Of the fitted plane, in the view, or None while there is none."""
        if len(self.axes) < 2:
            return None
        normal = np.cross(*self.axes)
        length = np.linalg.norm(normal)
        return normal / length if length > 1e-12 else None

    def reach(self) -> np.ndarray:
        """How far the points go to either side along the axes, (c,), in lengths of the axes."""
        if not len(self.axes) or not len(self.points):
            return np.zeros(len(self.axes))
        scores = np.linalg.lstsq(self.axes.T, (self.points - self.mean).T, rcond=None)[0]
        return 1.08 * np.abs(scores).max(axis=1)

    def share_seen(self, camera: Camera) -> float | None:
        """The share of the variance, in the learner's units, that the shadow cast on the screen keeps; None where
        the columns are stretched and the view is not along one of them."""
        whole = float(np.trace(self._spread))
        if whole <= 0.0:
            return None
        if camera.column is not None:
            return 1.0 - float(self._spread[camera.column, camera.column]) / whole
        towards = camera.frame[2]
        return 1.0 - float(towards @ self._spread @ towards) / whole if self.is_true else None


def _rounded(low: float, high: float) -> tuple[float, float]:
    """The span (low, high) widened to round numbers."""
    step = 10.0 ** math.floor(math.log10((high - low) / _TICKS))
    step = next(step * factor for factor in (1, 2, 5, 10) if step * factor * _TICKS >= (high - low) * 0.999)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
