"""Check a recording that was taken out, and tell the person at the terminal what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbassess_hub.console.terminal import Invocation, out, plain, print_json, say, when
from nbassess_hub.errors import BadInput, HubError
from nbassess_hub.integrity.files import read_heads, read_receipt, read_taken
from nbassess_hub.integrity.heads import Witnessed
from nbassess_hub.integrity.keys import instance_keys, named_key
from nbassess_hub.integrity.verdict import Trusted, Verdict, judge

_WHOLE, _BROKEN, _NOT_CHECKED = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the recording is to be compared with."""

    head: str | None
    receipt: Path | None
    heads: Path | None
    key: str | None
    sitting: str | None


def verify(known: Invocation, file: Path, asked: Asked, *, as_json: bool) -> int:
    """Check a file, print what was found, and return the exit code."""
    try:
        taken = read_taken(file, sitting=asked.sitting)
        trusted = _trusted(known, asked.key)
        outside = _outside(taken.sitting, asked, trusted)
        if not taken.heads and not outside:
            raise BadInput(f"{file}: nothing to compare it with; give --head, --receipt or --heads")
        verdict = judge(taken, outside, trusted)
    except HubError as error:
        say(f"nbassess: {error}", style="red")
        return _NOT_CHECKED
    _tell(verdict, as_json=as_json)
    return _WHOLE if verdict.broken is None else _BROKEN


def _outside(sitting: str, asked: Asked, trusted: Trusted) -> list[Witnessed]:
    found = [Witnessed(head=asked.head.strip().lower(), source="the head you gave")] if asked.head else []
    if asked.receipt is not None:
        found.append(read_receipt(asked.receipt, sitting))
    return [*found, *read_heads(asked.heads, sitting, trusted.keys)] if asked.heads is not None else found


def _trusted(known: Invocation, key: str | None) -> Trusted:
    """Return the key that was given; else every key of the instance, or when it does not run the present one."""
    if key is not None:
        return Trusted(keys=named_key(key), are_all=True)
    try:
        with known.service() as service:
            keys = {each["key"]: each["public_key"] for each in service.get("keys")["keys"]}
    except (HubError, OSError):  # it does not run, or is not this user's
        return Trusted(keys=instance_keys(known.settings().layout.secrets), are_all=False)
    return Trusted(keys=keys, are_all=True)


def _tell(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        print_json(verdict.as_json())
        return
    for finding in verdict.findings:
        say(finding.text, style="yellow")
    for note in verdict.notes:
        say(note)
    if verdict.broken is not None:
        at = f" (received {when(verdict.at_ms)})" if verdict.at_ms is not None else ""
        say(
            f"BROKEN at record {verdict.broken.position}{at}, {verdict.broken.kind}: {verdict.broken.message}",
            style="red",
        )
        return
    out().print(plain(verdict.head))
    against = ", ".join(verdict.compared)
    say(f"Sitting {verdict.sitting}: {verdict.records} records, unbroken. Fits {against}.", style="green")
