"""How the program opens: what is imported when the first picture is painted, when that is, and closing right then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measures import Measure

_HERE = Path(__file__).resolve().parent
_ROUNDS, _QUICK_ROUNDS = 7, 5

EMPTY = """
import os, sys, time
from PySide6.QtCore import QObject, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph as pg
app = QApplication([])
window = QMainWindow()
plot = pg.PlotWidget()
window.setCentralWidget(plot)
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            plot.viewport().removeEventFilter(self)
            QTimer.singleShot(0, tell)
        return False
def tell():
    print('{"painted": %r}' % time.monotonic(), flush=True)
    app.quit()
painted = Painted()
plot.viewport().installEventFilter(painted)
window.resize(1280, 720)
window.show()
app.exec()
"""

OURS = """
import gc, json, os, sys, time
gc.disable()  # as main.py does
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
from PySide6.QtCore import QEvent, QObject, QStandardPaths, QTimer
QStandardPaths.setTestModeEnabled(True)
import widgets.window.app as app
HEAVY = ("torch", "numba", "sklearn", "models.algorithms.perceptron.learner", "models.algorithms.mlp.learner", "models.algorithms.knn.learner", "models.algorithms.kmeans.learner", "models.algorithms.pca.learner")
facts, kept = {}, []
def tell():
    facts["painted"] = time.monotonic()
    window = kept[0]
    window.player.ready.connect(ready)
    if CLOSES:
        QTimer.singleShot(300, close)
def ready(devices):
    facts["ready"] = time.monotonic()
    if not CLOSES:
        QTimer.singleShot(0, close)
def close():
    facts["is_ready"] = kept[0].player.is_ready
    facts["closing"] = time.monotonic()
    print(json.dumps(facts), flush=True)
    kept[0].close()
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            facts["imported"] = [name for name in HEAVY if name in sys.modules]
            facts["worker"] = kept[0].player._worker.is_running
            QTimer.singleShot(0, tell)
        return False
painted = Painted()
make_window = app.make_window
def watched(*arguments):
    window = make_window(*arguments)
    kept.append(window)
    window.plane._canvas.viewport().installEventFilter(painted)
    return window
app.make_window = watched
sys.exit(app.main(()))
"""


def _child(program: str) -> dict:
    """Run a program and read what it tells; `start` and `end` are added, on the same clock."""
    with tempfile.TemporaryDirectory() as home:
        # A person's own settings stay out of it, and so does what an earlier round has stored. Python keeps what it has
        # compiled, as it does for people: the round that is not counted writes it.
        own = {"XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "HOME": home}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, **own}, cwd=_HERE.parents[1], capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        ended = time.monotonic()
    if not done.stdout.strip():
        raise RuntimeError(f"the program told nothing (exit {done.returncode}):\n{done.stderr[-2000:]}")
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "start": begun, "end": ended, "code": done.returncode}


def measure(quick: bool) -> list[Measure]:
    rounds = _QUICK_ROUNDS if quick else _ROUNDS
    _child("CLOSES = False\n" + OURS)  # reads everything from the disk once
    _child(EMPTY)
    empty, ours, ready, closing = [], [], [], []
    imported: set[str] = set()
    is_early = False
    still_importing = True
    for _ in range(rounds):
        told = _child(EMPTY)
        empty.append(told["painted"] - told["start"])
        told = _child("CLOSES = True\n" + OURS)
        ours.append(told["painted"] - told["start"])
        imported |= set(told["imported"])
        is_early |= told["worker"]
        closing.append(told["end"] - told["closing"])
        still_importing &= not told["is_ready"]
    for _ in range(3 if quick else 5):
        told = _child("CLOSES = False\n" + OURS)
        ready.append(told["ready"] - told["start"])
    note = ", ".join(sorted(imported)) + " imported by then" if imported else "nor numba, scikit-learn, an algorithm"
    first, bare = float(np.median(ours)), float(np.median(empty))
    return [
        Measure("first picture painted before torch is imported", not imported, target="yes", note=note),
        Measure("worker started only after the first picture", not is_early, target="yes"),
        Measure("process start to first picture", first, "s", "< 1.5", f"median of {rounds}"),
        Measure("  the same, empty PySide6 + pyqtgraph window", bare, "s"),
        Measure("  ratio", float(np.median(np.array(ours) / np.array(empty))), "times", "< 1.3"),
        Measure("process start to ready to play", float(np.median(ready)), "s", note="torch and all algorithms imported"),
        Measure(
            "close while the worker imports, to the process's end", max(closing), "s", "< 2",
            "worst; " + ("was importing each time" if still_importing else "was sometimes ready already"),
        ),
    ]  # fmt: skip
