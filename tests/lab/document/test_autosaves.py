from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.data.generators import generate
from lab.document import autosaves, storage
from lab.document.autosaves import Autosaves, left_behind
from lab.document.project import Project
from lab.errors import LabError
from lab.own_folders import private_temporary, state_folder
from lab.owners import HERE

HOUSE = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="locks, links and modes as POSIX has them")
CRASH = """
import os, sys
from pathlib import Path
from lab.data.generators import generate
from lab.document.autosaves import Autosaves
from lab.document.project import Project
kept = Autosaves([Path(sys.argv[1])])
for seed in sys.argv[3].split(","):
    kept.keep(Project(generate("blobs", 20)).with_experiment(seed=int(seed)), Path(sys.argv[2]) if sys.argv[2] else None)
"""


def crash(place: Path, path: str = "", seeds: str = "1") -> None:
    """A window that kept its work and was killed."""
    program = CRASH + "os.kill(os.getpid(), 9)\n"
    subprocess.run([sys.executable, "-c", program, str(place), path, seeds], cwd=HOUSE, timeout=60)


def blobs(seed: int) -> Project:
    return Project(generate("blobs", 20)).with_experiment(seed=seed)


def seeds(place: Path) -> list[int]:
    return [left.load().experiment.seed for left in left_behind([place])]


def test_that_what_a_killed_window_kept_is_found_with_its_file_and_time(tmp_path):
    begun = time.time()
    crash(tmp_path, str(tmp_path / "수업" / "my file.learnscope"), "1,2,3,4,5")
    (left,) = left_behind([tmp_path])
    assert left.load().experiment.seed == 5 and begun <= left.written <= time.time()
    assert left.path == tmp_path / "수업" / "my file.learnscope"
    versions = sorted(path.name for path in left.folder.glob("*.learnscope"))
    assert versions == ["000003.learnscope", "000004.learnscope", "000005.learnscope"]
    assert len(list(left.folder.glob("*.json"))) == 3


def test_that_the_newest_are_offered_first_and_other_files_are_left_alone(tmp_path):
    for seed in "123":
        crash(tmp_path, seeds=seed)
    (tmp_path / "somebody else's").mkdir()
    (tmp_path / "window-x").write_text("")
    assert seeds(tmp_path) == [3, 2, 1]
    assert (tmp_path / "somebody else's").is_dir() and (tmp_path / "window-x").exists()


def test_that_two_windows_neither_offer_nor_overwrite_each_others_work(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", CRASH + "print('kept', flush=True); input()\n", str(tmp_path), "", "7"],
        cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == b"kept\n"
        mine = Autosaves([tmp_path])
        mine.keep(blobs(8), None)
        assert left_behind([tmp_path]) == ()
        mine.drop()
        assert len(list(tmp_path.iterdir())) == 1
        other.kill()
    assert seeds(tmp_path) == [7]


@posix
def test_that_a_lock_tells_a_living_window_where_numbers_of_processes_do_not(tmp_path, monkeypatch):
    mine = Autosaves([tmp_path])
    mine.keep(blobs(1), None)
    monkeypatch.setattr(autosaves, "is_alive", lambda owner: False)
    assert left_behind([tmp_path]) == ()
    mine.drop()
    crash(tmp_path, seeds="2")
    monkeypatch.setattr(autosaves, "is_alive", lambda owner: True)
    assert seeds(tmp_path) == [2], "the lock is free: the number was given out again"
    monkeypatch.setattr(autosaves, "fcntl", None)
    assert left_behind([tmp_path]) == (), "without locks the process decides"


def test_that_a_window_on_another_computer_counts_as_living_until_it_gives_no_sign(tmp_path):
    crash(tmp_path)
    (folder,) = tmp_path.iterdir()
    folder = folder.rename(tmp_path / folder.name.replace(HERE.host, "0" * 8))
    assert left_behind([tmp_path]) == ()
    for path in (folder / "lock", folder):
        os.utime(path, (time.time() - 3600,) * 2)
    assert len(left_behind([tmp_path])) == 1


def test_that_adopted_work_is_the_windows_own_and_nobody_elses(tmp_path):
    crash(tmp_path, seeds="1,2")
    (left,) = left_behind([tmp_path])
    mine, another = Autosaves([tmp_path]), Autosaves([tmp_path])
    mine.keep(blobs(9), None)
    assert mine.adopt(left) and not another.adopt(left)
    assert left_behind([tmp_path]) == () and len(list(tmp_path.iterdir())) == 1
    left.discard()  # an older offer of another window harms nothing
    mine.keep(blobs(3), None)
    assert [path.name for path in sorted(mine.folder.glob("*.learnscope"))] == [
        "000001.learnscope", "000002.learnscope", "000003.learnscope",
    ]  # fmt: skip
    mine.drop()
    assert list(tmp_path.iterdir()) == [] and not another.adopt(left)


def test_that_discarding_removes_it_and_a_damaged_version_gives_way_to_the_one_before(tmp_path):
    crash(tmp_path, seeds="1,2")
    (left,) = left_behind([tmp_path])
    newest = left.folder / "000002.learnscope"
    newest.write_bytes(newest.read_bytes()[:100])
    assert left.load().experiment.seed == 1
    (left.folder / "000001.learnscope").unlink()
    with pytest.raises(LabError):
        left.load()
    left.discard()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LabError, match="not there any more"):
        left.load()


