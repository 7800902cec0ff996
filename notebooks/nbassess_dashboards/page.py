"""The pieces every dashboard page is made of: headings, notes, tiles, chart panels, progress.

All text that came from the API goes through `escape`; markup is only written here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped] # ipywidgets ships no types
import pandas as pd

from nbassess_dashboards.errors import DashboardError
from nbassess_dashboards.figures import Chart

_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_PLOT_TYPE = "application/vnd.plotly.v1+json"
_PLOT_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


def page(*children: Any) -> Any:
    """Return the box of a whole page, with its style."""
    box = widgets.VBox([widgets.HTML(f"<style>{_STYLE}</style>"), *children])
    box.add_class("nbd")
    return box


def markup(html: str) -> Any:
    """Return trusted markup as a widget."""
    return widgets.HTML(html)


def heading(level: int, text: str, badge: str = "") -> Any:
    """Return a heading, with a label behind it if one is given."""
    label = f' <span class="nbd-badge">{escape(badge)}</span>' if badge else ""
    return markup(f'<h{level} class="nbd-h{level}">{escape(text)}{label}</h{level}>')


def paragraph(text: str, kind: str = "") -> Any:
    """Return a paragraph; `kind` is soft, note, good or alert."""
    role = ' role="alert"' if kind == "alert" else ""
    return markup(f'<p class="nbd-p nbd-{kind or "plain"}"{role}>{escape(text)}</p>')


def link(text: str, target: str) -> Any:
    """Return a link."""
    return markup(f'<a class="nbd-link" href="{escape(target)}">{escape(text)}</a>')


def tiles(entries: Sequence[tuple[str, str]]) -> Any:
    """Return figures that are worth reading first: (name, value) each."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in entries)
    return markup(f'<dl class="nbd-tiles">{items}</dl>')


def facts(entries: Sequence[tuple[str, str]]) -> Any:
    """Return a compact list of names and values."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in entries)
    return markup(f'<dl class="nbd-facts">{items}</dl>')


def section(title: str, *children: Any) -> Any:
    """Return a titled part of a page."""
    box = widgets.VBox([heading(2, title), *children])
    box.add_class("nbd-section")
    return box


def chart_panel(chart: Chart) -> Any:
    """Return a chart with its title, its sentence, and its numbers as a table that can be opened."""
    head = f'<h3 class="nbd-h3">{escape(chart.title)}</h3><p class="nbd-p nbd-soft">{escape(chart.summary)}</p>'
    parts = [markup(head)]
    if not chart.table.empty:
        parts += [plot(chart), markup(_table_details(chart))]
    box = widgets.VBox(parts)
    box.add_class("nbd-panel")
    return box


def plot(chart: Chart) -> Any:
    """Return the figure as an output: it is drawn by the renderer that plotly installs on this server."""
    data = {**chart.figure.to_plotly_json(), "config": _PLOT_CONFIG}
    bundle = {_PLOT_TYPE: _plain(data), "text/plain": chart.summary}
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    box = widgets.Output(outputs=(output,))
    box.add_class("nbd-plot")
    box.layout.height = f"{chart.figure.layout.height}px"
    return box


def _plain(value: Any) -> Any:
    """Turn arrays into lists: an output is JSON, whatever the figure was made from."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and value != value:
        return None
    return value


def _table_details(chart: Chart) -> str:
    table = table_html(chart.table, caption=f"{chart.title}: the numbers")
    return f'<details class="nbd-numbers"><summary>Show the numbers as a table</summary>{table}</details>'


def table_html(frame: pd.DataFrame, *, caption: str) -> str:
    """Return a plain, escaped table; the first column heads its row."""
    heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(_row_html(row) for row in frame.itertuples(index=False, name=None))
    return (
        f'<div class="nbd-scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="nbd-table">'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row_html(row: tuple[Any, ...]) -> str:
    first, *rest = [_cell_text(value) for value in row]
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{text}</td>" for text in rest) + "</tr>"


def _cell_text(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    return escape(f"{value:g}" if isinstance(value, float) else str(value))


def synthetic_note(count: int, total: int) -> list[Any]:
    """Return the label that synthetic data must carry wherever it shows; nothing when there is none."""
    if not count:
        return []
    which = f"All {total} sittings" if count == total else f"{count} of {total} sittings"
    if total == 1:
        which = "This sitting"
    verb = "is" if total == 1 or count == 1 else "are"
    text = f"Synthetic data. {which} {verb} made by scripted candidates for demonstration; no person took part."
    return [paragraph(text, "note")]


def when(epoch_ms: int | None) -> str:
    """Write a moment, in UTC because the people who read it may sit anywhere."""
    return "–" if epoch_ms is None else f"{datetime.fromtimestamp(epoch_ms / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"


@contextmanager
def loading(box: Any, what: str) -> Iterator[Any]:
    """Show progress in `box` while its content is made; a DashboardError becomes its content.

    The body fills the yielded list; it is put into the box at the end.
    """
    bar = widgets.IntProgress(value=1, min=0, max=4, description="", bar_style="info")
    box.children = (paragraph(f"Loading {what} …", "soft"), bar)
    content: list[Any] = []
    try:
        yield content
        box.children = tuple(content)
    except DashboardError as error:
        box.children = (paragraph(str(error), "alert"),)
