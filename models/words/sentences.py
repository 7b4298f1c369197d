"""Sentences inside sentences: a Text whose values are filled in, as a value of another Text."""

from __future__ import annotations

from typing import Any

from models.words.text import Text


def filled(template: Text, **values: Any) -> Text:
    """A template with its values as a Text that can stand inside another one (braces in names are kept)."""
    en, ko = (template.say(lang, values).replace("{", "{{").replace("}", "}}") for lang in ("en", "ko"))
    return Text(en, ko)
