"""From original units to a learner's and back, from rows to the plane and back: what goes there comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.composing.picture import PictureMaker, to_plane
from lab.protocol.commands import Look
from models.core.learner import Moment
from models.core.marks import Arrow, Ellipse, Note, Path, Points, Segments
from models.core.problem import Rows, Scaler
from models.core.state import State
from models.words.text import Text

LOOK = Look(-6.0, 6.0, -6.0, 6.0)


@st.composite
def problems(draw, shows_target: bool | None = None) -> Rows:
    """A problem of up to five columns in any units, two of them, or one and the target, on the plane."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    has_target = draw(st.booleans()) if shows_target is None else shows_target
    n, d = draw(st.integers(1, 12)), draw(st.integers(1 if has_target else 2, 5))
    powers = np.array(draw(st.lists(st.integers(-6, 6), min_size=d, max_size=d)))
    original = random.normal(size=(n, d)) * 10.0**powers + draw(st.sampled_from([0.0, 1.0, -30.0])) * 10.0**powers
    if draw(st.booleans()):
        original[:, 0] = original[0, 0]  # a column without variance
    scaler = Scaler.fit(draw(st.sampled_from(["none", "standard"])), original)
    features = np.ascontiguousarray(scaler.transform(original))
    columns = draw(st.permutations(range(d)))
    targets = random.normal(size=n) * 1e3 if has_target else None
    return Rows(
        features=features,
        targets=targets,
        class_names=(),
        feature_names=tuple("abcde"[:d]),
        target_name="y",
        rows=np.arange(n),
        test_features=np.zeros((0, d)),
        test_targets=None,
        test_rows=np.zeros(0, dtype=np.int64),
        scaler=scaler,
        axes=(columns[0], -1 if has_target else columns[1]),
        held=np.median(features, axis=0),
    )


def _close(a, b, unit) -> bool:
    """Whether two arrays are equal, up to rounding in these units."""
    return bool((np.abs(np.asarray(a) - np.asarray(b)) <= 1e-9 * np.asarray(unit)).all())


@settings(deadline=None)
@given(problems())
def test_that_scaling_comes_back(problem):
    scaler, x = problem.scaler, problem.features
    size = 1.0 + np.abs(scaler.mean / scaler.scale)
    assert _close(scaler.transform(scaler.inverse(x)), x, size + np.abs(x))
    original = scaler.inverse(x)
    assert _close(scaler.inverse(scaler.transform(original)), original, np.abs(scaler.mean) + np.abs(original) + 1e-12)
    assert (scaler.scale > 0).all()
    if scaler.kind == "standard":
        assert _close(x.mean(axis=0), 0.0, size * 10)
    else:
        assert np.array_equal(original, x)


@settings(deadline=None)
@given(problems())
def test_that_what_is_laid_from_the_plane_into_rows_lies_there_on_the_plane(problem):
    xy = np.random.default_rng(0).normal(size=(7, 2))
    rows = problem.from_plane(xy)
    assert rows.shape == (7, problem.d)
    across, up = problem.axes
    assert np.array_equal(rows[:, across], xy[:, 0])
    if not problem.shows_target:
        assert np.array_equal(problem.to_plane(rows), xy)
    shown = {across} if problem.shows_target else {across, up}
    for column in set(range(problem.d)) - shown:
        assert (rows[:, column] == problem.held[column]).all()


@settings(deadline=None)
@given(problems())
def test_that_the_plane_is_the_two_columns_of_the_places(problem):
    shown = problem.to_plane(problem.places)
    assert shown.shape == (problem.n, 2)
    assert np.array_equal(shown[:, 0], problem.features[:, problem.axes[0]])
    up = problem.targets if problem.shows_target else problem.features[:, problem.axes[1]]
    assert np.array_equal(shown[:, 1], up)


@settings(deadline=None)
@given(problems())
def test_that_the_picture_shows_original_units_and_a_click_on_it_comes_back(problem):
    mean, scale = problem.plane_scaling
    drawn = to_plane(problem.places, problem)
    original = problem.scaler.inverse(problem.features)
    size = np.abs(mean) + np.abs(scale)
    assert _close(drawn[:, 0], original[:, problem.axes[0]], np.abs(drawn[:, 0]) + size[0])
    if problem.shows_target:
        assert np.array_equal(drawn[:, 1], problem.targets)
    # Back: the shown columns are those of the rows, the others are held.
    back, shown = problem.scale_plane(drawn), problem.to_plane(problem.places)
    assert _close(back, shown, np.abs(shown) + 1.0 + np.abs(mean / scale))
    for place, row in zip(drawn, problem.from_plane(back), strict=True):
        assert np.array_equal(problem.scale_point(place), row)


