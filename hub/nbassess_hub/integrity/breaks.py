"""Name the first record that does not fit the chain, and what happened to it, as far as it can be told.

What is compared: the bytes of every record, and the links that were kept with them, whole or only their beginnings. A
link covers all records before it, so up to the break everything is proven. What broke is told by trying: where does
this record fit instead, which record fits here, and with which time would it have fitted. With whole links every place
can be tried; with beginnings of links only the first broken one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from nbassess_events.chain import genesis, link

Kind = Literal["changed", "missing", "inserted", "reordered", "truncated", "re-dated", "rewritten", "unreadable"]

WHOLE = 64
TRIED_MS = 300_000
_TIMES = re.compile(rb'"(received_ms|t_ms)":(\d{1,17})(?=[,}])')
_POSITION = re.compile(rb'"position":(\d{1,17}),("received_ms":\d{1,17}})$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first record that does not fit: its position, what happened, and a sentence for people."""

    position: int
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far the links hold: the link of every proven record, and the first break, if any."""

    links: tuple[str, ...]
    broken: Break | None

    def link_at(self, sitting: str, position: int) -> str | None:
        """Return the proven link after a number of records, None beyond the break."""
        if position == 0:
            return genesis(sitting)
        return self.links[position - 1] if position <= len(self.links) else None


def walk(sitting: str, records: Sequence[bytes], stored: Sequence[str] | None, *, tried_ms: int = TRIED_MS) -> Walk:
    """Recompute the links of records (canonical bytes) and compare them with those that were kept, where they were.

    `tried_ms` bounds the search for the time that a record had before it was dated anew.
    """
    links: list[str] = []
    previous = genesis(sitting)
    for index, record in enumerate(records):
        computed = link(previous, record)
        if stored is not None and not _is_at(stored, index, computed):
            return Walk(links=tuple(links), broken=_Scene(records, stored, index, previous, tried_ms).judged())
        links.append(computed)
        previous = computed
    if stored is not None and len(stored) > len(records):
        return Walk(links=tuple(links), broken=_truncated(len(records), len(stored)))
    return Walk(links=tuple(links), broken=None)


def _is_at(stored: Sequence[str], index: int, computed: str) -> bool:
    return index < len(stored) and stored[index] != "" and computed.startswith(stored[index])


def numbered(record: bytes, position: int) -> bytes:
    """Return a record as it would be at another position: whoever moves one may have numbered it anew."""
    return _POSITION.sub(b'"position":%d,\\2' % position, record)


def _truncated(found: int, expected: int) -> Break:
    message = f"The recording ends after record {found}; {expected - found} of {expected} records are missing."
    return Break(position=found + 1, kind="truncated", message=message)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The place of the first break: everything before `index` is proven, `previous` is the last proven link."""

    records: Sequence[bytes]
    stored: Sequence[str]
    index: int
    previous: str
    tried_ms: int

    def judged(self) -> Break:
        """Try what could have happened, from the most to the least that is known about it."""
        position, own_place = self.index + 1, self._own_place()
        rightful = self._rightful()
        if own_place is not None and rightful is not None:
            return self._break(
                "reordered", f"it belongs at position {own_place + 1}, and record {position} comes later"
            )
        if own_place is not None:
            missing = f"record {position} is" if own_place == position else f"records {position} to {own_place} are"
            return self._break("missing", f"{missing} missing; what stands here is record {own_place + 1}")
        if rightful is not None:
            count = rightful - self.index
            what = "a record that was never received stands" if count == 1 else f"{count} records stand"
            return self._break("inserted", f"{what} before the one that belongs here")
        if self.index >= len(self.stored):
            return self._break("inserted", f"the recording ended with record {len(self.stored)}; this one was added")
        return self._misplaced() or self._redated() or self._changed()

    def _break(self, kind: Kind, reason: str) -> Break:
        return Break(position=self.index + 1, kind=kind, message=f"Record {self.index + 1} does not fit: {reason}.")

    def _own_place(self) -> int | None:
        """Find the later place that the record here fits."""
        record = self.records[self.index]
        for place in range(self.index + 1, len(self.stored)):
            if self._fits(record, place):
                return place
        return None

    def _rightful(self) -> int | None:
        """Find the later record that fits here."""
        for number in range(self.index + 1, len(self.records)):
            if self._fits(self.records[number], self.index):
                return number
        return None

    def _fits(self, record: bytes, place: int) -> bool:
        before = self.previous if place == self.index else self.stored[place - 1]
        return len(before) == WHOLE and _is_at(self.stored, place, link(before, numbered(record, place + 1)))

    def _misplaced(self) -> Break | None:
        """Judge by the position that the record itself names."""
        position, found = self.index + 1, _POSITION.search(self.records[self.index])
        named = int(found[1]) if found is not None else position
        if named > position:
            return self._break("missing", f"what stands here calls itself record {named}")
        if named < position:
            return self._break("inserted", f"what stands here calls itself record {named}, which came before")
        return None

    def _changed(self) -> Break:
        after = self.index + 1
        if after < len(self.records) and after < len(self.stored) and len(self.stored[self.index]) == WHOLE:
            if self._fits(self.records[after], after):
                return self._break("changed", "its content was changed; the record after it fits again")
            return self._break("changed", "its content was changed, and so was what comes after it")
        return self._break("changed", "its content was changed")

    def _redated(self) -> Break | None:
        """Find times with which the record would fit: not before those of the last proven one, and not long after."""
        found = {match[1].decode(): match for match in _TIMES.finditer(self.records[self.index])}
        for names in (("received_ms",), ("t_ms",), ("t_ms", "received_ms")):
            dates = [found[name] for name in names if name in found]
            shift = self._shift_that_fits(dates) if len(dates) == len(names) else None
            if shift is not None:
                told = " and ".join(f"{match[1].decode()} was {int(match[2]) + shift}" for match in dates)
                return self._break("re-dated", f"its time was changed and nothing else: {told}")
        return None

    def _shift_that_fits(self, dates: Sequence[re.Match[bytes]]) -> int | None:
        """Return the milliseconds by which these times lie off, told by the link that the record should have."""
        record, stored = self.records[self.index], self.stored[self.index]
        begun = sha256(bytes.fromhex(self.previous) + record[: dates[0].start(2)])
        ends = [*(match.start(2) for match in dates[1:]), len(record)]
        parts = [(int(match[2]), record[match.end(2) : end]) for match, end in zip(dates, ends, strict=True)]
        first = self._earliest(dates[-1]) - parts[-1][0]
        for shift in range(first, first + self.tried_ms):
            attempt = begun.copy()
            attempt.update(b"".join(b"%d%b" % (value + shift, rest) for value, rest in parts))
            if attempt.hexdigest().startswith(stored):
                return shift
        return None

    def _earliest(self, date: re.Match[bytes]) -> int:
        last = self.records[self.index - 1] if self.index else b""
        earlier = {match[1]: int(match[2]) for match in _TIMES.finditer(last)}
        return earlier.get(date[1], int(date[2]) - self.tried_ms // 2)
