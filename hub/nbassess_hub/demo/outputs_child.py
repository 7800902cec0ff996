"""Run notebook cells as plain Python and tell what a notebook would show. Runs as a program; imports nothing of ours.

Standard input: a list of notebooks, each a list of [cell id, source]. Standard output: the same shape with
[cell id, ok, outputs]; a cell that fails ends its notebook.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
import traceback
import warnings
from typing import Any

_MAX_TEXT = 4000


def run_notebook(cells: list[tuple[str, str]]) -> list[tuple[str, bool, list[dict[str, Any]]]]:
    """Run cells in one namespace until one fails."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results = []
    for cell, source in cells:
        result = run_cell(source, namespace)
        results.append((cell, *result))
        if not result[0]:
            break
    return results


def run_cell(source: str, namespace: dict[str, Any]) -> tuple[bool, list[dict[str, Any]]]:
    """Run one cell; the value of a last expression is shown, as in a notebook."""
    shown: list[dict[str, Any]] = []
    namespace["display"] = lambda *values: shown.extend(_displayed(value) for value in values)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = _execute(source, namespace)
            if value is not None:
                shown.append({**_displayed(value), "output_type": "execute_result"})
        ok = True
    except Exception as error:  # noqa: BLE001 -- whatever a solution raises is what the notebook shows
        shown.append(_error(error))
        ok = False
    stream = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()[:_MAX_TEXT]}]
    return ok, (stream if printed.getvalue() else []) + shown


def _execute(source: str, namespace: dict[str, Any]) -> Any:
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), namespace)  # noqa: S102 -- the author's own solution
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)  # noqa: S307 -- the same
    return None


def _displayed(value: Any) -> dict[str, Any]:
    data = {"text/plain": repr(value)[:_MAX_TEXT]}
    html = getattr(value, "_repr_html_", None)
    text = html() if callable(html) else None
    if text and len(text) <= 4 * _MAX_TEXT:
        data["text/html"] = text
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _error(error: Exception) -> dict[str, Any]:
    lines = traceback.format_exception_only(error)
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error)[:_MAX_TEXT],
        "traceback": ["".join(lines)[:_MAX_TEXT].rstrip("\n")],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps([run_notebook(cells) for cells in json.load(sys.stdin)]))
