"""Signed heads of the recording, kept beside the journal: the third witness.

The collector answers every batch with the head of the chain, its time, and a signature that only it can make. Whoever
holds one can prove later that the recording up to there is the one of that time. One a minute is enough, and the last.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

FILE_NAME = "heads.jsonl"
KEPT_EVERY_MS = 60_000

_HEX = re.compile("[0-9a-f]+")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """The collector's word: after record `position` the head was `head`, at `at_ms` of its clock."""

    position: int
    head: str
    at_ms: int
    key: str
    signature: str

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self | None:
        """Read the collector's answer to a batch; None when it is not signed, as an older service's is not."""
        signed = answer.get("signed")
        if not isinstance(signed, Mapping):
            return None
        try:
            found = cls(
                position=int(answer["position"]),
                head=str(answer["head"]),
                at_ms=int(signed["at_ms"]),
                key=str(signed["key"]),
                signature=str(signed["signature"]),
            )
        except (KeyError, TypeError, ValueError):
            return None
        return found if all(map(_HEX.fullmatch, (found.head, found.key, found.signature))) else None

    def to_json(self) -> dict[str, Any]:
        """Return the plain form."""
        return asdict(self)


class Heads:
    """The newest signed head, and the file with one of every minute."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._kept: SignedHead | None = None
        self.newest: SignedHead | None = None

    def note(self, answer: Mapping[str, Any]) -> None:
        """Take the head out of the collector's answer to a batch."""
        head = SignedHead.of(answer)
        if head is None:
            return
        self.newest = head
        if self._kept is None or head.at_ms - self._kept.at_ms >= KEPT_EVERY_MS:
            self.keep()

    def keep(self) -> None:
        """Write the newest head to the disk: once a minute, and at the end. A full disk is no reason to stop."""
        if self.newest is None or self.newest == self._kept:
            return
        self._kept = self.newest
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(json.dumps(self.newest.to_json()) + "\n")
        except OSError as error:
            log.warning("nbassess: a signed head was not kept: %s", error)
