"""Write a recorded document as a notebook file (nbformat 4.5), with what its cells last showed.

Everything in it was made by a candidate's page, so nothing is taken over that a notebook file may not hold.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbassess_events.document import Cell, Document
from nbassess_events.replay import Shown

KERNEL = {"display_name": "Python 3 (a candidate's work)", "language": "python", "name": "nbassess-replayed"}
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def notebook_bytes(document: Document, shown: Mapping[tuple[str, str], Shown], source: Mapping[str, Any]) -> bytes:
    """Return the file. `source` says in its metadata where it comes from."""
    cells = [
        _cell(cell, identifier, shown.get((document.path, cell.id)))
        for cell, identifier in zip(document.cells, _cell_ids(document.cells), strict=True)
    ]
    replayed = {"replayed": {**source, "path": document.path, "is_complete": document.is_complete}}
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "nbassess": replayed}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    # A half surrogate pair is no text that a file can hold; it becomes a question mark.
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _cell_ids(cells: Sequence[Cell]) -> Iterator[str]:
    """Keep every id that nbformat allows and that came first; name the others by their place."""
    used: set[str] = set()
    recorded = {cell.id for cell in cells}
    for number, cell in enumerate(cells):
        identifier = cell.id
        if identifier in used or not _CELL_ID.fullmatch(identifier):
            identifier = f"replayed-{number}"
            while identifier in recorded:
                identifier += "-x"
        used.add(identifier)
        yield identifier


def _cell(cell: Cell, identifier: str, shown: Shown | None) -> dict[str, Any]:
    kind = cell.cell_type if cell.cell_type in ("code", "markdown") else "raw"
    plain: dict[str, Any] = {"cell_type": kind, "id": identifier, "metadata": {}, "source": cell.source}
    if kind != "code":
        return plain
    count = shown.execution_count if shown else None
    outputs = [_output(output, count) for output in shown.outputs] if shown else []
    return plain | {"execution_count": count, "outputs": [output for output in outputs if output is not None]}


def _output(output: Mapping[str, Any], count: int | None) -> dict[str, Any] | None:
    """Return an output with exactly the fields that nbformat gives it; None for what is no output."""
    kind = output.get("output_type")
    match kind:
        case "stream":
            return {"output_type": kind, "name": str(output.get("name", "stdout")), "text": _text(output.get("text"))}
        case "error":
            lines = output.get("traceback")
            traceback = [str(line) for line in lines] if isinstance(lines, list) else []
            named = {"ename": str(output.get("ename", "")), "evalue": str(output.get("evalue", ""))}
            return {"output_type": kind, **named, "traceback": traceback}
        case "display_data" | "execute_result":
            shown: dict[str, Any] = {"data": _mapping(output.get("data")), "metadata": _mapping(output.get("metadata"))}
            return {"output_type": kind, **shown} | ({"execution_count": count} if kind == "execute_result" else {})
    return None


def _text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
