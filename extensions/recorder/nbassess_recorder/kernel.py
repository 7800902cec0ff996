"""First moments of a kernel process: bound what it can take, then become the IPython kernel.

Runs under the kernel's uid. The order matters: the limits come before any code that a candidate can influence.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

NPROC = "NBASSESS_KERNEL_NPROC"
OOM_SCORE = "1000"  # the highest: memory pressure takes the kernel, never the server


def bound() -> None:
    """No core files, a bounded number of processes, and first in line when memory runs out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    processes = int(os.environ.pop(NPROC, "0") or 0)
    if processes:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    with suppress(OSError):  # some sandboxes have no writable /proc
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")


def main() -> None:
    """Become the kernel."""
    bound()
    from ipykernel import kernelapp  # noqa: PLC0415 - after the limits, see above

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
