"""The two pages as people meet them: with data, without, with the wrong role, with hostile text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from nbassess_dashboards.candidate import CandidatePage
from nbassess_dashboards.client import Client
from nbassess_dashboards.cohort import CohortPage
from nbassess_dashboards.place import place_of
from nbassess_dashboards.replay import ReplayPlayer
from nbassess_dashboards.tables import RecordsTable

from tests.unit.dashboards.api_server import OUTSIDER, READER, serving
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

NO_PLACE: Mapping[str, str] = {}


def widgets_of(widget: Any) -> Iterator[Any]:
    """Walk a widget and everything in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_of(child)


def text_of(widget: Any) -> str:
    """All markup and all table content of a page, for looking into."""
    parts = []
    for part in widgets_of(widget):
        if isinstance(part, RecordsTable):
            parts += [cell["text"] for row in part.content["rows"] for cell in row["cells"]]
            parts += [part.content["caption"]] + ([part.content["empty"]] if not part.content["rows"] else [])
        elif isinstance(getattr(part, "value", None), str):
            parts.append(part.value)
    return "\n".join(parts)


def tables_of(widget: Any) -> list[RecordsTable]:
    return [part for part in widgets_of(widget) if isinstance(part, RecordsTable)]


class Service:
    """A service over a fixture, and clients that are closed with it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: list[Client] = []

    def client(self, token: str = READER) -> Client:
        self._clients.append(Client(self.url, token))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def fixture() -> Fixture:
    return synthetic_fixture(5)


@pytest.fixture
def service(fixture: Fixture) -> Iterator[Service]:
    with serving(fixture) as url:
        made = Service(url)
        yield made
        made.close()


def test_cohort_page_lists_every_sitting_with_a_link_and_labels_synthetic_data(
    service: Service, fixture: Fixture
) -> None:
    page = CohortPage(service.client(), {"SCRIPT_NAME": "/user/x/voila/render/dashboards/cohort.ipynb"})
    [table] = tables_of(page.widget)
    assert [row["key"] for row in table.content["rows"]] == [item["id"] for item in fixture.sittings]
    assert table.content["rows"][0]["link"] == {
        "notebook": "candidate.ipynb",
        "folder": "dashboards",
        "query": {"sitting": fixture.sittings[0]["id"]},
    }
    assert "Synthetic data. All 5 sittings are made by scripted candidates" in text_of(page.widget)


def test_cohort_page_names_assessment_version_and_count(service: Service) -> None:
    page = CohortPage(service.client(), NO_PLACE)
    assert page.picker.options == (("Analyst screening, version 2 · 5 sittings", ("analyst-screening", 2)),)


def test_cohort_page_without_sittings_says_what_will_appear() -> None:
    empty = replace(synthetic_fixture(1), sittings=[], reports=[])
    with serving(empty) as url:
        client = Client(url, READER)
        assert "No sittings yet" in text_of(CohortPage(client, NO_PLACE).widget)
        client.close()


def test_cohort_page_with_only_running_sittings_says_that_none_has_finished() -> None:
    with serving(synthetic_fixture(1)) as url:
        client = Client(url, READER)
        text = text_of(CohortPage(client, NO_PLACE).widget)
        client.close()
    assert "No finished sittings yet" in text
    assert "working" in text


def test_heat_map_can_show_each_dimension(service: Service) -> None:
    page = CohortPage(service.client(), NO_PLACE)
    [choice] = [part for part in widgets_of(page.widget) if getattr(part, "description", "") == "Show"]
    assert choice.options == ("share of points", "correctness", "quality")
    choice.value = "quality"
    assert "Scores by problem: quality" in text_of(page.widget)


@pytest.mark.parametrize("page", [CohortPage, CandidatePage])
def test_wrong_role_is_told_which_scope_is_missing(service: Service, page: Any) -> None:
    text = text_of(page(service.client(OUTSIDER), NO_PLACE).widget)
    assert 'role="alert"' in text
    assert "custom:nbassess:read:reports" in text


@pytest.mark.parametrize("page", [CohortPage, CandidatePage])
def test_page_without_environment_says_how_to_get_one(page: Any) -> None:
    assert "NBASSESS_API_URL is not set; open the dashboards from an analyst server" in text_of(
        page(None, NO_PLACE).widget
    )


def test_candidate_page_opens_the_sitting_of_its_address(service: Service, fixture: Fixture) -> None:
    wanted = fixture.sittings[1]
    page = CandidatePage(service.client(), {"QUERY_STRING": f"sitting={wanted['id']}"})
    text = text_of(page.widget)
    assert f">{wanted['candidate']} <span" in text
    assert "Synthetic data" in text


def test_candidate_page_shows_evidence_and_a_player(service: Service, fixture: Fixture) -> None:
    wanted = fixture.sittings[0]["id"]
    page = CandidatePage(service.client(), {"QUERY_STRING": f"sitting={wanted}"})
    text = text_of(page.widget)
    count = len(fixture.recordings[wanted])
    assert f"Records 1..{count}, chain intact, head {fixture.heads[wanted]}" in text
    assert f"The submission (3 documents) equals the replay after record {count}, byte for byte." in text
    assert [part for part in widgets_of(page.widget) if isinstance(part, ReplayPlayer)]
    cases = tables_of(page.widget)[1]
    assert len(cases.content["rows"]) == 18


def test_candidate_page_of_an_unknown_sitting_says_so_and_chooses_nobody(service: Service) -> None:
    page = CandidatePage(service.client(), {"QUERY_STRING": "sitting=s-nobody"})
    assert page.picker.value is None
    assert "There is no sitting &#x27;s-nobody&#x27;" in text_of(page.widget)


def test_choosing_another_sitting_shows_it(service: Service, fixture: Fixture) -> None:
    page = CandidatePage(service.client(), NO_PLACE)
    page.picker.value = fixture.sittings[2]["id"]
    assert f">{fixture.sittings[2]['candidate']} <span" in text_of(page.widget)


def test_sitting_that_is_still_running_has_a_replay_but_no_scores(service: Service, fixture: Fixture) -> None:
    running = fixture.sittings[-1]["id"]
    page = CandidatePage(service.client(), {"QUERY_STRING": f"sitting={running}"})
    text = text_of(page.widget)
    assert "This sitting has not ended yet" in text
    assert "Nothing was submitted yet" in text
    assert "chain intact" in text


def test_changed_record_breaks_the_chain_on_the_page(fixture: Fixture) -> None:
    wanted = fixture.sittings[0]["id"]
    fixture.recordings[wanted][10]["received_ms"] += 1
    with serving(fixture) as url:
        client = Client(url, READER)
        text = text_of(CandidatePage(client, {"QUERY_STRING": f"sitting={wanted}"}).widget)
        client.close()
    assert "The hash chain is broken" in text
    assert "chain intact" not in text


def test_missing_record_is_shown_as_broken_chain_and_incomplete_stretch(fixture: Fixture) -> None:
    wanted = fixture.sittings[0]["id"]
    del fixture.recordings[wanted][30]
    with serving(fixture) as url:
        client = Client(url, READER)
        text = text_of(CandidatePage(client, {"QUERY_STRING": f"sitting={wanted}"}).widget)
        client.close()
    assert "record 31 is missing" in text
    assert "Record incomplete from 00:0" in text
    assert "event 30 to 30 of page" in text or "events 30 to 30 of page" in text


def integrity_text(fixture: Fixture, stated: dict[str, Any]) -> str:
    wanted = fixture.sittings[0]["id"]
    fixture.integrities[wanted] = stated
    with serving(fixture) as url:
        client = Client(url, READER)
        text = text_of(CandidatePage(client, {"QUERY_STRING": f"sitting={wanted}"}).widget)
        client.close()
    return text


def test_signed_head_is_compared_with_the_records_here(fixture: Fixture) -> None:
    wanted = fixture.sittings[0]["id"]
    count, head = len(fixture.recordings[wanted]), fixture.heads[wanted]
    text = integrity_text(fixture, {})
    assert f"These records lead to the head after record {count}, signed with key {'ab' * 8} at 2026-11-18" in text
    assert f"Verified by the service up to record {count}." in text
    assert "No flags: every change fits the one before it" in text
    other = {"position": count - 1, "head": head, "at_ms": 0, "key": "cd" * 8, "signature": ""}
    assert "These records do not lead to the head after record" in integrity_text(fixture, {"signed": other})


def test_what_the_service_found_broken_or_did_not_sign_is_said(fixture: Fixture) -> None:
    broken = {"position": 7, "kind": "changed", "message": "record 7 was changed"}
    text = integrity_text(fixture, {"is_verified": False, "broken": broken, "signed": None})
    assert "The service found the chain broken at record 7: record 7 was changed" in text
    assert "No head of this recording has been signed yet." in text


def test_submission_that_is_not_the_replay_is_named(fixture: Fixture) -> None:
    wanted = fixture.sittings[0]["id"]
    path = "clean-orders/clean-orders.ipynb"
    fixture.submissions[wanted]["documents"][path]["cells"][2]["source"] += "#"
    with serving(fixture) as url:
        client = Client(url, READER)
        text = text_of(CandidatePage(client, {"QUERY_STRING": f"sitting={wanted}"}).widget)
        client.close()
    assert f"The submission differs from the state after record {len(fixture.recordings[wanted])} in: {path}." in text


def test_names_and_sources_cannot_become_markup(fixture: Fixture) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    wanted = fixture.sittings[0]
    wanted["candidate"] = hostile
    fixture.submissions[wanted["id"]]["documents"]["clean-orders/clean-orders.ipynb"]["cells"][0]["source"] = hostile
    fixture.reports[0]["problems"][0]["title"] = hostile
    with serving(fixture) as url:
        client = Client(url, READER)
        cohort = CohortPage(client, NO_PLACE)
        candidate = CandidatePage(client, {"QUERY_STRING": f"sitting={wanted['id']}"})
        client.close()
    for page in (cohort, candidate):
        markup = [part.value for part in widgets_of(page.widget) if type(part).__name__ == "HTML"]
        assert not [value for value in markup if "<img" in value]


def test_place_is_read_from_voila_and_from_jupyter_server() -> None:
    app = place_of({"SCRIPT_NAME": "/user/x/voila/render/my%20boards/cohort.ipynb", "QUERY_STRING": "a=1&a=2"})
    lab = place_of({"JPY_SESSION_NAME": "/home/analyst/dashboards/cohort.ipynb", "HOME": "/home/analyst"})
    assert (app.folder, app.query, app.is_app) == ("my boards", {"a": "2"}, True)
    assert (lab.folder, lab.query, lab.is_app) == ("dashboards", {}, False)
    assert place_of(NO_PLACE).folder == ""
