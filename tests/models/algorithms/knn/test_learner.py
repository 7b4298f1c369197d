"""KNN against scikit-learn and against looking at every point, and what it does in the corners."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from models.algorithms.knn.learner import KNN
from models.algorithms.knn.neighbours import FEWEST_PLACES
from models.arithmetic import side_by_side
from models.core.formula import Shown
from models.core.learner import Moment, Pin
from models.core.marks import Bars, Ellipse, Field, Points, Segments
from tests.models.problems import blobs, make_problem
from tests.models.told import numbers_of

SLIDE = ((5.8, 5.3), (4.3, 4.3), (5.2, 6.1), (3.7, 5.4), (6.0, 3.8), (4.4, 6.9), (6.6, 6.6))
SLIDE_CLASSES = (1, 0, 1, 0, 0, 1, 0)  # A 0, B 1


def moments(learner: KNN, problem) -> list[Moment]:
    state, seen = learner.start(problem, 7), []
    while learner.outcome(state, problem) is None:
        seen += learner.iterate(state, problem, 7, len(seen))
        state = seen[-1].state
    return seen


def by_definition(features, x, k: int) -> np.ndarray:
    """The k rows nearest to each place, by (distance, row), looking at every pair."""
    rows = []
    for place in x:
        distances = [float(np.sqrt(sum((a - b) ** 2 for a, b in zip(row, place, strict=True)))) for row in features]
        rows.append(sorted(range(len(features)), key=lambda i: (distances[i], i))[:k])
    return np.array(rows)


def shares_by_definition(features, targets, x, k: int, n_classes: int) -> np.ndarray:
    chosen = np.asarray(targets)[by_definition(features, x, k)]
    return np.stack([(chosen == c).mean(axis=1) for c in range(n_classes)], axis=1)


@pytest.mark.parametrize(("k", "sentence", "en"), [
    (3, "A 1표, B 2표 -> B", "A 1 vote, B 2 votes: B"),
    (7, "A 4표, B 3표 -> A", "A 4 votes, B 3 votes: A"),
])  # fmt: skip
def test_that_the_question_of_the_lecture_is_answered_as_on_its_slide(k, sentence, en):
    problem = make_problem(SLIDE, SLIDE_CLASSES)
    learner = KNN(n_neighbors=k, query=(5.0, 5.0))
    seen = moments(learner, problem)
    distances = [0.85, 0.99, 1.12, 1.36, 1.56, 1.99, 2.26]
    assert [round(m.values["distance"], 2) for m in seen[:-1]] == distances[:k]
    assert [m.phase for m in seen] == ["find"] * k + ["vote"]
    outcome = learner.outcome(seen[-1].state, problem)
    assert outcome.kind == "finished"
    assert outcome.said.say("ko") == sentence and outcome.said.say("en") == en


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize(("k", "d"), [(1, 2), (5, 2), (4, 3), (15, 5), (6, 20)])
def test_that_vote_shares_agree_with_scikit_learn(path, weights, k, d):
    random = np.random.default_rng(k)
    features, targets = random.normal(0, 1, (200, d)), random.integers(0, 3, 200)
    problem = make_problem(features, targets, path=path)
    learner = KNN(n_neighbors=k, weights=weights)
    x = random.normal(0, 1.5, (300, d))
    referee = KNeighborsClassifier(k, weights=weights, algorithm="brute").fit(features, targets)
    shares = learner.predict(learner.start(problem, 1), x)
    assert np.allclose(shares, referee.predict_proba(x), rtol=1e-6, atol=1e-9)


def test_that_a_training_point_itself_decides_under_distance_weights():
    features, targets = blobs(sd=2.0)
    problem = make_problem(features, targets)
    learner = KNN(n_neighbors=9, weights="distance")
    shares = learner.predict(learner.start(problem, 1), features)
    referee = KNeighborsClassifier(9, weights="distance").fit(features, targets)
    assert np.allclose(shares, referee.predict_proba(features))
    assert np.array_equal(shares.argmax(axis=1), targets)


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("k", [1, 3, 8, 30])
def test_that_ties_in_distance_go_to_the_earlier_row(path, k):
    random = np.random.default_rng(k)
    features = random.integers(0, 6, (150, 2)).astype(float)  # a lattice: full of ties and repeated points
    targets = random.integers(0, 4, 150)
    problem = make_problem(features, targets, path=path)
    learner = KNN(n_neighbors=k)
    x = np.concatenate([features[:20], random.integers(0, 11, (60, 2)) / 2.0])
    expected = shares_by_definition(features, targets, x, k, 4)
    assert np.allclose(learner.predict(learner.start(problem, 1), x), expected)


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_neighbours_far_from_the_origin_are_still_the_right_ones(path):
    random = np.random.default_rng(0)
    features, targets = random.normal(2000, 0.01, (300, 2)), random.integers(0, 2, 300)
    problem = make_problem(features, targets, path=path)
    learner = KNN(n_neighbors=7)
    x = random.normal(2000, 0.01, (100, 2))
    expected = shares_by_definition(features, targets, x, 7, 2)
    assert np.allclose(learner.predict(learner.start(problem, 1), x), expected)


def test_that_neighbours_are_found_nearest_first_and_ties_by_row():
    features = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -0.5], [3.0, 3.0]]
    problem = make_problem(features, [0, 1, 0, 1, 0])
    learner = KNN(n_neighbors=4, query=(0.0, 0.0))
    assert moments(learner, problem)[-1].state.found.tolist() == [3, 0, 1, 2]


def test_that_many_neighbours_at_once_are_the_same_as_one_by_one():
    features = np.random.default_rng(5).integers(0, 6, (400, 2)).astype(np.float64)  # many ties
    problem = make_problem(features, np.arange(400) % 3)
    learner = KNN(n_neighbors=300, query=(2.0, 3.0))
    state = learner.start(problem, 1)
    for i in range(300):
        state = learner.advance(state, problem, 1, i, 1).state
    begun = learner.advance(learner.start(problem, 1), problem, 1, 0, 7).state
    for first, done in ((learner.start(problem, 1), 0), (begun, 7)):
        assert learner.advance(first, problem, 1, done, 300 - done).state.same_as(state)
    wanted = np.lexsort((np.arange(400), np.hypot(*(features - [2.0, 3.0]).T)))[:300]
    assert np.array_equal(state.found, wanted)


def test_that_a_surface_has_the_same_bits_on_any_number_of_threads():
    features = np.round(np.random.default_rng(6).normal(0, 2, (3_000, 2)), 1)
    problem = make_problem(features, (features[:, 0] > 0).astype(np.int64))
    places = np.random.default_rng(7).normal(0, 3, (FEWEST_PLACES + 500, 2))
    learner = KNN(n_neighbors=5, weights="distance")
    before, surfaces = side_by_side.threads(), []
    try:
        for threads in (1, 3):
            side_by_side.use_threads(threads)
            surfaces.append(learner.predict(learner.start(problem, 1), places))
    finally:
        side_by_side.use_threads(before)
    assert np.array_equal(*surfaces)


def test_that_the_answer_is_what_the_surface_says_at_the_new_point():
    features, targets = blobs(sd=2.0)
    problem = make_problem(features, targets)
    for k in (1, 4, 9):
        for weights in ("uniform", "distance"):
            learner = KNN(n_neighbors=k, weights=weights, query=(0.3, 1.1))
            votes = moments(learner, problem)[-1].state.votes
            shares = learner.predict(learner.start(problem, 1), np.array([[0.3, 1.1]]))[0]
            assert np.allclose(votes / votes.sum(), shares)


def test_that_equal_votes_go_to_the_first_class_and_are_said():
    problem = make_problem([[1.0, 0.0], [0.0, 2.0]], [1, 0])
    learner = KNN(n_neighbors=2, query=(0.0, 0.0))
    vote = moments(learner, problem)[-1]
    assert learner.report(vote.state, problem)["parameters"]["prediction"] == "A"
    assert "동점" in learner.outcome(vote.state, problem).said.say("ko")
    assert "tie" in learner.phases["vote"].narration.say("en", vote.values)


def test_that_class_names_with_braces_are_said_as_they_stand():
    problem = make_problem([[1.0, 0.0], [0.0, 2.0]], [0, 1], class_names=("{x}", "}"))
    learner = KNN(n_neighbors=1)
    vote = moments(learner, problem)[-1]
    assert "{x} 1" in learner.outcome(vote.state, problem).said.say("en")


def test_that_the_new_point_defaults_to_the_medians_and_is_given_in_original_units():
    features, targets = blobs()
    features = features * [1.0, 300.0]
    problem = make_problem(features, targets, scaling="standard")
    query = KNN().report(KNN().start(problem, 1), problem)["parameters"]["query"]
    assert np.allclose(query, np.median(features, axis=0))
    asked = KNN(query=(1.0, 200.0))
    state = moments(asked, problem)[0].state
    nearest = np.argmin((((features - [1.0, 200.0]) / problem.scaler.scale) ** 2).sum(axis=1))
    assert state.found.tolist() == [nearest]


def test_that_a_new_point_may_name_the_shown_columns_or_all():
    features = np.random.default_rng(0).normal(0, 1, (50, 4))
    problem = make_problem(features, np.arange(50) % 2, axes=(3, 1))
    middle = np.median(features, axis=0)
    shown = KNN(query=(9.0, 8.0)).report(KNN().start(problem, 1), problem)["parameters"]["query"]
    assert np.allclose(shown, [middle[0], 8.0, middle[2], 9.0])
    whole = KNN(query=(1.0, 2.0, 3.0, 4.0)).report(KNN().start(problem, 1), problem)["parameters"]["query"]
    assert np.allclose(whole, [1.0, 2.0, 3.0, 4.0])
    assert "4" in KNN(query=(1.0, 2.0, 3.0)).unready(problem).say("ko")


def test_that_more_neighbours_than_points_are_clamped_and_said():
    problem = make_problem(SLIDE, SLIDE_CLASSES)
    learner = KNN(n_neighbors=50, query=(5.0, 5.0))
    assert "7" in learner.advice(problem).say("en") and "50" in learner.advice(problem).say("ko")
    assert len(moments(learner, problem)) == 8
    assert np.allclose(learner.predict(learner.start(problem, 1), np.zeros((3, 2))), [[4 / 7, 3 / 7]] * 3)


def test_that_ranges_that_differ_tenfold_are_warned_about_unless_scaled():
    features, targets = blobs()
    assert KNN().advice(make_problem(features, targets)) is None
    wide = features * [1.0, 1000.0]
    assert "y" in KNN().advice(make_problem(wide, targets)).say("ko")
    assert KNN().advice(make_problem(wide, targets, scaling="standard")) is None


def test_that_data_without_classes_to_tell_apart_is_refused_with_a_sentence():
    features, targets = blobs()
    assert "정답" in KNN().unready(make_problem(features)).say("ko")
    assert KNN().unready(make_problem(features, np.zeros(len(features), dtype=int))) is not None
    assert KNN().unready(make_problem(np.zeros((0, 2)), np.zeros(0, dtype=int))) is not None
    assert KNN().unready(make_problem(features, targets)) is None


def test_that_equal_points_and_a_query_on_top_of_them_work():
    problem = make_problem(np.ones((30, 2)), [1, 0] * 15)
    for weights in ("uniform", "distance"):
        learner = KNN(n_neighbors=3, weights=weights, query=(1.0, 1.0))
        assert moments(learner, problem)[-1].state.votes.tolist() == [1.0, 2.0]
        assert np.allclose(learner.predict(learner.start(problem, 1), np.ones((2, 2))), [[1 / 3, 2 / 3]] * 2)


def test_that_the_plane_shows_the_surface_from_the_start_and_the_neighbours_as_they_come():
    problem = make_problem(SLIDE, SLIDE_CLASSES)
    learner = KNN(query=(5.0, 5.0))
    start = {mark.key: mark for mark in learner.marks(Moment("start", learner.start(problem, 1)), problem)}
    assert isinstance(start["surface"], Field)
    assert start["query"].symbol == "query" and start["query"].handle == "query"
    second = moments(learner, problem)[1]
    shown = {mark.key: mark for mark in learner.marks(second, problem)}
    assert isinstance(shown["reach"], Ellipse) and shown["reach"].radius == pytest.approx(0.98995, abs=1e-5)
    assert isinstance(shown["links"], Segments) and shown["links"].labels == ("0.85", "0.99")
    assert isinstance(shown["found"], Points) and shown["found"].rows.tolist() == [0, 1]
    assert isinstance(shown["votes"], Bars) and shown["votes"].values.tolist() == [1.0, 1.0]


def test_that_dragging_the_new_point_is_declared_as_a_setting():
    learner, problem = KNN(), make_problem(SLIDE, SLIDE_CLASSES)
    start = Moment("start", learner.start(problem, 0))
    handles = {mark.handle for mark in learner.marks(start, problem)} - {None}
    assert handles == {"query"} and "query" in {param.name for param in KNN.params()} and KNN.rebuilds


# -- in numbers --------------------------------------------------------------------------------------------------------


def shown_moments(learner: KNN, problem, pin: Pin | None = None):
    """The start and every moment of the run, each with the state before it."""
    before = learner.start(problem, 7)
    yield Shown(0, Moment("start", before), before, pin or Pin())
    for rank, moment in enumerate(moments(learner, problem)):
        yield Shown(rank + 1, moment, before, pin or Pin())
        before = moment.state


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_that_the_numbers_of_every_phase_are_those_of_the_formulas(weights, scaling):
    problem = make_problem(SLIDE, SLIDE_CLASSES, scaling=scaling)
    learner = KNN(n_neighbors=5, weights=weights, query=(5.0, 5.0))
    x, targets = problem.features, problem.targets
    q = problem.scaler.transform([[5.0, 5.0]])[0]
    distances = np.linalg.norm(x - q, axis=1)
    order, seen = np.argsort(distances, kind="stable"), set()
    for shown in shown_moments(learner, problem):
        found, phase = numbers_of(learner, shown, problem), shown.moment.phase
        known = order[: min(shown.iteration, 5)]
        seen.add(phase)
        if phase == "start":
            values = found["distance of a point"].values
            assert values["d"] == pytest.approx(distances[0]) and found["distance of a point"].is_main
            assert learner.concerned(shown, problem).tolist() == [0]
            continue
        if phase == "find":
            values, row = found["distance"].values, known[-1]
            assert found["distance"].is_main and values["d"] == pytest.approx(distances[row])
            assert [values["x1"], values["x2"]] == x[row].tolist()
            np.testing.assert_allclose([values["q1"], values["q2"]], q)
            assert learner.concerned(shown, problem).tolist() == [row]
        counts = np.array([
            sum((1.0 if weights == "uniform" else 1.0 / distances[i]) for i in known if targets[i] == c) for c in (0, 1)
        ])  # fmt: skip
        for c in (0, 1):
            values = found[f"votes {c}"].values
            assert values["votes"] == pytest.approx(counts[c])
            bottoms = [value for name, value in values.items() if name.startswith("d")]
            if weights == "distance":
                np.testing.assert_allclose(bottoms, [distances[i] for i in known if targets[i] == c])
        if phase == "vote":
            values = found["answer"].values
            assert found["answer"].is_main and values["most"] == pytest.approx(counts.max())
            assert found["answer"].said_values["name"] == "AB"[int(counts.argmax())]
            assert set(learner.concerned(shown, problem)) == set(known)
    assert seen == set(learner.phases) - {"average"}


def test_that_a_pinned_point_has_its_distance_in_numbers_at_every_moment():
    problem = make_problem(SLIDE, SLIDE_CLASSES)
    learner = KNN(query=(5.0, 5.0))
    for shown in shown_moments(learner, problem, Pin(row=6)):
        found = numbers_of(learner, shown, problem)
        assert found["distance of a point"].values["d"] == pytest.approx(np.hypot(1.6, 1.6))
        assert 6 in learner.concerned(shown, problem)


@pytest.mark.parametrize("k", [1, 7, 15])
def test_that_long_sums_are_shown_in_part_and_their_values_are_whole(k):
    random = np.random.default_rng(0)
    x, targets = random.normal(0, 1, (40, 7)), random.integers(0, 3, 40)
    problem = make_problem(x, targets)
    learner = KNN(n_neighbors=k, weights="distance", query=tuple(np.zeros(7)))
    distances = np.linalg.norm(x, axis=1)
    for shown in shown_moments(learner, problem):
        found = numbers_of(learner, shown, problem)
        if shown.moment.phase == "find":
            row = np.argsort(distances)[shown.iteration - 1]
            assert found["distance"].values["d"] == pytest.approx(distances[row])
            assert found["distance"].values["x7"] == x[row, 6] and "x5" not in found["distance"].values


def test_that_neighbours_at_distance_zero_count_alone_in_numbers_too():
    problem = make_problem(np.ones((6, 2)), [1, 0, 1, 0, 1, 0])
    learner = KNN(n_neighbors=3, weights="distance", query=(1.0, 1.0))
    *_, last = shown_moments(learner, problem)
    found = numbers_of(learner, last, problem)
    assert found["votes 0"].values == {"votes": 1.0} and found["votes 1"].values == {"votes": 2.0}


def test_that_the_training_data_itself_is_what_is_kept():
    problem = make_problem(SLIDE, SLIDE_CLASSES)
    kept = {tensor.name: tensor.values for tensor in KNN().tensors(KNN().start(problem, 1))}
    assert kept["X"].tolist() == problem.features.tolist() and kept["y"].tolist() == list(SLIDE_CLASSES)
