"""The three products of matrices in a layer of neurons: forward, back to the layer below, and for the gradient.

Values stand as rows, samples as columns (models/algorithms/mlp/kernels.py). With W (inputs, units), A (inputs, columns) the
values of the layer below and D (units, columns) the derivatives at the layer's sums, they are W' A, W D and A D'.

Small ones are computed here, eight samples at once: an input that was read serves four sums, and four sums side by side
keep a processor busy that needs four cycles for one addition. Large ones go to BLAS, whose blocks stay in the cache
where ours stream through it; but every call of BLAS costs more than a small product. `seconds` says which is cheaper.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.arithmetic.lanes import WIDTH, fma, load, load_flat, splat, store, store_flat, total

_TILE = 4  # sums that share what was read
_LEAST_TURNED = 4  # inputs from which on it pays to turn the derivatives for the gradient

# Measured side by side on an AMD EPYC (AVX-512, 1 MB of L2) by the room `products` of the benchmarks: seconds for the
# three products of one layer, as a call and as one multiplication and addition in each of them.
_OURS_CALL_S, _OURS_EACH_S = 0.2e-6, 0.18e-9
_OURS_BEYOND_CACHE_S, _CACHE = 0.35e-9, 100_000  # weights that a cache of 1 MB holds beside the values
_BLAS_CALL_S, _BLAS_EACH_S = 0.9e-6, 0.13e-9


def seconds(sizes: np.ndarray, columns: int) -> tuple[float, float]:
    """What the products of all layers of a network cost for a block of `columns` samples: (ours, by BLAS)."""
    ours = blas = 0.0
    for inputs, units in zip(sizes[:-1].tolist(), sizes[1:].tolist(), strict=True):
        work = inputs * units * columns
        ours += _OURS_CALL_S + work * (_OURS_EACH_S if inputs * units <= _CACHE else _OURS_BEYOND_CACHE_S)
        blas += _BLAS_CALL_S + work * _BLAS_EACH_S
    return ours, blas


@njit(nogil=True, cache=True)
def _rows(array, first, count):
    """Rows first : first + count of a C-contiguous (m, n) array, known to the compiler as C-contiguous."""
    columns = array.shape[1]
    flat = array.reshape(array.size)
    return flat[first * columns : (first + count) * columns].reshape((count, columns))


@njit(nogil=True, cache=True)
def _matrix(params, weight, inputs, units):
    return params[weight : weight + inputs * units].reshape((inputs, units))


# -- forward ---------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def weighted_sums(by_blas, params, weight, inputs, units, acts, below, here):
    """Fill the rows of `acts` from `here` on: each unit's bias, plus its weights times the rows from `below` on."""
    if by_blas:
        sums, bias = _rows(acts, here, units), weight + inputs * units
        np.dot(_matrix(params, weight, inputs, units).T, _rows(acts, below, inputs), sums)
        for i in range(units):
            for s in range(0, acts.shape[1], WIDTH):
                store(acts, here + i, s, load(acts, here + i, s) + params[bias + i])
    else:
        _sums_by_lanes(params, weight, inputs, units, acts, below, here)


@njit(nogil=True, cache=True, error_model="numpy")
def _sums_by_lanes(params, weight, inputs, units, acts, below, here):
    bias, whole = weight + inputs * units, units // _TILE * _TILE
    for s in range(0, acts.shape[1], WIDTH):
        for i in range(0, whole, _TILE):
            z0, z1 = splat(params[bias + i]), splat(params[bias + i + 1])
            z2, z3 = splat(params[bias + i + 2]), splat(params[bias + i + 3])
            w = weight + i
            for j in range(inputs):
                a = load(acts, below + j, s)
                z0, z1 = fma(a, params[w], z0), fma(a, params[w + 1], z1)
                z2, z3 = fma(a, params[w + 2], z2), fma(a, params[w + 3], z3)
                w += units
            store(acts, here + i, s, z0)
            store(acts, here + i + 1, s, z1)
            store(acts, here + i + 2, s, z2)
            store(acts, here + i + 3, s, z3)
        for i in range(whole, units):
            z = splat(params[bias + i])
            for j in range(inputs):
                z = fma(load(acts, below + j, s), params[weight + j * units + i], z)
            store(acts, here + i, s, z)


# -- back ------------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def send_back(by_blas, params, weight, inputs, units, deltas, below, here):
    """Fill the rows of `deltas` from `below` on: what each input has done to the loss through the units it feeds."""
    if by_blas:
        back = _rows(deltas, below, inputs)
        np.dot(_matrix(params, weight, inputs, units), _rows(deltas, here, units), back)
    else:
        _back_by_lanes(params, weight, inputs, units, deltas, below, here)


