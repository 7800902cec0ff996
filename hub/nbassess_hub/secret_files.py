"""Secrets as files that only their owner can read, made on first use.

The proxy, the hub, the service and the workers are separate processes and may start in any order: whoever comes first
makes the secret, and everybody else finds that one. A half-written secret is never seen.
"""

from __future__ import annotations

import os
import secrets
from enum import StrEnum, auto
from pathlib import Path

from nbassess_hub.errors import HostError

_SECRET_BYTES = 32


class Secret(StrEnum):
    """Which secrets there are, by file name."""

    PROXY_TOKEN = auto()
    SERVICE_TOKEN = auto()
    ADMIN_TOKEN = auto()
    COOKIE_SECRET = auto()
    STACK_TOKEN = auto()
    SIGNING_KEY = auto()


def read_or_create(directory: Path, secret: Secret) -> str:
    """Return a secret of 32 random bytes in hexadecimal, making it when it does not exist.

    Raises:
        HostError: the file cannot be made, or others can read it.
    """
    path = directory / secret.value
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        if path.stat().st_mode & 0o077:
            raise HostError(f"{path}: other users can read this secret; run chmod 600 on it and consider it known")
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise HostError(f"{path}: {error.strerror}; this user must be able to write {directory}") from error


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_SECRET_BYTES) + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret counts
    finally:
        draft.unlink()
