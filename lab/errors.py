"""The one error that people see: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any

from models.words.text import Said, Text


class LabError(Exception):
    """Something a person can mend. `said` is the sentence in both languages."""

    def __init__(self, text: Text, **values: Any) -> None:
        self.said = Said(text, values)
        super().__init__(self.said.say("en"))
