"""Cycles are collected in the window's thread and in no other."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject

from widgets.kit.garbage import Garbage


class Knot:
    """Holds itself; notes the thread in which it is taken apart."""

    ended_in: list[threading.Thread] = []

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Knot.ended_in.append(threading.current_thread())


def test_that_what_a_worker_leaves_behind_is_collected_here(qtbot):
    Knot.ended_in.clear()
    owner = QObject()
    garbage = Garbage(owner)
    gc.collect()
    garbage.start()
    assert garbage.is_started and not gc.isenabled()
    worker = threading.Thread(target=lambda: [Knot() for _ in range(5_000)])
    worker.start()
    worker.join()
    assert Knot.ended_in == [], "nothing was collected where it was made"
    qtbot.waitUntil(lambda: len(Knot.ended_in) == 5_000, timeout=10_000)
    assert set(Knot.ended_in) == {threading.main_thread()}
