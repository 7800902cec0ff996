"""The commands at a real service: what is taken out is whole, can be checked elsewhere, and says the same."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbassess_events.replay import Replay
from nbassess_hub.api_client import AdminClient
from nbassess_hub.console.terminal import Invocation
from nbassess_hub.integrity.files import read_taken
from nbassess_hub.integrity.verdict import Trusted, judge
from nbassess_hub.sealing.sealer import Sealer
from nbassess_hub.store.models import AuditRow
from sqlalchemy import select

from tests.support import progsnap
from tests.support.house import House, batch, opened, typed, url
from tests.unit.cli.test_cli_commands import run


@dataclass
class Through(httpx.BaseTransport):
    """Carry the command line's requests to the service of a house."""

    house: House

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        browser = self.house.browser()
        answer = browser.request(
            request.method, str(request.url.copy_with(scheme="http", host="testserver")), headers=dict(request.headers)
        )
        kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)


@pytest.fixture
def commands(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    @contextmanager
    def service(_known: Invocation) -> Iterator[AdminClient]:
        address = house.address + url("api")
        with AdminClient(address, house.parts.callers.admin_token, transport=Through(house)) as client:
            yield client

    monkeypatch.setattr(Invocation, "service", service)
    return house


def sat(house: House) -> tuple[str, dict[str, Any]]:
    """A sitting that was submitted, and its receipt."""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    text = '=cmd|"x"\n'
    events = [opened(source=""), *(typed(n, letter, at=n - 1) for n, letter in enumerate(text, start=1))]
    assert server.post(url("api/sitting/events"), json=batch(*events)).status_code == 200
    return sitting, server.post(url("api/sitting/submit"), json={}).json()


def test_what_is_exported_from_a_real_service_is_verified_with_the_real_receipt(
    commands: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sitting, answer = sat(commands)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(answer["receipt"]))
    assert run("recording", "key") == 0
    key = capsys.readouterr().out.strip()
    assert run("recording", "export", sitting, "--to", str(tmp_path / "out")) == 0
    events = tmp_path / "out" / sitting / "events.jsonl"
    arguments = ("recording", "verify", str(events), "--receipt", str(receipt), "--key", key)
    assert run(*arguments) == 0
    events.write_bytes(events.read_bytes().replace(b'"|"', b'"&"'))
    assert run(*arguments) == 1
    assert "BROKEN at record 6" in capsys.readouterr().err


def test_all_forms_of_a_recording_say_the_same(commands: House, tmp_path: Path) -> None:
    sitting, _ = sat(commands)
    archive = commands.parts.recordings.archive
    Sealer(store=commands.store, clock=commands.clock, archive=archive, workdir=tmp_path, keep_rows_ms=10**9).seal_due()
    for form in ("events", "parquet", "progsnap2"):
        assert run("recording", "export", sitting, "--format", form, "--to", str(tmp_path / form)) == 0
    log = read_taken(tmp_path / "events" / sitting / "events.jsonl")
    sealed = read_taken(tmp_path / "parquet" / f"{sitting}.parquet")
    assert log.bodies == sealed.bodies
    keys = Trusted(keys={commands.parts.signer.key: commands.parts.signer.public_key}, are_all=True)
    assert [judge(each, [], keys).broken for each in (log, sealed)] == [None, None]
    with commands.store.read() as session:
        replay = Replay(list(commands.parts.recordings.records(session, sitting)))
        downloads = session.scalars(select(AuditRow.after).where(AuditRow.action == "download")).all()
    dataset = progsnap.Dataset(tmp_path / "progsnap2")
    assert progsnap.complaints(dataset) == []
    for position, _, sections in dataset.codes(sitting):
        expected = {path: each.to_json() for path, each in replay.state_at(position).documents.items()}
        assert progsnap.documents(sections) == expected
    assert [json.loads(after)["format"] for after in downloads] == ["jsonl", "parquet", "jsonl"]


def test_an_export_with_everything_is_written_as_before(commands: House, tmp_path: Path) -> None:
    sitting, _ = sat(commands)
    assert run("export", "small", "--to", str(tmp_path)) == 0
    names = {str(file.relative_to(tmp_path / sitting)) for file in (tmp_path / sitting).rglob("*") if file.is_file()}
    assert names >= {"chain.json", "events.jsonl", "links.txt", "sitting.json", "submission.json"}
    assert (tmp_path / "scores.csv").is_file()
