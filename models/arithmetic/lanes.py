"""Eight numbers side by side: what a kernel does to one sample it does to eight at the same time.

Processors add, multiply and compare several numbers with one instruction. The compiler finds the places for it in long,
simple loops only; the loops of a small network are short and nested. So the kernels say it themselves: a value of type
`Lanes` is a vector of eight float64, which becomes one, two or four registers, whatever the processor has.

    z = splat(bias)
    for j in range(inputs):
        z = fma(load(acts, j, s), splat(weights[j]), z)       # eight samples' sums grow by input times weight

`+ - * /` and the functions below act on each lane alone; a float among their arguments counts for all lanes. `total`
adds the eight in a fixed order. The same numbers go through the same operations at every call, so results do not
depend on how a run is cut into calls. Only for compiled functions; bounds are not checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

WIDTH = 8

# To a type checker its result is a plain function: numba's own type asks for the typing context as well.
compiled_in_place: Callable[[Callable[..., Any]], Callable[..., Any]] = intrinsic

_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_WHOLE = ir.VectorType(ir.IntType(64), WIDTH)
_ANYTHING = ir.Constant(_VECTOR, ir.Undefined)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


Lanes = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


def _order(*lanes: int) -> ir.Constant:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))


def _splat(builder, number):
    one = builder.insert_element(_ANYTHING, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, _ANYTHING, _order(*[0] * WIDTH))


def _as_lanes(context, builder, given, value):
    """`value` of numba type `given`, a number or Lanes already, in all lanes."""
    if isinstance(given, _LanesType):
        return value
    return _splat(builder, context.cast(builder, value, given, types.float64))


def _all_as_lanes(context, builder, signature, arguments) -> list:
    return [_as_lanes(context, builder, *pair) for pair in zip(signature.args, arguments, strict=True)]


def _whole(value: int) -> ir.Constant:
    return ir.Constant(_WHOLE, [value] * WIDTH)


# -- memory ----------------------------------------------------------------------------------------------------------


def _check(array, dimensions: int) -> None:
    if not (isinstance(array, types.Array) and array.ndim == dimensions and array.layout == "C"):
        raise TypingError(f"a C-contiguous array of float64 with {dimensions} dimensions is wanted, not {array}")
    if array.dtype != types.float64:
        raise TypingError(f"an array of float64 is wanted, not {array}")


def _pointer(context, builder, array_type, array, *place):
    """The address of an element, as that of eight numbers."""
    made = context.make_array(array_type)(context, builder, array)
    at = place[-1]
    if array_type.ndim == 2:
        at = builder.add(builder.mul(place[0], builder.extract_value(made.shape, 1)), at)
    return builder.bitcast(builder.gep(made.data, [at]), _VECTOR.as_pointer())


@compiled_in_place
def load(typingctx, array, row, column):
    """array[row, column : column + 8]."""
    _check(array, 2)

    def code(context, builder, signature, arguments):
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=8)

    return Lanes(array, types.intp, types.intp), code


@compiled_in_place
def store(typingctx, array, row, column, lanes):
    """array[row, column : column + 8] = lanes."""
    _check(array, 2)

    def code(context, builder, signature, arguments):
        *place, value = arguments
        builder.store(value, _pointer(context, builder, signature.args[0], *place), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, Lanes), code


@compiled_in_place
def load_flat(typingctx, array, first):
    """array[first : first + 8] of a flat array."""
    _check(array, 1)

    def code(context, builder, signature, arguments):
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=8)

    return Lanes(array, types.intp), code


@compiled_in_place
def store_flat(typingctx, array, first, lanes):
    """array[first : first + 8] = lanes, of a flat array."""
    _check(array, 1)

    def code(context, builder, signature, arguments):
        *place, value = arguments
        builder.store(value, _pointer(context, builder, signature.args[0], *place), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, Lanes), code


# -- arithmetic ------------------------------------------------------------------------------------------------------


def _is_number(given) -> bool:
    return isinstance(given, (_LanesType, types.Float, types.Integer))


def _operate(operation: Callable, instruction: str) -> None:
    """Teach numba what `operation` does with Lanes on one side or both."""

    @type_callable(operation)
    def type_of(context):
        def typer(a, b):
            if isinstance(a, _LanesType) and _is_number(b) or isinstance(b, _LanesType) and _is_number(a):
                return Lanes

        return typer

    def code(context, builder, signature, arguments):
        a, b = _all_as_lanes(context, builder, signature, arguments)
        return getattr(builder, instruction)(a, b)

    for a, b in ((Lanes, Lanes), (Lanes, types.float64), (types.float64, Lanes)):
        lower_builtin(operation, a, b)(code)


for _operation, _instruction in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
    (operator.iadd, "fadd"), (operator.isub, "fsub"), (operator.imul, "fmul"),
):  # fmt: skip
    _operate(_operation, _instruction)


@compiled_in_place
def splat(typingctx, number):
    """The same number in all lanes."""

    def code(context, builder, signature, arguments):
        return _splat(builder, *arguments)

    return Lanes(types.float64), code


def _through(name: str, count: int):
    """An intrinsic of `count` arguments, each Lanes or a number, that is LLVM's `name`."""

    def code(context, builder, signature, arguments):
        lanes = _all_as_lanes(context, builder, signature, arguments)
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * count)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"{name}.v{WIDTH}f64"), lanes)

    return code


