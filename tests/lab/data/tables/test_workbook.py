"""Workbooks: what their cells are, and what hostile ones earn. They are written here by hand, part by part."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.data.tables import workbook
from lab.data.tables.files import ReadingCancelledError, Table, read_table, sniff, to_dataset, write_rows_csv
from lab.errors import LabError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def letters(column: int) -> str:
    """A, B ... Z, AA for 1, 2 ..."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def cell(row: int, column: int, value: object) -> str:
    place = f'r="{letters(column)}{row}"'
    if value is None:
        return f"<c {place}/>"
    if isinstance(value, str):
        return (
            value.replace("@", place)
            if value.startswith("<c ")
            else f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        )
    return f"<c {place}><v>{value!r}</v></c>"


def sheet(rows, first: int = 1, head: str = HEAD) -> str:
    body = "".join(
        f'<row r="{number}">{"".join(cell(number, place, value) for place, value in enumerate(row, 1))}</row>'
        for number, row in enumerate(rows, first)
    )
    return f'{head}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def book(path, sheets: dict[str, str], strings: str = "", styles: str = "", states: dict[str, str] | None = None):
    """A workbook of sheets (name: XML of the sheet), with shared strings and styles where they are given."""
    states = states or {}
    entries = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}" state="{states.get(name, "visible")}"/>'
        for n, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{entries}</sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"{HEAD}<Relationships>{relations}</Relationships>")
        for n, text in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", text)
        if strings:
            archive.writestr("xl/sharedStrings.xml", f'{HEAD}<sst xmlns="{MAIN}">{strings}</sst>')
        if styles:
            archive.writestr("xl/styles.xml", f'{HEAD}<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
    return path


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(LabError) as caught:
        call(*args, **kwargs)
    assert caught.value.said.say("ko")
    return caught.value.said.say("en")


TABLE = [["키", "몸무게", "반"], *[[150 + i, 40.5 + i, "가나"[i % 2]] for i in range(6)]]


# What is read


def test_that_shared_inline_and_rich_texts_truths_errors_and_formulas_are_read(tmp_path):
    strings = (
        "<si><t>이름</t></si><si><r><t>빨</t></r><r><t>강</t></r><rPh sb='0' eb='1'><t>no</t></rPh></si><si><t/></si>"
    )
    rows = [
        ['<c @ t="s"><v>0</v></c>', "b", "c", "d"],
        [
            '<c @ t="s"><v>1</v></c>',
            '<c @ t="b"><v>1</v></c>',
            '<c @ t="e"><v>#N/A</v></c>',
            "<c @><f>1+1</f><v>2</v></c>",
        ],
        [
            '<c @ t="s"><v>2</v></c>',
            '<c @ t="b"><v>0</v></c>',
            "<c @><v>1E-3</v></c>",
            '<c @ t="str"><f>A</f><v>x</v></c>',
        ],
    ]
    table = read_table(book(tmp_path / "a.xlsx", {"하나": sheet(rows)}, strings))
    assert table.header == ("이름", "b", "c", "d")
    assert list(table.rows()) == [("빨강", "TRUE", "#N/A", "2"), ("", "FALSE", "1E-3", "x")]


def test_that_dates_are_written_as_dates(tmp_path):
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;년&quot;"/><numFmt numFmtId="165" formatCode="0.0 &quot;days&quot;"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
    )
    row = [
        f'<c @ s="{style}"><v>{value}</v></c>' for style, value in ((1, 45322), (2, 45322.5), (3, 45322), (0, 45322))
    ]
    table = read_table(book(tmp_path / "a.xlsx", {"s": sheet([["a", "b", "c", "d"], row])}, styles=styles))
    assert list(table.rows()) == [("2024-01-31", "2024-01-31 12:00:00", "45322", "45322")]


def test_that_rows_and_cells_that_are_left_out_of_the_file_keep_their_places(tmp_path):
    text = sheet([["a", "b", "c"], [1, None, 3], [], ["<c @><v>4</v></c>", 5, 6]])
    table = read_table(book(tmp_path / "a.xlsx", {"s": text}))
    assert list(table.rows()) == [("1", "", "3"), ("", "", ""), ("4", "5", "6")]
    assert list(table.line_numbers) == [2, 3, 4]


def test_that_the_first_sheet_with_cells_that_can_be_seen_is_read_and_others_are_named(tmp_path):
    sheets = {"secret": sheet([["x"], [1]]), "empty": sheet([]), "data": sheet(TABLE), "more": sheet(TABLE)}
    path = book(tmp_path / "a.xlsx", sheets, states={"secret": "hidden"})
    assert read_table(path).header == ("키", "몸무게", "반")
    assert sniff(path).warnings[0].say("en") == "The sheet data is read; 2 more are left out."
    assert "data" in [note.say("ko") for note in to_dataset(read_table(path))[1]][0]


