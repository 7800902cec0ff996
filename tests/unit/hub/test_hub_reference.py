"""Reference pages are what their tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbassess_hub.reference import main, scopes_page, settings_page
from nbassess_hub.scopes import CUSTOM_SCOPES, ROLES
from nbassess_hub.settings import SETTINGS

REFERENCE = Path(__file__).parents[3] / "docs/reference"


def test_committed_pages_are_up_to_date() -> None:
    assert main(["--check", str(REFERENCE)]) == 0, "run `python -m nbassess_hub.reference`"


def test_check_writes_nothing_and_says_what_is_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(tmp_path)]) == 1
    assert "settings.md: out of date" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


def test_every_setting_and_every_role_has_a_row() -> None:
    for row in SETTINGS:
        assert f"`{row.variable}`" in settings_page()
    for name in [*CUSTOM_SCOPES, *(role.name for role in ROLES)]:
        assert f"`{name}`" in scopes_page()
