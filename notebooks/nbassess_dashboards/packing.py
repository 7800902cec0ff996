"""What the browser gets of a recording: lean records with times that never change once they were sent, and flags.

A recording that is still running is packed piece by piece. New records can teach that a clock was off; the times of
records that were already sent stay as they are, and later ones never come before them.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbassess_events.codec import event_to_wire
from nbassess_events.model import Recorded
from nbassess_events.timing import moments
from nbassess_events.witness import Finding, incompleteness

_KNOWN_FROM_PLACE = ("seq", "t_ms")
_UNSETTLED_KINDS = ("unseen_save", "unseen_execution")
_UNSETTLED_MS = 30_000


class Packing:
    """The records of one sitting, parsed and packed: `rows` of [client index, ms since the first record, event]."""

    def __init__(self, records: Sequence[Recorded] = ()) -> None:
        """Pack what there is so far."""
        self.records: list[Recorded] = []
        self.clients: list[str] = []
        self.rows: list[list[Any]] = []
        self._origin_ms: int | None = None
        self._found: tuple[int, tuple[Finding, ...]] = (0, ())
        self.extend(records)

    def extend(self, records: Sequence[Recorded]) -> None:
        """Pack records that came after all those before."""
        if not records:
            return
        known = len(self.records)
        self.records += records
        times = moments(self.records)[known:]
        origin = self._origin_ms = times[0] if self._origin_ms is None else self._origin_ms
        latest = self.rows[-1][1] if self.rows else 0
        for record, time in zip(records, times, strict=True):
            latest = max(latest, time - origin)
            self.rows.append([self._client(record.client), latest, _lean(record)])

    def _client(self, client: str) -> int:
        if client not in self.clients:
            self.clients.append(client)
        return self.clients.index(client)

    def flags(self, *, is_running: bool) -> list[dict[str, Any]]:
        """Return where the recording is not whole, with times since the first record.

        While a sitting runs, the two witnesses of one run or save may arrive one after the other: what happened in the
        last half minute is not compared yet.
        """
        records, newest = tuple(self.records), self.rows[-1][1] if self.rows else 0
        if self._found[0] != len(records):
            self._found = (len(records), incompleteness(records))
        flags = [self._flag(finding) for finding in self._found[1]]
        return [flag for flag in flags if not (is_running and _is_unsettled(flag, newest))]

    def _flag(self, finding: Finding) -> dict[str, Any]:
        from_ms, to_ms = (max(0, at - (self._origin_ms or 0)) for at in (finding.from_ms, finding.to_ms))
        places = {"from_position": finding.from_position, "to_position": finding.to_position}
        about = {"kind": finding.kind, "path": finding.path, "text": finding.text}
        return {**places, "from_ms": from_ms, "to_ms": to_ms, **about}


def _is_unsettled(flag: Mapping[str, Any], newest_ms: int) -> bool:
    return flag["kind"] in _UNSETTLED_KINDS and flag["from_ms"] > newest_ms - _UNSETTLED_MS


def _lean(record: Recorded) -> dict[str, Any]:
    wire = event_to_wire(record.event)
    return {name: value for name, value in wire.items() if name not in _KNOWN_FROM_PLACE}


def pack(payload: dict[str, Any]) -> bytes:
    """Return a payload as gzipped JSON, the same bytes for the same payload."""
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=True)
    return gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)
