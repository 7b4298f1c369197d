"""Rows that are hard on arithmetic: duplicates, collinear and constant columns, hardly any rows; any unit, any origin."""

from __future__ import annotations

import numpy as np

SHAPES = ("clouds", "duplicates", "collinear", "constant column", "all the same place", "two rows", "one row a class")
CASES = tuple((shape, classes) for shape in SHAPES for classes in (2, 3) if (shape, classes) != ("two rows", 3))
UNITS = (1e-12, 1e-6, 1.0, 1e6, 1e12)
ORIGINS = (0.0, 1e6)  # in the unit


def hard_rows(shape: str, classes: int, seed: int, columns: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, columns) about 0 in units of 1, and class numbers, every class among them."""
    random = np.random.default_rng(seed)
    n = {"two rows": 2, "one row a class": classes}.get(shape, 10 * classes)
    targets = np.arange(n) % classes
    x = random.normal(0.0, 1.0, (n, columns)) + 1.3 * targets[:, None] * random.normal(0.0, 1.0, columns)
    if shape == "duplicates":
        some = random.integers(0, 5, n)
        x = x[some]  # the same places with different answers, too
    elif shape == "collinear":
        x = x[:, :1] * np.arange(1.0, columns + 1.0) * -2.0
    elif shape == "constant column":
        x[:, -1] = 0.7
    elif shape == "all the same place":
        x[:] = x[0]
    return x, targets


def placed(x: np.ndarray, unit: float, origin: float) -> np.ndarray:
    """The rows in another unit, so many of them away from zero."""
    return (x + origin) * unit
