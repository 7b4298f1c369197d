"""The view that shows a whole dataset, and whether its axes share one scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lab.data.datasets import Dataset, empty
from lab.looks.view import filling, has_equal_aspect, home_view, is_near_square, is_plottable

ANY = st.floats(allow_nan=True, allow_infinity=True)
PLACES = st.integers(0, 8).flatmap(lambda n: arrays(np.float64, (n, 2), elements=ANY))
ORIGINS = st.sampled_from(["drawn", "generated", "logic", "table"])
SPANS = st.floats(1e-6, 1e6)


def _table(xy, **changes) -> Dataset:
    xy = np.array(xy, dtype=np.float64).reshape(-1, 2)
    return Dataset("t", ("a", "b"), xy, None, origin="table").replace(**changes)


@settings(deadline=None)
@given(PLACES, ORIGINS)
def test_that_the_view_holds_every_point_that_can_be_drawn_with_a_margin(xy, origin):
    dataset = _table(xy, origin=origin)
    x0, x1, y0, y1 = home_view(dataset)
    assert np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1
    shown = xy[is_plottable(xy)]
    if len(shown):
        for (low, high), column in (((x0, x1), shown[:, 0]), ((y0, y1), shown[:, 1])):
            assert low < column.min() and column.max() < high
            assert min(column.min() - low, high - column.max()) >= 0.04 * (high - low)
    assert has_equal_aspect(dataset) in (True, False)


@pytest.mark.parametrize(
    "xy",
    [
        np.zeros((0, 2)),
        [[5.0, 5.0]],
        [[0.0, 0.0]],
        [[1e9, 0.0], [1e9, 1.0]],
        [[-1e149, 1e149], [1e149, -1e149]],
        [[np.nan, 0.0], [np.inf, 1.0]],
        [[1e6, 1e-12], [1e6 + 1e-9, 2e-12]],
    ],
)
def test_that_what_is_hardly_data_still_makes_a_view(xy):
    x0, x1, y0, y1 = home_view(_table(xy))
    assert np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1


def test_that_nothing_is_seen_on_the_plane_that_drawing_begins_with():
    assert home_view(_table(np.zeros((0, 2)))) == home_view(empty()) == (-6.0, 6.0, -6.0, 6.0)


@settings(deadline=None)
@given(st.tuples(st.floats(-1e6, 1e6), SPANS, st.floats(-1e6, 1e6), SPANS))
def test_that_data_is_shown_where_it_asks_to_be(given_view):
    x0, width, y0, height = given_view
    view = (x0, x0 + width, y0, y0 + height)
    dataset = _table([[0.0, 0.0], [1.0, 1.0]], view=view)
    if view[0] < view[1] and view[2] < view[3]:
        assert home_view(dataset) == view
        assert has_equal_aspect(dataset) == is_near_square(view)


@pytest.mark.parametrize(
    "view", [(1.0, 1.0, 0.0, 1.0), (2.0, 1.0, 0.0, 1.0), (0.0, np.inf, 0.0, 1.0), (0.0, np.nan, 0.0, 1.0)]
)
def test_that_a_view_without_an_inside_is_not_followed(view):
    square = [[0.0, 0.0], [1.0, 1.0]]
    assert home_view(_table(square, view=view)) == home_view(_table(square))


def test_that_columns_in_other_units_have_scales_of_their_own_and_drawn_points_never():
    wide = np.array([[0.0, 0.0], [50.0, 5e7]])
    assert not has_equal_aspect(_table(wide)) and has_equal_aspect(None)
    assert all(has_equal_aspect(_table(wide, origin=origin)) for origin in ("drawn", "generated", "logic"))
    assert is_near_square((0, 4, 0, 1)) and is_near_square((0, 1, 0, 4)) and not is_near_square((0, 4.1, 0, 1))


@settings(deadline=None)
@given(st.tuples(st.floats(-1e3, 1e3), SPANS, st.floats(-1e3, 1e3), SPANS), st.floats(20, 2000), st.floats(20, 2000))
def test_that_the_filling_view_holds_the_view_in_one_scale_and_no_more_than_it_must(given_view, width, height):
    a, across, b, up = given_view
    x0, x1, y0, y1 = filling((a, a + across, b, b + up), width, height)
    slack = 1e-9 * (abs(a) + abs(b) + across + up)
    assert x0 <= a + slack and x1 >= a + across - slack and y0 <= b + slack and y1 >= b + up - slack
    shown, tall = x1 - x0, y1 - y0
    assert shown / width == pytest.approx(tall / height, rel=1e-3, abs=slack)
    assert shown == pytest.approx(across, rel=1e-3, abs=slack) or tall == pytest.approx(up, rel=1e-3, abs=slack)
