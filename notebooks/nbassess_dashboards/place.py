"""Where a dashboard runs: in Voilà with a query, or in JupyterLab; and in which folder its sibling notebooks are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote

from nbassess_dashboards.tables import RowLink

CANDIDATE_NOTEBOOK = "candidate.ipynb"
COHORT_NOTEBOOK = "cohort.ipynb"
APP_PATH = "/voila/render/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The folder of this notebook on its server, and what the page's address asks for."""

    folder: str
    query: Mapping[str, str]
    is_app: bool = False
    notebook: str = ""
    home: str = ""

    @property
    def root(self) -> Path | None:
        """The folder at which the server's files begin, if it is known."""
        return Path(self.home) if self.home else None

    def link_to_candidate(self, sitting: str) -> RowLink:
        """Return what opens the page of one sitting."""
        return RowLink(notebook=CANDIDATE_NOTEBOOK, folder=self.folder, query={"sitting": sitting})


def place_of(environ: Mapping[str, str]) -> Place:
    """Read the place from the kernel's environment, where Voilà and Jupyter Server leave it."""
    query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    _, app, path = environ.get("SCRIPT_NAME", "").partition(APP_PATH)
    notebook = PurePosixPath(unquote(path)) if app else _session_notebook(environ)
    folder = "" if str(notebook.parent) == "." else str(notebook.parent)
    shown = "" if str(notebook) == "." else str(notebook)
    return Place(folder=folder, query=query, is_app=bool(app), notebook=shown, home=environ.get("HOME", ""))


def _session_notebook(environ: Mapping[str, str]) -> PurePosixPath:
    """Return the notebook of this kernel, under the home folder, which is where an analyst's server begins."""
    notebook, home = PurePosixPath(environ.get("JPY_SESSION_NAME", "")), environ.get("HOME", "/")
    return notebook.relative_to(home) if notebook.is_relative_to(home) else PurePosixPath(notebook.name)
