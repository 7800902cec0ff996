"""`nbassess recording`: what is written can be checked anywhere, and the check says what was done to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nbassess_events import chain
from nbassess_hub.console.terminal import Invocation
from nbassess_hub.errors import NotFound
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Instance

from tests.support import progsnap
from tests.unit.cli.fake_service import PUBLIC_KEY, PUBLISHED, RECORDS, SITTING, FakeService, head_of, signed
from tests.unit.cli.test_cli_commands import run

Capture = pytest.CaptureFixture[str]
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(Invocation, "service", lambda _self: fake.opened())
    return fake


@pytest.fixture
def events(service: FakeService, tmp_path: Path, capsys: Capture) -> Path:
    assert run("recording", "export", SITTING, "--to", str(tmp_path / "out")) == 0
    capsys.readouterr()
    return tmp_path / "out" / SITTING / "events.jsonl"


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, events: Path, tmp_path: Path) -> Path:
    """Another computer: no instance, no service."""

    def nobody(_self: Invocation) -> None:
        raise NotFound("there is no instance here")

    monkeypatch.setattr(Invocation, "service", nobody)
    settings = Settings(instance=Instance(state_dir=str(tmp_path / "none")))
    monkeypatch.setattr(Invocation, "settings", lambda _self: settings)
    return events


def rewrite(events: Path, change: Callable[[list[bytes]], None]) -> None:
    lines = events.read_bytes().splitlines()
    change(lines)
    events.write_bytes(b"".join(line + b"\n" for line in lines))


def make_anew(events: Path, *, key: Ed25519PrivateKey | None = None) -> None:
    """Rewrite links, head and, with a key of one's own, the signature too: what a forger with the files can do."""
    head, links = chain.genesis(SITTING), []
    for line in events.read_bytes().splitlines():
        head = chain.link(head, line)
        links.append(head)
    (events.parent / "links.txt").write_text("\n".join(links) + "\n")
    about = json.loads((events.parent / "chain.json").read_text()) | {"head": head, "records": len(links)}
    if key is not None:
        about["signed"] = signed(head, position=len(links), key=key)
        public = key.public_key().public_bytes_raw().hex()
        about["keys"] = [{"key": about["signed"]["key"], "algorithm": "Ed25519", "public_key": public}]
    (events.parent / "chain.json").write_text(json.dumps(about))


def change_second(lines: list[bytes]) -> None:
    lines[1] = lines[1].replace(b'"source":""', b'"source":"x"')


def test_an_exported_event_log_is_verified_with_the_instances_key(events: Path, capsys: Capture) -> None:
    assert run("recording", "verify", str(events)) == 0
    told = capsys.readouterr()
    assert told.out == head_of(RECORDS) + "\n"
    assert "3 records, unbroken" in told.err
    assert f"signed with key {PUBLISHED['key']}" in told.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (change_second, "BROKEN at record 2 (received 1970-01-01 00:00 UTC), changed"),
        (lambda lines: lines.pop(1), "BROKEN at record 2 (received 1970-01-01 00:00 UTC), missing"),
        (lambda lines: lines.insert(1, lines[0]), "BROKEN at record 2 (received 1970-01-01 00:00 UTC), inserted"),
        (lambda lines: lines.reverse(), "BROKEN at record 1 (received 1970-01-01 00:00 UTC), reordered"),
        (lambda lines: lines.pop(), "BROKEN at record 3, truncated"),
        (lambda lines: lines.append(lines[2]), "BROKEN at record 4 (received 1970-01-01 00:00 UTC), inserted"),
        (
            lambda lines: lines.__setitem__(2, lines[2].replace(b'"received_ms":3000', b'"received_ms":3999')),
            "BROKEN at record 3 (received 1970-01-01 00:00 UTC), re-dated",
        ),
        (lambda lines: lines.__setitem__(1, b"{"), "BROKEN at record 2, changed"),
    ],
)
def test_the_first_broken_record_is_named_with_what_happened_to_it(
    events: Path, capsys: Capture, change: Callable[[list[bytes]], Any], says: str
) -> None:
    """threats R07"""
    rewrite(events, change)
    assert run("recording", "verify", str(events)) == 1
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""


