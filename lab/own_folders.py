"""Folders that the program uses for itself: where a system keeps the state of programs, and what to do without one."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

_NAME = "learnscope"


def state_folder() -> Path | None:
    """Where this system keeps what a program must not lose between two starts; None where the person has no home."""
    if sys.platform == "win32":
        given = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        given = ""
    else:
        given = os.environ.get("XDG_STATE_HOME", "")
    if given and os.path.isabs(given):  # a relative one is to be passed over (XDG Base Directory Specification)
        return Path(given) / _NAME
    home = home_folder()
    if home is None:
        return None
    beneath = {"win32": ("AppData", "Local"), "darwin": ("Library", "Application Support")}
    return home.joinpath(*beneath.get(sys.platform, (".local", "state")), _NAME)


def cache_folder() -> Path | None:
    """Where this system keeps what a program can make anew; None where the person has no home."""
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if given and os.path.isabs(given):
        return Path(given) / _NAME
    home = home_folder()
    return None if home is None else home / ".cache" / _NAME


def home_folder() -> Path | None:
    """The person's home, whether it is there or not; None for who has none. The root of all files is nobody's home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() and home != Path(home.anchor) else None


def private_temporary(name: str) -> Path | None:
    """A folder of this person's among the temporary files, made if it is missing; None where there is none or somebody
    else could put files into it."""
    owner = str(os.getuid()) if hasattr(os, "getuid") else "own"
    try:
        folder = Path(tempfile.gettempdir()) / f"{_NAME}-{name}-{owner}"
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if _is_own(folder) else None


def _is_own(folder: Path) -> bool:
    """Whether a folder is there, is no link, and nobody else can have put anything into it."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
