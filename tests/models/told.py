"""What a moment tells in numbers, looked over: the checks that every test of formulas begins with."""

from __future__ import annotations

from models.core.formula import Formula


def numbers_of(learner, shown, problem) -> dict[str, Formula]:
    """The formulas of a shown moment by key: keys unique, one main, every place filled, said in both languages."""
    formulas = list(learner.formulas(shown, problem))
    assert len({f.key for f in formulas}) == len(formulas)
    assert sum(f.is_main for f in formulas) == 1
    for formula in formulas:
        assert set(formula.places()) == set(formula.values) and "<" not in formula.filled()
        for lang in ("en", "ko"):
            assert formula.said.say(lang, formula.said_values)
    return {f.key: f for f in formulas}
