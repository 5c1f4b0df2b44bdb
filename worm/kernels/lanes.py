"""Eight float64 numbers as one value, so that one kernel serves a single worm and eight at once.

An array over compartments of one worm has the shape (n,); of eight worms, (n, WIDTH). ``get`` and
``put`` read and write entry i of either: a float, or a vector with one lane per worm. Written with
these, and with ``choose`` for branches, a kernel is compiled for whichever arrays it is given, with
the same operations in the same order: each lane holds to the last bit what a single worm would.

These functions exist in compiled code only. Comparisons act lane by lane; ``all_of`` and ``any_of``
make one truth value of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core.event import Listener, register
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, overload, register_model

from worm.kernels import compiling
from worm.kernels.tables import WIDTH

DOUBLE, INDEX, BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
VECTOR, MASK = ir.VectorType(DOUBLE, WIDTH), ir.VectorType(BIT, WIDTH)
INTEGERS = ir.VectorType(INDEX, WIDTH)
# exp(x) = 2^k exp(r), k the nearest integer to x / ln 2: adding MAGIC rounds and leaves k in the
# low bits of the sum. ln 2 in two parts keeps r exact.
LOG2_E, MAGIC = 1.4426950408889634, 6755399441055744.0
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.42860682030941723212e-6


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__("Lanes")


class _Mask(types.Type):
    def __init__(self) -> None:
        super().__init__("LaneMask")


lanes, mask = _Lanes(), _Mask()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


@register_model(_Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, MASK)


class _Compiling(Listener):
    """Passes on that a kernel of this package is not in the cache."""

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"].py_func.__module__.startswith("worm.kernels."):
            compiling()

    def on_end(self, event: Any) -> None:
        pass


register("numba:compile", _Compiling())


def _vector(context: Any, builder: Any, value: Any, kind: Any) -> Any:
    """Return the LLVM vector of a lanes value, or of a number repeated in every lane."""
    if kind is lanes:
        return value
    number, zero = context.cast(builder, value, kind, types.float64), ir.IntType(32)(0)
    first = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, zero)
    every = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, ir.Constant(VECTOR, ir.Undefined), every)


def _binary(symbol: Callable[..., Any], result: Any, emit: str, *relation: str) -> None:
    """Give an operator its meaning for two vectors, or for a vector and a number."""
    pairs = ((lanes, lanes), (lanes, types.float64), (types.float64, lanes))

    @infer_global(symbol)
    class _Typing(ConcreteTemplate):
        cases = [result(*pair) for pair in pairs]  # noqa: RUF012  # read once, by numba

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        both = zip(values, signature.args, strict=True)
        return getattr(builder, emit)(*relation, *(_vector(context, builder, *v) for v in both))

    for pair in pairs:
        lower_builtin(symbol, *pair)(generate)


for _symbol, _emit in (
    (operator.add, "fadd"), (operator.iadd, "fadd"), (operator.sub, "fsub"),
    (operator.isub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
):  # fmt: skip
    _binary(_symbol, lanes, _emit)
_binary(operator.lt, mask, "fcmp_ordered", "<")
_binary(operator.gt, mask, "fcmp_ordered", ">")
_binary(operator.ne, mask, "fcmp_unordered", "!=")


@infer_global(operator.or_)
class _EitherTyping(ConcreteTemplate):
    cases = [mask(mask, mask)]  # noqa: RUF012  # read once, by numba


@lower_builtin(operator.or_, mask, mask)
def _either(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    return builder.or_(*values)


@intrinsic
def choose(typing: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition holds and b elsewhere; both are evaluated."""
    wide = condition is mask

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pairs = list(zip(values, signature.args, strict=True))[1:]
        if wide:
            x, y = (_vector(context, builder, *pair) for pair in pairs)
        else:
            x, y = (context.cast(builder, *pair, types.float64) for pair in pairs)
        return builder.select(values[0], x, y)

    return (lanes if wide else types.float64)(condition, a, b), generate


@intrinsic
def _bits(typing: Any, condition: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(WIDTH))

    return types.uint8(condition), generate


def any_of(condition: Any) -> Any:
    """Return whether the condition holds in any lane."""


@overload(any_of, strict=False)
def _any_of(condition: Any) -> Any:
    if condition is mask:
        return lambda condition: _bits(condition) != 0
    return lambda condition: condition


def all_of(condition: Any) -> Any:
    """Return whether the condition holds in every lane."""


@overload(all_of, strict=False)
def _all_of(condition: Any) -> Any:
    if condition is mask:
        return lambda condition: _bits(condition) == 255
    return lambda condition: condition


