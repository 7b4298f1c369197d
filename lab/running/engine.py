"""The loop, written once: from a state to the moments of one iteration, or many iterations on, changes included.

The engine holds no position. Everything it makes follows from (learner, problem, seed, schedule) and the state
that it is given, which is why stepping back, resuming and replaying are the same thing as running.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.document.changes import Move, Retune, Schedule
from lab.running.problems import on_device
from models.core.learner import Edit, Learner, Moment, Outcome
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Said, Text

DIVERGED = Text(
    "The numbers grew beyond all bounds at iteration {iteration:d} (diverged). Lower the learning rate, or go back.",
    "반복 {iteration:d}에서 값이 끝없이 커졌습니다(발산). 학습률을 낮추거나 한 단계 뒤로 가세요.",
)


@dataclass(frozen=True, eq=False)
class Progress:
    """Where an advance came to: iterations done, the settled state there, and the outcome if it ended."""

    iteration: int
    state: State
    outcome: Outcome | None


class Engine:
    """`learner` and `problem` as they stand at iteration 0; the schedule says how they change later.

    The state "settled at t" is the one after t iterations with the edits recorded at t made.
    """

    def __init__(self, learner: Learner[Any, Any], problem: Rows, seed: int, schedule: Schedule = ()) -> None:
        self._learner, self._problem, self.seed = learner, problem, seed
        self._problems = {problem.device: problem}
        self.schedule: Schedule = ()
        self.set_schedule(schedule)

    def set_schedule(self, schedule: Schedule) -> None:
        self.schedule = tuple(sorted(schedule, key=lambda entry: entry[0]))
        self._turns = sorted({at for at, _ in self.schedule})
        self._learners: dict[int, Learner[Any, Any]] = {}
        for at in self._turns:
            retuned = {c.name: c.value for t, c in self.schedule if t <= at and isinstance(c, Retune)}
            self._learners[at] = self._learner.changed(**retuned) if retuned else self._learner

    # -- what is in force -------------------------------------------------------------------------------------------

    def learner_at(self, iteration: int) -> Learner[Any, Any]:
        """The learner that makes the iteration after `iteration` ones."""
        past = [at for at in self._turns if at <= iteration]
        return self._learners[past[-1]] if past else self._learner

    def problem_at(self, iteration: int) -> Rows:
        """The problem, on the device in force for the iteration after `iteration` ones."""
        device = self._problem.device
        for at, change in self.schedule:
            if at <= iteration and isinstance(change, Move):
                device = change.device
        if device not in self._problems:
            self._problems[device] = on_device(self._problem, self._learner, device)
        return self._problems[device]

    def forget(self, device: str) -> None:
        """Let go of what was uploaded to a device that no longer answers."""
        if device != self._problem.device:
            self._problems.pop(device, None)
        else:
            self._problems[device] = on_device(self._problem, self._learner, device)

    def _next_turn(self, iteration: int) -> int | None:
        return next((at for at in self._turns if at > iteration), None)

    # -- states and moments -----------------------------------------------------------------------------------------

    def start(self) -> State:
        """The settled state at 0."""
        return self.settle(0, self.first_state())

    def first_state(self) -> State:
        """The state at 0 before any edit."""
        return self._learner.start(self.problem_at(0), self.seed)

    def settle(self, iteration: int, state: State) -> State:
        """`state` with the edits recorded at `iteration` made."""
        for moment in self._edited(iteration, state):
            state = moment.state
        return state

    def _edited(self, iteration: int, state: State) -> list[Moment]:
        moments = []
        for at, change in self.schedule:
            if at == iteration and isinstance(change, Edit):
                state = self.learner_at(iteration).edit(state, change, self.problem_at(iteration))
                moments.append(Moment("edited", state, {"handle": change.handle}))
        return moments

    def moments(self, iteration: int, before: State | None) -> list[Moment]:
        """All moments of frame iteration `iteration`; `before` is the state settled at the one before (None at 0)."""
        if iteration == 0:
            first = self.first_state()
            return [Moment("start", first), *self._edited(0, first)]
        assert before is not None
        done = iteration - 1
        made = list(self.learner_at(done).iterate(before, self.problem_at(done), self.seed, done))
        return [*made, *self._edited(iteration, made[-1].state)]

    def outcome(self, iteration: int, settled: State) -> Outcome | None:
        """Why the run ends at a settled state, or None. A run never ends before its first iteration."""
        if iteration == 0:
            return None
        return self.learner_at(iteration - 1).outcome(settled, self.problem_at(iteration - 1))

    def advance(self, iteration: int, state: State, count: int) -> Progress:
        """Up to `count` iterations from the state settled at `iteration`; ends at an outcome or a divergence.

        A divergence is reported at the last good iteration, found one by one, so that it does not depend on how
        the run was cut into slices.
        """
        last = iteration + count
        while iteration < last:
            turn = self._next_turn(iteration)
            wish = min(last, turn if turn is not None else last) - iteration
            learner, problem = self.learner_at(iteration), self.problem_at(iteration)
            result = learner.advance(state, problem, self.seed, iteration, wish)
            if not result.state.is_finite():
                return self._last_good(iteration, state, result.done)
            iteration += result.done
            state = self.settle(iteration, result.state)
            outcome = self.outcome(iteration, state)
            if outcome is not None:
                return Progress(iteration, state, outcome)
            if result.done == 0:
                raise RuntimeError(f"{learner.id} made no iteration and has no outcome")
        return Progress(iteration, state, None)

    def _last_good(self, iteration: int, state: State, count: int) -> Progress:
        learner, problem = self.learner_at(iteration), self.problem_at(iteration)
        for _ in range(count):
            result = learner.advance(state, problem, self.seed, iteration, 1)
            if not result.state.is_finite():
                break
            state, iteration = self.settle(iteration + 1, result.state), iteration + 1
        said = Said(DIVERGED, {"iteration": iteration + 1})
        return Progress(iteration, state, Outcome("diverged", said))
