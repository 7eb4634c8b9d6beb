"""Instructions that processors have and numba has no name for.

Import this module inside functions only, as ``kernels``.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

Lowered = tuple[Signature, Any]


def _eight_bytes(typing_context: Any, words: Any, at: Any) -> Lowered:
    """Return the 8 bytes (uint64) of an array of uint64 from any byte on; not checked to be in the array."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, arguments[0])
        first = builder.bitcast(array.data, ir.IntType(8).as_pointer())
        place = builder.bitcast(builder.gep(first, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(words, types.uint64), lower


def _trailing_zeros(typing_context: Any, word: Any) -> Lowered:
    """Return how many bits (int64) below the lowest one of a uint64 are 0; 64 if all are."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), lower


def _ones(typing_context: Any, word: Any) -> Lowered:
    """Return how many bits (int64) of a uint64 are 1."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), lower


eight_bytes: Callable[..., Any] = intrinsic(_eight_bytes)
trailing_zeros: Callable[..., Any] = intrinsic(_trailing_zeros)
ones: Callable[..., Any] = intrinsic(_ones)
