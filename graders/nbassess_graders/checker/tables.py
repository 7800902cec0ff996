"""Compare data frames, series and arrays column by column, and say which column and which rows differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nbassess_graders.assessment import Compare
from nbassess_graders.checker import values
from nbassess_graders.shown import kind, shown


def difference(expected: Any, got: Any, rules: Compare) -> str | None:
    """Return why a table, series, index or flat array is not right, or None when it is."""
    if type(expected) is not type(got) and not (isinstance(expected, pd.Index) and isinstance(got, pd.Index)):
        return f"expected {kind(expected)}, got {kind(got)} {shown(got)}"
    if len(expected) != len(got):
        return f"expected {len(expected)} rows, got {len(got)}"
    if isinstance(expected, pd.DataFrame):
        return _frame_difference(expected, got, rules)
    if isinstance(expected, pd.Series) and not rules.ignore_index:
        reason = _index_difference(expected.index, got.index, rules)
        if reason is not None:
            return reason
    left, right = _flat(expected), _flat(got)
    if rules.ignore_row_order:
        left, right = _sorted(left), _sorted(right)
    return column_difference(left, right, rules)


def column_difference(expected: Any, got: Any, rules: Compare) -> str | None:
    """Return how many rows of two columns of one length differ and the first of them, or None."""
    if _is_zoned(expected) != _is_zoned(got):
        return f"expected times {'with' if _is_zoned(expected) else 'without'} a time zone, got the dtype {got.dtype}"
    left, right = _plain(expected), _plain(got)
    if rules.check_dtype and str(expected.dtype) != str(got.dtype):
        return f"expected the dtype {expected.dtype}, got {got.dtype}"
    differs = _differing(left, right, rules)
    if not differs.any():
        return None
    first = int(np.argmax(differs))
    return (
        f"{int(differs.sum())} of {len(left)} rows differ; the first is row {first}: "
        f"expected {shown(left[first])}, got {shown(right[first])}"
    )


def sort_key(value: Any) -> tuple[int, Any]:
    """Return a key that orders any two plain values, missing ones first."""
    if isinstance(value, (list, tuple)):
        return (5, tuple(sort_key(item) for item in value))
    if _is_missing(value):
        return (0, 0)
    if isinstance(value, (bool, np.bool_)):
        return (1, bool(value))
    if isinstance(value, (int, float, np.integer, np.floating)):
        return (2, value)
    if isinstance(value, str):
        return (3, value)
    return (4, repr(value))


def _frame_difference(expected: pd.DataFrame, got: pd.DataFrame, rules: Compare) -> str | None:
    wanted, found = list(expected.columns), list(got.columns)
    reason = _names_difference(wanted, found, list(got.index.names), rules)
    if reason is not None:
        return reason
    places = [found.index(name) for name in wanted] if rules.ignore_column_order else list(range(len(wanted)))
    left = [_flat(expected.iloc[:, place]) for place in range(len(wanted))]
    right = [_flat(got.iloc[:, place]) for place in places]
    if not rules.ignore_index:
        reason = _index_difference(expected.index, got.index, rules)
        if reason is not None:
            return reason
    if rules.ignore_row_order:
        left, right = _rows_sorted(left), _rows_sorted(right)
    for name, one, other in zip(wanted, left, right, strict=True):
        reason = column_difference(one, other, rules)
        if reason is not None:
            return f"column {shown(name)}: {reason}"
    return None


def _names_difference(wanted: list[Any], found: list[Any], in_index: list[Any], rules: Compare) -> str | None:
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    hint = "; a missing one is in the index" if any(name in in_index for name in missing) else ""
    if missing or extra:
        return f"columns missing {shown(missing)}, columns too many {shown(extra)}{hint}"
    if len(wanted) != len(found):
        return f"expected the columns {shown(wanted)}, got {shown(found)}"
    if wanted != found and not rules.ignore_column_order:
        return f"expected the columns in the order {shown(wanted)}, got {shown(found)}"
    return None


def _index_difference(expected: pd.Index, got: pd.Index, rules: Compare) -> str | None:
    if expected.nlevels != got.nlevels or list(expected.names) != list(got.names):
        return f"expected an index named {list(expected.names)!r}, got {shown(list(got.names))}"
    for level in range(expected.nlevels):
        left, right = expected.get_level_values(level), got.get_level_values(level)
        reason = column_difference(_flat(left), _flat(right), rules)
        if reason is not None:
            return f"index: {reason}"
    return None


def _flat(values_of: Any) -> Any:
    """Return the one-dimensional array under a series, an index or an array."""
    if isinstance(values_of, pd.MultiIndex):
        return values_of.to_numpy()
    return values_of.array if isinstance(values_of, (pd.Series, pd.Index)) else values_of


def _plain(column: Any) -> Any:
    """Return a numpy array: of numbers or times where the column is all of them, else of objects."""
    if isinstance(column, pd.arrays.NumpyExtensionArray):
        column = column.to_numpy()
    dtype = column.dtype
    if _is_zoned(column):
        return np.asarray(column.tz_convert("UTC").tz_localize(None))
    if isinstance(dtype, pd.CategoricalDtype):
        return _plain(column.categories.array.take(column.codes, allow_fill=True))
    kinds = getattr(dtype, "kind", "O")
    if kinds in "iufbcmM" and isinstance(dtype, np.dtype):
        return np.asarray(column)
    if kinds in "iuf" and not column.isna().any():
        return np.asarray(column.to_numpy(dtype.numpy_dtype))
    return np.asarray(column, dtype=object)


def _is_zoned(column: Any) -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype)


def _differing(left: Any, right: Any, rules: Compare) -> Any:
    if left.dtype.kind in "iu" and right.dtype.kind in "iu":
        return left != right
    if left.dtype.kind in "iuf" and right.dtype.kind in "iuf":
        return ~_close(left, right, rules)
    if left.dtype.kind == right.dtype.kind and left.dtype.kind in "bmMU":
        missing = pd.isna(left) & pd.isna(right)
        return (left != right) & ~missing
    pairs = zip(_items(left), _items(right), strict=True)
    return np.fromiter((not _same_item(one, other, rules) for one, other in pairs), dtype=bool, count=len(left))


def _items(array: Any) -> list[Any]:
    items: list[Any] = list(array) if array.dtype.kind in "mM" else array.tolist()
    return items


def _close(left: Any, right: Any, rules: Compare) -> Any:
    equal = (left == right) | ((left != left) & (right != right))
    if rules.rtol == 0 and rules.atol == 0:
        return equal
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(left.astype(float) - right.astype(float)) <= rules.atol + rules.rtol * np.abs(left.astype(float))
    return equal | (near & np.isfinite(left) & np.isfinite(right))


def _same_item(expected: Any, got: Any, rules: Compare) -> bool:
    """Compare two cells of a table: every missing value is equal to every other."""
    if type(expected) is str and type(got) is str:  # nearly always, and most of the time spent here
        return expected == got
    if _is_missing(expected) or _is_missing(got):
        return _is_missing(expected) and _is_missing(got)
    return values.difference(expected, got, rules) is None


def _is_missing(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, (float, np.floating, np.datetime64, np.timedelta64)) and bool(pd.isna(value))


def _sorted(column: Any) -> Any:
    order = sorted(range(len(column)), key=[sort_key(item) for item in _items(_plain(column))].__getitem__)
    return column[np.array(order, dtype=int)]


def _rows_sorted(columns: list[Any]) -> list[Any]:
    """Order rows by exact columns first: a float within tolerance must not change the order if it need not."""
    if not columns:
        return columns
    plain = [_plain(column) for column in columns]
    ordered: Sequence[Any] = sorted(plain, key=lambda column: column.dtype.kind == "f")
    keys = list(zip(*([sort_key(item) for item in _items(column)] for column in ordered), strict=True))
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=int)
    return [column[order] for column in columns]
