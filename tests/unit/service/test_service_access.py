"""Every address is decided in one table, and every failure has one shape."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response
from nbassess_hub.api.callers import Callers
from nbassess_hub.api.middleware import MAX_BODY_BYTES
from nbassess_hub.clock import ManualClock
from nbassess_hub.endpoints import API, ENDPOINTS, PAGES, Endpoint
from nbassess_hub.errors import NotAuthenticated, Unavailable
from nbassess_hub.scopes import GROUPS
from nbassess_hub.settings import SERVICE_PREFIX
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade
from nbassess_hub.store.models import Report, Submission
from sqlalchemy import select

from tests.support.house import House, batch, form_token, open_house, opened, submit_form, url, wait_until
from tests.support.hubs import HubThatIsDown, HubWhoseServersAnswer, token_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One database is enough here: nothing of this depends on which."""
    store = open_store(database_url("", tmp_path))
    upgrade(store)
    yield store
    store.close()


def path_of(row: Endpoint) -> str:
    return url(row.path.replace("{sitting_id}", "x").replace("{invitation_id}", "x").replace("{assessment_id}", "x"))


def ask(browser: Any, row: Endpoint) -> Response:
    answer: Response = browser.request(row.method, path_of(row), json={} if row.method == "POST" else None)
    return answer


def test_no_address_is_undecided(house: House) -> None:
    routed = {
        (method, route.path)
        for route in house.app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert routed == {(row.method, SERVICE_PREFIX + row.path) for row in ENDPOINTS}
    assert len(house.app.routes) == len(ENDPOINTS)


PUBLIC_PATHS = {
    "api/health",
    "api/keys",
    "api/docs",
    "api/openapi.json",
    "",
    "invite",
    "staff",
    "invite/exchange",
    "assets/{name}",
}


def test_what_is_public_is_this_short_list() -> None:
    assert {row.path for row in ENDPOINTS if row.access.kind == "public"} == PUBLIC_PATHS


@pytest.mark.parametrize("row", [row for row in ENDPOINTS if row.path not in PUBLIC_PATHS], ids=lambda row: row.path)
def test_nobody_gets_in_without_a_credential(house: House, row: Endpoint) -> None:
    answer = ask(house.browser(), row)
    assert (answer.status_code, set(answer.json()["error"])) == (401, {"code", "message", "details"})


@pytest.mark.parametrize("row", [row for row in API if row.path not in PUBLIC_PATHS], ids=lambda row: row.path)
def test_tokens_get_in_by_scope_only(house: House, row: Endpoint) -> None:
    for group, role in GROUPS.items():
        may = row.access.kind == "token" and bool(row.access.any_of & set(role.own))
        answer = ask(house.server("x", group), row)
        assert (answer.status_code in (401, 403)) != may, (group, answer.text)


@pytest.mark.parametrize("row", [row for row in PAGES if row.access.kind == "page"], ids=lambda row: row.path)
def test_pages_of_another_role_are_refused(house: House, row: Endpoint) -> None:
    browsers = {
        "candidate": house.candidate(),
        "coordinator": house.staff("coordinator", "kim"),
        "manager": house.staff("manager", "max"),
    }
    for role, browser in browsers.items():
        own = next(one.own for one in GROUPS.values() if one.name == role)
        may = not row.access.any_of or bool(row.access.any_of & set(own))
        answer = browser.request(row.method, path_of(row))
        assert (answer.status_code == 403) != may, (role, answer.text)


def test_a_candidates_token_cannot_read_others_recordings_or_reports(house: House) -> None:
    """threats H02, I14"""
    other, mine = house.running("Ada"), house.running("Bob")
    server = house.server(f"s-{mine}")
    for page in ("", "/events", "/submission", "/report", "/late-events"):
        assert server.get(url(f"api/sittings/{other}{page}")).status_code == 403


def test_points_are_for_those_who_may_read_reports(house: House) -> None:
    sitting = house.running()
    house.server(f"s-{sitting}").post(url("api/sitting/submit"), json={})
    with house.store.write() as session:
        submission = session.scalars(select(Submission)).one()
        row = Report(submission_id=submission.id, version=1, points=7, max_points=10, body="{}", graded_ms=1)
        session.add(row)
    seen = {}
    for group in ("managers", "coordinators"):
        listed = house.server("staff-x", group).get(url("api/sittings")).json()["sittings"][0]
        shown = house.server("staff-x", group).get(url(f"api/sittings/{sitting}")).json()
        seen[group] = (listed["points"], shown["points"])
    assert seen == {"managers": (7, 7), "coordinators": (None, None)}


@pytest.mark.parametrize("header", ["", "token", "token ", "basic abc", "token nonsense", "bearer token-of:x:nobody"])
def test_credentials_nobody_vouches_for_are_refused(house: House, header: str) -> None:
    answer = house.browser().get(url("api/sittings"), headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


def test_a_form_without_our_token_is_refused(house: House) -> None:
    """threats H19"""
    browser = house.candidate()
    for sent in ({}, {"form_token": "0" * 64}, {"form_token": form_token(house.candidate("Bob"))}):
        answer = browser.post(url("start"), data={"accept": "yes", **sent})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "foreign_form")


def test_a_form_sent_by_another_site_is_refused_even_with_our_token(house: House) -> None:
    browser = house.candidate()
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    assert submit_form(browser, "start", {"accept": "yes"}).json()["error"]["code"] == "foreign_form"


def test_a_page_cannot_be_framed_cached_or_leak_its_address(house: House) -> None:
    """threats H20, I03"""
    for answer in (house.browser().get(url("invite")), house.browser().get(url("api/nothing"))):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "api/nothing", 404, "not_found"),
        ("DELETE", "api/sittings", 405, "method_not_allowed"),
        ("POST", "api/health", 405, "method_not_allowed"),
        ("GET", "api/sittings/x/events?after=-1", 422, "bad_request"),
        ("GET", "api/sittings/x", 404, "not_found"),
        ("GET", "api/sittings/x/report", 404, "not_found"),
        ("GET", "api/cohorts/x", 404, "not_found"),
        ("GET", "api/assessments/x", 404, "not_found"),
        ("GET", "api/assessments/small?version=9", 404, "not_found"),
        ("GET", "api/sittings?assessment=x", 404, "not_found"),
    ],
)
def test_every_failure_has_the_one_shape(house: House, method: str, path: str, status: int, code: str) -> None:
    answer = house.admin().request(method, url(path))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["message"]


