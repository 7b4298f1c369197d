"""Perceptron, linear and logistic regression beside torch with autograd, numpy by hand, and scikit-learn.

All ways are given the same rows in the same order, the same start and the same learning rate, two columns, and one
thread. A step of the regressions is one step of gradient descent on all rows; of the perceptron, one sample. Before
anything is timed, ours, numpy and torch (there in float64) must have the same weights after some steps, and for the
perceptron scikit-learn too. scikit-learn has no full-batch gradient descent: its partial_fit goes through the same rows
once, one update for each of them, so what is compared with it is rows a second. Times are those of the measuring thread,
without what other processes take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from measures import Measure
from sklearn.linear_model import SGDClassifier, SGDRegressor

import models
from models.core.learner import Learner
from models.core.problem import Rows, Scaler

SEED = 7
RATE = {"perceptron": 0.1, "linear_regression": 0.01, "logistic_regression": 0.1}
TITLES = {
    "perceptron": "Perceptron, one sample a step",
    "linear_regression": "Linear regression, all rows a step",
    "logistic_regression": "Logistic regression, all rows a step",
}
ALIKE = 1e-9  # how far the weights of two float64 ways may lie apart
CHECKED = 200  # steps after which they are compared
MANY = 1_000_000
START = (0.3, -0.2, 0.1)  # two weights and the bias


@dataclass(frozen=True, eq=False)
class Exercise:
    """Rows x (n, 2) and answers (n,): numbers for linear regression, else classes 0 and 1 that no line separates."""

    algorithm: str
    x: np.ndarray
    answers: np.ndarray

    @property
    def n(self) -> int:
        return len(self.x)

    @property
    def rate(self) -> float:
        return RATE[self.algorithm]


def exercise(algorithm: str, n: int) -> Exercise:
    random = np.random.default_rng(SEED)
    x = random.normal(size=(n, 2))
    values = 0.5 + x @ [1.5, -0.7] + 0.8 * random.standard_normal(n)
    answers = values if algorithm == "linear_regression" else (values > 0.5).astype(np.int64)
    for array in (x, answers):
        array.setflags(write=False)
    return Exercise(algorithm, x, answers)


# -- the ways ----------------------------------------------------------------------------------------------------------


class Ours:
    """learner.advance, called for many steps at a time as at full speed. No stop rule ends the run."""

    def __init__(self, it: Exercise) -> None:
        self._learner, self._problem = _learner(it.algorithm), _problem(it)
        self._state, self._done = self._learner.start(self._problem, SEED), 0
        self._count = 20_000 if it.algorithm == "perceptron" else max(10, 2_000_000 // it.n)

    def steps(self, count: int) -> None:
        came = self._learner.advance(self._state, self._problem, SEED, self._done, count)
        self._state, self._done = came.state, self._done + came.done

    def __call__(self) -> int:
        before = self._done
        self.steps(self._count)
        if self._done - before < self._count:  # an end was reached all the same: from the start again
            done, self._done = self._done - before, 0
            self._state = self._learner.start(self._problem, SEED)
            return max(1, done)
        return self._count

    @property
    def learned(self) -> np.ndarray:
        return self._learner.parameters(self._state)


def _learner(algorithm: str) -> Learner:
    settings = {
        "perceptron": {"shuffle": "given", "max_epochs": 100_000, "start_weights": START[:2], "start_bias": START[2]},
        "linear_regression": {"tol": 0.0, "max_iter": 1_000_000, "start_coef": START[:2], "start_intercept": START[2]},
        "logistic_regression": {"tol": 0.0, "max_iter": 1_000_000, "start_weights": START[:2], "start_bias": START[2]},
    }[algorithm]
    return models.load(algorithm).with_settings({**settings, "learning_rate": RATE[algorithm]})


def _problem(it: Exercise) -> Rows:
    no_rows = np.zeros(0, dtype=np.int64)
    return Rows(
        features=it.x, targets=it.answers, feature_names=("x", "y"), target_name="z", rows=np.arange(it.n),
        class_names=() if it.answers.dtype.kind == "f" else ("A", "B"), test_features=it.x[:0],
        test_targets=it.answers[:0], test_rows=no_rows, scaler=Scaler.fit("none", it.x), axes=(0, 1), held=np.zeros(2),
    )  # fmt: skip


class NumpyByHand:
    """numpy with the gradient by hand, float64; a column of ones makes the bias a third weight."""

    def __init__(self, it: Exercise) -> None:
        self._it, self._at = it, 0
        self._x, self._y = np.column_stack([it.x, np.ones(it.n)]), it.answers.astype(np.float64)
        self._rows, self._targets = list(self._x), self._y.tolist()
        self.learned = np.array(START)
        self._count = 500 if it.algorithm == "perceptron" else max(1, 200_000 // it.n)

    def steps(self, count: int) -> None:
        step = {
            "perceptron": self._sample, "linear_regression": self._linear, "logistic_regression": self._logistic,
        }[self._it.algorithm]  # fmt: skip
        for _ in range(count):
            step()

    def _sample(self) -> None:
        x, target = self._rows[self._at], self._targets[self._at]
        output = 1.0 if self.learned @ x >= 0.0 else 0.0
        if output != target:
            self.learned += self._it.rate * (target - output) * x
        self._at = (self._at + 1) % self._it.n

    def _linear(self) -> None:
        residuals = self._y - self._x @ self.learned
        self.loss = residuals @ residuals / self._it.n
        self.learned += self._it.rate * 2.0 / self._it.n * (residuals @ self._x)

    def _logistic(self) -> None:
        # Without the loss, which ours does not work out at every step either.
        errors = 1.0 / (1.0 + np.exp(-(self._x @ self.learned))) - self._y
        self.learned -= self._it.rate / self._it.n * (errors @ self._x)

    def __call__(self) -> int:
        self.steps(self._count)
        return self._count


class TorchEager:
    """The model, the loss and the optimiser as a person writes them in torch, with autograd."""

    def __init__(self, it: Exercise, dtype: torch.dtype = torch.float32) -> None:
        self._it, self._at = it, 0
        self._x = torch.tensor(it.x, dtype=dtype)
        self._y = torch.tensor(it.answers, dtype=dtype)[:, None]
        self._net = torch.nn.Linear(2, 1, dtype=dtype)
        with torch.no_grad():
            self._net.weight.copy_(torch.tensor([START[:2]], dtype=dtype))
            self._net.bias.fill_(START[2])
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=it.rate)
        self._loss = {
            "perceptron": self._criterion, "linear_regression": torch.nn.MSELoss(),
            "logistic_regression": torch.nn.BCEWithLogitsLoss(),
        }[it.algorithm]  # fmt: skip
        self._count = 100 if it.algorithm == "perceptron" else max(1, 50_000 // it.n)

    @staticmethod
    def _criterion(sums: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The perceptron's: how far a wrong sum lies on the wrong side."""
        return torch.relu((1.0 - 2.0 * targets) * sums).sum()

    def steps(self, count: int) -> None:
        for _ in range(count):
            x, y = self._x, self._y
            if self._it.algorithm == "perceptron":
                x, y = x[self._at : self._at + 1], y[self._at : self._at + 1]
                self._at = (self._at + 1) % self._it.n
            self._optimizer.zero_grad()
            self._loss(self._net(x), y).backward()
            self._optimizer.step()

    def __call__(self) -> int:
        self.steps(self._count)
        return self._count

    @property
    def learned(self) -> np.ndarray:
        return torch.cat([self._net.weight.ravel(), self._net.bias]).detach().numpy().astype(np.float64)


