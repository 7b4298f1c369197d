"""The loss surface: levels are the losses there, the picture holds the run and the minimum, and stays where it is."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from lab.composing.panes_of import loss_surface
from lab.composing.panes_of.loss_surface import (
    LossSurfaces,
    contour_heights,
    filled_up,
    layer_sizes,
    minimum_near,
    random_directions,
)
from models.core.abilities import Wiring
from models.core.formula import Shown
from models.core.learner import Moment
from models.core.state import State
from models.words.text import Text
from tests.models.problems import make_problem

SLOPE, INTERCEPT = Text("slope", "기울기"), Text("intercept", "절편")
# Years of work and salary: without standardisation the valley is long and oblique.
YEARS = np.array([1.0, 2.0, 3.0, 5.0, 6.0, 8.0, 9.0, 10.0])
SALARY = 25.0 + 9.4 * YEARS + np.array([1.0, -2.0, 0.5, 2.0, -1.0, -0.5, 1.5, -1.5])


@dataclasses.dataclass(frozen=True, eq=False)
class Point(State):
    theta: np.ndarray


class Line:
    """A line through numbers by mean squared error; `asked` counts the vectors whose loss was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def parameters(self, state):
        return state.theta

    def losses(self, state, problem, vectors):
        self.asked += len(vectors)
        predicted = problem.features @ vectors[:, :-1].T + vectors[:, -1]
        return ((problem.targets[:, None] - predicted) ** 2).mean(axis=0)

    def free_pair(self, state):
        return (0, SLOPE), (len(state.theta) - 1, INTERCEPT)


class Odds(Line):
    """Logistic regression of two classes."""

    def losses(self, state, problem, vectors):
        self.asked += len(vectors)
        z = problem.features @ vectors[:, :-1].T + vectors[:, -1]
        signs = 2.0 * problem.targets[:, None] - 1.0
        return np.logaddexp(0.0, -signs * z).mean(axis=0)


class Net(Line):
    """Two inputs, three tanh units, one linear output; no two of its thirteen numbers stand for the rest."""

    def losses(self, state, problem, vectors):
        self.asked += len(vectors)
        found = []
        for w in vectors:
            hidden = np.tanh(problem.features @ w[:6].reshape(2, 3) + w[6:9])
            found.append((((hidden @ w[9:12] + w[12]) - problem.targets) ** 2).mean())
        return np.array(found)

    def free_pair(self, state):
        return None

    def wiring(self, moment, problem):
        w = moment.state.theta
        return Wiring(
            ("x", "y"), ("z",), (w[:6].reshape(2, 3), w[9:12].reshape(3, 1)), (w[6:9], w[12:]), ("tanh", "identity")
        )

    def output_deltas(self, state, problem, x, targets):
        raise NotImplementedError

    def sums(self, state, x):
        raise NotImplementedError


def problem():
    return make_problem(YEARS[:, None], SALARY, axes=(0, -1))


def descend(learner, given, start, rate, steps):
    """The states of plain gradient descent, by differences."""
    states = [Point(np.array(start, dtype=float))]
    for _ in range(steps):
        theta = states[-1].theta
        slope = np.zeros(len(theta))
        for k in range(len(theta)):
            aside = np.zeros(len(theta))
            aside[k] = 1e-4
            up, down = learner.losses(states[-1], given, np.array([theta + aside, theta - aside]))
            slope[k] = (up - down) / 2e-4
        states.append(Point(theta - rate * slope))
    return states


