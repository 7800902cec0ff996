"""Heads that somebody outside the recording holds: receipts, signed heads, what was published elsewhere.

A chain proves that records fit their links. That nobody made both anew, only a head can show that was out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbassess_events.chain import head_statement

from nbassess_hub.collector.signing import is_signed
from nbassess_hub.integrity.breaks import Break, Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A head that somebody holds. `position` is None where only the hash is known, `signature` where nobody signed.

    `is_end`: it is the head of the whole recording, and no record may come after it.
    """

    head: str
    source: str
    position: int | None = None
    at_ms: int | None = None
    key: str | None = None
    signature: str | None = None
    is_end: bool = False


def compare(sitting: str, found: Walk, heads: Sequence[Witnessed]) -> Break | None:
    """Return the first break that the heads show in records whose links hold, None when all of them fit."""
    proven = len(found.links)
    whole = found.link_at(sitting, proven)
    fitting = 0
    for each in sorted(heads, key=lambda head: proven if head.position is None else head.position):
        position = proven if each.position is None else each.position
        if position > proven:
            message = (
                f"The recording ends after record {proven}; {each.source} is about {position} records: "
                f"{position - proven} are missing, the last ones or some before."
            )
            return Break(position=proven + 1, kind="truncated", message=message)
        if (whole if each.position is None else found.link_at(sitting, position)) != each.head:
            return _rewritten(each, fitting + 1, position)
        if each.is_end and position < proven:
            message = f"{proven - position} records stand behind the end of the recording that {each.source} is about."
            return Break(position=position + 1, kind="inserted", message=message)
        fitting = position
    return None


def _rewritten(head: Witnessed, first: int, last: int) -> Break:
    where = f"record {first}" if first == last else f"a record from {first} to {last}"
    message = f"{head.source} does not fit: {where} was changed, and the links were made anew"
    message += ", or this head belongs to another recording."
    if first > 1:
        message += f" The records before {first} fit."
    return Break(position=first, kind="rewritten", message=message)


def signature_problem(sitting: str, head: Witnessed, public_keys: Mapping[str, str]) -> str | None:
    """Return what is wrong with the signature of a head, None when it holds or there is none.

    `public_keys` are the known keys in hex, by their name.
    """
    if head.signature is None:
        return None
    if head.position is None or head.at_ms is None or head.key is None:
        return f"{head.source} is signed, but without the position, time and key that belong to a signature"
    public_key = public_keys.get(head.key)
    if public_key is None:
        return f"{head.source} is signed with key {head.key}, which is not known here"
    statement = head_statement(sitting, position=head.position, head=head.head, at_ms=head.at_ms)
    if not is_signed(statement, head.signature, public_key):
        return f"the signature of {head.source} does not hold: this instance never signed that head"
    return None
