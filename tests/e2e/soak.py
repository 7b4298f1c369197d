"""Half an hour of algorithms that change and run, in one window: does the memory stay flat?

    python -m tests.e2e.soak [--minutes 30] [--bound-mb 10]

The first third warms up: kernels are compiled, libraries imported, pictures kept. After it the median of what the
process holds in each tenth of the time must not move by more than the bound. Ends with 1 where it does.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QStandardPaths
from PySide6.QtTest import QTest

ROOT = Path(__file__).resolve().parents[2]
WARM_SHARE, PARTS = 1 / 3, 10
RUN_MS = 400
START_S = 120.0


def resident_mb() -> float:
    """What this process holds in memory, in MB; Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def soak(minutes: float) -> list[tuple[float, float]]:
    """Change algorithm, data and pane, play, step back, start over. -> (minutes, MB) after each round."""
    import models
    from lab.data.generators import generate
    from lab.document import edits, scenes
    from models.words.text import Text
    from widgets.kit.settings import Settings
    from widgets.panes.kinds import NAMES
    from widgets.window.app import make_application
    from widgets.window.main_window import MainWindow

    make_application()
    label, panes, seen = Text("other data", "다른 데이터"), list(NAMES), []
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder) / "settings.ini"), scenes.first_scene().project)
        window.show()
        window.player.start()
        _until(lambda: window.player.is_ready and window.player.is_current)
        begun, number = time.monotonic(), 0
        while time.monotonic() - begun < 60 * minutes:
            for row in models.CATALOGUE:
                number += 1
                window.edits.on_algorithm_picked(row.id)
                data = generate(("blobs", "moons")[number % 2], 300, 0.2, number % 5)
                window.document.edit(label, edits.set_dataset(window.document.project, data))
                window.bring_pane(panes[number % len(panes)])
                _until(lambda: window.player.is_current)
                window.player.set_speed(number % 6)
                window.player.play_pause()
                QTest.qWait(RUN_MS)
                window.player.pause()
                window.player.step(-1)
                QTest.qWait(RUN_MS // 4)
            window.document.undo_stack.clear()  # a history of steps is meant to grow
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            gc.collect()
            seen.append(((time.monotonic() - begun) / 60, resident_mb()))
            print(f"{seen[-1][0]:6.1f} min {seen[-1][1]:8.1f} MB", flush=True)
        window.document._saved_schedule = window.document._schedule
        window.close()
        window.player._worker.close(60.0)
    return seen


def growth_mb(seen: list[tuple[float, float]]) -> float:
    """By how much the medians of the parts after the warm-up differ at most, last against first ones."""
    whole = seen[-1][0]
    steady = [mb for at, mb in seen if at >= WARM_SHARE * whole]
    parts = [median(part) for part in np.array_split(steady, min(PARTS, len(steady))) if len(part)]
    return max(parts[len(parts) // 2 :]) - min(parts[: max(1, len(parts) // 2)])


def _until(holds) -> None:
    end = time.monotonic() + START_S
    while not holds():
        QTest.qWait(5)
        if time.monotonic() > end:
            raise TimeoutError("the worker does not answer")


def main(arguments: list[str] | None = None) -> int:
    given = argparse.ArgumentParser(prog="python -m tests.e2e.soak", description=__doc__)
    given.add_argument("--minutes", type=float, default=30.0)
    given.add_argument("--bound-mb", type=float, default=10.0)
    options = given.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    QStandardPaths.setTestModeEnabled(True)
    from lab.sessions import kernel_cache

    kernel_cache.use_cache()
    grown = growth_mb(soak(options.minutes))
    print(f"grown by {grown:.1f} MB after the warm-up, {options.bound_mb:g} MB allowed")
    return 1 if grown > options.bound_mb else 0


if __name__ == "__main__":
    sys.exit(main())
