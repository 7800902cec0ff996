"""A real HTTP server that answers as the service's API does, from a fixture."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.dashboards.synthetic_cohort import Fixture

READER, OUTSIDER = "token-of-a-manager", "token-of-a-coordinator"
LARGEST_PAGE = 150
PREFIX = "/services/nbassess/api/"


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def answer(fixture: Fixture, path: str, query: dict[str, str]) -> dict[str, Any]:
    """Answer one GET."""
    match path.split("/"):
        case ["assessments"]:
            return {"assessments": fixture.assessments}
        case ["sittings"]:
            wanted = query.get("assessment")
            return {"sittings": [item for item in fixture.sittings if wanted in (None, item["assessment"])]}
        case ["cohorts", assessment] if any(item["id"] == assessment for item in fixture.assessments):
            return fixture.cohort(assessment)
        case ["sittings", sitting, *rest] if sitting in fixture.recordings:
            return _of_sitting(fixture, sitting, rest, query)
    raise Refused(404, "not_found", f"there is nothing at {path}")


def _of_sitting(fixture: Fixture, sitting: str, rest: list[str], query: dict[str, str]) -> dict[str, Any]:
    if not rest:
        return next(item for item in fixture.sittings if item["id"] == sitting)
    if rest == ["events"]:
        after, limit = int(query.get("after", 0)), min(int(query.get("limit", LARGEST_PAGE)), LARGEST_PAGE)
        records = fixture.recordings[sitting]
        return {"records": records[after : after + limit], "head": fixture.heads[sitting], "position": len(records)}
    if rest == ["integrity"]:
        return integrity(fixture, sitting)
    if rest == ["bundle"] and sitting in fixture.bundles:
        return {"files": fixture.bundles[sitting]}
    if rest == ["submission"] and sitting in fixture.submissions:
        return fixture.submissions[sitting]
    if rest == ["report"]:
        for report in fixture.reports:
            if report["sitting"] == sitting:
                return report
    raise Refused(404, "not_found", f"sitting {sitting} has no {'/'.join(rest)} yet")


def integrity(fixture: Fixture, sitting: str) -> dict[str, Any]:
    """Say of a recording what a service says whose witnesses agree."""
    position, head = len(fixture.recordings[sitting]), fixture.heads[sitting]
    signed: dict[str, Any] = {
        "position": position,
        "head": head,
        "at_ms": 1_795_000_000_000,
        "key": "ab" * 8,
        "signature": "0" * 128,
    }
    stated: dict[str, Any] = {"is_verified": True, "broken": None, "signed": signed, "findings": []}
    return {"sitting": sitting, "position": position, "head": head, **stated} | fixture.integrities.get(sitting, {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fixture: Fixture

    def do_GET(self) -> None:
        try:
            status, body = 200, self._answer()
        except Refused as refused:
            error = {"code": refused.code, "message": refused.message, "details": {}}
            status, body = refused.status, {"error": error}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self) -> dict[str, Any]:
        token = self.headers.get("Authorization", "").removeprefix("token ")
        if token not in (READER, OUTSIDER):
            raise Refused(401, "unknown_token", "this token is not known")
        if token == OUTSIDER:
            raise Refused(403, "scope_missing", "the scope custom:nbassess:read:reports is needed")
        if self.fixture.troubles:
            raise Refused(503, "unavailable", self.fixture.troubles[-1])
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return answer(self.fixture, parts.path.removeprefix(PREFIX), query)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(fixture: Fixture) -> Iterator[str]:
    """Serve a fixture on a free port; the value is the API's address."""
    handler = type("Handler", (_Handler,), {"fixture": fixture})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX.rstrip('/')}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
