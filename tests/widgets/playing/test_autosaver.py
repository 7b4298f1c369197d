from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer, QTimer

from lab.data.datasets import Dataset
from lab.document import autosaves, storage
from lab.document.changes import Retune
from lab.document.project import Project
from lab.errors import LabError
from models.words.text import Text
from widgets.playing.autosaver import Autosaver
from widgets.playing.document import Document

DRAW = Text("draw points", "점 그리기")


@pytest.fixture
def document(qapp):
    return Document()


@pytest.fixture
def autosaver(document, tmp_path):
    made = Autosaver(document, [tmp_path])
    yield made
    made.close()


def edit(document: Document, seed: int) -> None:
    document.edit(DRAW, document.project.with_experiment(seed=seed))


def kept(folder: Path) -> int | None:
    """The seed of the newest version, None where there is none."""
    versions = sorted(folder.glob("*/*.learnscope"))
    return storage.load(versions[-1]).experiment.seed if versions else None


def test_that_a_change_is_kept_within_a_second_and_a_saved_document_is_not(document, autosaver, qtbot, tmp_path):
    document.note_schedule(())
    qtbot.wait(400)
    assert list(tmp_path.iterdir()) == [], "nothing is unsaved"
    edit(document, 11)
    qtbot.waitUntil(lambda: kept(tmp_path) == 11, timeout=1000)
    edit(document, 12)
    qtbot.waitUntil(lambda: kept(tmp_path) == 12, timeout=1000)
    document.mark_saved(tmp_path / "a.learnscope")
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [], timeout=1000)


def test_that_undoing_everything_a_new_document_and_changes_of_a_run_are_followed(document, autosaver, qtbot, tmp_path):
    edit(document, 11)
    qtbot.waitUntil(lambda: kept(tmp_path) == 11, timeout=1000)
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [], timeout=1000)
    document.note_schedule(((3, Retune("learning_rate", 0.5)),))
    qtbot.waitUntil(lambda: kept(tmp_path) is not None, timeout=1000)
    (version,) = tmp_path.glob("*/*.learnscope")
    assert storage.load(version).experiment.schedule == ((3, Retune("learning_rate", 0.5)),)
    document.reset(Project())
    qtbot.waitUntil(lambda: list(tmp_path.iterdir()) == [], timeout=1000)


def test_that_many_changes_are_one_version_and_the_last_is_kept(document, autosaver, qtbot, tmp_path):
    times = []
    autosaver.kept.connect(times.append)
    for seed in range(100, 140):
        edit(document, seed)
    qtbot.waitUntil(lambda: kept(tmp_path) == 139, timeout=2000)
    assert len(times) <= 2


def test_that_changes_that_never_cease_are_kept_all_the_same(document, autosaver, qtbot, tmp_path):
    seeds = iter(range(100, 10_000))
    changing = QTimer(interval=20)
    changing.timeout.connect(lambda: edit(document, next(seeds)))
    changing.start()
    qtbot.waitUntil(lambda: kept(tmp_path) is not None, timeout=2000)
    first = kept(tmp_path)
    qtbot.waitUntil(lambda: (kept(tmp_path) or 0) > first + 30, timeout=4000)
    changing.stop()


def test_that_the_window_never_waits_for_a_disk_that_hangs(document, autosaver, qtbot, tmp_path, monkeypatch):
    gate = threading.Event()
    real = storage.save
    monkeypatch.setattr(storage, "save", lambda project, path, **more: (gate.wait(20), real(project, path, **more)))
    edit(document, 11)
    qtbot.wait(400)
    begun = time.perf_counter()
    for seed in range(20, 60):
        edit(document, seed)
    qtbot.wait(300)
    assert time.perf_counter() - begun < 1.0
    gate.set()
    qtbot.waitUntil(lambda: kept(tmp_path) == 59, timeout=12_000)


