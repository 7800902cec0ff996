"""What can go wrong in the recorder's server part: one tree, rooted at RecorderError."""

from __future__ import annotations


class RecorderError(Exception):
    """The root of every error that this distribution raises."""


class JournalError(RecorderError):
    """The journal cannot be written or read: a full disk, a wrong owner."""


class JournalGapError(RecorderError):
    """A batch does not continue what the journal has of its client; `last_seq` is the last event that it has."""

    def __init__(self, message: str, *, client: str, last_seq: int) -> None:
        super().__init__(message)
        self.client = client
        self.last_seq = last_seq


class ServiceUnreachableError(RecorderError):
    """The service did not answer, or answered that it cannot now: try again later."""


class ServiceRefusedError(RecorderError):
    """The service answered with an error of its own: `status`, `code` and `details` are what it said."""

    def __init__(self, message: str, *, status: int, code: str, details: dict[str, object]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details


class StillSendingError(RecorderError):
    """The service has not got everything yet, but it is coming: ask again."""


class BundleError(RecorderError):
    """The candidate's files cannot be laid out."""


class KernelError(RecorderError):
    """A kernel cannot be given its connection file."""
