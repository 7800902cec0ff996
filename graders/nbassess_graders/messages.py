"""Every finding has a code, and every code two sentences: one for the candidate, one for those who decide.

The candidate's sentence holds no value, so that no hidden input or expected result can leak through it. The reviewer's
is a template that is filled with what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Hold the two sentences of one code."""

    candidate: str
    reviewer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Say one thing about an answer, with its place where it has one."""

    code: str
    message: str
    cell: str | None = None
    line: int | None = None

    @classmethod
    def of(cls, code: str, cell: str | None = None, line: int | None = None, **values: object) -> Finding:
        """Make a finding from the table; `values` fill the reviewer's sentence."""
        return cls(code=code, message=MESSAGES[code].reviewer.format(**values), cell=cell, line=line)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {"code": self.code, "message": self.message, "cell": self.cell, "line": self.line}


MESSAGES: Final[dict[str, Message]] = {
    "wrong_value": Message(
        candidate="The returned value is not the expected one.",
        reviewer="For the input ({input}): {reason}.",
    ),
    "no_exception": Message(
        candidate="An exception was expected, and a value was returned.",
        reviewer="For the input ({input}): expected {expected}, got the value {got}.",
    ),
    "wrong_exception": Message(
        candidate="Another exception was expected.",
        reviewer="For the input ({input}): expected {expected}, got {type}: {message}.",
    ),
    "argument_changed": Message(
        candidate="The function changes the data it is given.",
        reviewer="For the input ({input}): argument {place} was changed; the function must leave its arguments alone.",
    ),
    "unsupported_type": Message(
        candidate="The returned value has a type that cannot be checked.",
        reviewer="For the input ({input}): the answer holds a value of the type {type}, which is not accepted.",
    ),
    "too_large": Message(
        candidate="The returned value is too large.",
        reviewer="For the input ({input}): the answer is larger than {limit} bytes or nested too deeply.",
    ),
    "raised": Message(
        candidate="The function raised an exception.",
        reviewer="For the input ({input}): raised {type}: {message}.",
    ),
    "missing_function": Message(
        candidate="The function that is asked for was not defined.",
        reviewer="The function {entry}() is not defined after running the cells. {cause}",
    ),
    "timeout": Message(
        candidate="The function did not end in time.",
        reviewer="For the input ({input}): no answer after {cpu_s:.1f} s of computing; allowed are {limit_s:g} s.",
    ),
    "memory": Message(
        candidate="The function used more memory than there is.",
        reviewer="For the input ({input}): more than {limit_mib} MiB of memory were used.",
    ),
    "output": Message(
        candidate="The code wrote too much output.",
        reviewer="For the input ({input}): more than {limit} bytes were printed.",
    ),
    "disk": Message(
        candidate="The code wrote more to disk than there is.",
        reviewer="For the input ({input}): writing failed, the disk space given was used up ({message}).",
    ),
    "process_ended": Message(
        candidate="The code ended the Python process.",
        reviewer="For the input ({input}): the Python process ended before it answered ({how}).",
    ),
    "answer_forged": Message(
        candidate="The answer could not be read; a person will look at it.",
        reviewer="For the input ({input}): what came back is no answer of the runner ({reason}). Look at the code.",
    ),
    "not_compared": Message(
        candidate="The answer could not be checked; a person will look at it.",
        reviewer="For the input ({input}): our comparison failed ({reason}). This is not the candidate's fault.",
    ),
    "not_run": Message(
        candidate="This case was not run, because the code ended the Python process too often.",
        reviewer="Not run: the code ended its process {times} times in other cases.",
    ),
    "cell_failed": Message(
        candidate="A cell raised an exception.",
        reviewer="Cell {cell_id} ({role}) raised {type}: {message}.",
    ),
    "cell_ended": Message(
        candidate="A cell did not end well and was left out.",
        reviewer="Cell {cell_id} ({role}) was left out: {how}.",
    ),
    "no_answer": Message(
        candidate="There is no answer.",
        reviewer="The answer is empty or as it was handed out.",
    ),
    "quality_not_counted": Message(
        candidate="Style is not counted, because no case is right.",
        reviewer="Quality is not counted, because the answer passes no case.",
    ),
    "lint": Message(
        candidate="A tool that reads the code has a remark.",
        reviewer="{tool} {rule}: {text}",
    ),
    "lint_failed": Message(
        candidate="The code could not be read by one of the tools.",
        reviewer="{tool} could not read the code ({why}); its remarks are missing.",
    ),
}


def for_candidate(code: str) -> str:
    """Return the sentence that a candidate may see."""
    return MESSAGES[code].candidate
