from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lab import writing
from lab.data.generators import generate
from lab.data.tables.files import write_rows_csv
from lab.document import scenes, storage
from lab.document.project import Project
from lab.errors import LabError
from lab.leaving.export.folder import export_run
from lab.leaving.export.model import write_model
from lab.leaving.export.plot import write_plot_svg
from lab.leaving.export.result import write_result
from lab.owners import HERE, Owner, is_alive
from lab.protocol.commands import Begin
from lab.sessions.session import Session
from lab.writing import prepared, put_all_in_place, temporary_name, write_atomically, write_bytes

HOUSE = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="disks, links and modes as POSIX has them")
OLD = b"what was there before"


@pytest.fixture(scope="module")
def run():
    session = Session()
    session.handle(Begin(generate("blobs", 30), Project().experiment.replace(algorithm="kmeans"), version=1))
    return session.run, session.take_packet()


def _kinds(run):
    ran, packet = run
    learner, problem = ran.in_force(0)
    return {
        "bytes": ("a.png", lambda path: write_bytes(path, b"new" * 3000)),
        "project": ("a.learnscope", lambda path: storage.save(Project(generate("blobs", 800)), path)),
        "csv": ("a.csv", lambda path: write_rows_csv(path, ["x", "y"], [[i, i * i] for i in range(3000)])),
        "result": ("result.json", lambda path: write_result(path, ran)),
        "model": ("model.json", lambda path: write_model(path.parent, learner, ran.state_after(0), problem)),
        "svg": ("a.svg", lambda path: write_plot_svg(path, ran.dataset, packet, "ko")),
        "export": ("model.json", lambda path: export_run(path.parent, ran, packet, "en")),
        "scene": (
            "100-own.json",
            lambda path: scenes.save_own(path.parent, "own", "?", Project(generate("blobs", 60)), "en"),
        ),
    }


KINDS = ("bytes", "project", "csv", "result", "model", "svg", "export", "scene")


def said(work, *names: str) -> str:
    """The English sentence with which `work` is refused; both languages name what they must."""
    with pytest.raises(LabError) as caught:
        work()
    for lang in ("en", "ko"):
        sentence = caught.value.said.say(lang)
        assert all(name in sentence for name in names) and "Errno" not in sentence
    return caught.value.said.say("en")


def only(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- disks that really refuse ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def mounted(folder: Path, *arguments: str):
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no mount: {error}")
    if done.returncode:
        pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_that_a_full_disk_keeps_the_old_file_and_is_said(kind, run, tmp_path):
    name, write = _kinds(run)[kind]
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as disk:
        if kind != "scene":
            (disk / name).write_bytes(OLD)
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(1024))
        before = only(disk)
        assert "is full" in said(lambda: write(disk / name), str(disk))
        assert only(disk) == before and (kind == "scene" or (disk / name).read_bytes() == OLD)


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_that_a_disk_that_became_read_only_keeps_the_old_file_and_is_said(kind, run, tmp_path):
    name, write = _kinds(run)[kind]
    with mounted(tmp_path / "disk", "-t", "tmpfs", "tmpfs") as disk:
        (disk / name).write_bytes(OLD)
        if subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True).returncode:
            pytest.skip("a disk cannot be made read-only here")
        sentence = said(lambda: write(disk / name), str(disk))
        assert "can only be read" in sentence
        assert only(disk) == [name] and (disk / name).read_bytes() == OLD


