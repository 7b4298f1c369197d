"""Least squares in exact arithmetic: a referee without rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def least_squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and, last, the intercept (d + 1,) for rows x (n, d) and targets y (n,), each rounded once at the end.

    The normal equations in fractions, by elimination (Gauss and Jordan). Raises StopIteration for dependent columns.
    """
    rows = [[Fraction(float(v)) for v in row] + [Fraction(1)] for row in x]
    targets, k = [Fraction(float(v)) for v in y], x.shape[1] + 1
    system = [
        [sum((row[i] * row[j] for row in rows), Fraction(0)) for j in range(k)]
        + [sum((row[i] * t for row, t in zip(rows, targets, strict=True)), Fraction(0))]
        for i in range(k)
    ]
    for column in range(k):
        pivot = next(i for i in range(column, k) if system[i][column])
        system[column], system[pivot] = system[pivot], system[column]
        for i in range(k):
            if i != column and system[i][column]:
                times = system[i][column] / system[column][column]
                system[i] = [a - times * b for a, b in zip(system[i], system[column], strict=True)]
    return np.array([float(system[i][k] / system[i][i]) for i in range(k)])


def digits(found: np.ndarray, exact: np.ndarray) -> float:
    """How many decimal digits the worst of some numbers has right (the log relative error of NIST's StRD)."""
    worst = float(np.max(np.abs(found - exact) / np.abs(exact)))
    return 16.0 if worst == 0.0 else -float(np.log10(worst))
