"""PCA against scikit-learn, and what it does in the corners."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition

from models.algorithms.pca.learner import MOST_TURNS, PCA
from models.core.learner import Edit, Moment
from models.core.marks import Bars, Path, Points, Segments
from tests.models.problems import make_problem, tilted_cloud


def moments(learner: PCA, problem, seed: int = 7, state=None) -> list[Moment]:
    state, seen = learner.start(problem, seed) if state is None else state, []
    while learner.outcome(state, problem) is None:
        seen += learner.iterate(state, problem, seed, len(seen))
        state = seen[-1].state
    return seen


def mixed(n: int, deviations, seed: int = 1) -> np.ndarray:
    """Data with these deviations along hidden directions, seen in turned columns."""
    random = np.random.default_rng(seed)
    d = len(deviations)
    turn = np.linalg.qr(random.normal(0, 1, (d, d)))[0]
    return random.normal(0, 1, (n, d)) * deviations @ turn + random.normal(0, 5, d)


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("deviations", [(4, 1), (5, 3, 1), (9, 6, 4, 2.5, 1.5, 1)])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_axes_variances_and_shadows_agree_with_scikit_learn(path, deviations, scaling):
    problem = make_problem(mixed(400, deviations), path=path, scaling=scaling)
    k = len(deviations)
    learner = PCA(n_components=k)
    state = moments(learner, problem)[-1].state
    referee = decomposition.PCA(k, svd_solver="full").fit(problem.features)
    assert np.allclose(state.components, referee.components_, atol=1e-6)
    assert np.allclose(state.variances, referee.explained_variance_, rtol=1e-9)
    assert np.allclose(state.mean, referee.mean_)
    assert np.allclose(learner.predict(state, problem.features), referee.transform(problem.features), atol=1e-5)
    scaled = learner.report(state, problem)
    ratio = scaled.get("parameters_scaled", scaled["parameters"])["explained_variance_ratio"]
    assert np.allclose(ratio, referee.explained_variance_ratio_)


def test_that_fewer_components_keep_what_scikit_learn_keeps():
    problem = make_problem(mixed(200, (5, 3, 1, 0.5)))
    learner = PCA(n_components=2)
    state = moments(learner, problem)[-1].state
    referee = decomposition.PCA(2).fit(problem.features)
    assert learner.metrics(state, problem)["explained_variance_ratio"] == pytest.approx(
        referee.explained_variance_ratio_.sum()
    )


@pytest.mark.parametrize("seed", range(12))
def test_that_the_first_axis_starts_60_to_80_degrees_away_from_the_answer(seed):
    problem = make_problem(tilted_cloud(seed=seed))
    answer = decomposition.PCA(1).fit(problem.features).components_[0]
    axis = PCA().start(problem, seed).axis
    degrees = np.rad2deg(np.arccos(abs(axis @ answer)))
    assert 60 <= degrees <= 80
    assert np.linalg.norm(axis) == pytest.approx(1)


def test_that_a_default_run_is_centre_covariance_several_turns_and_projection():
    problem = make_problem(tilted_cloud())
    learner = PCA()
    phases = [m.phase for m in moments(learner, problem)]
    assert phases[:2] == ["center", "covariance"] and phases[-1] == "project"
    assert 4 <= phases.count("turn") <= 15 and set(phases[2:-1]) == {"turn"}
    seconds = sum(learner.dwell(1, m, problem) for m in moments(learner, problem))
    assert 8 <= seconds <= 40


def test_that_each_component_counts_its_own_turns_and_starts_at_a_right_angle():
    problem = make_problem(mixed(300, (4, 2, 1)))
    learner = PCA(n_components=2)
    seen = moments(learner, problem)
    at = [m.phase for m in seen].index("aim")
    assert learner.place(at, seen[at], problem).say("en") == "component 2, power step 0"
    assert learner.place(at, seen[at + 1], problem).say("en") == "component 2, power step 1"
    assert learner.place(at, seen[at - 1], problem).values["component"] == 1
    assert seen[at].state.axis @ seen[at].state.components[0] == pytest.approx(0, abs=1e-12)


def test_that_turns_keep_more_and_more_variance():
    problem = make_problem(mixed(300, (3, 2.5, 2)))
    shares = [m.values["share"] for m in moments(PCA(), problem) if m.phase == "turn"]
    assert all(b >= a - 1e-12 for a, b in zip(shares, shares[1:], strict=False)) and shares[-1] > shares[0]


def test_that_nearly_equal_directions_snap_to_the_exact_axis():
    corners = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    features = np.repeat(corners, 10, axis=0) * [1.0, 0.999]
    problem = make_problem(features)
    seen = moments(PCA(), problem)
    assert [m.phase for m in seen].count("turn") == MOST_TURNS and seen[-2].phase == "snap"
    assert np.allclose(seen[-1].state.components, [[1.0, 0.0]], atol=1e-12)


def test_that_equal_directions_settle_on_a_direction_of_that_variance():
    corners = np.repeat(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 5, axis=0)
    problem = make_problem(corners)
    learner = PCA(n_components=2)
    state = moments(learner, problem)[-1].state
    assert np.allclose(state.components @ state.components.T, np.eye(2))
    assert learner.metrics(state, problem)["explained_variance_ratio"] == pytest.approx(1)


@pytest.mark.parametrize("features", [
    np.outer(np.arange(9.0), [1.0, 2.0]),
    np.c_[np.arange(9.0), np.full(9, 3.0)],
    np.outer(np.arange(9.0), [1.0, 2.0, -1.0]),
    [[0.0, 0.0], [1.0, 1.0]],
])  # fmt: skip
def test_that_points_on_a_line_leave_no_variance_for_a_second_axis_and_this_is_said(features):
    problem = make_problem(features)
    learner = PCA(n_components=2)
    state = moments(learner, problem)[-1].state
    assert np.allclose(state.components @ state.components.T, np.eye(2))
    assert state.variances[1] == pytest.approx(0, abs=1e-12) and state.variances[0] > 0
    if len(features) > 2:
        assert learner.advice(problem) is not None


def test_that_a_weak_third_direction_is_found_beside_a_very_strong_first():
    problem = make_problem(mixed(300, (1e5, 1.0, 0.4)))
    state = moments(PCA(n_components=3), problem)[-1].state
    referee = decomposition.PCA(3, svd_solver="full").fit(problem.features)
    assert np.allclose(np.abs((state.components * referee.components_).sum(axis=1)), 1, atol=1e-4)


def test_that_points_at_one_place_and_single_points_are_refused_with_a_sentence():
    assert PCA().unready(make_problem(np.ones((6, 2)))) is not None
    assert PCA().unready(make_problem([[1.0, 2.0]])) is not None
    assert PCA().unready(make_problem(np.zeros((0, 2)))) is not None
    assert PCA().unready(make_problem(tilted_cloud())) is None


def test_that_too_many_components_are_clamped_and_said():
    problem = make_problem(tilted_cloud())
    learner = PCA(n_components=5)
    assert "5" in learner.advice(problem).say("ko") and "2" in learner.advice(problem).say("en")
    assert moments(learner, problem)[-1].state.components.shape == (2, 2)
    assert PCA(n_components=2).advice(problem) is None


def test_that_many_columns_work():
    problem = make_problem(mixed(300, np.linspace(20, 1, 40)))
    state = moments(PCA(n_components=3), problem)[-1].state
    referee = decomposition.PCA(3, svd_solver="full").fit(problem.features)
    assert np.allclose(state.components, referee.components_, atol=1e-6)


def test_that_an_axis_turned_by_hand_is_kept_and_the_run_goes_on_from_it():
    problem = make_problem(tilted_cloud() * [1.0, 10.0], scaling="standard")
    learner = PCA()
    done = moments(learner, problem)[-1].state
    mean = problem.scaler.inverse(done.mean[None, :])[0]
    edited = learner.edit(done, Edit("axis:0", tuple(mean + [problem.scaler.scale[0], 0.0])), problem)
    assert np.allclose(edited.axis, [1.0, 0.0])
    share = learner.metrics(edited, problem)["explained_variance_ratio"]
    assert share == pytest.approx(problem.features[:, 0].var() / problem.features.var(axis=0).sum())
    assert share < learner.metrics(done, problem)["explained_variance_ratio"]
    again = moments(learner, problem, state=edited)
    assert np.allclose(again[-1].state.components, done.components, atol=1e-9)


def test_that_an_unknown_handle_is_refused():
    problem = make_problem(tilted_cloud())
    with pytest.raises(ValueError):
        PCA().edit(PCA().start(problem, 1), Edit("centroid:0", (0.0, 0.0)), problem)


def test_that_shadows_stand_at_right_angles_to_the_axis():
    problem = make_problem(tilted_cloud())
    learner = PCA()
    last = moments(learner, problem)[-1]
    shown = {mark.key: mark for mark in learner.marks(last, problem)}
    sticks = shown["sticks"]
    assert isinstance(sticks, Segments) and len(sticks.starts) == problem.n
    assert np.allclose((sticks.ends - sticks.starts) @ last.state.components[0], 0, atol=1e-9)
    assert isinstance(shown["shadows"], Points) and isinstance(shown["kept"], Bars)


def test_that_the_axis_is_drawn_one_deviation_long_and_the_ellipse_at_one_deviation():
    problem = make_problem(tilted_cloud())
    learner = PCA()
    last = moments(learner, problem)[-1]
    shown = {mark.key: mark for mark in learner.marks(last, problem)}
    axis, spread = shown["axis"], shown["spread"]
    deviation = np.sqrt(decomposition.PCA(1).fit(problem.features).explained_variance_[0])
    assert np.linalg.norm(axis.ends - axis.starts) == pytest.approx(2 * deviation)
    assert isinstance(spread, Path) and spread.closed
    inverse = np.linalg.inv(np.cov(problem.features.T))
    offsets = spread.vertices - problem.features.mean(axis=0)
    assert np.allclose(np.einsum("ij,jk,ik->i", offsets, inverse, offsets), 1)
