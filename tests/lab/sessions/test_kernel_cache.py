"""Where compiled kernels are kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lab.sessions import kernel_cache as kernels
from lab.sessions import kernel_files
from models.words.text import Text

POSIX = pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of POSIX")
AS_ROOT = pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
HOUSE = Path(__file__).resolve().parents[3]

SHUFFLES = """
import sys
from pathlib import Path
sys.path.insert(0, {house!r})
from lab.sessions import kernel_cache as kernels
folder = kernels.use_cache()
import numpy as np
from models.arithmetic import draws
order = np.zeros(9, dtype=np.int64)
draws.shuffle(7, 0, draws.ORDER, order)
print(folder)
folder = folder or "/nowhere"
print(sum(draws.shuffle.stats.cache_hits.values()), len(list(Path(folder).rglob("*.nbc"))), sorted(order.tolist()))
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A checkout with two algorithms, and a home of its own; nothing said about numba's cache."""
    root = tmp_path / "house"
    (root / "models" / "core").mkdir(parents=True)
    (root / "start.py").write_text("")
    (root / "models" / "knn.py").write_text("k = 3\n")
    (root / "models" / "core" / "draws.py").write_text("seed = 1\n")
    monkeypatch.setattr(kernels, "HOUSE", root)
    monkeypatch.setattr(kernel_files, "KEPT", kernel_files.Kept(is_in_use=True))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home" / ".cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    return root


def deny(monkeypatch, *folders: Path) -> None:
    """Nothing can be written below these folders."""
    make = kernels._make

    def refused(place, *more, **options):
        if any(place.is_relative_to(f) for f in folders):
            return Text(f"{place}: Permission denied", f"{place}: 권한 없음")
        return make(place, *more, **options)

    monkeypatch.setattr(kernels, "_make", refused)


def compiled(folder: Path) -> Path:
    """A folder into which everything was compiled."""
    folder.mkdir(parents=True, mode=0o755)
    (folder / f"compiled-{kernel_files.processor()}.txt").write_text("compiled\n")
    return folder


def test_that_a_change_in_any_source_is_another_cache(house):
    first = kernels.digest()
    assert kernels.digest() == first
    (house / "models" / "core" / "draws.py").write_text("seed = 2\n")
    second = kernels.digest()
    (house / "models" / "new.py").write_text("")
    assert len({first, second, kernels.digest()}) == 3


def test_that_a_moved_checkout_is_compiled_anew(house, monkeypatch):
    first = kernels.digest()
    compiled(house / ".kernels" / first)
    kernels.use_cache()
    assert kernels.is_compiled()
    monkeypatch.setattr(kernels, "HOUSE", house.rename(house.with_name("elsewhere")))
    assert kernels.digest() != first
    kernels.use_cache()
    assert not kernels.is_compiled()


def test_that_another_processor_compiles_anew(house, monkeypatch):
    compiled(house / ".kernels" / kernels.digest())
    kernels.use_cache()
    assert kernels.is_compiled()
    monkeypatch.setattr(kernel_files, "processor", lambda: "another")
    assert not kernels.is_compiled()


def test_that_a_checkout_keeps_its_kernels_beside_the_sources(house):
    folder = kernels.use_cache()
    assert folder == house / ".kernels" / kernels.digest() == kernel_files.KEPT.own
    assert kernels.trouble() is None


