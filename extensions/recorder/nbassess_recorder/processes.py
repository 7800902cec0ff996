"""Who is alive in this container: read from /proc, decided without it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    uid: int
    is_zombie: bool


def table(proc: Path = Path("/proc")) -> dict[int, Process]:
    """Return all processes, by pid. One that ends while it is read is left out."""
    found = (_read(entry) for entry in proc.iterdir() if entry.name.isdigit())
    return {process.pid: process for process in found if process is not None}


def of_uid(uid: int, proc: Path = Path("/proc")) -> dict[int, Process]:
    """Return the processes of one user that still run."""
    return {pid: process for pid, process in table(proc).items() if process.uid == uid and not process.is_zombie}


def orphans(mine: dict[int, Process], *, server: int, live: Set[int]) -> list[int]:
    """Return those of `mine` that no living kernel started: the chain of their parents does not reach one."""
    return [pid for pid in mine if not _belongs(pid, mine, server, live)]


def _belongs(pid: int, mine: dict[int, Process], server: int, live: Set[int]) -> bool:
    seen: set[int] = set()
    while pid in mine and pid not in seen:
        if pid in live:
            return True
        seen.add(pid)
        pid = mine[pid].parent
    return False


def _read(entry: Path) -> Process | None:
    try:
        lines = (entry / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    return Process(
        pid=int(entry.name),
        parent=int(status["PPid"]),
        uid=int(status["Uid"].split()[0]),
        is_zombie=status["State"].strip().startswith("Z"),
    )
