"""A worker turns submissions into reports and its own failures into retries. Promise: threats F21, INFRA is no zero."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbassess_graders.assessment import load_assessment
from nbassess_graders.publication import pack
from nbassess_hub.clock import ManualClock
from nbassess_hub.grading.queue import Queue
from nbassess_hub.grading.task import Task, Tasks
from nbassess_hub.grading.worker import LEASE_MS, StopRequested, Worker, workroom
from nbassess_hub.store import append
from nbassess_hub.store.engine import Store, database_url, open_store
from nbassess_hub.store.migrate import upgrade
from nbassess_hub.store.models import Job, Report
from sqlalchemy import select

from tests.support.sealing import recordings_in
from tests.unit.grading_queue.rows import add_submission

Grade = Callable[[Task], dict[str, Any]]
REPO = Path(__file__).parents[3]
DOCUMENTS = '{"a/a.ipynb":{"cells":[],"path":"a/a.ipynb"}}'


def report_with(verdict: str, message: str = "") -> dict[str, Any]:
    finding = {"code": "x", "message": message} if message else None
    case = {"name": "one", "verdict": verdict, "finding": finding}
    return {"submission": "e" * 64, "points": 1, "max_points": 2, "problems": [{"slug": "a", "cases": [case]}]}


@pytest.fixture(scope="session")
def archive() -> bytes:
    return pack(load_assessment(REPO / "notebooks/practice/practice.toml")).data


@pytest.fixture
def queued(store: Store, archive: bytes) -> Store:
    with store.write() as session:
        submission_id = add_submission(session, archive=archive, documents=DOCUMENTS)
        append.enqueue(session, submission_id=submission_id, purpose="grade:first", now_ms=0)
    return store


def worker(store: Store, folder: Path, grade: Grade, *, clock: ManualClock | None = None) -> Worker:
    tasks = Tasks(store, recordings_in(folder), folder)
    return Worker(name="w", queue=Queue(store), tasks=tasks, grade=grade, clock=clock or ManualClock(0))


def job_and_reports(store: Store) -> tuple[Job, list[Report]]:
    with store.read() as session:
        return session.scalars(select(Job)).one(), list(session.scalars(select(Report)))


def test_a_worker_grades_the_submission_with_its_published_assessment(queued: Store, tmp_path: Path) -> None:
    seen: list[Task] = []

    def grade(task: Task) -> dict[str, Any]:
        seen.append(task)
        return report_with("WRONG")

    assert worker(queued, tmp_path, grade).work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, [(report.version, report.points) for report in reports]) == ("done", [(1, 1.0)])
    assert (seen[0].sitting, seen[0].assessment.id) == ("sitting1", "practice")
    assert list(seen[0].documents) == ["a/a.ipynb"]


def test_material_that_could_not_be_written_is_written_at_the_next_attempt(
    queued: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = Tasks(queued, recordings_in(tmp_path), tmp_path)
    with queued.read() as session:
        submission_id = session.scalars(select(Job.submission_id)).one()
    with monkeypatch.context() as full_disk:
        full_disk.setattr("nbassess_hub.grading.task.unpack", lambda _archive, _target: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.load(submission_id)
    assert tasks.load(submission_id).assessment.id == "practice"


def test_a_worker_with_nothing_to_do_says_so(store: Store, tmp_path: Path) -> None:
    assert not worker(store, tmp_path, lambda _task: report_with("OK")).work_once()


def test_a_case_that_could_not_be_run_is_tried_again_and_never_a_score(queued: Store, tmp_path: Path) -> None:
    worker(queued, tmp_path, lambda _task: report_with("INFRA", "no room for the sandbox")).work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, reports) == ("queued", [])
    assert job.error is not None
    assert "a/one: no room for the sandbox" in job.error


def test_a_grader_that_breaks_costs_an_attempt_and_not_the_worker(
    queued: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def grade(task: Task) -> dict[str, Any]:
        raise OSError("disk full")

    with caplog.at_level(logging.ERROR, logger="nbassess.grading"):
        assert worker(queued, tmp_path, grade).work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, job.attempts, job.error, reports) == ("queued", 1, "OSError: disk full", [])
    assert "disk full" in caplog.text


def test_a_worker_that_is_asked_to_stop_gives_its_job_back_at_once(queued: Store, tmp_path: Path) -> None:
    def grade(task: Task) -> dict[str, Any]:
        raise StopRequested

    with pytest.raises(StopRequested):
        worker(queued, tmp_path, grade).work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, job.attempts, job.lease_until_ms, reports) == ("queued", 0, None, [])


def test_a_killed_workers_job_is_graded_once_by_the_next_one(queued: Store, store_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.grading_queue.hanging_worker", store_url, str(tmp_path / "killed")]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "grading\n"
        process.kill()
    clock = ManualClock(LEASE_MS - 1)
    second = worker(queued, tmp_path, lambda _task: report_with("OK"), clock=clock)
    assert not second.work_once()
    clock.advance(seconds=0.001)
    assert second.work_once()
    assert not second.work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, job.attempts, len(reports)) == ("done", 2, 1)


def test_a_report_about_another_submission_is_not_stored(queued: Store, tmp_path: Path) -> None:
    worker(queued, tmp_path, lambda _task: {**report_with("OK"), "submission": "f" * 64}).work_once()
    job, reports = job_and_reports(queued)
    assert (job.state, reports) == ("queued", [])


def test_what_a_killed_worker_unpacked_is_cleared_away_and_a_living_ones_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f"unpacked-{ended.pid}-x" / "grading").mkdir(parents=True)
    living = tmp_path / f"unpacked-{os.getpid()}-y"
    living.mkdir()
    with workroom(tmp_path) as folder:
        assert sorted(tmp_path.iterdir()) == sorted([living, folder])
    assert list(tmp_path.iterdir()) == [living]


@contextmanager
def worker_process(tmp_path: Path, *, programs: str) -> Iterator[subprocess.Popen[str]]:
    environment = {"NBASSESS_INSTANCE__STATE_DIR": str(tmp_path), "PATH": programs}
    with subprocess.Popen(
        [sys.executable, "-m", "nbassess_hub.grading.worker"],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def prepare_database(tmp_path: Path) -> None:
    store = open_store(database_url("", tmp_path))
    upgrade(store)
    store.close()


def test_a_worker_does_not_start_where_no_sandbox_can_be_had(tmp_path: Path) -> None:
    """Promise: a worker refuses to grade without a sandbox."""
    prepare_database(tmp_path)
    with worker_process(tmp_path, programs=str(tmp_path)) as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "bwrap was not found" in complaint
    assert "Traceback" not in complaint


def test_a_worker_does_not_start_on_a_database_of_another_shape(tmp_path: Path) -> None:
    open_store(database_url("", tmp_path)).close()
    with worker_process(tmp_path, programs="/usr/bin:/bin") as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "start the service first" in complaint


def test_a_worker_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    prepare_database(tmp_path)
    with worker_process(tmp_path, programs="/usr/bin:/bin") as process:
        assert process.stderr is not None
        assert "is ready" in process.stderr.readline()
        process.terminate()
        assert process.wait(30) == 0
        assert process.stderr.read().strip().endswith("ended")
