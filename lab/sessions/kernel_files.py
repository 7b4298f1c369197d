"""Compiled kernels as files that carry a seal: one that is damaged, strange or somebody else's is compiled anew.

numba's cache files are pickles and machine code, and it loads them without a look: an empty one ends the program at
every start, a changed one runs what it says. `keep_in` therefore puts two parts of ours in the places that numba has for
them: `Locator` (numba's setting CACHE_LOCATOR_CLASSES), which never asks for a folder that can be written, and
`KernelFile` in place of `numba.core.caching.IndexDataCacheFile`, which gives every compiled function files of its own,
ends each with the SHA-256 of its place and contents, reads none without that, and goes on without a file that cannot be
written. Folders are the business of `kernel_cache`, which knows whose they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import stat
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numba
from numba.core import caching

from models.words.text import Text

log = logging.getLogger("learnscope.kernels")

_SEAL_BYTES = hashlib.sha256().digest_size
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # in the name of a type: another one in every process


@dataclass
class Kept:
    """Where the kernels of this process are. own: the folder that takes new ones, None where there is none.
    shared: folders that are only read. state: names the sources that they were compiled from. trouble: what the system
    said when a kernel could not be kept. is_told: somebody was told of it. is_in_use: numba looks here."""

    own: Path | None = None
    shared: tuple[Path, ...] = ()
    state: str = ""
    trouble: Text | None = None
    is_told: bool = False
    is_in_use: bool = False


KEPT = Kept()


def keep_in(own: Path | None, shared: tuple[Path, ...], state: str, trouble: Text | None = None) -> None:
    """Have numba look for compiled kernels in these folders, and keep new ones in `own`. To be called before an
    algorithm is imported; later calls may change the folders."""
    KEPT.own, KEPT.shared, KEPT.state = own, shared, state
    KEPT.trouble = KEPT.trouble or trouble
    if not KEPT.is_in_use:
        numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{Locator.__name__}"
        caching.IndexDataCacheFile = KernelFile
        KEPT.is_in_use = True


def processor() -> str:
    """A name for what numba compiles for here: system, kind of processor, and the instructions that it has."""
    from numba.core.registry import cpu_target

    kind = "|".join(str(part) for part in cpu_target.target_context.codegen().magic_tuple())
    return hashlib.sha256(kind.encode()).hexdigest()[:12]


def is_trusted(status: os.stat_result) -> bool:
    """Whether what a file or folder holds was written by this person or by the system's administrator, and by nobody
    else. Where a system has no owners and modes (Windows) its place answers that."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def is_sealed(path: Path | str) -> bool:
    """Whether a file is whole, as it was written, and of somebody whose code may be run; a link never is."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError:
        return False
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not is_trusted(status):
            return False
        with open(handle, "rb", closefd=False) as file:
            content = file.read()
    except OSError:
        return False
    finally:
        os.close(handle)
    begun = _begun(str(path))
    begun.update(content[:-_SEAL_BYTES])
    return len(content) > _SEAL_BYTES and begun.digest() == content[-_SEAL_BYTES:]


class Locator(caching.UserProvidedCacheLocator):
    """Names the subfolder for a source file; that it can be written is asked by nobody before something is written."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._cache_path = self.get_suitable_cache_subpath(py_file)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Locator | None:
        return cls(py_func, py_file) if os.path.exists(py_file) else None

    def ensure_cache_path(self) -> None:
        """numba asks for this before it writes: `KernelFile.save` makes the folder, and may fail."""


class KernelFile:
    """numba's view of the compiled forms of one function: `load` and `save` by key (types, processor, code)."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        self._subfolder, self._base, self._stamp = cache_path, filename_base, source_stamp

    def load(self, key: Any) -> Any:
        """What was kept under `key`, or None: then it is compiled."""
        for folder in (KEPT.own, *KEPT.shared):
            if folder is not None:
                try:
                    found = self._entry(folder, key).load(key)
                except Exception:  # sealed, but by a program whose records have other names
                    log.info("a kernel in %s could not be read", folder, exc_info=True)
                    continue
                if found is not None:
                    return found
        return None

    def save(self, key: Any, data: Any) -> None:
        """Keep it; a disk that refuses is remembered, and nothing else happens."""
        if KEPT.own is None:
            return
        entry = self._entry(KEPT.own, key)
        try:
            os.makedirs(KEPT.own / self._subfolder, mode=0o755, exist_ok=True)
            entry.save(key, data)
        except OSError as error:
            if KEPT.trouble is None:
                log.warning("kernels cannot be kept in %s: %s", KEPT.own, error)
                KEPT.trouble = Text(error.strerror or str(error), error.strerror or str(error))

    def flush(self) -> None:
        """numba's wish to forget what it keeps of a function; it is asked for by no code of ours."""

    def _entry(self, folder: Path, key: Any) -> _Entry:
        name = hashlib.sha256(_ADDRESS.sub("", repr(key)).encode("utf-8", "backslashreplace")).hexdigest()[:16]
        return _Entry(str(folder / self._subfolder), f"{self._base}-{name}", self._stamp)


class _Entry(caching.IndexDataCacheFile):
    """Two files for one key, with numba's own contents and a seal at the end, which pickle does not read."""

    def _load_index(self) -> dict:
        return super()._load_index() if is_sealed(self._index_path) else {}

    def _load_data(self, name: str) -> Any:
        if not is_sealed(self._data_path(name)):
            raise OSError("no seal")  # to numba: the file is gone
        return super()._load_data(name)

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BinaryIO]:
        temporary = f"{filepath}.tmp.{uuid.uuid4().hex[:16]}"
        try:
            sealing = _Sealing(open(temporary, "wb"), _begun(filepath))  # closed by `close`, which may fail
            try:
                yield sealing  # type: ignore[misc]
                sealing.seal()
            finally:
                sealing.close()
            os.chmod(temporary, 0o644)  # whatever the umask: a file that a group can write is not read again
            os.replace(temporary, filepath)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


class _Sealing:
    """A file that knows the digest of what was written to it."""

    def __init__(self, file: BinaryIO, begun: Any) -> None:
        self._file, self._digest = file, begun

    def write(self, content: bytes) -> int:
        self._digest.update(content)
        return self._file.write(content)

    def seal(self) -> None:
        self._file.write(self._digest.digest())

    def close(self) -> None:
        self._file.close()


def _begun(path: str) -> Any:
    """A digest that has taken in which file it seals: a whole file in the place of another is as wrong as half a one."""
    subfolder, name = os.path.split(path)
    return hashlib.sha256(f"{KEPT.state}/{os.path.basename(subfolder)}/{name}\n".encode("utf-8", "backslashreplace"))


_BINARY = getattr(os, "O_BINARY", 0) if sys.platform == "win32" else 0
