"""The document: the project as it stands, what can be undone, where it is stored, and whether it was saved."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from lab.document.changes import Schedule
from lab.document.project import Project, View
from models.words.text import Text

MERGE_WITHIN_S = 1.0  # two edits of one slider further apart than this are two drags


class ProjectEdit(QUndoCommand):
    """The one command there is: it keeps the project before and after."""

    def __init__(self, document: Document, label: Text, old: Project, new: Project, merge: str) -> None:
        super().__init__(label.en)
        self._document, self.label, self.old, self.new, self._merge = document, label, old, new, merge
        self._made_at = time.monotonic()

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        is_same = isinstance(other, ProjectEdit) and self._merge != "" and other._merge == self._merge
        if not is_same or other._made_at - self._made_at > MERGE_WITHIN_S:
            return False
        self.new, self._made_at = other.new, other._made_at
        return True

    def undo(self) -> None:
        self._document._put(self.old)

    def redo(self) -> None:
        self._document._put(self.new)


class Document(QObject):
    """Holds the current Project. `changed(old, new)` follows every edit, undo and redo; `opened(project)` a reset, and
    whatever else begins anew."""

    changed = Signal(object, object)
    opened = Signal(object)
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

    def note_schedule(self, schedule: Schedule) -> None:
        """The changes recorded in the run: stored with the project, never undone."""
        if schedule != self._schedule:
            self._schedule = schedule
            self.state_changed.emit()

    def project_to_save(self) -> Project:
        """The project with the changes that the run has recorded."""
        return self._project.with_experiment(schedule=self._schedule)

    def mark_saved(self, path: Path) -> None:
        self._path = path
        self._saved_schedule = self._schedule
        self.undo_stack.setClean()
        self.state_changed.emit()

    @Slot()
    def on_stack_moved(self) -> None:
        self.state_changed.emit()

    def _label(self, index: int) -> Text | None:
        command = self.undo_stack.command(index) if 0 <= index < self.undo_stack.count() else None
        return command.label if isinstance(command, ProjectEdit) else None

    def _put(self, project: Project) -> None:
        old = self._project
        self._project = project.replace(view=old.view)
        self.changed.emit(old, self._project)
