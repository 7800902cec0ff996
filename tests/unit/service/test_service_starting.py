"""From consent to a running clock: nothing counts before the server answers, nothing starts twice."""

import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from httpx2 import Response
from nbassess_hub.sittings.consent import TEXT_VERSION, consent_text
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Candidate, Consent, Sitting
from sqlalchemy import func, select

from tests.support.house import START_MS, House, batch, open_house, opened, submit_form, url, wait_until
from tests.support.hubs import HubThatRefusesToStart, HubWhereSpawnsFail

MINUTE_MS = 60_000


def the_sitting(house: House) -> Sitting:
    with house.store.read() as session:
        return session.scalars(select(Sitting)).one()


def test_the_consent_page_says_what_is_recorded_what_is_not_and_who_sees_it(house: House) -> None:
    page = house.candidate().get(url("consent")).text
    for words in ("Every change you make", "Which cell you are working in", "camera, microphone", "reviewers who work"):
        assert words in page
    for words in ("30 min", "<dd>1</dd>", "No AI tools in this one.", "accommodation", "Start"):
        assert words.lower() in page.lower()


def test_each_monitoring_level_lists_what_it_adds() -> None:
    payload = {"title": "t", "minutes": 1, "problems": [], "points": 1, "ai_policy": "", "practice": False}
    texts = {level: consent_text(payload | {"monitoring": level}) for level in ("none", "basic", "full")}
    assert [len(texts[level].recorded) for level in texts] == [5, 6, 8]
    assert [len(texts[level].not_recorded) for level in texts] == [7, 6, 4]


def test_without_a_tick_nothing_starts(house: House) -> None:
    browser = house.candidate()
    answer = submit_form(browser, "start", {"practice": "no"})
    assert (answer.status_code, "tick the box first" in answer.text) == (400, True)
    with house.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Sitting)) == 0


def test_the_text_agreed_to_is_kept_with_its_version(house: House) -> None:
    house.running()
    with house.store.read() as session:
        consent = session.scalars(select(Consent)).one()
        assert consent.text_version == TEXT_VERSION
        assert "Which cell you are working in" in consent.text
        assert session.scalars(select(Sitting)).one().consent_id == consent.id


def test_the_clock_starts_when_the_server_answers(house: House) -> None:
    browser = house.candidate()
    house.clock.advance(seconds=1000)
    house.start(browser)
    sitting = the_sitting(house)
    assert (sitting.status, sitting.started_ms) == ("running", START_MS + 1_000_000)
    assert sitting.deadline_ms == START_MS + 1_000_000 + 30 * MINUTE_MS
    assert house.hub.users == {sitting.hub_user: "candidates"}


def test_the_hub_user_of_a_sitting_is_opaque(house: House) -> None:
    house.running()
    assert re.fullmatch(r"s-[a-z2-7]{12}", the_sitting(house).hub_user)


