"""What K-nearest neighbours say: the phases of a run, the answer, and what may be amiss."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.core.moment import Phase
from models.core.problem import Rows
from models.words.numbers import fixed, number
from models.words.sentences import filled
from models.words.text import Text

PHASES: dict[str, Phase] = {
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
            "Neighbour {rank} of {k}: a point {with_answer}, at distance {distance:.2f}.{tied}",
            "{k}개 중 {rank}번째 이웃: 거리 {distance:.2f}에 있는 {with_answer} 점입니다.{tied}",
        ),
    ),
    "vote": Phase(
        Text("vote", "다수결"),
        Text(
            "{votes}: the new point is predicted to be of class {winner}.{tie}{tied}",
            "{votes}: 새 점(?)을 클래스 {winner:으로/로} 예측합니다.{tie}{tied}",
        ),
    ),
    "average": Phase(
        Text("mean", "평균"),
        Text(
            "The {mean} of the {k} neighbours' values: for the new point {target} is predicted to be {value}.{tied}",
            "이웃 {k}개의 목표값의 {mean:을/를} 내어 새 점(?)의 {target:을/를} {value:으로/로} 예측합니다.{tied}",
        ),
    ),
}

ANSWER = Text("{votes}: {winner}{tie}{tied}", "{votes} -> {winner}{tie}{tied}")
MEAN_ANSWER = Text(
    "{target} = {value}: the {mean} over the neighbours (K = {k}).{tied}",
    "이웃 {k}개의 {mean} -> {target} {value}{tied}",
)
TIE = Text(" (a tie: the first class in order is taken)", " (동점: 순서가 앞선 클래스를 택함)")
MEAN = Text("mean", "평균")
WEIGHTED_MEAN = Text("weighted mean", "가중 평균")

FEWER_POINTS = Text(
    "K is {k}, but there are only {n} training points: all {n} of them answer.",
    "K는 {k}이지만 훈련 데이터의 점이 {n}개뿐입니다. {n}개 모두로 답을 정합니다.",
)
RANGES_DIFFER = Text(
    "{wide} spans {times:.0f} times the range of {narrow}, so it alone decides who is near: "
    "set the scaling to standardised.",
    "{wide}의 범위가 {narrow}의 {times:.0f}배여서 거리를 거의 혼자 정합니다. 스케일링을 표준화로 바꾸세요.",
)
QUERY_LENGTH = Text(
    "The new point has {given} numbers: give two, for the shown columns, or {d}, one for each column.",
    "새 점에 수가 {given}개 있습니다. 보이는 두 열의 값 2개나 모든 열의 값 {d}개를 적으세요.",
)
QUERY_TOO_FAR = Text(
    "The new point lies so far out that its distances cannot be computed: move it nearer to the data.",
    "새 점이 너무 멀어 거리를 계산할 수 없습니다. 데이터에 더 가까운 곳으로 옮기세요.",
)
EQUALLY_NEAR = Text(
    "{m} points are equally near (distance {distance}), but only {room} of them can be among K = {k} neighbours: those "
    "that come first in the data were taken. With others of them the answer can be another one.",
    "거리가 {distance:으로/로} 같은 점이 {m}개인데 이웃 K = {k}개에는 그중 {room}개만 들어갑니다. 데이터에서 앞에 있는 점을 "
    "택했으며, 다른 점을 택하면 답이 달라질 수 있습니다.",
)
NEARLY_EQUALLY_NEAR = Text(
    "{m} points are equally near to rounding (distance {distance}), but only {room} of them can be among K = {k} "
    "neighbours. With others of them the answer can be another one.",
    "반올림 오차를 빼면 거리가 {distance:으로/로} 같은 점이 {m}개인데 이웃 K = {k}개에는 그중 {room}개만 들어갑니다. 다른 점을 "
    "택하면 답이 달라질 수 있습니다.",
)
_TIED = Text(
    " (equally near: {m} points, of which {room} counted, those that come first in the data)",
    " (거리가 같은 점 {m}개 중 데이터에서 앞에 있는 {room}개만 셈)",
)
_TIED_TO_ROUNDING = Text(
    " (equally near to rounding: {m} points, of which {room} counted)",
    " (반올림 오차를 빼면 거리가 같은 점 {m}개 중 {room}개만 셈)",
)
_OF_CLASS = Text("of class {name}", "클래스 {name}의")
_OF_VALUE = Text("with {target} {value}", "{target} 값이 {value}인")


def tied_in_words(m: int, room: int, is_exact: bool) -> Text:
    """That of m points at one distance only `room` are among the neighbours, as the end of a sentence."""
    return filled(_TIED if is_exact else _TIED_TO_ROUNDING, m=m, room=room)


def with_answer(row: int, problem: Rows) -> Text:
    """The class or the value of a training row as words that can stand inside a sentence."""
    assert problem.targets is not None
    if problem.has_values:
        return filled(_OF_VALUE, target=problem.target_name, value=number(problem.targets[row]))
    return filled(_OF_CLASS, name=problem.class_text(int(problem.targets[row])))


def answer_of(row: int, problem: Rows) -> dict[str, Any]:
    """The class or the value of a training row, for result.json."""
    assert problem.targets is not None
    if problem.has_values:
        return {"value": float(problem.targets[row])}
    return {"class": problem.class_text(int(problem.targets[row]))}


def votes_in_words(votes: np.ndarray, problem: Rows) -> Text:
    """ "A 1 vote, B 2 votes", of the classes that got any."""
    english, korean = [], []
    for c in np.flatnonzero(votes > 0).tolist():
        count = number(votes[c]) if votes[c] == int(votes[c]) else fixed(votes[c], 2)
        said = filled(_ONE_VOTE if count == "1" else _VOTES, name=problem.class_text(c), count=count)
        english.append(said.en)
        korean.append(said.ko)
    return Text(", ".join(english), ", ".join(korean))


_ONE_VOTE = Text("{name} {count} vote", "{name} {count}표")
_VOTES = Text("{name} {count} votes", "{name} {count}표")
