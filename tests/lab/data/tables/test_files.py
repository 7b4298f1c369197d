"""Tables from strangers: every reader's trap, the sentence it earns, and the numbers checked against pandas."""

from __future__ import annotations

import csv
import io
import os
import time

import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from lab.data.tables import reading as table_reading
from lab.data.tables import source as table_source
from lab.data.tables.files import (
    BUNDLED,
    ReadingCancelledError,
    Table,
    bundled_path,
    column_kinds,
    default_columns,
    read_table,
    rows_kept,
    sniff,
    to_dataset,
    write_rows_csv,
)
from lab.errors import LabError

GOOD = "age,height,group\n1,2.5,a\n3,4.5,b\n5,6.5,a\n"


@pytest.fixture
def write(tmp_path):
    def write_file(content: str | bytes, name: str = "table.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def sentences(notes):
    return [note.say("en") for note in notes]


def refusal(call, *args, **kwargs) -> str:
    """The English sentence of the LabError that a call must raise; the Korean one must be sayable too."""
    with pytest.raises(LabError) as caught:
        call(*args, **kwargs)
    assert caught.value.said.say("ko")
    return caught.value.said.say("en")


# Reading


@pytest.mark.parametrize("name", BUNDLED)
def test_that_bundled_tables_read_as_pandas_reads_them(name):
    dataset, _ = to_dataset(read_table(bundled_path(name)), target=None)
    expected = pandas.read_csv(bundled_path(name)).select_dtypes("number")
    assert dataset.feature_names == tuple(expected.columns)
    np.testing.assert_array_equal(dataset.features, expected.to_numpy())


def test_that_the_bundled_iris_table_is_the_known_one():
    dataset, notes = to_dataset(read_table(bundled_path("iris")))
    known = load_iris()
    np.testing.assert_array_equal(dataset.features, known.data)
    np.testing.assert_array_equal(dataset.targets, known.target)
    assert dataset.class_names == tuple(known.target_names)
    assert (dataset.target_name, dataset.origin, dataset.axes, dataset.view) == ("species", "table", (0, 1), None)
    assert notes == []


@pytest.mark.parametrize(
    ("codec", "guessed"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp949", "cp949"), ("utf-16", "utf-16"), ("utf-16-le", None)],
)
def test_that_korean_files_are_read_in_their_own_encoding(write, codec, guessed):
    path = write("나이,키,종류\n1,2,가\n3,4,뷁\n".encode(codec))
    if guessed is None:
        assert "NUL" in refusal(read_table, path)
        path = write(b"\xff\xfe" + "나이,키,종류\n1,2,가\n3,4,뷁\n".encode(codec))
        guessed = "utf-16"
    assert sniff(path).encoding == guessed
    table = read_table(path)
    assert table.header == ("나이", "키", "종류")
    assert list(table.cells[2]) == ["가", "뷁"]


def test_that_the_encoding_is_judged_by_the_whole_file(write):
    head = b"name,x,y\n" + b"plain,1,2\n" * 300_000
    path = write(head + "한글,3,4\n".encode("cp949"))
    assert sniff(path).encoding == "cp949"
    assert read_table(path).cells[0][-1] == "한글"


def test_that_western_letters_fall_back_to_latin_1_with_a_warning(write):
    guess = sniff(write("naïve,été\n1,2\n".encode("latin-1")))
    assert (guess.encoding, guess.columns) == ("latin-1", ("naïve", "été"))
    assert "Latin-1" in sentences(guess.warnings)[0]


def test_that_a_wrong_encoding_is_named_with_its_line(write):
    path = write("a,b\n1,2\n한글,4\n".encode("cp949"))
    message = refusal(read_table, path, encoding="utf-8")
    assert message.startswith("Line 3 cannot be read as UTF-8")
    assert "choose another encoding" in message
    assert "ebcdic" in refusal(read_table, path, encoding="ebcdic")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_that_the_delimiter_is_found(write, delimiter):
    path = write(GOOD.replace(",", delimiter))
    assert sniff(path).delimiter == delimiter
    assert read_table(path).header == ("age", "height", "group")


def test_that_delimiters_inside_quotation_marks_do_not_mislead(write):
    path = write('x;y;note\n1;2;"a, b, c"\n3;4;"d, e, f"\n5;6;"one; two"\n')
    table = read_table(path)
    assert table.header == ("x", "y", "note")
    assert list(table.cells[2]) == ["a, b, c", "d, e, f", "one; two"]


@pytest.mark.parametrize(
    ("text", "has_header"),
    [
        (GOOD, True),
        ("1,2,a\n3,4,b\n", False),
        ("1,2\n3,4\n", False),
        ("x,y\n,\n1,2\n", True),
        ("name,x\nkim,1\nlee,2\n", True),
        ("x,y\n", True),
        ("oops,2\n3,4\n5,6\n", False),
    ],
)
def test_that_words_above_numbers_make_a_header(write, text, has_header):
    guess = sniff(write(text))
    assert guess.has_header is has_header
    assert (guess.columns[0] == "x1") is not has_header


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_that_every_kind_of_line_end_is_read(write, end):
    table = read_table(write(GOOD.replace("\n", end)))
    assert list(table.rows()) == [("1", "2.5", "a"), ("3", "4.5", "b"), ("5", "6.5", "a")]
    assert list(table.line_numbers) == [2, 3, 4]


def test_that_a_lone_carriage_return_ends_a_line_and_the_ragged_line_is_named(write):
    assert refusal(read_table, write("a,b,c\n1,2\r,3\n")).startswith("Line 2: 2 cells where the first line has 3")


def test_that_blank_lines_are_no_rows_and_line_numbers_stay_true(write):
    table = read_table(write('a,b,c\n\n1,2,"two\nlines"\n   \n3,4,x\n'))
    assert list(table.line_numbers) == [3, 6]
    assert table.cells[2][0] == "two\nlines"


def test_that_ragged_rows_are_refused_and_empty_trailing_cells_are_not(write):
    assert refusal(read_table, write(GOOD + "7,8\n")).startswith("Line 5: 2 cells where the first line has 3")
    assert refusal(read_table, write(GOOD + "7,8,a,9\n")).startswith("Line 5: 4 cells")
    assert read_table(write(GOOD + "7,8,a,,\n")).n_rows == 4
    assert sentences(sniff(write(GOOD + "7,8\n")).warnings)[0].startswith("Line 5")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,\x002\n", "Line 2 contains a NUL"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "opened on line 3 is never closed"),
        (b'a,b\n1,"2"x\n', "line 2, text follows"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"a,b\n1," + b"2" * 1_000_001 + b"\n", "Line 2 is longer than 1,000,000"),
        (b"a,b\n1," + b"2" * 200_000 + b"\n", "line 2"),
        (b"," * 1000 + b"\n1\n", "Line 1 has 1,001 cells"),
    ],
)
def test_that_broken_files_earn_a_sentence_with_the_place(write, content, part):
    assert part in refusal(read_table, write(content))


