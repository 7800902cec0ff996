"""Grade a task with the real graders, in the sandbox that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbassess_graders.dimensions.process import seconds_by_path
from nbassess_graders.material import Material
from nbassess_graders.pipeline import grade
from nbassess_graders.sandbox.bubblewrap import BubblewrapSandbox
from nbassess_graders.sandbox.port import Limits, Sandbox
from nbassess_graders.submission import Submission

from nbassess_hub.clock import Clock
from nbassess_hub.grading.task import Task
from nbassess_hub.settings_sections import Grading


def open_sandbox(settings: Grading) -> Sandbox:
    """Return the sandbox, having opened a box in it once. Raises: `SandboxFailure` where none can be had."""
    sandbox = BubblewrapSandbox(Path(settings.rootfs) if settings.rootfs else None)
    sandbox.open(_limits(settings)).close()
    return sandbox


def grader(settings: Grading, sandbox: Sandbox, clock: Clock) -> Callable[[Task], Mapping[str, Any]]:
    """Return the function that a worker grades with; what the authors' code computes is computed once."""
    material, limits = Material(), _limits(settings)

    def grade_task(task: Task) -> Mapping[str, Any]:
        return grade(
            Submission(documents=task.documents),
            task.assessment,
            sandbox,
            sitting=task.sitting,
            graded_ms=clock.now_ms(),
            seconds=seconds_by_path(task.records),
            limits=limits,
            material=material,
        ).to_json()

    return grade_task


def _limits(settings: Grading) -> Limits:
    return Limits(memory_bytes=settings.memory_bytes)
