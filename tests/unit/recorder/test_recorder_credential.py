"""The key of the server's cookies follows from the token that only the server has."""

from __future__ import annotations

import pytest
from nbassess_recorder import credential


def key_of(token: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(credential, "_secrets", {credential.HUB_TOKEN: token} if token else {})
    return credential.cookie_secret()


def test_a_restarted_server_knows_the_cookies_of_the_pages_that_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """F07: the same token, the same key; another sitting's token, another key; and it does not show the token."""
    first, again, other = (key_of(token, monkeypatch) for token in ("token-a", "token-a", "token-b"))
    assert first == again != other
    assert len(first) == 32
    assert b"token-a" not in first


def test_without_a_token_nobody_can_work_the_key_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_of("", monkeypatch) != key_of("", monkeypatch)
