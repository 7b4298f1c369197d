"""exp, log, tanh and the logistic function of eight numbers at once (models/arithmetic/lanes.py), good to 3 units in the last place.

The mathematics library of the system takes one number at a time, which costs more than all the rest of a small
network. Sources: range reduction after Cody and Waite, Software Manual for the Elementary Functions, 1980; the series
of Abramowitz and Stegun, 4.2.1 and 4.1.27.
"""

from __future__ import annotations

import math

from numba import njit

from models.arithmetic.lanes import ROUND, absolute, fma, power_of_two, splat, split, where_less, with_sign

_LOG2_E = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = (
    6.93147180369123816490e-01,
    1.90821492927058770002e-10,
)  # the first has 33 bits: k times it is exact
_LOWEST, _HIGHEST = -708.0, 709.0  # exp of what lies beyond is said to be that of the bound


@njit(nogil=True, cache=True)
def _remainder(x):
    """(p, s) with exp(x) = s (1 + p): s a power of two, p = exp(r) - 1 by its series for |r| <= ln(2) / 2."""
    rounded = fma(x, _LOG2_E, ROUND)
    k = rounded - ROUND
    r = fma(k, -_LN2_LOW, fma(k, -_LN2_HIGH, x))
    q = splat(1.0 / 6227020800.0)
    q = fma(q, r, 1.0 / 479001600.0)
    q = fma(q, r, 1.0 / 39916800.0)
    q = fma(q, r, 1.0 / 3628800.0)
    q = fma(q, r, 1.0 / 362880.0)
    q = fma(q, r, 1.0 / 40320.0)
    q = fma(q, r, 1.0 / 5040.0)
    q = fma(q, r, 1.0 / 720.0)
    q = fma(q, r, 1.0 / 120.0)
    q = fma(q, r, 1.0 / 24.0)
    q = fma(q, r, 1.0 / 6.0)
    q = fma(q, r, 0.5)
    return fma(r * r, q, r), power_of_two(rounded)


@njit(nogil=True, cache=True)
def exp(x):
    """e to the power of x; not a number stays so."""
    x = where_less(x, _LOWEST, _LOWEST, x)
    x = where_less(_HIGHEST, x, _HIGHEST, x)
    p, s = _remainder(x)
    return fma(s, p, s)


@njit(nogil=True, cache=True)
def tanh(x):
    """The hyperbolic tangent: e / (e + 2) with e = exp(2|x|) - 1, which keeps small numbers exact."""
    twice = absolute(x + x)
    p, s = _remainder(where_less(40.0, twice, 40.0, twice))
    e = fma(s, p, s - 1.0)
    return with_sign(e / (e + 2.0), x)


@njit(nogil=True, cache=True)
def logistic(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(0.0 - x))


@njit(nogil=True, cache=True)
def log(x):
    """The natural logarithm of positive normal numbers: 2 artanh((m - 1) / (m + 1)) + k ln 2."""
    m, k = split(x)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    q = splat(2.0 / 21.0)
    q = fma(q, z, 2.0 / 19.0)
    q = fma(q, z, 2.0 / 17.0)
    q = fma(q, z, 2.0 / 15.0)
    q = fma(q, z, 2.0 / 13.0)
    q = fma(q, z, 2.0 / 11.0)
    q = fma(q, z, 2.0 / 9.0)
    q = fma(q, z, 2.0 / 7.0)
    q = fma(q, z, 2.0 / 5.0)
    q = fma(q, z, 2.0 / 3.0)
    return fma(k, _LN2_HIGH, fma(k, _LN2_LOW, fma(s * z, q, s + s)))
