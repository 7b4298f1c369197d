"""One experiment being run, for whoever drives it: knows no thread and no window.

    handle(command)      what a person asks for
    advance(deadline)    work a little
    take_packet()        what there is to see now

The command line drives it in a loop; the window drives it from a worker thread. Playing at a speed walks moment by
moment on the clock of `advance`; at maximum speed, and on the way to a frame not yet reached, it runs by `advance`
of the learner. Both give the same bits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import models
from lab.changes import Move, Retune
from lab.commands import (
    Apply,
    Begin,
    ClearChanges,
    Command,
    Frame,
    Look,
    Pause,
    Play,
    Seek,
    Step,
    Stop,
    TakeBranch,
    Watch,
)
from lab.composer import Composer, bare_packet
from lab.errors import LabError
from lab.packet import Packet, SessionState
from lab.run import Run
from lab.states import CANNOT_CHANGE, DEVICE_LOST, FAILED, NOTHING_DRAWN, TABLE
from models.core.learner import Edit, Moment
from models.core.params import SettingError
from models.core.readiness import TOO_FEW
from models.core.state import State
from models.core.text import Said

log = logging.getLogger(__name__)

_SHORTEST_MOMENT_S = 1 / 30  # shorter ones are shown as whole iterations
_SLICE_S = 0.004
_CALM_S = 0.15
_LEAST_POINTS = 2
_MOST_TO_AN_ANSWER = 10_000  # iterations that a run which was at its end goes on by itself after a change
_DEFAULT_LOOK = Look(-6.0, 6.0, -6.0, 6.0)


class Session:
    """See the module's text. `clock` is time.perf_counter, or a test's own."""

    def __init__(self, byte_budget: int = 128 * 2**20, clock: Callable[[], float] = time.perf_counter) -> None:
        self._budget, self._clock = byte_budget, clock
        self.run: Run | None = None
        self._version = 0
        self._look = _DEFAULT_LOOK
        self._watch = Watch()
        self._unready: Said | None = NOTHING_DRAWN
        self._failed: Said | None = None
        self._notice: Said | None = None
        self._news = True
        self._composer = Composer()
        self._clear()

    def _clear(self) -> None:
        self._moments: list[Moment] = []
        self._frame = Frame(0, 0)
        self._before: State | None = None  # settled before the shown iteration
        self._playing: Play | None = None
        self._target: int | None = None  # iteration to run to at full speed, then stop
        self._due = 0.0
        self._ahead: tuple[int, State] | None = None  # where full speed stands, ahead of the moments shown
        self._count = 64  # iterations in a slice at full speed, adapted to the clock
        self._rate_from = (0.0, 0)
        self._rate = 0.0

    # -- state ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> SessionState:
        if self._failed is not None:
            return "failed"
        if self.run is None or self._unready is not None:
            return "unready"
        if self._playing is not None or self._target is not None:
            return "playing"
        at_end = self._frame.iteration >= self.run.reached and self._frame.moment >= len(self._moments) - 1
        if at_end and self.run.outcome is not None:
            return "diverged" if self.run.outcome.kind == "diverged" else "finished"
        if not at_end:
            return "past"
        return "idle" if self._frame.iteration == 0 else "paused"

    @property
    def frame(self) -> Frame:
        return self._frame

    @property
    def moment(self) -> Moment:
        """The shown moment. Raises LookupError before a run has begun."""
        if not self._moments:
            raise LookupError("no run has begun")
        return self._moments[self._frame.moment]

    # -- commands ------------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> None:
        """Do what a command asks. Never raises for what a person can cause: the packet says what is wrong."""
        if type(command) not in TABLE[self.state]:
            return
        self._news = True
        try:
            self._handle(command)
        except (SettingError, LabError) as error:
            said = error.said if isinstance(error, LabError) else Said(error.text, error.values)
            if isinstance(command, Begin):
                self.run, self._unready = None, said
                self._clear()
            else:
                self._notice = said
        except Exception as error:
            self._survive(error)

    def _handle(self, command: Command) -> None:
        match command:
            case Begin():
                self._begin(command)
            case Look():
                self._look = command
            case Watch():
                self._watch = command
            case Play():
                self._start_playing(command)
            case Pause():
                self._stop_playing()
            case Step():
                self._stop_playing()
                self._step(command)
            case Seek(frame):
                self._stop_playing()
                self._seek(frame)
            case Apply(change):
                self._change(change)
            case ClearChanges():
                self._stop_playing()
                self._failed = None
                self.run.clear_changes()
                self._show(0, 0)
            case TakeBranch():
                self._stop_playing()
                if self.run.branch is not None:
                    self.run.take_branch()
                    self._show(min(self._frame.iteration, self.run.reached), -1)
            case Stop():
                self._stop_playing()

    def _begin(self, command: Begin) -> None:
        place, playing = (self._frame, self._playing) if command.keep_place and self.run is not None else (None, None)
        was_finished = place is not None and self.state == "finished"
        self._version = command.version
        self._failed = self._notice = self._unready = None
        self._composer = Composer()
        self.run = None
        self._clear()
        if command.dataset.n == 0:
            self._unready = NOTHING_DRAWN
            return
        if command.dataset.n < _LEAST_POINTS:
            title = models.row(command.experiment.algorithm).title
            self._unready = Said(TOO_FEW, {"algorithm": title, "least": _LEAST_POINTS, "n": command.dataset.n})
            return
        run = Run(command.dataset, command.experiment, self._budget)
        self._unready = run.learner.unready(run.problem)
        self.run = run
        if self._unready is not None:
            return
        self._notice = run.learner.advice(run.problem)
        try:
            run.begin()
        except RuntimeError as error:
            self._fall_back(error)
        self._show(0, 0)
        if place is not None:
            self._seek(place)
            if was_finished and self._target is None:
                # What answered before answers again: with a larger K the end lies further on.
                self._run_to(self._frame.iteration + _MOST_TO_AN_ANSWER)
        if playing is not None and self._target is None:
            self._start_playing(playing)

    def _start_playing(self, command: Play) -> None:
        if self.run.has_ended_at(self._frame.iteration) and self._frame.moment >= len(self._moments) - 1:
            return
        if self._playing is None:
            self._due = self._clock() + self._dwell() / (command.speed or 1.0)
        elif command.speed and self._playing.speed:
            left = max(0.0, self._due - self._clock()) * self._playing.speed
            self._due = self._clock() + left / command.speed
        else:
            self._due = self._clock()
        self._settle_ahead()
        self._playing = command
        self._rate_from = (self._clock(), self._frame.iteration)

    def _stop_playing(self) -> None:
        self._settle_ahead()
        self._playing = self._target = None
        self._rate = 0.0

    def _settle_ahead(self) -> None:
        """Show the frame to which full speed has come."""
        if self._ahead is not None:
            iteration, _ = self._ahead
            self._ahead = None
            self._show(iteration, -1)

    def _step(self, step: Step) -> None:
        if step.unit == "moment":
            for _ in range(abs(step.n)):
                if not (self._forward() if step.n > 0 else self._back()):
                    break
            return
        size = 1
        if step.unit == "epoch":
            size = self.run.engine.learner_at(self._frame.iteration).iterations_per_epoch(self.run.problem) or 1
        at = self._frame.iteration
        if step.n > 0:
            # In the middle of an iteration, a step of one finishes it.
            begun = at - 1 if self._frame.moment < len(self._moments) - 1 else at
            target = (begun // size + step.n) * size
            self._run_to(target)
        else:
            target = max(0, (-(-at // size) + step.n) * size)
            self._show(target, -1)

    def _run_to(self, target: int) -> None:
        """Go to the end of iteration `target`: at once when it is known or near, else at full speed."""
        if target <= self.run.reached:
            self._show(target, -1)
        elif self.run.outcome is not None:
            self._show(self.run.reached, -1)
        else:
            self._target = target
            self._ahead = None
            self.advance(self._clock() + _SLICE_S)

    def _seek(self, frame: Frame) -> None:
        if frame.iteration <= self.run.reached or self.run.outcome is not None:
            self._show(min(max(0, frame.iteration), self.run.reached), frame.moment)
        else:
            self._run_to(frame.iteration)

    def _show(self, iteration: int, moment: int) -> None:
        """Make the moments of an iteration and show one of them (-1: the last)."""
        self._ahead = None
        before = self.run.state_after(iteration - 1) if iteration else None
        moments = self.run.moments(iteration, before)
        if not moments:  # it diverged: stay at the last good one
            iteration = self.run.reached
            before = self.run.state_after(iteration - 1) if iteration else None
            moments = self.run.moments(iteration, before)
            moment = -1
        self._before, self._moments = before, moments
        last = len(moments) - 1
        self._frame = Frame(iteration, last if moment < 0 else min(moment, last))
        self._news = True

    def _forward(self) -> bool:
        """The next moment; False at the end of the run."""
        if self._frame.moment < len(self._moments) - 1:
            self._frame = Frame(self._frame.iteration, self._frame.moment + 1)
            self._news = True
            return True
        return self._next_iteration(0)

    def _next_iteration(self, moment: int) -> bool:
        if self.run.has_ended_at(self._frame.iteration):
            return False
        before = self._moments[-1].state
        iteration = self._frame.iteration + 1
        moments = self.run.moments(iteration, before)
        if not moments:
            return False
        self._before, self._moments = before, moments
        self._frame = Frame(iteration, moment if moment >= 0 else len(moments) - 1)
        self._news = True
        return True

    def _back(self) -> bool:
        if self._frame.moment > 0:
            self._frame = Frame(self._frame.iteration, self._frame.moment - 1)
            self._news = True
            return True
        if self._frame.iteration == 0:
            return False
        self._show(self._frame.iteration - 1, -1)
        return True

    def _change(self, change) -> None:
        self._settle_ahead()
        is_whole = self._frame.moment >= len(self._moments) - 1
        at = self._frame.iteration
        if isinstance(change, Edit):
            # An edit takes effect at once and drops the rest of the iteration under way.
            at = at if is_whole else max(0, at - 1)
        try:
            if isinstance(change, Retune):
                self.run.engine.learner_at(at).changed(**{change.name: change.value})
            self.run.change(at, change)
        except ValueError as error:
            if isinstance(error, SettingError):
                raise
            raise LabError(CANNOT_CHANGE, what=str(error)) from error
        if self._playing is None:
            self._show(at, -1 if isinstance(change, Edit) or is_whole else self._frame.moment)
        else:
            self._show(at, -1)

    # -- work ----------------------------------------------------------------------------------------------------

    def advance(self, deadline: float) -> bool:
        """Work until `deadline` (in seconds of the clock). False when there is nothing to do now and none is due.

        While playing at a speed it returns at once when the next moment is not due yet.
        """
        if self.state != "playing":
            return False
        try:
            if self._target is not None or self._playing.speed is None:
                self._run_fast(deadline)
            else:
                self._walk(deadline)
        except Exception as error:
            self._survive(error)
        return self.state == "playing"

    def _run_fast(self, deadline: float) -> None:
        if self._ahead is None:
            # Full speed starts from whole iterations: the state after the shown one.
            self._ahead = (self._frame.iteration, self._moments[-1].state)
        iteration, state = self._ahead
        while True:
            count = self._count
            if self._target is not None:
                count = min(count, self._target - iteration)
            begun = self._clock()
            came_to, state = self.run.advance(iteration, state, count)
            took = self._clock() - begun
            done, iteration = came_to - iteration, came_to
            self._ahead = (iteration, state)
            self._news = True
            if took > _SLICE_S and self._count > 1:
                self._count = max(1, self._count // 2)
            elif took < _SLICE_S / 4 and done == count:
                self._count = min(1 << 20, self._count * 2)
            if self.run.has_ended_at(iteration) or (self._target is not None and iteration >= self._target):
                self._measure_rate(iteration)
                self._stop_playing()
                return
            if self._clock() >= deadline:
                self._measure_rate(iteration)
                return

    def _walk(self, deadline: float) -> None:
        now = self._clock()
        while self._due <= now:
            pace = self._dwell() / self._playing.speed
            if pace < _SHORTEST_MOMENT_S:
                rest = len(self._moments) - 1 - self._frame.moment
                if rest:
                    self._frame = Frame(self._frame.iteration, len(self._moments) - 1)
                    moved = True
                    self._news = True
                else:
                    moved = self._next_iteration(-1)
                    rest = len(self._moments)
            else:
                moved, rest = self._forward(), 1
            if not moved:
                self._stop_playing()
                return
            # Late by more than a tenth of a second (a slow learner, a sleeping computer): do not race to catch up.
            self._due = max(self._due, now - 0.1) + max(1, rest) * self._dwell() / self._playing.speed
            self._measure_rate(self._frame.iteration)
            if self.run.has_ended_at(self._frame.iteration) and self._frame.moment >= len(self._moments) - 1:
                self._stop_playing()
                return
            now = self._clock()
            if now >= deadline:
                return

    def next_due(self) -> float | None:
        """When `advance` has something to do next (seconds of the clock; 0.0: now), or None while nothing plays."""
        if self.state != "playing":
            return None
        return 0.0 if self._target is not None or self._playing.speed is None else self._due

    def _dwell(self) -> float:
        learner, problem = self.run.in_force(self._frame.iteration)
        return max(1e-4, learner.dwell(self._frame.iteration, self._moments[self._frame.moment], problem))

    def _measure_rate(self, iteration: int) -> None:
        since, first = self._rate_from
        elapsed = self._clock() - since
        if elapsed >= 0.5:
            self._rate = (iteration - first) / elapsed
            self._rate_from = (self._clock(), iteration)

    # -- faults --------------------------------------------------------------------------------------------------

    def _survive(self, error: Exception) -> None:
        """A fault inside the run: on an accelerator go on on the CPU, else say that the run failed."""
        log.exception("the run raised")
        if self.run is not None and self.run.device != "cpu":
            try:
                self._fall_back(error)
                return
            except Exception:
                log.exception("the fallback raised too")
        self._failed = Said(FAILED, {"what": f"{type(error).__name__}: {str(error)[:120]}"})
        self._playing = self._target = self._ahead = None
        self._news = True

    def _fall_back(self, error: Exception) -> None:
        """Go on on the CPU from the last state; playing goes on too. Raises what the CPU raises."""
        device = self.run.device
        if device == "cpu":
            raise error
        at = self._ahead[0] if self._ahead is not None else self._frame.iteration
        self._ahead = None
        if self.run.timeline.kept():
            at = min(at, self.run.reached)
            at, _ = self.run.timeline.nearest(at)
        else:
            at = 0
        self.run.engine.set_schedule((*(e for e in self.run.schedule if e[0] <= at), (at, Move("cpu"))))
        self.run.timeline = self.run.timeline.cut(at)
        self.run.begin()
        what = (str(error).splitlines() or [type(error).__name__])[0][:80]
        self._notice = Said(DEVICE_LOST, {"device": device, "what": what})
        self._show(at, -1)

    # -- what there is to see --------------------------------------------------------------------------------------

    def has_news(self) -> bool:
        """Whether something changed since the last packet."""
        return self._news

    def take_packet(self) -> Packet:
        """The packet of the shown frame. Never raises: a fault while composing becomes a failed run."""
        self._news = False
        try:
            if self._ahead is not None:
                self._catch_up()
            if self.run is None or self._unready is not None or self._failed is not None:
                return self._bare_packet()
            return self._composer.packet(
                self._version, self.state, self.run, self._frame, self._moments, self._before, self._look, self._watch,
                self._notice, self._rate, self._is_calm(),
            )  # fmt: skip
        except Exception as error:
            self._survive(error)
            self._news = False
            return self._bare_packet()

    def _is_calm(self) -> bool:
        """Whether the shown frame stays long enough to be read beside the plane, too."""
        speed = self._playing.speed if self._playing is not None else None
        return self.state != "playing" or (speed is not None and self._dwell() / speed >= _CALM_S)

    def _bare_packet(self) -> Packet:
        return bare_packet(self._version, self.state, self.run, self._failed or self._unready, self._notice)

    def _catch_up(self) -> None:
        """Show where full speed has come to: one iteration more, made moment by moment."""
        iteration, state = self._ahead
        if iteration == self._frame.iteration:
            return
        if self.run.has_ended_at(iteration) or iteration == self._target:
            self._show(iteration, -1)
            return
        moments = self.run.moments(iteration + 1, state)
        if not moments:
            self._stop_playing()
            return
        self._before, self._moments = state, moments
        self._frame = Frame(iteration + 1, len(moments) - 1)
        self._ahead = (iteration + 1, moments[-1].state)
