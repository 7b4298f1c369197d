"""Small problems for the laws, and for the tests of algorithms."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from models.core.problem import NumericPath, Rows, Scaler

LETTERS = "ABCDEFG"


def make_problem(
    features: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    class_names: tuple[str, ...] | None = None,
    scaling: Literal["none", "standard"] = "none",
    path: NumericPath = "kernel",
    axes: tuple[int, int] = (0, 1),
) -> Rows:
    """A problem of these rows in original units (all of them training rows), scaled as asked."""
    features = np.array(features, dtype=np.float64)
    n, d = features.shape
    scaler = Scaler.fit(scaling, features)
    scaled = np.ascontiguousarray(scaler.transform(features))
    targets = None if targets is None else np.array(targets)
    if targets is not None:
        targets = targets.astype(np.int64 if targets.dtype.kind in "iub" else np.float64)
    if class_names is None:
        is_classed = targets is not None and targets.dtype.kind == "i" and n > 0
        class_names = tuple(LETTERS[: int(np.max(targets)) + 1]) if is_classed and targets is not None else ()
    for array in (scaled, targets):
        if array is not None:
            array.setflags(write=False)
    return Rows(
        features=scaled,
        targets=targets,
        class_names=class_names,
        feature_names=tuple("xyzuvw"[:d]) if d <= 6 else tuple(f"x{j}" for j in range(d)),
        target_name="class",
        rows=np.arange(n),
        test_features=np.zeros((0, d)),
        test_targets=None if targets is None else targets[:0],
        test_rows=np.zeros(0, dtype=np.int64),
        scaler=scaler,
        axes=axes,
        held=np.median(scaled, axis=0) if n else np.zeros(d),
        path=path,
    )


def blobs(
    centers: ArrayLike = ((-2.0, -1.0), (2.0, 1.5), (0.0, 3.0)), each: int = 20, sd: float = 0.9, seed: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Round clouds about these centers: (features, number of the cloud)."""
    random = np.random.default_rng(seed)
    centers = np.asarray(centers, dtype=np.float64)
    features = np.concatenate([random.normal(center, sd, (each, centers.shape[1])) for center in centers])
    return features, np.repeat(np.arange(len(centers)), each)


def tilted_cloud(
    n: int = 60, deviations: tuple[float, float] = (4.0, 1.0), degrees: float = 30.0, seed: int = 5
) -> np.ndarray:
    """A 2-D cloud, long in one direction: (n, 2)."""
    random = np.random.default_rng(seed)
    turn = np.deg2rad(degrees)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return random.normal(0.0, 1.0, (n, 2)) * np.asarray(deviations) @ rotation + np.array([1.0, 2.0])


def regression_problem(
    n: int = 40,
    columns: int = 1,
    *,
    noise: float = 0.8,
    scaling: Literal["none", "standard"] = "standard",
    path: NumericPath = "kernel",
    seed: int = 11,
) -> Rows:
    """Rows about a line (or a plane) with a slope for each column, for learners that predict numbers. With one column
    the plane's vertical axis is the target."""
    random = np.random.default_rng(seed)
    features = random.uniform(-3.0, 5.0, (n, columns))
    targets = 2.0 + features @ (1.5 - 0.7 * np.arange(columns)) + noise * random.standard_normal(n)
    return values_problem(features, targets, scaling=scaling, path=path)


def values_problem(
    features: ArrayLike,
    targets: ArrayLike,
    *,
    scaling: Literal["none", "standard"] = "none",
    path: NumericPath = "kernel",
    axes: tuple[int, int] | None = None,
) -> Rows:
    """A problem whose targets are numbers; one column stands on the target plane."""
    features = np.array(features, dtype=np.float64)
    features = features[:, None] if features.ndim == 1 else features
    axes = axes or ((0, -1) if features.shape[1] == 1 else (0, 1))
    return make_problem(features, np.array(targets, dtype=np.float64), scaling=scaling, path=path, axes=axes)
