"""A stranger's text file as lines: what may be opened at all, in which encoding, and the sentences when it may not."""

from __future__ import annotations

import codecs
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

from lab import reading
from lab.data.tables.cells import same_text
from lab.errors import LabError
from models.words.text import Text

ENCODINGS = ("utf-8", "cp949", "utf-16", "latin-1")
DELIMITERS = (",", "\t", ";", "|", " ")  # a space stands for a run of spaces and tabs
MAX_BYTES = 500_000_000
LONGEST_LINE = 1_000_000  # characters

_CHUNK_BYTES = 1 << 20
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ALONE = re.compile(r"(?<![A-Za-z\u0100-\u024f])[\u0100-\u024f](?![A-Za-z])")
_GLUED = re.compile(r"(?<=[A-Za-z])[\u4e00-\u9fff\uf900-\ufaff]|[\u4e00-\u9fff\uf900-\ufaff](?=[A-Za-z])")

Cancelled = Callable[[], bool]

EMPTY = Text(
    "{path} is empty: it needs a line of column names and rows of numbers.",
    "{path:은/는} 빈 파일입니다. 열 이름 한 줄과 숫자가 든 줄이 있어야 합니다.",
)
TOO_LARGE = Text(
    "{path} has {megabytes:,.0f} MB; at most {limit:,.0f} MB are read. Keep a part of the rows or columns.",
    "{path:은/는} {megabytes:,.0f} MB입니다. {limit:,.0f} MB까지만 읽습니다. 행이나 열을 줄이세요.",
)
SPREADSHEET = Text(
    "{path} is an archive, a locked workbook or a spreadsheet of another kind. Open it in its program and save it as CSV "
    "or .xlsx.",
    "{path:은/는} 압축 파일이거나 잠긴 통합 문서이거나 다른 종류의 스프레드시트입니다. 원래 프로그램에서 CSV나 .xlsx로 "
    "저장하세요.",
)
HAS_NUL = Text(
    "Line {line} contains a NUL character: this is no text table, or its encoding is another one (UTF-16?).",
    "{line}번째 줄에 NUL 문자가 있습니다. 텍스트 표가 아니거나 인코딩이 다릅니다(UTF-16?).",
)
LONG_LINE = Text(
    "Line {line} is longer than {limit:,d} characters: this does not look like a table.",
    "{line}번째 줄이 {limit:,d}자보다 깁니다. 표가 아닌 것 같습니다.",
)
WRONG_ENCODING = Text(
    "Line {line} cannot be read as {encoding}: choose another encoding.",
    "{line}번째 줄을 {encoding} 인코딩으로 읽을 수 없습니다. 다른 인코딩을 고르세요.",
)
UNKNOWN_ENCODING = Text(
    "The encoding {encoding} is not known. Choose one of: {choices}.",
    "{encoding:은/는} 모르는 인코딩입니다. 다음 중에서 고르세요: {choices}.",
)
UNKNOWN_DELIMITER = Text(
    "{delimiter} cannot separate columns. Choose a comma, a tab, a semicolon, a vertical bar or spaces.",
    "{delimiter:은/는} 열을 나눌 수 없습니다. 쉼표, 탭, 세미콜론, 세로줄, 빈칸 중에서 고르세요.",
)
STOPPED = Text("Reading was cancelled.", "읽기를 취소했습니다.")


