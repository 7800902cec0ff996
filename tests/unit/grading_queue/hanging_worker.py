"""A worker that says it has begun and never ends: run as a process, to be killed. Arguments: database URL, folder."""

import sys
import threading
from pathlib import Path
from typing import Any

from nbassess_hub.clock import ManualClock
from nbassess_hub.grading.queue import Queue
from nbassess_hub.grading.task import Task, Tasks
from nbassess_hub.grading.worker import Worker
from nbassess_hub.store.engine import open_store

from tests.support.sealing import recordings_in


def never_ends(task: Task) -> dict[str, Any]:
    print("grading", flush=True)
    threading.Event().wait()
    return {}


if __name__ == "__main__":
    store = open_store(sys.argv[1])
    tasks = Tasks(store, recordings_in(Path(sys.argv[2])), Path(sys.argv[2]))
    Worker(name="killed", queue=Queue(store), tasks=tasks, grade=never_ends, clock=ManualClock(0)).work_once()