def test_a_body_of_the_wrong_shape_is_told_what_is_wrong(house: House) -> None:
    answer = house.admin().post(url("api/invitations"), json={"assessment": "small", "candidte_name": "Ada"})
    problems = {one["where"]: one["problem"] for one in answer.json()["error"]["details"]["problems"]}
    assert (answer.status_code, set(problems)) == (422, {"body.candidate_name", "body.candidte_name"})


def test_people_get_a_page_and_programs_get_json(house: House) -> None:
    browser = house.browser()
    page = browser.get(url("home"), headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "Open the link you received" in page.text
    assert browser.get(url("home")).json()["error"]["code"] == "not_signed_in"


def test_a_failure_of_ours_tells_no_secrets(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """threats H28"""
    monkeypatch.setattr("nbassess_hub.api.staff.newest_versions", lambda _session: 1 / 0)
    answer = house.admin().get(url("api/assessments"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "division" not in answer.text


@pytest.mark.parametrize("path", ["api/invitations", "invite/exchange", "api/sitting/events", "api/sitting/submit"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(house: House, path: str) -> None:
    body = b" " * (4 * 2**20 + 1)
    for content in (body, iter([body[: 2**20]] * 5)):
        answer = house.browser().post(url(path), content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_the_bound_of_ordinary_bodies_is_small(house: House) -> None:
    answer = house.browser().post(url("invite/exchange"), content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]["details"]) == (413, {"max_bytes": MAX_BODY_BYTES})


def test_the_hubs_word_is_kept_for_a_minute_and_longer_while_it_is_down() -> None:
    hub, clock = HubThatIsDown(), ManualClock(0)
    callers = Callers(hub=hub, clock=clock, admin_token="a", service_token="s")
    with pytest.raises(Unavailable):
        callers.resolve(token_of("s-x"), address="")
    hub.is_down = False
    asked = [callers.resolve(token_of("s-x"), address="") for _ in range(3)]
    assert (hub.asked_about, {one.hub_user for one in asked}) == (1, {"s-x"})
    hub.is_down = True
    clock.advance(seconds=3600)
    assert callers.resolve(token_of("s-x"), address="").hub_user == "s-x"
    hub.is_down = False
    hub.revoked.append("s-x")
    with pytest.raises(NotAuthenticated):
        callers.resolve(token_of("s-x"), address="")


def test_trying_out_tokens_is_slowed_down(house: House) -> None:
    browser = house.browser()
    browser.headers["Authorization"] = "token guess"
    codes = [browser.get(url("api/sitting")).status_code for _ in range(62)]
    assert codes == [401] * 60 + [429] * 2


def test_the_api_describes_itself_without_any_foreign_script(house: House) -> None:
    described = house.browser().get(url("api/openapi.json")).json()
    assert {path.removeprefix(SERVICE_PREFIX) for path in described["paths"]} == {row.path for row in API}
    page = house.browser().get(url("api/docs")).text
    assert "/services/nbassess/api/sitting/events" in page
    assert "InvitationBody" in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page


def test_assets_are_a_closed_set(house: House) -> None:
    browser = house.browser()
    assert browser.get(url("assets/pages.css")).headers["content-type"].startswith("text/css")
    for name in ("..%2Frender.py", "base.html", "../templates/base.html", "nothing.css"):
        assert browser.get(url(f"assets/{name}")).status_code == 404


def test_publishing_is_for_the_same_material_once(house: House) -> None:
    again = house.publish()
    assert again["version"] == 1
    assert len(house.admin().get(url("api/assessments")).json()["assessments"]) == 1


def test_a_published_version_never_changes(house: House) -> None:
    with pytest.raises(AssertionError, match="version_taken"):
        house.publish(monitoring="full")
    assert house.publish(version=2, monitoring="full")["version"] == 2


def test_an_archive_that_cannot_be_read_is_refused(house: House) -> None:
    answer = house.admin().post(url("api/assessments"), content=b"PK\x03\x04 not ours")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_archive")


def test_managers_get_two_buttons_and_coordinators_get_invitations(house: House) -> None:
    manager = house.staff("manager", "max").get(url("home")).text
    coordinator = house.staff("coordinator", "kim").get(url("home")).text
    assert ("Open dashboards" in manager, "Invite a candidate" in manager) == (True, False)
    assert ("Open dashboards" in coordinator, "Invite a candidate" in coordinator) == (False, True)


@pytest.mark.parametrize(
    ("view", "page"),
    [("lab", "lab/tree/dashboards/cohort.ipynb"), ("voila", "voila/render/dashboards/cohort.ipynb")],
)
def test_dashboards_open_in_the_managers_own_server(house: House, view: str, page: str) -> None:
    browser = house.staff("manager", "max")
    assert submit_form(browser, "home/dashboards", {"view": view}).headers["location"] == url(f"waiting?view={view}")
    wait_until(lambda: browser.get(url(f"waiting/progress?view={view}")).json()["state"] == "ready")
    answer = browser.get(url(f"enter?view={view}"))
    assert answer.headers["location"].endswith(f"staff-max%2F{page}".replace("/", "%2F"))
    assert house.hub.users["staff-max"] == "managers"


def test_an_empty_house_says_what_to_do_first(store: Store, tmp_path: Path) -> None:
    empty = open_house(store, tmp_path, hub=HubWhoseServersAnswer())
    page = empty.staff().get(url("home")).text
    for words in ("No assessment is published yet", "Nobody is invited yet", "No sitting yet"):
        assert words in page


def test_a_link_that_was_just_made_is_shown_once(house: House) -> None:
    browser = house.staff()
    fields = {"assessment": "small", "candidate_name": "Ada", "email": "ada@example.org", "days": "7"}
    made = submit_form(browser, "home/invitations", fields).text
    assert ("invite#" in made, "The link for <bdi>Ada</bdi> is ready" in made) == (True, True)
    assert "invite#" not in browser.get(url("home")).text


def test_a_form_with_a_mistake_comes_back_filled_in(house: House) -> None:
    fields = {"assessment": "small", "candidate_name": " ", "email": "ada@example.org", "days": "9"}
    answer = submit_form(house.staff(), "home/invitations", fields)
    assert answer.status_code == 400
    assert 'value="ada@example.org"' in answer.text
    assert 'max="90" value="9"' in answer.text
    assert "A name has 1 to 120 printable characters" in answer.text


def test_cohorts_hold_sittings_and_no_practice(house: House) -> None:
    sitting = house.running()
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened()))
    cohort = house.server("staff-max", "managers").get(url("api/cohorts/small")).json()
    assert ([row["id"] for row in cohort["sittings"]], cohort["reports"]) == ([sitting], [])
    assert cohort["assessment"]["title"] == "Small assessment small"
