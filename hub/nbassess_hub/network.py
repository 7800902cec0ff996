"""The containers' network and the host's firewall around it.

Four fences, each of which holds when another is forgotten:

1. The bridge is `internal`: Docker routes nothing from it to the outside and nothing from outside to it.
2. `enable_icc=false`: containers on it cannot talk to each other.
3. An internal network does not protect the host, whose listeners on every address can be reached over the gateway. The
   chain below INPUT lets packets from the bridge reach the hub's and the service's port on the gateway, nothing else.
4. DOCKER-USER rejects whatever would be forwarded, so that a blocked call fails at once instead of hanging.

Every rule is written by one `iptables-restore` per chain, so that there is no moment at which a fence is half built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docker import APIClient
from docker.errors import APIError, NotFound

from nbassess_hub.errors import HostError
from nbassess_hub.host_command import Run, run_command
from nbassess_hub.settings import Settings

LOCK_WAIT_S = 10
_DOCKER_CHAIN = "DOCKER-USER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """What the network of one instance is made of."""

    network: str
    bridge: str
    subnet: str
    gateway: str
    open_ports: tuple[int, ...]

    @classmethod
    def of(cls, settings: Settings) -> Fence:
        """Read the fence off the settings."""
        return cls(
            network=f"{settings.instance.name}-sittings",
            bridge=settings.network.bridge,
            subnet=settings.network.subnet,
            gateway=settings.network.gateway,
            open_ports=(settings.hub.port, settings.service.port),
        )

    @property
    def chain(self) -> str:
        """Return the name of the chain for packets to the host: 19 characters at most, of the 28 iptables allows."""
        return f"NBA-{self.bridge}"


def network_request(fence: Fence) -> dict[str, Any]:
    """Return the body of the Docker engine's request for the network."""
    return {
        "name": fence.network,
        "driver": "bridge",
        "internal": True,
        "attachable": False,
        "enable_ipv6": False,
        "ipam": {"Driver": "default", "Config": [{"Subnet": fence.subnet, "Gateway": fence.gateway}]},
        "options": {
            "com.docker.network.bridge.name": fence.bridge,
            "com.docker.network.bridge.enable_icc": "false",
            "com.docker.network.bridge.enable_ip_masquerade": "false",
        },
    }


def input_rules(fence: Fence) -> str:
    """Return what `iptables-restore --noflush` makes the host's own chain of."""
    ports = ",".join(str(port) for port in fence.open_ports)
    return "\n".join(
        [
            "*filter",
            f":{fence.chain} - [0:0]",
            f"-A {fence.chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
            f"-A {fence.chain} -d {fence.gateway}/32 -p tcp -m multiport --dports {ports} -j ACCEPT",
            f"-A {fence.chain} -j REJECT --reject-with icmp-port-unreachable",
            "COMMIT",
            "",
        ]
    )


def network_up(client: APIClient, fence: Fence) -> None:
    """Make the network, or see that the one that exists is as strict.

    Raises:
        HostError: a network of that name is laxer than it must be, or the engine refuses.
    """
    wanted = network_request(fence)
    try:
        found = [net for net in client.networks(names=[fence.network]) if net["Name"] == fence.network]
        if not found:
            client.create_network(**wanted, check_duplicate=True)
            return
    except APIError as error:
        raise HostError(
            f"network {fence.network}: {error.explanation}; choose another network.subnet or bridge"
        ) from error
    _check_network(found[0], fence, wanted)


def network_down(client: APIClient, fence: Fence) -> None:
    """Remove the network if it is there.

    Raises:
        HostError: containers are still attached to it.
    """
    try:
        client.remove_network(fence.network)
    except NotFound:
        return
    except APIError as error:
        raise HostError(f"network {fence.network}: {error.explanation}; stop its containers first") from error


def firewall_up(fence: Fence, run: Run = run_command) -> None:
    """Write the host's rules and put them first; repeating it changes nothing."""
    run(["iptables-restore", "-w", str(LOCK_WAIT_S), "--noflush"], given=input_rules(fence))
    for chain, rule in _jumps(fence):
        if not _present(chain, rule, run):
            run([*_iptables("-I", chain), "1", *rule])


def firewall_down(fence: Fence, run: Run = run_command) -> None:
    """Take the host's rules away; repeating it changes nothing."""
    for chain, rule in _jumps(fence, chain_exists=_succeeds([*_iptables("-n", "-L"), fence.chain], run)):
        while _present(chain, rule, run):
            run([*_iptables("-D", chain), *rule])
        if fence.chain in rule:
            run([*_iptables("-F"), fence.chain])
            run([*_iptables("-X"), fence.chain])


def _jumps(fence: Fence, *, chain_exists: bool = True) -> list[tuple[str, list[str]]]:
    """Return the rules that lead packets from the bridge away; iptables refuses to look for a jump to no chain."""
    forwarded = (_DOCKER_CHAIN, ["-i", fence.bridge, "-j", "REJECT"])
    to_host = ("INPUT", ["-i", fence.bridge, "-j", fence.chain])
    return [forwarded, to_host] if chain_exists else [forwarded]


def _iptables(*words: str) -> list[str]:
    return ["iptables", "-w", str(LOCK_WAIT_S), *words]


def _present(chain: str, rule: list[str], run: Run) -> bool:
    return _succeeds([*_iptables("-C", chain), *rule], run)


def _succeeds(command: list[str], run: Run) -> bool:
    """Return whether `command` ended with 0; any other failure than "no such rule" is one of the host's."""
    try:
        run(command)
    except HostError as error:
        if error.details.get("exit_code") == 1:
            return False
        raise
    return True


def _check_network(found: dict[str, Any], fence: Fence, wanted: dict[str, Any]) -> None:
    wrong = [name for name, value in wanted["options"].items() if found.get("Options", {}).get(name) != value]
    wrong += [] if found.get("Internal") is True else ["internal"]
    wrong += [] if [one.get("Subnet") for one in found["IPAM"]["Config"]] == [fence.subnet] else ["subnet"]
    if wrong:
        raise HostError(
            f"network {fence.network} exists with other values of {', '.join(wrong)}; remove it with "
            f"`docker network rm {fence.network}` and start again"
        )
