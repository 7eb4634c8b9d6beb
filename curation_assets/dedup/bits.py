"""Two instructions that processors have and numba has no name for.

Import this module inside functions only, as ``kernels``.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

Lowered = tuple[Signature, Any]


@intrinsic
def trailing_zeros(typing_context: Any, word: Any) -> Lowered:
    """Return how many bits (int64) below the lowest one of a uint64 are 0; 64 if all are."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), lower


@intrinsic
def ones(typing_context: Any, word: Any) -> Lowered:
    """Return how many bits (int64) of a uint64 are 1."""

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), lower
