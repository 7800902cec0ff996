"""Links: single use, expiring, and each way of failing says what to do next."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Response
from nbassess_hub.credentials import check_link_token, new_link_token, system_randomness
from nbassess_hub.store.models import AuditRow, BrowserSession, Invitation
from sqlalchemy import select

from tests.support.house import House, exchange, form_token, submit_form, url


def error_of(answer: Response) -> dict[str, str]:
    found: dict[str, str] = answer.json()["error"]
    return found


def test_a_link_opens_the_consent_page_once(house: House) -> None:
    browser = house.browser()
    answer = exchange(browser, house.invite())
    assert (answer.status_code, answer.json()["kind"]) == (200, "candidate")
    assert browser.get(answer.json()["next"]).headers["location"] == url("consent")
    assert browser.get(url("consent")).status_code == 200


def test_a_mail_scanner_that_opens_the_page_uses_nothing_up(house: House) -> None:
    """threats I01"""
    token = house.invite()
    for page in ("invite", "staff", ""):
        assert house.browser().get(url(page)).status_code == 200
    assert exchange(house.browser(), token).status_code == 200


def test_the_token_is_stored_hashed_and_never_sent_in_an_address(house: House) -> None:
    """threats I02, I03"""
    token = house.invite()
    assert len(token) == 38
    with house.store.read() as session:
        row = session.scalar(select(Invitation).where(Invitation.kind == "candidate"))
        assert row is not None
        assert token[:32] not in repr({**row.__dict__})


def test_tokens_have_more_than_128_bits_and_differ() -> None:
    tokens = {new_link_token(system_randomness) for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[a-z2-7]{38}", token) for token in tokens)
    for token in tokens:
        check_link_token(token)


def test_an_unknown_link_says_so(house: House) -> None:
    answer = exchange(house.browser(), new_link_token(system_randomness))
    assert (answer.status_code, error_of(answer)["code"]) == (404, "link_unknown")
    assert "ask the person who invited you" in error_of(answer)["message"]


@pytest.mark.parametrize("damage", [lambda t: t[:-1], lambda t: t[:-1] + "!", lambda t: "1" + t[1:], lambda t: ""])
def test_a_damaged_link_says_so(house: House, damage: Callable[[str], str]) -> None:
    answer = exchange(house.browser(), damage(house.invite()))
    assert (answer.status_code, error_of(answer)["code"]) == (410, "link_altered")
    assert "Copy the whole link" in error_of(answer)["message"]


def test_an_expired_link_says_so(house: House) -> None:
    token = house.invite(expires_in_s=3600)
    house.clock.advance(seconds=3600)
    answer = exchange(house.browser(), token)
    assert (answer.status_code, error_of(answer)["code"]) == (410, "link_expired")
    assert "nothing of yours is lost" in error_of(answer)["message"]


def test_a_second_device_is_refused_and_told_how_to_get_on(house: House) -> None:
    token = house.invite()
    exchange(house.browser(), token)
    answer = exchange(house.browser(), token)
    assert (answer.status_code, error_of(answer)["code"]) == (410, "link_used")
    assert "Go back to that browser" in error_of(answer)["message"]
    assert "ask the person who invited you for a new link" in error_of(answer)["message"]


def test_the_browser_that_used_a_link_may_open_it_again_even_when_it_has_expired(house: House) -> None:
    browser, token = house.browser(), house.invite(expires_in_s=3600)
    exchange(browser, token)
    house.clock.advance(seconds=7200)
    assert exchange(browser, token).status_code == 200


def test_a_reissued_link_moves_the_candidate_and_leaves_the_sitting_untouched(house: House) -> None:
    old = house.browser()
    exchange(old, house.invite())
    house.start(old)
    sitting = house.sitting_id_of(old)
    coordinator = house.staff()
    page = submit_form(coordinator, f"home/invitations/{invitation_id(house)}/reissue", {})
    new_token = re.search(r"invite#([a-z2-7]+)", page.text)
    assert new_token is not None
    new = house.browser()
    assert exchange(new, new_token[1]).status_code == 200
    assert house.sitting_id_of(new) == sitting
    assert old.get(url("enter")).json()["error"]["code"] == "not_signed_in"


def test_a_replaced_link_points_to_the_newest_one(house: House) -> None:
    token = house.invite()
    house.admin().post(url(f"api/invitations/{invitation_id(house)}/reissue"))
    assert error_of(exchange(house.browser(), token))["code"] == "link_replaced"


def test_a_session_ends_by_signing_out_and_with_time(house: House) -> None:
    """threats H23"""
    browser, other = house.candidate("Ada"), house.candidate("Bob")
    cookie = browser.cookies["nbassess-session"]
    assert submit_form(browser, "leave", {}).status_code == 303
    browser.cookies.set("nbassess-session", cookie, path="/services/nbassess/")
    assert browser.get(url("consent")).status_code == 401
    house.clock.advance(seconds=24 * 3600)
    assert other.get(url("consent")).status_code == 401


def test_the_session_cookie_stays_with_the_service_and_out_of_scripts(house: House) -> None:
    answer = exchange(house.browser(), house.invite())
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/services/nbassess/"))


def test_guessing_links_is_slowed_down(house: House) -> None:
    """threats I04"""
    browser = house.browser()
    answers = [exchange(browser, new_link_token(system_randomness)) for _ in range(25)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 5
    assert int(answers[-1].headers["Retry-After"]) >= 1
    house.clock.advance(seconds=60)
    assert exchange(browser, house.invite()).status_code == 200


def test_a_form_of_another_site_cannot_exchange_a_link(house: House) -> None:
    answer = house.browser().post(url("invite/exchange"), data={"token": house.invite()})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "x" * 200, "\ud800"])
def test_names_that_cannot_be_shown_are_refused(house: House, name: str) -> None:
    body = b'{"assessment": "small", "candidate_name": "%s"}' % name.encode("ascii", "backslashreplace").replace(
        b"\x00", b"\\u0000"
    )
    answer = house.admin().post(url("api/invitations"), content=body)
    assert answer.status_code in (400, 422)


def test_direction_controls_and_spaces_are_taken_out_of_names(house: House) -> None:
    """threats I06"""
    house.invite("  Ada\u202e   Lovelace ")
    page = house.staff().get(url("home")).text
    assert "<bdi>Ada Lovelace</bdi>" in page


def test_markup_in_a_name_is_shown_as_text(house: House) -> None:
    """threats I06"""
    house.invite("<img src=x onerror=alert(1)>")
    page = house.staff().get(url("home")).text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_practice_assessment_cannot_be_invited_to(house: House) -> None:
    house.publish(id="trial", practice=True)
    answer = house.admin().post(url("api/invitations"), json={"assessment": "trial", "candidate_name": "Ada"})
    assert (answer.status_code, "for practice" in error_of(answer)["message"]) == (400, True)


def test_an_assessment_that_is_not_published_is_named(house: House) -> None:
    answer = house.admin().post(url("api/invitations"), json={"assessment": "smal", "candidate_name": "Ada"})
    assert (answer.status_code, "'smal'" in error_of(answer)["message"]) == (404, True)


def test_one_staff_name_has_one_role(house: House) -> None:
    house.staff("manager", "Max Müller")
    answer = house.admin().post(url("api/staff-links"), json={"name": "max muller", "role": "coordinator"})
    assert (answer.status_code, error_of(answer)["code"]) == (409, "name_taken")


@pytest.mark.parametrize("role", ["candidate", "admin", "", "Manager"])
def test_staff_links_are_for_staff_roles(house: House, role: str) -> None:
    answer = house.admin().post(url("api/staff-links"), json={"name": "kim", "role": role})
    assert answer.status_code in (400, 422)


def test_every_link_leaves_an_audit_row(house: House) -> None:
    """threats I16"""
    house.invite()
    house.staff()
    with house.store.read() as session:
        rows = [(row.actor, row.action) for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]
    assert rows == [("admin", "publish"), ("admin", "invite"), ("admin", "staff-link")]


def test_form_tokens_differ_between_sessions(house: House) -> None:
    assert form_token(house.candidate("Ada")) != form_token(house.candidate("Bob"))
    with house.store.read() as session:
        assert len(list(session.scalars(select(BrowserSession)))) == 2


def invitation_id(house: House) -> str:
    with house.store.read() as session:
        return session.scalars(select(Invitation.id).where(Invitation.kind == "candidate")).one()