@posix
def test_that_a_folder_bound_read_only_is_said(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_bytes(OLD)
    with mounted(tmp_path / "bound", "--bind", str(tmp_path / "real")) as bound:
        if subprocess.run(["mount", "-o", "remount,bind,ro", str(bound)], capture_output=True).returncode:
            pytest.skip("a folder cannot be bound read-only here")
        assert "can only be read" in said(lambda: write_bytes(bound / "a.csv", b"new"), "a.csv", str(bound))
        assert only(bound) == ["a.csv"] and (bound / "a.csv").read_bytes() == OLD


def other_process(program: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=HOUSE, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
@pytest.mark.parametrize("size", [100, 40_000])
def test_that_a_limit_on_the_size_of_files_is_said(size, tmp_path):
    path = tmp_path / "a.learnscope"
    path.write_bytes(OLD)
    program = """
import resource, sys
from lab.data.generators import generate
from lab.document import storage
from lab.document.project import Project
from lab.errors import LabError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    storage.save(Project(generate("blobs", 5000)), sys.argv[1])
except LabError as error:
    print(error)
"""
    assert "larger than a file" in other_process(program, path, size)
    assert only(tmp_path) == ["a.learnscope"] and path.read_bytes() == OLD


@posix
def test_that_a_folder_and_a_file_without_permission_are_said():
    """As nobody in particular: root may do everything."""
    folder = Path(tempfile.mkdtemp())
    try:
        for name, mode in (("locked", 0o555), ("open", 0o777)):
            (folder / name).mkdir()
            (folder / name / "a.csv").write_bytes(OLD)
            (folder / name / "a.csv").chmod(0o444)
            (folder / name).chmod(mode)
        folder.chmod(0o755)
        program = """
import os, sys
from lab.errors import LabError
from lab.writing import write_bytes
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for name in ("locked/b.csv", "locked/a.csv", "open/a.csv", "open/b.csv"):
    try:
        write_bytes(os.path.join(sys.argv[1], name), b"new")
        print("written")
    except LabError as error:
        print(error)
"""
        lines = other_process(program, folder).splitlines()
        assert "may not be written" in lines[0]
        assert "may not be written" in lines[1] and "write-protected" in lines[2]
        assert lines[3] == "written"
        assert (folder / "open" / "a.csv").read_bytes() == OLD == (folder / "locked" / "a.csv").read_bytes()
        assert only(folder / "locked") == ["a.csv"] and only(folder / "open") == ["a.csv", "b.csv"]
    finally:
        for name in ("locked", "open"):
            (folder / name).chmod(0o777)
        shutil.rmtree(folder)


# -- every call that can fail ------------------------------------------------------------------------------------------


class Fault:
    """Makes the n-th use of one call fail, for files beneath a folder that carry our mark."""

    def __init__(self, patch, call: str, number: int, at: int = 1) -> None:
        self.number, self.left = number, at
        name, where = ("fdopen", os) if call in ("write", "flush", "close", "tell") else (call, os)
        real = getattr(where, name)

        def failing(*arguments, **options):
            self.count()
            return real(*arguments, **options)

        def faulty_file(*arguments, **options):
            return FaultyFile(real(*arguments, **options), call, self)

        patch.setattr(where, name, faulty_file if name == "fdopen" else failing)

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(self.number, os.strerror(self.number))


class FaultyFile:
    def __init__(self, file, call: str, fault: Fault) -> None:
        self._file, self._call, self._fault = file, call, fault

    def __getattr__(self, name: str):
        method = getattr(self._file, name)
        if name != self._call:
            return method

        def failing(*arguments):
            if name == "close":  # what was open is closed, as Linux does it
                method()
            self._fault.count()
            return method(*arguments)

        return failing


CALLS = ("open", "write", "flush", "fsync", "fstat", "close", "replace", "tell")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.ESTALE, errno.EROFS, errno.EDQUOT, errno.EACCES])
@pytest.mark.parametrize("kind", KINDS)
def test_that_a_fault_at_any_call_keeps_the_old_files_whole_and_leaves_no_temporary(
    kind, number, run, tmp_path, monkeypatch
):
    name, write = _kinds(run)[kind]
    write(tmp_path / name)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    for path in list(tmp_path.iterdir()):
        path.write_bytes(OLD + path.name.encode()) if kind != "scene" else path.unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    failed = set()
    for call in CALLS:
        for at in (1, 2):
            with monkeypatch.context() as patch:
                fault = Fault(patch, call, number, at)
                try:
                    write(tmp_path / name)
                except LabError as error:
                    failed.add(call)
                    assert error.said.say("ko") and "Errno" not in str(error)
                else:
                    folder_alone = call in ("open", "fsync") and at == 2 and number == errno.EACCES
                    assert fault.left > 0 or folder_alone, "the fault was swallowed"
            after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
            assert not any(".tmp" in entry for entry in after), (call, at)
            if fault.left <= 0 and call not in ("open", "fsync") and kind != "model":
                assert after == before, (call, at)
            assert before.keys() <= after.keys()
            for entry, content in after.items():
                assert content == before.get(entry) or len(content) == sizes[entry], "a part of a file"
            for entry in after:  # put everything back for the next fault
                (tmp_path / entry).unlink()
            for entry, content in before.items():
                (tmp_path / entry).write_bytes(content)
    assert failed >= {"open", "write", "fsync", "close", "replace"}


