"""The same network as others write it: torch with autograd, torch and numpy with gradients by hand, scikit-learn.

Each is given the same rows, start weights, mini-batches and learning rate. All but scikit-learn's make the updates
that ours makes, and `engines` checks that before it measures anything. Parameters are flat vectors in the order of
models/algorithms/mlp/kernels.py: layer after layer, the weights (inputs, units) row by row, then the biases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor


@dataclass(frozen=True, eq=False)
class Exercise:
    """What is to be trained: tanh in the hidden layers; then either one tanh output, half the mean squared error and
    plain gradient descent, or (`is_softmax`) an output for each class, cross-entropy and Adam."""

    sizes: tuple[int, ...]  # inputs, hidden ..., outputs
    x: np.ndarray  # (n, d)
    goals: np.ndarray  # (n,): -1 and +1, or class numbers
    start: np.ndarray  # (parameters,)
    batch: int
    rate: float
    is_softmax: bool = False

    @property
    def n(self) -> int:
        return len(self.x)


class Reference:
    """One way to train. Calling it trains for one epoch in an order of its own; -> the steps that it made."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._random = np.random.default_rng(7)

    def __call__(self) -> int:
        self.epoch(self._random.permutation(self.exercise.n))
        return -(-self.exercise.n // self.exercise.batch)

    def epoch(self, order: np.ndarray) -> None:
        """One pass over the rows in this order (n,)."""
        raise NotImplementedError

    @property
    def learned(self) -> np.ndarray:
        """The parameters now, flat, in float64."""
        raise NotImplementedError

    @property
    def slope(self) -> np.ndarray:
        """The gradient of the last mini-batch, flat, in float64."""
        raise NotImplementedError


class NumpyByHand(Reference):
    """numpy with gradients by hand, float64; squared error and plain gradient descent.

    A column of ones beside the values of every layer makes the biases a last row of the weights: one product gives the
    sums of a layer, and one its whole gradient. The arrays of a mini-batch are made once.
    """

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(exercise)
        self._x = np.column_stack([exercise.x, np.ones(exercise.n)])
        self._goals = exercise.goals[:, None]
        self._params, self._gradient = exercise.start.copy(), np.zeros_like(exercise.start)
        self._step = np.empty_like(self._params)
        self._weights, self._slopes = self._matrices(self._params), self._matrices(self._gradient)
        batch, rest = exercise.batch, exercise.n % exercise.batch
        self._values = {size: self._room_for(size) for size in (batch, rest) if size}

    def _matrices(self, flat: np.ndarray) -> list[np.ndarray]:
        """Views (inputs + 1, units) of each layer; the biases are the last row."""
        views, place = [], 0
        for inputs, units in zip(self.exercise.sizes[:-1], self.exercise.sizes[1:], strict=True):
            end = place + (inputs + 1) * units
            views.append(flat[place:end].reshape(inputs + 1, units))
            place = end
        return views

    def _room_for(self, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each hidden layer its values (size, units + 1), ones in the last column, and the same without them."""
        whole = [np.ones((size, units + 1)) for units in self.exercise.sizes[1:-1]]
        return [(values, values[:, :-1]) for values in whole]

    def epoch(self, order: np.ndarray) -> None:
        x, goals, batch = self._x[order], self._goals[order], self.exercise.batch
        for first in range(0, len(order), batch):
            self._train(x[first : first + batch], goals[first : first + batch])

    def _train(self, x: np.ndarray, goals: np.ndarray) -> None:
        weights, slopes, hidden = self._weights, self._slopes, self._values[len(x)]
        below = x
        for layer, (whole, values) in enumerate(hidden):
            np.tanh(np.dot(below, weights[layer]), out=values)
            below = whole
        out = np.tanh(np.dot(below, weights[-1]))
        error = out - goals
        self.loss = 0.5 * np.vdot(error, error) / len(x)
        delta = error * (1.0 - out * out) / len(x)
        for layer in range(len(hidden), 0, -1):
            whole, values = hidden[layer - 1]
            np.dot(whole.T, delta, out=slopes[layer])
            delta = np.dot(delta, weights[layer][:-1].T)
            delta *= 1.0 - values * values
        np.dot(x.T, delta, out=slopes[0])
        np.multiply(self._gradient, self.exercise.rate, out=self._step)
        self._params -= self._step

    @property
    def learned(self) -> np.ndarray:
        return self._params

    @property
    def slope(self) -> np.ndarray:
        return self._gradient


class TorchByHand(Reference):
    """torch operations with gradients by hand, without autograd; squared error and plain gradient descent."""

    def __init__(self, exercise: Exercise, dtype: torch.dtype) -> None:
        super().__init__(exercise)
        self._x, self._goals = torch.tensor(exercise.x, dtype=dtype), torch.tensor(exercise.goals[:, None], dtype=dtype)
        self._params = torch.tensor(exercise.start, dtype=dtype)
        self._gradient = torch.zeros_like(self._params)
        self._layers, self._slopes = self._views(self._params), self._views(self._gradient)

    def _views(self, flat: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Views (weights (inputs, units), biases (units,)) of each layer."""
        views, place = [], 0
        for inputs, units in zip(self.exercise.sizes[:-1], self.exercise.sizes[1:], strict=True):
            end = place + inputs * units
            views.append((flat[place:end].view(inputs, units), flat[end : end + units]))
            place = end + units
        return views

    @torch.no_grad()
    def epoch(self, order: np.ndarray) -> None:
        rows, batch = torch.from_numpy(order), self.exercise.batch
        x, goals = self._x[rows], self._goals[rows]
        for first in range(0, len(order), batch):
            self._train(x[first : first + batch], goals[first : first + batch])

    def _train(self, x: torch.Tensor, goals: torch.Tensor) -> None:
        values = [x]
        for weights, biases in self._layers:
            values.append(torch.addmm(biases, values[-1], weights).tanh_())
        out = values[-1]
        error = out - goals
        self.loss = 0.5 * torch.dot(error.view(-1), error.view(-1)) / len(x)
        delta = error.mul_(1.0 - out * out).div_(len(x))
        for layer in range(len(self._layers) - 1, -1, -1):
            below, (weight_slopes, bias_slopes) = values[layer], self._slopes[layer]
            torch.mm(below.t(), delta, out=weight_slopes)
            torch.sum(delta, 0, out=bias_slopes)
            if layer:
                delta = delta.mm(self._layers[layer][0].t()).mul_(1.0 - below * below)
        self._params.sub_(self._gradient, alpha=self.exercise.rate)

    @property
    def learned(self) -> np.ndarray:
        return self._params.double().numpy()

    @property
    def slope(self) -> np.ndarray:
        return self._gradient.double().numpy()


class TorchEager(Reference):
    """torch as people write it: nn.Sequential, a loss, an optimiser, autograd."""

    def __init__(self, exercise: Exercise, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(exercise)
        nn, sizes = torch.nn, exercise.sizes
        self._x = torch.tensor(exercise.x, dtype=dtype)
        layers: list[nn.Module] = []
        for inputs, units in zip(sizes[:-1], sizes[1:], strict=True):
            layers += [nn.Linear(inputs, units, dtype=dtype), nn.Tanh()]
        if exercise.is_softmax:
            self._net, self._criterion = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
            self._goals = torch.tensor(exercise.goals, dtype=torch.int64)
            self._optimizer = torch.optim.Adam(self._net.parameters(), lr=exercise.rate)
        else:
            self._net, self._criterion = nn.Sequential(*layers), nn.MSELoss()
            self._goals = torch.tensor(exercise.goals[:, None], dtype=dtype)
            self._optimizer = torch.optim.SGD(self._net.parameters(), lr=exercise.rate)
        self._share = 1.0 if exercise.is_softmax else 0.5
        self._take(exercise.start)

    @torch.no_grad()
    def _take(self, flat: np.ndarray) -> None:
        place = 0
        for linear in self._net:
            if isinstance(linear, torch.nn.Linear):
                inputs, units = linear.in_features, linear.out_features
                end = place + inputs * units
                linear.weight.copy_(torch.tensor(flat[place:end].reshape(inputs, units).T))
                linear.bias.copy_(torch.tensor(flat[end : end + units]))
                place = end + units

    def epoch(self, order: np.ndarray) -> None:
        shuffled, batch = torch.from_numpy(order), self.exercise.batch
        for first in range(0, len(order), batch):
            rows = shuffled[first : first + batch]
            self._optimizer.zero_grad()
            loss = self._share * self._criterion(self._net(self._x[rows]), self._goals[rows])
            loss.backward()
            self._optimizer.step()

    @property
    def learned(self) -> np.ndarray:
        return self._flat([p.detach() for p in self._net.parameters()])

    @property
    def slope(self) -> np.ndarray:
        return self._flat([p.grad for p in self._net.parameters()])

    @staticmethod
    def _flat(tensors: list[torch.Tensor]) -> np.ndarray:
        return np.concatenate([t.double().numpy().T.ravel() for t in tensors])


class ScikitLearn(Reference):
    """scikit-learn's partial_fit, one mini-batch a call. Its squared error has a linear output where ours has a tanh,
    and its two classes one logistic output where ours have two: a little less arithmetic in both."""

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(exercise)
        settings = {
            "hidden_layer_sizes": exercise.sizes[1:-1], "activation": "tanh", "alpha": 0.0, "random_state": 7,
            "learning_rate_init": exercise.rate,
        }  # fmt: skip
        if exercise.is_softmax:
            self._net = MLPClassifier(solver="adam", **settings)
            self._more = {"classes": np.unique(exercise.goals)}
        else:
            self._net = MLPRegressor(solver="sgd", momentum=0.0, nesterovs_momentum=False, **settings)
            self._more = {}

    def epoch(self, order: np.ndarray) -> None:
        x, goals, batch = self.exercise.x[order], self.exercise.goals[order], self.exercise.batch
        for first in range(0, len(order), batch):
            self._net.partial_fit(x[first : first + batch], goals[first : first + batch], **self._more)
