"""From a seek to its coarse picture and to the fine one: the session driven as the worker drives it, without a window."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure
from projects import ENDLESS_MLP, project

from lab.data.generators import generate
from lab.document.project import Experiment
from lab.protocol.commands import Begin, Frame, Look, Seek
from lab.protocol.packet import Packet
from lab.sessions.session import Session
from models.core.marks import Field

SCREEN = (900, 600)  # the plane in pixels
SLICE_S, BREATH_S = 0.004, 0.0002  # as in widgets/playing/worker.py
GIVEN_UP_S = 3.0


def measure(quick: bool) -> list[Measure]:
    many, few = (3, 9) if quick else (7, 21)
    wide = {**ENDLESS_MLP, "hidden_layer_sizes": (512, 512)}
    rows = (
        ("MLP 2-4-2-1", _of("mlp"), few, "< 100"),
        ("KNN, 500 points", _of("knn"), few, "< 100"),
        ("KNN, 50,000 points", _of("knn", 50_000), many, "< 100"),
        ("K-means, 500 points", _of("kmeans"), few, "< 100"),
        ("MLP 2-512-512-1", (generate("moons", n=500), Experiment("mlp", wide)), many, ""),
    )
    measures = []
    for name, (dataset, experiment), times, target in rows:
        coarse, fine, longest, cells = zip(*(_refined(dataset, experiment, i) for i in range(times)), strict=True)
        first, last = cells[-1]
        note = f"{first} cells at once, then {last}" if last != first else f"{last} cells at once"
        measures += [
            Measure(f"{name}: the fine surface after a seek, median of {times}", _ms(fine), "ms", target, note),
            Measure("  the first picture", _ms(coarse), "ms"),
            Measure("  longest slice while it becomes fine", _ms(longest), "ms"),
        ]
    return measures


def _of(algorithm: str, n: int = 500) -> tuple:
    it = project(algorithm, n)
    return it.dataset, it.experiment


def _ms(seconds: tuple[float, ...]) -> float:
    return float(np.median(seconds)) * 1000


_sessions: dict[int, Session] = {}


def _refined(dataset, experiment, turn: int) -> tuple[float, float, float, tuple[str, str]]:
    """(seconds to the first picture, to the fine one, longest slice between them, the cells of both)."""
    session = _sessions.get(id(dataset))
    if session is None:
        session = _sessions[id(dataset)] = Session()
        x0, x1, y0, y1 = dataset.view
        session.handle(Look(x0, x1, y0, y1, 120, *SCREEN))
        session.handle(Begin(dataset, experiment, 1))
        session.take_packet()
        session.handle(Seek(Frame(12, -1)))
        while session.advance(time.perf_counter() + SLICE_S):
            pass
        session.take_packet()
    if experiment.algorithm == "knn":  # its surface is the same at every frame: another look makes it anew
        x0, x1, y0, y1 = dataset.view
        asked = Look(x0, x1 + 0.01 * (turn + 1), y0, y1, 120, *SCREEN)
    else:
        asked = Seek(Frame(1 + turn % min(12, session.run.reached), -1))
    begun = time.perf_counter()
    session.handle(asked)
    packet = session.take_packet()
    coarse = fine = time.perf_counter() - begun
    first = last = _cells(packet)
    longest = 0.0
    while (due := session.next_due()) is not None and time.perf_counter() - begun < GIVEN_UP_S:
        now = time.perf_counter()
        time.sleep(max(BREATH_S, due - now))
        now = time.perf_counter()
        is_done = session.refine(now + SLICE_S)
        longest = max(longest, time.perf_counter() - now)
        if is_done:
            last = _cells(session.take_packet())
            fine = time.perf_counter() - begun
    return coarse, fine, longest, (first, last)


def _cells(packet: Packet) -> str:
    """The surface's raster, "columns x rows"."""
    field = next(mark for mark in packet.picture.marks if isinstance(mark, Field))
    rows, columns = (field.levels if field.shares is None else field.shares).shape[:2]
    return f"{columns} x {rows}"
