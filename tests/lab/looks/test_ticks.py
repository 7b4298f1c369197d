"""The ticks of an axis: inside, rising, few, round, and each written in its own way."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab.looks.ticks import axis_ticks, round_ticks, tick_text

WIDTHS = st.floats(-12, 12).map(lambda power: 10.0**power)
LOWS = st.floats(-1e6, 1e6)
LENGTHS = st.floats(20.0, 700.0)
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """A tick's number as a number again."""
    digits, _, power = text.replace("−", "-").replace(",", "").partition("×10")
    return float(f"{digits}e{power.translate(_RAISED) or 0}")


@settings(deadline=None)
@given(LOWS, WIDTHS, LENGTHS)
@example(1e6, 1e-12, 558.0)
@example(1e6, 1e-9, 652.0)
@example(0.0, 1e-12, 652.0)
@example(-1e6, 1e12, 652.0)
@example(-0.3, 0.9, 300.0)
def test_that_ticks_are_inside_and_rise_and_are_neither_one_nor_many(low, width, length):
    high = low + width
    places, spacing = axis_ticks(low, high, length)
    if low == high:  # nearer to each other than doubles are
        assert places == [low]
        return
    assert 2 <= len(places) <= 10
    assert low <= places[0] and places[-1] <= high
    assert all(a < b for a, b in zip(places, places[1:], strict=False))
    assert spacing > 0


@settings(deadline=None)
@given(LOWS, WIDTHS, LENGTHS)
@example(1e6, 1e-9, 652.0)
@example(1e12, 1.0, 652.0)
@example(0.1, 1e-7, 652.0)
def test_that_no_two_ticks_are_written_alike_and_each_says_its_place(low, width, length):
    places, spacing = axis_ticks(low, low + width, length)
    if len(places) < 2:  # no range at all
        return
    texts = [tick_text(place, spacing) for place in places]
    assert len(set(texts)) == len(texts)
    for place, text in zip(places, texts, strict=True):
        assert not set(text) & set("-e")
        said = read(text)
        assert abs(said - place) <= 0.51 * spacing + 1e-9 * abs(spacing)


@settings(deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-6, 6).map(lambda power: 10.0**power), LENGTHS)
def test_that_ticks_stand_at_multiples_of_one_two_or_five(low, width, length):
    places, spacing = axis_ticks(low, low + width, length)
    digit = spacing / 10.0 ** math.floor(math.log10(spacing) + 1e-9)
    assert any(math.isclose(digit, wanted, rel_tol=1e-9) for wanted in (1.0, 2.0, 5.0))
    # The ends of the range may be a billionth of a spacing inside.
    assert all(abs(place / spacing - round(place / spacing)) < 1e-6 for place in places)


@settings(deadline=None)
@given(LOWS, st.floats(-3, 12).map(lambda power: 10.0**power), st.floats(20.0, 600.0), st.floats(1.0, 4.0))
def test_that_a_longer_axis_has_no_fewer_ticks(low, width, length, times):
    shorter, longer = (axis_ticks(low, low + width, px)[0] for px in (length, length * times))
    assert len(shorter) <= len(longer)


@pytest.mark.parametrize(
    ("low", "high", "length", "expected"),
    [
        (-6.0, 6.0, 558.0, ["−6", "−4", "−2", "0", "2", "4", "6"]),
        (-3.0, 3.0, 558.0, ["−3", "−2", "−1", "0", "1", "2", "3"]),
        (2e6, 9.1e7, 652.0, ["20,000,000", "40,000,000", "60,000,000", "80,000,000"]),
        (0.0, 1.0, 300.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.0, 0.0, 300.0, ["0"]),
        (0.0, 1.0e12, 300.0, ["0", "2×10¹¹", "4×10¹¹", "6×10¹¹", "8×10¹¹", "1×10¹²"]),
        (-1e-7, 1e-7, 300.0, ["−1×10⁻⁷", "−5×10⁻⁸", "0", "5×10⁻⁸", "1×10⁻⁷"]),
    ],
)
def test_that_ticks_are_those_of_a_teacher(low, high, length, expected):
    places, spacing = axis_ticks(low, high, length)
    assert [tick_text(place, spacing) for place in places] == expected


@settings(deadline=None)
@given(LOWS, st.floats(-3, 9).map(lambda power: 10.0**power), st.integers(1, 12))
def test_that_round_ticks_are_no_more_than_asked_for_and_inside(low, width, most):
    high = low + width
    places = round_ticks(low, high, most)
    assert len(places) <= most + 1
    assert all(low - 1e-6 * width <= place <= high + 1e-6 * width for place in places)
    assert all(a < b for a, b in zip(places, places[1:], strict=False))
