"""The sandbox by bubblewrap: no daemon, a box in a few milliseconds, works as root and as a plain user.

As root the box keeps real users apart: mounts are made by root, then the runner becomes a user that owns nothing.
As a plain user the same box is made in a user namespace. The start is a straight line: bubblewrap stops before it
builds anything, we put its first process under limits and into a control group, then let it go on. From then on
everything it starts is bound, and dies with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import itertools
import json
import os
import resource
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nbassess_graders.errors import SandboxFailure
from nbassess_graders.sandbox import layout as boxes
from nbassess_graders.sandbox import seccomp
from nbassess_graders.sandbox.cgroup import ControlGroup, Meter, ProcessTree, create_group
from nbassess_graders.sandbox.port import Limits
from nbassess_graders.sandbox.session import BoxSession

USER_BASE: Final = 300_000
USER_RANGE: Final = 100_000
OPEN_WITHIN_S: Final = 20.0
PR_SET_CHILD_SUBREAPER: Final = 36


class BubblewrapSandbox:
    """Open boxes whose root is an exported image, or without one this machine's own system read-only."""

    def __init__(self, rootfs: Path | None = None, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxFailure("bwrap was not found on PATH; install bubblewrap, nothing is graded without it")
        self._bwrap = program
        self._layout = boxes.Layout.of(rootfs)
        self._monotonic_s = monotonic_s
        self._numbers = itertools.count()

    @functools.cached_property
    def _digest(self) -> str:
        return boxes.digest(self._layout)

    def digest(self) -> str:
        """Return the digest of the file system that candidate code sees."""
        return self._digest

    def open(self, limits: Limits) -> BoxSession:
        """Start the runner in a new box.

        Raises:
            SandboxFailure: the box could not be set up; try again.
        """
        _adopt_orphans()
        start = _Start(self._bwrap, self._layout, limits, next(self._numbers))
        try:
            return start.run(self._monotonic_s)
        except (OSError, ValueError, KeyError) as error:
            start.abandon()
            raise SandboxFailure(f"the box did not open ({error}); is bubblewrap allowed on this machine?") from error
        except BaseException:
            start.abandon()
            raise


class _Start:
    """One start, step by step; `abandon` takes back whatever had been done."""

    def __init__(self, bwrap: str, layout: boxes.Layout, limits: Limits, number: int) -> None:
        self._bwrap = bwrap
        self._layout = layout
        self._limits = limits
        self._name = f"nbassess-{os.getpid()}-{number}"
        self._is_root = os.geteuid() == 0
        self._user = USER_BASE + (os.getpid() * 16 + number % 16) % USER_RANGE if self._is_root else 65534
        self._undo = contextlib.ExitStack()

    def abandon(self) -> None:
        """Kill and close what was started."""
        self._undo.close()

    def run(self, monotonic_s: Callable[[], float]) -> BoxSession:
        """Start bubblewrap, bind its first process, let it go on."""
        group = create_group(self._name, self._limits)
        if group is not None:
            self._undo.callback(group.close)
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        gate, key = os.pipe()
        heard, say = os.pipe()
        for descriptor in (told, key, heard):
            self._undo.callback(_close, descriptor)
        self._undo.callback(ours.close)
        process = self._launch(theirs, tell, gate, say)
        self._undo.callback(process.wait)
        self._undo.callback(process.kill)
        first = _first_process(told)
        self._bind(first, group)
        os.write(key, b"1")
        meter: Meter = group if group is not None else ProcessTree(first)
        session = BoxSession(
            process=process,
            first=os.pidfd_open(first),
            channel=ours,
            output=heard,
            meter=meter,
            limits=self._limits,
            monotonic_s=monotonic_s,
        )
        _close(told)
        _close(key)
        self._undo.pop_all()
        return session

    def _launch(self, theirs: socket.socket, tell: int, gate: int, say: int) -> subprocess.Popen[bytes]:
        sources = {name: _memory_file(content) for name, content in boxes.runner_sources().items()}
        passed = [tell, gate, theirs.fileno(), *sources.values()]
        options = boxes.box(self._layout, self._limits, sources, is_root=self._is_root, user=self._user)
        rules = seccomp.program()
        if rules is not None:
            passed.append(_memory_file(rules))
            options += ["--seccomp", str(passed[-1])]
        passed.append(_memory_file("\0".join(options).encode()))
        command = [self._bwrap, "--args", str(passed[-1]), "--info-fd", str(tell), "--block-fd", str(gate), "--"]
        command += boxes.program(self._layout, theirs.fileno(), is_root=self._is_root, user=self._user)
        try:
            return subprocess.Popen(
                command,
                env=boxes.environment(self._layout),
                stdin=subprocess.DEVNULL,
                stdout=say,
                stderr=say,
                pass_fds=passed,
                cwd="/",
            )
        finally:
            theirs.detach()
            for descriptor in (*passed, say):
                _close(descriptor)

    def _bind(self, first: int, group: ControlGroup | None) -> None:
        limits = self._limits
        if group is not None:
            group.add(first)
        else:
            resource.prlimit(first, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.prlimit(first, resource.RLIMIT_NPROC, (limits.processes, limits.processes))
        resource.prlimit(first, resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
        resource.prlimit(first, resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
        resource.prlimit(first, resource.RLIMIT_CORE, (0, 0))


def _adopt_orphans() -> None:
    """Become the parent of a box whose bubblewrap ended first: the init of a container may not reap it."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _first_process(told: int) -> int:
    """Read from bubblewrap the number of the first process in the box."""
    text = b""
    while True:
        ready, _, _ = select.select([told], [], [], OPEN_WITHIN_S)
        part = os.read(told, 4096) if ready else b""
        text += part
        if text.rstrip().endswith(b"}"):
            return int(json.loads(text)["child-pid"])
        if not part:
            raise SandboxFailure(f"bwrap did not start a box within {OPEN_WITHIN_S} s; run it by hand to see why")


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("box")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
