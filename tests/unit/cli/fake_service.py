"""A service that exists only in memory: it answers as the real one does and keeps what it was sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nbassess_events import chain
from nbassess_events.document import canonical_bytes, text_document
from nbassess_hub.api_client import AdminClient
from nbassess_hub.collector.signing import key_of

SITTING = "abc234"


def record(position: int, **event: Any) -> dict[str, Any]:
    return {
        "position": position,
        "client": "00112233445566aa",
        "received_ms": 1_000 * position,
        "event": {"seq": position - 1, "t_ms": 1_000 * position, **event},
    }


RECORDS = [
    record(1, type="client_started", recorder="synthetic", lab="4.6"),
    record(2, type="notebook_opened", path="a/a.ipynb", cells=[{"id": "x", "cell_type": "code", "source": ""}]),
    record(3, type="edit", path="a/a.ipynb", cell="x", source="type", ops=[[0, 0, "1"]]),
]


def head_of(records: list[dict[str, Any]]) -> str:
    head = chain.genesis(SITTING)
    for each in records:
        head = chain.link(head, canonical_bytes(each))
    return head


KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
PUBLISHED = {"key": key_of(PUBLIC_KEY), "algorithm": "Ed25519", "public_key": PUBLIC_KEY.hex()}


def signed(head: str, *, position: int = len(RECORDS), key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    """The head of a recording as the collector signs it."""
    statement = chain.head_statement(SITTING, position=position, head=head, at_ms=9_000)
    name = key_of(key.public_key().public_bytes_raw())
    signature = key.sign(statement).hex()
    return {"position": position, "head": head, "at_ms": 9_000, "key": name, "signature": signature}


REPORT = {
    "points": 7,
    "max_points": 10,
    "score": 0.66,
    "problems": [{"slug": "a", "title": "A", "points": 7, "max_points": 10, "cases": [], "dimensions": {}}],
}


@dataclass
class FakeService:
    candidate: str = "Synthetic 01 Alder"
    head: str = head_of(RECORDS)
    job_state: str = "done"
    source: str = "1"
    texts: dict[str, str] = field(default_factory=dict)
    announced: int = len(RECORDS)
    posted: list[tuple[str, Any]] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path.removeprefix("/api/"))
        if request.method == "POST":
            self.posted.append((path, json.loads(request.content) if request.content[:1] == b"{" else request.content))
            return httpx.Response(200, json={"id": "i1", "link": f"http://x/#{len(self.posted)}", "expires_ms": 1})
        if path == f"sittings/{SITTING}/recording":
            return self._download(request.url.params["format"])
        answer = self._get(path, request.url.params)
        if answer is None:
            return httpx.Response(404, json={"error": {"code": "not_found", "message": f"no {path}", "details": {}}})
        return httpx.Response(200, content=json.dumps(answer))

    def _download(self, wanted: str) -> httpx.Response:
        self.downloads.append(wanted)
        if wanted == "parquet":
            return httpx.Response(200, content=b"PAR1 as it was sealed")
        lines = b"".join(canonical_bytes(each) + b"\n" for each in RECORDS)
        headers = {"x-recording-records": str(self.announced), "x-recording-head": self.head}
        return httpx.Response(200, content=lines, headers=headers)

    def _get(self, path: str, params: httpx.QueryParams) -> dict[str, Any] | None:
        first = params.get("version", "1") == "1"
        after = int(params.get("after", "0"))
        return {
            "sittings": {"sittings": [self.sitting()]},
            f"sittings/{SITTING}": self.sitting(),
            f"sittings/{SITTING}/report": REPORT if first else None,
            f"sittings/{SITTING}/events": {"records": RECORDS[after:][:2], "head": self.head},
            f"sittings/{SITTING}/integrity": {"position": len(RECORDS), "head": self.head, "signed": signed(self.head)},
            "keys": {"keys": [PUBLISHED]},
            "heads": {"day": params.get("day", "today"), "heads": []},
            f"sittings/{SITTING}/submission": {
                "submission_id": "s",
                "digest": "d",
                "documents": {
                    "../../evil.ipynb": {
                        "path": "../../evil.ipynb",
                        "cells": [{"id": "x", "cell_type": "code", "source": self.source}],
                    }
                }
                | {path: text_document(path, text).to_json() for path, text in self.texts.items()},
            },
            "assessments/made-up": {"id": "made-up"},
        }.get(path)

    def sitting(self) -> dict[str, Any]:
        return {
            "id": SITTING,
            "candidate": self.candidate,
            "assessment": "made-up",
            "assessment_version": 1,
            "status": "submitted",
            "is_synthetic": True,
            "started_ms": 0,
            "deadline_ms": 3_600_000,
            "ended_ms": 5,
            "end_reason": "submitted",
            "points": 7,
            "max_points": 10,
            "job": {"id": 1, "state": self.job_state, "attempts": 1, "error": "no sandbox"},
        }

    def client(self) -> AdminClient:
        return AdminClient("http://service/api", "token", transport=httpx.MockTransport(self.answer))

    @contextmanager
    def opened(self) -> Iterator[AdminClient]:
        with self.client() as client:
            yield client
