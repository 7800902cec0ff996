"""Values as short texts for a message: bounded, whatever their size."""

from __future__ import annotations

import reprlib
from typing import Any, Final

import numpy as np
import pandas as pd

LENGTH_MAX: Final = 240
ROWS_MAX: Final = 4
COLUMNS_MAX: Final = 8

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80
_short.maxlist = _short.maxtuple = _short.maxset = _short.maxdict = 6
_short.maxlong = 60


def shown(value: object) -> str:
    """Return a text for one value."""
    if isinstance(value, pd.DataFrame):
        return _bounded(f"table of {len(value)} rows with columns {[*value.columns[:COLUMNS_MAX]]!r}")
    if isinstance(value, pd.Series):
        return _bounded(f"series of {len(value)}: {_short.repr(value.head(6).tolist())}")
    if isinstance(value, pd.Index):
        return _bounded(f"index of {len(value)}: {_short.repr(value[:6].tolist())}")
    if isinstance(value, np.ndarray):
        return _bounded(f"array of shape {value.shape}: {_short.repr(value.ravel()[:6].tolist())}")
    if isinstance(value, np.generic):
        return _bounded(_repr(value.item()))
    return _bounded(_repr(value))


def shown_args(args: tuple[object, ...]) -> str:
    """Return a text for the args of a call; small tables are printed."""
    return _bounded(", ".join(_shown_arg(arg) for arg in args), 2 * LENGTH_MAX)


def kind(value: object) -> str:
    """Return the word for a type as a message uses it."""
    words = {
        "NoneType": "None",
        "str": "text",
        "ndarray": "array",
        "DataFrame": "table (DataFrame)",
        "Series": "series",
        "NaTType": "NaT",
        "NAType": "NA",
    }
    name = type(value).__name__
    return words.get(name, name)


def _shown_arg(arg: Any) -> str:
    if isinstance(arg, pd.DataFrame) and 0 < len(arg) <= ROWS_MAX:
        return shown(arg) + ": " + _short.repr(arg.iloc[:, :COLUMNS_MAX].to_dict("list"))
    return shown(arg)


def _repr(value: object) -> str:
    try:
        return _short.repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        return f"<{kind(value)}>"


def _bounded(text: str, length: int = LENGTH_MAX) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
