"""Compare the witnesses of a sitting: what the page recorded, and what the Jupyter server saw by itself.

The page's changes rebuild the notebooks; the server saw, on another way, which code went to a kernel and which text
went to the disk. Where the server saw something that the replay never had, or where a witness was silent, the record is
incomplete. That is all it says: a dead tab, a crashed server and a manipulated page look alike from here, and only a
person can tell what it means.

Runs and saves are matched by content, not by order: the page's batch may arrive after the server's note of the same
run. Each thing that the page did can explain one thing that the server saw.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nbassess_events.document import text_sha256
from nbassess_events.model import (
    DetailDropped,
    Edit,
    ExecutionStarted,
    FileOpened,
    NotebookOpened,
    Recorded,
    SaveStarted,
    ServerEvent,
    ServerExecute,
    ServerFile,
    ServerSave,
)
from nbassess_events.replay import NotebookState, Sequences, advance
from nbassess_events.timing import in_order, own_times

SILENCE_MS = 30_000
KINDS = ("gap", "dropped", "silent", "unseen_save", "unseen_execution", "outside_change")

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A stretch of the recording that is not whole: positions, server milliseconds, and a sentence for people."""

    kind: str
    from_position: int
    to_position: int
    from_ms: int
    to_ms: int
    path: str
    text: str


