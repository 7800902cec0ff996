"""The hub client against forged answers of JupyterHub's REST API: the parsing is real, the hub is not."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from nbassess_hub.errors import SpawnError, Unavailable
from nbassess_hub.hub_client import HttpHub, Identity

Routes = dict[tuple[str, str], Callable[[httpx.Request], httpx.Response] | httpx.Response]


class ForgedHub:
    """Answers from a table, and remembers what it was asked."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.asked: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/hub/api/")
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, path, body))
        answer = self.routes.get((request.method, path), httpx.Response(404, json={"message": "no such thing"}))
        return answer(request) if callable(answer) else answer


def client(routes: Routes) -> tuple[HttpHub, ForgedHub]:
    forged = ForgedHub(routes)
    return HttpHub("http://hub/hub/api", "secret", transport=httpx.MockTransport(forged)), forged


def stream(*messages: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, text="".join(f"data: {json.dumps(message)}\n\n" for message in messages))


def test_a_token_is_vouched_for_with_our_scopes_only() -> None:
    def user(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "token theirs"
        scopes = ["custom:nbassess:sit!user=s-x", "read:users:name!user=s-x"]
        return httpx.Response(200, json={"name": "s-x", "groups": ["candidates"], "scopes": scopes})

    hub, _ = client({("GET", "user"): user})
    expected = Identity(name="s-x", groups=frozenset({"candidates"}), scopes=frozenset({"custom:nbassess:sit"}))
    assert hub.whoami("theirs") == expected


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_the_hub_does_not_know_is_nobodys(status: int) -> None:
    hub, _ = client({("GET", "user"): httpx.Response(status)})
    assert hub.whoami("theirs") is None


def test_a_broken_hub_is_not_taken_for_a_verdict_on_the_token() -> None:
    hub, _ = client({("GET", "user"): httpx.Response(502)})
    with pytest.raises(Unavailable, match="502"):
        hub.whoami("theirs")


def test_a_hub_that_cannot_be_reached_is_unavailable() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    hub, _ = client({("GET", "user"): refuse})
    with pytest.raises(Unavailable, match="try again"):
        hub.whoami("theirs")


def test_a_new_user_is_made_and_joins_the_group() -> None:
    seen = iter([httpx.Response(404), httpx.Response(200, json={"name": "s-x", "groups": []})])
    hub, forged = client(
        {
            ("GET", "users/s-x"): lambda _request: next(seen),
            ("POST", "users/s-x"): httpx.Response(201, json={}),
            ("POST", "groups/candidates/users"): httpx.Response(200, json={}),
        }
    )
    hub.ensure_user("s-x", "candidates")
    assert [asked[:2] for asked in forged.asked][-1] == ("POST", "groups/candidates/users")
    assert forged.asked[-1][2] == {"users": ["s-x"]}


def test_a_user_leaves_our_other_groups() -> None:
    model = {"name": "staff-x", "groups": ["managers", "coordinators", "theirs"]}
    hub, forged = client(
        {
            ("GET", "users/staff-x"): httpx.Response(200, json=model),
            ("DELETE", "groups/coordinators/users"): httpx.Response(200, json={}),
        }
    )
    hub.ensure_user("staff-x", "managers")
    assert [asked[:2] for asked in forged.asked] == [("GET", "users/staff-x"), ("DELETE", "groups/coordinators/users")]


def test_a_start_reports_the_hubs_progress_until_ready() -> None:
    messages = ({"progress": 0, "message": "Server requested"}, {"progress": 50, "message": "Spawning"})
    done = {"progress": 100, "ready": True, "message": "Server ready"}
    hub, _ = client(
        {
            ("POST", "users/s-x/server"): httpx.Response(202),
            ("GET", "users/s-x/server/progress"): stream(*messages, done),
        }
    )
    progress = list(hub.start("s-x"))
    assert [(one.percent, one.is_ready, one.is_failed) for one in progress] == [
        (0, False, False),
        (50, False, False),
        (100, True, False),
    ]


def test_a_failed_start_is_reported_in_plain_text() -> None:
    failed = {"progress": 100, "failed": True, "message": "Spawn failed: timeout", "html_message": "<b>no</b>"}
    hub, _ = client(
        {
            ("POST", "users/s-x/server"): httpx.Response(202),
            ("GET", "users/s-x/server/progress"): stream(failed),
        }
    )
    (only,) = hub.start("s-x")
    assert (only.is_failed, only.message) == (True, "Spawn failed: timeout")


def test_a_server_that_runs_already_is_ready_at_once() -> None:
    hub, _ = client(
        {
            ("POST", "users/s-x/server"): httpx.Response(400, json={"message": "already running"}),
            ("GET", "users/s-x/server/progress"): stream({"progress": 100, "ready": True, "message": "ready"}),
        }
    )
    assert [one.is_ready for one in hub.start("s-x")] == [True]


def test_a_refused_start_says_why() -> None:
    hub, _ = client({("POST", "users/s-x/server"): httpx.Response(429, json={"message": "too many pending spawns"})})
    with pytest.raises(SpawnError, match="too many pending spawns"):
        list(hub.start("s-x"))


@pytest.mark.parametrize(
    ("servers", "state"),
    [
        ({}, "stopped"),
        ({"": {"ready": True, "pending": None}}, "ready"),
        ({"": {"ready": False, "pending": "spawn"}}, "pending"),
        ({"": {"ready": True, "pending": "stop"}}, "pending"),
    ],
)
def test_the_state_of_a_server_is_read_from_the_users_model(servers: dict[str, Any], state: str) -> None:
    hub, _ = client({("GET", "users/s-x"): httpx.Response(200, json={"name": "s-x", "servers": servers})})
    assert hub.state("s-x") == state


@pytest.mark.parametrize("status", [202, 204, 400, 404])
def test_stopping_answers_with_the_state_whatever_the_hub_said(status: int) -> None:
    hub, _ = client(
        {
            ("DELETE", "users/s-x/server"): httpx.Response(status),
            ("GET", "users/s-x"): httpx.Response(200, json={"name": "s-x", "servers": {}}),
        }
    )
    assert hub.stop("s-x") == "stopped"


def test_every_token_of_a_user_is_deleted() -> None:
    hub, forged = client(
        {
            ("GET", "users/s-x/tokens"): httpx.Response(200, json={"api_tokens": [{"id": "a1"}, {"id": "a2"}]}),
            ("DELETE", "users/s-x/tokens/a1"): httpx.Response(204),
            ("DELETE", "users/s-x/tokens/a2"): httpx.Response(404),
        }
    )
    hub.revoke_tokens("s-x")
    assert [asked[:2] for asked in forged.asked[1:]] == [
        ("DELETE", "users/s-x/tokens/a1"),
        ("DELETE", "users/s-x/tokens/a2"),
    ]
