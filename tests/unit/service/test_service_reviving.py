"""A server that dies in a running sitting comes back without anybody asking (fault F07)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from nbassess_hub.scopes import CANDIDATE_GROUP
from nbassess_hub.sittings import boots as boots_module
from nbassess_hub.sittings.boots import Boots
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Sitting

from tests.support.house import House, batch, open_house, opened, url, wait_until
from tests.support.hubs import HubThatIsDown, HubWhereSpawnsFail, HubWhoseServersAnswer


def test_a_dead_server_of_a_running_sitting_is_started_again(house: House) -> None:
    """F07: also when the page was closed, since the journal holds what the recording does not have yet."""
    sitting = house.running()
    house.hub.servers[f"s-{sitting}"] = "stopped"
    house.clock.advance(seconds=16)
    assert house.parts.warden.revive_servers() == [sitting]
    wait_until(lambda: house.hub.servers[f"s-{sitting}"] == "ready")
    house.clock.advance(seconds=16)
    assert house.parts.warden.revive_servers() == []


def test_a_server_that_was_heard_of_is_not_asked_about(house: House) -> None:
    """The hub has better things to do than to be asked about every server every few seconds."""
    sitting = house.running()
    house.clock.advance(seconds=600)
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened()))
    house.hub.servers[f"s-{sitting}"] = "stopped"
    house.clock.advance(seconds=14)
    assert house.parts.warden.revive_servers() == []
    house.clock.advance(seconds=2)
    assert house.parts.warden.revive_servers() == [sitting]


def test_the_server_of_a_sitting_that_has_ended_stays_away(house: House) -> None:
    sitting = house.running()
    house.server(f"s-{sitting}").post(url("api/sitting/submit"), json={"documents": {}})
    house.hub.servers[f"s-{sitting}"] = "stopped"
    house.clock.advance(seconds=60)
    assert house.parts.warden.revive_servers() == []
    assert house.hub.servers[f"s-{sitting}"] == "stopped"


def test_a_hub_that_is_down_is_asked_again_later(store: Store, tmp_path: Path) -> None:
    """F02: nobody's server counts as dead because the hub does not answer."""
    hub = HubThatIsDown()
    hub.is_down = False
    house = open_house(store, tmp_path, hub=hub)
    house.publish()
    sitting = house.running()
    hub.servers[f"s-{sitting}"] = "stopped"
    house.clock.advance(seconds=60)
    hub.is_down = True
    assert house.parts.warden.revive_servers() == []
    hub.is_down = False
    assert house.parts.warden.revive_servers() == [sitting]
    house.parts.boots.close(wait=True)


def test_a_server_that_dies_again_and_again_is_started_at_growing_distances(store: Store, tmp_path: Path) -> None:
    hub = HubWhereSpawnsFail()
    hub.is_healed = True
    house = open_house(store, tmp_path, hub=hub)
    house.publish()
    sitting = house.running()
    hub.servers[f"s-{sitting}"], hub.is_healed = "stopped", False
    house.clock.advance(seconds=16)
    tried_s = []
    for second in range(120):
        if house.parts.warden.revive_servers():
            tried_s.append(second)
            wait_until(lambda: house.parts.boots.get(f"s-{sitting}").state == "failed")  # type: ignore[union-attr]
        house.clock.advance(seconds=1)
    assert tried_s == [0, 10, 30, 70]
    house.server(f"s-{sitting}").post(url("api/sitting/events"), json=batch(opened()))
    assert house.parts.warden.revive_servers() == []
    house.clock.advance(seconds=16)
    assert house.parts.warden.revive_servers() == [sitting], "it was heard of, so the next time is a first time"
    house.parts.boots.close(wait=True)


def test_a_sitting_that_has_just_ended_does_not_keep_others_from_being_started_again(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = house.running("Ada"), house.running("Bob")
    house.hub.servers.clear()
    house.clock.advance(seconds=16)
    first, second = (sitting for sitting, _ in house.parts.warden._silent())
    assert {first, second} == {one, other}
    with house.store.write() as session:
        found = [(first, f"s-{first}"), (second, f"s-{second}")]
        session.get_one(Sitting, first).status = "submitted"  # between the question and the start
    monkeypatch.setattr(type(house.parts.warden), "_silent", lambda _: found)
    assert house.parts.warden.revive_servers() == [second]
    assert f"the server of sitting {first} is not started again" in caplog.text


def test_a_boot_that_was_forgotten_while_it_waited_starts_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sitting ended meanwhile; nothing would ever stop that server."""
    monkeypatch.setattr(boots_module, "PARALLEL_BOOTS", 1)
    hub, gate = HubWhoseServersAnswer(), threading.Event()
    boots = Boots(hub)

    def hold(_: str) -> None:
        gate.wait(10)

    boots.begin("busy", CANDIDATE_GROUP, hold)
    boots.begin("s-ended", CANDIDATE_GROUP, lambda _: None)
    boots.begin("s-runs", CANDIDATE_GROUP, lambda _: None)
    boots.forget("s-ended")
    gate.set()
    wait_until(lambda: hub.state("s-runs") == "ready")
    boots.close(wait=True)
    assert (hub.state("s-ended"), boots.get("s-ended")) == ("stopped", None)
