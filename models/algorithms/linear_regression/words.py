"""What linear regression says: its line, its gradient and its solution in numbers and sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.algorithms.linear_regression.least_squares import Normal, constant_column, in_original_units
from models.core.moment import Phase
from models.core.problem import Rows
from models.words.numbers import brief, number
from models.words.sentences import filled
from models.words.text import Text

COEFFICIENT = 3  # significant digits of a line's slope and intercept, in words: a line is said to be 1.46x + 58.7

_SLOPES_1 = Text("slope {slope}, intercept {intercept}", "기울기 {slope}, 절편 {intercept}")
_SLOPES_D = Text("its length is {length}", "크기 {length}")
_MEANS_1 = Text("{name} {mean}", "{name} {mean}")
_MEANS_D = Text("the means of all {d} columns", "열 {d}개의 평균")
_SUMS_1 = Text(
    "How far {name} varies: {sxx} (squared distances from the mean, added up). How far it varies together with "
    "{target}: {sxy} (products of the two distances, added up)",
    "{name:이/가} 흩어진 정도는 {sxx}(평균과의 차이를 제곱해 더한 값), {target:과/와} 함께 변하는 정도는 {sxy}(두 차이를 "
    "곱해 더한 값)입니다",
)
_SUMS_D = Text(
    "{d} equations for {d} weights, one for each column: the gradient of the loss is to be zero",
    "가중치 {d}개에 방정식 {d}개를 세웁니다. 그레이디언트(손실의 기울기)가 0이 되는 곳을 찾는 식입니다",
)
_SOLVED_1 = Text(
    "Varying together divided by how far {name} varies: slope {sxy} / {sxx} = {slope}. Intercept: mean of {target} − "
    "slope × mean of {name} = {intercept}",
    "함께 변하는 정도를 {name:이/가} 흩어진 정도로 나눕니다: 기울기 {sxy} / {sxx} = {slope}. 절편은 {target} 평균 − 기울기 × "
    "{name} 평균 = {intercept}",
)
_SOLVED_D = Text("The equations are solved: {line}", "방정식을 풀었습니다. {line}")
_CONSTANT = Text(
    " {name} is the same everywhere, so nothing can be learned from it: its weight is 0.",
    " {name:은/는} 값이 모두 같아 아무것도 알 수 없습니다. 가중치는 0입니다.",
)
_ALIKE = Text(
    " Some columns say the same, so many weights are equally good; these are the smallest.",
    " 같은 내용을 말하는 열이 있어 똑같이 좋은 가중치가 많습니다. 그 가운데 가장 작은 가중치입니다.",
)
_OUTSIDE = Text(
    " This lies outside the data: nobody knows whether the line still holds there.",
    " 데이터의 범위 밖이므로 그곳에서도 직선이 맞는지는 알 수 없습니다.",
)
_SOLVED_ANSWER = Text(" At {name} = {x}: {y}.", " {name} = {x}일 때 {y}.")
_SOLVED_OUTSIDE = Text(" At {name} = {x}: {y}, outside the data.", " {name} = {x}일 때 {y}(데이터의 범위 밖).")


PHASES: dict[str, Phase] = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "Before learning, the predictions are wrong. A residual says how far a point is above or below its "
            "prediction: the sticks, where a line is drawn.",
            "학습하기 전이라 예측이 틀립니다. 잔차는 점이 예측값에서 위아래로 떨어진 정도이며, 직선을 그린 평면에서는 "
            "세로 막대로 보입니다.",
        ),
    ),
    "predict": Phase(
        Text("forward pass", "순전파"),
        Text(
            "Forward pass: {line} predicts a value for each of the {n} points.",
            "순전파: {line}, 이 식으로 점 {n}개의 값을 예측합니다.",
        ),
    ),
    "residuals": Phase(
        Text("loss", "손실"),
        Text(
            "Loss: a residual is the target minus the prediction. Squared and averaged over all points: {mse}.",
            "손실: 목표값에서 예측값을 뺀 것이 잔차입니다. 잔차의 제곱을 평균하면 {mse}입니다.",
        ),
    ),
    "gradient": Phase(
        Text("gradient", "그레이디언트"),
        Text(
            "The gradient says where the loss rises: {gradient}. The step goes the other way.",
            "그레이디언트(손실의 기울기)는 손실이 커지는 쪽을 가리킵니다: {gradient}. 그 반대쪽으로 움직입니다.",
        ),
    ),
    "update": Phase(
        Text("update", "갱신"),
        Text(
            "Update with learning rate {rate}: {line}. {falls}: {before} → {after}.",
            "학습률 {rate:으로/로} 갱신: {line}. {falls}: {before} → {after}.",
        ),
    ),
    "means": Phase(
        Text("means", "평균"),
        Text("The best line goes through the means: {means}.", "가장 좋은 직선은 평균을 지납니다. 평균: {means}."),
    ),
    "normal equations": Phase(Text("normal equations", "정규 방정식"), Text("{sums}.", "{sums}.")),
    "solve": Phase(Text("solve", "풀이"), Text("{solution}.{note}", "{solution}.{note}")),
    "ask": Phase(
        Text("predict", "예측"),
        Text(
            "{line}. At {name} = {place} it predicts {value}.{note}",
            "{line}. {name} = {place}일 때 예측값은 {value}입니다.{note}",
        ),
    ),
    "edited": Phase(
        Text("set by hand", "직접 옮김"),
        Text(
            "Set by hand. The closer the predictions come to the points, the smaller the mean of the squared "
            "residuals.",
            "직접 옮겼습니다. 예측이 점들에 가까울수록 잔차의 제곱 평균이 작아집니다.",
        ),
    ),
}


NOT_STARTED = Text("before the first step", "첫 반복 전")
STEP = Text("step {step}", "반복 {step}")
AT_ONCE = Text("closed form", "정규 방정식")
FALLS = Text("The loss falls", "손실이 줄었습니다")
GROWS = Text("The step was too long and the loss grows", "보폭이 너무 커서 손실이 커졌습니다")
LEVEL = Text(
    "Converged after {steps} steps: {line}. The closed form gives {best}.",
    "{steps}번 만에 수렴했습니다. {line}. 정규 방정식의 답은 {best}입니다.",
)
GAVE_UP = Text(
    "Stopped after {steps} steps, the most allowed, at {line}. The closed form gives {best}.",
    "최대 반복 수 {steps}에 이르러 멈췄습니다. 지금은 {line}, 정규 방정식의 답은 {best}입니다.",
)
GROWN = Text(
    "The loss grows with every step (diverged): the learning rate {rate} is above the limit 2/λ = {limit}. "
    "Lower the learning rate.",
    "반복할수록 손실이 커집니다(발산). 학습률 {rate:이/가} 한계 2/λ = {limit}보다 큽니다. 학습률을 낮추세요.",
)
GROWN_BELOW = Text(
    "The loss grows with every step (diverged). Lower the learning rate.",
    "반복할수록 손실이 커집니다(발산). 학습률을 낮추세요.",
)
SOLVED = Text("Solved in one go: {line}.{answer}", "한 번에 풀었습니다. {line}.{answer}")
SLOPE_AXIS = Text("slope", "기울기")
INTERCEPT_AXIS = Text("intercept", "절편")


# -- sentences -------------------------------------------------------------------------------------------------------


def gradient_in_words(gradient: np.ndarray) -> Text:
    """Both derivatives of a line, the length of the gradient of a plane."""
    if len(gradient) == 2:
        return filled(_SLOPES_1, slope=brief(gradient[0]), intercept=brief(gradient[1]))
    with np.errstate(all="ignore"):
        return filled(_SLOPES_D, length=brief(float(np.linalg.norm(gradient))))


def means_in_words(normal: Normal, problem: Rows) -> Text:
    if problem.d > 1:
        return filled(_MEANS_D, d=problem.d)
    names = (shown_name(problem), problem.target_name)
    means = [filled(_MEANS_1, name=name, mean=brief(mean)) for name, mean in zip(names, normal.means, strict=True)]
    return Text(", ".join(m.en for m in means), ", ".join(m.ko for m in means))


def sums_in_words(normal: Normal, problem: Rows) -> Text:
    """What the normal equations say: S_xx and S_xy of a line."""
    return filled(_SUMS_D, d=problem.d) if problem.d > 1 else filled(_SUMS_1, **_products(normal, problem))


def solution_in_words(normal: Normal, problem: Rows, line: str) -> Text:
    """How slope and intercept follow from them; `line` is the equation that came out."""
    if problem.d > 1:
        return filled(_SOLVED_D, line=line)
    shown = {"slope": number(normal.coef[0], COEFFICIENT), "intercept": number(normal.intercept, COEFFICIENT)}
    return filled(_SOLVED_1, **_products(normal, problem), **shown)


def _products(normal: Normal, problem: Rows) -> dict[str, str]:
    names = {"name": shown_name(problem), "target": problem.target_name}
    return {**names, "sxx": brief(normal.together[0, 0]), "sxy": brief(normal.with_target[0])}


def warning(normal: Normal, problem: Rows) -> Text | str:
    """What was wrong with the columns, as an addition to the solution."""
    constant = constant_column(problem)
    if constant is not None:
        return filled(_CONSTANT, name=problem.feature_names[constant])
    return _ALIKE if normal.rank < problem.d else ""


def asked_in_words(line: str, place: str, predicted: float, is_outside: bool, problem: Rows) -> dict[str, Any]:
    """The values of the sentence about the chosen place."""
    axes = problem.axes[:1] if problem.shows_target else problem.axes
    name = ", ".join(problem.feature_names[axis] for axis in axes)
    note = _OUTSIDE if is_outside else ""
    return {"line": line, "name": name, "place": place, "value": brief(predicted), "note": note}


def answer_in_words(place: str, predicted: float, is_outside: bool, problem: Rows) -> Text | str:
    """The prediction at the chosen place, as an addition to the outcome; nothing for a plane."""
    if problem.d > 1:
        return ""
    template = _SOLVED_OUTSIDE if is_outside else _SOLVED_ANSWER
    return filled(template, name=shown_name(problem), x=place, y=brief(predicted))


# -- the line ----------------------------------------------------------------------------------------------------------


def shown_name(problem: Rows) -> str:
    """The column that lies across the plane."""
    return problem.feature_names[problem.axes[0]]


def equation(coef: np.ndarray, intercept: float, problem: Rows) -> str:
    """A line of the learner's units in original ones: "ŷ = 0.685x + 1.56", or with the columns' names."""
    coef, intercept = in_original_units(coef, intercept, problem)
    if problem.d == 1:
        parts = [f"{number(coef[0], COEFFICIENT)}x"]
    else:
        parts = [f"{number(w, COEFFICIENT)}·{name}" for w, name in zip(coef[:3], problem.feature_names, strict=False)]
        parts += ["…"] if problem.d > 3 else []
    text = " + ".join([*parts, number(intercept, COEFFICIENT)])
    return "ŷ = " + text.replace("+ −", "− ")
