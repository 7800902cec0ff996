"""Browser, Jupyter server, collector, and the bad ways between them; all real, all for one sitting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nbassess_hub.settings import SERVICE_PREFIX
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.support import chromium
from tests.support.material import PATH, cells
from tests.support.ports import free_port
from tests.support.recorder_lab import SERVER_TOKEN
from tests.support.recorder_service import notebook
from tests.support.recording.background import Background
from tests.support.recording.collector import Collector, running_collector
from tests.support.recording.faults import LINE, ROAD, Plan, calm
from tests.support.recording.line import Line
from tests.support.recording.notebook_server import NotebookServer
from tests.support.recording.road import Road
from tests.support.recording.tape import Tape

LOAD_MS = 45_000
FIRST_CELL = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-content"


@dataclass
class Stand:
    """One sitting. `page` is the tab that the candidate works in."""

    collector: Collector
    server: NotebookServer
    line: Line
    road: Road
    context: BrowserContext
    tape: Tape
    errors: list[str] = field(default_factory=list)
    is_spoiled: bool = False
    """Whether a script failed here: what follows would only repeat its failure."""
    _page: Page | None = None
    _documents: int = 0

    @property
    def page(self) -> Page:
        """The open tab."""
        assert self._page is not None
        return self._page

    def open(self) -> Page:
        """Open a tab and wait until panel and first notebook are there."""
        page = self._page = self.new_tab()
        return page

    def new_tab(self) -> Page:
        """Open one more tab of the sitting."""
        page = self.context.new_page()
        page.on("pageerror", self._note)
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{self.line.url}/lab?token={SERVER_TOKEN}", timeout=LOAD_MS)
        self.loaded(page)
        return page

    def _note(self, error: Error) -> None:
        """Keep an error of the recorder. JupyterLab's own, of kernels that end while they are asked, are not ours."""
        if "nbassess" in str(error.stack):
            self.errors.append(str(error.stack))

    @staticmethod
    def loaded(page: Page) -> None:
        """Wait until panel and a notebook are there."""
        page.wait_for_selector(".nbassess-problem", timeout=LOAD_MS)
        page.wait_for_selector(FIRST_CELL, timeout=LOAD_MS)

    def new_name(self, script: str) -> str:
        """Return a name for a document that no play of any script had before."""
        self._documents += 1
        return f"{script}-{self._documents}"

    def spoil(self, seed: str) -> None:
        """Make both ways bad from now on."""
        self.line.plan = Plan(seed=f"{seed} line", odds=LINE)
        self.road.plan = Plan(seed=f"{seed} road", odds=ROAD)

    def calm(self) -> None:
        """Let everything through from now on."""
        self.line.plan = calm()
        self.road.plan = calm()
        self.line.mend()
        self.road.is_cut = False


@contextmanager
def running_stand(browser: Browser, folder: Path) -> Iterator[Stand]:
    """Start everything for one sitting, and end it."""
    with ExitStack() as stack:
        background = Background()
        stack.callback(background.close)
        collector = stack.enter_context(running_collector(folder))
        road = Road(background, collector.port)
        stack.callback(road.close)
        url = f"{road.url}{SERVICE_PREFIX}api"
        server = NotebookServer(home=folder, port=free_port(), url=url, token=collector.token)
        server.lay_out({f"work/{PATH}": _first_notebook()})
        server.start()
        stack.callback(server.stop)
        line = Line(background, server.port)
        stack.callback(line.close)
        context = stack.enter_context(chromium.person(browser))
        context.set_default_timeout(10_000)
        stand = Stand(collector=collector, server=server, line=line, road=road, context=context, tape=Tape(collector))
        stand.open()
        yield stand


def _first_notebook() -> str:
    """Return the starter with its kernel named: without a name JupyterLab asks."""
    return notebook(*((cell["id"], cell["cell_type"], cell["source"]) for cell in cells()))