def shown(states, frame):
    state, before = states[frame], states[max(0, frame - 1)]

    def history(most):
        upto = states[:frame]
        return upto if len(upto) <= most else [upto[i * (len(upto) - 1) // (most - 1)] for i in range(most)]

    return Shown(frame, Moment("update" if frame else "start", state), before), history


def picture_of(surfaces, learner, given, states, frame, directions=0):
    about, history = shown(states, frame)
    return surfaces.picture(learner, about, given, history, directions)


def grid_vectors(picture):
    h, w = picture.levels.shape
    a, b = np.linspace(*picture.extent[:2], w), np.linspace(*picture.extent[2:], h)
    at = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    return picture.origin + at[:, :1] * picture.u + at[:, 1:] * picture.v


def holds(extent, points):
    a0, a1, b0, b1 = extent
    x, y = np.atleast_2d(points).T
    return bool(((a0 <= x) & (x <= a1) & (b0 <= y) & (y <= b1)).all())


def test_that_levels_are_scikit_learns_mean_squared_error_of_the_line_there():
    learner, given = Line(), problem()
    states = descend(learner, given, [0.0, 0.0], 0.01, 20)
    picture = picture_of(LossSurfaces(), learner, given, states, 20)
    assert picture.is_exact and picture.names == (SLOPE, INTERCEPT)
    vectors = grid_vectors(picture)
    for index in (0, 17, len(vectors) // 2, len(vectors) - 1):
        slope, intercept = vectors[index]
        expected = mean_squared_error(SALARY, slope * YEARS + intercept)
        assert picture.levels.ravel()[index] == pytest.approx(expected)
    assert picture.loss == pytest.approx(mean_squared_error(SALARY, YEARS * picture.here[0] + picture.here[1]))
    assert np.allclose(picture.path, [s.theta for s in states]) and np.array_equal(picture.path[-1], picture.here)


@pytest.mark.parametrize(("start", "rate"), [((0.0, 0.0), 0.01), ((0.0, 0.0), 0.0155), ((30.0, -50.0), 0.001)])
def test_that_the_picture_holds_the_start_the_path_and_the_minimum_from_the_first_frame_on(start, rate):
    learner, given = Line(), problem()
    states = descend(learner, given, start, rate, 60)
    best = np.linalg.lstsq(np.stack([YEARS, np.ones(8)], axis=1), SALARY, rcond=None)[0]
    surfaces, seen = LossSurfaces(), set()
    for frame in range(0, 61, 3):
        picture = picture_of(surfaces, learner, given, states, frame)
        assert holds(picture.extent, [start, best]) and holds(picture.extent, picture.path)
        seen.add(picture.extent)
    assert len(seen) <= 2, "the picture moves about"
    a0, a1, b0, b1 = picture.extent
    reach = np.abs(np.array(start) - best).max()
    assert max(a1 - a0, b1 - b0) <= 6 * max(reach, 1.0), "the run is lost in a picture too large"


def test_that_the_same_frame_has_the_same_picture_however_it_was_come_to():
    learner, given = Line(), problem()
    states = descend(learner, given, [0.0, 0.0], 0.01, 40)
    played, sought = LossSurfaces(), LossSurfaces()
    for frame in range(30):
        last = picture_of(played, learner, given, states, frame)
    other = picture_of(sought, learner, given, states, 29)
    assert last.extent == other.extent and np.array_equal(last.levels, other.levels)
    assert np.array_equal(last.path, other.path) and np.array_equal(last.contours, other.contours)


def test_that_a_line_through_the_contours_is_computed_once_and_shared():
    learner, given = Line(), problem()
    states = descend(learner, given, [0.0, 0.0], 0.01, 40)
    surfaces = LossSurfaces()
    first = picture_of(surfaces, learner, given, states, 20)
    learner.asked = 0
    second = picture_of(surfaces, learner, given, states, 21)
    assert second.levels is first.levels and second.lines is first.lines and learner.asked < 20
    assert picture_of(surfaces, learner, given, states, 21) is second


def test_that_a_run_that_diverges_leaves_the_picture_and_does_not_stretch_it_for_ever():
    learner, given = Line(), problem()
    states = descend(learner, given, [0.0, 0.0], 0.03, 120)
    surfaces = LossSurfaces()
    spans = [np.ptp(picture_of(surfaces, learner, given, states, f).extent[:2]) for f in (0, 60, 119, 120)]
    assert np.abs(states[120].theta).max() > 1e6 and spans[-1] <= 16 * spans[0]


def test_that_contours_lie_where_the_loss_is_what_they_say():
    learner, given = Line(), problem()
    states = descend(learner, given, [0.0, 0.0], 0.01, 20)
    picture = picture_of(LossSurfaces(), learner, given, states, 20)
    assert len(picture.contours) == len(picture.lines) >= 6 and (np.diff(picture.contours) > 0).all()
    span = picture.levels.max() - picture.levels.min()
    for height, lines in zip(picture.contours, picture.lines, strict=True):
        for line in lines:
            vectors = picture.origin + line[:, :1] * picture.u + line[:, 1:] * picture.v
            found = learner.losses(states[20], given, vectors)
            assert np.abs(found - height).max() <= 0.01 * span


def test_that_values_without_an_axis_are_held_at_the_shown_state():
    x = np.random.default_rng(0).normal(size=(30, 2))
    given, learner = make_problem(x, x @ [2.0, -1.0] + 3.0), Line()
    states = descend(learner, given, [0.0, 0.0, 0.0], 0.1, 25)
    surfaces = LossSurfaces()
    for frame in (5, 25):
        picture = picture_of(surfaces, learner, given, states, frame)
        assert not picture.is_exact and np.array_equal(picture.here, states[frame].theta[[0, 2]])
        assert np.array_equal(picture.origin, [0.0, states[frame].theta[1], 0.0])
        assert np.allclose(picture.levels.ravel(), learner.losses(states[frame], given, grid_vectors(picture)))


def test_that_a_minimum_without_a_formula_is_found_where_scikit_learn_sees_none_lower():
    random = np.random.default_rng(3)
    x, classes = random.normal(size=80), (random.random(80) < 0.5).astype(int)
    x += 1.2 * classes
    given, learner = make_problem(x[:, None], classes), Odds()
    states = descend(learner, given, [0.0, 0.0], 0.5, 30)
    picture = picture_of(LossSurfaces(), learner, given, states, 2)
    slope, intercept = grid_vectors(picture)[np.nanargmin(picture.levels)]
    assert picture.levels.min() == pytest.approx(log_loss(classes, 1 / (1 + np.exp(-slope * x - intercept))))
    best, _, is_quadratic = minimum_near(lambda t: learner.losses(None, given, t), np.zeros(2))
    assert holds(picture.extent, best) and not is_quadratic
    around = best + random.normal(size=(200, 2)) * 0.05
    assert learner.losses(None, given, best[None, :])[0] <= learner.losses(None, given, around).min()


def test_that_a_loss_without_a_minimum_still_has_a_picture_of_the_run():
    x, classes = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1])
    given, learner = make_problem(x[:, None], classes), Odds()
    states = descend(learner, given, [-1.0, 0.5], 1.0, 200)
    surfaces, seen = LossSurfaces(), set()
    for frame in range(0, 201, 5):
        picture = picture_of(surfaces, learner, given, states, frame)
        assert holds(picture.extent, picture.path)
        seen.add(picture.extent)
    assert len(seen) <= 6


def net_states(count=12):
    random = np.random.default_rng(9)
    walk = random.normal(0.0, 0.05, (count, 13)).cumsum(axis=0)
    return [Point(random.normal(size=13) * 0 + np.linspace(-1.0, 1.2, 13) + step) for step in walk]


def net_problem():
    x = np.random.default_rng(1).normal(size=(20, 2))
    return make_problem(x, x[:, 0] * x[:, 1])


def test_that_random_directions_go_through_the_shown_state_and_project_the_path_by_least_squares():
    learner, given, states = Net(), net_problem(), net_states()
    picture = picture_of(LossSurfaces(), learner, given, states, 11)
    assert not picture.is_exact and picture.names[0].ko == "방향 1"
    through = picture.origin + picture.here[0] * picture.u + picture.here[1] * picture.v
    assert np.allclose(through, states[11].theta)
    assert picture.loss == pytest.approx(learner.losses(None, given, states[11].theta[None, :])[0])
    basis = np.stack([picture.u, picture.v], axis=1)
    for state, at in zip(states, picture.path, strict=True):
        residual = (state.theta - states[0].theta) - basis @ at
        assert np.abs(basis.T @ residual).max() < 1e-9
    exact = learner.losses(None, given, grid_vectors(picture)[::97])
    assert np.allclose(picture.levels.ravel()[::97], exact, rtol=2e-3), "filled up between by cubics"


def test_that_another_seed_gives_other_directions_and_the_same_seed_the_same():
    learner, given, states = Net(), net_problem(), net_states()
    pictures = [picture_of(LossSurfaces(), learner, given, states, 5, seed) for seed in (0, 0, 1)]
    assert np.array_equal(pictures[0].u, pictures[1].u) and not np.allclose(pictures[0].u, pictures[2].u)
    surfaces = LossSurfaces()
    assert not np.allclose(
        picture_of(surfaces, learner, given, states, 5, 0).u, picture_of(surfaces, learner, given, states, 5, 1).u
    )


def test_that_the_directions_stay_the_same_throughout_a_run():
    learner, given, states = Net(), net_problem(), net_states()
    surfaces = LossSurfaces()
    first, last = (picture_of(surfaces, learner, given, states, f) for f in (1, 11))
    assert np.array_equal(first.u, last.u) and not np.array_equal(first.origin, last.origin)


def test_that_random_directions_are_in_each_layer_as_long_as_its_parameters():
    learner, given, states = Net(), net_problem(), net_states()
    sizes = layer_sizes(learner, states[0], given, 13)
    assert sizes == (9, 4)
    theta = states[0].theta
    for direction in random_directions(theta, sizes, 4):
        assert np.linalg.norm(direction[:9]) == pytest.approx(np.linalg.norm(theta[:9]))
        assert np.linalg.norm(direction[9:]) == pytest.approx(np.linalg.norm(theta[9:]))
    nothing = random_directions(np.zeros(13), sizes, 4)[0]
    assert np.linalg.norm(nothing[:9]) == pytest.approx(1.0)


def test_that_where_the_loss_is_not_finite_there_is_a_hole_and_the_rest_is_there():
    class Steep(Line):
        def losses(self, state, given, vectors):
            found = super().losses(state, given, vectors)
            return np.where(vectors[:, 0] > 12.0, np.inf, found)

    given = problem()
    states = descend(Line(), given, [0.0, 0.0], 0.01, 5)
    picture = picture_of(LossSurfaces(), Steep(), given, states, 5)
    holes = np.isnan(picture.levels)
    assert holes.any() and np.array_equal(holes.ravel(), grid_vectors(picture)[:, 0] > 12.0)
    assert np.isfinite(picture.contours).all()


def test_that_there_is_no_picture_without_finite_parameters_or_without_the_ability():
    learner, given = Line(), problem()
    broken = [Point(np.array([np.nan, 1.0]))]
    assert picture_of(LossSurfaces(), learner, given, broken, 0) is None
    assert picture_of(LossSurfaces(), object(), given, [Point(np.zeros(2))], 0) is None


def test_that_a_flat_loss_has_no_contours():
    assert len(contour_heights(np.full((4, 4), 2.0))) == 0
    assert len(contour_heights(np.full((4, 4), np.nan))) == 0
    nearly = np.full((4, 4), 2.0)
    nearly[0, 0] = np.nextafter(2.0, 3.0)
    assert all(2.0 < height < 3.0 for height in contour_heights(nearly))


def test_that_levels_between_are_filled_up_exactly_where_the_loss_is_a_cubic():
    a, b = np.meshgrid(np.linspace(-1.0, 2.0, 13), np.linspace(0.0, 1.0, 13))
    fine_a, fine_b = np.meshgrid(np.linspace(-1.0, 2.0, 49), np.linspace(0.0, 1.0, 49))

    def cubic(a, b):
        return a**3 + a * b - 2.0 * b**2 + 1.0

    assert np.allclose(filled_up(cubic(a, b), 4), cubic(fine_a, fine_b))
    steps = (a > 0.4).astype(float)
    assert filled_up(steps, 4).min() == 0.0 and filled_up(steps, 4).max() == 1.0


@pytest.mark.parametrize("rows", [300, 30_000])
def test_that_many_rows_and_parameters_make_the_picture_coarser_and_not_slow(rows):
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 40))
    given, learner = make_problem(x, 3.0 * x[:, 0] + random.normal(size=rows)), Line()
    work, asked = [], learner.losses
    learner.losses = lambda state, p, v: work.append(p.n * v.size) or asked(state, p, v)
    picture = picture_of(LossSurfaces(), learner, given, [Point(np.linspace(-1.0, 1.0, 41))], 0)
    assert max(work) <= 1.1 * loss_surface._WORK and picture.levels.shape[0] >= 32
    exact = Line().losses(None, given, grid_vectors(picture)[::37])
    assert picture.levels.ravel()[::37] == pytest.approx(exact, rel=0.15), "a sample of rows is near all of them"
    assert picture.loss == pytest.approx(Line().losses(None, given, np.linspace(-1.0, 1.0, 41)[None, :])[0])


