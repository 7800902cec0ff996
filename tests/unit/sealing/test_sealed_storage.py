"""Sealed files lie in a folder, in an S3 bucket, or wherever fsspec can put them: there wholly, or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbassess_events.codec import record_bytes
from nbassess_hub.errors import SealError, SettingsError
from nbassess_hub.sealing.archive import Archive, file_name
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.sealing.writer import write_sealed
from nbassess_hub.store.models import Seal

from tests.support.s3_server import S3, running_s3
from tests.support.sealing import SITTING, texts
from tests.unit.sealing.test_sealed_tampering import RECORDS

S3_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """A real S3 server with one bucket."""
    with running_s3() as server:
        server.make_bucket("exams")
        yield server


@pytest.fixture(params=["folder", "s3", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """The same promises on every kind of storage."""
    if request.param == "folder":
        return Storage.of(str(tmp_path / "recordings"))
    if request.param == "memory":
        return Storage.of(f"memory://{tmp_path.name}")
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server: S3 = request.getfixturevalue("s3")
    return Storage.of(server.url(f"exams/{tmp_path.name}"))


def sealed_draft(folder: Path) -> tuple[Path, Seal]:
    draft = folder / "draft.parquet"
    written = write_sealed(draft, SITTING, lambda: texts(RECORDS), None)
    content = draft.read_bytes()
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "records": written.records}
    return draft, Seal(sitting_id=SITTING, url="", head=written.head, sealed_ms=0, **facts)


def test_a_sealed_recording_is_stored_checked_and_read_back(storage: Storage, tmp_path: Path) -> None:
    draft, seal = sealed_draft(tmp_path)
    name = file_name(SITTING, seal.head)
    assert not storage.exists(name)
    storage.put(draft, name)
    storage.put(draft, name)
    assert storage.exists(name)
    archive = Archive(storage)
    with archive.check(seal) as recording:
        assert [record_bytes(record) for record in recording.records()] == [record_bytes(one) for one in RECORDS]
        assert recording.state_at(2).position == 2
    assert archive.content(seal) == draft.read_bytes()


def test_a_large_file_is_read_in_parts(storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbassess_hub.sealing.archive._FETCHED_BYTES", 0)
    draft, seal = sealed_draft(tmp_path)
    storage.put(draft, file_name(SITTING, seal.head))
    with Archive(storage).check(seal) as recording:
        assert list(recording.bodies(after=3, until=6)) == texts(RECORDS)[3:6]
    seal.bytes += 1
    with pytest.raises(SealError, match="sealed were"):
        Archive(storage).open(seal)


def test_a_file_that_is_not_there_is_lost_and_not_empty(storage: Storage, tmp_path: Path) -> None:
    _, seal = sealed_draft(tmp_path)
    name = file_name(SITTING, seal.head)
    with pytest.raises(SealError, match=f"{name}: the sealed recording of sitting {SITTING} is not there"):
        Archive(storage).open(seal)


def test_another_file_in_its_place_is_not_taken_for_it(storage: Storage, tmp_path: Path) -> None:
    draft, seal = sealed_draft(tmp_path)
    draft.write_bytes(draft.read_bytes()[:-1] + b"?")
    storage.put(draft, file_name(SITTING, seal.head))
    with pytest.raises(SealError, match="another SHA-256"):
        Archive(storage).check(seal)


def test_an_s3_server_that_does_not_answer_is_an_error_that_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in S3_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    draft, seal = sealed_draft(tmp_path)
    storage = Storage.of("s3://exams/x?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1")
    with pytest.raises(SealError, match=r"s3://exams/x/.*cannot be written"):
        storage.put(draft, "y")
    with pytest.raises(SealError, match=r"s3://exams/x/.*cannot be reached"):
        Archive(storage).open(seal)


@pytest.mark.parametrize("url", ["nosuch://place", "s3://exams?nosuch=1"])
def test_a_url_that_names_no_place_is_refused_with_the_settings_name(url: str) -> None:
    with pytest.raises(SettingsError, match=r"recordings\.url is .*which names no place"):
        Storage.of(url)


def test_a_folder_may_be_given_with_or_without_a_scheme_and_holds_only_finished_files(tmp_path: Path) -> None:
    draft, _ = sealed_draft(tmp_path)
    for number, url in enumerate((str(tmp_path / "a"), f"file://{tmp_path / 'a'}")):
        Storage.of(url).put(draft, f"{number}.parquet")
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == ["0.parquet", "1.parquet"]
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


def test_credentials_in_a_url_are_never_shown() -> None:
    storage = Storage.of("s3://key:secret@exams/x?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1")
    assert storage.url_of("y") == "s3://exams/x/y"
