"""Read recordings that were taken out of an installation, to be checked: an exported event log or a sealed file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbassess_events.errors import ChainError

from nbassess_hub.errors import BadInput, SealError
from nbassess_hub.event_log import CHAIN, LINKS
from nbassess_hub.integrity.breaks import Break
from nbassess_hub.integrity.heads import Witnessed
from nbassess_hub.sealing.heads import is_genuine
from nbassess_hub.sealing.reader import SealedRecording

_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A recording in a file, and what the file says about itself. Nothing of it is believed yet.

    `expected` is the number of records that there should be, `unreadable` the first that cannot be read at all.
    """

    sitting: str
    bodies: list[bytes]
    links: list[str] | None
    heads: tuple[Witnessed, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    expected: int | None = None
    unreadable: Break | None = None


def read_taken(file: Path, *, sitting: str | None = None) -> Taken:
    """Read an events.jsonl (chain.json and links.txt are looked for beside it) or a sealed .parquet file.

    Raises BadInput for what cannot be read, SealError for a sealed file that is damaged.
    """
    try:
        with file.open("rb") as stream:
            is_sealed = stream.read(len(_PARQUET)) == _PARQUET
        return _sealed(file) if is_sealed else _event_log(file, sitting)
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror}); name an events.jsonl or a sealed .parquet file"
        raise BadInput(message) from error


def _event_log(file: Path, sitting: str | None) -> Taken:
    about = _about(file.with_name(CHAIN), is_needed=sitting is None)
    links = file.with_name(LINKS)
    lines = file.read_bytes().split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return Taken(
        sitting=sitting or str(about["sitting"]),
        bodies=lines,
        links=links.read_text(encoding="ascii", errors="replace").split() if links.is_file() else None,
        heads=_heads_of(about),
        keys={str(each["key"]): str(each["public_key"]) for each in about.get("keys", [])},
    )


def _about(file: Path, *, is_needed: bool) -> dict[str, Any]:
    if not is_needed and not file.exists():
        return {}
    try:
        about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        str(about["sitting"]), int(about["records"]), str(about["head"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file}: cannot be read ({error}); it belongs beside the events, or name the sitting with --sitting"
        raise BadInput(message) from error
    return about


def _heads_of(about: dict[str, Any]) -> tuple[Witnessed, ...]:
    if not about:
        return ()
    records, head = int(about["records"]), str(about["head"])
    plain = Witnessed(head=head, position=records, source="the head in chain.json", is_end=True)
    signed = about.get("signed")
    return (plain, witnessed(signed, "the signed head in chain.json")) if signed else (plain,)


def _sealed(file: Path) -> Taken:
    with file.open("rb") as stream:
        sealed = SealedRecording(stream, str(file))
        bodies, unreadable = _readable(sealed)
        links = _links(sealed)
    signed = sealed.signed
    head = Witnessed(
        head=sealed.head,
        position=sealed.position,
        source="the head in the file",
        is_end=True,
        at_ms=signed.at_ms if signed else None,
        key=signed.key if signed else None,
        signature=signed.signature if signed else None,
    )
    return Taken(
        sitting=sealed.sitting_id,
        bodies=bodies,
        links=links[: len(bodies)] if unreadable else links,
        heads=(head,),
        keys={signed.key: signed.public_key} if signed else {},
        expected=sealed.position,
        unreadable=unreadable,
    )


def _readable(sealed: SealedRecording) -> tuple[list[bytes], Break | None]:
    """Return the records up to the first that cannot be read, and that one."""
    bodies: list[bytes] = []
    try:
        for body in sealed.bodies():
            bodies.append(body.encode())
        broken = _not_derived(sealed)
    except (ChainError, SealError):
        place = len(bodies) + 1
        message = f"Record {place} cannot be read: the file was changed or is damaged from there on."
        return bodies, Break(position=place, kind="unreadable", message=message)
    return bodies, broken


def _not_derived(sealed: SealedRecording) -> Break | None:
    """Return what is kept beside the records, for seeking, and does not follow from them."""
    try:
        sealed.verify_derived()
    except ChainError as error:
        return Break(position=error.position, kind="changed", message=f"{str(error)[0].upper()}{str(error)[1:]}.")
    return None


def _links(sealed: SealedRecording) -> list[str]:
    found: list[str] = []
    try:
        for link in sealed.links():
            found.append(link)
    except SealError:
        pass  # the records of that place cannot be read either, and are named for it
    return found


def read_receipt(file: Path, sitting: str) -> Witnessed:
    """Read a candidate's receipt as the service gave it; older ones do not name their sitting. Raises BadInput."""
    found = _json(file)
    found = found.get("receipt", found)
    if found.get("sitting", sitting) != sitting:
        raise BadInput(f"{file}: is the receipt of sitting {found['sitting']}, and the recording is of {sitting}")
    return witnessed({**found, "at_ms": found.get("signed_ms")}, "the receipt", file, is_end=True)


def read_heads(file: Path, sitting: str, public_keys: Mapping[str, str]) -> list[Witnessed]:
    """Read the heads of a sitting from a published list, or from the heads.jsonl of its server.

    A signed list must hold with the key that it names, where that is one of `public_keys`. Raises BadInput.
    """
    try:
        text = file.read_text(encoding="utf-8")
        items: list[dict[str, Any]]
        if file.suffix == ".jsonl":
            items = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            document = json.loads(text)
            items = document["heads"]
            _check_list(file, document, public_keys)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{file}: cannot be read ({error}); name a published heads-….json or a heads.jsonl") from error
    mine = [item for item in items if item.get("sitting", sitting) == sitting]
    if not mine:
        raise BadInput(
            f"{file}: holds no head of sitting {sitting}; take the list of a day on which it was recorded, or the "
            "heads.jsonl of its server"
        )
    return [witnessed(item, f"the head of record {item.get('position')} in {file.name}", file) for item in mine]


def _check_list(file: Path, document: dict[str, Any], public_keys: Mapping[str, str]) -> None:
    public_key = public_keys.get(str(document.get("key")))
    if public_key is not None and not is_genuine(document, public_key):
        raise BadInput(f"{file}: its signature does not hold, the list was changed; fetch it again where it is kept")


def witnessed(found: Mapping[str, Any], source: str, file: Path | None = None, *, is_end: bool = False) -> Witnessed:
    """Return a head from its JSON form. Raises BadInput."""
    try:
        at_ms = found.get("at_ms")
        return Witnessed(
            head=str(found["head"]),
            source=source,
            position=int(found["position"]),
            at_ms=None if at_ms is None else int(at_ms),
            key=found.get("key"),
            signature=found.get("signature"),
            is_end=is_end,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file or source}: holds no head with its position ({error!r})") from error


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise BadInput(f"{file}: holds no JSON object")
    return found
