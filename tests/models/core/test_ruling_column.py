"""Which column is said to decide alone: only one that does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_digits

import models
from models.core.readiness import LEAST_ROWS, ruling_column
from tests.models.problems import make_problem

RANDOM = np.random.default_rng(11)
N = 60


def agreement(x: np.ndarray, column: int) -> float:
    """How well distances within one column follow the distances of whole rows: what "decides alone" claims."""
    upper = np.triu_indices(len(x), 1)
    whole = np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2))[upper]
    return float(spearmanr(whole, np.abs(x[:, None, column] - x[None, :, column])[upper]).statistic)


def problem(*columns: np.ndarray):
    return make_problem(np.column_stack(columns), np.arange(len(columns[0])) % 2)


def normal(scale: float, n: int = N) -> np.ndarray:
    return scale * RANDOM.normal(size=n)


@pytest.mark.parametrize("others", [1, 4])
def test_that_a_column_in_large_units_is_named_with_the_next_widest(others):
    columns = [normal(1), normal(1000), *[normal(20) for _ in range(others)]]
    found = ruling_column(problem(*columns))
    assert found["wide"] == "y" and found["narrow"] != "x" and found["times"] > 10
    assert agreement(np.column_stack(columns), 1) > 0.99


OUTLIER = np.where(np.arange(N) == 7, 5000.0, 1.0)
FLAG = (np.arange(N) % 20 == 0).astype(float)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param((normal(1), OUTLIER), id="one value far out"),
        pytest.param((normal(1), normal(1), 300.0 * FLAG), id="a flag that is seldom set"),
        pytest.param((normal(20), FLAG), id="against a flag"),
        pytest.param((normal(20), np.full(N, 3.0)), id="against a constant"),
        pytest.param((normal(20), np.full(N, 0.1) + 1e-12 * (np.arange(N) == 3)), id="against nearly nothing"),
        pytest.param((normal(1), RANDOM.permutation(N) * 1.0 + 1), id="a row's number"),
        pytest.param((normal(1), normal(900), normal(1000)), id="two together"),
        pytest.param((*[normal(1) for _ in range(40)], *[normal(15) for _ in range(1)]), id="one among very many"),
        pytest.param((normal(1), normal(3)), id="nearly alike"),
    ],
)
def test_that_no_column_is_named_that_does_not_decide_alone(columns):
    assert ruling_column(problem(*columns)) is None


def test_that_pixels_never_decide_alone():
    images = load_digits().data
    for x in (images, images[:, images.std(axis=0) > 0], images[:40], images[:, :12]):
        found = ruling_column(make_problem(x, np.arange(len(x)) % 2))
        assert found is None


@pytest.mark.parametrize("n", range(1, LEAST_ROWS))
def test_that_few_rows_say_nothing_about_ranges(n):
    assert ruling_column(problem(np.arange(n) + 0.5, 1000.0 * (np.arange(n) + 0.5))) is None


def test_that_one_learning_rate_for_unlike_columns_is_about_the_widest_and_the_narrowest():
    found = ruling_column(problem(normal(1), normal(900), normal(1000), FLAG), is_alone=False)
    assert found["wide"] != "x" and found["narrow"] == "x"
    assert ruling_column(problem(normal(20), FLAG), is_alone=False) is None


@pytest.mark.parametrize("algorithm", ["knn", "perceptron", "logistic_regression"])
def test_that_the_advice_of_an_algorithm_follows(algorithm):
    learner = models.load(algorithm)()
    assert learner.advice(problem(normal(1), normal(1000))).id == "unscaled"
    for columns in ((normal(1), OUTLIER), (normal(20), FLAG), (normal(1), np.arange(N) + 1.0)):
        advice = learner.advice(problem(*columns))
        assert advice is None or advice.id != "unscaled"
