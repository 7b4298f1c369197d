"""The real session in the real thread: whatever was asked for, a frame is what the same run gives without a thread."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.composing.surfaces import evaluate_field
from lab.data.generators import generate
from lab.document.changes import Retune
from lab.document.project import Experiment
from lab.protocol.commands import Apply, Begin, ClearChanges, Frame, Look, Pause, Play, Seek, Step
from lab.running.run import Run
from models.core.marks import Field
from widgets.playing.worker import Worker

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


def asked_of(worker, qapp, job):
    """What job(session) answers in the worker, after everything that was posted before it."""
    answers, ticket = {}, next(VERSION)

    def keep(number, result, error):
        answers[number] = (result, error)

    worker.answered.connect(keep)
    end = time.monotonic() + 60  # kernels may be compiled first
    worker.ask(ticket, job)
    while ticket not in answers and time.monotonic() < end:
        qapp.processEvents()
        time.sleep(0.002)
    worker.answered.disconnect(keep)
    result, error = answers[ticket]
    assert error is None
    return result


def at_rest(worker, qapp, version: int):
    """The last packet of this version once nothing more comes."""
    last, is_quiet, end = None, False, time.monotonic() + 60
    while not is_quiet and time.monotonic() < end:
        is_quiet = asked_of(worker, qapp, lambda session: session.state != "playing" and not session.has_news())
        packet = worker.take()
        if packet is not None and packet.version == version:
            last = packet
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


@pytest.mark.parametrize("algorithm", ["mlp", "knn", "kmeans"])
def test_that_the_last_picture_before_rest_is_the_fine_one(worker, qapp, algorithm):
    dataset, version = generate("moons", n=80, seed=3), next(VERSION)
    look = Look(-3.0, 3.0, -2.0, 2.0, 60, 300, 200)
    worker.post(look)
    worker.post(Begin(dataset, Experiment(algorithm, seed=5), version))
    worker.post(Play(None))
    time.sleep(0.05)
    worker.post(Seek(Frame(2, -1)))
    packets = []
    end = time.monotonic() + 60
    while time.monotonic() < end and not (packets and cells(packets[-1]) > 60):
        packet = worker.take()
        if packet is not None and packet.version == version:
            packets.append(packet)
        qapp.processEvents()
        time.sleep(0.002)
    last = packets[-1]
    assert last.frame.iteration == 2 and last.state != "playing"
    run = Run(dataset, Experiment(algorithm, seed=5))
    run.begin()
    run.advance(0, run.state_after(0), 2)
    mark = next(mark for mark in last.picture.marks if isinstance(mark, Field))
    fine = dataclasses.replace(look, cells=cells(last))  # 120, or less on a machine that is busy
    blank = dataclasses.replace(mark, shares=None, boundary=())
    alone = evaluate_field(blank, run.learner, run.state_after(2), run.problem, fine)
    np.testing.assert_allclose(mark.shares, alone.shares, rtol=1e-4, atol=1e-5)
    time.sleep(0.2)
    assert worker.take() is None
    worker.post(Look(-3, 3, -3, 3, 24))


def cells(packet) -> int:
    """Cells of the surface along its longer side, 0 without one."""
    return max((max(mark.shares.shape[:2]) for mark in packet.picture.marks if isinstance(mark, Field)), default=0)
