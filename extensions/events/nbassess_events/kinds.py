"""The kinds of value that an event field can hold: how each is checked, written and described.

Each kind is used three times: the codec checks what came over the wire with it, writes with it, and the JSON Schema
files are made from it. That is why the schema and the check cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nbassess_events.errors import EventError

Json = dict[str, Any]


class Kind(Protocol):
    """Check, write and describe one sort of value."""

    def read(self, value: object) -> object:
        """Return the model's value for the wire's, or raise EventError."""
        ...

    def write(self, value: Any) -> object:
        """Return the wire's value for the model's."""
        ...

    def schema(self) -> Json:
        """Return the JSON Schema of the wire's value."""
        ...


class Plain:
    """A kind whose wire form is its model form."""

    def write(self, value: Any) -> object:
        """Return the value as it is."""
        return value


@dataclass(frozen=True, slots=True)
class Text(Plain):
    """A string of at most `limit` characters."""

    limit: int
    pattern: str = ""

    def read(self, value: object) -> str:
        """Refuse what is no string, too long, or of another form."""
        if not isinstance(value, str):
            raise EventError(f"expected a string, got {type(value).__name__}")
        if len(value) > self.limit:
            raise EventError(f"has {len(value)} characters, at most {self.limit} are allowed")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise EventError(f"{value[:80]!r} does not match {self.pattern}")
        return value

    def schema(self) -> Json:
        """Describe the string."""
        described: Json = {"type": "string", "maxLength": self.limit}
        return described | {"pattern": f"^{self.pattern}$"} if self.pattern else described


@dataclass(frozen=True, slots=True)
class Whole(Plain):
    """A whole number from 0 (or null, where `optional`)."""

    optional: bool = False
    limit: int = 2**53 - 1

    def read(self, value: object) -> int | None:
        """Refuse what is no number, negative, or beyond what a browser counts exactly; round fractions."""
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise EventError(f"expected a number, got {type(value).__name__}")
        if not 0 <= value <= self.limit:
            raise EventError(f"{value!r} is outside 0..{self.limit}")
        return round(value)

    def schema(self) -> Json:
        """Describe the number."""
        return {"type": ["number", "null"] if self.optional else "number", "minimum": 0, "maximum": self.limit}


@dataclass(frozen=True, slots=True)
class Flag(Plain):
    """True or false."""

    def read(self, value: object) -> bool:
        """Refuse everything but true and false."""
        if not isinstance(value, bool):
            raise EventError(f"expected true or false, got {value!r:.80}")
        return value

    def schema(self) -> Json:
        """Describe the flag."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class OneOf(Plain):
    """A word from a closed set."""

    words: tuple[str, ...]

    def read(self, value: object) -> str:
        """Refuse every other word, naming those that are known."""
        if not isinstance(value, str) or value not in self.words:
            raise EventError(f"{value!r:.80} is not one of {', '.join(self.words)}")
        return value

    def schema(self) -> Json:
        """Describe the set."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Words:
    """A list of different words from a closed set."""

    words: tuple[str, ...]

    def read(self, value: object) -> tuple[str, ...]:
        """Refuse other words, and a word that stands twice."""
        found = tuple(OneOf(self.words).read(item) for item in read_list(value, len(self.words)))
        if len(set(found)) != len(found):
            raise EventError("a word stands twice")
        return found

    def write(self, value: tuple[str, ...]) -> object:
        """Return a plain list."""
        return list(value)

    def schema(self) -> Json:
        """Describe the list."""
        return {"type": "array", "uniqueItems": True, "items": OneOf(self.words).schema()}


@dataclass(frozen=True, slots=True)
class Objects:
    """A bounded list of JSON objects that are stored as they came (cell outputs)."""

    limit: int

    def read(self, value: object) -> tuple[Json, ...]:
        """Refuse what is no list of objects."""
        return tuple(_mapping(item) for item in read_list(value, self.limit))

    def write(self, value: tuple[Json, ...]) -> object:
        """Return a plain list."""
        return list(value)

    def schema(self) -> Json:
        """Describe the list."""
        return {"type": "array", "maxItems": self.limit, "items": {"type": "object"}}


@dataclass(frozen=True, slots=True)
class TextMap(Plain):
    """A bounded object whose values are strings."""

    limit: int
    value: Text

    def read(self, value: object) -> dict[str, str]:
        """Refuse what is no such object."""
        mapping = _mapping(value)
        if len(mapping) > self.limit:
            raise EventError(f"has {len(mapping)} entries, at most {self.limit} are allowed")
        return {key: self.value.read(item) for key, item in mapping.items()}

    def schema(self) -> Json:
        """Describe the object."""
        return {"type": "object", "maxProperties": self.limit, "additionalProperties": self.value.schema()}


def read_list(value: object, limit: int) -> Sequence[object]:
    """Return a bounded list, or raise EventError."""
    if not isinstance(value, list):
        raise EventError(f"expected a list, got {type(value).__name__}")
    if len(value) > limit:
        raise EventError(f"has {len(value)} items, at most {limit} are allowed")
    return value


def _mapping(value: object) -> Json:
    if not isinstance(value, Mapping):
        raise EventError(f"expected an object, got {type(value).__name__}")
    return dict(value)


def read_object(value: object, names: frozenset[str]) -> Json:
    """Return an object with exactly these names, or raise EventError that lists the difference."""
    mapping = _mapping(value)
    if mapping.keys() != names:
        missing, extra = sorted(names - mapping.keys()), sorted(map(str, mapping.keys() - names))
        raise EventError(f"missing {missing}, not known {extra}")
    return mapping
