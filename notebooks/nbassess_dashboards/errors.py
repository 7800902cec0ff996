"""Everything that can go wrong between a dashboard and the service, as sentences for the person who reads it."""


class DashboardError(Exception):
    """Root of this distribution's errors: the message says what, which, and what next."""


class NotConfiguredError(DashboardError):
    """The environment lacks the address of the service or the credential."""


class ServiceUnreachableError(DashboardError):
    """No answer came from the service."""


class CredentialRefusedError(DashboardError):
    """The service does not know this token (any more)."""


class ScopeMissingError(DashboardError):
    """The token is known, but its role may not read this."""


class NotFoundError(DashboardError):
    """The thing asked for does not exist (yet)."""


class ServiceFailedError(DashboardError):
    """The service answered with an error of its own, or with something that is not its API."""


class RecordingError(DashboardError):
    """The records of a sitting cannot be shown as a replay."""


class OpeningError(DashboardError):
    """A moment could not be laid out as files."""
