"""The packet of a shown frame: the picture, the words, the figures and the curves, put together."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable

from lab.composing.beside import Asked
from lab.composing.panes import Insides, abilities
from lab.composing.picture import PictureMaker
from lab.protocol.commands import Frame, Look, Watch
from lab.protocol.packet import Curves, Packet, SessionState
from lab.running.metrics import labels
from lab.running.run import Run
from models.core.findings import Finding
from models.core.formula import Shown
from models.core.learner import Moment
from models.core.state import State
from models.words.text import Said, Text

_CELLS_IN_A_HURRY = 80  # of the raster, while sixty surfaces a second come and go; the frame that stays is fine
_DIAGNOSED_EVERY_S = 0.2  # while nobody reads: a finding is worth a sentence, not sixty a second


class Composer:
    """Makes the packets of one run; keeps what many of them share (the raster, the curves)."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, is_patient: bool = False) -> None:
        self._pictures = PictureMaker(clock, is_patient)
        self._packet: Packet | None = None
        self._curves: tuple[tuple, Curves] | None = None
        self._insides = Insides()
        self._findings: tuple[Finding, ...] = ()
        self._clock, self._diagnosed_at = clock, -math.inf

    def packet(
        self,
        version: int,
        state: SessionState,
        run: Run,
        frame: Frame,
        moments: list[Moment],
        before: State | None,
        look: Look,
        watch: Watch,
        notice: Said | None,
        rate: float,
        is_calm: bool = True,
        stays: bool = False,
    ) -> Packet:
        """The packet of `frame`, one of the `moments` of its iteration; `before` is the state settled before it.

        Unless `is_calm`, some of what stands beside the plane may be that of an earlier packet: nobody reads so fast.
        `stays`: there will be time to `refine` its surface.
        """
        moment, is_last = moments[frame.moment], frame.moment >= len(moments) - 1
        if not is_calm:
            look = dataclasses.replace(look, cells=min(look.cells, _CELLS_IN_A_HURRY))
        learner, problem = run.in_force(frame.iteration)
        phase = learner.phases[moment.phase]
        outcome = run.outcome if is_last and run.has_ended_at(frame.iteration) else None

        def history(most: int) -> list[State]:
            return run.timeline.states_until(frame.iteration - 1, most) if frame.iteration else []

        if is_last:
            metrics = run.metrics(frame.iteration, moment.state)
        else:
            metrics = run.figures(learner, moment.state, problem)
        shown = Shown(frame.iteration, moment, moment.state if before is None else before, watch.pin)
        curves = self._thinned(run, labels(learner))
        asked = Asked(learner, shown, problem, look, watch, history)
        stage, on_stage = self._insides.stage(asked)
        if is_last and (is_calm or self._clock() - self._diagnosed_at >= _DIAGNOSED_EVERY_S):
            self._diagnosed_at = self._clock()
            self._findings = self._insides.findings(learner, moment.state, problem, curves, metrics, frame.iteration)
        glow = self._insides.glow(watch, learner, shown, problem)
        self._packet = Packet(
            version=version,
            state=state,
            frame=frame,
            moments=len(moments),
            reached=run.reached,
            end=run.reached if run.outcome is not None else None,
            picture=self._pictures.picture(learner, shown, problem, look, history, glow, stays),
            place=learner.place(frame.iteration, moment, problem),
            phase=moment.phase,
            phase_name=phase.name,
            narration=Said(phase.narration, moment.values),
            outcome=outcome.said if outcome is not None else None,
            outcome_kind=outcome.kind if outcome is not None else "",
            notice=notice,
            metrics=metrics,
            metric_labels=labels(learner),
            goal=learner.goal,
            verb=learner.verb,
            curves=curves,
            settings=run.engine.learner_at(frame.iteration).model_dump(),
            schedule=run.schedule,
            has_branch=run.branch is not None,
            device=problem.device,
            path=problem.path,
            scaling=problem.scaler.kind,
            per_epoch=learner.iterations_per_epoch(problem),
            dwell=learner.dwell(frame.iteration, moment, problem),
            rate=rate,
            rebuilds=rebuilds(run),
            pin=watch.pin,
            findings=self._findings,
            abilities=self._insides.abilities(learner, problem),
            beside=self._insides.records(asked, is_calm),
            stage=stage,
            on_stage=on_stage,
        )
        return self._packet

    @property
    def is_refinable(self) -> bool:
        """Whether the surface of the last packet can still become finer."""
        return self._pictures.is_refinable

    def refine(self, deadline: float) -> bool:
        """Work on a finer surface for the last packet until `deadline`; True when `refined` has it."""
        return self._pictures.refine(deadline)

    def refined(self) -> Packet:
        """The last packet with the finer surface; nothing else in it differs. Raises LookupError before there is one."""
        if self._packet is None:
            raise LookupError("no packet has been composed")
        self._packet = dataclasses.replace(self._packet, picture=self._pictures.refined(self._packet.picture))
        return self._packet

    def stop_refining(self) -> None:
        self._pictures.stop_refining()

    def _thinned(self, run: Run, names: dict[str, Text]) -> Curves:
        key = (run.timeline, *run.timeline.measured)
        if self._curves is None or self._curves[0] != key:
            iterations, series = run.timeline.curves()
            self._curves = (key, Curves(iterations=iterations, series=series, labels=names))
        return self._curves[1]


def rebuilds(run: Run) -> bool:
    """Whether the learner answers at once when its data or settings change, so that a run is never stale."""
    return run.learner.rebuilds


def bare_packet(version: int, state: SessionState, run: Run | None, said: Said | None, notice: Said | None) -> Packet:
    """The packet of a session that has no frame to show: what is missing, or what failed."""
    if run is None:
        return Packet(version=version, state=state, narration=said, notice=notice)
    return Packet(
        version=version,
        state=state,
        narration=said,
        notice=notice,
        settings=run.learner.model_dump(),
        verb=run.learner.verb,
        schedule=run.schedule,
        scaling=run.problem.scaler.kind,
        abilities=abilities(run.learner, run.problem),
        rebuilds=rebuilds(run),
    )
