"""Decide about one case: from what happened in the sandbox and what was expected, a verdict and a finding.

Nothing in a reply is believed. A field of the wrong kind, a value that does not decode, a kind that no runner sends:
each is TAMPER, which a person looks at. No path through here makes a pass of anything but the expected value.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from nbassess_graders.checker.values import difference
from nbassess_graders.execution import Answered, NotRun, Outcome
from nbassess_graders.inside import plain
from nbassess_graders.material import Expectation
from nbassess_graders.messages import Finding
from nbassess_graders.sandbox.port import MIB, Ended, Limits, Status
from nbassess_graders.shown import shown

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
NAME_MAX: Final = 80
TEXT_MAX: Final = 300


class Verdict(Enum):
    """The outcome of a case. INFRA and TAMPER are for a person to look at."""

    OK = "OK"
    WRONG = "WRONG"
    RUNTIME = "RUNTIME"
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    OUTPUT = "OUTPUT"
    DISK = "DISK"
    TAMPER = "TAMPER"
    INFRA = "INFRA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Hold verdict and finding of one case."""

    verdict: Verdict
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Hold what messages need to know about a problem's run."""

    entry: str
    limits: Limits
    case_wall_s: float
    cell_cause: str


def judge(outcome: Outcome, expectation: Expectation, context: Context) -> Judgement:
    """Return verdict and finding of one case."""
    if isinstance(outcome, NotRun):
        return _bad(Verdict.RUNTIME, "not_run", times=outcome.times)
    if isinstance(outcome, Ended):
        return _judge_end(outcome, expectation, context)
    try:
        return _judge_reply(outcome, expectation, context)
    except (plain.Malformed, KeyError, TypeError, AttributeError, IndexError) as error:
        reason = f"{type(error).__name__}: {error}"[:TEXT_MAX]
        return _bad(Verdict.TAMPER, "answer_forged", input=expectation.input, reason=reason)


def _judge_reply(outcome: Answered, expectation: Expectation, context: Context) -> Judgement:
    reply = outcome.reply
    kind = reply["kind"]
    if kind == "returned":
        return _judge_value(reply, expectation, context)
    if kind == "raised":
        return _judge_exception(reply, expectation, context)
    if kind == "unsupported":
        name = _text(reply["type"], NAME_MAX)
        return _bad(Verdict.WRONG, "unsupported_type", input=expectation.input, type=name)
    if kind == "too_large":
        return _bad(Verdict.OUTPUT, "too_large", input=expectation.input, limit=context.limits.answer_bytes)
    if kind == "missing":
        return _bad(Verdict.RUNTIME, "missing_function", entry=context.entry, cause=context.cell_cause)
    raise plain.Malformed(f"unknown kind {kind[:NAME_MAX]!r}")


def _judge_value(reply: Mapping[str, Any], expectation: Expectation, context: Context) -> Judgement:
    got = plain.decode(reply["value"])
    if expectation.exceptions:
        wanted = " or ".join(expectation.exceptions)
        return _bad(Verdict.WRONG, "no_exception", input=expectation.input, expected=wanted, got=shown(got))
    try:
        reason = difference(expectation.value, got, expectation.case.compare)
    except Exception as error:  # noqa: BLE001 - a gap in our comparison must not become anybody's zero
        return _bad(Verdict.INFRA, "not_compared", input=expectation.input, reason=repr(error)[:TEXT_MAX])
    if reason is not None:
        return _bad(Verdict.WRONG, "wrong_value", input=expectation.input, reason=reason)
    return _judge_mutation(reply, expectation)


def _judge_mutation(reply: Mapping[str, Any], expectation: Expectation) -> Judgement:
    changed = reply["mutated"]
    if not isinstance(changed, list) or not all(type(place) is int for place in changed):
        raise plain.Malformed("no list of changed arguments")
    if changed and not expectation.case.mutates_ok:
        return _bad(Verdict.WRONG, "argument_changed", input=expectation.input, place=changed[0] + 1)
    return Judgement(verdict=Verdict.OK, finding=None)


def _judge_exception(reply: Mapping[str, Any], expectation: Expectation, context: Context) -> Judgement:
    error = reply["error"]
    names = [_text(name, NAME_MAX) for name in error["names"]]
    if set(names) & set(expectation.exceptions):
        return _judge_mutation(reply, expectation)
    values = {
        "input": expectation.input,
        "type": _text(error["type"], NAME_MAX),
        "message": _text(error["message"], TEXT_MAX),
        **_place(error),
    }
    if "MemoryError" in names:
        return _bad(Verdict.MEMORY, "memory", **values, limit_mib=context.limits.memory_bytes // MIB)
    if error["errno"] in DISK_ERRORS:
        return _bad(Verdict.DISK, "disk", **values)
    if expectation.exceptions:
        return _bad(Verdict.WRONG, "wrong_exception", **values, expected=" or ".join(expectation.exceptions))
    return _bad(Verdict.RUNTIME, "raised", **values)


def _judge_end(ended: Ended, expectation: Expectation, context: Context) -> Judgement:
    if ended.status is Status.TIMED_OUT:
        values = {"cpu_s": ended.cpu_s, "limit_s": context.case_wall_s}
        return _bad(Verdict.TIMEOUT, "timeout", input=expectation.input, **values)
    if ended.status is Status.OUT_OF_MEMORY:
        return _bad(Verdict.MEMORY, "memory", input=expectation.input, limit_mib=context.limits.memory_bytes // MIB)
    if ended.status is Status.OUTPUT_FLOOD:
        return _bad(Verdict.OUTPUT, "output", input=expectation.input, limit=context.limits.output_bytes)
    if ended.status is Status.TAMPERED:
        return _bad(Verdict.TAMPER, "answer_forged", input=expectation.input, reason="an unexpected message")
    return _bad(Verdict.RUNTIME, "process_ended", input=expectation.input, how=how_it_ended(ended))


def how_it_ended(ended: Ended) -> str:
    """Return a phrase for the end of a session."""
    if ended.status is not Status.DIED:
        return str(ended.status.value).replace("_", " ")
    if ended.exit_code is None:
        return "it closed its connection"
    if ended.exit_code > 128:
        return f"signal {ended.exit_code - 128}"
    return f"exit status {ended.exit_code}"


def _bad(verdict: Verdict, code: str, **values: Any) -> Judgement:
    return Judgement(verdict=verdict, finding=Finding.of(code, **values))


def _text(value: object, length: int) -> str:
    if not isinstance(value, str):
        raise plain.Malformed("no text")
    readable: str = value[:length].encode("utf-8", "backslashreplace").decode("utf-8")
    return readable


def _place(error: Mapping[str, Any]) -> dict[str, Any]:
    cell, line = error["cell"], error["line"]
    return {
        "cell": cell[:NAME_MAX] if isinstance(cell, str) else None,
        "line": line if type(line) is int and 0 < line < 10**6 else None,
    }
