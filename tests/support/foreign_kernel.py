"""Start real kernels as another user and report what code in a cell could do. Runs as a program, as root.

The interpreter may live where only root can walk (/root). `command` then wraps the program in a bubblewrap that opens
the way for this process tree only; nothing on the machine is changed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbassess_recorder import processes

UID = 29_431
GID = 2_000
SECRET = "synthetic-secret-of-the-server"

LOOK = """
import json, os, resource
def attempt(call):
    try:
        call()
    except OSError as error:
        return type(error).__name__
    return "possible"
server = os.getppid()
open("mine.txt", "w").close()
print(json.dumps({
    "ids": [os.getuid(), os.getgid(), os.getgroups()],
    "environ": attempt(lambda: open(f"/proc/{server}/environ").read()),
    "memory": attempt(lambda: open(f"/proc/{server}/mem", "rb").read(1)),
    "signal": attempt(lambda: os.kill(server, 0)),
    "setuid": attempt(lambda: os.setuid(0)),
    "sees_secret": any("synthetic-secret" in value for value in os.environ.values()),
    "processes_max": resource.getrlimit(resource.RLIMIT_NPROC)[0],
    "core_max": resource.getrlimit(resource.RLIMIT_CORE)[0],
    "oom_score": open("/proc/self/oom_score_adj").read().strip(),
}))
"""
LEAVE_BEHIND = "import subprocess\nfor _ in range(3): subprocess.Popen(['sleep', '600'], start_new_session=True)"
WAIT_FOR_INTERRUPT = "import time\nprint('waiting', flush=True)\ntime.sleep(60)"


def command(directory: Path) -> list[str]:
    """Return how to run this program so that another user can execute the interpreter."""
    program = [sys.executable, "-m", "tests.support.foreign_kernel", str(directory)]
    needed = [Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2], directory]
    closed = sorted({top for path in needed if (top := first_closed(path)) is not None})
    if not closed:
        return program
    opened = [part for top in closed for part in ("--perms", "0755", "--tmpfs", str(top))]
    bound = [part for path in needed if first_closed(path) in closed for part in _bind(path)]
    return ["bwrap", "--dev-bind", "/", "/", *opened, *bound, "--cap-add", "ALL", "--", *program]


def _bind(path: Path) -> list[str]:
    """Bind a path, making the directories above it open to all."""
    above = [parent for parent in reversed(path.parents) if first_closed(path) in parent.parents]
    made = [part for parent in above for part in ("--perms", "0755", "--dir", str(parent))]
    return [*made, "--bind", str(path), str(path)]


def first_closed(path: Path) -> Path | None:
    """Return the topmost directory above a path that other users cannot walk through, or None."""
    return next((top for top in reversed(path.parents) if not top.stat().st_mode & 0o001), None)


async def run(client: AsyncKernelClient, code: str, *, on_output: Any = None) -> str:
    """Run code and return what it printed, or the name of the error."""
    printed: list[str] = []

    def note(message: dict[str, Any]) -> None:
        content = message["content"]
        printed.append(content.get("text", "") or content.get("ename", ""))
        if on_output is not None and message["msg_type"] == "stream":
            on_output()

    await client.execute_interactive(code, output_hook=note, timeout=60)
    return "".join(printed).strip()


async def connected(manager: AsyncKernelManager) -> AsyncKernelClient:
    """Return a client of a kernel that answers."""
    client: AsyncKernelClient = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    return client


async def observe(directory: Path) -> dict[str, Any]:
    """Start a kernel, look, interrupt, restart, end it."""
    work = directory / "work"
    work.mkdir()
    os.chown(work, 0, GID)
    work.chmod(0o3770)
    directory.chmod(0o711)
    manager = AsyncKernelManager(kernel_name="python3", connection_file=str(directory / "kernel.json"))
    manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "nbassess-uid"}  # type: ignore[union-attr] # the specification exists
    await manager.start_kernel(cwd=str(work))
    client = await connected(manager)
    look = json.loads(await run(client, LOOK))
    mine = (work / "mine.txt").stat()
    interrupted = await run(
        client, WAIT_FOR_INTERRUPT, on_output=lambda: asyncio.ensure_future(manager.signal_kernel(signal.SIGINT))
    )
    pid_before = manager.provisioner.pid  # type: ignore[union-attr] # of LocalProvisioner
    client.stop_channels()
    await manager.restart_kernel(now=True)
    client = await connected(manager)
    uid_after = await run(client, "import os; print(os.getuid())")
    pid_after = manager.provisioner.pid  # type: ignore[union-attr] # as above
    await run(client, LEAVE_BEHIND)
    alive_before = len(processes.of_uid(UID))
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return {
        "look": look,
        "file": [mine.st_uid, mine.st_gid, oct(mine.st_mode & 0o777)],
        "interrupted": interrupted.removeprefix("waiting").strip(),
        "pid_before_restart": pid_before,
        "pid_after_restart": pid_after,
        "uid_after_restart": uid_after,
        "alive_before_end": alive_before,
        "alive_after_end": len(processes.of_uid(UID)),
    }


def main() -> None:
    """Report as JSON on the last line."""
    os.environ.update(
        NBASSESS_KERNEL_UID=str(UID),
        NBASSESS_KERNEL_NPROC="64",
        JUPYTERHUB_API_TOKEN=SECRET,
        PATH=f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        JUPYTER_PATH=str(files("nbassess_recorder") / "share"),
    )
    print(json.dumps(asyncio.run(observe(Path(sys.argv[1])))))


if __name__ == "__main__":
    main()
