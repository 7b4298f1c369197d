"""KNN where the answers are numbers: against scikit-learn, on the plane of the target, and in numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from models.algorithms.knn.learner import KNN
from models.core.formula import Shown
from models.core.learner import Moment, Pin
from models.core.marks import Bars, Ellipse, Field, Points, Segments
from tests.models.problems import make_problem

YEARS = np.array([[0.0], [3.0], [5.0], [8.0], [10.0], [13.0]])
PAY = np.array([2.6, 3.1, 4.3, 6.5, 8.4, 11.2])


def target_problem(features=YEARS, targets=PAY, **more):
    """One column, and the target upwards."""
    return dataclasses.replace(make_problem(features, targets, axes=(0, -1), **more), target_name="pay")


def moments(learner: KNN, problem) -> list[Moment]:
    state, seen = learner.start(problem, 7), []
    while learner.outcome(state, problem) is None:
        seen += learner.iterate(state, problem, 7, len(seen))
        state = seen[-1].state
    return seen


def marks_of(learner, moment, problem) -> dict:
    return {mark.key: mark for mark in learner.marks(moment, problem)}


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize(("k", "d"), [(1, 1), (5, 2), (15, 5), (6, 20)])
def test_that_predictions_agree_with_scikit_learn(path, weights, k, d):
    random = np.random.default_rng(k)
    features, targets = random.normal(0, 1, (200, d)), random.normal(50, 20, 200)
    problem = make_problem(features, targets, path=path, axes=(0, -1))
    learner = KNN(n_neighbors=k, weights=weights)
    x = np.concatenate([random.normal(0, 1.5, (300, d)), features[:10]])
    referee = KNeighborsRegressor(k, weights=weights, algorithm="kd_tree").fit(features, targets)
    predicted = learner.predict(learner.start(problem, 1), x)
    assert predicted.shape == (310,) and learner.task_on(problem) == "regressor"
    np.testing.assert_allclose(predicted, referee.predict(x), rtol=1e-9)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_that_the_answer_is_what_the_curve_says_at_the_new_point_and_is_narrated(weights):
    problem, learner = target_problem(), KNN(n_neighbors=3, weights=weights, query=(4.0, 9.0))
    seen = moments(learner, problem)
    assert [m.phase for m in seen] == ["find"] * 3 + ["average"]
    referee = KNeighborsRegressor(3, weights=weights).fit(YEARS, PAY)
    answer = referee.predict([[4.0]])[0]
    assert seen[-1].state.votes[0] == pytest.approx(answer)
    shown = f"{answer:.4g}"
    outcome = learner.outcome(seen[-1].state, problem)
    for sentence in (outcome.said.say("en"), outcome.said.say("ko"),
                     learner.phases["average"].narration.say("ko", seen[-1].values)):  # fmt: skip
        assert shown in sentence and "pay" in sentence
    assert "pay 4.3" in learner.phases["find"].narration.say("en", seen[1].values)
    assert "pay 값이 3.1인 점" in learner.phases["find"].narration.say("ko", seen[0].values)
    report = learner.report(seen[-1].state, problem)["parameters"]
    assert report["prediction"] == pytest.approx(answer) and report["neighbors"][0]["value"] in (3.1, 4.3)
    assert learner.metrics(seen[-1].state, problem)["mean"] == pytest.approx(answer)


def test_that_stepping_and_advancing_find_the_same_bits():
    problem, learner = target_problem(), KNN(n_neighbors=4, weights="distance")
    states = [m.state for m in moments(learner, problem)]
    for count in range(1, 6):
        assert learner.advance(learner.start(problem, 7), problem, 7, 0, count).state.same_as(states[count - 1])


def test_that_a_training_point_itself_decides_under_distance_weights():
    problem = target_problem()
    state = KNN(weights="distance").start(problem, 1)
    np.testing.assert_allclose(KNN(weights="distance").predict(state, YEARS), PAY)


# -- the plane of the target -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_new_point_waits_where_it_was_put_and_then_stands_at_its_answer(scaling):
    problem = target_problem(scaling=scaling)
    learner = KNN(n_neighbors=3, query=(4.0, 9.0))
    x = float(problem.scaler.transform([[4.0]])[0, 0])
    start = marks_of(learner, Moment("start", learner.start(problem, 1)), problem)
    np.testing.assert_allclose(start["query"].at, [[x, 9.0]])
    assert start["query"].handle == "query" and isinstance(start["surface"], Field)
    *_, found, answered = moments(learner, problem)
    np.testing.assert_allclose(marks_of(learner, found, problem)["query"].at, [[x, 9.0]])
    last = marks_of(learner, answered, problem)
    mean = (3.1 + 4.3 + 2.6) / 3  # 8 years are as far from 4 as 0 are: the earlier row is taken
    np.testing.assert_allclose(last["query"].at, [[x, mean]])
    assert last["query"].labels == (f"{mean:.4g}",)
    assert last["mean"].starts[0, 1] == last["mean"].ends[0, 1] == pytest.approx(mean)


def test_that_links_go_to_the_neighbours_and_the_circle_is_an_interval():
    problem, learner = target_problem(), KNN(n_neighbors=2, query=(7.0, 5.0))
    second = moments(learner, problem)[1]
    marks = marks_of(learner, second, problem)
    links, reach = marks["links"], marks["reach"]
    np.testing.assert_array_equal(links.starts, [[7.0, 5.0]] * 2)
    np.testing.assert_array_equal(links.ends, [[8.0, 6.5], [5.0, 4.3]])
    assert links.labels == ("1.00", "2.00") and links.groups is None
    assert isinstance(reach, Segments) and reach.extend
    assert reach.starts[:, 0].tolist() == [5.0, 9.0] == reach.ends[:, 0].tolist()
    assert (reach.starts[:, 1] != reach.ends[:, 1]).all()
    bars = marks["values"]
    assert isinstance(bars, Bars) and bars.values.tolist() == pytest.approx([6.5, 4.3, 5.4])
    assert "votes" not in marks and bars.labels[-1].ko == "평균"


def test_that_without_a_question_it_waits_at_the_medians():
    problem = target_problem()
    marks = marks_of(KNN(), Moment("start", KNN().start(problem, 1)), problem)
    np.testing.assert_allclose(marks["query"].at, [[6.5, np.median(PAY)]])
    alone = KNN(query=(2.0,))
    assert alone.unready(problem) is None
    at = marks_of(alone, Moment("start", alone.start(problem, 1)), problem)["query"].at
    np.testing.assert_allclose(at, [[2.0, np.median(PAY)]])
    assert "3" in KNN(query=(1.0, 2.0, 3.0)).unready(problem).say("en")


def test_that_on_two_features_there_is_a_circle_and_a_shaded_field():
    random = np.random.default_rng(2)
    problem = make_problem(random.normal(0, 1, (30, 2)), random.normal(0, 1, 30))
    learner = KNN(n_neighbors=4, query=(0.1, 0.2))
    *_, last = moments(learner, problem)
    marks = marks_of(learner, last, problem)
    assert isinstance(marks["reach"], Ellipse) and isinstance(marks["surface"], Field) and "mean" not in marks
    assert marks["query"].at.tolist() == [[0.1, 0.2]] and isinstance(marks["found"], Points)


def test_that_more_columns_keep_their_marks_on_the_plane_of_the_target():
    random = np.random.default_rng(2)
    problem = make_problem(random.normal(0, 1, (30, 3)), random.normal(0, 1, 30), axes=(1, -1))
    learner = KNN(n_neighbors=4, query=(0.5, 0.0))
    for moment in moments(learner, problem):
        for mark in learner.marks(moment, problem):
            for name in ("at", "starts", "ends"):
                places = getattr(mark, name, None)
                assert places is None or places.shape[1] == 4, mark.key
    marks = marks_of(learner, moment, problem)
    assert marks["query"].at[0, 1] == 0.5
    reach = marks["reach"]
    assert ((reach.starts[0, 1] <= marks["links"].ends[:, 1]) & (marks["links"].ends[:, 1] <= reach.starts[1, 1])).all()


def test_that_many_neighbours_list_the_nearest_and_the_mean_of_all():
    random = np.random.default_rng(2)
    problem = target_problem(random.normal(0, 1, (40, 1)), random.normal(-5, 1, 40))
    *_, last = moments(KNN(n_neighbors=15), problem)
    bars = marks_of(KNN(n_neighbors=15), last, problem)["values"]
    assert len(bars.labels) == len(bars.values) == len(bars.roles) == 11
    assert bars.values[-1] == pytest.approx(problem.targets[last.state.found].mean())
    assert "nearest" in bars.title.en


# -- in numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pin", [Pin(), Pin(row=5)])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [3, 9])
def test_that_the_numbers_of_every_phase_are_those_of_the_formulas(weights, k, pin):
    random = np.random.default_rng(4)
    x, y = random.normal(0, 3, (20, 1)), random.normal(0, 5, 20)
    problem, learner = target_problem(x, y), KNN(n_neighbors=k, weights=weights, query=(0.5, 0.0))
    distances = np.abs(x[:, 0] - 0.5)
    order, seen = np.argsort(distances), {"start"}
    before = learner.start(problem, 1)
    for done, moment in enumerate([Moment("start", before), *moments(learner, problem)]):
        shown = Shown(done, moment, before, pin)
        formulas = list(learner.formulas(shown, problem))
        assert sum(f.is_main for f in formulas) == 1
        for formula in formulas:
            assert set(formula.places()) == set(formula.values) and "<" not in formula.filled()
            assert formula.said.say("ko", formula.said_values) and formula.said.say("en", formula.said_values)
        found = {f.key: f for f in formulas}
        known = order[: min(done, k)]
        if done == 0 or pin.row is not None:
            assert found["distance of a point"].values["d"] == pytest.approx(distances[pin.row or 0])
        if moment.phase == "find":
            assert found["distance"].values["d"] == pytest.approx(distances[known[-1]])
            assert found["distance"].values["x1"] == x[known[-1], 0] and found["distance"].values["q1"] == 0.5
        if done:
            values = found["mean"].values
            share = None if weights == "uniform" else 1 / distances[known]
            assert values["answer"] == pytest.approx(np.average(y[known], weights=share))
            assert found["mean"].is_main == (moment.phase == "average")
            written = {int(name[1:]) - 1: value for name, value in values.items() if name[0] == "y"}
            assert len(written) == min(len(known), 6)
            assert all(value == y[known[i]] for i, value in written.items())
            if weights == "distance":
                assert all(values[f"d{i + 1}"] == pytest.approx(distances[known[i]]) for i in written)
            else:
                assert values["k"] == len(known)
        seen.add(moment.phase)
    assert seen == set(learner.phases) - {"vote"}


def test_that_neighbours_at_distance_zero_count_alone_in_numbers_too():
    problem = target_problem([[1.0], [1.0], [2.0]], [4.0, 6.0, 100.0])
    learner = KNN(n_neighbors=3, weights="distance", query=(1.0, 0.0))
    *_, last = moments(learner, problem)
    found = {f.key: f for f in learner.formulas(Shown(4, last, last.state), problem)}
    assert found["mean"].values == {"y1": 4.0, "y2": 6.0, "k": 2.0, "answer": 5.0}
