"""What can be said for certain about a recording: is its chain whole, has it gaps, is the submission its last state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nbassess_events import chain
from nbassess_events.document import Document, canonical_bytes
from nbassess_events.errors import ChainError
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay

from nbassess_dashboards.api import Submission
from nbassess_dashboards.client import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence about the recording, and whether it is as it should be."""

    text: str
    is_good: bool


def integrity_of(recording: Recording, replay: Replay, submission: Submission | None) -> list[Statement]:
    """Check the chain here, on this machine, from the records alone; then gaps; then the submission."""
    if not replay.records:
        return [Statement(text="Nothing was recorded in this sitting.", is_good=False)]
    return [_chain(recording, replay.records), _gaps(replay), *(_submission(replay, submission) if submission else [])]


def _chain(recording: Recording, records: Sequence[Recorded]) -> Statement:
    try:
        head = chain.verify(recording.sitting, records, head=recording.head)
    except ChainError as error:
        text = f"The hash chain is broken: {error}. Do not decide on this recording before it is explained."
        return Statement(text=text, is_good=False)
    return Statement(text=f"Records 1..{len(records)}, chain intact, head {head}", is_good=True)


def _gaps(replay: Replay) -> Statement:
    if not replay.gaps:
        return Statement(text="No gaps: every change fits the one before it.", is_good=True)
    places = "; ".join(f"event {gap.position}: {gap.reason}" for gap in replay.gaps[:5])
    more = f" and {len(replay.gaps) - 5} more" if len(replay.gaps) > 5 else ""
    text = f"{len(replay.gaps)} gaps in the recording ({places}{more}). The replay shows them as gaps."
    return Statement(text=text, is_good=False)


def _submission(replay: Replay, submission: Submission) -> list[Statement]:
    position = min(submission.get("position", len(replay.records)), len(replay.records))
    statements = [_documents(replay.state_at(position).documents, submission, position)]
    if not submission.get("is_complete", True):
        text = "The submission was put together from a recording with a gap: some typing may be missing from it."
        statements.append(Statement(text=text, is_good=False))
    return statements


def _documents(replayed: Mapping[str, Document], submission: Submission, position: int) -> Statement:
    submitted: dict[str, Any] = submission.get("documents", {})
    different = sorted(
        path
        for path in submitted.keys() | replayed.keys()
        if path not in submitted
        or path not in replayed
        or canonical_bytes(submitted[path]) != replayed[path].to_bytes()
    )
    if different:
        text = f"The submission differs from the state after record {position} in: {', '.join(different)}."
        return Statement(text=text, is_good=False)
    text = f"The submission ({_count(len(submitted))}) equals the replay after record {position}, byte for byte."
    return Statement(text=text, is_good=True)


def _count(number: int) -> str:
    return "1 document" if number == 1 else f"{number} documents"


def documents_html(submission: Submission) -> str:
    """Return the submitted documents as text that can be opened, one part per notebook."""
    parts = [_document_html(path, document) for path, document in sorted(submission.get("documents", {}).items())]
    digest = f'<p class="nbd-p nbd-soft">Digest of the submission: {escape(str(submission.get("digest", "–")))}</p>'
    return f'{digest}<div class="nbd-documents">{"".join(parts)}</div>'


def _document_html(path: str, document: Mapping[str, Any]) -> str:
    cells = "".join(
        f'<p class="nbd-cell-name">{escape(str(cell["id"]))} ({escape(str(cell["cell_type"]))})</p>'
        f'<pre tabindex="0">{escape(str(cell["source"]))}</pre>'
        for cell in document.get("cells", [])
    )
    return f"<details><summary>{escape(path)}</summary>{cells}</details>"