def test_two_clicks_and_two_tabs_make_one_sitting(house: House) -> None:
    browser = house.candidate()
    threads = [threading.Thread(target=lambda: submit_form(browser, "start", {"accept": "yes"})) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert the_sitting(house).status in ("starting", "running")


def test_starting_again_does_not_move_the_clock(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    house.clock.advance(seconds=600)
    house.start(browser)
    assert the_sitting(house).started_ms == START_MS


def test_a_failed_start_says_why_and_can_be_tried_again_without_cost(store: Store, tmp_path: Path) -> None:
    hub = HubWhereSpawnsFail()
    house = open_house(store, tmp_path, hub=hub)
    house.publish()
    browser = house.candidate()
    house.start(browser)
    page = browser.get(url("waiting"))
    assert "Spawn failed: no space left" in page.text
    assert "Your time has not started" in page.text
    assert (the_sitting(house).status, the_sitting(house).started_ms) == ("created", None)
    hub.is_healed = True
    house.clock.advance(seconds=300)
    submit_form(browser, "waiting/retry", {"view": "lab"})
    wait_until(lambda: the_sitting(house).status == "running")
    assert the_sitting(house).started_ms == START_MS + 300_000


def test_a_hub_that_refuses_is_a_failed_start(store: Store, tmp_path: Path) -> None:
    house = open_house(store, tmp_path, hub=HubThatRefusesToStart())
    house.publish()
    browser = house.candidate()
    house.start(browser)
    assert "too many users" in browser.get(url("waiting")).text


def test_progress_is_the_hubs_own(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    progress = browser.get(url("waiting/progress")).json()
    assert progress == {
        "state": "ready",
        "percent": 100,
        "message": "Everything is ready.",
        "next": url("enter?view=lab"),
    }


def test_entering_hands_the_hub_a_ticket_that_works_once(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    answer = browser.get(url("enter"))
    target = urlsplit(answer.headers["location"])
    hub_user = the_sitting(house).hub_user
    assert (target.path, parse_qs(target.query)["next"]) == ("/hub/login", [f"/user/{hub_user}/lab"])
    cookie = answer.headers["set-cookie"]
    assert all(
        word in cookie for word in ("nbassess-ticket=", "HttpOnly", "Path=/hub/", "SameSite=strict", "Max-Age=60")
    )
    ticket = cookie.partition("nbassess-ticket=")[2].partition(";")[0]
    assert redeem(house, ticket).json() == {"name": hub_user, "groups": ["candidates"]}
    assert redeem(house, ticket).status_code == 410


def test_a_ticket_is_worthless_after_a_minute(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    ticket = browser.get(url("enter")).headers["set-cookie"].partition("nbassess-ticket=")[2].partition(";")[0]
    house.clock.advance(seconds=60)
    assert redeem(house, ticket).status_code == 410


def test_reopening_the_link_leads_back_into_a_running_sitting(house: House) -> None:
    browser = house.candidate()
    house.start(browser)
    for page in ("", "consent", "waiting", "ended"):
        assert browser.get(url(page)).headers["location"].startswith(url("enter")), page


def test_a_server_that_died_is_started_again_and_the_clock_goes_on(house: House) -> None:
    """threats F07"""
    browser = house.candidate()
    house.start(browser)
    house.clock.advance(seconds=60)
    house.hub.servers.clear()
    assert browser.get(url("enter")).headers["location"] == url("waiting?view=lab")
    wait_until(lambda: browser.get(url("waiting/progress")).json()["state"] == "ready")
    assert browser.get(url("enter")).headers["location"].startswith("/hub/login")
    assert the_sitting(house).started_ms == START_MS


def test_a_start_that_nobody_watches_is_finished_after_a_restart(house: House) -> None:
    """threats F01: no state in memory is needed"""
    browser = house.candidate()
    sitting_id = house.parts.starting.create(candidate_id=candidate_of(house), assessment_id="small", version=1)
    house.parts.starting._ask_for_server(sitting_id)
    reborn = open_house(house.store, house.folder, hub=house.hub)
    reborn.parts.warden.resume_starts()
    wait_until(lambda: the_sitting(reborn).status == "running")
    assert browser.get(url("")).headers["location"] == url("enter")


def test_practice_comes_first_if_wanted_and_never_counts(house: House) -> None:
    house.publish(id="trial", practice=True)
    browser = house.candidate()
    assert "Practise first" in browser.get(url("consent")).text
    assert "never counts" in browser.get(url("practice")).text
    house.start(browser, practice="yes")
    practice = the_sitting(house)
    assert (practice.is_practice, practice.assessment_id) == (True, "trial")
    server = house.server(practice.hub_user)
    server.post(url("api/sitting/events"), json=batch(opened()))
    assert server.get(url("api/sitting")).json()["is_practice"] is True
    server.post(url("api/sitting/submit"), json={"documents": {}})
    assert "Practice finished" in browser.get(url("ended")).text
    assert house.admin().get(url("api/sittings")).json() == {"sittings": []}
    assert house.admin().get(url(f"api/sittings/{practice.id}")).json()["job"] is None
    assert "You have practised already" in browser.get(url("consent")).text
    house.start(browser)
    assert house.sitting_id_of(browser) != practice.id


def test_without_a_practice_assessment_none_is_offered(house: House) -> None:
    browser = house.candidate()
    assert "Practise first" not in browser.get(url("consent")).text
    assert browser.get(url("practice")).status_code == 404


def test_the_bundle_has_the_files_to_work_on_and_nothing_that_grades(house: House) -> None:
    server = house.server(f"s-{house.running()}")
    paths = [file["path"] for file in server.get(url("api/sitting/bundle")).json()["files"]]
    assert paths == ["double-it/double-it.ipynb", "double-it/numbers.csv"]


def test_the_panel_learns_the_servers_clock(house: House) -> None:
    sitting = house.running()
    house.clock.advance(seconds=10)
    shown = house.server(f"s-{sitting}").get(url("api/sitting")).json()
    assert (shown["server_now_ms"], shown["status"]) == (START_MS + 10_000, "running")
    assert shown["assessment"]["problems"] == [
        {
            "slug": "double-it",
            "version": 1,
            "title": "Double it",
            "difficulty": "easy",
            "minutes": 10,
            "points": 10,
            "path": "double-it/double-it.ipynb",
        }
    ]


def candidate_of(house: House) -> str:
    with house.store.read() as session:
        return session.scalars(select(Candidate.id)).one()


def redeem(house: House, ticket: str) -> Response:
    hub = house.browser()
    hub.headers["Authorization"] = f"token {house.parts.callers.service_token}"
    return hub.post(url("api/internal/tickets/redeem"), json={"ticket": ticket})
