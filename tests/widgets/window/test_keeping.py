from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from window_end import end

from lab import writing
from lab.data.datasets import Dataset
from lab.document import autosaves, storage
from lab.document.autosaves import left_behind
from lab.document.project import Project
from widgets.actions import export_actions, file_actions
from widgets.actions.recovery_bar import DataPicture, RecoveryBar, when
from widgets.kit.language import language
from widgets.kit.pictures import png_bytes
from widgets.window import app as app_module
from widgets.window.keeping import Keeping

HOUSE = Path(__file__).resolve().parents[3]
CRASH = """
import os, sys
from pathlib import Path
from lab.data.generators import generate
from lab.document.autosaves import Autosaves
from lab.document.project import Project
Autosaves([Path(sys.argv[1])]).keep(
    Project(generate("blobs", 20)).with_experiment(algorithm="kmeans", seed=int(sys.argv[3])),
    Path(sys.argv[2]) if sys.argv[2] else None)
os.kill(os.getpid(), 9)
"""


def crash(place: Path, path: object = "", seed: int = 1) -> None:
    subprocess.run([sys.executable, "-c", CRASH, str(place), str(path), str(seed)], cwd=HOUSE, timeout=60)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "autosaves"


@pytest.fixture
def keeping(window, place):
    made = Keeping(window, [place])
    yield made
    made.close()


def offered(keeping, window, qtbot) -> RecoveryBar:
    keeping.on_ready(())
    qtbot.waitUntil(lambda: keeping._bar is not None and keeping._bar.isVisible(), timeout=5000)
    return keeping.bar


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# -- the offer -----------------------------------------------------------------------------------------------------------


def test_that_what_a_crash_left_is_offered_in_both_languages_and_opens_as_an_unsaved_change(
    window, worker, keeping, place, qtbot, tmp_path
):
    crash(place, tmp_path / "3주차.learnscope", seed=5)
    written = left_behind([place])[0].written
    bar = offered(keeping, window, qtbot)
    for lang in ("ko", "en"):
        language.set(lang)
        assert "3주차" in bar.title.sentence and when(written) in bar.about.sentence and "20" in bar.about.sentence
    assert bar.picture._data.n == 20 and bar.picture.grab().toImage() != DataPicture().grab().toImage()
    assert window.document.project.experiment.seed != 5, "it is offered, not opened"
    click(bar.restore_button)
    qtbot.waitUntil(lambda: window.document.project.experiment.seed == 5, timeout=5000)
    assert window.document.is_dirty and window.document.path == tmp_path / "3주차.learnscope"
    assert "3주차" in window.windowTitle() and window.isWindowModified() and not bar.isVisible()
    assert not (tmp_path / "3주차.learnscope").exists(), "nothing is saved until somebody says so"
    assert left_behind([place]) == () and len(list(place.iterdir())) == 1, "it is this window's now"
    assert window.files.save() and (tmp_path / "3주차.learnscope").exists()
    qtbot.waitUntil(lambda: list(place.iterdir()) == [], timeout=2000)


def test_that_the_time_is_written_as_each_language_writes_it(qapp):
    moment = time.mktime((2026, 11, 29, 14, 32, 0, 0, 0, -1))
    language.set("en")
    assert when(moment) == "29 November 2026, 14:32"
    language.set("ko")
    assert when(moment) == "2026년 11월 29일 오후 2:32"


def test_that_an_offer_kept_for_later_stays_for_the_next_start(window, keeping, place, qtbot):
    crash(place)
    bar = offered(keeping, window, qtbot)
    click(bar.later_button)
    assert not bar.isVisible() and len(left_behind([place])) == 1


def test_that_discarding_is_asked_about_first_and_then_for_good(window, keeping, place, qtbot):
    crash(place)
    bar = offered(keeping, window, qtbot)
    click(bar.discard_button)
    click(bar.later_button)  # back
    assert bar.isVisible() and len(left_behind([place])) == 1 and bar.discard_button.isVisible()
    click(bar.discard_button)
    click(bar.restore_button)  # now says "discard"
    qtbot.waitUntil(lambda: list(place.iterdir()) == [], timeout=2000)
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=2000)
    assert not window.document.is_dirty


def test_that_several_are_offered_one_after_another(window, keeping, place, qtbot):
    for seed in (1, 2, 3):
        crash(place, f"/somewhere/file {seed}.learnscope", seed)
    bar = offered(keeping, window, qtbot)
    assert "file 3" in bar.title.sentence and "1/3" in bar.another_button.text()
    click(bar.another_button)
    qtbot.waitUntil(lambda: "file 2" in bar.title.sentence, timeout=2000)
    click(bar.restore_button)
    qtbot.waitUntil(lambda: window.document.project.experiment.seed == 2, timeout=5000)
    qtbot.waitUntil(
        lambda: "file 3" in bar.title.sentence and not bar.another_button.text().endswith("3"), timeout=2000
    )
    assert sorted(left.load().experiment.seed for left in left_behind([place])) == [1, 3]


