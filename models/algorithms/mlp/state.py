"""A network in training: its state, what the numbers in it mean, and where each parameter stands.

All parameters stand in one flat vector, layer after layer: the weights from every input to every unit (in, out), row
by row, as scikit-learn's coefs_, then the biases (out,). `sizes` is (inputs, hidden ..., outputs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.core.abilities import Activation
from models.core.moment import Edit
from models.core.state import ArrayForm, State

IDENTITY, RELU, TANH, LOGISTIC = 0, 1, 2, 3
SOFTMAX, TANH_SQUARED, LINEAR_SQUARED = 0, 1, 2  # what the output layer does, and the loss that belongs to it
SGD, MOMENTUM, ADAM = 0, 1, 2
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

ACTIVATIONS = {"identity": IDENTITY, "relu": RELU, "tanh": TANH, "logistic": LOGISTIC}
OUTPUTS: dict[int, Activation] = {SOFTMAX: "softmax", TANH_SQUARED: "tanh", LINEAR_SQUARED: "identity"}
OPTIMIZERS = {"sgd": SGD, "momentum": MOMENTUM, "adam": ADAM}

# Places of the whole numbers in `counters`, and how many epochs back the stop rule looks; SINCE is the epoch in which
# a person last changed something by hand, before which it does not look.
STEPS, EPOCH, BATCH, SINCE = 0, 1, 2, 3
PATIENCE = 20


@dataclass(frozen=True, eq=False)
class MLPState(State):
    """A network and its optimiser after some mini-batches.

    params, gradient and the moments are flat, laid out as the top of this file says; the moments are empty where
    the optimiser has none. frozen (k,): the places of parameters that no update moves, ascending; empty as a rule.
    losses (22,): the mean loss of each of the last 21 epochs, then that of the running epoch so far. counters:
    iterations, epochs, and mini-batches of the running epoch done, and the epoch of the last change by hand. rows: the
    last mini-batch's training rows. output: which output and loss (SOFTMAX ...). Targets were (values -
    target_mean) / target_scale.
    """

    params: np.ndarray
    gradient: np.ndarray
    first_moment: np.ndarray
    second_moment: np.ndarray
    frozen: np.ndarray  # (k,) int64
    losses: np.ndarray  # (22,)
    counters: np.ndarray  # (4,) int64
    sizes: np.ndarray  # (layers + 1,) int64: inputs, hidden ..., outputs
    rows: np.ndarray  # (batch,) int64
    output: int
    batch_loss: float
    target_mean: float
    target_scale: float

    @property
    def epoch(self) -> int:
        return int(self.counters[EPOCH])


def output_of(loss: str, has_values: bool) -> int:
    """Which output and loss a network has by this setting, for numbers or for classes."""
    if has_values:
        return LINEAR_SQUARED
    return SOFTMAX if loss == "cross_entropy" else TANH_SQUARED


def forms_of(sizes: np.ndarray, optimizer: str, output: int, n: int) -> dict[str, ArrayForm]:
    """What the arrays of a state look like, for n training rows."""
    count = count_of(sizes)
    return {
        "params": ArrayForm("float64", (count,)),
        "gradient": ArrayForm("float64", (count,)),
        "first_moment": ArrayForm("float64", (0 if optimizer == "sgd" else count,)),
        "second_moment": ArrayForm("float64", (count if optimizer == "adam" else 0,)),
        "frozen": ArrayForm("int64", (range(count + 1),), range(count)),
        "losses": ArrayForm("float64", (PATIENCE + 2,)),
        "counters": ArrayForm("int64", (4,)),
        "sizes": ArrayForm("int64", (len(sizes),), tuple(sizes.tolist())),
        "rows": ArrayForm("int64", (range(n + 1),), range(n)),
        "output": ArrayForm("int64", (), (output,)),
        "batch_loss": ArrayForm("float64"),
        "target_mean": ArrayForm("float64"),
        "target_scale": ArrayForm("float64"),
    }


# -- the flat vector -------------------------------------------------------------------------------------------------


def count_of(sizes: np.ndarray) -> int:
    """How many parameters a network has."""
    return int((sizes[:-1] * sizes[1:] + sizes[1:]).sum())


def place_of(sizes: np.ndarray, layer: int, unit: int, below: int) -> int:
    """The place in the flat vector of the weight from unit `below` of the layer below to `unit` of `layer` >= 1 (-1: of
    its bias). Raises ValueError for an address that the network does not have."""
    if not (1 <= layer < len(sizes) and 0 <= unit < sizes[layer] and -1 <= below < sizes[layer - 1]):
        raise ValueError(f"there is no weight {layer}:{unit}:{below}")
    inputs, units = int(sizes[layer - 1]), int(sizes[layer])
    return count_of(sizes[:layer]) + (below if below >= 0 else inputs) * units + unit


def layers_of(params: np.ndarray, sizes: np.ndarray | Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Views (weights (in, out), bias (out,)) of a flat vector, layer after layer."""
    views, place = [], 0
    for inputs, units in zip(sizes[:-1], sizes[1:], strict=True):
        end = place + inputs * units
        views.append((params[place:end].reshape(inputs, units), params[end : end + units]))
        place = end + units
    return views


