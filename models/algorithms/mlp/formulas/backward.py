"""Backpropagation for one weight: the chain rule from the output down to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.algorithms.mlp import words
from models.algorithms.mlp.formulas.inside import Inside
from models.algorithms.mlp.formulas.pieces import (
    GAP,
    SLOPE_LETTERS,
    bracketed,
    delta_symbol,
    mean_of,
    out_symbol,
    terms_of,
    unit_text,
    weight_symbol,
    weight_text,
    z_symbol,
)
from models.core.abilities import slope
from models.core.formula import Formula


def backward(inside: Inside) -> Iterator[Formula]:
    """The chain rule for one weight: from the output's delta down to it, for the sample, then the batch's mean."""
    layer, unit, below = inside.weight
    deltas = [d[0] for d in inside.deltas(np.array([inside.row]))]
    outputs = inside.sample[1]
    yield _output_delta(inside, deltas[-1])
    delta = float(deltas[layer - 1][unit])
    if layer < inside.depth:
        yield from _hidden_delta(inside, deltas[layer], delta)
    symbol = rf"\frac{{\partial L_{{s}}}}{{\partial {weight_symbol(inside)}}}"
    letters, numbers, values = delta_symbol(layer, unit), "<delta>", {"delta": delta}
    own = delta
    if below >= 0:
        a = float(outputs[layer - 1][below])
        letters, numbers = rf"{letters} \cdot {out_symbol(inside, layer - 1, below)}", r"<delta> \cdot <(a)> = <g>"
        own = delta * a
        values |= {"a": a, "g": own}
    said_values = {"weight": weight_text(inside)}
    yield Formula(
        "sample_gradient",
        words.SAMPLE_GRADIENT,
        f"{symbol} = {letters}",
        f"{symbol} = {numbers}",
        values,
        said_values,
        True,
    )
    yield _batch_gradient(inside, said_values)


def _output_delta(inside: Inside, deltas: np.ndarray) -> Formula:
    """Where backpropagation starts: output minus target (times the slope of tanh)."""
    layer, out = inside.depth, inside.sample[1][-1]
    goals = inside.wanted(np.array([inside.row]))[0]
    if inside.activations[-1] != "softmax":
        symbol, values = delta_symbol(layer, 0), {"out": out[0], "goal": goals[0], "delta": deltas[0]}
        letters, numbers = r"\hat{y} - y", "<out> - <(goal)>"
        if inside.activations[-1] == "tanh":
            letters, numbers = r"(\hat{y} - y)(1 - \hat{y}^{2})", rf"({numbers})(1 - <(out)>^{{2}})"
        values = {name: float(value) for name, value in values.items()}
        return Formula(
            "output_delta", words.OUTPUT_DELTA, f"{symbol} = {letters}", f"{symbol} = {numbers} = <delta>", values
        )
    chosen = inside.weight[1] if inside.weight[0] == layer else GAP
    shown = terms_of(len(out), chosen)
    values = {f"p{k}": float(out[k]) for k in shown if k != GAP}
    values |= {f"t{k}": float(goals[k]) for k in shown if k != GAP}
    values |= {f"d{k}": float(deltas[k]) for k in shown if k != GAP}
    differences = ",\\; ".join(f"<p{k}> - <t{k}>" if k != GAP else r"\cdots" for k in shown)
    results = ",\\; ".join(f"<d{k}>" if k != GAP else r"\cdots" for k in shown)
    return Formula(
        key="output_delta",
        said=words.OUTPUT_DELTA,
        symbols=rf"\delta_{{k}}^{{({layer})}} = p_{{k}} - y_{{k}}",
        numbers=rf"\delta^{{({layer})}} = ({differences}) = ({results})",
        values=values,
    )


def _hidden_delta(inside: Inside, above: np.ndarray, delta: float) -> Iterator[Formula]:
    """The slope of a hidden unit's activation, and its delta from those of the layer above, (units,)."""
    layer, unit, _ = inside.weight
    name = inside.activations[layer - 1]
    z, a = float(inside.sample[0][layer - 1][unit]), float(inside.sample[1][layer][unit])
    steepness = float(slope(name, np.array([z]))[0])
    symbols, numbers = SLOPE_LETTERS[name]
    prime, said_values = rf"f'({z_symbol(layer, unit)})", {"unit": unit_text(inside, layer, unit)}
    yield Formula(
        key="slope",
        said=words.SLOPE,
        symbols=f"{prime} = {symbols.replace('a', out_symbol(inside, layer, unit)).replace('z', z_symbol(layer, unit))}",
        numbers=f"{prime} = {numbers}<slope>",
        values={"z": z, "a": a, "slope": steepness},
        said_values=said_values,
    )
    shown = terms_of(len(above))
    weights = inside.layers[layer][0][unit]
    terms = [rf"{bracketed(f'w{k}', i)} \cdot <(d{k})>" if k != GAP else r"\cdots" for i, k in enumerate(shown)]
    values = {f"w{k}": float(weights[k]) for k in shown if k != GAP}
    values |= {f"d{k}": float(above[k]) for k in shown if k != GAP}
    symbol = delta_symbol(layer, unit)
    next_weight, next_delta = rf"w_{{k,{unit + 1}}}^{{({layer + 1})}}", rf"\delta_{{k}}^{{({layer + 1})}}"
    yield Formula(
        key="delta",
        said=words.DELTA,
        symbols=rf"{symbol} = {prime} \cdot \sum_{{k}} {next_weight} {next_delta}",
        numbers=rf"{symbol} = <slope> \cdot ({' + '.join(terms)}) = <delta>",
        values={**values, "slope": steepness, "delta": delta},
        said_values=said_values,
    )


def _batch_gradient(inside: Inside, said_values: dict[str, Any]) -> Formula:
    """The mean of the samples' gradients over the mini-batch, which is what the optimiser gets."""
    layer, unit, below = inside.weight
    rows = inside.state.rows

    def each(some: np.ndarray) -> np.ndarray:
        own = inside.deltas(some)[layer - 1][:, unit]
        return own if below < 0 else own * inside.passed(inside.problem.features[some])[1][layer - 1][:, below]

    mean, values = mean_of(rows, each, "g")
    name = weight_symbol(inside)
    symbols = rf"\frac{{1}}{{m}} \sum_{{s}} \frac{{\partial L_{{s}}}}{{\partial {name}}}"
    if inside.l2 != 0.0 and below >= 0:
        symbols += rf" + \lambda {name}"
        mean += r" + <lambda> \cdot <(w)>"
        values |= {"lambda": inside.l2, "w": float(inside.state.params[inside.place])}
    symbol = rf"\frac{{\partial L}}{{\partial {name}}}"
    return Formula(
        key="gradient",
        said=words.BATCH_GRADIENT,
        symbols=f"{symbol} = {symbols}",
        numbers=f"{symbol} = {mean} = <gradient>",
        values={**values, "gradient": float(inside.state.gradient[inside.place])},
        said_values={**said_values, "batch": len(rows)},
    )
