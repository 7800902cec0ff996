"""Whatever is done to a recording, wherever: the first record that does not fit is named. Promise: R07, integrity-3."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nbassess_events import chain
from nbassess_events.document import canonical_bytes
from nbassess_hub.integrity.breaks import Break, walk
from nbassess_hub.integrity.heads import Witnessed, compare

SITTING = "abc234"
START_MS = 1_790_000_000_000


def record(position: int, text: str = "x") -> bytes:
    event = {"type": "edit", "seq": position - 1, "t_ms": START_MS + 250 * position, "path": "p", "cell": "c"}
    event |= {"source": "type", "ops": [[0, 0, text]]}
    received_ms = START_MS + 250 * position + 80
    return canonical_bytes({"position": position, "client": "a" * 16, "received_ms": received_ms, "event": event})


def links_of(records: Sequence[bytes]) -> list[str]:
    found, previous = [], chain.genesis(SITTING)
    for each in records:
        previous = chain.link(previous, each)
        found.append(previous)
    return found


RECORDS = [record(position) for position in range(1, 13)]
LINKS = links_of(RECORDS)
PLACES = st.integers(0, len(RECORDS) - 1)
LENGTHS = st.sampled_from([64, 16, 8])
STRANGER = record(99, "never received")


def changed(records: list[bytes], place: int, other: int) -> int:
    records[place] = records[place].replace(b'"x"', b'"y"')
    return place


def deleted(records: list[bytes], place: int, other: int) -> int:
    del records[place]
    return place


def inserted(records: list[bytes], place: int, other: int) -> int:
    records.insert(place, STRANGER)
    return place


def doubled(records: list[bytes], place: int, other: int) -> int:
    records.insert(place + 1, records[place])
    return place + 1


def moved(records: list[bytes], place: int, other: int) -> int:
    other = other if other != place else (place + 1) % len(records)
    records[place], records[other] = records[other], records[place]
    return min(place, other)


def cut(records: list[bytes], place: int, other: int) -> int:
    del records[place:]
    return place


def renumbered(records: list[bytes], place: int, other: int) -> int:
    """Take a record out and close the numbers up behind it."""
    del records[place]
    for index, each in enumerate(records[place:], start=place):
        body = json.loads(each)
        records[index] = canonical_bytes(body | {"position": index + 1})
    return place


def redated(records: list[bytes], place: int, other: int) -> int:
    body = json.loads(records[place])
    body["received_ms"] += 7_000 + other
    records[place] = canonical_bytes(body)
    return place


def noted(records: list[bytes], place: int, other: int) -> int:
    """Add a field that no reader looks at."""
    records[place] = canonical_bytes(json.loads(records[place]) | {"note": 1})
    return place


DAMAGES: list[Callable[[list[bytes], int, int], int]] = [
    *(changed, deleted, inserted, doubled, moved, cut, renumbered, redated, noted),
]


@settings(max_examples=300, deadline=None)
@given(damage=st.sampled_from(DAMAGES), place=PLACES, other=PLACES, length=LENGTHS)
def test_the_first_record_that_does_not_fit_is_named_in_every_position(
    damage: Callable[[list[bytes], int, int], int], place: int, other: int, length: int
) -> None:
    records = list(RECORDS)
    first = damage(records, place, other)
    found = walk(SITTING, records, [each[:length] for each in LINKS], tried_ms=20)
    assert found.broken is not None
    assert found.broken.position == first + 1
    assert found.links == tuple(LINKS[:first])


@settings(max_examples=100, deadline=None)
@given(damage=st.sampled_from(DAMAGES), place=PLACES, other=PLACES, at=st.integers(1, len(RECORDS)))
def test_links_that_were_made_anew_are_shown_by_a_head_that_somebody_holds(
    damage: Callable[[list[bytes], int, int], int], place: int, other: int, at: int
) -> None:
    records = list(RECORDS)
    first = damage(records, place, other)
    assume(first < len(LINKS))  # what was added after the last head that anybody holds, no head can show
    found = walk(SITTING, records, links_of(records))
    receipt = Witnessed(head=LINKS[-1], position=len(LINKS), source="The receipt", is_end=True)
    early = Witnessed(head=LINKS[at - 1], position=at, source="A head")
    assert found.broken is None
    told = compare(SITTING, found, [receipt, early])
    assert told is not None
    if told.kind == "truncated":
        assert told.position == len(records) + 1
    elif told.kind == "inserted":
        assert (told.position, first) == (len(LINKS) + 1, len(LINKS))
    else:
        assert (told.kind, told.position <= first + 1) == ("rewritten", True)
        assert told.position == (at + 1 if at <= first else 1)


def broken(records: Sequence[bytes], length: int = 64) -> Break:
    found = walk(SITTING, records, [each[:length] for each in LINKS]).broken
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("damage", "kind", "says"),
    [
        (changed, "changed", "Record 5 does not fit: its content was changed; the record after it fits again."),
        (deleted, "missing", "Record 5 does not fit: record 5 is missing; what stands here is record 6."),
        (
            inserted,
            "inserted",
            "Record 5 does not fit: a record that was never received stands before the one that belongs here.",
        ),
        (doubled, "inserted", "Record 6 does not fit: a record that was never received stands before"),
        (moved, "reordered", "Record 5 does not fit: it belongs at position 10, and record 5 comes later."),
        (cut, "truncated", "The recording ends after record 4; 8 of 12 records are missing."),
        (renumbered, "missing", "Record 5 does not fit: record 5 is missing; what stands here is record 6."),
        (redated, "re-dated", f"its time was changed and nothing else: received_ms was {START_MS + 5 * 250 + 80}."),
    ],
)
def test_what_happened_is_told_as_far_as_it_can_be(
    damage: Callable[[list[bytes], int, int], int], kind: str, says: str
) -> None:
    records = list(RECORDS)
    damage(records, 4, 9)
    found = broken(records)
    assert (found.kind, found.message.endswith(says) or found.message.startswith(says)) == (kind, True), found.message


@pytest.mark.parametrize(("damage", "kind"), [(deleted, "missing"), (doubled, "inserted"), (redated, "re-dated")])
def test_beginnings_of_links_tell_less_but_enough(damage: Callable[[list[bytes], int, int], int], kind: str) -> None:
    records = list(RECORDS)
    damage(records, 4, 9)
    assert broken(records, 8).kind == kind


@pytest.mark.parametrize("names", [("received_ms",), ("t_ms",), ("t_ms", "received_ms")])
@pytest.mark.parametrize("place", [0, 7])
def test_a_record_that_was_only_dated_anew_says_when_it_was(names: tuple[str, ...], place: int) -> None:
    body = json.loads(RECORDS[place])
    for name in names:
        holder = body if name == "received_ms" else body["event"]
        holder[name] += 60_000
    records = [*RECORDS[:place], canonical_bytes(body), *RECORDS[place + 1 :]]
    found = broken(records)
    truth = json.loads(RECORDS[place])
    assert found.kind == "re-dated"
    for name in names:
        holder = truth if name == "received_ms" else truth["event"]
        assert f"{name} was {holder[name]}" in found.message


def test_a_whole_recording_is_whole() -> None:
    found = walk(SITTING, RECORDS, LINKS)
    assert (found.broken, found.links) == (None, tuple(LINKS))
    heads = [Witnessed(head=LINKS[n - 1], position=n, source="A head") for n in (3, 12)]
    assert compare(SITTING, found, [*heads, Witnessed(head=LINKS[-1], source="The receipt")]) is None


def test_heads_narrow_down_where_records_and_links_were_changed_together() -> None:
    records = list(RECORDS)
    changed(records, 6, 0)
    heads = [Witnessed(head=LINKS[n - 1], position=n, source=f"The head of {n}") for n in (4, 9, 12)]
    told = compare(SITTING, walk(SITTING, records, links_of(records)), heads)
    assert told is not None
    assert (told.position, told.kind) == (5, "rewritten")
    assert told.message.startswith("The head of 9 does not fit: a record from 5 to 9 was changed")


def test_an_empty_recording_can_be_whole_or_cut() -> None:
    assert walk(SITTING, [], []).broken is None
    told = walk(SITTING, [], LINKS).broken
    assert told is not None
    assert (told.position, told.kind) == (1, "truncated")
