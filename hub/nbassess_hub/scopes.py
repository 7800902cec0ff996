"""Who may do what, in one table.

JupyterHub grants scopes to people, servers and services; the assessment service asks the hub which scopes a credential
carries. So one table decides both: every role lists the hub's own scopes and ours (`custom:nbassess:...`). A role
belongs to a hub group, and a person is in one group only. The hub's built-in `user` role, with which anybody could mint
tokens and stop servers, is emptied: what is not listed here is not allowed.

A notebook server acts with its own token, which never carries more than its owner's role and much less of the hub.

`docs/reference/scopes.md` is written from this table: `python -m nbassess_hub.reference [--check]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SIT = "custom:nbassess:sit"
READ_REPORTS = "custom:nbassess:read:reports"
READ_RECORDINGS = "custom:nbassess:read:recordings"
READ_SITTINGS = "custom:nbassess:read:sittings"
MANAGE_INVITATIONS = "custom:nbassess:manage:invitations"
MANAGE_ASSESSMENTS = "custom:nbassess:manage:assessments"

CUSTOM_SCOPES: Mapping[str, str] = {
    SIT: "Take part in one's own sitting: read its task, send its events, submit it.",
    READ_REPORTS: "Read reports and cohorts.",
    READ_RECORDINGS: "Read the recorded events and submissions of sittings.",
    READ_SITTINGS: "List sittings and their state.",
    MANAGE_INVITATIONS: "Create and withdraw invitations.",
    MANAGE_ASSESSMENTS: "Publish assessments.",
}
ALL_CUSTOM_SCOPES: frozenset[str] = frozenset(CUSTOM_SCOPES)
"""What the administrator's token carries; it is no hub credential."""

_OWN_IDENTITY = ("read:users:name!user", "read:users:groups!user")
_OWN_SERVER = ("access:servers!user", "users:activity!user", *_OWN_IDENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One row: who holds it, what the hub lets them do, what the service lets them do."""

    name: str
    about: str
    group: str | None = None
    service: str | None = None
    hub: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def scopes(self) -> list[str]:
        """Return all scopes, in the order of the table."""
        return [*self.hub, *self.own]


CANDIDATE = Role(
    name="candidate",
    about="A person in a sitting. Opens the own notebook server and nothing else; the service starts and stops it.",
    group="candidates",
    hub=_OWN_SERVER,
    own=(SIT,),
)
REVIEWER = Role(
    name="reviewer",
    about="A person who reads recordings and judges flags, in the own notebook server.",
    group="reviewers",
    hub=_OWN_SERVER,
    own=(READ_REPORTS, READ_RECORDINGS, READ_SITTINGS),
)
MANAGER = Role(
    name="manager",
    about="A person who decides, with dashboards in the own notebook server.",
    group="managers",
    hub=_OWN_SERVER,
    own=(READ_REPORTS, READ_RECORDINGS, READ_SITTINGS),
)
COORDINATOR = Role(
    name="coordinator",
    about="A person who invites candidates and follows the state of sittings; sees no answers and no reports.",
    group="coordinators",
    hub=_OWN_IDENTITY,
    own=(MANAGE_INVITATIONS, MANAGE_ASSESSMENTS, READ_SITTINGS),
)
SERVICE = Role(
    name="assessment-service",
    about="The service itself: makes the hub's users, puts them in their group, starts and stops servers, ends tokens.",
    service="nbassess",
    hub=("admin:users", "servers", "groups", "tokens", "read:hub"),
)
OPERATOR = Role(
    name="operator",
    about="The process supervisor: asks whether the hub is well and tells it about a restarted proxy.",
    service="nbassess-stack",
    hub=("proxy", "read:hub"),
)
ROLES: tuple[Role, ...] = (CANDIDATE, REVIEWER, MANAGER, COORDINATOR, SERVICE, OPERATOR)
GROUPS: Mapping[str, Role] = {role.group: role for role in ROLES if role.group is not None}
CANDIDATE_GROUP = "candidates"
ANALYST_GROUPS = frozenset({"reviewers", "managers"})

SERVER_SCOPES = ("users:activity!user", "access:servers!server", *_OWN_IDENTITY)
"""What every notebook server's own token may do at the hub, beside its owner's custom scopes."""


def group_role(groups: frozenset[str]) -> Role | None:
    """Return the role of a person in `groups`, or none unless exactly one group is ours."""
    roles = [GROUPS[group] for group in groups if group in GROUPS]
    return roles[0] if len(roles) == 1 else None


def server_token_scopes(groups: frozenset[str]) -> list[str]:
    """Return the scopes a notebook server's own token asks for."""
    role = group_role(groups)
    return [*SERVER_SCOPES, *(role.own if role is not None else ())]


def load_roles() -> list[dict[str, object]]:
    """Return the roles in the form JupyterHub reads; the built-in `user` role comes first, emptied."""
    loaded: list[dict[str, object]] = [{"name": "user", "description": "Nothing beyond one's group.", "scopes": []}]
    for role in ROLES:
        holder = {"groups": [role.group]} if role.group is not None else {"services": [role.service]}
        loaded.append({"name": role.name, "description": role.about, "scopes": role.scopes, **holder})
    return loaded
