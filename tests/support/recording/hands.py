"""What a candidate's hands do in JupyterLab, and what each of these acts is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from nbassess_events.document import Cell, Document
from playwright.sync_api import CDPSession, Locator, Page

from tests.support.recorder_lab import until
from tests.support.recorder_service import notebook
from tests.support.recording.attribution import Step
from tests.support.recording.stand import Stand

NO_KERNEL = "an-unknown-kernel"
VISIBLE = ".jp-NotebookPanel:not(.lm-mod-hidden)"
MODELS = """() => [...window.jupyterapp.shell.widgets('main')].filter(widget => widget.context?.model?.sharedModel)
    .map(({context}) => ({path: context.path, cells: context.model.sharedModel.cells
        ? context.model.sharedModel.cells.map(
            cell => ({id: cell.getId(), cell_type: cell.cell_type, source: cell.getSource()}))
        : [{id: 'file', cell_type: 'file', source: context.model.sharedModel.getSource()}]}))"""
MARK = """([path, text]) => {
    const {model} = [...window.jupyterapp.shell.widgets('main')].find(widget => widget.context?.path === path).context;
    const shared = model.sharedModel.cells ? model.sharedModel.cells[0] : model.sharedModel;
    shared.updateSource(shared.getSource().length, shared.getSource().length, text);
}"""
CURRENT = "window.jupyterapp.shell.currentWidget"
SHARED = f"{CURRENT}.context.model.sharedModel"


@dataclass
class Hands:
    """One script at work in one tab."""

    stand: Stand
    script: str
    page: Page
    steps: list[Step] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    others: list[Hands] = field(default_factory=list)
    """The same script in other tabs."""

    # --- documents

    def open(self, *sources: str, kinds: str = "", kernel: bool = False) -> str:
        """Open a new notebook with these cells (`kinds`: one letter each, c, m or r) and return its path."""
        name = self.stand.new_name(self.script)
        types = {"c": "code", "m": "markdown", "r": "raw"}
        kinds = kinds or "c" * len(sources)
        pairs = enumerate(zip(kinds, sources, strict=True))
        rows = [(f"{name}-{index}", types[kind], text) for index, (kind, text) in pairs]
        path = f"{name}.ipynb"
        (self.stand.server.work / path).write_text(_python(notebook(*rows)), "utf-8")
        self.show(path, "Notebook", kernel=kernel)
        # The notebook takes the focus a moment after it was opened.
        self.page.wait_for_selector(f"{VISIBLE} .jp-Notebook:focus-within")
        if kinds.startswith("c"):
            self.page.wait_for_selector(f"{VISIBLE} .jp-CodeCell .cm-content[data-language=python]")
        if kernel:
            self.until_idle()
        return path

    def open_text(self, text: str, *, suffix: str = ".py") -> str:
        """Open a new text file and return its path."""
        path = f"{self.stand.new_name(self.script)}{suffix}"
        (self.stand.server.work / path).write_text(text, "utf-8")
        self.show(path, "Editor")
        self.page.wait_for_selector(".jp-FileEditor:not(.lm-mod-hidden) .cm-content")
        return path

    def show(self, path: str, factory: str, *, kernel: bool = False) -> None:
        """Open a document that is on the disk. Only what runs has a kernel: it costs more than a script."""
        self.page.evaluate(
            """async ([path, factory, id]) => {
                const kernel = id === null ? undefined : {id};
                const widget = await window.jupyterapp.commands.execute('docmanager:open', {path, factory, kernel});
                await widget.context.ready;
            }""",
            [path, factory, None if kernel else NO_KERNEL],
        )
        self.paths.append(path)

    def close(self) -> None:
        """Close what this script opened, without questions."""
        self.page.evaluate(
            """paths => [...window.jupyterapp.shell.widgets('main')]
                .filter(widget => paths.includes(widget.context?.path)).forEach(widget => {
                    void widget.context.sessionContext.shutdown();
                    widget.dispose();
                })""",
            self.paths,
        )

    def documents(self) -> dict[str, Document]:
        """Return the open documents of this script as the browser's models have them."""
        found = json.loads(json.dumps(self.page.evaluate(MODELS)))
        documents = (Document(path=item["path"], cells=tuple(Cell(**cell) for cell in item["cells"])) for item in found)
        return {document.path: document for document in documents if document.path in self.paths}

    @property
    def path(self) -> str:
        """The path of the document in front."""
        return str(self.page.evaluate(f"() => {CURRENT}.context.path"))

    def source(self, index: int) -> str:
        """Return a cell's text."""
        return str(self.page.evaluate(f"index => {SHARED}.cells[index].getSource()", index))

    def other_tab(self) -> Hands:
        """Open a second tab of the sitting, for the same script."""
        other = Hands(self.stand, self.script, self.stand.new_tab())
        self.others.append(other)
        return other

    def expect(self, index: int, text: str) -> None:
        """Check that a cell has exactly this text: the script did what it says."""
        found = self.source(index)
        assert found == text, f"cell {index} has {found!r}, expected {text!r}"

    def expect_start(self, index: int, text: str) -> None:
        """Check how a cell's text begins."""
        found = self.source(index)
        assert found.startswith(text), f"cell {index} has {found!r}, expected {text!r} at its start"

    def mark(self) -> None:
        """Change every open document once more, so that having this change means having all before it."""
        documents = self.documents()
        assert documents, f"none of {self.paths} is open: there is nothing to compare"
        for path in documents:
            step = Step(source="programmatic", path=path, from_ms=self.now_ms())
            self.page.evaluate(MARK, [path, f"# mark {self.script} {step.from_ms}"])
            step.to_ms = self.now_ms()
            self.steps.append(step)

    # --- steps

    def now_ms(self) -> float:
        """Return the page's clock, as the recorder reads it."""
        return float(self.page.evaluate("() => performance.timeOrigin + performance.now()"))

    @contextmanager
    def doing(self, source: str) -> Iterator[None]:
        """Say that whatever is edited in this block is made by `source`."""
        step = Step(source=source, path=self.path, from_ms=self.now_ms())
        yield
        step.to_ms = self.now_ms()
        self.steps.append(step)

    # --- acts

    def cell(self, index: int) -> Locator:
        """Return the cell at an index of the visible notebook."""
        return self.page.locator(f"{VISIBLE} .jp-Cell[data-windowed-list-index='{index}']")

    def edit(self, index: int, *, at: str = "Control+End") -> None:
        """Put the cursor into a cell: at its end, or where the key `at` leads."""
        self.cell(index).locator(".cm-content").click()
        self.cell(index).locator(".cm-focused").wait_for()
        self.press(at)

    def select_cell(self, index: int) -> None:
        """Select a cell without editing it."""
        self.cell(index).locator(".jp-InputPrompt, .jp-InputArea-prompt").first.click()
        self.page.wait_for_selector(f"{VISIBLE} .jp-Notebook:not(.jp-mod-editMode)")

    def keys(self, text: str) -> None:
        """Type."""
        self.page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def copy_elsewhere(self, text: str) -> None:
        """Put a text on the clipboard as another program would."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)

    def command(self, name: str, **arguments: Any) -> None:
        """Run one of JupyterLab's commands and wait until it is done."""
        execute = "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)"
        self.page.evaluate(execute, [name, arguments])

    def begin_command(self, name: str) -> None:
        """Run one of JupyterLab's commands that ends only when something else happens."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)

    def set_source(self, index: int, source: str) -> None:
        """Change a cell as a program would: not through an editor."""
        self.page.evaluate(f"([index, source]) => {SHARED}.cells[index].setSource(source)", [index, source])

    def new_undo_step(self) -> None:
        """Let JupyterLab's undo begin a new step: what is done within half a second is one for it."""
        self.page.evaluate(
            f"() => {{ const shared = {SHARED}; shared.undoManager.stopCapturing();"
            " (shared.cells ?? []).forEach(cell => cell.undoManager?.stopCapturing()); }"
        )

    def accept(self, button: str) -> None:
        """Press a button of the dialog that opened."""
        self.page.locator(".jp-Dialog button", has_text=button).click()
        self.page.wait_for_selector(".jp-Dialog", state="detached")

    def wait_source(self, index: int, part: str) -> None:
        """Wait until a cell has a text in it."""
        until(lambda: part in self.source(index), f"cell {index} has {part!r}")

    def until_idle(self, *, timeout_s: float = 30) -> None:
        """Wait until the kernel has nothing to do."""
        status = f"() => {CURRENT}.context.sessionContext.session?.kernel?.status"
        until(lambda: self.page.evaluate(status) == "idle", "the kernel is idle", timeout_s)

    def compose(self, *texts: str) -> CDPSession:
        """Show words of an input method, one after the other, without choosing one."""
        devtools = self.devtools()
        for text in texts:
            at = len(text.encode("utf-16-le")) // 2
            devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": at, "selectionEnd": at})
        return devtools

    def devtools(self) -> CDPSession:
        """Return a connection to the browser's own input: composition and drags from outside."""
        return self.page.context.new_cdp_session(self.page)


def _python(text: str) -> str:
    """Name the language, so that editors know it before the kernel answers."""
    content = json.loads(text)
    content["metadata"]["language_info"] = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}
    return json.dumps(content)
