"""The console as it is found: narrow, closed, full, or a pipe that nobody reads. Never a traceback, nothing lost unsaid."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import console
from lab.leaving import cli

HOUSE = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="file descriptors as a POSIX shell closes them")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp949", "utf-8", "utf-16")


class Stream(io.TextIOWrapper):
    """Standard output in some encoding, kept in memory."""

    def __init__(self, encoding: str) -> None:
        self.kept = io.BytesIO()
        super().__init__(self.kept, encoding=encoding, newline="\n")

    def said(self) -> bytes:
        self.flush()
        return self.kept.getvalue()


@pytest.fixture
def streams(monkeypatch):
    def put(encoding: str) -> tuple[Stream, Stream]:
        out, err = Stream(encoding), Stream(encoding)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        console.prepare()
        return out, err

    return put


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_that_whatever_an_encoding_cannot_hold_is_written_with_backslashes(streams, encoding):
    out, err = streams(encoding)
    text = "군집 3개 · é · 😀 · \udcff"
    console.say(text)
    console.say_aside(text)
    assert out.said() == err.said() == (text + "\n").encode(encoding, "backslashreplace")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_that_help_errors_and_json_pass_any_encoding(streams, encoding, lang):
    out, err = streams(encoding)
    assert cli.main(["run", "--help", "--lang", lang]) == 0
    assert cli.main(["run", "--data", "없는 파일.csv", "--algorithm", "kmeans", "--lang", lang]) == 2
    cli._print_json({"name": "군집"})
    lines = out.said().decode(encoding).splitlines()
    assert json.loads(lines[-1]) == {"name": "군집"} and err.said().decode(encoding).count("\n") == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_that_a_table_is_written_whole_in_utf8_where_the_encoding_cannot_hold_it(streams, encoding):
    out, err = streams(encoding)
    text = "이름,값\n가나다,1\n"
    console.write_table(text, "ko")
    if encoding in ("ascii", "latin-1", "cp1252"):
        assert out.said() == text.encode() and "UTF-8" in err.said().decode(encoding)
    else:
        assert out.said() == text.encode(encoding) and err.said() == b""


class Broken(Stream):
    """Takes text and then fails with an error of the system."""

    def __init__(self, error: OSError) -> None:
        super().__init__("utf-8")
        self.error = error

    def write(self, text: str) -> int:
        raise self.error

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


@pytest.mark.parametrize(("number", "code"), [(28, 1), (5, 1), (32, 0)])
def test_that_output_that_is_not_taken_is_an_exit_code_and_a_sentence(streams, monkeypatch, number, code):
    _, err = streams("utf-8")
    monkeypatch.setattr(sys, "stdout", Broken(OSError(number, os.strerror(number))))
    assert cli.main(["run", "--help"]) == code
    assert err.said().decode().count(os.strerror(number)) == err.said().count(b"\n") == code


def test_that_standard_error_that_is_not_taken_changes_nothing(streams, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Broken(OSError(28, "No space left on device")))
    assert cli.main(["run", "--data", "nothing.csv", "--algorithm", "kmeans"]) == 2


def shell(arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """main.py as a shell starts it."""
    command = f'"{sys.executable}" "{HOUSE / "main.py"}" {arguments}'
    return subprocess.run(
        ["bash", "-c", command], cwd=HOUSE, env={**os.environ, **environment}, capture_output=True, text=True,
        encoding="utf-8", timeout=120,
    )  # fmt: skip


WRONG = "run --data nothing.csv --algorithm kmeans"


@POSIX
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--help >&-", 1),
        (f"{WRONG} >&-", 2),
        (f"{WRONG} 2>&-", 2),
        (f"{WRONG} <&- >&- 2>&-", 2),
        ("run --help <&- >&- 2>&-", 1),
        ("run --help | head -1; exit ${PIPESTATUS[0]}", 0),
        ("list | head -1; exit ${PIPESTATUS[0]}", 0),
        ("run --help | true; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_that_the_shell_may_close_what_it_likes(arguments, code):
    done = shell(arguments)
    assert done.returncode == code and "Traceback" not in done.stderr and "Exception" not in done.stderr


@FULL
@pytest.mark.parametrize(("arguments", "code"), [("--help >/dev/full", 1), (f"{WRONG} 2>/dev/full", 2)])
def test_that_a_full_output_is_one_line_and_exit_code_1(arguments, code):
    done = shell(arguments)
    assert done.returncode == code and done.stderr.count("\n") == (code == 1)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


@POSIX
def test_that_a_closed_number_is_not_given_to_the_next_file(tmp_path):
    """Else what is said to the console would stand in the middle of an export."""
    code = (
        f"import sys; sys.path.insert(0, {str(HOUSE)!r})\n"
        "from lab import console; console.prepare()\n"
        f"file = open({str(tmp_path / 'result')!r}, 'w')\n"
        "assert file.fileno() > 2; file.write('kept'); file.close()\n"
        "try: console.say('said')\n"
        "except console.OutputLostError as lost: sys.exit(console.give_up(lost, 'en'))\n"
    )
    done = subprocess.run(["bash", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code], timeout=60)
    assert done.returncode == 1 and (tmp_path / "result").read_text() == "kept"


@POSIX
@pytest.mark.parametrize(("arguments", "code"), [("list", 2), (f"{WRONG} --lang ko", 2)])
def test_that_a_folder_that_is_gone_is_a_sentence(tmp_path, arguments, code):
    (tmp_path / "gone").mkdir()
    command = f'cd "{tmp_path / "gone"}" && rmdir "$PWD" && "{sys.executable}" "{HOUSE / "main.py"}" {arguments}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == code and done.stderr.count("\n") == 1, done.stderr
    assert ("폴더" if "ko" in arguments else "folder") in done.stderr
