"""The Jupyter server writes down by itself what it saw of runs, saves, files and kernels. Promise: integrity-3."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from nbassess_events.document import Cell, Document, text_document, text_sha256
from nbassess_events.model import ServerEvent
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.ports import free_port
from tests.support.recorder_lab import SERVER_TOKEN, lab, until
from tests.support.recorder_service import RecorderService, notebook, serving

PATH = "join/join.ipynb"
V1 = Subprotocol("v1.kernel.websocket.jupyter.org")

Json = dict[str, Any]


@dataclass
class Stand:
    """A running server, its files, and the service behind it."""

    url: str
    work: Path
    service: RecorderService

    def api(self, path: str, body: Json | None = None, method: str | None = None) -> Any:
        """Call Jupyter's own API as a page does."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {SERVER_TOKEN}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def save(self, path: str, content: Json | str) -> None:
        """Save a notebook or a text file."""
        kind = (
            {"type": "notebook", "format": "json"} if isinstance(content, dict) else {"type": "file", "format": "text"}
        )
        self.api(f"contents/{path}", {**kind, "content": content}, "PUT")

    def seen(self, name: str) -> list[Any]:
        """Return what the server wrote down of one sort."""
        return self.service.of_type(name)

    def ended_kernels(self) -> int:
        """Return how many kernels were stopped."""
        return sum(event.state == "stopped" for event in self.seen("server_kernel"))

    def until_seen(self, name: str, count: int) -> list[Any]:
        """Wait until there are so many of one sort; returns them."""
        until(lambda: len(self.seen(name)) >= count, f"{count} x {name}")
        return self.seen(name)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    home: Path = tmp_path_factory.mktemp("witness")
    service = RecorderService(problems=[], files={PATH: notebook(("a", "code", "1"))})
    with serving(service), lab(service, home, port=free_port()) as url:
        until((home / "work" / PATH).exists, "the bundle is laid out")
        yield Stand(url=url, work=home / "work", service=service)


def content(*cells: tuple[str, str, str]) -> Json:
    """Return a notebook as the contents API takes it."""
    found: Json = json.loads(notebook(*cells))
    return found


def digest(path: str, *cells: tuple[str, str, str]) -> str:
    """Return the digest of a notebook as the replay computes it."""
    return Document(path=path, cells=tuple(Cell(id=a, cell_type=b, source=c) for a, b, c in cells)).digest()


class Page:
    """A page's connection to one kernel, in one of the two protocols that JupyterLab has spoken."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def send_raw(self, code: str, *, name: str, channel: str, padding: int, cell: str) -> None:
        """Send a request to execute that is written in an unusual way, and wait for nothing."""
        header = {"session": "s" * (1 + padding), "username": "", "version": "5.3", "date": "", "msg_id": "raw"}
        raw = json.dumps(header)[:-1] + f', "msg_type": "{name}"}}'
        parts = [raw, "{}", json.dumps({"cellId": cell}), json.dumps({"code": code, "silent": False})]
        self._socket.send(serialize_msg_to_ws_v1([part.encode() for part in parts], channel))  # type: ignore[no-untyped-call]

    def run(self, code: str, cell: str | None) -> Json:
        """Run code and return the kernel's answer."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "s", "username": ""}
        metadata = {} if cell is None else {"cellId": cell}
        parts = [header | {"version": "5.3", "date": ""}, {}, metadata, {"code": code, "silent": False}]
        if self._socket.subprotocol == V1:
            packed = serialize_msg_to_ws_v1([json.dumps(part).encode() for part in parts], "shell")  # type: ignore[no-untyped-call]
            self._socket.send(packed)
        else:
            names = ("header", "parent_header", "metadata", "content")
            self._socket.send(json.dumps(dict(zip(names, parts, strict=True)) | {"channel": "shell", "buffers": []}))
        return self._answer(header["msg_id"])

    def _answer(self, msg_id: str) -> Json:
        while True:
            raw = self._socket.recv(timeout=30)
            if isinstance(raw, bytes):
                _, parts = deserialize_msg_from_ws_v1(raw)  # type: ignore[no-untyped-call]
                header, parent, _, body = (json.loads(part) for part in parts[:4])
            else:
                message = json.loads(raw)
                header, parent, body = message["header"], message["parent_header"], message["content"]
            if header["msg_type"] == "execute_reply" and parent["msg_id"] == msg_id:
                answer: Json = body
                return answer


@contextmanager
def page(stand: Stand, *, binary: bool = True) -> Iterator[tuple[Page, str]]:
    """Open a notebook's kernel; yields the connection and the kernel's id. Its end is seen before the next case."""
    ended = stand.ended_kernels()
    session = stand.api("sessions", {"path": PATH, "name": "n", "type": "notebook", "kernel": {"name": "python3"}})
    kernel = str(session["kernel"]["id"])
    address = f"{stand.url.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    url = f"{address}?token={SERVER_TOKEN}&session_id={uuid.uuid4().hex}"
    with connect(url, subprotocols=[V1] if binary else None, max_size=2**24) as socket:
        yield Page(socket), kernel
    stand.api(f"sessions/{session['id']}", method="DELETE")
    until(lambda: stand.ended_kernels() > ended, "the kernel's end is seen")


