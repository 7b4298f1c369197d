"""Unsaved work, kept where a crash, a kill or a power cut does not reach it, and found again at the next start.

Each window with unsaved work has a folder of its own, named after its process, with its last VERSIONS: NUMBER.learnscope
is a project file, NUMBER.json says when it was written and which file it is an unsaved change of. A window that is saved
or closed removes its folder; a folder whose process is gone is what a crash left, and is offered.

The folders lie where the system keeps the state of programs; where that cannot be written, among the temporary files.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.document import storage
from lab.document.project import Project
from lab.document.project_json import MOST_JSON_BYTES, parse_json
from lab.errors import LabError
from lab.own_folders import private_temporary, state_folder
from lab.owners import HERE, Owner, is_alive
from lab.reading import read_bytes
from lab.writing import make_folder, write_bytes
from models.words.text import Text

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("learnscope.autosaves")

VERSIONS = 3
MOST_BYTES_OF_A_WINDOW = 64 * 2**20  # its older versions go first; the newest always stays
MOST_LEFT, MOST_BYTES_LEFT = 12, 256 * 2**20  # of what crashes left: the oldest go first
ELSEWHERE_S = 600.0  # a window on another computer that has given no sign for so long is gone
_EMPTY_S = 3600.0
_LOCK = "lock"
_FOLDER = re.compile(r"window-([0-9a-f]{8})-([0-9a-f]+)-([0-9a-f]+)-[0-9a-f]+")
_VERSION = re.compile(r"([0-9]{6,12})\.learnscope")


def places() -> tuple[Path, ...]:
    """Where autosaves may lie, the best first."""
    state, temporary = state_folder(), private_temporary("autosaves")
    return tuple(place for place in (state and state / "autosaves", temporary) if place is not None)


class Autosaves:
    """What one window keeps. Not for two threads at once."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = list(places)
        self._folder: Path | None = None
        self._lock: int | None = None
        self._number = 0

    @property
    def folder(self) -> Path | None:
        """Where this window's versions lie; None while it has none."""
        return self._folder

    def keep(self, project: Project, path: Path | None) -> None:
        """One more version: `project` is an unsaved change of the file `path`, or of none. Raises LabError when it cannot
        be kept in any place."""
        first: LabError | None = None
        tried = [self._folder.parent] if self._folder is not None else []
        for place in (*tried, *(place for place in self._places if place not in tried)):
            try:
                self._keep_in(place, project, path)
                return
            except LabError as error:
                first = first or error
        raise first or LabError(_NO_PLACE)

    def _keep_in(self, place: Path, project: Project, path: Path | None) -> None:
        if self._folder is not None and self._folder.parent == place and self._folder.is_dir():
            self._write(self._folder, project, path)
            return
        folder = place / _name()
        make_folder(place, 0o700)
        make_folder(folder, 0o700)
        lock = _locked(folder)
        try:
            self._write(folder, project, path)
        except BaseException:
            _close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.drop()
        self._folder, self._lock = folder, lock

    def _write(self, folder: Path, project: Project, path: Path | None) -> None:
        name = f"{self._number + 1:06d}"
        about = {"written": time.time(), "path": None if path is None else os.fspath(path)}
        write_bytes(folder / f"{name}.json", json.dumps(about).encode())
        storage.save(project, folder / f"{name}{storage.SUFFIX}", packs=False)
        self._number += 1
        _thin_out(folder)

    def sign(self) -> None:
        """This window still lives: for those that look at its folder from another computer."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                os.utime(self._folder / _LOCK)

    def drop(self) -> None:
        """Nothing is unsaved any more."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        _close(self._lock)
        self._folder = self._lock = None

    def adopt(self, left: Left) -> bool:
        """Make what another window left this one's own; False when another window, or nobody, has it by now."""
        folder = left.folder.parent / _name()
        if left.is_living():
            return False
        try:
            left.folder.rename(folder)
        except OSError:
            return False
        self.drop()
        self._folder, self._lock = folder, _locked(folder)
        self._number = max((number for number, _ in _versions(folder)), default=0)
        return True


