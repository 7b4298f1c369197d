"""PCA against scikit-learn's full SVD over all scales: orthonormal, the same subspaces, the same variances, to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition

from models.algorithms.pca.axes import AT_ONCE, exact_axes, exact_axis
from models.algorithms.pca.learner import PCA
from models.algorithms.pca.state import PCAState
from models.core.learner import Edit
from tests.models.problems import make_problem, tilted_cloud

EPS = np.finfo(float).eps
PATHS = ("kernel", "torch")


def turned(n: int, deviations, random, offset: float = 0.0) -> np.ndarray:
    """Rows with about these deviations along hidden directions."""
    d = len(deviations)
    return random.normal(size=(n, d)) * deviations @ np.linalg.qr(random.normal(size=(d, d)))[0] + offset


def fitted(features, k: int | None = None, path="kernel", seed: int = 1) -> tuple[PCA, PCAState]:
    problem = make_problem(features, path=path)
    learner = PCA(n_components=min(64, k or problem.d))
    assert learner.unready(problem) is None
    state = learner.advance(learner.start(problem, seed), problem, seed, 0, 100_000).state
    assert learner.outcome(state, problem) is not None
    return learner, state


def watched(features, k: int, seed: int = 1):
    """The moments of a run and its last state, which has the bits that `advance` gives."""
    problem, learner = make_problem(features), PCA(n_components=k)
    state, seen = learner.start(problem, seed), []
    while learner.outcome(state, problem) is None:
        seen += learner.iterate(state, problem, seed, len(seen))
        state = seen[-1].state
    assert state.same_as(fitted(features, k, seed=seed)[1])
    return seen


def agrees(features, state: PCAState, rounding: float = 200.0) -> None:
    """Components orthonormal; subspaces and variances as scikit-learn's, as far as the data themselves decide them.

    A perturbation of the rows by `rounding` units in the last place of the largest deviation moves a deviation by as
    much, and a subspace by that over the distance to the nearest deviation outside it.
    """
    features = np.asarray(features, dtype=float)
    k, unit = len(state.components), 2.0 ** np.floor(np.log2(np.ptp(features, axis=0).max()))
    referee = decomposition.PCA(svd_solver="full").fit((features - features[0]) / unit)
    wanted = np.sqrt(referee.explained_variance_)
    noise = rounding * EPS * max(1.0, np.sqrt(len(features)) / 10) * wanted[0]
    noise += 4 * EPS * np.abs(features).max() / unit  # the mean's own rounding
    assert np.abs(state.components @ state.components.T - np.eye(k)).max() < 1e-12
    found = np.sqrt(state.variances) / unit
    assert np.abs(found - wanted[:k]).max() <= noise
    first = 0
    while first < k:
        last = first + 1
        while last < len(wanted) and wanted[last - 1] - wanted[last] <= 100 * noise:
            last += 1
        if last <= k and wanted[first] > 100 * noise:  # a subspace that is decided, and asked for as a whole
            gap = min(
                np.inf if first == 0 else wanted[first - 1] - wanted[first],
                wanted[last - 1] - (wanted[last] if last < len(wanted) else 0.0),
            ) if last < features.shape[1] or first else np.inf  # fmt: skip
            mine, theirs = state.components[first:last], referee.components_[first:last]
            off = mine - mine @ theirs.T @ theirs
            assert np.abs(off).max() <= max(4 * noise / gap, 1e-14), (first, last)
        first = last


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("unit", [1e-150, 1e-100, 1e-20, 1e-8, 1.0, 1e8, 1e20, 1e77, 1e100, 1e150])
def test_that_every_unit_gives_the_axes_of_scikit_learn(unit, path):
    random = np.random.default_rng(5)
    for deviations in ((4.0, 1.0), (5.0, 3.0, 1.0), (3.0, 2.0, 1e-3, 1e-6)):
        features = turned(60, deviations, random) * unit
        learner, state = fitted(features, path=path)
        agrees(features, state)
        ratios = learner.report(state, make_problem(features))["parameters"]["explained_variance_ratio"]
        assert np.isfinite(ratios).all() and sum(ratios) == pytest.approx(1)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("seed", range(40))
def test_multi_scale_random_rows_against_scikit_learn(seed, path):
    random = np.random.default_rng(seed)
    d, n = int(random.integers(2, 8)), int(random.integers(2, 60))
    features = turned(n, 10.0 ** random.uniform(-6, 6, d), random) * 10.0 ** random.uniform(-12, 12)
    features += random.choice([0.0, 1e6]) * np.abs(features).max()
    kind = random.integers(5)
    if kind == 0:  # collinear
        features[:, -1] = features[:, :-1] @ random.integers(-3, 4, d - 1)
    elif kind == 1:  # constant
        features[:, int(random.integers(d))] = 7.0
    elif kind == 2:  # the same column twice
        features[:, -1] = features[:, 0]
    elif kind == 3:  # columns in units far apart
        features = features * 10.0 ** random.integers(-8, 9, d)
    if (np.ptp(features, axis=0) == 0).all():
        return
    agrees(features, fitted(features, min(n, d), path)[1], rounding=1000.0)


@pytest.mark.parametrize("seed", range(60))
def test_that_components_are_orthonormal_where_columns_are_collinear(seed):
    random = np.random.default_rng(seed)
    d, n = int(random.integers(2, 6)), int(random.integers(2, 12))
    features = random.integers(-10, 11, (n, d)).astype(float)
    for column in range(int(random.integers(1, d)), d):
        features[:, column] = features[:, 0] * random.integers(-3, 4)
    if (np.ptp(features, axis=0) == 0).all():
        return
    for seed_of_run in (1, 2):
        _, state = fitted(features, min(n, d), seed=seed_of_run)
        agrees(features, state)


@pytest.mark.parametrize("features", [
    [[0, 0], [4, 8], [5, 10]],
    [[0, 0, 0], [4, 8, 4], [5, 10, 5]],
    [[0, 0, 0, 0], [1, 2, 3, 4]],
    [[1, 2, 3, 4, 5], [2, 1, 0, 1, 2], [5, 5, 5, 5, 5]],
    [[1, 1], [1, 2]],
    [[0.1, 0.3], [0.2, 0.6], [0.7, 2.1]],
])  # fmt: skip
def test_few_rows_and_rows_on_a_line(features):
    n, d = np.shape(features)
    for seed in range(5):
        _, state = fitted(features, min(n, d), seed=seed)
        agrees(features, state)
    phases = [moment.phase for moment in watched(features, min(n, d))]
    assert "snap" not in phases, "where nothing is left, every direction is exact: none has to be taken instead"


@pytest.mark.parametrize("wide", [1e5, 1e7, 1e8, 1e10])
@pytest.mark.parametrize("is_turned", [False, True])
def test_that_small_variances_beside_one_very_wide_column_are_found_and_said(wide, is_turned):
    random = np.random.default_rng(2)
    deviations = (wide, 2.0, 1.0)
    features = turned(80, deviations, random) if is_turned else random.normal(size=(80, 3)) * deviations
    seen = watched(features, 3)
    state = seen[-1].state
    agrees(features, state)
    if not is_turned:
        assert np.allclose(np.abs(state.components[0]), [1, 0, 0], atol=1e-4 / wide * 1e5)
        below = decomposition.PCA(svd_solver="full").fit(features)
        np.testing.assert_allclose(state.variances[1:], below.explained_variance_[1:], rtol=1e-5)
    snaps = [moment for moment in seen if moment.phase == "snap"]
    if wide >= 1e7:
        assert "rounding" in PCA().phases["snap"].narration.say("en", snaps[0].values)
        assert PCA().phases["snap"].narration.say("ko", snaps[0].values)


def test_that_equal_variances_give_their_subspace_and_stay_where_they_were_turned_to():
    corners = np.repeat([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.5], [0, 0, -0.5]], 4, axis=0)
    for unit in (1e-150, 1.0, 1e150):
        for seed in range(5):
            _, state = fitted(corners * unit, 3, seed=seed)
            agrees(corners * unit, state)
            assert abs(state.components[2] @ [0, 0, 1]) == pytest.approx(1, abs=1e-14)
    seen = watched(corners, 1)
    assert [moment.phase for moment in seen].count("snap") == 0
    _, state = fitted(np.vstack([np.eye(4), -np.eye(4)]), 4)
    agrees(np.vstack([np.eye(4), -np.eye(4)]), state)


@pytest.mark.parametrize("gap", [1e-3, 1e-7, 1e-11])
def test_that_nearly_equal_variances_are_told_apart_as_far_as_the_data_tell_them(gap):
    random = np.random.default_rng(4)
    base = np.linalg.qr(random.normal(size=(40, 3)) - 0.0)[0]
    base -= base.mean(axis=0)
    base = np.linalg.qr(base)[0] * [1.0, 1.0 - gap, 0.3] @ np.linalg.qr(random.normal(size=(3, 3)))[0]
    base -= base.mean(axis=0)
    agrees(base, fitted(base, 3)[1])
    snap = next(moment for moment in watched(base, 3) if moment.phase == "snap")
    assert "nearly equal" in PCA().phases["snap"].narration.say("en", snap.values)


def test_that_all_paths_give_the_same_axes_to_the_bit():
    features = turned(500, (9.0, 3.0, 1.0, 0.1), np.random.default_rng(3), offset=1e6)
    one, other = (exact_axes(make_problem(features, path=path), 4) for path in PATHS)
    assert np.array_equal(one.directions, other.directions) and np.array_equal(one.deviations, other.deviations)
    for path in PATHS:
        agrees(features, fitted(features, 4, path)[1])


def test_that_many_rows_by_their_covariance_are_as_exact_as_by_themselves():
    random = np.random.default_rng(6)
    well = turned(60_000, np.linspace(4.0, 1.0, 20), random, offset=100.0)
    assert well.shape[0] * 20 * 20 > AT_ONCE
    flat = turned(60_000, [1e5, 3.0, *np.full(18, 1e-3)], random)
    for features, k in ((well, 3), (flat, 2)):
        agrees(features, fitted(features, k)[1], rounding=1000.0)


def test_that_an_axis_set_at_a_right_angle_to_the_answer_still_ends_at_the_answer():
    features = tilted_cloud()
    problem, learner = make_problem(features), PCA()
    _, state = fitted(features, 1)
    across = state.mean + 3 * np.array([-state.components[0][1], state.components[0][0]])
    edited = learner.edit(state, Edit("axis", tuple(across)), problem)
    # As exactly across as it goes: the covariance only stretches it.
    referee = decomposition.PCA(svd_solver="full").fit(features)
    edited = edited.replace(axis=referee.components_[1].copy(), before=referee.components_[1].copy())
    moments = list(learner.iterate(edited, problem, 1, 9))
    last = moments[-1].state
    agrees(features, last)
    assert learner.advance(edited, problem, 1, 9, 1).state.same_as(last)


def test_that_an_axis_drawn_along_those_found_before_changes_nothing():
    features = turned(50, (4.0, 2.0), np.random.default_rng(8))
    problem, learner = make_problem(features), PCA(n_components=2)
    _, state = fitted(features, 2)
    along = tuple(state.mean + 2.0 * state.components[0])
    assert learner.edit(state, Edit("axis", along), problem) is state
    aside = tuple(state.mean + state.components[0] + 0.5 * state.components[1])
    edited = learner.edit(state, Edit("axis", aside), problem)
    assert abs(edited.axis @ state.components[0]) < 1e-15 and edited.found == 1


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e155, 1e200, 1e300])
def test_that_numbers_whose_squares_cannot_be_held_are_refused_with_their_column(unit):
    problem = make_problem(tilted_cloud() * unit)
    said = PCA().unready(problem)
    assert said is not None and "x" in said.say("en") and "x" in said.say("ko")
    assert PCA().advice(problem) is None


def test_that_a_small_spread_is_no_flat_direction_and_a_collinear_column_is():
    random = np.random.default_rng(1)
    small = random.normal(size=(50, 3)) * [1e8, 1.0, 1.0]
    assert PCA(n_components=2).advice(make_problem(small)) is None
    collinear = np.column_stack([small, small @ [1.0, 2.0, -1.0]])
    assert PCA(n_components=2).advice(make_problem(collinear)).said.values["spread"] == 3


def test_that_the_exact_axis_nearest_to_a_guess_has_the_variance_that_is_told():
    random = np.random.default_rng(9)
    features = np.vstack([np.eye(5), -np.eye(5)]) * [2.0, 2.0, 2.0, 1.0, 0.0]
    exact = exact_axes(make_problem(features), 5)
    known = np.zeros((0, 5))
    for count in range(5):
        guess = random.normal(size=5)
        axis, deviation = exact_axis(exact, known, guess / np.linalg.norm(guess))
        assert deviation == pytest.approx((features @ axis).std(ddof=1), abs=1e-14)
        assert np.abs(known @ axis).max(initial=0.0) < 1e-15 and np.linalg.norm(axis) == pytest.approx(1, abs=1e-15)
        assert (axis @ guess > 0.0) or count == 4
        known = np.vstack([known, axis])


def test_that_marks_and_formulas_hold_at_both_ends_of_the_scale():
    from models.core.formula import Shown
    from models.core.learner import Moment, Pin

    for unit in (1e-150, 1e150):
        problem = make_problem(tilted_cloud() * unit)
        learner = PCA(n_components=2, show_answer=True, compare_regression=True)
        state, done = learner.start(problem, 1), 0
        moments = [Moment("start", state)]
        while learner.outcome(state, problem) is None:
            moments += learner.iterate(state, problem, 1, done)
            state, done = moments[-1].state, done + 1
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            for moment in moments:
                shown = Shown(0, moment, moment.state, Pin(row=3))
                for mark in (*learner.marks(moment, problem), *learner.pinned_marks(shown, problem)):
                    for name in ("starts", "ends", "at", "vertices"):
                        places = getattr(mark, name, None)
                        assert places is None or np.isfinite(places).all(), mark.key
                    if mark.key.endswith("line"):
                        assert (mark.starts != mark.ends).any(), mark.key
                for formula in learner.formulas(shown, problem):
                    assert np.isfinite(list(formula.values.values())).all(), formula.key
