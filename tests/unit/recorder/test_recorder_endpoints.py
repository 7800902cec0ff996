"""The endpoints of the server extension, in a real Jupyter server: who may call them and what they answer."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.ports import free_port
from tests.support.recorder_lab import SERVER_TOKEN, lab, until
from tests.support.recorder_service import RecorderService, notebook, serving

CLIENT = "0123456789abcdef"
PATH = "join/join.ipynb"

Json = dict[str, Any]


@dataclass
class Stand:
    """A running server and the service behind it."""

    url: str
    home: Path
    service: RecorderService

    def request(self, path: str, *, token: str = SERVER_TOKEN, body: Json | None = None, **headers: str) -> Any:
        """Call an endpoint; returns status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        signed = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(f"{self.url}/nbassess/{path}", data=data, headers=signed | headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def journal(self) -> str:
        """Return what is in the journal's file."""
        return (self.home / "journal" / "events.jsonl").read_text("utf-8", "surrogatepass")

    @contextmanager
    def stream(self, *, token: str = SERVER_TOKEN) -> Iterator[ClientConnection]:
        """Open the event stream."""
        url = self.url.replace("http", "ws") + f"/nbassess/stream?token={token}"
        with connect(url, max_size=None) as connection:
            yield connection


def batch(first: int, count: int = 1, client: str = CLIENT) -> str:
    """Return a batch of `saved` events as it travels."""
    events = [{"seq": seq, "t_ms": 1, "type": "saved", "path": PATH} for seq in range(first, first + count)]
    return json.dumps({"v": 1, "client": client, "events": events})


def answered(connection: ClientConnection, kind: str) -> Json:
    """Return the next message of a kind."""
    while True:
        message: Json = json.loads(connection.recv(timeout=10))
        if message["kind"] == kind:
            return message


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    home: Path = tmp_path_factory.mktemp("server")
    service = RecorderService(problems=[], files={PATH: notebook(("a", "code", "1"))})
    with serving(service), lab(service, home, port=free_port()) as url:
        yield Stand(url=url, home=home, service=service)


def test_the_bundle_is_laid_out_at_start(stand: Stand) -> None:
    until((stand.home / "work" / PATH).exists, "the notebook is there")
    assert json.loads((stand.home / "work" / PATH).read_text())["cells"][0]["source"] == "1"


def test_a_batch_is_acknowledged_when_it_is_on_the_disk_and_then_forwarded(stand: Stand) -> None:
    with stand.stream() as stream:
        stream.send(batch(0, 3))
        assert answered(stream, "ack") == {"kind": "ack", "client": CLIENT, "seq": 2}
        assert '"seq":2' in stand.journal()
        until(lambda: answered(stream, "state")["forwarded_seq"] == 2, "the page is told that it was forwarded")
    assert [event.seq for event in stand.service.of_type("saved")] == [0, 1, 2]


def test_the_page_is_given_the_newest_signed_head(stand: Stand) -> None:
    """Promise: integrity. The page holds it for the receipt; a copy lies beside the journal."""
    client = "00000000000000cc"
    with stand.stream() as stream:
        stream.send(batch(0, 1, client))
        until(lambda: answered(stream, "state")["forwarded_seq"] == 0, "it was forwarded")
        head = answered(stream, "state")["head"]
    assert (head["key"], head["signature"]) == ("ab" * 8, "cd" * 64)
    kept = json.loads((stand.home / "journal" / "heads.jsonl").read_text().splitlines()[0])
    assert kept.keys() == head.keys() == {"position", "head", "at_ms", "key", "signature"}


def test_a_repeated_batch_is_acknowledged_and_kept_once(stand: Stand) -> None:
    client = "00000000000000aa"
    with stand.stream() as stream:
        for first, expected in [(0, 1), (0, 1), (1, 2)]:
            stream.send(batch(first, 2, client))
            assert answered(stream, "ack")["seq"] == expected
    until(lambda: stand.service.expected.get(client) == 3, "three events have arrived")


def test_a_hole_is_answered_with_what_is_there(stand: Stand) -> None:
    client = "00000000000000bb"
    with stand.stream() as stream:
        stream.send(batch(5, 1, client))
        assert answered(stream, "gap") == {"kind": "gap", "client": client, "seq": -1}


HOSTILE = "NUL \x00, half a pair \ud800, </script><script>alert(1)</script>, CRLF \r\n, \x1b[31m, " + "k" * 1_000_000


def test_hostile_text_goes_through_unchanged_and_inert(stand: Stand) -> None:
    """Fault R11: what a page sends is data, all the way to the collector."""
    client = "00000000000000dd"
    events: list[Json] = [
        {"seq": 0, "t_ms": 1, "type": "notebook_opened", "path": PATH, "cells": []},
        {"seq": 1, "t_ms": 1, "type": "cells_changed", "path": PATH, "action": "insert"}
        | {"ops": [[0, 0, [{"id": "a", "cell_type": "code", "source": HOSTILE[:999_999]}]]]},
    ]
    with stand.stream() as stream:
        stream.send(json.dumps({"v": 1, "client": client, "events": events}))
        assert answered(stream, "ack")["seq"] == 1
    until(lambda: stand.service.expected.get(client) == 2, "both have arrived")
    replayed = stand.service.replay().end.documents_of(client)[PATH]
    assert replayed.cells[0].source == HOSTILE[:999_999]


@pytest.mark.parametrize(
    "forged",
    [
        {"type": "server_save", "path": PATH, "digest": "00" * 32},
        {"type": "server_heartbeat", "wall_ms": 1},
        {"type": "server_execute", "path": PATH, "cell": "a", "code_sha256": "00" * 32, "length": 1},
    ],
)
def test_a_page_cannot_write_what_only_the_server_may(stand: Stand, forged: Json) -> None:
    """Fault R01: with the page's own credential one can lie about the page, not about what the server saw."""
    client = "00000000000000ee"
    body = {"v": 1, "client": client, "events": [{"seq": 0, "t_ms": 1, **forged}]}
    with stand.stream() as stream:
        stream.send(json.dumps(body))
        until(lambda: "only the server may write" in answered(stream, "state")["detail"], "it is refused")
        status, _ = stand.request("beacon", body=body)
    assert status == 400
    assert client not in stand.journal()


def test_a_page_cannot_speak_under_the_servers_name(stand: Stand) -> None:
    """Fault R01."""
    server = json.loads(stand.journal().splitlines()[0])
    assert server["events"][0]["type"] == "server_started"
    with stand.stream() as stream:
        stream.send(batch(10_000, 1, server["client"]))
        until(lambda: "the server's own" in answered(stream, "state")["detail"], "it is refused")


def test_a_beacon_and_the_stream_deliver_once_between_them(stand: Stand) -> None:
    """Faults R05, F15: a page that goes away sends its last events twice, on two ways."""
    client = "00000000000000ff"
    with stand.stream() as stream:
        stream.send(batch(0, 2, client))
        answered(stream, "ack")
        assert stand.request("beacon", body=json.loads(batch(2, 2, client)))[0] == 204
        stream.send(batch(2, 2, client))
        assert answered(stream, "ack")["seq"] == 3
        assert stand.request("beacon", body=json.loads(batch(2, 2, client)))[0] == 204
    until(lambda: stand.service.expected.get(client) == 4, "all four have arrived")
    own = [record.event.seq for record in stand.service.records if record.client == client]
    assert own == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"v": 1}, 400),
        (json.loads(batch(3, 1, "00000000000001aa")), 409),
        ({"v": 1, "client": "00000000000001aa", "events": ["x" * 70_000]}, 413),
    ],
)
def test_a_beacon_that_fits_nowhere_is_refused(stand: Stand, body: Json, status: int) -> None:
    assert stand.request("beacon", body=body)[0] == status


