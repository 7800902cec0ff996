"""Until when the events of a sitting are taken in: the deadline, its grace, and what we owe for time we were away.

One rule for everybody who asks. The collector takes events in that were received before a sitting closes, and keeps
later ones apart, however late the warden is with collecting it. When the service or its database was away, closing
waits until `catch_up_ms` after the return, so that what was buffered meanwhile still arrives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from nbassess_hub.clock import Clock

_HANGS_MS = 5_000


@dataclass(slots=True, kw_only=True)
class Closing:
    """Shared by the threads of one service process; `up_since_ms` only ever grows."""

    clock: Clock
    grace_ms: int
    catch_up_ms: int
    up_since_ms: int
    _is_away: bool = field(default=False, init=False)

    def closes_ms(self, deadline_ms: int) -> int:
        """Return the first moment at which events of a sitting with this deadline are late."""
        return max(deadline_ms + self.grace_ms, self.up_since_ms + self.catch_up_ms)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice that the database failed or hung in here, and that it is back."""
        begun_ms = self.clock.now_ms()
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout):
            self._is_away = True
            raise
        now_ms = self.clock.now_ms()
        if self._is_away or now_ms - begun_ms > _HANGS_MS:
            self._is_away, self.up_since_ms = False, now_ms
