"""The classifier of the nearest class mean: one class's mean is computed in each iteration, then the run is finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from learnscope import (
    Advance,
    Formula,
    Learner,
    Moment,
    Outcome,
    Phase,
    Said,
    State,
    Text,
    declare,
    lacks_answers,
    marks,
)
from nearest_mean import ROW


@dataclass(frozen=True, eq=False)
class NearestMeanState(State):
    """means (c, d), zeros for classes not yet computed; `seen` classes are."""

    means: np.ndarray
    seen: int


class NearestMean(Learner):
    id: ClassVar[str] = ROW.id
    title: ClassVar[Text] = ROW.title
    task: ClassVar = "classifier"
    state_type: ClassVar = NearestMeanState
    phases: ClassVar = {
        "start": Phase(Text("start", "시작"), Text("No mean is known yet.", "아직 평균을 모릅니다.")),
        "mean": Phase(
            Text("mean", "평균"),
            Text("The mean of class {name} was computed.", "클래스 {name}의 평균을 계산했습니다."),
        ),
    }
    metric_names: ClassVar = {"distance": Text("mean distance", "평균 거리")}
    goal: ClassVar[str] = "distance"

    sharpness: float = declare(
        1.0,
        label=Text("sharpness", "선명도"),
        help=Text("How fast a share falls with distance.", "거리에 따라 비율이 줄어드는 빠르기입니다."),
        minimum=0.1,
        maximum=10.0,
    )

    def start(self, problem, seed):
        return NearestMeanState(np.zeros((problem.n_classes, problem.d)), 0)

    def iterate(self, state, problem, seed, iteration):
        after = self.advance(state, problem, seed, iteration, 1).state
        yield Moment("mean", after, {"name": problem.class_text(after.seen - 1)})

    def advance(self, state, problem, seed, iteration, count):
        means, seen = state.means.copy(), state.seen
        while seen < len(means) and seen < state.seen + count:
            means[seen] = problem.features[problem.targets == seen].mean(axis=0)
            seen += 1
        return Advance(NearestMeanState(means, seen), seen - state.seen)

    def outcome(self, state, problem):
        if state.seen < len(state.means):
            return None
        return Outcome("finished", Said(Text("Every mean is known.", "모든 평균을 압니다."), {}))

    def predict(self, state, x):
        squares = -self.sharpness * ((x[:, None, :] - state.means) ** 2).sum(axis=2)
        shares = np.exp(squares - squares.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def metrics(self, state, problem):
        away = np.linalg.norm(problem.features - state.means[problem.targets], axis=1)
        return {"distance": float(away.mean())}

    def report(self, state, problem):
        return {"parameters": {"means": problem.scaler.inverse(state.means).tolist()}}

    def marks(self, moment, problem):
        yield marks.Field(key="field")
        yield marks.Points(key="means", at=moment.state.means[: max(moment.state.seen, 1)], symbol="cross")

    def place(self, iteration, moment, problem):
        values = {"seen": moment.state.seen, "all": problem.n_classes}
        return Said(Text("class {seen:d} of {all:d}", "클래스 {all:d}개 중 {seen:d}번째"), values)

    def formulas(self, shown, problem):
        value = float(shown.moment.state.means[max(shown.moment.state.seen - 1, 0), 0])
        yield Formula("mean", Text("the mean", "평균"), r"\mu_1", "<m>", {"m": value}, is_main=True)

    def unready(self, problem):
        return lacks_answers(problem, self.title)
