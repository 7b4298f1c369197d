"""Tables on the command line: the target that was asked for is what is learned, or the cause is said."""

from __future__ import annotations

import csv
import json
import unicodedata
from pathlib import Path

import pytest

from lab.leaving.cli import main

CASES = Path(__file__).parents[1] / "data" / "tables" / "cases"
PRICE = str(CASES / "price.csv")
CLOSED = ("--algorithm", "linear_regression", "--set", "method=closed_form")


@pytest.fixture
def ran(capsys, tmp_path):
    """result.json of a run, and what was said aside."""

    def run(*arguments: str) -> tuple[dict, str]:
        assert main(["run", *arguments, "--export", str(tmp_path / "out")]) == 0
        said = capsys.readouterr()
        summary = json.loads(said.out.strip().splitlines()[-1])
        result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
        assert summary["metrics"] == result["metrics"]
        return result, said.err

    return run


def wrong(capsys, *arguments: str) -> str:
    assert main(["run", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--features", "area,rooms,age", "--target", "price"), ""),
        (("--features", "area,rooms,age", "--target", "price", "--target-kind", "number"), ""),
        (("--features", "area,rooms,age"), "No target was named: the last column, price, is the target."),
        ((), "No target of numbers was chosen: Linear regression predicts price from area, rooms, age."),
        (("--target", "price"), "id only numbers the rows"),
        (("--target-kind", "number"), "No target was named: the last column, price"),
    ],
)
def test_that_a_regression_runs_on_the_target_that_was_asked_for(ran, arguments, said):
    result, aside = ran("--data", PRICE, *CLOSED, *arguments)
    assert result["features"] == ["area", "rooms", "age"]
    assert (result["target"], result["target_kind"]) == ("price", "number")
    assert result["parameters"]["coef"] == pytest.approx([3, 10, -2]) and result["metrics"]["r2"] == pytest.approx(1)
    assert result["parameters"]["intercept"] == pytest.approx(100)
    assert said in aside if said else "target" not in aside


def test_that_another_column_is_the_target_when_it_is_named(ran):
    result, aside = ran("--data", PRICE, *CLOSED, "--features", "area,age", "--target", "rooms")
    assert (result["features"], result["target"], result["target_kind"]) == (["area", "age"], "rooms", "number")
    assert "takes the classes of rooms as the numbers that they are" in aside


@pytest.mark.parametrize(
    ("algorithm", "arguments", "cause"),
    [
        ("linear_regression", ("--target", "price", "--target-kind", "class"), "the target price holds classes"),
        ("linear_regression", ("--target", "none"), "this data has none"),
        ("linear_regression", ("--target", "prize"), "There is no column “prize”"),
        ("linear_regression", ("--features", "area,price", "--target", "price"), "chosen twice"),
        ("perceptron", ("--target", "price"), "the target price holds numbers"),
        ("logistic_regression", ("--target", "price", "--target-kind", "number"), "the target price holds numbers"),
        ("knn", ("--target", "none", "--target-kind", "class"), "no target that could be classes"),
        ("knn", ("--target", "price", "--target-kind", "words"), "invalid choice"),
    ],
)
def test_that_a_target_that_cannot_be_used_is_refused_with_the_cause(capsys, algorithm, arguments, cause):
    assert cause in wrong(capsys, "--data", PRICE, "--algorithm", algorithm, *arguments)


@pytest.mark.parametrize("name", ["gaussians", "9"])
@pytest.mark.parametrize("option", [("--target-kind", "class"), ("--missing-words", "classes")])
def test_that_options_about_columns_are_refused_where_there_are_none(capsys, name, option):
    assert option[0] in wrong(capsys, "--data", name, "--algorithm", "kmeans", *option)


@pytest.mark.parametrize("algorithm", ["kmeans", "pca"])
def test_that_a_learner_without_answers_says_that_it_does_not_use_the_target(ran, algorithm):
    result, aside = ran("--data", PRICE, "--algorithm", algorithm, "--target", "price")
    assert "price" not in result["features"] and "does not use the target price" in aside
    _, aside = ran("--data", str(CASES / "pandas_index.csv"), "--algorithm", algorithm)
    assert "target" not in aside, "nobody named one"


def test_that_knn_takes_a_target_as_numbers_or_as_classes(ran):
    price, classes = ("--features", "area,age", "--target", "price"), ("--features", "area,age", "--target", "rooms")
    assert ran("--data", PRICE, "--algorithm", "knn", *price)[0]["target_kind"] == "number"
    assert ran("--data", PRICE, "--algorithm", "knn", *classes)[0]["target_kind"] == "class"
    assert ran("--data", PRICE, "--algorithm", "knn", *classes, "--target-kind", "number")[0]["target_kind"] == "number"


