"""Run an instance in the foreground: prepare its images, watch its processes, end in order when asked to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import FrameType

from nbassess_hub.images import CHECKOUT, ensure_images, export_rootfs
from nbassess_hub.settings import Settings
from nbassess_hub.stack import Stack

ROOTFS_CACHE = CHECKOUT / "var" / "rootfs"
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CHECK_EVERY_S = 1.0

Step = Callable[[str], AbstractContextManager[Callable[[str], None]]]


class Stopped(BaseException):
    """The person at the terminal, or the system, asked to end."""


def with_own_images(settings: Settings, step: Step) -> Settings:
    """Build this checkout's images, export the candidate's for grading, and return settings that use them."""
    with step("Building images (minutes the first time)") as tell:
        tags = ensure_images(tell)
    with step("Exporting the candidate image for the grading sandbox"):
        rootfs = export_rootfs(tags.candidate, ROOTFS_CACHE)
    return replace(
        settings,
        spawn=replace(settings.spawn, candidate_image=tags.candidate, analyst_image=tags.analyst),
        grading=replace(settings.grading, rootfs=str(rootfs.path)),
    )


def watch(stack: Stack) -> None:
    """Look after the processes for ever. Raises: StackError when one has died, Stopped when asked to end."""
    while True:
        time.sleep(_CHECK_EVERY_S)
        stack.check()


@contextmanager
def stopping_by_signal() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into Stopped; later ones are ignored, so that nothing interrupts the end."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in _ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    earlier = {number: signal.signal(number, stop) for number in _ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def ignoring_signals() -> Iterator[None]:
    """Let nothing interrupt the end: a second Ctrl-C would leave containers and firewall rules behind."""
    earlier = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
