"""Where compiled kernels are kept, and how they come to be there before anybody waits: `python -m lab.sessions.kernel_cache`.

numba keeps what it has compiled, but asks no more of a kernel's cache than whether the kernel's own file has changed;
what was inlined from another file stays as it was. So the cache has a folder for every state of the sources: its name
is a digest of all of them and of the versions that matter. A checkout keeps it beside the sources, so that whoever sets
up a computer for a class does it for all; where that cannot be written, a person's own cache folder takes a copy, and
where there is no such folder either, a private one among the temporary files.

start.py runs this as a module at the end of the set-up; the window starts it in the background when it finds that the
sources have changed since. What is not there when it is needed is compiled by the worker at its first use.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.writing import make_folder, write_bytes

log = logging.getLogger(__name__)

HOUSE = Path(__file__).resolve().parents[2]
_FOLDER, _DONE = ".kernels", "compiled.txt"
_KEPT = 2  # states of the sources whose kernels are kept


def digest() -> str:
    """A name for the state of all kernels: the sources, Python, numba and the processor's kind. Installed packages that
    add algorithms count as sources: their kernels may have ours inlined, and may call each other across files."""
    found = hashlib.sha256(f"{sys.version} {sys.platform} {_version_of('numba')} {_version_of('llvmlite')}".encode())
    for file in sorted((HOUSE / "models").rglob("*.py")):
        found.update(file.relative_to(HOUSE).as_posix().encode())
        found.update(file.read_bytes())
    for file in _added_sources():
        found.update(str(file).encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _added_sources() -> list[Path]:
    """The files of installed packages that add algorithms, found without importing more than their rows."""
    import models

    files: set[Path] = set()
    for row in models.CATALOGUE:
        if models.is_added(row.id):
            with contextlib.suppress(ImportError, ValueError):
                spec = importlib.util.find_spec(row.module.partition(".")[0])
                folders = list(spec.submodule_search_locations or ()) if spec is not None else []
                files.update(file for folder in folders for file in Path(folder).rglob("*.py"))
                if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
                    files.add(Path(spec.origin))
    return sorted(file for file in files if file.is_file())


def use_cache() -> Path:
    """Make numba keep its kernels in a folder of this state of the sources, which can be written; returns it. To be
    called before an algorithm is imported; a folder that a person has named in NUMBA_CACHE_DIR is left to stand."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given)
    name = digest()
    base = next((folder for folder in _places() if _can_write(folder)), None)
    if base is None:
        base = Path(tempfile.mkdtemp(prefix="learnscope-"))
    folder, shared = base / name, HOUSE / _FOLDER / name
    if folder != shared and is_done(shared) and not folder.exists():
        with contextlib.suppress(OSError):  # half a copy is no harm: what is missing is compiled
            shutil.copytree(shared, folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    numba = sys.modules.get("numba")
    if numba is not None:  # it has read its settings already
        numba.config.CACHE_DIR = str(folder)
    return folder


def is_done(folder: Path) -> bool:
    """Whether everything was compiled into this folder."""
    return (folder / _DONE).is_file()


def compile_all() -> None:
    """Run a few moments of every algorithm, one by one and at full speed, on two and on three classes and on numbers,
    with every pane in view."""
    import models
    from lab.data.generators import generate
    from lab.data.tables.files import bundled_dataset
    from lab.document.project import Experiment
    from lab.protocol.commands import Begin, Frame, Seek, Step, Watch
    from lab.protocol.pane_kinds import PANE_IDS
    from lab.sessions.session import Session

    for row in filter(lambda row: models.can_load(row.id), models.CATALOGUE):
        for data in (generate("gaussians", n=30), generate("blobs", n=30), bundled_dataset("salary")):
            session = Session()
            session.handle(Watch(frozenset(PANE_IDS)))
            session.handle(Begin(data, Experiment(row.id, train_share=0.8), version=1))
            for _ in range(6):
                session.handle(Step(1))
                session.take_packet()
            session.handle(Seek(Frame(20)))
            while session.advance(0.0):
                pass


def compile_in_background() -> subprocess.Popen | None:
    """Start a process that compiles what is missing, without getting in anybody's way; None when nothing is missing or
    no process can be started (then the worker compiles at the first use)."""
    if is_done(use_cache()):
        return None
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HOUSE), os.environ.get("PYTHONPATH", "")])}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    gently = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "lab.sessions.kernel_cache"],
            cwd=HOUSE,
            env=environment,
            creationflags=gently,
            **quiet,
        )
    except OSError:
        log.info("kernels cannot be compiled in the background", exc_info=True)
        return None


@contextlib.contextmanager
def announced(tell: Callable[[bool], None]) -> Iterator[None]:
    """While this lasts, tell(True) when this process begins to compile a kernel and tell(False) when it is done, in the
    thread that compiles; kernels that are found in the cache are not announced."""
    from numba.core import event  # only now: the window asks for the rest of this file before its first picture

    class Announcer(event.Listener):
        depth = 0  # a kernel compiles those that it calls

        def on_start(self, event: object) -> None:
            self.depth += 1
            if self.depth == 1:
                tell(True)

        def on_end(self, event: object) -> None:
            self.depth -= 1
            if self.depth == 0:
                tell(False)

    with event.install_listener("numba:compile", Announcer()):
        yield


def main() -> None:
    """Compile everything into the cache, say so in it, and drop those of older sources."""
    if hasattr(os, "nice"):
        os.nice(10)
    folder = use_cache()
    compile_all()
    make_folder(folder)
    write_bytes(folder / _DONE, b"compiled\n")
    if folder.name == digest():  # one of ours, not one that a person has named
        _drop_older(folder)


def _drop_older(folder: Path) -> None:
    others = [other for other in folder.parent.iterdir() if other.is_dir() and other != folder]
    others.sort(key=lambda other: other.stat().st_mtime, reverse=True)
    for other in others[_KEPT - 1 :]:
        shutil.rmtree(other, ignore_errors=True)


def _places() -> list[Path]:
    """Folders that may hold the caches, the best first."""
    places = [HOUSE / _FOLDER] if (HOUSE / "start.py").is_file() else []
    own = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    with contextlib.suppress(RuntimeError):  # there may be no home
        places.append((Path(own) if own else Path.home() / ".cache") / "learnscope" / "kernels")
    places.append(Path(tempfile.gettempdir()) / f"learnscope-kernels-{os.getuid() if hasattr(os, 'getuid') else 'own'}")
    return places


def _can_write(folder: Path) -> bool:
    """Whether files can be made in a folder that is nobody else's: its files will be run."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        status = os.lstat(folder)
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    is_open = bool(status.st_mode & (stat.S_IWOTH | stat.S_IWGRP))
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not is_open


def _version_of(package: str) -> str:
    """The version that is installed, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
