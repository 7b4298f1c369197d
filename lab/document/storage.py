"""The project file: a zip with project.json (a format number, everything but the numbers) and arrays as .npy.

Reading treats every file as a stranger's: names, sizes, shapes and values are checked before they are used, nothing
in a file is ever run, and whatever is wrong comes out as a LabError. Writing goes through lab/writing.py, and what was
written is read back, as a stranger's, before it takes the place of the old file.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from lab import reading
from lab.document.json_fields import Fields
from lab.document.project import Project
from lab.document.project_json import (
    FEATURES,
    MOST_JSON_BYTES,
    TARGETS,
    announced,
    assembled,
    parse_json,
    taken_apart,
    upgraded,
)
from lab.errors import LabError
from lab.writing import NOT_VERIFIED, write_atomically
from models.words.text import Text

SUFFIX = ".learnscope"
MOST_BYTES = 128 * 2**20  # of all members together, unpacked
_JSON, _FEATURES, _TARGETS = "project.json", f"{FEATURES}.npy", f"{TARGETS}.npy"
# What the readers of zip and .npy raise for a file that was cut or altered (RuntimeError: it asks for a password).
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, TypeError, MemoryError,
    struct.error,
)  # fmt: skip


# -- writing ---------------------------------------------------------------------------------------------------------


def save(project: Project, path: Path | str, *, packs: bool = True) -> None:
    """Write the project file, atomically. packs False: quickly, and as large as the numbers are.

    Raises LabError when it fails; what was there before is then untouched.
    """
    name = Path(path).name
    document, arrays = taken_apart(project)
    if sum(array.nbytes for array in arrays.values()) > MOST_BYTES - MOST_JSON_BYTES:
        raise LabError(_TOO_LARGE_TO_SAVE, file=name, most=(MOST_BYTES - MOST_JSON_BYTES) // 2**20)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8", "backslashreplace")

    def verify(written: Path) -> None:
        try:
            document_again, arrays_again = taken_apart(load(written))
        except LabError as error:
            raise LabError(NOT_VERIFIED, file=name) from error
        same = document_again == json.loads(text) and all(
            _same_bits(array, arrays_again[key]) for key, array in arrays.items()
        )
        if not same:
            raise LabError(NOT_VERIFIED, file=name)

    write_atomically(path, lambda file: file.write(_zipped(text, arrays, packs)), verify)


def _same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold the same bytes: compared by numpy, which lets other threads run meanwhile."""
    here, there = (np.ascontiguousarray(array).reshape(-1).view(np.uint8) for array in (one, other))
    return one.dtype == other.dtype and np.array_equal(here, there)


