from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError, shown
from models.words.text import Text

_MISSING = Text("{name} is missing from {folder}.", "{folder}에 {name:이/가} 없습니다.")


@pytest.mark.parametrize(
    "name", ["half\ud800", "\udcff", "nul\0", "two\nlines", "\x1b[31mred", "\u202etxt.exe", "bell\x07", "\x85", "tab\t"]
)
def test_that_a_name_from_a_file_can_be_printed_on_one_line(name):
    error = LabError(_MISSING, name=name, folder=Path(name.replace("\0", "")))
    for lang in ("en", "ko"):
        said = error.said.say(lang)
        assert said.encode() and "\n" not in said and "\x1b" not in said and "\u202e" not in said


@pytest.mark.parametrize(
    "name", ["키 몸무게.csv", "나\u0301", "👩‍👩‍👧", "Größe (cm)", "a\u00a0b", "“x”", "=1+1", "{x}"]
)
def test_that_letters_and_signs_stay_as_they_are(name):
    assert shown(name) == name
    assert name in str(LabError(_MISSING, name=name, folder="/tmp"))
