"""Bound what one sitting can send, so that a flood from one never slows the others."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from nbassess_hub.errors import TooManyRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A bucket: ``burst`` units at once, refilled at ``per_s``."""

    burst: float
    per_s: float


EVENTS = Allowance(burst=20_000, per_s=500)
BYTES = Allowance(burst=64 * 2**20, per_s=2 * 2**20)
EXCHANGES = Allowance(burst=20, per_s=0.5)
MAX_SITTING_BYTES = 512 * 2**20
MAX_LATE_BYTES = 16 * 2**20


@dataclass(slots=True)
class _Bucket:
    level: float
    at_ms: int


@dataclass(slots=True)
class RateLimit:
    """One bucket per key, in memory. The least recently used keys are forgotten beyond ``max_keys``."""

    allowance: Allowance
    what: str
    max_keys: int = 20_000
    _buckets: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def spend(self, key: str, amount: float, now_ms: int) -> None:
        """Take ``amount`` from the key's bucket. Raises TooManyRequests, saying when to come back."""
        with self._lock:
            bucket = self._bucket(key, now_ms)
            if amount > bucket.level and bucket.level < self.allowance.burst:
                wait_s = max(1, round((min(amount, self.allowance.burst) - bucket.level) / self.allowance.per_s + 0.5))
                raise TooManyRequests(
                    f"Too many {self.what}. Wait {wait_s} s and send the same again; nothing is lost.",
                    details={"retry_after_s": wait_s},
                )
            bucket.level = max(0.0, bucket.level - amount)

    def _bucket(self, key: str, now_ms: int) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(level=self.allowance.burst, at_ms=now_ms))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self.max_keys:
            self._buckets.popitem(last=False)
        passed_s = max(0, now_ms - bucket.at_ms) / 1000
        bucket.level = min(self.allowance.burst, bucket.level + passed_s * self.allowance.per_s)
        bucket.at_ms = now_ms
        return bucket
