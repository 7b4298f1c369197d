"""K-nearest neighbours: nothing is learned beforehand; the nearest points answer when a question is asked.

T. Cover, P. Hart: Nearest neighbor pattern classification, 1967. One iteration finds one neighbour; the last one lets
them vote, or takes the mean of their values where the targets are numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from models.algorithms.knn import formulas as knn_numbers
from models.arithmetic import side_by_side
from models.core.findings import Finding, fewer, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Learner, Moment, Outcome, Phase
from models.core.marks import Bars, Ellipse, Field, Mark, Points, Segments
from models.core.params import declare
from models.core.problem import Rows, Task
from models.core.readiness import lacks_answers, ruling_column
from models.core.state import ArrayForm, State
from models.words.numbers import fixed, number
from models.words.text import Said, Text

MOST_LINKS = 2_000  # links drawn from the new point
MOST_LABELS = 40  # with more neighbours the distances would cover each other
MOST_BARS = 10  # neighbours whose values are listed in the corner of the plane
MOST_TREE_COLUMNS = 16  # beyond, a k-d tree visits nearly every point
FEWEST_PLACES = 2_000  # asked about at once: with fewer, threads cost more than they save
MOST_WALKS = 30  # neighbours each found by a walk over all points; more by sorting them once


@dataclass(frozen=True, eq=False)
class KNNState(State):
    """The training rows, kept as they are, and what has been found for the new point so far, nearest first.

    votes[c]: how many of the found neighbours (or what sum of their weights) belong to class c. Where the targets are
    numbers it has one entry: the mean of the found neighbours' values, 0 before there are any.
    """

    features: np.ndarray  # (n, d), the problem's own array
    targets: np.ndarray  # (n,) int64, or float64 for numbers
    found: np.ndarray  # (m,) int64, rows
    distances: np.ndarray  # (m,)
    votes: np.ndarray  # (c,), (1,) for numbers
    finished: int

    @property
    def is_regression(self) -> bool:
        return self.targets.dtype.kind == "f"

    def nbytes(self) -> int:
        """Bytes of this state alone: the training rows are shared by all states of a run."""
        return 784 + self.found.nbytes + self.distances.nbytes + self.votes.nbytes


class KNN(Learner[KNNState, Rows]):
    """Classifies a place by the vote of its nearest training points, or gives it the mean of their values.

    Neighbours are ordered by (distance, row), so equal distances go to the earlier row. Equal votes go to the class
    with the smaller number. With weights "distance" a neighbour counts 1/distance, and neighbours at distance zero
    count alone, as in scikit-learn.
    """

    id: ClassVar[str] = "knn"
    title: ClassVar[Text] = Text("K-nearest neighbours", "K-최근접 이웃(KNN)")
    task: ClassVar[Literal["classifier"]] = "classifier"
    state_type: ClassVar[type[State]] = KNNState
    verb: ClassVar[Text] = Text("predict", "예측")
    measures_distance: ClassVar[bool] = True
    rebuilds: ClassVar[bool] = True  # changed data or settings give a new run at once: there is no training to lose
    goal: ClassVar[str] = "vote_share"
    metric_names: ClassVar[dict[str, Text]] = {
        "vote_share": Text("share of the votes for the leading class", "가장 많은 표를 얻은 클래스의 표 비율"),
        "mean": Text("mean of the neighbours' values", "이웃 목표값의 평균"),
    }
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("question", "질문"),
            Text(
                "No training step: the data is kept, and the answer is worked out when you ask.",
                "학습 단계 없음: 데이터를 저장하고, 물어볼 때 계산합니다.",
            ),
        ),
        "find": Phase(
            Text("find", "이웃 찾기"),
            Text(
                "Neighbour {rank} of {k}: a point {with_answer}, at distance {distance:.2f}.",
                "{k}개 중 {rank}번째 이웃: 거리 {distance:.2f}에 있는 {with_answer} 점입니다.",
            ),
        ),
        "vote": Phase(
            Text("vote", "다수결"),
            Text(
                "{votes}: the new point is predicted to be of class {winner}.{tie}",
                "{votes}: 새 점(?)을 클래스 {winner:으로/로} 예측합니다.{tie}",
            ),
        ),
        "average": Phase(
            Text("mean", "평균"),
            Text(
                "The {mean} of the {k} neighbours' values: for the new point {target} is predicted to be {value}.",
                "이웃 {k}개의 목표값의 {mean:을/를} 내어 새 점(?)의 {target:을/를} {value:으로/로} 예측합니다.",
            ),
        ),
    }

    n_neighbors: int = declare(
        3,
        odd_for_two_classes=True,
        label=Text("Number of neighbours (K)", "이웃 수 (K)"),
        help=Text(
            "How many of the nearest points answer. An odd number avoids ties between two classes.",
            "답을 정하는 가까운 점의 수입니다. 클래스가 둘일 때 홀수로 정하면 동점이 생기지 않습니다.",
        ),
        change="restart",
        minimum=1,
        maximum=1_000_000,
    )
    weights: Literal["uniform", "distance"] = declare(
        "uniform",
        label=Text("Weight of a vote", "표의 가중치"),
        help=Text(
            "Every neighbour counts the same, or a near one counts more than a far one.",
            "모든 이웃의 표를 똑같이 세거나, 가까운 이웃의 표를 더 크게 셉니다.",
        ),
        change="restart",
        choices={
            "uniform": Text("uniform weights", "동일 가중"),
            "distance": Text("distance weights (1/distance)", "거리 가중 (1/거리)"),
        },
    )
    query: tuple[float, ...] | None = declare(
        None,
        label=Text("New point (?)", "새 점(?)"),
        help=Text(
            "The place that is asked about, in original units: the two shown columns, or every column. "
            "In the plane, drag the question mark.",
            "예측할 위치를 원래 단위로 적습니다. 평면에 보이는 두 열만 적거나 모든 열을 적습니다. "
            "평면에서는 물음표를 끌어 옮깁니다.",
        ),
        change="restart",
        length=(1, 64),
        none_text=Text("the medians of the data", "데이터의 중앙값"),
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> KNNState:
        assert problem.targets is not None
        if problem.path == "torch":
            _remember(problem.features, _OnDevice(problem))
        return KNNState(
            features=problem.features,
            targets=problem.targets,
            found=np.zeros(0, dtype=np.int64),
            distances=np.zeros(0),
            votes=np.zeros(1 if problem.has_values else problem.n_classes),
            finished=0,
        )

    def iterate(self, state: KNNState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        state = self.advance(state, problem, seed, iteration, 1).state
        if state.finished:
            if state.is_regression:
                yield Moment("average", state, self._mean_values(state, problem))
            else:
                yield Moment("vote", state, self._vote_values(state, problem))
            return
        rank, distance = len(state.found), float(state.distances[-1])
        answer = _with_answer(int(state.found[-1]), problem)
        yield Moment(
            "find", state, {"rank": rank, "k": self._k(problem.n), "with_answer": answer, "distance": distance}
        )

    def advance(self, state: KNNState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        if count <= 0 or state.finished:
            return Advance(state, 0)
        missing = self._k(problem.n) - len(state.found)
        more = min(count, missing)
        found, distances = state.found, state.distances
        if more > 0:
            every = _distances_to(self._query_row(problem), problem)
            found = np.concatenate([found, _following(every, found, more)])
            distances = every[found]
        is_weighted = self.weights == "distance"
        if state.is_regression:
            votes = np.empty(1)
            _means(distances.copy()[None, :], state.targets[found][None, :], is_weighted, votes)
        else:
            votes = np.empty(problem.n_classes)
            _votes(distances.copy()[None, :], state.targets[found][None, :], is_weighted, False, votes[None, :])
        done = more + (count > missing)
        finished = int(count > missing)
        return Advance(state.replace(found=found, distances=distances, votes=votes, finished=finished), done)

    def outcome(self, state: KNNState, problem: Rows) -> Outcome | None:
        if not state.finished:
            return None
        if state.is_regression:
            return Outcome("finished", Said(_MEAN_ANSWER, self._mean_values(state, problem)))
        return Outcome("finished", Said(_ANSWER, self._vote_values(state, problem)))

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        n, is_number = problem.n, problem.has_values
        so_far = range(self._k(n) + 1)
        return {
            "features": ArrayForm("float64", (n, problem.d)),
            "targets": ArrayForm("float64", (n,)) if is_number else ArrayForm("int64", (n,), range(problem.n_classes)),
            "found": ArrayForm("int64", (so_far,), range(n)),
            "distances": ArrayForm("float64", (so_far,)),
            "votes": ArrayForm("float64", (1 if is_number else problem.n_classes,)),
            "finished": ArrayForm("int64", (), range(2)),
        }

    def predict(self, state: KNNState, x: np.ndarray) -> np.ndarray:
        x = np.ascontiguousarray(x, dtype=np.float64)
        k = self._k(len(state.features))
        answers = np.empty(len(x) if state.is_regression else (len(x), len(state.votes)))
        rows_at_once, is_weighted = max(1, 1_000_000 // (k + 1)), self.weights == "distance"
        for first in range(0, len(x), rows_at_once):
            some = slice(first, first + rows_at_once)
            distances, rows = _nearest(state.features, x[some], k)
            if state.is_regression:
                _means(distances, state.targets[rows], is_weighted, answers[some])
            else:
                _votes(distances, state.targets[rows], is_weighted, True, answers[some])
        return answers

    def metrics(self, state: KNNState, problem: Rows) -> dict[str, float]:
        if state.is_regression:
            return {"mean": float(state.votes[0])} if len(state.found) else {}
        total = float(state.votes.sum())
        return {"vote_share": float(state.votes.max()) / total} if total > 0 else {}

    def report(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        query = self._query_row(problem)
        neighbors = [
            {"row": int(problem.rows[row]), **_answer_of(row, problem), "distance": distance}
            for row, distance in zip(state.found.tolist(), state.distances.tolist(), strict=True)
        ]
        if problem.scaler.kind == "standard":
            bare = [{key: value for key, value in entry.items() if key != "distance"} for entry in neighbors]
        else:
            bare = neighbors
        learned: dict[str, Any] = {
            "n_neighbors": self._k(problem.n),
            "query": problem.scaler.inverse(query[None, :])[0].tolist(),
            "neighbors": bare,
        }
        if state.is_regression:
            learned["prediction"] = float(state.votes[0]) if state.finished else None
        else:
            learned["votes"] = {problem.class_text(c): vote for c, vote in enumerate(state.votes.tolist())}
            learned["prediction"] = problem.class_text(_winner(state.votes)) if state.finished else None
        if problem.scaler.kind == "none":
            return {"parameters": learned}
        return {"parameters": learned, "parameters_scaled": {"query": query.tolist(), "neighbors": neighbors}}

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state: KNNState = moment.state  # type: ignore[assignment]
        at = self._query_place(state, problem)
        yield Field(key="surface")
        if len(state.found):
            linked = state.found[:MOST_LINKS]
            groups = None if state.is_regression else state.targets[linked]
            yield self._reach(at, float(state.distances[-1]), problem)
            yield Segments(
                key="links",
                role="accent",
                starts=np.repeat(at[None, :], len(linked), axis=0),
                ends=problem.places[linked],
                groups=groups,
                group_role="class",
                thin=True,
                labels=tuple(_short(distance) for distance in state.distances) if len(linked) <= MOST_LABELS else (),
            )
            yield Points(key="found", role="accent", rows=state.found)
            if moment.phase == "find":
                yield Points(key="newest", role="accent", emphasis="focus", rows=state.found[-1:], pulse=True)
            if problem.shows_target:
                yield _level(at, float(state.votes[0]), float(state.distances[-1]), bool(state.finished), problem)
            yield self._value_bars(state) if state.is_regression else self._vote_bars(state, problem)
        labels = (number(state.votes[0]),) if state.is_regression and state.finished else ()
        yield Points(
            key="query", role="accent", at=at[None, :], symbol="query", handle="query", snaps=True, labels=labels
        )

    def _query_place(self, state: KNNState, problem: Rows) -> np.ndarray:
        """Where the new point stands: (d,), or (d + 1,) where the plane shows the target. Its height is then the answer
        once it is known; before, where it was put by hand, or the median of the targets."""
        query = self._query_row(problem)
        if not problem.shows_target:
            return query
        if state.finished:
            height = float(state.votes[0])
        else:
            is_given = self.query is not None and len(self.query) == 2
            height = self.query[1] if is_given else float(np.median(state.targets))
        return np.append(query, height)

    def _reach(self, at: np.ndarray, radius: float, problem: Rows) -> Mark:
        """All that is as near as the last neighbour: a circle, or between two lines where the plane shows the target."""
        if not problem.shows_target:
            return Ellipse(key="reach", role="accent", center=at, radius=radius, dashed=True, glide=True)
        across, up = np.zeros_like(at), np.zeros_like(at)
        across[problem.axes[0]], up[-1] = radius, max(1.0, abs(float(at[-1])))
        starts = np.stack([at - across, at + across])
        return Segments(
            key="reach", role="accent", starts=starts, ends=starts + up, extend=True, dashed=True, thin=True
        )

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: KNNState = shown.moment.state  # type: ignore[assignment]
        phase, is_weighted = shown.moment.phase, self.weights == "distance"
        query, is_scaled = self._query_row(problem), problem.scaler.kind == "standard"
        targets = state.targets[state.found]

        def to(row: int, rank: int | None, is_main: bool) -> Formula:
            x = problem.features[row]
            return knn_numbers.distance(query, x, float(np.sqrt(((x - query) ** 2).sum())), rank, is_scaled, is_main)

        if phase == "find":
            yield to(int(state.found[-1]), len(state.found), is_main=True)
        if len(state.found) and state.is_regression:
            value = float(state.votes[0])
            yield knn_numbers.mean(state.distances, targets, value, is_weighted, is_main=phase == "average")
        elif len(state.found):
            yield from knn_numbers.votes(state.distances, targets, state.votes, problem.class_names, is_weighted)
            if phase == "vote":
                yield knn_numbers.answer(state.votes, problem.class_names)
        asked = _pinned_row(shown, problem)
        if phase == "start" or asked is not None:
            yield to(asked or 0, None, is_main=phase == "start")

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        state: KNNState = shown.moment.state  # type: ignore[assignment]
        asked = _pinned_row(shown, problem)
        if shown.moment.phase == "start":
            return np.array([asked or 0])
        found = state.found[-1:] if shown.moment.phase == "find" else state.found
        return found.copy() if asked is None else np.unique(np.append(found, asked))

    def tensors(self, state: KNNState) -> Iterable[Tensor]:
        """What is kept is the training data itself."""
        return (Tensor("X", state.features), Tensor("y", state.targets))

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        state: KNNState = moment.state  # type: ignore[assignment]
        values = {"rank": len(state.found), "k": self._k(problem.n)}
        return Said(Text("neighbour {rank}/{k}", "이웃 {rank}/{k}"), values)

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return 2.0 if moment.phase in ("vote", "average") else 1.0

    def task_on(self, problem: Rows) -> Task:
        return "regressor" if problem.has_values else "classifier"

    # -- what may go wrong -------------------------------------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title, least=1, takes_values=True)
        if lack is not None:
            return lack
        if self.query is not None and len(self.query) not in (2, problem.d):
            return Said(_QUERY_LENGTH, {"given": len(self.query), "d": problem.d})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        if problem.n == 0:
            return None
        if self.n_neighbors > problem.n:
            return fewer(_FEWER_POINTS, "n_neighbors", self.n_neighbors, problem.n)
        return unscaled(_RANGES_DIFFER, ruling_column(problem) if problem.scaler.kind == "none" else None)

    # -- details -----------------------------------------------------------------------------------------------------

    def _k(self, n: int) -> int:
        return min(self.n_neighbors, n)

    def _query_row(self, problem: Rows) -> np.ndarray:
        """The new point as a whole row (d,) in the learner's units."""
        if self.query is None:
            return np.median(problem.features, axis=0)
        if len(self.query) == 2:  # a place in the plane; where that shows the target, its height asks nothing
            return problem.scale_point(np.array(self.query))
        return problem.scaler.transform(np.array(self.query)[None, :])[0]

    def _vote_values(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        winner = _winner(state.votes)
        is_tie = int((state.votes == state.votes[winner]).sum()) > 1
        return {
            "votes": _votes_in_words(state.votes, problem),
            "winner": problem.class_text(winner),
            "tie": _TIE if is_tie else "",
        }

    def _mean_values(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        mean = _MEAN if self.weights == "uniform" else _WEIGHTED_MEAN
        return {"k": len(state.found), "mean": mean, "target": problem.target_name, "value": number(state.votes[0])}

    def _value_bars(self, state: KNNState) -> Bars:
        """The values of the nearest neighbours found so far, and the mean of all of them."""
        values = state.targets[state.found]
        shown = np.append(values[:MOST_BARS], state.votes[0])
        names = [Text(f"neighbour {i + 1}", f"이웃 {i + 1}") for i in range(len(shown) - 1)]
        mean = _MEAN if self.weights == "uniform" else _WEIGHTED_MEAN
        return Bars(
            key="values",
            title=_VALUES if len(values) <= MOST_BARS else _NEAREST_VALUES,
            labels=(*names, mean),
            values=shown,
            most=float(np.abs(values).max()) or 1.0,
            roles=(*["muted"] * (len(shown) - 1), "accent"),
            number_format=".4g",
        )

    def _vote_bars(self, state: KNNState, problem: Rows) -> Bars:
        is_uniform = self.weights == "uniform"
        return Bars(
            key="votes",
            title=Text("Votes", "표"),
            labels=tuple(problem.class_text(c) for c in range(problem.n_classes)),
            values=state.votes,
            most=float(self._k(problem.n)) if is_uniform else float(state.votes.sum()),
            roles=tuple(f"class:{c}" for c in range(problem.n_classes)),
            number_format="g" if is_uniform else ".2f",
        )


_ANSWER = Text("{votes}: {winner}{tie}", "{votes} -> {winner}{tie}")
_TIE = Text(" (a tie: the first class in order is taken)", " (동점: 순서가 앞선 클래스를 택함)")
_FEWER_POINTS = Text(
    "K is {k}, but there are only {n} training points: all {n} of them answer.",
    "K는 {k}이지만 훈련 데이터의 점이 {n}개뿐입니다. {n}개 모두로 답을 정합니다.",
)
_RANGES_DIFFER = Text(
    "{wide} spans {times:.0f} times the range of {narrow}, so it alone decides who is near: "
    "set the scaling to standardised.",
    "{wide}의 범위가 {narrow}의 {times:.0f}배여서 거리를 거의 혼자 정합니다. 스케일링을 표준화로 바꾸세요.",
)
_QUERY_LENGTH = Text(
    "The new point has {given} numbers: give two, for the shown columns, or {d}, one for each column.",
    "새 점에 수가 {given}개 있습니다. 보이는 두 열의 값 2개나 모든 열의 값 {d}개를 적으세요.",
)
_MEAN_ANSWER = Text(
    "{target} = {value}: the {mean} over the neighbours (K = {k}).", "이웃 {k}개의 {mean} -> {target} {value}"
)
_OF_CLASS = Text("of class {name}", "클래스 {name}의")
_OF_VALUE = Text("with {target} {value}", "{target} 값이 {value}인")
_VALUES = Text("Values of the neighbours", "이웃의 목표값")
_NEAREST_VALUES = Text("Values of the nearest neighbours", "가장 가까운 이웃의 목표값")
_MEAN = Text("mean", "평균")
_WEIGHTED_MEAN = Text("weighted mean", "가중 평균")


def _winner(votes: np.ndarray) -> int:
    """The class with the most votes; of equals the one with the smallest number."""
    return int(np.argmax(votes))


def _answer_of(row: int, problem: Rows) -> dict[str, Any]:
    """The class or the value of a training row, for result.json."""
    if problem.has_values:
        return {"value": float(problem.targets[row])}
    return {"class": problem.class_text(int(problem.targets[row]))}


def _with_answer(row: int, problem: Rows) -> Text:
    """The class or the value of a training row as words that can stand inside a sentence."""
    if problem.has_values:
        text, values = _OF_VALUE, {"target": problem.target_name, "value": number(problem.targets[row])}
    else:
        text, values = _OF_CLASS, {"name": problem.class_text(int(problem.targets[row]))}
    en, ko = (text.say(lang, values).replace("{", "{{").replace("}", "}}") for lang in ("en", "ko"))
    return Text(en, ko)


def _pinned_row(shown: Shown, problem: Rows) -> int | None:
    """The training row (an index) that is pinned, or None."""
    found = np.flatnonzero(problem.rows == shown.pin.row) if shown.pin.row is not None else ()
    return int(found[0]) if len(found) else None


def _level(at: np.ndarray, height: float, radius: float, is_answer: bool, problem: Rows) -> Segments:
    """The mean of the neighbours' values, as far as the neighbours reach; a strong line once it is the answer."""
    across = np.zeros_like(at)
    across[problem.axes[0]] = radius
    middle = np.append(at[:-1], height)
    return Segments(
        key="mean", role="accent", starts=(middle - across)[None, :], ends=(middle + across)[None, :],
        dashed=not is_answer, thin=not is_answer,
    )  # fmt: skip


def _votes_in_words(votes: np.ndarray, problem: Rows) -> Text:
    """ "A 1 vote, B 2 votes", of the classes that got any."""
    english, korean = [], []
    for c in np.flatnonzero(votes > 0).tolist():
        name = problem.class_text(c).replace("{", "{{").replace("}", "}}")
        count = number(votes[c]) if votes[c] == int(votes[c]) else fixed(votes[c], 2)
        english.append(f"{name} {count} {'vote' if count == '1' else 'votes'}")
        korean.append(f"{name} {count}표")
    return Text(", ".join(english), ", ".join(korean))


# -- kernels -----------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _distances(features, query):
    """Euclidean distances from one row (d,) to all rows, (n,)."""
    n, d = features.shape
    distances = np.empty(n)
    for i in range(n):
        squared = 0.0
        for j in range(d):
            difference = features[i, j] - query[j]
            squared += difference * difference
        distances[i] = np.sqrt(squared)
    return distances


@njit(cache=True, nogil=True)
def _next_nearest(distances, found, more):
    """The `more` rows that follow those `found` (nearest first) in the order of (distance, row)."""
    rows = np.empty(more, dtype=np.int64)
    last = found[-1] if found.shape[0] > 0 else -1
    for m in range(more):
        nearest = -1
        for i in range(distances.shape[0]):
            is_left = last < 0 or distances[i] > distances[last] or (distances[i] == distances[last] and i > last)
            if is_left and (nearest < 0 or distances[i] < distances[nearest]):
                nearest = i
        rows[m] = last = nearest
    return rows


@njit(cache=True, nogil=True)
def _votes(distances, classes, is_weighted, is_shared, votes):
    """What each class gets from each row of neighbours (m, k), given nearest first, into `votes` (m, c); as shares of
    all votes where is_shared."""
    for i in range(distances.shape[0]):
        for c in range(votes.shape[1]):
            votes[i, c] = 0.0
        total = 0.0
        for j in range(distances.shape[1]):
            vote = 1.0
            if is_weighted and distances[i, 0] < 1e-150:  # distance zero, or so near that 1/distance would overflow
                vote = 1.0 if distances[i, j] < 1e-150 else 0.0
            elif is_weighted:
                vote = 1.0 / distances[i, j]
            votes[i, classes[i, j]] += vote
        for c in range(votes.shape[1]):
            total += votes[i, c]
        if is_shared:
            for c in range(votes.shape[1]):
                votes[i, c] /= total


@njit(cache=True, nogil=True)
def _means(distances, values, is_weighted, means):
    """Mean value for each row of neighbours (m, k), into `means` (m,); weighted as votes are."""
    for i in range(distances.shape[0]):
        total, weights = 0.0, 0.0
        for j in range(distances.shape[1]):
            weight = 1.0
            if is_weighted and distances[i, 0] < 1e-150:
                weight = 1.0 if distances[i, j] < 1e-150 else 0.0
            elif is_weighted:
                weight = 1.0 / distances[i, j]
            total += weight * values[i, j]
            weights += weight
        means[i] = total / weights


@njit(cache=True, nogil=True)
def _settle(features, x, places, candidates, distances, rows):
    """Fill the neighbours of these `places`, rows of x, in the order of (distance, row), by looking at candidates.

    candidates (len(places), w) are rows in rising order; w = 0 stands for all of them.
    """
    k = rows.shape[1]
    w = candidates.shape[1]
    for p in range(places.shape[0]):
        i, size = places[p], 0
        for m in range(w if w > 0 else features.shape[0]):
            row = candidates[p, m] if w > 0 else m
            squared = 0.0
            for j in range(features.shape[1]):
                difference = features[row, j] - x[i, j]
                squared += difference * difference
            distance = np.sqrt(squared)
            if size == k and distance >= distances[i, k - 1]:
                continue
            size = min(size + 1, k)
            at = size - 1
            while at > 0 and distances[i, at - 1] > distance:
                distances[i, at] = distances[i, at - 1]
                rows[i, at] = rows[i, at - 1]
                at -= 1
            distances[i, at] = distance
            rows[i, at] = row


# -- finding neighbours of many places at once -------------------------------------------------------------------------


class _Tree:
    """The nearest rows by a k-d tree, on the CPU.

    Cells are halved in the middle of their longer side and not at the median of their points: such a tree is built in
    half the time and, where the places that are asked about lie away from the points, as most of a plane does, it
    answers in half the time too.
    """

    tie = 1e-9  # distances closer than this share of themselves are settled by our own rule

    def __init__(self, features: np.ndarray) -> None:
        self._tree = cKDTree(features, balanced_tree=False, compact_nodes=False)

    def query(self, x: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
        workers = side_by_side.threads() if len(x) >= FEWEST_PLACES else 1
        distances, rows = self._tree.query(x, k=width, workers=workers)
        return distances.reshape(len(x), width), rows.reshape(len(x), width)


class _OnDevice:
    """The nearest rows by all distances, on an accelerator."""

    def __init__(self, problem: Rows) -> None:
        self._problem = problem
        self.tie = 1e-9 if problem.device == "cpu" else 1e-5  # the rounding of the device's floats counted in

    def distances(self, x: np.ndarray):
        """Distances (m, n) as a tensor. Without the product formula, which loses digits far from the origin."""
        import torch

        features = self._problem.tensor("features")
        places = torch.as_tensor(np.array(x), dtype=features.dtype, device=features.device)
        return torch.cdist(places, features, compute_mode="donot_use_mm_for_euclid_dist")

    def query(self, x: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
        import torch

        at_once = max(1, 2**25 // self._problem.n)
        parts = [
            self.distances(x[first : first + at_once]).topk(width, dim=1, largest=False, sorted=True)
            for first in range(0, len(x), at_once)
        ]
        distances, rows = torch.cat([part.values for part in parts]), torch.cat([part.indices for part in parts])
        return distances.cpu().numpy().astype(np.float64), rows.cpu().numpy()


# The last few searchers with the features that they search. A tree is made on first use and found again by the
# identity of the array, which every state of a run shares; results do not depend on what is kept.
_searchers: deque[tuple[np.ndarray, _Tree | _OnDevice]] = deque(maxlen=4)


def _remember(features: np.ndarray, searcher: _Tree | _OnDevice) -> _Tree | _OnDevice:
    _searchers.appendleft((features, searcher))
    return searcher


def _searcher(features: np.ndarray) -> _Tree | _OnDevice | None:
    """What searches these features; None where looking at every point is as good."""
    for known, searcher in tuple(_searchers):
        if known is features:
            return searcher
    return _remember(features, _Tree(features)) if features.shape[1] <= MOST_TREE_COLUMNS else None


def _distances_to(query: np.ndarray, problem: Rows) -> np.ndarray:
    """Distances from the new point (d,) to all training rows, (n,), by the problem's numeric path."""
    if problem.path == "torch":
        return _OnDevice(problem).distances(query[None, :])[0].cpu().numpy().astype(np.float64)
    return _distances(_read_only(problem.features), query)


def _following(distances: np.ndarray, found: np.ndarray, more: int) -> np.ndarray:
    """The `more` rows that follow those `found` (nearest first) in the order of (distance, row)."""
    if more <= MOST_WALKS:
        return _next_nearest(distances, found.copy(), more)
    return np.argsort(distances, kind="stable")[len(found) : len(found) + more]


def _nearest(features: np.ndarray, x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest rows of `features` for each row of x, as (distances, rows), both (m, k).

    One more than k is asked for. Where the last two are as good as equal, more are asked for, until all that are
    tied are among them, and our own rule (distance, row) chooses.
    """
    n = len(features)
    searcher = _searcher(features)
    distances, rows = np.empty((len(x), k)), np.empty((len(x), k), dtype=np.int64)
    tied, features, x = np.arange(len(x)), _read_only(features), _read_only(x)
    if searcher is not None:
        for width in (min(k + 1, n), min(4 * k + 16, n)):
            near, near_rows = searcher.query(x[tied], width)
            is_clear = near[:, -1] > near[:, k - 1] * (1 + searcher.tie) if width > k else np.ones(len(x), dtype=bool)
            if width <= k + 1:
                distances[:], rows[:] = near[:, :k], near_rows[:, :k]
            else:
                candidates = np.sort(near_rows[is_clear], axis=1).astype(np.int64)
                _settle(features, x, tied[is_clear], candidates, distances, rows)
            tied = tied[~is_clear]
            if len(tied) == 0:
                return distances, rows
    _settle(features, x, tied, np.empty((len(tied), 0), dtype=np.int64), distances, rows)
    return distances, rows


def _read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, read-only: kernels are compiled for that kind of array once."""
    view = array.view()
    view.setflags(write=False)
    return view


def _short(distance: float) -> str:
    """A distance as it stands beside its line: in won nobody reads hundredths."""
    return fixed(distance, 2 if distance < 1000 else 0)
