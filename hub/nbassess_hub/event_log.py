"""The event log of a sitting as files that anybody can check without this installation.

<folder>/
  events.jsonl   one record a line, as canonical bytes: what the chain hashes
  links.txt      the link of each record, one a line: with them the first broken record is named exactly
  chain.json     sitting, number of records, head, the signed head, the public keys
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbassess_events import chain
from nbassess_events.codec import read_record
from nbassess_events.model import Recorded

from nbassess_hub.api_client import AdminClient
from nbassess_hub.errors import Conflict

EVENTS, LINKS, CHAIN = "events.jsonl", "links.txt", "chain.json"


def lines(service: AdminClient, sitting: str) -> Iterator[bytes]:
    """Yield the records of a sitting as they are hashed. Raises Conflict when fewer came than were announced."""
    with service.download("sittings", sitting, "recording", format="jsonl") as answer:
        announced, count, rest = int(answer.headers["x-recording-records"]), 0, b""
        for block in answer.iter_bytes():
            *whole, rest = (rest + block).split(b"\n")
            count += len(whole)
            yield from whole
    if count != announced or rest:
        raise Conflict(f"sitting {sitting}: {count} of {announced} records came; the download was cut, try again")


def records(service: AdminClient, sitting: str) -> Iterator[Recorded]:
    """Yield the records of a sitting."""
    return map(read_record, lines(service, sitting))


def write_event_log(service: AdminClient, sitting: str, folder: Path) -> None:
    """Write the files into an existing folder. Raises Conflict when the records do not lead to the service's head."""
    head, count = chain.genesis(sitting), 0
    with (folder / EVENTS).open("wb") as events, (folder / LINKS).open("w", encoding="ascii") as links:
        for line in lines(service, sitting):
            head, count = chain.link(head, line), count + 1
            events.write(line + b"\n")
            links.write(head + "\n")
    known = service.get("sittings", sitting, "integrity")
    _check_head(sitting, head, count, known)
    about = {"sitting": sitting, "records": count, "head": head, "signed": known["signed"], **service.get("keys")}
    (folder / CHAIN).write_text(json.dumps(about, indent=2) + "\n", encoding="ascii")


def _check_head(sitting: str, head: str, count: int, known: dict[str, Any]) -> None:
    if known["position"] == count and known["head"] != head:
        raise Conflict(
            f"sitting {sitting}: the exported records end in {head[:12]}…, the service says {known['head'][:12]}…: "
            "its recording was changed; see `nbassess recording verify`"
        )
