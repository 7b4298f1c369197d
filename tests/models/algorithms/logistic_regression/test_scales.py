"""Logistic regression on hard data in all units: scikit-learn at the end of a run, autograd at any place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression as Referee
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn import functional

from models.algorithms.logistic_regression.learner import LogisticRegression
from models.core.learner import Edit
from tests.models.hard_data import CASES, ORIGINS, UNITS, hard_rows, placed
from tests.models.problems import make_problem

L2 = 0.1


@pytest.mark.parametrize(("shape", "classes"), CASES)
def test_that_standardised_rows_get_scikit_learns_probabilities_in_every_unit(shape, classes):
    for seed in range(2):
        x, targets = hard_rows(shape, classes, seed)
        for unit in UNITS:
            for origin in ORIGINS:
                rows = placed(x, unit, origin)
                problem = make_problem(rows, targets, scaling="standard")
                learner = LogisticRegression(l2=L2, learning_rate=1.0, tol=1e-9, max_iter=20_000)
                start = learner.start(problem, 1)
                state = learner.advance(start, problem, 1, 0, 20_000).state
                assert learner.outcome(state, problem).kind == "converged"
                strength = 1.0 / (problem.n * L2)
                referee = make_pipeline(StandardScaler(), Referee(C=strength, tol=1e-12, max_iter=20_000))
                wanted = referee.fit(rows, targets).predict_proba(rows)
                np.testing.assert_allclose(learner.predict(state, problem.features), wanted, atol=1e-6)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("shape", "classes"), CASES)
def test_that_loss_and_gradient_are_autograds_without_scaling(shape, unit, classes):
    x, targets = hard_rows(shape, classes, 4)
    lines = 1 if classes == 2 else classes
    for origin in ORIGINS:
        problem = make_problem(placed(x, unit, origin), targets)
        learner = LogisticRegression(l2=L2)
        start = learner.start(problem, 1)
        for size in (1.0, 1.0 / unit, 30.0 / unit, 1e-3):
            drawn = np.random.default_rng(5).normal(size=(lines, 3)) * np.array([size, size, 1.0])
            vector = np.concatenate([drawn[:, :2].ravel(), drawn[:, 2]])
            state = learner.edit(start, Edit("parameters", tuple(vector.tolist())), problem)
            w = torch.tensor(drawn[:, :2].copy(), requires_grad=True)
            b = torch.tensor(drawn[:, 2].copy(), requires_grad=True)
            z = functional.linear(torch.tensor(problem.features.copy()), w, b)
            y = torch.tensor(targets)
            if lines == 1:
                mean = functional.binary_cross_entropy_with_logits(z[:, 0], y.double())
            else:
                mean = functional.cross_entropy(z, y)
            whole = mean + 0.5 * L2 * w.square().sum()
            whole.backward()
            wanted = np.column_stack([w.grad.numpy(), b.grad.numpy()])
            # Each slope is a mean of products: rounding is relative to the largest of them.
            for column in range(3):
                largest = max(np.abs(problem.features).max() if column < 2 else 1.0, L2 * size)
                np.testing.assert_allclose(
                    state.gradient[:, column],
                    wanted[:, column],
                    rtol=1e-9,
                    atol=1e-9 * largest * conditioning(problem, size),
                )
            assert state.loss == pytest.approx(float(whole.detach()), rel=1e-9 * conditioning(problem, size))


def conditioning(problem, size: float) -> float:
    """How many times its own rounding a sum of products this large carries into its probability."""
    return 1.0 + 1e-6 * float(np.abs(problem.features).max()) * size
