"""The key of the server's cookies outlives the server, in a file that only it can read."""

from __future__ import annotations

from pathlib import Path

from nbassess_recorder import credential


def test_a_restarted_server_knows_the_cookies_of_the_pages_that_are_open(tmp_path: Path) -> None:
    """F07: the same journal, the same key, readable by its owner only; another sitting has another."""
    first, again = credential.cookie_secret(tmp_path / "journal"), credential.cookie_secret(tmp_path / "journal")
    assert first == again != credential.cookie_secret(tmp_path / "other")
    assert len(first) == 32
    assert (tmp_path / "journal" / "cookie_secret").stat().st_mode & 0o777 == 0o600


def test_a_key_that_cannot_be_kept_is_still_a_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(credential.cookie_secret(tmp_path / "file")) == 32
    (tmp_path / "cookie_secret").write_bytes(b"half")
    assert len(credential.cookie_secret(tmp_path)) == 32
