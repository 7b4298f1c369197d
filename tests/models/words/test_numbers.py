"""Numbers for people: the same figure is the same text everywhere."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.words.numbers import brief, by_spec, figure, fixed, latex, number, percent, share, signed, whole
from models.words.text import Text

_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
ordinary = st.floats(-1e300, 1e300)


def read(shown: str) -> float:
    """A number for people as a number again."""
    digits, _, power = shown.replace("−", "-").replace(",", "").partition("×10")
    return float(f"{digits}e{power.translate(_RAISED) or 0}")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-2.5, "−2.5"), (0.123456, "0.1235"), (1234.5678, "1,235"),
        (9999.5, "10,000"), (15234.5, "15,234"), (999999.4, "999,999"), (999999.5, "1×10⁶"), (1234567.0, "1.235×10⁶"),
        (0.0001, "0.0001"), (0.00009999, "9.999×10⁻⁵"), (0.000099999, "0.0001"), (1e-7, "1×10⁻⁷"), (-4e12, "−4×10¹²"),
        (math.nan, "?"), (math.inf, "∞"), (-math.inf, "−∞"), (5e-324, "4.941×10⁻³²⁴"),
    ],
)  # fmt: skip
def test_how_a_number_is_written(value, shown):
    assert number(value) == shown


@given(ordinary, st.integers(2, 9))
def test_that_what_is_shown_is_the_number_to_its_digits(value, digits):
    assert read(number(value, digits)) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=5e-324)


@given(ordinary, st.integers(2, 9))
def test_that_a_shown_number_shows_itself(value, digits):
    shown = number(value, digits)
    assert number(read(shown), digits) == shown


@given(ordinary, ordinary)
def test_that_a_larger_number_never_reads_smaller(one, other):
    low, high = sorted((one, other))
    assert read(number(low)) <= read(number(high))


@given(st.floats(), st.sampled_from(["g", ".3g", ".4g", "+.2f", ".1%", ",.0f"]))
def test_that_no_format_says_e_or_nan_or_a_hyphen_or_a_minus_before_zero(value, spec):
    for shown in (number(value), signed(value), fixed(value, 2), percent(value), by_spec(value, spec)):
        assert not set(shown) & set("einfa-") and shown not in ("−0", "−0.00", "−0%", "−0.0%")


@given(st.floats())
def test_that_a_formula_says_the_same_as_the_screen(value):
    said = latex(value).replace("{,}", ",").replace(r"\text{?}", "?").replace(r"\infty", "∞").replace("-", "−")
    digits, _, power = said.partition(r" \times 10^")
    raised = power.strip("{}").replace("−", "-").translate({v: k for k, v in _RAISED.items()})
    assert number(value) == (f"{digits}×10{raised}" if power else digits)


def test_numbers_that_stand_below_each_other_and_counts_and_shares():
    assert [fixed(value, 2) for value in (1.0, -0.001, 1234.5, math.nan)] == ["1.00", "0.00", "1,234.50", "?"]
    assert percent(0.587, 1) == "58.7%" and percent(math.nan) == "?" and whole(-12345) == "−12,345"
    assert signed(2.0) == "+2" and signed(-2.0) == "−2" and signed(0.0) == "0"


def test_how_a_number_is_said_in_a_lesson():
    said = {
        9.784: "9.78", 160.907: "160.9", 22.1147: "22.11", 0.0: "0.00", -1.5: "−1.50", 12345.6: "12,346", 999.96: "1,000",
        0.0123: "0.0123", 1e-7: "1×10⁻⁷", 2.5e9: "2.5×10⁹", math.inf: "∞", -math.inf: "−∞",
    }  # fmt: skip
    assert {value: brief(value) for value in said} == said and brief(math.nan) == brief(math.nan, True) == "?"
    assert [brief(value, with_plus=True) for value in (0.25, -0.25, 0.0)] == ["+0.25", "−0.25", "+0.00"]


def test_that_an_accuracy_has_three_decimals_and_other_figures_their_digits():
    assert [figure(name, 0.95) for name in ("accuracy", "test_accuracy", "explained_variance_ratio")] == ["0.950"] * 3
    assert figure("r2", 0.95) == "0.95" and figure("loss", 0.123456) == "0.1235" and figure("accuracy", 1.0) == "1.000"
    assert share(2 / 3) == "0.667" and share(math.nan) == "?"


def test_that_a_sentence_writes_its_numbers_alike():
    said = Text("{x:.3g} and {n:,d} and {share:.1%}", "{x:.3g|과/와} {n:,d|과/와} {share:.1%}")
    assert said.say("en", {"x": 1.23456e-7, "n": 12345, "share": 0.5}) == "1.23×10⁻⁷ and 12,345 and 50.0%"
    assert said.say("ko", {"x": math.nan, "n": 10**400, "share": math.inf}).startswith("?와 ")


# Where an f-string may format a number by itself.
_MAY = {
    "models/words/numbers.py": "the way",
    "lab/leaving/svg_marks.py": "coordinates of the file",
    "lab/leaving/cli.py": "values to be typed again",
    "lab/data/tables/layout.py": "what a cell is read as, to its last digit",
    "lab/data/tables/targets.py": "a cell's own text again",
    "lab/document/edits.py": "a value to be typed again",
    "lab/document/remedies.py": "rounds a number, for a setting",
    "widgets/kit/fields.py": "rounds a number, for a field",
    "widgets/panes/network/card.py": "rounds a number, for a field",
    "widgets/panes/network/scene.py": "rounds a number, which is then written the one way",
    "widgets/panes/numbers/tensor_table.py": "what is copied is read again by programs",
}


def test_that_no_other_place_writes_numbers_its_own_way():
    root, found = Path(__file__).parents[3], set()
    for path in (path for floor in ("models", "lab", "widgets") for path in (root / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                if re.search(r"[gfe%,]'$|[gfe%,]$", ast.unparse(node.format_spec).strip("f\"'")):
                    found.add(path.relative_to(root).as_posix())
    assert found <= set(_MAY)