def test_that_a_folder_named_by_a_person_is_taken(house, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert kernels.use_cache() == tmp_path / "mine" == kernel_files.KEPT.own


def test_that_a_class_reads_what_was_compiled_for_all_and_keeps_its_own_at_home(house, monkeypatch, tmp_path):
    shared = compiled(house / ".kernels" / kernels.digest())
    deny(monkeypatch, house)
    folder = kernels.use_cache()
    assert folder.is_relative_to(tmp_path / "home") and kernel_files.KEPT.shared == (shared,)
    assert kernels.is_compiled() and kernels.compile_in_background() is None


def test_that_there_is_a_place_where_neither_the_sources_nor_the_home_can_be_written(house, monkeypatch, tmp_path):
    deny(monkeypatch, house, tmp_path / "home")
    again = kernels.use_cache()
    assert again.parent.parent == tmp_path / "temporary" and again.parent.name.startswith("learnscope-kernels-")
    assert kernels.use_cache() == again, "the next start finds it again"


def test_that_without_any_place_nothing_is_kept_and_it_is_said_once(house, monkeypatch, tmp_path):
    deny(monkeypatch, tmp_path)
    assert kernels.use_cache() is None and kernel_files.KEPT.own is None
    assert "Permission denied" in kernels.trouble().say("en") and kernels.trouble() is None
    kernels.use_cache()
    assert kernels.trouble() is None
    assert kernels.compile_in_background() is None


@pytest.mark.parametrize("home", [None, "", "relative/home", "/", "a file", "a dangling link"])
def test_that_a_person_without_a_home_has_kernels_among_the_temporary_files(house, monkeypatch, tmp_path, home):
    (tmp_path / "a file").write_text("")
    (tmp_path / "a dangling link").symlink_to(tmp_path / "nowhere")
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", str(tmp_path / home) if home.startswith("a ") else home)
    if hasattr(os, "getuid"):
        monkeypatch.setitem(sys.modules, "pwd", None)  # a number without a name, as in a container
    deny(monkeypatch, house)
    assert kernels.use_cache().is_relative_to(tmp_path / "temporary")


def test_that_a_relative_cache_folder_is_passed_over(house, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")
    deny(monkeypatch, house)
    assert kernels.use_cache().is_relative_to(tmp_path / "home" / ".cache")


@POSIX
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
@pytest.mark.parametrize("inner", [False, True])
def test_that_a_folder_in_which_others_can_write_is_neither_used_nor_read(house, mode, inner):
    place = compiled(house / ".kernels" / kernels.digest())
    place = place if inner else place.parent
    place.chmod(mode)
    assert not kernels.use_cache().is_relative_to(house)
    assert kernel_files.KEPT.shared == () and not kernels.is_compiled()
    place.chmod(0o755)
    assert kernels.use_cache().is_relative_to(house)
    assert not stat.S_IMODE(place.stat().st_mode) & 0o022


@POSIX
@pytest.mark.parametrize("inner", [False, True])
def test_that_a_link_is_not_followed_to_kernels(house, tmp_path, inner):
    real = compiled(tmp_path / "real" / kernels.digest())
    if inner:
        (house / ".kernels").mkdir()
        (house / ".kernels" / kernels.digest()).symlink_to(real)
    else:
        (house / ".kernels").symlink_to(real.parent)
    assert not kernels.use_cache().is_relative_to(house)
    assert kernel_files.KEPT.shared == () and not kernels.is_compiled()


@AS_ROOT
@pytest.mark.parametrize("inner", [False, True])
def test_that_the_folder_of_somebody_else_is_neither_used_nor_read(house, inner):
    place = compiled(house / ".kernels" / kernels.digest())
    os.chown(place if inner else place.parent, 65534, 65534)
    assert not kernels.use_cache().is_relative_to(house)
    assert kernel_files.KEPT.shared == () and not kernels.is_compiled()


@POSIX
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o077])
def test_that_new_folders_are_private_whatever_the_umask_and_a_class_can_read_those_beside_the_sources(
    house, monkeypatch, tmp_path, umask
):
    before = os.umask(umask)
    try:
        beside = kernels.use_cache()
        deny(monkeypatch, house)
        at_home = kernels.use_cache()
    finally:
        os.umask(before)
    assert [stat.S_IMODE(place.stat().st_mode) for place in (beside, beside.parent)] == [0o755, 0o755]
    assert [stat.S_IMODE(place.stat().st_mode) for place in (at_home, at_home.parent)] == [0o700, 0o700]


def test_that_kernels_are_kept_and_found_again_in_a_folder_with_hangul(tmp_path):
    home = tmp_path / "홍길동의 컴퓨터"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(home / "커널")}
    told = [
        subprocess.run(
            [sys.executable, "-c", SHUFFLES.format(house=str(HOUSE))],
            env=environment, capture_output=True, text=True, encoding="utf-8", check=True, timeout=300,
        ).stdout.splitlines()
        for _ in range(2)
    ]  # fmt: skip
    assert told[0][0] == str(home / "커널")
    assert told[0][1].startswith("0 ") and not told[0][1].startswith("0 0")
    assert told[1][1].startswith("1 ")
    assert all(line[1].endswith("[0, 1, 2, 3, 4, 5, 6, 7, 8]") for line in told)


