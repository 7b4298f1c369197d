"""A network asked, in training or not: the sums of its layers, its losses, and the losses of others of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.algorithms.mlp import kernels
from models.algorithms.mlp.state import ACTIVATIONS, OUTPUTS, SOFTMAX, TANH_SQUARED, MLPState, goals_for, layers_of
from models.core.abilities import Activation, activate, slope
from models.core.problem import Rows, Scaler

_VALUES_AT_ONCE = 250_000  # of the widest layer, when it is asked about many rows: they stay near the processor
_VECTORS_AT_ONCE = 16  # networks that the map of the loss computes together
_SUMS: Activation = "identity"  # of the output layer: what is done to its sums is the loss's part


def network_of(
    state: MLPState, hidden: Sequence[Activation], l2: float = 0.0, by_blas: bool = False
) -> kernels.Network:
    """What the kernels take; hidden: the activation of each hidden layer."""
    bends = np.array([ACTIVATIONS[name] for name in hidden])
    return kernels.Network(by_blas, state.sizes.copy(), bends, state.output, l2)


def learned_by(state: MLPState) -> kernels.Learned:
    """Copies of what training changes, for it to change."""
    return kernels.Learned(
        state.params.copy(),
        state.gradient.copy(),
        state.first_moment.copy(),
        state.second_moment.copy(),
        state.frozen.copy(),
    )


def goals_of(state: MLPState, problem: Rows) -> np.ndarray:
    """What the output should be for the training rows, (n,)."""
    return goals_for(state, problem.answers)


def output_sums(state: MLPState, hidden: Sequence[Activation], x: np.ndarray) -> np.ndarray:
    """The weighted sums of the output layer for rows x (n, d), before softmax or tanh: (n, outputs), in the float
    type of x. In float32 numpy does it (its tanh is many times faster there), else the kernels that train."""
    x = np.asarray(x)
    if x.dtype != np.float32:
        found = np.empty((len(x), state.sizes[-1]))
        network = network_of(state, hidden, by_blas=kernels.is_blas_cheaper(state.sizes, len(x)))
        kernels.output_sums(network, state.params.copy(), np.array(x, dtype=np.float64, order="C"), found)
        return found
    out = np.empty((len(x), state.sizes[-1]), dtype=x.dtype)
    layers = layers_of(state.params.astype(x.dtype), state.sizes)
    chunk = max(1, _VALUES_AT_ONCE // int(state.sizes.max()))
    for first in range(0, len(x), chunk):
        a = x[first : first + chunk]
        for (weights, bias), name in zip(layers, (*hidden, _SUMS), strict=True):
            a = activate(name, a @ weights + bias)
        out[first : first + chunk] = a
    return out


def layer_sums(state: MLPState, hidden: Sequence[Activation], x: np.ndarray) -> tuple[np.ndarray, ...]:
    """The weighted sums of every layer for rows x (n, d), (n, units) each, in the float type of x."""
    x = np.asarray(x)
    a = x if x.dtype.kind == "f" else x.astype(np.float64)
    found = []
    with np.errstate(all="ignore"):
        layers = layers_of(state.params.astype(a.dtype, copy=False), state.sizes)
        for (weights, bias), name in zip(layers, (*hidden, _SUMS), strict=True):
            found.append(a @ weights + bias)
            a = activate(name, found[-1])
    return tuple(found)


def output_deltas(state: MLPState, hidden: Sequence[Activation], x: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The derivative of each row's own loss by the sums of the output layer, (n, outputs). Softmax with cross-entropy:
    p - t. Half the squared error: a - t, times the output's slope."""
    sums, name = layer_sums(state, hidden, x)[-1], OUTPUTS[state.output]
    outputs = activate(name, sums)
    if name == "softmax":
        return outputs - (np.asarray(targets)[:, None] == np.arange(outputs.shape[1]))
    return (outputs - goals_for(state, np.asarray(targets))[:, None]) * slope(name, sums)


