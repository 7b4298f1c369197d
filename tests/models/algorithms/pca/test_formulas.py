"""PCA in numbers: every value of every formula, computed again with numpy and scikit-learn from the data alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition, linear_model

from models.algorithms.pca.learner import PCA
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from models.core.marks import Bars, Note, Points, Segments
from tests.models.problems import make_problem, tilted_cloud
from tests.models.told import numbers_of

SEED = 7


def mixed(n: int, deviations, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(0, 1, (len(deviations), len(deviations))))[0]
    return random.normal(0, 1, (n, len(deviations))) * deviations @ turn + 3.0


def played(learner: PCA, problem, pin: int | None = None) -> list[Shown]:
    state = learner.start(problem, SEED)
    seen = [Shown(0, Moment("start", state), state, Pin(row=pin))]
    while learner.outcome(state, problem) is None:
        before = state
        for moment in learner.iterate(state, problem, SEED, len(seen)):
            state = moment.state
            seen.append(Shown(len(seen), moment, before, Pin(row=pin)))
    return seen


def vector(formula, name: str, d: int) -> np.ndarray:
    return np.array([formula.values[f"{name}{j + 1}"] for j in range(d)])


def square(formula, name: str, d: int) -> np.ndarray:
    return np.array([[formula.values[f"{name}{i + 1}_{j + 1}"] for j in range(d)] for i in range(d)])


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize(("d", "k"), [(2, 1), (3, 2), (4, 4)])
@pytest.mark.parametrize("pin", [None, 9])
def test_that_every_phase_shows_what_numpy_computes_from_the_data(scaling, d, k, pin):
    problem = make_problem(mixed(80, np.linspace(4, 1, d)), scaling=scaling)
    learner = PCA(n_components=k, show_answer=True)
    seen = played(learner, problem, pin)
    turned = learner.edit(seen[4].moment.state, Edit("axis", (7.0, 4.0)), problem)
    seen.append(Shown(5, Moment("edited", turned), seen[4].moment.state, Pin(row=pin)))
    x, row = problem.features, pin or 0
    mean, cov = x.mean(axis=0), np.cov(x.T)
    total = np.trace(cov)
    largest = np.sort(np.linalg.eigvalsh(cov))[::-1]
    seen_phases = set()
    for shown in seen:
        state, phase = shown.moment.state, shown.moment.phase
        seen_phases.add(phase)
        found = numbers_of(learner, shown, problem)
        about = learner.concerned(shown, problem).tolist()
        done = int(state.found - state.is_settled)
        assert found["answer"].values["best"] == pytest.approx(largest[done])
        assert found["answer"].values["share"] == pytest.approx(largest[done] / total)
        if phase == "start":
            scores = (x - mean) @ state.axis
            assert found["guess"].values["variance"] == pytest.approx(scores.var(ddof=1))
            assert found["guess"].values["sum"] == pytest.approx((scores**2).sum())
            assert found["guess"].values["rest"] == 79
            assert vector(found["guess"], "v", d).tolist() == state.axis.tolist()
        elif phase == "center":
            assert about == [row]
            assert np.allclose(vector(found["mean"], "sum", d), x.sum(axis=0)) and found["mean"].values["n"] == 80
            assert np.allclose(vector(found["mean"], "mean", d), mean)
            assert np.allclose(vector(found["centered"], "x", d), x[row])
            assert np.allclose(vector(found["centered"], "mean", d), mean)
            assert np.allclose(vector(found["centered"], "centered", d), x[row] - mean)
        elif phase == "covariance":
            assert about[0] == row and len(about) == 3
            assert np.allclose(square(found["covariance"], "c", d), cov)
            for j in (0, 1):
                values = found[f"entry 1 {j + 1}"].values
                assert np.allclose([values[f"a{i + 1}"] for i in range(3)], x[about, 0] - mean[0])
                if j:
                    assert np.allclose([values[f"b{i + 1}"] for i in range(3)], x[about, j] - mean[j])
                assert values["sum"] == pytest.approx(((x[:, 0] - mean[0]) * (x[:, j] - mean[j])).sum())
                assert values["rest"] == 79 and values["entry"] == pytest.approx(cov[0, j])
            assert found["total"].values["total"] == pytest.approx(total)
            assert np.allclose(vector(found["total"], "c", d), np.diag(cov))
        elif phase == "aim":
            assert found["aim"].values["product"] == pytest.approx(0, abs=1e-12)
            assert np.allclose(vector(found["aim"], "v", d), state.axis)
            assert np.allclose(vector(found["aim"], "u", d), state.components[state.found - 1])
        elif phase == "turn":
            product = cov @ state.before
            known = state.components[:done]
            left = product - known.T @ (known @ product)
            assert np.allclose(square(found["product"], "c", d), cov)
            assert np.allclose(vector(found["product"], "v", d), state.before)
            assert np.allclose(vector(found["product"], "w", d), product)
            assert ("taken out" in found) == (done > 0)
            if done:
                assert np.allclose(vector(found["taken out"], "p", d), product)
                assert np.allclose(vector(found["taken out"], "q", d), product - left)
                assert np.allclose(vector(found["taken out"], "w", d), left)
            assert np.allclose(vector(found["power"], "v", d), state.axis)
            assert found["power"].values["length"] == pytest.approx(np.linalg.norm(left))
            assert np.allclose(vector(found["power"], "w", d) / found["power"].values["length"], state.axis, atol=1e-9)
            along = ((x - mean) @ state.axis).var(ddof=1)
            assert found["along"].values["variance"] == pytest.approx(along)
            assert found["along"].values["share"] == pytest.approx(along / total)
            assert found["along"].values["total"] == pytest.approx(total)
        elif phase == "snap":
            assert found["exact"].values["variance"] == pytest.approx(largest[done])
        else:
            axes = state.components if phase == "project" else np.vstack([state.components[:done], state.axis])
            assert about == [row]
            scores = axes @ (x[row] - mean)
            for c, score in enumerate(scores):
                values = found[f"score {c + 1}"].values
                assert values["score"] == pytest.approx(score)
                assert np.allclose(vector(found[f"score {c + 1}"], "a", d), x[row] - mean)
                assert np.allclose(vector(found[f"score {c + 1}"], "v", d), axes[c])
                assert found["residual"].values[f"t{c + 1}"] == pytest.approx(score)
            distance = np.linalg.norm(x[row] - mean - scores @ axes)
            assert found["residual"].values["residual"] == pytest.approx(distance, abs=1e-6)
            assert found["residual"].values["whole"] == pytest.approx(((x[row] - mean) ** 2).sum())
            variances = ((x - mean) @ axes.T).var(axis=0, ddof=1)
            for key in ("kept", "lost"):
                assert np.allclose(vector(found[key], "l", len(axes)), variances)
                assert found[key].values["total"] == pytest.approx(total)
            assert found["kept"].values["share"] == pytest.approx(variances.sum() / total)
            off = x - mean - (x - mean) @ axes.T @ axes
            assert found["lost"].values["lost"] == pytest.approx((off**2).sum() / 79, abs=1e-9)
            assert found["kept"].is_main == (phase == "edited")
            if phase == "project":
                referee = decomposition.PCA(k).fit(x)
                assert found["kept"].values["share"] == pytest.approx(referee.explained_variance_ratio_.sum())
                assert np.allclose(scores, referee.transform(x[row : row + 1])[0], atol=1e-5)
    assert seen_phases - {"snap"} == set(learner.phases) - {"snap"} - ({"aim"} if k == 1 else set())


def test_that_an_axis_that_never_settles_is_shown_as_an_eigenvector():
    corners = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    problem = make_problem(np.repeat(corners, 10, axis=0) * [1.0, 0.999])
    learner = PCA()
    (snap,) = [shown for shown in played(learner, problem) if shown.moment.phase == "snap"]
    found, cov = numbers_of(learner, snap, problem), np.cov(problem.features.T)
    assert np.allclose(square(found["exact"], "c", 2), cov)
    assert np.allclose(cov @ vector(found["exact"], "v", 2), vector(found["exact"], "w", 2))
    assert np.allclose(
        vector(found["exact"], "w", 2), found["exact"].values["variance"] * vector(found["exact"], "v", 2)
    )
    assert found["exact"].values["variance"] == pytest.approx(np.linalg.eigvalsh(cov)[-1])


def test_that_a_direction_without_variance_is_said_to_stay():
    problem = make_problem(np.outer(np.arange(9.0), [1.0, 2.0]))
    learner = PCA(n_components=2)
    last = [shown for shown in played(learner, problem) if shown.moment.phase == "turn"][-1]
    power = numbers_of(learner, last, problem)["power"]
    assert "Rightarrow" in power.symbols and np.allclose(vector(power, "v", 2), last.moment.state.axis)


def test_that_many_columns_are_written_with_dots():
    problem = make_problem(mixed(60, np.linspace(6, 1, 9)))
    learner = PCA(n_components=6)
    cov = np.cov(problem.features.T)
    for shown in played(learner, problem):
        found = numbers_of(learner, shown, problem)
        if shown.moment.phase == "covariance":
            assert found["covariance"].values["c9_2"] == pytest.approx(cov[8, 1])
            assert "c4_1" not in found["covariance"].values and r"\ddots" in found["covariance"].numbers


def test_that_tensors_are_scikit_learns_once_they_are_known():
    problem = make_problem(mixed(80, (4, 2, 1)))
    learner = PCA(n_components=2)
    seen = played(learner, problem)
    assert list(learner.tensors(seen[0].moment.state)) == []
    assert [t.name for t in learner.tensors(seen[1].moment.state)] == ["mean"]
    tensors = {t.name: t.values for t in learner.tensors(seen[-1].moment.state)}
    referee = decomposition.PCA(2).fit(problem.features)
    assert np.allclose(tensors["mean"], referee.mean_)
    assert np.allclose(tensors["components"], referee.components_, atol=1e-6)
    assert np.allclose(tensors["explained_variance"], referee.explained_variance_)


# -- by hand -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1, 2, 5])
def test_that_the_bars_follow_the_hand_from_the_start_on_and_peak_at_the_answer(at):
    problem = make_problem(tilted_cloud())
    learner = PCA(show_answer=True)
    moment = played(learner, problem)[at].moment
    best = decomposition.PCA(1).fit(problem.features).explained_variance_ratio_[0]
    x = problem.features - problem.features.mean(axis=0)
    kept = []
    for angle in np.radians(np.arange(0, 180, 3)):
        way = np.array([np.cos(angle), np.sin(angle)])
        turned = learner.edit(moment.state, Edit("axis", tuple(problem.features.mean(axis=0) + 2 * way)), problem)
        shown = {mark.key: mark for mark in learner.marks(Moment("edited", turned), problem)}
        bars = shown["kept"]
        assert isinstance(bars, Bars) and len(bars.labels) == 3
        share = (x @ way).var() / x.var(axis=0).sum()
        assert np.allclose(bars.values, [share, best, 1 - share])
        sticks = shown["sticks"]
        assert np.allclose((sticks.ends - sticks.starts) @ way, 0, atol=1e-9), "residuals stand at a right angle"
        residual = ((sticks.ends - sticks.starts) ** 2).sum() / (x**2).sum()
        assert residual == pytest.approx(1 - share)
        kept.append(share)
    assert max(kept) <= best + 1e-12 and max(kept) == pytest.approx(best, abs=1e-2)


def test_that_the_answer_is_hidden_until_it_is_asked_for_and_then_is_the_eigenvector():
    problem = make_problem(tilted_cloud() * [1.0, 5.0], scaling="standard")
    hidden, open_ = PCA(), PCA(show_answer=True)
    assert {p.name: p.change for p in PCA.params()}["show_answer"] == "restart" and not hidden.show_answer
    for shown in played(hidden, problem):
        assert "answer" not in {mark.key for mark in hidden.marks(shown.moment, problem)}
        assert "answer" not in numbers_of(hidden, shown, problem)
        marks = {mark.key: mark for mark in open_.marks(shown.moment, problem)}
        way = (marks["answer"].ends - marks["answer"].starts)[0]
        referee = decomposition.PCA(1).fit(problem.features).components_[0]
        assert abs(way @ referee) == pytest.approx(np.linalg.norm(way))


def test_that_a_pinned_point_has_its_distance_written_at_its_line():
    problem = make_problem(tilted_cloud())
    learner = PCA()
    shown = played(learner, problem, pin=5)[-1]
    (line,) = learner.pinned_marks(shown, problem)
    referee = decomposition.PCA(1).fit(problem.features)
    foot = referee.inverse_transform(referee.transform(problem.features[5:6]))[0]
    assert np.allclose(line.ends[0], foot, atol=1e-6) and np.allclose(line.starts[0], problem.features[5])
    assert float(line.labels[0]) == pytest.approx(np.linalg.norm(problem.features[5] - foot), rel=1e-3)
    assert list(learner.pinned_marks(played(learner, problem)[-1], problem)) == []


# -- beside regression ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [(0, 1), (1, 0)])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_both_regressions_are_scikit_learns_in_original_units(axes, scaling):
    data = tilted_cloud(80) * [1.0, 3.0]
    problem = make_problem(data, axes=axes, scaling=scaling)
    learner = PCA(compare_regression=True)
    last = played(learner, problem)[-1]
    found = numbers_of(learner, last, problem)
    across, up = data[:, [axes[0]]], data[:, [axes[1]]]
    up_on_across = linear_model.LinearRegression().fit(across, up[:, 0]).coef_[0]
    across_on_up = 1 / linear_model.LinearRegression().fit(up, across[:, 0]).coef_[0]
    axis = last.moment.state.axis * problem.scaler.scale
    slopes = {"up": up_on_across, "across": across_on_up, "axis": axis[axes[1]] / axis[axes[0]]}
    notes = {mark.key: mark for mark in learner.marks(last.moment, problem) if isinstance(mark, Note)}
    for name, slope in slopes.items():
        assert found[f"slope {name}"].values["slope"] == pytest.approx(slope)
        assert notes[f"{name} slope"].values["slope"] == pytest.approx(slope)
    cov = np.cov(across[:, 0], up[:, 0])
    assert found["slope up"].values["xy"] == pytest.approx(cov[0, 1])
    assert found["slope up"].values["xx"] == pytest.approx(cov[0, 0])
    assert found["slope across"].values["yy"] == pytest.approx(cov[1, 1])


def test_that_the_three_errors_stand_upright_level_and_at_a_right_angle_on_their_lines():
    problem = make_problem(tilted_cloud(80))
    learner = PCA(compare_regression=True)
    for shown in played(learner, problem):
        marks = {mark.key: mark for mark in learner.marks(shown.moment, problem)}
        ways = {key: marks[f"{key} sticks"].ends - marks[f"{key} sticks"].starts for key in ("up", "across", "axis")}
        assert all(3 <= len(way) <= 8 for way in ways.values())
        assert np.allclose(ways["up"][:, 0], 0) and np.allclose(ways["across"][:, 1], 0)
        assert np.allclose(ways["axis"] @ shown.moment.state.axis, 0, atol=1e-9)
        for key in ("up", "across", "axis"):
            line = marks[f"{key} line"]
            assert isinstance(line, Segments) and line.extend and line.dashed
            along = (line.ends - line.starts)[0]
            off = marks[f"{key} sticks"].ends - line.starts
            assert np.allclose(off[:, 0] * along[1], off[:, 1] * along[0]), "every foot lies on its line"


def test_that_a_column_without_spread_leaves_out_what_cannot_be_read_from_it():
    problem = make_problem(np.c_[np.full(9, 2.0), np.arange(9.0)])
    learner = PCA(compare_regression=True)
    for shown in played(learner, problem):
        marks = {mark.key: mark for mark in learner.marks(shown.moment, problem)}
        assert "up line" not in marks and "across line" in marks and "across slope" not in marks
        assert isinstance(marks["tip"], Points)
        assert "slope up" not in numbers_of(learner, shown, problem)
