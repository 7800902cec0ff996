"""What one keystroke costs the Jupyter server, in CPU time and in bytes, next to other ways to record it.

One real server holds our recorder and the peers; all get the same keystrokes, in rounds that take turns, so that what
else the machine does meets all of them. CPU is that of the whole server process, all threads.

- Ours: batches over the WebSocket as the page makes them (200 ms), into the journal with fsync, and on to a collector
  in another process. The server lets batches wait half a second for others before it sends them on; here time runs
  faster, so what belongs together is sent together, and the next group waits until the collector has it. Nothing is
  made cheaper by larger requests than a person's typing gives.
- jupyterlab-pioneer: one POST per keystroke, its file exporter. No sequence, no fsync, and nothing is sent on.
- jupyter_events: one POST to api/events per keystroke; the server's EventLogger, a schema for the same facts, a file.
- EventLogger alone: `emit` in this process. Nothing travels: it is the floor of that library.

Stored bytes are those of the journal and of the files. Travelled bytes are counted at the page's socket, both ways.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbassess_recorder.forward import GATHER_S

from tests.bench.event_logger_peer import LOG_VARIABLE, SCHEMA_ID, event_body, event_logger, write_configuration
from tests.bench.keystrokes import Keystroke, batches, event_data, keystrokes, pioneer_body, together
from tests.bench.measure import Measurement, measured
from tests.bench.peers import pioneer
from tests.bench.recordings import REPO
from tests.bench.wire import Poster, Stream
from tests.support.ports import free_port
from tests.support.recorder_lab import lab, own_directory
from tests.support.recorder_service import RecorderService, serving

_KEYSTROKES = 3_000
_ROUNDS = 10
_GATHER_S = 0.005
_CLIENT = "00112233445566aa"


@dataclass(slots=True, kw_only=True)
class Way:
    """One way to record keystrokes, and what each round of them cost per keystroke."""

    send: Callable[[Sequence[Keystroke]], None]
    file: Path
    pid: int
    moved: Callable[[], int] = int
    cpu_us: list[float] = field(default_factory=list)
    stored_bytes: list[float] = field(default_factory=list)
    moved_bytes: list[float] = field(default_factory=list)

    def run(self, part: Sequence[Keystroke]) -> None:
        """Send one round and measure it."""
        before = self._read()
        self.send(part)
        cpu_ns, stored, moved = (now - then for now, then in zip(self._read(), before, strict=True))
        self.cpu_us.append(cpu_ns / 1000 / len(part))
        self.stored_bytes.append(stored / len(part))
        self.moved_bytes.append(moved / len(part))

    def _read(self) -> tuple[int, int, int]:
        clock = (~self.pid << 3) | 2  # Linux: the CPU clock of another process, see clock_getcpuclockid(3)
        stored = self.file.stat().st_size if self.file.exists() else 0
        return time.clock_gettime_ns(clock), stored, self.moved()


def delivery(count: int = _KEYSTROKES, rounds: int = _ROUNDS) -> list[Measurement]:
    """Send the keystrokes each way, in rounds that take turns."""
    strokes, size = keystrokes(count), count // rounds
    with tempfile.TemporaryDirectory(prefix="nbassess-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        port = stack.enter_context(_server(folder))
        ways = _ways(folder, port, stack)
        for first in range(0, size * rounds, size):
            for way in ways:
                way.run(strokes[first : first + size])
    return _rows(*ways)


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    peer, port, own = pioneer(), free_port(), folder / "config"
    write_configuration(own)
    recorder = {"RecorderApp": {"gather_s": _GATHER_S}}
    (own / "jupyter_server_config.json").write_text(json.dumps(recorder), encoding="utf-8")
    variables = {
        "PYTHONPATH": f"{peer}:{REPO}",
        "JUPYTER_CONFIG_PATH": f"{own_directory('etc')}:{peer / 'etc' / 'jupyter'}:{own}",
        LOG_VARIABLE: str(folder / "posted.log"),
    }
    service = RecorderService(problems=[], files={})
    with serving(service), lab(service, folder, port=port, variables=variables):
        yield port


def _ways(folder: Path, port: int, stack: ExitStack) -> tuple[Way, Way, Way, Way]:
    pid, pioneers = _pid(port), folder / "pioneer.json"
    stream = stack.enter_context(Stream(port))
    export = stack.enter_context(closing(Poster(port, "/jupyterlab-pioneer/export")))
    events = stack.enter_context(closing(Poster(port, "/api/events")))
    logger = stack.enter_context(event_logger(folder / "emitted.log"))

    def post_to_pioneer(part: Sequence[Keystroke]) -> None:
        for stroke in part:
            export.post(pioneer_body(stroke, str(pioneers)))

    def post_event(part: Sequence[Keystroke]) -> None:
        for stroke in part:
            events.post(event_body(event_data(stroke)))

    def emit(part: Sequence[Keystroke]) -> None:
        for stroke in part:
            logger.emit(schema_id=SCHEMA_ID, data=event_data(stroke))

    journal = folder / "journal" / "events.jsonl"
    return (
        Way(send=lambda part: _stream(stream, part), file=journal, pid=pid, moved=lambda: stream.moved),
        Way(send=post_to_pioneer, file=pioneers, pid=pid, moved=lambda: export.moved),
        Way(send=post_event, file=folder / "posted.log", pid=pid, moved=lambda: events.moved),
        Way(send=emit, file=folder / "emitted.log", pid=psutil.Process().pid),
    )


def _pid(port: int) -> int:
    found = [each for each in psutil.Process().children() if f"--ServerApp.port={port}" in each.cmdline()]
    return int(found[0].pid)


def _stream(stream: Stream, part: Sequence[Keystroke]) -> None:
    for group in together(batches(part, client=_CLIENT), GATHER_S):
        stream.send([batch.text for batch in group], last_seq=group[-1].last_seq)


def _rows(ours: Way, pioneers: Way, posted: Way, emitted: Way) -> list[Measurement]:
    peers = {
        "jupyterlab-pioneer (POST per event)": pioneers,
        "jupyter_events (POST per event)": posted,
        "EventLogger.emit alone (nothing travels)": emitted,
    }
    rows = [_row("event_cpu_us", "us", ours.cpu_us, name, peer.cpu_us) for name, peer in peers.items()]
    for name, peer in peers.items():
        rows.append(_row("event_bytes", "B stored", ours.stored_bytes, name, peer.stored_bytes))
        if peer is not emitted:
            rows.append(_row("event_travel_bytes", "B sent", ours.moved_bytes, name, peer.moved_bytes))
    return sorted(rows, key=lambda row: row.name)


def _row(name: str, unit: str, values: list[float], peer: str, peer_values: list[float]) -> Measurement:
    return measured(name, values, unit, peer=peer, ratio=statistics.median(peer_values) / statistics.median(values))