@settings(deadline=None)
@given(problems())
def test_that_a_shift_of_the_data_moves_the_picture_alone(problem):
    """Displacements do not know where zero is."""
    rows = problem.places
    if len(rows) < 2:
        return
    mean, scale = problem.plane_scaling
    apart = to_plane(rows[1:], problem) - to_plane(rows[:1], problem)
    assert _close(apart, problem.to_plane(rows[1:] - rows[:1]) * scale, np.abs(apart) + np.abs(mean) + scale)


class _Drawing:
    """A learner that draws what it is given."""

    rebuilds = False

    def __init__(self, *marks) -> None:
        self._marks = marks

    def marks(self, moment, problem):
        return self._marks

    def pinned_marks(self, shown, problem):
        return ()


def _pictured(problem: Rows, *marks) -> dict:
    maker = PictureMaker()
    moment = Moment("start", State())
    made = (maker._evaluate(mark, _Drawing(*marks), moment, problem, LOOK, lambda most: [], False) for mark in marks)
    return {mark.key: mark for mark in made}


@settings(max_examples=60, deadline=None)
@given(problems())
def test_that_every_mark_is_mapped_as_points_are(problem):
    rows = problem.places
    one, other = rows[0], rows[-1]
    drawn = to_plane(rows, problem)
    made = _pictured(
        problem,
        Points(key="points", at=rows),
        Points(key="rows", at=rows, rows=np.arange(problem.n)),
        Segments(key="segments", starts=rows, ends=rows[::-1]),
        Path(key="path", vertices=rows),
        Note(key="note", at=one, text=Text("here", "여기")),
        Ellipse(key="circle", center=one, radius=2.0),
        Arrow(key="shift", at=one, direction=other - one),
    )
    for places in (made["points"].at, made["rows"].at, made["segments"].starts, made["path"].vertices):
        assert np.array_equal(places, drawn)
    assert np.array_equal(made["segments"].ends, drawn[::-1]) and np.array_equal(made["note"].at, drawn[0])
    mean, scale = problem.plane_scaling
    # Every point of a circle is as far from its centre in the learner's units.
    back = problem.scale_plane(made["circle"].vertices) - problem.scale_plane(drawn[:1])
    assert np.allclose(np.linalg.norm(back, axis=1), 2.0, atol=1e-6 * (1 + np.abs(mean / scale).max()))
    arrow = made["shift"]
    assert _close(arrow.at + arrow.direction, drawn[-1], np.abs(drawn[-1]) + np.abs(mean) + scale)


@settings(max_examples=60, deadline=None)
@given(problems(shows_target=False), st.floats(0.0, 6.28))
def test_that_a_normal_stays_upright_on_its_line(problem, angle):
    """w x = 0 in the learner's units is the line with the normal w / scale in original ones."""
    w, along = np.zeros(problem.d), np.zeros(problem.d)
    across, up = problem.axes
    w[[across, up]] = np.cos(angle), np.sin(angle)
    along[[across, up]] = -np.sin(angle), np.cos(angle)
    origin = np.zeros(problem.d)
    made = _pictured(
        problem,
        Arrow(key="normal", at=origin, direction=w, kind="normal"),
        Arrow(key="along", at=origin, direction=along),
    )
    product = made["normal"].direction * made["along"].direction
    assert product.sum() == pytest.approx(0.0, abs=1e-9 * np.abs(product).max() + 1e-300)


def test_that_a_column_without_variance_keeps_its_unit():
    scaler = Scaler.fit("standard", np.array([[1e6, 1.0], [1e6, 3.0]]))
    assert scaler.scale.tolist() == [1.0, 1.0] and scaler.mean.tolist() == [1e6, 2.0]
    assert scaler.inverse([[0.0, 0.0]]).tolist() == [[1e6, 2.0]]


@pytest.mark.parametrize("kind", ["none", "standard"])
def test_that_no_rows_at_all_are_not_scaled(kind):
    scaler = Scaler.fit(kind, np.zeros((0, 3)))
    assert scaler.mean.tolist() == [0.0] * 3 and scaler.scale.tolist() == [1.0] * 3
