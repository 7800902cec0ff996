"""One process of the control plane: started with a log of its own, watched, and ended together with what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nbassess_hub.errors import StackError

_LOOK_EVERY_S = 0.1
_TERM_PATIENCE_S = 10.0
_KILL_PATIENCE_S = 5.0
_LOG_TAIL_LINES = 25
_LOG_TAIL_BYTES = 16_384


@dataclass(slots=True, kw_only=True)
class Child:
    """A program to run and how to see that it is ready; nothing runs before `start`."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    pid_file: Path
    is_ready: Callable[[], bool]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """Return the process id while it is known to run."""
        return self._process.pid if self.is_running and self._process is not None else None

    @property
    def is_running(self) -> bool:
        """Return whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program in a session of its own, writing to its log.

        Raises:
            StackError: an earlier process of that name still runs, or the program is missing.
        """
        earlier = recorded_process(self.pid_file)
        if earlier is not None:
            raise StackError(f"{self.name}: still runs as process {earlier} from an earlier start; run `nbassess stop`")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    self.command,
                    env=dict(self.environment),
                    cwd=self.pid_file.parent,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{self.name}: {self.command[0]}: {error.strerror}; run `nbassess doctor`") from error
        record_process(self.pid_file, self._process.pid)

    def wait_ready(self, timeout_s: float) -> None:
        """Return once the process answers.

        Raises:
            StackError: it ended or did not answer in time; the message carries the end of its log.
        """
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name}: not ready after {timeout_s:g} s; {self.log} ends with:\n{self.log_tail()}"
                )
            time.sleep(_LOOK_EVERY_S)

    def check(self) -> None:
        """Raise when the process is not running.

        Raises:
            StackError: the message carries its exit code and the end of its log.
        """
        if not self.is_running:
            code = self._process.returncode if self._process is not None else "never started"
            raise StackError(f"{self.name}: ended ({code}); {self.log} ends with:\n{self.log_tail()}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, not to what it started."""
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    def stop(self) -> None:
        """End the process and its group, politely first; repeating it changes nothing."""
        if self._process is None:
            return
        end_group(self._process.pid, lambda: self._process is None or self._process.poll() is not None)
        self._process.wait(timeout=_KILL_PATIENCE_S)
        self._process = None
        self.pid_file.unlink(missing_ok=True)

    def log_tail(self) -> str:
        """Return the last lines of the log."""
        if not self.log.is_file():
            return "(no log)"
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-_LOG_TAIL_LINES:]) or "(empty)"


def record_process(pid_file: Path, pid: int) -> None:
    """Write down which process runs, so that a later one with the same number is not mistaken for it."""
    pid_file.write_text(f"{pid} {_started(pid)}\n", encoding="ascii")


def recorded_process(pid_file: Path) -> int | None:
    """Return the process that a pid file names, if that very process still runs."""
    if not pid_file.is_file():
        return None
    pid, _, started = pid_file.read_text(encoding="ascii").strip().partition(" ")
    return int(pid) if pid.isdecimal() and started and _started(int(pid)) == started else None


def end_group(pid: int, has_ended: Callable[[], bool]) -> None:
    """End a process group: ask, wait for its leader, kill whatever is left of it, and wait until nothing is.

    `has_ended` says whether the leader has ended, and reaps it where it is a child of this process.
    """
    for number, is_over, patience_s in (
        (signal.SIGTERM, has_ended, _TERM_PATIENCE_S),
        (signal.SIGKILL, lambda: has_ended() and not _is_alive(pid), _KILL_PATIENCE_S),
    ):
        with suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + patience_s
        while not is_over() and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)


def _is_alive(group: int) -> bool:
    """Return whether a process of the group runs; one that has ended and waits to be reaped does not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        state, _, process_group, *_ = _fields(path) or ("Z", "", "")
        if process_group == str(group) and state != "Z":
            return True
    return False


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: with its id it names one process and no later one."""
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return "" if not fields or fields[0] == "Z" else fields[19]


def _fields(stat: Path) -> list[str]:
    """Return what /proc/PID/stat says after the program's name: state, parent, process group, ..."""
    try:
        return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
