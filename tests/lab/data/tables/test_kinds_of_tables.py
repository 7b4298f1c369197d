"""The same kinds of tables in other words, delimiters, encodings and places."""

from __future__ import annotations

import csv
import re
import unicodedata

import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.data.tables.cells import numbers_of
from lab.data.tables.files import default_columns, read_table, row_numbers, rows_kept, sniff, to_dataset
from lab.data.tables.source import as_it_is_on_disk
from lab.errors import LabError


@pytest.fixture
def read(tmp_path):
    def read_text(text: str, encoding: str = "utf-8", **more):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return read_table(path, **more)

    return read_text


def classes_of(table, **more) -> dict[str, int]:
    dataset, _ = to_dataset(table, **more)
    return dict(zip(dataset.class_names, np.bincount(dataset.targets).tolist(), strict=True))


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(LabError) as caught:
        call(*args, **kwargs)
    assert caught.value.said.say("ko")
    return caught.value.said.say("en")


def with_classes(cells: list[str]) -> str:
    return "a,b,c\n" + "".join(f"{i},{i * 1.5},{cell}\n" for i, cell in enumerate(cells))


# Words that are classes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("있음", "없음"), ("+", "-"), ("EU", "NA"), ("mild", "none"), ("set", "null"), ("yes", "N/A"), ("Yes", "None"),
        ("예", "없음"), ("no", "yes"), ("True", "False"), ("0", "1"), (unicodedata.normalize("NFD", "있음"), "없음"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("share", [(10, 10), (18, 2), (2, 18)])
def test_that_two_words_are_two_classes_however_rare_one_is(read, one, other, share):
    cells = [one] * share[0] + [other] * share[1]
    found = classes_of(read(with_classes(cells)))
    assert found == {unicodedata.normalize("NFC", one): share[0], other: share[1]}


@pytest.mark.parametrize("word", ["NA", "-", "none", "없음", "N/A", "null"])
def test_that_a_rare_word_among_several_classes_is_missing_and_said(read, word):
    table = read(with_classes(["u"] * 12 + ["v"] * 12 + [word] * 2))
    assert classes_of(table) == {"u": 12, "v": 12}
    notes = [note.say("en") for note in to_dataset(table)[1]]
    assert f"In the target “c”, “{word}” counts as a missing value and not as a class." in notes
    assert classes_of(table, words="classes") == {"u": 12, "v": 12, word: 2}


def test_that_a_word_as_frequent_as_the_others_is_a_class(read):
    assert classes_of(read(with_classes(["EU", "AS", "NA"] * 8))) == {"AS": 8, "EU": 8, "NA": 8}


@pytest.mark.parametrize("gap", ["", "nan", "?", "<NA>", "#N/A"])
def test_that_what_always_means_missing_is_never_a_class(read, gap):
    table = read(with_classes(["u"] * 6 + ["v"] * 6 + [gap] * 12))
    assert classes_of(table, words="classes") == {"u": 6, "v": 6}


@pytest.mark.parametrize("word", ["NA", "-", "없음", "none"])
def test_that_such_words_in_a_column_of_numbers_are_missing(read, word):
    table = read("a,b,c\n" + "".join(f"{i},{i + 1},{word if i % 3 else i % 2}\n" for i in range(30)))
    dataset, _ = to_dataset(table)
    assert dataset.n == 10 and word not in dataset.class_names


def test_that_rows_stay_with_their_targets_when_words_are_classes(read):
    table = read(with_classes(["있음", "없음", "", "없음", "있음"]))
    dataset, _ = to_dataset(table)
    np.testing.assert_array_equal(rows_kept(table, dataset), [0, 1, 3, 4])


# Headers


@pytest.mark.parametrize(
    "header",
    [
        "지역,2019,2020,2021", "시도별;2021;2020;2019", "2019,2020,2021,2022", "region\t1995\t2005\t2015", ",2019,2020",
        "구분,단위,2019,2020", "항목|2019.01|2019.02|2019.03", "월,202301,202302,202303",
    ],
)  # fmt: skip
def test_that_years_and_months_are_a_header(read, header):
    delimiter = next(mark for mark in ",;\t|" if mark in header)
    names = header.split(delimiter)
    rows = [
        delimiter.join(f"{(i * 37 + j * 11) % 900}" if name[:1].isdigit() else f"곳{i}" for j, name in enumerate(names))
        for i in range(12)
    ]
    table = read("\n".join([header, *rows]) + "\n")
    assert table.n_rows == 12 and table.header[1:] == tuple(names[1:])


@pytest.mark.parametrize(
    "text",
    [
        "7,4;59,45\n7,5;34,16\n5,1;88,29\n", "2019,2020,2021\n2020,2021,2022\n2021,2022,2023\n", "1,2,3\n4,5,6\n7,8,9\n",
        "서울,2019,2020\n부산,2018,2021\n대구,2001,2002\n", "kim,1,2\nlee,3,4\n", "1990,1991\n1,2\n3,4\n",
        "0,1,2\n3,4,5\n6,7,8\n", "2019,2020,12.5\n1,2,3\n4,5,6\n", "2000,3\n1500,4\n1700,5\n",
    ],
)  # fmt: skip
def test_that_rows_of_numbers_are_no_header(read, text):
    assert read(text).n_rows == len(text.splitlines())


def test_that_names_that_a_program_counted_up_are_a_header(read):
    frame = pandas.DataFrame(np.random.default_rng(1).normal(size=(9, 3)).round(3))
    assert read(frame.to_csv()).header[1:] == ("0", "1", "2")
    assert read(frame.to_csv(index=False)).header == ("0", "1", "2")


@pytest.mark.parametrize("units", ["[s],[m],[kg]", "(초),(미터),(kg)", "s,m,kg", "sec,mm,", "[-],[m],[kg]"])
def test_that_a_line_of_units_is_none_of_the_rows(read, units):
    table = read(f"t,x,m\n{units}\n" + "".join(f"{i},{i * i},{i % 4}.5\n" for i in range(8)))
    if units.endswith(","):  # one column without a unit: this may be a damaged row, and says where
        assert "Line 2, column “t”: “sec”" in refusal(to_dataset, table)
    else:
        assert table.n_rows == 8 and table.header == ("t", "x", "m")


@pytest.mark.parametrize("row", ["kim,oops,3", "kim,2,x", "a,b,c"])
def test_that_a_row_with_a_stray_word_is_no_line_of_units(read, row):
    table = read(f"name,x,y\n{row}\nlee,2,3\npark,4,5\nchoi,1,9\n")
    assert table.n_rows == 4


@pytest.mark.parametrize(
    ("upper", "names"),
    [
        ("시점,2019,2019,2020,2020", ["2019 중간", "2019 기말", "2020 중간", "2020 기말"]),
        ("이름,국어,,수학,", ["국어 중간", "국어 기말", "수학 중간", "수학 기말"]),
        (",2019,,2020,", ["2019 중간", "2019 기말", "2020 중간", "2020 기말"]),
    ],
)
@pytest.mark.parametrize("title", ["", "시험 성적\n"])
def test_that_names_on_two_lines_are_joined(read, upper, names, title):
    body = "".join(f"사람{i},{i},{i * 7 % 5},{i * 3 % 7},{i * 5 % 11}\n" for i in range(9))
    table = read(f"{title}{upper}\n이름,중간,기말,중간,기말\n{body}")
    assert list(table.header[1:]) == names and table.n_rows == 9
    notes = [note.say("en") for note in to_dataset(table)[1]]
    assert any("are joined" in note for note in notes)


# Titles above, notes below, empty columns


@pytest.mark.parametrize(
    "above", ["시험 결과\n", "시험 결과,,\n기준: 2024년,,\n", "Results of 2024\n\n", "통계표,,(단위: 명)\n,,\n"]
)
@pytest.mark.parametrize("below", ["", "※ 출처: 학교,,\n", "주) 반올림한 값\n", ",,\n,,\n", "* note,,\n\n,,\n"])
def test_that_titles_and_notes_are_none_of_the_rows(read, above, below):
    body = "".join(f"{i},{i * 2.5},{'가나'[i % 2]}\n" for i in range(10))
    table = read(f"{above}길이,무게,반\n{body}{below}")
    assert table.header == ("길이", "무게", "반") and table.n_rows == 10
    assert table.line_numbers[0] == above.count("\n") + 2


@pytest.mark.parametrize("last", ["7,8", "7,8,9,10", "7"])
def test_that_a_row_that_was_cut_short_is_no_note(read, last):
    assert "cells where the first line has 3" in refusal(read, f"a,b,c\n1,2,3\n4,5,6\n{last}\n")


def test_that_a_note_inside_the_table_is_refused_with_its_line(read):
    assert refusal(read, "a,b,c\n1,2,3\nnote of the editor\n4,5,6\n").startswith("Line 3: 1 cells")


def test_that_columns_at_the_end_without_a_name_keep_what_is_in_them(read):
    table = read("a,b,c,,\n1,2,x,,\n3,4,y\n5,6,x,7,\n")
    assert table.header == ("a", "b", "c", "x4") and list(table.cells[3]) == ["", "", "7"]


@pytest.mark.parametrize("first", ["", "Unnamed: 0", "id", "ID", "No.", "번호", "순번"])
def test_that_columns_that_number_the_rows_are_no_features(read, first):
    table = read(f"{first},x,y,c\n" + "".join(f"{i + 1},{i * 0.5},{i * i},{'uv'[i % 2]}\n" for i in range(8)))
    assert default_columns(table) == (("x", "y"), "c") and len(row_numbers(table)) == 1


@pytest.mark.parametrize("column", [["3", "3", "1", "2"], ["1.5", "2", "3", "4"], ["a", "b", "c", "d"]])
def test_that_columns_with_a_meaning_are_not_taken_for_row_numbers(read, column):
    table = read("id,x,y\n" + "".join(f"{cell},{i},{i * i}\n" for i, cell in enumerate(column)))
    assert row_numbers(table) == ()


# Numbers


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1,234", ".", 1234), ("1,234,567.5", ".", 1234567.5), ("-12,345", ".", -12345), ("1,234", ",", 1.234),
        ("12,5", ",", 12.5), (",5", ",", 0.5), ("1.234.567,5", ",", 1234567.5), ("1.234", ",", 1234), ("1.234", ".", 1.234),
        ("27.97", ",", 27.97), ("1 234,5", ",", 1234.5), ("1\u00a0234.5", ".", 1234.5), ("1\u202f234\u202f567", ".", 1234567),
        ("1,5e-3", ",", 0.0015), ("0,123", ",", 0.123), ("12,34", ".", None), ("1,2,3", ",", None), ("0,123", ".", None),
        ("1,234.5", ",", None), ("1.234,5", ".", None), ("1,", ".", None), (",", ",", None), ("1 23", ".", None),
    ],
)  # fmt: skip
def test_that_a_number_is_read_by_its_decimal_mark_or_not_at_all(cell, decimal, value):
    found = numbers_of(np.array([cell], dtype=np.dtypes.StringDType()), None, decimal)
    assert found.values[0] == value if value is not None else np.isnan(found.values[0])


