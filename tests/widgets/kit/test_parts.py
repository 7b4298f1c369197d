"""No Python object is made for what Qt has made inside a control: PySide keeps some for ever, and frees others too soon."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QTableView,
    QWidget,
)

from widgets.kit.parts import parts
from widgets.panes.kinds import NAMES
from widgets.panes.panes import Panes

WIDGETS = Path(__file__).resolve().parents[3] / "widgets"


@pytest.mark.parametrize("kind", [QComboBox, QSpinBox, QLineEdit, QTableView, QPlainTextEdit])
def test_that_a_control_is_one_part(qtbot, kind):
    room = QWidget()
    qtbot.addWidget(room)
    control, label = kind(), QLabel()
    layout = QHBoxLayout(room)
    layout.addWidget(control)
    layout.addWidget(label)
    assert list(parts(room)) == [room, control, label]


def test_that_what_scrolls_is_looked_into_and_nothing_of_the_bars(qtbot):
    area, inside = QScrollArea(), QLineEdit()
    qtbot.addWidget(area)
    area.setWidget(inside)
    assert list(parts(area)) == [area, inside]


def test_that_nobody_asks_for_all_widgets_below_another():
    for path in sorted(WIDGETS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_asked = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "findChildren"
            if is_asked and path.name != "parts.py":
                assert getattr(node.args[0], "id", "") != "QWidget", f"{path.name}:{node.lineno}: kit/parts.py has them"


def test_that_panes_outlive_a_collection_while_they_are_made(qtbot):
    """The island of a table's header went in such a collection, and the next layout of the table ended the process."""
    panes = Panes()
    qtbot.addWidget(panes)
    panes.show()
    for id in NAMES:
        panes.view(id)
        gc.collect()
        panes.set_scale(1.0 + 0.01 * len(id))
        gc.collect()
        for _ in range(3):
            QApplication.processEvents()
