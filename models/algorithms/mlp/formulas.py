"""The multi-layer perceptron in numbers: the formulas of each phase, with the values of one sample and one weight.

Letters: x are the inputs, z^(l) the weighted sums of layer l, a^(l) its outputs, p the shares of the classes or y-hat
the one output, delta^(l) the derivative of one sample's loss L_s by z^(l). Backpropagation: Rumelhart, Hinton, Williams,
1986. The sums are computed again here by numpy, apart from the kernels that train; only what a person sees comes
from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.algorithms.mlp import kernels
from models.core.abilities import Activation, activate, slope
from models.core.formula import Formula, Shown
from models.core.problem import Rows
from models.words.text import Text

MOST_TERMS = 4  # of a sum that is written out whole
_NUMBERS_AT_ONCE = 1 << 20  # sums of all layers that rows computed together may have: 8 MB, and as much for outputs
GAP = -1  # stands in a list of terms for the dots between two that are shown


@dataclass(frozen=True, eq=False)
class Inside:
    """What the formulas of a moment are made from: the moment and what of the learner's settings they need.

    goals (n,): what the output should be, as mlp_kernels.loss takes it. activations: of every layer, the output's last.
    start: how the first weights came about, "glorot", "uniform" or "given".
    """

    shown: Shown
    problem: Rows
    goals: np.ndarray
    activations: tuple[Activation, ...]
    optimizer: str
    learning_rate: float
    momentum: float
    l2: float
    start: str

    @property
    def state(self) -> Any:
        return self.shown.moment.state

    @property
    def phase(self) -> str:
        return self.shown.moment.phase

    @property
    def is_about_a_row(self) -> bool:
        return self.phase in ("forward", "loss", "backward", "update")

    @property
    def depth(self) -> int:
        """How many layers there are after the inputs."""
        return len(self.activations)

    @cached_property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (inputs, units) and biases (units,) of each layer at the moment."""
        return kernels.layers_of(self.state.params, self.state.sizes)

    @cached_property
    def row(self) -> int:
        """The training row looked at: the pinned one, else the first of the mini-batch."""
        pinned = np.flatnonzero(self.problem.rows == self.shown.pin.row) if self.shown.pin.row is not None else ()
        if len(pinned):
            return int(pinned[0])
        return int(self.state.rows[0]) if len(self.state.rows) else 0

    @cached_property
    def weight(self) -> tuple[int, int, int]:
        """(layer, unit, input) looked at: what was changed by hand, else the pinned one, else one of the pinned unit."""
        handle = str(self.shown.moment.values.get("handle", "")).split(":")
        if len(handle) == 4:
            return int(handle[1]), int(handle[2]), int(handle[3])
        pin, sizes = self.shown.pin, self.state.sizes
        if pin.weight is not None and _is_there(sizes, pin.weight):
            return pin.weight
        if pin.unit is not None:
            layer, unit = pin.unit
            address = (layer, unit, 0) if layer > 0 else (1, 0, unit)
            if _is_there(sizes, address):
                return address
        return 1, 0, 0

    @cached_property
    def unit(self) -> tuple[int, int]:
        """(layer, unit) looked at, layer >= 1."""
        pin = self.shown.pin.unit
        if pin is not None and pin[0] > 0 and _is_there(self.state.sizes, (*pin, 0)):
            return pin
        return self.weight[:2]

    @property
    def place(self) -> int:
        return kernels.place_of(self.state.sizes, *self.weight)

    @property
    def is_frozen(self) -> bool:
        return self.place in self.state.frozen

    def passed(self, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Rows x (m, d) through the network: the sums (m, units) of layers 1 ..., and the outputs, x itself first."""
        sums, outputs = [], [x]
        for (weights, bias), name in zip(self.layers, self.activations, strict=True):
            sums.append(outputs[-1] @ weights + bias)
            outputs.append(activate(name, sums[-1]))
        return sums, outputs

    @cached_property
    def sample(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Sums and outputs of the one row looked at, (units,) each."""
        sums, outputs = self.passed(self.problem.features[self.row : self.row + 1])
        return [z[0] for z in sums], [a[0] for a in outputs]

    def sample_losses(self, rows: np.ndarray) -> np.ndarray:
        """The loss of each of these training rows, (m,)."""
        sums, outputs = self.passed(self.problem.features[rows])
        if self.activations[-1] == "softmax":
            z = sums[-1] - sums[-1].max(axis=1, keepdims=True)
            return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(rows)), self.goals[rows].astype(np.int64)]
        return 0.5 * (outputs[-1][:, 0] - self.goals[rows]) ** 2

    @cached_property
    def mean_loss(self) -> float:
        """The mean loss of all training rows, without a penalty; some rows at a time, for the room that layers take."""
        n, few = self.problem.n, max(1, _NUMBERS_AT_ONCE // int(self.state.sizes.sum()))
        losses = [self.sample_losses(np.arange(first, min(first + few, n))) for first in range(0, n, few)]
        return float(np.concatenate(losses).mean())

    def wanted(self, rows: np.ndarray) -> np.ndarray:
        """What the outputs should be for these training rows, (m, outputs): 1 for the right class, or the goal."""
        goals = self.goals[rows]
        if self.activations[-1] != "softmax":
            return goals[:, None]
        return (goals[:, None] == np.arange(self.state.sizes[-1])).astype(np.float64)

    def deltas(self, rows: np.ndarray) -> list[np.ndarray]:
        """The derivative of each row's own loss by the sums of every layer, (m, units) each, by the chain rule."""
        sums, outputs = self.passed(self.problem.features[rows])
        last = outputs[-1] - self.wanted(rows)
        if self.activations[-1] == "tanh":
            last = last * slope("tanh", sums[-1])
        found = [last]
        for layer in range(self.depth - 1, 0, -1):
            below = found[0] @ self.layers[layer][0].T
            found.insert(0, below * slope(self.activations[layer - 1], sums[layer - 1]))
        return found

    @cached_property
    def penalty(self) -> float:
        return 0.5 * self.l2 * sum(float((weights**2).sum()) for weights, _ in self.layers)


def formulas(inside: Inside) -> Iterable[Formula]:
    """The formulas of the moment's phase."""
    makers = {"start": _start, "forward": _forward, "loss": _loss, "backward": _backward, "update": _update}
    with np.errstate(all="ignore"):
        return tuple(makers.get(inside.phase, _edited)(inside))


# -- the phases ------------------------------------------------------------------------------------------------------


def _start(inside: Inside) -> Iterator[Formula]:
    """How many parameters there are, and where one of them was drawn from."""
    sizes = inside.state.sizes
    values = {f"n{layer}": float(size) for layer, size in enumerate(sizes)}
    shown = [layer + 1 if layer != GAP else GAP for layer in _terms(inside.depth)]
    terms = [rf"(<n{k - 1}> \cdot <n{k}> + <n{k}>)" if k != GAP else r"\cdots" for k in shown]
    yield Formula(
        key="count",
        said=_COUNT,
        symbols=r"P = \sum_{l} (n_{l-1} \cdot n_{l} + n_{l})",
        numbers=f"P = {' + '.join(terms)} = <count>",
        values={**values, "count": float(len(inside.state.params))},
        is_main=True,
    )
    layer, _, below = inside.weight
    name, value = _weight_symbol(inside), float(inside.state.params[inside.place])
    said_values = {"weight": _weight_text(inside)}
    if inside.start != "glorot" or below < 0:
        said = _START_GIVEN if inside.start == "given" else _START_BIAS if below < 0 else _START_UNIFORM
        yield Formula("start", said, name, f"{name} = <w>", {"w": value}, said_values)
        return
    inputs, units = float(sizes[layer - 1]), float(sizes[layer])
    yield Formula(
        key="start",
        said=_START_GLOROT,
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


def _forward(inside: Inside) -> Iterator[Formula]:
    """The weighted sum of one unit, and its activation."""
    layer, unit = inside.unit
    sums, outputs = inside.sample
    weights, bias = inside.layers[layer - 1]
    below, z, a = outputs[layer - 1], float(sums[layer - 1][unit]), float(outputs[layer][unit])
    chosen = inside.weight[2] if inside.weight[:2] == inside.unit else GAP
    shown = _terms(len(below), chosen)
    symbols = [
        f"{_w(layer, unit, j)} {_out(inside, layer - 1, j)}" if j != GAP else r"\cdots" for j in shown
    ] + [_b(layer, unit)]  # fmt: skip
    numbers = [rf"{_bracketed(f'w{j}', k)} \cdot <(a{j})>" if j != GAP else r"\cdots" for k, j in enumerate(shown)]
    values = {f"w{j}": float(weights[j, unit]) for j in shown if j != GAP}
    values |= {f"a{j}": float(below[j]) for j in shown if j != GAP}
    symbol, said_values = _z(layer, unit), {"unit": _unit_text(inside, layer, unit)}
    yield Formula(
        key="sum",
        said=_SUM,
        symbols=f"{symbol} = {' + '.join(symbols)}",
        numbers=f"{symbol} = {' + '.join([*numbers, '<(b)>'])} = <z>",
        values={**values, "b": float(bias[unit]), "z": z},
        said_values=said_values,
        is_main=True,
    )
    name, out = inside.activations[layer - 1], _out(inside, layer, unit)
    if name == "softmax":
        yield _share(inside, unit, "activation", _ACTIVATION, said_values)
        return
    symbols, numbers = _ACTIVATIONS[name]
    yield Formula(
        key="activation",
        said=_ACTIVATION,
        symbols=f"{out} = {symbols.replace('z', symbol)}",
        numbers=f"{out} = {numbers}<a>",
        values={"z": z, "a": a},
        said_values=said_values,
    )
    if layer == inside.depth and inside.problem.has_values:
        scale, mean = inside.state.target_scale, inside.state.target_mean
        yield Formula(
            key="original",
            said=_ORIGINAL,
            symbols=r"y = \hat{y} \cdot s + m",
            numbers=r"y = <a> \cdot <s> + <(m)> = <y>",
            values={"a": a, "s": scale, "m": mean, "y": a * scale + mean},
            said_values={"target": inside.problem.target_name},
        )


def _loss(inside: Inside) -> Iterator[Formula]:
    """The loss of one sample, and its mean over the mini-batch."""
    rows = inside.state.rows
    own = float(inside.sample_losses(np.array([inside.row]))[0])
    if inside.activations[-1] == "softmax":
        right = int(inside.goals[inside.row])
        share = _share(inside, right, "share", _SHARE, {"name": inside.problem.class_text(right)})
        yield share
        yield Formula(
            key="sample_loss",
            said=_CROSS_ENTROPY,
            symbols=rf"L_{{s}} = -\ln p_{{{right + 1}}}",
            numbers=r"L_{s} = -\ln <p> = <loss>",
            values={"p": share.values["p"], "loss": own},
            is_main=True,
        )
    else:
        yield Formula(
            key="sample_loss",
            said=_SQUARED,
            symbols=r"L_{s} = \frac{1}{2} (\hat{y} - y)^{2}",
            numbers=r"L_{s} = \frac{1}{2} (<out> - <(goal)>)^{2} = <loss>",
            values={"out": float(inside.sample[1][-1][0]), "goal": float(inside.goals[inside.row]), "loss": own},
            is_main=True,
        )
    mean, values = _mean(rows, inside.sample_losses, "l")
    symbols, numbers = r"L = \frac{1}{m} \sum_{s} L_{s}", f"L = {mean}"
    if inside.l2 != 0.0:
        symbols += r" + \frac{\lambda}{2} \sum w^{2}"
        numbers += " + <penalty>"
        values["penalty"] = inside.penalty
    yield Formula(
        key="batch_loss",
        said=_BATCH_LOSS_L2 if inside.l2 != 0.0 else _BATCH_LOSS,
        symbols=symbols,
        numbers=f"{numbers} = <loss>",
        values={**values, "loss": float(inside.state.batch_loss)},
        said_values={"batch": len(rows)},
    )


def _backward(inside: Inside) -> Iterator[Formula]:
    """The chain rule for one weight: from the output's delta down to it, for the sample, then the batch's mean."""
    layer, unit, below = inside.weight
    deltas = [d[0] for d in inside.deltas(np.array([inside.row]))]
    outputs = inside.sample[1]
    yield _output_delta(inside, deltas[-1])
    delta = float(deltas[layer - 1][unit])
    if layer < inside.depth:
        yield from _hidden_delta(inside, deltas[layer], delta)
    symbol = rf"\frac{{\partial L_{{s}}}}{{\partial {_weight_symbol(inside)}}}"
    letters, numbers, values = _delta_symbol(layer, unit), "<delta>", {"delta": delta}
    own = delta
    if below >= 0:
        a = float(outputs[layer - 1][below])
        letters, numbers = rf"{letters} \cdot {_out(inside, layer - 1, below)}", r"<delta> \cdot <(a)> = <g>"
        own = delta * a
        values |= {"a": a, "g": own}
    said_values = {"weight": _weight_text(inside)}
    yield Formula(
        "sample_gradient", _SAMPLE_GRADIENT, f"{symbol} = {letters}", f"{symbol} = {numbers}", values, said_values, True
    )
    yield _batch_gradient(inside, said_values)


def _output_delta(inside: Inside, deltas: np.ndarray) -> Formula:
    """Where backpropagation starts: output minus target (times the slope of tanh)."""
    layer, out = inside.depth, inside.sample[1][-1]
    goals = inside.wanted(np.array([inside.row]))[0]
    if inside.activations[-1] != "softmax":
        symbol, values = _delta_symbol(layer, 0), {"out": out[0], "goal": goals[0], "delta": deltas[0]}
        letters, numbers = r"\hat{y} - y", "<out> - <(goal)>"
        if inside.activations[-1] == "tanh":
            letters, numbers = r"(\hat{y} - y)(1 - \hat{y}^{2})", rf"({numbers})(1 - <(out)>^{{2}})"
        values = {name: float(value) for name, value in values.items()}
        return Formula(
            "output_delta", _OUTPUT_DELTA, f"{symbol} = {letters}", f"{symbol} = {numbers} = <delta>", values
        )
    chosen = inside.weight[1] if inside.weight[0] == layer else GAP
    shown = _terms(len(out), chosen)
    values = {f"p{k}": float(out[k]) for k in shown if k != GAP}
    values |= {f"t{k}": float(goals[k]) for k in shown if k != GAP}
    values |= {f"d{k}": float(deltas[k]) for k in shown if k != GAP}
    differences = ",\\; ".join(f"<p{k}> - <t{k}>" if k != GAP else r"\cdots" for k in shown)
    results = ",\\; ".join(f"<d{k}>" if k != GAP else r"\cdots" for k in shown)
    return Formula(
        key="output_delta",
        said=_OUTPUT_DELTA,
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
    symbols, numbers = _SLOPES[name]
    prime, said_values = rf"f'({_z(layer, unit)})", {"unit": _unit_text(inside, layer, unit)}
    yield Formula(
        key="slope",
        said=_SLOPE,
        symbols=f"{prime} = {symbols.replace('a', _out(inside, layer, unit)).replace('z', _z(layer, unit))}",
        numbers=f"{prime} = {numbers}<slope>",
        values={"z": z, "a": a, "slope": steepness},
        said_values=said_values,
    )
    shown = _terms(len(above))
    weights = inside.layers[layer][0][unit]
    terms = [rf"{_bracketed(f'w{k}', i)} \cdot <(d{k})>" if k != GAP else r"\cdots" for i, k in enumerate(shown)]
    values = {f"w{k}": float(weights[k]) for k in shown if k != GAP}
    values |= {f"d{k}": float(above[k]) for k in shown if k != GAP}
    symbol = _delta_symbol(layer, unit)
    next_weight, next_delta = rf"w_{{k,{unit + 1}}}^{{({layer + 1})}}", rf"\delta_{{k}}^{{({layer + 1})}}"
    yield Formula(
        key="delta",
        said=_DELTA,
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

    mean, values = _mean(rows, each, "g")
    name = _weight_symbol(inside)
    symbols = rf"\frac{{1}}{{m}} \sum_{{s}} \frac{{\partial L_{{s}}}}{{\partial {name}}}"
    if inside.l2 != 0.0 and below >= 0:
        symbols += rf" + \lambda {name}"
        mean += r" + <lambda> \cdot <(w)>"
        values |= {"lambda": inside.l2, "w": float(inside.state.params[inside.place])}
    symbol = rf"\frac{{\partial L}}{{\partial {name}}}"
    return Formula(
        key="gradient",
        said=_BATCH_GRADIENT,
        symbols=f"{symbol} = {symbols}",
        numbers=f"{symbol} = {mean} = <gradient>",
        values={**values, "gradient": float(inside.state.gradient[inside.place])},
        said_values={**said_values, "batch": len(rows)},
    )


def _update(inside: Inside) -> Iterator[Formula]:
    """The optimiser's rule for one weight, from its value before the iteration to the one after it."""
    before, after, place = inside.shown.before, inside.state, inside.place
    name, said_values = _weight_symbol(inside), {"weight": _weight_text(inside)}
    w, g, new = float(before.params[place]), float(after.gradient[place]), float(after.params[place])
    if inside.is_frozen:
        yield Formula(
            "update", _FROZEN, rf"{name} \leftarrow {name}", rf"{name} \leftarrow <w>", {"w": new}, said_values, True
        )
        return
    values = {"w": w, "rate": inside.learning_rate, "g": g, "new": new}
    slope_symbol = rf"\frac{{\partial L}}{{\partial {name}}}"
    if inside.optimizer == "sgd":
        letters, numbers = rf"\eta \cdot {slope_symbol}", r"<rate> \cdot <(g)>"
    elif inside.optimizer == "momentum":
        values |= {"v": float(after.first_moment[place])}
        yield Formula(
            key="velocity",
            said=_VELOCITY,
            symbols=rf"v \leftarrow \mu \cdot v + {slope_symbol}",
            numbers=r"v \leftarrow <mu> \cdot <(old)> + <(g)> = <v>",
            values={"mu": inside.momentum, "old": float(before.first_moment[place]), "g": g, "v": values["v"]},
        )
        letters, numbers = r"\eta \cdot v", r"<rate> \cdot <(v)>"
    else:
        steps = int(before.counters[kernels.STEPS]) + 1
        m, v = float(after.first_moment[place]), float(after.second_moment[place])
        m_hat, v_hat = m / (1.0 - kernels.BETA1**steps), v / (1.0 - kernels.BETA2**steps)
        yield from _adam_moments(before, place, slope_symbol, {"g": g, "m": m, "v": v, "t": float(steps)}, m_hat, v_hat)
        values |= {"m_hat": m_hat, "v_hat": v_hat, "epsilon": kernels.EPSILON}
        letters = r"\eta \cdot \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"
        numbers = r"<rate> \cdot \frac{<m_hat>}{\sqrt{<v_hat>} + <epsilon>}"
    yield Formula(
        key="update",
        said=_UPDATE,
        symbols=rf"{name} \leftarrow {name} - {letters}",
        numbers=rf"{name} \leftarrow <w> - {numbers} = <new>",
        values=values,
        said_values=said_values,
        is_main=True,
    )


def _adam_moments(
    before: Any, place: int, slope_symbol: str, now: dict[str, float], m_hat: float, v_hat: float
) -> Iterator[Formula]:
    """Adam's running means of the gradient and its square, and both with the pull of their start at 0 taken out."""
    means = (
        ("m", before.first_moment, kernels.BETA1, _FIRST_MOMENT, slope_symbol, "<(g)>", m_hat, "1"),
        ("v", before.second_moment, kernels.BETA2, _SECOND_MOMENT, rf"\left({slope_symbol}\right)^{{2}}", "<(g)>^{2}",
         v_hat, "2"),
    )  # fmt: skip
    for letter, moment, beta, said, symbols, numbers, hat, number in means:
        yield Formula(
            key=f"moment_{letter}",
            said=said,
            symbols=rf"{letter} \leftarrow \beta_{{{number}}} {letter} + (1 - \beta_{{{number}}}) {symbols}",
            numbers=rf"{letter} \leftarrow <beta> \cdot <(old)> + <rest> \cdot {numbers} = <{letter}>",
            values={"beta": beta, "old": float(moment[place]), "rest": 1.0 - beta, "g": now["g"], letter: now[letter]},
        )
        yield Formula(
            key=f"corrected_{letter}",
            said=_CORRECTED,
            symbols=rf"\hat{{{letter}}} = \frac{{{letter}}}{{1 - \beta_{{{number}}}^{{t}}}}",
            numbers=rf"\hat{{{letter}}} = \frac{{<{letter}>}}{{1 - <beta>^{{<t>}}}} = <hat>",
            values={letter: now[letter], "beta": beta, "t": now["t"], "hat": hat},
        )


def _edited(inside: Inside) -> Iterator[Formula]:
    """What was set or fixed by hand, and the training loss that follows."""
    handle = str(inside.shown.moment.values.get("handle", ""))
    said = _SET_ALL if handle == "parameters" else _SET
    if handle.startswith("freeze"):
        said = _FIXED if inside.is_frozen else _FREED
    name = _weight_symbol(inside)
    value = {"w": float(inside.state.params[inside.place])}
    yield Formula("weight", said, name, f"{name} = <w>", value, {"weight": _weight_text(inside)}, True)
    loss = inside.mean_loss + inside.penalty
    yield Formula("loss", _LOSS_NOW, "L", "L = <loss>", {"loss": loss})


# -- pieces of formulas ----------------------------------------------------------------------------------------------


def _is_there(sizes: np.ndarray, address: tuple[int, int, int]) -> bool:
    layer, unit, below = address
    return 1 <= layer < len(sizes) and 0 <= unit < sizes[layer] and -1 <= below < sizes[layer - 1]


def _terms(count: int, chosen: int = GAP) -> list[int]:
    """Which terms of a long sum are written: all of a few; else the first, the second or the chosen one, and the last,
    with GAP between those that do not follow each other."""
    if count <= MOST_TERMS:
        return list(range(count))
    shown = sorted({0, chosen if chosen > 0 else 1, count - 1})
    with_gaps = []
    for term in shown:
        if with_gaps and term != with_gaps[-1] + 1:
            with_gaps.append(GAP)
        with_gaps.append(term)
    return with_gaps


def _bracketed(name: str, position: int) -> str:
    """A value behind a plus sign, in brackets when it is negative; the first of a sum stands free."""
    return f"<({name})>" if position else f"<{name}>"


def _mean(rows: np.ndarray, each_of: Callable[[np.ndarray], np.ndarray], letter: str) -> tuple[str, dict[str, float]]:
    """A mean over samples as a fraction, and its values, from what `each_of` gives for training rows (m,): it is asked
    for the few that are written out."""
    shown = _terms(len(rows))
    written = [k for k in shown if k != GAP]
    terms = [_bracketed(f"{letter}{k}", i) if k != GAP else r"\cdots" for i, k in enumerate(shown)]
    values = {f"{letter}{k}": float(own) for k, own in zip(written, each_of(rows[written]), strict=True)}
    return rf"\frac{{{' + '.join(terms)}}}{{<count>}}", {**values, "count": float(len(rows))}


def _share(inside: Inside, k: int, key: str, said: Text, said_values: dict[str, Any]) -> Formula:
    """Softmax: the share of class k among the outputs."""
    z, shares = inside.sample[0][-1], inside.sample[1][-1]
    shown = _terms(len(z), k)
    parts = " + ".join(rf"e^{{<z{i}>}}" if i != GAP else r"\cdots" for i in shown)
    layer = inside.depth
    return Formula(
        key=key,
        said=said,
        symbols=rf"p_{{{k + 1}}} = \frac{{e^{{{_z(layer, k)}}}}}{{\sum_{{j}} e^{{z_{{j}}^{{({layer})}}}}}}",
        numbers=rf"p_{{{k + 1}}} = \frac{{e^{{<z{k}>}}}}{{{parts}}} = <p>",
        values={**{f"z{i}": float(z[i]) for i in {*shown, k} if i != GAP}, "p": float(shares[k])},
        said_values=said_values,
    )


# How a function and its derivative are written: in letters (z and a are replaced), and with numbers.
_ACTIVATIONS = {
    "identity": ("z", ""),
    "relu": (r"\max(0, z)", r"\max(0, <z>) = "),
    "tanh": (r"\tanh(z)", r"\tanh(<z>) = "),
    "logistic": (r"\frac{1}{1 + e^{-z}}", r"\frac{1}{1 + e^{-<(z)>}} = "),
}
_SLOPES = {
    "identity": ("1", ""),
    "relu": (r"1 \; (z > 0), \; 0 \; (z \le 0)", ""),
    "tanh": ("1 - a^{2}", "1 - <(a)>^{2} = "),
    "logistic": ("a (1 - a)", "<a> (1 - <a>) = "),
}


def _z(layer: int, unit: int) -> str:
    return f"z_{{{unit + 1}}}^{{({layer})}}"


def _w(layer: int, unit: int, below: int) -> str:
    return f"w_{{{unit + 1},{below + 1}}}^{{({layer})}}"


def _b(layer: int, unit: int) -> str:
    return f"b_{{{unit + 1}}}^{{({layer})}}"


def _delta_symbol(layer: int, unit: int) -> str:
    return rf"\delta_{{{unit + 1}}}^{{({layer})}}"


def _out(inside: Inside, layer: int, unit: int) -> str:
    """The output of a unit: an input, a hidden activation, the share of a class or the one output."""
    if layer == 0:
        return f"x_{{{unit + 1}}}"
    if layer < inside.depth:
        return f"a_{{{unit + 1}}}^{{({layer})}}"
    return f"p_{{{unit + 1}}}" if inside.activations[-1] == "softmax" else r"\hat{y}"


def _weight_symbol(inside: Inside) -> str:
    layer, unit, below = inside.weight
    return _w(layer, unit, below) if below >= 0 else _b(layer, unit)


# -- words -----------------------------------------------------------------------------------------------------------


def _unit_text(inside: Inside, layer: int, unit: int) -> Text:
    """A unit in words."""
    if layer == 0:
        name = _plain(inside.problem.feature_names[unit])
        return Text(f"input {name}", f"입력 {name}")
    if layer < inside.depth:
        return Text(f"neuron {unit + 1} of hidden layer {layer}", f"은닉층 {layer}의 뉴런 {unit + 1}")
    if inside.activations[-1] != "softmax":
        return Text("the output", "출력")
    name = _plain(inside.problem.class_text(unit))
    return Text(f"output {name}", f"출력 {name}")


def _weight_text(inside: Inside) -> Text:
    """A weight or bias in words."""
    layer, unit, below = inside.weight
    to = _unit_text(inside, layer, unit)
    if below < 0:
        return Text(f"Bias of {to.en}", f"{to.ko}의 편향")
    source = _unit_text(inside, layer - 1, below)
    en, ko = (_WEIGHT.say(lang, {"source": source, "to": to}) for lang in ("en", "ko"))
    return Text(_plain(en), _plain(ko))


def _plain(words: str) -> str:
    """Words that stand in a template as they are, braces kept."""
    return words.replace("{", "{{").replace("}", "}}")


_WEIGHT = Text("Weight from {source} to {to}", "{source}에서 {to:으로/로} 가는 가중치")
_COUNT = Text("Weights and biases of all layers", "모든 층의 가중치와 편향의 수")
_START_GLOROT = Text("{weight}: drawn from this range (Glorot)", "{weight}: 이 범위에서 뽑음(Glorot)")
_START_UNIFORM = Text("{weight}: drawn between -0.5 and 0.5", "{weight}: -0.5와 0.5 사이에서 뽑음")
_START_BIAS = Text("{weight}: every bias starts alike", "{weight}: 모든 편향이 같은 값에서 시작")
_START_GIVEN = Text("{weight}: set by hand for the start", "{weight}: 시작할 때 직접 정한 값")
_SUM = Text("Weighted sum of {unit}", "{unit}: 가중합")
_ACTIVATION = Text("Activation of {unit}", "{unit}: 활성화 함수")
_ORIGINAL = Text("In the units of {target}", "{target}의 단위로")
_SHARE = Text("Share of the right class {name} (softmax)", "정답 클래스 {name}의 비율(소프트맥스)")
_CROSS_ENTROPY = Text("Loss of this sample (cross-entropy)", "이 샘플의 손실(교차 엔트로피)")
_SQUARED = Text("Loss of this sample (half the squared error)", "이 샘플의 손실(제곱 오차의 절반)")
_BATCH_LOSS = Text("Mean over the mini-batch of {batch}", "미니배치 {batch}개의 평균")
_BATCH_LOSS_L2 = Text(
    "Mean over the mini-batch of {batch}, and the L2 penalty", "미니배치 {batch}개의 평균에 L2 규제를 더함"
)
_OUTPUT_DELTA = Text("Error at the output of this sample", "이 샘플의 출력에서 잰 오차")
_SLOPE = Text("Slope of the activation of {unit}", "{unit}: 활성화 함수의 기울기")
_DELTA = Text("Error passed back to {unit} (chain rule)", "{unit}까지 되돌아온 오차(연쇄 법칙)")
_SAMPLE_GRADIENT = Text("{weight}: gradient of this sample's loss", "{weight}: 이 샘플 손실의 그레이디언트")
_BATCH_GRADIENT = Text("{weight}: mean over the mini-batch of {batch}", "{weight}: 미니배치 {batch}개의 평균")
_VELOCITY = Text("Momentum: the last update goes on", "모멘텀: 지난 갱신을 이어 감")
_FIRST_MOMENT = Text("Adam: running mean of the gradient", "Adam: 그레이디언트의 이동 평균")
_SECOND_MOMENT = Text("Adam: running mean of its square", "Adam: 그레이디언트 제곱의 이동 평균")
_CORRECTED = Text("Adam: corrected for the start at 0", "Adam: 0에서 시작한 만큼 보정")
_UPDATE = Text("{weight}: its new value", "{weight}: 새 값")
_FROZEN = Text("{weight}: frozen, so it stays", "{weight}: 동결해 두어 그대로")
_SET = Text("{weight}: set by hand", "{weight}: 직접 정한 값")
_SET_ALL = Text("All parameters set by hand. {weight}", "모든 매개변수를 직접 정함. {weight}")
_FIXED = Text("{weight}: frozen, no update moves it", "{weight}: 동결함. 갱신해도 움직이지 않음")
_FREED = Text("{weight}: free again", "{weight}: 동결을 풂")
_LOSS_NOW = Text("Training loss from here", "지금의 훈련 데이터 손실")
