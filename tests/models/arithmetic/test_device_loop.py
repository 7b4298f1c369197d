"""Loops of steps on a device: put together from few launches, the same wherever they cannot be recorded."""

from __future__ import annotations

import logging
import weakref

import pytest
import torch

from models.arithmetic.device_loop import LENGTHS, DeviceLoop, lengths_within, recorder_for


class Rehearsal:
    """Stands in for CUDA graphs on the CPU: rehearses as a recording does, and counts recordings and launches."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.recorded, self.launched, self._fails_at = 0, 0, fails_at

    def record(self, work, rewind):
        for _ in range(3):
            rewind()
            work()
        if self.recorded == self._fails_at:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.recorded += 1

        def launch():
            self.launched += 1
            work()

        return launch


class Walk:
    """x becomes 0.5 x + the number of the step: whatever is done twice, left out or out of turn shows."""

    def __init__(self) -> None:
        self.x, self.step = torch.ones(3, dtype=torch.float64), torch.zeros((), dtype=torch.int64)
        self.most = 0

    def work(self, count: int) -> None:
        self.most = max(self.most, count)
        for _ in range(count):
            self.x.mul_(0.5).add_(self.step)
            self.step.add_(1)

    def loop(self, recorder, lengths=LENGTHS) -> DeviceLoop:
        return DeviceLoop(self.work, (self.x, self.step), recorder, lengths)


def expected(steps: int) -> float:
    x = 1.0
    for step in range(steps):
        x = 0.5 * x + step
    return x


@pytest.mark.parametrize("steps", [0, 1, 3, 4, 85, 500])
@pytest.mark.parametrize("has_graphs", [False, True])
def test_that_any_number_of_steps_is_done_once_each(steps, has_graphs):
    walk = Walk()
    walk.loop(Rehearsal() if has_graphs else None).run(steps)
    assert int(walk.step) == steps
    assert walk.x.tolist() == [expected(steps)] * 3


def test_that_many_steps_are_few_launches_and_every_length_is_recorded_once():
    walk, graphs = Walk(), Rehearsal()
    loop = walk.loop(graphs)
    loop.run(6400)
    assert (graphs.recorded, graphs.launched) == (1, 100)
    for _ in range(3):
        loop.run(25)  # 16 + 4 + 4 + 1
    assert (graphs.recorded, graphs.launched) == (4, 100 + 3 * 4)
    assert int(walk.step) == 6475 and loop.is_recording


def test_that_a_recording_leaves_what_changes_as_it_was():
    walk = Walk()
    walk.loop(Rehearsal()).run(1)
    assert int(walk.step) == 1 and walk.x.tolist() == [0.5] * 3


@pytest.mark.parametrize("fails_at", [0, 1])
def test_that_what_cannot_be_recorded_runs_step_by_step_with_the_same_results(fails_at, caplog):
    walk, graphs = Walk(), Rehearsal(fails_at)
    loop = walk.loop(graphs)
    with caplog.at_level(logging.WARNING):
        loop.run(21)
    assert int(walk.step) == 21 and walk.x.tolist() == [expected(21)] * 3
    assert not loop.is_recording and len(caplog.records) == 1 and "not permitted" in caplog.text
    loop.run(64)
    assert int(walk.step) == 85 and walk.x.tolist() == [expected(85)] * 3
    assert graphs.recorded == fails_at


def test_that_an_error_of_the_device_reaches_the_caller():
    class Lost(Rehearsal):
        def record(self, work, rewind):
            super().record(work, rewind)

            def launch():
                raise torch.AcceleratorError("CUDA error: unspecified launch failure")

            return launch

    with pytest.raises(RuntimeError, match="launch failure"):
        Walk().loop(Lost()).run(1)


def test_that_an_error_in_the_work_itself_is_not_hidden_by_the_way_without_graphs():
    def work(count):
        raise torch.OutOfMemoryError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        DeviceLoop(work, (), Rehearsal()).run(1)


def test_that_recordings_go_with_the_loop_at_once():
    walk, graphs = Walk(), Rehearsal()
    loop = walk.loop(graphs)
    loop.run(5)
    gone = weakref.ref(next(iter(loop._launches.values())))
    del loop
    assert gone() is None


def test_that_long_blocks_are_left_out_where_a_step_is_large():
    assert lengths_within(10**6) == LENGTHS
    assert lengths_within(17) == (16, 4, 1)
    assert lengths_within(0) == (1,)
    walk, graphs = Walk(), Rehearsal()
    walk.loop(graphs, lengths_within(5)).run(23)
    assert int(walk.step) == 23 and walk.most == 4


def test_that_the_cpu_records_nothing():
    assert recorder_for(torch.device("cpu")) is None


# -- on a real device ------------------------------------------------------------------------------------------------


@pytest.fixture
def cuda():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA on this computer")
    return torch.device("cuda", 0)


class WalkOnDevice(Walk):
    def __init__(self, device) -> None:
        super().__init__()
        self.x, self.step = self.x.to(device), self.step.to(device)


@pytest.mark.gpu
def test_that_a_real_graph_does_what_the_steps_do(cuda):
    walk, plain = WalkOnDevice(cuda), WalkOnDevice(cuda)
    loop = walk.loop(recorder_for(cuda))
    for count in (1, 85, 500):
        loop.run(count)
        plain.loop(None).run(count)
    assert loop.is_recording and len(loop._launches) == len(LENGTHS)
    assert walk.x.tolist() == plain.x.tolist() and int(walk.step) == 586


@pytest.mark.gpu
def test_that_a_step_that_reads_a_value_is_not_recorded_but_done(cuda):
    walk = WalkOnDevice(cuda)

    def work(count):
        for _ in range(count):
            walk.x.mul_(0.5).add_(float(walk.step))
            walk.step.add_(1)

    loop, stream = DeviceLoop(work, (walk.x, walk.step), recorder_for(cuda)), torch.cuda.current_stream(cuda)
    loop.run(21)
    assert not loop.is_recording and torch.cuda.current_stream(cuda) == stream
    assert walk.x.tolist() == [expected(21)] * 3
    torch.cuda.synchronize(cuda)


@pytest.mark.gpu
def test_that_the_memory_of_graphs_is_given_back(cuda):
    def in_use():
        torch.cuda.synchronize(cuda)
        torch.cuda.empty_cache()
        return torch.cuda.memory_reserved(cuda)

    x = torch.ones(2**20, device=cuda)

    def work(count):
        for _ in range(count):
            x.mul_(0.5).add_(x.exp().sin())

    DeviceLoop(work, (x,), recorder_for(cuda)).run(5)  # what libraries keep for good is made here
    before = in_use()
    loop = DeviceLoop(work, (x,), recorder_for(cuda))
    loop.run(5)
    assert loop.is_recording and in_use() > before
    del loop
    assert in_use() == before
