"""Pieces that formulas are put together from: sums with dots in their middle, symbols, units and weights in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from models.algorithms.mlp import words
from models.algorithms.mlp.formulas.inside import Inside
from models.core.formula import Formula
from models.words.text import Text

MOST_TERMS = 4  # of a sum that is written out whole
GAP = -1  # stands in a list of terms for the dots between two that are shown


def terms_of(count: int, chosen: int = GAP) -> list[int]:
    """Which terms of a long sum are written: all of a few; else the first, the second or the chosen one, and the last,
    with GAP between those that do not follow each other."""
    if count <= MOST_TERMS:
        return list(range(count))
    shown = sorted({0, chosen if chosen > 0 else 1, count - 1})
    with_gaps: list[int] = []
    for term in shown:
        if with_gaps and term != with_gaps[-1] + 1:
            with_gaps.append(GAP)
        with_gaps.append(term)
    return with_gaps


def bracketed(name: str, position: int) -> str:
    """A value behind a plus sign, in brackets when it is negative; the first of a sum stands free."""
    return f"<({name})>" if position else f"<{name}>"


def mean_of(rows: np.ndarray, each_of: Callable[[np.ndarray], np.ndarray], letter: str) -> tuple[str, dict[str, float]]:
    """A mean over samples as a fraction, and its values, from what `each_of` gives for training rows (m,): it is asked
    for the few that are written out."""
    shown = terms_of(len(rows))
    written = [k for k in shown if k != GAP]
    terms = [bracketed(f"{letter}{k}", i) if k != GAP else r"\cdots" for i, k in enumerate(shown)]
    values = {f"{letter}{k}": float(own) for k, own in zip(written, each_of(rows[written]), strict=True)}
    return rf"\frac{{{' + '.join(terms)}}}{{<count>}}", {**values, "count": float(len(rows))}


def share_of(inside: Inside, k: int, key: str, said: Text, said_values: dict[str, Any]) -> Formula:
    """Softmax: the share of class k among the outputs."""
    z, shares = inside.sample[0][-1], inside.sample[1][-1]
    shown = terms_of(len(z), k)
    parts = " + ".join(rf"e^{{<z{i}>}}" if i != GAP else r"\cdots" for i in shown)
    layer = inside.depth
    return Formula(
        key=key,
        said=said,
        symbols=rf"p_{{{k + 1}}} = \frac{{e^{{{z_symbol(layer, k)}}}}}{{\sum_{{j}} e^{{z_{{j}}^{{({layer})}}}}}}",
        numbers=rf"p_{{{k + 1}}} = \frac{{e^{{<z{k}>}}}}{{{parts}}} = <p>",
        values={**{f"z{i}": float(z[i]) for i in {*shown, k} if i != GAP}, "p": float(shares[k])},
        said_values=said_values,
    )


# How a function and its derivative are written: in letters (z and a are replaced), and with numbers.
ACTIVATION_LETTERS = {
    "identity": ("z", ""),
    "relu": (r"\max(0, z)", r"\max(0, <z>) = "),
    "tanh": (r"\tanh(z)", r"\tanh(<z>) = "),
    "logistic": (r"\frac{1}{1 + e^{-z}}", r"\frac{1}{1 + e^{-<(z)>}} = "),
}
SLOPE_LETTERS = {
    "identity": ("1", ""),
    "relu": (r"1 \; (z > 0), \; 0 \; (z \le 0)", ""),
    "tanh": ("1 - a^{2}", "1 - <(a)>^{2} = "),
    "logistic": ("a (1 - a)", "<a> (1 - <a>) = "),
}


def z_symbol(layer: int, unit: int) -> str:
    return f"z_{{{unit + 1}}}^{{({layer})}}"


def w_symbol(layer: int, unit: int, below: int) -> str:
    return f"w_{{{unit + 1},{below + 1}}}^{{({layer})}}"


def b_symbol(layer: int, unit: int) -> str:
    return f"b_{{{unit + 1}}}^{{({layer})}}"


def delta_symbol(layer: int, unit: int) -> str:
    return rf"\delta_{{{unit + 1}}}^{{({layer})}}"


def out_symbol(inside: Inside, layer: int, unit: int) -> str:
    """The output of a unit: an input, a hidden activation, the share of a class or the one output."""
    if layer == 0:
        return f"x_{{{unit + 1}}}"
    if layer < inside.depth:
        return f"a_{{{unit + 1}}}^{{({layer})}}"
    return f"p_{{{unit + 1}}}" if inside.activations[-1] == "softmax" else r"\hat{y}"


def weight_symbol(inside: Inside) -> str:
    layer, unit, below = inside.weight
    return w_symbol(layer, unit, below) if below >= 0 else b_symbol(layer, unit)


# -- in words ---------------------------------------------------------------------------------------------------------


def unit_text(inside: Inside, layer: int, unit: int) -> Text:
    """A unit in words."""
    if layer == 0:
        name = plain(inside.problem.feature_names[unit])
        return Text(f"input {name}", f"입력 {name}")
    if layer < inside.depth:
        return Text(f"neuron {unit + 1} of hidden layer {layer}", f"은닉층 {layer}의 뉴런 {unit + 1}")
    if inside.activations[-1] != "softmax":
        return Text("the output", "출력")
    name = plain(inside.problem.class_text(unit))
    return Text(f"output {name}", f"출력 {name}")


def weight_text(inside: Inside) -> Text:
    """A weight or bias in words."""
    layer, unit, below = inside.weight
    to = unit_text(inside, layer, unit)
    if below < 0:
        return Text(f"Bias of {to.en}", f"{to.ko}의 편향")
    source = unit_text(inside, layer - 1, below)
    en, ko = (words.WEIGHT.say(lang, {"source": source, "to": to}) for lang in ("en", "ko"))
    return Text(plain(en), plain(ko))


def plain(words: str) -> str:
    """Words that stand in a template as they are, braces kept."""
    return words.replace("{", "{{").replace("}", "}}")
