"""How a number is written for people: on the screen, in sentences, in formulas and in the SVG alike.

Significant digits without trailing zeros, thousands apart, whole digits never rounded away below a million, powers of
ten beyond 10⁻⁴ .. 10⁶ ("1.235×10⁻⁷"), a true minus, ? for what is no number, and never a minus before a zero. Python
rounds, half to even. Files that machines read again, and fields that people type into, keep Python's own forms.
"""

from __future__ import annotations

import math
import re

MINUS = "−"
SHARES = ("accuracy", "share", "ratio")  # a figure whose name ends so is a part of a whole
DIGITS = 4
_LEAST, _MOST = 1e-4, 1e6
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SPEC = re.compile(r"(?P<sign>\+?),?(?:\.(?P<digits>\d+))?(?P<kind>[gf%])")


def number(value: float, digits: int = DIGITS) -> str:
    """`value` in so many significant digits: "0.0123", "12,346", "−1.5", "1.235×10⁻⁷", "?", "∞"."""
    shown, power = _parts(value, digits)
    return shown if power is None else f"{shown}×10{str(power).translate(_RAISED)}"


def signed(value: float, digits: int = DIGITS) -> str:
    """`number` with a plus before what is above zero."""
    return ("+" if value > 0 else "") + number(value, digits)


def latex(value: float, digits: int = DIGITS) -> str:
    """`number` as LaTeX."""
    if math.isnan(value):
        return r"\text{?}"
    shown, power = _parts(value, digits)
    shown = shown.replace(MINUS, "-").replace(",", "{,}").replace("∞", r"\infty")
    return shown if power is None else rf"{shown} \times 10^{{{power}}}"


def brief(value: float, with_plus: bool = False) -> str:
    """`value` as it is said aloud in a lesson, where the arithmetic stands elsewhere: two decimals, one from a hundred on,
    none from a thousand on, and three significant digits below 0.05: "9.78", "160.9", "12,346", "0.0123"."""
    size = abs(value)
    if 0.05 <= size < 999.95 or size == 0.0:
        shown = fixed(value, 1 if size >= 100.0 else 2)
    else:
        shown = number(value, 3)
    return f"+{shown}" if with_plus and value >= 0.0 and not shown.startswith(MINUS) else shown


def fixed(value: float, places: int) -> str:
    """`value` with so many decimals, zeros and all: for numbers that stand below each other or change in place."""
    if not math.isfinite(value):
        return number(value)
    return _calm(f"{value:,.{places}f}")


def percent(share: float, places: int = 0) -> str:
    """A share of one as "58.7%"."""
    return f"{fixed(100.0 * share, places)}%" if math.isfinite(share) else number(share)


def share(part: float) -> str:
    """A part of one as scores are told, everywhere with three decimals: "0.953"."""
    return fixed(part, 3)


def figure(name: str, value: float) -> str:
    """A metric by its name as everybody tells it: an accuracy as a share, what is no part of a whole as a number."""
    return share(value) if name.endswith(SHARES) else number(value)


def whole(count: int) -> str:
    """A count, thousands apart: "1,234"."""
    return f"{count:,d}".replace("-", MINUS)


def by_spec(value: float, spec: str) -> str:
    """`value` by one of Python's formats, in the forms of this module: what a sentence's `{loss:.3g}` becomes.

    Formats other than g, f and % keep what Python makes of them, with a true minus.
    """
    asked = _SPEC.fullmatch(spec)
    if isinstance(value, float) and not math.isfinite(value):
        return number(value)
    if asked is None:
        return format(value, spec).replace("-", MINUS)
    digits = 6 if asked["digits"] is None else int(asked["digits"])
    if asked["kind"] == "g":
        return signed(value, max(digits, 1)) if asked["sign"] else number(value, max(digits, 1))
    shown = percent(value, digits) if asked["kind"] == "%" else fixed(value, digits)
    return f"+{shown}" if asked["sign"] and not shown.startswith(MINUS) else shown


def _parts(value: float, digits: int) -> tuple[str, int | None]:
    """What stands before a power of ten, and that power; None where none is needed."""
    value = float(value)
    if math.isnan(value):
        return "?", None
    if math.isinf(value):
        return ("∞" if value > 0 else f"{MINUS}∞"), None
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    plain = f"{value:.{max(0, digits - 1 - int(power))}f}"
    if value == 0.0 or _LEAST <= abs(float(plain)) < _MOST:
        return _trimmed(_calm(f"{value:,.{max(0, digits - 1 - int(power))}f}")), None
    return _trimmed(_calm(mantissa)), int(power)


def _trimmed(shown: str) -> str:
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _calm(shown: str) -> str:
    """With a true minus, and none before a zero."""
    is_zero = not shown.strip("-0.,")
    return shown.removeprefix("-") if is_zero else shown.replace("-", MINUS)
