"""Plain data: what crosses comes out as it went in, what is forged is refused."""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import math
import sys
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbassess_graders.inside import plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
WHEN = pd.DatetimeIndex([pd.Timestamp("2026-03-29 00:30"), pd.NaT, pd.Timestamp("2026-01-03")])
TABLE = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "text": ["a", None, "c"],
        "when": WHEN,
        "zoned": WHEN.tz_localize("UTC").tz_convert("Europe/Berlin"),
        "kind": pd.Categorical(["x", "y", None], ordered=True),
        "whole": pd.array([1, None, 3], dtype="Int64"),
        "mixed": pd.Series([1, "a", None], dtype=object),
    },
    index=pd.Index([3, 1, 2], name="key"),
)


def crossed(value: object) -> Any:
    return plain.decode(plain.from_bytes(plain.to_bytes(plain.encode(value))))


@given(VALUES)
def test_a_value_comes_out_with_its_exact_types(value: object) -> None:
    assert repr(crossed(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        2**70, -(2**63) - 1, math.inf, {1, 2}, frozenset({"a"}), 1 + 2j, decimal.Decimal("1.20"),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6), datetime.date(2026, 1, 2), datetime.timedelta(1, 2, 3),
        np.float64(0.1), np.int32(-7), np.bool_(True), np.datetime64("2026-01-01"), pd.Timestamp("2026-01-01 12:00"),
        pd.Timestamp("2026-07-01", tz="Europe/Berlin"), pd.Timedelta("90min"), pd.NaT, pd.NA,
    ],
)  # fmt: skip
def test_scalars_cross(value: object) -> None:
    assert type(crossed(value)) is type(value)
    assert repr(crossed(value)) == repr(value)


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3), np.zeros((0, 4)), np.array(["a", "bcd"]), np.array([True]), np.array(1.5)]
)
def test_arrays_cross_with_shape_and_dtype(array: Any) -> None:
    got = crossed(array)
    assert (got.dtype, got.shape, got.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_a_table_crosses_with_labels_and_dtypes() -> None:
    pd.testing.assert_frame_equal(crossed(TABLE), TABLE)


def test_the_encoding_of_what_came_out_is_the_same() -> None:
    assert plain.to_bytes(plain.encode(crossed(TABLE))) == plain.to_bytes(plain.encode(TABLE))


def test_series_and_nested_labels_cross() -> None:
    series = TABLE.reset_index().groupby(["kind", "key"], observed=True)["n"].sum()
    pd.testing.assert_series_equal(crossed(series), series)
    frame = TABLE.groupby("kind", observed=True).agg({"n": ["sum", "max"]})
    pd.testing.assert_frame_equal(crossed(frame), frame)


def test_kindred_containers_become_the_plain_one() -> None:
    assert crossed([collections.Counter("aab"), Point(x=1, y=2)]) == [{"a": 2, "b": 1}, (1, 2)]


class Point(NamedTuple):
    x: int
    y: int


class Hostile(int):
    def __eq__(self, other: object) -> bool:
        raise AssertionError("was called")

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "value",
    [object(), Hostile(7), [Hostile(7)], {1: Hostile(7)}, iter([1]), print, pd.Series([Hostile(1)], dtype=object)],
)
def test_an_unknown_type_does_not_cross_and_is_named(value: object) -> None:
    with pytest.raises(plain.Unsupported, match=r"object|Hostile|iterator|builtin"):
        plain.encode(value)


def test_a_value_without_end_is_too_large() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(plain.TooLarge):
        plain.encode(endless)


def raw(dtype: str, shape: list[object], size: int) -> list[object]:
    return ["array", [dtype, shape, base64.b64encode(bytes(size)).decode()]]


INDEX = ["range_index", [0, 2, 1, None]]


@pytest.mark.parametrize(
    "tree",
    [
        {}, [], ["list"], ["unknown", 1], [1, 2], ["list", 7], ["int", "zz"], ["bytes", "*"], ["set", [["list", []]]],
        raw("<f8", [10**12], 8), raw("<f8", [-1], 8), raw("<f8", [1.0], 8), raw("|O", [1], 8), raw("i4,i4", [1], 8),
        raw("<f8", [1] * 40, 8), ["series", [INDEX, None, raw("<i8", [3], 24)]], ["frame", [INDEX, INDEX, []]],
        ["series", [["range_index", [0, 10**15, 1, None]], None, raw("<i8", [1], 8)]], ["timestamp", [7, None]],
        ["timestamp", [["<M8[ns]", [], "AAAAAAAAAAA="], "dateutil/../../etc/passwd"]],
        ["index", [["texts", ["object", ["a"]]], None]], ["index", [["masked", ["int64", [], []]], None]],
        ["dict", [[1, 2], [3]]], ["date", "never"], ["decimal", "x"], ["objects", [[3], [1]]],
    ],
)  # fmt: skip
def test_a_forged_tree_is_malformed(tree: object) -> None:
    with pytest.raises(plain.Malformed):
        plain.decode(tree)


@pytest.mark.parametrize("tag", ["set", "frozenset", "dict"])
def test_a_heap_of_items_with_one_hash_costs_no_hours(tag: str) -> None:
    """Putting these into a set takes a time that grows with the square of their number."""
    heap = [["tuple", [["int", hex(sys.hash_info.modulus * place)]]] for place in range(5, 100_005)]
    with pytest.raises(plain.Malformed, match="one hash"):
        plain.decode([tag, [heap, heap] if tag == "dict" else heap])


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 10_000])
def test_bytes_that_are_no_message_are_malformed(data: bytes) -> None:
    with pytest.raises(plain.Malformed):
        plain.from_bytes(data)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
FORGED = st.recursive(
    JSON,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(st.sampled_from(sorted(plain.DECODERS)), inner).map(list)
        | st.dictionaries(st.text(), inner, max_size=2)
    ),
)


@given(FORGED)
def test_no_forged_tree_does_anything_but_decode_or_fail(tree: object) -> None:
    try:
        plain.decode(tree)
    except plain.Malformed:
        return
