"""The pacing: when the window looks for a packet, when its words follow the picture, and how long a press counts."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

FRAME_MS = 16
BEAT_MS = 8  # from a frame to its words, where they come apart
IDLE_FRAMES = 30  # frames without news after which the clock stops
READ_EVERY_S = 0.2  # while it runs faster than anyone reads, words and curves are renewed so often
SETTLING_S = 0.15  # how long a press of play counts before the packets say the same


class Pacing(QObject):
    """The frame clock, and the beat between two frames on which words and curves are said.

    `frame`: look for a packet. `words`: say what was due. `idle`: nothing has come for half a second, and the clock
    stands still until `wake`. Picture and words in one frame would make it late, and words in place of a picture would
    drop one: so they have the time between two frames.
    """

    frame = Signal()
    words = Signal()
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quiet_frames = 0
        self._told_at = 0.0
        self._pressed: tuple[bool, float] = (False, 0.0)  # what the last press of play asked for, and when
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(self.frame)
        self._beat = QTimer(self, singleShot=True, interval=BEAT_MS)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self.on_beat)

    # -- frames ------------------------------------------------------------------------------------------------------

    @property
    def is_awake(self) -> bool:
        return self._clock.isActive()

    def wake(self) -> None:
        """Something was asked for, or has come: look for packets."""
        self._quiet_frames = 0
        if not self._clock.isActive():
            self._clock.start()

    def stop(self) -> None:
        self._clock.stop()
        self._beat.stop()

    def note_news(self) -> None:
        """This frame had a packet."""
        self._quiet_frames = 0

    def note_silence(self) -> None:
        """This frame had none."""
        self._quiet_frames += 1
        if self._quiet_frames > IDLE_FRAMES:
            self._clock.stop()
            self.idle.emit()

    # -- words -------------------------------------------------------------------------------------------------------

    def note_told(self) -> None:
        """The words have just been said."""
        self._told_at = time.monotonic()
        self._beat.stop()

    def follow(self) -> None:
        """A picture was shown that does not stay: its words come on the beat when others were last said a while ago."""
        if time.monotonic() - self._told_at >= READ_EVERY_S and not self._beat.isActive():
            self._beat.start()

    @Slot()
    def on_beat(self) -> None:
        self.words.emit()

    # -- presses of play ---------------------------------------------------------------------------------------------

    def press(self, wants_play: bool) -> None:
        """Somebody asked for playing, or for anything that ends it."""
        self._pressed = (wants_play, time.monotonic())

    @property
    def wants_play(self) -> bool:
        """What the last press asked for."""
        return self._pressed[0]

    @property
    def is_settling(self) -> bool:
        """Whether the last press counts, whatever the packets still say."""
        return time.monotonic() - self._pressed[1] < SETTLING_S

    def settle(self) -> bool:
        """Whether a press has just had its time: from here on the packets count."""
        wants, since = self._pressed
        if not since or time.monotonic() - since < SETTLING_S:
            return False
        self._pressed = (wants, 0.0)
        return True
