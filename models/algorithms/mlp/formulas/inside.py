"""What the formulas of a moment are made from, and what numpy finds anew for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from models.algorithms.mlp.state import MLPState, layers_of, place_of
from models.core.abilities import Activation, activate, slope
from models.core.formula import Shown
from models.core.problem import Rows

_NUMBERS_AT_ONCE = 1 << 20  # sums of all layers that rows computed together may have: 8 MB, and as much for outputs


@dataclass(frozen=True, eq=False)
class Inside:
    """What the formulas of a moment are made from: the moment and what of the learner's settings they need.

    goals (n,): what the output should be, as mlp_loss takes it. activations: of every layer, the output's last.
    start: how the first weights came about, "glorot", "uniform" or "given".
    """

    shown: Shown
    problem: Rows
    goals: np.ndarray
    activations: tuple[Activation, ...]
    optimizer: str
    learning_rate: float
    momentum: float
    l2: float
    start: str

    @property
    def state(self) -> MLPState:
        return cast(MLPState, self.shown.moment.state)

    @property
    def before(self) -> MLPState:
        """The state settled before the moment's iteration."""
        return cast(MLPState, self.shown.before)

    @property
    def phase(self) -> str:
        return self.shown.moment.phase

    @property
    def is_about_a_row(self) -> bool:
        return self.phase in ("forward", "loss", "backward", "update")

    @property
    def depth(self) -> int:
        """How many layers there are after the inputs."""
        return len(self.activations)

    @cached_property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (inputs, units) and biases (units,) of each layer at the moment."""
        return layers_of(self.state.params, self.state.sizes)

    @cached_property
    def row(self) -> int:
        """The training row looked at: the pinned one, else the first of the mini-batch."""
        wanted = self.shown.pin.row
        if wanted is not None and len(pinned := np.flatnonzero(self.problem.rows == wanted)):
            return int(pinned[0])
        return int(self.state.rows[0]) if len(self.state.rows) else 0

    @cached_property
    def weight(self) -> tuple[int, int, int]:
        """(layer, unit, input) looked at: what was changed by hand, else the pinned one, else one of the pinned unit."""
        handle = str(self.shown.moment.values.get("handle", "")).split(":")
        if len(handle) == 4:
            return int(handle[1]), int(handle[2]), int(handle[3])
        pin, sizes = self.shown.pin, self.state.sizes
        if pin.weight is not None and is_there(sizes, pin.weight):
            return pin.weight
        if pin.unit is not None:
            layer, unit = pin.unit
            address = (layer, unit, 0) if layer > 0 else (1, 0, unit)
            if is_there(sizes, address):
                return address
        return 1, 0, 0

    @cached_property
    def unit(self) -> tuple[int, int]:
        """(layer, unit) looked at, layer >= 1."""
        pin = self.shown.pin.unit
        if pin is not None and pin[0] > 0 and is_there(self.state.sizes, (*pin, 0)):
            return pin
        return self.weight[:2]

    @property
    def place(self) -> int:
        return place_of(self.state.sizes, *self.weight)

    @property
    def is_frozen(self) -> bool:
        return self.place in self.state.frozen

    def passed(self, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Rows x (m, d) through the network: the sums (m, units) of layers 1 ..., and the outputs, x itself first."""
        sums, outputs = [], [x]
        for (weights, bias), name in zip(self.layers, self.activations, strict=True):
            sums.append(outputs[-1] @ weights + bias)
            outputs.append(activate(name, sums[-1]))
        return sums, outputs

    @cached_property
    def sample(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Sums and outputs of the one row looked at, (units,) each."""
        sums, outputs = self.passed(self.problem.features[self.row : self.row + 1])
        return [z[0] for z in sums], [a[0] for a in outputs]

    def sample_losses(self, rows: np.ndarray) -> np.ndarray:
        """The loss of each of these training rows, (m,)."""
        sums, outputs = self.passed(self.problem.features[rows])
        if self.activations[-1] == "softmax":
            z = sums[-1] - sums[-1].max(axis=1, keepdims=True)
            return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(rows)), self.goals[rows].astype(np.int64)]
        return 0.5 * (outputs[-1][:, 0] - self.goals[rows]) ** 2

    @cached_property
    def mean_loss(self) -> float:
        """The mean loss of all training rows, without a penalty; some rows at a time, for the room that layers take."""
        n, few = self.problem.n, max(1, _NUMBERS_AT_ONCE // int(self.state.sizes.sum()))
        losses = [self.sample_losses(np.arange(first, min(first + few, n))) for first in range(0, n, few)]
        return float(np.concatenate(losses).mean())

    def wanted(self, rows: np.ndarray) -> np.ndarray:
        """What the outputs should be for these training rows, (m, outputs): 1 for the right class, or the goal."""
        goals = self.goals[rows]
        if self.activations[-1] != "softmax":
            return goals[:, None]
        return (goals[:, None] == np.arange(self.state.sizes[-1])).astype(np.float64)

    def deltas(self, rows: np.ndarray) -> list[np.ndarray]:
        """The derivative of each row's own loss by the sums of every layer, (m, units) each, by the chain rule."""
        sums, outputs = self.passed(self.problem.features[rows])
        last = outputs[-1] - self.wanted(rows)
        if self.activations[-1] == "tanh":
            last = last * slope("tanh", sums[-1])
        found = [last]
        for layer in range(self.depth - 1, 0, -1):
            below = found[0] @ self.layers[layer][0].T
            found.insert(0, below * slope(self.activations[layer - 1], sums[layer - 1]))
        return found

    @cached_property
    def penalty(self) -> float:
        return 0.5 * self.l2 * sum(float((weights**2).sum()) for weights, _ in self.layers)


def is_there(sizes: np.ndarray, address: tuple[int, int, int]) -> bool:
    layer, unit, below = address
    return 1 <= layer < len(sizes) and 0 <= unit < sizes[layer] and -1 <= below < sizes[layer - 1]
