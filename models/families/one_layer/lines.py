"""Small pieces of geometry that several algorithms draw with."""

from __future__ import annotations

import numpy as np

from models.core.problem import Rows


def line_in_plane(weights: np.ndarray, bias: float, problem: Rows) -> tuple[np.ndarray, np.ndarray] | None:
    """The line weights . x + bias = 0, cut by the shown plane: two places on it, each a row (d,).

    Columns outside the plane are held at `problem.held`. None when the line does not cross the plane
    (both shown weights are zero). Of all pairs the one about the foot point of the data's middle is given.
    """
    i, j = problem.axes
    w = np.array([weights[i], weights[j]])
    length = float(np.hypot(*w))
    if not np.isfinite(length) or length == 0.0:
        return None
    rest = float(weights @ problem.held + bias - w @ problem.held[[i, j]])
    features, axes = problem.features, list(problem.axes)
    middle = problem.keep("middle of the plane", lambda: features[:, axes].mean(axis=0)) if problem.n else np.zeros(2)
    foot = middle - w * (w @ middle + rest) / length**2
    along = np.array([-w[1], w[0]]) / length
    two = problem.from_plane(np.stack([foot - along, foot + along]))
    return two[0], two[1]
