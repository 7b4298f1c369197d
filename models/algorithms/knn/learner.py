"""K-nearest neighbours: nothing is learned beforehand; the nearest points answer when a question is asked.

T. Cover, P. Hart: Nearest neighbor pattern classification, 1967. One iteration finds one neighbour; the last one lets
them vote, or takes the mean of their values where the targets are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.knn import formulas as knn_numbers
from models.algorithms.knn import neighbours, picture, words
from models.algorithms.knn.kernels import means_of, votes_of
from models.algorithms.knn.state import KNNState
from models.core.findings import Finding, fewer, unscaled
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows, Task
from models.core.readiness import beyond_squares, lacks_answers, ruling_column
from models.core.state import ArrayForm, State
from models.words.numbers import number
from models.words.text import Said, Text


class KNN(Learner[KNNState, Rows]):
    """Classifies a place by the vote of its nearest training points, or gives it the mean of their values.

    Neighbours are ordered by (distance, row), so equal distances go to the earlier row; scikit-learn leaves these to its
    search. Equal votes go to the class with the smaller number. With weights "distance" a neighbour counts 1/distance,
    and neighbours at distance zero count alone, as in scikit-learn.
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
    phases: ClassVar[dict[str, Phase]] = words.PHASES

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
        state = KNNState(
            features=problem.features,
            targets=problem.targets,
            found=np.zeros(0, dtype=np.int64),
            distances=np.zeros(0),
            votes=np.zeros(1 if problem.has_values else problem.n_classes),
            finished=0,
        )
        return state.search_by(neighbours.search_of(problem))

    def iterate(self, state: KNNState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        state = _known(self.advance(state, problem, seed, iteration, 1).state)
        if state.finished:
            if state.is_regression:
                yield Moment("average", state, self._mean_values(state, problem))
            else:
                yield Moment("vote", state, self._vote_values(state, problem))
            return
        rank, k = len(state.found), self._k(problem.n)
        tied = self._tied(state, problem) if rank == k else None
        yield Moment("find", state, {
            "rank": rank,
            "k": k,
            "with_answer": words.with_answer(int(state.found[-1]), problem),
            "distance": float(state.distances[-1]),
            "tied": "" if tied is None else words.tied_in_words(len(tied.rows), tied.room, tied.is_exact),
        })  # fmt: skip

    def advance(self, state: KNNState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        if count <= 0 or state.finished:
            return Advance(state, 0)
        missing = self._k(problem.n) - len(state.found)
        more = min(count, missing)
        found, distances = state.found, state.distances
        if more > 0:
            squares = neighbours.squares_from(self._query_row(problem), problem)
            found = np.concatenate([found, neighbours.following(squares, found, more)])
            distances = np.sqrt(squares[found])
        is_weighted = self.weights == "distance"
        if state.is_regression:
            votes = np.empty(1)
            means_of(distances.copy()[None, :], state.targets[found][None, :], is_weighted, votes)
        else:
            votes = np.empty(problem.n_classes)
            votes_of(distances.copy()[None, :], state.targets[found][None, :], is_weighted, False, votes[None, :])
        done = more + (count > missing)
        finished = int(count > missing)
        return Advance(state.replace(found=found, distances=distances, votes=votes, finished=finished), done)

    def outcome(self, state: KNNState, problem: Rows) -> Outcome | None:
        if not state.finished:
            return None
        if state.is_regression:
            return Outcome("finished", Said(words.MEAN_ANSWER, self._mean_values(state, problem)))
        return Outcome("finished", Said(words.ANSWER, self._vote_values(state, problem)))

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
            distances, rows = neighbours.nearest(state, x[some], k)
            if state.is_regression:
                means_of(distances, state.targets[rows], is_weighted, answers[some])
            else:
                votes_of(distances, state.targets[rows], is_weighted, True, answers[some])
        return answers

    def metrics(self, state: KNNState, problem: Rows) -> dict[str, float]:
        if state.is_regression:
            return {"mean": float(state.votes[0])} if len(state.found) else {}
        total = float(state.votes.sum())
        return {"vote_share": float(state.votes.max()) / total} if total > 0 else {}

    def report(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        query = self._query_row(problem)
        neighbors: list[dict[str, Any]] = [
            {"row": int(problem.rows[row]), **words.answer_of(row, problem), "distance": distance}
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
            learned["prediction"] = problem.class_text(neighbours.winner(state.votes)) if state.finished else None
        if problem.scaler.kind == "none":
            return {"parameters": learned}
        return {"parameters": learned, "parameters_scaled": {"query": query.tolist(), "neighbors": neighbors}}

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state = _known(moment.state)
        at = picture.query_place(state, self._query_row(problem), self.query, problem)
        bars, is_weighted = None, self.weights == "distance"
        if state.is_regression and len(state.found):
            bars = picture.value_bars(state, is_weighted)
        elif len(state.found):
            most = float(state.votes.sum()) if is_weighted else float(self._k(problem.n))
            bars = picture.vote_bars(state, most, is_weighted, problem)
        return picture.marks_of(state, moment.phase, at, bars, problem)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state = _known(shown.moment.state)
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
        state = _known(shown.moment.state)
        asked = _pinned_row(shown, problem)
        if shown.moment.phase == "start":
            return np.array([asked or 0])
        found = state.found[-1:] if shown.moment.phase == "find" else state.found
        return found.copy() if asked is None else np.unique(np.append(found, asked))

    def tensors(self, state: KNNState) -> Iterable[Tensor]:
        """What is kept is the training data itself."""
        return (Tensor("X", state.features), Tensor("y", state.targets))

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        state = _known(moment.state)
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
            return Said(words.QUERY_LENGTH, {"given": len(self.query), "d": problem.d})
        beyond = beyond_squares(problem, each_column=True)
        if beyond is None and not neighbours.can_be_reached(self._query_row(problem), problem):
            return Said(words.QUERY_TOO_FAR, {})
        return beyond

    def advice(self, problem: Rows) -> Finding | None:
        if problem.n == 0:
            return None
        if self.n_neighbors > problem.n:
            return fewer(words.FEWER_POINTS, "n_neighbors", self.n_neighbors, problem.n)
        return unscaled(words.RANGES_DIFFER, ruling_column(problem) if problem.scaler.kind == "none" else None)

    def findings(self, state: KNNState, problem: Rows) -> Iterable[Finding]:
        """Equally near points of which some are left out, where the answer hangs on which of them count."""
        tied = self._decisive_tie(state, problem) if state.finished else None
        if tied is None:
            return
        said = words.EQUALLY_NEAR if tied.is_exact else words.NEARLY_EQUALLY_NEAR
        yield Finding("equally_near", Said(said, {
            "m": len(tied.rows), "room": tied.room, "k": len(state.found), "distance": number(state.distances[-1]),
        }))  # fmt: skip

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

    def _tied(self, state: KNNState, problem: Rows) -> neighbours.Tied | None:
        """The points as near as the neighbour found last, where some of them were left out."""
        return neighbours.tied_with_last(neighbours.squares_from(self._query_row(problem), problem), state.found)

    def _decisive_tie(self, state: KNNState, problem: Rows) -> neighbours.Tied | None:
        """`_tied`, where with others of these points the answer can be another one."""
        tied = self._tied(state, problem)
        return tied if tied and neighbours.may_answer_otherwise(tied, state, self.weights == "distance") else None

    def _vote_values(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        winner, shares = neighbours.winner(state.votes), neighbours.shares_of(state.votes)
        is_tie = int((shares == shares[winner]).sum()) > 1
        return {
            "votes": words.votes_in_words(state.votes, problem),
            "winner": problem.class_text(winner),
            "tie": words.TIE if is_tie else "",
            "tied": self._tied_in_words(state, problem),
        }

    def _mean_values(self, state: KNNState, problem: Rows) -> dict[str, Any]:
        mean = words.MEAN if self.weights == "uniform" else words.WEIGHTED_MEAN
        return {
            "k": len(state.found),
            "mean": mean,
            "target": problem.target_name,
            "value": number(state.votes[0]),
            "tied": self._tied_in_words(state, problem),
        }

    def _tied_in_words(self, state: KNNState, problem: Rows) -> Text | str:
        tied = self._decisive_tie(state, problem)
        return "" if tied is None else words.tied_in_words(len(tied.rows), tied.room, tied.is_exact)


def _known(state: State) -> KNNState:
    assert isinstance(state, KNNState)
    return state


def _pinned_row(shown: Shown, problem: Rows) -> int | None:
    """The training row (an index) that is pinned, or None."""
    if shown.pin.row is None:
        return None
    found = np.flatnonzero(problem.rows == shown.pin.row)
    return int(found[0]) if len(found) else None
