from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from lab.document.changes import Retune
from lab.document.project import Project, View
from models.words.text import Text
from widgets.playing import document as document_module
from widgets.playing.document import Document

DRAW = Text("draw points", "점 그리기")
TUNE = Text("change the seed", "시드 바꾸기")


@pytest.fixture
def document(qapp):
    return Document()


def with_seed(project: Project, seed: int) -> Project:
    return project.with_experiment(seed=seed)


def test_that_an_edit_is_announced_with_the_old_and_the_new_project(document):
    heard = []
    document.changed.connect(lambda old, new: heard.append((old.experiment.seed, new.experiment.seed)))
    document.edit(TUNE, with_seed(document.project, 8))
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert heard == [(7, 8), (8, 7), (7, 8)]


def test_that_undo_gives_back_the_very_same_dataset(document):
    first = document.project.dataset
    more = first.replace(features=np.ones((1, 2)), targets=np.zeros(1, dtype=np.int64))
    document.edit(DRAW, document.project.replace(dataset=more))
    assert document.project.dataset is more
    document.undo_stack.undo()
    assert document.project.dataset is first


def test_that_a_drag_of_a_slider_is_one_step_of_undo(document):
    for seed in range(8, 30):
        document.edit(TUNE, with_seed(document.project, seed), merge="seed")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.project.experiment.seed == 7


def test_that_two_drags_with_a_rest_between_are_two_steps(document, monkeypatch):
    document.edit(TUNE, with_seed(document.project, 8), merge="seed")
    now = time.monotonic()
    monkeypatch.setattr(document_module.time, "monotonic", lambda: now + 5)
    document.edit(TUNE, with_seed(document.project, 9), merge="seed")
    assert document.undo_stack.count() == 2


def test_that_edits_without_a_merge_id_never_join(document):
    document.edit(TUNE, with_seed(document.project, 8))
    document.edit(TUNE, with_seed(document.project, 9))
    assert document.undo_stack.count() == 2


def test_that_labels_say_what_would_be_undone_and_redone(document):
    assert document.undo_label is None
    document.edit(DRAW, with_seed(document.project, 8))
    document.edit(TUNE, with_seed(document.project, 9))
    assert document.undo_label is TUNE
    document.undo_stack.undo()
    assert (document.undo_label, document.redo_label) == (DRAW, TUNE)


def test_that_a_document_is_dirty_until_it_is_saved(document, tmp_path):
    assert not document.is_dirty
    document.edit(DRAW, with_seed(document.project, 8))
    assert document.is_dirty
    document.mark_saved(tmp_path / "a.learnscope")
    assert not document.is_dirty and document.path == tmp_path / "a.learnscope"
    document.undo_stack.undo()
    assert document.is_dirty


def test_that_recorded_changes_are_unsaved_work_and_leave_with_the_project(document):
    schedule = ((12, Retune("learning_rate", 0.5)),)
    document.note_schedule(schedule)
    assert document.is_dirty
    assert document.project_to_save().experiment.schedule == schedule
    document.mark_saved(Path("a.learnscope"))
    assert not document.is_dirty
    document.edit(DRAW, with_seed(document.project, 8))
    document.undo_stack.undo()
    assert document.project_to_save().experiment.schedule == schedule


def test_that_the_view_is_neither_undone_nor_unsaved_work(document):
    document.edit(DRAW, with_seed(document.project, 8))
    document.set_view(View(speed=3))
    document.undo_stack.undo()
    assert document.project.view.speed == 3
    assert document.undo_stack.count() == 1


def test_that_a_reset_forgets_what_could_be_undone(document):
    opened = []
    document.opened.connect(opened.append)
    document.edit(DRAW, with_seed(document.project, 8))
    other = Project()
    document.reset(other, Path("b.learnscope"))
    assert opened == [other] and document.undo_label is None and not document.is_dirty


def test_that_a_scene_opened_over_unsaved_work_can_be_undone(document):
    document.edit(DRAW, with_seed(document.project, 8))
    scene = Project(scene="06-whose-side", view=View(speed=0))
    document.exchange(TUNE, scene)
    assert document.project.scene == "06-whose-side" and document.project.view.speed == 0
    document.undo_stack.undo()
    assert document.project.experiment.seed == 8


def test_that_a_scene_opened_over_saved_work_starts_clean(document):
    document.exchange(TUNE, Project(scene="06-whose-side"))
    assert not document.is_dirty and document.undo_label is None
