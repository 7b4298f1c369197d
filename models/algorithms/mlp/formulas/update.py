"""The optimiser's rule for one weight, and what a hand has changed."""

from __future__ import annotations

from collections.abc import Iterator

from models.algorithms.mlp import words
from models.algorithms.mlp.formulas.inside import Inside
from models.algorithms.mlp.formulas.pieces import weight_symbol, weight_text
from models.algorithms.mlp.state import BETA1, BETA2, EPSILON, STEPS, MLPState
from models.core.formula import Formula


def update(inside: Inside) -> Iterator[Formula]:
    """The optimiser's rule for one weight, from its value before the iteration to the one after it."""
    before, after, place = inside.before, inside.state, inside.place
    name, said_values = weight_symbol(inside), {"weight": weight_text(inside)}
    w, g, new = float(before.params[place]), float(after.gradient[place]), float(after.params[place])
    if inside.is_frozen:
        yield Formula(
            "update",
            words.FROZEN,
            rf"{name} \leftarrow {name}",
            rf"{name} \leftarrow <w>",
            {"w": new},
            said_values,
            True,
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
            said=words.VELOCITY,
            symbols=rf"v \leftarrow \mu \cdot v + {slope_symbol}",
            numbers=r"v \leftarrow <mu> \cdot <(old)> + <(g)> = <v>",
            values={"mu": inside.momentum, "old": float(before.first_moment[place]), "g": g, "v": values["v"]},
        )
        letters, numbers = r"\eta \cdot v", r"<rate> \cdot <(v)>"
    else:
        steps = int(before.counters[STEPS]) + 1
        m, v = float(after.first_moment[place]), float(after.second_moment[place])
        m_hat, v_hat = m / (1.0 - BETA1**steps), v / (1.0 - BETA2**steps)
        yield from _adam_moments(before, place, slope_symbol, {"g": g, "m": m, "v": v, "t": float(steps)}, m_hat, v_hat)
        values |= {"m_hat": m_hat, "v_hat": v_hat, "epsilon": EPSILON}
        letters = r"\eta \cdot \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"
        numbers = r"<rate> \cdot \frac{<m_hat>}{\sqrt{<v_hat>} + <epsilon>}"
    yield Formula(
        key="update",
        said=words.UPDATE,
        symbols=rf"{name} \leftarrow {name} - {letters}",
        numbers=rf"{name} \leftarrow <w> - {numbers} = <new>",
        values=values,
        said_values=said_values,
        is_main=True,
    )


def _adam_moments(
    before: MLPState, place: int, slope_symbol: str, now: dict[str, float], m_hat: float, v_hat: float
) -> Iterator[Formula]:
    """Adam's running means of the gradient and its square, and both with the pull of their start at 0 taken out."""
    means = (
        ("m", before.first_moment, BETA1, words.FIRST_MOMENT, slope_symbol, "<(g)>", m_hat, "1"),
        ("v", before.second_moment, BETA2, words.SECOND_MOMENT, rf"\left({slope_symbol}\right)^{{2}}", "<(g)>^{2}",
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
            said=words.CORRECTED,
            symbols=rf"\hat{{{letter}}} = \frac{{{letter}}}{{1 - \beta_{{{number}}}^{{t}}}}",
            numbers=rf"\hat{{{letter}}} = \frac{{<{letter}>}}{{1 - <beta>^{{<t>}}}} = <hat>",
            values={letter: now[letter], "beta": beta, "t": now["t"], "hat": hat},
        )


def edited(inside: Inside) -> Iterator[Formula]:
    """What was set or fixed by hand, and the training loss that follows."""
    handle = str(inside.shown.moment.values.get("handle", ""))
    said = words.SET_ALL if handle == "parameters" else words.SET
    if handle.startswith("freeze"):
        said = words.FIXED if inside.is_frozen else words.FREED
    name = weight_symbol(inside)
    value = {"w": float(inside.state.params[inside.place])}
    yield Formula("weight", said, name, f"{name} = <w>", value, {"weight": weight_text(inside)}, True)
    loss = inside.mean_loss + inside.penalty
    yield Formula("loss", words.LOSS_NOW, "L", "L = <loss>", {"loss": loss})