def test_that_dots_of_a_column_mean_one_thing(read):
    table = read("a;b;c\n1.234;27.97;1,5\n5.678;1.234;2,5\n9.012;3.5;3,5\n")
    assert table.numbers(0).values.tolist() == [1234, 5678, 9012]
    assert table.numbers(1).values.tolist() == [27.97, 1.234, 3.5]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
@pytest.mark.parametrize("header", ["Länge{d}Höhe\n", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_that_decimal_commas_are_not_cut_apart(read, delimiter, header, encoding):
    rows = [(f"{i},{i % 7}5", f"{i * 3},{i % 10}") for i in range(1, 15)]
    text = header.format(d=delimiter) + "".join(delimiter.join(row) + "\n" for row in rows)
    table = read(text, encoding)
    assert len(table.header) == 2 and table.n_rows == 14 and table.decimal == ","
    np.testing.assert_array_equal(table.numbers(0).values, [float(f"{i}.{i % 7}5") for i in range(1, 15)])


def test_that_spaces_between_thousands_show_the_decimal_mark(read):
    table = read("a;b;c\n1 234,5;1;x\n2 345,25;2;y\n")
    assert table.decimal == "," and table.numbers(0).values.tolist() == [1234.5, 2345.25]


def test_that_one_decimal_comma_in_each_row_is_no_delimiter(read):
    table = read("a;1,5\nb;2,5\nc;3,5\nd;4,25\n")
    assert len(table.header) == 2 and table.numbers(1).values.tolist() == [1.5, 2.5, 3.5, 4.25]


def test_that_lists_in_cells_do_not_mislead(read):
    assert len(read("kim,1,2;3\nlee,2,4;5\npark,3,1;2\n").header) == 3
    assert len(read("x y,1,2\nx z,2,5\ny z,3,6\n").header) == 3
    assert len(read("when,x,y\n2024-01-31 12:00,5.1,3\n2024-02-01 13:00,5.2,4\n").header) == 3


def test_that_three_decimals_everywhere_are_told_from_thousands_by_the_delimiter_and_can_be_changed(read):
    text = "a{d}b\n" + "".join(f'"{i},{i}50"{{d}}"{i},125"\n' for i in range(1, 10))
    assert read(text.format(d=";")).numbers(0).values[0] == 1.15
    assert read(text.format(d=",")).numbers(0).values[0] == 1150
    assert read(text.format(d=","), decimal=",").numbers(0).values[0] == 1.15


@pytest.mark.parametrize(
    "text",
    [
        "5.1 3.5 a\n4.9 3.0 b\n",
        "x y class\n5.1 3.5 a\n4.9 3.0 b\n",
        "  5.1   3.5\ta \n 4.9\t3.0  b\n",
        '5.1  3.5 "a b"\n4 3 "b c"\n',
    ],
)
def test_that_runs_of_spaces_separate(read, text):
    assert len(read(text).header) == 3


# Letters


@pytest.mark.parametrize("name", ["Größe", "Déjà vu", "Niño", "Straße", "Øre", "für Maße"])
def test_that_western_letters_are_read_or_said_to_be_a_guess(read, tmp_path, name):
    table = read(f"{name},b,c\n1,2,u\n3,4,v\n", "latin-1")
    assert table.header[0] == name
    assert "check the letters" in sniff(tmp_path / "table.csv").warnings[0].say("en")


@pytest.mark.parametrize("name", ["키", "BMI지수", "A동", "金額", "인구(명)", "온도℃", "大韓民國 인구"])
def test_that_korean_letters_stay_korean(read, name):
    assert read(f"{name},b,c\n1,2,u\n3,4,v\n", "cp949").header[0] == name


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_that_one_text_in_two_forms_is_one_class_and_one_file(tmp_path, form):
    accents = [unicodedata.normalize(f, "café") for f in ("NFC", "NFD")]
    path = tmp_path / unicodedata.normalize(form, "키와몸무게é.csv")
    path.write_text(with_classes([*accents * 5, *["tea"] * 10]), encoding="utf-8")
    table = read_table(tmp_path / unicodedata.normalize("NFD" if form == "NFC" else "NFC", path.name))
    dataset, _ = to_dataset(table)
    assert dataset.class_names == ("café", "tea") and np.bincount(dataset.targets).tolist() == [10, 10]
    assert dataset.name == "키와몸무게é"


def test_that_a_path_that_is_not_there_stays_as_it_was_typed(tmp_path):
    assert as_it_is_on_disk(tmp_path / "없는 폴더" / "없음.csv") == tmp_path / "없는 폴더" / "없음.csv"
    assert as_it_is_on_disk("").as_posix() == "."


# Classes and numbers


@pytest.mark.parametrize(
    ("cells", "are_classes"),
    [
        ([0, 1], True), ([1, 2], True), ([200, 230, 257], False), ([51849861, 9729107, 3413841], False), ([1, 2, 3], False),
        ([1, 2, 3, 4, 5, 3], True), ([5, 7, 5], True), (list(range(18)), False), ([10, 20, 30, 40] * 3, True), ([0.5, 1.5] * 9, False),
        ([100 + i for i in range(20)], False), ([100 + i % 10 for i in range(20)], True), ([100 + i % 11 for i in range(20)], False),
    ],
)  # fmt: skip
def test_that_whole_numbers_are_classes_when_they_come_again(read, cells, are_classes):
    table = read("a,b,c\n" + "".join(f"{i},{i * i},{cell}\n" for i, cell in enumerate(cells)))
    assert to_dataset(table, target="c")[0].has_classes is are_classes


# Whatever pandas writes


@st.composite
def frames(draw) -> pandas.DataFrame:
    """Two columns of numbers or more, words beside them; names with letters, commas, quotation marks and Hangul in them."""
    rows = draw(st.integers(3, 25))
    letters = st.text(st.sampled_from("abcé키값 _,;|-%()'"), min_size=1, max_size=8)
    names = letters.map(lambda text: unicodedata.normalize("NFC", " ".join(text.split())))
    names = names.filter(lambda name: any(c.isalpha() for c in name))
    kinds = {
        "real": st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
        "whole": st.integers(-10_000, 10_000),
        "word": st.sampled_from(["있음", "가 나", "b;c", "d,e", "f|g", "x", 'say "so"']),
    }
    columns = {}
    for place, name in enumerate(draw(st.lists(names, min_size=2, max_size=5, unique=True))):
        kind = draw(st.sampled_from(["real", "whole"] if place < 2 else list(kinds)))
        columns[name] = draw(st.lists(kinds[kind], min_size=rows, max_size=rows))
    return pandas.DataFrame(columns)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frame=frames(),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    has_index=st.booleans(),
    has_header=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"]),
)
def test_that_what_pandas_writes_is_read_back_as_it_was(
    tmp_path, frame, separator, decimal, has_index, has_header, quoting, end, encoding
):
    text = frame.to_csv(
        sep=separator, decimal=decimal, index=has_index, header=has_header, quoting=quoting, lineterminator=end
    )
    if encoding == "cp949":  # which has no é; and "a키" alone has the bytes of "aŰ" in UTF-8
        text = text.replace("é", "e").replace("키", "몸")
        frame = frame.rename(columns=lambda name: name.replace("é", "e").replace("키", "몸"))
    path = tmp_path / "pandas.csv"
    path.write_bytes(text.encode(encoding))
    # 1,234 alone can be thousands or a decimal number: then it is for a person to say, as in the dialog.
    is_plain = not re.search(r"[0-9],[0-9]{3}(?![0-9])", text) or re.search(r"[0-9],[0-9]{1,2}(?![0-9])", text)
    table = read_table(path, decimal=None if is_plain else decimal)
    skipped = 1 if has_index else 0
    assert table.n_rows == len(frame) and len(table.header) == len(frame.columns) + skipped
    if has_header:
        assert table.header[skipped:] == tuple(frame.columns)
    for place, name in enumerate(frame.columns, skipped):
        if pandas.api.types.is_numeric_dtype(frame[name]):
            np.testing.assert_array_equal(table.numbers(place).values, frame[name].to_numpy(dtype=float))
        else:
            assert table.cells[place].tolist() == frame[name].tolist()
