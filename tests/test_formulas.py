"""The numbers of every algorithm: each phase that a run reaches has its formulas, finished and typeset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
import ziamath

import models
from lab.composing.panes_of.numbers import concerned_rows, numbers
from models.core.formula import Formula, Shown
from models.core.learner import Learner, Moment, Pin
from models.core.problem import Rows
from tests.models.problems import blobs, make_problem, regression_problem, tilted_cloud, values_problem
from widgets.formulas.latex import plain
from widgets.panes.numbers.formula_row import with_numbers

SEED = 7
FEW = 6  # iterations that are looked at one by one at the start
WHOLE_RUN = 200_000
ALGORITHMS = [row.id for row in models.CATALOGUE]


def problems_for(learner: Learner) -> dict[str, Rows]:
    """Every kind of data that the learner takes, by a name for the test's report."""
    two = blobs(((-1.5, -1.0), (1.5, 1.0)), each=12, sd=1.1)
    three, wide = blobs(each=8), blobs(np.random.default_rng(0).normal(0, 3, (4, 5)), each=8)
    scaling = learner.default_scaling
    found = {
        "two classes": make_problem(*two, scaling=scaling),
        "three classes": make_problem(*three, scaling=scaling),
        "five columns": make_problem(*wide, scaling="standard", axes=(4, 1)),
        "a cloud": make_problem(tilted_cloud(30), np.arange(30) % 2),
        "numbers over one column": regression_problem(24),
        "numbers over three columns": regression_problem(24, 3),
        "numbers as they are": values_problem([0, 3, 5, 8, 10, 13], [2.6, 3.1, 4.3, 6.5, 8.4, 11.2]),
    }
    return {name: problem for name, problem in found.items() if _takes(learner, problem)}


def _takes(learner: Learner, problem: Rows) -> bool:
    is_answered = {"classifier": problem.has_classes, "regressor": problem.has_values}
    return is_answered.get(learner.task_on(problem), problem.has_classes) and learner.unready(problem) is None


def shown_frames(learner: Learner, problem: Rows, pin: Pin) -> Iterator[Shown]:
    """The start, every moment of the first iterations, and every moment of the last one of a whole run."""
    before = learner.start(problem, SEED)
    yield Shown(0, Moment("start", before), before, pin)
    whole = learner.advance(before, problem, SEED, 0, WHOLE_RUN).done
    near_the_end = max(FEW, whole - 1)
    for first, count in ((0, FEW), (near_the_end, whole - near_the_end)):
        state = learner.advance(before, problem, SEED, 0, first).state if first else before
        for done in range(first, first + count):
            if learner.outcome(state, problem) is not None:
                break
            settled = state
            for moment in learner.iterate(settled, problem, SEED, done):
                state = moment.state
                yield Shown(done + 1, moment, settled, pin)


@cache
def cases(algorithm: str) -> tuple[tuple[str, Learner, Rows, Shown], ...]:
    """(where, learner, problem, shown) for every frame looked at, unpinned and with a row and a weight pinned."""
    learner = models.load(algorithm)()
    found = []
    for name, problem in problems_for(learner).items():
        for pin in (Pin(), Pin(row=3, unit=(1, 0), weight=(1, 0, -1), place=(0.5, -0.25))):
            for shown in shown_frames(learner, problem, pin):
                pinned = " pinned" if pin.row is not None else ""
                where = f"{name}{pinned}, {shown.moment.phase} of iteration {shown.iteration}"
                found.append((where, learner, problem, shown))
    return tuple(found)


@cache
def formulas(algorithm: str) -> tuple[tuple[str, tuple[Formula, ...]], ...]:
    return tuple(
        (where, tuple(learner.formulas(shown, problem))) for where, learner, problem, shown in cases(algorithm)
    )


