"""Scripted candidates make recordings that the real contract accepts and the real replay rebuilds."""

from collections import Counter
from pathlib import Path

import pytest
from nbassess_events.codec import parse_batch
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay
from nbassess_events.witness import incompleteness
from nbassess_graders.assessment import Monitoring
from nbassess_hub.demo.candidates import Performance, drafts_by_problem, plan, play
from nbassess_hub.demo.material import Material, read_solution
from nbassess_hub.demo.outputs import OutputBook, prepare_outputs
from nbassess_hub.demo.personas import cohort

from tests.unit.demo.materials import WRONG, circle

START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> list[Material]:
    folder = tmp_path_factory.mktemp("circle")
    return [circle(folder), circle(folder, "other")]


@pytest.fixture(scope="module")
def outputs(materials: list[Material]) -> OutputBook:
    wanted = drafts_by_problem([plan(persona, materials, seed=7) for persona in cohort(7, 24)])
    return OutputBook(
        {key: value for each in materials for key, value in prepare_outputs(each, wanted[each.slug]).items()}
    )


def play_all(
    materials: list[Material], outputs: OutputBook, *, limit_ms: int = HOUR_MS, size: int = 24
) -> list[Performance]:
    return [
        play(
            plan(persona, materials, seed=7),
            materials,
            outputs,
            started_ms=START_MS,
            deadline_ms=START_MS + limit_ms,
            monitoring="full",
            seed=7,
        )
        for persona in cohort(7, size)
    ]


def records(performance: Performance) -> list[Recorded]:
    found: list[Recorded] = []
    for batch in performance.tape.batches():
        parsed = parse_batch(batch.body)
        for event in parsed.events:
            found.append(
                Recorded(position=len(found) + 1, client=parsed.client, received_ms=batch.received_ms, event=event)
            )
    return found


def test_every_batch_keeps_the_wire_contract_and_every_client_counts_from_zero(
    materials: list[Material], outputs: OutputBook
) -> None:
    for performance in play_all(materials, outputs):
        expected: Counter[str] = Counter()
        for record in records(performance):
            assert record.event.seq == expected[record.client]
            expected[record.client] += 1


def test_the_replay_ends_in_the_documents_that_the_browser_submitted(
    materials: list[Material], outputs: OutputBook
) -> None:
    for performance in play_all(materials, outputs):
        found = records(performance)
        state = Replay(found).state_at(len(found))
        assert {path: document.digest() for path, document in state.documents.items()} == performance.documents
        assert state.gaps == ()


def test_the_same_seed_plays_the_same_cohort_byte_for_byte(materials: list[Material], outputs: OutputBook) -> None:
    first, second = play_all(materials, outputs, size=3), play_all(materials, outputs, size=3)
    assert [each.tape.events for each in first] == [each.tape.events for each in second]


def test_nothing_is_recorded_after_the_deadline_and_nobody_submits_after_it(
    materials: list[Material], outputs: OutputBook
) -> None:
    limit_ms = 120_000
    for performance in play_all(materials, outputs, limit_ms=limit_ms):
        assert max(event["t_ms"] for event in performance.tape.events) <= START_MS + limit_ms
        assert performance.submitted_ms is None


def test_a_cohort_shows_every_kind_of_edit_errors_and_reloads(materials: list[Material], outputs: OutputBook) -> None:
    performances = play_all(materials, outputs)
    events = [event for each in performances for event in each.tape.events]
    sources = {event["source"] for event in events if event["type"] == "edit"}
    assert sources >= {"type", "paste", "cut", "undo", "redo", "complete"}
    assert {event["ok"] for event in events if event["type"] == "execution_finished"} == {True, False}
    assert any(len({client for client, _ in each.tape._events}) > 1 for each in performances)
    assert {each.submitted_ms is None for each in performances} == {True, False}


@pytest.mark.parametrize(
    ("monitoring", "absent"), [("none", {"active_cell", "focus"}), ("basic", {"focus"}), ("full", set())]
)
def test_only_what_the_assessment_monitors_is_recorded(
    materials: list[Material], outputs: OutputBook, monitoring: Monitoring, absent: set[str]
) -> None:
    performance = play(
        plan(cohort(7, 1)[0], materials, seed=7),
        materials,
        outputs,
        started_ms=START_MS,
        deadline_ms=START_MS + HOUR_MS,
        monitoring=monitoring,
        seed=7,
    )
    recorded = {event["type"] for event in performance.tape.events}
    assert {"active_cell", "focus"} - recorded == absent


def test_every_persona_is_labelled_synthetic() -> None:
    names = [persona.name for persona in cohort(1, 24)]
    assert len(set(names)) == 24
    assert all(name.startswith("Synthetic ") for name in names)


def test_the_outputs_are_what_a_notebook_would_show(materials: list[Material]) -> None:
    results = prepare_outputs(materials[0], [WRONG, "def area("])
    tried = results["circle", WRONG, "circle-scratch"]
    assert tried.ok
    assert tried.outputs_at(3) == [
        {"output_type": "execute_result", "data": {"text/plain": "12.56"}, "metadata": {}, "execution_count": 3}
    ]
    broken = results["circle", "def area(", "circle-answer"]
    assert not broken.ok
    assert broken.outputs[0]["ename"] == "SyntaxError"


def test_a_solution_is_read_without_its_authors_remark(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text('"""Why this is wrong."""\n\nimport os\n\n\ndef f():\n    return 1\n')
    assert read_solution(tmp_path / "x.py") == "import os\n\n\ndef f():\n    return 1"


def test_both_witnesses_agree_and_a_file_written_from_outside_is_told(
    materials: list[Material], outputs: OutputBook
) -> None:
    """Promise: integrity-3. What the scripted server saw is what the scripted page recorded, but for one habit."""
    told = [{f.kind for f in incompleteness(records(each))} for each in play_all(materials, outputs)]
    assert told == [{"outside_change"} if each.writes_from_outside else set() for each in cohort(7, 24)]