@pytest.mark.parametrize("raw", ["", "[]", "not json", '{"v": 2}', '{"v": 1, "client": "x", "events": []}'])
def test_a_bad_batch_is_refused_and_says_why(stand: Stand, raw: str) -> None:
    with stand.stream() as stream:
        answered(stream, "state")
        stream.send(raw)
        state = answered(stream, "state")
        assert state["recording"] == "refused"
        assert "bad batch" in state["detail"]


def test_a_stranger_cannot_open_the_stream(stand: Stand) -> None:
    with pytest.raises(InvalidStatus, match="403"), stand.stream(token="wrong"):
        pass


@pytest.mark.parametrize(("origin", "is_open"), [("http://evil.example", False), ("", True)])
def test_with_a_cookie_only_the_own_origin_can_open_the_stream(stand: Stand, origin: str, is_open: bool) -> None:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{stand.url}/lab?token={SERVER_TOKEN}", timeout=30):
        cookie = "; ".join(f"{item.name}={item.value}" for item in jar)
    expected = nullcontext() if is_open else pytest.raises(InvalidStatus, match="403")
    url = stand.url.replace("http", "ws") + "/nbassess/stream"
    with expected, connect(url, origin=Origin(origin or stand.url), additional_headers={"Cookie": cookie}) as stream:
        assert answered(stream, "state")["recording"] == "ok"


