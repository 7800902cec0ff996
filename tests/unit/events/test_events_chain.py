"""The hash chain: every way of changing a recording is found, in every position."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbassess_events.chain import genesis, links, verify
from nbassess_events.errors import ChainError
from nbassess_events.model import Focus, Recorded

SITTING = "s1"


def recording(length: int) -> list[Recorded]:
    return [
        Recorded(position=n, client="0" * 16, received_ms=1000 + n, event=Focus(seq=n - 1, t_ms=n, state="blur"))
        for n in range(1, length + 1)
    ]


def test_an_empty_recording_has_the_genesis_as_head() -> None:
    assert verify(SITTING, [], head=genesis(SITTING)) == genesis(SITTING)


def test_two_sittings_never_share_a_head() -> None:
    assert genesis("s1") != genesis("s2")


@given(data=st.data(), length=st.integers(1, 12))
def test_a_changed_record_is_named(data: st.DataObject, length: int) -> None:
    records = recording(length)
    kept = links(SITTING, records)
    index = data.draw(st.integers(0, length - 1))
    change = data.draw(st.sampled_from(["received_ms", "client", "event"]))
    new = {"received_ms": 1, "client": "f" * 16, "event": Focus(seq=index, t_ms=index + 1, state="focus")}[change]
    records[index] = replace(records[index], **{change: new})  # type: ignore[arg-type] # one field of three types
    with pytest.raises(ChainError) as caught:
        verify(SITTING, records, head=kept[-1], stored=kept)
    assert caught.value.position == index + 1


@given(data=st.data(), length=st.integers(2, 12))
def test_a_dropped_moved_or_doubled_record_is_found(data: st.DataObject, length: int) -> None:
    records = recording(length)
    head = links(SITTING, records)[-1]
    index = data.draw(st.integers(0, length - 2))
    attack = data.draw(st.sampled_from(["drop", "swap", "double", "truncate"]))
    if attack == "drop":
        del records[index]
    elif attack == "swap":
        records[index], records[index + 1] = records[index + 1], records[index]
    elif attack == "double":
        records.insert(index, records[index])
    else:
        records = records[: index + 1]
    renumbered = [replace(record, position=n) for n, record in enumerate(records, start=1)]
    with pytest.raises(ChainError):
        verify(SITTING, records, head=head)
    with pytest.raises(ChainError):
        verify(SITTING, renumbered, head=head)
