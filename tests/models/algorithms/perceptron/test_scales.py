"""The perceptron on hard data in all units: scikit-learn looks at the same samples in the same order."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Perceptron as Referee

from models.algorithms.perceptron.learner import Perceptron
from tests.models.hard_data import CASES, ORIGINS, UNITS, hard_rows, placed
from tests.models.problems import make_problem

EPOCHS = 6


def compared(x, targets, scaling, learning_rate, start):
    """(ours, the referee) after so many epochs, or as many as it took without a mistake."""
    classes, d = int(targets.max()) + 1, x.shape[1]
    problem = make_problem(x, targets, scaling=scaling)
    lines = 1 if classes == 2 else classes
    learner = Perceptron(
        learning_rate=learning_rate,
        shuffle="given",
        max_epochs=EPOCHS,
        start_weights=start[: lines * d],
        start_bias=0.125,
    )
    ours = learner.advance(learner.start(problem, 1), problem, 1, 0, EPOCHS * problem.n)
    referee = Referee(shuffle=False, eta0=learning_rate, max_iter=max(1, ours.state.epoch), tol=None)
    referee.fit(
        problem.features,
        targets,
        coef_init=np.array(start[: lines * d]).reshape(lines, d),
        intercept_init=np.full(lines, 0.125),
    )
    return learner, problem, ours.state, referee


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("shape", "classes"), CASES)
def test_that_every_line_is_scikit_learns(shape, unit, scaling, classes):
    for origin in ORIGINS:
        for seed in range(3):
            x, targets = hard_rows(shape, classes, seed)
            x = placed(x, unit, origin)
            # Weights of the size that turns such rows into sums of about 1, and of about 1 themselves.
            for size in (1.0, 1.0 if scaling == "standard" else 1.0 / unit):
                start = tuple((size * np.random.default_rng(seed).normal(size=2 * classes)).tolist())
                learner, problem, state, referee = compared(x, targets, scaling, 0.5, start)
                scale = np.abs(referee.coef_).max()
                np.testing.assert_allclose(state.weights, referee.coef_, rtol=1e-9, atol=1e-9 * scale)
                reach = 1e-9 * max(scale * np.abs(problem.features).max(), np.abs(referee.intercept_).max())
                np.testing.assert_allclose(state.bias, referee.intercept_, rtol=1e-9, atol=reach)
                sums = problem.features @ referee.coef_.T + referee.intercept_
                is_clear = np.abs(sums).min(axis=1) > 1e3 * reach
                found = learner.predict(state, problem.features).argmax(axis=1)
                assert (found == referee.predict(problem.features))[is_clear].all()
