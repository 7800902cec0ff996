"""The server's token, kept in memory only.

The entry script took it out of the environment and passed it by a pipe; this module is where it ends. Nothing writes it
to a file or an environment, so code in a cell, which runs under another uid, has no way to it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

PIPE_VARIABLE = "NBASSESS_SECRET_FD"
KEY_BYTES = 32
HUB_TOKEN = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable

_secrets: dict[str, str] = {}


def take() -> None:
    """Read the secrets from the inherited pipe; does nothing when the process was started without one."""
    number = os.environ.pop(PIPE_VARIABLE, "")
    if not number:
        return
    with os.fdopen(int(number), "rb") as pipe:
        _secrets.update(json.loads(pipe.read()))


def token() -> str:
    """Return the hub's token for this server, or "" when there is none."""
    return _secrets.get(HUB_TOKEN, "")


def cookie_secret(directory: Path) -> bytes:
    """Return the key of the server's cookies: the same after a restart of this sitting's server.

    A page that was open when the server died goes on with the cookies it has. The file lies beside the journal, where
    code in a cell cannot read. Where it cannot be kept, the key is good for this run of the server.
    """
    path = directory / "cookie_secret"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(os.urandom(KEY_BYTES))
        kept = path.read_bytes()
    except OSError:
        kept = b""
    return kept if len(kept) == KEY_BYTES else os.urandom(KEY_BYTES)
