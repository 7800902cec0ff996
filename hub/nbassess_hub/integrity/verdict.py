"""Judge a recording that was taken out: links, heads, signatures, and what its witnesses say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from nbassess_events.chain import link
from nbassess_events.codec import read_record
from nbassess_events.errors import EventsError
from nbassess_events.model import Recorded
from nbassess_events.witness import Finding, incompleteness

from nbassess_hub.integrity.breaks import Break, Kind, Walk, numbered, walk
from nbassess_hub.integrity.files import Taken
from nbassess_hub.integrity.heads import Witnessed, compare, signature_problem

_OWN_KEY = (
    "A public key came with the file: compare it with `nbassess recording key`, or give the right one with --key."
)
_OWN_HEAD = "Only heads that came with the file were compared, and nobody signed them: give --receipt or --heads."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found. `broken` is None when everything fits; `at_ms` is when the broken record says it was received.

    `compared` are the heads that fit, `notes` what could not be checked.
    """

    sitting: str
    records: int
    head: str
    broken: Break | None
    at_ms: int | None
    compared: tuple[str, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """Return the verdict for a program."""
        return asdict(self) | {"is_verified": self.broken is None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Public keys that are believed, by name. `are_all`: a signature with any other key is a forgery."""

    keys: Mapping[str, str]
    are_all: bool


def judge(taken: Taken, outside: Sequence[Witnessed], trusted: Trusted) -> Verdict:
    """Judge a recording by its own heads and those from `outside`."""
    found = walk(taken.sitting, taken.bodies, taken.links)
    heads = [*outside, *taken.heads]
    broken = _of_sealed(taken, found) or taken.unreadable or compare(taken.sitting, found, heads)
    records = _parsed(taken.bodies)
    signatures = _Signatures(taken, trusted)
    for head in heads:
        signatures.check(head)
    broken = broken or signatures.broken
    if not outside and not any(head.signature for head in taken.heads):
        signatures.notes.append(_OWN_HEAD)
    return Verdict(
        sitting=taken.sitting,
        records=len(taken.bodies),
        head=found.links[-1] if found.links else "",
        broken=broken,
        at_ms=_received_ms(records, broken),
        compared=() if broken else tuple(signatures.words),
        notes=tuple(dict.fromkeys(signatures.notes)),
        findings=incompleteness(records),
    )


def _of_sealed(taken: Taken, found: Walk) -> Break | None:
    """In a sealed file a row's place is its position, and its link goes with it: judge by numbers, then by links."""
    broken = found.broken
    if broken is None or taken.expected is None or broken.kind != "changed":
        return broken
    difference = len(taken.bodies) - taken.expected
    message = f"Record {broken.position} does not fit: "
    if taken.unreadable is None and difference:
        kind: Kind
        kind, are = ("missing", "are missing") if difference < 0 else ("inserted", "too many are there")
        message += f"{abs(difference)} of {taken.expected} records {are}, the first here."
        return Break(position=broken.position, kind=kind, message=message)
    row = _moved_from(taken, found, broken.position)
    if row is None:
        return broken
    return Break(position=broken.position, kind="reordered", message=f"{message}the record of row {row} belongs here.")


def _moved_from(taken: Taken, found: Walk, position: int) -> int | None:
    """Return the later row whose record, with its own link, fits at a position."""
    previous, links = found.link_at(taken.sitting, position - 1), taken.links or []
    for row in range(position, len(taken.bodies)):
        if previous is not None and link(previous, numbered(taken.bodies[row], position)).startswith(links[row]):
            return row + 1
    return None


class _Signatures:
    """Check signatures with trusted keys, or else with the keys that came with the file."""

    def __init__(self, taken: Taken, trusted: Trusted) -> None:
        self.sitting, self.own, self.trusted = taken.sitting, taken.keys, trusted
        self.broken: Break | None = None
        self.words: list[str] = []
        self.notes: list[str] = []

    def check(self, head: Witnessed) -> None:
        if head.signature is None:
            self.words.append(head.source)
            return
        is_trusted = head.key in self.trusted.keys or self.trusted.are_all
        problem = signature_problem(self.sitting, head, self.trusted.keys if is_trusted else self.own)
        told = f"{problem[0].upper()}{problem[1:]}" if problem is not None else ""
        if problem is None:
            self.words.append(f"{head.source}, signed with key {head.key}")
            if not is_trusted:
                self.notes.append(_OWN_KEY)
        elif is_trusted or head.key in self.own:
            self.broken = self.broken or Break(position=head.position or 0, kind="rewritten", message=f"{told}.")
        else:
            self.words.append(head.source)
            self.notes.append(f"{told}: the signature was not checked. Give the key with --key.")


def _parsed(bodies: Sequence[bytes]) -> list[Recorded]:
    """Return the records up to the first that cannot be read."""
    records: list[Recorded] = []
    for body in bodies:
        try:
            records.append(read_record(body))
        except EventsError:
            break
    return records


def _received_ms(records: Sequence[Recorded], broken: Break | None) -> int | None:
    if broken is None or not 1 <= broken.position <= len(records):
        return None
    return records[broken.position - 1].received_ms
