"""A loop of steps on an accelerator, launched as few times as possible.

A step of a small network is some two dozen operations on tensors. The device is done with each in about a microsecond;
to launch one from Python takes several. CUDA can record a run of operations once, as a graph, and launch it as a
whole. So the steps are recorded in blocks of a few lengths, and a loop of any number of steps is put together from
these. Devices without graphs do the same blocks operation by operation.

A graph repeats addresses, not Python. What is recorded therefore keeps to these rules:
- it works on tensors that were made before and stay where they are; what changes from step to step (which rows are
  next, how many steps are done) is a tensor, too, which the block itself moves on;
- it reads nothing back (no .item(), .cpu(), `if tensor`), and no shape depends on a value;
- what it makes on the way is for itself alone: the memory of one block is used again by the next.
Source: "CUDA Graphs" in the notes of the PyTorch documentation.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import torch

LENGTHS = (64, 16, 4, 1)  # steps in a block: an epoch of a few dozen mini-batches takes a handful of launches
_WARM_UPS = 3  # as the documentation has it: libraries make their workspaces, and load their kernels, at first use

log = logging.getLogger(__name__)


class Recorder(Protocol):
    def record(self, work: Callable[[], None], rewind: Callable[[], None]) -> Callable[[], None]:
        """What does the same as `work` at every call, launched as a whole. `work` may be called on the way, any number
        of times, with `rewind` before each. Raises RuntimeError when it cannot be recorded."""
        ...


class CudaGraphs:
    """Records on one CUDA (or ROCm) device. All graphs of a recorder share one pool of memory, since they never run at
    the same time; it is given back when the last of them goes."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], None], rewind: Callable[[], None]) -> Callable[[], None]:
        graph, side = torch.cuda.CUDAGraph(), _side_stream(self._device)
        with torch.cuda.device(self._device):
            current = torch.cuda.current_stream()
            side.wait_stream(current)
            try:
                # A capture that fails leaves its stream behind as the current one; the outer context takes it away.
                with torch.cuda.stream(side):
                    for _ in range(_WARM_UPS):
                        rewind()
                        work()
                    # Other threads may allocate meanwhile: only what this one does belongs to the capture.
                    with torch.cuda.graph(graph, pool=self._pool, stream=side, capture_error_mode="thread_local"):
                        work()
            finally:
                current.wait_stream(side)
        return graph.replay


@functools.cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream for all recordings on a device: cuBLAS keeps a workspace of some megabytes for every stream."""
    return torch.cuda.Stream(device)


def recorder_for(device: torch.device) -> Recorder | None:
    """What records on this device, or None where operations are launched one by one."""
    return CudaGraphs(device) if device.type == "cuda" else None


class DeviceLoop:
    """`work(count)` does `count` steps and keeps to the rules above; `run` does any number of them.

    changed: every tensor from which a step takes what an earlier one left; a recording leaves them as they were.
    Where recording fails, the steps run operation by operation, with the same results. `work` must not refer to this
    loop: without a cycle, graphs and their memory go as soon as the last reference to the loop does.
    """

    def __init__(
        self,
        work: Callable[[int], None],
        changed: Sequence[torch.Tensor],
        recorder: Recorder | None,
        lengths: Sequence[int] = LENGTHS,
    ) -> None:
        self._work, self._changed, self._recorder, self._lengths = work, tuple(changed), recorder, tuple(lengths)
        self._launches: dict[int, Callable[[], None]] = {}

    @property
    def is_recording(self) -> bool:
        """Whether blocks are launched as graphs; False where that is not possible or has failed."""
        return self._recorder is not None

    def run(self, steps: int) -> None:
        """Do `steps` steps: the longest blocks first. Returns when they are launched; the device may still be busy.

        Raises RuntimeError when the device fails.
        """
        for length in self._lengths:
            blocks, steps = divmod(steps, length)
            for _ in range(blocks):
                self._launch_of(length)()

    def _launch_of(self, length: int) -> Callable[[], None]:
        if length not in self._launches:
            work = functools.partial(self._work, length)
            self._launches[length] = work if self._recorder is None else self._recorded(work)
        return self._launches[length]

    def _recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        before = [tensor.clone() for tensor in self._changed]

        def rewind() -> None:
            for tensor, values in zip(self._changed, before, strict=True):
                tensor.copy_(values)

        try:
            return self._recorder.record(work, rewind)
        except RuntimeError as error:  # out of memory is one of these
            log.warning("steps are launched one by one, since recording them failed: %s", error)
            self._recorder = None
            return work
        finally:
            rewind()


class OnHost:
    """The host's side of a tensor on a device: numbers are written to `host` and sent up, or brought down and read there,
    a stretch of places along the first axis in one copy.

    Where the device is CUDA the memory is pinned, so that a copy up is not waited for. It must not be written again
    before the device has come so far; a copy down waits for that.
    """

    def __init__(self, there: torch.Tensor, filled_with: float = 0) -> None:
        self._there, self._is_pinned = there, there.device.type == "cuda"
        self._here = torch.full(there.shape, filled_with, dtype=there.dtype, pin_memory=self._is_pinned)
        self.host = self._here.numpy()

    def send(self, last: int) -> None:
        """Up to, and without, place `last`."""
        self._there[:last].copy_(self._here[:last], non_blocking=self._is_pinned)

    def fetch(self, first: int, last: int) -> None:
        self._here[first:last].copy_(self._there[first:last])


def lengths_within(most: int) -> tuple[int, ...]:
    """The block lengths of at most `most` steps, and 1 in any case: long blocks of large steps save nothing, and hold
    memory for every step."""
    return tuple(length for length in LENGTHS if length <= max(1, most))