def test_a_recording_made_anew_fits_no_signature_receipt_or_published_head(
    events: Path, tmp_path: Path, capsys: Capture
) -> None:
    """threats R07: whoever has the files, but not the key"""
    receipt, published, jsonl = (tmp_path / name for name in ("receipt.json", "heads-x-2026-11-23.json", "heads.jsonl"))
    early = signed(head_of(RECORDS[:1]), position=1)
    receipt.write_text(json.dumps({"receipt": {**signed(head_of(RECORDS)), "signed_ms": 9_000}}))
    published.write_text(json.dumps({"heads": [{"sitting": "other"}, {"sitting": SITTING, **early}]}))
    jsonl.write_text(json.dumps(signed(head_of(RECORDS))) + "\n")
    for option in (["--receipt", str(receipt)], ["--heads", str(published)], ["--heads", str(jsonl)]):
        assert run("recording", "verify", str(events), *option) == 0, option
    capsys.readouterr()
    rewrite(events, change_second)
    make_anew(events)
    assert run("recording", "verify", str(events)) == 1
    assert "the signed head in chain.json does not fit" in capsys.readouterr().err
    make_anew(events, key=STRANGER)
    assert run("recording", "verify", str(events)) == 1
    assert "is not known here" in capsys.readouterr().err
    for option in (["--receipt", str(receipt)], ["--heads", str(jsonl)], ["--head", head_of(RECORDS)]):
        assert run("recording", "verify", str(events), *option) == 1, option
        assert "was changed, and the links were made anew" in capsys.readouterr().err
    assert run("recording", "verify", str(events), "--heads", str(published), "--receipt", str(receipt)) == 1
    assert "BROKEN at record 2" in capsys.readouterr().err


def test_heads_and_receipts_that_are_of_another_sitting_are_refused_and_prove_nothing(
    events: Path, tmp_path: Path, capsys: Capture
) -> None:
    """threats R07: neither a comparison that never happened, nor a false alarm"""
    receipt, published, jsonl = (tmp_path / name for name in ("receipt.json", "heads-x-2026-11-23.json", "heads.jsonl"))
    other = {"sitting": "other", **signed("0" * 64)}
    receipt.write_text(json.dumps({"receipt": {**other, "signed_ms": 9_000}}))
    published.write_text(json.dumps({"heads": [other]}))
    jsonl.write_text(json.dumps(other) + "\n")
    for option, file, says in (
        ("--receipt", receipt, "is the receipt of sitting other"),
        ("--heads", published, f"holds no head of sitting {SITTING}; take the list of a day on which it was recorded"),
        ("--heads", jsonl, f"holds no head of sitting {SITTING}"),
    ):
        assert run("recording", "verify", str(events), option, str(file)) == 3, option
        assert says in capsys.readouterr().err.replace("\n", " ")
    mine = {"heads": [{"sitting": SITTING, **signed(head_of(RECORDS))}]}
    published.write_text(json.dumps(mine | {"key": PUBLISHED["key"], "signature": "00" * 64}))
    assert run("recording", "verify", str(events), "--heads", str(published)) == 3
    assert "its signature does not hold" in capsys.readouterr().err.replace("\n", " ")


def test_without_the_instance_a_key_that_came_with_the_file_is_not_taken_for_proof(away: Path, capsys: Capture) -> None:
    assert run("recording", "verify", str(away)) == 0
    assert "A public key came with the file" in capsys.readouterr().err
    assert run("recording", "verify", str(away), "--key", PUBLIC_KEY.hex()) == 0
    assert "came with the file" not in capsys.readouterr().err
    make_anew(away, key=STRANGER)
    assert run("recording", "verify", str(away), "--key", PUBLIC_KEY.hex()) == 1
    assert "is not known here" in capsys.readouterr().err


def test_an_export_of_before_has_no_links_and_is_still_checked(away: Path, capsys: Capture) -> None:
    (away.parent / "links.txt").unlink()
    about = {"sitting": SITTING, "records": 3, "head": head_of(RECORDS)}
    (away.parent / "chain.json").write_text(json.dumps(about))
    assert run("recording", "verify", str(away)) == 0
    assert "nobody signed them: give --receipt" in capsys.readouterr().err
    rewrite(away, change_second)
    assert run("recording", "verify", str(away)) == 1
    assert "a record from 1 to 3 was changed" in capsys.readouterr().err


