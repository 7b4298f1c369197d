"""The pace of playing: which speed was asked for, when the next moment is due, how many iterations a second go by."""

from __future__ import annotations

from collections.abc import Callable

from lab.protocol.commands import Play

SHORTEST_MOMENT_S = 1 / 30  # shorter ones are shown as whole iterations
_CALM_S = 0.15  # a moment that stays so long can be read beside the plane, too
_STAYS_S = 0.4  # and one that stays so long is worth a finer surface
_LATE_S = 0.1
_RATE_EVERY_S = 0.5


class Pace:
    """Walks on the clock. `dwell` in every call: seconds that the shown moment stays at normal speed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._playing: Play | None = None
        self._since = (0.0, 0)
        self.due = 0.0
        self.rate = 0.0  # iterations a second

    @property
    def is_on(self) -> bool:
        return self._playing is not None

    @property
    def speed(self) -> float | None:
        """Moments for each normal moment; None at maximum speed, and while nothing plays."""
        return self._playing.speed if self._playing is not None else None

    @property
    def is_full(self) -> bool:
        """Whether it plays as fast as it can."""
        return self._playing is not None and self._playing.speed is None

    @property
    def command(self) -> Play | None:
        """What was asked for, to be asked for again."""
        return self._playing

    def start(self, command: Play, dwell: float, iteration: int) -> None:
        """Play; what is left of the shown moment is shortened or stretched to the new speed."""
        now = self._clock()
        if self._playing is None:
            self.due = now + dwell / (command.speed or 1.0)
        elif command.speed and self._playing.speed:
            self.due = now + max(0.0, self.due - now) * self._playing.speed / command.speed
        else:
            self.due = now
        self._playing = command
        self._since = (now, iteration)

    def stop(self) -> None:
        self._playing = None
        self.rate = 0.0

    def moved(self, now: float, moments: int, dwell: float) -> None:
        """So many moments have gone by at once: when the next is due."""
        # Late by more than a tenth of a second (a slow learner, a sleeping computer): do not race to catch up.
        self.due = max(self.due, now - _LATE_S) + max(1, moments) * dwell / self.speed

    def measure(self, iteration: int) -> None:
        """Say how far the run has come, for the rate."""
        since, first = self._since
        elapsed = self._clock() - since
        if elapsed >= _RATE_EVERY_S:
            self.rate = (iteration - first) / elapsed
            self._since = (self._clock(), iteration)

    def is_calm(self, dwell: float) -> bool:
        """Whether a moment stays long enough to be read beside the plane, too."""
        return self.speed is not None and dwell / self.speed >= _CALM_S

    def stays(self, dwell: float) -> bool:
        """Whether a moment stays long enough for its surface to become finer."""
        return self.speed is not None and dwell / self.speed >= _STAYS_S
