"""`nbassess start`: one instance in the foreground, for a terminal or a process supervisor."""

from __future__ import annotations

from contextlib import suppress

from nbassess_hub.console.steps import Steps
from nbassess_hub.console.terminal import err
from nbassess_hub.images import in_checkout
from nbassess_hub.running import Stopped, ignoring_signals, stopping_by_signal, watch, with_own_images
from nbassess_hub.settings import Settings
from nbassess_hub.stack import Stack


def start_instance(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises: HubError when a process does not start or has died."""
    steps = Steps(err())
    with stopping_by_signal(), suppress(Stopped):
        _run(settings, steps)


def _run(settings: Settings, steps: Steps) -> None:
    if settings.spawn.mode == "docker" and in_checkout() and not settings.spawn.candidate_image:
        settings = with_own_images(settings, steps.step)
    stack = Stack(settings)
    try:
        with steps.step("Starting proxy, service, hub and grading workers"):
            stack.start()
        steps.say(f"{settings.instance.name} runs at {settings.instance.public_url}")
        steps.say(f"Commands: nbassess --settings {settings.layout.run / 'settings.toml'} …")
        watch(stack)
    finally:
        with ignoring_signals(), steps.step("Stopping the processes; notebook servers go on"):
            stack.stop(end_servers=False)