def test_that_the_background_compiles_only_what_is_missing(house, monkeypatch):
    started = []
    monkeypatch.setattr(kernels.subprocess, "Popen", lambda command, **options: started.append((command, options)))
    kernels.compile_in_background()
    ((command, options),) = started
    assert command[1:3] == ["-m", "lab.sessions.kernel_cache"] and options["cwd"] == house
    folder = kernels.use_cache()
    folder.rmdir()
    compiled(folder)
    assert kernels.compile_in_background() is None and len(started) == 1


IN_BACKGROUND = """
import sys, time
sys.path.insert(0, {house!r})
from lab.sessions import kernel_cache as kernels
print(kernels.compile_in_background().pid, flush=True)
time.sleep({seconds})
"""


@POSIX
@pytest.mark.parametrize("is_killed", [False, True])
def test_that_what_compiles_in_the_background_ends_with_the_window_however_that_ends(tmp_path, is_killed):
    parent = subprocess.Popen(
        [sys.executable, "-c", IN_BACKGROUND.format(house=str(HOUSE), seconds=60 if is_killed else 0)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    child = int(parent.stdout.readline())
    if is_killed:
        assert is_there(child)
        parent.kill()
    parent.wait(timeout=60)
    parent.stdout.close()
    until = time.monotonic() + 20  # it may still be starting
    while is_there(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_there(child)
    assert not list((tmp_path / "kernels").glob("compiled-*"))


def is_there(process: int) -> bool:
    """Whether a process still runs; one that nobody has asked for its end (a zombie) does not."""
    try:
        os.kill(process, 0)
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # gone meanwhile, or a system without /proc
        return not os.path.isdir("/proc/self")


def test_that_a_computer_that_starts_no_process_compiles_at_the_first_use(house, monkeypatch):
    def refused(*_arguments, **_options):
        raise OSError("no more processes")

    monkeypatch.setattr(kernels.subprocess, "Popen", refused)
    assert kernels.compile_in_background() is None


def test_that_kernels_of_older_sources_are_dropped_but_for_the_last(house, monkeypatch):
    monkeypatch.setattr(kernels, "compile_all", lambda: None)
    monkeypatch.setattr(kernels.os, "nice", lambda _by: 0, raising=False)
    made = []
    for version in range(4):
        (house / "models" / "knn.py").write_text(f"k = {version}\n")
        kernels.main()
        made.append(kernels.digest())
        folder = house / ".kernels" / made[-1]
        os.utime(folder, (version, version))
    assert {folder.name for folder in (house / ".kernels").iterdir()} == set(made[-2:])
    assert kernels.is_done(house / ".kernels" / made[-1])


def test_that_what_an_ended_process_left_half_written_is_swept_up(house, monkeypatch):
    monkeypatch.setattr(kernels, "compile_all", lambda: None)
    monkeypatch.setattr(kernels.os, "nice", lambda _by: 0, raising=False)
    folder = kernels.use_cache()
    for name, age in (("old.nbc.tmp.1", 2 * 3600), ("new.nbc.tmp.2", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    kernels.main()
    assert [file.name for file in folder.glob("*.tmp.*")] == ["new.nbc.tmp.2"]


def test_that_a_cache_that_could_not_be_filled_is_not_called_full(house, monkeypatch):
    monkeypatch.setattr(kernels, "compile_all", lambda: setattr(kernel_files.KEPT, "trouble", kernels.NO_FOLDER))
    monkeypatch.setattr(kernels.os, "nice", lambda _by: 0, raising=False)
    with pytest.raises(SystemExit):
        kernels.main()
    assert not kernels.is_compiled()


def test_that_what_is_compiled_is_announced_once_for_all_that_it_calls_and_what_is_known_is_not():
    from numba import njit

    @njit
    def inner(x):
        return x + 1

    @njit
    def outer(x):
        return inner(x) * 2

    told = []
    with kernels.announced(told.append):
        assert outer(3) == 8
        assert told == [True, False]
        assert outer(4) == 10
    assert outer(1.5) == 5.0  # compiled anew, for numbers of another type, when nobody listens any more
    assert told == [True, False]


def test_that_a_kernel_that_cannot_be_compiled_is_announced_as_done_too():
    from numba import njit
    from numba.core.errors import TypingError

    @njit
    def wrong(x):
        return x.no_such_thing

    told = []
    with kernels.announced(told.append), pytest.raises(TypingError):
        wrong(1.0)
    assert told == [True, False]
