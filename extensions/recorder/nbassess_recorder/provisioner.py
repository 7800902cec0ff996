"""Start kernels under another uid than the Jupyter server.

Code in a cell can do what its uid can do. The server holds a token and the journal, so the kernel gets its own uid, no
capability, no supplementary group, an environment made from a list of allowed names, and its output goes nowhere near
the server's log. The connection file is shared through the kernel's group. When a kernel ends, whatever it left behind
is killed, also what called setsid().

Where the server is not root (the local mode without containers), the uid cannot be changed: the kernel then runs as the
server's own user, with the same cleaned environment, and the log says so.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Integer, List, Unicode, default

from nbassess_recorder import processes
from nbassess_recorder.errors import KernelError

ALLOWED = (
    "CPU_LIMIT",
    "JPY_PARENT_PID",
    "JPY_SESSION_NAME",
    "LANG",
    "LC_ALL",
    "MEM_LIMIT",
    "MPLBACKEND",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TZ",
)
REAP_ROUNDS = 25
REAP_PAUSE_S = 0.02


class UidProvisioner(LocalProvisioner):
    """A local kernel under its own uid."""

    uid = Integer(config=True, help="User id of kernels; 0: the server's own")
    gid = Integer(2000, config=True, help="Group id of kernels: the group of the work directory")
    home = Unicode("/home/candidate", config=True, help="Home directory of kernels")
    path = Unicode(config=True, help="PATH of kernels")
    processes_max = Integer(config=True, help="How many processes kernels may have, all together (RLIMIT_NPROC)")
    allowed_env = List(Unicode(), list(ALLOWED), config=True, help="Variables that kernels inherit")

    # The kernels of this server that are alive, by pid: a reaper must not touch the processes of another kernel.
    live: ClassVar[set[int]] = set()

    @default("uid")
    def _uid(self) -> int:
        return int(os.environ.get("NBASSESS_KERNEL_UID", "0"))

    @default("path")
    def _path(self) -> str:
        return os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")

    @default("processes_max")
    def _processes_max(self) -> int:
        return int(os.environ.get("NBASSESS_KERNEL_NPROC", "160"))

    @property
    def changes_uid(self) -> bool:
        """Whether kernels run as another user."""
        return os.geteuid() == 0 and self.uid != 0

    def kernel_env(self, inherited: dict[str, str]) -> dict[str, str]:
        """Return the whole environment of a kernel, made from the allowed part of `inherited`."""
        home = self.home if self.changes_uid else inherited.get("HOME", self.home)
        env = {name: value for name, value in inherited.items() if name in self.allowed_env}
        env.update(self.kernel_spec.env or {})
        env.update(
            HOME=home,
            IPYTHONDIR=f"{home}/.ipython",
            LOGNAME="candidate",
            MPLCONFIGDIR=f"{home}/.matplotlib",
            PATH=self.path,
            TMPDIR="/tmp",  # noqa: S108 - the container's own, private tmpfs
            USER="candidate",
            XDG_CACHE_HOME=f"{home}/.cache",
        )
        if self.changes_uid:
            # Counted per uid by the operating system: on a shared uid it would count the rest of the machine.
            env["NBASSESS_KERNEL_NPROC"] = str(self.processes_max)
        return env

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the launch: environment, user, group, connection file."""
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = self.kernel_env(kwargs["env"])
        if self.changes_uid:
            self._share_connection_file()
            kwargs.update(user=self.uid, group=self.gid, extra_groups=[], umask=0o007)
        else:
            self.log.warning("nbassess: the server is not root, so kernels run as its own user: for trying out only")
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel with its output thrown away: it must not write into the server's log."""
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        info = await super().launch_kernel(cmd, **kwargs)
        if self.pid is not None:
            UidProvisioner.live.add(self.pid)
        return info

    async def wait(self) -> int | None:
        """Wait for the kernel's end, then clear up behind it."""
        code = await super().wait()
        await self._reap()
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Clear up behind the kernel, also before a restart."""
        await self._reap()
        await super().cleanup(restart=restart)

    def _share_connection_file(self) -> None:
        """Let the kernel's group read the connection file; the server is a member, so no CAP_CHOWN is needed."""
        if self.parent is None:
            raise KernelError("a kernel without a manager has no connection file to share; start it through one")
        file = Path(self.parent.connection_file)
        os.chown(file, -1, self.gid)
        file.chmod(0o640)

    async def _reap(self) -> None:
        """Kill what a kernel that has ended left behind. Bounded: a fork bomb is stopped by the process limit."""
        if self.pid is not None:
            UidProvisioner.live.discard(self.pid)
        if not self.changes_uid:
            return
        for _ in range(REAP_ROUNDS):
            table = processes.of_uid(self.uid)
            orphans = processes.orphans(table, server=os.getpid(), live=UidProvisioner.live)
            if not orphans:
                return
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            await asyncio.sleep(REAP_PAUSE_S)
        self.log.error("nbassess: processes of a kernel that ended are still there: %s", sorted(orphans))
