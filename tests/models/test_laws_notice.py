"""The laws find what is wrong: each is shown an algorithm or a formula that breaks it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.laws import crossing, declarations, seen, told
from learnscope.laws.posing import problem_for
from learnscope.laws.sums import equations
from learnscope.laws.texts import files_of, texts_in, texts_of
from models.algorithms.kmeans.learner import KMeans
from models.algorithms.linear_regression.learner import LinearRegression
from models.arithmetic import side_by_side
from models.core.findings import Finding, Remedy
from models.core.formula import Formula
from models.core.learner import Advance
from models.core.moment import Pin
from models.words.text import Said, Text

NO_PIN = Pin()


def changed_formulas(**changes: Any):
    """K-means whose inertia is told with something changed."""

    class Told(KMeans):
        def formulas(self, shown, problem):
            for formula in super().formulas(shown, problem):
                is_meant = formula.key == "inertia"
                wrong = {name: change(formula) for name, change in changes.items()} if is_meant else {}
                yield dataclasses.replace(formula, **wrong)

    return Told()


def values_with(**more: float):
    return lambda formula: {**formula.values, **more}


@pytest.mark.parametrize(
    ("law", "changes"),
    [
        ("numbers", {"values": lambda f: {**f.values, "j1": f.values["j1"] + 0.01}}),
        ("numbers", {"values": lambda f: {name: 1.001 * value for name, value in f.values.items()}}),
        ("told", {"is_main": lambda f: True}),
        ("told", {"key": lambda f: "nearest"}),
        ("told", {"values": values_with(inertia=float("nan"))}),
        ("told", {"said": lambda f: Text("inertia", "관성 {nothing}")}),
        ("told", {"said": lambda f: Text("관성", "관성")}),
        ("told", {"numbers": lambda f: "J = <nowhere>"}),
        ("latex", {"symbols": lambda f: r"\inertia = 1"}),
        ("latex", {"symbols": lambda f: r"\frac{1}{2"}),
        ("latex", {"numbers": lambda f: r"J = x^"}),
    ],
)
def test_that_a_formula_that_breaks_its_promise_is_found(law, changes):
    asked = {
        "numbers": lambda learner, problem: told.test_that_the_numbers_of_formulas_are_right(learner, problem, NO_PIN),
        "told": lambda learner, problem: told.test_that_every_moment_is_told_in_numbers_with_one_main_formula(
            learner, problem, NO_PIN
        ),
        "latex": told.test_that_formulas_are_latex_that_the_typesetter_knows,
    }[law]
    problem = problem_for(KMeans())
    asked(KMeans(), problem)
    with pytest.raises((AssertionError, KeyError)):
        asked(changed_formulas(**changes), problem)


def test_that_formulas_about_another_moment_are_found():
    class Strange(KMeans):
        def formulas(self, shown, problem):
            yield Formula("inertia", Text("a", "가"), "J", "J = <a>", {"a": 123.456}, is_main=True)

    with pytest.raises(AssertionError):
        told.test_that_the_numbers_of_formulas_are_right(Strange(), problem_for(KMeans()), NO_PIN)


# -- equations -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "values", "sides"),
    [
        (r"y = <a> + <(b)> \cdot <(c)> = <d>", {"a": 1, "b": -2, "c": 3, "d": -5}, [(-5, -5)]),
        (r"d = \sqrt{(<a> - <(b)>)^2 + <c>^2} = \sqrt{<e>} = <f>", dict(a=1, b=4, c=4, e=25, f=5), [(5, 5, 5)]),
        (r"p = \frac{1}{1 + e^{-<(z)>}} = <p>", {"z": 0.0, "p": 0.5}, [(0.5, 0.5)]),
        (r"\min(<a>,\, <b>) = <m>, \quad c(x) = <k>", {"a": 2, "b": 1, "m": 1, "k": 2}, [(1, 1)]),
        (r"L = -\ln(<p>) = <l>", {"p": 0.5, "l": np.log(2)}, [(np.log(2), np.log(2))]),
        (r"w \leftarrow <old> - <rate> \cdot <(g)> = <new>", dict(old=1, rate=0.1, g=-2, new=1.2), [(1.2, 1.2)]),
        (r"|<a>| \cdot 2(<b> + 1) = <c>", {"a": -3, "b": 1, "c": 12}, [(12, 12)]),
        (r"a := <a>", {"a": 1}, []),
        (r"x + <a> = <b> + \cdots + <c> = <d>", {"a": 1, "b": 1, "c": 2, "d": 9}, []),
        (r"\frac{<a>}{<b>} = <c>", {"a": 1, "b": 0, "c": 5}, []),
    ],
)
def test_that_the_sides_of_equations_are_worked_out(template, values, sides):
    found = [tuple(value for value, _ in equation) for equation in equations(template, values)]
    assert found == [pytest.approx(equation) for equation in sides]


def test_that_matrices_are_multiplied():
    template = r"\begin{pmatrix} <a> & 0 \\ 0 & <b> \end{pmatrix} \begin{pmatrix} 1 \\ <c> \end{pmatrix} = " \
        r"\frac{1}{2} \begin{pmatrix} <d> \\ <e> \end{pmatrix}"  # fmt: skip
    (((one, _), (other, _)),) = equations(template, {"a": 2, "b": 3, "c": -1, "d": 4, "e": -6})
    assert one.tolist() == other.tolist() == [[2.0], [-3.0]]


# -- texts and advice ----------------------------------------------------------------------------------------------------


def test_that_the_texts_of_all_files_of_a_folder_are_read_also_those_in_functions():
    names = {path.name for path in files_of("models.algorithms.kmeans.learner")}
    assert {"learner.py", "words.py", "formulas.py", "picture.py"} <= names
    said = {text.en for text in texts_of(LinearRegression())}
    assert {"outside the data", "residual of sample {row}", "slope", "start"} <= said


def test_that_a_text_in_any_file_of_the_folder_is_judged(tmp_path: Path, monkeypatch):
    wrong = tmp_path / "picture.py"
    wrong.write_text('def f():\n    return Text("a {x}", "가 {y}")\n', encoding="utf-8")
    monkeypatch.setattr("learnscope.laws.texts.files_of", lambda module: [wrong])
    assert texts_in(wrong) == [Text("a {x}", "가 {y}")]
    with pytest.raises(ValueError):
        declarations.test_that_every_sentence_of_the_folder_has_the_same_places_in_both_languages(KMeans())
    wrong.write_text('Text("{k}", "점을(를) 고르세요")\n', encoding="utf-8")
    with pytest.raises(AssertionError):
        declarations.test_that_no_sentence_leaves_the_choice_of_a_particle_to_the_reader(KMeans())


@pytest.mark.parametrize(
    "finding",
    [
        None,
        Finding("Not An Id", Said(Text("a", "가"), {})),
        Finding("english", Said(Text("a", "a"), {})),
        Finding("mended", Said(Text("a", "가"), {}), Remedy("setting", Text("b", "나"), "n_clusters", 99)),
    ],
)
def test_that_advice_that_never_comes_or_is_no_good_is_found(finding):
    class Warned(KMeans):
        def advice(self, problem):
            return finding

    with pytest.raises(Exception):  # noqa: B017  (an assertion, or the complaint about a setting)
        seen.test_that_warnings_are_findings_said_in_both_languages(Warned())


# -- the crossing ---------------------------------------------------------------------------------------------------------


class Sliced(KMeans):
    """Moves differ in the last bit where rows are advanced by more than one round at a time."""

    def advance(self, state, problem, seed, iteration, count):
        made = super().advance(state, problem, seed, iteration, count)
        off = made.state.replace(centroids=made.state.centroids * (1.0 + 2e-16 * (problem.n > 20_000)))
        return Advance(off, made.done, made.scalars) if count > 1 else made


def many_rows():
    learner = KMeans()
    return crossing.posed(learner, *crossing._points(), scaling="none")


def test_that_a_sum_that_differs_at_many_rows_alone_is_found():
    law = crossing.test_that_many_rows_are_advanced_as_they_are_iterated_and_in_slices_alike
    law(KMeans(), many_rows())
    with pytest.raises(AssertionError):
        law(Sliced(), many_rows())


def test_that_a_result_that_goes_by_threads_is_found(monkeypatch):
    class Threaded(KMeans):
        def metrics(self, state, problem):
            return {"inertia": float(side_by_side.threads())}

    monkeypatch.setattr(side_by_side, "FEWEST_ROWS", 0)
    before = side_by_side.threads()
    try:
        law = crossing.test_that_many_rows_give_the_same_bits_on_one_thread_and_on_two
        law(KMeans(), many_rows(), side_by_side.use_threads)
        with pytest.raises(AssertionError):
            law(Threaded(), many_rows(), side_by_side.use_threads)
    finally:
        side_by_side.use_threads(before)


def test_that_the_size_crosses_a_block_a_part_and_a_thread():
    from models.arithmetic.blocks import BLOCK, PART, parts_of

    assert crossing.MANY == 2 * PART + 1 and parts_of(crossing.MANY) == 3 and crossing.MANY % BLOCK == 1
