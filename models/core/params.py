"""Hyper-parameters, declared once: from one declaration come the form, `--set`, validation, files and reports."""

from __future__ import annotations

import functools
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

from models.words.sentences import filled
from models.words.text import Text

if TYPE_CHECKING:
    from pydantic import BaseModel

# When a new value takes effect: at the next iteration; by rebuilding the run at once; from the start of a run.
ChangeKind = Literal["live", "restart", "rewind"]
ParamKind = Literal["int", "float", "bool", "choice", "choices", "ints", "floats"]
P = ParamSpec("P")

_CITED = 40  # characters of what was given


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a learner says about one of its hyper-parameters: the keywords of `declare`.

    Bounds are inclusive. `minimum` and `maximum` hold for each number of a tuple; `length` bounds how many it has as
    (least, most). `step` of a logarithmic number that may be 0 is its first value above 0. `choices`: what each value
    is called. `for_each` names a list: one choice holds for all its entries, or a tuple has one for each of them (an
    activation for each hidden layer). `only_if` is (other parameter, values that make this one count). `none_text`
    says how None is chosen from the data. folded: a lecture hardly touches it. is_start: it sets a start by hand, which
    a seed then has no say in. odd_for_two_classes: an even number of voters can tie. renames_units: the addresses of
    units change with it.
    """

    label: Text
    help: Text
    change: ChangeKind = "rewind"
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    logarithmic: bool = False
    choices: Mapping[str, Text] = field(default_factory=dict)
    only_if: tuple[str, tuple[Any, ...]] | None = None
    length: tuple[int, int] | None = None
    none_text: Text | None = None
    for_each: str | None = None
    folded: bool = False
    is_start: bool = False
    odd_for_two_classes: bool = False
    renames_units: bool = False


@dataclass(frozen=True, kw_only=True)
class Param(Declared):
    """One hyper-parameter as the form, the command line and the file see it: what was declared, and what its annotation
    says. `kind` "ints" and "floats" are tuples (layer sizes, a point), "choices" one choice or a tuple of them.
    `optional` says that None is a value."""

    name: str
    kind: ParamKind
    default: Any
    optional: bool = False

    def counts(self, settings: Mapping[str, Any]) -> bool:
        """Whether this parameter has a meaning under the other `settings`."""
        return self.only_if is None or settings.get(self.only_if[0]) in self.only_if[1]


def _declaring(record: Callable[P, Declared]) -> Callable[Concatenate[Any, P], Any]:
    """A function with the default as its first argument and the record's own keywords behind it."""

    def declare(default: Any, /, *args: P.args, **attributes: P.kwargs) -> Any:
        """A pydantic field of a learner; the keywords are those of `Declared`."""
        from pydantic import Field  # not above: the window needs SettingError long before it needs pydantic

        extra: dict[str, Any] = {"declared": record(*args, **attributes)}
        return Field(default, json_schema_extra=extra)

    return declare


declare = _declaring(Declared)


@functools.cache
def params(learner: type[BaseModel]) -> tuple[Param, ...]:
    """The declared hyper-parameters of a learner class, in the order of their declaration. Raises TypeError for a field
    without `declare` or without a default."""
    from pydantic_core import PydanticUndefined

    hints = typing.get_type_hints(learner)
    found = []
    for name, info in learner.model_fields.items():
        extra: Any = info.json_schema_extra
        declared = extra.get("declared") if isinstance(extra, dict) else None
        if not isinstance(declared, Declared):
            raise TypeError(f"{learner.__name__}.{name} is not declared with declare()")
        if info.default is PydanticUndefined:
            raise TypeError(f"{learner.__name__}.{name} has no default")
        kind, optional = _kind(hints[name])
        found.append(Param(name=name, kind=kind, default=info.default, optional=optional, **vars(declared)))
    return tuple(found)


def _kind(hint: Any) -> tuple[ParamKind, bool]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in arguments if a is not type(None)]
        return _kind(inner[-1])[0], len(inner) < len(arguments)
    if origin is Literal:
        return "choice", False
    if origin is tuple and typing.get_origin(arguments[0]) is Literal:
        return "choices", False
    if origin is tuple:
        return ("ints" if arguments[0] is int else "floats"), False
    return _PLAIN[hint], False


_PLAIN: dict[type, ParamKind] = {bool: "bool", int: "int", float: "float"}


class SettingError(ValueError):
    """A setting that cannot be used. `text` and `values` say what, where and what to do."""

    def __init__(self, name: str, text: Text, values: dict[str, Any]) -> None:
        super().__init__(text.say("en", values))
        self.name, self.text, self.values = name, text, values