def test_that_writing_a_large_table_holds_the_window_no_longer_than_a_frame_or_two(
    document, autosaver, qtbot, tmp_path
):
    """100,000 rows of ten columns: the longest pause between two turns of the window while they are written."""
    numbers = np.random.default_rng(0).normal(size=(100_000, 10))
    document.edit(DRAW, Project(Dataset("large", tuple("abcdefghij"), numbers, None, (), "", origin="table")))
    done, pauses, clock = [], [], QElapsedTimer()
    autosaver.kept.connect(done.append)
    beat = QTimer(interval=2)
    beat.timeout.connect(lambda: pauses.append(clock.restart()))
    clock.start()
    beat.start()
    qtbot.waitUntil(lambda: bool(done), timeout=30_000)
    beat.stop()
    assert len(pauses) > 20 and np.quantile(pauses, 0.99) <= 60 and max(pauses) <= 150, (max(pauses), done)


def test_that_a_place_that_cannot_be_written_is_said_once_and_tried_again(
    document, autosaver, qtbot, tmp_path, monkeypatch
):
    said = []
    autosaver.troubled.connect(said.append)
    real = storage.save
    monkeypatch.setattr("widgets.playing.autosaver.LATEST_MS", 200)
    monkeypatch.setattr(
        storage,
        "save",
        lambda project, path, **more: (_ for _ in ()).throw(LabError(Text("disk full.", "디스크 가득."))),
    )
    edit(document, 11)
    qtbot.waitUntil(lambda: bool(said), timeout=1000)
    assert "disk full." in said[0].say("en") and "디스크 가득." in said[0].say("ko") and "Save" in said[0].say("en")
    edit(document, 12)
    qtbot.wait(600)
    assert len(said) == 1
    monkeypatch.setattr(storage, "save", real)
    qtbot.waitUntil(lambda: kept(tmp_path) == 12, timeout=2000)
    assert document.project.experiment.seed == 12 and document.is_dirty


def test_that_a_fault_while_writing_ends_nothing(document, autosaver, qtbot, tmp_path, monkeypatch):
    said = []
    autosaver.troubled.connect(said.append)
    monkeypatch.setattr(storage, "save", lambda project, path, **more: 1 / 0)
    edit(document, 11)
    qtbot.waitUntil(lambda: bool(said), timeout=1000)
    monkeypatch.undo()
    edit(document, 12)
    document.undo_stack.resetClean()
    qtbot.waitUntil(lambda: kept(tmp_path) == 12, timeout=12_000)


def test_that_the_end_on_purpose_removes_it_and_another_end_does_not(document, qtbot, tmp_path):
    for drops in (True, False):
        one = Autosaver(document, [tmp_path])
        edit(document, 20 + drops)
        qtbot.waitUntil(lambda drops=drops: kept(tmp_path) == 20 + drops, timeout=1000)
        assert one.close(drops=drops)
        assert (kept(tmp_path) is None) == drops
        edit(document, 30)
        qtbot.wait(300)
        assert kept(tmp_path) in (None, 20), "a closed one hears nothing"
        one.deleteLater()


def test_that_a_window_without_unsaved_work_starts_no_thread_and_makes_no_folder(document, qtbot, tmp_path):
    one = Autosaver(document, [tmp_path / "none"])
    document.set_view(document.project.view)
    document.reset(Project())
    qtbot.wait(300)
    assert one._thread is None and one.close() and not (tmp_path / "none").exists()
    assert autosaves.VERSIONS == 3


def test_that_a_restored_document_is_unsaved_with_its_file_and_no_undo_saves_it(document, tmp_path):
    dirty = []
    document.state_changed.connect(lambda: dirty.append(document.is_dirty))
    document.opened.connect(lambda project: dirty.append(document.is_dirty))
    edit(document, 4)
    dirty.clear()
    document.restore(Project().with_experiment(seed=9), tmp_path / "a.learnscope")
    assert document.is_dirty and document.path == tmp_path / "a.learnscope" and document.undo_label is None
    assert dirty and all(dirty), "nobody sees it clean for a moment"
    edit(document, 10)
    document.undo_stack.undo()
    assert document.project.experiment.seed == 9 and document.is_dirty
    document.mark_saved(tmp_path / "a.learnscope")
    assert not document.is_dirty
