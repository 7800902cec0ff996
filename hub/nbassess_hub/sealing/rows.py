"""One record as a row of a sealed file, and back to exactly its canonical bytes.

Most records are edits of one operation: these are columns alone. Of every other event what fits a column goes there and
the rest stays JSON. Each row is put together again when it is made; what would not come back byte for byte (a record of
another version, a text that has no UTF-8 form) is kept as it is, in the column `body`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbassess_events.codec import parse_record
from nbassess_events.document import canonical_bytes
from nbassess_events.model import Edit, Recorded

from nbassess_hub.sealing import form

Row = dict[str, Any]

TEXTS = ("path", "cell", "source")
_INT64, _INT32 = 2**63, 2**31
_quoted = json.encoder.encode_basestring_ascii


def split(body: str, position: int) -> Row:
    """Return the columns of a record's canonical text."""
    try:
        row = _split(json.loads(body))
        if join(row, position) == body:
            return row
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    return {"body": body}


def _split(item: dict[str, Any]) -> Row:
    event = dict(item["event"])
    row: Row = {"client": _text(item["client"]), "received_ms": _whole(item["received_ms"], _INT64)}
    row |= {"seq": _whole(event.pop("seq"), _INT64), "t_ms": _whole(event.pop("t_ms"), _INT64)}
    row["type"] = _text(event.pop("type"))
    for name in TEXTS:
        if isinstance(event.get(name), str) and _has_utf8(event[name]):
            row[name] = event.pop(name)
    if row["type"] == "edit" and len(event["ops"]) == 1:
        _split_operation(row, event)
    if "outputs" in event:
        row["outputs"] = canonical_bytes(event.pop("outputs")).decode("ascii")
    if event:
        row["rest"] = canonical_bytes(event).decode("ascii")
    return row


def _split_operation(row: Row, event: dict[str, Any]) -> None:
    ((at, deleted, inserted),) = event["ops"]
    if _has_utf8(inserted) and all(name in row for name in TEXTS):
        row |= {"at": _whole(at, _INT32), "deleted": _whole(deleted, _INT32), "inserted": inserted}
        del event["ops"]


def _whole(value: object, limit: int) -> int:
    if type(value) is not int or not 0 <= value < limit:
        raise ValueError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not _has_utf8(value):
        raise ValueError
    return value


def _has_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def join(row: Mapping[str, Any], position: int) -> str:
    """Return the canonical text of the record in a row."""
    if row.get("body") is not None:
        return str(row["body"])
    if is_plain_edit(row):
        return (
            f'{{"client":{_quoted(row["client"])},"event":{{"cell":{_quoted(row["cell"])},"ops":[[{row["at"]},'
            f'{row["deleted"]},{_quoted(row["inserted"])}]],"path":{_quoted(row["path"])},"seq":{row["seq"]},'
            f'"source":{_quoted(row["source"])},"t_ms":{row["t_ms"]},"type":"edit"}},"position":{position},'
            f'"received_ms":{row["received_ms"]}}}'
        )
    return canonical_bytes(_item(row, position)).decode("ascii")


def is_plain_edit(row: Mapping[str, Any]) -> bool:
    """Tell whether the columns alone say everything."""
    return row.get("at") is not None and row.get("rest") is None


def _item(row: Mapping[str, Any], position: int) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(row["rest"]) if row.get("rest") is not None else {}
    event |= {"seq": row["seq"], "t_ms": row["t_ms"], "type": row["type"]}
    event |= {name: row[name] for name in TEXTS if row.get(name) is not None}
    if row.get("at") is not None:
        event["ops"] = [[row["at"], row["deleted"], row["inserted"]]]
    if row.get("outputs") is not None:
        event["outputs"] = json.loads(row["outputs"])
    return {"client": row["client"], "event": event, "position": position, "received_ms": row["received_ms"]}


def record_of(row: Mapping[str, Any], position: int) -> Recorded:
    """Return the record in a row. Raises EventError when it holds no event that this version knows."""
    if row.get("body") is not None:
        return parse_record(json.loads(row["body"]))
    plain = plain_edit([row.get(name) for name in form.RECORD_COLUMNS], position)
    return plain if plain is not None else parse_record(_item(row, position))


def plain_edit(cells: Sequence[Any], position: int) -> Recorded | None:
    """Return the record of an edit that its columns alone describe, None for any other: most rows, so made quickly."""
    client, received_ms, seq, t_ms, _, path, cell, source, at, deleted, inserted, rest, _, _ = cells
    if at is None or rest is not None:
        return None
    edit = Edit(seq=seq, t_ms=t_ms, path=path, cell=cell, source=source, ops=((at, deleted, inserted),))
    return Recorded(position=position, client=client, received_ms=received_ms, event=edit)
