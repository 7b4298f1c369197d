"""Laws about what people see: marks, narration, handles, refusals and warnings, and what an import brings along."""

from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import models
from learnscope.laws.posing import (
    LANGS,
    SEED,
    AnyLearner,
    edited_frames,
    end_of,
    for_whom,
    frames,
    posed,
)
from learnscope.laws.problems import blobs, tilted_cloud
from models.core.findings import Finding
from models.core.learner import Edit, Learner, Moment
from models.core.marks import Field, Mark, Points
from models.core.problem import Rows
from models.words.text import Text


def numbers_in(value: Any) -> list[np.ndarray]:
    """Every array and number in a mark's field."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, (int, float)):
        return [np.asarray(value, dtype=float)]
    if isinstance(value, (tuple, list)):
        return [array for entry in value for array in numbers_in(entry)]
    return []


def check_mark(mark: Mark, problem: Rows) -> None:
    for field in dataclasses.fields(mark):
        for array in numbers_in(getattr(mark, field.name)):
            assert array.dtype.kind in "ifb" and np.isfinite(array).all(), (mark.key, field.name)
    for name in ("at", "starts", "ends", "vertices", "center", "direction"):
        places = getattr(mark, name, None)
        width = problem.places.shape[1]
        assert places is None or places.shape[-1] == width, (mark.key, name)
    if isinstance(mark, Points):
        assert (mark.rows is None) != (mark.at is None), mark.key
        if mark.rows is not None:
            assert mark.rows.dtype.kind == "i" and ((mark.rows >= 0) & (mark.rows < problem.n)).all()
    assert re.fullmatch(r"(class|cluster):\d+|accent|ink|muted", mark.role), (mark.key, mark.role)


def test_that_marks_are_finite_and_their_keys_unique_in_every_moment(learner: AnyLearner, problem: Rows) -> None:
    last, _ = end_of(learner, problem)
    shown = [moment for _, moment in frames(learner, problem)] + list(edited_frames(learner, problem))
    for moment in [*shown, Moment("start", last)]:
        marks = list(learner.marks(moment, problem))
        keys = [mark.key for mark in marks]
        assert keys and len(keys) == len(set(keys)), keys
        for mark in marks:
            check_mark(mark, problem)
        if any(isinstance(mark, Field) for mark in marks):
            assert learner.task_on(problem) != "transformer"


def test_that_every_moment_is_narrated_and_placed_in_both_languages(learner: AnyLearner, problem: Rows) -> None:
    for iteration, moment in frames(learner, problem, 30):
        said = []
        for lang in LANGS:
            said.append(learner.phases[moment.phase].narration.say(lang, moment.values))
            assert learner.phases[moment.phase].name.say(lang)
            assert learner.place(iteration, moment, problem).say(lang)
        assert all("{" not in sentence and "nan" not in sentence for sentence in said)
        assert re.search("[가-힣]", said[1]) and not re.search("[가-힣]", said[0])
        assert learner.dwell(iteration, moment, problem) > 0
        for value in moment.values.values():
            assert isinstance(value, (str, int, float, Text)), "narration takes plain values"


def test_that_every_handle_can_be_dragged_and_the_run_goes_on(learner: AnyLearner, problem: Rows) -> None:
    for moment in edited_frames(learner, problem):
        assert isinstance(moment.state, learner.state_type) and moment.state.is_finite()
        for lang in LANGS:
            assert learner.phases["edited"].narration.say(lang, {})
            assert learner.place(1, moment, problem).say(lang)
        after = learner.advance(moment.state, problem, SEED, 1, 3)
        assert after.state.is_finite()
    with pytest.raises(ValueError):
        learner.edit(learner.start(problem, SEED), Edit("no such handle", (0.0, 0.0)), problem)


def test_that_empty_and_single_points_are_refused_in_words_and_good_data_is_not(
    learner: AnyLearner, problem: Rows
) -> None:
    assert learner.unready(problem) is None
    for features, targets in ((np.zeros((0, 2)), np.zeros(0, dtype=int)), (np.ones((1, 2)), np.zeros(1, dtype=int))):
        bad = posed(learner, features, targets, class_names=("A",))
        said = learner.unready(bad)
        assert said is not None
        for lang in LANGS:
            assert said.say(lang)
        learner.advice(bad)


def advises(learner: AnyLearner) -> bool:
    return type(learner).advice is not Learner.advice


def awkward_problems(learner: AnyLearner) -> Iterator[tuple[str, Rows]]:
    """Data that some algorithm warns of: unlike ranges, nothing to learn from a column, few points, a class of one."""
    cloud = tilted_cloud()
    classes = np.arange(len(cloud)) % 2
    yield "ranges that differ", posed(learner, cloud * [5000.0, 1.0], classes)
    yield "ranges that differ the other way", posed(learner, cloud * [1.0, 5000.0], classes)
    yield "three columns, the last one wide", posed(learner, np.c_[cloud, 1e6 * cloud[:, :1] ** 2], classes)
    yield "a constant column", posed(learner, np.c_[np.ones(len(cloud)), cloud[:, 1]], classes)
    yield "columns that say the same", posed(learner, np.c_[cloud, cloud.sum(axis=1)], classes)
    yield "points in one place", posed(learner, np.ones((6, 2)), np.arange(6) % 2)
    yield "three points", posed(learner, cloud[:3], np.array([0, 1, 1]))
    yield "one point of a class", posed(learner, cloud, (np.arange(len(cloud)) == 0).astype(int))


def settings_far_out(learner: AnyLearner) -> Iterator[AnyLearner]:
    """The learner as it comes, with each whole number at its most, and with too many choices for a list."""
    yield learner
    for param in learner.params():
        if param.kind == "int" and param.maximum is not None:
            yield learner.changed(**{param.name: int(param.maximum)})
        if param.for_each is not None:
            entries = len(getattr(learner, param.for_each)) + 1
            yield learner.changed(**{param.name: tuple(itertools.islice(itertools.cycle(param.choices), entries))})


@for_whom(advises)
def test_that_warnings_are_findings_said_in_both_languages(learner: AnyLearner) -> None:
    """An algorithm that warns of something warns of some of these; one that has no advice is not asked."""
    found = []
    for asked in settings_far_out(learner):
        for name, problem in awkward_problems(asked):
            advice = asked.advice(problem)
            if advice is not None:
                found.append(name)
                check_finding(asked, advice)
    assert found, "no awkward problem of learnscope.laws.seen draws this algorithm's advice"


def check_finding(learner: AnyLearner, finding: Finding) -> None:
    """An id, a sentence in both languages, and a remedy that there is."""
    assert re.fullmatch("[a-z_]+", finding.id), finding.id
    english, korean = (finding.say(lang) for lang in LANGS)
    assert not re.search(r"[{}]|\bnan\b", english + korean) and re.search("[가-힣]", korean), (english, korean)
    assert not re.search("[가-힣]", finding.said.text.en), english
    remedy = finding.remedy
    if remedy is None:
        return
    assert all(remedy.label.say(lang, remedy.label_values) for lang in LANGS)
    if remedy.kind == "setting":
        assert getattr(learner.changed(**{remedy.name: remedy.value}), remedy.name) == remedy.value
    elif remedy.kind == "algorithm":
        assert models.row(remedy.value)


def test_that_other_columns_and_seven_classes_work(learner: AnyLearner) -> None:
    random = np.random.default_rng(0)
    centers = random.normal(0, 3, (7, 5))
    features, targets = blobs(centers, each=8)
    problem = posed(learner, features, targets, scaling="standard", axes=(4, 1))
    for iteration, moment in frames(learner, problem, 5):
        for mark in learner.marks(moment, problem):
            check_mark(mark, problem)
        learner.place(iteration, moment, problem).say("ko")


def test_that_importing_an_algorithm_loads_no_window_and_no_heavy_library(module: str) -> None:
    heavy = ("PySide6", "pyqtgraph", "torch", "sklearn", "pandas")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
