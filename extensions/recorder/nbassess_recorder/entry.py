"""First process of the container: moves the secrets from the environment into a pipe, then becomes the server.

After `execve` no process in the container has the token in /proc/PID/environ. This file runs as a script, isolated and
without site packages (`python -I -S entry.py jupyterhub-singleuser [arguments]`): it imports the standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence

SECRETS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
PIPE_VARIABLE = "NBASSESS_SECRET_FD"
PROGRAM = "jupyterhub-singleuser"


def split(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environment without secrets, and the secrets."""
    secrets = {name: environ[name] for name in SECRETS if name in environ}
    rest = {name: value for name, value in environ.items() if name not in SECRETS}
    return rest, secrets


def command(arguments: Sequence[str], tini: str | None) -> list[str]:
    """Return the server's command line: the program's name goes, what the spawner appended stays."""
    passed = arguments[1:] if arguments[:1] == [PROGRAM] else arguments
    # -s: no user site; -P: no module is imported from the working directory.
    server = [sys.executable, "-s", "-P", "-m", "nbassess_recorder.server", *passed]
    return [tini, "-s", "--", *server] if tini else server


def pipe_with(secrets: Mapping[str, str]) -> int:
    """Return a file descriptor, inherited by the next program, from which the secrets can be read once."""
    reader, writer = os.pipe()
    os.write(writer, json.dumps(secrets).encode())
    os.close(writer)
    os.set_inheritable(reader, True)
    return reader


def main() -> None:
    """Replace this process by the server."""
    environ, secrets = split(os.environ)
    environ[PIPE_VARIABLE] = str(pipe_with(secrets))
    # Files of the server are for the server and the kernel's group only.
    os.umask(0o007)
    os.chdir("/")
    argv = command(sys.argv[1:], shutil.which("tini"))
    os.execve(argv[0], argv, environ)  # noqa: S606 - becoming the server is the purpose


if __name__ == "__main__":
    main()
