"""What failed is tried again at growing distances, and keeps nobody else waiting."""

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Pauses:
    """What failed, and when it may be tried again: after `first_ms`, then twice as long each time."""

    first_ms: int
    longest_ms: int
    _failures: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_due(self, name: str, now_ms: int) -> bool:
        """Tell whether it may be tried (again)."""
        return self._failures.get(name, (0, 0))[1] <= now_ms

    def failed(self, name: str, now_ms: int) -> None:
        """Note one more attempt that came to nothing."""
        count = self._failures.get(name, (0, 0))[0] + 1
        self._failures[name] = (count, now_ms + min(self.longest_ms, self.first_ms * 2 ** min(count - 1, 10)))

    def succeeded(self, name: str) -> None:
        """Forget what failed before."""
        self._failures.pop(name, None)

    def keep(self, names: Collection[str]) -> None:
        """Forget all but these."""
        for name in [each for each in self._failures if each not in names]:
            self.succeeded(name)
