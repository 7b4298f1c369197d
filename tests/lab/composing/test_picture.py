"""From the learner's units to the plane: what must stay at a right angle, round, and on the line."""

from __future__ import annotations

import numpy as np
import pytest

import models
from lab.composing.picture import PictureMaker
from lab.composing.surfaces import boundaries, evaluate_field
from lab.data.datasets import Dataset
from lab.document.project import Experiment
from lab.protocol.commands import Look
from lab.running.metrics import scores
from lab.running.problems import problem_for
from models.core.formula import Shown
from models.core.learner import Moment
from models.core.marks import Arrow, Ellipse, Field, Mark, Path, Points, Segments, Trail


@pytest.fixture
def stretched():
    """Two classes on a plane whose columns differ a hundredfold in scale; classes A and C are used."""
    random = np.random.default_rng(0)
    x = random.normal([10, 500], [1, 100], size=(60, 2))
    data = Dataset("s", ("a", "b"), x, (x[:, 0] > 10).astype(np.int64) * 2, ("A", "B", "C"))
    learner = models.load("knn")()
    return learner, problem_for(data, Experiment("knn", scaling="standard"), learner)


def evaluated(mark: Mark, learner, problem, state=None):
    class Given(type(learner)):
        def marks(self, moment, problem):
            yield mark

    state = state if state is not None else learner.start(problem, 7)
    maker = PictureMaker()
    picture = maker.picture(
        Given(), Shown(0, Moment("start", state), state), problem, Look(5, 15, 0, 1000, 60), lambda most: []
    )
    return picture.marks[0]


def test_that_a_weight_arrow_stays_at_a_right_angle_to_its_line(stretched):
    learner, problem = stretched
    w = np.array([0.8, -0.6])
    along = np.array([0.6, 0.8])
    arrow = evaluated(Arrow(key="w", at=np.zeros(2), direction=w, kind="normal"), learner, problem)
    line = evaluated(Segments(key="l", starts=-along[None], ends=along[None]), learner, problem)
    direction = line.ends[0] - line.starts[0]
    assert abs(arrow.direction @ direction) < 1e-9 * np.linalg.norm(direction)


def test_that_a_circle_of_the_learner_is_an_ellipse_of_the_plane(stretched):
    learner, problem = stretched
    path = evaluated(Ellipse(key="e", center=np.array([0.5, 0.5]), radius=2.0), learner, problem)
    assert isinstance(path, Path) and path.closed
    back = problem.scaler.transform(path.vertices) - 0.5
    np.testing.assert_allclose(np.hypot(*back.T), 2.0)


def test_that_roles_and_groups_carry_the_datasets_class_numbers(stretched):
    learner, problem = stretched
    mark = Points(key="p", role="class:1", rows=np.array([3, 4]), groups=np.array([0, 1]), group_role="class")
    shown = evaluated(mark, learner, problem)
    assert shown.role == "class:2" and shown.groups.tolist() == [0, 2]
    np.testing.assert_allclose(shown.at, problem.scaler.inverse(problem.features[[3, 4]]))
    field = evaluated(Field(key="f"), learner, problem)
    assert field.shares.shape[2] == 3 and field.shares[:, :, 1].max() == 0
    np.testing.assert_allclose(field.shares.sum(axis=2), 1, atol=1e-6)


def test_that_a_surface_cell_says_what_predict_says_there(stretched):
    learner, problem = stretched
    state = learner.start(problem, 7)
    field = evaluate_field(Field(key="f"), learner, state, problem, Look(5, 15, 0, 1000, 50))
    x0, x1, y0, y1 = field.extent
    rows, columns = field.shares.shape[:2]
    r, c = 7, 31
    place = np.array([[x0 + (c + 0.5) * (x1 - x0) / columns, y0 + (r + 0.5) * (y1 - y0) / rows]])
    expected = learner.predict(state, problem.scaler.transform(place))[0]
    np.testing.assert_allclose(field.shares[r, c][[0, 2]], expected, atol=1e-6)


def boundaries_of(predict, cells=80):
    xs, ys = np.linspace(-2, 2, cells), np.linspace(-2, 2, cells)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return boundaries(xs, ys, predict(grid).reshape(cells, cells, -1), predict)


def test_that_boundaries_lie_where_the_winner_changes():
    def inside(xy):
        p = 1 / (1 + np.exp(-8 * (1.0 - np.hypot(*xy.T))))
        return np.stack([p, 1 - p], axis=1)

    (ring,) = boundaries_of(inside)
    np.testing.assert_allclose(np.hypot(*ring.T), 1.0, atol=0.003)
    lines = boundaries_of(lambda xy: np.stack([xy[:, 0], -xy[:, 0], np.full(len(xy), -9.0)], axis=1))
    assert len(lines) == 1 and abs(lines[0][:, 0]).max() < 0.002
    assert boundaries_of(lambda xy: np.ones((len(xy), 1))) == ()


def test_that_the_border_between_two_votes_is_a_straight_line_and_no_staircase():
    def hard(xy):
        is_left = xy @ np.array([0.8, 0.6]) < 0.3
        return np.stack([is_left, ~is_left], axis=1).astype(float)

    (line,) = boundaries_of(hard)
    np.testing.assert_allclose(line @ np.array([0.8, 0.6]), 0.3, atol=0.003)  # a cell is 0.05 wide


def test_that_a_trail_ends_at_the_shown_state():
    random = np.random.default_rng(1)
    data = Dataset("k", ("a", "b"), random.normal(size=(50, 2)), None)
    learner = models.load("kmeans")()
    problem = problem_for(data, Experiment("kmeans"), learner)
    first = learner.start(problem, 7)
    then = learner.advance(first, problem, 7, 0, 1).state
    maker = PictureMaker()
    picture = maker.picture(
        learner, Shown(1, Moment("move", then), first), problem, Look(-3, 3, -3, 3), lambda most: [first]
    )
    (trail,) = [mark for mark in picture.marks if isinstance(mark, Trail)]
    assert len(trail.paths) == 3
    for row, path in enumerate(trail.paths):
        np.testing.assert_allclose(path[-1], problem.scaler.inverse(then.centroids)[row])


def test_that_scores_are_scikit_learns(stretched):
    from sklearn.metrics import accuracy_score

    learner, problem = stretched
    state = learner.start(problem, 7)
    expected = accuracy_score(problem.targets, learner.predict(state, problem.features).argmax(axis=1))
    assert scores(learner, state, problem) == {"accuracy": pytest.approx(expected)}