def mean_loss(state: MLPState, hidden: Sequence[Activation], problem: Rows) -> float:
    """The mean loss over the training rows, without a penalty."""
    out, goals = output_sums(state, hidden, problem.features), goals_of(state, problem)
    if state.output == SOFTMAX:
        out = out - out.max(axis=1, keepdims=True)
        right = out[np.arange(len(out)), problem.answers]
        return float(np.mean(np.log(np.exp(out).sum(axis=1)) - right))
    values = np.tanh(out[:, 0]) if state.output == TANH_SQUARED else out[:, 0]
    return float(0.5 * np.mean((values - goals) ** 2))


def penalty(state: MLPState, hidden: Sequence[Activation], l2: float) -> float:
    """The part of the loss that keeps weights small."""
    return kernels.penalty(network_of(state, hidden, l2), state.params.copy())


def losses_at(
    state: MLPState, hidden: Sequence[Activation], l2: float, problem: Rows, vectors: np.ndarray
) -> np.ndarray:
    """The loss, its penalty included, of networks with these parameters (m, p): (m,). Vectors of float32 are computed in
    float32, many at once: a map of the loss needs no more, and numpy's tanh is forty times as fast there."""
    if np.asarray(vectors).dtype == np.float32:
        return _losses_in_float32(state, hidden, l2, problem, vectors)
    vectors, found = np.array(vectors, dtype=np.float64), np.empty(len(vectors))
    network = network_of(state, hidden, l2, kernels.is_blas_cheaper(state.sizes, problem.n))
    kernels.losses_at(network, vectors, kernels.Samples(problem.features, goals_of(state, problem)), found)
    return found


def _losses_in_float32(
    state: MLPState, hidden: Sequence[Activation], l2: float, problem: Rows, vectors: np.ndarray
) -> np.ndarray:
    x, goals = problem.features.astype(np.float32), goals_of(state, problem)
    found = np.empty(len(vectors))
    for first in range(0, len(vectors), _VECTORS_AT_ONCE):
        some = vectors[first : first + _VECTORS_AT_ONCE]
        a, place, squares = x, 0, np.zeros(len(some))
        sizes = state.sizes.tolist()
        for inputs, units, name in zip(sizes[:-1], sizes[1:], (*hidden, _SUMS), strict=True):
            end = place + inputs * units
            weights, bias = some[:, place:end].reshape(-1, inputs, units), some[:, None, end : end + units]
            if l2 != 0.0:
                squares += (weights.astype(np.float64) ** 2).sum(axis=(1, 2))
            a = activate(name, a @ weights + bias)
            place = end + units
        if state.output == SOFTMAX:
            a = a - a.max(axis=2, keepdims=True)
            right = a[:, np.arange(len(x)), problem.answers]
            mean = (np.log(np.exp(a).sum(axis=2)) - right).mean(axis=1, dtype=np.float64)
        else:
            out = np.tanh(a[:, :, 0]) if state.output == TANH_SQUARED else a[:, :, 0]
            mean = 0.5 * ((out - goals) ** 2).mean(axis=1, dtype=np.float64)
        found[first : first + len(some)] = mean + 0.5 * l2 * squares
    return found


# -- its layers as lists ---------------------------------------------------------------------------------------------

Layers = list[tuple[np.ndarray, np.ndarray]]  # weights (units, inputs), a row for each unit, and biases (units,)


def in_own_units(state: MLPState) -> Layers:
    """As they learned: from scaled features to the output's own sums."""
    return [(weights.T, bias) for weights, bias in layers_of(state.params, state.sizes)]


def in_original_units(state: MLPState, scaler: Scaler) -> Layers:
    """The same network from unscaled features to the target's units."""
    layers = in_own_units(state)
    weights, bias = layers[-1]
    layers[-1] = (weights * state.target_scale, bias * state.target_scale + state.target_mean)
    weights, bias = layers[0]
    weights = weights / scaler.scale
    layers[0] = (weights, bias - weights @ scaler.mean)
    return layers


def listed(layers: Layers) -> list[dict[str, Any]]:
    """For result.json."""
    return [{"weights": weights.tolist(), "bias": bias.tolist()} for weights, bias in layers]
