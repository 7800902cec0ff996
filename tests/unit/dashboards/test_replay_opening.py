"""A moment of a sitting becomes files: notebooks that nbformat accepts, data beside them, nothing written over."""

from __future__ import annotations

import errno
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import pytest
from nbassess_dashboards import notebook_file
from nbassess_dashboards.api import BundleFile
from nbassess_dashboards.errors import OpeningError
from nbassess_dashboards.opening import Workbench
from nbassess_events.document import text_document
from nbassess_events.replay import NotebookState, Replay
from nbclient import NotebookClient

from tests.unit.dashboards.scribe import Scribe, failed, shown, stream

PATH = "orders/orders.ipynb"
CELLS = [
    {"id": "text", "cell_type": "markdown", "source": "# Orders"},
    {"id": "load", "cell_type": "code", "source": "print(open('orders.csv').read())"},
    {"id": "odd id/1", "cell_type": "code", "source": ""},
]


def state() -> NotebookState:
    made = Scribe(random=Random(1), now_ms=1_795_000_000_000)
    made.load_page()
    made.open(PATH, CELLS)
    made.add("file_opened", path="orders/notes.txt", text="remember 🧮")
    made.type(PATH, "odd id/1", "1 / 0")
    made.run(PATH, "load", stream("a,b\n"), shown(text__plain="x", text__html="<b>x</b>"), count=3)
    made.run(PATH, "odd id/1", failed("ZeroDivisionError", "division by zero"), ok=False, count=4)
    return Replay(made.recorded()).end


def bundle(**files: str) -> list[BundleFile]:
    return [{"path": path, "content_b64": b64encode(text.encode()).decode()} for path, text in files.items()]


def bench(root: Path, candidate: str = "Ada Exämple") -> Workbench:
    return Workbench(root=root, folder="dashboards", candidate=candidate)


def lay_out(root: Path, files: list[BundleFile] | None = None) -> Any:
    return bench(root).lay_out(state(), PATH, files or [], sitting="s-1", at_ms=3_723_000)


def test_notebook_holds_cells_and_outputs_as_they_were_and_nbformat_accepts_it(tmp_path: Path) -> None:
    made = lay_out(tmp_path)
    assert made.path == "dashboards/replays/ada-example-1h02m03s/orders/orders.ipynb"
    notebook = nbformat.read(tmp_path / made.path, as_version=4)  # type: ignore[no-untyped-call] # nbformat has no types
    nbformat.validate(notebook)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "# Orders"),
        ("code", CELLS[1]["source"]),
        ("code", "1 / 0"),
    ]
    assert [cell.id for cell in notebook.cells] == ["text", "load", "replayed-2"]
    assert notebook.cells[1].execution_count == 3
    assert [output.output_type for output in notebook.cells[1].outputs] == ["stream", "display_data"]
    assert notebook.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert notebook.metadata.nbassess.replayed["sitting"] == "s-1"


def test_notebook_runs_with_its_data_beside_it(tmp_path: Path) -> None:
    made = lay_out(tmp_path, bundle(**{"orders/orders.csv": "a,b\n1,2\n"}))
    notebook = nbformat.read(tmp_path / made.path, as_version=4)  # type: ignore[no-untyped-call] # nbformat has no types
    notebook.cells = notebook.cells[:2]
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": (tmp_path / made.path).parent}}
    ).execute()
    assert notebook.cells[1].outputs[0].text == "a,b\n1,2\n\n"


def test_text_files_are_written_as_they_were(tmp_path: Path) -> None:
    made = lay_out(tmp_path)
    assert (tmp_path / made.folder / "orders/notes.txt").read_text(encoding="utf-8") == "remember 🧮"


def test_opening_a_moment_twice_gives_two_folders_and_changes_nothing(tmp_path: Path) -> None:
    first = lay_out(tmp_path)
    (tmp_path / first.path).write_text("my own notes", encoding="utf-8")
    second = lay_out(tmp_path)
    assert second.folder == "dashboards/replays/ada-example-1h02m03s-2"
    assert (tmp_path / first.path).read_text(encoding="utf-8") == "my own notes"