def test_that_files_that_cannot_be_opened_earn_a_sentence(tmp_path, write, monkeypatch):
    assert "no file" in refusal(read_table, tmp_path / "missing.csv")
    assert "is a folder" in refusal(sniff, tmp_path)
    assert "could not be read" in refusal(sniff, "nul\0.csv")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        assert "not an ordinary file" in refusal(sniff, tmp_path / "pipe.csv")
    path = write(GOOD)
    monkeypatch.setattr(table_source, "MAX_BYTES", 20)
    assert "at most" in refusal(read_table, path)


def test_that_a_file_without_permission_earns_a_sentence(write, monkeypatch):
    path = write(GOOD)

    def forbidden(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    assert "may not be read" in refusal(sniff, path)


def test_that_too_many_rows_are_refused(write, monkeypatch):
    monkeypatch.setattr(table_reading, "MAX_ROWS", 2)
    assert "more than 2 rows" in refusal(read_table, write(GOOD))


def test_that_a_file_that_grows_while_it_is_read_is_refused(write):
    path = write("a,b\n" + "1,2\n" * 50_000)

    def grow(share):
        with path.open("a") as file:
            file.write("3,4\n")

    assert "changed" in refusal(read_table, path, progress=grow)


def test_that_progress_rises_to_one_and_cancelling_stops_the_reading(write):
    path = write("a,b\n" + "1,2\n" * 100_000)
    shares = []
    read_table(path, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) >= 5
    assert shares[-1] == 1.0
    with pytest.raises(ReadingCancelledError):
        read_table(path, "utf-8", ",", True, cancelled=lambda: True)
    with pytest.raises(ReadingCancelledError):
        to_dataset(read_table(path), cancelled=lambda: True)


def test_that_empty_and_repeated_column_names_are_replaced_and_reported(write):
    table = read_table(write("a,,a,a_2\n1,2,3,4\n"))
    assert table.header == ("a", "x2", "a_3", "a_2")
    _, notes = to_dataset(table)
    assert "x2, a_3" in sentences(notes)[0]


# Becoming a dataset


@pytest.mark.parametrize("cell", ["1_000", "١٢", "１２", "1,00,0", "inf", "0x10", "1e", "열둘", "−5", "--1", "=1+1"])
def test_that_what_only_looks_like_a_number_is_refused_with_its_place(write, cell):
    path = write(f'age,height\n1,2\n3,"{cell}"\n5,6\n')
    message = refusal(to_dataset, read_table(path))
    assert message.startswith(f"Line 3, column “height”: “{cell}” is not a number")
    assert "leave the column out" in message


def test_that_a_number_beyond_all_measure_is_refused(write):
    message = refusal(to_dataset, read_table(write("a,b\n1,2\n3,1e309\n")))
    assert message.startswith("Line 3, column “b”: “1e309” is too large")


def test_that_a_long_cell_is_cut_to_forty_characters(write):
    message = refusal(to_dataset, read_table(write("a,b\n1,2\n3,4\n5," + "long " * 30 + "\n")))
    shown = message[message.index(": “") + 3 : message.index("” is not")]
    assert len(shown) == 40


@pytest.mark.parametrize("cell", ["", " ", "-", "?", "없음", "nan", "NaN", "NA", "null"])
def test_that_rows_with_missing_cells_are_skipped_and_listed(write, cell):
    table = read_table(write(f"a,b,c\n1,2,u\n3,{cell},v\n5,6,v\n7,8,{cell}\n9,10,u\n"))
    dataset, notes = to_dataset(table)
    np.testing.assert_array_equal(dataset.features, [[1, 2], [5, 6], [9, 10]])
    assert [dataset.class_names[target] for target in dataset.targets] == ["u", "v", "u"]
    assert sentences(notes)[-1].startswith("2 rows skipped: 3, 5 ")
    assert notes[-1].say("ko").startswith("2개 행을 건너뜁니다: 3, 5 ")
    np.testing.assert_array_equal(rows_kept(table, dataset), [0, 2, 4])


def test_that_many_skipped_rows_are_counted_and_the_first_ones_listed(write):
    table = read_table(write("a,b\n" + "1,2\n?,3\n" * 1200))
    _, notes = to_dataset(table)
    assert sentences(notes)[0].startswith("1,200 rows skipped: 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 … (+1,190)")


def test_that_a_missing_cell_in_an_unused_column_skips_nothing(write):
    table = read_table(write("a,b,c\n1,2,\n3,4,5\n"))
    dataset, notes = to_dataset(table, features=["a", "b"], target=None)
    assert (dataset.n, notes) == (2, [])


def test_that_rows_which_are_all_incomplete_name_the_emptiest_column(write):
    table = read_table(write("a,b,c\n1,,1\n2,,\n"))
    assert "column “b”" in refusal(to_dataset, table, features=["a", "b", "c"])


@pytest.mark.parametrize(
    ("last", "target", "kind"),
    [
        (["u", "v", "u", "w"], "last", "i"),
        (["1", "0", "1", "10"], "last", "i"),
        (["1.5", "0", "1", "10"], None, None),
        (["?", "?", "", "-"], None, None),
    ],
)
def test_that_the_last_column_is_the_target_when_it_holds_classes(write, last, target, kind):
    rows = "\n".join(f"{i},{i * i},{cell}" for i, cell in enumerate(last))
    table = read_table(write(f"a,b,last\n{rows}\n"))
    assert default_columns(table)[1] == target
    dataset, _ = to_dataset(table)
    assert (None if dataset.targets is None else dataset.targets.dtype.kind) == kind


def test_that_two_columns_of_whole_numbers_are_both_features(write):
    dataset, _ = to_dataset(read_table(write("a,b\n1,0\n2,1\n3,0\n")))
    assert (dataset.feature_names, dataset.targets) == (("a", "b"), None)


def test_that_classes_keep_their_names_and_numbers_sort_by_size(write):
    table = read_table(write("a,b,c\n1,2,10\n3,4,9\n5,6,10\n7,8,-1\n"))
    dataset, _ = to_dataset(table)
    assert dataset.class_names == ("-1", "9", "10")
    np.testing.assert_array_equal(dataset.targets, [2, 1, 2, 0])
    texts, _ = to_dataset(read_table(write("a,b,c\n1,2, 나\n3,4,가\n5,6,나\n")))
    assert texts.class_names == ("가", "나")


def test_that_a_numeric_target_with_many_values_stays_values(write):
    rows = "\n".join(f"{i},{i + 1},{i}" for i in range(30))
    table = read_table(write(f"a,b,pay\n{rows}\n"))
    assert to_dataset(table)[0].targets is None
    dataset, _ = to_dataset(table, target="pay")
    assert dataset.has_values
    assert (dataset.class_names, dataset.target_name) == ((), "pay")
    np.testing.assert_array_equal(dataset.targets, np.arange(30.0))


def test_that_more_than_twenty_classes_are_refused(write):
    rows = "\n".join(f"{i},{i + 1},name {i}" for i in range(21))
    table = read_table(write(f"a,b,who\n{rows}\n"))
    assert "at most 20 classes" in refusal(to_dataset, table, target="who")
    _, notes = to_dataset(table)
    assert "who" in sentences(notes)[0]


def test_that_a_stray_word_in_a_target_of_values_is_refused(write):
    table = read_table(write("a,b,pay\n1,2,1.5\n3,4,2.5\n5,6,lots\n"))
    assert refusal(to_dataset, table, target="pay").startswith("Line 4, column “pay”: “lots”")


def test_that_impossible_choices_are_refused(write):
    table = read_table(write(GOOD))
    assert "no column “weight”" in refusal(to_dataset, table, features=["age", "weight"])
    assert "no column “weight”" in refusal(to_dataset, table, target="weight")
    assert "chosen twice" in refusal(to_dataset, table, features=["age", "age"])
    assert "chosen twice" in refusal(to_dataset, table, features=["age", "height"], target="age")
    assert "chosen: 1" in refusal(to_dataset, table, features=["age"])
    assert "chosen: 1" in refusal(to_dataset, table, target="group", features=["age"])
    assert "“a” is not a number" in refusal(to_dataset, table, features=["age", "group"])
    assert "chosen: 1" in refusal(to_dataset, read_table(write("only\n1\n2\n")))
    for axes in [(0, 0), (0, 2), (-1, 0)]:
        assert "two different columns" in refusal(to_dataset, table, axes=axes)
    assert "no bundled table" in refusal(bundled_path, "titanic")


def test_that_one_row_is_enough_for_a_dataset(write):
    dataset, _ = to_dataset(read_table(write("a,b\n1,2\n")))
    assert dataset.features.tolist() == [[1.0, 2.0]]


def test_that_chosen_columns_and_axes_are_obeyed(write):
    table = read_table(write("a,b,c,d\n1,2,3,x\n4,5,6,y\n"))
    dataset, _ = to_dataset(table, features=["c", "a", "b"], target=None, axes=(2, 0))
    np.testing.assert_array_equal(dataset.features, [[3, 1, 2], [6, 4, 5]])
    np.testing.assert_array_equal(dataset.plane, [[2, 3], [5, 6]])
    assert column_kinds(table) == ("numbers", "numbers", "numbers", "text")


@settings(deadline=None)
@given(st.lists(st.floats(-1e99, 1e99), min_size=1, max_size=40))
def test_that_every_float_comes_back_bit_for_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("floats") / "floats.csv"
    write_rows_csv(path, ["a", "b"], [(value, 1) for value in values])
    dataset, _ = to_dataset(read_table(path), features=["a", "b"], target=None)
    np.testing.assert_array_equal(dataset.features[:, 0], values)


def test_that_a_million_cells_are_read_within_seconds(tmp_path):
    path = tmp_path / "large.csv"
    numbers = np.random.default_rng(0).normal(size=(300_000, 3)).round(6)
    pandas.DataFrame(numbers, columns=["a", "b", "c"]).to_csv(path, index=False)
    start = time.perf_counter()
    dataset, _ = to_dataset(read_table(path))
    assert time.perf_counter() - start < 8.0
    np.testing.assert_array_equal(dataset.features, numbers)


# Writing


def test_that_formulas_are_disarmed_and_numbers_are_not(tmp_path):
    path = tmp_path / "out.csv"
    rows = [["=1+1", "+a", "-b", "@c"], ["-1.5", "+2", -3.25, np.float64(-4)], ["plain", "a=b", "", 0]]
    write_rows_csv(path, ["=h", "b", "c", "d"], rows)
    assert path.read_text().splitlines() == ["'=h,b,c,d", "'=1+1,'+a,'-b,'@c", "-1.5,+2,-3.25,-4.0", "plain,a=b,,0"]


def test_that_hangul_gets_a_byte_order_mark_and_plain_letters_do_not(tmp_path):
    write_rows_csv(tmp_path / "ko.csv", ["이름", "x"], [["가", 1]])
    write_rows_csv(tmp_path / "en.csv", ["name", "x"], [["a", 1]])
    assert (tmp_path / "ko.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / "en.csv").read_bytes() == b"name,x\na,1\n"
    assert read_table(tmp_path / "ko.csv").header == ("이름", "x")


def test_that_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    assert "is full, so out.csv was not written" in refusal(write_rows_csv, path, ["a"], [[1]])
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.csv"]
    assert "no folder is not there" in refusal(write_rows_csv, tmp_path / "no folder" / "out.csv", ["a"], [[1]])


# Mutations


def _good_bytes() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["길이", "폭, 앞", "종류"])
    writer.writerows([[i * 0.5, f"{i}e-1", '한 "글" 자' if i % 2 else "b\nc"] for i in range(12)])
    return text.getvalue().encode()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
@given(
    cut=st.integers(0, 400),
    flips=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), max_size=6),
    codec=st.sampled_from(["utf-8", "cp949", "utf-16", "utf-8-sig"]),
)
@example(cut=401, flips=[(0, 255), (1, 254)], codec="utf-8")
def test_that_a_mutated_file_gives_a_table_or_a_sentence(tmp_path, cut, flips, codec):
    data = bytearray(_good_bytes().decode().encode(codec)[:cut])
    for place, value in flips:
        if data:
            data[place % len(data)] = value
    path = tmp_path / "mutated.csv"
    path.write_bytes(bytes(data))
    try:
        table = read_table(path)
        assert isinstance(table, Table)
        assert all(len(column) == table.n_rows for column in table.cells)
        dataset, notes = to_dataset(table)
        assert np.isfinite(dataset.features).all()
        assert len(rows_kept(table, dataset)) == dataset.n
    except LabError as error:
        assert error.said.say("ko")
        return
    for note in notes:
        assert note.say("en")
        assert note.say("ko")
