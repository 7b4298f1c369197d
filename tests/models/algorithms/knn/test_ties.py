"""KNN against looking at every point in whole numbers, on data full of ties: every K, every path, one place and many."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.composing.surfaces import evaluate_field
from lab.protocol.commands import Look
from models.algorithms.knn import neighbours
from models.algorithms.knn.learner import KNN
from models.core.learner import Moment
from models.core.marks import Field
from models.core.problem import Rows
from tests.models.problems import make_problem

PATHS = ("kernel", "blas", "torch")


def by_definition(rows, place, k: int) -> list[int]:
    """The k rows nearest to a place, by (distance, row): in fractions, which do not round."""
    squares = [sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, place, strict=True)) for row in rows]
    return sorted(range(len(rows)), key=lambda i: (squares[i], i))[:k]


def answer_by_definition(rows, targets, place, k: int, weights: str, n_classes: int):
    """Shares (c,), or the mean where the targets are numbers."""
    chosen = by_definition(rows, place, k)
    distances = np.array(
        [np.sqrt(float(sum((a - b) ** 2 for a, b in zip(rows[i], place, strict=True)))) for i in chosen]
    )
    votes = np.ones(k)
    if weights == "distance":
        votes = (distances == 0).astype(float) if distances[0] == 0 else 1 / distances
    if targets.dtype.kind == "f":
        return np.average(targets[chosen], weights=votes)
    return np.bincount(targets[chosen], votes, n_classes) / votes.sum()


def watched(learner: KNN, problem: Rows):
    """The last state of a run, step by step."""
    state, done = learner.start(problem, 1), 0
    while learner.outcome(state, problem) is None:
        *_, last = learner.iterate(state, problem, 1, done)
        state, done = last.state, done + 1
    return state


@st.composite
def questions(draw):
    """Rows of few whole numbers, answers, a K, and places on the lattice and between."""
    d, n = draw(st.integers(1, 4)), draw(st.integers(1, 45))
    most = draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = random.integers(0, most + 1, (n, d)).astype(float)
    is_regression = draw(st.booleans())
    targets = random.normal(0, 10, n) if is_regression else random.integers(0, 3, n)
    k = draw(st.one_of(st.integers(1, n), st.sampled_from([1, max(1, n - 1), n]), st.integers(1, min(n, 5))))
    places = random.integers(-1, 2 * most + 2, (draw(st.integers(1, 8)), d)) / 2.0
    return rows, targets, k, places, draw(st.sampled_from(["uniform", "distance"]))


def agrees(rows, targets, k, places, weights, paths=PATHS) -> None:
    """Every path, one place or many, and the watched steps give what the definition does, and the same bits."""
    n_classes = 0 if targets.dtype.kind == "f" else 3
    wanted = np.array([answer_by_definition(rows, targets, place, k, weights, n_classes) for place in places])
    given_bits = None
    for path in paths:
        axes = (0, 1) if rows.shape[1] > 1 else (0, -1)
        problem = make_problem(rows, targets, path=path, axes=axes, class_names=("a", "b", "c")[:n_classes])
        learner = KNN(n_neighbors=k, weights=weights)
        many = learner.predict(learner.start(problem, 1), places)
        np.testing.assert_allclose(many, wanted, rtol=1e-12, atol=1e-12)
        one_by_one = [learner.predict(learner.start(problem, 1), place[None, :])[0] for place in places]
        assert np.array_equal(many, np.array(one_by_one))
        given_bits = many if given_bits is None else given_bits
        assert np.array_equal(many, given_bits), path
        for place, answer in zip(places[:2], many, strict=False):
            asked = learner.changed(query=tuple(place.tolist()))
            state = watched(asked, problem)
            assert state.found.tolist() == by_definition(rows, place, k)
            if n_classes:
                assert np.array_equal(neighbours.shares_of(state.votes), answer)
                assert neighbours.winner(state.votes) == int(answer.argmax())
            else:
                assert state.votes[0] == answer
            at_once = asked.advance(asked.start(problem, 1), problem, 1, 0, k + 1).state
            assert at_once.same_as(state)


@settings(max_examples=150, deadline=None)
@given(questions())
def test_that_every_place_gets_its_neighbours_on_every_path(question):
    agrees(*question)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_that_every_k_of_every_small_number_of_points_is_right(d):
    random = np.random.default_rng(d)
    for n in range(1, 9):
        rows, targets = random.integers(0, 3, (n, d)).astype(float), random.integers(0, 3, n)
        places = random.integers(-1, 6, (6, d)) / 2.0
        for k, weights in itertools.product(range(1, n + 1), ("uniform", "distance")):
            agrees(rows, targets, k, places, weights, paths=("kernel", "torch"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("k", [1, 2, 4, 7, 31, 60, 198, 199, 200])
def test_that_a_tree_is_as_right_as_looking_at_every_point(path, k):
    random = np.random.default_rng(k)
    rows, targets = random.integers(0, 5, (200, 2)).astype(float), random.integers(0, 3, 200)
    agrees(rows, targets, k, random.integers(-2, 12, (40, 2)) / 2.0, "uniform", paths=(path,))


@pytest.mark.parametrize("places", [
    [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0], [5.5, 0.0]],
    [[0.0, 0.0], [5.5, 0.0], [5.5, 1.0], [5.5, 2.0]],
    [[5.5, 0.0]],
    [[0.0, 0.0]],
])  # fmt: skip
@pytest.mark.parametrize("path", PATHS)
def test_four_points_and_the_default_k(path, places):
    problem = make_problem([[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 0.0]], [0, 0, 1, 1], path=path)
    shares = KNN().predict(KNN().start(problem, 1), np.array(places))
    assert shares.argmax(axis=1).tolist() == [0] * len(places)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize(("n", "k"), [(4, 3), (9, 8), (30, 1), (30, 4), (30, 29), (120, 6)])
def test_that_the_raster_of_the_plane_is_what_is_watched_at_each_of_its_places(path, weights, scaling, n, k):
    random = np.random.default_rng(n + k)
    rows, targets = random.integers(0, 6, (n, 3)).astype(float), np.r_[0, 1, random.integers(0, 3, n - 2)]
    problem = make_problem(rows, targets, path=path, scaling=scaling, class_names=("a", "b", "c"))
    learner = KNN(n_neighbors=k, weights=weights)
    look = Look(-0.5, 5.5, -0.5, 5.5, cells=6)  # cells whose middles are the whole numbers
    mark = evaluate_field(Field(key="surface"), learner, learner.start(problem, 1), problem, look)
    assert mark.shares.shape == (6, 6, 3)
    for x, y in ((0, 0), (3, 2), (5, 5), (1, 4)):
        state = watched(learner.changed(query=(float(x), float(y))), problem)
        assert np.array_equal(mark.shares[y, x], neighbours.shares_of(state.votes).astype(np.float32))


def test_that_the_curve_over_the_target_is_what_is_watched():
    rows, targets = np.array([[0.0], [0.0], [2.0], [2.0], [4.0]]), np.array([1.0, 3.0, 5.0, 7.0, 100.0])
    problem = make_problem(rows, targets, axes=(0, -1))
    for k in range(1, 6):
        learner = KNN(n_neighbors=k)
        mark = evaluate_field(
            Field(key="surface"), learner, learner.start(problem, 1), problem, Look(0.0, 4.0, 0.0, 9.0, cells=4)
        )
        (curve,) = mark.boundary
        for x, y in curve.tolist():
            assert watched(learner.changed(query=(x,)), problem).votes[0] == y


# -- what is said ------------------------------------------------------------------------------------------------------

RED_AND_BLUE = ([[1.0, 0.0], [0.0, 1.0], [-5.0, -5.0], [-6.0, -5.0]], [0, 1, 0, 1])


def said_of(learner: KNN, problem: Rows):
    """(finding or None, outcome in English, the last "find" in Korean) of a whole run."""
    state, seen = learner.start(problem, 1), []
    while learner.outcome(state, problem) is None:
        seen += learner.iterate(state, problem, 1, len(seen))
        state = seen[-1].state
    found = [moment for moment in seen if moment.phase == "find"]
    findings = list(learner.findings(state, problem))
    assert len(findings) <= 1 and list(learner.findings(found[0].state, problem)) == []
    last = learner.phases["find"].narration.say("ko", found[-1].values)
    return findings[0] if findings else None, learner.outcome(state, problem).said.say("en"), last


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_two_equally_near_points_of_which_one_decides_are_said(scaling):
    problem = make_problem(*RED_AND_BLUE, scaling=scaling, class_names=("red", "blue"))
    if scaling == "standard":  # one scale for both columns, so that the tie stays one, but for rounding
        scaler = dataclasses.replace(problem.scaler, scale=np.full(2, 0.7))
        problem = dataclasses.replace(problem, scaler=scaler, features=scaler.transform(RED_AND_BLUE[0]))
    finding, outcome, find = said_of(KNN(n_neighbors=1, query=(0.0, 0.0)), problem)
    assert finding.id == "equally_near" and finding.said.values["m"] == 2 and finding.said.values["room"] == 1
    for lang, words in (("en", "equally near"), ("ko", "거리가")):
        assert words in finding.say(lang) and "2" in finding.say(lang)
    assert "equally near" in outcome and "거리가 같은 점 2개" in find


def test_that_a_tie_that_decides_nothing_is_no_finding_but_told_where_it_is_met():
    features, targets = RED_AND_BLUE
    one_class = make_problem(features, [0, 0, 1, 1])
    finding, outcome, find = said_of(KNN(n_neighbors=1, query=(0.0, 0.0)), one_class)
    assert finding is None and "near" not in outcome and "거리가 같은 점 2개" in find
    for k in (2, 4):  # both of the pair, or all points: nobody is left out
        finding, _, find = said_of(KNN(n_neighbors=k, query=(0.0, 0.0)), make_problem(features, targets))
        assert finding is None and "거리가 같은" not in find


def test_that_ties_are_findings_where_other_choices_answer_otherwise_and_nowhere_else():
    random = np.random.default_rng(3)
    seen = set()
    for _ in range(300):
        n = int(random.integers(3, 10))
        rows, targets = random.integers(0, 3, (n, 2)).astype(float), random.integers(0, 3, n)
        if len(set(targets.tolist())) < 2:
            continue
        k, weights = int(random.integers(1, n + 1)), str(random.choice(["uniform", "distance"]))
        problem = make_problem(rows, targets, class_names=("a", "b", "c"))
        learner = KNN(n_neighbors=k, weights=weights, query=(1.0, 1.0))
        state = watched(learner, problem)
        distances = np.hypot(*(rows - 1.0).T)
        last = distances[state.found[-1]]
        sure, tied = np.flatnonzero(distances < last), np.flatnonzero(distances == last)
        answers = set()
        for some in itertools.combinations(tied.tolist(), k - len(sure)):
            chosen = np.array([*sure, *some], dtype=int)
            votes = np.ones(k)
            if weights == "distance":
                near = distances[chosen]
                votes = (near == 0).astype(float) if near.min() == 0 else 1 / near
            shares = np.bincount(targets[chosen], votes, 3)
            answers.add(int(np.argmax(np.round(shares, 9))))
        assert bool(list(learner.findings(state, problem))) == (len(answers) > 1)
        seen.add(len(answers) > 1)
    assert seen == {True, False}


def test_that_tied_values_that_differ_are_said_too():
    problem = make_problem([[1.0], [-1.0], [5.0]], np.array([10.0, 20.0, 0.0]), axes=(0, -1))
    finding, outcome, _ = said_of(KNN(n_neighbors=1, query=(0.0,)), problem)
    assert finding is not None and "equally near: 2" in outcome
    same = make_problem([[1.0], [-1.0], [5.0]], np.array([10.0, 10.0, 0.0]), axes=(0, -1))
    assert said_of(KNN(n_neighbors=1, query=(0.0,)), same)[0] is None


# -- far, small and kept -----------------------------------------------------------------------------------------------

CORNERS = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 4.0], [5.0, 5.0], [2.0, 2.0]])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("unit", [1e-150, 1e-100, 1e-12, 1e12, 1e100, 1e150])
def test_that_units_change_no_answer(unit, weights, path):
    targets, places = np.array([0, 1, 2, 1, 0]), np.array([[0.5, 0.5], [3.0, 3.0], [2.0, 2.0], [9.0, -3.0]])
    learner = KNN(n_neighbors=3, weights=weights)
    plain = make_problem(CORNERS, targets)
    scaled = make_problem(CORNERS * unit, targets, path=path)
    assert learner.unready(scaled) is None
    shares = learner.predict(learner.start(scaled, 1), places * unit)
    np.testing.assert_allclose(shares, learner.predict(learner.start(plain, 1), places), rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e-155, 1e155, 1e200, 1e300])
def test_that_coordinates_whose_squares_cannot_be_held_are_refused_with_their_column(unit):
    for units in ([unit, unit], [1.0, unit]):
        said = KNN().unready(make_problem(CORNERS * units, [0, 1, 0, 1, 0]))
        assert said is not None and ("x" if units[0] != 1.0 else "y") in said.say("en") and said.say("ko")


def test_that_a_new_point_beyond_all_distances_is_refused_and_far_rows_are_still_answered():
    problem = make_problem(CORNERS, [0, 1, 0, 1, 0])
    assert "new point" in KNN(query=(1e200, 0.0)).unready(problem).say("en")
    assert KNN(query=(1e100, 0.0)).unready(problem) is None
    random = np.random.default_rng(0)
    for n in (5, 300):
        many = make_problem(random.normal(0, 1, (n, 2)), np.arange(n) % 2)
        for weights in ("uniform", "distance"):
            learner = KNN(weights=weights)
            shares = learner.predict(learner.start(many, 1), np.array([[1e200, 0.0], [0.0, 0.0]]))
            assert np.isfinite(shares).all() and np.allclose(shares.sum(axis=1), 1)


def test_that_a_searcher_belongs_to_its_problem_and_goes_from_state_to_state():
    rows = np.random.default_rng(1).normal(0, 1, (200, 2))
    problem, learner = make_problem(rows, np.arange(200) % 2), KNN()
    first = learner.start(problem, 1)
    learner.predict(first, rows[:3])
    tree = first.search.searcher
    later = learner.advance(first, problem, 1, 0, 2).state
    assert tree is not None and later.search.searcher is tree
    assert learner.changed(n_neighbors=7).start(problem, 1).search.searcher is tree
    restored = type(later).from_arrays(later.arrays())
    assert restored.same_as(later) and restored.search.searcher is None
    assert np.array_equal(learner.predict(restored, rows), learner.predict(later, rows))
    assert make_problem(rows, np.arange(200) % 2).features is not problem.features
    assert learner.start(make_problem(rows, np.arange(200) % 2), 1).search.searcher is None
    assert Moment("start", first).state.arrays().keys() == {
        "features",
        "targets",
        "found",
        "distances",
        "votes",
        "finished",
    }
