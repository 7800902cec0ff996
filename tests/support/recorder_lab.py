"""A candidate's JupyterLab without a hub: the recorder as it is installed, a service in memory behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from nbassess_events.document import Cell, Document
from playwright.sync_api import Locator, Page

from tests.support.recorder_service import RecorderService

SERVER_TOKEN = "synthetic-lab-token"


def own_directory(name: str) -> str:
    """Return a data directory of the recorder's distribution."""
    return str(files("nbassess_recorder") / name)


def is_built() -> bool:
    """Whether the labextension is installed in this environment."""
    return (Path(sys.prefix) / "share/jupyter/labextensions/@nbassess/recorder/package.json").exists()


def until(condition: Callable[[], object], what: str, timeout_s: float = 20) -> None:
    """Poll until a condition holds; fail with `what` when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s for: {what}")
        time.sleep(0.05)


class Reachable(Protocol):
    """A service as its client sees it."""

    url: str


def environment(service: Reachable, home: Path) -> dict[str, str]:
    """Return the environment of the server, with its directories made."""
    directories = {name: home / name for name in ("work", "journal", "home", "runtime", "workspaces", "settings")}
    for directory in directories.values():
        directory.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(directories["home"]),
        "JUPYTER_RUNTIME_DIR": str(directories["runtime"]),
        "JUPYTER_CONFIG_PATH": own_directory("etc"),
        "JUPYTER_PATH": own_directory("share"),
        "NBASSESS_API_URL": service.url,
        "NBASSESS_WORK_DIR": str(directories["work"]),
        "NBASSESS_JOURNAL_DIR": str(directories["journal"]),
        "NBASSESS_WORKSPACES_DIR": str(directories["workspaces"]),
        "NBASSESS_USER_SETTINGS_DIR": str(directories["settings"]),
        "JUPYTER_TOKEN": SERVER_TOKEN,
    }


@contextmanager
def lab(
    service: RecorderService, home: Path, *, port: int, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Run JupyterLab with the recorder; yields its address. Log and process id: `home`/server.log, server.pid."""
    command = [
        *(sys.executable, "-P", "-m", "jupyter", "lab", "--no-browser", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.port={port}", "--LabApp.expose_app_in_browser=True"),
        f"--RecorderApp.api_token={service.token}",
    ]
    url = f"http://127.0.0.1:{port}"
    with (home / "server.log").open("ab") as log:
        surroundings = {**environment(service, home), **variables}
        server = subprocess.Popen(command, env=surroundings, stdout=log, stderr=log, cwd=home)
        (home / "server.pid").write_text(str(server.pid))
        try:
            until(lambda: _answers(f"{url}/api") or server.poll() is not None, "JupyterLab answers", 60)
            assert server.poll() is None, (home / "server.log").read_text()
            yield url
        finally:
            server.terminate()
            try:
                server.wait(3)
            except subprocess.TimeoutExpired:
                # Jupyter stopped in the middle of a request waits for its worker threads for ever.
                server.kill()
                server.wait(10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


class LabPage:
    """One open JupyterLab page and what a candidate does in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        """Load JupyterLab and wait until panel and first notebook are there."""
        self.page.goto(f"{url}/lab?token={SERVER_TOKEN}")
        self.ready()

    def ready(self) -> None:
        """Wait until panel and notebook are there."""
        self.page.wait_for_selector(".nbassess-problem")
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-content")

    def cell(self, index: int) -> Locator:
        """Return the cell at an index of the visible notebook."""
        return self.page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell[data-windowed-list-index='{index}']")

    def edit(self, index: int) -> None:
        """Put the cursor at the end of a cell."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def command_mode(self, index: int) -> None:
        """Select a cell without editing it."""
        self.edit(index)
        self.page.keyboard.press("Escape")

    def run_command(self, name: str) -> None:
        """Run one of JupyterLab's commands."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def documents(self) -> dict[str, Document]:
        """Return the notebooks as the browser's models have them."""
        found = self.page.evaluate(
            """() => [...window.jupyterapp.shell.widgets('main')]
                .filter(widget => widget.context?.model?.sharedModel?.cells)
                .map(widget => ({path: widget.context.path, cells: widget.context.model.sharedModel.cells.map(
                    cell => ({id: cell.getId(), cell_type: cell.cell_type, source: cell.getSource()}))}))"""
        )
        documents = json.loads(json.dumps(found))
        return {
            item["path"]: Document(path=item["path"], cells=tuple(Cell(**cell) for cell in item["cells"]))
            for item in documents
        }

    def set_source(self, index: int, source: str) -> None:
        """Change a cell as a program would: not through an editor."""
        self.page.evaluate(
            """([index, source]) => window.jupyterapp.shell.currentWidget.context.model.sharedModel
                .cells[index].setSource(source)""",
            [index, source],
        )

    def stored_edits(self) -> int:
        """Return how many edits the browser keeps in IndexedDB."""
        return int(
            self.page.evaluate(
                """async () => {
                    const answer = request => new Promise(done => { request.onsuccess = () => done(request.result); });
                    const [{name}] = (await indexedDB.databases()).filter(item => item.name.startsWith('nbassess:'));
                    const database = await answer(indexedDB.open(name));
                    const rows = await answer(database.transaction('events').objectStore('events').getAll());
                    database.close();
                    return rows.filter(row => row.event.type === 'edit').length;
                }"""
            )
        )

    def recording(self) -> str:
        """Return what the panel says about the recording."""
        return self.page.locator(".nbassess-recording").inner_text()
