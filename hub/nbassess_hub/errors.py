"""One tree of errors for the whole control plane.

Every failure of ours that a person can act on is a `HubError`: a stable code for programs, a sentence that says what
happened, which thing it happened to and what to do next, and the HTTP status it maps to. The service maps the tree to
HTTP in one place; the command line prints the message and exits with 1.
"""

# ruff: noqa: N818 - `NotFound`, `Forbidden`, `Gone` read as what they are where they are raised; the tree has the suffix

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class HubError(Exception):
    """A failure of the control plane with a stable code and a message for a person."""

    code: str = "hub_error"
    http_status: int = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Override the class's `code` and `http_status` only where one occurrence needs its own."""
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.http_status = http_status or self.http_status
        self.details: Mapping[str, object] = MappingProxyType(dict(details or {}))

    def as_json(self) -> dict[str, object]:
        """Return the one error shape of the HTTP API."""
        return {"error": {"code": self.code, "message": self.message, "details": dict(self.details)}}


class SettingsError(HubError):
    """The settings cannot be used as they are written."""

    code = "bad_settings"


class BadInput(HubError):
    """The caller sent something that can never succeed as it is."""

    code = "bad_input"
    http_status = 400


class NotAuthenticated(HubError):
    """No credential, or one that nobody vouches for."""

    code = "not_authenticated"
    http_status = 401


class Forbidden(HubError):
    """The caller is known and may not do this."""

    code = "forbidden"
    http_status = 403


class NotFound(HubError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"
    http_status = 404


class Conflict(HubError):
    """The request does not fit the present state."""

    code = "conflict"
    http_status = 409


class Gone(HubError):
    """The thing existed and cannot be used any more: an expired link, a redeemed ticket."""

    code = "gone"
    http_status = 410


class TooLarge(HubError):
    """The body is bigger than the documented bound."""

    code = "too_large"
    http_status = 413


class TooManyRequests(HubError):
    """The caller is faster than its allowance; `details["retry_after_s"]` says when to come back."""

    code = "too_many_requests"
    http_status = 429


class Unavailable(HubError):
    """Something this request needs is down at the moment; the same request may succeed later."""

    code = "unavailable"
    http_status = 503


class SealError(HubError):
    """A sealed recording is lost or damaged; the message names the file."""

    code = "sealed_recording_unusable"


class HostError(HubError):
    """The host refused a set-up step: a volume, a network, a firewall rule, a process."""

    code = "host_error"


class SpawnError(HostError):
    """A notebook server did not start."""

    code = "spawn_failed"


class StackError(HostError):
    """One of the control plane's own processes did not start or did not stay."""

    code = "stack_failed"
