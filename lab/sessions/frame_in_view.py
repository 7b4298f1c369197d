"""The frame in view: the moments of its iteration, made on demand, and the ways to the frames beside it."""

from __future__ import annotations

from lab.protocol.commands import Frame
from lab.running.run import Run
from models.core.moment import Moment
from models.core.state import State


class FrameInView:
    """Which moment of which iteration is shown. Every way to another frame goes through the run, which may end."""

    def __init__(self) -> None:
        self.frame = Frame(0, 0)
        self.moments: list[Moment] = []  # of the iteration; none before a run has begun
        self.before: State | None = None  # settled before it

    @property
    def iteration(self) -> int:
        return self.frame.iteration

    @property
    def moment(self) -> Moment:
        return self.moments[self.frame.moment]

    @property
    def rest(self) -> int:
        """How many moments of the iteration come after the shown one."""
        return max(0, len(self.moments) - 1 - self.frame.moment)

    def put(self, iteration: int, before: State | None, moments: list[Moment], moment: int = -1) -> None:
        """Show one of these moments of an iteration (-1: the last)."""
        self.before, self.moments = before, moments
        last = len(moments) - 1
        self.frame = Frame(iteration, last if moment < 0 else min(moment, last))

    def show(self, run: Run, iteration: int, moment: int) -> None:
        """Make the moments of an iteration and show one of them (-1: the last)."""
        before = run.state_after(iteration - 1) if iteration else None
        moments = run.moments(iteration, before)
        if not moments:  # it diverged: stay at the last good one
            iteration, moment = run.reached, -1
            before = run.state_after(iteration - 1) if iteration else None
            moments = run.moments(iteration, before)
        self.put(iteration, before, moments, moment)

    def forward(self, run: Run) -> bool:
        """The next moment; False at the end of the run."""
        if self.rest:
            self.frame = Frame(self.iteration, self.frame.moment + 1)
            return True
        return self.next_iteration(run, 0)

    def next_iteration(self, run: Run, moment: int) -> bool:
        """A moment of the next iteration (-1: the last); False at the end of the run."""
        if run.has_ended_at(self.iteration):
            return False
        before = self.moments[-1].state
        moments = run.moments(self.iteration + 1, before)
        if moments:
            self.put(self.iteration + 1, before, moments, moment)
        return bool(moments)

    def to_last(self) -> None:
        """The last moment of the iteration."""
        self.frame = Frame(self.iteration, len(self.moments) - 1)

    def back(self, run: Run) -> bool:
        """The moment before; False at the start."""
        if self.frame.moment > 0:
            self.frame = Frame(self.iteration, self.frame.moment - 1)
        elif self.iteration > 0:
            self.show(run, self.iteration - 1, -1)
        else:
            return False
        return True
