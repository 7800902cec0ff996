"""From the recorded documents to the cells that are run.

The recording says what a candidate typed; the template says what a notebook of this problem is. Locked cells come from
the template whatever the recording holds. An answer cell takes the recorded text of the cell with its id, with the
template's type; deleted, it is empty. Everything else that is code was added by the candidate and comes along, after
the template cell it followed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbassess_graders.assessment import Problem
from nbassess_graders.errors import SubmissionError
from nbassess_graders.template import Role, TemplateCell, load_template

CELLS_MAX: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Hold the recorded state of every notebook at one moment, by path."""

    documents: Mapping[str, Mapping[str, Any]]

    def digest(self) -> str:
        """Return the SHA-256 of all documents in canonical form."""
        text = json.dumps(self.documents, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCell:
    """Hold one cell to run: whose it is, and its text."""

    id: str
    source: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    id: str
    cell_type: str
    source: str


def assemble(problem: Problem, document: Mapping[str, Any] | None) -> list[CodeCell]:
    """Return the code cells of a problem in the order in which they are run.

    Raises:
        SubmissionError: the document is not one that a recording gives.
        AssessmentError: the template cannot be used.
    """
    template = load_template(problem)
    recorded = _read(problem, document) if document is not None else _as_recorded(template)
    own, added = _sort(template, recorded)
    cells = list(added.get("", []))
    for cell in template:
        source = _source(cell, own)
        if cell.cell_type == "code" and source is not None:
            cells.append(CodeCell(id=cell.id, source=source, role=cell.role))
        cells += added.get(cell.id, [])
    return cells


def has_answer(problem: Problem, cells: list[CodeCell]) -> bool:
    """Say whether any answer differs from what was handed out, or an added cell defines the function.

    JupyterLab gives the result of a merge, and what stands before a split, a new id: the answer is then an added cell.
    """
    handed_out = {cell.id: cell.source.strip() for cell in load_template(problem) if cell.is_answer}
    answers = {cell.id: cell.source.strip() for cell in cells if cell.role == "answer"}
    if any(source and source != handed_out.get(place) for place, source in answers.items()):
        return True
    defines = re.compile(rf"^\s*(?:(?:async\s+)?def\s+{problem.entry.name}\b|{problem.entry.name}\s*=)", re.MULTILINE)
    added = (cell.source for cell in cells if cell.role == "added" and cell.source.strip() not in handed_out.values())
    return any(defines.search(source) for source in added)


def _source(cell: TemplateCell, own: Mapping[str, _Recorded]) -> str | None:
    if cell.is_locked:
        return cell.source
    if cell.id in own:
        return own[cell.id].source
    return "" if cell.is_answer else None


def _sort(
    template: tuple[TemplateCell, ...], recorded: list[_Recorded]
) -> tuple[dict[str, _Recorded], dict[str, list[CodeCell]]]:
    """Split recorded cells into those of the template and, by the cell they follow, those that were added."""
    known = {cell.id for cell in template}
    own: dict[str, _Recorded] = {}
    added: dict[str, list[CodeCell]] = {}
    follows = ""
    for place, cell in enumerate(recorded):
        if cell.id in known and cell.id not in own:
            own[cell.id] = cell
            follows = cell.id
        elif cell.cell_type == "code":
            name = f"{cell.id}#{place}" if cell.id in known else cell.id
            added.setdefault(follows, []).append(CodeCell(id=name, source=cell.source, role="added"))
    return own, added


def _as_recorded(template: tuple[TemplateCell, ...]) -> list[_Recorded]:
    return [_Recorded(id=cell.id, cell_type=cell.cell_type, source=cell.source) for cell in template]


def _read(problem: Problem, document: Mapping[str, Any]) -> list[_Recorded]:
    cells = document.get("cells")
    if not isinstance(cells, list) or len(cells) > CELLS_MAX:
        raise SubmissionError(f"{problem.path}: the document has no list of at most {CELLS_MAX} cells; replay it again")
    return [_read_cell(problem, cell) for cell in cells]


def _read_cell(problem: Problem, cell: object) -> _Recorded:
    fields = [cell.get(name) for name in ("id", "cell_type", "source")] if isinstance(cell, dict) else []
    texts = [field for field in fields if isinstance(field, str)]
    if len(texts) != 3:
        raise SubmissionError(f"{problem.path}: a cell lacks id, cell_type or source; replay the recording again")
    return _Recorded(id=texts[0], cell_type=texts[1], source=texts[2])
