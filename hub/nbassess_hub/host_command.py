"""Run a program of the host and get its output, or an error that says which program and why."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Protocol

from nbassess_hub.errors import HostError

_LONGEST_S = 60


class Run(Protocol):
    """What the set-up of volumes and networks needs of the host."""

    def __call__(self, command: Sequence[str], /, *, given: str = "") -> str:
        """Run `command` with `given` as its input and return its output."""


def run_command(command: Sequence[str], /, *, given: str = "") -> str:
    """Run `command` without a shell and return its output.

    Raises:
        HostError: the program is missing, failed, or took longer than a minute.
    """
    words = " ".join(command)
    try:
        done = subprocess.run(
            list(command), input=given, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except FileNotFoundError as error:
        raise HostError(f"{command[0]}: no such program; install it or run `nbassess doctor`") from error
    except subprocess.TimeoutExpired as error:
        raise HostError(
            f"`{words}` took longer than {_LONGEST_S} s; look at the host's load and its kernel log"
        ) from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or "no message"
        raise HostError(f"`{words}` ended with {done.returncode}: {said}", details={"exit_code": done.returncode})
    return done.stdout
