"""One experiment being run, for whoever drives it: knows no thread and no window.

    handle(command)      what a person asks for
    advance(deadline)    work a little
    refine(deadline)     when nothing else is to do: make the shown surface finer, a little
    take_packet()        what there is to see now

The command line drives it in a loop; the window drives it from a worker thread. Playing at a speed walks moment by
moment on the clock of `advance`; at maximum speed, and on the way to a frame not yet reached, it runs by `advance`
of the learner. Both give the same bits.

Over 450 lines: it is one table of states and what each command does in them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import models
from lab.composing.composer import Composer, bare_packet
from lab.document.changes import Retune
from lab.errors import LabError
from lab.protocol.commands import (
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
from lab.protocol.packet import Packet, SessionState
from lab.protocol.session_states import CANNOT_CHANGE, DEVICE_LOST, FAILED, LEFT_OUT, NOTHING_DRAWN, TABLE
from lab.running.run import Run
from lab.sessions.frame_in_view import FrameInView
from lab.sessions.pace import SHORTEST_MOMENT_S, Pace
from models.core.learner import Edit, Moment
from models.core.params import SettingError
from models.core.readiness import TOO_FEW
from models.core.state import State
from models.words.text import Said

log = logging.getLogger(__name__)

_NEAR = 64  # iterations that a step or a seek goes through at once, before the clock has said what they cost
_SLICE_S = 0.004
_QUIET_S = 0.035  # a hand that drags and a key that is held down ask again within this time: no finer surface yet
_LEAST_POINTS = 2
_MOST_TO_AN_ANSWER = 10_000  # iterations that a run which was at its end goes on by itself after a change
_DEFAULT_LOOK = Look(-6.0, 6.0, -6.0, 6.0)


class Session:
    """See the module's text. `clock` is time.perf_counter, or a test's own. `is_patient`: the surface of a frame that
    stays is as fine as the screen, however long it takes: for pictures that are the same wherever they are taken."""

    def __init__(
        self, byte_budget: int = 128 * 2**20, clock: Callable[[], float] = time.perf_counter, is_patient: bool = False
    ) -> None:
        self._budget, self._clock, self._is_patient = byte_budget, clock, is_patient
        self.run: Run | None = None
        self._version = 0
        self._look = _DEFAULT_LOOK
        self._watch = Watch()
        self._unready: Said | None = NOTHING_DRAWN
        self._failed: Said | None = None
        self._notice: Said | None = None
        self._news, self._news_at, self._is_refined = True, 0.0, False
        self._composer = Composer(clock, is_patient)
        self._clear()

    def _clear(self) -> None:
        self._view = FrameInView()
        self._pace = Pace(self._clock)
        self._target: int | None = None  # iteration to run to at full speed, then stop
        self._ahead: tuple[int, State] | None = None  # where full speed stands, ahead of the moments shown
        self._count = _NEAR  # iterations in a slice at full speed, adapted to the clock

    def _tell(self) -> None:
        """There is something new to see."""
        self._news, self._news_at = True, self._clock()

    # -- state ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> SessionState:
        if self._failed is not None:
            return "failed"
        if self.run is None or self._unready is not None:
            return "unready"
        if self._pace.is_on or self._target is not None:
            return "playing"
        at_end = self._view.iteration >= self.run.reached and not self._view.rest
        if at_end and self.run.outcome is not None:
            return "diverged" if self.run.outcome.kind == "diverged" else "finished"
        if not at_end:
            return "past"
        return "idle" if self._view.iteration == 0 else "paused"

    @property
    def frame(self) -> Frame:
        return self._view.frame

    @property
    def moment(self) -> Moment:
        """The shown moment. Raises LookupError before a run has begun."""
        if not self._view.moments:
            raise LookupError("no run has begun")
        return self._view.moment

    # -- commands ------------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> None:
        """Do what a command asks. Never raises for what a person can cause: the packet says what is wrong."""
        if type(command) not in TABLE[self.state]:
            return
        self._tell()
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
                    self._show(min(self._view.iteration, self.run.reached), -1)
            case Stop():
                self._stop_playing()

    def _begin(self, command: Begin) -> None:
        is_kept = command.keep_place and self.run is not None
        place, playing = (self._view.frame, self._pace.command) if is_kept else (None, None)
        was_finished = place is not None and self.state == "finished"
        experiment = command.experiment
        if command.keep_schedule and self.run is not None:
            experiment = experiment.replace(schedule=self.run.schedule)
        self._version = command.version
        self._failed = self._notice = self._unready = None
        self._composer = Composer(self._clock, self._is_patient)
        self._count = _NEAR
        self.run = None
        self._clear()
        if command.dataset.n == 0:
            self._unready = NOTHING_DRAWN
            return
        if command.dataset.n < _LEAST_POINTS:
            title = models.row(experiment.algorithm).title
            self._unready = Said(TOO_FEW, {"algorithm": title, "least": _LEAST_POINTS, "n": command.dataset.n})
            return
        run = Run(command.dataset, experiment, self._budget)
        self._unready = run.learner.unready(run.problem)
        self.run = run
        if self._unready is not None:
            return
        advice = run.learner.advice(run.problem)
        self._notice = run.target_said or (None if advice is None else advice.said)
        try:
            run.begin()
        except RuntimeError as error:
            self._fall_back(error)
        if run.left_out:
            values = {
                "n": len(run.left_out),
                "handles": ", ".join(sorted({edit.handle for _, edit in run.left_out})[:5]),
            }
            self._notice = Said(LEFT_OUT, values)
        self._show(0, 0)
        if place is not None:
            self._seek(place)
            if was_finished and self._target is None:
                # What answered before answers again: with a larger K the end lies further on.
                self._run_to(self._view.iteration + _MOST_TO_AN_ANSWER)
        if playing is not None and self._target is None:
            self._start_playing(playing)

    def _start_playing(self, command: Play) -> None:
        if self.run.has_ended_at(self._view.iteration) and not self._view.rest:
            return
        dwell = self._dwell()
        self._settle_ahead()
        self._count = 1  # of a wide network it takes as long as a thousand of a small one: it doubles soon
        self._pace.start(command, dwell, self._view.iteration)

    def _stop_playing(self) -> None:
        self._settle_ahead()
        self._pace.stop()
        self._target = None

    def _settle_ahead(self) -> None:
        """Show the frame to which full speed has come."""
        if self._ahead is not None:
            iteration, _ = self._ahead
            self._ahead = None
            self._show(iteration, -1)

    def _step(self, step: Step) -> None:
        if step.unit == "moment":
            for _ in range(abs(step.n)):
                if not (self._view.forward(self.run) if step.n > 0 else self._view.back(self.run)):
                    break
                self._tell()
            return
        size = 1
        if step.unit == "epoch":
            size = self.run.engine.learner_at(self._view.iteration).iterations_per_epoch(self.run.problem) or 1
        at = self._view.iteration
        if step.n > 0:
            # In the middle of an iteration, a step of one finishes it.
            begun = at - 1 if self._view.rest else at
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
        self._view.show(self.run, iteration, moment)
        self._tell()

    def _change(self, change) -> None:
        self._settle_ahead()
        is_whole = not self._view.rest
        at = self._view.iteration
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
        if not self._pace.is_on:
            self._show(at, -1 if isinstance(change, Edit) or is_whole else self._view.frame.moment)
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
            if self._target is not None or self._pace.is_full:
                self._run_fast(deadline)
            else:
                self._walk(deadline)
        except Exception as error:
            self._survive(error)
        return self.state == "playing"

    def _run_fast(self, deadline: float) -> None:
        if self._ahead is None:
            # Full speed starts from whole iterations: the state after the shown one.
            self._ahead = (self._view.iteration, self._view.moments[-1].state)
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
            self._tell()
            if took > _SLICE_S and self._count > 1:
                self._count = max(1, self._count // 2)
            elif took < _SLICE_S / 2 and done == count:
                self._count = min(1 << 20, self._count * 2)
            if self.run.has_ended_at(iteration) or (self._target is not None and iteration >= self._target):
                self._pace.measure(iteration)
                self._stop_playing()
                return
            if self._clock() >= deadline:
                self._pace.measure(iteration)
                return

    def _walk(self, deadline: float) -> None:
        now = self._clock()
        while self._pace.due <= now:
            moved, went_by = True, 1
            if self._dwell() / self._pace.speed >= SHORTEST_MOMENT_S:
                moved = self._view.forward(self.run)
            elif self._view.rest:
                went_by = self._view.rest
                self._view.to_last()
            else:
                moved = self._view.next_iteration(self.run, -1)
                went_by = len(self._view.moments)
            if not moved:
                self._stop_playing()
                return
            self._tell()
            self._pace.moved(now, went_by, self._dwell())
            self._pace.measure(self._view.iteration)
            if self.run.has_ended_at(self._view.iteration) and not self._view.rest:
                self._stop_playing()
                return
            now = self._clock()
            if now >= deadline:
                return

    def refine(self, deadline: float) -> bool:
        """Make the surface of the shown frame finer, until `deadline`; True when the next packet has it.

        Nothing is done while there is news to be shown first, or while somebody is still at it.
        """
        if self._news or not self._composer.is_refinable or self._clock() < self._news_at + _QUIET_S:
            return False
        try:
            self._is_refined = self._composer.refine(deadline)
        except Exception:
            log.exception("the surface could not be made finer")
            self._composer.stop_refining()
        return self._is_refined

    def next_due(self) -> float | None:
        """When `advance` or `refine` has something to do next (seconds of the clock; 0.0: now), or None."""
        if self.state == "playing" and (self._target is not None or self._pace.is_full):
            return 0.0
        due = self._pace.due if self._pace.is_on else None
        if self._news or not self._composer.is_refinable:
            return due
        finer = self._news_at + _QUIET_S
        return finer if due is None else min(due, finer)

    def _dwell(self) -> float:
        learner, problem = self.run.in_force(self._view.iteration)
        return max(1e-4, learner.dwell(self._view.iteration, self._view.moment, problem))

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
        self._pace.stop()
        self._target = self._ahead = None
        self._tell()

    def _fall_back(self, error: Exception) -> None:
        """Go on on the CPU from the last state; playing goes on too. Raises what the CPU raises."""
        device = self.run.device
        if device == "cpu":
            raise error
        at = self._ahead[0] if self._ahead is not None else self._view.iteration
        self._ahead = None
        at = self.run.fall_back(at)
        what = (str(error).splitlines() or [type(error).__name__])[0][:80]
        self._notice = Said(DEVICE_LOST, {"device": device, "what": what})
        self._show(at, -1)

    # -- what there is to see --------------------------------------------------------------------------------------

    def has_news(self) -> bool:
        """Whether something changed since the last packet."""
        return self._news or self._is_refined

    def take_packet(self) -> Packet:
        """The packet of the shown frame. Never raises: a fault while composing becomes a failed run."""
        is_only_finer = self._is_refined and not self._news
        self._news = self._is_refined = False
        try:
            if is_only_finer:
                return self._composer.refined()
            if self._ahead is not None:
                self._catch_up()
            if self.run is None or self._unready is not None or self._failed is not None:
                return self._bare_packet()
            return self._composer.packet(
                self._version, self.state, self.run, self._view.frame, self._view.moments, self._view.before, self._look, self._watch,
                self._notice, self._pace.rate, self._is_calm(), self._stays(),
            )  # fmt: skip
        except Exception as error:
            self._survive(error)
            self._news = False
            return self._bare_packet()

    def _is_calm(self) -> bool:
        """Whether the shown frame stays long enough to be read beside the plane, too."""
        return self.state != "playing" or self._pace.is_calm(self._dwell())

    def _stays(self) -> bool:
        """Whether it stays long enough for a finer surface."""
        return self.state != "playing" or self._pace.stays(self._dwell())

    def _bare_packet(self) -> Packet:
        self._composer.stop_refining()
        return bare_packet(self._version, self.state, self.run, self._failed or self._unready, self._notice)

    def _catch_up(self) -> None:
        """Show where full speed has come to: one iteration more, made moment by moment."""
        iteration, state = self._ahead
        if iteration == self._view.iteration:
            return
        if self.run.has_ended_at(iteration) or iteration == self._target:
            self._show(iteration, -1)
            return
        moments = self.run.moments(iteration + 1, state)
        if not moments:
            self._stop_playing()
            return
        self._view.put(iteration + 1, state, moments)
        self._ahead = (iteration + 1, moments[-1].state)