def test_what_was_recorded_stands_over_the_file_that_the_candidate_was_given(tmp_path: Path) -> None:
    made = lay_out(tmp_path, bundle(**{"orders/orders.ipynb": "starter", "orders/orders.csv": "a"}))
    assert json.loads((tmp_path / made.path).read_text(encoding="utf-8"))["nbformat"] == 4
    assert made.files == 1


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/etc/outside.txt", "a/../../outside.txt", "a\\..\\outside.txt", "", "x\x00y", "a" * 300]
)
def test_file_whose_name_leads_elsewhere_is_left_out(tmp_path: Path, path: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    made = lay_out(tmp_path / "root", [{"path": path, "content_b64": b64encode(b"bad").decode()}])
    assert made.files == 0
    outside = [each for each in tmp_path.rglob("*") if "outside" in each.name]
    assert (before, outside) == ([], [])


OWN_KERNEL = json.dumps(
    {"cells": [], "metadata": {"kernelspec": {"name": "python3"}, "nbassess": {"run_on_open": True}}}
)


def with_texts(*names: str, first: bool = True) -> NotebookState:
    """The state above, with text documents of these names, before or after the others."""
    texts = {("other", name): text_document(name, OWN_KERNEL) for name in names}
    current = dict.fromkeys(names, "other")
    was = state()
    owners = current | was.current_client if first else was.current_client | current
    return replace(was, by_client={**was.by_client, **texts}, current_client=owners)


@pytest.mark.parametrize("name", ["x.ipynb", "x.IPYNB", ".ipynb", f"{PATH}/.", f"{PATH}/", f"./{PATH}", "a//b.ipynb"])
def test_text_under_the_name_of_a_notebook_never_becomes_one(tmp_path: Path, name: str) -> None:
    """It could name the reader's own kernel and ask to be run when it is opened."""
    made = bench(tmp_path).lay_out(with_texts(name), PATH, [], sitting="s-1", at_ms=0)
    assert made.left_out == (name,)
    written = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.suffix.lower() == ".ipynb"]
    assert [json.loads(text)["metadata"]["kernelspec"]["name"] for text in written] == ["nbassess-replayed"]
    with pytest.raises(OpeningError, match="cannot be a file here"):
        bench(tmp_path).lay_out(with_texts(name), name, [], sitting="s-1", at_ms=0)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (["orders"], ["orders"]),
        (["a", "a/b"], ["a/b"]),
        ([f"{PATH}/beside"], [f"{PATH}/beside"]),
        (["/".join(["d" * 190] * 30)], ["/".join(["d" * 190] * 30)]),
        (["x" * 201], ["x" * 201]),
        (["data"], ["data/x.csv"]),
    ],
)
def test_odd_name_is_left_out_and_the_wanted_notebook_opens(
    tmp_path: Path, names: list[str], left_out: list[str], is_first: bool
) -> None:
    data = bundle(**{"data/x.csv": "a"})
    made = bench(tmp_path).lay_out(with_texts(*names, first=is_first), PATH, data, sitting="s-1", at_ms=0)
    assert json.loads((tmp_path / made.path).read_text("utf-8"))["nbformat"] == 4
    assert list(made.left_out) == left_out
    assert made.files == (0 if names == ["data"] else 1)


def test_full_disk_is_no_odd_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OpeningError, match="free some space"):
        lay_out(tmp_path)


def test_document_that_was_not_open_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OpeningError, match="was not open at this moment"):
        bench(tmp_path).lay_out(state(), "other.ipynb", [], sitting="s-1", at_ms=0)


def test_full_disk_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "dashboards").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OpeningError, match="could not be written"):
        lay_out(tmp_path)


def test_candidate_without_a_plain_name_gets_a_folder(tmp_path: Path) -> None:
    made = bench(tmp_path, "../../陳").lay_out(state(), PATH, [], sitting="s-1", at_ms=5000)
    assert made.folder == "dashboards/replays/candidate-0h00m05s"


def test_kernel_of_the_notebook_is_installed_and_gets_no_token() -> None:
    """Code under assessment must not be handed the reader's credential."""
    package = Path(notebook_file.__file__).parent
    spec = json.loads((package / f"share/kernels/{notebook_file.KERNEL['name']}/kernel.json").read_text("utf-8"))
    assert spec["display_name"] == notebook_file.KERNEL["display_name"]
    assert spec["env"] == {"JUPYTERHUB_API_TOKEN": "", "JPY_API_TOKEN": "", "NBASSESS_API_URL": ""}
