"""What can go wrong with events: one tree, rooted at EventsError."""


class EventsError(ValueError):
    """The root of every error that this distribution raises."""


class EventError(EventsError):
    """One event is not what its schema says."""


class BatchError(EventsError):
    """A batch as a whole cannot be read: not JSON, too large, or its sequence has a hole."""


class ChainError(EventsError):
    """The hash chain is broken; `position` names the first record that does not fit."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


class ReplayError(EventsError):
    """A moment was asked for that the recording does not have."""
