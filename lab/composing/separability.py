"""Whether lines separate classes: computed, not guessed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.core.problem import Rows

HULL_ROWS = 1500  # what no line separates in a choice of the rows, none separates in all of them


@lru_cache(maxsize=1)
def has_lines(problem: Rows) -> bool:
    """Whether each class can be separated from the rest by a line, over all rows or an even choice of them."""
    each = slice(None, None, -(-problem.n // HULL_ROWS))
    rows, classes = np.column_stack([problem.features, np.ones(problem.n)])[each], problem.targets[each]
    sides = [1] if problem.n_classes == 2 else range(problem.n_classes)
    return all(is_separable(rows * np.where(classes == side, 1.0, -1.0)[:, None]) for side in sides)


def is_separable(vectors: np.ndarray) -> bool:
    """Whether some w has w . v > 0 for every one of the vectors (n, d): 0 then lies outside their convex hull.

    Searches the hull's point nearest to 0 (P. Wolfe: Finding the nearest point in a polytope, 1976). A margin too thin
    to be told from rounding counts as a line.
    """
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)[:, None]
    corral = [int(np.argmin((vectors.sum(axis=0) * vectors).sum(axis=1)))]
    weights = np.ones(1)
    for _ in range(50 * vectors.shape[1]):
        nearest = weights @ vectors[corral]
        length = float(nearest @ nearest)
        if length < 1e-18:
            return False
        heights = vectors @ nearest
        lowest = int(heights.argmin())
        if heights[lowest] > 1e-9 * length or lowest in corral:
            return bool(length > 1e-12) or bool(heights[lowest] > 0)
        corral, weights = [*corral, lowest], np.append(weights, 0.0)
        corral, weights = _nearest_in(vectors, corral, weights)
    return True


def _nearest_in(vectors: np.ndarray, corral: list[int], weights: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The corral whose affine hull has its point nearest to 0 inside, with that point's weights; corners that stand
    in the way are dropped one after the other."""
    while True:
        chosen = vectors[corral]
        size = len(corral)
        system = np.ones((size + 1, size + 1))
        system[0, 0] = 0.0
        system[1:, 1:] = chosen @ chosen.T
        answer = np.linalg.lstsq(system, np.eye(size + 1)[0], rcond=None)[0][1:]
        if (answer > 1e-12).all() or size == 1:
            return corral, answer if size > 1 else np.ones(1)
        blocking = answer <= 1e-12
        ratios = np.where(blocking, weights / np.where(blocking, weights - answer, 1.0), np.inf)
        step = min(1.0, float(ratios[blocking].min()))
        weights = (1 - step) * weights + step * answer
        weights[int(ratios.argmin())] = 0.0
        kept = weights > 1e-12
        corral, weights = [row for row, stays in zip(corral, kept, strict=True) if stays], weights[kept]
        weights = weights / weights.sum()
