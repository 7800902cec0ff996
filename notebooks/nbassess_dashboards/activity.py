"""What a recording says about the course of a sitting: when something was typed, run, or left.

Minutes count from the first record. Times come from `nbassess_events.replay.moments`: the server's clock for the
origin, the client's for the distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from nbassess_events.codec import parse_record
from nbassess_events.errors import EventsError
from nbassess_events.model import ClientStarted, Edit, ExecutionFinished, Focus, Recorded
from nbassess_events.replay import Replay

from nbassess_dashboards.api import Record
from nbassess_dashboards.errors import RecordingError
from nbassess_dashboards.frames import MINUTE_MS

BIN_MINUTES = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The course of one sitting as three frames, its length, and whether its monitoring level records the focus."""

    typing: pd.DataFrame
    executions: pd.DataFrame
    away: pd.DataFrame
    minutes: float
    is_focus_recorded: bool


def parse_records(records: Sequence[Record]) -> tuple[Recorded, ...]:
    """Read the records of the API strictly. Raises: RecordingError naming the record."""
    found = []
    for index, record in enumerate(records):
        try:
            found.append(parse_record(record))
        except (EventsError, KeyError, TypeError, ValueError) as error:
            raise RecordingError(
                f"record {index + 1} of {len(records)} cannot be read ({error}); the service is newer than "
                "these dashboards or the recording is damaged: install the same version of both, then look again"
            ) from error
    return tuple(found)


def activity_of(replay: Replay) -> Activity:
    """Summarise a recording."""
    records, times = replay.records, replay.times_ms
    origin = times[0] if times else 0
    minutes = [(time - origin) / MINUTE_MS for time in times]
    return Activity(
        typing=_typing(records, minutes),
        executions=_executions(records, minutes),
        away=_away(records, minutes),
        minutes=minutes[-1] if minutes else 0.0,
        is_focus_recorded=any(isinstance(record.event, Focus) for record in records),
    )


def _typing(records: Sequence[Recorded], minutes: Sequence[float]) -> pd.DataFrame:
    """Characters that came in and went out, per minute and source."""
    rows = [
        (
            minute // BIN_MINUTES * BIN_MINUTES,
            event.source,
            sum(len(op[2]) for op in event.ops),
            sum(op[1] for op in event.ops),
        )
        for record, minute in zip(records, minutes, strict=True)
        if isinstance(event := record.event, Edit)
    ]
    frame = pd.DataFrame(rows, columns=["minute", "source", "inserted", "deleted"])
    frame = frame.astype({"minute": "float64", "source": "str", "inserted": "int64", "deleted": "int64"})
    return frame.groupby(["minute", "source"], as_index=False, sort=True).sum()


def _executions(records: Sequence[Recorded], minutes: Sequence[float]) -> pd.DataFrame:
    """Every finished run of a cell, at the time it finished."""
    rows = [
        (minute, event.path, event.cell, event.ok, event.duration_ms / 1000)
        for record, minute in zip(records, minutes, strict=True)
        if isinstance(event := record.event, ExecutionFinished)
    ]
    frame = pd.DataFrame(rows, columns=["minute", "notebook", "cell", "ok", "duration_s"])
    return frame.astype({"minute": "float64", "notebook": "str", "cell": "str", "ok": "bool", "duration_s": "float64"})


@dataclass(slots=True)
class _Window:
    """What one page load last said about itself."""

    is_blurred: bool = False
    is_hidden: bool = False

    def take(self, state: str) -> None:
        if state in ("focus", "visible"):
            self.is_hidden = False
        if state in ("focus", "blur"):
            self.is_blurred = state == "blur"
        if state == "hidden":
            self.is_hidden = True

    @property
    def is_away(self) -> bool:
        return self.is_blurred or self.is_hidden


def _away(records: Sequence[Recorded], minutes: Sequence[float]) -> pd.DataFrame:
    """Spans during which no page of the sitting was visible and held the keyboard, as the browser reported it."""
    windows: dict[str, _Window] = {}
    spans: list[tuple[float, float]] = []
    left: float | None = None
    for record, minute in zip(records, minutes, strict=True):
        event = record.event
        if isinstance(event, ClientStarted):
            windows = {record.client: _Window()}
        elif isinstance(event, Focus):
            windows.setdefault(record.client, _Window()).take(event.state)
        else:
            continue
        is_away = all(window.is_away for window in windows.values())
        if is_away and left is None:
            left = minute
        elif not is_away and left is not None:
            spans.append((left, minute))
            left = None
    if left is not None:
        spans.append((left, minutes[-1]))
    return pd.DataFrame(spans, columns=["start_minute", "end_minute"]).astype("float64")