def test_that_unsaved_work_of_this_window_is_asked_about_before_another_is_restored(
    window, keeping, place, qtbot, monkeypatch
):
    crash(place, seed=5)
    bar = offered(keeping, window, qtbot)
    window.tuning.set_seed(77)
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: "cancel")
    click(bar.restore_button)
    qtbot.wait(200)
    assert window.document.project.experiment.seed == 77 and bar.isVisible() and len(left_behind([place])) == 1
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: "discard")
    click(bar.restore_button)
    qtbot.waitUntil(lambda: window.document.project.experiment.seed == 5, timeout=5000)


def test_that_work_that_another_window_took_meanwhile_is_said(window, keeping, place, qtbot):
    crash(place)
    bar = offered(keeping, window, qtbot)
    other = autosaves.Autosaves([place])
    assert other.adopt(left_behind([place])[0])
    click(bar.restore_button)
    qtbot.waitUntil(lambda: window.player.message is not None, timeout=2000)
    assert "Another window" in window.player.message.say("en") and not window.document.is_dirty
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=2000)
    other.drop()


def test_that_no_lecture_is_disturbed(window, keeping, place, qtbot):
    crash(place)
    window.presentation.start()
    keeping.on_ready(())
    qtbot.waitUntil(lambda: keeping._bar is not None, timeout=5000)
    assert not keeping.bar.isVisible()
    window.presentation.leave()
    assert keeping.bar.isVisible()
    window.presentation.start()
    assert not keeping.bar.isVisible()
    window.presentation.leave()
    assert keeping.bar.isVisible() and window.plane.isVisible() and window.focusWidget() is not None
    assert not keeping.bar.isAncestorOf(window.focusWidget()), "keys go where they went before"


def test_that_what_cannot_be_opened_is_not_offered_and_not_removed(window, keeping, place, qtbot):
    crash(place)
    (version,) = place.glob("*/*.learnscope")
    version.write_bytes(b"PK")
    keeping.on_ready(())
    qtbot.wait(400)
    assert keeping._bar is None or not keeping._bar.isVisible()
    assert version.exists()


@pytest.mark.parametrize("numbers", [[[0.0, 0.0]], [[1e300, -1e300], [-1e300, 1e300]], [[1.0, 2.0]] * 5])
def test_that_the_picture_of_any_data_is_painted(qapp, numbers):
    picture = DataPicture()
    import numpy as np

    picture.show_data(Dataset("d", ("x", "y"), np.array(numbers), None, (), "", origin="drawn"))
    assert picture.grab().toImage() != DataPicture().grab().toImage()
    picture.show_data(Project().dataset)
    picture.grab()


def test_that_the_bar_cuts_a_long_name_and_never_widens_the_window(window, keeping, place, qtbot):
    crash(place, "/somewhere/" + "아주 긴 이름 " * 20 + ".learnscope")
    window.resize(1024, 600)
    bar = offered(keeping, window, qtbot)
    QTest.qWait(50)
    assert window.width() == 1024 and bar.height() <= 48
    assert bar.title.text() != bar.title.sentence and bar.title.sentence in bar.title.toolTip()


# -- a window whose disk fails ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_that_ctrl_q_and_save_on_a_disk_that_fails_keeps_the_window_and_the_work(
    window, worker, keeping, qtbot, tmp_path, monkeypatch, number, call
):
    path = tmp_path / "mine.learnscope"
    window.tuning.set_seed(5)
    storage.save(window.document.project_to_save(), path)
    window.document.mark_saved(path)
    before = path.read_bytes()
    window.tuning.set_seed(6)
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: "save")
    real, real_unlink = getattr(os, call), Path.unlink

    def failing(*arguments, **options):
        is_here = any(str(tmp_path) in str(argument) for argument in arguments) or call == "fsync"
        if is_here and "autosaves" not in str(arguments):
            raise OSError(number, os.strerror(number))
        return real(*arguments, **options)

    def failing_too(path, *arguments, **options):
        if "autosaves" not in str(path):
            raise OSError(number, os.strerror(number))
        real_unlink(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        patch.setattr(Path, "unlink", failing_too)
        QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        assert window.isVisible() and window.document.is_dirty and window.document.path == path
        assert window.document.project.experiment.seed == 6 and worker.is_running
    said = window.player.message
    assert said is not None and "mine.learnscope" in said.say("ko") and str(tmp_path) in said.say("en")
    assert path.read_bytes() == before
    assert window.files.save() and storage.load(path).experiment.seed == 6, "and saved once the disk is well again"


@pytest.mark.skipif(os.name != "posix", reason="disks as POSIX has them")
@pytest.mark.parametrize("trouble", ["read-only", "full", "gone"])
def test_that_ctrl_q_and_save_on_a_disk_that_really_failed_keeps_the_window_and_the_work(
    window, tmp_path, monkeypatch, trouble
):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        path = disk / "mine.learnscope"
        assert window.files._save_to(path)
        before = path.read_bytes()
        window.tuning.set_seed(6)
        monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: "save")
        if trouble == "read-only" and subprocess.run(["mount", "-o", "remount,ro", str(disk)]).returncode:
            pytest.skip("a disk cannot be made read-only here")
        if trouble == "full":
            with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(1024))
        if trouble == "gone":
            subprocess.run(["umount", str(disk)], check=True)
            disk.rmdir()
        QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        words = {"read-only": "only be read", "full": "is full", "gone": "is not there"}[trouble]
        assert window.isVisible() and window.document.is_dirty and words in window.player.message.say("en")
        assert trouble == "gone" or path.read_bytes() == before
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)


