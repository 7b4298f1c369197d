"""K-means: assign every point to its nearest centroid, move every centroid to the mean of its points, again.

Lloyd's algorithm (S. P. Lloyd: Least squares quantization in PCM, 1982). One iteration is one round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.kmeans import device as kmeans_on_device
from models.algorithms.kmeans import formulas as kmeans_numbers
from models.algorithms.kmeans import kernels as kmeans_kernels
from models.algorithms.kmeans.voronoi import borders
from models.arithmetic import draws
from models.core.findings import ANOTHER_START, Finding, fewer
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase, Pin
from models.core.marks import Arrow, Field, Mark, Points, Segments, Trail
from models.core.params import declare
from models.core.problem import Rows
from models.core.readiness import TOO_FEW
from models.core.state import State
from models.words.numbers import number
from models.words.text import Said, Text

BORDERS_BEYOND = 20.0  # borders without an end are drawn so many times the data's span
MOST_LINKS = 2_000  # membership lines drawn; with more points an even choice of them


@dataclass(frozen=True, eq=False)
class KMeansState(State):
    """Centroids and memberships. Before the first round every label is -1.

    changed_count: how many points the last round gave a new cluster; -1 before the first round and after a
    centroid was dragged. previous: where the centroids were before they last moved.
    """

    centroids: np.ndarray  # (k, d)
    previous: np.ndarray  # (k, d)
    labels: np.ndarray  # (n,) int32
    changed: np.ndarray  # (n,) bool
    changed_count: int
    rounds: int


class KMeans(Learner[KMeansState, Rows]):
    """Clusters by nearest centroid.

    Empty clusters: after the assignment each cluster without points takes, in order of its number, the point that
    lies farthest from its own centroid (the first of equals) among clusters of two points or more, as scikit-learn
    does. If that distance is zero, the cluster stays empty and its centroid stays where it is.
    Equal distances: a point joins the centroid with the smaller number.
    """

    id: ClassVar[str] = "kmeans"
    title: ClassVar[Text] = Text("K-means", "K-평균")
    task: ClassVar[Literal["clusterer"]] = "clusterer"
    state_type: ClassVar[type[State]] = KMeansState
    verb: ClassVar[Text] = Text("cluster", "군집화")
    goal: ClassVar[str] = "inertia"
    measures_distance: ClassVar[bool] = True
    metric_names: ClassVar[dict[str, Text]] = {
        "inertia": Text("inertia (sum of squared distances)", "군집 내 제곱합(inertia)"),
        "changed": Text("points that changed sides", "군집이 바뀐 점의 수"),
    }
    phases: ClassVar[dict[str, Phase]] = {
        "start": Phase(
            Text("start", "시작"),
            Text(
                "The centroids stand at their starting places; no point belongs to a cluster yet.",
                "중심점이 시작 위치에 놓였습니다. 아직 어느 점도 군집에 속하지 않습니다.",
            ),
        ),
        "assign": Phase(
            Text("assign", "할당"),
            Text(
                "Each point joins its nearest centroid. Points that changed sides: {changed} of {n}.",
                "점마다 가장 가까운 중심점에 할당합니다. 점 {n}개 중 {changed}개의 군집이 바뀌었습니다.",
            ),
        ),
        "refill": Phase(
            Text("refill", "빈 군집 채우기"),
            Text(
                "Cluster {cluster} has no points: it takes the point that lies farthest from its centroid, "
                "at distance {distance:.2f}.",
                "군집 {cluster}에 점이 없습니다. 자기 중심점에서 가장 먼 점(거리 {distance:.2f})을 가져옵니다.",
            ),
        ),
        "move": Phase(
            Text("move", "중심점 이동"),
            Text(
                "Each centroid moves to the mean position of its points. Inertia: {inertia:.4g}.",
                "중심점이 자기 군집에 속한 점들의 평균 위치로 이동합니다. 군집 내 제곱합(inertia): {inertia:.4g}.",
            ),
        ),
        "edited": Phase(
            Text("moved by hand", "직접 옮김"),
            Text(
                "A centroid was moved by hand; the points choose again in the next round.",
                "중심점을 직접 옮겼습니다. 다음 반복에서 점을 다시 할당합니다.",
            ),
        ),
    }

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
        before, centroids = state.labels, state.centroids
        labels, counts = arithmetic.assign(rows, centroids)
        state = _assigned(state, before, labels, rounds=state.rounds + 1, previous=centroids)
        yield Moment("assign", state, {"changed": state.changed_count, "n": problem.n})
        for cluster in np.flatnonzero(counts == 0).tolist():
            labels, centroids, old = state.labels.copy(), centroids.copy(), centroids
            row, distance = kmeans_kernels.take_farthest(problem.features, centroids, labels, counts, cluster)
            if row < 0:
                break
            left = int(state.labels[row]) + 1
            state = _assigned(state, before, labels, centroids=centroids, previous=old)
            yield Moment("refill", state, {"cluster": cluster + 1, "row": row, "old": left, "distance": distance})
        moved = arithmetic.means(rows, state.labels, centroids)
        if moved.tobytes() != state.centroids.tobytes() or not counts.all():
            state = state.replace(centroids=moved, previous=centroids)
            inertia = kmeans_kernels.inertia(problem.features, moved, state.labels)
            yield Moment("move", state, {"inertia": inertia})

    def advance(self, state: KMeansState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        count = max(0, min(count, self.max_iter - state.rounds))
        if count == 0:
            return Advance(state, 0, {"changed": np.zeros(0)})
        arithmetic, rows = _arithmetic(problem)
        centroids, previous, labels, before, changes = arithmetic.rounds(rows, state.centroids, state.labels, count)
        done, changed = len(changes), labels != before
        state = KMeansState(centroids, previous, labels, changed, int(changes[-1]), state.rounds + done)
        return Advance(state, done, {"changed": changes.astype(np.float64)})

    def outcome(self, state: KMeansState, problem: Rows) -> Outcome | None:
        if state.changed_count == 0:
            return Outcome("converged", Said(_CONVERGED, {"rounds": state.rounds}))
        if state.rounds >= self.max_iter:
            return Outcome("gave_up", Said(_GAVE_UP, {"rounds": state.rounds, "changed": state.changed_count}))
        return None

    def predict(self, state: KMeansState, x: np.ndarray) -> np.ndarray:
        x = np.ascontiguousarray(x, dtype=np.float64)
        labels, _ = kmeans_kernels.assign(x, state.centroids)
        shares = np.zeros((len(x), len(state.centroids)))
        shares[np.arange(len(x)), labels] = 1.0
        return shares

    def metrics(self, state: KMeansState, problem: Rows) -> dict[str, float]:
        if not _is_assigned(state):
            return {}
        inertia = kmeans_kernels.inertia(problem.features, state.centroids, state.labels)
        changed = {"changed": float(state.changed_count)} if state.changed_count >= 0 else {}
        return {"inertia": inertia, **changed}

    def report(self, state: KMeansState, problem: Rows) -> dict[str, Any]:
        learned = {
            "cluster_centers": problem.scaler.inverse(state.centroids).tolist(),
            "labels": state.labels.tolist(),
            "n_iter": state.rounds,
        }
        scaled: dict[str, Any] = {"inertia": self.metrics(state, problem).get("inertia")}
        if problem.scaler.kind == "none":
            return {"parameters": learned | scaled}
        scaled["cluster_centers"] = state.centroids.tolist()
        return {"parameters": learned, "parameters_scaled": scaled}

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        state: KMeansState = moment.state  # type: ignore[assignment]
        clusters = np.arange(len(state.centroids))
        starts, ends = _borders(state.centroids, problem)
        yield Segments(key="borders", starts=starts, ends=ends, thin=True, emphasis="focus")
        if _is_assigned(state):
            labels = state.labels.astype(np.int64)
            # The regions are coloured from a raster; their borders are known exactly, and stay when it is switched off.
            yield Field(key="regions", group_role="cluster", contour=False)
            if moment.phase == "assign":
                linked = np.arange(0, problem.n, -(-problem.n // MOST_LINKS))
                yield Segments(
                    key="memberships",
                    role="muted",
                    emphasis="muted",
                    pulse=True,
                    starts=problem.features[linked],
                    ends=state.centroids[labels[linked]],
                    groups=labels[linked],
                    thin=True,
                )
            rows = np.arange(problem.n)
            yield Points(key="members", rows=rows, symbol="data", groups=labels, keeps_shape=self.show_classes)
        if moment.phase == "assign" and state.changed_count > 0:
            yield Points(key="changed", role="accent", rows=np.flatnonzero(state.changed), pulse=True)
        if moment.phase == "refill":
            taken = np.array([moment.values["row"]])
            yield Points(key="taken", role="accent", emphasis="focus", rows=taken, pulse=True)
        yield Trail(key="trails", source="centroids", group_role="cluster")
        if moment.phase in ("refill", "move"):
            for c in clusters[(state.previous != state.centroids).any(axis=1)].tolist():
                way = state.centroids[c] - state.previous[c]
                yield Arrow(key=f"move:{c}", role=f"cluster:{c}", at=state.previous[c], direction=way, pulse=True)
        yield Points(
            key="centroids",
            at=state.centroids,
            symbol="cross",
            groups=clusters,
            labels=tuple(str(c + 1) for c in clusters),
            glide=True,
            handle="centroid",
        )

    def pinned_marks(self, shown: Shown, problem: Rows) -> Iterable[Mark]:
        """Lines from a pinned point or place to every centroid, with their lengths; nothing where nothing is pinned."""
        pin = shown.pin
        row = _row_of(pin, problem)
        if pin.place is None and row is None:
            return
        state: KMeansState = shown.moment.state  # type: ignore[assignment]
        place = problem.features[row] if pin.place is None else problem.scale_point(np.asarray(pin.place))
        distances = np.sqrt(((place - state.centroids) ** 2).sum(axis=1))
        clusters = np.arange(len(distances))
        is_nearest = clusters == distances.argmin()
        if pin.place is not None:
            yield Points(key="pinned place", role="accent", at=place[None, :], symbol="dot")
        for key, chosen in (("pinned links", ~is_nearest), ("pinned nearest", is_nearest)):
            if chosen.any():
                yield Segments(
                    key=key,
                    starts=np.repeat(place[None, :], int(chosen.sum()), axis=0),
                    ends=state.centroids[chosen],
                    groups=clusters[chosen],
                    labels=tuple(number(distance) for distance in distances[chosen]),
                    emphasis="focus" if key == "pinned nearest" else "normal",
                    thin=True,
                )

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        state: KMeansState = moment.state  # type: ignore[assignment]
        if state.rounds == 0:
            return Said(Text("before round 1", "반복 시작 전"), {})
        return Said(Text("round {round}", "반복 {round}"), {"round": state.rounds})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return 1.4

    # -- in numbers --------------------------------------------------------------------------------------------------

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        state: KMeansState = shown.moment.state  # type: ignore[assignment]
        is_scaled = problem.scaler.kind != "none"
        phase = shown.moment.phase
        if phase == "move":
            cluster = _cluster_concerned(state, shown.pin, problem)
            members = problem.features[state.labels == cluster]
            places = state.centroids[cluster], state.previous[cluster]
            yield from kmeans_numbers.mean(members, *places, cluster, is_scaled)
        elif phase == "refill":
            # Its old cluster had other points, so nothing has moved that cluster's centroid since the round began.
            row, old = int(shown.moment.values["row"]), int(shown.moment.values["old"]) - 1
            cluster = int(state.labels[row])
            own = shown.before.centroids[old]  # type: ignore[attr-defined]
            yield kmeans_numbers.farthest(problem.features[row], own, int(problem.rows[row]) + 1, old, cluster)
        else:
            place, row = _place_concerned(state, shown.pin, problem)
            number = None if row is None else int(problem.rows[row]) + 1
            yield from kmeans_numbers.distances(place, state.centroids, number, is_scaled)
        if _is_assigned(state):
            yield kmeans_numbers.inertia(problem.features, state.centroids, state.labels)

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        state: KMeansState = shown.moment.state  # type: ignore[assignment]
        if shown.moment.phase == "move":
            return np.flatnonzero(state.labels == _cluster_concerned(state, shown.pin, problem))
        if shown.moment.phase == "refill":
            return np.array([shown.moment.values["row"]], dtype=np.int64)
        _, row = _place_concerned(state, shown.pin, problem)
        return np.array([] if row is None else [row], dtype=np.int64)

    def tensors(self, state: KMeansState) -> Iterable[Tensor]:
        yield Tensor("cluster_centers", state.centroids)
        if _is_assigned(state):
            yield Tensor("labels", state.labels)

    # -- what may go wrong, and what a person may change ----------------------------------------------------------------

    def unready(self, problem: Rows) -> Said | None:
        if problem.n < 2:
            return Said(TOO_FEW, {"algorithm": self.title, "least": 2, "n": problem.n})
        if self.start_centers is not None and len(self.start_centers) != self.n_clusters * problem.d:
            values = {"given": len(self.start_centers), "wanted": self.n_clusters * problem.d}
            return Said(_START_CENTERS, {**values, "k": self.n_clusters, "d": problem.d})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        if problem.n == 0:
            return None
        distinct = len(kmeans_kernels.distinct_rows(problem.features, np.arange(problem.n), self.n_clusters))
        if distinct == self.n_clusters:
            return None
        text = _FEWER_POINTS if self.start_centers is None else _SOME_EMPTY
        return fewer(text, "n_clusters", self.n_clusters, distinct)

    def findings(self, state: KMeansState, problem: Rows) -> Iterable[Finding]:
        labels = self.labels(state)
        empty = self.n_clusters - len(np.unique(labels)) if labels is not None and len(labels) else 0
        if empty > 0:
            yield Finding("empty_cluster", Said(_EMPTY, {"empty": empty, "count": self.n_clusters}), ANOTHER_START)

    def labels(self, state: KMeansState) -> np.ndarray | None:
        """The cluster of each training row, (n,), or None before the first assignment."""
        return state.labels if not len(state.labels) or state.labels.min() >= 0 else None

    def edit(self, state: KMeansState, edit: Edit, problem: Rows) -> KMeansState:
        name, _, number = edit.handle.partition(":")
        if name != "centroid" or not number.isdigit() or int(number) >= len(state.centroids):
            raise ValueError(f"{self.id} has no handle {edit.handle!r}")
        axes = list(problem.axes)
        centroids = state.centroids.copy()
        centroids[int(number), axes] = problem.scale_point(np.asarray(edit.value))[axes]
        return state.replace(
            centroids=centroids, previous=centroids.copy(), changed=np.zeros_like(state.changed), changed_count=-1
        )


_CONVERGED = Text(
    "Finished in round {rounds}: no point changes sides, so the centroids stay where they are.",
    "반복 {rounds}에서 끝났습니다. 군집이 바뀐 점이 없어 중심점도 더 이동하지 않습니다.",
)
_GAVE_UP = Text(
    "Stopped after {rounds} rounds, the most allowed; in the last one {changed} points still changed sides.",
    "최대 반복 수 {rounds}에 이르러 멈췄습니다. 마지막 반복에서도 점 {changed}개의 군집이 바뀌었습니다.",
)
_FEWER_POINTS = Text(
    "K is {k}, but the number of different points is {n}: so many clusters are made.",
    "K는 {k}이지만 서로 다른 점이 {n}개뿐입니다. 군집을 {n}개만 만듭니다.",
)
_EMPTY = Text(
    "Clusters without any point: {empty} of {count}. Try another start.",
    "군집 {count}개 중 {empty}개에 점이 하나도 없습니다. 다른 시작을 써 보세요.",
)
_SOME_EMPTY = Text(
    "K is {k}, but the number of different points is {n}: some clusters stay empty.",
    "K는 {k}이지만 서로 다른 점이 {n}개뿐입니다. 비어 있는 군집이 남습니다.",
)
_START_CENTERS = Text(
    "The given starting places hold {given} numbers; {k} clusters in {d} columns need {wanted}.",
    "지정한 시작 위치에 수가 {given}개 있습니다. 열 {d}개에서 군집 {k}개를 만들려면 {wanted}개가 필요합니다.",
)


def _arithmetic(problem: Rows) -> tuple[ModuleType, Any]:
    """Where the rounds of this problem are worked out, and its rows as they are wanted there."""
    if problem.path == "torch":
        return kmeans_on_device, problem.tensor("features")
    return kmeans_kernels, problem.features


def _is_assigned(state: KMeansState) -> bool:
    return len(state.labels) > 0 and state.labels[0] >= 0


def _assigned(state: KMeansState, before: np.ndarray, labels: np.ndarray, **more: Any) -> KMeansState:
    """The state with new labels, and which of them differ from those `before` the round."""
    changed = labels != before
    return state.replace(labels=labels, changed=changed, changed_count=int(changed.sum()), **more)


# -- what a person looks at --------------------------------------------------------------------------------------------


def _row_of(pin: Pin, problem: Rows) -> int | None:
    """The training row that is pinned, or None."""
    found = np.flatnonzero(problem.rows == pin.row) if pin.row is not None else ()
    return int(found[0]) if len(found) else None


def _place_concerned(state: KMeansState, pin: Pin, problem: Rows) -> tuple[np.ndarray, int | None]:
    """Where distances are measured from, (d,), and its training row: the pinned place (no row), the pinned row, the
    first point that changed sides, the first point."""
    if pin.place is not None:
        return problem.scale_point(np.asarray(pin.place)), None
    row = _row_of(pin, problem)
    if row is None:
        row = int(state.changed.argmax())
    return problem.features[row], row


def _cluster_concerned(state: KMeansState, pin: Pin, problem: Rows) -> int:
    """The cluster of the pinned row, or the one whose centroid has moved farthest (the first of equals)."""
    row = _row_of(pin, problem)
    if row is not None:
        return int(state.labels[row])
    ways = ((state.centroids - state.previous) ** 2).sum(axis=1)
    is_empty = np.bincount(state.labels, minlength=len(ways)) == 0
    return int(np.where(is_empty, -1.0, ways).argmax())


def _borders(centroids: np.ndarray, problem: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The Voronoi diagram of the shown plane as straight pieces between whole rows, (m, d) each."""
    outside = np.setdiff1d(np.arange(problem.d), problem.axes)
    heights = ((problem.held[outside] - centroids[:, outside]) ** 2).sum(axis=1)
    sites = problem.to_plane(centroids)
    spans = []
    for site, axis in zip(sites.T, problem.axes, strict=True):
        column = problem.features[:, axis]
        spans.append(max(site.max(), column.max()) - min(site.min(), column.min()))
    reach = BORDERS_BEYOND * float(np.hypot(*spans))
    starts, ends = borders(sites, heights, reach)
    return problem.from_plane(starts), problem.from_plane(ends)
