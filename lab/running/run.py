"""One run: an experiment on its problem, with its timeline. Any frame can be asked for; nothing is played here."""

from __future__ import annotations

import math
from typing import Any

import models
from lab.data.datasets import Dataset, target_said
from lab.document.changes import Change, Move, Schedule
from lab.document.project import Experiment
from lab.running.engine import Engine
from lab.running.metrics import metrics_at, scores
from lab.running.problems import problem_for
from lab.running.timeline import Timeline
from models.core.learner import Edit, Learner, Moment, Outcome
from models.core.problem import NumericPath, Rows
from models.core.state import State
from models.words.text import Said

ROWS_FOR_STRIDE_1 = 2_000
MOST_NEAR, NEAR_BYTES = 8, 64 * 2**20  # states before the one last asked for that are at hand


class Run:
    """An experiment being run. The schedule may grow while it runs; a change in the past cuts the future off.

    `path` None chooses kernels on the CPU and torch elsewhere; it is fixed here and recorded.
    Raises SettingError for settings that the algorithm does not take, KeyError for an unknown algorithm.
    """

    def __init__(
        self,
        dataset: Dataset,
        experiment: Experiment,
        byte_budget: int = 128 * 2**20,
        path: NumericPath | None = None,
    ) -> None:
        self.dataset, self.experiment = dataset, experiment
        self.learner = models.load(experiment.algorithm).with_settings(experiment.settings)
        self.problem = problem_for(dataset, experiment, self.learner, path)
        self.seed = experiment.seed
        self.engine = Engine(self.learner, self.problem, self.seed, experiment.schedule)
        self.timeline = Timeline(
            byte_budget, first_stride(self.learner, self.problem), rows_looked_at(self.learner, self.problem)
        )
        self.branch: tuple[Schedule, Timeline] | None = None
        self._near: dict[int, State] = {}  # of the schedule in force
        self.left_out: Schedule = ()  # changes that were recorded and that `begin` could not make
        # Scores that do not change while the run goes on are computed once (KNN predicts the same at every frame).
        self._scores: dict[str, float] | None = None

    # -- where things are -------------------------------------------------------------------------------------------

    @property
    def schedule(self) -> Schedule:
        return self.engine.schedule

    @property
    def reached(self) -> int:
        return self.timeline.reached

    @property
    def outcome(self) -> Outcome | None:
        """Why the run ended at `reached`, or None while it can go on."""
        return self.timeline.outcome

    @property
    def device(self) -> str:
        return self.engine.problem_at(self.reached).device

    @property
    def path(self) -> str:
        return self.engine.problem_at(self.reached).path

    @property
    def target_said(self) -> Said | None:
        """What the algorithm makes of a table's target, where that is not what stands there."""
        return target_said(self.dataset, self.learner.task, self.learner.title)

    # -- going on ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the start, the first keyframe. Recorded edits of handles that this run has not are `left_out`: on fewer
        points there may be fewer centroids."""
        if not self.timeline.has(0):
            self._leave_out()
            self._keep(0, self.engine.start())

    def _leave_out(self) -> None:
        handles = {(edit.handle, len(edit.value)): edit for _, edit in self.schedule if isinstance(edit, Edit)}
        if not handles:
            return
        first, lacking = self.engine.first_state(), set()
        for handle, edit in handles.items():
            try:
                self.learner.edit(first, edit, self.problem)
            except ValueError:
                lacking.add(handle)
        if lacking:
            self.left_out = tuple(
                (at, change)
                for at, change in self.schedule
                if isinstance(change, Edit) and (change.handle, len(change.value)) in lacking
            )
            self._set_schedule(tuple(entry for entry in self.schedule if entry not in self.left_out))

    def state_after(self, iteration: int) -> State:
        """The state settled at an iteration, by replay from the nearest keyframe, or from a state near by that an
        earlier replay came past: going back step by step through a large network, whose keyframes are few, replays the
        same stretch once."""
        at, state = self.timeline.nearest(iteration)
        near = [known for known in self._near if at < known <= iteration]
        if near:
            at = max(near)
            state = self._near[at]
        if at < iteration - MOST_NEAR:
            at, state = self._replayed(at, state, iteration - MOST_NEAR)
            self._near = {at: state}
        while at < iteration:
            at, state = self._replayed(at, state, at + 1)
            self._near[at] = state
        while len(self._near) > MOST_NEAR or len(self._near) > 2 and self._near_bytes() > NEAR_BYTES:
            del self._near[min(self._near)]
        return state

    def _near_bytes(self) -> int:
        return sum(state.nbytes() for state in self._near.values())

    def _replayed(self, at: int, state: State, iteration: int) -> tuple[int, State]:
        progress = self.engine.advance(at, state, iteration - at)
        if progress.iteration != iteration:
            raise LookupError(f"the run ends at iteration {progress.iteration}, before {iteration}")
        return iteration, progress.state

    def advance(self, iteration: int, state: State, count: int) -> tuple[int, State]:
        """Up to `count` iterations on from the state settled at `iteration`, cut at the grid; keeps what is new.

        Returns the iteration come to and its settled state; an end shows in `outcome`.
        """
        last = iteration + count
        while iteration < last and not self.has_ended_at(iteration):
            # Where the run has been before, what belongs on the grid is there: nothing to stop for.
            known = self.reached if iteration < self.reached else self.timeline.next_on_grid(iteration)
            stop = min(last, known)
            progress = self.engine.advance(iteration, state, stop - iteration)
            self._arrived(progress.iteration, progress.state, progress.outcome)
            if progress.outcome is not None:
                return progress.iteration, progress.state
            iteration, state = progress.iteration, progress.state
        return iteration, state

    def has_ended_at(self, iteration: int) -> bool:
        return self.timeline.outcome is not None and iteration >= self.timeline.reached

    def moments(self, iteration: int, before: State | None = None) -> list[Moment]:
        """The moments of a frame iteration; `before`, the state settled at the one before, saves a replay.

        Making the moments of the iteration after the last known one makes it known. A list that would end in
        numbers without bounds is empty, and the outcome says that the run diverged.
        """
        if iteration > 0 and before is None:
            before = self.state_after(iteration - 1)
        moments = self.engine.moments(iteration, before)
        if not moments[-1].state.is_finite():
            assert before is not None  # a start is finite
            self.advance(iteration - 1, before, 1)
            return []
        if iteration > self.reached:
            settled = moments[-1].state
            self._arrived(iteration, settled, self.engine.outcome(iteration, settled))
        return moments

    def _arrived(self, iteration: int, state: State, outcome: Outcome | None) -> None:
        if iteration > self.timeline.reached:
            self.timeline.reached = iteration
        if outcome is not None and iteration >= self.timeline.reached:
            self.timeline.outcome = outcome
        if self.timeline.is_on_grid(iteration) and not self.timeline.has(iteration):
            self._keep(iteration, state)

    def _keep(self, iteration: int, state: State) -> None:
        is_measured = self.timeline.is_measured_at(iteration)
        self.timeline.keep(iteration, state, self.metrics(iteration, state) if is_measured else None)

    def in_force(self, iteration: int) -> tuple[Learner[Any, Any], Rows]:
        """The learner and the problem that made the frames of `iteration`."""
        done = max(0, iteration - 1)
        problem = self.engine.problem_at(done)
        assert isinstance(problem, Rows)
        return self.engine.learner_at(done), problem

    def metrics(self, iteration: int, settled: State) -> dict[str, float]:
        """The figures at the state settled at an iteration."""
        kept = self.timeline.metrics(iteration)
        return kept if kept is not None else self._figures_at(iteration, settled)

    def _figures_at(self, iteration: int, settled: State) -> dict[str, float]:
        learner, problem = self.in_force(iteration)
        return self.figures(learner, settled, problem)

    def figures(self, learner: Learner[Any, Any], state: State, problem: Rows) -> dict[str, float]:
        """The learner's own figures and the scores of any state of this run."""
        if not learner.rebuilds:
            return metrics_at(learner, state, problem)
        if self._scores is None:
            self._scores = scores(learner, state, problem)
        return {**learner.metrics(state, problem), **self._scores}

    def metrics_rows(self) -> tuple[list[str], list[list[float]]]:
        """metrics.csv: a header ("iteration", then names) and a row for each point of the curves and the last one."""
        iterations, curves = self.timeline.curves()
        names = list(curves)
        rows = [[int(i), *(float(curves[n][k]) for n in names)] for k, i in enumerate(iterations)]
        if not rows or rows[-1][0] != self.reached:
            last = self.metrics(self.reached, self.state_after(self.reached))
            rows.append([self.reached, *(last.get(name, float("nan")) for name in names)])
        return ["iteration", *names], rows

    # -- changes -----------------------------------------------------------------------------------------------------

    def change(self, iteration: int, change: Change) -> None:
        """Record a change after `iteration` iterations and cut off what came after; the cut part is the branch.

        An Edit is tried before it is recorded: ValueError for an unknown handle, and nothing has changed then.
        """
        settled = self.state_after(iteration)
        if isinstance(change, Edit):
            self.engine.learner_at(iteration).edit(settled, change, self.engine.problem_at(iteration))
        kept = tuple(entry for entry in self.schedule if entry[0] <= iteration)
        if iteration < self.reached:
            self.branch = (self.schedule, self.timeline)
        # A keyframe at `iteration` itself was settled without this edit: it is made anew.
        timeline = self.timeline.cut(iteration - 1 if isinstance(change, Edit) else iteration)
        self._set_schedule((*kept, (iteration, change)))
        self.timeline = timeline
        timeline.reached = iteration
        if isinstance(change, Edit):
            settled = (
                self.engine.start()
                if iteration == 0
                else self.moments(iteration, self.state_after(iteration - 1))[-1].state
            )
            self._keep(iteration, settled)
        timeline.outcome = self.engine.outcome(iteration, settled)

    def fall_back(self, iteration: int) -> int:
        """Go on on the CPU from the last keyframe at or before `iteration`; what the lost device holds is let go.
        Returns the keyframe's iteration."""
        at = self.timeline.nearest(min(iteration, self.reached))[0] if self.timeline.kept() else 0
        lost = self.device
        self._set_schedule((*(entry for entry in self.schedule if entry[0] <= at), (at, Move("cpu"))))
        self.engine.forget(lost)
        self.timeline = self.timeline.cut(at)
        self.begin()
        return at

    def _set_schedule(self, schedule: Schedule) -> None:
        self._near = {}
        self.engine.set_schedule(schedule)

    def clear_changes(self) -> None:
        """Forget all recorded changes: the run as the experiment started it."""
        self.branch = None
        self._set_schedule(())
        self.timeline = Timeline(self.timeline.byte_budget, self.timeline.first_stride, self.timeline.rows)
        self.begin()

    def take_branch(self) -> None:
        """Exchange schedule and future with the branch. Raises LookupError when there is none."""
        if self.branch is None:
            raise LookupError("there is no branch")
        mine = (self.schedule, self.timeline)
        schedule, self.timeline = self.branch
        self._set_schedule(schedule)
        self.branch = mine


def first_stride(learner: Learner[Any, Any], problem: Rows) -> int:
    """The grid's stride at the start of a run: 1, but for learners that look at a few rows in an iteration a power
    of two that grows with the data, since every grid point computes the figures over all rows."""
    if learner.iterations_per_epoch(problem) is None:
        return 1
    return 1 << max(0, math.ceil(math.log2(max(1, problem.n) / ROWS_FOR_STRIDE_1)))


def rows_looked_at(learner: Learner[Any, Any], problem: Rows) -> int:
    """How many rows an iteration looks at on the average: a sample, a mini-batch, all of them."""
    return max(1, problem.n // (learner.iterations_per_epoch(problem) or 1))
