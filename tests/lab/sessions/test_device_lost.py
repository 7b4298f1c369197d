"""A device that fails while it learns: the run goes on on the CPU and says so. Torch's "meta" device stands in for the
accelerator: operations have shapes there and no values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lab.data.datasets import Dataset
from lab.document.project import Experiment
from lab.protocol.commands import Begin, Step
from lab.sessions.session import Session
from models.arithmetic import device_loop


class FailingGraphs:
    """Records, and then loses the device, or runs out of memory on the way."""

    def __init__(self, in_recording: bool) -> None:
        self.in_recording, self.asked = in_recording, 0

    def record(self, work, rewind):
        self.asked += 1
        rewind()
        work()
        if self.in_recording:
            raise torch.OutOfMemoryError("CUDA out of memory")

        def launch():
            raise torch.AcceleratorError("CUDA error: unspecified launch failure")

        return launch


def stepped(dataset: Dataset, experiment: Experiment, steps: list[int]) -> Session:
    """A session after steps of so many iterations."""
    session = Session()
    session.handle(Begin(dataset, experiment, version=1))
    for count in steps:
        session.handle(Step(count, "iteration"))
        while session.advance(session._clock() + 0.01):
            pass
    return session


@pytest.mark.parametrize("in_recording", [False, True])
@pytest.mark.parametrize("algorithm", ["mlp", "perceptron", "logistic_regression", "linear_regression"])
def test_that_a_run_whose_device_fails_goes_on_on_the_cpu_and_says_so(algorithm, in_recording, monkeypatch):
    graphs = FailingGraphs(in_recording)
    monkeypatch.setattr(device_loop, "recorder_for", lambda device: graphs)
    random = np.random.default_rng(1)
    features = random.normal(0, 1, (40, 2))
    classes = (features[:, 0] + 0.5 * random.normal(size=40) > 0).astype(np.int64)
    dataset = Dataset("clouds", ("x", "y"), features, classes, ("A", "B"))
    settings = {"method": "gradient_descent"} if algorithm == "linear_regression" else {}
    session = stepped(dataset, Experiment(algorithm, settings, seed=3, device="meta:0"), [5, 5, 5])
    lost, state, frame = session.take_packet(), session.moment.state, session.frame
    assert graphs.asked == 1 and lost.device == "cpu"
    assert "CPU" in lost.notice.say("ko") and "meta:0" in lost.notice.say("en")
    # The step that failed is taken back to the last keyframe, so the run is behind, but on the way of the CPU's.
    assert 0 < frame.iteration <= 15
    on_cpu = stepped(dataset, Experiment(algorithm, settings, seed=3), [frame.iteration])
    assert on_cpu.frame == frame and on_cpu.moment.state.same_as(state)
