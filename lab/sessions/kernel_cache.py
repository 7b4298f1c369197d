"""Where compiled kernels are kept, and how they come to be there before anybody waits: `python -m lab.sessions.kernel_cache`.

numba keeps what it has compiled, but asks no more of a kernel's cache than whether the kernel's own file has changed;
what was inlined from another file stays as it was. So the cache has a folder for every state of the sources: its name
is a digest of all of them, of where they lie and of the versions that matter. A checkout keeps it beside the sources, so
that an administrator who sets up a computer for a class does it for all; where that cannot be written, a person's own
cache folder takes what is new, and where there is no such folder either, a private one among the temporary files. Where
nothing can be written the program compiles at every start, and says so once.

What lies in such a folder is run. So it is used only where nobody but the person can have put it there, or the system's
administrator (`why_not`), and each file carries a seal (`kernel_files`).

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
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lab.own_folders import cache_folder, home_folder, private_temporary
from lab.writing import make_folder, write_bytes
from models.words.sentences import filled
from models.words.text import Said, Text

log = logging.getLogger(__name__)

HOUSE = Path(__file__).resolve().parents[2]
UNTIL_ALONE = "--until-alone"
_FOLDER, _DONE = ".kernels", "compiled-{}.txt"
_KEPT = 2  # states of the sources whose kernels are kept
_TRIAL_BYTES = 2**16
_HALF_WRITTEN_S = 3600.0

NOT_KEPT = Text(
    "The algorithms' compiled code cannot be kept on this computer ({reason}). Everything works, but the first steps "
    "take some seconds more at every start.",
    "알고리즘을 컴파일한 코드를 이 컴퓨터에 보관할 수 없습니다({reason}). 모든 기능을 그대로 쓸 수 있지만, 시작할 때마다 "
    "처음 몇 단계가 몇 초씩 더 걸립니다.",
)
NO_FOLDER = Text("there is no private folder", "개인 폴더가 없음")
NOT_A_FOLDER = Text("{folder} is no folder", "{folder:은/는} 폴더가 아님")
NOT_PRIVATE = Text("others can write to {folder}", "{folder}에 다른 사람이 쓸 수 있음")
REFUSED = Text("{folder}: {reason}", "{folder}: {reason}")


def digest() -> str:
    """A name for the state of all kernels: the sources and their place (a moved checkout is another one), Python, numba;
    the processor is in the names of the files. Installed packages that add algorithms count as sources: their kernels
    may have ours inlined, and may call each other across files."""
    versions = f"{sys.version} {sys.platform} {_version_of('numba')} {_version_of('llvmlite')}"
    found = hashlib.sha256(f"{HOUSE} {versions}".encode("utf-8", "surrogateescape"))
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


def use_cache() -> Path | None:
    """Make numba keep its kernels in a folder of this state of the sources; returns it, None where there is no room for
    any. To be called before an algorithm is imported; a folder that a person has named in NUMBA_CACHE_DIR is taken, if
    it is a private one."""
    from lab.sessions import kernel_files

    name = digest()
    given = os.environ.get("NUMBA_CACHE_DIR")
    refused: Text | None = NO_FOLDER
    own: Path | None = None
    if given:
        own = Path(given).absolute()
        refused = _make(own.parent, 0o700) or _make(own, 0o700, is_private=True)
    for place, mode in () if given else _places():
        own = place / name
        refused = _make(place, mode, is_private=True) or _make(own, mode, is_private=True)
        if refused is None:
            break
    own = own if refused is None else None
    shared = HOUSE / _FOLDER / name
    may_read = own != shared and not given and shared.is_dir() and not (why_not(shared.parent) or why_not(shared))
    kernel_files.keep_in(own, (shared,) if may_read else (), name, refused)
    return own


def trouble() -> Said | None:
    """Why kernels are compiled at every start, once it is known, and told to nobody a second time."""
    from lab.sessions import kernel_files

    if kernel_files.KEPT.is_told or kernel_files.KEPT.trouble is None:
        return None
    kernel_files.KEPT.is_told = True
    return Said(NOT_KEPT, {"reason": kernel_files.KEPT.trouble})


def is_done(folder: Path) -> bool:
    """Whether everything was compiled into this folder, for a processor like this one."""
    from lab.sessions import kernel_files

    return (folder / _DONE.format(kernel_files.processor())).is_file()


def is_compiled() -> bool:
    """Whether everything is compiled where `use_cache` has found kernels."""
    from lab.sessions import kernel_files

    folders = (kernel_files.KEPT.own, *kernel_files.KEPT.shared)
    return any(folder is not None and is_done(folder) for folder in folders)


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
    """Start a process that compiles what is missing, without getting in anybody's way, and that ends with this one,
    however this one ends; None when nothing is missing, could not be kept, or no process can be started (then the
    worker compiles at the first use)."""
    if use_cache() is None or is_compiled():
        return None
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HOUSE), os.environ.get("PYTHONPATH", "")])}
    gently = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "lab.sessions.kernel_cache", UNTIL_ALONE],
            cwd=HOUSE,
            env=environment,
            creationflags=gently,
            stdin=subprocess.PIPE,  # nothing is ever written: it closes when this process is gone
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
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


def main(arguments: Sequence[str] = ()) -> None:
    """Compile everything into the cache, say so in it, and drop those of older sources."""
    if UNTIL_ALONE in arguments:
        threading.Thread(target=_end_when_alone, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)
    folder = use_cache()
    if folder is None:
        raise SystemExit(1)
    if is_done(folder):
        return
    compile_all()
    from lab.sessions import kernel_files

    if kernel_files.KEPT.trouble is not None:
        raise SystemExit(1)
    make_folder(folder)
    write_bytes(folder / _DONE.format(kernel_files.processor()), b"compiled\n")
    if folder.name == digest():  # one of ours, not one that a person has named
        _drop_older(folder)


def _end_when_alone() -> None:
    """End this process as soon as the one that started it has ended or does not want it any more."""
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(0)  # at once: what is half written has another name, and a seal at its end


def _drop_older(folder: Path) -> None:
    others = [other for other in folder.parent.iterdir() if other.is_dir() and other != folder]
    others.sort(key=lambda other: other.stat().st_mtime, reverse=True)
    for other in others[_KEPT - 1 :]:
        shutil.rmtree(other, ignore_errors=True)
    for half in folder.rglob("*.tmp.*"):  # of processes that were ended while they wrote
        with contextlib.suppress(OSError):
            if time.time() - half.stat().st_mtime > _HALF_WRITTEN_S:
                half.unlink()


def _places() -> Iterator[tuple[Path, int]]:
    """Folders that may hold the caches, the best first, each with the mode to make it with."""
    if (HOUSE / "start.py").is_file():
        yield HOUSE / _FOLDER, 0o755  # others may read what is there
    caches = cache_folder()
    if caches is not None:
        yield caches / "kernels", 0o700
    temporary = private_temporary("kernels")
    if temporary is not None:
        yield temporary, 0o700


def _make(folder: Path, mode: int, is_private: bool = False) -> Text | None:
    """Make a folder and those above it; why it cannot be used for kernels, None if it can."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=mode)
            if hasattr(os, "getuid"):
                folder.chmod(mode)  # the umask may have taken away what the class needs
        refused = why_not(folder, is_own=True) if is_private else None
        if is_private and refused is None:
            with tempfile.TemporaryFile(dir=folder) as file:  # an empty file is possible on a full disk
                file.write(bytes(_TRIAL_BYTES))
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        return filled(REFUSED, folder=str(folder), reason=getattr(error, "strerror", None) or str(error))
    return refused


def why_not(folder: Path, is_own: bool = False) -> Text | None:
    """Why what lies in a folder must not be run, or, with `is_own`, why nothing should be put there; None if it may. The
    folder must be there and no link, be the person's own or the administrator's, and nobody else may write in it. On
    Windows its place answers for that: it lies in the person's own profile. Raises OSError."""
    from lab.sessions.kernel_files import is_trusted

    if not hasattr(os, "getuid"):
        home = home_folder()
        is_private = home is not None and folder.resolve().is_relative_to(home.resolve())
        return None if is_private else filled(NOT_PRIVATE, folder=str(folder))
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        return filled(NOT_A_FOLDER, folder=str(folder))
    if not is_trusted(status) or (is_own and status.st_uid != os.getuid()):
        return filled(NOT_PRIVATE, folder=str(folder))
    return None


def _version_of(package: str) -> str:
    """The version that is installed, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main(sys.argv[1:])
