"""Compare plain values: is the answer the expected one, and if not, where and why.

Both sides have been through `inside.plain`, so that only exact, known types arrive here: no method of the candidate's
is ever called. Numbers are equal by value, whatever their width; a bool is no number, and a list is no tuple.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd

from nbassess_graders.assessment import Compare
from nbassess_graders.checker import tables
from nbassess_graders.shown import kind, shown


def difference(expected: Any, got: Any, rules: Compare, where: str = "") -> str | None:
    """Return why `got` is not right, as a phrase that names the place, or None when it is."""
    expected, got = _unwrapped(expected), _unwrapped(got)
    family = _family(expected)
    if family != _family(got):
        return f"{where}expected {kind(expected)} {shown(expected)}, got {kind(got)} {shown(got)}"
    if rules.check_dtype and type(expected) is not type(got):
        return f"{where}expected the type {kind(expected)}, got {kind(got)}"
    if family in _CONTAINERS:
        found: str | None = _CONTAINERS[family](expected, got, rules, where)
        return found
    if family == "table":
        reason = tables.difference(expected, got, rules)
        return None if reason is None else where + reason
    same = same_scalar(expected, got, rules)
    return None if same else f"{where}expected {shown(expected)}, got {shown(got)}"


def same_scalar(expected: Any, got: Any, rules: Compare) -> bool:
    """Say whether two scalars are equal under the rules."""
    expected, got = _unwrapped(expected), _unwrapped(got)
    if _family(expected) != _family(got):
        return False
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return _same_number(expected, got, rules)
    if isinstance(expected, complex):
        return bool(abs(expected - got) <= rules.atol + rules.rtol * abs(expected))
    return _is_missing(expected) or bool(expected == got)


def _same_number(expected: float, got: float, rules: Compare) -> bool:
    if expected == got or (expected != expected and got != got):
        return True
    if isinstance(expected, int) and isinstance(got, int):
        return False
    try:
        limit = rules.atol + rules.rtol * abs(float(expected))
        return math.isfinite(expected) and math.isfinite(got) and abs(float(expected) - float(got)) <= limit
    except OverflowError:
        return False


def _unwrapped(value: Any) -> Any:
    """Return Python's own scalar for a numpy one, and a Timestamp for every point in time."""
    if isinstance(value, (np.datetime64, datetime.datetime)) and not isinstance(value, pd.Timestamp):
        return pd.Timestamp(value)
    if isinstance(value, (np.timedelta64, datetime.timedelta)) and not isinstance(value, pd.Timedelta):
        return pd.Timedelta(value)
    return value.item() if isinstance(value, np.generic) else value


def _family(value: object) -> str:
    """Return the name of a set of types whose members may be equal."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (pd.DataFrame, pd.Series, pd.Index, np.ndarray)):
        return "array" if isinstance(value, np.ndarray) and value.ndim != 1 else "table"
    if isinstance(value, pd.Timestamp):
        return "time" if value.tz is None else "zoned time"
    return type(value).__name__


def _is_missing(value: object) -> bool:
    return value is pd.NaT or value is pd.NA


def _sequence(expected: Any, got: Any, rules: Compare, where: str) -> str | None:
    if len(expected) != len(got):
        return f"{where}expected {len(expected)} items, got {len(got)}: {shown(got)}"
    if rules.ignore_row_order and isinstance(expected, list):
        expected, got = sorted(expected, key=tables.sort_key), sorted(got, key=tables.sort_key)
    for place, (left, right) in enumerate(zip(expected, got, strict=True)):
        reason = difference(left, right, rules, f"{where}item {place}: ")
        if reason is not None:
            return reason
    return None


def _set(expected: Any, got: Any, _: Compare, where: str) -> str | None:
    if expected == got:
        return None
    return f"{where}missing {shown(expected - got)}, too many {shown(got - expected)}"


def _dict(expected: Any, got: Any, rules: Compare, where: str) -> str | None:
    if expected.keys() != got.keys():
        missing, extra = [key for key in expected if key not in got], [key for key in got if key not in expected]
        return f"{where}missing keys {shown(missing)}, keys too many {shown(extra)}"
    for key, value in expected.items():
        reason = difference(value, got[key], rules, f"{where}key {shown(key)}: ")
        if reason is not None:
            return reason
    return None


def _array(expected: Any, got: Any, rules: Compare, where: str) -> str | None:
    if expected.shape != got.shape:
        return f"{where}expected an array of shape {expected.shape}, got {got.shape}"
    reason = tables.column_difference(expected.ravel(), got.ravel(), rules)
    return None if reason is None else where + reason


_CONTAINERS = {
    "list": _sequence,
    "tuple": _sequence,
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "array": _array,
}
