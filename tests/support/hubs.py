"""Hubs for tests, named for how they behave. All of them vouch for tokens of the form `token-of:<user>:<group>`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nbassess_hub.errors import SpawnError, Unavailable
from nbassess_hub.hub_client import Identity, Progress, ServerState
from nbassess_hub.scopes import GROUPS


def token_of(user: str, group: str = "candidates") -> str:
    """Return a token that every hub of this module vouches for."""
    return f"token-of:{user}:{group}"


@dataclass
class HubWhoseServersAnswer:
    """Starts every server at once; remembers what it was asked."""

    servers: dict[str, ServerState] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    asked_about: int = 0

    def whoami(self, token: str) -> Identity | None:
        """Vouch for well-formed tokens of users whose tokens were not revoked."""
        self.asked_about += 1
        word, _, rest = token.partition(":")
        user, _, group = rest.partition(":")
        if word != "token-of" or group not in GROUPS or user in self.revoked:
            return None
        return Identity(name=user, groups=frozenset({group}), scopes=frozenset(GROUPS[group].own))

    def ensure_user(self, name: str, group: str) -> None:
        """Remember the user."""
        self.users[name] = group

    def start(self, name: str) -> Iterator[Progress]:
        """Report once, then be ready."""
        yield Progress(percent=40, message="Server requested")
        self.servers[name] = "ready"
        yield Progress(percent=100, message="Server ready", is_ready=True)

    def state(self, name: str) -> ServerState:
        """Return what was started or stopped."""
        return self.servers.get(name, "stopped")

    def stop(self, name: str) -> ServerState:
        """Stop at once."""
        self.servers[name] = "stopped"
        return "stopped"

    def revoke_tokens(self, name: str) -> None:
        """Remember."""
        self.revoked.append(name)


class HubWhereSpawnsFail(HubWhoseServersAnswer):
    """Fails every start, until `heal` is called."""

    is_healed = False

    def start(self, name: str) -> Iterator[Progress]:
        """Report, then fail."""
        if self.is_healed:
            yield from super().start(name)
            return
        yield Progress(percent=30, message="Pulling")
        yield Progress(percent=100, message="Spawn failed: no space left", is_failed=True)


class HubThatRefusesToStart(HubWhoseServersAnswer):
    """Answers a start with an error instead of progress."""

    def start(self, name: str) -> Iterator[Progress]:
        """Refuse."""
        raise SpawnError(f"The hub refused to start the server of {name}: too many users")


class HubThatIsDown(HubWhoseServersAnswer):
    """Answers nothing while `is_down`."""

    is_down = True

    def _answer(self) -> None:
        if self.is_down:
            raise Unavailable("The hub does not answer.", code="hub_down")

    def whoami(self, token: str) -> Identity | None:
        """Answer only when up."""
        self._answer()
        return super().whoami(token)

    def state(self, name: str) -> ServerState:
        """Answer only when up."""
        self._answer()
        return super().state(name)

    def stop(self, name: str) -> ServerState:
        """Answer only when up."""
        self._answer()
        return super().stop(name)

    def revoke_tokens(self, name: str) -> None:
        """Answer only when up."""
        self._answer()
        super().revoke_tokens(name)


class HubWhoseServersHang(HubWhoseServersAnswer):
    """Never gets a server to stop while `hangs`."""

    hangs = True

    def stop(self, name: str) -> ServerState:
        """Stay pending."""
        return "pending" if self.hangs else super().stop(name)
