"""Hyper-parameters: one declaration, from which validation and sentences come."""

from __future__ import annotations

import math
from typing import Literal, get_args

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

import models
from models.core.params import Param, ParamKind, SettingError, check, declare, params, wanted
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


# -- whatever is given -----------------------------------------------------------------------------------------------------

LEARNERS = (Example, *(models.load(row.id) for row in models.CATALOGUE))
EVERY = [(learner, param) for learner in LEARNERS for param in params(learner)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**320), 10**320) | st.floats() | st.text(max_size=60),
    lambda some: st.lists(some, max_size=6) | st.dictionaries(st.text(max_size=5), some, max_size=3),
    max_leaves=8,
)
near_misses = st.sampled_from([
    "", " ", "none", "None", "NaN", "1e999", "-0", "-0.0", "0x10", "1_0", "+5", "1e2", "5.0", "٣", "½", "\x00", "\ud800",
    "{0}", "{count}", "4,2", "(8, 8)", "[1,2", ",", ",,,", "true", "TRUE", "yes", "tanh", "tanh,relu", 2**63, -(2**63),
    2**53 + 1, 5e-324, 1.0, -0.0, [], [[]], {}, [None], [True], ["tanh", "tanh"], ["tanh", 1],
])  # fmt: skip
anything = json_values | near_misses


def is_legal(param: Param, value: object) -> bool:
    """What the form, the file and the learner may rely on, by the declaration alone."""
    if value is None:
        return param.optional
    if param.kind == "choice":
        return value in param.choices
    if param.kind == "choices":
        return all(one in param.choices for one in (value if isinstance(value, tuple) else (value,)))
    if param.kind == "bool":
        return type(value) is bool
    if param.kind in ("ints", "floats"):
        least, most = param.length or (0, len(value))
        if type(value) is not tuple or not least <= len(value) <= most:
            return False
    kind = int if param.kind in ("int", "ints") else float
    low, high = (-math.inf if param.minimum is None else param.minimum), (param.maximum or math.inf)
    numbers = value if param.kind in ("ints", "floats") else (value,)
    return all(type(n) is kind and math.isfinite(n) and low <= n <= high for n in numbers)


def legal_values(param: Param) -> st.SearchStrategy:
    """Values as they are kept in a project, of every kind that there is."""
    low = -(10.0**300) if param.minimum is None else param.minimum
    high = 10.0**300 if param.maximum is None else param.maximum
    whole, real = st.integers(math.ceil(low), math.floor(high)), st.floats(low, high)
    least, most = param.length or (0, 5)
    names = list(param.choices)
    kinds = {
        "int": whole,
        "float": real,
        "bool": st.booleans(),
        "choice": st.sampled_from(names or [None]),
        "choices": st.sampled_from(names or [None])
        | st.lists(st.sampled_from(names or [None]), min_size=max(2, least), max_size=most)
        .map(tuple)
        .filter(lambda some: len(set(some)) > 1),
        "ints": st.lists(whole, min_size=least, max_size=min(most, least + 4)).map(tuple),
        "floats": st.lists(real, min_size=least, max_size=min(most, least + 4)).map(tuple),
    }
    assert kinds.keys() == set(get_args(ParamKind))
    return kinds[param.kind] | st.none() if param.optional else kinds[param.kind]


@settings(max_examples=1500, deadline=None)
@whatever(st.sampled_from(EVERY), anything)
def test_that_whatever_is_given_is_a_legal_value_or_a_sentence_in_both_languages(one, value):
    learner, param = one
    try:
        clean = check(learner, {param.name: value})[param.name]
    except SettingError as error:
        assert error.name == param.name
        for lang in ("en", "ko"):
            sentence = error.text.say(lang, error.values)
            assert sentence.isprintable() and len(sentence) < 300
            assert param.name in sentence and param.label.say(lang) in sentence
            sentence.encode("utf-8")
        return
    assert is_legal(param, clean)
    again = check(learner, {param.name: clean})[param.name]
    assert again == clean and type(again) is type(clean)
    assert is_legal(param, getattr(learner(**{param.name: clean}), param.name))


@settings(max_examples=800, deadline=None)
@whatever(st.data())
def test_that_a_legal_value_passes_unchanged_and_so_does_its_text(data):
    learner, param = data.draw(st.sampled_from(EVERY))
    value = data.draw(legal_values(param))
    clean = check(learner, {param.name: value})[param.name]
    assert clean == value and type(clean) is type(value)
    typed = (
        ",".join(repr(one) if not isinstance(one, str) else one for one in value) if isinstance(value, tuple) else value
    )
    if typed == "":
        return  # no numbers at all and no value at all are typed alike
    assert check(learner, {param.name: str(typed)})[param.name] == value


@settings(max_examples=200, deadline=None)
@whatever(st.sampled_from(LEARNERS), st.text(max_size=80), anything)
def test_that_a_name_nobody_has_is_said_in_both_languages(learner, name, value):
    if name in {param.name for param in params(learner)}:
        return
    with pytest.raises(SettingError) as caught:
        check(learner, {name: value})
    for lang in ("en", "ko"):
        sentence = caught.value.text.say(lang, caught.value.values)
        assert sentence.isprintable() and params(learner)[0].name in sentence


def test_that_numbers_of_thousands_of_digits_and_lists_without_end_are_refused_in_a_sentence():
    endless: list = []
    endless.append(endless)
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for value in (10**5000, -(10**5000), endless, [10**5000], deep, [deep]):
        for param in params(Example):
            with pytest.raises(SettingError):
                check(Example, {param.name: value})


def test_that_a_whole_number_keeps_every_digit():
    class Wide(BaseModel):
        count: int = declare(1, label=WORD, help=WORD, minimum=0)

    assert check(Wide, {"count": 2**53 + 1}) == {"count": 2**53 + 1}
    assert check(Wide, {"count": str(2**53 + 1)}) == {"count": 2**53 + 1}


def test_that_a_bound_above_alone_is_said_too():
    class Low(BaseModel):
        level: float = declare(1.0, label=WORD, help=WORD, maximum=3.0)

    assert wanted(params(Low)[0]).say("en") == "a number of at most 3"


def test_that_the_attributes_of_a_declaration_stand_in_one_place():
    """Whatever is declared arrives: the record is the only list of what there is."""
    declared = {"label": WORD, "help": WORD, "change": "live", "folded": True, "is_start": True, "step": 0.5}

    class Whole(BaseModel):
        level: float = declare(1.0, **declared)

    (param,) = params(Whole)
    assert all(getattr(param, name) == value for name, value in declared.items())
    with pytest.raises(TypeError):
        declare(1.0, label=WORD, help=WORD, colour="red")
