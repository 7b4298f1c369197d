"""Where the ticks of an axis stand, and how their numbers are written."""

from __future__ import annotations

import math

from models.words.numbers import fixed, number

_LEAST_INTERVALS = 2.25  # two ticks at least, wherever the axis begins
_SHORT_PX = 300.0  # longer axes have more ticks, but not in proportion: their numbers keep their distance
_MOST_DIGITS = 17  # a double has no more


def axis_ticks(low: float, high: float, length: float) -> tuple[list[float], float]:
    """The ticks of a plane's axis over a range, `length` pixels long, and their spacing."""
    least = _LEAST_INTERVALS * max(1.0, math.sqrt(length / _SHORT_PX))
    return _ticks(low, high, _round_at_most((high - low) / least))


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers in an interval (one more where it begins with one), evenly apart."""
    step = _round_at_least((high - low) / max(most, 1))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def tick_text(value: float, spacing: float) -> str:
    """A tick's number with the digits that its spacing needs, thousands apart; a power of ten on axes whose numbers
    would be long (`models.words.numbers` writes both)."""
    if abs(value) >= 1e12 or spacing >= 1e11 or 0 < spacing < 1e-6:
        digits = 6
        if value != 0 and spacing > 0:
            digits = max(6, min(_MOST_DIGITS, math.ceil(math.log10(abs(value)) - math.log10(spacing) + 1e-9) + 1))
        return number(value, digits)
    places = max(0, math.ceil(-math.log10(spacing) - 1e-9)) if spacing > 0 else 0
    return fixed(value, places)


def _ticks(low: float, high: float, step: float) -> tuple[list[float], float]:
    """The multiples of a step within a range; its ends where doubles are too coarse to hold two of them."""
    if step >= 4.0 * math.ulp(max(abs(low), abs(high))):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return [min(max(k * step, low), high) for k in range(first, last + 1)], step
    return ([low, high], high - low) if low < high else ([low], 0.0)


def _round_at_least(rough: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below a number."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(times * power for times in (1.0, 2.0, 5.0, 10.0) if times * power >= rough * (1 - 1e-9))


def _round_at_most(rough: float) -> float:
    """The greatest of 1, 2 and 5 times a power of ten that is not above a number; 0 for none."""
    if not 0.0 < rough < math.inf:
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough) + 1e-12)
    return next(times * power for times in (5.0, 2.0, 1.0) if times * power <= rough * (1 + 1e-9))
