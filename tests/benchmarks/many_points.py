"""Fifty thousand loaded points: how the plane pans and how K-means plays."""

from __future__ import annotations

import time

import numpy as np
from measures import Measure, percentiles
from projects import MAXIMUM, NORMAL, loaded
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import Stage

from lab.document.project import Experiment, Project, View

N = 50_000


def measure(quick: bool) -> list[Measure]:
    seconds = 2.0 if quick else 5.0
    begun = time.perf_counter()
    data = loaded(N)
    reading = time.perf_counter() - begun
    it = Project(data, (Experiment("kmeans", {"n_clusters": 5}),), View(MAXIMUM))
    stage = Stage(it)
    try:
        stage.run_for(0.5)
        rows = [_pan(stage, 15 if quick else 40, "before the run")]
        for name, speed in (("full speed", MAXIMUM), ("normal speed", NORMAL)):
            stage.open(it.replace(view=View(speed)))
            stage.play()
            stage.run_for(0.5)
            stage.reset_counts()
            late = stage.lateness(seconds)
            p50, p99 = percentiles(late, 50, 99)
            note = f"timer lateness p50 {p50:.0f}, p99 {p99:.0f} ms; {stage.runs} runs ended"
            target = ">= 10" if speed == MAXIMUM else ""
            rows.append(Measure(f"  K-means plays, {name}", len(stage.shown) / seconds, "frames/s", target, note))
            stage.pause()
        rows.append(_pan(stage, 15 if quick else 40, "with the run on screen"))
        sample, is_said = stage.window.plane._data.sampled, bool(stage.window.plane._legend._words.text())
    finally:
        stage.close()
    said = f"a seeded sample of {sample[0]:,} of {sample[1]:,} is drawn" if sample else "all points are drawn"
    rows.insert(0, Measure(f"{N:,} points loaded from CSV and read", reading, "s", note=said))
    rows.insert(1, Measure("  a sample is drawn, and the plane says so", sample is not None and is_said, target="yes"))
    return rows


def _pan(stage: Stage, steps: int, when: str) -> Measure:
    """Drag the plane with the middle button, and paint after every move."""
    viewport = stage.window.plane._canvas.viewport()
    at = QPoint(viewport.width() // 2, viewport.height() // 2)
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, pos=at)
    times = []
    for i in range(steps):
        begun = time.perf_counter()
        QTest.mouseMove(viewport, at + QPoint(3 * (i % 20), 2 * (i % 20)))
        viewport.repaint()
        times.append((time.perf_counter() - begun) * 1000)
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, pos=at)
    stage.run_for(0.4)
    note = f"p95 {np.percentile(times, 95):.0f}; {when}"
    return Measure("  pan by one step and repaint", float(np.median(times)), "ms", "< 50", note)
