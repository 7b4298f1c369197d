"""The real session in the real thread: whatever was asked for, a frame is what the same run gives without a thread."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.changes import Retune
from lab.commands import Apply, Begin, ClearChanges, Frame, Look, Pause, Play, Seek, Step
from lab.generators import generate
from lab.project import Experiment
from lab.run import Run
from widgets.worker import Worker

actions = st.lists(
    st.one_of(
        st.just(Play(4.0)),
        st.just(Play(None)),
        st.just(Pause()),
        st.builds(Step, st.integers(-2, 2), st.sampled_from(["moment", "iteration", "epoch"])),
        st.builds(lambda i: Seek(Frame(i, -1)), st.integers(0, 80)),
        st.builds(lambda rate: Apply(Retune("learning_rate", rate)), st.sampled_from([0.01, 0.1, 0.5])),
        st.just(ClearChanges()),
        st.just(Look(-3, 3, -3, 3, 24)),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def worker(qapp):
    made = Worker()
    answers = []
    made.ready.connect(answers.append)
    made.start()
    end = time.monotonic() + 60
    while not answers and time.monotonic() < end:
        qapp.processEvents()
        time.sleep(0.01)
    assert answers
    yield made
    assert made.close()


VERSION = iter(range(1, 10**6))


def at_rest(worker, qapp, version: int):
    """The last packet of this version once nothing more comes."""
    last, quiet = None, time.monotonic()
    end = quiet + 20
    while time.monotonic() < end and (last is None or last.state == "playing" or time.monotonic() - quiet < 0.08):
        packet = worker.take()
        if packet is not None:
            if packet.version == version:
                last = packet
            quiet = time.monotonic()
        qapp.processEvents()
        time.sleep(0.002)
    assert last is not None and last.state != "playing"
    return last


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=actions, algorithm=st.sampled_from(["perceptron", "mlp", "kmeans"]))
def test_that_a_frame_of_the_thread_is_a_frame_of_the_run(worker, qapp, asked, algorithm):
    dataset = generate("xor" if algorithm == "mlp" else "blobs", n=60, seed=3)
    experiment = Experiment(algorithm, seed=5, train_share=0.7)
    version = next(VERSION)
    worker.post(Begin(dataset, experiment, version))
    for command in asked:
        if algorithm == "kmeans" and isinstance(command, Apply):
            continue
        worker.post(command)
        time.sleep(0.003)
    worker.post(Pause())
    worker.post(Seek(Frame(17, -1)))
    packet = at_rest(worker, qapp, version)
    assert packet.state in ("idle", "past", "paused", "finished")
    assert packet.frame.iteration == min(17, packet.end if packet.end is not None else 17)
    alone = Run(dataset, experiment.replace(schedule=packet.schedule))
    alone.begin()
    alone.advance(0, alone.state_after(0), packet.frame.iteration)
    state = alone.state_after(packet.frame.iteration)
    assert alone.metrics(packet.frame.iteration, state) == packet.metrics