@pytest.mark.parametrize("about", [b"", b"[]", b'{"written": 1e999}', b'{"written": true, "path": 7}',
                                   b'{"written": "x", "path": "relative"}', b'{"path": "/a\\u0000b"}', b"\xff" * 99])  # fmt: skip
def test_that_a_strange_note_beside_a_version_harms_nothing(about, tmp_path):
    crash(tmp_path)
    (note,) = tmp_path.glob("*/*.json")
    note.write_bytes(about)
    (left,) = left_behind([tmp_path])
    assert left.path is None and abs(left.written - time.time()) < 3600
    assert left.load().experiment.seed == 1


def test_that_what_is_left_is_bounded_in_number_and_in_bytes(tmp_path, monkeypatch):
    for seed in "12345":
        crash(tmp_path, seeds=seed)
    monkeypatch.setattr(autosaves, "MOST_LEFT", 3)
    assert seeds(tmp_path) == [5, 4, 3] and len(list(tmp_path.iterdir())) == 3
    size = next(tmp_path.glob("*/*.learnscope")).stat().st_size
    monkeypatch.setattr(autosaves, "MOST_BYTES_LEFT", round(size * 2.5))
    assert seeds(tmp_path) == [5, 4]
    monkeypatch.setattr(autosaves, "MOST_BYTES_LEFT", 1)
    assert seeds(tmp_path) == [5], "the newest stays, however large"


def test_that_a_window_keeps_fewer_versions_of_large_data(tmp_path, monkeypatch):
    monkeypatch.setattr(autosaves, "MOST_BYTES_OF_A_WINDOW", 10)
    mine = Autosaves([tmp_path])
    for seed in (1, 2, 3):
        mine.keep(blobs(seed), None)
    assert [path.name for path in mine.folder.glob("*.learnscope")] == ["000003.learnscope"]
    mine.drop()


def test_that_empty_folders_go_after_a_while(tmp_path):
    crash(tmp_path)
    (folder,) = tmp_path.iterdir()
    for path in (*folder.glob("0*"),):
        path.unlink()
    assert left_behind([tmp_path]) == () and folder.exists()
    os.utime(folder, (time.time() - 7200,) * 2)
    assert left_behind([tmp_path]) == () and not folder.exists()


