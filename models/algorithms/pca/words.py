"""What principal component analysis says: the phases of a run, its end, and what may be amiss."""

from __future__ import annotations

from models.core.moment import Phase
from models.words.text import Text

PHASES: dict[str, Phase] = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "In which direction do the points spread most? The first guess is a wrong one.",
            "점들이 어느 방향으로 가장 넓게 퍼져 있을까요? 첫 축은 일부러 틀린 방향에 놓았습니다.",
        ),
    ),
    "center": Phase(
        Text("subtract the mean", "평균 빼기"),
        Text(
            "The mean is subtracted: from now on every direction is measured from the middle of the data.",
            "평균을 뺍니다. 이제 모든 방향을 데이터의 한가운데에서 잽니다.",
        ),
    ),
    "covariance": Phase(
        Text("covariance", "공분산"),
        Text(
            "The covariance says how widely the points spread and which way they lean. Variance in all: {total:.4g}.",
            "공분산은 점들이 얼마나 퍼져 있고 어느 쪽으로 기울었는지 나타냅니다. 전체 분산: {total:.4g}.",
        ),
    ),
    "aim": Phase(
        Text("next axis", "다음 축"),
        Text(
            "Component {component} starts at a right angle to the axes already found.",
            "주성분 {component:은/는} 이미 찾은 축과 수직인 방향에서 시작합니다.",
        ),
    ),
    "turn": Phase(
        Text("turn", "축 돌리기"),
        Text(
            "Multiplying by the covariance turns the axis by {angle:.2f}°; it keeps {share:.1%} of the variance.",
            "공분산을 곱하면 축이 {angle:.2f}° 돌아갑니다. 이 축에 남는 분산: {share:.1%}.",
        ),
    ),
    "snap": Phase(
        Text("exact axis", "정확한 축"),
        Text(
            "{why} The exact axis is taken; it keeps {share:.1%} of the variance.",
            "{why} 정확한 축을 계산해 씁니다. 이 축에 남는 분산: {share:.1%}.",
        ),
    ),
    "project": Phase(
        Text("projection", "투영"),
        Text(
            "Each point casts its shadow at a right angle. Variance kept: {share:.1%}.",
            "점마다 축에 수직으로 그림자를 드리웁니다. 남는 분산: {share:.1%}.",
        ),
    ),
    "edited": Phase(
        Text("turned by hand", "직접 돌림"),
        Text(
            "The axis was turned by hand; the next turns start from here.",
            "축을 직접 돌렸습니다. 다음부터는 여기에서 이어서 돌립니다.",
        ),
    ),
}

STILL_MOVES = Text(
    "After {turns} turns the axis still moves: the two directions are nearly equal.",
    "{turns}번 돌려도 축이 멈추지 않습니다. 두 방향의 분산이 거의 같기 때문입니다.",
)
TOO_LITTLE = Text(
    "So little variance is left beside the axes found before that rounding hides it from the turns.",
    "앞에서 찾은 축에 비해 남은 분산이 너무 작아 반올림 오차에 묻히므로 축을 돌려서는 찾을 수 없습니다.",
)
STUCK = Text(
    "The axis no longer turns, but it is not the one of most variance: the two directions are nearly equal, or it "
    "stands at a right angle to the answer.",
    "축이 더 돌아가지 않지만 분산이 가장 큰 방향은 아닙니다. 두 방향의 분산이 거의 같거나, 축이 정답과 수직으로 놓여 있습니다.",
)
FINISHED = Text(
    "Finished. Variance kept by the axes found ({k}): {share:.1%}.",
    "끝났습니다. 찾은 주성분 {k}개에 남는 분산: {share:.1%}.",
)
ONE_PLACE = Text(
    "All {n} points lie at the same place, so no direction has any variance: draw points that differ.",
    "점 {n}개가 모두 같은 자리에 있어 어느 방향으로도 분산이 없습니다. 서로 다른 점을 그리세요.",
)
FEWER_AXES = Text(
    "{asked} components were asked for, but {n} points in {d} columns have at most {k}: {k} are found.",
    "주성분을 {asked}개 찾으라고 했지만, 열 {d}개에 점이 {n}개면 {k}개까지만 있습니다. {k}개를 찾습니다.",
)
FLAT = Text(
    "The points spread in only {spread} of {d} directions; any further axis keeps no variance.",
    "점들이 {d}개 방향 중 {spread}개로만 퍼져 있습니다. 그 밖의 축에는 분산이 남지 않습니다.",
)
STEP_PLACE = Text("component {component}, power step {turns}", "주성분 {component}, 거듭제곱법 {turns}회")
FOUND_PLACE = Text("components found: {found}/{k}", "찾은 주성분 {found}/{k}")
