"""The end of a window in a test: closed without a question, its worker ended, and really deleted."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent


def end(window) -> None:
    """Close and delete the window before anything else looks at what it leaves behind."""
    window.document.undo_stack.setClean()
    window.document._saved_schedule = window.document._schedule
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
