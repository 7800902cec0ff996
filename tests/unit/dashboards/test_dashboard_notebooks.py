"""Both notebooks run headless against a real HTTP server, and hold next to no code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.unit.dashboards.api_server import READER, serving
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks" / "dashboards"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture(scope="module")
def fixture() -> Fixture:
    return synthetic_fixture(4)


@pytest.fixture(scope="module")
def api_url(fixture: Fixture) -> Iterator[str]:
    with serving(fixture) as url:
        yield url


def widget_states(name: str, api_url: str, monkeypatch: pytest.MonkeyPatch, **environ: str) -> list[dict[str, Any]]:
    """Run a notebook as an analyst's kernel would and return the state of every widget it made."""
    variables = {"NBASSESS_API_URL": api_url, "JUPYTERHUB_API_TOKEN": READER, **environ}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)  # type: ignore[no-untyped-call] # nbformat has no types
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [model["state"] for model in notebook.metadata["widgets"][WIDGET_STATE]["state"].values()]


def test_cohort_notebook_runs_and_shows_the_cohort(
    api_url: str, fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = widget_states("cohort.ipynb", api_url, monkeypatch)
    [table] = [state["content"] for state in states if "content" in state]
    shown = [(row["key"], row["cells"][0]["text"]) for row in table["rows"]]
    assert shown == [(item["id"], item["candidate"]) for item in fixture.sittings]
    plots = [state for state in states if state.get("_model_name") == "OutputModel" and state.get("outputs")]
    assert len(plots) == 3


def test_candidate_notebook_runs_and_shows_the_sitting_of_its_address(
    api_url: str, fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = fixture.sittings[1]["id"]
    states = widget_states("candidate.ipynb", api_url, monkeypatch, QUERY_STRING=f"sitting={wanted}")
    assert f"Records 1..{len(fixture.recordings[wanted])}, chain intact" in json.dumps(states)
    assert [state for state in states if state.get("_anywidget_id") == "nbassess_dashboards.replay.ReplayPlayer"]


@pytest.mark.parametrize("name", ["cohort.ipynb", "candidate.ipynb"])
def test_notebook_holds_one_call_and_no_output(name: str) -> None:
    notebook = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))
    [code] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len("".join(code["source"]).splitlines()) == 3
    assert code["outputs"] == []
    assert code["execution_count"] is None
    assert code["metadata"]["jupyter"]["source_hidden"] is True
