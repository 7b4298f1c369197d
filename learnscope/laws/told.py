"""Laws about a moment told in numbers: what its formulas promise holds."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from ziamath.config import config
from ziamath.tex import tex2mml
from ziamath.zmath import Latex

from learnscope.laws.posing import LANGS, NOTHING, AnyLearner, shown_frames
from learnscope.laws.sums import equations
from models.core.abilities import HasPrediction
from models.core.formula import Formula, Shown
from models.core.learner import Pin
from models.core.problem import Rows

_PLACE = re.compile(r"<\(?\w+\)?>")
ROUNDING = 1e-7  # of the largest number in an equation: sums over all rows have been added in another order


@pytest.mark.parametrize("pin", [NOTHING, Pin(row=5)], ids=["", "pinned"])
def test_that_every_moment_is_told_in_numbers_with_one_main_formula(
    learner: AnyLearner, problem: Rows, pin: Pin
) -> None:
    for shown in shown_frames(learner, problem, pin):
        formulas = list(learner.formulas(shown, problem))
        assert sum(formula.is_main for formula in formulas) == 1, shown.moment.phase
        assert len({formula.key for formula in formulas}) == len(formulas)
        for formula in formulas:
            check_places(formula)
            check_words(formula)
        rows = learner.concerned(shown, problem)
        assert rows.dtype.kind == "i" and ((rows >= 0) & (rows < problem.n)).all()
        for tensor in learner.tensors(shown.moment.state):
            assert tensor.name and np.isfinite(tensor.values).all()


@pytest.mark.parametrize("pin", [NOTHING, Pin(row=5)], ids=["", "pinned"])
def test_that_the_numbers_of_formulas_are_right(learner: AnyLearner, problem: Rows, pin: Pin) -> None:
    """Equations hold with the numbers that stand in them; a formula named after a metric has its value; and the formulas
    of a moment are about the numbers of that moment, the main one too or about those of the others."""
    for shown in shown_frames(learner, problem, pin):
        metrics = learner.metrics(shown.moment.state, problem)
        formulas, known = list(learner.formulas(shown, problem)), numbers_of(learner, shown, problem)
        about = [formula for formula in formulas if any(is_among(value, known) for value in formula.values.values())]
        assert about, (shown.moment.phase, [formula.filled() for formula in formulas])
        found = np.sort([value for formula in about for value in formula.values.values()])
        for formula in formulas:
            check_equations(formula)
            if formula.key in metrics and formula.key in formula.values:
                assert formula.values[formula.key] == pytest.approx(metrics[formula.key], rel=1e-9), formula.key
            if formula.is_main:
                assert any(is_among(value, found) for value in formula.values.values()), (formula.key, formula.filled())


def test_that_formulas_are_latex_that_the_typesetter_knows(learner: AnyLearner, problem: Rows) -> None:
    for shown in shown_frames(learner, problem):
        for formula in learner.formulas(shown, problem):
            filled, bare = formula.filled(), _PLACE.sub("0", formula.numbers)
            assert filled.count("{") == filled.count("}"), (formula.key, filled)
            assert not re.search(r"nan|inf(?!ty)|None|<\(?\w+\)?>", filled), (formula.key, filled)
            for latex in (formula.symbols, bare):
                complaint = complaint_about(re.sub(r"\d+", "0", latex))
                assert not complaint, (formula.key, latex, complaint)


# -- what is checked of one formula --------------------------------------------------------------------------------------


def check_places(formula: Formula) -> None:
    """Every number that is shown has a value, which is finite."""
    assert set(formula.places()) <= set(formula.values), (formula.key, formula.places(), tuple(formula.values))
    for name, value in formula.values.items():
        assert np.ndim(value) == 0 and np.isfinite(float(value)), (formula.key, name)


def check_words(formula: Formula) -> None:
    """What it is is said in both languages, and outside of the LaTeX."""
    english, korean = (formula.said.say(lang, formula.said_values) for lang in LANGS)
    assert english and korean and "{" not in english + korean, formula.key
    assert not re.search("[가-힣]", formula.said.en) and not re.search("[가-힣]", formula.symbols + formula.numbers)
    assert re.search("[가-힣]", korean) or english == korean, (formula.key, korean)


def check_equations(formula: Formula) -> None:
    """The sides of each equation come to the same."""
    for sides in equations(formula.numbers, formula.values):
        for (one, size), (other, its_size) in zip(sides, sides[1:], strict=False):
            assert np.shape(one) == np.shape(other), (formula.key, formula.filled())
            slack = ROUNDING * max(size, its_size, float(np.abs(one).max(initial=0.0)))
            assert np.allclose(one, other, rtol=ROUNDING, atol=slack), (formula.key, formula.filled(), one, other)


def numbers_of(learner: AnyLearner, shown: Shown, problem: Rows) -> np.ndarray:
    """The numbers of a moment, sorted: of its state and the one before, its own values, the rows, what is predicted for
    them, and the settings."""
    arrays = [*shown.moment.state.arrays().values(), *shown.before.arrays().values(), problem.features]
    arrays += [problem.scaler.inverse(problem.features), problem.scaler.mean, problem.scaler.scale]
    arrays += [] if problem.targets is None else [problem.targets]
    if isinstance(learner, HasPrediction):
        arrays += [learner.predict(state, problem.features) for state in (shown.moment.state, shown.before)]
    plain = [
        *shown.moment.values.values(),
        *learner.settings.values(),
        *learner.metrics(shown.moment.state, problem).values(),
    ]
    arrays += [np.array([value for value in plain if isinstance(value, (int, float))], dtype=np.float64)]
    return np.sort(np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays]))


def is_among(value: float, known: np.ndarray) -> bool:
    """Whether a number is one of those known, but for rounding."""
    at = int(np.searchsorted(known, value))
    near = known[max(0, at - 1) : at + 1]
    return bool(np.isclose(near, value, rtol=1e-9, atol=0.0).any())


@cache
def complaint_about(latex: str) -> str:
    """What the typesetter has against some LaTeX: "" for nothing."""
    if latex.count("{") != latex.count("}"):
        return "braces that do not close"
    config.svg2 = False
    try:
        mathml = tex2mml(latex)
        drawn = Latex(latex, size=16).svg()
    except Exception as error:  # of many kinds
        return f"{type(error).__name__}: {error}"
    spelled = re.search(r"\\[A-Za-z]+", mathml)
    if spelled is not None:
        return f"the unknown command {spelled[0]}"
    return "" if "<path" in drawn or not latex else "nothing is drawn"
