"""Perceptron, linear and logistic regression on an accelerator, rehearsed on torch's CPU device."""

from __future__ import annotations

import dataclasses
import weakref
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from models.algorithms.linear_regression import device as linear_torch
from models.algorithms.logistic_regression import device as logistic_torch
from models.algorithms.logistic_regression.kernels import Rule
from models.algorithms.perceptron import device as perceptron_torch
from models.algorithms.perceptron import kernels as perceptron
from models.algorithms.perceptron.state import CORRECTIONS, LAST_EPOCH, ROW
from models.arithmetic import device_loop
from models.families.one_layer import device as one_layer_torch
from tests.models.arithmetic.test_device_loop import Rehearsal
from tests.models.problems import blobs, make_problem, regression_problem

TWO = ((-1.5, -1.0), (1.5, 1.0))
THREE = ((-2.0, -1.0), (2.0, 1.5), (0.0, 3.0))


class Reads(TorchDispatchMode):
    """Refuses what waits for a value of the device, as a capture does."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        assert name not in ("_local_scalar_dense", "item", "nonzero", "masked_select", "equal"), name
        return function(*args, **(kwargs or {}))


def clouds(centers=TWO, device="cpu"):
    features, classes = blobs(centers, each=30, sd=1.0)
    problem = make_problem(features, classes, scaling="standard", path="torch")
    return dataclasses.replace(problem, device=device, _tensors={})


def logistic(problem, count, l2=0.0, tol=1e-3, left=10**6, rate=0.5, start=None):
    """(weights and biases, gradient, steps done, loss) after up to `count` steps."""
    units = problem.n_classes if problem.n_classes > 2 else 1
    first = start or (np.full((units, 2), 0.1), np.linspace(0.0, 0.2, units))
    weights, bias, gradient = first[0].copy(), first[1].copy(), np.zeros((units, 3))
    rule = Rule(rate, l2, tol)
    done, loss = logistic_torch.many_steps_torch(problem, weights, bias, gradient, rule, left, count)
    return (weights, bias), gradient, done, loss


def linear(problem, count, rate=0.05, tol=1e-6, max_iter=10**6, start=None):
    """(coefficients and intercept, gradient, losses and counters, steps done) after up to `count` steps."""
    coef, intercept, losses, counters = start or (np.zeros(problem.d), np.zeros(1), np.zeros(2), np.zeros(2, np.int64))
    coef, intercept, losses, counters = coef.copy(), intercept.copy(), losses.copy(), counters.copy()
    gradient, bounds = np.zeros(problem.d + 1), np.full(problem.d + 1, tol)
    spread = float(problem.targets.std())
    done = linear_torch.many_steps_torch(
        coef, intercept, gradient, losses, counters, problem, rate, bounds, spread, max_iter, count
    )
    return (coef, intercept, losses, counters), gradient, done


def same(one, other) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


# -- logistic regression -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [0.0, 0.05])
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_logistic_steps_are_those_of_autograd(centers, l2):
    problem = clouds(centers)
    units = 1 if centers is TWO else 3
    w = torch.full((units, 2), 0.1, dtype=torch.float64, requires_grad=True)
    b = torch.linspace(0.0, 0.2, units, dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(problem.features.copy()), torch.tensor(problem.targets.copy())
    for steps in range(1, 41):
        w.grad = b.grad = None
        z = functional.linear(x, w, b)
        mean = functional.cross_entropy(z, y) if units > 1 else functional.binary_cross_entropy_with_logits(
            z[:, 0], y.double()
        )  # fmt: skip
        whole = mean + 0.5 * l2 * w.square().sum()
        whole.backward()
        with torch.no_grad():
            w -= 0.5 * w.grad
            b -= 0.5 * b.grad
        if steps in (1, 2, 40):
            (weights, bias), gradient, done, loss = logistic(problem, steps, l2, tol=0.0)
            assert done == steps and loss == pytest.approx(float(whole.detach()), rel=1e-12)
            np.testing.assert_allclose(weights, w.detach().numpy(), rtol=1e-10)
            np.testing.assert_allclose(bias, b.detach().numpy(), rtol=1e-10)
            np.testing.assert_allclose(gradient[:, :2], w.grad.numpy(), rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(gradient[:, 2], b.grad.numpy(), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_logistic_regression_ends_with_the_first_flat_step_in_the_middle_of_a_block(centers):
    problem = clouds(centers)
    whole = logistic(problem, 5000, l2=0.02)
    assert 10 < whole[2] < 5000 and np.abs(whole[1]).max() < 1e-3
    _, before, done, _ = logistic(problem, whole[2] - 1, l2=0.02)
    assert done == whole[2] - 1 and np.abs(before).max() >= 1e-3
    start, steps = None, 0
    while steps < whole[2]:
        start, gradient, done, loss = logistic(problem, 7, l2=0.02, start=start)
        steps += done
    assert steps == whole[2] and same(start, whole[0]) and same([gradient], [whole[1]]) and loss == whole[3]


def test_that_logistic_regression_ends_with_the_last_iteration_allowed():
    assert logistic(clouds(), 500, tol=0.0, left=37)[2] == 37


def test_that_a_change_of_rate_or_l2_is_heard():
    problem = clouds()
    logistic(problem, 5)
    changed, fresh = logistic(problem, 5, l2=0.3, rate=0.1), logistic(clouds(), 5, l2=0.3, rate=0.1)
    assert same(changed[0], fresh[0]) and changed[3] == fresh[3]


def test_that_separated_classes_do_not_overflow():
    features, classes = blobs(((-400.0, 0.0), (400.0, 0.0)), each=20)
    _, gradient, done, loss = logistic(make_problem(features, classes, path="torch"), 50, tol=0.0, rate=100.0)
    assert done == 50 and np.isfinite(loss) and np.isfinite(gradient).all()


# -- linear regression -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 3])
def test_that_linear_steps_are_those_of_autograd(columns):
    problem = regression_problem(50, columns, path="torch")
    w = torch.zeros(columns + 1, dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(problem.features.copy()), torch.tensor(problem.targets.copy())
    for steps in range(1, 31):
        w.grad = None
        mean = functional.mse_loss(x @ w[:-1] + w[-1], y)
        mean.backward()
        with torch.no_grad():
            w -= 0.05 * w.grad
        if steps in (1, 30):
            (coef, intercept, losses, counters), gradient, done = linear(problem, steps)
            assert done == counters[0] == steps and losses[0] == pytest.approx(float(mean.detach()), rel=1e-12)
            assert losses[1] == losses[0]
            np.testing.assert_allclose(np.append(coef, intercept), w.detach().numpy(), rtol=1e-11)
            np.testing.assert_allclose(gradient, w.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_that_linear_regression_ends_on_level_ground_whatever_the_slices():
    problem = regression_problem(50, 3, path="torch")
    whole, gradient, done = linear(problem, 5000)
    assert 20 < done < 5000 and (np.abs(gradient) <= 1e-6).all()
    assert not (np.abs(linear(problem, done - 1)[1]) <= 1e-6).all()
    start, steps = None, 0
    while steps < done:
        start, slope, some = linear(problem, 7, start=start)
        steps += some
    assert steps == done and same(start, whole) and same([slope], [gradient])
    np.testing.assert_allclose(whole[0], np.linalg.lstsq(
        np.column_stack([problem.features, np.ones(50)]), problem.targets, rcond=None
    )[0][:-1], rtol=1e-5)  # fmt: skip


def test_that_a_loss_that_grows_ends_the_run():
    (_, _, losses, _), _, done = linear(regression_problem(50, 3, path="torch"), 5000, rate=2.0)
    assert done < 50 and losses[0] > 1e4 * losses[1] > 0


def test_that_linear_regression_ends_with_the_last_step_allowed():
    problem = regression_problem(50, 3, path="torch")
    start, _, done = linear(problem, 20, max_iter=33)
    assert done == 20 and linear(problem, 20, max_iter=33, start=start)[2] == 13


# -- the perceptron ----------------------------------------------------------------------------------------------------


def looked_at(problem, count, on_device, new_order=False, cuts=1000, max_epochs=30, rate=0.1):
    """Everything that `many_samples` changes, after up to `count` samples in slices."""
    lines = problem.n_classes if problem.n_classes > 2 else 1
    random = np.random.default_rng(2)
    weights, bias = random.normal(size=(lines, problem.d)), random.normal(size=lines)
    order, step, saved = random.permutation(problem.n), np.zeros(lines), np.zeros((lines, problem.d + 1))
    counters, corrected, done = np.zeros(8, dtype=np.int64), np.zeros(count), 0
    counters[[LAST_EPOCH, ROW]] = -1
    many = partial(perceptron_torch.many_samples_torch, problem) if on_device else perceptron.many_samples
    progress = perceptron.Progress(counters, saved, max_epochs)
    while done < count:
        told = corrected[done : done + cuts]
        done += many(
            perceptron.Lines(weights, bias),
            perceptron.Samples(problem.features, problem.targets),
            perceptron.Order(order, new_order, 4, done),
            progress,
            rate,
            step,
            told,
        )
        if perceptron.epoch_decides(progress):
            break
    return weights, bias, order, step, saved, counters, corrected[:done]


@pytest.mark.parametrize("new_order", [False, True])
@pytest.mark.parametrize("centers", [TWO, THREE, ((-4.0, -4.0), (4.0, 4.0))])
def test_that_the_perceptron_makes_the_kernels_corrections(centers, new_order):
    problem = clouds(centers)
    wanted, found = (looked_at(problem, 2500, on_device, new_order) for on_device in (False, True))
    assert wanted[5].tolist() == found[5].tolist() and wanted[6].tolist() == found[6].tolist()
    assert wanted[6].any() and wanted[2].tolist() == found[2].tolist()
    for one, other in zip(wanted[:5], found[:5], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_that_points_on_the_line_are_on_the_kernels_side_of_it():
    grid = np.array([[a, b] for a in (0.0, 0.1, 0.2, 0.3) for b in (0.0, 0.1, 0.2, 0.3)])
    problem = make_problem(grid, (grid.sum(axis=1) > 0.35).astype(int), path="torch")
    wanted, found = (looked_at(problem, 640, on_device, max_epochs=40) for on_device in (False, True))
    assert wanted[6].tolist() == found[6].tolist()


def test_that_the_perceptron_does_not_mind_slices():
    problem = clouds(THREE)
    assert same(looked_at(problem, 2000, True), looked_at(problem, 2000, True, cuts=7))


# -- all of them -------------------------------------------------------------------------------------------------------

RUNS = {
    "logistic": lambda problem: logistic(problem, 400, l2=0.02)[0],
    "linear": lambda problem: linear(regression_of(problem), 400)[0],
    "perceptron": lambda problem: looked_at(problem, 400, True),
}


def regression_of(problem):
    return dataclasses.replace(problem, targets=problem.features.sum(axis=1) + np.sin(5 * problem.features[:, 0]))


@pytest.mark.parametrize("run", RUNS)
def test_that_recorded_steps_give_the_same_bits_in_few_launches(run, monkeypatch):
    plain = RUNS[run](clouds())
    made = []

    def recorder(device):
        made.append(Rehearsal())
        return made[-1]

    monkeypatch.setattr(device_loop, "recorder_for", recorder)
    assert same(RUNS[run](clouds()), plain)
    assert len(made) == 1 and 0 < made[0].launched <= 60
    monkeypatch.setattr(device_loop, "recorder_for", lambda device: Rehearsal(fails_at=1))
    assert same(RUNS[run](clouds()), plain)


@pytest.mark.parametrize("run", RUNS)
def test_that_what_stands_on_the_device_goes_with_the_problem(run):
    problem = clouds()
    RUNS[run](problem)
    gone = [weakref.ref(problem), *(weakref.ref(kept) for kept in problem._tensors.values())]
    del problem
    assert [ref() for ref in gone] == [None] * len(gone)


def test_that_no_step_reads_a_value():
    problem = clouds(THREE)
    logistic(problem, 1)
    (fit,) = problem._tensors.values()
    with Reads():
        fit.descent.work(3)
    problem = regression_problem(path="torch")
    linear(problem, 1)
    (fit,) = problem._tensors.values()
    with Reads():
        fit.descent.work(3)
    problem = clouds()
    looked_at(problem, 1, True)
    (trainer,) = problem._tensors.values()
    with Reads():
        trainer._samples.work(3)


def test_that_bounds_mean_the_same_in_float32():
    values = np.array([1e-4, 0.1, 1.0, 3.3e7, 1e-30, 0.0])
    below, above = (
        bound(values, torch.float32) for bound in (one_layer_torch.bound_below, one_layer_torch.bound_above)
    )
    assert below.dtype == above.dtype == np.float32
    assert (below.astype(float) <= values).all() and (above.astype(float) >= values).all()
    assert (np.nextafter(below, np.float32(np.inf)).astype(float) > values).all()
    assert (np.nextafter(above, np.float32(-np.inf)).astype(float) < values).all()
    assert one_layer_torch.bound_below(values, torch.float64).tobytes() == values.tobytes()


# -- on a real device --------------------------------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_an_accelerator_learns_what_the_cpu_learns(centers):
    if not torch.accelerator.is_available():
        pytest.skip("no accelerator on this computer")
    device = f"{torch.accelerator.current_accelerator().type}:0"
    (weights, bias), _, done, loss = logistic(clouds(centers), 60, l2=0.02, tol=0.0)
    (there, bias_there), _, done_there, loss_there = logistic(clouds(centers, device), 60, l2=0.02, tol=0.0)
    assert done == done_there and loss == pytest.approx(loss_there, rel=1e-4)
    np.testing.assert_allclose(there, weights, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(bias_there, bias, rtol=1e-3, atol=1e-4)
    here, there = (linear(regression_of(clouds(centers, each)), 60, tol=0.0) for each in ("cpu", device))
    assert here[2] == there[2] == 60
    np.testing.assert_allclose(there[0][0], here[0][0], rtol=1e-3, atol=1e-4)
    *_, counters, corrected = looked_at(clouds(centers, device), 180, True)
    assert counters[CORRECTIONS] == corrected.sum() > 0
