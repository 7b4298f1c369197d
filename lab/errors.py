"""The one error that people see: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from models.words.text import Said, Text

# Control characters, halves of characters, and marks that turn the order of what follows: in a name from a stranger's
# file they would end the line, break the encoding of the console or write over the sentence.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class LabError(Exception):
    """Something a person can mend. `said` is the sentence in both languages, its inserted texts on one line."""

    def __init__(self, text: Text, **values: Any) -> None:
        clean = {name: shown(value) if isinstance(value, (str, PurePath)) else value for name, value in values.items()}
        self.said = Said(text, clean)
        super().__init__(self.said.say("en"))


def shown(name: object) -> str:
    """A text as it can be printed anywhere, on one line: a blank for a line's end, ? for what is no letter or sign."""
    return _ODD.sub(lambda found: " " if found[0] in "\t\n\v\f\r" else "?", str(name))