@compiled_in_place
def fma(typingctx, a, b, c):
    """a * b + c, rounded once where the processor can do that."""
    return Lanes(a, b, c), _through("llvm.fmuladd", 3)


@compiled_in_place
def absolute(typingctx, a):
    """|a|."""
    return Lanes(a), _through("llvm.fabs", 1)


@compiled_in_place
def square_root(typingctx, a):
    """The square root of a."""
    return Lanes(a), _through("llvm.sqrt", 1)


@compiled_in_place
def with_sign(typingctx, size, sign):
    """|size| with the sign of `sign`."""
    return Lanes(size, sign), _through("llvm.copysign", 2)


def _where(comparison: str):
    """Lane by lane: the third argument where the first two compare so, else the fourth."""

    def code(context, builder, signature, arguments):
        a, b, then, otherwise = _all_as_lanes(context, builder, signature, arguments)
        return builder.select(builder.fcmp_ordered(comparison, a, b), then, otherwise)

    return code


@compiled_in_place
def where_less(typingctx, a, b, then, otherwise):
    """`then` in the lanes where a < b, else `otherwise`; a lane that is not a number is not less."""
    return Lanes(a, b, then, otherwise), _where("<")


@compiled_in_place
def where_equal(typingctx, a, b, then, otherwise):
    """`then` in the lanes where a == b, else `otherwise`."""
    return Lanes(a, b, then, otherwise), _where("==")


@compiled_in_place
def total(typingctx, lanes):
    """The sum of the eight lanes: halves are added until one number is left."""

    def code(context, builder, signature, arguments):
        (value,) = arguments
        for half in (4, 2, 1):
            none = ir.Constant(ir.VectorType(ir.DoubleType(), 2 * half), ir.Undefined)
            low = builder.shuffle_vector(value, none, _order(*range(half)))
            high = builder.shuffle_vector(value, none, _order(*range(half, 2 * half)))
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return types.float64(lanes), code


# -- the parts of a float64 ------------------------------------------------------------------------------------------

_EXPONENT_AT, _BIAS = 52, 1023
ROUND = 1.5 * 2.0**52  # added to a number below 2**51 and taken away again, it leaves the nearest whole number


@compiled_in_place
def power_of_two(typingctx, rounded):
    """2**k for lanes that hold k + ROUND, -1022 <= k <= 1023: the whole number stands in the lowest bits."""

    def code(context, builder, signature, arguments):
        bits = builder.bitcast(arguments[0], _WHOLE)
        biased = builder.add(bits, _whole(_BIAS))
        return builder.bitcast(builder.shl(biased, _whole(_EXPONENT_AT)), _VECTOR)

    return Lanes(rounded), code


@compiled_in_place
def split(typingctx, lanes):
    """Two Lanes (m, k) with lanes = m * 2**k, m in [sqrt(1/2), sqrt(2)), for positive normal numbers."""
    root_bits = 0x3FE6A09E667F3BCD  # of sqrt(1/2)

    def code(context, builder, signature, arguments):
        bits = builder.bitcast(arguments[0], _WHOLE)
        above = builder.sub(bits, _whole(root_bits))
        k = builder.ashr(above, _whole(_EXPONENT_AT))
        m = builder.bitcast(builder.sub(bits, builder.shl(k, _whole(_EXPONENT_AT))), _VECTOR)
        return context.make_tuple(builder, signature.return_type, (m, builder.sitofp(k, _VECTOR)))

    return types.UniTuple(Lanes, 2)(lanes), code


@njit(nogil=True, cache=True)
def aligned_zeros(rows, columns):
    """Zeros (rows, columns) that begin where a line of the processor's cache begins: eight numbers are then one line."""
    space = np.zeros(rows * columns + WIDTH)
    first = -(space.ctypes.data // 8) % WIDTH
    return space[first : first + rows * columns].reshape((rows, columns))
