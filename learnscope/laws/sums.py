"""What a formula says with its numbers in it, worked out again: the sides of its equations as numbers.

A reader of the LaTeX of `Formula.numbers` as far as it is arithmetic: numbers and `<places>`, + - and products, fractions,
roots, powers, brackets, absolute values, matrices, min, max, ln, exp, tanh and the logistic function. A side with anything
else in it, a letter or dots, has no value here and is passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_TOKEN = re.compile(r"<\(?(\w+)\)?>|(\d+(?:\.\d+)?)|(\\[A-Za-z]+|\\.)|(\s+)|(.)", re.DOTALL)
_BETWEEN = re.compile(r"=|\\leftarrow(?![A-Za-z])|\\to(?![A-Za-z])|\\rightarrow(?![A-Za-z])|:=")
_APART = re.compile(r"\\qquad|\\quad|\\\\|;|\\iff(?![A-Za-z])|\\Rightarrow(?![A-Za-z])")
_OPEN, _CLOSE = r"\opened", r"\closed"  # a matrix
_NOTHING = {r"\left", r"\right", r"\,", r"\;", r"\!", r"\ ", r"\displaystyle", r"\bigl", r"\bigr", r"\big"}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    r"\ln": math.log, r"\log": math.log, r"\exp": math.exp, r"\tanh": math.tanh,
    r"\sigma": lambda z: 1.0 / (1.0 + math.exp(-z)),
}  # fmt: skip
_MANY = {r"\max": max, r"\min": min}
_TIMES, _OVER = {r"\cdot", r"\times", "*"}, {"/", r"\div"}

Token = tuple[str, float]  # ("number", its value), or a sign and 0
Value = Any  # a float, or a matrix (rows, columns)
Side = tuple[Value, float]  # and the size of the largest number in it, which its rounding goes by


class NotArithmeticError(Exception):
    """There is something that is no number and no sign of arithmetic."""


def equations(template: str, values: Mapping[str, float]) -> list[tuple[Side, ...]]:
    """The equations of a template with its values in it: for each the sides that are arithmetic. Fewer than two of them
    say nothing and are left out."""
    found = []
    for part in _split(template, _APART):
        sides = []
        for side in _split(part, _BETWEEN):
            try:
                sides.append(_Reader(side, values).whole())
            except (NotArithmeticError, ArithmeticError, ValueError):
                continue
        if len(sides) >= 2:
            found.append(tuple(sides))
    return found


def _split(text: str, at: re.Pattern[str]) -> list[str]:
    """The pieces between what the pattern finds outside of all brackets and environments."""
    pieces, depth, start, i = [], 0, 0, 0
    while i < len(text):
        if text.startswith((r"\begin", r"\left("), i) or text[i] in "{(":
            depth += 1
        elif text.startswith(r"\end", i) or text[i] in "})":
            depth -= 1
        match = at.match(text, i)
        if match is not None and depth <= 0:
            pieces.append(text[start:i])
            start = i = match.end()
            continue
        i += 1
    return [*pieces, text[start:]]


class _Reader:
    """Reads one side: sums of products of powers of atoms."""

    def __init__(self, text: str, values: Mapping[str, float]) -> None:
        self._tokens: list[Token] = []
        self._largest = 0.0
        text = text.replace(r"\begin{pmatrix}", _OPEN + " ").replace(r"\end{pmatrix}", _CLOSE + " ").strip(" ,")
        for place, digits, command, space, sign in _TOKEN.findall(re.sub(r"(\s|\\,|,|\\[lc]?dots)+$", "", text)):
            if space or command in _NOTHING:
                continue
            if place or digits:
                self._tokens.append(("number", float(values[place] if place else digits)))
            else:
                self._tokens.append((command or sign, 0.0))
        self._at = 0

    def whole(self) -> Side:
        value = self._sum()
        if self._at < len(self._tokens):
            raise NotArithmeticError
        return value, self._largest

    def _next(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, sign: str) -> bool:
        is_there = self._next() == sign
        self._at += is_there
        return is_there

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise NotArithmeticError

    def _sum(self) -> Value:
        total = -self._product() if self._take("-") else self._product()
        while self._next() in ("+", "-"):
            total += self._product() if self._take("+") else -self._product() if self._take("-") else 0.0
        return total

    def _product(self) -> Value:
        value = self._power()
        while True:
            token = self._next()
            if token in _TIMES:
                self._at += 1
                value = _times(value, self._power())
            elif token in _OVER:
                self._at += 1
                value /= self._power()
            elif token in ("(", r"\frac", r"\sqrt", _OPEN):  # written beside each other
                value = _times(value, self._power())
            else:
                return value

    def _power(self) -> Value:
        if self._take("-"):
            return -self._power()
        base = self._atom()
        while self._take("^"):
            base = base ** (self._group() if self._next() == "{" else self._atom())
        return base

    def _atom(self) -> Value:
        if self._at >= len(self._tokens):
            raise NotArithmeticError
        token, value = self._tokens[self._at]
        self._at += 1
        if token == "number":
            self._largest = max(self._largest, abs(value))
            return value
        if token == "(":
            inner = self._sum()
            self._need(")")
            return inner
        if token == _OPEN:
            return self._matrix()
        if token == "{":
            self._at -= 1
            return self._group()
        if token in ("|", r"\lvert"):
            inner = abs(self._sum())
            self._need("|" if token == "|" else r"\rvert")
            return inner
        if token == r"\frac":
            over = self._group()
            return over / self._group()
        if token == r"\sqrt":
            return math.sqrt(self._group())
        if token == "e" and self._next() == "^":
            return math.e
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](self._power())
        if token in _MANY:
            return self._many(token)
        raise NotArithmeticError

    def _matrix(self) -> np.ndarray:
        rows = [[self._sum()]]
        while not self._take(_CLOSE):
            if self._take("&"):
                rows[-1].append(self._sum())
            else:
                self._need(r"\\")
                rows.append([self._sum()])
        return np.array(rows, dtype=np.float64)

    def _many(self, token: str) -> Value:
        self._need("(")
        found = [self._sum()]
        while self._take(","):
            found.append(self._sum())
        self._need(")")
        return _MANY[token](found)

    def _group(self) -> Value:
        self._need("{")
        value = self._sum()
        self._need("}")
        return value


def _times(one: Value, other: Value) -> Value:
    """A product: of matrices where both are some."""
    return one @ other if np.ndim(one) and np.ndim(other) else one * other
