"""Signed heads: whoever holds one can show later what the collector had received, and when."""

from typing import Any

from nbassess_events.chain import genesis, head_statement
from nbassess_hub.collector.signing import Signer, is_signed, key_of, keys, remember_key
from nbassess_hub.secret_files import Secret
from nbassess_hub.store.models import SignedHead, Submission
from sqlalchemy import select

from tests.support.house import START_MS, House, batch, opened, typed, url


def statement_of(sitting: str, answer: dict[str, Any], at_ms: int) -> bytes:
    return head_statement(sitting, position=answer["position"], head=answer["head"], at_ms=at_ms)


def public_keys(house: House) -> dict[str, str]:
    shown = house.browser().get(url("api/keys")).json()["keys"]
    assert {one["algorithm"] for one in shown} == {"Ed25519"}
    return {one["key"]: one["public_key"] for one in shown}


def kept_heads(house: House, sitting: str) -> list[tuple[int, int]]:
    with house.store.read() as session:
        mine = select(SignedHead).where(SignedHead.sitting_id == sitting).order_by(SignedHead.id)
        return [(head.position, head.at_ms) for head in session.scalars(mine)]


def test_every_answer_is_signed_and_anyone_can_check_it_with_the_published_key(house: House) -> None:
    """threats R07"""
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    first = server.post(url("api/sitting/events"), json=batch(opened())).json()
    house.clock.advance(seconds=1)
    again = server.post(url("api/sitting/events"), json=batch(opened())).json()
    for answer, at_ms in ((first, START_MS), (again, START_MS + 1000)):
        signed = answer["signed"]
        public_key = public_keys(house)[signed["key"]]
        assert signed["at_ms"] == at_ms
        assert signed["key"] == key_of(bytes.fromhex(public_key))
        assert is_signed(statement_of(sitting, answer, at_ms), signed["signature"], public_key)
        assert not is_signed(statement_of(sitting, answer, at_ms + 1), signed["signature"], public_key)
        assert not is_signed(statement_of("other", answer, at_ms), signed["signature"], public_key)


def test_a_signature_or_key_that_is_none_proves_nothing(house: House) -> None:
    (public_key,) = public_keys(house).values()
    assert not is_signed(b"x", "no hex", public_key)
    assert not is_signed(b"x", "00" * 64, "00")


def test_the_receipt_carries_a_signature_over_its_head(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    server.post(url("api/sitting/events"), json=batch(opened(), typed(1, "a")))
    house.clock.advance(seconds=30)
    receipt = server.post(url("api/sitting/submit"), json={}).json()["receipt"]
    signed_ms, public_key = receipt["signed_ms"], public_keys(house)[receipt["key"]]
    assert (receipt["sitting"], signed_ms) == (sitting, START_MS + 30_000)
    assert is_signed(statement_of(sitting, receipt, signed_ms), receipt["signature"], public_key)
    with house.store.read() as session:
        stored = session.scalars(select(Submission)).one()
        assert (stored.signature, stored.signed_ms) == (receipt["signature"], signed_ms)


def test_a_receipt_of_a_sitting_without_events_signs_the_chains_beginning(house: House) -> None:
    sitting = house.running()
    receipt = house.server(f"s-{sitting}").post(url("api/sitting/submit"), json={}).json()["receipt"]
    assert (receipt["position"], receipt["head"]) == (0, genesis(sitting))


def test_signed_heads_are_kept_once_a_minute_and_at_the_end(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    for second in range(0, 180, 20):
        event = opened() if second == 0 else typed(second // 20, "x")
        server.post(url("api/sitting/events"), json=batch(event))
        house.clock.advance(seconds=20)
    server.post(url("api/sitting/submit"), json={})
    minute = 60_000
    assert kept_heads(house, sitting) == [
        (1, START_MS),
        (4, START_MS + minute),
        (7, START_MS + 2 * minute),
        (9, START_MS + 3 * minute),
    ]


def test_repeating_a_batch_keeps_no_further_head(house: House) -> None:
    sitting = house.running()
    server = house.server(f"s-{sitting}")
    for _ in range(3):
        server.post(url("api/sitting/events"), json=batch(opened()))
        house.clock.advance(seconds=90)
    assert kept_heads(house, sitting) == [(1, START_MS)]


def test_the_key_is_a_secret_of_the_instance_and_outlives_a_restart(house: House) -> None:
    secrets = house.parts.settings.layout.secrets
    file = secrets / Secret.SIGNING_KEY.value
    assert file.stat().st_mode & 0o777 == 0o600
    again = Signer.of(secrets, house.clock)
    assert again.public_key == house.parts.signer.public_key
    remember_key(house.store, again)
    with house.store.read() as session:
        assert [row.key for row in keys(session)] == [again.key]
    assert again.public_key != file.read_text(encoding="ascii").strip()


def test_a_replaced_key_leaves_old_signatures_provable(house: House) -> None:
    secrets = house.parts.settings.layout.secrets
    old = house.parts.signer
    (secrets / Secret.SIGNING_KEY.value).unlink()
    house.clock.advance(seconds=1)
    new = Signer.of(secrets, house.clock)
    remember_key(house.store, new)
    assert list(public_keys(house)) == [old.key, new.key]
