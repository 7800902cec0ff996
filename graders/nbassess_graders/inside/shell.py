"""A notebook's namespace, as the candidate's kernel has it: IPython, so that magics and `!commands` mean the same."""

from __future__ import annotations

import warnings
from typing import Any, Final

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

CELL_PREFIX: Final = "cell:"


class CellCompiler(CachingCompiler):
    """Name compiled code after its cell, so that an exception tells where it was."""

    cell: str = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Return the file name of the cell that runs now."""
        return f"{CELL_PREFIX}{self.cell}"


class NotebookShell(InteractiveShell):
    """Take the magics of a kernel that has no window and cannot be left."""

    def enable_gui(self, gui: object = None) -> None:
        """Accept `%matplotlib inline` and its like without a window."""

    def ask_exit(self) -> None:
        """Ignore `exit` in a cell, as a notebook does."""


class Shell:
    """Run cells one after the other in one namespace, without history or displayed results."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Minimal"
        config.InteractiveShell.ast_node_interactivity = "none"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._shell: Any = NotebookShell.instance(config=config)
        self._compiler = CellCompiler()  # type: ignore[no-untyped-call] # IPython is untyped
        self._shell.compile = self._compiler

    @property
    def namespace(self) -> dict[str, Any]:
        """Return the names that the cells defined."""
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    def run(self, cell: str, source: str) -> BaseException | None:
        """Run one cell and return what it raised."""
        self._compiler.cell = cell
        result = self._shell.run_cell(source, store_history=False)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error
