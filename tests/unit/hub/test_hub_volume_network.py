"""Work volumes, the network and the firewall, on a host that only writes down what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import docker.errors
import pytest
from docker import APIClient
from nbassess_hub.errors import BadInput, HostError
from nbassess_hub.host_command import run_command
from nbassess_hub.network import Fence, firewall_down, firewall_up, input_rules, network_request, network_up
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Instance, Network
from nbassess_hub.volume import DirectoryVolumes, LoopVolumes, checked_name

FENCE = Fence.of(Settings())


@dataclass
class WritesDown:
    """A host on which everything succeeds but the commands in `missing`."""

    missing: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def __call__(self, command: Sequence[str], /, *, given: str = "") -> str:
        words = " ".join(command)
        self.said.append(words)
        self.given.append(given)
        if any(part in words for part in self.missing):
            raise HostError(words, details={"exit_code": 1})
        return ""


class RefusesMounts(WritesDown):
    """A host without loop devices."""

    def __call__(self, command: Sequence[str], /, *, given: str = "") -> str:
        if command[0] == "mount":
            raise HostError("mount: failed to setup loop device")
        return super().__call__(command, given=given)


def test_image_is_made_once_complete_or_not_at_all(tmp_path: Path) -> None:
    host = RefusesMounts()
    volumes = LoopVolumes(root=tmp_path / "volumes", size_bytes=32 * 1024**2, run=host)
    for _ in range(2):
        with pytest.raises(HostError, match="loop device"):
            volumes.up("s-1")
    image = tmp_path / "volumes" / "s-1.img"
    assert image.stat().st_size == 32 * 1024**2
    assert image.stat().st_mode & 0o077 == 0
    made = [words for words in host.said if words.startswith("mkfs.ext4")]
    assert len(made) == 1
    assert "-m 5" in made[0]


def test_half_made_image_is_made_again(tmp_path: Path) -> None:
    (tmp_path / ".s-1.img.draft").write_bytes(b"half")
    volumes = LoopVolumes(root=tmp_path, size_bytes=32 * 1024**2, run=RefusesMounts())
    with pytest.raises(HostError):
        volumes.up("s-1")
    assert (tmp_path / "s-1.img").stat().st_size == 32 * 1024**2
    assert not (tmp_path / ".s-1.img.draft").exists()


def test_down_and_remove_of_nothing_change_nothing(tmp_path: Path) -> None:
    host = WritesDown()
    volumes = LoopVolumes(root=tmp_path, size_bytes=1, run=host)
    volumes.down("s-1")
    volumes.remove("s-1")
    assert host.said == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "s_1", "-x", ".lock", "x" * 64, "ü", "a b", "s-1\n", "s-{x}"])
def test_name_that_could_leave_the_directory_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        checked_name(name)


def test_directories_stand_in_for_volumes_in_mode_local(tmp_path: Path) -> None:
    volume = DirectoryVolumes(root=tmp_path).up("s-1")
    assert DirectoryVolumes(root=tmp_path).up("s-1") == volume
    assert volume.work.is_dir()
    assert volume.journal.stat().st_mode & 0o077 == 0


def test_chain_lets_hub_and_service_in_and_nothing_else() -> None:
    assert input_rules(FENCE).splitlines() == [
        "*filter",
        ":NBA-nbassess0 - [0:0]",
        "-A NBA-nbassess0 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-A NBA-nbassess0 -d 172.30.0.1/32 -p tcp -m multiport --dports 8081,8090 -j ACCEPT",
        "-A NBA-nbassess0 -j REJECT --reject-with icmp-port-unreachable",
        "COMMIT",
    ]


def test_firewall_goes_up_in_one_step_and_once() -> None:
    fresh = WritesDown(missing={" -C "})
    firewall_up(FENCE, fresh)
    assert fresh.said[0] == "iptables-restore -w 10 --noflush"
    assert [words for words in fresh.said if " -I " in words] == [
        "iptables -w 10 -I DOCKER-USER 1 -i nbassess0 -j REJECT",
        "iptables -w 10 -I INPUT 1 -i nbassess0 -j NBA-nbassess0",
    ]
    there = WritesDown()
    firewall_up(FENCE, there)
    assert not [words for words in there.said if " -I " in words]
    assert all(" -w 10" in words for words in [*fresh.said, *there.said])


def test_firewall_of_nothing_comes_down_without_a_word_about_the_chain() -> None:
    host = WritesDown(missing={" -C ", " -L "})
    firewall_down(FENCE, host)
    assert not [words for words in host.said if " -D " in words or " -F " in words or " INPUT " in words]


def test_firewall_that_does_not_answer_is_an_error_and_not_an_absent_rule() -> None:
    def locked(command: Sequence[str], /, *, given: str = "") -> str:
        raise HostError("another app holds the lock", details={"exit_code": 4})

    with pytest.raises(HostError, match="lock"):
        firewall_down(FENCE, locked)


def test_longest_chain_name_fits_into_iptables() -> None:
    long = Fence.of(Settings(instance=Instance(name="n" * 16), network=Network(bridge="b" * 15)))
    assert len(long.chain) <= 28


class Engine:
    """A Docker engine that has the networks it was given."""

    def __init__(self, *networks: dict[str, Any]) -> None:
        self.found = list(networks)
        self.made: list[dict[str, Any]] = []

    def networks(self, names: list[str]) -> list[dict[str, Any]]:
        return self.found

    def create_network(self, **request: Any) -> None:
        self.made.append(request)


def existing(**changes: Any) -> dict[str, Any]:
    request = network_request(FENCE)
    found = {
        "Name": FENCE.network,
        "Internal": True,
        "Options": dict(request["options"]),
        "IPAM": {"Config": [{"Subnet": FENCE.subnet, "Gateway": FENCE.gateway}]},
    }
    return found | changes


def test_network_is_internal_and_keeps_containers_apart() -> None:
    engine = Engine()
    network_up(cast(APIClient, engine), FENCE)
    (request,) = engine.made
    assert request["internal"] is True
    assert request["enable_ipv6"] is False
    assert request["options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert request["ipam"]["Config"] == [{"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.1"}]


def test_network_that_is_there_is_kept() -> None:
    engine = Engine(existing())
    network_up(cast(APIClient, engine), FENCE)
    assert engine.made == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"Internal": False}, "internal"),
        ({"Options": {}}, "enable_icc"),
        ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/8"}]}}, "subnet"),
    ],
)
def test_network_that_is_laxer_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(HostError, match=named):
        network_up(cast(APIClient, Engine(existing(**changes))), FENCE)


def test_subnet_that_is_taken_is_named() -> None:
    class Refuses(Engine):
        def create_network(self, **request: Any) -> None:
            raise docker.errors.APIError("no", explanation="Pool overlaps with other one on this address space")

    with pytest.raises(HostError, match="overlaps"):
        network_up(cast(APIClient, Refuses()), FENCE)


def test_failed_command_says_which_and_why() -> None:
    with pytest.raises(HostError, match=r"`sh -c echo no >&2; exit 3` ended with 3: no") as caught:
        run_command(["sh", "-c", "echo no >&2; exit 3"])
    assert caught.value.details["exit_code"] == 3
    with pytest.raises(HostError, match="no such program"):
        run_command(["nbassess-has-no-such-program"])
