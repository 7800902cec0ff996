"""What the box looks like from within, where order decides."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest
from nbassess_graders.sandbox.layout import Layout, box
from nbassess_graders.sandbox.port import Limits


@pytest.mark.parametrize("folder", ["/home/somebody/nbassess/.venv", "/tmp/clone/.venv"])
def test_an_environment_below_an_emptied_folder_is_still_seen(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found on a fresh machine: a clone in /home lost its interpreter below the box's own empty /home."""
    monkeypatch.setattr(sys, "prefix", folder)

    options = box(Layout(rootfs=None, python=f"{folder}/bin/python"), Limits(), {}, is_root=True, user=65534)

    mounts = [(option, place) for option, place in pairwise(options) if option.startswith("--")]
    emptied = mounts.index(("--tmpfs", "/" + folder.split("/")[1]))
    assert mounts.index(("--ro-bind", folder)) > emptied
