"""The dashboards at the real service: what they ask for exists, and reads as they expect."""

from __future__ import annotations

from pathlib import Path

import httpx
from fastapi.testclient import TestClient
from nbassess_dashboards.activity import parse_records
from nbassess_dashboards.attendant import STATUS_EVERY_S, Attendant
from nbassess_dashboards.client import Client
from nbassess_dashboards.evidence import flags_of, integrity_of, service_says
from nbassess_dashboards.opening import Workbench
from nbassess_dashboards.packing import Packing
from nbassess_events.replay import Replay

from tests.support.house import House, batch, opened, typed, url
from tests.support.hubs import token_of
from tests.support.material import PATH


class Hallway(httpx.BaseTransport):
    """Carries what the dashboards ask to the service of this process."""

    def __init__(self, browser: TestClient) -> None:
        self.browser = browser

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.browser.get(request.url.raw_path.decode(), headers=dict(request.headers))
        return httpx.Response(answer.status_code, content=answer.content, headers={"Content-Type": "application/json"})


def client_of(house: House) -> Client:
    house.staff("manager", "max")
    return Client(f"{house.address}{url('api')}", token_of("staff-max", "managers"), transport=Hallway(house.browser()))


def test_integrity_of_a_real_recording_reads_as_good(house: House) -> None:
    sitting = house.running()
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened(), typed(1, "x = 1")))
    client = client_of(house)
    recording = client.recording(sitting)
    records = parse_records(recording.records)
    said = [
        *integrity_of(recording, Replay(records), client.submission(sitting)),
        *service_says(client.integrity(sitting), recording, records),
    ]
    assert [line.text for line in said if not line.is_good] == []
    assert any("signed with key" in line.text for line in said)
    assert client.integrity("nobody") is None
    client.close()


def test_running_sitting_is_followed_and_opened(house: House, tmp_path: Path) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened()))
    client = client_of(house)
    packing = Packing(parse_records(client.recording(sitting).records))
    bench = Workbench(root=tmp_path, folder="dashboards", candidate="Ada")
    seconds = iter(range(0, 1000, round(STATUS_EVERY_S)))
    attendant = Attendant(client, sitting, packing, bench, is_running=True, clock=lambda: float(next(seconds)))
    server.post(url("api/sitting/events"), json=batch(typed(1, "x = 1")))
    answer = attendant.answer({"kind": "more", "after": 1})
    assert answer is not None
    assert (answer["kind"], len(answer["records"]), answer["is_running"]) == ("records", 1, True)
    made = attendant.answer({"kind": "open", "position": 2, "path": PATH})
    assert made is not None
    assert made["kind"] == "opened", made
    assert made["files"] > 0
    assert "x = 1" in (tmp_path / made["path"]).read_text(encoding="utf-8")
    assert flags_of(packing.flags(is_running=True))[0].is_good
    client.close()
