"""A server that dies in a running sitting comes back without anybody asking (fault F07)."""

from __future__ import annotations

from pathlib import Path

from nbassess_hub.store.engine import Store

from tests.support.house import House, batch, open_house, opened, url, wait_until
from tests.support.hubs import HubThatIsDown


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
