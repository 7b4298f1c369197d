"""Compiled kernels as files: what is damaged, strange or somebody else's is never read, and never the end of the program."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from lab.sessions import kernel_files
from lab.sessions.kernel_files import KernelFile, is_sealed
from tests.lab.sessions.test_kernel_cache import AS_ROOT, HOUSE, POSIX, SHUFFLES

KEY = ("float64(float64)", ("x86_64", "a processor", "+avx2"), ("code", ""))


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    """A folder for kernels."""
    found = kernel_files.Kept(own=tmp_path / "kernels", state="a state", is_in_use=True)
    monkeypatch.setattr(kernel_files, "KEPT", found)
    return found.own


def kernel(base: str = "knn.vote-3.py311") -> KernelFile:
    return KernelFile("knn_0a1b", base, "a stamp")


def files_of(kept: Path, ending: str) -> list[Path]:
    found = sorted(kept.rglob("*" + ending))
    assert found
    return found


DAMAGES = {
    "empty": lambda content: b"",
    "one byte": lambda content: content[:1],
    "half": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-1],
    "longer": lambda content: content + b"x",
    "a bit": lambda content: bytes([*content[:9], content[9] ^ 1, *content[10:]]),
    "a bit of the seal": lambda content: bytes([*content[:-1], content[-1] ^ 1]),
    "zeros": lambda content: bytes(len(content)),
    "text": lambda content: b"#!/bin/sh\n" * 9,
}


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_that_what_is_damaged_is_as_good_as_not_there_and_is_written_anew(kept, ending, damage):
    kernel().save(KEY, {"machine": b"code"})
    assert kernel().load(KEY) == {"machine": b"code"}
    for file in files_of(kept, ending):
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
    assert kernel().load(KEY) is None
    kernel().save(KEY, {"machine": b"code"})
    assert kernel().load(KEY) == {"machine": b"code"} and kernel_files.KEPT.trouble is None


def test_that_a_whole_file_in_the_place_of_another_is_not_read(kept):
    kernel().save(KEY, b"one")
    kernel("knn.distance-9.py311").save(KEY, b"two")
    one, two = sorted(files_of(kept, ".nbc"))
    one.write_bytes(two.read_bytes())
    assert [kernel("knn.distance-9.py311").load(KEY), kernel().load(KEY)].count(None) == 1


def test_that_kernels_of_other_sources_are_not_read(kept):
    kernel().save(KEY, b"code")
    kernel_files.KEPT.state = "another state"
    assert kernel().load(KEY) is None


def test_that_each_types_and_processor_has_files_of_its_own(kept):
    keys = [KEY, ("int64(int64)", *KEY[1:]), (KEY[0], ("x86_64", "another", "+avx512f"), KEY[2])]
    for number, key in enumerate(keys):
        kernel().save(key, number)
    assert [kernel().load(key) for key in keys] == [0, 1, 2] and len(files_of(kept, ".nbc")) == 3


class Planted:
    """A pickle that makes a folder when somebody loads it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_that_a_planted_pickle_is_never_loaded(kept, tmp_path, ending):
    kernel().save(KEY, b"code")
    for file in files_of(kept, ending):
        file.write_bytes(pickle.dumps(Planted(tmp_path / "planted")))
    assert kernel().load(KEY) is None
    kernel().save(KEY, b"code")
    assert not (tmp_path / "planted").exists()


@POSIX
def test_that_links_pipes_and_files_that_others_can_write_are_not_read(kept, tmp_path):
    kernel().save(KEY, b"code")
    (file,) = files_of(kept, ".nbc")
    content = file.read_bytes()
    assert is_sealed(file)
    file.chmod(0o666)
    assert not is_sealed(file) and kernel().load(KEY) is None
    file.unlink()
    elsewhere = tmp_path / file.name
    elsewhere.write_bytes(content)
    file.symlink_to(elsewhere)
    assert not is_sealed(file) and kernel().load(KEY) is None
    file.unlink()
    os.mkfifo(file)
    assert not is_sealed(file) and kernel().load(KEY) is None
    file.unlink()
    file.mkdir()
    assert not is_sealed(file) and kernel().load(KEY) is None


@AS_ROOT
def test_that_the_file_of_somebody_else_is_not_read(kept):
    kernel().save(KEY, b"code")
    (file,) = files_of(kept, ".nbc")
    os.chown(file, 65534, 65534)
    assert kernel().load(KEY) is None
    os.chown(file, 0, 0)
    assert kernel().load(KEY) == b"code"


@POSIX
def test_that_kernels_are_readable_for_a_class_and_writable_for_nobody_else_whatever_the_umask(kept):
    before = os.umask(0o002)
    try:
        kernel().save(KEY, b"code")
    finally:
        os.umask(before)
    assert all(file.stat().st_mode & 0o777 == 0o644 for file in files_of(kept, ".nb?"))
    assert kernel().load(KEY) == b"code"


def test_that_a_shared_folder_is_read_and_never_written(kept, tmp_path):
    kernel().save(KEY, b"shared")
    kernel_files.KEPT.own, kernel_files.KEPT.shared = tmp_path / "own", (kept,)
    assert kernel().load(KEY) == b"shared"
    before = {file: file.read_bytes() for file in kept.rglob("*.nb?")}
    kernel().save(KEY, b"own")
    assert kernel().load(KEY) == b"own"
    assert {file: file.read_bytes() for file in kept.rglob("*.nb?")} == before


def test_that_a_disk_that_refuses_is_remembered_and_no_error(kept, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel_files._Sealing, "write", full)
    kernel().save(KEY, b"code")
    assert kernel_files.KEPT.trouble.en == "No space left on device" and kernel().load(KEY) is None
    assert not [file for file in kept.rglob("*") if file.is_file()], "nothing half written is left"


def test_that_without_a_folder_nothing_is_kept(kept):
    kernel_files.KEPT.own = None
    kernel().save(KEY, b"code")
    assert kernel().load(KEY) is None and not kept.exists()


def shuffled(cache: Path, before: str = "") -> tuple[int, str]:
    """A real kernel in a process of its own. -> (how many were found, what was shuffled and said)"""
    code = (
        before
        + SHUFFLES.format(house=str(HOUSE))
        + "said = kernels.trouble()\nprint(said.say('en') if said else None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return int(lines[1].split()[0]), " ".join(lines[1:])


def test_that_a_damaged_cache_heals_by_itself(tmp_path):
    assert shuffled(tmp_path / "kernels")[0] == 0
    for number, file in enumerate(sorted((tmp_path / "kernels").rglob("*.nb?"))):
        file.write_bytes(list(DAMAGES.values())[number % len(DAMAGES)](file.read_bytes()))
    found, said = shuffled(tmp_path / "kernels")
    assert found == 0 and "[0, 1, 2, 3, 4, 5, 6, 7, 8]" in said
    assert shuffled(tmp_path / "kernels")[0] == 1


LIMIT = """
import resource, signal, sys
sys.path.insert(0, {house!r})
from lab.sessions import kernel_cache
kernel_cache._TRIAL_BYTES = {trial}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
"""


@POSIX
@pytest.mark.parametrize(("room", "trial"), [(0, 2**16), (4096, 1)])
def test_that_a_kernel_runs_where_there_is_no_room_for_it_and_says_so(tmp_path, room, trial):
    """No room at all, and room for the trial but not for the kernel."""
    found, said = shuffled(tmp_path / "kernels", LIMIT.format(house=str(HOUSE), room=room, trial=trial))
    assert found == 0 and "[0, 1, 2, 3, 4, 5, 6, 7, 8]" in said
    assert "cannot be kept" in said and "File too large" in said
