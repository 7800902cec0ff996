"""What must be true after every script, whatever was done to the messages on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nbassess_events.document import Document, text_sha256
from nbassess_events.model import Event, ExecutionStarted, SaveStarted, ServerExecute, ServerSave
from nbassess_events.witness import incompleteness

from tests.support.recorder_lab import until
from tests.support.recording.hands import Hands
from tests.support.recording.stand import Stand
from tests.support.recording.tape import Moment
from tests.support.recording.witness import Ran

E = TypeVar("E", bound=Event)

SETTLE_S = 40.0
AGREE_S = 10.0


@dataclass
class Oracle:
    """Compares a script's recording with what the page has and what the witnesses saw."""

    stand: Stand
    began: int
    """The position before the script."""
    ran_before: int
    """How many runs the witness had seen before."""

    def settled(self, *hands: Hands) -> None:
        """Wait until the recording has everything; then the replay equals the page, byte for byte."""
        for each in hands:
            each.mark()
        self.stand.calm()

        def behind() -> list[str]:
            self.stand.tape.read()
            return [path for each in hands for path, document in each.documents().items() if not self.has(document)]

        try:
            until(lambda: not behind(), "the recording", SETTLE_S)
        except AssertionError:
            raise AssertionError(self._difference(hands)) from None

    def check(self, *hands: Hands, server_was_killed: bool = False) -> None:
        """Check everything that is known of the script's documents; what is still on its way is waited for."""

        problems: list[str] = []

        def agrees() -> bool:
            self.stand.tape.read()
            problems[:] = [*self._broken(), *self._runs(hands), *self._saves(hands, server_was_killed)]
            return not problems

        try:
            until(agrees, "everything agrees", AGREE_S)
        except AssertionError:
            raise AssertionError("\n".join(problems)) from None

    def _broken(self) -> Iterator[str]:
        tape = self.stand.tape
        yield from tape.faults()
        yield from (f"error in the page: {error}" for error in self.stand.errors)
        for finding in incompleteness(tape.records):
            if finding.to_position > self.began:
                yield f"{finding.kind} {finding.from_position} to {finding.to_position} {finding.path}: {finding.text}"
        if tape.head != self.stand.collector.head():
            yield "the collector's head is not that of the records"

    def has(self, document: Document) -> bool:
        """Whether the replay has a document exactly as it is here."""
        found = self.stand.tape.versions(document.path).values()
        return any(version.to_bytes() == document.to_bytes() for version in found)

    def _runs(self, hands: Sequence[Hands]) -> Iterator[str]:
        """Compare three: what the kernels were sent, what the server says it passed on, and the replay at every run."""
        seen = self.stand.line.witness.ran_since(self.ran_before)
        moments = (moment for each in hands for moment in self._moments(each))
        started = [moment for moment in moments if isinstance(moment.event, ExecutionStarted)]
        replayed = [ran for ran in map(_replayed_run, started) if ran.code.strip()]
        if _by_cell(replayed) != _by_cell(seen):
            yield f"runs: the replay has {_by_cell(replayed)}, the kernel was sent {_by_cell(seen)}"
        told = Counter((event.cell, event.code_sha256) for event in self._events(ServerExecute) if event.cell)
        if told != Counter((ran.cell, text_sha256(ran.code)) for ran in seen):
            yield f"runs: the server tells of {told}, the kernel was sent {seen}"

    def _saves(self, hands: Sequence[Hands], server_was_killed: bool) -> Iterator[str]:
        """Compare three: what was sent to be saved, what the server says it wrote, and the replay at every save."""
        for path in {path for each in hands for path in each.paths}:
            seen = self.stand.line.witness.wrote_of(path)
            saves = [
                moment for each in hands for moment in self._moments(each) if isinstance(moment.event, SaveStarted)
            ]
            own = [moment for moment in saves if moment.document is not None and moment.document.path == path]
            replayed = [moment.document for moment in own if moment.document is not None]
            is_alone = len({moment.client for moment in own}) == 1
            missing = _not_in_order(seen, replayed) if is_alone else [each for each in seen if each not in replayed]
            if missing:
                yield f"{path}: sent to be saved, and no replayed save has it: {missing}"
            told = [event.digest for event in self._events(ServerSave) if event.path == path]
            if not server_was_killed and told != [document.digest() for document in seen]:
                yield f"{path}: the server tells of {len(told)} saves, {len(seen)} were sent"

    def _events(self, kind: type[E]) -> Iterator[E]:
        events = (record.event for record in self.stand.tape.since(self.began))
        return (event for event in events if isinstance(event, kind))

    def _moments(self, hands: Hands) -> Iterator[Moment]:
        paths = set(hands.paths)
        for moment in self.stand.tape.moments:
            if moment.position > self.began and getattr(moment.event, "path", "") in paths:
                yield moment

    def _difference(self, hands: Sequence[Hands]) -> str:
        lines = [f"seed {self.stand.line.plan.seed}; not recorded as the page has it:"]
        for each in hands:
            for path, document in each.documents().items():
                if not self.has(document):
                    lines += [f"page:     {document.to_bytes()[-600:]!r}"]
                    versions = self.stand.tape.versions(path).items()
                    lines += [f"{client}: {found.to_bytes()[-600:]!r}" for client, found in versions]
        return "\n".join(lines)


def _replayed_run(moment: Moment) -> Ran:
    assert isinstance(moment.event, ExecutionStarted)
    assert moment.document is not None, f"a run of {moment.event.path} before its snapshot"
    cell = moment.document.cells[moment.document.index_of(moment.event.cell)]
    return Ran(cell=cell.id, code=cell.source)


def _by_cell(runs: list[Ran]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for run in runs:
        found.setdefault(run.cell, []).append(run.code)
    return found


def _not_in_order(seen: list[Document], replayed: list[Document]) -> list[Document]:
    """Return what was seen and is not among the replayed, in order."""
    rest = iter(replayed)
    return [document for document in seen if not any(other.to_bytes() == document.to_bytes() for other in rest)]
