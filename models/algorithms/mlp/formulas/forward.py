"""How many parameters there are, the forward pass, and the loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.algorithms.mlp import words
from models.algorithms.mlp.formulas.inside import Inside
from models.algorithms.mlp.formulas.pieces import (
    ACTIVATION_LETTERS,
    GAP,
    b_symbol,
    bracketed,
    mean_of,
    out_symbol,
    share_of,
    terms_of,
    unit_text,
    w_symbol,
    weight_symbol,
    weight_text,
    z_symbol,
)
from models.core.formula import Formula


def start(inside: Inside) -> Iterator[Formula]:
    """How many parameters there are, and where one of them was drawn from."""
    sizes = inside.state.sizes
    values = {f"n{layer}": float(size) for layer, size in enumerate(sizes)}
    shown = [layer + 1 if layer != GAP else GAP for layer in terms_of(inside.depth)]
    terms = [rf"(<n{k - 1}> \cdot <n{k}> + <n{k}>)" if k != GAP else r"\cdots" for k in shown]
    yield Formula(
        key="count",
        said=words.COUNT,
        symbols=r"P = \sum_{l} (n_{l-1} \cdot n_{l} + n_{l})",
        numbers=f"P = {' + '.join(terms)} = <count>",
        values={**values, "count": float(len(inside.state.params))},
        is_main=True,
    )
    layer, _, below = inside.weight
    name, value = weight_symbol(inside), float(inside.state.params[inside.place])
    said_values = {"weight": weight_text(inside)}
    if inside.start != "glorot" or below < 0:
        said = words.START_GIVEN if inside.start == "given" else words.START_BIAS if below < 0 else words.START_UNIFORM
        yield Formula("start", said, name, f"{name} = <w>", {"w": value}, said_values)
        return
    inputs, units = float(sizes[layer - 1]), float(sizes[layer])
    yield Formula(
        key="start",
        said=words.START_GLOROT,
        symbols=rf"|{name}| \le \sqrt{{\frac{{6}}{{n_{{{layer - 1}}} + n_{{{layer}}}}}}}",
        numbers=rf"|<w>| \le \sqrt{{\frac{{6}}{{<n{layer - 1}> + <n{layer}>}}}} = <limit>",
        values={
            "w": value,
            f"n{layer - 1}": inputs,
            f"n{layer}": units,
            "limit": float(np.sqrt(6.0 / (inputs + units))),
        },
        said_values=said_values,
    )


def forward(inside: Inside) -> Iterator[Formula]:
    """The weighted sum of one unit, and its activation."""
    layer, unit = inside.unit
    sums, outputs = inside.sample
    weights, bias = inside.layers[layer - 1]
    below, z, a = outputs[layer - 1], float(sums[layer - 1][unit]), float(outputs[layer][unit])
    chosen = inside.weight[2] if inside.weight[:2] == inside.unit else GAP
    shown = terms_of(len(below), chosen)
    symbols = [
        f"{w_symbol(layer, unit, j)} {out_symbol(inside, layer - 1, j)}" if j != GAP else r"\cdots" for j in shown
    ] + [b_symbol(layer, unit)]  # fmt: skip
    numbers = [rf"{bracketed(f'w{j}', k)} \cdot <(a{j})>" if j != GAP else r"\cdots" for k, j in enumerate(shown)]
    values = {f"w{j}": float(weights[j, unit]) for j in shown if j != GAP}
    values |= {f"a{j}": float(below[j]) for j in shown if j != GAP}
    symbol, said_values = z_symbol(layer, unit), {"unit": unit_text(inside, layer, unit)}
    yield Formula(
        key="sum",
        said=words.SUM,
        symbols=f"{symbol} = {' + '.join(symbols)}",
        numbers=f"{symbol} = {' + '.join([*numbers, '<(b)>'])} = <z>",
        values={**values, "b": float(bias[unit]), "z": z},
        said_values=said_values,
        is_main=True,
    )
    name, out = inside.activations[layer - 1], out_symbol(inside, layer, unit)
    if name == "softmax":
        yield share_of(inside, unit, "activation", words.ACTIVATION, said_values)
        return
    letters, inserted = ACTIVATION_LETTERS[name]
    yield Formula(
        key="activation",
        said=words.ACTIVATION,
        symbols=f"{out} = {letters.replace('z', symbol)}",
        numbers=f"{out} = {inserted}<a>",
        values={"z": z, "a": a},
        said_values=said_values,
    )
    if layer == inside.depth and inside.problem.has_values:
        scale, mean = inside.state.target_scale, inside.state.target_mean
        yield Formula(
            key="original",
            said=words.ORIGINAL,
            symbols=r"y = \hat{y} \cdot s + m",
            numbers=r"y = <a> \cdot <s> + <(m)> = <y>",
            values={"a": a, "s": scale, "m": mean, "y": a * scale + mean},
            said_values={"target": inside.problem.target_name},
        )


def loss(inside: Inside) -> Iterator[Formula]:
    """The loss of one sample, and its mean over the mini-batch."""
    rows = inside.state.rows
    own = float(inside.sample_losses(np.array([inside.row]))[0])
    if inside.activations[-1] == "softmax":
        right = int(inside.goals[inside.row])
        share = share_of(inside, right, "share", words.SHARE, {"name": inside.problem.class_text(right)})
        yield share
        yield Formula(
            key="sample_loss",
            said=words.CROSS_ENTROPY,
            symbols=rf"L_{{s}} = -\ln p_{{{right + 1}}}",
            numbers=r"L_{s} = -\ln <p> = <loss>",
            values={"p": share.values["p"], "loss": own},
            is_main=True,
        )
    else:
        yield Formula(
            key="sample_loss",
            said=words.SQUARED,
            symbols=r"L_{s} = \frac{1}{2} (\hat{y} - y)^{2}",
            numbers=r"L_{s} = \frac{1}{2} (<out> - <(goal)>)^{2} = <loss>",
            values={"out": float(inside.sample[1][-1][0]), "goal": float(inside.goals[inside.row]), "loss": own},
            is_main=True,
        )
    mean, values = mean_of(rows, inside.sample_losses, "l")
    symbols, numbers = r"L = \frac{1}{m} \sum_{s} L_{s}", f"L = {mean}"
    if inside.l2 != 0.0:
        symbols += r" + \frac{\lambda}{2} \sum w^{2}"
        numbers += " + <penalty>"
        values["penalty"] = inside.penalty
    yield Formula(
        key="batch_loss",
        said=words.BATCH_LOSS_L2 if inside.l2 != 0.0 else words.BATCH_LOSS,
        symbols=symbols,
        numbers=f"{numbers} = <loss>",
        values={**values, "loss": float(inside.state.batch_loss)},
        said_values={"batch": len(rows)},
    )