@dataclass(frozen=True)
class Left:
    """What a window left that is gone. written: when, in seconds since 1970; path: the file it is a change of."""

    folder: Path
    owner: Owner
    written: float
    path: Path | None

    def load(self) -> Project:
        """The newest version that can be read. Raises LabError when there is none."""
        last: LabError | None = None
        for _, version in reversed(_versions(self.folder)):
            try:
                return storage.load(version)
            except LabError as error:
                last = error
                log.warning("an autosave cannot be read: %s", error)
        raise last or LabError(_GONE)

    def discard(self) -> None:
        """Remove it for good, unless a window has taken it meanwhile."""
        if not self.is_living():
            shutil.rmtree(self.folder, ignore_errors=True)

    def is_living(self) -> bool:
        """Whether its window still runs."""
        return _is_living(self.folder, self.owner)


def left_behind(places: Sequence[Path]) -> tuple[Left, ...]:
    """What windows left that are gone, the newest first. Removes the oldest beyond the bounds, and empty folders."""
    found = [left for place in places for left in _left_in(place)]
    found.sort(key=lambda left: left.written, reverse=True)
    kept: list[Left] = []
    total = 0
    for left in found:
        total += sum(_size(version) for _, version in _versions(left.folder))
        if kept and (len(kept) >= MOST_LEFT or total > MOST_BYTES_LEFT):
            left.discard()
        else:
            kept.append(left)
    return tuple(kept)


def _left_in(place: Path) -> Iterator[Left]:
    try:
        folders = sorted(place.iterdir())
    except OSError:
        return
    for folder in folders:
        name = _FOLDER.fullmatch(folder.name)
        if name is None or not folder.is_dir():
            continue
        owner = Owner(name[1], int(name[2], 16), int(name[3], 16))
        if _is_living(folder, owner):
            continue
        versions = _versions(folder)
        if versions:
            yield Left(folder, owner, *_about(versions[-1][1]))
        elif time.time() - _changed(folder) > _EMPTY_S:
            shutil.rmtree(folder, ignore_errors=True)


# -- inside ----------------------------------------------------------------------------------------------------------


def _name() -> str:
    return f"window-{HERE.host}-{os.getpid():x}-{HERE.started:x}-{os.urandom(4).hex()}"


def _locked(folder: Path) -> int | None:
    """The folder's lock, held until it is closed or this process ends; None where this system or disk has none."""
    if fcntl is None:
        return None
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _close(lock: int | None) -> None:
    if lock is not None:
        with contextlib.suppress(OSError):
            os.close(lock)


def _is_living(folder: Path, owner: Owner) -> bool:
    """Whether the window whose folder this is still runs: by its lock, and where there is none by its process."""
    held = _is_held(folder)
    if held:
        return True
    if owner.host != HERE.host:
        return time.time() - max(_changed(folder), _changed(folder / _LOCK)) < ELSEWHERE_S
    return is_alive(owner) if held is None else False


def _is_held(folder: Path) -> bool | None:
    """Whether somebody holds a folder's lock; None where that cannot be told."""
    if fcntl is None:
        return None
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(handle)


def _versions(folder: Path) -> list[tuple[int, Path]]:
    """The versions in a folder by number, the oldest first."""
    try:
        names = [(_VERSION.fullmatch(path.name), path) for path in folder.iterdir()]
    except OSError:
        return []
    return sorted((int(name[1]), path) for name, path in names if name is not None)


def _thin_out(folder: Path) -> None:
    total = 0
    for place, (_, version) in enumerate(reversed(_versions(folder))):
        total += _size(version)
        if place and (place >= VERSIONS or total > MOST_BYTES_OF_A_WINDOW):
            for path in (version, version.with_suffix(".json")):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def _about(version: Path) -> tuple[float, Path | None]:
    """When a version was written, and the file that it is a change of."""
    try:
        given = parse_json(read_bytes(version.with_suffix(".json"), MOST_JSON_BYTES + 1), version.name)
    except LabError:
        given = {}
    written: Any = given.get("written")
    if type(written) not in (int, float) or not math.isfinite(written) or not 0 <= written < 2**40:
        written = _changed(version)
    path = given.get("path")
    is_path = isinstance(path, str) and "\0" not in path and os.path.isabs(path)
    return float(written), Path(str(path)) if is_path else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


_NO_PLACE = Text(
    "There is no folder in which unsaved work could be kept.", "저장하지 않은 작업을 보관할 폴더가 없습니다."
)
_GONE = Text(
    "The unsaved work is not there any more. Another window has opened or discarded it.",
    "저장하지 않은 작업이 더는 없습니다. 다른 창에서 열었거나 버렸습니다.",
)
