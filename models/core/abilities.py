"""Optional abilities of a learner, as protocols: a network to look into, a loss to walk over.

An ability is had by having its methods; nothing declares it and nothing else needs to know. `abilities` says which.
Addresses are the same everywhere: layer 0 is the inputs, layer l >= 1 has its own units; the weight (l, unit, input)
leads from unit `input` of layer l - 1 to `unit` of layer l, and input -1 is the bias of that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from models.core.problem import Problem
from models.words.text import Text

# What a layer does with its weighted sums. "step" is the perceptron's; "softmax" only stands last.
Activation = Literal["identity", "relu", "tanh", "logistic", "step", "softmax"]
ACTIVATION_NAMES: dict[str, Text] = {
    "identity": Text("identity", "항등"),
    "relu": Text("ReLU", "ReLU"),
    "tanh": Text("tanh", "tanh"),
    "logistic": Text("sigmoid", "시그모이드"),
    "step": Text("step function", "계단 함수"),
    "softmax": Text("softmax", "소프트맥스"),
}

SHARES: tuple[Activation, ...] = ("logistic", "step", "softmax")  # those whose values lie between 0 and 1
Flow = Literal["", "forward", "loss", "backward", "update"]  # which way values run through a network at a moment


@dataclass(frozen=True, eq=False)
class Wiring:
    """A network at a state, in the learner's units.

    weights[l - 1] (inputs, units) and biases[l - 1] (units,) belong to layer l; activations[l - 1] is what it does.
    frozen[l - 1] (inputs + 1, units) bool, the last row for the biases, or None where nothing can be frozen.
    gradients: like weights and biases together, (inputs + 1, units) for each layer, of the last backward pass, or
    None before there is one. rows: training rows that the shown moment is about (a sample, a mini-batch).
    flow: which way values run at this moment: "forward", "loss", "backward", "update" or "".
    """

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activations: tuple[Activation, ...]
    gradients: tuple[np.ndarray, ...] | None = None
    frozen: tuple[np.ndarray, ...] | None = None
    rows: np.ndarray | None = None
    flow: Flow = ""

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))


@runtime_checkable
class HasNetwork(Protocol):
    """A learner whose state is a network of units.

    Its handles for Edit: "weight:l:unit:input" with value (v,), sets one weight (input -1: the bias);
    "freeze:l:unit:input" with value (1.0,) or (0.0,), fixes it or frees it, where `frozen` is not None.
    """

    def wiring(self, moment: Any, problem: Problem) -> Wiring:
        """The network at a Moment."""
        ...

    def output_deltas(self, state: Any, problem: Problem, x: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
        """The derivative of each row's own loss by the weighted sums of the last layer, (n, outputs), for rows x (n, d)
        in the learner's units with `targets` as the problem has them: where backpropagation begins. None where the
        loss has none (a step function)."""
        ...

    def sums(self, state: Any, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """Weighted sums of every layer after the inputs, before its activation, for rows x (n, d) in the learner's
        units: (n, units) each, of x's float type, all layers in one forward pass."""
        ...


@runtime_checkable
class HasPrediction(Protocol):
    """A learner that has an answer for new rows: it has a surface, scores, and predictions to take away."""

    def predict(self, state: Any, x: np.ndarray) -> np.ndarray:
        """For rows x (n, d) in the learner's units. classifier: (n, c), rows sum to 1. regressor: (n,).
        clusterer: one-hot (n, c). transformer: projection (n, k)."""
        ...


@runtime_checkable
class HasLabels(Protocol):
    """A clusterer that tells the cluster of each training row, as it follows from what has been learned so far."""

    def labels(self, state: Any, problem: Problem) -> np.ndarray | None:
        """The cluster of each training row at a state, (n,) whole numbers, or None before there are any. They belong
        to the state's own model (its centroids), as the figures of `metrics` do."""
        ...


@runtime_checkable
class HasPlaneInSpace(Protocol):
    """A learner that may look for a plane among the columns: with three of them it can be watched in space."""

    @property
    def seeks_plane(self) -> bool:
        """Whether two axes are sought."""
        ...

    def plane_in_space(self, state: Any) -> tuple[np.ndarray, np.ndarray, bool, float | None] | None:
        """What is known of it, in the learner's units, or None at the start: the mean (d,), the directions found so far
        (m, d) with m <= 2, whether the rows have been projected, the share of variance kept (None until there is an
        axis)."""
        ...


@runtime_checkable
class HasLossSurface(Protocol):
    """A learner whose loss can be looked at as a function of its parameters, a vector (p,).

    Its handle for Edit: "parameters" with value a whole vector (p,), puts the model there.
    """

    def parameters(self, state: Any) -> np.ndarray:
        """The state's parameters (p,), in the learner's units."""
        ...

    def losses(self, state: Any, problem: Problem, vectors: np.ndarray) -> np.ndarray:
        """The training loss, the metric named by `goal`, at each of the parameter vectors (m, p): (m,)."""
        ...

    def free_pair(self, state: Any) -> tuple[tuple[int, Text], tuple[int, Text]] | None:
        """The two parameters that stand on the axes, (index, name) each, or None: then random directions."""
        ...


def activate(name: Activation, z: np.ndarray) -> np.ndarray:
    """The activation of weighted sums z (..., units). "softmax" runs along the last axis."""
    with np.errstate(all="ignore"):
        if name == "relu":
            return np.maximum(z, 0)
        if name == "tanh":
            return np.tanh(z)
        if name == "logistic":
            return 1 / (1 + np.exp(-z))
        if name == "step":
            return (z >= 0).astype(z.dtype)
        if name == "softmax":
            parts = np.exp(z - z.max(axis=-1, keepdims=True))
            return parts / parts.sum(axis=-1, keepdims=True)
        return z


def slope(name: Activation, z: np.ndarray) -> np.ndarray:
    """The derivative of an activation at z. Raises ValueError for softmax, which has a matrix there.

    At 0 ReLU's is 0 (as torch's); the step function's is 0 everywhere that it has one.
    """
    with np.errstate(all="ignore"):
        if name == "relu":
            return (z > 0).astype(z.dtype)
        if name == "tanh":
            return 1 - np.tanh(z) ** 2
        if name == "logistic":
            a = 1 / (1 + np.exp(-z))
            return a * (1 - a)
        if name == "step":
            return np.zeros_like(z)
        if name == "identity":
            return np.ones_like(z)
    raise ValueError("softmax has no derivative of its own for one unit")


def middle(name: Activation) -> float:
    """The value in the middle of what an activation can give: 0.5 of a share, else 0."""
    return 0.5 if name in SHARES else 0.0
