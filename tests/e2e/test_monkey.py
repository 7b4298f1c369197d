"""The monkey's short form: a hundred and fifty actions in a process of their own, and a monkey that does see faults."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.e2e import monkey

PLANTED = """
import sys
from tests.e2e import monkey
from widgets.window.main_window import MainWindow
{fault}
sys.exit(monkey.do_one(3, 25, float("inf")))
"""
FAULTS = {
    "an exception": (
        "before = MainWindow.change_speed\n"
        "def broken(self, by): raise ValueError('planted')\n"
        "MainWindow.on_told = lambda self: broken(self, 1)",
        "ValueError: planted",
    ),
    "a point that is not shown": (
        "from widgets.stages.plane.painters.data import DataLayer\n"
        "redraw = DataLayer.redraw\n"
        "def broken(self):\n"
        "    redraw(self)\n"
        "    for item in list(self._items.values())[:1]: item.xy = item.xy[1:]\n"
        "DataLayer.redraw = broken",
        "points are shown, there are",
    ),
    "a warning of Qt": (
        "from PySide6.QtGui import QPainter\n"
        "MainWindow.on_told = lambda self: QPainter().end()",
        "Qt warned",
    ),
}  # fmt: skip


def test_that_a_monkey_breaks_nothing():
    done, found = monkey.run(7, 150, 240.0)
    assert not found, found
    assert done == 150


@pytest.mark.parametrize("fault", FAULTS)
def test_that_it_sees_a_planted_fault(fault):
    code, sign = FAULTS[fault]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(monkey.ROOT), "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", PLANTED.format(fault=code)], cwd=monkey.ROOT, env=environment,
                         capture_output=True, text=True, encoding="utf-8", timeout=240)  # fmt: skip
    found = monkey.finding(3, ran.returncode, ran.stdout.splitlines())
    assert ran.returncode == 1 and "FOUND at seed 3" in found and sign in found, ran.stdout[-2000:] + ran.stderr[-2000:]


def test_that_a_process_that_dies_is_a_finding_with_its_last_actions():
    lines = [f"{k} press_a_key Key_Space" for k in range(40)] + ["40 resize Fatal Python error: Segmentation fault"]
    found = monkey.finding(5, -11, lines)
    assert found.splitlines()[0] == "seed 5 ended with -11"
    assert "40 resize" in found and "Fatal Python error" in found and "39 press_a_key" in found
    assert "2 press_a_key Key_Space" not in found.splitlines()
    assert monkey.finding(5, 0, lines) == "" and "hangs" in monkey.finding(5, None, lines)
