"""Diagnosis in words: what goes wrong in a run, recognised from its curves and its state, with a remedy beside it.

Nothing is said without evidence: a lecture must never see a warning about a run that is well. The thresholds were
measured on the built-in examples with some margin; tests/lab/composing/test_no_false_alarms.py keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lab.composing.separability import has_lines
from lab.document.remedies import NO_LOSS, gentler_rate
from lab.protocol.packet import Curves
from models.core.abilities import HasNetwork, Wiring, slope
from models.core.findings import ANOTHER_START, STANDARDISE, Finding, Remedy
from models.core.moment import Moment
from models.core.problem import Rows
from models.core.readiness import ruling_column
from models.core.state import State
from models.words.text import Said, Text

if TYPE_CHECKING:
    from models.core.learner import Learner

ENOUGH = 6  # points of a curve before a loss is said to grow; what too long a stride saturates waits for that
GROWN = 4.0  # the loss is so many times that of the start: it grows
ZIGZAG, LATEST = 16, 24  # fewest and most points of a curve that an oscillation is looked for in
SWING = 0.2  # the middle one of an oscillating loss's jumps, as a share of its middle height
FLAT = 0.02  # a plateau rises and falls by less than this share of the loss
FLAT_EPOCHS, FLAT_ITERATIONS = 30, 100
SEEN_ROWS = 500  # rows that units are looked at with
DEAF = 0.01  # a slope below this share of the steepest passes hardly any gradient
DEAF_ROWS = 0.75  # share of the rows at which a saturated unit is deaf
LARGE_RATE = 10.0  # times the learner's default rate
CLEAN_EPOCHS = 10  # epochs without an error-free one before it is said that there is no line

_STEEPEST = {"tanh": 1.0, "logistic": 0.25}


def diagnose(
    learner: Learner,
    state: State,
    problem: Rows,
    curves: Curves,
    metrics: Mapping[str, float],
    iteration: int,
) -> tuple[Finding, ...]:
    """What is recognised at a settled state after `iteration` iterations, the most important first.

    metrics: the figures of this state; curves may reach beyond it (then only what came before counts).
    A finding whose sentence the learner's own `advice` says already carries that very sentence.
    """
    if problem.n == 0:
        return ()
    with np.errstate(all="ignore"):
        return tuple(_found(learner, state, problem, curves, metrics, iteration))


def _found(
    learner: Learner,
    state: State,
    problem: Rows,
    curves: Curves,
    metrics: Mapping[str, float],
    iteration: int,
) -> Iterator[Finding]:
    wiring = _wiring(learner, state, problem)
    if iteration > 0:
        loss = _loss_so_far(curves, learner.goal, iteration) if _descends(learner, wiring) else NO_LOSS
        rate = _rate_finding(learner, state, problem, loss, metrics)
        if rate is not None:
            yield rate
        if wiring is not None and state.is_finite():
            yield from _of_the_network(learner, state, problem, wiring, loss, metrics, rate is not None)
        yield from _no_line(learner, state, problem, metrics, iteration)
    yield from _of_the_data(learner, state, problem, iteration)


# -- the learning rate -----------------------------------------------------------------------------------------------


def _descends(learner: Learner, wiring: Wiring | None) -> bool:
    """Whether the learner goes down its loss by a learning rate. A perceptron does not: it corrects mistakes."""
    is_stepped = wiring is not None and wiring.activations[-1] == "step"
    return learner.descends and learner.rate_setting is not None and not is_stepped


def _loss_so_far(curves: Curves, goal: str, iteration: int) -> np.ndarray:
    """Iterations and losses up to the shown frame, (2, k)."""
    series = curves.series.get(goal)
    if series is None:
        return NO_LOSS
    upto = int(np.searchsorted(curves.iterations, iteration, side="right"))
    return np.stack([curves.iterations[:upto], series[:upto]])


def _rate_finding(
    learner: Learner, state: State, problem: Rows, loss: np.ndarray, metrics: Mapping[str, float]
) -> Finding | None:
    if learner.rate_setting is None:
        return None
    values = loss[1]
    now = metrics.get(learner.goal)
    if not state.is_finite() or now is not None and not np.isfinite(now) or not np.isfinite(values).all():
        return _lower_rate("diverging", _GROWS, learner, loss)
    if _grows(values, problem, metrics):
        return _lower_rate("diverging", _GROWS, learner, loss)
    return _lower_rate("oscillating", _SWINGS, learner, NO_LOSS) if _oscillates(values) else None


def _grows(values: np.ndarray, problem: Rows, metrics: Mapping[str, float]) -> bool:
    """Whether the loss is many times what it was, worse than that of one answer for all, and not on its way back.

    One jump is not growth: a weight that was set by hand makes one.
    """
    if len(values) < ENOUGH or not _is_worse_than_one_answer(values[-1], problem, metrics):
        return False
    last = values[-5:]
    if (np.diff(last) > 0).all() and last[-1] > 2.0 * values[0]:
        return True
    latest = values[-min(LATEST, len(values) - 1) :]
    half = len(latest) // 2
    falls = latest[half:].mean() < 0.9 * latest[:half].mean()
    return bool(np.median(last) > GROWN * values[0] and not falls)


def _is_worse_than_one_answer(loss: float, problem: Rows, metrics: Mapping[str, float]) -> bool:
    if "r2" in metrics:
        return metrics["r2"] < 0.0
    if problem.has_classes:
        shares = np.bincount(problem.targets) / problem.n
        return loss > -float((shares[shares > 0] * np.log(shares[shares > 0])).sum())
    return True


def _oscillates(values: np.ndarray) -> bool:
    """Whether the loss goes up and down by much, at a height near that of the start, without coming to rest.

    Both halves of what was seen last must do so: a few leaps on the way down are no oscillation.
    """
    latest = values[-LATEST:]
    if len(latest) < ZIGZAG:
        return False
    halves = np.array_split(latest, 2)
    falls = halves[1].mean() < 0.9 * halves[0].mean()
    return bool(not falls and latest.mean() > 0.4 * values[0] and all(_swings(half) for half in halves))


def _swings(values: np.ndarray) -> bool:
    jumps = np.diff(values)
    turns = float((jumps[1:] * jumps[:-1] < 0).mean())
    return bool(turns > 0.4 and np.median(np.abs(jumps)) > SWING * np.median(values))


def _lower_rate(
    id: str, words: Text, learner: Learner, loss: np.ndarray, values: Mapping[str, Any] | None = None
) -> Finding:
    param = learner.param(learner.rate_setting or "")
    rate = float(learner.settings[param.name])
    lower = gentler_rate(rate, param, loss)
    remedy = Remedy("setting", _LOWER, param.name, lower, {"rate": lower})
    return Finding(id, Said(words, {**(values or {}), "rate": rate, "lower": lower}), remedy)


def _has_large_rate(learner: Learner) -> bool:
    if learner.rate_setting is None:
        return False
    param = learner.param(learner.rate_setting)
    return bool(learner.settings[param.name] > LARGE_RATE * param.default)


# -- inside a network ------------------------------------------------------------------------------------------------


def _wiring(learner: Learner, state: State, problem: Rows) -> Wiring | None:
    return learner.wiring(Moment("start", state), problem) if isinstance(learner, HasNetwork) else None


def _of_the_network(
    learner: Learner,
    state: State,
    problem: Rows,
    wiring: Wiring,
    loss: np.ndarray,
    metrics: Mapping[str, float],
    is_rate_wrong: bool,
) -> Iterator[Finding]:
    hidden = wiring.activations[:-1]
    if not hidden:
        return
    rows = problem.features[:: -(-problem.n // SEEN_ROWS)]
    sums = learner.sums(state, rows)  # type: ignore[attr-defined]
    yield from _dead(learner, state, problem, hidden, sums)
    is_bad = _is_bad(problem, metrics)
    if is_bad and not is_rate_wrong and not 0 < loss.shape[1] < ENOUGH:
        yield from _saturated(learner, hidden, sums, loss[1])
    if is_bad and _is_flat(loss, learner.iterations_per_epoch(problem) or 1) and _has_one_answer(problem, metrics):
        yield _plateau(learner, hidden, problem, float(loss[1, -1]))


def _dead(
    learner: Learner, state: State, problem: Rows, hidden: tuple[str, ...], sums: tuple[np.ndarray, ...]
) -> Iterator[Finding]:
    """Units of ReLU layers that put out 0 whatever they are shown. Where the rate is large, long steps did it."""
    silent = [np.all(z <= 0, axis=0) if name == "relu" else None for name, z in zip(hidden, sums, strict=False)]
    count = sum(len(units) for units in silent if units is not None)
    few = len(sums[0])  # these made it likely; now all rows must agree, as many at a time
    for first in range(0, problem.n if few < problem.n else 0, few):
        if not any(units.any() for units in silent if units is not None):
            return
        some = learner.sums(state, problem.features[first : first + few])  # type: ignore[attr-defined]
        for units, z in zip(silent, some, strict=False):
            if units is not None:
                units &= np.all(z <= 0, axis=0)
    dead = sum(int(units.sum()) for units in silent if units is not None)
    values = {"dead": dead, "count": count}
    if dead and _has_large_rate(learner):  # another start would die of it too
        yield _lower_rate("dead_relu", _KILLED, learner, NO_LOSS, values)
    elif dead:
        yield Finding("dead_relu", Said(_DEAD, values), ANOTHER_START)


def _saturated(
    learner: Learner, hidden: tuple[str, ...], sums: tuple[np.ndarray, ...], losses: np.ndarray
) -> Iterator[Finding]:
    """Most units of sigmoid and tanh layers stand where the function is flat, for most of the rows. Where the loss is
    higher than at the start, too long steps have carried them there."""
    flat = count = 0
    for name, z in zip(hidden, sums, strict=False):
        if name in _STEEPEST:
            flat += int(((slope(name, z) < DEAF * _STEEPEST[name]).mean(axis=0) > DEAF_ROWS).sum())  # type: ignore[arg-type]
            count += z.shape[1]
    if not count or flat <= count / 2:
        return
    values = {"flat": flat, "count": count}
    if len(losses) and losses[-1] > 1.5 * losses[0] and learner.rate_setting is not None:
        yield _lower_rate("saturated", _THROWN, learner, NO_LOSS, values)
    else:
        yield Finding("saturated", Said(_SATURATED, values), ANOTHER_START)


def _is_bad(problem: Rows, metrics: Mapping[str, float]) -> bool:
    """Whether the answers are far from right: less than half of what one answer for all leaves is got."""
    if "accuracy" in metrics and problem.has_classes:
        share = _largest_share(problem)
        return metrics["accuracy"] < share + 0.5 * (1.0 - share)
    return "r2" in metrics and metrics["r2"] < 0.5


def _has_one_answer(problem: Rows, metrics: Mapping[str, float]) -> bool:
    """Whether the answers are no better than one answer for every point."""
    if "accuracy" in metrics and problem.has_classes:
        return metrics["accuracy"] <= _largest_share(problem) + 0.02
    return "r2" in metrics and metrics["r2"] < 0.02


def _largest_share(problem: Rows) -> float:
    return float(np.bincount(problem.targets).max()) / problem.n


def _is_flat(loss: np.ndarray, per_epoch: int) -> bool:
    """Whether the loss has kept its height for many epochs."""
    iterations, values = loss
    if not len(values):
        return False
    since = iterations[-1] - max(FLAT_EPOCHS * per_epoch, FLAT_ITERATIONS)
    latest = values[iterations >= since]
    if since < 0 or len(latest) < 8:
        return False
    half = len(latest) // 2
    height = float(latest.mean())
    return bool(np.ptp(latest) < 5 * FLAT * height and abs(latest[half:].mean() - latest[:half].mean()) < FLAT * height)


def _plateau(learner: Learner, hidden: tuple[str, ...], problem: Rows, loss: float) -> Finding:
    if set(hidden) == {"identity"} and "tanh" in _choices(learner, "activation"):
        return Finding("plateau", Said(_ONE_LINE, {"loss": loss}), _TANH)
    words = _NO_BETTER if problem.has_classes else _NO_BETTER_THAN_MEAN
    return Finding("plateau", Said(words, {"loss": loss}), ANOTHER_START)


def _choices(learner: Learner, name: str) -> Mapping[str, Text]:
    return next((param.choices for param in learner.params() if param.name == name), {})


# -- the data --------------------------------------------------------------------------------------------------------


def _no_line(
    learner: Learner, state: State, problem: Rows, metrics: Mapping[str, float], iteration: int
) -> Iterator[Finding]:
    """A perceptron whose epochs all had mistakes, on classes that no line separates: that is computed, not guessed."""
    epochs = iteration // (learner.iterations_per_epoch(problem) or 1)
    if not learner.needs_a_line or not problem.has_classes or epochs < CLEAN_EPOCHS:
        return
    if metrics.get("accuracy", 0.0) < 1.0 and not has_lines(problem):
        remedy = Remedy("algorithm", _TO_MLP, value="mlp")
        yield Finding("inseparable", Said(_NO_LINE, {"epochs": epochs}), remedy)


def _of_the_data(learner: Learner, state: State, problem: Rows, iteration: int) -> Iterator[Finding]:
    advice = _advice(learner, problem)
    is_ruled = learner.measures_distance or learner.rate_setting is not None
    if problem.scaler.kind == "none" and is_ruled:
        ruling = ruling_column(problem)
        if ruling is not None:
            says_it = advice is not None and advice.id == "unscaled"
            yield Finding("unscaled", advice.said if says_it and advice else Said(_RANGES, dict(ruling)), STANDARDISE)
    if advice is not None and advice.remedy is not None and advice.id != "unscaled":
        yield advice
    elif iteration > 0:
        yield from learner.findings(state, problem)


@lru_cache(maxsize=1)
def _advice(learner: Learner, problem: Rows) -> Finding | None:
    return learner.advice(problem)


# -- words -----------------------------------------------------------------------------------------------------------

_GROWS = Text(
    "The loss grows instead of falling: the learning rate {rate:g} is too large, so try {lower:g}.",
    "학습률 {rate:g|이/가} 너무 커서 손실이 줄지 않고 커집니다. {lower:g|으로/로} 낮춰 보세요.",
)
_SWINGS = Text(
    "The loss swings up and down and does not settle: the learning rate {rate:g} is too large, so try {lower:g}.",
    "학습률 {rate:g|이/가} 너무 커서 손실이 줄지 않고 진동합니다. {lower:g|으로/로} 낮춰 보세요.",
)
_DEAD = Text(
    "ReLU neurons that put out 0 for every training point and so learn nothing: {dead} of {count}. Try another start.",
    "ReLU 뉴런 {count}개 중 {dead}개는 모든 훈련 데이터에 0을 내보내 학습하지 못합니다. 다른 시작을 써 보세요.",
)
_KILLED = Text(
    "The learning rate {rate:g} has carried {dead} of {count} ReLU neurons to where they always put out 0: try {lower:g}.",
    "학습률 {rate:g|이/가} 너무 커서 ReLU 뉴런 {count}개 중 {dead}개가 늘 0만 내보냅니다. {lower:g|으로/로} 낮춰 보세요.",
)
_SATURATED = Text(
    "Neurons that stand where their curve is flat and so hardly learn: {flat} of {count}. Try another start.",
    "뉴런 {count}개 중 {flat}개는 활성화 함수가 평평한 곳에 있어 거의 학습하지 못합니다. 다른 시작을 써 보세요.",
)
_THROWN = Text(
    "The learning rate {rate:g} has carried {flat} of {count} neurons to where they hardly learn: try {lower:g}.",
    "학습률 {rate:g|이/가} 너무 커서 뉴런 {count}개 중 {flat}개가 거의 학습하지 못합니다. {lower:g|으로/로} 낮춰 보세요.",
)
_NO_BETTER = Text(
    "The loss stays near {loss:.4g}, and the network is right no more often than one answer for all: try another start.",
    "손실이 {loss:.4g} 근처에 머물고 모든 점에 같은 답을 할 때보다 더 맞히지 못합니다. 다른 시작을 써 보세요.",
)
_NO_BETTER_THAN_MEAN = Text(
    "The loss stays near {loss:.4g}, and the network predicts no better than the mean does: try another start.",
    "손실이 {loss:.4g} 근처에 머물고 평균으로 답할 때보다 더 잘 예측하지 못합니다. 다른 시작을 써 보세요.",
)
_ONE_LINE = Text(
    "The loss stays near {loss:.4g}: without an activation function the layers are one line, so choose tanh.",
    "손실이 {loss:.4g} 근처에 머뭅니다. 활성화 함수가 없으면 여러 층도 선 하나와 같으니 tanh를 골라 보세요.",
)
_NO_LINE = Text(
    "None of {epochs} epochs was free of mistakes, and no line separates these classes: try a network (MLP).",
    "{epochs}에포크가 지나도록 늘 틀린 점이 있고, 선으로는 이 클래스들을 나눌 수 없습니다. 다층 퍼셉트론(MLP)을 써 보세요.",
)
_RANGES = Text(
    "{wide} varies {times:.0f} times as far as {narrow} and decides nearly alone: standardise the columns.",
    "{wide:은/는} {narrow}보다 값의 범위가 {times:.0f}배 넓어 결과를 거의 혼자 정합니다. 열을 표준화해 보세요.",
)
_LOWER = Text("Learning rate {rate:g}", "학습률 {rate:g|으로/로} 낮추기")
_TO_MLP = Text("Use a network (MLP)", "다층 퍼셉트론(MLP) 쓰기")
_TANH = Remedy("setting", Text("Use tanh", "tanh 쓰기"), "activation", "tanh")
