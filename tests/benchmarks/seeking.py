"""Going to any frame of a long run: the command and the whole packet, raster and curves included."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure, percentiles
from projects import ENDLESS_MLP, project

from lab.data.datasets import Dataset
from lab.document.project import Experiment
from lab.protocol.commands import Begin, Frame, Pause, Play, Seek
from lab.sessions.session import Session

LAST = 1_000_000
SLICE_S = 0.05


def measure(quick: bool) -> list[Measure]:
    small = project("mlp")
    wide = {**ENDLESS_MLP, "hidden_layer_sizes": (64, 64)}
    measures = _sought("MLP 2-4-2-1", _run(small.dataset, small.experiment, 60.0), 200, "< 50", "< 200")
    run = _run(small.dataset, Experiment("mlp", wide), 8.0 if quick else 30.0)
    return measures + _sought("MLP 2-64-64-1", run, 100)


def _run(dataset: Dataset, experiment: Experiment, within_s: float) -> Session:
    """A session run at full speed to `LAST` iterations, or as far as it comes in that time."""
    session = Session()
    session.handle(Begin(dataset, experiment, 1))
    session.handle(Play(None))
    end = time.perf_counter() + within_s
    while session.run.reached < LAST and time.perf_counter() < end and session.advance(time.perf_counter() + SLICE_S):
        pass
    session.handle(Pause())
    session.take_packet()
    return session


def _sought(name: str, session: Session, times: int, median: str = "", ninety_nine: str = "") -> list[Measure]:
    """The way to `times` random frames. Targets for the median and the 99th percentile, in ms."""
    run = session.run
    random = np.random.default_rng(0)
    commands, packets, both = [], [], []
    for iteration, moment in zip(random.integers(1, run.reached + 1, times), random.integers(0, 4, times), strict=True):
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
    timeline = run.timeline
    note = (
        f"of {run.reached:,}; {np.median(commands):.1f} ms replay, {np.median(packets):.1f} ms packet; "
        f"{len(timeline.kept()):,} states, {timeline.nbytes / 2**20:.0f} MiB"
    )
    return [
        Measure(f"seek to a random frame, {name}, median of {times}", p50, "ms", median, note),
        Measure("  p99", p99, "ms", ninety_nine),
    ]
