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


def test_that_the_first_stride_grows_with_the_rows_of_learners_that_look_at_few_at_once():
    from lab.generators import generate
    from lab.project import Experiment
    from lab.run import Run

    def stride(algorithm, n):
        return Run(generate("gaussians", n=n), Experiment(algorithm)).timeline.stride

    assert [stride("mlp", n) for n in (200, 2000, 2001, 5000)] == [1, 1, 2, 4]
    assert stride("kmeans", 5000) == 1


def test_that_a_run_with_a_coarse_grid_reaches_every_frame_with_the_same_bits():
    from lab.generators import generate
    from lab.project import Experiment
    from lab.run import Run

    runs = [Run(generate("xor", n=5000), Experiment("mlp")) for _ in range(2)]
    for run in runs:
        run.begin()
    one, other = runs
    assert one.timeline.stride == 4
    one.advance(0, one.state_after(0), 11)
    state = other.state_after(0)
    for iteration in range(11):
        state = other.moments(iteration + 1, state)[-1].state
    assert one.state_after(11).same_as(state) and other.state_after(7).same_as(one.state_after(7))
