"""The server's copy of a problem's notebook: what every submission is put back into.

Which cell is locked and which is the answer is said by nbgrader's metadata and read with nbgrader's own functions, so
that a notebook made with its tools means the same here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import nbformat
from jsonschema import ValidationError as SchemaError
from nbgrader import utils as nbgrader_cells  # type: ignore[import-untyped] # nbgrader ships no types
from nbgrader.nbgraderformat import (  # type: ignore[import-untyped] # nbgrader ships no types
    MetadataValidator,
    SchemaTooNewError,
    SchemaTooOldError,
    ValidationError,
)

from nbassess_graders.assessment import Problem
from nbassess_graders.errors import AssessmentError

Role = Literal["prompt", "setup", "answer", "scratch", "added"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCell:
    """Hold one cell as published. A locked cell never takes the candidate's text, an answer cell always does."""

    id: str
    cell_type: str
    source: str
    role: Role
    is_locked: bool
    is_answer: bool


def load_template(problem: Problem) -> tuple[TemplateCell, ...]:
    """Read and check `candidate/starter.ipynb`.

    Raises:
        AssessmentError: it is no valid notebook, its nbgrader metadata is wrong, or it has no answer cell.
    """
    notebook = _read(problem.starter)
    cells = tuple(_cell(problem.starter, cell) for cell in notebook.cells)
    ids = [cell.id for cell in cells]
    if len(set(ids)) != len(ids):
        raise AssessmentError(f"{problem.starter}: cell ids are used twice; give every cell its own id")
    if not any(cell.is_answer and cell.cell_type == "code" for cell in cells):
        raise AssessmentError(f"{problem.starter}: has no answer cell; mark a code cell as nbgrader solution")
    return cells


def _read(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
        notebook: Any = nbformat.reads(text, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call] # untyped
        nbformat.validate(notebook)
        if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
            raise AssessmentError(
                f"{path}: is notebook format 4.{notebook.nbformat_minor}; save it as 4.5 with cell ids"
            )
        MetadataValidator().validate_nb(notebook)
    except (OSError, ValueError, AttributeError) as error:
        raise AssessmentError(f"{path}: is no notebook ({str(error)[:200]}); save it again with Jupyter") from error
    except (SchemaError, ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        raise AssessmentError(
            f"{path}: not a valid notebook, or its nbgrader metadata is wrong ({str(error)[:200]}); correct it"
        ) from error
    return notebook


def _cell(path: Path, cell: Any) -> TemplateCell:
    is_locked, is_answer = bool(nbgrader_cells.is_locked(cell)), bool(nbgrader_cells.is_solution(cell))
    return TemplateCell(
        id=cell.id,
        cell_type=cell.cell_type,
        source=cell.source,
        role=_role(path, cell.metadata.get("nbassess", {}), is_locked=is_locked, is_answer=is_answer),
        is_locked=is_locked,
        is_answer=is_answer,
    )


def _role(path: Path, metadata: Mapping[str, Any], *, is_locked: bool, is_answer: bool) -> Role:
    """Return the role: of the nbassess metadata where given, and it must agree with nbgrader's."""
    named = metadata.get("role")
    if named is not None and named not in ROLES:
        raise AssessmentError(f"{path}: role {named!r} is not known; use one of {', '.join(ROLES)}")
    if is_answer != (named == "answer") and named is not None:
        raise AssessmentError(f"{path}: role {named!r} and nbgrader's solution={is_answer} disagree; make them agree")
    if is_answer:
        return "answer"
    if named is not None:
        return ROLES[ROLES.index(named)]
    return "setup" if is_locked else "scratch"
