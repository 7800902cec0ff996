"""Second stage of the candidate's server: take the token from the pipe, lock the process, start the server.

`nbassess_recorder/etc` becomes the first configuration directory and `nbassess_recorder/share` the first data
directory: server settings, JupyterLab's settings, the list of disabled plugins and the kernel specification come with
this distribution and are the same in every image.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.machinery import ModuleSpec
from importlib.resources import files

from nbassess_recorder import credential

PR_SET_DUMPABLE = 4
OWN_DIRECTORIES = {"JUPYTER_CONFIG_PATH": "etc", "JUPYTER_PATH": "share"}


class OmittedPackages:
    """Pretends that an optional package is not installed, because importing it costs more than it gives.

    `rfc3987_syntax` (0.8 s of every start) serves one JSON Schema format that nothing here uses.
    """

    names = frozenset({"rfc3987_syntax"})

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse the names above, leave all others to the next finder."""
        if name in cls.names:
            raise ModuleNotFoundError(f"{name} is left out on purpose, see nbassess_recorder.server", name=name)
        return None


def become_undumpable() -> None:
    """Keep other processes of this uid from attaching, and the kernel from writing a core file with the token."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def use_own_configuration() -> None:
    """Put the configuration and data that come with this distribution in front of all others."""
    for variable, name in OWN_DIRECTORIES.items():
        own = str(files("nbassess_recorder") / name)
        others = os.environ.get(variable, "")
        os.environ[variable] = os.pathsep.join(part for part in (own, others) if part)


def write_no_info_files() -> None:
    """Keep `jpserver-PID.json` from being written: it would contain the token."""
    from jupyter_server.serverapp import ServerApp  # noqa: PLC0415 - after the finder above is in place

    def write_nothing(_: ServerApp) -> None:
        """Replace the methods that write files for other programs to find this server."""

    # No setting turns these off.
    for name in ("write_server_info_file", "write_browser_open_files"):
        setattr(ServerApp, name, write_nothing)


def main() -> None:
    """Run the server; the process ends with it."""
    credential.take()
    become_undumpable()
    use_own_configuration()
    sys.meta_path.insert(0, OmittedPackages)
    write_no_info_files()
    sys.argv[0] = "jupyterhub-singleuser"

    from jupyterhub.singleuser import main as start  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    start()
    # Stopped in the middle of a request, worker threads would keep the process for ever. All is written by now.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
