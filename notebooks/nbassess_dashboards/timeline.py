"""The timeline of one sitting: what was typed and from where, what was run, and when the person was elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go  # type: ignore[import-untyped] # plotly ships no types
from plotly.subplots import make_subplots  # type: ignore[import-untyped] # plotly ships no types

from nbassess_dashboards.activity import BIN_MINUTES, Activity
from nbassess_dashboards.figures import Chart, hatch, style
from nbassess_dashboards.frames import MINUTE_MS
from nbassess_dashboards.palette import GREEN, OLIVE, PINK, SOURCE_COLOURS, SOURCE_NAMES, SOURCE_PATTERNS, VERMILION

INCOMPLETE_KINDS = ("gap", "dropped", "silent", "unseen_save", "unseen_execution")


def sitting_timeline(activity: Activity, flags: Sequence[Mapping[str, Any]] = ()) -> Chart:
    """Draw characters per minute by source over a track of executions; spans away are shaded across both.

    Where a flag says that the record is incomplete, a framed span says so too: an empty stretch must not read as rest.
    """
    holes = [flag for flag in flags if flag["kind"] in INCOMPLETE_KINDS]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.8, 0.2], vertical_spacing=0.05)
    _add_typing(figure, activity.typing)
    _add_executions(figure, activity.executions)
    _add_away(figure, activity.away)
    _add_holes(figure, holes)
    style(figure, x_title="", y_title="", height_px=380)
    figure.update_layout(barmode="stack", showlegend=True, bargap=0.06)
    figure.update_xaxes(range=[-0.5, max(activity.minutes, 1.0) + 0.5])
    figure.update_xaxes(title_text="Minutes since the recording began", row=2, col=1)
    figure.update_yaxes(title_text="Characters per minute", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text="Runs", range=[-0.7, 1.7], tickvals=[0, 1], ticktext=["failed", "ok"], row=2, col=1)
    return Chart(
        title="Typing, runs and focus over time",
        summary=_summary(activity, len(holes)),
        figure=figure,
        table=_table(activity),
    )


def _add_typing(figure: Any, typing: pd.DataFrame) -> None:
    for source in [source for source in SOURCE_COLOURS if source in set(typing["source"])]:
        group = typing[(typing["source"] == source) & (typing["inserted"] > 0)]
        if group.empty:
            continue
        figure.add_trace(
            go.Bar(
                x=group["minute"] + BIN_MINUTES / 2,
                y=group["inserted"],
                width=BIN_MINUTES * 0.92,
                name=SOURCE_NAMES[source],
                marker={
                    "color": SOURCE_COLOURS[source],
                    "pattern": hatch(SOURCE_PATTERNS.get(source, "")),
                },
                hovertemplate="minute %{x:.0f}: %{y} characters " + SOURCE_NAMES[source] + "<extra></extra>",
            ),
            row=1,
            col=1,
        )


def _add_executions(figure: Any, executions: pd.DataFrame) -> None:
    for ok, name, colour, symbol in ((True, "run ok", GREEN, "circle"), (False, "run failed", VERMILION, "x")):
        group = executions[executions["ok"] == ok]
        if group.empty:
            continue
        figure.add_trace(
            go.Scatter(
                x=group["minute"],
                y=[int(ok)] * len(group),
                mode="markers",
                name=name,
                customdata=group[["cell", "duration_s"]],
                marker={"color": colour, "symbol": symbol, "size": 9},
                hovertemplate="minute %{x:.1f}: %{customdata[0]}, %{customdata[1]:.1f} s<extra></extra>",
            ),
            row=2,
            col=1,
        )


def _add_away(figure: Any, away: pd.DataFrame) -> None:
    for span in away.itertuples(index=False):
        figure.add_vrect(
            x0=span.start_minute, x1=span.end_minute, fillcolor=OLIVE, opacity=0.18, line_width=0, layer="below"
        )
    if not away.empty:
        swatch = {"color": OLIVE, "symbol": "square", "size": 11, "opacity": 0.4}
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name="page not in focus", marker=swatch), row=2, col=1
        )


def _add_holes(figure: Any, holes: Sequence[Mapping[str, Any]]) -> None:
    for flag in holes:
        begun, ended = (flag[name] / MINUTE_MS for name in ("from_ms", "to_ms"))
        figure.add_vrect(
            x0=begun,
            x1=ended,
            fillcolor=PINK,
            opacity=0.25,
            line={"color": PINK, "width": 2, "dash": "dot"},
            layer="below",
        )
    if holes:
        swatch = {"color": PINK, "symbol": "square-open", "size": 11, "line": {"width": 2}}
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name="record incomplete", marker=swatch), row=2, col=1
        )


def _summary(activity: Activity, holes: int) -> str:
    if not activity.minutes and activity.typing.empty:
        return "Nothing was recorded."
    inserted = activity.typing.groupby("source")["inserted"].sum()
    parts = [
        f"{inserted[source]} characters {SOURCE_NAMES[source]}" for source in SOURCE_COLOURS if inserted.get(source, 0)
    ]
    failed = int((~activity.executions["ok"]).sum())
    parts.append(f"{_count(len(activity.executions), 'run')}, {failed} of them with an error")
    parts.append(_away_words(activity))
    if holes:
        parts.append(f"record incomplete in {_count(holes, 'place')}")
    return f"In {activity.minutes:.1f} minutes: " + "; ".join(parts) + "."


def _away_words(activity: Activity) -> str:
    """What was not recorded must not read as if nothing had happened."""
    if not activity.is_focus_recorded:
        return "focus of the page not recorded"
    away = (activity.away["end_minute"] - activity.away["start_minute"]).sum()
    return f"{_count(len(activity.away), 'span')} with the page not in focus, {away:.1f} minutes together"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _table(activity: Activity) -> pd.DataFrame:
    """One row per minute in which something happened."""
    typed = activity.typing.assign(source=activity.typing["source"].map(SOURCE_NAMES))
    table = typed.pivot_table(index="minute", columns="source", values="inserted", aggfunc="sum", fill_value=0)
    runs = activity.executions.assign(minute=activity.executions["minute"] // BIN_MINUTES * BIN_MINUTES)
    counted = runs.groupby("minute")["ok"].agg(runs="count", ok="sum")
    table = table.join(
        pd.DataFrame({"runs ok": counted["ok"], "runs failed": counted["runs"] - counted["ok"]}), how="outer"
    )
    if activity.is_focus_recorded:
        table["minutes away"] = [_overlap(activity.away, float(minute)) for minute in table.index]
    return (
        table.fillna(0)
        .astype({name: "int64" for name in table.columns if name != "minutes away"})
        .round(2)
        .reset_index()
    )


def _overlap(away: pd.DataFrame, minute: float) -> float:
    starts, ends = away["start_minute"].clip(lower=minute), away["end_minute"].clip(upper=minute + BIN_MINUTES)
    return float((ends - starts).clip(lower=0).sum())