def test_that_a_target_of_words_is_never_exchanged_for_numbers_without_a_word(capsys, ran):
    words = str(CASES / "present_absent.csv")
    assert "holds classes" in wrong(capsys, "--data", words, *CLOSED, "--target", "당뇨")
    assert "“있음” is not a number" in wrong(
        capsys, "--data", words, *CLOSED, "--target", "당뇨", "--target-kind", "number"
    )
    result, aside = ran("--data", words, *CLOSED)
    assert (result["features"], result["target"]) == (["공복혈당"], "BMI")
    assert "Linear regression predicts BMI from 공복혈당" in aside


def test_that_words_of_the_target_can_be_said_to_be_missing(capsys, ran):
    words = str(CASES / "present_absent.csv")
    result, aside = ran("--data", words, "--algorithm", "knn", "--lang", "ko")
    assert result["classes"] == ["없음", "있음"] and "“없음”은 빠진 값이 아니라 클래스" in aside
    assert "class 있음" in wrong(capsys, "--data", words, "--algorithm", "knn", "--missing-words", "missing")


@pytest.mark.parametrize("given", ['"Height, cm","Weight, kg"', '"Weight, kg" , "Height, cm"'])
def test_that_names_with_commas_are_quoted_as_in_csv(ran, given):
    result, _ = ran("--data", str(CASES / "comma_in_name.csv"), "--algorithm", "knn", "--features", given)
    assert sorted(result["features"]) == ["Height, cm", "Weight, kg"] and result["target"] == "c"


def test_that_one_name_with_a_comma_may_stand_alone_and_open_quotes_are_said(capsys, ran):
    data = ("--data", str(CASES / "comma_in_name.csv"))
    result, _ = ran(*data, *CLOSED, "--features", "Height, cm", "--target", "Weight, kg")
    assert (result["features"], result["target"]) == (["Height, cm"], "Weight, kg")
    assert "quotation mark" in wrong(capsys, *data, *CLOSED, "--features", '"Height, cm,c')
    assert "no column “Height”" in wrong(capsys, *data, *CLOSED, "--features", "Height, kg")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_that_names_and_files_are_found_in_either_form(ran, tmp_path, form):
    path = tmp_path / unicodedata.normalize("NFD" if form == "NFC" else "NFC", "키와 몸무게.csv")
    path.write_bytes((CASES / "nfd.csv").read_bytes())
    typed = [unicodedata.normalize(form, text) for text in (str(path), "키,몸무게", "성별")]
    result, _ = ran("--data", typed[0], "--algorithm", "knn", "--features", typed[1], "--target", typed[2])
    assert (result["features"], result["target"], result["classes"]) == (["키", "몸무게"], "성별", ["남", "여"])
    assert (
        main(["predict", "--model", str(tmp_path / "out"), "--data", typed[0], "--output", str(tmp_path / "p.csv")])
        == 0
    )
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 21 and {row[-1] for row in rows[1:]} <= {"남", "여"}


def test_that_the_figures_of_the_cases_are_right(ran):
    result, _ = ran("--data", str(CASES / "decimal_comma.csv"), *CLOSED)
    found = [*result["parameters"]["coef"], result["parameters"]["intercept"], result["metrics"]["r2"]]
    assert found == pytest.approx([1.9591, 0.2994, 1.0351, 0.9903], abs=5e-5)
    result, _ = ran("--data", str(CASES / "pandas_index.csv"), "--algorithm", "kmeans", "--set", "n_clusters=2")
    assert result["features"] == ["x", "y"] and result["metrics"]["inertia"] == pytest.approx(15.0465, abs=5e-5)


def test_that_a_split_leaves_every_class_something_to_learn_from(ran):
    rare = ("--data", str(CASES / "rare_class.csv"), "--algorithm", "perceptron", "--train-share", "0.5")
    for seed in ("7", "8", "9"):
        assert ran(*rare, "--seed", seed)[0]["classes"] == ["neg", "pos"]


def test_that_a_workbook_is_data_and_is_predicted(ran, capsys, tmp_path):
    book = str(CASES / "workbook.xlsx")
    assert ran("--data", book, "--algorithm", "knn")[0]["classes"] == ["남", "여"]
    assert main(["predict", "--model", str(tmp_path / "out"), "--data", book]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["키,몸무게,성별,prediction", "172.5,68,남,남"]