def test_that_a_fault_of_the_program_while_closing_keeps_the_window(window, qtbot, monkeypatch):
    window.tuning.set_seed(6)
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: "save")
    monkeypatch.setattr(window.files, "save", lambda: 1 / 0)
    heard = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *more: heard.append(kind))
    assert not window.close()
    assert heard == [ZeroDivisionError] and window.isVisible() and window.document.is_dirty


def test_that_settings_that_cannot_be_kept_do_not_hold_the_window(window, keeping, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "replace", full)
        window.set_language("en")
        assert language.code == "en" and "is full" in window.player.message.say("en")
        window.player.say(None)
        window.set_theme("dark")
        assert window.player.message is None, "said once"
        assert window.close()


def test_that_a_picture_on_a_disk_that_fails_is_said_and_the_old_one_stays(window, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "plane.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(export_actions.QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        window.exports.export_png()
        qtbot.waitUntil(lambda: window.player.message is not None, timeout=20_000)
    assert "is full" in window.player.message.say("en") and path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []
    window.exports.export_png()
    qtbot.waitUntil(lambda: path.read_bytes().startswith(b"\x89PNG"), timeout=20_000)


def test_that_an_empty_picture_is_no_file(qapp):
    with pytest.raises(ValueError):
        png_bytes(QImage())


@pytest.mark.skipif(os.name != "posix", reason="a disk of a few kilobytes")
def test_that_screenshots_on_a_full_disk_end_with_a_sentence_and_leave_no_empty_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        done = subprocess.run(
            [sys.executable, "main.py", "screenshots", str(disk)],
            cwd=HOUSE, capture_output=True, text=True, timeout=120, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
        assert done.returncode == 2 and "is full" in done.stderr and "Traceback" not in done.stderr, done.stderr
        assert list(disk.glob("*.png")) == [] and list(disk.glob(".*")) == []
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# -- the whole program -----------------------------------------------------------------------------------------------------


def test_that_a_file_named_at_the_start_is_opened_and_the_offer_stands(qtbot, place, tmp_path, worker, monkeypatch):
    crash(place, seed=5)
    named = tmp_path / "named.learnscope"
    storage.save(Project().with_experiment(seed=31), named)
    monkeypatch.setattr(file_actions, "own_scenes_folder", lambda: tmp_path / "scenes")
    window = app_module.make_window(app_module.Settings(tmp_path / "s.json"), named, lambda: worker)
    keeping = Keeping(window, [place])
    window.show()
    window.player.start()
    worker.ready.emit(())
    qtbot.waitUntil(lambda: keeping._bar is not None and keeping._bar.isVisible(), timeout=5000)
    assert window.document.path == named and window.document.project.experiment.seed == 31
    keeping.close()
    end(window)


def test_that_a_computer_without_a_place_for_unsaved_work_says_so_once(window, qtbot):
    keeping = Keeping(window, [])
    window.tuning.set_seed(6)
    qtbot.waitUntil(lambda: window.player.message is not None, timeout=2000)
    assert "Save your work often" in window.player.message.say("en")
    window.player.say(None)
    window.tuning.set_seed(7)
    qtbot.wait(600)
    assert window.player.message is None
    keeping.close()


PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from widgets.window import app as app_module
from widgets.window.main_window import MainWindow
app = app_module.make_application()
def window():
    return next(w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
def edit():
    window().tuning.set_seed(6)
    QTimer.singleShot(100, leave)
def leave(tries=200):
    kept = len(list(Path(sys.argv[1]).glob("learnscope/autosaves/window-*/*.learnscope")))
    if not kept and tries:
        QTimer.singleShot(100, lambda: leave(tries - 1))
        return
    print(kept, flush=True)
    if sys.argv[2] == "exit":
        app.exit(0)
        return
    window().files.ask_about_unsaved = lambda: sys.argv[2]
    window().close()
QTimer.singleShot(500, edit)
sys.exit(app_module.main([]))
"""


@pytest.mark.parametrize(("answer", "left"), [("discard", 0), ("exit", 1)])
def test_that_the_program_keeps_unsaved_work_until_its_window_is_closed_on_purpose(answer, left, tmp_path):
    homes = {name: str(tmp_path) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), answer],
        cwd=HOUSE, capture_output=True, text=True, timeout=120,
        env={**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.split() == ["1"], done.stderr
    if sys.platform != "darwin":
        assert len(left_behind([tmp_path / "learnscope" / "autosaves"])) == left
