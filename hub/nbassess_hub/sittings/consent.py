"""What a sitting records, in words: the text that candidates read and agree to.

The three monitoring levels add to each other. The text is stored with every consent; whoever changes its meaning raises
`TEXT_VERSION`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbassess_hub.store.models import Consent

TEXT_VERSION = "2026-11"

_ALWAYS = (
    "Every change you make to the text and the cells of the notebooks, with its time, and whether it was typed, "
    "pasted, cut, undone, redone or completed.",
    "Every run of a cell, with how long it took and what it printed or showed (cut off when it is long).",
    "When you open, save and submit a notebook.",
)
_BASIC = ("Which cell you are working in, so that the time spent on each problem can be told.",)
_FULL = ("When this browser tab gains or loses the focus, or is hidden. Never where you went.",)
_BY_LEVEL: Mapping[str, tuple[str, ...]] = {
    "none": _ALWAYS,
    "basic": _ALWAYS + _BASIC,
    "full": _ALWAYS + _BASIC + _FULL,
}
_NOT_BASIC = ("Which cell you are working in while you change nothing.",)
_NOT_FULL = ("Whether this browser tab has the focus or is hidden.",)
_LEFT_OUT: Mapping[str, tuple[str, ...]] = {"none": _NOT_BASIC + _NOT_FULL, "basic": _NOT_FULL, "full": ()}
_NEVER = (
    "Your camera, microphone or screen.",
    "Other tabs, windows, programs or web sites, or anything you copy there until you paste it into a notebook.",
    "Keys pressed outside the notebooks.",
    "Your location.",
)
_READERS = (
    "The people who decide on this assessment, and reviewers who work with them. They see your answers, the recording "
    "and the report.",
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
        recorded=_BY_LEVEL[level],
        not_recorded=_LEFT_OUT[level] + _NEVER,
        readers=_READERS,
        ai_policy=str(payload["ai_policy"]),
        is_practice=bool(payload["practice"]),
    )


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
