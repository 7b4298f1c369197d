"""What people see of logistic regression: the surface, its line, the weights, and how long a moment stays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.algorithms.logistic_regression import words
from models.algorithms.logistic_regression.state import LogisticState
from models.core.abilities import Flow, Wiring
from models.core.learner import Moment
from models.core.marks import Arrow, Field, Mark, Segments
from models.core.problem import Rows
from models.families.one_layer.lines import line_in_plane, shares_of_the_longest
from models.words.text import Said

SLOW_ITERATIONS = 60  # shown at four a second; what follows takes at most FAST_SECONDS
FAST_SECONDS = 20.0
FLOWS: dict[str, Flow] = {"forward": "forward", "loss": "loss", "gradient": "backward", "update": "update"}


def marks(state: LogisticState, problem: Rows) -> Iterator[Mark]:
    """The surface of probabilities; for two classes the line p = 0.5 and the weights that stand on it, for more
    the weights of each class, from the middle of the data towards where its sum grows."""
    units = len(state.bias)
    yield Field(key="surface", contour=units > 1)
    lengths = shares_of_the_longest(state.weights)
    if not lengths.any():
        return
    ends = line_in_plane(state.weights[0], float(state.bias[0]), problem) if units == 1 else None
    at = problem.features.mean(axis=0)
    if ends is not None and np.isfinite(ends).all():
        at = (ends[0] + ends[1]) / 2
        yield Segments(
            key="line", role="accent", starts=ends[0][None, :], ends=ends[1][None, :], extend=True, glide=True,
            labels=("p = 0.5",),
        )  # fmt: skip
    elif units == 1:
        return
    for unit in range(units):
        yield Arrow(
            key=f"weights {unit}",
            role="accent" if units == 1 else f"class:{unit}",
            at=at,
            direction=state.weights[unit],
            kind="normal",
            strength=float(lengths[unit]),
            glide=True,
        )


def place(iteration: int) -> Said:
    return Said(words.NOT_STARTED, {}) if iteration == 0 else Said(words.PLACE, {"iteration": iteration})


def dwell(iteration: int, max_iter: int) -> float:
    """The first iteration in four moments of a second, then four iterations a second while the line turns, then as
    fast as it takes to end in time: most of what remains is weights that grow."""
    if iteration <= 1:
        return 1.0
    if iteration <= SLOW_ITERATIONS:
        return 1.0 / 16.0
    return min(1.0 / 16.0, FAST_SECONDS / max_iter / 4.0)


def wiring(moment: Moment, state: LogisticState, problem: Rows) -> Wiring:
    units, flow = len(state.bias), FLOWS.get(moment.phase, "")
    return Wiring(
        input_names=problem.feature_names,
        output_names=problem.class_names[-units:],
        weights=(state.weights.T,),
        biases=(state.bias,),
        activations=("logistic" if units == 1 else "softmax",),
        gradients=(state.gradient.T,) if state.gradient.any() else None,
        rows=np.arange(problem.n) if flow else None,
        flow=flow,
    )
