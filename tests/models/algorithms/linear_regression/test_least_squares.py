"""The closed form over all scales: against exact arithmetic, numpy in well-scaled form, and the data of others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression as Referee
from sklearn.preprocessing import StandardScaler

from models.algorithms.linear_regression.learner import LinearRegression
from models.algorithms.linear_regression.least_squares import normal_equations, normal_of
from tests.models.exact import digits, least_squares
from tests.models.problems import values_problem

# J. W. Longley: An appraisal of least squares programs from the point of view of the user, 1967; of NIST's StRD the
# certified weights, the intercept last.
LONGLEY = np.array(
    [
        [60323, 83.0, 234289, 2356, 1590, 107608, 1947], [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
        [60171, 88.2, 258054, 3682, 1616, 109773, 1949], [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
        [63221, 96.2, 328975, 2099, 3099, 112075, 1951], [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
        [64989, 99.0, 365385, 1870, 3547, 115094, 1953], [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
        [66019, 101.2, 397469, 2904, 3048, 117388, 1955], [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
        [68169, 108.4, 442769, 2936, 2798, 120445, 1957], [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
        [68655, 112.6, 482704, 3813, 2552, 123366, 1959], [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
        [69331, 115.7, 518173, 4806, 2572, 127852, 1961], [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
    ]
)  # fmt: skip
CERTIFIED = np.array(
    [
        15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359, -0.511041056535807e-01,
        1829.15146461355, -3482258.63459582,
    ]
)  # fmt: skip

SCALES = [1e-12, 1e-6, 1.0, 1e6, 1e12]


def solved(x, y, scaling="none", path="kernel", **settings):
    problem = values_problem(x, y, scaling=scaling, path=path)
    learner = LinearRegression(**{"method": "closed_form", **settings})
    state = learner.advance(learner.start(problem, 7), problem, 7, 0, 1_000_000).state
    return learner, state, problem


def told(x, y, **how):
    learner, state, problem = solved(x, y, **how)
    found = learner.report(state, problem)["parameters"]
    return np.append(found["coef"], found["intercept"])


def fitted(x, y, **how):
    """The predictions for the training rows."""
    learner, state, problem = solved(x, y, **how)
    return learner.predict(state, problem.features)


def best_fit(x, y):
    """The least squares predictions: numpy's, on columns and targets of mean 0 and deviation 1."""
    deviations = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(deviations > 1e-14 * np.abs(x).max(axis=0), deviations, np.inf)
    middle, spread = y.mean(), y.std() or 1.0
    return middle + spread * (z @ np.linalg.lstsq(z, (y - middle) / spread, rcond=1e-9)[0])


# -- ill-conditioned data of others --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_longleys_data_give_the_certified_weights_to_eleven_digits(scaling, path):
    found = told(LONGLEY[:, 1:], LONGLEY[:, 0], scaling=scaling, path=path)
    assert digits(found, CERTIFIED) >= 11.0
    assert digits(CERTIFIED, least_squares(LONGLEY[:, 1:], LONGLEY[:, 0])) >= 13.5  # the referees agree


@pytest.mark.parametrize(("degree", "least"), [(1, 13.0), (3, 11.0), (5, 10.0), (7, 8.0), (10, 5.0)])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_the_digits_that_polynomials_as_in_filip_keep(degree, least, scaling):
    """x from -8.78 to -3.13, as in NIST's Filip, whose columns are its powers."""
    base = np.linspace(-8.78, -3.13, 82)
    x = base[:, None] ** np.arange(1, degree + 1)
    y = x @ (1.0 / np.abs(x).max(axis=0)) + 0.003 * np.random.default_rng(0).normal(size=82)
    assert digits(told(x, y, scaling=scaling), least_squares(x, y)) >= least
    _, _, problem = solved(x, y, scaling=scaling)
    assert normal_of(problem).rank == degree
    exact = least_squares(x, y)
    assert np.allclose(fitted(x, y, scaling=scaling), x @ exact[:-1] + exact[-1], rtol=0, atol=1e-6 * y.std())


