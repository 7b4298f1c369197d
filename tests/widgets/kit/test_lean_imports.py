"""Imports made lighter: everything is there, and it is the real thing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyqtgraph as pg

ROOT = Path(__file__).resolve().parents[3]


def told_by(program: str) -> object:
    """What a fresh process prints as JSON."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_that_pyqtgraph_has_every_name_of_qt_and_the_same_thing_under_it():
    program = """
import json
import widgets
import pyqtgraph
from PySide6 import QtCore, QtGui, QtWidgets
pairs = [(pyqtgraph.QtCore, QtCore), (pyqtgraph.QtGui, QtGui), (pyqtgraph.QtWidgets, QtWidgets)]
missing = []
for mirror, of in pairs:
    names = [name for name in dir(of) if not name.startswith("_") and "." not in name]
    missing += [name for name in names if getattr(mirror, name, None) is not getattr(of, name)]
try:
    pyqtgraph.QtCore.QNothingOfTheKind
except AttributeError:
    print(json.dumps([type(pyqtgraph.QtCore).__name__, missing]))
"""
    assert told_by(program) == ["_Mirror", []]


def test_that_a_plot_works_with_what_is_left(qtbot):
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.plot([0.0, 1.0, 2.0], [0.0, 1.0, 0.0], pen="r")
    plot.addItem(pg.ScatterPlotItem([0.5], [0.5]))
    plot.addItem(pg.InfiniteLine(1.0))
    plot.resize(200, 200)
    plot.show()
    qtbot.waitExposed(plot)
    image = plot.grab().toImage()
    assert len({image.pixelColor(x, y).name() for x in range(0, 200, 2) for y in range(0, 200, 2)}) > 2


def test_that_pyside_reads_no_source_of_a_module_that_is_imported():
    program = """
import json, linecache
import widgets
linecache.clearcache()
import numba
print(json.dumps(sorted(name for name in linecache.cache if "numba" in name)))
"""
    assert told_by(program) == []


def test_that_a_pyqtgraph_that_is_there_already_is_left_as_it_is():
    program = """
import json
import pyqtgraph
before = pyqtgraph.QtCore
import widgets
from widgets.stages.plane.plane_view import PlaneView
print(json.dumps(before is pyqtgraph.QtCore))
"""
    assert told_by(program) is True
