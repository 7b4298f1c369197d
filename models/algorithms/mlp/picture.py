"""What people see of a network in training: marks, the place in the run, how long a moment stays, and its wiring."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.algorithms.mlp.state import SOFTMAX, STEPS, MLPState, blocks_of, layers_of
from models.algorithms.mlp.words import NOT_STARTED, PLACE
from models.core.abilities import Activation, Flow, Wiring
from models.core.learner import Moment
from models.core.marks import Field, Mark, Points
from models.core.problem import Rows
from models.words.text import Said

FLOWS: dict[str, Flow] = {"forward": "forward", "loss": "loss", "backward": "backward", "update": "update"}


def marks(moment: Moment, state: MLPState) -> Iterator[Mark]:
    yield Field(key="surface")
    if moment.phase == "forward":
        yield Points(key="batch", role="accent", rows=state.rows, symbol="ring", emphasis="focus", pulse=True)


def place(iteration: int, batches: int) -> Said:
    """batches: mini-batches of an epoch."""
    if iteration == 0:
        return Said(NOT_STARTED, {})
    epoch, batch = divmod(iteration - 1, batches)
    return Said(PLACE, {"epoch": epoch + 1, "batch": batch + 1, "batches": batches})


def dwell(iteration: int) -> float:
    """The first mini-batch in four moments of a second; then 20 mini-batches a second while the boundary forms, and
    400 from the 400th on, when only the loss still settles."""
    if iteration <= 1:
        return 1.0
    return 0.0125 if iteration <= 400 else 0.000625


def wiring(moment: Moment, state: MLPState, problem: Rows, activations: tuple[Activation, ...]) -> Wiring:
    """The network at a moment; frozen weights and biases are marked, none at first. activations: of every layer."""
    layers = layers_of(state.params, state.sizes)
    fixed = np.zeros(len(state.params), dtype=bool)
    fixed[state.frozen] = True
    has_gradient = state.counters[STEPS] > 0 or moment.phase == "backward"
    flow = FLOWS.get(moment.phase, "")
    names = problem.class_names if state.output == SOFTMAX else problem.class_names[1:2]
    return Wiring(
        input_names=problem.feature_names,
        output_names=names or (problem.target_name,),
        weights=tuple(weights for weights, _ in layers),
        biases=tuple(bias for _, bias in layers),
        activations=activations,
        gradients=blocks_of(state.gradient, state.sizes) if has_gradient else None,
        frozen=blocks_of(fixed, state.sizes),
        rows=state.rows if flow else None,
        flow=flow,
    )