@njit(nogil=True, cache=True, error_model="numpy")
def _back_by_lanes(params, weight, inputs, units, deltas, below, here):
    whole = inputs // _TILE * _TILE
    for s in range(0, deltas.shape[1], WIDTH):
        for j in range(0, whole, _TILE):
            t0, t1, t2, t3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
            w = weight + j * units
            for i in range(units):
                d = load(deltas, here + i, s)
                t0, t1 = fma(d, params[w + i], t0), fma(d, params[w + units + i], t1)
                t2, t3 = fma(d, params[w + 2 * units + i], t2), fma(d, params[w + 3 * units + i], t3)
            store(deltas, below + j, s, t0)
            store(deltas, below + j + 1, s, t1)
            store(deltas, below + j + 2, s, t2)
            store(deltas, below + j + 3, s, t3)
        for j in range(whole, inputs):
            t = splat(0.0)
            for i in range(units):
                t = fma(load(deltas, here + i, s), params[weight + j * units + i], t)
            store(deltas, below + j, s, t)


# -- gradient --------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def put_gradient(by_blas, is_first, weight, inputs, units, acts, deltas, below, here, samples, turned, gradient):
    """The layer's part of `gradient`: for each weight the sum over the samples of input times derivative, for each bias
    that of the derivatives; added to what is there unless `is_first`. turned (columns, most units) is room to work in."""
    bias = weight + inputs * units
    if is_first and not by_blas:
        for p in range(weight, bias):
            gradient[p] = 0.0
    if by_blas:
        _gradient_by_blas(is_first, weight, inputs, units, acts, deltas, below, here, gradient)
    else:
        done = 0
        if units >= WIDTH and inputs >= _LEAST_TURNED:
            for i in range(units):
                for s in range(samples):
                    turned[s, i] = deltas[here + i, s]
            done = _gradient_by_units(weight, inputs, units, acts, below, samples, turned, gradient)
        _gradient_by_samples(weight, inputs, units, acts, deltas, below, here, done, gradient)
    for i in range(units):
        g = splat(0.0)
        for s in range(0, acts.shape[1], WIDTH):
            g += load(deltas, here + i, s)
        gradient[bias + i] = total(g) if is_first else gradient[bias + i] + total(g)


@njit(nogil=True, cache=True, error_model="numpy")
def _gradient_by_blas(is_first, weight, inputs, units, acts, deltas, below, here, gradient):
    a, d = _rows(acts, below, inputs), _rows(deltas, here, units)
    block = _matrix(gradient, weight, inputs, units)
    if is_first:
        np.dot(a, d.T, block)
    else:
        product = np.dot(a, d.T)
        for j in range(inputs):
            for i in range(units):
                block[j, i] += product[j, i]


@njit(nogil=True, cache=True, error_model="numpy")
def _gradient_by_samples(weight, inputs, units, acts, deltas, below, here, first, gradient):
    """Units `first` and on, eight samples at once: eight partial sums for each weight, added at the end."""
    for i in range(first, units):
        for j in range(inputs):
            g = splat(0.0)
            for s in range(0, acts.shape[1], WIDTH):
                g = fma(load(acts, below + j, s), load(deltas, here + i, s), g)
            gradient[weight + j * units + i] += total(g)


@njit(nogil=True, cache=True, error_model="numpy")
def _gradient_by_units(weight, inputs, units, acts, below, samples, turned, gradient):
    """Eight units at once, sample after sample: no partial sums. Returns how many units are done, a multiple of 8."""
    whole, tiles = units // WIDTH * WIDTH, inputs // _TILE * _TILE
    for i in range(0, whole, WIDTH):
        for j in range(0, tiles, _TILE):
            w = weight + j * units + i
            g0, g1 = load_flat(gradient, w), load_flat(gradient, w + units)
            g2, g3 = load_flat(gradient, w + 2 * units), load_flat(gradient, w + 3 * units)
            for s in range(samples):
                d = load(turned, s, i)
                g0, g1 = fma(d, acts[below + j, s], g0), fma(d, acts[below + j + 1, s], g1)
                g2, g3 = fma(d, acts[below + j + 2, s], g2), fma(d, acts[below + j + 3, s], g3)
            store_flat(gradient, w, g0)
            store_flat(gradient, w + units, g1)
            store_flat(gradient, w + 2 * units, g2)
            store_flat(gradient, w + 3 * units, g3)
        for j in range(tiles, inputs):
            w = weight + j * units + i
            g = load_flat(gradient, w)
            for s in range(samples):
                g = fma(load(turned, s, i), acts[below + j, s], g)
            store_flat(gradient, w, g)
    return whole
