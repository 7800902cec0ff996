"""Tickets: redeemed once by the service, never believed further than that."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from nbassess_hub.authenticator import USERNAME_PATTERN, TicketAuthenticator
from tornado import web

Answer = Callable[[httpx.Request], httpx.Response]


def authenticator() -> Any:
    made = TicketAuthenticator()
    made.service_api_url = "http://service/services/nbassess/api"
    made.service_token = "the-hubs-token"
    return made


def handler(*groups: str) -> Any:
    user = SimpleNamespace(groups=[SimpleNamespace(name=name) for name in groups])
    return SimpleNamespace(find_user=lambda name: user if groups else None)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    answers: list[Answer] = []
    make = httpx.AsyncClient

    def client(**options: Any) -> httpx.AsyncClient:
        options.pop("trust_env", None)
        return make(transport=httpx.MockTransport(lambda request: answers[0](request)), **options)

    monkeypatch.setattr("nbassess_hub.authenticator.httpx.AsyncClient", client)
    return answers


async def test_ticket_is_redeemed_with_the_hubs_token(service: list[Answer]) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"name": "s-abcdefgh2345", "groups": ["candidates"]})

    service.append(answer)
    login = await authenticator().authenticate(handler("candidates"), {"ticket": "t-1"})
    assert login == {"name": "s-abcdefgh2345", "admin": False}
    (request,) = seen
    assert request.url == "http://service/services/nbassess/api/internal/tickets/redeem"
    assert request.headers["Authorization"] == "token the-hubs-token"
    assert request.content == b'{"ticket":"t-1"}'


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
async def test_ticket_that_the_service_does_not_know_is_nobodys(service: list[Answer], status: int) -> None:
    service.append(lambda request: httpx.Response(status, json={}))
    assert await authenticator().authenticate(handler("candidates"), {"ticket": "t-1"}) is None


@pytest.mark.parametrize("data", [{}, {"ticket": ""}, {"ticket": "x" * 10_000}, {"username": "s-a", "password": "x"}])
async def test_what_cannot_be_a_ticket_is_not_even_asked_about(service: list[Answer], data: dict[str, str]) -> None:
    assert await authenticator().authenticate(handler(), data) is None


async def test_service_that_is_down_is_our_failure_and_not_the_persons(service: list[Answer]) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    service.append(down)
    with pytest.raises(web.HTTPError) as caught:
        await authenticator().authenticate(handler("candidates"), {"ticket": "t-1"})
    assert caught.value.status_code == 503


@pytest.mark.parametrize("held", [(), ("managers",), ("candidates", "managers")])
async def test_group_that_the_hub_does_not_have_refuses_the_login(service: list[Answer], held: tuple[str, ...]) -> None:
    service.append(lambda request: httpx.Response(200, json={"name": "s-abcdefgh2345", "groups": ["candidates"]}))
    with pytest.raises(web.HTTPError) as caught:
        await authenticator().authenticate(handler(*held), {"ticket": "t-1"})
    assert caught.value.status_code == 403


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("s-abcdefgh2345", True),
        ("staff-ada", True),
        ("s-ABCDEFGH2345", False),
        ("s-abcdefgh234", False),
        ("staff-", False),
        ("root", False),
        ("../x", False),
        ("staff-{x}", False),
        ("staff-" + "a" * 60, False),
        ("s-abcdefgh2345x", False),
        ("s-abcdefgh2345\n", False),
    ],
)
def test_only_our_own_kinds_of_names_are_hub_users(name: str, is_one: bool) -> None:
    made = authenticator()
    made.username_pattern = USERNAME_PATTERN
    assert made.validate_username(name) is is_one
    assert (re.fullmatch(USERNAME_PATTERN, name) is not None) is is_one
