"""Standard output and standard error as they are found: closed, full, a pipe that nobody reads, an encoding that holds
little. None of that is a fault in the program, and none ends in a traceback.

What the encoding cannot hold is written with backslashes, so that nothing is lost and nothing is made up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from typing import TextIO, cast

from models.words.text import Lang, Text

OUTPUT_LOST = 1  # the exit code of a command whose output could not be written
WRONG_START = 2

NOT_WRITTEN = Text(
    "The output could not be written ({reason}).",
    "결과를 출력하지 못했습니다({reason}).",
)
IN_UTF8 = Text(
    "Written as UTF-8: the encoding of this output, {encoding}, cannot hold all of it. --output writes a file.",
    "이 출력의 인코딩 {encoding:으로는/로는} 모두 나타낼 수 없어 UTF-8로 썼습니다. --output을 쓰면 파일에 저장합니다.",
)

NO_FOLDER = Text(
    "The folder that this was started in is not there any more: change to another one and start again.",
    "실행한 폴더가 이제 없습니다. 다른 폴더로 옮겨 다시 실행하세요.",
)

_closed: set[int] = set()


class OutputLostError(Exception):
    """Standard output takes no more. reason: the system's words; "" where a reader (head, less) has seen enough."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        has_read = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
        self.reason = "" if has_read else (error.strerror or str(error))


def prepare() -> None:
    """Make the standard streams fit for any text. Closed ones are opened on nothing: else the next file that is opened
    would take their number, and be written into by what speaks to the console."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            _closed.add(number)
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if number and getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if number and reconfigure is not None:
            reconfigure(errors="backslashreplace")


def has_folder(lang: Lang, is_needed: bool) -> bool:
    """Whether the folder that this was started in is still there, so that a relative path means something. Where it is
    not and is not needed, the root of all files takes its place: libraries end the process without one."""
    try:
        os.getcwd()
    except OSError:
        if is_needed:
            say_aside(NO_FOLDER.say(lang))
            return False
        os.chdir(os.sep)
    return True


def say(text: str) -> None:
    """A line on standard output. Raises OutputLostError."""
    _try(lambda: print(text))


def write_table(text: str, lang: Lang) -> None:
    """A table on standard output, with nothing in it replaced: in UTF-8 where the encoding cannot hold it, and said so.
    Raises OutputLostError."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeError:
        binary = getattr(sys.stdout, "buffer", None)
        if binary is not None:
            flush()
            _try(lambda: binary.write(text.encode("utf-8", "surrogateescape")))
            say_aside(IN_UTF8.say(lang, {"encoding": encoding}))
            return
    _try(lambda: sys.stdout.write(text))


def flush() -> None:
    """Bring what was said to its reader. Raises OutputLostError."""
    _try(lambda: sys.stdout.flush())


def say_aside(text: str, end: str = "\n") -> None:
    """A line on standard error; where that takes nothing, nothing is said."""
    with contextlib.suppress(OSError, ValueError):
        print(text, end=end, file=sys.stderr, flush=True)


def give_up(lost: OutputLostError, lang: Lang) -> int:
    """Say why the output is lost, let what is still waiting for it go, and return the exit code: 0 where the reader has
    seen enough."""
    _into_nothing(sys.stdout)
    if not lost.reason:
        return 0
    say_aside(NOT_WRITTEN.say(lang, {"reason": lost.reason}))
    return OUTPUT_LOST


def leave() -> None:
    """To be called last: what a stream could not be rid of must not be tried once more when Python ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _into_nothing(stream)


def _try(write: Callable[[], object]) -> None:
    if 1 in _closed:
        raise OutputLostError(OSError(errno.EBADF, os.strerror(errno.EBADF)))
    try:
        write()
    except OSError as error:
        raise OutputLostError(error) from error


def _into_nothing(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, cast("TextIO", stream).fileno())
        os.close(nothing)
