"""No login, cookie or session ends while somebody sits (fault F18)."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbassess_hub.configure import configure_access, configure_spawner
from nbassess_hub.errors import BadInput
from nbassess_hub.settings import Settings
from nbassess_hub.settings_sections import Hub, Instance
from nbassess_hub.sittings.published import publish
from nbassess_hub.sittings.sessions import SESSION_MS
from traitlets.config import Config

from tests.support.house import House, url
from tests.support.material import packed


@pytest.mark.parametrize("login_s", [7200, 43_200])
def test_every_lifetime_is_an_hour_longer_than_the_longest_sitting(tmp_path: Path, login_s: int) -> None:
    """F18: by configuration, at whatever the operator sets."""
    settings = Settings(instance=Instance(state_dir=str(tmp_path)), hub=Hub(auth_cache_s=login_s))
    c = Config()
    configure_access(c, settings)
    configure_spawner(c, settings)
    lifetimes_s = [c.JupyterHub.oauth_token_expires_in, SESSION_MS / 1000]
    lifetimes_s += [int(word.partition("=")[2]) for word in c.Spawner.args if "cache_max_age" in word]
    assert len(lifetimes_s) == 3
    assert min(lifetimes_s) >= settings.longest_sitting_minutes * 60 + 3600
    assert "cookie_max_age_days" not in c.JupyterHub  # the hub's own: 14 days


def test_an_assessment_that_would_outlive_its_login_is_not_published(house: House) -> None:
    """F18"""
    archive = packed(house.folder / "long")
    longest = house.parts.settings.longest_sitting_minutes
    assert longest == 660
    with pytest.raises(BadInput, match=r"lasts 30 minutes.*at most 29.*auth_cache_s"):
        publish(house.store, archive.data, now_ms=0, actor="admin", minutes_max=29)
    publish(house.store, archive.data, now_ms=0, actor="admin", minutes_max=30)


def test_entering_renews_the_session_of_the_pages(house: House) -> None:
    """F18: somebody who opened the link yesterday can still reload in the last minute of the sitting."""
    browser = house.candidate()
    house.clock.advance(seconds=23 * 3600)
    house.start(browser)
    entered = browser.get(url("enter"))
    assert "nbassess-session" in "".join(entered.headers.get_list("set-cookie"))
    house.clock.advance(seconds=12 * 3600)
    assert browser.get(url("enter")).status_code == 303
    house.clock.advance(seconds=SESSION_MS / 1000)
    assert browser.get(url("enter")).status_code == 401
