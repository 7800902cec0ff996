"""Figures of a cohort. Each is a `Chart`: the plot, a sentence that says what it shows, and the numbers as a table.

Backgrounds are transparent and texts take the page's colour (see page.css), so one figure serves light and dark themes.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go  # type: ignore[import-untyped] # plotly ships no types

from nbassess_dashboards.palette import BLUE, SEQUENTIAL

SCORE_BINS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
POINTS_MEASURE = "share of points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure for the eyes, a sentence for everyone, a table for those who cannot or will not read the figure."""

    title: str
    summary: str
    figure: Any
    table: pd.DataFrame


def score_distribution(cohort: pd.DataFrame) -> Chart:
    """How many graded sittings fall into each tenth of the score."""
    scores = cohort["score"].dropna()
    bins = pd.cut(scores.clip(0, 1), SCORE_BINS, include_lowest=True, labels=_bin_names())
    counts = bins.value_counts(sort=False)
    table = pd.DataFrame({"score": counts.index.astype("str"), "sittings": counts.to_numpy()})
    figure = go.Figure(
        go.Bar(x=table["score"], y=table["sittings"], marker_color=BLUE, hovertemplate="%{x}: %{y}<extra></extra>")
    )
    style(figure, x_title="Score (per cent)", y_title="Sittings", height_px=300)
    figure.update_layout(bargap=0.08)
    figure.update_yaxes(rangemode="tozero", dtick=_whole_step(int(counts.max()) if len(scores) else 1))
    return Chart(title="Distribution of scores", summary=_score_summary(scores), figure=figure, table=table)


def _bin_names() -> list[str]:
    edges = [round(edge * 100) for edge in SCORE_BINS]
    return [f"{low}–{high}" for low, high in pairwise(edges)]


def _score_summary(scores: "pd.Series[float]") -> str:
    if scores.empty:
        return "No sitting has been graded yet."
    low, middle, high = (f"{value:.0%}" for value in (scores.min(), scores.median(), scores.max()))
    if len(scores) == 1:
        return f"1 graded sitting scores {middle}."
    return f"{len(scores)} graded sittings score between {low} and {high}; half of them reach {middle} or more."


