"""Edits as ProgSnap2 readers apply them, in fields that every CSV reader and spreadsheet can hold.

A reader does `code[:at] + inserted + code[at + len(deleted):]`, counting code points. Browsers count UTF-16 units, so
an edit that cuts an astral character in two, or joins two halves, is widened to whole code points.

An edit may become several rows, applied one after the other, for two reasons. A text that a spreadsheet would run as a
formula is cut behind its signs: `=HYPERLINK(1)` becomes `=` and `HYPERLINK(1)`, neither of which is one (I05). And no
field is longer than spreadsheets and the usual readers take. Nothing is quoted or changed, so readers need no rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbassess_events.document import check_range

MAX_FIELD = 20_000
"""Characters; six times as many, when all of them have to be escaped, still fit what Python's csv module reads."""

_SIGNS = "=+\\-@＝＋－＠"
_FORMULA = re.compile(rf"(?P<signs>\s*[{_SIGNS}][\s{_SIGNS}]*)[^\s{_SIGNS}]")
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_UNIT = 2  # bytes


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace `deleted` at a code point position by `inserted`."""

    at: int
    deleted: str
    inserted: str

    def applied(self, text: str) -> str:
        """Return the text after the edit."""
        return text[: self.at] + self.inserted + text[self.at + len(self.deleted) :]


def code_point_edit(text: str, position: int, delete_count: int, insert: str) -> TextEdit:
    """Return a change that counts UTF-16 units as an edit that counts code points.

    Raises EventError when the range is outside the text.
    """
    if text.isascii() and insert.isascii():
        check_range(position, delete_count, len(text))
        return TextEdit(position, text[position : position + delete_count], insert)
    units = text.encode("utf-16-le", "surrogatepass")
    check_range(position, delete_count, len(units) // _UNIT)
    start, end = _UNIT * position, _UNIT * (position + delete_count)
    first = start - _UNIT if _is_half(units[:start][-_UNIT:], 0xD8) else start
    last = end + _UNIT if _is_half(units[end : end + _UNIT], 0xDC) else end
    added = units[first:start] + insert.encode("utf-16-le", "surrogatepass") + units[end:last]
    return TextEdit(len(_decoded(units[:first])), _decoded(units[first:last]), _decoded(added))


def _is_half(unit: bytes, lead: int) -> bool:
    """Tell whether a UTF-16 unit is the half of a pair that begins at `lead`: 0xD8 high, 0xDC low."""
    return len(unit) == _UNIT and unit[1] & 0xFC == lead


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "surrogatepass")


def difference(old: str, new: str) -> TextEdit:
    """Return one edit that makes `new` of `old`: what is between their common beginning and their common end."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    return TextEdit(start, old[start : len(old) - end], new[start : len(new) - end])


def _common(one: str, other: str) -> int:
    """Return the length of the common beginning, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def rows_of(edit: TextEdit) -> Iterator[TextEdit]:
    """Yield the edits, at least one, that do the same in fields that are short and no formula."""
    deletions, insertions = list(_pieces(edit.deleted)), list(_pieces(edit.inserted))
    if len(deletions) <= 1 and len(insertions) <= 1:
        yield edit
        return
    for piece in deletions:
        yield TextEdit(edit.at, piece, "")
    at = edit.at
    for piece in insertions:
        yield TextEdit(at, "", piece)
        at += len(piece)


def _pieces(text: str) -> Iterator[str]:
    found = _FORMULA.match(text)
    signs = found["signs"] if found is not None else ""
    for part in (signs, text[len(signs) :]):
        for start in range(0, len(part), MAX_FIELD):
            piece = part[start : start + MAX_FIELD]
            if start and _FORMULA.match(piece):
                yield from _pieces(piece)
            else:
                yield piece


def shown(text: str) -> str:
    """Return a text of the same length that UTF-8 and CSV can hold: U+FFFD stands for what they cannot."""
    return _NOT_STORABLE.sub("\ufffd", text)


def exact(text: str) -> str:
    """Return a text as a JSON string where `shown` is not the text itself, else nothing."""
    return json.dumps(text) if _NOT_STORABLE.search(text) else ""
