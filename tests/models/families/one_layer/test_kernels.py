"""The kernels of one layer of units: exact at every number of rows and columns, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.algorithms.linear_regression import kernels as linear_kernels
from models.algorithms.linear_regression.least_squares import normal_equations
from models.algorithms.logistic_regression import kernels as logistic_kernels
from models.algorithms.perceptron import kernels as perceptron_kernels
from models.arithmetic.columns import STEP, columns_of, turned
from models.families.one_layer.kernels import BLOCK, SPACE, all_sums
from tests.models.problems import make_problem, values_problem

ROWS = (1, 2, STEP - 1, STEP, STEP + 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5)
COLUMNS = (1, 2, 3, 4, 7)


def rows_of(n: int, d: int) -> np.ndarray:
    return np.random.default_rng(100 * n + d).normal(1.0, 2.0, (n, d))


def parameters(units: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(units + 10 * d)
    return random.normal(size=(units, d)), random.normal(size=units)


@pytest.mark.parametrize("n", ROWS)
def test_that_columns_hold_the_rows_and_zeros_behind_them(n):
    x = rows_of(n, 3)
    columns = turned(x)
    assert np.array_equal(columns[:, :n], x.T)
    assert not columns[:, n:].any() and columns.shape[1] >= -(-n // STEP) * STEP
    assert not columns.flags.writeable


def test_that_the_columns_of_a_problem_are_turned_once():
    problem = make_problem(rows_of(20, 2), np.arange(20) % 2)
    assert columns_of(problem) is columns_of(problem)
    assert columns_of(problem).n == 20
    assert np.array_equal(columns_of(problem).answers[:20], problem.targets)


@pytest.mark.parametrize("d", COLUMNS)
@pytest.mark.parametrize("units", [1, 3])
def test_that_a_rows_sum_does_not_depend_on_the_rows_beside_it(units, d):
    x, (weights, bias) = rows_of(BLOCK + 9, d), parameters(units, d)
    together = all_sums(weights, bias, turned(x), len(x))
    assert np.allclose(together, x @ weights.T + bias, rtol=1e-13, atol=1e-13)
    for row in (0, 7, 8, BLOCK - 1, BLOCK, BLOCK + 8):
        assert np.array_equal(all_sums(weights, bias, turned(x[row : row + 1]), 1)[0], together[row])


@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("d", COLUMNS)
def test_that_the_squared_error_and_its_gradient_are_autograds(n, d):
    x, (weights, bias) = rows_of(n, d), parameters(1, d)
    y = np.random.default_rng(n).normal(size=n)
    gradient, room = np.full((1, d + 1), np.nan), np.full(BLOCK, np.nan)
    problem = values_problem(x, y, axes=(0, -1) if d == 1 else (0, 1))
    loss = linear_kernels.mean_squared_error(weights, bias, *columns_of(problem), gradient, room)

    w, b = (torch.tensor(a, requires_grad=True) for a in (weights, bias))
    expected = torch.nn.functional.mse_loss(torch.nn.functional.linear(torch.tensor(x), w, b)[:, 0], torch.tensor(y))
    expected.backward()
    assert loss == pytest.approx(float(expected.detach()), rel=1e-12)
    assert np.allclose(gradient, np.append(w.grad.numpy()[0], b.grad.numpy()), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("d", COLUMNS)
@pytest.mark.parametrize("units", [1, 3])
def test_that_the_cross_entropy_and_its_gradient_are_autograds(n, d, units):
    x, (weights, bias), l2 = rows_of(n, d), parameters(units, d), 0.03
    classes = np.random.default_rng(n).integers(0, max(2, units), n)
    problem = make_problem(x, classes, class_names=("A", "B", "C")[: max(2, units)], axes=(0, min(1, d - 1)))
    gradient, room, losses = np.full((units, d + 1), np.nan), np.full((units, SPACE), np.nan), np.full(n, np.nan)
    logistic_kernels.fill_gradient(weights, bias, columns_of(problem), l2, gradient, room)
    loss = logistic_kernels.whole_loss(weights, bias, columns_of(problem), l2, room)
    logistic_kernels.fill_losses(weights, bias, columns_of(problem), losses)

    w, b = (torch.tensor(a, requires_grad=True) for a in (weights, bias))
    sums, wanted = torch.nn.functional.linear(torch.tensor(x), w, b), torch.tensor(classes)
    if units == 1:
        each = torch.nn.functional.binary_cross_entropy_with_logits(sums[:, 0], wanted.double(), reduction="none")
    else:
        each = torch.nn.functional.cross_entropy(sums, wanted, reduction="none")
    expected = each.mean() + 0.5 * l2 * (w**2).sum()
    expected.backward()
    assert np.allclose(losses, each.detach().numpy(), rtol=1e-12, atol=1e-15)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-12)
    assert np.allclose(gradient, np.column_stack([w.grad.numpy(), b.grad.numpy()]), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("units", [1, 3])
def test_that_losses_are_exact_when_nearly_nothing_is_left_and_finite_when_nearly_all_is(units):
    """ln(1 + small) keeps what 1 + small loses; a large sum does not overflow."""
    reach = np.array([1e-3, 1.0, 20.0, 40.0, 200.0, 600.0])
    x = np.concatenate([reach, -reach])[:, None]
    classes = np.ones(len(x), dtype=np.int64)
    problem = make_problem(x, classes, class_names=("A", "B", "C")[: max(2, units)], axes=(0, 0))
    weights = np.array([[1.0]]) if units == 1 else np.array([[0.0], [1.0], [-900.0]])
    losses = np.empty(len(x))
    logistic_kernels.fill_losses(weights, np.zeros(units), columns_of(problem), losses)
    assert np.isfinite(losses).all()
    if units == 1:
        assert np.allclose(losses, np.logaddexp(0.0, -x[:, 0]), rtol=4e-16, atol=0.0)


@pytest.mark.parametrize("units", [1, 3])
def test_that_numbers_without_bounds_are_not_hidden_in_the_loss(units):
    problem = make_problem([[1.0], [0.0]], [0, 1], class_names=("A", "B", "C")[: max(2, units)], axes=(0, 0))
    room = np.empty((units, SPACE))
    for bad in (np.nan, np.inf):
        loss = logistic_kernels.whole_loss(np.full((units, 1), bad), np.zeros(units), columns_of(problem), 0.0, room)
        assert not np.isfinite(loss)


@pytest.mark.parametrize("n", ROWS[2:])
def test_that_the_products_of_deviations_are_numpys(n):
    x, y = rows_of(n, 3) + 1000.0, np.random.default_rng(n).normal(size=n)
    normal = normal_equations(x, y)
    every = np.column_stack([x, y])
    away = every - every.mean(axis=0)
    assert np.allclose(normal.means, every.mean(axis=0), rtol=1e-13)
    assert np.allclose(normal.together, away[:, :3].T @ away[:, :3], rtol=1e-9, atol=1e-9)
    assert np.allclose(normal.with_target, away[:, :3].T @ away[:, 3], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 500])
def test_that_one_line_in_the_plane_learns_bit_for_bit_what_lines_in_space_learn(d, count):
    """The loop that works ahead of itself does the same as the plain one, points on the line and all."""
    random = np.random.default_rng(count + d)
    x = np.round(random.normal(size=(60, d)), 1)
    x[:5] = 0.0
    x.setflags(write=False)
    classes = random.integers(0, 2, 60)
    rows = random.integers(0, 60, count)
    learned = []
    for kernel in (perceptron_kernels.one_line, perceptron_kernels.all_lines):
        weights, bias = np.array([[0.5, -0.25][:d]]), np.zeros(1)
        step, corrected = np.full(1, np.nan), np.full(count, np.nan)
        lines, samples = perceptron_kernels.Lines(weights, bias), perceptron_kernels.Samples(x, classes)
        mistakes = kernel(lines, samples, rows, 0.5, step, corrected)
        learned.append((weights.tobytes(), bias.tobytes(), step.tobytes(), corrected.tobytes(), mistakes))
        assert mistakes == corrected.sum()
    assert learned[0] == learned[1]


def test_that_mistakes_are_counted_alike_for_one_line_and_for_votes():
    problem = make_problem(rows_of(300, 2), np.random.default_rng(1).integers(0, 2, 300))
    weights, bias = (a.view() for a in parameters(1, 2))
    for array in (weights, bias):
        array.setflags(write=False)
    votes = np.zeros((300, 2))
    perceptron_kernels.fill_votes(weights, bias, problem.features, votes)
    wrong = votes.argmax(axis=1) != problem.targets
    counted = perceptron_kernels.count_mistakes(weights, bias, problem.features, problem.targets)
    assert counted == wrong.sum() == ((problem.features @ weights[0] + bias[0] >= 0) != problem.targets).sum()