@pytest.mark.parametrize("binary", [True, False])
def test_a_run_is_seen_on_its_way_to_the_kernel_and_back(stand: Stand, binary: bool) -> None:
    before = len(stand.seen("server_execute"))
    code = "é = '😀'\n1 / 0"
    with page(stand, binary=binary) as (kernel, _):
        assert kernel.run("x = 1", "a")["status"] == "ok"
        assert kernel.run(code, "a")["status"] == "error"
        kernel.run("hidden = True", None)
        sent = stand.until_seen("server_execute", before + 3)[before:]
        answered = stand.until_seen("server_executed", before + 3)[before:]
    assert [(event.path, event.cell, event.code_sha256, event.length) for event in sent] == [
        (PATH, "a", text_sha256("x = 1"), 5),
        (PATH, "a", text_sha256(code), len(code) + 1),  # as JavaScript counts
        (PATH, "", text_sha256("hidden = True"), 13),
    ]
    assert [(event.cell, event.ok) for event in answered] == [("a", True), ("a", False), ("", True)]
    assert answered[0].execution_count == 1


@pytest.mark.parametrize(
    ("name", "channel", "padding", "cell"),
    [
        ("execute_request", "control", 0, "a"),
        ("execute\\u005frequest", "shell", 0, "a"),
        ("execute_request", "shell", 5_000, "a"),
        ("execute_request", "shell", 0, "a" * 129),
    ],
)
def test_a_run_that_is_sent_in_an_unusual_way_is_seen(
    stand: Stand, name: str, channel: str, padding: int, cell: str
) -> None:
    """Fault R03: whoever writes the request so that nobody looks at it is seen all the same."""
    before = len(stand.seen("server_execute"))
    code = f"unusual = {len(name) + padding + len(cell)}"
    with page(stand) as (kernel, _):
        kernel.send_raw(code, name=name, channel=channel, padding=padding, cell=cell)
        sent = stand.until_seen("server_execute", before + 1)[before]
    assert (sent.code_sha256, sent.cell) == (text_sha256(code), cell if len(cell) <= 128 else "")


def test_the_fate_of_a_kernel_is_seen(stand: Stand) -> None:
    """Fault F08: a kernel that died is told apart from one that was restarted by its owner."""
    before = len(stand.seen("server_kernel"))
    with page(stand) as (kernel, kernel_id):
        kernel.run("import os, signal", "a")
        stand.api(f"kernels/{kernel_id}/interrupt", {}, "POST")
        stand.api(f"kernels/{kernel_id}/restart", {}, "POST")
        stand.until_seen("server_kernel", before + 3)
    stand.until_seen("server_kernel", before + 4)
    states = [event.state for event in stand.seen("server_kernel")[before:]]
    assert states == ["started", "interrupted", "restarted", "stopped"]
    assert {event.path for event in stand.seen("server_kernel")[before:]} == {PATH}


def test_a_kernel_that_dies_is_seen(stand: Stand) -> None:
    """Fault F08."""
    before = len(stand.seen("server_kernel"))
    with page(stand) as (kernel, _):
        answer = kernel.run("raise SystemExit(0) if False else KeyError(__import__('os').getpid())", "a")
        os.kill(int(answer["evalue"]), signal.SIGKILL)
        found = stand.until_seen("server_kernel", before + 3)[before:]
    assert [event.state for event in found[:3]] == ["started", "died", "restarted"]


def test_a_save_is_seen_as_it_was_written(stand: Stand) -> None:
    stand.api(f"contents/{PATH}")
    before = len(stand.seen("server_save"))
    cells = (("a", "code", "x = 'é😀'\r\n\x0b\u2028y"), ("b", "markdown", ""))
    stand.save(PATH, content(*cells))
    saved = stand.until_seen("server_save", before + 1)[before]
    assert (saved.path, saved.digest) == (PATH, digest(PATH, *cells))


def test_a_text_file_is_seen_with_the_line_endings_that_the_page_works_with(stand: Stand) -> None:
    (stand.work / "notes.py").write_bytes(b"a\r\nb\r\n")
    stand.api("contents/notes.py?type=file&format=text&content=1")
    before = len(stand.seen("server_save"))
    stand.save("notes.py", "a\r\nb\r\nc")
    saved = stand.until_seen("server_save", before + 1)[before]
    assert saved.digest == text_document("notes.py", "a\nb\nc").digest()


