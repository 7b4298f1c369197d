"""Keyframes on a grid that only the iteration number decides."""

from __future__ import annotations

import numpy as np
import pytest
from toy import ToyState

from lab.timeline import MOST_KEYFRAMES, Timeline


def filled(last: int, budget: int = 2**30) -> Timeline:
    timeline = Timeline(budget)
    for iteration in range(last + 1):
        timeline.keep(iteration, ToyState(np.full((1, 2), float(iteration)), iteration), {"value": float(iteration)})
        timeline.reached = iteration
    return timeline


def test_that_the_stride_doubles_and_the_grid_stays_regular():
    timeline = filled(5000)
    kept = timeline.kept()
    assert len(kept) <= MOST_KEYFRAMES and timeline.stride == 32
    assert kept == tuple(range(0, 5001, 32))
    assert timeline.nearest(4321)[0] == 4320 and timeline.next_on_grid(4320) == 4352


def test_that_the_byte_budget_counts():
    small = filled(400, budget=20_000)
    assert small.nbytes <= 20_000 and small.stride > 1
    assert small.nearest(399)[0] % small.stride == 0


def test_that_curves_hold_a_row_for_each_grid_point():
    iterations, series = filled(10).curves()
    assert iterations.tolist() == list(range(11)) and series["value"].tolist() == list(range(11))


def test_that_cutting_leaves_the_long_one_whole():
    timeline = filled(20)
    short = timeline.cut(7)
    assert short.kept()[-1] == 7 and short.reached == 7
    assert timeline.kept()[-1] == 20 and timeline.reached == 20


def test_that_an_empty_timeline_has_no_frame():
    with pytest.raises(LookupError):
        Timeline().nearest(0)
