"""Keep other programs on the machine from counting in what is measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

BROWSER = ("chrom", "node")


@contextmanager
def ahead_of_others(*programs: str) -> Iterator[None]:
    """Give this process real-time priority where that is allowed (root), else go on without.

    Also to those of its descendants whose names contain one of `programs`, and to what these start meanwhile. This
    process has its ordinary priority back at the end.
    """
    own = psutil.Process()
    others = [each for each in own.children(recursive=True) if any(name in each.name() for name in programs)]
    for process in (own, *others):
        _schedule(process, os.SCHED_RR, 1)
    try:
        yield
    finally:
        _schedule(own, os.SCHED_OTHER, 0)


def _schedule(process: psutil.Process, policy: int, priority: int) -> None:
    for thread in process.threads():
        with suppress(ProcessLookupError, PermissionError):
            os.sched_setscheduler(thread.id, policy, os.sched_param(priority))