def test_a_notebook_that_is_downloaded_is_no_change(stand: Stand) -> None:
    """A download, and the view as text, give the file's text: that is not the notebook."""
    stand.api(f"contents/{PATH}")
    before = len(stand.seen("server_file"))
    stand.api(f"contents/{PATH}?type=file&format=text&content=1")
    stand.save(PATH, content(("a", "code", "after a download")))
    forged = notebook(("a", "code", "then rewritten"))
    (stand.work / PATH).write_text(forged)
    found = stand.until_seen("server_file", before + 1)[before:]
    assert [event.digest for event in found] == [digest(PATH, ("a", "code", "then rewritten"))]


def test_cells_that_share_an_id_are_no_change_when_jupyter_renames_one(stand: Stand) -> None:
    stand.api(f"contents/{PATH}")
    before, saves = len(stand.seen("server_file")), len(stand.seen("server_save"))
    twins = (("a", "code", "1"), ("a", "code", "2"))
    stand.save(PATH, content(*twins))
    assert stand.until_seen("server_save", saves + 1)[saves].digest == digest(PATH, *twins)
    (stand.work / PATH).write_text(notebook(("a", "code", "rewritten later")))
    found = stand.until_seen("server_file", before + 1)[before:]
    assert [event.digest for event in found] == [digest(PATH, ("a", "code", "rewritten later"))]


def test_a_notebook_that_is_saved_under_another_name_is_known_from_then_on(stand: Stand) -> None:
    """Faults R04, F07: so is one whose page outlived the server that gave it."""
    before = len(stand.seen("server_file"))
    stand.save("copy.ipynb", content(("a", "code", "copied")))
    saves = len(stand.seen("server_save"))
    stand.save("copy.ipynb", content(("a", "code", "changed")))
    assert stand.until_seen("server_save", saves + 1)[saves].path == "copy.ipynb"
    (stand.work / "copy.ipynb").write_text(notebook(("a", "code", "rewritten")))
    assert stand.until_seen("server_file", before + 1)[before].path == "copy.ipynb"


def test_a_file_that_code_rewrote_is_seen_and_a_save_is_not_taken_for_it(stand: Stand) -> None:
    """Fault R04."""
    stand.api(f"contents/{PATH}")
    before = len(stand.seen("server_file"))
    stand.save(PATH, content(("a", "code", "mine")))
    forged = notebook(("a", "code", "written by code"))
    with page(stand) as (kernel, _):
        target = str(stand.work / PATH)
        assert kernel.run(f"open({target!r}, 'w').write({forged!r})", "a")["status"] == "ok"
        found = stand.until_seen("server_file", before + 1)[before:]
    assert [(event.path, event.digest) for event in found] == [(PATH, digest(PATH, ("a", "code", "written by code")))]


def test_a_reload_after_a_rewrite_does_not_hide_it(stand: Stand) -> None:
    """Fault R04: whoever makes the page read the file at once is seen as well."""
    stand.api(f"contents/{PATH}")
    before = len(stand.seen("server_file"))
    (stand.work / PATH).write_text(notebook(("a", "code", "reverted to")))
    stand.api(f"contents/{PATH}")
    found = stand.until_seen("server_file", before + 1)[before:]
    assert found[0].digest == digest(PATH, ("a", "code", "reverted to"))


def test_a_file_that_became_unreadable_is_seen(stand: Stand) -> None:
    """Fault R04."""
    (stand.work / "odd.py").write_text("text")
    stand.api("contents/odd.py?type=file&format=text&content=1")
    before = len(stand.seen("server_file"))
    (stand.work / "odd.py").write_bytes(b"\xff\xfe not UTF-8")
    found = stand.until_seen("server_file", before + 1)[before:]
    assert (found[0].path, found[0].digest) == ("odd.py", "")


def test_a_renamed_and_a_deleted_file_are_nothing_to_report(stand: Stand) -> None:
    (stand.work / "old.py").write_text("text")
    stand.api("contents/old.py?type=file&format=text&content=1")
    before = len(stand.seen("server_file")), len(stand.seen("server_save"))
    stand.api("contents/old.py", {"path": "new.py"}, "PATCH")
    stand.save("new.py", "more")
    stand.until_seen("server_save", before[1] + 1)
    stand.api("contents/new.py", method="DELETE")
    assert stand.seen("server_save")[-1].path == "new.py"
    beats = len(stand.seen("server_heartbeat"))
    stand.until_seen("server_heartbeat", beats + 1)  # two looks later
    assert len(stand.seen("server_file")) == before[0]


def test_the_server_is_one_client_with_a_sequence_of_its_own(stand: Stand) -> None:
    """Faults R02, R03: its heartbeats show when it was silent, and when only the page was."""
    own = [record for record in stand.service.records if isinstance(record.event, ServerEvent)]
    assert {record.client for record in own} == {own[0].client}
    assert [record.event.seq for record in own] == list(range(len(own)))
    assert own[0].event.TYPE == "server_started"
    times = [record.event.t_ms for record in own]
    assert times == sorted(times)
    assert stand.seen("server_heartbeat")[0].wall_ms > 1_700_000_000_000
