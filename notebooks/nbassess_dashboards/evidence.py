"""What can be said for certain about a recording: is its chain whole and signed, where is it incomplete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from nbassess_events import chain
from nbassess_events.document import Document, canonical_bytes
from nbassess_events.errors import ChainError
from nbassess_events.model import Recorded
from nbassess_events.replay import Replay

from nbassess_dashboards.api import Integrity, SignedHead, Submission
from nbassess_dashboards.client import Recording

MOST_FLAGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence about the recording, and whether it is as it should be."""

    text: str
    is_good: bool


def integrity_of(recording: Recording, replay: Replay, submission: Submission | None) -> list[Statement]:
    """Check the chain here, on this machine, from the records alone; then the submission."""
    if not replay.records:
        return [Statement(text="Nothing was recorded in this sitting.", is_good=False)]
    return [_chain(recording, replay.records), *(_submission(replay, submission) if submission else [])]


def _chain(recording: Recording, records: Sequence[Recorded]) -> Statement:
    try:
        head = chain.verify(recording.sitting, records, head=recording.head)
    except ChainError as error:
        text = f"The hash chain is broken: {error}. Do not decide on this recording before it is explained."
        return Statement(text=text, is_good=False)
    return Statement(text=f"Records 1..{len(records)}, chain intact, head {head}", is_good=True)


def flags_of(flags: Sequence[Mapping[str, Any]]) -> list[Statement]:
    """Say where the recording is not whole, or that it is."""
    if not flags:
        text = "No flags: every change fits the one before it, and what the notebook server saw agrees with it."
        return [Statement(text=text, is_good=True)]
    found = [Statement(text=str(flag["text"]), is_good=False) for flag in flags[:MOST_FLAGS]]
    if len(flags) > MOST_FLAGS:
        text = f"{len(flags) - MOST_FLAGS} more flags are in the replay, in its list of moments."
        found.append(Statement(text=text, is_good=False))
    return found


def service_says(integrity: Integrity | None, recording: Recording, records: Sequence[Recorded]) -> list[Statement]:
    """Say what the service verified and signed; nothing from a service that does not say."""
    if integrity is None:
        return []
    return [_verified(integrity), _signed(integrity.get("signed"), recording, records)]


def _verified(integrity: Integrity) -> Statement:
    broken = integrity.get("broken")
    if broken:
        text = f"The service found the chain broken at record {broken.get('position')}: {broken.get('message')}."
        return Statement(text=text, is_good=False)
    if not integrity.get("is_verified"):
        return Statement(text="The service has not verified this recording.", is_good=False)
    return Statement(text=f"Verified by the service up to record {integrity.get('position')}.", is_good=True)


def _signed(signed: SignedHead | None, recording: Recording, records: Sequence[Recorded]) -> Statement:
    """Compare the head that was signed with the one that the records lead to, here."""
    if signed is None:
        return Statement(text="No head of this recording has been signed yet.", is_good=False)
    position = signed["position"]
    when = datetime.fromtimestamp(signed["at_ms"] / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    what = f"the head after record {position}, signed with key {signed['key']} at {when}"
    own = chain.links(recording.sitting, records[:position])[-1] if 0 < position <= len(records) else ""
    if own != signed["head"]:
        return Statement(text=f"These records do not lead to {what} ({signed['head']}).", is_good=False)
    return Statement(text=f"These records lead to {what}.", is_good=True)


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