_UNKNOWN = Text(
    "{algorithm} has no setting {name!s}; it has: {known}.",
    "{algorithm}에는 {name!s} 설정이 없습니다. 쓸 수 있는 설정: {known}.",
)
_BOUNDS = Text(
    "{label} ({name}) must be {wanted}, but {given} was given.",
    "{label}({name}): {wanted} 값이어야 하지만 {given:이/가} 주어졌습니다.",
)
_WANTED = {
    "int": Text("a whole number{bounds}", "정수{bounds}"),
    "float": Text("a number{bounds}", "수{bounds}"),
    "bool": Text("true or false", "true 또는 false"),
    "choice": Text("one of {choices}", "{choices} 중 하나의"),
    "choices": Text("one or several of {choices}{length}", "{choices} 중에서 고른{length}"),
    "ints": Text("a list of whole numbers{bounds}{length}", "정수 목록{bounds}{length}"),
    "floats": Text("a list of numbers{bounds}{length}", "수 목록{bounds}{length}"),
}
_RANGE = Text(" from {minimum:g} to {maximum:g}", "({minimum:g} 이상 {maximum:g} 이하)의")
_LEAST = Text(" of at least {minimum:g}", "({minimum:g} 이상)의")
_MOST = Text(" of at most {maximum:g}", "({maximum:g} 이하)의")
_LENGTH = Text(", {least:,d} to {most:,d} of them", ", {least:,d}개 이상 {most:,d}개 이하의")


def wanted(param: Param) -> Text:
    """What values a parameter takes, as a phrase in both languages."""
    bounds: Text | str = ""
    length: Text | str = ""
    if param.minimum is not None and param.maximum is not None:
        bounds = filled(_RANGE, minimum=param.minimum, maximum=param.maximum)
    elif param.minimum is not None:
        bounds = filled(_LEAST, minimum=param.minimum)
    elif param.maximum is not None:
        bounds = filled(_MOST, maximum=param.maximum)
    if param.length is not None:
        length = filled(_LENGTH, least=param.length[0], most=param.length[1])
    return filled(_WANTED[param.kind], bounds=bounds, length=length, choices=", ".join(param.choices))


def check(learner: type[BaseModel], settings: Mapping[str, Any], title: Text | None = None) -> dict[str, Any]:
    """Settings turned into clean values: numbers in range, lists as tuples. `title` is how sentences call the learner.

    Text is accepted for numbers, lists ("4,2") and booleans, as a command line gives it.
    Raises SettingError with a sentence for an unknown name or a value outside its range.
    """
    known = {param.name: param for param in params(learner)}
    clean: dict[str, Any] = {}
    for name, given in settings.items():
        if name not in known:
            called = title or Text(learner.__name__, learner.__name__)
            raise SettingError(name, _UNKNOWN, {"algorithm": called, "name": _cited(name), "known": ", ".join(known)})
        param = known[name]
        try:
            clean[name] = _clean(param, given)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            values = {"label": param.label, "name": name, "wanted": wanted(param), "given": _cited(given)}
            raise SettingError(name, _BOUNDS, values) from None
    return clean


def _cited(given: Any) -> str:
    """What somebody gave, as a sentence may cite it: short, on one line, and nothing that no encoding can hold."""
    try:
        shown = str(given)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list of lists of lists ...
        shown = "…"
    on_one_line = " ".join(shown.encode("utf-8", "replace").decode().split())
    return "".join(letter if letter.isprintable() else "?" for letter in on_one_line[:_CITED]) or '""'


def _clean(param: Param, given: Any) -> Any:
    is_text = isinstance(given, str)
    is_empty = given is None or (is_text and given.strip().lower() in ("none", ""))
    if is_empty and not (param.kind == "choice" and given in param.choices):  # a choice may be called "none"
        if not param.optional:
            raise ValueError
        return None
    if param.kind in ("ints", "floats", "choices"):
        if is_text:
            entries: Sequence[Any] = [part.strip() for part in given.strip("()[] ").split(",") if part.strip()]
        else:
            entries = given if isinstance(given, (list, tuple)) else [given]
        least, most = param.length or (0, len(entries))
        if not least <= len(entries) <= most:
            raise ValueError
        if param.kind == "choices":
            return _choices(param, entries)
        return tuple(_number(param, entry, whole=param.kind == "ints") for entry in entries)
    if param.kind == "choice":
        if given not in param.choices:
            raise ValueError
        return given
    if param.kind == "bool":
        return _BOOLS[str(given).lower()]
    return _number(param, given, whole=param.kind == "int")


_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _choices(param: Param, entries: Sequence[Any]) -> Any:
    """One value alone for entries that are all alike, so that equal settings are equal values; else each of them."""
    if not entries or any(entry not in param.choices for entry in entries):
        raise ValueError
    return entries[0] if len(set(entries)) == 1 else tuple(entries)


def _number(param: Param, given: Any, *, whole: bool) -> int | float:
    if isinstance(given, bool):
        raise ValueError
    if isinstance(given, str) and ("_" in given or not given.isascii()):
        raise ValueError
    if whole and isinstance(given, str) and given.strip().lstrip("+-").isdigit():
        given = int(given)
    number = float(given)
    if not math.isfinite(number):
        raise ValueError
    if whole and number != int(number):
        raise ValueError
    if param.minimum is not None and number < param.minimum or param.maximum is not None and number > param.maximum:
        raise ValueError
    if not whole:
        return number
    return given if isinstance(given, int) else int(number)  # a float would lose digits beyond 2**53
