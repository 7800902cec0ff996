"""Keep other programs on the machine from counting in what a browser is measured at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def browser_first() -> Iterator[None]:
    """Give this process and its browser's real-time priority where that is allowed (root), else go on without.

    What the browser starts meanwhile inherits it; this process has its ordinary priority back at the end.
    """
    own = psutil.Process()
    browser = [each for each in own.children(recursive=True) if "chrom" in each.name() or "node" in each.name()]
    for process in (own, *browser):
        _schedule(process, os.SCHED_RR, 1)
    try:
        yield
    finally:
        _schedule(own, os.SCHED_OTHER, 0)


def _schedule(process: psutil.Process, policy: int, priority: int) -> None:
    for thread in process.threads():
        with suppress(ProcessLookupError, PermissionError):
            os.sched_setscheduler(thread.id, policy, os.sched_param(priority))
