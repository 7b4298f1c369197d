"""What is made for one algorithm is gone with it: no Python object stands for a widget that is not there any more."""

from __future__ import annotations

import gc
from collections import Counter

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import Shiboken

import models

CHANGES = 20


def wrappers() -> Counter:
    """How many living Python objects stand for one of Qt's, by their class, steps of undo apart."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    alive = (thing for thing in gc.get_objects() if isinstance(thing, Shiboken.Object))
    return Counter(type(thing).__name__ for thing in alive if type(thing).__name__ != "ProjectEdit")


def gone() -> int:
    """How many of them stand for something that has been deleted."""
    return sum(isinstance(thing, Shiboken.Object) and not Shiboken.isValid(thing) for thing in gc.get_objects())


def test_that_changing_the_algorithm_leaves_nothing_behind(window):
    ids = [row.id for row in models.CATALOGUE]

    def change(times: int) -> None:
        for number in range(times):
            window.edits.on_algorithm_picked(ids[number % len(ids)])
            QApplication.processEvents()

    change(2 * len(ids))
    before, gone_before = wrappers(), gone()
    change(CHANGES - CHANGES % len(ids))  # back at the same algorithm
    left = wrappers()
    left.subtract(before)
    assert not {name: count for name, count in left.items() if count > 0}
    assert gone() <= gone_before
