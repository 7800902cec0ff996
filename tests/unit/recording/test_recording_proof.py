"""The proof of the recording can fail: its own parts, without a browser."""

from __future__ import annotations

import asyncio
import json

from nbassess_events.model import Edit

from tests.support.recording.attribution import Confusion, Step
from tests.support.recording.faults import LINE, Fault, Plan, certain
from tests.support.recording.lane import Lane
from tests.support.recording.witness import Ran, Witness


def edit(source: str, *, t_ms: int) -> Edit:
    return Edit(seq=0, t_ms=t_ms, path="a.ipynb", cell="c", source=source, ops=((0, 0, "x"),))


def test_an_edit_with_the_wrong_word_is_found_and_unknown_is_not_wrong() -> None:
    confusion = Confusion()
    steps = [Step(source="paste", path="a.ipynb", from_ms=10, to_ms=20)]
    confusion.count("pastes", steps, [edit("paste", t_ms=12), edit("unknown", t_ms=13), edit("type", t_ms=14)])
    assert confusion.wrong() == {"pastes: paste was called type": 1}
    assert confusion.right() == 1 / 3


def test_an_edit_outside_every_step_is_not_right() -> None:
    confusion = Confusion()
    confusion.count("types", [], [edit("type", t_ms=5)])
    assert confusion.right() == 0


def test_the_same_seed_brings_the_same_faults() -> None:
    plans = [Plan(seed="one", odds=LINE), Plan(seed="one", odds=LINE)]
    drawn = [[plan.next() for _ in range(300)] for plan in plans]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {Fault.NONE, *LINE}


def test_a_plan_spoils_no_more_than_a_few_messages_in_a_row() -> None:
    plan = certain(Fault.DROP, seed="any", odds=1.0)
    assert [plan.next() for _ in range(4)] == [Fault.DROP, Fault.DROP, Fault.NONE, Fault.DROP]


def test_a_reordered_message_comes_after_the_next_one() -> None:
    async def passed() -> list[str]:
        plan = Plan(seed="any", first=Fault.REORDER)
        arrived: list[str] = []
        lane = Lane[str](lambda: plan, arrived.append, lambda: None)
        lane.take("first")
        lane.take("second")
        return arrived

    assert asyncio.run(passed()) == ["second", "first"]


def test_the_witness_reads_runs_off_the_wire_in_both_forms() -> None:
    witness = Witness()
    parts = [{"msg_type": "execute_request"}, {}, {"cellId": "c"}, {"code": "x = '😀'"}]
    header, parent, metadata, content = parts
    texts = [b"shell", *(json.dumps(part).encode() for part in (header, parent, metadata, content))]
    offsets = [8 * (len(texts) + 2)]
    for text in texts:
        offsets.append(offsets[-1] + len(text))
    numbers = [len(offsets), *offsets]
    witness.see_kernel_message(b"".join(number.to_bytes(8, "little") for number in numbers) + b"".join(texts))
    witness.see_kernel_message(json.dumps({"header": header, "metadata": metadata, "content": content}))
    assert witness.ran_since(0) == [Ran(cell="c", code="x = '😀'")] * 2