@dataclass(slots=True)
class _Seen:
    """What the page can explain, and what the server saw and wants explained."""

    explained: Counter[Key] = field(default_factory=Counter)
    always: set[Key] = field(default_factory=set)
    wanted: list[tuple[int, Key]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    kind: str
    first: int
    last: int
    path: str
    reason: str
    from_ms: int | None = None
    to_ms: int | None = None


def incompleteness(records: Sequence[Recorded]) -> tuple[Finding, ...]:
    """Return every stretch in which the recording is not whole, in order; empty for a whole one."""
    own = own_times(records)
    times = in_order(records, own)
    spans = [*_sequence_holes(records), *_replayed(records), *_silences(records, own), *_dropped(records, times)]
    found = (_finding(span, times) for span in spans)
    return tuple(sorted(found, key=lambda each: (each.from_ms, each.from_position, each.kind)))


def _sequence_holes(records: Sequence[Recorded]) -> Iterator[_Span]:
    sequences, last = Sequences(), dict[str, int]()
    for index, record in enumerate(records):
        missing = sequences.missing_before(record)
        if missing is not None:
            reason = f"events {missing} to {record.event.seq - 1} of page {record.client} are missing"
            yield _Span(kind="gap", first=last.get(record.client, index), last=index, path="", reason=reason)
        last[record.client] = index


def _replayed(records: Sequence[Recorded]) -> Iterator[_Span]:
    """Walk through all states once: changes that do not fit, and what the two witnesses say of runs and saves."""
    state, seen, open_gaps = NotebookState(), _Seen(), dict[tuple[str, str], _Span]()
    touched: dict[tuple[str, str], int] = {}
    for index, record in enumerate(records):
        before, state = state, advance(state, record)
        key = (record.client, getattr(record.event, "path", ""))
        if len(state.gaps) > len(before.gaps) and key not in open_gaps:
            reason = state.gaps[-1].reason
            open_gaps[key] = _Span(kind="gap", first=touched.get(key, index), last=index, path=key[1], reason=reason)
        elif isinstance(record.event, NotebookOpened | FileOpened) and key in open_gaps:
            yield replace(open_gaps.pop(key), last=index)
        touched[key] = index
        _compare(seen, index, record, state)
        if isinstance(record.event, ServerFile) and _is_outside_change(state, record.event):
            yield _Span(kind="outside_change", first=index, last=index, path=record.event.path, reason="")
    yield from (replace(span, last=len(records) - 1) for span in open_gaps.values())
    yield from _unexplained(seen)


def _compare(seen: _Seen, index: int, record: Recorded, state: NotebookState) -> None:
    event = record.event
    if isinstance(event, ExecutionStarted):
        document = state.by_client.get((record.client, event.path))
        for cell in document.cells if document else ():
            if cell.id == event.cell:
                seen.explained["run", event.cell, text_sha256(cell.source)] += 1
    elif isinstance(event, SaveStarted):
        document = state.by_client.get((record.client, event.path))
        if document is not None:
            seen.always.add(("save", event.path, document.digest()))
    elif isinstance(event, NotebookOpened | FileOpened):
        seen.always.update(("save", event.path, digest) for digest in _digests(state, event.path))
    elif isinstance(event, ServerExecute):
        seen.wanted.append((index, ("run", event.cell, event.code_sha256)))
    elif isinstance(event, ServerSave):
        seen.wanted.append((index, ("save", event.path, event.digest)))
        seen.always.update(("save", event.path, digest) for digest in _digests(state, event.path))


def _digests(state: NotebookState, path: str) -> Iterator[str]:
    return (document.digest() for (_, own), document in state.by_client.items() if own == path)


def _is_outside_change(state: NotebookState, event: ServerFile) -> bool:
    """Whether a file has a text that no page had. A table of data is none of our documents, and may change."""
    known = set(_digests(state, event.path))
    return event.digest not in known and (bool(known) or event.path.endswith(".ipynb"))


def _unexplained(seen: _Seen) -> Iterator[_Span]:
    for index, key in seen.wanted:
        if key in seen.always:
            continue
        if seen.explained[key] > 0:
            seen.explained[key] -= 1
        elif key[0] == "run":
            reason = "the server passed code to a kernel that no recorded cell held"
            yield _Span(kind="unseen_execution", first=index, last=index, path="", reason=reason)
        else:
            reason = "the server wrote a document that the recorded changes do not lead to"
            yield _Span(kind="unseen_save", first=index, last=index, path=key[1], reason=reason)


def _silences(records: Sequence[Recorded], times: Sequence[int]) -> Iterator[_Span]:
    """Find work that one witness saw while the other said nothing for half a minute around it."""
    page = [i for i, record in enumerate(records) if not isinstance(record.event, ServerEvent)]
    server = [i for i, record in enumerate(records) if isinstance(record.event, ServerEvent)]
    if not server:
        return  # recorded before servers were witnesses
    worked = [i for i in server if isinstance(records[i].event, ServerExecute | ServerSave)]
    heard = [times[i] for i in server]
    worked = [i for i in worked if not _is_beside(times[i], page, server, heard)]
    changed = [i for i in page if isinstance(records[i].event, Edit | ExecutionStarted)]
    yield from _alone(worked, page, times, "the page said nothing while the server saw work")
    yield from _alone(changed, server, times, "the server said nothing while the page recorded work")


def _is_beside(at_ms: int, page: Sequence[int], server: Sequence[int], server_times: Sequence[int]) -> bool:
    """Whether the page's records stand among the server's of that half minute.

    Both went through one journal, in order. That tells more than times when a page's whole life lies in an outage of
    the collector: nobody knows its clock then.
    """
    first = server[bisect_left(server_times, at_ms - SILENCE_MS)]
    last = server[bisect_right(server_times, at_ms + SILENCE_MS) - 1]
    near = bisect_right(page, first)
    return near < len(page) and page[near] < last


def _alone(work: Sequence[int], others: Sequence[int], times: Sequence[int], reason: str) -> Iterator[_Span]:
    """Join neighbouring work that has no record of the other witness near it, nor between."""
    other_times = sorted(times[i] for i in others)
    span: _Span | None = None
    for index in sorted(work, key=times.__getitem__):
        near = bisect_left(other_times, times[index] - SILENCE_MS)
        if near < len(other_times) and other_times[near] <= times[index] + SILENCE_MS:
            continue
        if span is not None and (near == 0 or other_times[near - 1] < times[span.last]):
            span = replace(span, last=index, to_ms=times[index])
            continue
        if span is not None:
            yield span
        at = times[index]
        span = _Span(kind="silent", first=index, last=index, path="", reason=reason, from_ms=at, to_ms=at)
    if span is not None:
        yield span


def _dropped(records: Sequence[Recorded], times: Sequence[int]) -> Iterator[_Span]:
    for index, record in enumerate(records):
        event = record.event
        if isinstance(event, DetailDropped):
            reason = (
                f"the browser's buffer was full; given up: {event.edits} edits with {event.inserted} characters and "
                f"{event.runs} runs, {event.events} events in all"
            )
            begun, ended = (max(0, times[index] - (event.t_ms - at)) for at in (event.from_ms, event.to_ms))
            yield _Span(kind="dropped", first=index, last=index, path="", reason=reason, from_ms=begun, to_ms=ended)


def _finding(span: _Span, times: Sequence[int]) -> Finding:
    from_ms = times[span.first] if span.from_ms is None else span.from_ms
    to_ms = times[span.last] if span.to_ms is None else span.to_ms
    begun, ended = (_clock(at - times[0]) for at in (from_ms, to_ms))
    about = f" ({span.path})" if span.path else ""
    text = f"Record incomplete from {begun} to {ended}{about}: {span.reason}."
    if span.kind == "outside_change":
        text = f"The file changed without edits at {begun}{about}: something other than a save wrote it."
    return Finding(
        kind=span.kind,
        from_position=span.first + 1,
        to_position=span.last + 1,
        from_ms=from_ms,
        to_ms=to_ms,
        path=span.path,
        text=text,
    )


def _clock(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
