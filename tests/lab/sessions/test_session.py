"""The session, Qt-free: the state table, time travel, changes, faults."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import Toy

import models
from lab.data.datasets import Dataset, empty
from lab.document.changes import Move, Retune
from lab.document.project import Experiment
from lab.protocol.commands import (
    Apply,
    Begin,
    ClearChanges,
    Frame,
    Look,
    Pause,
    Play,
    Seek,
    Step,
    Stop,
    TakeBranch,
)
from lab.protocol.session_states import TABLE
from lab.sessions.session import Session
from models.core.learner import Edit


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class RunningClock(Clock):
    """A clock in which every look costs a tenth of a millisecond, so that slices end."""

    def __call__(self) -> float:
        self.now += 1e-4
        return self.now


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    real = models.load
    monkeypatch.setattr(models, "load", lambda name: Toy if name == "toy" else real(name))


def points(n: int = 6) -> Dataset:
    return Dataset("toy", ("x", "y"), np.arange(2.0 * n).reshape(n, 2), np.arange(n) % 2, ("A", "B"))


def begun(clock=None, **settings_) -> Session:
    session = Session(clock=clock or Clock())
    session.handle(Begin(points(), Experiment("toy", settings_, seed=3), version=1))
    return session


def value(session: Session) -> float:
    return float(session.moment.state.value[0, 0])


def settle(session: Session) -> None:
    """Let a session that runs to a target come there."""
    for _ in range(10_000):
        if not session.advance(session._clock() + 0.002):
            return
    raise AssertionError("the session never came to rest")


def test_that_a_new_session_says_what_is_missing():
    session = Session()
    packet = session.take_packet()
    assert packet.state == "unready"
    assert "example" in packet.narration.say("en") and "예제" in packet.narration.say("ko")
    session.handle(Begin(empty(), Experiment("toy"), version=4))
    assert session.take_packet().version == 4 and session.state == "unready"


def test_that_the_first_frame_is_the_start_and_idle():
    session = begun()
    packet = session.take_packet()
    assert (packet.state, packet.frame, packet.phase, packet.moments) == ("idle", (0, 0), "start", 1)
    assert value(session) == 3.0


def test_that_steps_by_moment_iteration_and_epoch_land_where_they_say():
    session = begun(RunningClock())
    session.handle(Step(1))
    assert session.frame == (1, 0) and value(session) == 3.0
    session.handle(Step(1))
    assert session.frame == (1, 1) and value(session) == 4.0
    session.handle(Step(2, "iteration"))
    settle(session)
    assert session.frame == (3, 1)
    session.handle(Step(1, "epoch"))
    settle(session)
    assert session.frame == (10, 1) and value(session) == 13.0
    session.handle(Step(1, "epoch"))
    settle(session)
    assert session.frame == (20, 1)
    session.handle(Step(-1, "epoch"))
    assert session.frame == (10, 1)
    session.handle(Step(-1, "iteration"))
    assert session.frame == (9, 1)
    session.handle(Step(-1))
    assert session.frame == (9, 0) and session.state == "past"
    session.handle(Step(-100))
    assert session.frame == (0, 0)


def test_that_playing_follows_the_clock_and_pause_stops_it():
    clock = Clock()
    session = begun(clock)
    session.handle(Play(1.0))
    assert session.advance(clock.now + 1) and session.frame == (0, 0)
    clock.now += 0.1001
    session.advance(clock.now + 1)
    assert session.frame == (1, 0)
    clock.now += 0.1
    session.advance(clock.now + 1)
    assert session.frame == (1, 1)
    session.handle(Pause())
    clock.now += 10
    assert not session.advance(clock.now + 1) and session.frame == (1, 1) and session.state == "paused"


def test_that_twice_the_speed_is_twice_the_moments():
    reached = []
    for speed in (1.0, 2.0):
        clock = Clock()
        session = begun(clock)
        session.handle(Play(speed))
        for _ in range(400):
            clock.now += 0.01
            session.advance(clock.now + 0.002)
        reached.append(session.frame.iteration)
    assert reached[0] == pytest.approx(20, abs=1) and reached[1] == pytest.approx(40, abs=2)


def test_that_full_speed_and_stepping_give_the_same_bits():
    fast, slow = begun(RunningClock(), factor=0.999, step=0.3), begun(factor=0.999, step=0.3)
    fast.handle(Play(None))
    while fast.run.reached < 500:
        fast.advance(fast._clock() + 0.002)
    fast.handle(Pause())
    fast.handle(Seek(Frame(321, -1)))
    for _ in range(321):
        slow.handle(Step(1, "iteration"))
        settle(slow)
    assert slow.frame.iteration == fast.frame.iteration == 321
    assert fast.moment.state.same_as(slow.moment.state)


def test_that_a_run_ends_with_its_reason_and_can_be_left_backwards():
    session = begun(RunningClock(), last=5)
    session.handle(Play(None))
    settle(session)
    packet = session.take_packet()
    assert (packet.state, packet.frame, packet.end, packet.outcome_kind) == ("finished", (5, 1), 5, "converged")
    assert packet.outcome is not None
    session.handle(Step(-1))
    assert session.state == "past" and session.take_packet().outcome is None


def test_that_divergence_stops_at_the_exact_iteration_with_the_last_good_frame():
    ends = []
    for speed in (None, 1000.0):
        clock = RunningClock()
        session = begun(clock, factor=1e30)
        session.handle(Play(speed))
        for _ in range(3000):
            clock.now += 0.01
            if not session.advance(clock.now + 0.002):
                break
        packet = session.take_packet()
        assert packet.state == "diverged" and "lower" in packet.outcome.say("en").lower()
        assert session.moment.state.is_finite()
        ends.append(session.frame.iteration)
    assert ends[0] == ends[1] == 10  # 3 * 1e30 ** 10 is the last finite power
    session.handle(Step(-1, "iteration"))
    assert session.frame.iteration == 9


def test_that_a_retune_in_the_past_keeps_the_future_as_a_branch():
    session = begun(RunningClock())
    session.handle(Seek(Frame(50, -1)))
    settle(session)
    session.handle(Seek(Frame(20, -1)))
    session.handle(Apply(Retune("step", 5.0)))
    assert session.run.reached == 20 and session.take_packet().has_branch
    session.handle(Step(1, "iteration"))
    settle(session)
    assert value(session) == 3 + 20 + 5
    session.handle(TakeBranch())
    session.handle(Seek(Frame(50, -1)))
    assert value(session) == 53.0 and session.take_packet().schedule == ()
    session.handle(TakeBranch())
    assert session.take_packet().schedule == ((20, Retune("step", 5.0)),)


def test_that_home_replays_the_changes_and_clearing_forgets_them():
    session = begun(RunningClock())
    session.handle(Seek(Frame(4, -1)))
    settle(session)
    session.handle(Apply(Retune("step", 10.0)))
    session.handle(Step(1, "iteration"))
    settle(session)
    assert value(session) == 17.0
    session.handle(Seek(Frame(0)))
    assert session.take_packet().settings["step"] == 1.0
    session.handle(Seek(Frame(5, -1)))
    assert value(session) == 17.0 and session.take_packet().settings["step"] == 10.0
    session.handle(ClearChanges())
    session.handle(Seek(Frame(5, -1)))
    settle(session)
    assert value(session) == 8.0


def test_that_a_run_begun_anew_may_keep_what_was_recorded_without_the_window_knowing_it():
    session = begun()
    session.handle(Step(4, "iteration"))
    session.handle(Apply(Retune("step", 0.5)))
    session.handle(Step(2, "iteration"))
    recorded, reached = session.run.schedule, value(session)
    assert recorded
    for version in (2, 3):  # no packet was taken in between
        session.handle(Begin(points(), Experiment("toy", {}, seed=3), version, keep_place=True, keep_schedule=True))
        assert session.run.schedule == recorded
    settle(session)
    assert session.frame.iteration == 6 and value(session) == reached
    session.handle(Begin(points(), Experiment("toy", {}, seed=3), 4, keep_place=True))
    assert session.run.schedule == ()


def test_that_an_edit_takes_effect_at_once_as_a_moment_of_its_own():
    session = begun()
    session.handle(Step(2))
    session.handle(Apply(Edit("value", (100.0, 100.0))))
    packet = session.take_packet()
    assert packet.phase == "edited" and value(session) == 100.0 and session.frame == (1, 2)
    session.handle(Step(1))
    session.handle(Step(1))
    assert value(session) == 101.0
    session.handle(Seek(Frame(1, 1)))
    assert value(session) == 4.0  # the moment before the edit is still there


def test_that_an_unknown_handle_is_a_sentence_and_changes_nothing():
    session = begun()
    session.handle(Step(2))
    session.handle(Apply(Edit("nothing", (0.0, 0.0))))
    packet = session.take_packet()
    assert packet.notice is not None and packet.schedule == () and packet.state == "paused"


def test_that_recorded_changes_that_this_data_has_no_handle_for_are_left_out_and_named():
    few = Dataset("two", ("x", "y"), np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 0.0], [4.0, 0.0]]), None)
    wanted, lacking = Edit("centroid:1", (1.0, 1.0)), Edit("centroid:2", (0.0, 5.0))
    schedule = ((0, lacking), (1, wanted), (2, lacking), (2, Retune("max_iter", 50)))
    session = Session(clock=Clock())
    session.handle(Begin(few, Experiment("kmeans", {"n_clusters": 3}, schedule=schedule), version=1))
    assert session.run.schedule == ((1, wanted), (2, Retune("max_iter", 50)))
    notice = session.take_packet().notice
    assert notice.say("en").startswith("2 of the recorded changes") and "centroid:2" in notice.say("ko")
    session.handle(Play(None))
    settle(session)
    assert session.state == "finished"


def test_that_a_learner_that_raises_gives_a_failed_run_and_a_new_one_works():
    session = begun(RunningClock(), raise_at=3)
    session.handle(Play(None))
    settle(session)
    packet = session.take_packet()
    assert packet.state == "failed" and "asked for by the test" in packet.narration.say("en")
    session.handle(Play(1.0))
    assert session.state == "failed"
    session.handle(Begin(points(), Experiment("toy", {}, seed=3), version=2))
    assert session.state == "idle" and session.take_packet().version == 2


def test_that_a_lost_device_falls_back_to_the_cpu_from_the_last_state():
    session = begun(RunningClock())
    session.handle(Seek(Frame(7, -1)))
    settle(session)
    session.handle(Apply(Move("meta:9")))  # torch makes tensors there, or refuses; arithmetic on it is not possible
    session.handle(Apply(Move("nowhere")))
    session.handle(Step(1, "iteration"))
    settle(session)
    session.handle(Step(3, "iteration"))
    settle(session)
    packet = session.take_packet()
    assert packet.device == "cpu" and "CPU" in packet.notice.say("ko")
    assert session.state in ("paused", "past") and value(session) == 3.0 + session.frame.iteration


def test_that_bad_settings_are_a_sentence():
    session = Session()
    session.handle(Begin(points(), Experiment("toy", {"speed": 3}), version=1))
    packet = session.take_packet()
    assert packet.state == "unready" and "speed" in packet.narration.say("en")


def test_that_the_timeline_stays_within_its_budget_and_every_frame_stays_reachable():
    session = Session(byte_budget=40_000, clock=RunningClock())
    session.handle(Begin(points(), Experiment("toy", {}, seed=0), version=1))
    session.handle(Seek(Frame(20_000, -1)))
    settle(session)
    assert session.run.timeline.nbytes <= 40_000
    for target in (1, 777, 12_345, 19_999):
        session.handle(Seek(Frame(target, -1)))
        assert value(session) == float(target)


def test_that_every_command_in_every_state_is_decided_by_the_table():
    commands = [Pause(), Play(1.0), Step(1), Seek(Frame(0)), ClearChanges(), TakeBranch(), Look(0, 1, 0, 1), Stop()]
    for state, allowed in TABLE.items():
        for command in commands:
            session = in_state(state)
            before = (session.frame, session.run.schedule if session.run else ())
            session.handle(command)
            if type(command) not in allowed:
                assert session.state == state, (state, command)
                assert before == (session.frame, session.run.schedule if session.run else ())


def in_state(state: str) -> Session:
    if state == "unready":
        return Session()
    extra = {"last": 2} if state == "finished" else {"factor": 1e200} if state == "diverged" else {}
    session = begun(RunningClock(), **extra, raise_at=1 if state == "failed" else -1)
    if state == "playing":
        session.handle(Play(1.0))
    elif state == "paused":
        session.handle(Step(2))
    elif state == "past":
        session.handle(Step(2))
        session.handle(Step(-1))
    elif state in ("finished", "diverged", "failed"):
        session.handle(Play(None))
        settle(session)
    assert session.state == state
    return session


actions = st.lists(
    st.one_of(
        st.just(Play(1.0)),
        st.just(Play(None)),
        st.just(Pause()),
        st.builds(Step, st.integers(-3, 3), st.sampled_from(["moment", "iteration", "epoch"])),
        st.builds(lambda i: Seek(Frame(i, -1)), st.integers(0, 60)),
        st.builds(lambda v: Apply(Retune("step", float(v))), st.integers(-3, 3)),
        st.builds(lambda v: Apply(Edit("value", (float(v), float(v)))), st.integers(-9, 9)),
        st.just(ClearChanges()),
        st.just(TakeBranch()),
    ),
    max_size=25,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_that_any_way_to_a_frame_shows_what_the_schedule_says(toy, asked):
    clock = RunningClock()
    session = begun(clock, last=200)
    for command in asked:
        session.handle(command)
        for _ in range(5):
            clock.now += 0.03
            session.advance(clock.now + 0.002)
        packet = session.take_packet()
        assert packet.state != "failed"
        assert packet.version == 1 and packet.frame.iteration <= packet.reached
    session.handle(Pause())
    # The referee: the same schedule applied by hand, one iteration at a time.
    expected, step, frame = 3.0, 1.0, session.frame
    schedule = session.run.schedule
    for iteration in range(frame.iteration + 1):
        if iteration:
            expected += step
        for at, change in schedule:
            if at == iteration and isinstance(change, Edit):
                expected = change.value[0]
            elif at == iteration and isinstance(change, Retune):
                step = change.value
    if frame.moment == session.take_packet().moments - 1:
        assert value(session) == expected


def test_that_full_speed_begins_with_one_iteration_and_doubles():
    session = Session(clock=RunningClock())
    for version in (1, 2):
        session.handle(Begin(points(), Experiment("toy"), version))
        counts, advance = [], session.run.advance
        session.run.advance = lambda at, state, count, to=counts, go=advance: to.append(count) or go(at, state, count)
        session.handle(Play(None))
        session.advance(session._clock() + 0.004)
        assert counts[0] == 1 and max(counts) > 4