class ScikitLearn:
    """partial_fit on all rows in their order, without a penalty, at a constant rate. -> rows gone through."""

    def __init__(self, it: Exercise) -> None:
        self._it = it
        common = {"learning_rate": "constant", "eta0": it.rate, "penalty": None, "shuffle": False}
        losses = {"perceptron": "perceptron", "logistic_regression": "log_loss"}
        self._is_number = it.algorithm not in losses
        self._model = SGDRegressor(**common) if self._is_number else SGDClassifier(losses[it.algorithm], **common)
        self._fit(0, 2)
        self._model.coef_[:], self._model.intercept_[:] = np.reshape(START[:2], self._model.coef_.shape), START[2]

    def _fit(self, first: int, last: int) -> None:
        x, y = self._it.x[first:last], self._it.answers[first:last]
        self._model.partial_fit(x, y) if self._is_number else self._model.partial_fit(x, y, classes=(0, 1))

    def steps(self, count: int) -> None:
        for first in range(0, count, self._it.n):
            self._fit(0, min(self._it.n, count - first))

    def __call__(self) -> int:
        self._fit(0, self._it.n)
        return self._it.n

    @property
    def learned(self) -> np.ndarray:
        return np.append(self._model.coef_.ravel(), self._model.intercept_)


# -- measuring -----------------------------------------------------------------------------------------------------------


