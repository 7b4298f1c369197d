"""The language of the whole window, switched live: one object, one signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from models.words.text import Lang, Said, Text


class Language(QObject):
    """The chosen language. `changed` is sent after every switch."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._code: Lang = "ko"

    @property
    def code(self) -> Lang:
        return self._code

    def set(self, code: Lang) -> None:
        if code != self._code:
            self._code = code
            self.changed.emit()

    def say(self, text: Text | Said, **values: Any) -> str:
        """A Text with values, or a Said, in the chosen language."""
        return text.say(self._code) if isinstance(text, Said) else text.say(self._code, values)


language = Language()


class _Binding(QObject):
    """One setter that is called again at each switch; lives and dies with its owner."""

    def __init__(self, owner: QObject, setter: Callable[[str], Any], text: Text, values: dict[str, Any]) -> None:
        super().__init__(owner)
        self._setter, self._text, self._values = setter, text, values
        language.changed.connect(self.on_language_changed)
        self.on_language_changed()

    @Slot()
    def on_language_changed(self) -> None:
        self._setter(language.say(self._text, **self._values))


def bind(owner: QObject, setter: Callable[[str], Any], text: Text, **values: Any) -> None:
    """Say `text` through `setter` (label.setText, action.setToolTip ...) now and after every switch of language."""
    _Binding(owner, setter, text, values)
