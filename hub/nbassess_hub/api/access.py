"""Who may call an endpoint: the few answers there are, as values that a table can hold."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["public", "token", "admin", "service", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A decision. ``any_of`` are scopes of which one is enough; a page without any is for whoever is signed in."""

    kind: Kind
    any_of: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return the decision in words, for the reference."""
        scopes = " or ".join(f"`{scope}`" for scope in sorted(self.any_of))
        words = {
            "public": "everybody",
            "token": f"token with {scopes}",
            "admin": "the administrator's token",
            "service": "the service token (the hub)",
            "page": f"browser session with {scopes}" if scopes else "browser session",
        }
        return words[self.kind]


PUBLIC = Access(kind="public")
ADMIN = Access(kind="admin")
SERVICE = Access(kind="service")
SIGNED_IN = Access(kind="page")


def token(*any_of: str) -> Access:
    """Let tokens in that carry one of these scopes. The administrator's carries all."""
    return Access(kind="token", any_of=frozenset(any_of))


def page(*any_of: str) -> Access:
    """Let browser sessions in whose role has one of these scopes."""
    return Access(kind="page", any_of=frozenset(any_of))
