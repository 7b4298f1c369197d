"""K-means against scikit-learn, and what it does in the corners."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans as Referee

from models.algorithms.kmeans.learner import KMeans
from models.core.learner import Edit, Moment
from models.core.marks import Arrow, Field, Points, Segments, Trail
from tests.models.problems import blobs, make_problem

OVERLAPPING = blobs(each=50, sd=1.3)[0]


def run(learner: KMeans, problem, seed: int = 7):
    state = learner.start(problem, seed)
    while learner.outcome(state, problem) is None:
        state = learner.advance(state, problem, seed, state.rounds, 1_000).state
    return state


def moments(learner: KMeans, problem, seed: int = 7, state=None):
    state = learner.start(problem, seed) if state is None else state
    while learner.outcome(state, problem) is None:
        for moment in learner.iterate(state, problem, seed, state.rounds):
            state = moment.state
            yield moment


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_a_run_ends_where_scikit_learn_ends_from_the_same_start(path, scaling):
    features = np.random.default_rng(1).normal(0, 2, (300, 3)) * [1, 5, 0.5]
    problem = make_problem(features, path=path, scaling=scaling)
    learner = KMeans(n_clusters=5)
    start = learner.start(problem, 3)
    state = run(learner, problem, 3)
    referee = Referee(5, init=np.array(start.centroids), n_init=1, tol=0, algorithm="lloyd").fit(problem.features)
    assert np.array_equal(state.labels, referee.labels_)
    assert np.allclose(state.centroids, referee.cluster_centers_, rtol=0, atol=1e-9)
    assert learner.metrics(state, problem)["inertia"] == pytest.approx(referee.inertia_, rel=1e-9)
    assert learner.outcome(state, problem).kind == "converged"


def test_that_predictions_are_the_nearest_centroid_as_scikit_learn_has_it():
    problem = make_problem(OVERLAPPING)
    learner = KMeans(n_clusters=4)
    start = learner.start(problem, 1)
    places = np.random.default_rng(2).uniform(-6, 6, (500, 2))
    referee = Referee(4, init=np.array(start.centroids), n_init=1, tol=0).fit(problem.features)
    shares = learner.predict(run(learner, problem, 1), places)
    assert np.array_equal(shares.argmax(axis=1), referee.predict(places))
    assert (shares.sum(axis=1) == 1.0).all()


def test_that_random_starts_are_distinct_data_points_and_follow_the_seed():
    problem = make_problem(OVERLAPPING)
    for init in ("random", "k-means++"):
        starts = [KMeans(n_clusters=6, init=init).start(problem, seed).centroids for seed in (1, 1, 2)]
        assert np.array_equal(starts[0], starts[1]) and not np.array_equal(starts[0], starts[2])
        assert len(np.unique(starts[0], axis=0)) == 6
        assert all((problem.features == row).all(axis=1).any() for row in starts[0])


def test_that_the_default_run_has_assign_and_move_and_a_last_round_without_changes():
    problem = make_problem(OVERLAPPING)
    seen = list(moments(KMeans(), problem))
    assert [m.phase for m in seen[:4]] == ["assign", "move", "assign", "move"]
    assert seen[0].values["changed"] == problem.n and seen[-1].values["changed"] == 0
    assert seen[-1].phase == "assign"
    assert len(seen) >= 5


def test_that_a_bad_start_stops_far_from_the_best():
    features = blobs(((-4, 0), (4, 1.5), (4, -1.5)), each=40, sd=0.6, seed=0)[0]
    problem = make_problem(features)
    bad = KMeans(start_centers=(-4, 1.5, -4, -1.5, 3, 0))
    good = KMeans(start_centers=(-4, 0, 4, 1.5, 4, -1.5))
    assert bad.metrics(run(bad, problem), problem)["inertia"] == pytest.approx(242, rel=0.15)
    assert good.metrics(run(good, problem), problem)["inertia"] == pytest.approx(87, rel=0.15)


def test_that_k_means_plus_plus_rarely_falls_into_the_trap_of_random_starts():
    features = blobs(((-4, 0), (4, 1.5), (4, -1.5)), each=40, sd=0.6, seed=0)[0]
    problem = make_problem(features)

    def traps(init: str) -> int:
        learner = KMeans(init=init)
        return sum(learner.metrics(run(learner, problem, seed), problem)["inertia"] > 150 for seed in range(200))

    assert traps("random") >= 20
    assert traps("k-means++") <= 10


def test_that_given_starting_places_are_in_original_units():
    problem = make_problem(OVERLAPPING * [1.0, 1000.0], scaling="standard")
    given = (0.0, 500.0, 1.0, -500.0, 2.0, 100.0)
    start = KMeans(start_centers=given).start(problem, 1)
    assert np.allclose(problem.scaler.inverse(start.centroids).ravel(), given)


def test_that_starting_places_of_the_wrong_length_are_refused_with_a_sentence():
    said = KMeans(n_clusters=3, start_centers=(0.0, 1.0)).unready(make_problem(OVERLAPPING))
    assert "6" in said.say("en") and "6" in said.say("ko")


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_an_empty_cluster_takes_the_farthest_point_in_a_moment_of_its_own(path):
    features = [[0.0, 0.0], [1.0, 0.0], [0.5, 0.4], [5.0, 0.0], [0.2, -0.3]]
    problem = make_problem(features, path=path)
    learner = KMeans(n_clusters=2, start_centers=(0.5, 0.0, 100.0, 0.0))
    seen = list(moments(learner, problem))
    assert [m.phase for m in seen[:3]] == ["assign", "refill", "move"]
    refill = seen[1]
    assert refill.values["row"] == 3 and refill.values["cluster"] == 2
    assert refill.values["distance"] == pytest.approx(4.5)
    assert refill.state.labels[3] == 1 and np.array_equal(refill.state.centroids[1], features[3])
    referee = Referee(2, init=np.array([[0.5, 0.0], [100.0, 0.0]]), n_init=1, tol=0).fit(problem.features)
    assert np.allclose(seen[-1].state.centroids, referee.cluster_centers_)
    advanced = learner.advance(learner.start(problem, 7), problem, 7, 0, 50).state
    assert advanced.same_as(seen[-1].state)


def test_that_several_empty_clusters_take_different_points():
    problem = make_problem([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    learner = KMeans(n_clusters=3, start_centers=(0.0, 0.0, 90.0, 0.0, 0.0, 90.0))
    seen = list(moments(learner, problem))
    rows = [m.values["row"] for m in seen if m.phase == "refill"][:2]
    assert rows == [3, 2]
    assert sorted(set(seen[-1].state.labels)) == [0, 1, 2]
    assert learner.advance(learner.start(problem, 1), problem, 1, 0, 50).state.same_as(seen[-1].state)


def test_that_equal_points_end_in_one_cluster_without_a_crash():
    problem = make_problem(np.ones((5, 2)))
    learner = KMeans(n_clusters=3)
    state = run(learner, problem)
    assert state.centroids.tolist() == [[1.0, 1.0]]
    assert learner.outcome(state, problem).kind == "converged"
    given = KMeans(n_clusters=2, start_centers=(1.0, 1.0, 4.0, 4.0))
    assert run(given, problem).centroids.tolist() == [[1.0, 1.0], [4.0, 4.0]]
    assert "2" in given.advice(problem).say("ko")


def test_that_more_clusters_than_points_are_clamped_and_said():
    problem = make_problem([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    learner = KMeans(n_clusters=9)
    assert "9" in learner.advice(problem).say("en") and "3" in learner.advice(problem).say("en")
    assert learner.metrics(run(learner, problem), problem)["inertia"] == 0.0
    assert KMeans(n_clusters=3).advice(problem) is None


def test_that_too_few_points_are_said():
    assert KMeans().unready(make_problem(np.zeros((0, 2)))) is not None
    assert KMeans().unready(make_problem([[1.0, 2.0]])) is not None
    assert KMeans().unready(make_problem(OVERLAPPING)) is None


def test_that_the_bound_on_rounds_ends_the_run_in_words():
    problem = make_problem(np.random.default_rng(4).normal(0, 1, (400, 2)))
    learner = KMeans(n_clusters=8, max_iter=2)
    state = run(learner, problem)
    assert state.rounds == 2 and learner.outcome(state, problem).kind == "gave_up"


# Five points in a column, two starts, one round: the centroids are 0 and 4, and 2 is as near to the one as to the other.
COLUMN = np.array([[0.0], [1.0], [2.0], [3.0], [10.0]])
ONE_ROUND = {"cluster_centers": [[0.0], [4.0]], "labels": [0, 0, 0, 1, 1], "n_iter": 1, "inertia": 42.0}


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("max_iter", [1, 300])
def test_that_what_is_told_of_a_run_that_stops_belongs_to_its_centroids(path, max_iter):
    problem = make_problem(COLUMN, path=path, axes=(0, 0))
    learner = KMeans(n_clusters=2, start_centers=(0.0, 1.0), max_iter=max_iter)
    start = learner.start(problem, 7)
    state = learner.advance(start, problem, 7, 0, 1).state
    seen = list(learner.iterate(start, problem, 7, 0))
    assert seen[-1].state.same_as(state)
    assert learner.report(state, problem)["parameters"] == ONE_ROUND
    assert learner.metrics(state, problem)["inertia"] == 42.0
    assert learner.labels(state, problem).tolist() == learner.predict(state, COLUMN).argmax(axis=1).tolist()
    # The points are seen to keep their clusters while the centroids move; where no round is left, they choose again.
    assert [moment.phase for moment in seen] == ["assign", "move"] + (["closing"] if max_iter == 1 else [])
    assert seen[1].state.labels.tolist() == [0, 1, 1, 1, 1] and seen[1].values["inertia"] == 42.0
    if max_iter == 1:
        assert state.labels.tolist() == [0, 0, 0, 1, 1]
        assert learner.outcome(state, problem).said.say("en").count("2 points") == 1  # 1 and 2 changed sides


@pytest.mark.parametrize("max_iter", [1, 2, 3, 5])
def test_that_a_run_stopped_by_max_iter_is_scikit_learns(max_iter):
    features = np.random.default_rng(max_iter).normal(0, 1, (400, 2))
    problem = make_problem(features)
    learner = KMeans(n_clusters=8, max_iter=max_iter)
    start = learner.start(problem, 2)
    state = run(learner, problem, 2)
    referee = Referee(8, init=np.array(start.centroids), n_init=1, tol=0, max_iter=max_iter).fit(features)
    found = learner.report(state, problem)["parameters"]
    assert np.allclose(found["cluster_centers"], referee.cluster_centers_, rtol=0, atol=1e-12)
    assert found["labels"] == referee.labels_.tolist() == state.labels.tolist()
    assert found["inertia"] == pytest.approx(referee.inertia_, rel=1e-12) and found["n_iter"] == referee.n_iter_
    assert state.same_as(list(moments(learner, problem, 2))[-1].state)


def test_that_a_centroid_dragged_after_the_last_round_takes_its_points_at_once():
    problem = make_problem(OVERLAPPING)
    learner = KMeans(max_iter=1)
    edited = learner.edit(run(learner, problem), Edit("centroid:0", (50.0, 50.0)), problem)
    assert edited.labels.tolist() == learner.labels(edited, problem).tolist() and 0 not in edited.labels
    outcome = learner.outcome(edited, problem)
    assert outcome.kind == "gave_up" and "-1" not in outcome.said.say("en")


def test_that_points_are_grey_until_they_are_assigned_and_then_none_is_ringed_as_changed():
    problem = make_problem(OVERLAPPING)
    learner = KMeans()
    state = learner.start(problem, 7)
    members = {mark.key: mark for mark in learner.marks(Moment("start", state), problem)}["members"]
    assert members.symbol == "data" and members.role == "muted"
    assert np.array_equal(members.rows, np.arange(problem.n)) and (members.groups == -1).all()
    seen = list(moments(learner, problem))
    first, second = (next(m for m in seen if m.phase == "assign" and m.state.rounds == i) for i in (1, 2))
    shown = {mark.key: mark for mark in learner.marks(first, problem)}
    assert "changed" not in shown and np.array_equal(shown["members"].groups, first.state.labels)
    assert "changed sides" not in learner.phases["assign"].narration.say("en", first.values)
    shown = {mark.key: mark for mark in learner.marks(second, problem)}
    assert np.array_equal(shown["changed"].rows, np.flatnonzero(second.state.labels != first.state.labels))


def test_that_a_dragged_centroid_keeps_memberships_and_lets_the_run_go_on():
    problem = make_problem(OVERLAPPING * [1.0, 50.0], scaling="standard")
    learner = KMeans()
    state = run(learner, problem)
    edited = learner.edit(state, Edit("centroid:1", (3.0, -120.0)), problem)
    assert np.allclose(problem.scaler.inverse(edited.centroids)[1], (3.0, -120.0))
    assert np.array_equal(edited.labels, state.labels)
    assert learner.outcome(edited, problem) is None
    again = list(moments(learner, problem, state=edited))
    assert learner.outcome(again[-1].state, problem).kind == "converged"
    assert np.array_equal(edited.centroids[[0, 2]], state.centroids[[0, 2]])


def test_that_a_drag_leaves_columns_outside_the_plane_alone():
    features = np.random.default_rng(0).normal(0, 1, (60, 4))
    problem = make_problem(features, axes=(2, 0))
    learner = KMeans()
    state = learner.start(problem, 1)
    edited = learner.edit(state, Edit("centroid:0", (9.0, 8.0)), problem)
    assert edited.centroids[0].tolist() == [8.0, state.centroids[0, 1], 9.0, state.centroids[0, 3]]


@pytest.mark.parametrize("handle", ["centroid:3", "centroid", "centroid:-1", "query"])
def test_that_an_unknown_handle_is_refused(handle):
    problem = make_problem(OVERLAPPING)
    with pytest.raises(ValueError):
        KMeans().edit(KMeans().start(problem, 1), Edit(handle, (0.0, 0.0)), problem)


def test_that_each_moment_shows_what_happened():
    problem = make_problem(OVERLAPPING)
    learner = KMeans()
    assign, move = list(moments(learner, problem))[2:4]
    shown = {mark.key: mark for mark in learner.marks(assign, problem)}
    assert isinstance(shown["regions"], Field) and shown["regions"].group_role == "cluster"
    assert isinstance(shown["memberships"], Segments) and len(shown["memberships"].starts) == problem.n
    assert isinstance(shown["trails"], Trail) and shown["trails"].source == "centroids"
    assert len(shown["changed"].rows) == assign.values["changed"] > 0
    assert isinstance(shown["centroids"], Points) and shown["centroids"].handle == "centroid"
    after = {mark.key: mark for mark in learner.marks(move, problem)}
    assert "memberships" not in after and "changed" not in after
    for c in range(3):
        arrow = after[f"move:{c}"]
        assert isinstance(arrow, Arrow)
        assert np.allclose(arrow.at + arrow.direction, move.state.centroids[c])


def test_that_inertia_is_first_named_after_the_first_round():
    problem = make_problem(OVERLAPPING)
    learner = KMeans()
    state = learner.start(problem, 1)
    assert learner.metrics(state, problem) == {}
    assert learner.metrics(learner.advance(state, problem, 1, 0, 1).state, problem)["inertia"] > 0


def test_that_the_report_gives_centres_in_original_units():
    problem = make_problem(OVERLAPPING * [1.0, 1000.0], scaling="standard")
    learner = KMeans()
    state = run(learner, problem)
    report = learner.report(state, problem)
    members = OVERLAPPING[state.labels == 0] * [1.0, 1000.0]
    assert np.allclose(report["parameters"]["cluster_centers"][0], members.mean(axis=0))
    assert np.allclose(report["parameters_scaled"]["cluster_centers"], state.centroids)
    assert "inertia" in report["parameters_scaled"] and "inertia" not in report["parameters"]
