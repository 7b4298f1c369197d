"""Going to any frame of a long run: the command and the whole packet, raster and curves included."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure, percentiles
from projects import project

from lab.commands import Begin, Frame, Seek
from lab.session import Session

LAST = 100_000


def measure(quick: bool) -> list[Measure]:
    it = project("mlp")
    session = Session()
    session.handle(Begin(it.dataset, it.experiment, 1))
    session.handle(Seek(Frame(LAST, -1)))
    while session.advance(time.perf_counter() + 0.05):
        pass
    reached = session.run.reached
    session.take_packet()
    random = np.random.default_rng(0)
    commands, packets, both = [], [], []
    for iteration, moment in zip(random.integers(1, reached + 1, 200), random.integers(0, 4, 200), strict=True):
        frame = Frame(int(iteration), int(moment))
        begun = time.perf_counter()
        session.handle(Seek(frame))
        middle = time.perf_counter()
        packet = session.take_packet()
        end = time.perf_counter()
        if packet.frame != frame:
            raise RuntimeError(f"sought {frame}, shown {packet.frame}")
        commands.append((middle - begun) * 1000)
        packets.append((end - middle) * 1000)
        both.append((end - begun) * 1000)
    p50, p99 = percentiles(both, 50, 99)
    note = f"of {reached:,}; {np.median(commands):.1f} ms replay, {np.median(packets):.1f} ms packet"
    return [
        Measure("seek to a random frame, MLP, median of 200", p50, "ms", "< 20", note),
        Measure("  p99", p99, "ms"),
    ]
