"""Hyper-parameters, declared once: from one declaration come the form, `--set`, validation, files and reports."""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from models.words.text import Text

if TYPE_CHECKING:
    from pydantic import BaseModel

# When a new value takes effect: at the next iteration; by rebuilding the run at once; from the start of a run.
ChangeKind = Literal["live", "restart", "rewind"]
ParamKind = Literal["int", "float", "bool", "choice", "choices", "ints", "floats"]


@dataclass(frozen=True)
class Param:
    """One hyper-parameter as the form, the command line and the file see it.

    `kind` "ints" and "floats" are tuples (layer sizes, a point); `length` bounds their length as (least, most).
    `minimum` and `maximum` hold for each number. "choices" is one choice for all entries of the list `for_each` names,
    or a tuple with one for each of them (an activation for each hidden layer). `step` of a logarithmic number that may
    be 0 is its first value above 0. `only_if` is (other parameter, values that make this one count).
    `optional` says that None is a value (it means: chosen from the data, and `none_text` says how).
    folded: a lecture hardly touches it. is_start: it sets a start by hand, which a seed then has no say in.
    odd_for_two_classes: an even number of voters can tie. renames_units: the addresses of units change with it.
    """

    name: str
    kind: ParamKind
    default: Any
    label: Text
    help: Text
    change: ChangeKind
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    logarithmic: bool = False
    choices: dict[str, Text] = field(default_factory=dict)
    only_if: tuple[str, tuple[Any, ...]] | None = None
    length: tuple[int, int] | None = None
    optional: bool = False
    none_text: Text | None = None
    for_each: str | None = None
    folded: bool = False
    is_start: bool = False
    odd_for_two_classes: bool = False
    renames_units: bool = False

    def counts(self, settings: dict[str, Any]) -> bool:
        """Whether this parameter has a meaning under the other `settings`."""
        return self.only_if is None or settings.get(self.only_if[0]) in self.only_if[1]


@dataclass(frozen=True)
class _Declared:
    label: Text
    help: Text
    change: ChangeKind
    minimum: float | None
    maximum: float | None
    step: float | None
    logarithmic: bool
    choices: dict[str, Text]
    only_if: tuple[str, tuple[Any, ...]] | None
    length: tuple[int, int] | None
    none_text: Text | None
    for_each: str | None
    folded: bool
    is_start: bool
    odd_for_two_classes: bool
    renames_units: bool


def declare(
    default: Any,
    *,
    label: Text,
    help: Text,
    change: ChangeKind = "rewind",
    minimum: float | None = None,
    maximum: float | None = None,
    step: float | None = None,
    logarithmic: bool = False,
    choices: dict[str, Text] | None = None,
    only_if: tuple[str, tuple[Any, ...]] | None = None,
    length: tuple[int, int] | None = None,
    none_text: Text | None = None,
    for_each: str | None = None,
    folded: bool = False,
    is_start: bool = False,
    odd_for_two_classes: bool = False,
    renames_units: bool = False,
) -> Any:
    """A pydantic field of a learner. Bounds are inclusive; for tuples they hold for every entry; the flags are Param's."""
    from pydantic import Field  # not above: the window needs SettingError long before it needs pydantic

    declared = _Declared(
        label, help, change, minimum, maximum, step, logarithmic, choices or {}, only_if, length, none_text,
        for_each, folded, is_start, odd_for_two_classes, renames_units,
    )  # fmt: skip
    return Field(default, json_schema_extra={"declared": declared})  # type: ignore[dict-item]


