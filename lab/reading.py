"""The one way in which this program opens a file to read: a file that is kept on a disk, and nothing else.

A named pipe, a device, a socket or a folder under a file's name would make a reader wait for ever, read without end or
act on the device. Whatever is no ordinary file is refused in a sentence before a byte of it is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, TypeVar

from lab.errors import LabError
from models.words.text import Text

# Nothing that is opened may keep us waiting or become our terminal; Windows has neither flag, and a mode that must be said.
_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"):
    _FLAGS |= getattr(os, _name, 0)

T = TypeVar("T")


class NoFileError(LabError):
    """Nothing of that name is there."""


def opened(path: Path | str) -> BinaryIO:
    """An ordinary file, open to be read as bytes. Raises LabError, at once, for anything else and for what the system
    refuses; NoFileError where there is nothing of that name."""
    return _opened(path, lambda handle: open(handle, "rb"))


def opened_text(path: Path | str, encoding: str) -> IO[str]:
    """The same as text, its line ends as they are."""
    return _opened(path, lambda handle: open(handle, encoding=encoding, newline=""))


def read_at_most(file: BinaryIO, most: int) -> bytes | None:
    """All bytes of an open file, or None where there are more than `most`, whatever size the file claims."""
    content = bytearray()
    step = min(os.fstat(file.fileno()).st_size, most) + 1  # all at once, unless it grows meanwhile
    while len(content) <= most and (piece := file.read(min(step, most + 1 - len(content)))):
        content += piece
    return None if len(content) > most else bytes(content)


def read_bytes(path: Path | str, most: int) -> bytes:
    """The first `most` bytes of an ordinary file, which are all of them where the reader's own bound is lower. Raises
    LabError."""
    with opened(path) as file:
        try:
            return file.read(min(os.fstat(file.fileno()).st_size, most))
        except OSError as error:
            raise said_of(error, path) from error


def _opened(path: Path | str, wrapped: Callable[[int], T]) -> T:
    values = {"file": Path(path).name or str(path), "folder": str(Path(path).parent)}
    try:
        _check_kind(os.stat(path), values)  # before it is opened: opening a device may act on it
        handle = os.open(path, _FLAGS)
    except ValueError as error:  # a NUL, or half a character
        raise NoFileError(_NO_NAME, **values) from error
    except OSError as error:
        raise said_of(error, path) from error
    try:
        status = os.fstat(handle)  # what was opened, which may be another than what was looked at
        _check_kind(status, values)
        if status.st_size == 0 and os.read(handle, 1):
            raise LabError(_NOT_ORDINARY, **values)  # made while it is read, as those of /proc: it may have no end
        return wrapped(handle)
    except OSError as error:
        os.close(handle)
        raise said_of(error, path) from error
    except BaseException:
        os.close(handle)
        raise


def _check_kind(status: os.stat_result, values: dict[str, str]) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise LabError(_IS_FOLDER, **values)
    if not stat.S_ISREG(status.st_mode):
        raise LabError(_NOT_ORDINARY, **values)


def said_of(error: OSError, path: Path | str) -> LabError:
    """What the system said when this file was read, as a sentence."""
    path = Path(path)
    values = {"file": path.name or str(path), "folder": str(path.parent)}
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return NoFileError(_NO_FILE, **values)
    return LabError(_FORBIDDEN if isinstance(error, PermissionError) else _FAILED, **values)


_NO_FILE = Text(
    "There is no file {file} in {folder}. Choose another file.",
    "{folder} 폴더에 {file:이/가} 없습니다. 다른 파일을 고르세요.",
)
_NO_NAME = Text(
    "{file} could not be read: no file can have this name. Choose another file.",
    "{file:은/는} 파일 이름이 될 수 없어 읽지 못했습니다. 다른 파일을 고르세요.",
)
_IS_FOLDER = Text("{file} is a folder: choose a file in it.", "{file:은/는} 폴더입니다. 그 안의 파일을 고르세요.")
_NOT_ORDINARY = Text(
    "{file} in {folder} is not an ordinary file but a pipe, a device or something else of the system. It was not read; "
    "choose another file.",
    "{folder} 폴더의 {file:은/는} 일반 파일이 아니라 파이프나 장치 같은 시스템의 것이어서 읽지 않았습니다. 다른 파일을 고르세요.",
)
_FORBIDDEN = Text(
    "{file} in {folder} may not be read. Copy it to a folder of your own and open the copy.",
    "{folder} 폴더의 {file:을/를} 읽을 권한이 없습니다. 자신의 폴더에 복사한 뒤 여세요.",
)
_FAILED = Text(
    "The system could not read {file} in {folder}. Copy it to another folder and try again.",
    "{folder} 폴더의 {file:을/를} 읽지 못했습니다. 다른 폴더에 복사한 뒤 다시 여세요.",
)