# -- all scales ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("unit_of_y", SCALES)
@pytest.mark.parametrize("unit_of_x", SCALES)
def test_that_units_and_far_origins_cost_no_digits_that_the_data_have(unit_of_x, unit_of_y, path, scaling):
    random = np.random.default_rng(round(np.log10(unit_of_x) + 31 * np.log10(unit_of_y)) % 2**32)
    for columns in (1, 3):
        for origin in (0.0, 1e6):
            x = unit_of_x * (origin + random.normal(size=(30, columns)))
            y = unit_of_y * (origin + x @ random.normal(size=columns) / unit_of_x + random.normal(size=30))
            found, best = fitted(x, y, path=path, scaling=scaling), best_fit(x, y)
            # A number near a million units holds ten digits of what lies within one unit.
            assert np.abs(found - best).max() <= (1e-12 if origin == 0.0 else 1e-7) * y.std()
            if origin == 0.0:
                assert digits(told(x, y, path=path, scaling=scaling), least_squares(x, y)) >= 11.0


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("origin", [0.0, 1e6])
@pytest.mark.parametrize("unit", SCALES)
def test_that_gradient_descent_comes_to_the_same_line_on_standardised_columns(unit, origin, path):
    random = np.random.default_rng(3)
    x = unit * (origin + random.normal(size=(25, 2)) * [1.0, 20.0])
    y = unit * (origin + x @ [1.0, -0.2] / unit + random.normal(size=25))
    found = fitted(x, y, scaling="standard", path=path, method="gradient_descent", tol=1e-8)
    assert np.abs(found - best_fit(x, y)).max() <= 1e-6 * y.std()


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_columns_whose_units_differ_by_many_powers_of_ten_do_not_hide_each_other(scaling):
    random = np.random.default_rng(8)
    x = random.normal(size=(40, 5)) * [1e-12, 1e-6, 1.0, 1e6, 1e12]
    y = x @ [1e12, -2e6, 3.0, 4e-6, -5e-12] + 0.1 * random.normal(size=40)
    assert digits(told(x, y, scaling=scaling), least_squares(x, y)) >= 12.0


# -- columns that say nothing new ----------------------------------------------------------------------------------------


def odd_columns():
    random = np.random.default_rng(5)
    a, b = random.normal(size=(2, 20))
    y = 2.0 * a - b + random.normal(size=20)
    yield "twice the same", np.column_stack([a, a]), y, 1
    yield "a multiple", np.column_stack([a, -3.7 * a, b]), y, 2
    yield "a sum", np.column_stack([a, b, a + b]), y, 2
    yield "a sum of far columns", np.column_stack([1e6 + a, b, 1e6 + a + b]), y, 2
    yield "a sum in another unit", np.column_stack([a, b, 1e12 * (a + b)]), y, 2
    yield "a constant", np.column_stack([a, np.full(20, 0.1)]), y, 1
    yield "a far constant", np.column_stack([a, np.full(20, 1e6 / 3)]), y, 1
    yield "only constants", np.full((20, 2), 0.1), y, 0
    yield "two rows", np.column_stack([a, b])[:2], y[:2], 1
    yield "two equal rows", np.column_stack([a, b])[[0, 0]], y[:2], 0
    yield "duplicates", np.column_stack([a, b])[np.arange(20) % 4], y, 2
    yield "two rows of one column", a[:2, None], y[:2], 1
    yield "more columns than rows", random.normal(size=(5, 9)), y[:5], 4


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize(("x", "y", "rank"), [pytest.param(*rest, id=name) for name, *rest in odd_columns()])
def test_that_dependent_columns_give_the_best_predictions_and_the_smallest_standardised_weights(
    x, y, rank, scaling, path
):
    learner, state, problem = solved(x, y, scaling=scaling, path=path)
    assert normal_of(problem).rank == rank
    assert np.allclose(learner.predict(state, problem.features), best_fit(x, y), rtol=0, atol=1e-9)
    deviations = x.std(axis=0)
    varies = deviations > 1e-12 * np.abs(x).max(axis=0)
    z = (x - x.mean(axis=0))[:, varies] / deviations[varies]
    found = np.array(learner.report(state, problem)["parameters"]["coef"])
    smallest = np.linalg.pinv(z, rcond=1e-9) @ (y - y.mean())
    # Far columns hold ten digits, and their difference fewer.
    assert np.allclose(found[varies] * deviations[varies], smallest, rtol=0, atol=1e-9) and not found[~varies].any()


def test_that_predictions_agree_with_scikit_learn_where_columns_depend_on_each_other():
    """In well-scaled form: from columns whose units differ by 10^12 scikit-learn itself does not find the best fit."""
    for _, x, y, _ in odd_columns():
        z = StandardScaler().fit_transform(x)
        assert np.allclose(fitted(x, y), Referee().fit(z, y).predict(z), rtol=0, atol=1e-9)


def test_that_columns_which_differ_by_more_than_their_rounding_are_two():
    random = np.random.default_rng(1)
    a, small = random.normal(size=(2, 50))
    x = np.column_stack([a, a + 1e-7 * small])
    y = 1e7 * (x[:, 1] - x[:, 0]) + 0.01 * random.normal(size=50)  # all that counts is what tells the two apart
    assert normal_equations(x, y).rank == 2
    assert np.allclose(fitted(x, y), best_fit(x, y), rtol=0, atol=1e-6)


def test_that_many_random_problems_are_solved_as_numpy_solves_them():
    random = np.random.default_rng(2026)
    for _ in range(300):
        n, d = int(random.integers(2, 40)), int(random.integers(1, 6))
        x = random.normal(size=(n, d))
        if random.random() < 0.3:
            x = np.round(x)  # duplicates, columns that depend on each other, constants
        x = x * 10.0 ** random.integers(-12, 13, size=d)
        y = random.normal(size=n) * 10.0 ** random.integers(-12, 13)
        assert np.abs(fitted(x, y) - best_fit(x, y)).max() <= 1e-9 * (np.abs(y).max() or 1.0)