def _whole_step(top: int) -> int:
    return max(1, top // 6)


def time_per_problem(problems: pd.DataFrame) -> Chart:
    """How long each problem took: every sitting a dot, over the median and the middle half."""
    timed = problems.dropna(subset=["minutes"])
    figure = go.Figure()
    for title, group in timed.groupby("problem", sort=False):
        figure.add_trace(
            go.Box(
                x=group["minutes"],
                name=wrap(str(title)),
                customdata=group["candidate"],
                boxpoints="all",
                jitter=0.5,
                pointpos=0,
                marker={"color": BLUE, "size": 6, "opacity": 0.65},
                line={"color": BLUE, "width": 1.5},
                fillcolor="rgba(0,114,178,0.12)",
                hovertemplate="%{customdata}: %{x:.1f} min<extra></extra>",
            )
        )
    style(figure, x_title="Time on the problem (minutes)", y_title="", height_px=120 + 62 * timed["problem"].nunique())
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(rangemode="tozero")
    return Chart(title="Time per problem", summary=_time_summary(timed), figure=figure, table=_quartiles(timed))


def _quartiles(timed: pd.DataFrame) -> pd.DataFrame:
    grouped = timed.groupby("problem", sort=False)["minutes"]
    table = pd.DataFrame(
        {
            "sittings": grouped.count(),
            "shortest (min)": grouped.min(),
            "lower quartile (min)": grouped.quantile(0.25),
            "median (min)": grouped.median(),
            "upper quartile (min)": grouped.quantile(0.75),
            "longest (min)": grouped.max(),
        }
    )
    return table.round(1).reset_index()


def _time_summary(timed: pd.DataFrame) -> str:
    if timed.empty:
        return "No times are known yet."
    medians = timed.groupby("problem", sort=False)["minutes"].median()
    if len(medians) == 1:
        return f"By the median, {medians.idxmax()} took {medians.max():.1f} minutes."
    return (
        f"By the median, {medians.idxmax()} took longest ({medians.max():.1f} minutes) "
        f"and {medians.idxmin()} shortest ({medians.min():.1f} minutes)."
    )


def score_heat_map(scores: pd.DataFrame, measure: str = POINTS_MEASURE) -> Chart:
    """Score per candidate and problem. `scores` has the columns candidate, problem and score (0 to 1, NaN: none)."""
    titles = _in_order(scores["problem"])
    grid = scores.pivot_table(index="candidate", columns="problem", values="score", aggfunc="first", dropna=False)
    grid = grid.reindex(columns=titles)
    grid = grid.loc[grid.mean(axis="columns").sort_values(ascending=False, kind="stable").index]
    names = list(grid.index)
    figure = go.Figure(
        go.Heatmap(
            z=grid.to_numpy() * 100,
            x=[wrap(title) for title in titles],
            y=names,
            zmin=0,
            zmax=100,
            colorscale=SEQUENTIAL,
            texttemplate="%{z:.0f}",
            hovertemplate="%{y}, %{x}: %{z:.0f} %<extra></extra>",
            hoverongaps=False,
            xgap=2,
            ygap=2,
            colorbar={"title": {"text": "per cent"}, "thickness": 12, "outlinewidth": 0},
        )
    )
    style(figure, x_title="", y_title="", height_px=130 + 24 * max(1, len(names)))
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    table = (grid * 100).round(0).reset_index().rename(columns={"candidate": "candidate (per cent)"})
    return Chart(
        title=f"Scores by problem: {measure}", summary=_grid_summary(grid, measure), figure=figure, table=table
    )


def _in_order(names: "pd.Series[str]") -> list[str]:
    return list(dict.fromkeys(names))


def _grid_summary(grid: pd.DataFrame, measure: str) -> str:
    means = grid.mean().dropna()
    if means.empty:
        return "No sitting has been graded yet."
    if round(means.max(), 2) == round(means.min(), 2):
        return f"On average ({measure}) all problems went equally well ({means.max():.0%})."
    best, worst = f"{means.idxmax()} went best ({means.max():.0%})", f"{means.idxmin()} worst ({means.min():.0%})"
    return f"On average ({measure}) {best} and {worst}."


def dimension_bars(dimensions: pd.DataFrame) -> Chart:
    """Scores of one sitting by problem, one bar per dimension."""
    colours = dict(zip(_in_order(dimensions["dimension"]), DIMENSION_COLOURS, strict=False))
    figure = go.Figure()
    for index, (name, colour) in enumerate(colours.items()):
        group = dimensions[dimensions["dimension"] == name].dropna(subset=["score"])
        figure.add_trace(
            go.Bar(
                x=group["score"] * 100,
                y=[wrap(title) for title in group["problem"]],
                orientation="h",
                name=name,
                marker={"color": colour, "pattern": hatch(["", "/", ".", "x"][index % 4])},
                text=[f"{score:.0%}" for score in group["score"]],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{y}, " + name + ": %{x:.0f} %<extra></extra>",
            )
        )
    problems = dimensions["problem"].nunique()
    style(figure, x_title="Score (per cent)", y_title="", height_px=110 + 26 * problems * max(1, len(colours)))
    figure.update_layout(barmode="group", showlegend=True, bargap=0.3)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 108], dtick=20)
    table = dimensions.pivot_table(index="problem", columns="dimension", values="score", dropna=False, sort=False)
    table = (table * 100).round(0).reset_index()
    return Chart(
        title="Scores by problem and dimension", summary=_dimension_summary(dimensions), figure=figure, table=table
    )


DIMENSION_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#7B61C4", "#8A6D00", "#C06A97")


def _dimension_summary(dimensions: pd.DataFrame) -> str:
    means = dimensions.dropna(subset=["score"]).groupby("dimension", sort=False)["score"].mean()
    if means.empty:
        return "No dimension has a score yet."
    return "On average over the problems: " + ", ".join(f"{name} {mean:.0%}" for name, mean in means.items()) + "."


def style(figure: Any, *, x_title: str, y_title: str, height_px: int) -> None:
    """Give every figure of the dashboards the same look."""
    figure.update_layout(
        template="none",
        height=height_px,
        autosize=True,
        margin={"l": 16, "r": 16, "t": 16, "b": 16},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "color": "#5f5f5f"},
        showlegend=False,
        legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"bgcolor": "#1f2933", "font": {"color": "#ffffff"}},
        dragmode=False,
    )
    grid = {
        "gridcolor": "rgba(128,128,128,0.25)",
        "zeroline": False,
        "automargin": True,
        "linecolor": "rgba(128,128,128,0.6)",
    }
    figure.update_xaxes(title={"text": x_title, "standoff": 8}, **grid)
    figure.update_yaxes(title={"text": y_title, "standoff": 8}, **grid)


def hatch(shape: str) -> dict[str, Any]:
    """Return a pattern drawn over a bar's own colour."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.6)", "solidity": 0.3}


def wrap(title: str, width: int = 22) -> str:
    """Break a long label into lines, escaping what plotly would read as markup."""
    lines, line = [], ""
    for word in title.replace("&", "&amp;").replace("<", "&lt;").split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