def templates(algorithm: str) -> dict[str, str]:
    """Every different formula in letters and with numbers, by how it looks without its digits: LaTeX."""
    found = {}
    for _, some in formulas(algorithm):
        for formula in some:
            for latex in (formula.symbols, with_numbers(formula)):
                if latex:
                    found.setdefault(re.sub(r"\d+", "0", latex), latex)
    return found


@pytest.fixture(params=ALGORITHMS)
def algorithm(request) -> str:
    return request.param


def test_that_every_moment_has_formulas_and_exactly_one_is_the_main_one(algorithm):
    missing = [where for where, some in formulas(algorithm) if not some]
    assert missing == []
    wrong = [where for where, some in formulas(algorithm) if sum(formula.is_main for formula in some) != 1]
    assert wrong == []


def test_that_every_phase_that_a_run_reaches_was_looked_at(algorithm):
    learner = models.load(algorithm)()
    seen = {shown.moment.phase for *_, shown in cases(algorithm)}
    unseen = set(learner.phases) - seen - {"edited"}
    # Phases that only other settings lead to are named by their own tests.
    assert "start" in seen and len(seen) >= 2 and len(unseen) < len(seen), unseen


def test_that_keys_are_unique_in_a_moment(algorithm):
    for where, some in formulas(algorithm):
        keys = [formula.key for formula in some]
        assert len(keys) == len(set(keys)), (where, keys)


def test_that_every_place_has_a_value_and_every_value_is_finite(algorithm):
    for where, some in formulas(algorithm):
        for formula in some:
            assert set(formula.places()) <= set(formula.values), (where, formula.key)
            for name, value in formula.values.items():
                assert np.ndim(value) == 0 and np.isfinite(float(value)), (where, formula.key, name)


def test_that_every_formula_typesets_and_can_be_read_aloud(algorithm):
    ziamath.config.svg2 = False
    for latex in templates(algorithm).values():
        assert "<path" in ziamath.Latex(latex, size=16).svg(), latex
        assert plain(latex) and "\\" not in plain(latex), (latex, plain(latex))


def test_that_latex_holds_symbols_only_and_no_command_that_the_typesetter_would_spell_out(algorithm):
    for latex in templates(algorithm).values():
        assert not re.search("[ㄱ-ㆎ가-힣]", latex), latex
        assert not re.search(r"nan|inf(?!ty)|None|<\(?\w+\)?>", latex), latex
        assert latex.count("{") == latex.count("}") and latex.count(r"\left") - latex.count(
            r"\leftarrow"
        ) == latex.count(r"\right") - latex.count(r"\rightarrow"), latex


def test_that_every_formula_is_said_in_both_languages(algorithm):
    for where, some in formulas(algorithm):
        for formula in some:
            english, korean = (formula.said.say(lang, formula.said_values) for lang in ("en", "ko"))
            assert english and korean and "{" not in english + korean, (where, formula.key)
            assert not re.search("[가-힣]", english), (where, english)
            assert re.search("[가-힣]", korean) or english == korean, (where, korean)
            assert formula.said.placeholders() <= set(formula.said_values), (where, formula.key)


def test_that_the_points_concerned_are_training_rows(algorithm):
    for where, learner, problem, shown in cases(algorithm):
        indices = np.asarray(learner.concerned(shown, problem))
        assert indices.ndim == 1 and indices.dtype.kind == "i", where
        assert ((indices >= 0) & (indices < problem.n)).all(), where
        assert set(concerned_rows(learner, shown, problem)) == set(problem.rows[indices]), where


def test_that_the_parameter_table_is_there_and_read_only(algorithm):
    for where, learner, problem, shown in cases(algorithm):
        found = numbers(learner, shown, problem)
        names = [tensor.name for tensor in found.tensors]
        assert len(names) == len(set(names)), where
        assert names or shown.iteration == 0, where  # at the start there may be nothing learned
        assert not any(tensor.values.flags.writeable for tensor in found.tensors), where
        assert found.note is None or (found.note.say("en") and found.note.say("ko")), where
