"""Roles: what is not in the table is not allowed."""

from __future__ import annotations

import pytest
from nbassess_hub import scopes
from nbassess_hub.scopes import ALL_CUSTOM_SCOPES, CANDIDATE, GROUPS, ROLES, group_role, load_roles, server_token_scopes

DANGEROUS = ("self", "inherit", "tokens", "servers", "start:servers", "delete:servers", "shares", "admin", "users!user")


def test_builtin_user_role_is_emptied() -> None:
    assert load_roles()[0] == {"name": "user", "description": "Nothing beyond one's group.", "scopes": []}


def test_person_can_neither_make_tokens_nor_move_servers() -> None:
    for role in GROUPS.values():
        for scope in role.hub:
            assert not scope.startswith(DANGEROUS), (role.name, scope)
            assert scope.endswith("!user"), (role.name, scope)


def test_candidate_has_one_scope_of_ours() -> None:
    assert CANDIDATE.own == (scopes.SIT,)


def test_coordinator_reads_no_answers() -> None:
    assert not {scopes.READ_REPORTS, scopes.READ_RECORDINGS} & set(GROUPS["coordinators"].own)


def test_every_role_uses_declared_scopes_only() -> None:
    for role in ROLES:
        assert set(role.own) <= ALL_CUSTOM_SCOPES
        assert (role.group is None) != (role.service is None)


def test_servers_token_never_exceeds_its_owners_role() -> None:
    for group, role in GROUPS.items():
        custom = {scope for scope in server_token_scopes(frozenset({group})) if scope.startswith("custom:")}
        assert custom == set(role.own)


@pytest.mark.parametrize("groups", [frozenset(), frozenset({"visitors"}), frozenset({"candidates", "managers"})])
def test_somebody_without_exactly_one_group_has_no_role(groups: frozenset[str]) -> None:
    assert group_role(groups) is None
    assert not [scope for scope in server_token_scopes(groups) if scope.startswith("custom:")]


def test_group_of_somebody_elses_does_not_matter() -> None:
    assert group_role(frozenset({"candidates", "visitors"})) is CANDIDATE
