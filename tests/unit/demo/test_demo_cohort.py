"""The demo cohort takes the way of everybody's sitting, and may be interrupted at any moment."""

from pathlib import Path

import httpx
import pytest
from nbassess_graders.assessment import load_assessment
from nbassess_graders.publication import pack
from nbassess_hub.api_client import AdminClient
from nbassess_hub.demo.cohort import Rehearsal, rehearse, send_cohort, start_times
from nbassess_hub.settings import SERVICE_PREFIX

from tests.support.house import START_MS, House
from tests.support.material import write_assessment

DAY_MS = 86_400_000


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    file = write_assessment(tmp_path / "library")
    assessment = load_assessment(file, file.parent / "problems")
    return rehearse(assessment, size=3, seed=1, progress=lambda _detail: None)


@pytest.fixture
def service(house: House, rehearsal: Rehearsal) -> AdminClient:
    """The command line's client, whose requests go to the service in this process."""
    admin = house.admin()

    def answer(request: httpx.Request) -> httpx.Response:
        kind = {"Content-Type": request.headers.get("Content-Type", "application/json")}
        reply = admin.request(request.method, str(request.url), content=request.content, headers=kind)
        return httpx.Response(reply.status_code, content=reply.content)

    api = f"{house.address}{SERVICE_PREFIX}api"
    client = AdminClient(api, house.parts.callers.admin_token, transport=httpx.MockTransport(answer))
    client.post_file("assessments", content=pack(rehearsal.assessment).data)
    return client


def send(service: AdminClient, rehearsal: Rehearsal) -> list[str]:
    return send_cohort(service, rehearsal, now_ms=START_MS, progress=lambda _detail: None)


def test_every_sitting_is_past_ended_labelled_and_waits_for_grading(service: AdminClient, rehearsal: Rehearsal) -> None:
    for sitting in send(service, rehearsal):
        found = service.get("sittings", sitting)
        assert found["is_synthetic"]
        assert found["candidate"].startswith("Synthetic ")
        assert found["status"] in {"submitted", "collected"}
        assert found["ended_ms"] < START_MS
        assert found["job"]["state"] == "queued"


def test_what_is_graded_is_what_the_script_typed(service: AdminClient, rehearsal: Rehearsal) -> None:
    for sitting, plan in zip(send(service, rehearsal), rehearsal.plans, strict=True):
        started_ms = service.get("sittings", sitting)["started_ms"]
        submission = service.get("sittings", sitting, "submission")
        assert submission["is_complete"]
        material = rehearsal.materials[0]
        answer = next(
            cell["source"] for cell in submission["documents"][material.path]["cells"] if cell["id"] == material.answer
        )
        played = rehearsal.perform(plan, started_ms=started_ms)
        assert played.submitted_ms is None or answer == plan.drafts[material.slug][-1]


def test_sending_again_changes_nothing(service: AdminClient, rehearsal: Rehearsal) -> None:
    first = send(service, rehearsal)
    before = [service.get("sittings", sitting) for sitting in first]
    assert send(service, rehearsal) == first
    assert [service.get("sittings", sitting) for sitting in first] == before


def test_a_sitting_that_was_cut_short_is_sent_to_its_end(service: AdminClient, rehearsal: Rehearsal) -> None:
    started_ms = START_MS - DAY_MS
    name = rehearsal.plans[0].persona.name
    body = {"assessment": rehearsal.assessment.id, "candidate_name": name, "started_ms": started_ms}
    cut = service.post("synthetic", "sittings", json=body)["id"]
    played = rehearsal.perform(rehearsal.plans[0], started_ms=started_ms)
    for batch in list(played.tape.batches())[:2]:
        service.post("sittings", cut, "events", json=batch.body, received_ms=batch.received_ms)
    assert send(service, rehearsal)[0] == cut
    assert service.get("sittings", cut)["position"] == len(played.tape.events)
    assert service.get("sittings", cut, "submission")["is_complete"]


def test_sittings_start_in_working_hours_of_past_days() -> None:
    starts = start_times(24, 1, now_ms=START_MS)
    assert list(starts) == sorted(starts)
    assert all(0 < START_MS - start < 10 * DAY_MS for start in starts)
    assert all(8 <= start % DAY_MS / 3_600_000 <= 17 for start in starts)
