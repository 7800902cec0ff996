"""From what a person wrote to a value of the declared type, or to a sentence that says why not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, Literal, get_args, get_origin

from nbassess_hub.errors import SettingsError

_UNITS = {"": 1, "b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_SIZE = re.compile(r"(\d+)\s*(|b|kib|mib|gib)", re.IGNORECASE)
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names the nearest known word, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(names)}"


def convert(value: object, kind: Any, *, where: str) -> object:
    """Return `value` as the declared `kind`; text is parsed, a value of another type is refused.

    Raises:
        SettingsError: it is not of that kind; the message starts with `where`.
    """
    if get_origin(kind) is Literal:
        return _choice(value, get_args(kind), where=where)
    if kind is bool:
        return _truth(value, where=where)
    if kind is int:
        return _whole(value, where=where)
    if kind is float:
        return _number(value, where=where)
    if isinstance(value, str):
        return value
    raise SettingsError(f"{where} is {value!r}, expected text in quotes")


def check_bounds(value: object, *, at_least: float | None, at_most: float | None, where: str) -> None:
    """Refuse a number outside its bounds."""
    if not isinstance(value, int | float):
        return
    if at_least is not None and value < at_least:
        raise SettingsError(f"{where} is {value}, expected {at_least:.15g} or more; raise it")
    if at_most is not None and value > at_most:
        raise SettingsError(f"{where} is {value}, expected {at_most:.15g} or less; lower it")


def _choice(value: object, choices: tuple[str, ...], *, where: str) -> str:
    if isinstance(value, str) and value in choices:
        return value
    raise SettingsError(f"{where} is {value!r}, expected one of {', '.join(choices)}{nearest(str(value), choices)}")


def _truth(value: object, *, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    raise SettingsError(f"{where} is {value!r}, expected true or false")


def _whole(value: object, *, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    size = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if size is None or (size[2] and not where.lower().endswith("_bytes")):
        also = ', or text such as "256 MiB"' if where.lower().endswith("_bytes") else ""
        raise SettingsError(f"{where} is {value!r}, expected a whole number{also}")
    return int(size[1]) * _UNITS[size[2].lower()]


def _number(value: object, *, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return _refuse(value, where)
    try:
        number = float(value)
    except ValueError:
        return _refuse(value, where)
    return number if isfinite(number) else _refuse(value, where)


def _refuse(value: object, where: str) -> float:
    raise SettingsError(f"{where} is {value!r}, expected a number")
