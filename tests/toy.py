"""A learner small enough to know every number of: value <- value * factor + step, two moments an iteration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Points, Trail
from models.core.params import declare
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Said, Text

T = Text("toy", "장난감")


@dataclass(frozen=True, eq=False)
class ToyState(State):
    value: np.ndarray  # (1, d)
    done: int


class Toy(Learner):
    id: ClassVar[str] = "toy"
    title: ClassVar[Text] = T
    task: ClassVar = "clusterer"
    state_type: ClassVar = ToyState
    phases: ClassVar = {
        "start": Phase(T, T),
        "edited": Phase(T, T),
        "look": Phase(T, Text("at {done:d}", "{done:d} 단계")),
        "update": Phase(T, Text("at {done:d}", "{done:d} 단계")),
    }
    metric_names: ClassVar = {"value": T}
    goal: ClassVar[str] = "value"

    factor: float = declare(1.0, label=T, help=T, change="live")
    step: float = declare(1.0, label=T, help=T, change="live")
    last: int = declare(1_000_000, label=T, help=T)
    raise_at: int = declare(-1, label=T, help=T)

    def start(self, problem: Rows, seed: int) -> ToyState:
        return ToyState(np.full((1, problem.d), float(seed)), 0)

    def iterate(self, state, problem, seed, iteration) -> Iterator[Moment]:
        yield Moment("look", state.replace(value=state.value.copy()), {"done": iteration})
        after = self.advance(state, problem, seed, iteration, 1).state
        yield Moment("update", after, {"done": iteration})

    def advance(self, state, problem, seed, iteration, count) -> Advance:
        if problem.path == "torch":
            problem.tensor("features")
        value, done = state.value, 0
        with np.errstate(over="ignore"):
            while done < count and state.done + done < self.last:
                if iteration + done == self.raise_at:
                    raise ZeroDivisionError("asked for by the test")
                value = value * self.factor + self.step
                done += 1
        return Advance(ToyState(value, state.done + done), done)

    def outcome(self, state, problem):
        return Outcome("converged", Said(T, {})) if state.done >= self.last else None

    def predict(self, state, x):
        return np.ones((len(x), 1))

    def metrics(self, state, problem):
        return {"value": float(state.value[0, 0])}

    def report(self, state, problem):
        return {"parameters": {"value": state.value.tolist()}}

    def marks(self, moment, problem):
        yield Trail(key="trail", source="value")
        yield Points(key="value", at=moment.state.value, symbol="cross", handle="value")

    def place(self, iteration, moment, problem):
        return Said(T, {})

    def dwell(self, iteration, moment, problem):
        return 0.1

    def iterations_per_epoch(self, problem):
        return 10

    def edit(self, state, edit: Edit, problem):
        if edit.handle != "value":
            raise ValueError(f"no handle {edit.handle}")
        return state.replace(value=np.array([edit.value], dtype=float))
