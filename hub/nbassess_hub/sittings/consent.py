"""What a sitting records, in words: the text that candidates read and agree to.

Every type of event that can be recorded stands behind one line of this text, and a line has the lowest monitoring level
at which it is recorded: `none`, `basic` and `full` add to each other. The text is stored with every consent; whoever
changes its meaning raises `TEXT_VERSION`. `docs/reference/monitoring.md` is written from here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbassess_hub.store.models import Consent

TEXT_VERSION = "2026-11-23"
LEVELS = ("none", "basic", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One thing that is recorded: from which level on, in which events, and what is said of it where it is not."""

    level: str
    text: str
    events: tuple[str, ...]
    where_not: str = ""


RECORDED: tuple[Recording, ...] = (
    Recording(
        level="none",
        text="Every change you make to the text and the cells of notebooks and text files, with its time, and how it "
        "came about as far as the editor can tell: typed, composed, pasted, dropped, cut, undone, redone, completed, "
        "replaced, moved with a cell, or changed by a program.",
        events=("edit", "cells_changed"),
    ),
    Recording(
        level="none",
        text="When you paste or drop text: how long it is, a fingerprint of it, and whether it was seen before in this "
        "sitting (in your cells, in the problem, in your outputs, or copied here). The text itself is kept only as the "
        "change that it makes.",
        events=("pasted",),
    ),
    Recording(
        level="none",
        text="Every run of a cell, with how long it took and what it printed or showed (cut off when it is long), and "
        "when a kernel starts, restarts, is interrupted, dies or stops.",
        events=(
            *("execution_started", "execution_finished", "kernel_changed"),
            *("server_execute", "server_executed", "server_kernel"),
        ),
    ),
    Recording(
        level="none",
        text="When you open, save and submit a notebook or a text file, and when such a file was changed on the disk "
        "without a save.",
        events=(
            *("notebook_opened", "file_opened", "save_started", "saved", "submit_requested"),
            *("server_save", "server_file"),
        ),
    ),
    Recording(
        level="none",
        text="That the recorder and your notebook server are alive, every ten seconds, with the time on your "
        "computer's clock; when one of them starts; and how much was lost, should your browser run out of room.",
        events=("client_started", "heartbeat", "detail_dropped", "server_started", "server_heartbeat"),
    ),
    Recording(
        level="basic",
        text="Which cell you are working in, so that the time spent on each problem can be told.",
        events=("active_cell",),
        where_not="Which cell you are working in while you change nothing.",
    ),
    Recording(
        level="full",
        text="When this browser tab gains or loses the focus, is hidden, or enters or leaves full screen. Never where "
        "you went.",
        events=("focus",),
        where_not="Whether this browser tab has the focus, is hidden or fills the screen.",
    ),
    Recording(
        level="full",
        text="Once a second at most: the lines where your cursor or selection rests, and which cells are in view.",
        events=("selection", "scrolled"),
        where_not="Where your cursor rests, what you select, and how far you scroll.",
    ),
)
_NEVER = (
    "Your camera, microphone or screen.",
    "Other tabs, windows, programs or web sites, or anything you copy there until you paste it into a notebook or a "
    "text file.",
    "Keys pressed outside the notebooks and text files.",
    "Your location.",
)
_READERS = (
    "The people who decide on this assessment, and reviewers who work with them. They see your answers, the recording "
    "and the report. They can watch the recording while you work, a few seconds late.",
    "The coordinator who invited you sees only when your sitting started and ended, and how many events it has.",
    "You: the page after your sitting says how much was recorded, and gives a receipt for it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """Everything a candidate is told before the clock starts."""

    title: str
    minutes: int
    problem_count: int
    points: int
    recorded: tuple[str, ...]
    not_recorded: tuple[str, ...]
    readers: tuple[str, ...]
    ai_policy: str
    is_practice: bool
    version: str = TEXT_VERSION

    def as_text(self) -> str:
        """Return the whole as canonical JSON, for the record."""
        names = self.__slots__
        return json.dumps({name: getattr(self, name) for name in names}, sort_keys=True, ensure_ascii=False)


def consent_text(payload: Mapping[str, Any]) -> ConsentText:
    """Write the text for a published assessment."""
    level = str(payload["monitoring"])
    return ConsentText(
        title=str(payload["title"]),
        minutes=int(payload["minutes"]),
        problem_count=len(payload["problems"]),
        points=int(payload["points"]),
        recorded=tuple(each.text for each in RECORDED if _is_recorded(each, level)),
        not_recorded=(*(each.where_not for each in RECORDED if not _is_recorded(each, level)), *_NEVER),
        readers=_READERS,
        ai_policy=str(payload["ai_policy"]),
        is_practice=bool(payload["practice"]),
    )


def _is_recorded(each: Recording, level: str) -> bool:
    return LEVELS.index(each.level) <= LEVELS.index(level)


def consent_row(candidate_id: str, payload: Mapping[str, Any], now_ms: int) -> Consent:
    """Return the row that keeps what was agreed to."""
    return Consent(
        candidate_id=candidate_id,
        assessment_id=payload["id"],
        assessment_version=payload["version"],
        text_version=TEXT_VERSION,
        text=consent_text(payload).as_text(),
        accepted_ms=now_ms,
    )
