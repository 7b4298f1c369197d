"""Hyper-parameters: one declaration, from which validation and sentences come."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from models.core.params import SettingError, check, declare, params, wanted
from models.words.text import Text

WORD = Text("a word", "낱말")


class Example(BaseModel):
    model_config = ConfigDict(frozen=True)

    count: int = declare(3, label=WORD, help=WORD, minimum=1, maximum=9)
    rate: float = declare(0.1, label=WORD, help=WORD, change="live", minimum=0.0)
    is_on: bool = declare(True, label=WORD, help=WORD)
    kind: Literal["one", "two"] = declare("one", label=WORD, help=WORD, choices={"one": WORD, "two": WORD})
    layers: tuple[int, ...] = declare((4,), label=WORD, help=WORD, minimum=1, maximum=64, length=(1, 8))
    place: tuple[float, ...] | None = declare(None, label=WORD, help=WORD, length=(2, 4), none_text=WORD)
    force: float = declare(0.9, label=WORD, help=WORD, only_if=("kind", ("two",)))


def by_name(name: str):
    return {param.name: param for param in params(Example)}[name]


def test_that_kinds_are_read_from_the_annotations():
    kinds = {param.name: param.kind for param in params(Example)}
    assert kinds == {
        "count": "int", "rate": "float", "is_on": "bool", "kind": "choice", "layers": "ints", "place": "floats",
        "force": "float",
    }  # fmt: skip
    assert [param.name for param in params(Example) if param.optional] == ["place"]
    assert by_name("rate").change == "live" and by_name("count").change == "rewind"


@pytest.mark.parametrize(("name", "given", "expected"), [
    ("count", "5", 5), ("count", 5.0, 5), ("rate", "1e-3", 0.001), ("rate", 0, 0.0), ("is_on", "false", False),
    ("is_on", "1", True), ("is_on", True, True), ("kind", "two", "two"), ("layers", "4,2", (4, 2)),
    ("layers", "(8, 8)", (8, 8)), ("layers", [1, 2], (1, 2)), ("layers", 5, (5,)), ("place", "1.5,-2", (1.5, -2.0)),
    ("place", None, None), ("place", "none", None), ("place", "", None),
])  # fmt: skip
def test_that_values_from_forms_files_and_command_lines_become_clean(name, given, expected):
    clean = check(Example, {name: given})[name]
    assert clean == expected and type(clean) is type(expected)


@pytest.mark.parametrize(("name", "given"), [
    ("count", 0), ("count", 10), ("count", 2.5), ("count", "x"), ("count", None), ("count", True), ("count", "1_0"),
    ("count", "٣"), ("rate", -0.1), ("rate", "nan"), ("rate", "inf"), ("rate", 1e999), ("is_on", "maybe"),
    ("is_on", 2), ("kind", "three"), ("kind", 1), ("kind", ["one"]), ("layers", ""), ("layers", "4,65"),
    ("layers", "1,2,3,4,5,6,7,8,9"), ("layers", "4.5"), ("place", "1"), ("place", [1, 2, 3, 4, 5]),
    ("count", 10**400), ("layers", [[1]]),
])  # fmt: skip
def test_that_values_out_of_range_are_refused_with_a_sentence_in_both_languages(name, given):
    with pytest.raises(SettingError) as caught:
        check(Example, {name: given})
    for lang in ("en", "ko"):
        sentence = caught.value.text.say(lang, caught.value.values)
        assert name in sentence and "{" not in sentence and len(sentence) < 250
    assert caught.value.name == name


def test_that_an_unknown_setting_names_those_there_are():
    with pytest.raises(SettingError) as caught:
        check(Example, {"momentum": 1})
    sentence = caught.value.text.say("en", caught.value.values)
    assert "momentum" in sentence and "count" in sentence


def test_that_the_wanted_values_are_said_with_their_bounds():
    assert wanted(by_name("count")).say("en") == "a whole number from 1 to 9"
    assert wanted(by_name("rate")).say("en") == "a number of at least 0"
    assert "1" in wanted(by_name("layers")).say("ko") and "8" in wanted(by_name("layers")).say("ko")
    assert "one, two" in wanted(by_name("kind")).say("ko")


def test_that_a_setting_counts_only_with_the_one_it_belongs_to():
    assert by_name("force").counts({"kind": "two"}) and not by_name("force").counts({"kind": "one"})
    assert by_name("count").counts({})


def test_that_undeclared_fields_and_missing_defaults_are_found_at_once():
    class Undeclared(BaseModel):
        count: int = 3

    class Without(BaseModel):
        count: int = declare(..., label=WORD, help=WORD)

    for wrong in (Undeclared, Without):
        with pytest.raises(TypeError):
            params(wrong)
