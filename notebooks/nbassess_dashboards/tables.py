"""The table widget: rows that can be sorted, filtered and, where they stand for something, opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import traitlets

from nbassess_dashboards.modules import join

TABLE_FOLDER = Path(__file__).parent / "table"

Tone = Callable[[Any], str]


def plain(value: object) -> str:
    """Write a value as it is; nothing for what is missing."""
    return "" if _is_missing(value) else str(value)


def whole_or_dash(value: object) -> str:
    """Write a number without needless zeros, a dash for what is missing."""
    return "–" if _is_missing(value) else f"{float(str(value)):g}"


def one_decimal(value: object) -> str:
    """Write a number with one decimal, a dash for what is missing."""
    return "–" if _is_missing(value) else f"{float(str(value)):.1f}"


def per_cent(value: object) -> str:
    """Write a share of one as per cent, a dash for what is missing."""
    return "–" if _is_missing(value) else f"{float(str(value)):.0%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: which of the frame, its title, how a value is written, and its tone (good, bad, note or none)."""

    name: str
    title: str
    write: Callable[[object], str] = plain
    is_number: bool = False
    tone: Tone = field(default=lambda value: "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLink:
    """What a row opens: a notebook of a folder on this server, with a query."""

    notebook: str
    folder: str
    query: Mapping[str, str]


class RecordsTable(anywidget.AnyWidget):
    """Show rows. `content` is made by `records_table`."""

    _esm = join(TABLE_FOLDER, ["table.js"])
    _css = (TABLE_FOLDER / "table.css").read_text(encoding="utf-8")

    content = traitlets.Dict().tag(sync=True)


def records_table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    caption: str,
    empty: str,
    key: str = "",
    link: Callable[[str], RowLink] | None = None,
    can_filter: bool = True,
) -> RecordsTable:
    """Make the table of a frame. `key` names the column that identifies a row; `link` says what such a row opens."""
    rows = [_row(row, columns, str(row[key]) if key else "", link) for _, row in frame.iterrows()]
    heads = [{"title": column.title, "is_number": column.is_number} for column in columns]
    content = {"caption": caption, "empty": empty, "columns": heads, "rows": rows, "can_filter": can_filter}
    return RecordsTable(content=content)


def _row(
    row: "pd.Series[Any]", columns: Sequence[Column], key: str, link: Callable[[str], RowLink] | None
) -> dict[str, Any]:
    target = link(key) if link else None
    cells = [
        {
            "value": _json_value(row[column.name]),
            "text": column.write(row[column.name]),
            "tone": column.tone(row[column.name]),
        }
        for column in columns
    ]
    leads = {"notebook": target.notebook, "folder": target.folder, "query": dict(target.query)} if target else None
    return {"key": key, "cells": cells, "link": leads}


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _json_value(value: object) -> str | float | None:
    if _is_missing(value):
        return None
    return value if isinstance(value, str) else float(value)  # type: ignore[arg-type] # a cell is a text, a number or a flag
