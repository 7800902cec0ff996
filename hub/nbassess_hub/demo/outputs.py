"""What the cells of a scripted candidate show when they are run.

The author's solutions are run once, in a child process per problem, with the starter's other cells around them; the
recordings then carry genuine outputs and genuine errors; only their durations are invented. Only files of the problem
library are run here, never anything a candidate wrote.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from nbassess_hub.demo.material import DemoError, Material

_WALL_S = 120
_CHILD = Path(__file__).with_name("outputs_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What one run of one cell gave, as nbformat outputs without the execution count."""

    ok: bool
    duration_ms: int
    outputs: tuple[dict[str, Any], ...]

    def outputs_at(self, execution_count: int) -> list[dict[str, Any]]:
        """Return the outputs as they stand in a notebook after run number `execution_count`."""
        return [
            {**output, "execution_count": execution_count}
            if output["output_type"] == "execute_result"
            else dict(output)
            for output in self.outputs
        ]


@dataclass(frozen=True, slots=True)
class OutputBook:
    """Results by problem, text of the answer cell, and cell."""

    results: Mapping[tuple[str, str, str], CellResult]

    def result(self, slug: str, draft: str, cell: str) -> CellResult | None:
        """Return what a cell showed while the answer cell held `draft`; None when that was not prepared."""
        return self.results.get((slug, draft, cell))


def prepare_outputs(material: Material, drafts: Iterable[str]) -> dict[tuple[str, str, str], CellResult]:
    """Run a problem's notebook once per draft. Raises: `DemoError` when the child process breaks."""
    texts = sorted({"", *drafts})
    code_cells = [cell for cell in material.cells if cell["cell_type"] == "code"]
    runs = [
        [(cell["id"], text if cell["id"] == material.answer else cell["source"]) for cell in code_cells]
        for text in texts
    ]
    answer = _run_child(material, runs)
    return {
        (material.slug, text, cell): CellResult(
            ok=ok, duration_ms=_duration_ms(material.slug, text, cell), outputs=tuple(outputs)
        )
        for text, results in zip(texts, answer, strict=True)
        for cell, ok, outputs in results
    }


def _duration_ms(*run: str) -> int:
    """Invent how long a run took: a measured time would make every demo another recording."""
    return round(Random("/".join(run)).lognormvariate(math.log(60), 0.7))  # noqa: S311 -- play


def _run_child(material: Material, runs: list[list[tuple[str, str]]]) -> list[list[tuple[str, bool, list[Any]]]]:
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=json.dumps(runs),
            capture_output=True,
            text=True,
            cwd=material.folder,
            timeout=_WALL_S,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise DemoError(
            f"{material.slug}: the outputs of the demo could not be made ({error.stderr[-500:]}); "
            "run nbassess assessment check on this problem"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{material.slug}: running the author's solutions took more than {_WALL_S} s") from error
    answer: list[list[tuple[str, bool, list[Any]]]] = json.loads(child.stdout)
    return answer
