"""Recordings for those who may read them: checked, downloaded, and never by anybody else."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from nbassess_events import chain
from nbassess_events.document import canonical_bytes
from nbassess_hub import downloads
from nbassess_hub.integrity import checks
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.sealing.sealer import Sealer
from nbassess_hub.store.models import AuditRow
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from tests.support import progsnap
from tests.support.house import House, batch, opened, typed, url


def recorded(house: House, letters: str = "abc") -> str:
    """A running sitting with some typing."""
    sitting = house.running()
    events = [opened(source=""), *(typed(n, letter, at=n - 1) for n, letter in enumerate(letters, start=1))]
    answer = house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(*events))
    assert answer.status_code == 200, answer.text
    return sitting


def reviewer(house: House) -> Any:
    return house.server("staff-ray", "reviewers")


def records(house: House, sitting: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reviewer(house).get(url(f"api/sittings/{sitting}/events")).json()["records"]
    return found


def integrity(house: House, sitting: str) -> dict[str, Any]:
    answer = reviewer(house).get(url(f"api/sittings/{sitting}/integrity"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def tamper(house: House, statement: str) -> None:
    """Do what only somebody with the database in hands can do."""
    with house.store.write() as session:
        if house.store.engine.dialect.name == "sqlite":
            names = session.scalars(text("select name from sqlite_master where type='trigger' and tbl_name='events'"))
            for name in names.all():
                session.execute(text(f"drop trigger {name}"))
        else:
            session.execute(text("alter table events disable trigger user"))
        session.execute(text(statement))


@pytest.mark.parametrize("page", ["integrity", "recording", "recording?format=progsnap2", "bundle"])
def test_only_who_may_read_recordings_gets_them(house: House, page: str) -> None:
    """threats H02, I14: default deny"""
    sitting = recorded(house)
    seen = {
        group: house.server(user, group).get(url(f"api/sittings/{sitting}/{page}")).status_code
        for user, group in (
            *((f"s-{sitting}", "candidates"), ("staff-kim", "coordinators")),
            *(("staff-ray", "reviewers"), ("staff-max", "managers")),
        )
    }
    assert seen == {"candidates": 403, "coordinators": 403, "reviewers": 200, "managers": 200}
    assert house.browser().get(url(f"api/sittings/{sitting}/{page}")).status_code == 401
    assert reviewer(house).get(url(f"api/sittings/nobody/{page}")).status_code == 404


def test_a_whole_recording_is_verified(house: House) -> None:
    sitting = recorded(house)
    found = integrity(house, sitting)
    shown = house.admin().get(url(f"api/sittings/{sitting}")).json()
    assert (found["sitting"], found["position"], found["head"]) == (sitting, 4, shown["head"])
    assert (found["is_verified"], found["broken"]) == (True, None)
    assert found["signed"]["key"] == house.browser().get(url("api/keys")).json()["keys"][0]["key"]
    assert (found["is_compared"], found["findings"]) == (True, [])


@pytest.mark.parametrize(
    ("statement", "position", "kind"),
    [
        ("update events set body = replace(body, '\"b\"', '\"z\"') where position = 3", 3, "changed"),
        ("delete from events where position = 2", 2, "missing"),
        ("delete from events where position = 4", 4, "truncated"),
        ("update events set body = 'x' where position = 2", 2, "changed"),
    ],
)
def test_a_record_that_was_changed_in_the_database_is_named(
    house: House, statement: str, position: int, kind: str
) -> None:
    """threats R07"""
    sitting = recorded(house)
    tamper(house, statement)
    found = integrity(house, sitting)
    assert (found["is_verified"], found["broken"]["position"], found["broken"]["kind"]) == (False, position, kind)


def test_a_recording_made_anew_with_its_links_does_not_fit_the_signed_head(house: House) -> None:
    """threats R07: whoever has the database, but not the key, cannot sign another head"""
    sitting = recorded(house, "ab")
    head = chain.genesis(sitting)
    for position, record in enumerate(records(house, sitting), start=1):
        body = canonical_bytes(record).replace(b'"b"', b'"z"')
        head = chain.link(head, body)
        sql = f"update events set body = '{body.decode()}', hash = '{head}' where position = {position}"
        tamper(house, sql.replace(":", "\\:"))
    tamper(house, f"update sittings set head = '{head}'")
    found = integrity(house, sitting)
    assert (found["is_verified"], found["broken"]["kind"]) == (False, "rewritten")
    assert "signed" in found["broken"]["message"]


def test_a_hole_in_the_recording_is_told_as_incomplete_and_never_as_more(house: House) -> None:
    sitting = recorded(house)
    broken_edit = typed(4, "x", at=999)
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(broken_edit))
    findings = integrity(house, sitting)["findings"]
    assert [(each["kind"], each["from_position"], each["to_position"]) for each in findings] == [("gap", 4, 5)]
    assert findings[0]["text"].startswith("Record incomplete from 00:00:00 to 00:00:00")


def test_a_recording_that_is_too_large_to_compare_has_its_links_checked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """threats R10: memory is bounded, whatever a candidate sends"""
    monkeypatch.setattr(checks, "MAX_COMPARED_BYTES", 300)
    found = integrity(house, recorded(house))
    assert (found["is_verified"], found["is_compared"], found["findings"]) == (True, False, [])


def test_a_check_is_made_once_for_a_position_and_seldom_while_somebody_types(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = recorded(house)
    done: list[str] = []
    real = checks.check

    def counted(session: Session, recordings: Recordings, wanted: str) -> checks.Integrity:
        done.append(wanted)
        return real(session, recordings, wanted)

    monkeypatch.setattr(checks, "check", counted)
    server = house.server(f"s-{sitting}")
    assert [integrity(house, sitting)["position"] for _ in range(3)] == [4, 4, 4]
    server.post(url("api/sitting/events"), json=batch(typed(4, "d")))
    assert [integrity(house, sitting)["position"], len(done)] == [4, 1]
    house.clock.advance(seconds=11)
    assert [integrity(house, sitting)["position"], len(done)] == [5, 2]
    house.clock.advance(seconds=601)
    assert [integrity(house, sitting)["position"], len(done)] == [5, 3]


def test_a_download_holds_no_connection_while_its_reader_is_slow(house: House) -> None:
    """threats R10: forty of them would leave none for the collector"""
    sitting = recorded(house)
    kept = downloads.Kept(store=house.store, recordings=house.parts.recordings, sitting=sitting, position=4)
    pool = house.store.engine.pool
    assert isinstance(pool, QueuePool)
    before = pool.checkedout()
    lines = kept.lines()
    assert next(lines).count(b"\n") == 4
    assert pool.checkedout() == before


def test_the_event_log_is_downloaded_as_it_is_hashed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_PAGE_RECORDS", 2)
    sitting = recorded(house)
    answer = reviewer(house).get(url(f"api/sittings/{sitting}/recording?format=jsonl"))
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == f'attachment; filename="nbassess-{sitting}-events.jsonl"'
    head = chain.genesis(sitting)
    lines = answer.content.splitlines()
    for line in lines:
        head = chain.link(head, line)
    assert (str(len(lines)), head) == (answer.headers["x-recording-records"], answer.headers["x-recording-head"])


def test_a_progsnap_dataset_is_downloaded_and_leaves_nothing_behind(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    sitting = recorded(house)
    answer = reviewer(house).get(url(f"api/sittings/{sitting}/recording?format=progsnap2"))
    name = f"nbassess-{sitting}-progsnap2"
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    dataset = progsnap.Dataset(tmp_path / name)
    assert progsnap.complaints(dataset) == []
    assert {row["SubjectID"] for row in dataset.rows} == {sitting}
    assert b"Ada" not in b"".join(file.read_bytes() for file in (tmp_path / name).rglob("*.csv"))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_is_not_sealed_cannot_be_downloaded_as_a_sealed_file(house: House) -> None:
    answer = reviewer(house).get(url(f"api/sittings/{recorded(house)}/recording?format=parquet"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_sealed")


def test_every_download_is_in_the_audit(house: House) -> None:
    """threats I16: who, what"""
    sitting = recorded(house)
    for wanted in ("jsonl", "progsnap2"):
        reviewer(house).get(url(f"api/sittings/{sitting}/recording?format={wanted}"))
    reviewer(house).get(url(f"api/sittings/{sitting}/recording?format=exe"))
    with house.store.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "download").order_by(AuditRow.id)).all()
    seen = [(row.actor, row.subject, json.loads(row.after)["format"]) for row in rows]
    assert seen == [("staff-ray", f"sitting:{sitting}", wanted) for wanted in ("jsonl", "progsnap2")]


def test_a_recording_of_a_sitting_that_goes_on_is_what_it_was_when_the_download_began(house: House) -> None:
    sitting = recorded(house)
    kept = downloads.Kept(store=house.store, recordings=house.parts.recordings, sitting=sitting, position=3)
    assert [record.position for record in kept.records()] == [1, 2, 3]
    assert b"".join(kept.lines()).count(b"\n") == 3


def test_the_bundle_is_what_the_candidate_was_given(house: House) -> None:
    sitting = recorded(house)
    own = house.server(f"s-{sitting}").get(url("api/sitting/bundle")).json()
    assert reviewer(house).get(url(f"api/sittings/{sitting}/bundle")).json() == own
    assert own["files"] != []
    assert [file["path"] for file in own["files"] if "grading" in file["path"]] == []


@pytest.fixture
def sealer(house: House, tmp_path: Path) -> Sealer:
    archive = house.parts.recordings.archive
    return Sealer(store=house.store, clock=house.clock, archive=archive, workdir=tmp_path, keep_rows_ms=1)


def test_a_sealed_recording_is_checked_and_handed_out_the_same_when_its_rows_are_gone(
    house: House, sealer: Sealer
) -> None:
    sitting = recorded(house)
    house.server(f"s-{sitting}").post(url("api/sitting/submit"), json={})
    page = url(f"api/sittings/{sitting}/recording?format=")
    before = reviewer(house).get(page + "jsonl").content
    sealer.seal_due()
    house.clock.advance(seconds=1_000)
    assert sealer.drop_due() == [sitting]
    found = integrity(house, sitting)
    assert (found["is_verified"], found["position"], found["findings"]) == (True, 4, [])
    assert reviewer(house).get(page + "jsonl").content == before
    answer = reviewer(house).get(page + "parquet")
    assert answer.headers["content-disposition"] == f'attachment; filename="nbassess-{sitting}.parquet"'
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    sealed = SealedRecording(io.BytesIO(answer.content), "downloaded")
    assert "".join(f"{body}\n" for body in sealed.bodies()).encode() == before