@pytest.mark.parametrize("call", ["open", "write", "fsync", "close"])
def test_that_what_fails_before_the_exchange_leaves_the_old_file(call, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(OLD)
    Fault(monkeypatch, call, errno.ENOSPC)
    assert "is full" in said(lambda: write_bytes(path, b"new"), "a.csv")
    monkeypatch.undo()
    assert path.read_bytes() == OLD and only(tmp_path) == ["a.csv"]


def test_that_an_error_while_the_temporary_is_removed_does_not_hide_the_first(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(OLD)

    def read_only(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    monkeypatch.setattr(Path, "unlink", read_only)
    assert "is full" in said(lambda: write_bytes(path, b"new"))
    assert path.read_bytes() == OLD


def test_that_a_disk_that_swallows_bytes_is_noticed(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(OLD)
    real = os.fsync

    def cuts(handle):
        real(handle)
        os.ftruncate(handle, 2)

    monkeypatch.setattr(os, "fsync", cuts)
    said(lambda: write_atomically(path, lambda file: file.write(b"new contents")), "a.csv")
    assert path.read_bytes() == OLD and only(tmp_path) == ["a.csv"]


def test_that_a_disk_that_changes_bytes_is_noticed(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(OLD)
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (os.pwrite(handle, b"X", 0), real(handle)))
    assert "read back" in said(lambda: write_bytes(path, b"new contents"), "a.csv")
    assert path.read_bytes() == OLD and only(tmp_path) == ["a.csv"]


def test_that_a_name_whose_folder_the_disk_does_not_confirm_is_not_called_saved(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    Fault(monkeypatch, "fsync", errno.EIO, at=2)  # the folder's
    assert "did not confirm" in said(lambda: write_bytes(path, b"new"), str(tmp_path))
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_that_a_disk_that_cannot_bring_a_folder_to_the_disk_is_written_to_all_the_same(number, tmp_path, monkeypatch):
    Fault(monkeypatch, "fsync", number, at=2)
    write_bytes(tmp_path / "a.csv", b"new")
    assert (tmp_path / "a.csv").read_bytes() == b"new"


def test_that_every_error_of_the_system_has_a_sentence_with_file_and_folder():
    for number in errno.errorcode:
        sentence = writing.sentence_for(OSError(number, os.strerror(number)))
        assert {"file", "folder"} <= sentence.placeholders() <= {"file", "folder", "reason"}
    for number, words in ((19, "only be read"), (112, "is full"), (53, "does not answer"), (32, "Another program")):
        error = OSError(errno.EINVAL, "as Windows says it")
        error.winerror = number  # type: ignore[attr-defined]
        assert words in writing.sentence_for(error).en


# -- links, modes, names -----------------------------------------------------------------------------------------------


@posix
def test_that_links_are_written_through_and_stay(tmp_path):
    (tmp_path / "far").mkdir()
    real = tmp_path / "far" / "real.csv"
    real.write_bytes(OLD)
    (tmp_path / "first.csv").symlink_to(tmp_path / "second.csv")
    (tmp_path / "second.csv").symlink_to("far/real.csv")
    write_bytes(tmp_path / "first.csv", b"new")
    assert real.read_bytes() == b"new" and not real.is_symlink()
    assert (tmp_path / "first.csv").is_symlink() and (tmp_path / "second.csv").is_symlink()
    assert only(tmp_path / "far") == ["real.csv"]
    (tmp_path / "dangling.csv").symlink_to("far/not yet.csv")
    write_bytes(tmp_path / "dangling.csv", b"made")
    assert (tmp_path / "far" / "not yet.csv").read_bytes() == b"made" and (tmp_path / "dangling.csv").is_symlink()


@posix
def test_that_an_export_writes_through_links_and_keeps_modes(run, tmp_path):
    ran, packet = run
    out, far = tmp_path / "out", tmp_path / "far.json"
    export_run(out, ran, packet, "en")
    (out / "result.json").rename(far)
    far.chmod(0o600)
    (out / "result.json").symlink_to(far)
    far.write_text("old")
    export_run(out, ran, packet, "en")
    assert (out / "result.json").is_symlink() and json.loads(far.read_text())["algorithm"] == "kmeans"
    assert stat.S_IMODE(far.stat().st_mode) == 0o600


@posix
def test_that_modes_are_kept_and_new_files_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "new.csv", b"1")
        assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640
        for mode in (0o600, 0o644, 0o666, 0o755):
            (tmp_path / "new.csv").chmod(mode)
            write_bytes(tmp_path / "new.csv", b"2")
            assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == mode
    finally:
        os.umask(before)


@posix
def test_that_contents_of_a_private_file_are_never_readable_by_others(tmp_path):
    path = tmp_path / "private.csv"
    path.write_bytes(OLD)
    path.chmod(0o600)
    seen = []

    def write(file):
        seen.append(stat.S_IMODE(os.fstat(file.fileno()).st_mode))
        file.write(b"new")

    write_atomically(path, write)
    assert seen == [0o600]


@posix
def test_that_a_hard_link_keeps_the_old_contents(tmp_path):
    (tmp_path / "a.csv").write_bytes(OLD)
    os.link(tmp_path / "a.csv", tmp_path / "b.csv")
    write_bytes(tmp_path / "a.csv", b"new")
    assert (tmp_path / "b.csv").read_bytes() == OLD and (tmp_path / "a.csv").read_bytes() == b"new"


@posix
@pytest.mark.parametrize(
    "name", ["가" * 85, "a" * 255, "한" * 80 + "." + "b" * 14, " .", "-", "~", "a\nb", "\udcff.csv"]
)
def test_that_every_name_the_system_takes_is_written(name, tmp_path):
    write_bytes(tmp_path / name, b"1")
    write_bytes(tmp_path / name, b"2")
    assert (tmp_path / name).read_bytes() == b"2" and len(only(tmp_path)) == 1


def test_that_names_the_system_does_not_take_are_said(tmp_path):
    assert "too long" in said(lambda: write_bytes(tmp_path / ("가" * 86), b"1"), str(tmp_path))
    assert "no name" in said(lambda: write_bytes(f"{tmp_path}/a\0b", b"1"), str(tmp_path))
    assert "no name" in said(lambda: write_bytes(f"{tmp_path}/\ud800.csv", b"1"), str(tmp_path))
    assert only(tmp_path) == []


def test_that_windows_names_are_told_from_devices():
    for name in ("NUL", "con", "com1.csv", "LPT¹.txt", "aux .csv", "a.", "a ", "a:b", "what?.csv", "CONOUT$"):
        assert writing.is_reserved(name), name
    for name in ("null.csv", "console", "com.csv", "com10.csv", "한글.learnscope", ".hidden", "a b.csv"):
        assert not writing.is_reserved(name), name


@posix
def test_that_only_files_are_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("folder", "pipe"):
        assert "folder or a device" in said(lambda name=name: write_bytes(tmp_path / name, b"1"), name)
    assert "leads back to itself" in said(lambda: write_bytes(tmp_path / "circle", b"1"), "circle")
    said(lambda: write_bytes("/dev/null", b"1"))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert (tmp_path / "circle").is_symlink() and stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)
    assert only(tmp_path) == ["circle", "folder", "pipe"]


def test_that_a_folder_that_vanished_is_said(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()

    def write(file):
        shutil.rmtree(folder)
        file.write(b"new")

    assert "is not there" in said(lambda: write_bytes(folder / "nowhere" / "a.csv", b"1"), "a.csv")
    if os.name == "posix":
        assert "is not there" in said(lambda: write_atomically(folder / "a.csv", write), "a.csv", str(folder))


# -- what killed processes leave ---------------------------------------------------------------------------------------


def aged(path: Path, seconds: float) -> Path:
    path.write_bytes(b"half")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def mark(host: str, pid: int, started: int) -> str:
    return f".learnscope-{host}-{pid:x}-{started:x}-0abcd.tmp"


def test_that_the_temporary_of_a_killed_save_is_removed_by_the_next(tmp_path):
    program = """
import os, signal, sys
from lab.writing import write_atomically
def write(file):
    file.write(b"half"); file.flush()
    os.kill(os.getpid(), 9)
write_atomically(sys.argv[1], write)
"""
    path = tmp_path / "a.csv"
    path.write_bytes(OLD)
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=HOUSE)
    (left,) = set(tmp_path.iterdir()) - {path}
    write_bytes(path, b"young temporaries stay")
    assert left.exists()
    os.utime(left, (time.time() - 3600,) * 2)
    write_bytes(path, b"new")
    assert only(tmp_path) == ["a.csv"] and path.read_bytes() == b"new"


def test_that_no_other_temporary_is_ever_removed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        others = [
            "notes.tmp", ".a.csv.123-0.tmp", ".learnscope.tmp", ".learnscope-x.tmp", "~lock.tmp",
            mark(HERE.host, living.pid, 0), mark(HERE.host, HERE.pid, HERE.started), mark("00000000", dead(), 0),
            mark(HERE.host, dead(), 0) + "~", "copy of " + mark(HERE.host, dead(), 0),
        ]  # fmt: skip
        for name in others:
            aged(tmp_path / name, 10**6)
        aged(tmp_path / mark(HERE.host, dead(), 1), 5)
        before = only(tmp_path)
        (tmp_path / "folder").mkdir()
        write_bytes(tmp_path / "a.csv", b"new")
        assert only(tmp_path) == sorted([*before, "a.csv", "folder"])
        living.communicate(b"\n")


@posix
def test_that_a_number_given_out_again_does_not_keep_a_temporary(tmp_path):
    if not HERE.started:
        pytest.skip("this system does not say when a process began")
    aged(tmp_path / mark(HERE.host, HERE.pid, HERE.started + 1), 3600)
    write_bytes(tmp_path / "a.csv", b"new")
    assert only(tmp_path) == ["a.csv"]
    assert is_alive(HERE) and not is_alive(Owner(HERE.host, 2**31 - 2, 0)) and not is_alive(Owner(HERE.host, 0, 0))


def test_that_a_killed_export_leaves_nothing_for_ever(run, tmp_path):
    left = tmp_path / mark(HERE.host, dead(), 0)
    left.mkdir()
    (left / "result.json").write_text("{}")
    os.utime(left, (time.time() - 3600,) * 2)
    export_run(tmp_path / "out", *run, "en")
    assert only(tmp_path) == ["out"]


def test_that_a_temporary_has_a_short_name_of_ours():
    assert writing._MARK.fullmatch(temporary_name()) and len(temporary_name()) < 60
    assert temporary_name() != temporary_name()


# -- files that belong together ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("hard_links", [True, False])
def test_that_files_that_belong_together_change_together_or_not_at_all(hard_links, tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / name).write_bytes(OLD)
    if not hard_links:
        monkeypatch.setattr(os, "link", lambda *names: (_ for _ in ()).throw(OSError(errno.EPERM, "no")))
    for at in (1, 2, 3):
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(prepared(tmp_path / n, lambda file: file.write(b"new"))) for n in "abc"]
            with monkeypatch.context() as patch:
                Fault(patch, "replace", errno.EIO, at)
                said(lambda files=files: put_all_in_place(files), str(tmp_path))
        assert only(tmp_path) == ["a", "b"]
        assert (tmp_path / "a").read_bytes() == OLD == (tmp_path / "b").read_bytes()
    with contextlib.ExitStack() as stack:
        put_all_in_place([stack.enter_context(prepared(tmp_path / n, lambda file: file.write(b"new"))) for n in "abc"])
    assert only(tmp_path) == ["a", "b", "c"] and {path.read_bytes() for path in tmp_path.iterdir()} == {b"new"}


def test_that_kills_while_saving_leave_the_old_file_or_the_new(tmp_path):
    path = tmp_path / "a.csv"
    contents = [bytes([number]) * 200_000 for number in range(2)]
    write_bytes(path, contents[0])
    program = """
import sys
from lab.writing import write_bytes
print("ready", flush=True)
while True:
    for number in range(2):
        write_bytes(sys.argv[1], bytes([number]) * 200_000)
"""
    for delay in (0.0, 0.002, 0.005, 0.011, 0.023):
        with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=HOUSE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
        assert path.read_bytes() in contents
