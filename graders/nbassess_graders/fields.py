"""Typed access to a parsed TOML table, with messages that say what, which and what next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from nbassess_graders.errors import AssessmentError

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """List the keys a table must and may have."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class Fields:
    """Read one table; every mistake is an AssessmentError that names file and key."""

    def __init__(self, file: Path, table: dict[str, object], shape: Shape, where: str = "") -> None:
        self._file = file
        self._table = table
        self._where = where
        known = (*shape.required, *shape.optional)
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known keys are {', '.join(known)}"
                raise AssessmentError(f"{file}: unknown key {where + key!r}{hint}")
        for key in shape.required:
            if key not in table:
                raise AssessmentError(f"{file}: {where + key!r} is missing; add it")

    def has(self, key: str) -> bool:
        """Say whether an optional key is there."""
        return key in self._table

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self._table[key]
        if not isinstance(value, str) or not value.strip():
            raise self._wrong_kind(key, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._table[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong_kind(key, "a list of texts")
        return tuple(cast("list[str]", value))

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """Return a text out of a closed set."""
        value = self._table[key]
        if not isinstance(value, str) or value not in choices:
            raise self._wrong_kind(key, f"one of {', '.join(choices)}")
        return value

    def count(self, key: str) -> int:
        """Return a whole number above zero."""
        value = self._table[key]
        if type(value) is not int or value < 1:
            raise self._wrong_kind(key, "a whole number above zero")
        return value

    def number(self, key: str) -> float:
        """Return a finite number above zero."""
        value = self._table[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise self._wrong_kind(key, "a number above zero")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return a true or false that is false when left out."""
        value = self._table.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong_kind(key, "true or false")
        return value

    def table(self, key: str, shape: Shape) -> Fields:
        """Return a table below this one."""
        value = self._table[key]
        if not isinstance(value, dict):
            raise self._wrong_kind(key, f"a table [{self._where}{key}]")
        return Fields(self._file, value, shape, where=f"{self._where}{key}.")

    def tables(self, key: str) -> list[dict[str, object]]:
        """Return a list of tables that is empty when left out."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong_kind(key, f"a list of tables [[{self._where}{key}]]")
        return cast("list[dict[str, object]]", value)

    def _wrong_kind(self, key: str, wanted: str) -> AssessmentError:
        shown = repr(self._table[key])[:80]
        return AssessmentError(f"{self._file}: {self._where + key!r} is {shown}, expected {wanted}; correct it")


def check_slug(file: Path, value: str) -> str:
    """Return an id that is safe as a folder and URL part.

    Raises:
        AssessmentError: it is not lower-case letters, digits and single hyphens.
    """
    if len(value) > SLUG_MAX or not SLUG.fullmatch(value):
        raise AssessmentError(
            f"{file}: {value!r} cannot be an id; use at most {SLUG_MAX} lower-case letters, digits and hyphens"
        )
    return value