class Wide(Line):
    """As many numbers as a network of 2-512-512-2, and a loss of some of them; no two stand for the rest."""

    count = 265_218

    def losses(self, state, problem, vectors):
        self.asked += len(vectors)
        self.most = max(getattr(self, "most", 0), vectors.nbytes)
        self.rows = problem.n
        some = vectors[:, :: self.count // 3][:, :2].astype(np.float64)
        return ((problem.targets[:, None] - problem.features @ some.T) ** 2).mean(axis=0)

    def free_pair(self, state):
        return None


def test_that_a_slice_through_very_many_parameters_takes_little_room_and_says_from_how_many_rows_it_is():
    random = np.random.default_rng(2)
    x = random.normal(size=(3_000, 2))
    given, learner = make_problem(x, x[:, 0] - x[:, 1]), Wide()
    states = [Point(random.normal(size=Wide.count)) for _ in range(2)]
    tracemalloc.start()
    picture = picture_of(LossSurfaces(), learner, given, states, 1)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used < 60e6 and learner.most < 9e6, "a few vectors at a time"
    assert picture.rows < given.n and learner.rows == given.n and not picture.can_be_put
    assert picture.loss == pytest.approx(learner.losses(None, given, states[1].theta[None, :])[0])
    assert picture.levels.shape[0] >= 32 and np.isfinite(picture.levels).all()
    middle = loss_near(picture)
    assert middle == pytest.approx(picture.loss, rel=0.5), "some of the rows are near all of them"


def loss_near(picture):
    a0, a1, b0, b1 = picture.extent
    h, w = picture.levels.shape
    column, row = (picture.here[0] - a0) / (a1 - a0) * (w - 1), (picture.here[1] - b0) / (b1 - b0) * (h - 1)
    return picture.levels[round(row), round(column)]


def test_that_a_small_network_has_all_rows_and_can_be_put_anywhere():
    picture = picture_of(LossSurfaces(), Net(), net_problem(), net_states(), 3)
    assert picture.rows is None and picture.can_be_put


def test_that_moments_with_the_same_parameters_share_one_picture_and_ask_for_no_loss():
    learner, given, states = Net(), net_problem(), net_states()
    surfaces = LossSurfaces()
    about, history = shown(states, 7)
    first = surfaces.picture(learner, about, given, history, 0)
    learner.asked = 0
    twin = Point(states[7].theta)
    again = Shown(7, Moment("loss", twin), about.before)
    assert surfaces.picture(learner, again, given, history, 0) is first and learner.asked == 0
    # The next iteration begins where this one ended: the same place, the same levels.
    after = Shown(8, Moment("forward", Point(states[7].theta)), states[7])
    later = surfaces.picture(learner, after, given, lambda most: states[:7], 0)
    assert later.levels is first.levels and later.loss == first.loss and learner.asked == 0
    assert np.array_equal(later.here, first.here)