@functools.cache
@functools.cache
def params(learner: type[BaseModel]) -> tuple[Param, ...]:
    """The declared hyper-parameters of a learner class, in the order of their declaration."""
    from pydantic_core import PydanticUndefined

    hints = typing.get_type_hints(learner)
    found = []
    for name, info in learner.model_fields.items():
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or "declared" not in extra:
            raise TypeError(f"{learner.__name__}.{name} is not declared with declare()")
        declared: _Declared = extra["declared"]  # type: ignore[assignment]
        if info.default is PydanticUndefined:
            raise TypeError(f"{learner.__name__}.{name} has no default")
        kind, optional = _kind(hints[name])
        found.append(
            Param(
                name=name,
                kind=kind,
                default=info.default,
                optional=optional,
                **{key: getattr(declared, key) for key in declared.__dataclass_fields__},
            )
        )
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
    return {bool: "bool", int: "int", float: "float"}[hint], False  # type: ignore[return-value]


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
_LENGTH = Text(", {least} to {most} of them", ", {least}개 이상 {most}개 이하의")


def wanted(param: Param) -> Text:
    """What values a parameter takes, as a phrase in both languages."""

    def phrase(lang: Any) -> str:
        bounds = length = ""
        if param.minimum is not None and param.maximum is not None:
            bounds = _RANGE.say(lang, {"minimum": param.minimum, "maximum": param.maximum})
        elif param.minimum is not None:
            bounds = _LEAST.say(lang, {"minimum": param.minimum})
        if param.length is not None:
            length = _LENGTH.say(lang, {"least": param.length[0], "most": param.length[1]})
        values = {"bounds": bounds, "length": length, "choices": ", ".join(param.choices)}
        return _WANTED[param.kind].say(lang, values).replace("{", "{{").replace("}", "}}")

    return Text(phrase("en"), phrase("ko"))


def check(learner: type[BaseModel], settings: dict[str, Any], title: Text | None = None) -> dict[str, Any]:
    """Settings turned into clean values: numbers in range, lists as tuples. `title` is how sentences call the learner.

    Text is accepted for numbers, lists ("4,2") and booleans, as a command line gives it.
    Raises SettingError with a sentence for an unknown name or a value outside its range.
    """
    known = {param.name: param for param in params(learner)}
    clean: dict[str, Any] = {}
    for name, given in settings.items():
        if name not in known:
            called = title or Text(learner.__name__, learner.__name__)
            raise SettingError(name, _UNKNOWN, {"algorithm": called, "name": str(name)[:40], "known": ", ".join(known)})
        param = known[name]
        try:
            clean[name] = _clean(param, given)
        except (ValueError, TypeError, OverflowError):
            values = {"label": param.label, "name": name, "wanted": wanted(param), "given": str(given)[:40] or '""'}
            raise SettingError(name, _BOUNDS, values) from None
    return clean


def _clean(param: Param, given: Any) -> Any:
    is_empty = given is None or (isinstance(given, str) and given.strip().lower() in ("none", ""))
    if is_empty and not (param.kind == "choice" and given in param.choices):  # a choice may be called "none"
        if not param.optional:
            raise ValueError
        return None
    if param.kind in ("ints", "floats", "choices"):
        if isinstance(given, str):
            entries: Any = [part.strip() for part in given.strip("()[] ").split(",") if part.strip()]
        elif isinstance(given, (list, tuple)):
            entries = given
        else:
            entries = [given]
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
        if isinstance(given, bool):
            return given
        return (
            {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}.get(str(given).lower())
            if str(given).lower() in ("true", "false", "1", "0", "yes", "no")
            else _refuse()
        )
    return _number(param, given, whole=param.kind == "int")


def _choices(param: Param, entries: Any) -> str | tuple[str, ...]:
    """One value alone for entries that are all alike, so that equal settings are equal values; else each of them."""
    if not entries or any(entry not in param.choices for entry in entries):
        raise ValueError
    return entries[0] if len(set(entries)) == 1 else tuple(entries)


def _refuse() -> Any:
    raise ValueError


def _number(param: Param, given: Any, *, whole: bool) -> int | float:
    if isinstance(given, bool):
        raise ValueError
    if isinstance(given, str) and ("_" in given or not given.isascii()):
        raise ValueError
    number = float(given)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError
    if whole and number != int(number):
        raise ValueError
    if param.minimum is not None and number < param.minimum or param.maximum is not None and number > param.maximum:
        raise ValueError
    return int(number) if whole else number
