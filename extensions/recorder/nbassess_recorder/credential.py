"""The server's token, kept in memory only.

The entry script took it out of the environment and passed it by a pipe; this module is where it ends. Nothing writes it
to a file or an environment, so code in a cell, which runs under another uid, has no way to it.
"""

from __future__ import annotations

import hmac
import json
import os

PIPE_VARIABLE = "NBASSESS_SECRET_FD"
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


def cookie_secret() -> bytes:
    """Return the key of the server's cookies: the same after a restart of this sitting's server, unknown to anybody.

    A page that was open when the server died goes on with the cookies it has. Without a token the key is random.
    """
    known = token().encode()
    return hmac.digest(known, b"nbassess cookies", "sha256") if known else os.urandom(32)
