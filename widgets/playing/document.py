"""The document: the project as it stands, what can be undone, where it is stored, and whether it was saved."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from lab.document.changes import Schedule
from lab.document.project import Project, View
from models.words.text import Text

PROJECT_EDITS, RUN_EDITS = 1, 2  # what Qt may merge with what
MERGE_WITHIN_S = 1.0  # two edits of one slider further apart than this are two drags


class ProjectEdit(QUndoCommand):
    """An edit of the project: it keeps it before and after."""

    def __init__(self, document: Document, label: Text, old: Project, new: Project, merge: str) -> None:
        super().__init__(label.en)
        self._document, self.label, self.old, self.new, self._merge = document, label, old, new, merge
        self._schedule = document.schedule  # recorded in the run that this edit may replace
        self._made_at = time.monotonic()

    def id(self) -> int:
        return PROJECT_EDITS

    def mergeWith(self, other: QUndoCommand) -> bool:
        is_same = isinstance(other, ProjectEdit) and self._merge != "" and other._merge == self._merge
        if not is_same or other._made_at - self._made_at > MERGE_WITHIN_S:
            return False
        self.new, self._made_at = other.new, other._made_at
        return True

    def undo(self) -> None:
        self._document._put(self.old.with_experiment(schedule=self._schedule))

    def redo(self) -> None:
        self._document._put(self.new)


class RunEdit(QUndoCommand):
    """What a person changed in the run under way: the changes recorded in it before and after."""

    def __init__(self, document: Document, label: Text, old: Schedule, new: Schedule) -> None:
        super().__init__(label.en)
        self._document, self.label, self.old, self.new = document, label, old, new
        self._made_at = time.monotonic()
        self._is_made = True  # the run has it already when it is told of

    def id(self) -> int:
        return RUN_EDITS

    def mergeWith(self, other: QUndoCommand) -> bool:
        is_same = isinstance(other, RunEdit) and other.label == self.label
        if not is_same or other._made_at - self._made_at > MERGE_WITHIN_S:
            return False
        self.new, self._made_at = other.new, other._made_at
        return True

    def undo(self) -> None:
        self._document._put_schedule(self.old)

    def redo(self) -> None:
        if self._is_made:
            self._is_made = False
        else:
            self._document._put_schedule(self.new)


class Document(QObject):
    """Holds the current Project. `changed(old, new)` follows every edit, undo and redo; `opened(project)` a reset, and
    whatever else begins anew."""

    changed = Signal(object, object)
    opened = Signal(object)
    rescheduled = Signal(object)  # a change recorded in the run was taken back or made again: the run has these now
    state_changed = Signal()  # path, saved or not, what can be undone

    def __init__(self, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project or Project()
        self._path: Path | None = None
        self._schedule: Schedule = self._project.experiment.schedule
        self._saved_schedule: Schedule = self._schedule
        self.undo_stack = QUndoStack(self)
        self.undo_stack.indexChanged.connect(self.on_stack_moved)
        self.undo_stack.cleanChanged.connect(self.on_stack_moved)

    @property
    def project(self) -> Project:
        return self._project

    @property
    def schedule(self) -> Schedule:
        """The changes recorded in the run."""
        return self._schedule

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def is_dirty(self) -> bool:
        """Whether something that the file would hold is not in it: an edit, or a change recorded during the run."""
        return not self.undo_stack.isClean() or self._schedule != self._saved_schedule

    @property
    def undo_label(self) -> Text | None:
        return self._label(self.undo_stack.index() - 1)

    @property
    def redo_label(self) -> Text | None:
        return self._label(self.undo_stack.index())

    def edit(self, label: Text, new: Project, merge: str = "") -> None:
        """Make `new` the project, as one step of undo; edits that follow with the same `merge` join that step."""
        if new is not self._project:
            self.undo_stack.push(ProjectEdit(self, label, self._project, new, merge))

    def set_view(self, view: View) -> None:
        """How the document is looked at: kept in the file, but nothing to undo and nothing to save for."""
        if view != self._project.view:
            self._project = self._project.replace(view=view)

    def reset(self, project: Project, path: Path | None = None) -> None:
        """Another document: nothing to undo, nothing unsaved."""
        self._project, self._path = project, path
        self._schedule = self._saved_schedule = project.experiment.schedule
        self.undo_stack.clear()
        self.opened.emit(project)
        self.state_changed.emit()

    def restore(self, project: Project, path: Path | None) -> None:
        """Another document, as an unsaved change of the file `path`: no undo leads back to what was saved."""
        self._project, self._path = project, path
        self._schedule = self._saved_schedule = project.experiment.schedule
        self.undo_stack.blockSignals(True)  # nobody sees it empty and clean: it never is
        self.undo_stack.clear()
        self.undo_stack.resetClean()
        self.undo_stack.blockSignals(False)
        self.opened.emit(project)
        self.state_changed.emit()

    def exchange(self, label: Text, project: Project) -> None:
        """Another document in this one's place, without a question: where unsaved work would be lost, it is an edit
        that can be undone."""
        if not self.is_dirty:
            self.reset(project)
            return
        self._path = None
        self.set_view(project.view)
        self.edit(label, project)
        self.opened.emit(self._project)

    def note_schedule(self, schedule: Schedule, label: Text | None = None) -> None:
        """The changes recorded in the run now, stored with the project. With a label they are what a person has just
        changed there: one step of undo."""
        if schedule == self._schedule:
            return
        old, self._schedule = self._schedule, schedule
        if label is not None:
            self.undo_stack.push(RunEdit(self, label, old, schedule))
        self.state_changed.emit()

    def project_to_save(self) -> Project:
        """The project with the changes that the run has recorded."""
        return self._project.with_experiment(schedule=self._schedule)

    def mark_unchanged(self) -> None:
        """Nothing of this document would be lost by leaving it."""
        self._saved_schedule = self._schedule
        self.undo_stack.setClean()
        self.state_changed.emit()

    def mark_saved(self, path: Path) -> None:
        self._path = path
        self.mark_unchanged()

    @Slot()
    def on_stack_moved(self) -> None:
        self.state_changed.emit()

    def _label(self, index: int) -> Text | None:
        command = self.undo_stack.command(index) if 0 <= index < self.undo_stack.count() else None
        return command.label if isinstance(command, (ProjectEdit, RunEdit)) else None

    def _put_schedule(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.rescheduled.emit(schedule)

    def _put(self, project: Project) -> None:
        old = self._project
        self._project = project.replace(view=old.view)
        self.changed.emit(old, self._project)
