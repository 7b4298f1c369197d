"""A classifier by the nearest class mean (Tibshirani and others, 2002, without shrinking), written to the letter of
models/core/learner.py and nothing else: an iteration looks at a class and puts its mean where its rows lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Learner, Moment, Outcome, Phase
from models.core.marks import Field, Mark, Points
from models.core.params import declare
from models.core.problem import Rows, Task
from models.core.readiness import lacks_answers
from models.core.state import State
from models.words.text import Said, Text

_TITLE = Text("Nearest centroid", "최근접 중심")


@dataclass(frozen=True, eq=False)
class NearestCentroidState(State):
    centroids: np.ndarray  # (classes, d); rows of classes that were not looked at yet hold the mean of all rows
    done: int


class NearestCentroid(Learner[NearestCentroidState, Rows]):
    id: ClassVar[str] = "nearest_centroid"
    title: ClassVar[Text] = _TITLE
    task: ClassVar[Task] = "classifier"
    state_type: ClassVar[type[State]] = NearestCentroidState
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text("Every class starts at the mean of all points.", "모든 클래스가 전체 평균에서 출발합니다."),
        ),
        "look": Phase(Text("look", "보기"), Text("Class {name} has {n} points.", "클래스 {name}의 점은 {n}개입니다.")),
        "mean": Phase(
            Text("mean", "평균"), Text("Its centroid moves to their mean.", "중심이 그 평균으로 옮겨 갑니다.")
        ),
    }
    metric_names: ClassVar[dict[str, Text]] = {"distance": Text("mean distance", "평균 거리")}
    goal: ClassVar[str] = "distance"
    measures_distance: ClassVar[bool] = True

    share: float = declare(
        1.0,
        label=Text("Way to the mean", "평균까지 가는 비율"),
        help=Text("The share of the way that a centroid goes.", "중심이 평균까지 가는 거리의 비율"),
        change="live",
        minimum=0.1,
        maximum=1.0,
    )

    def start(self, problem: Rows, seed: int) -> NearestCentroidState:
        return NearestCentroidState(np.tile(problem.features.mean(axis=0), (problem.n_classes, 1)), 0)

    def iterate(self, state: Any, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        values = {"name": problem.class_text(state.done), "n": int((problem.targets == state.done).sum())}
        yield Moment("look", state, values)
        yield Moment("mean", self._moved(state, problem), values)

    def advance(self, state: Any, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        done = 0
        while done < count and state.done < problem.n_classes:
            state, done = self._moved(state, problem), done + 1
        return Advance(state, done)

    def _moved(self, state: NearestCentroidState, problem: Rows) -> NearestCentroidState:
        centroids = state.centroids.copy()
        mean = problem.features[problem.targets == state.done].mean(axis=0)
        centroids[state.done] += self.share * (mean - centroids[state.done])
        return NearestCentroidState(centroids, state.done + 1)

    def outcome(self, state: Any, problem: Rows) -> Outcome | None:
        if state.done < problem.n_classes:
            return None
        return Outcome("finished", Said(Text("Every class has its centroid.", "모든 클래스에 중심이 있습니다."), {}))

    def predict(self, state: Any, x: np.ndarray) -> np.ndarray:
        squares = ((np.asarray(x, dtype=np.float64)[:, None, :] - state.centroids) ** 2).sum(axis=2)
        return np.eye(len(state.centroids))[squares.argmin(axis=1)]

    def metrics(self, state: Any, problem: Rows) -> dict[str, float]:
        own = state.centroids[problem.targets]
        return {"distance": float(np.linalg.norm(problem.features - own, axis=1).mean())}

    def report(self, state: Any, problem: Rows) -> dict[str, Any]:
        return {"parameters": {"centroids_": problem.scaler.inverse(state.centroids).tolist()}}

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state: Any = moment.state
        yield Field(key="field")
        if moment.phase == "look":
            yield Points(key="rows", rows=np.flatnonzero(problem.targets == state.done), symbol="ring")
        yield Points(key="centroids", at=state.centroids, symbol="cross", labels=problem.class_names)

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        return Said(Text("class {k} of {of}", "클래스 {of}개 중 {k}번째"), {"k": iteration, "of": problem.n_classes})

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: Any = shown.moment.state
        k = max(0, min(shown.iteration, problem.n_classes) - 1)
        values = {f"m{j}": float(v) for j, v in enumerate(state.centroids[k])}
        numbers = r"\mu = (" + ", ".join(f"<{name}>" for name in values) + ")"
        said = Text("Centroid of class {name}", "클래스 {name}의 중심")
        yield Formula("mean", said, r"\mu = \frac{1}{n} \sum x", numbers, values, {"name": problem.class_text(k)}, True)

    def tensors(self, state: Any) -> Iterable[Tensor]:
        yield Tensor("centroids", state.centroids)

    def unready(self, problem: Rows) -> Said | None:
        return lacks_answers(problem, _TITLE)
