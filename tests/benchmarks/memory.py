"""Whether memory stays where it is while a run goes on at full speed in the window: five minutes of it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
from measures import Measure
from projects import project
from stage import Stage


def resident_mb() -> float:
    """Memory that this process holds, in MB; nan where the system does not say so in a file."""
    if not sys.platform.startswith("linux"):
        return float("nan")
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(quick: bool) -> list[Measure]:
    seconds, settling = (15.0, 5.0) if quick else (300.0, 15.0)
    stage = Stage(project("mlp"))
    try:
        stage.play()
        begun, times, sizes = time.perf_counter(), [], []
        while (now := time.perf_counter() - begun) < seconds:
            stage.run_for(0.25)
            times.append(now)
            sizes.append(resident_mb())
        reached, runs = stage.player.packet.reached, stage.runs
    finally:
        stage.close()
    at, size = np.array(times), np.array(sizes)
    settled = float(np.median(size[(at >= settling - 2) & (at < settling + 2)]))
    last = float(np.median(size[at >= seconds - 3]))
    note = (
        f"from {settled:.0f} to {last:.0f} MB, worst {size[at >= settling].max():.0f}; iteration {reached:,}, "
        f"{runs} restarts" + ("; --quick is too short to tell a slow leak" if quick else "")
    )
    return [
        Measure(
            f"memory growth, MLP, full speed, {settling:.0f} s to {seconds:.0f} s", last - settled, "MB", "< 10", note
        )
    ]