def blocks_of(values: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, ...]:
    """A flat vector as one block for each layer: weights (inputs, units), and the biases as a last row."""
    ends = np.cumsum((sizes[:-1] + 1) * sizes[1:])
    return tuple(block.reshape(-1, units) for block, units in zip(np.split(values, ends[:-1]), sizes[1:], strict=True))


# -- what the outputs should be, and what a hand changes -------------------------------------------------------------


def goals_for(state: MLPState, targets: np.ndarray) -> np.ndarray:
    """What the output should be for targets (m,): class numbers, -1 and +1, or standardised values."""
    targets = targets.astype(np.float64)
    if state.output == SOFTMAX:
        return targets
    if state.output == TANH_SQUARED:
        return 2.0 * targets - 1.0
    return (targets - state.target_mean) / state.target_scale


def has_handle(edit: Edit, sizes: np.ndarray) -> bool:
    """Whether `edited` takes this edit for a network of these sizes."""
    kind, *numbers = edit.handle.split(":")
    if edit.handle == "parameters":
        return len(edit.value) == count_of(sizes)
    if kind not in ("weight", "freeze") or len(numbers) != 3 or len(edit.value) != 1:
        return False
    try:
        layer, unit, below = (int(number) for number in numbers)
        return place_of(sizes, layer, unit, below) >= 0
    except ValueError:
        return False


def edited(state: MLPState, edit: Edit) -> MLPState | None:
    """One weight set ("weight:l:unit:input"), fixed or freed ("freeze:l:unit:input"), or all of them set ("parameters"),
    by the addresses of models/core/abilities.py; None for a handle that a network does not have. The stop rule looks
    at what comes after. Raises ValueError for values that are not finite or an address that is not there."""
    kind, *numbers = edit.handle.split(":")
    counters = state.counters.copy()
    counters[SINCE] = counters[EPOCH]
    value = np.array(edit.value, dtype=np.float64)
    if not np.isfinite(value).all():
        raise ValueError(f"{edit.handle} must be finite")
    if edit.handle == "parameters" and value.shape == state.params.shape:
        return state.replace(params=value, counters=counters)
    if kind not in ("weight", "freeze") or len(numbers) != 3 or len(value) != 1:
        return None
    layer, unit, below = (int(number) for number in numbers)
    place = place_of(state.sizes, layer, unit, below)
    if kind == "weight":
        params = state.params.copy()
        params[place] = value[0]
        return state.replace(params=params, counters=counters)
    others = state.frozen[state.frozen != place]
    frozen = np.sort(np.append(others, place)) if value[0] else others
    return state.replace(frozen=frozen.astype(np.int64), counters=counters)