def test_what_is_incomplete_is_told_and_is_not_broken(away: Path, capsys: Capture) -> None:
    change = b'{"cell":"x","ops":[[99,0,"1"]],"path":"a/a.ipynb","seq":3,"source":"type","t_ms":4000,"type":"edit"}'
    line = b'{"client":"00112233445566aa","event":%b,"position":4,"received_ms":4000}' % change
    rewrite(away, lambda lines: lines.append(line))
    make_anew(away, key=STRANGER)
    assert run("recording", "verify", str(away)) == 0
    told = capsys.readouterr().err
    assert "Record incomplete from 00:00:02 to 00:00:03 (a/a.ipynb)" in told
    assert "cheat" not in told
    assert run("recording", "verify", str(away), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["is_verified"], found["broken"], found["findings"][0]["kind"]) == (True, None, "gap")


def test_records_that_were_added_behind_the_receipt_are_found(away: Path, tmp_path: Path, capsys: Capture) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps({**signed(head_of(RECORDS)), "signed_ms": 9_000}))
    rewrite(away, lambda lines: lines.append(lines[2]))
    make_anew(away)
    assert run("recording", "verify", str(away), "--receipt", str(receipt)) == 1
    assert (
        "BROKEN at record 4 (received 1970-01-01 00:00 UTC), inserted: 1 records stand behind"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda events: events.unlink(), "cannot be read"),
        (lambda events: (events.parent / "chain.json").unlink(), "name the sitting with --sitting"),
        (lambda events: (events.parent / "chain.json").write_text("[]"), "chain.json: cannot be read"),
    ],
)
def test_what_cannot_be_checked_is_another_exit_code(
    events: Path, capsys: Capture, prepare: Callable[[Path], object], says: str
) -> None:
    prepare(events)
    assert run("recording", "verify", str(events)) == 3
    assert says in capsys.readouterr().err


def test_a_bare_event_log_is_checked_with_a_sitting_and_a_head(away: Path, capsys: Capture) -> None:
    (away.parent / "chain.json").unlink()
    (away.parent / "links.txt").unlink()
    assert run("recording", "verify", str(away), "--sitting", SITTING) == 3
    assert "nothing to compare it with" in capsys.readouterr().err
    assert run("recording", "verify", str(away), "--sitting", SITTING, "--head", head_of(RECORDS)) == 0
    assert run("recording", "verify", str(away), "--sitting", SITTING, "--head", "0" * 64) == 1
    assert run("recording", "verify", str(away), "--key", "xyz") == 3


def test_a_progsnap_dataset_of_an_assessment_names_nobody(service: FakeService, tmp_path: Path) -> None:
    assert run("recording", "export", "made-up", "--format", "progsnap2", "--to", str(tmp_path / "ds")) == 0
    dataset = progsnap.Dataset(tmp_path / "ds")
    assert progsnap.complaints(dataset) == []
    assert {row["SubjectID"] for row in dataset.rows} == {SITTING}
    assert next(row["Score"] for row in dataset.rows if row["EventType"] == "Submit") == "0.66"
    written = b"".join(file.read_bytes() for file in (tmp_path / "ds").rglob("*") if file.is_file())
    assert service.candidate.encode() not in written
    assert run("recording", "export", "made-up", "--format", "progsnap2", "--to", str(tmp_path / "ds")) == 1


def test_a_sealed_file_is_written_as_it_is(service: FakeService, tmp_path: Path) -> None:
    assert run("recording", "export", SITTING, "--format", "parquet", "--to", str(tmp_path)) == 0
    assert (tmp_path / f"{SITTING}.parquet").read_bytes() == b"PAR1 as it was sealed"
    assert service.downloads == ["parquet"]
    assert run("recording", "export", SITTING, "--format", "parquet", "--to", str(tmp_path)) == 1
    assert run("recording", "verify", str(tmp_path / f"{SITTING}.parquet")) == 3


def test_the_key_and_the_heads_of_a_day_are_printed(service: FakeService, capsys: Capture) -> None:
    assert run("recording", "key") == 0
    assert capsys.readouterr().out == PUBLIC_KEY.hex() + "\n"
    assert run("recording", "heads", "--day", "2026-11-23") == 0
    assert json.loads(capsys.readouterr().out)["day"] == "2026-11-23"
    assert run("recording", "heads", "--day", "yesterday") == 1
