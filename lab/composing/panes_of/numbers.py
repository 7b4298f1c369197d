"""This step in numbers: the formulas of a moment, the parameter table, and the points that they are about."""

from __future__ import annotations

import logging

import numpy as np

from lab.composing.beside import Asked
from lab.protocol.pane_records import Numbers
from models.core.abilities import HasNetwork
from models.core.formula import Shown
from models.core.learner import Learner
from models.core.problem import Rows
from models.words.text import Said, Text

log = logging.getLogger("learnscope.numbers")

PINNED = Text("sample {number} (pinned)", "샘플 {number}(고정)")
FIRST_OF_BATCH = Text("the first of the {count} samples of the mini-batch", "미니배치의 샘플 {count}개 중 첫 번째")
FIRST_OF_ALL = Text("the first of all {count} samples", "전체 샘플 {count}개 중 첫 번째")
PIN_ELSEWHERE = Text(
    "the first of the {count} samples of the mini-batch; the pinned one is not among them",
    "미니배치의 샘플 {count}개 중 첫 번째. 고정한 샘플은 이 미니배치에 없습니다",
)
OTHERS_TURN = Text(
    "sample {number}; it is not the turn of the pinned one", "샘플 {number}. 고정한 샘플의 차례는 아닙니다"
)
PIN_IS_TEST = Text(
    "sample {number} is test data: nothing is learned from it",
    "샘플 {number:은/는} 테스트 데이터라서 학습에 쓰지 않습니다",
)
FIRST_PIN_IS_TEST = Text(
    "the first of {count} samples; the pinned one is test data: nothing is learned from it",
    "샘플 {count}개 중 첫 번째. 고정한 샘플은 테스트 데이터라서 학습에 쓰지 않습니다",
)
TURN_PIN_IS_TEST = Text(
    "sample {number}; the pinned one is test data: nothing is learned from it",
    "샘플 {number}. 고정한 샘플은 테스트 데이터라서 학습에 쓰지 않습니다",
)
FAILED = Text("The numbers of this step cannot be shown.", "이 단계의 수를 보여 줄 수 없습니다.")


class StepInNumbers:
    """The numbers pane, which every learner has."""

    def fits(self, learner: Learner, problem: Rows) -> bool:
        return True

    def record(self, asked: Asked) -> Numbers:
        return numbers(asked.learner, asked.shown, asked.problem)


def numbers(learner: Learner, shown: Shown, problem: Rows) -> Numbers:
    """What the Numbers pane shows of a moment. Values that are not finite are shown as such; never raises."""
    device = problem.device
    try:
        with np.errstate(all="ignore"):
            formulas = tuple(learner.formulas(shown, problem))
            tensors = tuple(learner.tensors(shown.moment.state))
    except Exception:  # a pane must not end the run that it looks at
        log.exception("no numbers for %s, %s of iteration %s", learner.id, shown.moment.phase, shown.iteration)
        return Numbers(device=device, note=Said(FAILED, {}))
    return Numbers(formulas, tensors, device, _note(learner, shown, problem) if formulas else None)


def concerned_rows(learner: Learner, shown: Shown, problem: Rows) -> np.ndarray:
    """The rows of the dataset that the formulas of a moment are about, (m,) int64, without repeats. Never raises."""
    indices = _concerned(learner, shown, problem)
    return np.asarray(problem.rows, dtype=np.int64)[indices]


def _concerned(learner: Learner, shown: Shown, problem: Rows) -> np.ndarray:
    """Training rows that the formulas are about, by their indices; those that there are."""
    try:
        with np.errstate(all="ignore"):
            indices = np.asarray(learner.concerned(shown, problem), dtype=np.int64).ravel()
    except Exception:  # as in `numbers`
        log.exception("nothing concerned for %s, %s", learner.id, shown.moment.phase)
        return np.zeros(0, dtype=np.int64)
    indices = indices[(indices >= 0) & (indices < problem.n)]
    return indices[np.sort(np.unique(indices, return_index=True)[1])]


def _note(learner: Learner, shown: Shown, problem: Rows) -> Said | None:
    """Which sample the formulas are about, where a reader would not know."""
    row, rows = shown.pin.row, problem.rows[_concerned(learner, shown, problem)]
    if row is not None and row in rows:
        return Said(PINNED, {"number": row + 1})
    is_test = row is not None and row in problem.test_rows
    count = _batch(learner, shown, problem) if len(rows) else 0
    if count >= 2:
        if is_test:
            return Said(FIRST_PIN_IS_TEST, {"count": count})
        if count == problem.n:
            return Said(FIRST_OF_ALL, {"count": count})
        return Said(FIRST_OF_BATCH if row is None else PIN_ELSEWHERE, {"count": count})
    if row is not None and len(rows) == 1:
        return Said(TURN_PIN_IS_TEST if is_test else OTHERS_TURN, {"number": int(rows[0]) + 1})
    return Said(PIN_IS_TEST, {"number": row + 1}) if is_test else None


def _batch(learner: Learner, shown: Shown, problem: Rows) -> int:
    """How many training rows a network's moment is about; 0 where that is not known."""
    if not isinstance(learner, HasNetwork):
        return 0
    try:
        rows = learner.wiring(shown.moment, problem).rows
    except Exception:  # as in `numbers`
        log.exception("no network for %s, %s", learner.id, shown.moment.phase)
        return 0
    return 0 if rows is None else len(rows)
