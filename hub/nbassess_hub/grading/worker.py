"""A grading worker: `python -m nbassess_hub.grading.worker`.

It leases one job at a time, grades it in the sandbox, stores the report, and asks again. It keeps no state: killed at
any moment, its job is leased by another worker when the lease runs out. Asked to stop (SIGTERM), it gives its job back
at once. Without a sandbox it does not start: it never grades a candidate's code on the bare host.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbassess_hub.clock import Clock
from nbassess_hub.errors import HubError
from nbassess_hub.grading.queue import Lease, Queue
from nbassess_hub.grading.task import Task, Tasks

LEASE_MS = 60_000
POLL_S = 1.0

log = logging.getLogger("nbassess.grading")

Grade = Callable[[Task], Mapping[str, Any]]


class StopRequested(BaseException):
    """The process was asked to end."""


class NotGradedError(HubError):
    """Grading failed on our side: there is no score, the job is tried again."""

    code = "not_graded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Work on the queue, one job after the other."""

    name: str
    queue: Queue
    tasks: Tasks
    grade: Grade
    clock: Clock
    lease_ms: int = LEASE_MS

    def run(self, stopping: threading.Event, *, poll_s: float = POLL_S) -> None:
        """Work until asked to stop."""
        while not stopping.is_set():
            if not self.work_once():
                stopping.wait(poll_s)

    def work_once(self) -> bool:
        """Lease and grade one job; False when there was none."""
        lease = self.queue.lease(self.name, now_ms=self.clock.now_ms(), lease_ms=self.lease_ms)
        if lease is None:
            return False
        log.info("job %d: grading submission %s, attempt %d", lease.job_id, lease.submission_id, lease.attempt)
        try:
            with self._heartbeat(lease):
                report = self._graded(lease)
        except StopRequested:
            self.queue.release(lease)
            log.info("job %d: given back", lease.job_id)
            raise
        except Exception as error:  # noqa: BLE001 -- whatever went wrong is ours; it must become a retry, not a lost job
            self._failed(lease, error)
        else:
            self._store(lease, report)
        return True

    def _graded(self, lease: Lease) -> Mapping[str, Any]:
        report = self.grade(self.tasks.load(lease.submission_id))
        infra = infra_cases(report)
        if infra:
            raise NotGradedError(f"{len(infra)} cases could not be run, the first is {infra[0]}")
        return report

    def _failed(self, lease: Lease, error: Exception) -> None:
        state = self.queue.fail(lease, f"{type(error).__name__}: {error}", now_ms=self.clock.now_ms())
        log.error("job %d: attempt %d failed, now %s", lease.job_id, lease.attempt, state, exc_info=error)

    def _store(self, lease: Lease, report: Mapping[str, Any]) -> None:
        version = self.queue.complete(lease, report, now_ms=self.clock.now_ms())
        if version is None:
            log.warning("job %d: the lease was lost while grading; this result is dropped", lease.job_id)
        else:
            points, most = report["points"], report["max_points"]
            log.info("job %d: %s of %s points, report version %d", lease.job_id, points, most, version)

    @contextmanager
    def _heartbeat(self, lease: Lease) -> Iterator[None]:
        """Extend the lease from a thread while the job is worked on."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self.lease_ms / 3000):
                try:
                    if not self.queue.extend(lease, now_ms=self.clock.now_ms(), lease_ms=self.lease_ms):
                        return
                except Exception:
                    log.warning("job %d: the lease could not be extended", lease.job_id, exc_info=True)

        thread = threading.Thread(target=beat, name=f"heartbeat-{lease.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def infra_cases(report: Mapping[str, Any]) -> list[str]:
    """Name the cases that were not decided because of us."""
    return [
        f"{problem['slug']}/{case['name']}: {(case['finding'] or {}).get('message', 'no reason given')}"
        for problem in report["problems"]
        for case in problem["cases"]
        if case["verdict"] == "INFRA"
    ]
