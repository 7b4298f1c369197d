"""K-means: assign every point to its nearest centroid, move every centroid to the mean of its points, again.

Lloyd's algorithm (S. P. Lloyd: Least squares quantization in PCM, 1982). One iteration is one round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.kmeans import device as kmeans_on_device
from models.algorithms.kmeans import formulas as kmeans_numbers
from models.algorithms.kmeans import kernels as kmeans_kernels
from models.algorithms.kmeans import picture as kmeans_picture
from models.algorithms.kmeans import words
from models.algorithms.kmeans.state import KMeansState, state_of
from models.arithmetic import draws
from models.core.findings import ANOTHER_START, Finding, fewer
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import TOO_FEW, beyond_squares
from models.core.state import ArrayForm, State
from models.words.text import Said, Text

LARGEST_START = 1e140  # squares of distances to such a starting place still add up


class KMeans(Learner[KMeansState, Rows]):
    """Clusters by nearest centroid.

    Equal distances: a point belongs to the centroid with the smaller number.
    Empty clusters: after the assignment each cluster without points takes, in order of its number, the point that
    lies farthest from its own centroid (the first of equals) among clusters of two points or more. If that distance is
    zero, the cluster stays empty and its centroid stays where it is. (scikit-learn takes the farthest points, too, in
    no fixed order, and from clusters of one point as well.)
    The end: the run is over when an assignment gives no point another cluster, which is what scikit-learn does with
    tol=0, or after max_iter rounds. Points then join their nearest centroids once more, as they do there.
    What is told of a state, inertia, labels, predictions, always belongs to the centroids in it: each point counts for
    the nearest one. Only the watched points keep their clusters while the centroids move, as in the lecture.
    """

    id: ClassVar[str] = "kmeans"
    title: ClassVar[Text] = Text("K-means", "K-평균")
    task: ClassVar[Literal["clusterer"]] = "clusterer"
    state_type: ClassVar[type[State]] = KMeansState
    verb: ClassVar[Text] = Text("cluster", "군집화")
    goal: ClassVar[str] = "inertia"
    measures_distance: ClassVar[bool] = True
    metric_names: ClassVar[dict[str, Text]] = words.METRICS
    phases: ClassVar[dict[str, Phase]] = words.PHASES

    n_clusters: int = declare(
        3,
        label=Text("Number of clusters (K)", "군집 수 (K)"),
        help=Text(
            "How many centroids there are. It is fixed before the run; another K gives another result.",
            "중심점의 수입니다. 실행 전에 정하며, K가 다르면 결과도 다릅니다.",
        ),
        minimum=1,
        maximum=20,
    )
    init: Literal["random", "k-means++"] = declare(
        "random",
        label=Text("Starting places", "시작 위치"),
        help=Text(
            "Where the centroids start: at data points drawn at random, or at random points far from each other.",
            "중심점의 시작 위치입니다. 무작위로 뽑은 점, 또는 서로 멀리 떨어지게 뽑은 점에서 시작합니다.",
        ),
        choices={
            "random": Text("random points", "무작위 점"),
            "k-means++": Text("k-means++ (far apart)", "k-means++ (서로 멀리)"),
        },
    )
    start_centers: tuple[float, ...] | None = declare(
        None,
        is_start=True,
        label=Text("Given starting places", "지정한 시작 위치"),
        help=Text(
            "Coordinates of the first centroids in original units, one centroid after the other.",
            "첫 중심점들의 좌표를 원래 단위로, 중심점 하나씩 차례로 적습니다.",
        ),
        length=(2, 20 * 64),
        none_text=Text("chosen from the data", "데이터에서 고름"),
    )
    show_classes: bool = declare(
        False,
        label=Text("Show the classes", "클래스 보기"),
        help=Text(
            "Where the points have classes: the shape of a point is its class, its colour still the cluster. Predict "
            "first, then look.",
            "클래스가 있는 데이터라면 점의 모양이 클래스, 색이 군집입니다. 먼저 예측하고 나서 확인하세요.",
        ),
        change="restart",
    )
    max_iter: int = declare(
        300,
        folded=True,
        label=Text("Most rounds", "최대 반복 수"),
        help=Text(
            "The run ends after this many rounds, even if points still change sides.",
            "군집이 계속 바뀌더라도 이만큼 반복하면 멈춥니다.",
        ),
        minimum=1,
        maximum=10_000,
    )

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> KMeansState:
        features = problem.features
        if self.start_centers is not None:
            given = np.array(self.start_centers, dtype=np.float64).reshape(self.n_clusters, problem.d)
            centroids = problem.scaler.transform(given)
        else:
            order = np.empty(problem.n, dtype=np.int64)
            draws.shuffle(seed, 0, draws.START, order)
            rows = kmeans_kernels.distinct_rows(features, order, self.n_clusters)
            if self.init == "k-means++":
                rows = kmeans_kernels.plus_plus_rows(features, len(rows), seed)
            centroids = features[rows]
        return KMeansState(
            centroids=np.ascontiguousarray(centroids),
            previous=np.array(centroids),
            labels=np.full(problem.n, -1, dtype=np.int32),
            changed=np.zeros(problem.n, dtype=np.bool_),
            changed_count=-1,
            rounds=0,
        )

    def iterate(self, state: KMeansState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        arithmetic, rows = _arithmetic(problem)
        before, centroids, is_first = state.labels, state.centroids, not state.is_assigned
        labels, counts = arithmetic.assign(rows, centroids)
        state = state.assigned(before, labels, rounds=state.rounds + 1, previous=centroids)
        yield self._assignment("assign", state, problem, is_first)
        for cluster in np.flatnonzero(counts == 0).tolist():
            labels, centroids, old = state.labels.copy(), centroids.copy(), centroids
            row, distance = kmeans_kernels.take_farthest(problem.features, centroids, labels, counts, cluster)
            if row < 0:
                break
            left = int(state.labels[row]) + 1
            state = state.assigned(before, labels, centroids=centroids, previous=old)
            yield Moment("refill", state, {"cluster": cluster + 1, "row": row, "old": left, "distance": distance})
        moved = arithmetic.means(rows, state.labels, centroids)
        if moved.tobytes() != state.centroids.tobytes() or not counts.all():
            state = state.replace(centroids=moved, previous=centroids)
            yield Moment("move", state, {"inertia": kmeans_kernels.inertia(problem.features, moved)})
        if self._is_to_close(state):
            yield self._assignment("closing", self._closed(state, problem), problem)

    def _assignment(self, phase: str, state: KMeansState, problem: Rows, is_first: bool = False) -> Moment:
        changes = words.changes_in_words(state.changed_count, problem.n, is_first)
        return Moment(phase, state, {"changed": state.changed_count, "n": problem.n, "changes": changes})

    def _is_to_close(self, state: KMeansState) -> bool:
        """Whether the last allowed round has been done and its centroids have moved away from their points."""
        return state.rounds >= self.max_iter and state.changed_count != 0

    def _closed(self, state: KMeansState, problem: Rows) -> KMeansState:
        """The state with every point at its nearest centroid."""
        arithmetic, rows = _arithmetic(problem)
        labels, _ = arithmetic.assign(rows, state.centroids)
        return state.assigned(state.labels, labels, previous=state.centroids)

    def advance(self, state: KMeansState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        count = max(0, min(count, self.max_iter - state.rounds))
        if count == 0:
            return Advance(state, 0, {"changed": np.zeros(0)})
        arithmetic, rows = _arithmetic(problem)
        centroids, previous, labels, before, changes = arithmetic.rounds(rows, state.centroids, state.labels, count)
        done, changed = len(changes), labels != before
        state = KMeansState(centroids, previous, labels, changed, int(changes[-1]), state.rounds + done)
        if self._is_to_close(state):
            state = self._closed(state, problem)
            changes[-1] = state.changed_count
        return Advance(state, done, {"changed": changes.astype(np.float64)})

    def outcome(self, state: KMeansState, problem: Rows) -> Outcome | None:
        said = {"rounds": state.rounds, "changed": state.changed_count}
        if state.changed_count == 0:
            return Outcome("converged", Said(words.CONVERGED, said))
        if state.rounds >= self.max_iter:
            return Outcome("gave_up", Said(words.GAVE_UP if state.changed_count > 0 else words.GAVE_UP_MOVED, said))
        return None

    def predict(self, state: KMeansState, x: np.ndarray) -> np.ndarray:
        x = np.ascontiguousarray(x, dtype=np.float64)
        labels, _ = kmeans_kernels.assign(x, state.centroids)
        shares = np.zeros((len(x), len(state.centroids)))
        shares[np.arange(len(x)), labels] = 1.0
        return shares

    def labels(self, state: KMeansState, problem: Rows) -> np.ndarray | None:
        """The number of the nearest centroid for each training row, (n,), or None before the first assignment."""
        return kmeans_kernels.assign(problem.features, state.centroids)[0] if state.is_assigned else None

    def metrics(self, state: KMeansState, problem: Rows) -> dict[str, float]:
        if not state.is_assigned:
            return {}
        inertia = kmeans_kernels.inertia(problem.features, state.centroids)
        changed = {"changed": float(state.changed_count)} if state.changed_count >= 0 else {}
        return {"inertia": inertia, **changed}

    def report(self, state: KMeansState, problem: Rows) -> dict[str, Any]:
        """cluster_centers; labels (-1 before the first assignment) and inertia, which belong to them; n_iter."""
        labels = self.labels(state, problem)
        learned = {
            "cluster_centers": problem.scaler.inverse(state.centroids).tolist(),
            "labels": (state.labels if labels is None else labels).tolist(),
            "n_iter": state.rounds,
        }
        scaled: dict[str, Any] = {"inertia": self.metrics(state, problem).get("inertia")}
        if problem.scaler.kind == "none":
            return {"parameters": learned | scaled}
        scaled["cluster_centers"] = state.centroids.tolist()
        return {"parameters": learned, "parameters_scaled": scaled}

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        return kmeans_picture.marks(moment, problem, self.show_classes)

    def pinned_marks(self, shown: Shown, problem: Rows) -> Iterable[Mark]:
        return kmeans_picture.pinned_marks(shown, problem)

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        rounds = state_of(moment).rounds
        return Said(words.ROUND, {"round": rounds}) if rounds else Said(words.BEFORE_ROUND_1, {})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return 1.4

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        return kmeans_numbers.told(shown, problem)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        return kmeans_numbers.concerned(shown, problem)

    def tensors(self, state: KMeansState) -> Iterable[Tensor]:
        yield Tensor("cluster_centers", state.centroids)
        if state.is_assigned:
            yield Tensor("last_assignment", state.labels)

    # -- what may go wrong, and what a person may change ----------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        if problem.n < 2:
            return Said(TOO_FEW, {"algorithm": self.title, "least": 2, "n": problem.n})
        if self.start_centers is not None and len(self.start_centers) != self.n_clusters * problem.d:
            values = {"given": len(self.start_centers), "wanted": self.n_clusters * problem.d}
            return Said(words.START_CENTERS, {**values, "k": self.n_clusters, "d": problem.d})
        if self.start_centers is not None and np.abs(self.start_centers).max() > LARGEST_START:
            return Said(words.FAR_CENTERS, {"most": LARGEST_START})
        return beyond_squares(problem)

    def advice(self, problem: Rows) -> Finding | None:
        if problem.n == 0:
            return None
        distinct = len(kmeans_kernels.distinct_rows(problem.features, np.arange(problem.n), self.n_clusters))
        if distinct == self.n_clusters:
            return None
        text = words.FEWER_POINTS if self.start_centers is None else words.SOME_EMPTY
        return fewer(text, "n_clusters", self.n_clusters, distinct)

    def findings(self, state: KMeansState, problem: Rows) -> Iterable[Finding]:
        empty = self.n_clusters - len(np.unique(state.labels)) if state.is_assigned else 0
        if empty > 0:
            yield Finding("empty_cluster", Said(words.EMPTY, {"empty": empty, "count": self.n_clusters}), ANOTHER_START)

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        name, _, number = edit.handle.partition(":")
        return name == "centroid" and _is_below(number, self.n_clusters) and len(edit.value) == 2

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        k = min(self.n_clusters, distinct_rows) if self.start_centers is None else self.n_clusters
        return {
            "centroids": ArrayForm("float64", (k, problem.d)),
            "previous": ArrayForm("float64", (k, problem.d)),
            "labels": ArrayForm("int32", (problem.n,), range(-1, k)),
            "changed": ArrayForm("bool", (problem.n,)),
            "changed_count": ArrayForm("int64"),
            "rounds": ArrayForm("int64"),
        }

    def edit(self, state: KMeansState, edit: Edit, problem: Rows) -> KMeansState:
        name, _, number = edit.handle.partition(":")
        if name != "centroid" or not _is_below(number, len(state.centroids)) or len(edit.value) != 2:
            raise ValueError(f"{self.id} has no handle {edit.handle!r}")
        axes = list(problem.axes)
        centroids = state.centroids.copy()
        centroids[int(number), axes] = problem.scale_point(np.asarray(edit.value))[axes]
        labels = state.labels
        if state.rounds >= self.max_iter and state.is_assigned:  # no round is left in which they could choose again
            labels, _ = kmeans_kernels.assign(problem.features, centroids)
        return state.replace(
            centroids=centroids,
            previous=centroids.copy(),
            labels=labels,
            changed=np.zeros_like(state.changed),
            changed_count=-1,
        )


def _is_below(number: str, most: int) -> bool:
    """Whether this text is a whole number from 0 to below `most`."""
    return number.isascii() and number.isdigit() and len(number) <= 9 and int(number) < most


def _arithmetic(problem: Rows) -> tuple[ModuleType, Any]:
    """Where the rounds of this problem are worked out, and its rows as they are wanted there."""
    if problem.path == "torch":
        return kmeans_on_device, problem.tensor("features")
    return kmeans_kernels, problem.features
