"""The client: pages are walked, and every failure is a sentence that says what, which and what next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from nbassess_dashboards import errors
from nbassess_dashboards.client import Client

from tests.unit.dashboards.api_server import LARGEST_PAGE, OUTSIDER, READER, serving
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def fixture() -> Fixture:
    return synthetic_fixture(4)


@pytest.fixture(scope="module")
def api_url(fixture: Fixture) -> Iterator[str]:
    with serving(fixture) as url:
        yield url


@pytest.fixture
def client(api_url: str) -> Iterator[Client]:
    made = Client(api_url, READER)
    yield made
    made.close()


def answering(handler: Handler) -> Client:
    """A client whose service answers as told."""
    return Client("http://service/api", "t", transport=httpx.MockTransport(handler))


def test_recording_is_complete_although_the_service_pages_it(client: Client, fixture: Fixture) -> None:
    sitting = fixture.sittings[0]["id"]
    recording = client.recording(sitting)
    assert len(recording.records) > LARGEST_PAGE
    assert list(recording.records) == fixture.recordings[sitting]
    assert recording.head == fixture.heads[sitting]


def test_recording_is_complete_when_the_service_does_not_say_where_it_ends() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        records = [{"position": after + 1, "client": "c", "received_ms": 1, "event": {}}] if after < 3 else []
        return httpx.Response(200, json={"records": records, "head": "ab"})

    assert [record["position"] for record in answering(pages).recording("s").records] == [1, 2, 3]


def test_pages_that_do_not_advance_are_an_error_and_not_a_loop() -> None:
    records = [{"position": 0, "client": "c", "received_ms": 1, "event": {}}]
    client = answering(lambda request: httpx.Response(200, json={"records": records, "head": ""}))
    with pytest.raises(errors.ServiceFailedError, match="does not advance"):
        client.recording("s")


def test_lists_and_cohort_come_as_the_service_gives_them(client: Client, fixture: Fixture) -> None:
    assert client.assessments() == fixture.assessments
    assert client.sittings("analyst-screening") == fixture.sittings
    assert client.cohort("analyst-screening", 2) == fixture.cohort("analyst-screening")
    assert client.sitting(fixture.sittings[0]["id"]) == fixture.sittings[0]


def test_what_does_not_exist_yet_is_none_and_no_error(client: Client, fixture: Fixture) -> None:
    running = fixture.sittings[-1]["id"]
    assert client.report(running) is None
    assert client.submission(running) is None


def test_missing_scope_is_named(api_url: str) -> None:
    client = Client(api_url, OUTSIDER)
    with pytest.raises(errors.ScopeMissingError, match=r"your role does not allow it .*custom:nbassess:read:reports"):
        client.cohort("analyst-screening")
    client.close()


def test_unknown_token_says_how_to_sign_in_again(api_url: str) -> None:
    client = Client(api_url, "made up")
    with pytest.raises(errors.CredentialRefusedError, match="sign in again"):
        client.sittings()
    client.close()


def test_unknown_sitting_is_named(client: Client) -> None:
    with pytest.raises(errors.NotFoundError, match="'s-nobody'"):
        client.sitting("s-nobody")


def test_service_that_is_down_is_named_with_its_address() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(errors.ServiceUnreachableError, match="no answer from http://service/api"):
        answering(refuse).sittings()


def test_failure_of_the_service_carries_its_own_words() -> None:
    error = {"error": {"code": "database_unavailable", "message": "try again in a few seconds", "details": {}}}
    client = answering(lambda request: httpx.Response(503, json=error))
    with pytest.raises(errors.ServiceFailedError, match=r"503 database_unavailable \(try again in a few seconds\)"):
        client.sittings()


@pytest.mark.parametrize("body", ["<html>", json.dumps([]), json.dumps({"unexpected": 1})])
def test_answers_that_are_not_the_api_are_refused(body: str) -> None:
    client = answering(lambda request: httpx.Response(200, text=body))
    with pytest.raises(errors.ServiceFailedError, match="the list of sittings"):
        client.sittings()


def test_sitting_ids_cannot_leave_their_place_in_the_address() -> None:
    asked: list[str] = []

    def remember(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, json={})

    answering(remember).sitting("../assessments?x=1")
    assert asked == ["/api/sittings/..%2Fassessments%3Fx%3D1"]


@pytest.mark.parametrize("missing", ["NBASSESS_API_URL", "JUPYTERHUB_API_TOKEN"])
def test_missing_environment_is_named(missing: str) -> None:
    environ = {"NBASSESS_API_URL": "http://service/api", "JUPYTERHUB_API_TOKEN": "t"}
    del environ[missing]
    with pytest.raises(errors.NotConfiguredError, match=missing):
        Client.from_environment(environ)
