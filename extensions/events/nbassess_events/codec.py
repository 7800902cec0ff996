"""Between the wire and the model: strict on the way in, one canonical form on the way out.

Whoever receives a batch (the Jupyter server, then the collector) reads it with `parse_batch`; nobody trusts the one
before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from math import isfinite
from typing import Any

from nbassess_events.document import canonical_bytes
from nbassess_events.errors import BatchError, EventError
from nbassess_events.fields import CLIENT
from nbassess_events.kinds import Json, Kind
from nbassess_events.model import EVENT_TYPES, Batch, Event, Recorded

VERSION = 1
MAX_BATCH_BYTES = 4 * 2**20
MAX_BATCH_EVENTS = 2_000
MAX_DEPTH = 100

_CLASS_BY_TYPE: dict[str, type[Event]] = {cls.TYPE: cls for cls in EVENT_TYPES}


def kinds_of(cls: type[Event]) -> dict[str, Kind]:
    """Return the kind of every field of an event class, by name."""
    return {item.name: item.metadata["kind"] for item in fields(cls)}


def defaults_of(cls: type[Event]) -> dict[str, object]:
    """Return the default of every field that may be left out on the wire, by name."""
    return {item.name: item.default for item in fields(cls) if item.default is not MISSING}


_KINDS: dict[type[Event], dict[str, Kind]] = {cls: kinds_of(cls) for cls in EVENT_TYPES}
_DEFAULTS: dict[type[Event], dict[str, object]] = {cls: defaults_of(cls) for cls in EVENT_TYPES}


def parse_batch(raw: bytes | str | Mapping[str, Any]) -> Batch:
    """Read a batch: {"v": 1, "client": 16 hex characters, "events": [...]}.

    Raises BatchError for the batch, EventError for one event (the message names its place and field).
    """
    body = raw if isinstance(raw, Mapping) else _load(raw)
    if body.get("v") != VERSION:
        raise BatchError(f"batch version is {body.get('v')!r:.20}, this collector reads {VERSION}; update the recorder")
    try:
        client = str(CLIENT.read(body.get("client")))
    except EventError as error:
        raise BatchError(f"client: {error}") from None
    items = body.get("events")
    if not isinstance(items, list) or not items:
        raise BatchError("events: expected a list with at least one event")
    if len(items) > MAX_BATCH_EVENTS:
        raise BatchError(f"events: {len(items)} in one batch, at most {MAX_BATCH_EVENTS}; send smaller batches")
    events = tuple(_numbered(index, item) for index, item in enumerate(items))
    _check_sequence(events)
    return Batch(client=client, events=events)


def _numbered(index: int, item: object) -> Event:
    try:
        return parse_event(item)
    except EventError as error:
        raise EventError(f"events[{index}]: {error}") from None


def _check_sequence(events: tuple[Event, ...]) -> None:
    first = events[0].seq
    for offset, event in enumerate(events):
        if event.seq != first + offset:
            raise BatchError(f"events[{offset}]: seq is {event.seq}, expected {first + offset}: a batch has no holes")


def _load(raw: bytes | str) -> Mapping[str, Any]:
    if len(raw) > MAX_BATCH_BYTES:
        raise BatchError(f"batch has {len(raw)} bytes, at most {MAX_BATCH_BYTES}; send smaller batches")
    try:
        body = json.loads(raw, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BatchError(f"batch is not JSON that can be read: {str(error)[:200]}") from None
    if not isinstance(body, dict):
        raise BatchError(f"batch: expected an object, got {type(body).__name__}")
    if _is_deeper(body, MAX_DEPTH):
        raise BatchError(f"batch is nested deeper than {MAX_DEPTH} levels; shorten the outputs of the cell")
    return body


def _is_deeper(value: object, limit: int) -> bool:
    """Tell by levels, not by recursion: whoever writes, stores and reads this again must not run out of stack."""
    level = [value]
    for _ in range(limit):
        level = [inner for item in level if isinstance(item, dict | list) for inner in _items(item)]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


def _items(value: Json | list[Any]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_event(item: object) -> Event:
    """Read one event from its wire form; raises EventError that names the field."""
    if not isinstance(item, Mapping):
        raise EventError(f"expected an object, got {type(item).__name__}")
    name = item.get("type")
    cls = _CLASS_BY_TYPE.get(name) if isinstance(name, str) else None
    if cls is None:
        raise EventError(f"type {name!r:.40} is not known; known are {', '.join(sorted(_CLASS_BY_TYPE))}")
    kinds = _KINDS[cls]
    values: dict[str, Any] = {}
    for field_name, kind in kinds.items():
        if field_name in item:
            try:
                values[field_name] = kind.read(item[field_name])
            except EventError as error:
                raise EventError(f"{cls.TYPE}.{field_name}: {error}") from None
    if len(item) != len(values) + 1 or len(values) != len(kinds):
        _check_fields(cls, item)
    return cls(**values)


def _check_fields(cls: type[Event], item: Mapping[str, Any]) -> None:
    missing = sorted(_KINDS[cls].keys() - item.keys() - _DEFAULTS[cls].keys())
    extra = sorted(map(str, item.keys() - _KINDS[cls].keys() - {"type"}))
    if missing or extra:
        raise EventError(f"{cls.TYPE}: missing {missing}, not known {extra}")


def event_to_wire(event: Event) -> Json:
    """Return the wire form of an event."""
    wire: Json = {"type": event.TYPE}
    defaults = _DEFAULTS[type(event)]
    for name, kind in _KINDS[type(event)].items():
        value = getattr(event, name)
        if name not in defaults or value != defaults[name]:
            wire[name] = kind.write(value)
    return wire


def batch_to_wire(batch: Batch) -> Json:
    """Return the wire form of a batch."""
    return {"v": VERSION, "client": batch.client, "events": [event_to_wire(event) for event in batch.events]}


def batch_bytes(batch: Batch) -> bytes:
    """Return a batch as it travels and is kept: UTF-8, so that no script takes more room here than it took to arrive.

    Half a surrogate pair is passed as it is; `parse_batch` reads it back. Raises BatchError for a batch that
    `parse_batch` would refuse for its size.
    """
    text = json.dumps(batch_to_wire(batch), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    written = text.encode("utf-8", "surrogatepass")
    if len(written) > MAX_BATCH_BYTES:
        raise BatchError(f"batch has {len(written)} bytes, at most {MAX_BATCH_BYTES}; send smaller batches")
    return written


def record_to_wire(record: Recorded) -> Json:
    """Return the form in which a record is stored, hashed and handed out."""
    return {
        "position": record.position,
        "client": record.client,
        "received_ms": record.received_ms,
        "event": event_to_wire(record.event),
    }


def record_bytes(record: Recorded) -> bytes:
    """Return the canonical bytes of a record: what the chain hashes."""
    return canonical_bytes(record_to_wire(record))


def parse_record(item: Mapping[str, Any]) -> Recorded:
    """Read a record as the store or the API hands it out."""
    return Recorded(
        position=int(item["position"]),
        client=str(item["client"]),
        received_ms=int(item["received_ms"]),
        event=parse_event(item["event"]),
    )


def read_record(text: str | bytes) -> Recorded:
    """Read a record from its canonical text. Raises EventError for whatever cannot be read."""
    try:
        return parse_record(json.loads(text))
    except EventError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise EventError(str(error)) from error