class ReadingCancelledError(LabError):
    """The reader was told to stop."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


def as_it_is_on_disk(path: str | os.PathLike[str]) -> Path:
    """The path of a file whose name may be typed in another form (NFC or NFD) than it was written to the disk in."""
    path = Path(path)
    try:
        if os.path.lexists(path) or str(path).isascii():
            return path
        found = Path(path.anchor)
        for part in path.parts[1:] if path.anchor else path.parts:
            near = found / part
            if not os.path.lexists(near):
                names = sorted(os.listdir(found)) if not part.isascii() else []
                near = found / next((name for name in names if same_text(name) == same_text(part)), part)
            found = near
        return found if os.path.lexists(found) else path
    except (OSError, ValueError):
        return path


def check_file(path: Path) -> int:
    """The size in bytes of a file that may be read as text. Raises LabError."""
    with reading.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_BYTES:
            raise LabError(TOO_LARGE, path=path.name, megabytes=size / 1e6, limit=MAX_BYTES / 1e6)
        head = _read(path, file, 8)
    if not head:
        raise LabError(EMPTY, path=path.name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # .xls, and workbooks with a password
        raise LabError(SPREADSHEET, path=path.name)
    return size


def check_choices(encoding: str | None, delimiter: str | None) -> None:
    """Raises LabError for an encoding or delimiter that is not offered."""
    if encoding is not None and encoding not in ENCODINGS:
        raise LabError(UNKNOWN_ENCODING, encoding=encoding, choices=", ".join(ENCODINGS))
    if delimiter is not None and delimiter not in DELIMITERS:
        raise LabError(UNKNOWN_DELIMITER, delimiter=f"“{delimiter}”")


def encoding_error(path: Path, encoding: str) -> LabError:
    """The sentence for bytes that are not `encoding`, with the line where they stand."""
    try:
        line = _first_bad_line(path, encoding)
    except (LabError, UnicodeError):
        line = None
    return LabError(WRONG_ENCODING, line=line or 1, encoding=encoding.upper())


def opened(path: Path, encoding: str) -> IO[str]:
    """The file as text with its line ends as they are; a byte order mark is dropped."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return reading.opened_text(path, codec)


def lines_of(handle: IO[str]) -> Iterator[str]:
    """Lines with their ends (LF, CRLF or a lone CR), each looked at before the csv module sees it."""
    number = 0
    while line := handle.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise LabError(LONG_LINE, line=number, limit=LONGEST_LINE)
        if "\0" in line:
            raise LabError(HAS_NUL, line=number)
        yield line


def guess_encoding(path: Path, cancelled: Cancelled | None) -> str:
    """Byte order mark, else strict UTF-8, else CP949, each tried on the whole file; else Latin-1.

    A Hangul syllable of CP949 may be a Latin letter of UTF-8 (키 and Ű have the same two bytes): where all there is are
    such letters, outside any word, they are Hangul. Two accented letters of Latin-1 side by side (Größe) are also a
    character of CP949. Hangul is what Korean files are full of; where such characters are Chinese ones that stand inside
    words of Latin letters, the file is Latin-1.
    """
    with reading.opened(path) as file:
        head = _read(path, file, 4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    letters: Counter[str] = Counter()
    if _first_bad_line(path, "utf-8", cancelled, lambda text: _count_letters(text, letters)) is None:
        is_alone = letters["alone"] and letters["alone"] == letters["all"]
        return "cp949" if is_alone and _first_bad_line(path, "cp949", cancelled) is None else "utf-8"
    letters.clear()
    if _first_bad_line(path, "cp949", cancelled, lambda text: _count_letters(text, letters)) is None:
        return "latin-1" if letters["glued"] > letters["hangul"] else "cp949"
    return "latin-1"


def _count_letters(text: str, letters: Counter[str]) -> None:
    """Add up what is beyond ASCII in a text: Hangul, Chinese characters that touch a Latin letter, and letters of the
    Latin alphabet from U+0100 that touch none."""
    if text.isascii():
        return
    letters["all"] += len(_BEYOND_ASCII.findall(text))
    letters["alone"] += len(_ALONE.findall(text))
    letters["hangul"] += len(_HANGUL.findall(text))
    letters["glued"] += len(_GLUED.findall(text))


def _first_bad_line(
    path: Path, encoding: str, cancelled: Cancelled | None = None, look: Callable[[str], None] | None = None
) -> int | None:
    """The first line with bytes that are not `encoding`; None when the whole file is. `look` sees the text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    breaks = 0
    with reading.opened(path) as file:
        while True:
            if cancelled is not None and cancelled():
                raise ReadingCancelledError
            data = _read(path, file, _CHUNK_BYTES)
            try:
                text = decoder.decode(data, final=not data)
                breaks += _line_breaks(text)
                if look is not None:
                    look(text)
            except UnicodeDecodeError as error:
                return breaks + _line_breaks(error.object[: error.start].decode(encoding, errors="ignore")) + 1
            if not data:
                return None


def _read(path: Path, file: BinaryIO, most: int) -> bytes:
    try:
        return file.read(most)
    except OSError as error:
        raise reading.said_of(error, path) from error


def _line_breaks(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))