def test_that_titles_units_and_notes_are_left_out_of_a_sheet_too(tmp_path):
    rows = [["결과"], [], TABLE[0], ["(cm)", "(kg)"], *TABLE[1:], ["※ 출처: 학교"]]
    table = read_table(book(tmp_path / "a.xlsx", {"s": sheet(rows)}))
    assert table.header == ("키", "몸무게", "반") and table.n_rows == 6 and table.line_numbers[0] == 5


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(-10**9, 10**9), st.sampled_from(["가", "나 다", "<&>"])), min_size=2, max_size=30),
    first=st.integers(1, 9),
)  # fmt: skip
def test_that_a_sheet_is_read_as_the_same_rows_in_a_text_file(tmp_path, rows, first):
    header = ["길이", "count", "종류"]
    path = book(tmp_path / "a.xlsx", {"s": sheet([header, *map(list, rows)], first)})
    write_rows_csv(tmp_path / "a.csv", header, rows)
    found, expected = read_table(path), read_table(tmp_path / "a.csv", None, ",")
    assert found.header == expected.header
    for column in range(2):
        np.testing.assert_array_equal(found.numbers(column).values, expected.numbers(column).values)
    assert list(found.cells[2]) == list(expected.cells[2])
    assert found.line_numbers[0] == first + 1


# What is refused


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "text",
    [
        sheet(TABLE, head=HEAD + BOMB).replace("가", "&c;"),
        sheet(TABLE, head=HEAD + '<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        sheet(TABLE)[:200],
        sheet(TABLE).replace('r="A2"', 'r="A"'),
        sheet(TABLE).replace('r="2"', 'r="two"'),
        sheet([["a", "b"], ['<c @ t="s"><v>7</v></c>', 1]]),
        sheet([["a", "b"], ['<c @ t="s"><v>-9</v></c>', 1]]),
        sheet([["a", "b"], ["x" * 40_000, 1]]),
        sheet([["a", "b"], ['<c @ s="9e99"><v>1</v></c>', 1]]),
        "no XML at all",
    ],
)
def test_that_what_is_no_sheet_is_refused_in_a_sentence(tmp_path, text):
    path = book(tmp_path / "a.xlsx", {"s": text}, "<si><t>one</t></si>")
    assert "cannot be read as an Excel workbook" in refusal(read_table, path)
    assert "cannot be read as an Excel workbook" in refusal(sniff, path)


def test_that_a_cell_far_to_the_right_is_named_with_its_row(tmp_path):
    text = sheet(TABLE).replace('r="C3"', 'r="XFD3"')
    assert "Row 3 has a cell beyond column 1,000" in refusal(read_table, book(tmp_path / "a.xlsx", {"s": text}))


def test_that_what_unpacks_to_too_much_is_refused_quickly_and_in_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 3_000_000)
    path = book(tmp_path / "a.xlsx", {"s": sheet(TABLE).replace("<sheetData>", "<sheetData>" + " " * 50_000_000)})
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    begun = time.perf_counter()
    assert "at most 3 MB are read" in refusal(read_table, path)
    assert time.perf_counter() - begun < 5.0 and tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_that_one_long_text_in_very_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_CHARS", 3_000_000)
    rows = [["a", "b"], *[['<c @ t="s"><v>0</v></c>', 1]] * 1000]
    path = book(tmp_path / "a.xlsx", {"s": sheet(rows)}, f"<si><t>{'x' * 30_000}</t></si>")
    assert "at most 3 MB are read" in refusal(read_table, path)


def test_that_archives_and_books_without_cells_earn_a_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "zip.csv", "w") as archive:
        archive.writestr("hello.txt", "1,2")
    assert "save it as CSV" in refusal(read_table, tmp_path / "zip.csv")
    assert "no sheet with cells" in refusal(read_table, book(tmp_path / "a.xlsx", {"s": sheet([])}))
    assert "no sheet with cells" in refusal(read_table, book(tmp_path / "b.xlsx", {}))
    assert "no rows" in refusal(read_table, book(tmp_path / "c.xlsx", {"s": sheet(TABLE[:1])}))


def test_that_a_long_sheet_shows_progress_and_can_be_cancelled(tmp_path):
    path = book(tmp_path / "a.xlsx", {"s": sheet([["a", "b"], *[[i, i * 0.5] for i in range(20_000)]])})
    shares: list[float] = []
    assert read_table(path, progress=shares.append).n_rows == 20_000
    assert shares == sorted(shares) and len(shares) > 5 and shares[-1] == 1.0
    with pytest.raises(ReadingCancelledError):
        read_table(path, cancelled=lambda: True)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.integers(0, 1499), st.integers(0, 255)), min_size=1, max_size=5),
    cut=st.integers(200, 1600),
)
def test_that_a_mutated_workbook_gives_a_table_or_a_sentence(tmp_path, flips, cut):
    data = bytearray(book(tmp_path / "good.xlsx", {"s": sheet(TABLE)}, "<si><t>one</t></si>").read_bytes()[:cut])
    for place, value in flips:
        data[place % len(data)] = value
    (tmp_path / "mutated.xlsx").write_bytes(bytes(data))
    try:
        assert isinstance(read_table(tmp_path / "mutated.xlsx"), Table)
    except LabError as error:
        assert error.said.say("ko")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 899), st.integers(32, 126)), min_size=1, max_size=5))
def test_that_a_mutated_sheet_gives_a_table_or_a_sentence(tmp_path, flips):
    data = bytearray(sheet(TABLE).encode())
    for place, value in flips:
        data[place % len(data)] = value
    path = book(tmp_path / "mutated.xlsx", {"s": data.decode("utf-8", "replace")}, "<si><t>one</t></si>")
    try:
        assert isinstance(read_table(path), Table)
    except LabError as error:
        assert error.said.say("ko")
