"""pandas values as plain data: labels, names and dtypes travel with the values.

A column is encoded by its dtype: raw bytes for numbers and times, texts with None for a missing one, codes and
categories, values and mask. A dtype that is not in the list is Unsupported rather than quietly turned into objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from .plain import Encoder, Malformed, Tree, Unsupported, build, pack_array, unpack_array

ZONE: Final = re.compile(r"[A-Za-z0-9_+:/-]{1,64}")
STRING_DTYPES: Final = ("str", "string")


def encode_column(encoder: Encoder, values: Any) -> Tree:
    """Return the pair of a one-dimensional pandas or numpy array."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) or isinstance(values, pd.arrays.NumpyExtensionArray):
        return encoder.encode(np.asarray(values))
    if isinstance(dtype, pd.StringDtype):
        return ["texts", [str(dtype), encoder.many(values.to_numpy(object, na_value=None).tolist())]]
    if isinstance(dtype, pd.CategoricalDtype):
        categories = encode_column(encoder, values.categories.array)
        return ["categories", [categories, pack_array(np.asarray(values.codes))[1], bool(values.ordered)]]
    if isinstance(dtype, pd.DatetimeTZDtype):
        utc = values.tz_convert("UTC").tz_localize(None)
        return ["zoned", [pack_array(np.asarray(utc))[1], str(dtype.tz)]]
    if hasattr(dtype, "numpy_dtype") and hasattr(values, "_mask"):
        data = values.to_numpy(dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return ["masked", [dtype.name, pack_array(data)[1], pack_array(np.asarray(values.isna()))[1]]]
    raise Unsupported(f"a column of dtype {dtype}"[:80])


def build_column(tree: Tree) -> Any:
    """Build an array that pandas takes as a column."""
    tag, payload = tree
    if tag in COLUMNS:
        return COLUMNS[tag](payload)
    column = build(tree)
    if not isinstance(column, np.ndarray) or column.ndim != 1:
        raise Malformed("no column")
    return column


def _build_texts(payload: Tree) -> Any:
    dtype, items = payload
    if dtype not in STRING_DTYPES or not all(item is None or isinstance(item, str) for item in items):
        raise Malformed("no texts")
    return pd.array(items, dtype=dtype)


def _build_categories(payload: Tree) -> Any:
    categories, codes, ordered = payload
    return pd.Categorical.from_codes(unpack_array(codes), pd.Index(build_column(categories)), bool(ordered))


def _build_zoned(payload: Tree) -> Any:
    utc, zone = payload
    return pd.DatetimeIndex(_times(unpack_array(utc), "M")).tz_localize("UTC").tz_convert(_zone(zone)).array


def _build_masked(payload: Tree) -> Any:
    name, data, mask = payload
    values = pd.array(unpack_array(data), dtype=name)
    if not hasattr(values, "_mask"):
        raise Malformed("no masked column")
    values[unpack_array(mask)] = pd.NA
    return values


COLUMNS: Final[dict[str, Callable[[Tree], Any]]] = {
    "texts": _build_texts,
    "categories": _build_categories,
    "zoned": _build_zoned,
    "masked": _build_masked,
}


def _times(array: Any, kind: str) -> Any:
    if array.dtype.kind != kind:
        raise Malformed("no times")
    return array


def _zone(zone: Tree) -> str:
    if not isinstance(zone, str) or not ZONE.fullmatch(zone) or zone.startswith("dateutil"):
        raise Malformed("no time zone")
    return zone


def _encode_index(encoder: Encoder, index: Any) -> Tree:
    return ["index", [encode_column(encoder, index.array), encoder.encode(index.name)]]


def _build_index(payload: Tree) -> Any:
    column, name = payload
    values = build_column(column)
    return pd.Index(values, dtype=values.dtype, name=build(name))  # told, or pandas infers texts from objects


def _encode_range(encoder: Encoder, index: Any) -> Tree:
    return ["range_index", [index.start, index.stop, index.step, encoder.encode(index.name)]]


def _build_range(payload: Tree) -> Any:
    start, stop, step, name = payload
    return pd.RangeIndex(start, stop, step, name=build(name))


def _encode_multi(encoder: Encoder, index: Any) -> Tree:
    levels = [encode_column(encoder, index.get_level_values(place).array) for place in range(index.nlevels)]
    return ["multi_index", [levels, encoder.many(index.names)]]


def _build_multi(payload: Tree) -> Any:
    levels, names = payload
    return pd.MultiIndex.from_arrays([build_column(level) for level in levels], names=[build(name) for name in names])


def _encode_series(encoder: Encoder, series: Any) -> Tree:
    return ["series", [encoder.encode(series.index), encoder.encode(series.name), encode_column(encoder, series.array)]]


def _build_series(payload: Tree) -> Any:
    index, name, column = payload
    labels, values = build(index), build_column(column)
    if not isinstance(labels, pd.Index) or len(labels) != len(values):
        raise Malformed("labels and values differ in length")
    return pd.Series(values, dtype=values.dtype, index=labels, name=build(name))


def _encode_frame(encoder: Encoder, frame: Any) -> Tree:
    columns = [encode_column(encoder, frame.iloc[:, place].array) for place in range(frame.shape[1])]
    return ["frame", [encoder.encode(frame.columns), encoder.encode(frame.index), columns]]


def _build_frame(payload: Tree) -> Any:
    columns, index, data = payload
    names, labels = build(columns), build(index)
    values = [build_column(column) for column in data]
    indexes = isinstance(names, pd.Index) and isinstance(labels, pd.Index)
    if not indexes or len(names) != len(values) or any(len(value) != len(labels) for value in values):
        raise Malformed("columns and labels differ in length")
    series = (pd.Series(value, dtype=value.dtype, index=labels) for value in values)
    frame = pd.DataFrame(dict(enumerate(series)), index=labels)
    frame.columns = names
    return frame


def _encode_timestamp(_: Encoder, stamp: Any) -> Tree:
    utc = stamp.tz_convert("UTC").tz_localize(None) if stamp.tz is not None else stamp
    zone = None if stamp.tz is None else str(stamp.tz)
    return ["timestamp", [pack_array(np.asarray(utc.to_datetime64()))[1], zone]]


def _build_timestamp(payload: Tree) -> Any:
    utc, zone = payload
    stamp = pd.Timestamp(_times(unpack_array(utc), "M")[()])
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(_zone(zone))


ENCODERS: Final[dict[type, Callable[[Encoder, Any], Tree]]] = {
    pd.Timestamp: _encode_timestamp,
    pd.Timedelta: lambda _, delta: ["timedelta64", pack_array(np.asarray(delta.to_timedelta64()))[1]],
    type(pd.NaT): lambda _, __: ["nat", None],
    type(pd.NA): lambda _, __: ["na", None],
    pd.Index: _encode_index,
    pd.DatetimeIndex: _encode_index,
    pd.TimedeltaIndex: _encode_index,
    pd.CategoricalIndex: _encode_index,
    pd.RangeIndex: _encode_range,
    pd.MultiIndex: _encode_multi,
    pd.Series: _encode_series,
    pd.DataFrame: _encode_frame,
}

DECODERS: Final[dict[str, Callable[[Tree], Any]]] = {
    "timestamp": _build_timestamp,
    "timedelta64": lambda payload: pd.Timedelta(_times(unpack_array(payload), "m")[()]),
    "nat": lambda _: pd.NaT,
    "na": lambda _: pd.NA,
    "index": _build_index,
    "range_index": _build_range,
    "multi_index": _build_multi,
    "series": _build_series,
    "frame": _build_frame,
}