def _zipped(text: bytes, arrays: dict[str, np.ndarray], packs: bool) -> memoryview:
    """The whole file. In memory: a zip that is closed after an error of the disk tries to write again."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED) as archive:
        archive.writestr(_JSON, text)
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            archive.writestr(f"{key}.npy", buffer.getbuffer())
    return whole.getbuffer()


# -- reading ---------------------------------------------------------------------------------------------------------


def load(path: Path | str) -> Project:
    """The project in a file. Raises LabError, which says what is wrong and what to do, and nothing else."""
    with reading.opened(path) as file:
        try:
            return _load(file, Path(path).name)
        except OSError as error:
            raise reading.said_of(error, path) from error


def _load(file: BinaryIO, name: str) -> Project:
    _check_end(file, name)
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive, name)
            with archive.open(members[_JSON]) as stream:
                text = _read_exactly(stream, members[_JSON].file_size, name)
            document = upgraded(parse_json(text, name), name)
            reader = Fields(document, name)
            rows, columns, target = announced(reader)
            if (target == "none") == (_TARGETS in members):
                raise LabError(_WRONG_MEMBERS, file=name)
            with archive.open(members[_FEATURES]) as stream:
                features = _read_array(stream, (rows, columns), "<f8", name, _FEATURES)
            targets = None
            if target != "none":
                kind = "<i8" if target == "classes" else "<f8"
                with archive.open(members[_TARGETS]) as stream:
                    targets = _read_array(stream, (rows,), kind, name, _TARGETS)
            return assembled(reader, features, targets, checks_settings=True)
    except _DAMAGES as error:
        raise LabError(_DAMAGED, file=name) from error


def _check_end(file: BinaryIO, name: str) -> None:
    """The zip's last record, before the zip reader sees it: ours are at most three members, 32-bit, no comment."""
    size = file.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise LabError(_TOO_LARGE, file=name, most=MOST_BYTES // 2**20)
    file.seek(max(0, size - 42))
    tail = file.read(42)
    end = tail[-22:]
    is_zip = size >= 22 and end[:4] == b"PK\x05\x06" and tail[:4] != b"PK\x06\x07"
    if not is_zip or int.from_bytes(end[10:12], "little") > 3 or int.from_bytes(end[12:16], "little") > 4096:
        raise LabError(_NOT_A_PROJECT, file=name)
    file.seek(0)


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """The members by name: exactly ours, once each, plainly packed, and small enough together."""
    entries = archive.infolist()
    found = {entry.filename: entry for entry in entries}
    if len(found) != len(entries) or found.keys() not in ({_JSON, _FEATURES}, {_JSON, _FEATURES, _TARGETS}):
        raise LabError(_WRONG_MEMBERS, file=name)
    plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(entry.compress_type not in plain or entry.flag_bits & 1 for entry in entries):
        raise LabError(_WRONG_MEMBERS, file=name)
    if found[_JSON].file_size > MOST_JSON_BYTES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise LabError(_TOO_LARGE, file=name, most=MOST_BYTES // 2**20)
    return found


def _read_exactly(stream: IO[bytes], count: int, name: str, has_more: bool = False) -> bytearray:
    """`count` bytes, and (unless it `has_more`) no more behind them, whatever the file declares. The last read also
    checks the checksum."""
    data = bytearray()
    while len(data) < count:
        piece = stream.read(min(count - len(data), 2**20))
        if not piece:
            raise LabError(_DAMAGED, file=name)
        data += piece
    if not has_more and stream.read(1):
        raise LabError(_DAMAGED, file=name)
    return data


def _read_array(stream: IO[bytes], shape: tuple[int, ...], kind: str, name: str, member: str) -> np.ndarray:
    """An array whose header says exactly what project.json announced; only then are its bytes read.

    The header is read here, letter by letter as numpy writes it for such an array, and never evaluated.
    """
    start = _read_exactly(stream, len(_NPY_START) + 2, name, has_more=True)
    length = int.from_bytes(start[-2:], "little")
    if start[:-2] != _NPY_START or length > _MOST_NPY_HEADER:
        raise LabError(_DAMAGED, file=name)
    header = _NPY_HEADER.fullmatch(_read_exactly(stream, length, name, has_more=True))
    if header is None:
        raise LabError(_DAMAGED, file=name)
    if header.groups() != (kind.encode(), b"False", repr(shape).encode()):
        raise LabError(_WRONG_ARRAY, file=name, member=member)
    dtype = np.dtype(kind)
    data = _read_exactly(stream, math.prod(shape) * dtype.itemsize, name)
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


# Version 1.0 of numpy's format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
_NPY_START = b"\x93NUMPY\x01\x00"
_MOST_NPY_HEADER = 1_000
_NPY_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[a-zA-Z][0-9]{0,9})', 'fortran_order': (True|False), 'shape': (\([0-9, ]{0,200}\)), \} *\n"
)


# -- sentences -------------------------------------------------------------------------------------------------------


_TOO_LARGE_TO_SAVE = Text(
    "The data is larger than the {most} MB that {file} may hold, so nothing was written. Use fewer rows or columns.",
    "데이터가 {file:이/가} 담을 수 있는 {most}MB보다 커서 저장하지 않았습니다. 행이나 열을 줄이세요.",
)
_NOT_A_PROJECT = Text(
    "{file} is not an experiment file of Learnscope, or a part of it is missing. Open another file, or a copy of "
    "this one.",
    "{file:은/는} Learnscope 실험 파일이 아니거나 일부가 잘렸습니다. 다른 파일이나 이 파일의 다른 사본을 여세요.",
)
_DAMAGED = Text(
    "{file} is damaged: its contents are not what they were when it was saved. Open another copy of it.",
    "{file:이/가} 손상되었습니다. 저장할 때의 내용과 다릅니다. 다른 사본을 여세요.",
)
_WRONG_MEMBERS = Text(
    "{file} does not hold the parts that an experiment file has. Open another copy of it.",
    "{file}에는 실험 파일에 있어야 할 것과 다른 내용이 들어 있습니다. 다른 사본을 여세요.",
)
_WRONG_ARRAY = Text(
    "In {file}, the numbers in {member} do not have the form that the file announces. Open another copy of it.",
    "{file} 안의 {member:이/가} 파일에 적힌 형식과 다릅니다. 다른 사본을 여세요.",
)
_TOO_LARGE = Text(
    "{file} would unpack to more than {most} MB, which no experiment needs. It was not opened; use a smaller data set.",
    "{file:은/는} 풀었을 때 {most}MB가 넘어 열지 않았습니다. 더 작은 데이터셋을 쓰세요.",
)