@pytest.mark.parametrize(("path", "body"), [("sitting", None), ("submit", {"documents": {}}), ("beacon", {"v": 1})])
def test_a_stranger_gets_nothing_and_can_submit_nothing(stand: Stand, path: str, body: Json | None) -> None:
    assert stand.request(path, token="", body=body)[0] == 403
    assert stand.service.receipt is None


def test_a_form_of_another_site_can_neither_submit_nor_record(stand: Stand) -> None:
    """A browser would send the cookie along; the XSRF token it cannot know."""
    jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with jar.open(f"{stand.url}/lab?token={SERVER_TOKEN}", timeout=30):
        pass
    for path in ("submit", "beacon"):
        request = urllib.request.Request(f"{stand.url}/nbassess/{path}", data=b'{"documents": {}}')
        with pytest.raises(urllib.error.HTTPError, match="403"):
            jar.open(request, timeout=30)
    assert stand.service.receipt is None


def test_a_beacon_carries_the_xsrf_token_in_its_address(stand: Stand) -> None:
    """`sendBeacon` cannot set a header."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{stand.url}/lab?token={SERVER_TOKEN}", timeout=30):
        token = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
    url = f"{stand.url}/nbassess/beacon?_xsrf={urllib.parse.quote(token or '')}"
    request = urllib.request.Request(url, data=batch(0, 1, "00000000000001bb").encode())
    with opener.open(request, timeout=30) as answer:
        assert answer.status == 204


@pytest.mark.parametrize("batches", [{}, "text"])
def test_malformed_batches_with_a_submission_are_refused(stand: Stand, batches: object) -> None:
    assert stand.request("submit", body={"documents": {}, "batches": batches})[0] == 400


def test_the_sitting_comes_with_the_state_of_the_recording(stand: Stand) -> None:
    status, sitting = stand.request("sitting")
    assert (status, sitting["id"], sitting["receipt"]) == (200, "synthetic-sitting", None)
    assert sitting["recording"]["state"] == "ok"


def test_a_service_that_is_away_is_a_clear_answer_and_nothing_is_lost(stand: Stand) -> None:
    stand.service.is_away = True
    try:
        status, body = stand.request("sitting")
        assert (status, body["error"]["code"]) == (503, "service_unreachable")
        with stand.stream() as stream:
            stream.send(batch(3))
            assert answered(stream, "ack")["seq"] == 3
            until(lambda: answered(stream, "state")["recording"] == "delayed", "the page is told")
    finally:
        stand.service.is_away = False
    until(lambda: stand.service.expected.get(CLIENT) == 4, "the event has arrived after all")


@pytest.mark.parametrize("documents", ["text", {"a": 1}])
def test_malformed_documents_are_refused(stand: Stand, documents: object) -> None:
    assert stand.request("submit", body={"documents": documents})[0] == 400


def test_hidden_files_and_terminals_and_foreign_kernels_are_not_served(stand: Stand) -> None:
    (stand.home / "work" / ".hidden").write_text("x")
    opener = urllib.request.build_opener()
    opener.addheaders = [("Authorization", f"token {SERVER_TOKEN}")]
    for path in ("api/contents/.hidden", "api/terminals"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            opener.open(f"{stand.url}/{path}", timeout=30)
    with opener.open(f"{stand.url}/api/kernelspecs", timeout=30) as answer:
        specs = json.load(answer)["kernelspecs"]
    assert list(specs) == ["python3"]
    assert "nbassess_recorder.kernel" in specs["python3"]["spec"]["argv"]


def test_submit_carries_what_the_page_has_forwards_first_and_can_be_repeated(stand: Stand) -> None:
    """Faults F14, R16. The last case: afterwards the sitting is over."""
    with stand.stream() as stream:
        stream.send(batch(4, 2))
        assert answered(stream, "ack")["seq"] == 5
        carried = [{"v": "spoilt"}, "no batch", json.loads(batch(4, 3))]
        status, first = stand.request("submit", body={"documents": {}, "batches": carried})
        assert status == 200
        assert stand.service.expected[CLIENT] == 7
        assert stand.request("submit", body={"documents": {}}) == (200, first)
    with stand.stream() as stream:
        stream.send(batch(7))
        until(lambda: answered(stream, "state")["detail"] == "the sitting has ended", "the page is told of the end")
    assert stand.request("sitting")[1]["receipt"] == first["receipt"]
