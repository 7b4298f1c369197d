"""K-means in numbers: every value of every formula, computed again from the state and the data alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import cluster

from models.algorithms.kmeans.learner import KMeans
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from models.core.marks import Points, Segments
from tests.models.problems import blobs, make_problem
from tests.models.told import numbers_of

FEATURES = blobs(each=25, sd=1.4)[0]
# Two clusters start where no point is near: they are refilled in the first round.
LONELY = (-50.0, -50.0, -60.0, -60.0, 0.0, 0.0)


def played(learner: KMeans, problem, rounds: int = 4) -> list[Shown]:
    state = learner.start(problem, 7)
    seen = [Shown(0, Moment("start", state), state)]
    for i in range(rounds):
        before = state
        for moment in learner.iterate(state, problem, 7, i):
            state = moment.state
            seen.append(Shown(i + 1, moment, before))
        if learner.outcome(state, problem) is not None:
            break
    return seen


def listed(formula, name: str, count: int) -> list[float]:
    return [formula.values[f"{name}{j + 1}"] for j in range(count)]


def check_distances(found: dict, place: np.ndarray, centroids: np.ndarray) -> None:
    distances = np.linalg.norm(centroids - place, axis=1)
    for c, distance in enumerate(distances):
        values = found[f"distance {c + 1}"].values
        assert listed(found[f"distance {c + 1}"], "x", len(place)) == place.tolist()
        assert listed(found[f"distance {c + 1}"], "m", len(place)) == centroids[c].tolist()
        assert values["distance"] == pytest.approx(distance) and values["squared"] == pytest.approx(distance**2)
    assert found["nearest"].values["cluster"] == distances.argmin() + 1
    assert found["nearest"].values["least"] == pytest.approx(distances.min())
    for c in range(min(len(distances), 6)):
        assert found["nearest"].values[f"d{c + 1}"] == pytest.approx(distances[c])


def check_inertia(found: dict, state, features: np.ndarray) -> None:
    """Every point counts for the centroid that is nearest to it at the shown moment."""
    squares = ((features[:, None, :] - state.centroids) ** 2).sum(axis=2)
    parts = [squares[squares.argmin(axis=1) == c, c].sum() for c in range(len(state.centroids))]
    values = found["inertia"].values
    assert values["inertia"] == pytest.approx(sum(parts))
    for c, part in enumerate(parts):
        assert values[f"j{c + 1}"] == pytest.approx(part)


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("pin", [None, 11])
def test_that_every_phase_shows_what_the_state_and_the_data_say(scaling, pin):
    problem = make_problem(FEATURES, scaling=scaling)
    learner = KMeans(start_centers=LONELY, max_iter=4)
    seen = [Shown(s.iteration, s.moment, s.before, Pin(row=pin)) for s in played(learner, problem)]
    last = seen[-1].moment.state
    moved = learner.edit(last, Edit("centroid:1", (1.0, -2.0)), problem)
    seen.append(Shown(9, Moment("edited", moved), last, Pin(row=pin)))
    assert {shown.moment.phase for shown in seen} == set(learner.phases)
    x = problem.features
    for shown in seen:
        state, phase = shown.moment.state, shown.moment.phase
        found = numbers_of(learner, shown, problem)
        concerned = learner.concerned(shown, problem)
        if phase in ("start", "assign", "closing", "edited"):
            first = int(np.flatnonzero(state.changed)[0]) if state.changed.any() else 0
            row = first if pin is None else pin
            assert concerned.tolist() == [row]
            check_distances(found, x[row], state.centroids)
            if phase in ("assign", "closing"):
                assert found["nearest"].values["cluster"] == state.labels[row] + 1
        elif phase == "refill":
            row = shown.moment.values["row"]
            own = np.linalg.norm(shown.before.centroids - x[row], axis=1).argmin()
            assert concerned.tolist() == [row] and shown.moment.values["old"] == own + 1
            assert found["farthest"].values["distance"] == pytest.approx(shown.moment.values["distance"])
            assert listed(found["farthest"], "m", 2) == shown.before.centroids[own].tolist()
        else:
            ways = np.linalg.norm(state.centroids - state.previous, axis=1)
            c = int(ways.argmax()) if pin is None else int(state.labels[pin])
            members = x[state.labels == c]
            assert concerned.tolist() == np.flatnonzero(state.labels == c).tolist()
            values = found["mean"].values
            assert values["count"] == len(members)
            assert np.allclose(listed(found["mean"], "sum", 2), members.sum(axis=0))
            assert np.allclose(listed(found["mean"], "mean", 2), members.mean(axis=0))
            assert listed(found["mean"], "mean", 2) == state.centroids[c].tolist()
            assert found["way"].values["way"] == pytest.approx(ways[c])
            assert listed(found["way"], "old", 2) == state.previous[c].tolist()
        if phase != "start":
            check_inertia(found, state, x)
        assert ("inertia" in found) == (phase != "start")


def test_that_the_last_inertia_is_scikit_learns():
    problem = make_problem(FEATURES)
    learner = KMeans()
    seen = played(learner, problem, rounds=50)
    start = seen[0].moment.state.centroids
    referee = cluster.KMeans(3, init=start, n_init=1, tol=0).fit(FEATURES)
    assert numbers_of(learner, seen[-1], problem)["inertia"].values["inertia"] == pytest.approx(referee.inertia_)
    tensors = {tensor.name: tensor.values for tensor in learner.tensors(seen[-1].moment.state)}
    assert np.allclose(tensors["cluster_centers"], referee.cluster_centers_)
    assert tensors["last_assignment"].tolist() == referee.labels_.tolist()
    assert [tensor.name for tensor in learner.tensors(seen[0].moment.state)] == ["cluster_centers"]


def test_that_a_chosen_place_has_its_distances_and_no_row_lights_up():
    problem = make_problem(FEATURES * [1.0, 100.0], scaling="standard")
    learner = KMeans()
    shown = played(learner, problem)[1]
    shown = Shown(1, shown.moment, shown.before, Pin(place=(0.5, -120.0)))
    place = problem.scaler.transform(np.array([[0.5, -120.0]]))[0]
    check_distances(numbers_of(learner, shown, problem), place, shown.moment.state.centroids)
    assert len(learner.concerned(shown, problem)) == 0


def test_that_lines_with_distances_lead_from_what_is_pinned_to_every_centroid():
    problem = make_problem(FEATURES)
    learner = KMeans()
    plain = played(learner, problem)[2]
    assert list(learner.pinned_marks(plain, problem)) == []
    assert list(learner.pinned_marks(Shown(1, plain.moment, plain.before, Pin(row=10_000)), problem)) == []
    for pin, place in ((Pin(row=4), FEATURES[4]), (Pin(place=(1.0, 2.0)), np.array([1.0, 2.0]))):
        marks = list(learner.pinned_marks(Shown(1, plain.moment, plain.before, pin), problem))
        lines = [mark for mark in marks if isinstance(mark, Segments)]
        assert sum(isinstance(mark, Points) for mark in marks) == (pin.place is not None)
        ends = {int(group): (end, label) for line in lines
                for group, end, label in zip(line.groups, line.ends, line.labels, strict=True)}  # fmt: skip
        assert sorted(ends) == [0, 1, 2] and all((line.starts == place).all() for line in lines)
        for c, (end, label) in ends.items():
            assert end.tolist() == plain.moment.state.centroids[c].tolist()
            assert float(label) == pytest.approx(np.linalg.norm(end - place), rel=1e-3)
        (nearest,) = (line for line in lines if line.key == "pinned nearest")
        assert nearest.groups[0] == np.linalg.norm(plain.moment.state.centroids - place, axis=1).argmin()


def test_that_many_clusters_and_columns_are_written_with_dots_and_their_values_hold():
    random = np.random.default_rng(2)
    problem = make_problem(random.normal(0, 2, (80, 7)), axes=(6, 2))
    learner = KMeans(n_clusters=12)
    for shown in played(learner, problem, 2):
        found = numbers_of(learner, shown, problem)
        state = shown.moment.state
        if shown.moment.phase == "assign":
            row = int(learner.concerned(shown, problem)[0])
            distances = np.linalg.norm(state.centroids - problem.features[row], axis=1)
            assert found["distance 12"].values["distance"] == pytest.approx(distances[11])
            assert (
                r"\cdots" in found["distance 12"].numbers
                and found["distance 12"].values["x7"] == problem.features[row, 6]
            )
            assert found["nearest"].values["least"] == pytest.approx(distances.min())
            assert found["inertia"].values["inertia"] == pytest.approx(
                ((problem.features - state.centroids[state.labels]) ** 2).sum()  # just assigned: the nearest ones
            )
