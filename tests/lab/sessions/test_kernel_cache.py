"""Where compiled kernels are kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lab.sessions import kernel_cache as kernels

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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home" / ".cache"))
    monkeypatch.setattr(kernels.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setattr(kernels.sys, "modules", {k: v for k, v in sys.modules.items() if k != "numba"})
    return root


def deny(monkeypatch, *folders: Path) -> None:
    """Nothing can be written below these folders."""
    can_write = kernels._can_write
    monkeypatch.setattr(
        kernels, "_can_write", lambda place: not any(place.is_relative_to(f) for f in folders) and can_write(place)
    )


def test_that_a_change_in_any_source_is_another_cache(house):
    first = kernels.digest()
    assert kernels.digest() == first
    (house / "models" / "core" / "draws.py").write_text("seed = 2\n")
    second = kernels.digest()
    (house / "models" / "new.py").write_text("")
    assert len({first, second, kernels.digest()}) == 3


def test_that_a_checkout_keeps_its_kernels_beside_the_sources(house):
    folder = kernels.use_cache()
    assert folder == house / ".kernels" / kernels.digest()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)


def test_that_a_folder_named_by_a_person_is_left_to_stand(house, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert kernels.use_cache() == tmp_path / "mine"


def test_that_a_class_takes_a_copy_of_what_was_compiled_for_all(house, monkeypatch, tmp_path):
    shared = house / ".kernels" / kernels.digest()
    shared.mkdir(parents=True)
    (shared / "kernel.nbc").write_bytes(b"compiled")
    (shared / "compiled.txt").write_text("compiled\n")
    deny(monkeypatch, house)
    folder = kernels.use_cache()
    assert folder.is_relative_to(tmp_path / "home") and kernels.is_done(folder)
    assert (folder / "kernel.nbc").read_bytes() == b"compiled"


def test_that_there_is_a_place_where_neither_the_sources_nor_the_home_can_be_written(house, monkeypatch, tmp_path):
    deny(monkeypatch, house, tmp_path / "home")
    again = kernels.use_cache()
    assert again.parent.parent == tmp_path and again.parent.name.startswith("learnscope-kernels-")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    assert kernels.use_cache() == again, "the next start finds it again"
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    deny(monkeypatch, tmp_path)
    assert kernels.use_cache().parent.is_dir(), "for this start alone"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX permissions")
def test_that_a_folder_in_which_others_can_write_is_not_used(house):
    open_folder = house / ".kernels"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    assert not kernels.use_cache().is_relative_to(house)
    open_folder.chmod(0o755)
    os.environ["NUMBA_CACHE_DIR"] = ""
    assert kernels.use_cache().is_relative_to(house)
    assert not stat.S_IMODE(open_folder.stat().st_mode) & 0o022


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
    assert command[1:] == ["-m", "lab.sessions.kernel_cache"] and options["cwd"] == house
    folder = kernels.use_cache()
    folder.mkdir(parents=True)
    (folder / "compiled.txt").write_text("compiled\n")
    assert kernels.compile_in_background() is None and len(started) == 1


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
        os.environ["NUMBA_CACHE_DIR"] = ""
        (house / "models" / "knn.py").write_text(f"k = {version}\n")
        kernels.main()
        made.append(kernels.digest())
        folder = house / ".kernels" / made[-1]
        os.utime(folder, (version, version))
    assert {folder.name for folder in (house / ".kernels").iterdir()} == set(made[-2:])
    assert kernels.is_done(house / ".kernels" / made[-1])


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
