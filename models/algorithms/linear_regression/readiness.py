"""What linear regression needs before it starts, and what it warns of."""

from __future__ import annotations

from typing import Any

from models.algorithms.linear_regression.least_squares import constant_column, normal_of
from models.core.findings import Finding, unscaled
from models.core.problem import Rows
from models.core.readiness import beyond_squares, lacks_answers, ruling_column
from models.words.text import Said, Text

_NOT_NUMBERS = Text(
    "{algorithm} predicts numbers, but the target {target} holds classes: choose a column with numbers.",
    "{algorithm:은/는} 수를 예측하지만 목표값 {target:은/는} 클래스입니다. 수가 든 열을 고르세요.",
)
_START_LENGTH = Text(
    "Start weights: this data needs {wanted} of them, one for each column, but {given} are given.",
    "시작 가중치: 열마다 하나씩 {wanted}개가 필요하지만 {given}개가 주어졌습니다.",
)
_QUERY_LENGTH = Text(
    "The place to predict at has {given} numbers: give one for each column, {d}.",
    "예측할 위치에 수가 {given}개 있습니다. 열마다 하나씩 {d}개를 적으세요.",
)
_CANDIDATES = Text(
    "Candidate lines are pairs of slope and intercept for data with one feature; {given} numbers for {d} features do "
    "not fit.",
    "후보 직선은 특성이 하나인 데이터에서 기울기와 절편을 짝지어 적습니다. 수 {given}개, 특성 {d}개는 맞지 않습니다.",
)
_RANGES = Text(
    "{wide} varies over {times:.0f} times as far as {narrow}, so one learning rate does not suit both: set the "
    "scaling to standardised.",
    "{wide:은/는} {narrow}보다 범위가 {times:.0f}배 넓어 학습률 하나가 둘 다에 맞지 않습니다. 표준화를 고르세요.",
)
_CONSTANT_COLUMN = Text(
    "{name} is the same everywhere, so nothing can be learned from it: its weight changes nothing.",
    "{name:은/는} 값이 모두 같아 아무것도 배울 수 없습니다. 가중치가 얼마여도 예측값은 같습니다.",
)
_ALIKE_COLUMNS = Text(
    "Some columns say the same (one follows from the others): many weights are equally good, and the run finds one of "
    "them.",
    "같은 내용을 말하는 열이 있습니다(다른 열에서 계산됩니다). 똑같이 좋은 가중치가 많아 그 가운데 하나를 찾습니다.",
)


def lack_of(learner: Any, problem: Rows) -> Said | None:
    """What is missing before linear regression can start, or None."""
    lack = lacks_answers(problem, learner.title, takes_values=True)
    if lack is not None:
        return lack
    if not problem.has_values:
        return Said(_NOT_NUMBERS, {"algorithm": learner.title, "target": problem.target_name})
    if learner.start_coef is not None and len(learner.start_coef) != problem.d:
        return Said(_START_LENGTH, {"wanted": problem.d, "given": len(learner.start_coef)})
    if learner.query is not None and len(learner.query) != problem.d:
        return Said(_QUERY_LENGTH, {"given": len(learner.query), "d": problem.d})
    if learner.candidates is not None and not len(learner.candidate_lines(problem)):
        return Said(_CANDIDATES, {"given": len(learner.candidates), "d": problem.d})
    return beyond_squares(problem, each_column=True)


def advice_for(learner: Any, problem: Rows) -> Finding | None:
    """A word of warning about the columns, or None."""
    if problem.n < 2 or not problem.has_values or beyond_squares(problem, each_column=True) is not None:
        return None
    ruling = ruling_column(problem, is_alone=False) if learner.method == "gradient_descent" else None
    if ruling is not None:
        return unscaled(_RANGES, ruling)
    constant = constant_column(problem)
    if constant is not None:
        return Finding("constant_column", Said(_CONSTANT_COLUMN, {"name": problem.feature_names[constant]}))
    if normal_of(problem).rank < min(problem.d, problem.n - 1):
        return Finding("alike_columns", Said(_ALIKE_COLUMNS, {}))
    return None
