"""The garbage collector, in the window's own thread and nowhere else.

Python collects in whatever thread happens to make the next object. A cycle that holds a widget would then be taken apart by
the worker or by a thread that writes a file, while Qt paints: a crash, seldom and nowhere in particular.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 200


class Garbage(QObject):
    """Collects by Python's own rule, a generation whenever its count is above its threshold, from `start` on."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.on_due)

    def start(self) -> None:
        gc.disable()
        self._timer.start()

    @property
    def is_started(self) -> bool:
        return self._timer.isActive()

    @Slot()
    def on_due(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if 0 < thresholds[generation] < counts[generation]:
                gc.collect(generation)
                return