def test_that_the_next_place_is_taken_where_one_cannot_be_written_and_the_first_sentence_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    good = tmp_path / "good"
    mine = Autosaves([tmp_path / "file" / "below", good])
    mine.keep(blobs(1), None)
    assert mine.folder.parent == good
    mine.drop()
    with pytest.raises(LabError, match="below"):
        Autosaves([tmp_path / "file" / "below", tmp_path / "file"]).keep(blobs(1), None)
    with pytest.raises(LabError, match="no folder"):
        Autosaves([]).keep(blobs(1), None)


def test_that_a_place_that_fills_up_is_left_with_nothing_lost_or_doubled(tmp_path, monkeypatch):
    mine = Autosaves([tmp_path / "a", tmp_path / "b"])
    mine.keep(blobs(1), None)
    real = storage.save

    def full(project, path, **more):
        if path.is_relative_to(tmp_path / "a"):
            raise LabError(autosaves._NO_PLACE)
        real(project, path, **more)

    monkeypatch.setattr(storage, "save", full)
    mine.keep(blobs(2), None)
    assert mine.folder.parent == tmp_path / "b" and list((tmp_path / "a").iterdir()) == []
    monkeypatch.setattr(
        storage, "save", lambda project, path, **more: (_ for _ in ()).throw(LabError(autosaves._NO_PLACE))
    )
    with pytest.raises(LabError):
        mine.keep(blobs(3), None)
    assert list((tmp_path / "a").iterdir()) == [] and len(list(mine.folder.glob("*.learnscope"))) == 1
    mine.drop()
    assert list((tmp_path / "b").iterdir()) == []


def test_that_a_folder_removed_by_a_cleaner_is_made_again(tmp_path):
    mine = Autosaves([tmp_path / "deep" / "state"])
    mine.keep(blobs(1), None)
    for path in sorted(mine.folder.iterdir()):
        path.unlink()
    mine.folder.rmdir()
    mine.keep(blobs(2), None)
    assert len(list(mine.folder.glob("*.learnscope"))) == 1
    mine.drop()


@posix
def test_that_nobody_else_can_look_into_autosaves(tmp_path):
    mine = Autosaves([tmp_path / "state"])
    mine.keep(blobs(1), None)
    assert mine.folder.stat().st_mode & 0o777 == 0o700
    mine.drop()


# -- where they lie ----------------------------------------------------------------------------------------------------


def test_that_the_state_folder_is_where_each_system_has_it(monkeypatch, tmp_path):
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path))
    for platform, beneath in (
        ("linux", ".local/state"), ("darwin", "Library/Application Support"), ("win32", "AppData/Local"),
    ):  # fmt: skip
        monkeypatch.setattr(sys, "platform", platform)
        assert state_folder() == tmp_path / beneath / "learnscope"
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert state_folder() == tmp_path / "local" / "learnscope"
    monkeypatch.setattr(sys, "platform", "linux")
    for given, wanted in ((str(tmp_path / "x"), tmp_path / "x"), ("relative", tmp_path / ".local" / "state")):
        monkeypatch.setenv("XDG_STATE_HOME", given)
        assert state_folder() == wanted / "learnscope"


def test_that_without_a_home_the_temporary_folder_is_taken(monkeypatch, tmp_path):
    def nobody(cls):
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", classmethod(nobody))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert state_folder() is None
    assert [place.parent for place in autosaves.places()] == [tmp_path]


@posix
def test_that_a_temporary_folder_that_others_may_write_or_have_made_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = private_temporary("autosaves")
    assert folder is not None and folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert private_temporary("autosaves") is None
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert private_temporary("autosaves") is None
    monkeypatch.setattr("tempfile.gettempdir", lambda: (_ for _ in ()).throw(FileNotFoundError(errno.ENOENT, "none")))
    assert private_temporary("autosaves") is None


def test_that_the_note_beside_a_version_is_plain_json(tmp_path):
    mine = Autosaves([tmp_path])
    mine.keep(blobs(1), tmp_path / "가.learnscope")
    (note,) = mine.folder.glob("*.json")
    assert set(json.loads(note.read_text())) == {"written", "path"}
    mine.drop()
