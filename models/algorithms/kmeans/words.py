"""What K-means says: its phases, how a run ended, and what is amiss."""

from __future__ import annotations

from models.core.moment import Phase
from models.words.sentences import filled
from models.words.text import Text

METRICS: dict[str, Text] = {
    "inertia": Text(
        "inertia (sum of squared distances to the nearest centroid)",
        "군집 내 제곱합(inertia, 가장 가까운 중심점까지)",
    ),
    "changed": Text("points given a new cluster", "군집이 바뀐 점의 수"),
}
PHASES: dict[str, Phase] = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "The centroids stand at their starting places; no point belongs to a cluster yet.",
            "중심점이 시작 위치에 놓였습니다. 아직 어느 점도 군집에 속하지 않습니다.",
        ),
    ),
    "assign": Phase(
        Text("assign", "할당"),
        Text("Each point joins its nearest centroid. {changes}", "점마다 가장 가까운 중심점에 할당합니다. {changes}"),
    ),
    "refill": Phase(
        Text("refill", "빈 군집 채우기"),
        Text(
            "Cluster {cluster} has no points: it takes the point that lies farthest from its centroid, "
            "at distance {distance:.4g}.",
            "군집 {cluster}에 점이 없습니다. 자기 중심점에서 가장 먼 점(거리 {distance:.4g})을 가져옵니다.",
        ),
    ),
    "move": Phase(
        Text("move", "중심점 이동"),
        Text(
            "Each centroid moves to the mean position of its points, which keep their clusters until the next "
            "assignment. Inertia, from every point to the centroid that is nearest now: {inertia:.4g}.",
            "중심점이 자기 군집에 속한 점들의 평균 위치로 이동합니다. 점의 군집은 다음 할당에서 바뀝니다. 옮긴 뒤 가장 "
            "가까운 중심점까지 잰 군집 내 제곱합(inertia): {inertia:.4g}.",
        ),
    ),
    "closing": Phase(
        Text("last assignment", "마지막 할당"),
        Text(
            "The most rounds are done: each point joins its nearest centroid once more, so that clusters and inertia "
            "belong to these centroids. {changes}",
            "최대 반복 수에 이르렀습니다. 군집과 군집 내 제곱합이 지금의 중심점과 맞도록 점을 한 번 더 할당합니다. {changes}",
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

BEFORE_ROUND_1 = Text("before round 1", "반복 시작 전")
ROUND = Text("round {round}", "반복 {round}")
_FIRST_CHANGES = Text("All {n} points had none before.", "점 {n}개 모두 처음으로 군집을 얻습니다.")
_CHANGES = Text("Points that changed sides: {changed} of {n}.", "점 {n}개 중 {changed}개의 군집이 바뀌었습니다.")

CONVERGED = Text(
    "Finished in round {rounds}: no point changes sides, so the centroids stay where they are.",
    "반복 {rounds}에서 끝났습니다. 군집이 바뀐 점이 없어 중심점도 더 이동하지 않습니다.",
)
GAVE_UP = Text(
    "Stopped after {rounds} rounds, the most allowed; in the last assignment {changed} points still changed sides.",
    "최대 반복 수 {rounds}에 이르러 멈췄습니다. 마지막 할당에서도 점 {changed}개의 군집이 바뀌었습니다.",
)
GAVE_UP_MOVED = Text(
    "Stopped after {rounds} rounds, the most allowed; a centroid was moved by hand since.",
    "최대 반복 수 {rounds}에 이르러 멈췄습니다. 그 뒤에 중심점을 직접 옮겼습니다.",
)
FEWER_POINTS = Text(
    "K is {k}, but the number of different points is {n}: so many clusters are made.",
    "K는 {k}이지만 서로 다른 점이 {n}개뿐입니다. 군집을 {n}개만 만듭니다.",
)
SOME_EMPTY = Text(
    "K is {k}, but the number of different points is {n}: some clusters stay empty.",
    "K는 {k}이지만 서로 다른 점이 {n}개뿐입니다. 비어 있는 군집이 남습니다.",
)
EMPTY = Text(
    "Clusters without any point: {empty} of {count}. Try another start.",
    "군집 {count}개 중 {empty}개에 점이 하나도 없습니다. 다른 시작을 써 보세요.",
)
FAR_CENTERS = Text(
    "A given starting place lies so far away (beyond {most:.4g}) that squared distances to it cannot be added up.",
    "지정한 시작 위치가 너무 멀어({most:.4g} 초과) 그곳까지 거리의 제곱을 더할 수 없습니다.",
)
START_CENTERS = Text(
    "The given starting places hold {given} numbers; {k} clusters in {d} columns need {wanted}.",
    "지정한 시작 위치에 수가 {given}개 있습니다. 열 {d}개에서 군집 {k}개를 만들려면 {wanted}개가 필요합니다.",
)


def changes_in_words(changed: int, n: int, is_first: bool) -> Text:
    """How many of n points an assignment gave a new cluster; in the first one none had any."""
    return filled(_FIRST_CHANGES, n=n) if is_first else filled(_CHANGES, changed=changed, n=n)
