"""A real hub and proxy with a stand-in for the assessment service.

The stand-in redeems tickets that a test hands out and answers what a candidate's server asks at its start, so that the
control plane can be tested without the service's store.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from nbassess_hub.secret_files import Secret, read_or_create
from nbassess_hub.settings import SERVICE_PREFIX, Settings
from nbassess_hub.settings_sections import Grading, Hub, Instance, Limits, Network, Service, Spawn
from nbassess_hub.stack import Stack

from tests.support.ports import free_port

API = f"{SERVICE_PREFIX}api"
MIB = 1024**2


def stand_settings(
    state_dir: Path, *, name: str, mode: str, subnet: str = "172.29.72.0/24", image: str = ""
) -> Settings:
    """Return settings of an instance that meets no other one on this machine."""
    public = free_port()
    return Settings(
        instance=Instance(name=name, state_dir=str(state_dir), public_url=f"http://127.0.0.1:{public}"),
        hub=Hub(port=free_port(), proxy_api_port=free_port()),
        service=Service(port=free_port()),
        network=Network(subnet=subnet, bridge=name[:15]),
        spawn=Spawn(mode=mode, candidate_image=image, start_timeout_s=60),  # type: ignore[arg-type] # one of the two
        limits=Limits(work_bytes=32 * MIB, pids=128, kernel_processes=64),
        grading=Grading(workers=0),
    )


class StandInService:
    """What the hub and a candidate's server need of the service, on a thread."""

    def __init__(self, settings: Settings) -> None:
        self.tickets: dict[str, dict[str, object]] = {}
        self.received: list[tuple[str, str]] = []
        self.token = read_or_create(settings.layout.secrets, Secret.SERVICE_TOKEN)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.answer(self, json.loads(body) if body else {})

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer((settings.control_address, settings.service.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1})

    def __enter__(self) -> StandInService:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def ticket(self, name: str, *groups: str) -> str:
        """Make a ticket that can be redeemed once."""
        ticket = secrets.token_urlsafe(32)
        self.tickets[ticket] = {"name": name, "groups": list(groups)}
        return ticket

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.received.append((handler.command, handler.path))
        status, answer = self._decide(handler, body)
        payload = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    def _decide(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, dict[str, object]]:
        if handler.path == f"{API}/internal/tickets/redeem":
            if handler.headers.get("Authorization") != f"token {self.token}":
                return 403, {}
            owner = self.tickets.pop(str(body.get("ticket")), None)
            return (200, owner) if owner is not None else (410, {})
        if handler.path == f"{API}/sitting/bundle":
            return 200, {"files": []}
        if handler.path == f"{API}/sitting":
            return 200, {"id": "stand-in", "assessment": {"problems": []}, "status": "running"}
        return 404, {"error": {"code": "not_found", "message": "the stand-in has no such thing", "details": {}}}


class HubStand:
    """What a test does with the running hub."""

    def __init__(self, settings: Settings, stack: Stack, service: StandInService) -> None:
        self.settings = settings
        self.stack = stack
        self.service = service
        self.as_service = self.api(service.token)

    def api(self, token: str) -> httpx.Client:
        """Return a client of the hub's API with somebody's token."""
        headers = {"Authorization": f"token {token}"}
        return httpx.Client(base_url=self.settings.hub_api_url, headers=headers, timeout=90, trust_env=False)

    def add_person(self, name: str, group: str) -> None:
        """Make a hub user in a group, as the service does."""
        self.as_service.post(f"/users/{name}").raise_for_status()
        self.as_service.post(f"/groups/{group}/users", json={"users": [name]}).raise_for_status()

    def start_server(self, name: str, options: dict[str, str] | None = None) -> None:
        """Start a person's server and return once it is ready; an AssertionError says why it is not."""
        answer = self.as_service.post(f"/users/{name}/server", json=options)
        assert answer.status_code in (201, 202), answer.text
        if answer.status_code == 202:
            with self.as_service.stream("GET", f"/users/{name}/server/progress") as progress:
                events = [json.loads(line[5:]) for line in progress.iter_lines() if line.startswith("data:")]
            assert events, "the hub does not know of a start"
            assert events[-1].get("ready"), events

    def browser(self) -> httpx.Client:
        """Return a client that keeps cookies, as a browser would."""
        return httpx.Client(base_url=self.settings.instance.public_url, timeout=60, trust_env=False)

    def log_in(self, browser: httpx.Client, name: str, group: str, next_path: str) -> httpx.Response:
        """Redeem a fresh ticket in a browser and follow where it leads."""
        browser.cookies.set("nbassess-ticket", self.service.ticket(name, group), domain="127.0.0.1", path="/hub/")
        return browser.get("/hub/login", params={"next": next_path}, follow_redirects=True)


@contextmanager
def running_hub(settings: Settings) -> Iterator[HubStand]:
    """Start proxy and hub around a stand-in service, and end all of it, notebook servers included."""
    stack = Stack(settings, without={"service"})
    with ExitStack() as cleanup:
        cleanup.callback(stack.stop)
        stack.prepare()
        service = cleanup.enter_context(StandInService(settings))
        stack.start()
        stand = HubStand(settings, stack, service)
        cleanup.callback(stand.as_service.close)
        yield stand
