"""The candidate's side of the service's API, in memory: what the recorder talks to in its own tests.

A real HTTP server that follows the contract (sequence without holes, idempotent repeats, submit once). It never serves
anything but tests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nbassess_events.codec import parse_batch
from nbassess_events.errors import EventsError
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay

Json = dict[str, Any]
PREFIX = "/services/nbassess/api"


def now_ms() -> int:
    """Return the epoch time in milliseconds."""
    return time.time_ns() // 1_000_000


def notebook(*cells: tuple[str, str, str]) -> str:
    """Return a notebook of (id, cell type, source)."""
    code: Json = {"execution_count": None, "outputs": []}
    return json.dumps(
        {
            "cells": [
                {"id": id_, "cell_type": kind, "metadata": {}, "source": source} | (code if kind == "code" else {})
                for id_, kind, source in cells
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@dataclass
class RecorderService:
    """State of the fake service. `is_away` makes it answer 503; `has_ended` refuses events."""

    problems: list[Json]
    files: dict[str, str]
    monitoring: str = "full"
    deadline_ms: int = field(default_factory=lambda: now_ms() + 3_600_000)
    token: str = "synthetic-token"
    records: list[Recorded] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)
    receipt: Json | None = None
    submitted_documents: dict[str, str] = field(default_factory=dict)
    is_away: bool = False
    has_ended: bool = False
    signs: bool = True
    url: str = ""
    requests: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def sitting(self) -> Json:
        """Answer GET api/sitting."""
        return {
            "id": "synthetic-sitting",
            "assessment": {
                "id": "synthetic",
                "title": "Data science: table work",
                "version": 1,
                "monitoring": self.monitoring,
                "problems": self.problems,
            },
            "status": "submitted" if self.receipt else "collected" if self.has_ended else "running",
            "server_now_ms": now_ms(),
            "started_ms": now_ms(),
            "deadline_ms": self.deadline_ms,
            "is_practice": False,
            "is_synthetic": True,
        }

    def bundle(self) -> Json:
        """Answer GET api/sitting/bundle."""
        encoded = {path: base64.b64encode(text.encode()).decode() for path, text in self.files.items()}
        return {"files": [{"path": path, "content_b64": text} for path, text in encoded.items()]}

    def accept(self, body: bytes) -> tuple[int, Json]:
        """Answer POST api/sitting/events."""
        try:
            batch = parse_batch(body)
        except EventsError as error:
            return 400, problem("bad_batch", str(error))
        if self.has_ended or self.receipt:
            return 409, problem("sitting_ended", "The sitting has ended; nothing more is recorded.")
        expected = self.expected.get(batch.client, 0)
        if batch.events[0].seq > expected:
            return 409, problem("gap", f"expected event {expected}", expected_seq=expected)
        for event in batch.events:
            if event.seq >= expected:
                position = len(self.records) + 1
                record = Recorded(position=position, client=batch.client, received_ms=now_ms(), event=event)
                self.records.append(record)
        self.expected[batch.client] = max(expected, batch.events[-1].seq + 1)
        acked = self.expected[batch.client] - 1
        head = f"{len(self.records):064x}"
        signed = {"at_ms": now_ms(), "key": "ab" * 8, "signature": "cd" * 64} if self.signs else None
        return 200, {"acked_seq": acked, "head": head, "position": len(self.records), "signed": signed}

    def submit(self, documents: dict[str, str]) -> Json:
        """Answer POST api/sitting/submit."""
        if self.receipt is None:
            self.submitted_documents = documents
            replayed = {path: document.digest() for path, document in self.replay().end.documents.items()}
            self.receipt = {
                "submission_id": "synthetic-submission",
                "digest": hashlib.sha256(repr(sorted(replayed.items())).encode()).hexdigest(),
                "head": hashlib.sha256(b"synthetic head").hexdigest(),
                "position": len(self.records),
                "submitted_ms": now_ms(),
                **({"signature": "cd" * 64, "key": "ab" * 8, "signed_ms": now_ms()} if self.signs else {}),
                "matches": all(replayed.get(path) == digest for path, digest in documents.items()),
            }
        return {"receipt": self.receipt}

    def replay(self) -> Replay:
        """Replay what arrived."""
        with self.lock:
            return Replay(list(self.records))

    def first_page(self) -> str:
        """Return the client of the page that was loaded first; the server is a client too."""
        return next(record.client for record in self.records if record.event.TYPE == "client_started")

    def of_type(self, name: str) -> list[Any]:
        """Return the events of one type, in order of arrival."""
        return [record.event for record in list(self.records) if name == record.event.TYPE]


def problem(code: str, message: str, **details: object) -> Json:
    """Return the error shape of the service."""
    return {"error": {"code": code, "message": message, "details": details}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers leave in two writes; without this the second would wait 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    service: RecorderService

    def do_GET(self) -> None:
        answers = {f"{PREFIX}/sitting": self.service.sitting, f"{PREFIX}/sitting/bundle": self.service.bundle}
        self._answer(lambda _body: (200, answers[self.path]()))

    def do_POST(self) -> None:
        if self.path == f"{PREFIX}/sitting/events":
            self._answer(self.service.accept)
        elif self.path == f"{PREFIX}/sitting/submit":
            self._answer(lambda body: (200, self.service.submit(json.loads(body)["documents"])))

    def _answer(self, ask: Any) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.service.requests.append(f"{self.command} {self.path}")
        with self.service.lock:
            if self.service.is_away:
                status, answer = 503, problem("away", "synthetic outage")
            elif self.headers.get("Authorization") != f"token {self.service.token}":
                status, answer = 403, problem("forbidden", "unknown token")
            else:
                status, answer = ask(body)
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(service: RecorderService) -> Iterator[RecorderService]:
    """Serve on a free port; `service.url` is what NBASSESS_API_URL should be."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}{PREFIX}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
