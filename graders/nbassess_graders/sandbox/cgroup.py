"""Measure and bound a whole process tree, by control groups where they can be written, else by /proc.

Control groups count every process, every tmpfs page and every dead child. The fallback for unprivileged use reads
/proc: it measures CPU time of living processes and what they have reaped, and cannot see memory kills.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from nbassess_graders.errors import SandboxFailure
from nbassess_graders.sandbox.port import Limits

ROOT: Final = Path("/sys/fs/cgroup")
V1_CONTROLLERS: Final = ("memory", "pids", "cpuacct")
EMPTY_WITHIN_S: Final = 5.0
POLL_S: Final = 0.005


class Meter(Protocol):
    """Watch one process tree."""

    def cpu_s(self) -> float:
        """Return the CPU time used so far by the whole tree."""

    def was_out_of_memory(self) -> bool:
        """Say whether the kernel killed something in the tree for memory."""

    def close(self) -> None:
        """Kill what is left and remove the group."""


class ControlGroup:
    """A version 1 or 2 control group; `folders` maps a controller to its directory (version 2: all the same)."""

    def __init__(self, folders: Mapping[str, Path], version: int) -> None:
        self._folders = folders
        self._version = version

    def add(self, pid: int) -> None:
        """Move a process, and all it will start, into the group."""
        for folder in set(self._folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def cpu_s(self) -> float:
        """Return the CPU time of the group, dead processes included."""
        if self._version == 1:
            return int((self._folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9
        return _counter(self._folders["memory"] / "cpu.stat", "usage_usec") / 1e6

    def was_out_of_memory(self) -> bool:
        """Say whether the group met its memory limit with a kill."""
        name = "memory.oom_control" if self._version == 1 else "memory.events"
        return _counter(self._folders["memory"] / name, "oom_kill") > 0

    def close(self) -> None:
        """Kill every process of the group and remove it.

        Raises:
            SandboxFailure: something survives.
        """
        until = time.monotonic() + EMPTY_WITHIN_S
        folders = set(self._folders.values())
        while time.monotonic() < until:
            pids = {pid for folder in folders for pid in _processes(folder)}
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not pids and all(_removed(folder) for folder in folders):
                return
            time.sleep(POLL_S)
        raise SandboxFailure(
            f"control group {min(folders)} is not empty after {EMPTY_WITHIN_S} s; look at its processes"
        )


class ProcessTree:
    """Fallback meter: the living descendants of one process, by /proc."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._tick_s = 1 / os.sysconf("SC_CLK_TCK")
        self._most_s = 0.0

    def cpu_s(self) -> float:
        """Return the CPU time seen so far; never less than before."""
        ticks = sum(_ticks(pid) for pid in _tree(self._pid))
        self._most_s = max(self._most_s, ticks * self._tick_s)
        return self._most_s

    def was_out_of_memory(self) -> bool:
        """Say no: without a control group the limit is on address space and raises MemoryError inside."""
        return False

    def close(self) -> None:
        """Do nothing: the process namespace dies with its first process."""


def create_group(name: str, limits: Limits, root: Path = ROOT) -> ControlGroup | None:
    """Make a control group with limits, or return None where this user cannot."""
    if (root / "cgroup.controllers").exists():
        return _create_v2(root / name, limits)
    return _create_v1(name, limits, root)


def _create_v1(name: str, limits: Limits, root: Path) -> ControlGroup | None:
    folders = {controller: root / controller / name for controller in V1_CONTROLLERS}
    try:
        for folder in folders.values():
            folder.mkdir()
        (folders["memory"] / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
        swap = folders["memory"] / "memory.memsw.limit_in_bytes"
        if swap.exists():
            swap.write_text(str(limits.memory_bytes))
        (folders["pids"] / "pids.max").write_text(str(limits.processes))
    except OSError:
        for folder in folders.values():
            _removed(folder)
        return None
    return ControlGroup(folders, version=1)


def _create_v2(folder: Path, limits: Limits) -> ControlGroup | None:
    try:
        folder.mkdir()
        (folder / "memory.max").write_text(str(limits.memory_bytes))
        swap = folder / "memory.swap.max"
        if swap.exists():
            swap.write_text("0")
        (folder / "pids.max").write_text(str(limits.processes))
    except OSError:
        _removed(folder)
        return None
    return ControlGroup(dict.fromkeys(V1_CONTROLLERS, folder), version=2)


def _counter(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _processes(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except FileNotFoundError:
        return []


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _tree(child)


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(value) for value in fields[11:15])
