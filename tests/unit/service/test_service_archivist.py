"""The archivist as it runs: a process that seals and drops, and may be killed at any moment."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbassess_hub.sealing.archivist import Duty, work
from nbassess_hub.sealing.sealer import clear_drafts
from nbassess_hub.store.models import Event, Seal
from sqlalchemy import func, select

from tests.support.house import House, batch, opened, typed, url, wait_until

PATIENCE_S = 90.0


@contextmanager
def archivist(house: House, store_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the process on a house's database; rows are dropped at once."""
    settings = {
        "NBASSESS_INSTANCE__STATE_DIR": house.parts.settings.instance.state_dir,
        "NBASSESS_SERVICE__DATABASE_URL": store_url,
        "NBASSESS_RECORDINGS__KEEP_ROWS_DAYS": "0",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NBASSESS_")}
    command = [sys.executable, "-m", "nbassess_hub.sealing.archivist"]
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=kept | settings, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def ended(house: House, name: str) -> str:
    sitting = house.running(name)
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(), *(typed(seq, "x") for seq in range(1, 30))))
    server.post(url("api/sitting/submit"), json={})
    return sitting


def count(house: House, table: type) -> int:
    with house.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_process_seals_and_drops_what_has_ended_and_ends_when_asked(
    house: House, store_url: str, tmp_path: Path
) -> None:
    sittings = [ended(house, name) for name in ("Ada", "Bob")]
    before = [house.admin().get(url(f"api/sittings/{sitting}/events")).content for sitting in sittings]
    with archivist(house, store_url, tmp_path / "log") as process:
        wait_until(lambda: (count(house, Seal), count(house, Event)) == (2, 0), within_s=PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, (tmp_path / "log").read_text()
    after = [house.admin().get(url(f"api/sittings/{sitting}/events")).content for sitting in sittings]
    assert after == before
    assert list(house.parts.settings.layout.run.iterdir()) == []


def test_a_killed_archivist_leaves_nothing_half_done(house: House, store_url: str, tmp_path: Path) -> None:
    """Killed as soon as there is a first file, wherever it was then; the next one goes on."""
    sittings = [ended(house, name) for name in ("Ada", "Bob", "Eve")]
    before = [house.admin().get(url(f"api/sittings/{sitting}/events")).content for sitting in sittings]
    place = Path(house.parts.settings.recordings_url)
    with archivist(house, store_url, tmp_path / "log") as process:
        wait_until(lambda: place.is_dir() and any(place.iterdir()), within_s=PATIENCE_S)
        process.kill()
    with archivist(house, store_url, tmp_path / "log"):
        wait_until(lambda: (count(house, Seal), count(house, Event)) == (3, 0), within_s=PATIENCE_S)
    assert sorted(file.suffix for file in place.iterdir()) == [".parquet"] * 3
    left = house.parts.settings.layout.run / f"sealing-{process.pid}-draft"
    left.mkdir(exist_ok=True)
    clear_drafts(left.parent)
    assert list(left.parent.iterdir()) == []
    after = [house.admin().get(url(f"api/sittings/{sitting}/events")).content for sitting in sittings]
    assert after == before


def test_settings_that_name_no_place_end_it_with_a_sentence(house: House, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbassess_hub.sealing.archivist"]
    settings = {
        "NBASSESS_INSTANCE__STATE_DIR": house.parts.settings.instance.state_dir,
        "NBASSESS_RECORDINGS__URL": "nosuch://place",
        "NBASSESS_SERVICE__DATABASE_URL": house.store.engine.url.render_as_string(hide_password=False),
    }
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert "recordings.url is 'nosuch://place', which names no place" in done.stderr


def test_a_duty_that_fails_keeps_the_others_from_nothing(caplog: pytest.LogCaptureFixture) -> None:

    stopping, rounds = threading.Event(), list[str]()

    def fails() -> list[str]:
        raise ConnectionError("the database is away")

    def counts() -> list[str]:
        rounds.append("round")
        if len(rounds) == 3:
            stopping.set()
        return []

    def comes_seldom() -> list[str]:
        seldom.append("round")
        return []

    seldom = list[str]()
    duties = [Duty(do=fails), Duty(do=comes_seldom, every_s=3600), Duty(do=counts)]
    work(duties, stopping, round_s=0.001)
    assert (len(rounds), len(seldom)) == (3, 1)
    assert "fails failed; trying again" in caplog.text
