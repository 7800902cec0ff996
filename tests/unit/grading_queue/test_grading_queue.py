"""The queue loses nothing and grades nothing twice, on both databases. Promise: threats F21, G31."""

import threading
from typing import Any

import pytest
from nbassess_hub.grading.queue import MAX_ATTEMPTS, RETRY_PAUSE_MS, Lease, Queue, enqueue_regrade
from nbassess_hub.store import append
from nbassess_hub.store.engine import Store
from nbassess_hub.store.models import Job, Report
from sqlalchemy import func, select

from tests.unit.grading_queue.rows import add_submission

LEASE_MS = 60_000
REPORT: dict[str, Any] = {"points": 7, "max_points": 10, "problems": []}


@pytest.fixture
def queue(store: Store) -> Queue:
    with store.write() as session:
        submission_id = add_submission(session)
        append.enqueue(session, submission_id=submission_id, purpose="grade:first", now_ms=0)
    return Queue(store)


def lease(queue: Queue, *, worker: str = "w1", now_ms: int = 0) -> Lease:
    found = queue.lease(worker, now_ms=now_ms, lease_ms=LEASE_MS)
    assert found is not None
    return found


def the_job(queue: Queue) -> Job:
    with queue.store.read() as session:
        return session.scalars(select(Job)).one()


def report_versions(queue: Queue) -> list[int]:
    with queue.store.read() as session:
        return list(session.scalars(select(Report.version).order_by(Report.version)))


def test_a_leased_job_is_given_to_nobody_else(queue: Queue) -> None:
    lease(queue)
    assert queue.lease("w2", now_ms=LEASE_MS - 1, lease_ms=LEASE_MS) is None


def test_a_killed_workers_job_is_leased_again_when_its_lease_runs_out(queue: Queue) -> None:
    lease(queue)
    second = lease(queue, worker="w2", now_ms=LEASE_MS)
    assert (second.worker, second.attempt) == ("w2", 2)


def test_an_extended_lease_outlives_its_first_end(queue: Queue) -> None:
    mine = lease(queue)
    assert queue.extend(mine, now_ms=50_000, lease_ms=LEASE_MS)
    assert queue.lease("w2", now_ms=LEASE_MS, lease_ms=LEASE_MS) is None


def test_completing_stores_the_report_and_closes_the_job(queue: Queue) -> None:
    assert queue.complete(lease(queue), REPORT, now_ms=5) == 1
    job = the_job(queue)
    assert (job.state, job.finished_ms, job.error) == ("done", 5, None)
    assert report_versions(queue) == [1]


def test_a_result_that_comes_after_the_lease_was_lost_is_dropped(queue: Queue) -> None:
    slow = lease(queue)
    quick = lease(queue, worker="w2", now_ms=LEASE_MS)
    assert queue.complete(quick, REPORT, now_ms=LEASE_MS + 1) == 1
    assert queue.complete(slow, {**REPORT, "points": 0}, now_ms=LEASE_MS + 2) is None
    assert report_versions(queue) == [1]


def test_a_result_that_comes_while_somebody_else_works_is_dropped_too(queue: Queue) -> None:
    slow = lease(queue)
    quick = lease(queue, worker="w2", now_ms=LEASE_MS)
    assert queue.complete(slow, REPORT, now_ms=LEASE_MS + 1) is None
    assert not queue.extend(slow, now_ms=LEASE_MS + 1, lease_ms=LEASE_MS)
    assert queue.complete(quick, REPORT, now_ms=LEASE_MS + 2) == 1


def test_a_report_that_cannot_be_stored_leaves_the_job_open(queue: Queue) -> None:
    """One transaction: a job is never done without its report."""
    mine = lease(queue)
    with pytest.raises(KeyError):
        queue.complete(mine, {"points": 1}, now_ms=5)
    assert the_job(queue).state == "leased"
    assert report_versions(queue) == []


def test_our_failure_is_tried_again_after_a_pause(queue: Queue) -> None:
    assert queue.fail(lease(queue), "no bubblewrap", now_ms=10) == "queued"
    assert queue.lease("w1", now_ms=10 + RETRY_PAUSE_MS - 1, lease_ms=LEASE_MS) is None
    assert lease(queue, now_ms=10 + RETRY_PAUSE_MS).attempt == 2


def test_our_failure_ends_as_failed_with_its_reason_and_without_a_score(queue: Queue) -> None:
    now_ms = 0
    for _ in range(MAX_ATTEMPTS):
        now_ms += 1_000_000
        state = queue.fail(lease(queue, now_ms=now_ms), "no bubblewrap", now_ms=now_ms)
    job = the_job(queue)
    assert (state, job.state, job.error) == ("failed", "failed", "no bubblewrap")
    assert report_versions(queue) == []
    assert queue.lease("w1", now_ms=now_ms * 10, lease_ms=LEASE_MS) is None


def test_a_job_that_kills_every_worker_ends_as_failed(queue: Queue) -> None:
    now_ms = 0
    for _ in range(MAX_ATTEMPTS):
        lease(queue, now_ms=now_ms)
        now_ms += LEASE_MS
    assert queue.lease("w1", now_ms=now_ms, lease_ms=LEASE_MS) is None
    job = the_job(queue)
    assert job.state == "failed"
    assert job.error is not None
    assert "disappeared" in job.error


def test_a_released_job_is_free_at_once_and_costs_no_attempt(queue: Queue) -> None:
    assert queue.release(lease(queue))
    assert lease(queue, worker="w2").attempt == 1


def test_a_regrade_waiting_is_not_asked_for_twice(queue: Queue) -> None:
    queue.complete(lease(queue), REPORT, now_ms=1)
    with queue.store.write() as session:
        first = enqueue_regrade(session, "submission1", now_ms=2).id
    with queue.store.write() as session:
        assert enqueue_regrade(session, "submission1", now_ms=3).id == first


def test_a_regrade_adds_a_version_and_keeps_the_first(queue: Queue) -> None:
    """Promise: threats G30."""
    queue.complete(lease(queue), REPORT, now_ms=1)
    with queue.store.write() as session:
        enqueue_regrade(session, "submission1", now_ms=2)
    assert queue.complete(lease(queue, now_ms=3), REPORT, now_ms=4) == 2
    assert report_versions(queue) == [1, 2]


def test_many_workers_grade_every_submission_exactly_once(store: Store) -> None:
    jobs, workers = 12, 4
    with store.write() as session:
        for number in range(jobs):
            submission_id = add_submission(session, number)
            append.enqueue(session, submission_id=submission_id, purpose="grade:first", now_ms=number)
    queue, done = Queue(store), []

    def work(name: str) -> None:
        while (mine := queue.lease(name, now_ms=100, lease_ms=LEASE_MS)) is not None:
            done.append((mine.job_id, queue.complete(mine, REPORT, now_ms=101)))

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(version for _, version in done if version) == [1] * jobs
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Report)) == jobs
        assert set(session.scalars(select(Job.state))) == {"done"}