def measure(quick: bool) -> list[Measure]:
    torch.set_num_threads(1)
    rounds, seconds = (5, 0.05) if quick else (9, 0.2)
    found: list[Measure] = []
    for algorithm in TITLES:
        _check(exercise(algorithm, 500))
        for n in (500, 100_000):
            found += _compared(exercise(algorithm, n), rounds, seconds)
    return found + _streamed(rounds)


def _check(it: Exercise) -> None:
    """Raise where two ways do not do the same work."""
    ways = [Ours(it), NumpyByHand(it), TorchEager(it, torch.float64)]
    if it.algorithm == "perceptron":
        ways.append(ScikitLearn(it))
    for way in ways:
        way.steps(CHECKED)
        if not np.allclose(way.learned, ways[0].learned, rtol=0.0, atol=ALIKE):
            raise AssertionError(f"{it.algorithm}: {type(way).__name__} learned {way.learned}, not {ways[0].learned}")


def _compared(it: Exercise, rounds: int, seconds: float) -> list[Measure]:
    rates = _in_turn([Ours(it), TorchEager(it), NumpyByHand(it), ScikitLearn(it)], rounds, seconds)
    ours, eager, by_hand, sgd = rates
    is_sample = it.algorithm == "perceptron"
    unit = "samples/s" if is_sample else "steps/s"
    rows_a_second = ours if is_sample else ours * it.n
    theirs = "the same updates" if is_sample else "an update for each row"
    return [
        Measure.median(f"{TITLES[it.algorithm]}: {it.n:,} x 2", ours, unit, note="learner.advance, float64"),
        Measure.median("  torch eager with autograd", eager, unit, note="float32"),
        Measure.median("  numpy, gradient by hand", by_hand, unit, note="float64"),
        Measure.median("  scikit-learn, partial_fit", sgd, "rows/s", note=theirs),
        Measure.median("  ours / torch", ours / eager, "times"),
        Measure.median("  ours / numpy", ours / by_hand, "times"),
        Measure.median("  ours / scikit-learn, in rows/s", rows_a_second / sgd, "times"),
    ]


def _in_turn(ways: list[Callable[[], int]], rounds: int, seconds: float) -> list[np.ndarray]:
    """Work a second of each way, (rounds,) each; the ways take turns, so that what slows one slows the others."""
    for way in ways:
        _rate(way, seconds)
    return list(np.array([[_rate(way, seconds) for way in ways] for _ in range(rounds)]).T)


def _rate(way: Callable[[], int], seconds: float) -> float:
    begun, done, took = time.thread_time(), 0, 0.0
    while took < seconds:
        done += way()
        took = time.thread_time() - begun
    return done / took


def _streamed(rounds: int) -> list[Measure]:
    """How fast full-batch steps on many rows bring the data from memory, beside a sum that does nothing but that."""
    found: list[Measure] = []
    room = np.random.default_rng(SEED).normal(size=3 * MANY)

    def read() -> int:
        np.add.reduce(room)
        return 1

    for algorithm in ("linear_regression", "logistic_regression"):
        ours = Ours(exercise(algorithm, MANY))
        steps, sums = _in_turn([ours, read], rounds, 0.1)
        found += [
            Measure.median(f"{TITLES[algorithm]}: {MANY:,} x 2", steps, "steps/s"),
            Measure.median("  data brought from memory", steps * room.nbytes / 1e9, "GB/s", note="24 bytes a row"),
            Measure.median("  numpy, the sum of as many numbers", sums * room.nbytes / 1e9, "GB/s"),
        ]
    return found
