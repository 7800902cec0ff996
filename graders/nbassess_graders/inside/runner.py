"""Run a candidate's cells and call their function: one request at a time over one private socket.

The runner knows no expected value and decides nothing. It is given a cell, or one case's input, and answers with what
happened, in plain data. Whatever the candidate's code does to this process, to this module or to the socket can
spoil or forge an answer, but not make it the right one: what is right is known only outside.
"""

from __future__ import annotations

import base64
import builtins
import os
import random
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from . import plain
from .shell import CELL_PREFIX, Shell

_cpu_s: Final = time.process_time

HEADER: Final = struct.Struct(">I")
TEXT_MAX: Final = 500
NAMES_MAX: Final = 20


class Channel:
    """Read and write length-prefixed messages; only the process that opened it may answer."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._owner = os.getpid()

    def read(self) -> Any:
        """Return the next message, or None when the other end is gone."""
        header = self._exactly(HEADER.size)
        body = self._exactly(HEADER.unpack(header)[0]) if header else b""
        return plain.from_bytes(body) if body else None

    def write(self, message: Any, largest: int) -> None:
        """Send a message; one that is too large is replaced by a note of its size."""
        if os.getpid() != self._owner:
            os._exit(0)
        body = plain.to_bytes(message)
        if len(body) > largest:
            body = plain.to_bytes({"id": message["id"], "kind": "too_large"})
        self._socket.sendall(HEADER.pack(len(body)) + body)

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = self._socket.recv(min(size, 1 << 20))
            if not part:
                return b""
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class Builtins:
    """Lend the candidate's code its own builtins: a replaced len() holds for that code and never for the runner."""

    def __init__(self) -> None:
        self._copy = vars(builtins).copy
        self._put = vars(builtins).update
        self._ours = self._copy()
        self._theirs: dict[str, Any] = {}

    def __enter__(self) -> None:
        self._put(self._theirs)

    def __exit__(self, *_: object) -> None:
        theirs = self._copy()
        self._put(self._ours)
        self._theirs = {name: value for name, value in theirs.items() if value is not self._ours.get(name)}


BUILTINS: Final = Builtins()


def main(descriptor: int) -> None:
    """Serve requests until the other end closes the socket."""
    channel = Channel(descriptor)
    sys.argv = ["notebook"]
    shell = Shell()
    while (request := channel.read()) is not None:
        started = _cpu_s()
        reply = OPERATIONS[request["op"]](shell, request)
        reply.update(id=request["id"], cpu_s=reply.get("cpu_s", _cpu_s() - started))
        channel.write(reply, request["answer_bytes_max"])
    os._exit(0)


def start(shell: Shell, request: Any) -> dict[str, Any]:
    """Write the notebook's data files and tell which interpreter this is."""
    for name, content in request["files"].items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return {"kind": "started", "python": sys.version.split()[0]}


def run_cell(shell: Shell, request: Any) -> dict[str, Any]:
    """Run one code cell in the notebook's namespace."""
    seed(request["seed"])
    with BUILTINS:
        error = shell.run(request["cell"], request["source"])
    return {"kind": "ran"} if error is None else {"kind": "raised", "error": describe(error)}


def run_case(shell: Shell, request: Any) -> dict[str, Any]:
    """Call the entry function once with fresh args."""
    entry = shell.namespace.get(request["entry"])
    if not callable(entry):
        return {"kind": "missing"}
    args: Any = plain.decode(request["args"])
    before = [plain.encode(arg) for arg in args]
    seed(request["seed"])
    started = _cpu_s()
    value, error = _call(entry, args)
    spent = _cpu_s() - started
    answer = _answer(value) if error is None else {"kind": "raised", "error": describe(error)}
    return {**answer, "mutated": _mutated(before, args), "cpu_s": spent}


OPERATIONS: Final[dict[str, Callable[[Shell, Any], dict[str, Any]]]] = {
    "start": start,
    "cell": run_cell,
    "case": run_case,
}


def seed(number: int) -> None:
    """Give the global random generators a known state."""
    random.seed(number)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(number % 2**32)


def describe(error: BaseException) -> dict[str, Any]:
    """Tell type, message and place of an exception, bounded."""
    cell, line = _place(error)
    return {
        "type": plain.type_name(type(error)),
        "names": [kind.__name__[:80] for kind in type(error).__mro__[:NAMES_MAX]],
        "message": _message(error),
        "errno": getattr(error, "errno", None) if isinstance(error, OSError) else None,
        "cell": cell,
        "line": line,
    }


def _call(entry: Callable[..., Any], args: Any) -> tuple[object, BaseException | None]:
    try:
        with BUILTINS:
            return entry(*args), None
    except BaseException as error:  # noqa: BLE001 - whatever the candidate's code raises is its answer
        return None, error


def _answer(value: object) -> dict[str, Any]:
    try:
        return {"kind": "returned", "value": plain.encode(value)}
    except plain.Unsupported as error:
        return {"kind": "unsupported", "type": str(error)}
    except plain.TooLarge:
        return {"kind": "too_large"}


def _mutated(before: list[Any], args: Any) -> list[int]:
    changed = []
    for place, arg in enumerate(args):
        try:
            same = plain.to_bytes(plain.encode(arg)) == plain.to_bytes(before[place])
        except (plain.Unsupported, plain.TooLarge):
            same = False
        if not same:
            changed.append(place)
    return changed


def _message(error: BaseException) -> str:
    try:
        return str.__str__(str(error))[:TEXT_MAX]
    except BaseException:  # noqa: BLE001 - a hostile or broken __str__
        return ""


def _place(error: BaseException) -> tuple[str | None, int | None]:
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(CELL_PREFIX):
        return str(error.filename).removeprefix(CELL_PREFIX), error.lineno
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename.startswith(CELL_PREFIX):
            return frame.f_code.co_filename.removeprefix(CELL_PREFIX), line
    return None, None
