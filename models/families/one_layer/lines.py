"""Small pieces of geometry that several algorithms draw with, in any unit."""

from __future__ import annotations

import numpy as np

from models.core.problem import Rows


def line_in_plane(weights: np.ndarray, bias: float, problem: Rows) -> tuple[np.ndarray, np.ndarray] | None:
    """The line weights . x + bias = 0, cut by the shown plane: two places on it, each a row (d,).

    Columns outside the plane are held at `problem.held`. None when the line does not cross the plane
    (both shown weights are zero). Of all pairs the one about the foot point of the data's middle is given, as far
    apart as the data reaches: in large units two places that are 1 apart would be the same number.
    """
    shown = list(problem.axes)
    w = weights[shown]
    length = float(np.hypot(*w))
    if not np.isfinite(length) or length == 0.0:
        return None
    others = np.ones(len(weights), dtype=bool)
    others[shown] = False
    features = problem.features
    middle, reach = problem.keep("middle of the plane", lambda: _middle(features[:, shown]))
    with np.errstate(all="ignore"):
        rest = float(weights[others] @ problem.held[others] + bias)
        normal = w / length
        foot = middle - normal * (normal @ middle + rest / length)
        along = np.array([-normal[1], normal[0]]) * max(reach, float(np.abs(foot).max()) * 1e-6)
        two = problem.from_plane(np.stack([foot - along, foot + along]))
    return two[0], two[1]


def _middle(places: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean of places (n, 2), and how far they reach; 1 where they reach nowhere."""
    if not len(places):
        return np.zeros(2), 1.0
    return places.mean(axis=0), float(np.ptp(places, axis=0).max()) or 1.0


def shares_of_the_longest(weights: np.ndarray) -> np.ndarray:
    """How long the weights (c, d) of each unit are, as a share of the longest: (c,); zeros where all are zero or one is
    not finite. Squares of the weights themselves may be beyond what a number holds."""
    largest = float(np.abs(weights).max(initial=0.0))
    if not np.isfinite(largest) or largest == 0.0:
        return np.zeros(len(weights))
    lengths = np.linalg.norm(weights / largest, axis=1)
    return lengths / lengths.max()
