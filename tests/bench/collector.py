"""How many events per second the real service stores durably, over HTTP, on SQLite, each answer signed.

A few senders at once, each with a sitting of its own. An acknowledged event is on disk: that is what is counted.
`collector_events_per_s` has batches of the size that a recorder sends in a burst (a paste, a reconnect, many cells).
`collector_people_typing` has what a notebook server sends while somebody types without a break, twice a second; it is
the number of people whose typing the one collector process keeps up with.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbassess_graders.publication import pack
from nbassess_hub.api_client import AdminClient
from nbassess_hub.demo.instance import demo_settings
from nbassess_hub.errors import HubError
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import FILE_VARIABLE, Settings, as_toml
from nbassess_recorder.forward import GATHER_S

from tests.bench.measure import Measurement, measured
from tests.bench.priority import ahead_of_others
from tests.bench.recordings import STARTED_MS, assessment

_SENDERS = 4
_ROUNDS = 5
_START_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What each sender sends in a round."""

    batches: int
    events: int


_BURST = Shape(batches=40, events=50)
_TYPING = Shape(batches=40, events=5)


def collector_events_per_s() -> list[Measurement]:
    """Send rounds of batches and count what was acknowledged."""
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-") as folder:
        settings = demo_settings(Settings(), state_dir=Path(folder), mode="local")
        with _service(settings), AdminClient.of(settings) as admin:
            admin.post_file("assessments", content=pack(assessment()).data)
            with ahead_of_others("python"):
                bursts = [_round(settings, admin, _BURST) for _ in range(_ROUNDS)]
                typing = [_round(settings, admin, _TYPING) for _ in range(_ROUNDS)]
    people = [rate / _TYPING.events * GATHER_S for rate in typing]
    return [
        measured("collector_events_per_s", bursts, "events/s"),
        measured("collector_people_typing", people, "people"),
    ]


@contextmanager
def _service(settings: Settings) -> Iterator[None]:
    for secret in Secret:
        read_or_create(settings.layout.secrets, secret)
    settings.layout.run.mkdir(parents=True)
    file = settings.layout.run / "settings.toml"
    file.write_text(as_toml(settings), encoding="utf-8")
    with (settings.layout.run / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nbassess_hub.service"],
            env={**_environment(), FILE_VARIABLE: str(file)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_up(settings, process)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NBASSESS_")}


def _wait_until_up(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _START_PATIENCE_S
    with AdminClient.of(settings) as client:
        while process.poll() is None and time.monotonic() < limit:
            try:
                client.get("assessments")
            except HubError:
                time.sleep(0.1)
            else:
                return
    log = (settings.layout.run / "service.log").read_text(errors="replace")
    raise RuntimeError(f"the service did not start:\n{log[-2000:]}")


def _round(settings: Settings, admin: AdminClient, shape: Shape) -> float:
    sittings = [
        admin.post(
            "synthetic",
            "sittings",
            json={
                "assessment": assessment().id,
                "candidate_name": f"Synthetic bench {sender}",
                "started_ms": STARTED_MS,
            },
        )["id"]
        for sender in range(_SENDERS)
    ]
    begun = time.perf_counter()
    with ThreadPoolExecutor(_SENDERS) as pool:
        acked = sum(pool.map(lambda sitting: _send(settings, sitting, shape), sittings))
    return acked / (time.perf_counter() - begun)


def _send(settings: Settings, sitting: str, shape: Shape) -> int:
    with AdminClient.of(settings) as client:
        for number in range(shape.batches):
            body = _batch(number * shape.events, shape.events)
            answer = client.post("sittings", sitting, "events", json=body, received_ms=STARTED_MS + number)
    return int(answer["position"])


def _batch(first: int, count: int) -> dict[str, Any]:
    events = [
        {
            "seq": seq,
            "t_ms": STARTED_MS + seq,
            "type": "edit",
            "path": "a/a.ipynb",
            "cell": "a-answer",
            "source": "type",
            "ops": [[seq, 0, "x"]],
        }
        for seq in range(first, first + count)
    ]
    return {"v": 1, "client": "00112233445566aa", "events": events}
