"""Tables as people have them, each in small: what is read of it, and what is said."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from lab.data.tables.files import read_table, sniff, to_dataset, words_of
from lab.errors import LabError
from models.words.text import Lang

CASES = Path(__file__).parent / "cases"
LANGUAGES: tuple[Lang, ...] = ("en", "ko")


def read(name: str, **more):
    """The table, its dataset and the English sentences about it."""
    table = read_table(CASES / name)
    dataset, notes = to_dataset(table, **more)
    assert all(note.say(lang) for note in notes for lang in LANGUAGES)
    return table, dataset, [note.say("en") for note in notes]


def counts(dataset) -> dict[str, int]:
    return dict(zip(dataset.class_names, np.bincount(dataset.targets).tolist(), strict=True))


@pytest.mark.parametrize("name", ["population_with_title.csv", "thousands.csv"])
def test_that_commas_between_thousands_are_read_and_said(name):
    table, dataset, notes = read(name)
    assert table.header == ("행정동", "인구수", "세대수", "면적(㎢)", "구분") and table.n_rows == 40
    np.testing.assert_array_equal(dataset.features[0], [178872, 77770, 27.97])
    assert counts(dataset) == {"도심": 20, "외곽": 20}
    assert "Commas in numbers stand between thousands: 178,872 is 178872." in notes


def test_that_titles_above_and_notes_below_are_left_out_and_said():
    table, _, notes = read("population_with_title.csv")
    assert table.line_numbers[0] == 5 and table.line_numbers[-1] == 44
    assert any("above the column names: line 1, 2" in note for note in notes)
    assert any("below the table: line 45 (“※ 출처" in note for note in notes)


def test_that_an_index_without_a_name_is_no_feature_and_that_is_said():
    _, dataset, notes = read("pandas_index.csv")
    assert dataset.feature_names == ("x", "y") and dataset.target_name == "label"
    assert any("x1 only numbers the rows" in note for note in notes)
    assert read("pandas_index.csv", features=("x1", "x"))[1].feature_names == ("x1", "x")


def test_that_empty_columns_and_rows_at_the_end_are_none():
    table, dataset, notes = read("trailing_empty.csv")
    assert table.header == ("a", "b", "c") and table.n_rows == dataset.n == 20
    assert dataset.target_name == "c" and notes == []


def test_that_decimal_commas_are_read_and_their_delimiter_is_the_other_one():
    table, dataset, notes = read("decimal_comma.csv", target="Verbrauch")
    assert table.header == ("Temperatur", "Feuchte", "Verbrauch") and dataset.n == 30
    assert notes == ["The comma in numbers is the decimal mark: 22,02 is 22.02."]
    line = LinearRegression().fit(dataset.features, dataset.targets)
    np.testing.assert_allclose([*line.coef_, line.intercept_], [1.9591, 0.2994, 1.0351], atol=5e-5)
    alone, dataset, _ = read("decimal_comma_alone.csv")
    assert alone.header == ("x1", "x2") and dataset.features.shape == (20, 2)
    np.testing.assert_array_equal(dataset.features[0], [7.4, 59.45])


def test_that_columns_between_runs_of_spaces_are_read():
    table, dataset, _ = read("spaces.data")
    assert (table.n_rows, len(table.header)) == (60, 5)
    assert counts(dataset) == {"1": 20, "2": 20, "3": 20}


def test_that_a_workbook_is_read_as_its_table():
    table, dataset, _ = read("workbook.xlsx")
    assert table.header == ("키", "몸무게", "성별") and list(table.line_numbers) == [2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(dataset.features[0], [172.5, 68])
    assert counts(dataset) == {"남": 3, "여": 3}


def test_that_words_for_absence_are_a_class_where_they_are_frequent_and_that_is_said_and_can_be_changed():
    table, dataset, notes = read("present_absent.csv")
    assert counts(dataset) == {"없음": 20, "있음": 20}
    assert notes == ["In the target “당뇨”, “없음” counts as a class and not as a missing value."]
    assert words_of(table, "당뇨") == ("없음",)
    other, notes = to_dataset(table, words="missing")
    assert counts(other) == {"있음": 20}
    assert "“없음” counts as a missing value" in notes[0].say("en") and "빠진 값" in notes[0].say("ko")


def test_that_a_line_of_units_is_left_out_and_said():
    table, dataset, notes = read("unit_row.csv")
    assert table.header == ("time", "temp", "speed") and dataset.n == 30 and table.line_numbers[0] == 3
    assert notes == ["Line 2 holds units and is left out: [s], [degC], [m/s]."]


def test_that_years_are_a_header():
    table, dataset, _ = read("years.csv")
    assert table.header == ("지역", "2019", "2020", "2021") and table.n_rows == 17
    np.testing.assert_array_equal(dataset.features[0], [636, 744, 118])


def test_that_a_name_in_latin_letters_is_not_taken_for_a_korean_one():
    table, _, notes = read("latin1.csv")
    assert table.header == ("Größe", "Gewicht", "c")
    assert any("check the letters" in note for note in notes)


def test_that_names_are_found_in_whatever_form_they_are_typed():
    for form in ("NFC", "NFD"):
        typed = [unicodedata.normalize(form, name) for name in ("키", "몸무게", "성별")]
        _, dataset, _ = read("nfd.csv", features=typed[:2], target=typed[2])
        assert dataset.feature_names == ("키", "몸무게") and dataset.target_name == "성별"
        assert counts(dataset) == {"남": 10, "여": 10}


def test_that_a_target_of_prices_is_numbers_although_they_are_few_and_whole():
    _, dataset, _ = read("price.csv", features=("area", "rooms", "age"), target="price")
    assert dataset.has_values and dataset.target_choice == "column"
    _, classes, _ = read("price.csv", features=("area", "rooms", "age"), target="price", kind="class")
    assert classes.has_classes and len(classes.class_names) == 18 and classes.target_choice == "class"


def test_that_the_last_column_beside_named_features_is_the_target_and_that_is_said():
    _, dataset, notes = read("price.csv", features=("area", "rooms", "age"))
    assert (dataset.target_name, dataset.target_choice) == ("price", "auto") and dataset.has_values
    assert notes == ["No target was named: the last column, price, is the target."]


def test_that_one_feature_beside_a_target_of_few_whole_numbers_is_used():
    _, dataset, _ = read("comma_in_name.csv", features=("Height, cm",), target="Weight, kg")
    assert dataset.has_values and dataset.axis_names == ("Height, cm", "Weight, kg")


def test_that_a_target_of_words_is_no_number_and_the_line_is_named():
    with pytest.raises(LabError) as caught:
        read("present_absent.csv", target="당뇨", kind="number")
    assert caught.value.said.say("en").startswith("Line 3, column “당뇨”: “있음” is not a number")
    with pytest.raises(LabError) as caught:
        read("price.csv", target=None, kind="class")
    assert "Name a target" in caught.value.said.say("en")


def test_that_a_preview_shows_what_is_read():
    for path in sorted(CASES.iterdir()):
        guess, table = sniff(path), read_table(path)
        assert guess.columns == table.header, path.name
        shown = [tuple(row) for row in guess.preview[: min(15, table.n_rows)]]
        assert shown == list(table.rows())[: len(shown)], path.name
        assert list(guess.lines[: len(shown)]) == table.line_numbers[: len(shown)].tolist(), path.name
