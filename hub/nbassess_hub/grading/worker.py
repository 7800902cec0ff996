"""A grading worker: `python -m nbassess_hub.grading.worker`.

It leases one job at a time, grades it in the sandbox, stores the report, and asks again. It keeps no state: killed at
any moment, its job is leased by another worker when the lease runs out. Asked to stop (SIGTERM), it gives its job back
at once. Without a sandbox it does not start: it never grades a candidate's code on the bare host.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from nbassess_graders.errors import GraderError

from nbassess_hub.clock import Clock, SystemClock
from nbassess_hub.errors import HubError, Unavailable
from nbassess_hub.grading.queue import Lease, Queue
from nbassess_hub.grading.sandboxed import grader, open_sandbox
from nbassess_hub.grading.task import Task, Tasks
from nbassess_hub.sealing.places import recordings_of
from nbassess_hub.settings import Settings, load_settings
from nbassess_hub.store.engine import database_url, open_store
from nbassess_hub.store.migrate import is_current

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
        task = self.tasks.load(lease.submission_id)
        report = self.grade(task)
        if report["submission"] != task.digest:
            raise NotGradedError(f"the report is about {report['submission']}, the submission is {task.digest}")
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


def main() -> int:
    """Work until SIGTERM or SIGINT; returns 1 when this host or its database cannot be worked with."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    stopping = threading.Event()
    _stop_on_signals(stopping)
    try:
        _work(load_settings(), SystemClock(), stopping)
    except StopRequested:
        pass
    except (HubError, GraderError) as error:
        log.error("%s", error)  # noqa: TRY400 -- the message says what to do; a traceback would hide it
        return 1
    log.info("ended")
    return 0


@contextmanager
def workroom(run: Path) -> Iterator[Path]:
    """Give this process a private folder for unpacked assessments, and clear away those of workers that were killed.

    The folders hold hidden cases: none may outlive its worker for long.
    """
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in run.glob("unpacked-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"unpacked-{os.getpid()}-", dir=run) as folder:
        yield Path(folder)


def _work(settings: Settings, clock: Clock, stopping: threading.Event) -> None:
    store = open_store(database_url(settings.service.database_url, settings.state_dir))
    try:
        if not is_current(store):
            raise Unavailable("The database is not at this release's shape; start the service first: it migrates it")
        sandbox = open_sandbox(settings.grading)
        with workroom(settings.layout.run) as folder:
            worker = Worker(
                name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
                queue=Queue(store),
                tasks=Tasks(store, recordings_of(settings), folder),
                grade=grader(settings.grading, sandbox, clock),
                clock=clock,
            )
            log.info("worker %s is ready, grading in %s", worker.name, sandbox.digest())
            worker.run(stopping)
    finally:
        store.close()


def _stop_on_signals(stopping: threading.Event) -> None:
    """Interrupt the work in hand at the first signal; let nothing interrupt the tidying up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            raise StopRequested

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def infra_cases(report: Mapping[str, Any]) -> list[str]:
    """Name the cases that were not decided because of us."""
    return [
        f"{problem['slug']}/{case['name']}: {(case['finding'] or {}).get('message', 'no reason given')}"
        for problem in report["problems"]
        for case in problem["cases"]
        if case["verdict"] == "INFRA"
    ]


if __name__ == "__main__":
    sys.exit(main())
