"""States and figures on two grids that only the iteration number and sizes decide."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import ToyState

from lab.data.generators import generate
from lab.document.changes import Retune
from lab.document.project import Experiment
from lab.running.run import Run, rows_looked_at
from lab.running.timeline import MOST_MEASURED, MOST_STATES, Timeline
from models.core.learner import Edit


def filled(last: int, budget: int = 2**30) -> Timeline:
    timeline = Timeline(budget)
    for iteration in range(last + 1):
        timeline.keep(iteration, ToyState(np.full((1, 2), float(iteration)), iteration), {"value": float(iteration)})
        timeline.reached = iteration
    return timeline


def test_that_the_stride_doubles_and_the_grid_stays_regular():
    timeline = filled(5000)
    kept = timeline.kept()
    assert len(kept) <= MOST_MEASURED and timeline.stride == timeline.state_stride == 32
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
    def stride(algorithm, n):
        return Run(generate("gaussians", n=n), Experiment(algorithm)).timeline.stride

    assert [stride("mlp", n) for n in (200, 2000, 2001, 5000)] == [1, 1, 2, 4]
    assert stride("kmeans", 5000) == 1


def test_that_a_run_with_a_coarse_grid_reaches_every_frame_with_the_same_bits():
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


# -- two grids -----------------------------------------------------------------------------------------------------------


def heavy(last: int, numbers: int, budget: int = 2**40, rows: int = 1) -> Timeline:
    """A timeline of states of so many float64 numbers."""
    timeline = Timeline(budget, rows=rows)
    value = np.zeros((1, numbers))
    for iteration in range(last + 1):
        is_measured = timeline.is_measured_at(iteration)
        timeline.keep(iteration, ToyState(value, iteration), {"value": float(iteration)} if is_measured else None)
        timeline.reached = iteration
    return timeline


def test_that_dear_iterations_have_a_finer_grid_of_states_than_of_figures():
    timeline = heavy(5000, 2**20)
    assert timeline.kept() == tuple(range(0, 5001, 4)) and timeline.state_stride == 4
    iterations, series = timeline.curves()
    assert iterations.tolist() == series["value"].tolist() == list(range(0, 5001, 32))
    assert timeline.measured == (4992, len(iterations))
    assert timeline.next_on_grid(8) == 12 and timeline.nearest(4999)[0] == 4996
    assert timeline.metrics(4996) is None and timeline.metrics(4992) == {"value": 4992.0}


def test_that_a_run_is_cut_no_finer_than_a_replay_is_worth():
    # A little more than 2^19 bytes in each state, looked at by so many rows; 2^26 of both together between two states.
    strides = {rows: heavy(1500, 2**16, rows=rows).state_stride for rows in (1, 15, 31, 63, 127, 4096)}
    assert strides == {1: 8, 15: 8, 31: 4, 63: 2, 127: 1, 4096: 1}
    assert heavy(1500, 2**16).stride == 8


@settings(max_examples=40, deadline=None)
@given(
    last=st.integers(0, 6000),
    numbers=st.sampled_from([2, 2**10, 2**16, 2**20, 2**24]),
    budget=st.sampled_from([2**16, 2**22, 2**27, 2**40]),
    rows=st.sampled_from([1, 10, 500]),
)
def test_that_both_grids_are_regular_and_bounded(last, numbers, budget, rows):
    timeline = heavy(last, numbers, budget, rows)
    assert timeline.stride % timeline.state_stride == 0
    assert timeline.kept() == tuple(range(0, last + 1, timeline.state_stride))
    assert timeline.curves()[0].tolist() == list(range(0, last + 1, timeline.stride)) if last else True
    assert len(timeline.kept()) <= MOST_STATES and timeline.measured[1] <= MOST_MEASURED
    assert timeline.nbytes <= budget or len(timeline.kept()) <= 2


def test_that_states_too_large_for_the_budget_thin_the_figures_as_well():
    timeline = heavy(300, 2**17, budget=2**26)  # 1 MiB each: 64 fit
    assert timeline.state_stride == timeline.stride == 8 and timeline.nbytes <= 2**26


def test_that_states_are_freed_in_small_portions_and_in_the_end_all_of_them():
    timeline = Timeline(2**26)
    alive = weakref.WeakSet()
    most, before = 0, 0
    for iteration in range(0, 1000):
        state = ToyState(np.zeros((1, 2**17)), iteration)
        if timeline.is_on_grid(iteration):
            alive.add(state)
        timeline.keep(iteration, state, None)
        most, before = max(most, before - len(alive)), len(alive)
    del state
    assert 0 < most <= 17, "16 MiB at once, of 1 MiB each, the new one apart"
    for iteration in range(1000, 1000 + 20 * timeline.state_stride):
        timeline.keep(iteration, ToyState(np.zeros((1, 2)), iteration), None)
    assert sum(state.value.nbytes for state in alive) <= 2**26


def test_that_cutting_keeps_both_grids():
    timeline = heavy(5000, 2**20)
    short = timeline.cut(4993)
    assert short.kept()[-1] == 4992 and short.measured[0] == 4992 and short.reached == 4993
    assert (short.stride, short.state_stride) == (timeline.stride, timeline.state_stride)
    assert short.nbytes < timeline.nbytes and timeline.kept()[-1] == 5000
    again = heavy(4993, 2**20)
    assert (again.nbytes, again.kept(), again.measured) == (short.nbytes, short.kept(), short.measured)


def test_that_trails_are_chosen_evenly_among_the_states():
    timeline = heavy(5000, 2**20)
    assert [state.done for state in timeline.states_until(4001, 5)] == [0, 1000, 2000, 3000, 4000]
    assert len(timeline.states_until(11, 60)) == 3


# -- a run on them -------------------------------------------------------------------------------------------------------

WIDE = {"hidden_layer_sizes": (64, 64), "batch_size": 160, "max_epochs": 1_000_000, "tol": 0.0}


def wide_run() -> Run:
    run = Run(generate("moons", n=200), Experiment("mlp", WIDE, train_share=0.8, seed=4))
    run.begin()
    return run


def driven(run: Run, slices: list[int], last: int = 600) -> Run:
    iteration, state, turn = 0, run.state_after(0), 0
    while iteration < last:
        iteration, state = run.advance(iteration, state, min(slices[turn % len(slices)], last - iteration))
        turn += 1
    return run


@pytest.fixture(scope="module")
def straight() -> Run:
    return driven(wide_run(), [600])


def test_that_rows_looked_at_are_a_sample_a_batch_or_all():
    def rows(algorithm, **settings):
        run = Run(generate("gaussians", n=200), Experiment(algorithm, settings))
        return rows_looked_at(run.learner, run.problem)

    assert [rows("perceptron"), rows("mlp", batch_size=50), rows("kmeans")] == [1, 50, 200]


@settings(max_examples=6, deadline=None)
@given(slices=st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_that_the_frames_kept_do_not_depend_on_the_slices(straight, slices):
    run = driven(wide_run(), slices)
    one, other = run.timeline, straight.timeline
    assert one.state_stride < one.stride and one.kept() == other.kept() and one.nbytes == other.nbytes
    assert run.metrics_rows() == straight.metrics_rows()
    assert all(run.state_after(i).same_as(straight.state_after(i)) for i in (one.kept()[-1], 1, 333, 599, 600))


def test_that_the_figures_stand_where_they_stood_with_one_grid(straight):
    header, rows = straight.metrics_rows()
    stride = straight.timeline.stride
    assert [row[0] for row in rows] == [*range(0, 601, stride), *([] if 600 % stride == 0 else [600])]
    for row in rows[:: len(rows) // 5]:
        at = row[0]
        assert dict(zip(header[1:], row[1:], strict=True)) == straight.figures(
            *(straight.in_force(at)[0], straight.state_after(at), straight.in_force(at)[1])
        )


def test_that_a_change_in_the_past_keeps_the_branch_and_its_frames(straight):
    run = driven(wide_run(), [97])
    run.change(301, Retune("learning_rate", 0.05))
    assert run.reached == 301 and run.timeline.kept()[-1] <= 301
    driven_on = run.advance(301, run.state_after(301), 200)[1]
    assert not driven_on.same_as(straight.state_after(501))
    run.take_branch()
    assert run.state_after(501).same_as(straight.state_after(501)) and run.timeline.kept() == straight.timeline.kept()
    run.take_branch()
    assert run.state_after(501).same_as(driven_on)
    run.change(400, Edit("weight:1:0:0", (2.5,)))
    assert run.timeline.kept()[-1] <= 400 and run.state_after(300).same_as(straight.state_after(300))


def test_that_going_back_step_by_step_replays_a_stretch_once(monkeypatch):
    data = generate("circles", n=60)
    run = Run(data, Experiment("mlp", {"tol": 0.0, "max_epochs": 100_000}), byte_budget=20_000)
    run.begin()
    run.advance(0, run.state_after(0), 4_000)
    asked = [run.reached - 7 - back for back in range(6)]
    expected = [
        Run(data, run.experiment).learner.advance(run.state_after(0), run.problem, run.seed, 0, i) for i in asked
    ]
    replayed = []
    advance = run.engine.advance
    monkeypatch.setattr(
        run.engine, "advance", lambda at, state, count: (replayed.append(count), advance(at, state, count))[1]
    )
    found = [run.state_after(iteration) for iteration in asked]
    assert all(state.same_as(advanced.state) for state, advanced in zip(found, expected, strict=True))
    assert sum(count > 1 for count in replayed) <= 1 and len(replayed) <= 9


def test_that_states_near_by_are_those_of_the_schedule_in_force():
    run = Run(generate("circles", n=60), Experiment("mlp", {"tol": 0.0}), byte_budget=20_000)
    run.begin()
    run.advance(0, run.state_after(0), 300)
    before = run.state_after(297)
    run.change(290, Retune("learning_rate", 0.5))
    run.advance(290, run.state_after(290), 10)
    assert not run.state_after(297).same_as(before)
    run.take_branch()
    assert run.state_after(297).same_as(before)
