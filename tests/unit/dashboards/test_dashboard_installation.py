"""What the wheel leaves in Jupyter's folders is read by Jupyter and names nothing outside the server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbassess_dashboards
import pytest

REPO = Path(__file__).resolve().parents[3]
PACKAGE = Path(nbassess_dashboards.__file__).parent
EXTENSION = PACKAGE / "share/labextensions/@nbassess/dashboards"


def test_lab_extension_has_the_version_of_the_package() -> None:
    described = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    assert described["version"] == nbassess_dashboards.__version__
    assert (EXTENSION / described["jupyterlab"]["_build"]["load"]).is_file()


def test_voila_serves_no_files_and_shows_no_tracebacks() -> None:
    configured = json.loads((PACKAGE / "etc/voila.json").read_text(encoding="utf-8"))["VoilaConfiguration"]
    assert configured["file_allowlist"] == []
    assert configured["show_tracebacks"] is False
    assert configured["allow_template_override"] == "NO"


def test_analysts_lab_lets_no_opened_notebook_offer_commands() -> None:
    """I09: a candidate's Markdown must not carry buttons that act in the reader's Lab; the default allows them."""
    overrides = json.loads((REPO / "images/analyst/overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:sanitizer"] == {"allowCommandLinker": False}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("share/**/*.*")), ids=lambda path: path.name)
def test_shared_files_fetch_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"https?://|src=\"//", path.read_text(encoding="utf-8"))
