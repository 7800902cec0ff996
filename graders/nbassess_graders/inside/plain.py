"""Type-exact plain data: how values cross the wall of the sandbox, in both directions.

Bare JSON is used where it is exact (None, bool, int, float, str); everything else is a pair [tag, payload]. A value
is recognised by its exact type, so that an object which only claims to be a number or a frame never crosses:
it is Unsupported, and says so. Decoding builds values from data alone: nothing is imported, unpickled or called on
behalf of the sender. Both ends use this module; the outer end assumes that what it reads was forged.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import json
import sys
from collections.abc import Callable, Iterable
from math import prod
from typing import Any, Final

Tree = Any  # what json.loads gives

DEPTH_MAX: Final = 50
ITEMS_MAX: Final = 5_000_000
SAME_HASH_MAX: Final = 100
SMALL: Final = 2**63
ARRAY_KINDS: Final = "biufcmMSU"
# Bound here, before any candidate code can replace them.
_write: Final = json.JSONEncoder(separators=(",", ":")).encode
_read: Final = json.JSONDecoder().decode
_BARE: Final = frozenset({float, str, bool, type(None)})
_MAPPINGS: Final = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)


class Unsupported(Exception):  # noqa: N818 - a fact about a value, not an error of ours
    """Say that a value has a type that does not cross; the text names the type."""


class TooLarge(Exception):  # noqa: N818 - a fact about a value, not an error of ours
    """Say that a value is nested too deeply or has too many items."""


class Malformed(ValueError):  # noqa: N818 - a fact about a message, not an error of ours
    """Say that a tree was not made by `encode`."""


class Encoder:
    """Turn one value into a tree; keeps count so that a shared or cyclic structure ends."""

    def __init__(self) -> None:
        self._items = 0
        self._depth = 0

    def encode(self, value: object) -> Tree:
        """Return the tree of a value.

        Raises:
            Unsupported: the value, or one within it, has a type that does not cross.
            TooLarge: it is nested too deeply or has too many items.
        """
        kind = type(value)
        if kind in _BARE:
            return value
        if kind is int:
            return value if -SMALL < value < SMALL else ["int", hex(value)]  # type: ignore[operator,arg-type] # is int
        encoder = _encoder_of(kind)
        if encoder is None:
            raise Unsupported(type_name(kind))
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise TooLarge
        tree = encoder(self, value)
        self._depth -= 1
        return tree

    def many(self, values: Iterable[object]) -> list[Tree]:
        """Return the trees of the items of a container."""
        items = list(values)
        self._items += len(items)
        if self._items > ITEMS_MAX:
            raise TooLarge
        return [item if type(item) in _BARE else self.encode(item) for item in items]


def encode(value: object) -> Tree:
    """Return the tree of a value; see Encoder.encode."""
    return Encoder().encode(value)


def decode(tree: Tree) -> object:
    """Build the value of a tree.

    Raises:
        Malformed: `encode` cannot have made it.
    """
    try:
        return build(tree)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"{type(error).__name__} while decoding") from error


def build(tree: Tree) -> Any:
    """Build the value of a tree, with whatever exception a forged one causes."""
    if not isinstance(tree, list):
        if isinstance(tree, dict):
            raise Malformed("a bare object")
        return tree
    if len(tree) != 2 or not isinstance(tree[0], str):
        raise Malformed("no pair of tag and payload")
    decoder = DECODERS.get(tree[0])
    if decoder is None:
        raise Malformed(f"unknown tag {tree[0][:40]!r}")
    return decoder(tree[1])


def to_bytes(message: Tree) -> bytes:
    """Return a message as JSON bytes."""
    return _write(message).encode("ascii")


def from_bytes(data: bytes) -> Tree:
    """Read a message.

    Raises:
        Malformed: it is no JSON, or nested beyond reason.
    """
    try:
        return _read(data.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def type_name(kind: type) -> str:
    """Return the qualified name of a type, bounded."""
    module = type.__getattribute__(kind, "__module__")
    name = type.__getattribute__(kind, "__qualname__")
    return f"{name}"[:80] if module in ("builtins", "__main__") else f"{module}.{name}"[:80]


def pack_array(array: Any) -> Tree:
    """Return the pair of a numpy array without Python objects: dtype, shape, raw bytes."""
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return ["array", [array.dtype.str, list(array.shape), data]]


def unpack_array(payload: Tree) -> Any:
    """Build an array; sizes are checked against the bytes before anything is allocated."""
    import numpy as np  # noqa: PLC0415 - the sandbox may do without numpy

    text, shape, data = payload
    raw = base64.b64decode(data, validate=True)
    dtype = np.dtype(text)
    if dtype.kind not in ARRAY_KINDS or dtype.fields is not None or not _is_shape(shape):
        raise Malformed("array of an unknown kind")
    if prod(shape) * dtype.itemsize != len(raw):
        raise Malformed("array size and bytes differ")
    return np.frombuffer(bytearray(raw), dtype=dtype).reshape(shape) if raw else np.empty(shape, dtype)


def _is_shape(shape: Tree) -> bool:
    return (
        isinstance(shape, list) and len(shape) <= 32 and all(type(size) is int and 0 <= size < SMALL for size in shape)
    )


def _encoder_of(kind: type) -> Callable[[Encoder, Any], Tree] | None:
    found = ENCODERS.get(kind)
    if found is None and kind.__module__.partition(".")[0] == "numpy":
        found = _numpy_encoder(kind)
    if found is None and kind.__module__.partition(".")[0] == "pandas":
        from . import frames  # noqa: PLC0415 - pandas is imported only where it is used

        found = frames.ENCODERS.get(kind)
    if found is None and kind.__bases__ == (tuple,) and hasattr(kind, "_fields"):
        found = _encode_tuple
    return found


def _numpy_encoder(kind: type) -> Callable[[Encoder, Any], Tree] | None:
    np = sys.modules["numpy"]
    if kind is np.ndarray:
        return _encode_array
    if issubclass(kind, np.generic) and np.dtype(kind).kind in ARRAY_KINDS:
        return lambda _, value: ["scalar", pack_array(np.asarray(value))[1]]
    return None


def _encode_array(encoder: Encoder, array: Any) -> Tree:
    if array.dtype.kind == "O":
        return ["objects", [list(array.shape), encoder.many(array.ravel().tolist())]]
    if array.dtype.kind not in ARRAY_KINDS or array.dtype.fields is not None:
        raise Unsupported(f"numpy array of dtype {array.dtype}"[:80])
    return pack_array(array)


def _encode_tuple(encoder: Encoder, value: Any) -> Tree:
    return ["tuple", encoder.many(tuple.__iter__(value))]


def _encode_set(encoder: Encoder, value: Any) -> Tree:
    return [type(value).__name__, sorted(encoder.many(value), key=to_bytes)]


def _encode_dict(encoder: Encoder, value: Any) -> Tree:
    return ["dict", [encoder.many(dict.keys(value)), encoder.many(dict.values(value))]]


def _build_dict(payload: Tree) -> dict[Any, Any]:
    keys, values = payload
    return dict(zip(_spread(keys), map(build, values), strict=True))


def _spread(items: Tree) -> list[Any]:
    """Build items that will be hashed; refuse a forged heap of one hash, which would take hours to put in a set."""
    built = [build(item) for item in items]
    hashes = sorted(map(hash, built)) if len(built) > SAME_HASH_MAX else []
    if any(one == other for one, other in zip(hashes, hashes[SAME_HASH_MAX:], strict=False)):
        raise Malformed("too many items with one hash")
    return built


def _build_objects(payload: Tree) -> Any:
    import numpy as np  # noqa: PLC0415 - the sandbox may do without numpy

    shape, items = payload
    if not _is_shape(shape) or prod(shape) != len(items):
        raise Malformed("array size and items differ")
    array = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        array[place] = build(item)
    return array.reshape(shape)


def _build_frames(tag: str) -> Callable[[Tree], Any]:
    def decoder(payload: Tree) -> Any:
        from . import frames  # noqa: PLC0415 - pandas is imported only where it is used

        return frames.DECODERS[tag](payload)

    return decoder


FRAME_TAGS: Final = ("timestamp", "timedelta64", "nat", "na", "index", "range_index", "multi_index", "series", "frame")

ENCODERS: Final[dict[type, Callable[[Encoder, Any], Tree]]] = {
    list: lambda encoder, value: ["list", encoder.many(value)],
    tuple: _encode_tuple,
    set: _encode_set,
    frozenset: _encode_set,
    **dict.fromkeys(_MAPPINGS, _encode_dict),
    bytes: lambda _, value: ["bytes", base64.b64encode(value).decode("ascii")],
    complex: lambda _, value: ["complex", [value.real, value.imag]],
    datetime.datetime: lambda _, value: ["datetime", value.isoformat()],
    datetime.date: lambda _, value: ["date", value.isoformat()],
    datetime.timedelta: lambda _, value: ["timedelta", [value.days, value.seconds, value.microseconds]],
    decimal.Decimal: lambda _, value: ["decimal", str(value)],
}

DECODERS: Final[dict[str, Callable[[Tree], Any]]] = {
    "int": lambda text: int(text, 16),
    "list": lambda items: [build(item) for item in items],
    "tuple": lambda items: tuple(build(item) for item in items),
    "set": lambda items: set(_spread(items)),
    "frozenset": lambda items: frozenset(_spread(items)),
    "dict": _build_dict,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "complex": lambda parts: complex(*parts),
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "timedelta": lambda parts: datetime.timedelta(*parts),
    "decimal": decimal.Decimal,
    "array": unpack_array,
    "scalar": lambda payload: unpack_array(payload)[()],
    "objects": _build_objects,
    **{tag: _build_frames(tag) for tag in FRAME_TAGS},
}