def _pointer(context: Any, builder: Any, signature: Any, values: Any, scale: int) -> Any:
    """Return the address of WIDTH numbers of a contiguous array, ``scale`` times index from 0."""
    data = context.make_array(signature.args[0])(context, builder, values[0]).data
    index = context.cast(builder, values[1], signature.args[1], types.intp)
    place = builder.gep(data, [builder.mul(index, ir.Constant(INDEX, scale))], inbounds=True)
    return builder.bitcast(place, VECTOR.as_pointer())


def _memory(scale: int) -> tuple[Any, Any]:
    """Return functions that read and write WIDTH numbers from index times ``scale`` on."""

    @intrinsic
    def load(typing: Any, array: Any, i: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            place = _pointer(context, builder, signature, values, scale)
            return builder.load(place, align=8)

        return lanes(array, i), generate

    @intrinsic
    def store(typing: Any, array: Any, i: Any, x: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            vector = _vector(context, builder, values[2], signature.args[2])
            place = _pointer(context, builder, signature, values, scale)
            builder.store(vector, place, align=8)
            return context.get_dummy_value()

        return types.none(array, i, x), generate

    return load, store


_load_row, _store_row = _memory(WIDTH)
load, store = _memory(1)  # WIDTH neighbours of a flat array, from any index on


def get(array: Any, i: Any) -> Any:
    """Return entry i of an array (n,), or row i of an array (n, WIDTH)."""


@overload(get, strict=False)
def _get(array: Any, i: Any) -> Any:
    if array.ndim == 1:
        return lambda array, i: array[i]
    return lambda array, i: _load_row(array, i)


def put(array: Any, i: Any, x: Any) -> Any:
    """Set entry i of an array (n,), or row i of an array (n, WIDTH)."""


@overload(put, strict=False)
def _put(array: Any, i: Any, x: Any) -> Any:
    if array.ndim == 1:

        def one(array, i, x):
            array[i] = x

        return one
    return lambda array, i, x: _store_row(array, i, x)


@intrinsic
def turn(typing: Any, source: Any, start: Any, step: Any, target: Any, row: Any) -> Any:
    """Transpose WIDTH by WIDTH numbers of a flat array into rows of an array (n, WIDTH).

    What begins at ``start``, ``start + step``, ... becomes the columns of the WIDTH rows of
    ``target`` from ``row`` on.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        first, stride, to = (
            context.cast(builder, values[k], signature.args[k], types.intp) for k in (1, 2, 4)
        )
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        rows = []
        for k in range(WIDTH):
            at = builder.gep(data, [builder.add(first, builder.mul(stride, INDEX(k)))])
            rows.append(builder.load(builder.bitcast(at, VECTOR.as_pointer()), align=8))
        for size in (1, 2, 4):  # swap ever larger blocks across the diagonal
            rows = [_exchange(builder, rows, k, size) for k in range(WIDTH)]
        data = context.make_array(signature.args[3])(context, builder, values[3]).data
        for k, vector in enumerate(rows):
            at = builder.gep(data, [builder.mul(builder.add(to, INDEX(k)), INDEX(WIDTH))])
            builder.store(vector, builder.bitcast(at, VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.none(source, start, step, target, row), generate


def _exchange(builder: Any, rows: Sequence[Any], k: int, size: int) -> Any:
    """Return row k after blocks of ``size`` have been swapped between rows ``size`` apart."""
    a, b = rows[k & ~size], rows[k | size]
    shift = size if k & size else 0
    take = [(j & ~size) + shift + (WIDTH if j & size else 0) for j in range(WIDTH)]
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), take))


@intrinsic
def _repeat(typing: Any, x: Any) -> Any:
    return lanes(x), lambda context, builder, signature, values: _vector(
        context, builder, values[0], signature.args[0]
    )


def full(array: Any, x: Any) -> Any:
    """Return the number x as an entry of ``array`` would be: itself, or in every lane."""


@overload(full, strict=False)
def _full(array: Any, x: Any) -> Any:
    if array.ndim == 1:
        return lambda array, x: x
    return lambda array, x: _repeat(x)


@intrinsic
def _power_of_two(typing: Any, kind: Any) -> Any:
    """2 to the power of the integer in the low bits of a number of a kind."""
    integer = INTEGERS if kind is lanes else INDEX

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def constant(value: int) -> Any:
            return ir.Constant(integer, [value] * WIDTH if kind is lanes else value)

        bits = builder.shl(builder.bitcast(values[0], integer), constant(52))
        bits = builder.add(bits, constant(1023 << 52))
        return builder.bitcast(bits, context.get_value_type(kind))

    return kind(kind), generate


@njit(nogil=True, error_model="numpy")
def exponential(x: Any) -> Any:
    """Return exp(x), in every lane; within 1e-14 of it for arguments from -700 to 700."""
    t = x * LOG2_E + MAGIC
    k = t - MAGIC
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 + r * (1.0 / 12.0)
    for j in range(11, 0, -1):
        p = 1.0 + r * p * (1.0 / j)
    return p * _power_of_two(t)
