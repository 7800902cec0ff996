"""What the box looks like from within: built as data, so that tests compare it whole.

The order of the mounts matters: the root first, then what lies on top of it, read-only again at the end.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbassess_graders.errors import SandboxFailure
from nbassess_graders.sandbox.port import Limits

INSIDE: Final = Path(__file__).parent.parent / "inside"
HOME: Final = "/home/work"
GRADER: Final = "/run/grader"
IMAGE_PYTHON: Final = "/opt/venv/bin/python"
PROGRAM: Final = (
    f"import sys; sys.path.insert(0, {GRADER!r}); from inside.runner import main; "
    "del sys.path[0]; main(int(sys.argv[1]))"
)
SYSTEM_FOLDERS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES: Final = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/fonts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Name the root file system (None: this machine's own, read-only) and the interpreter in it."""

    rootfs: Path | None
    python: str

    @classmethod
    def of(cls, rootfs: Path | None) -> Layout:
        """Return the layout of an exported image, or of this machine."""
        if rootfs is None:
            return cls(rootfs=None, python=sys.executable)
        if not (rootfs / IMAGE_PYTHON.lstrip("/")).is_file():
            raise SandboxFailure(f"{rootfs}: has no {IMAGE_PYTHON}; export the candidate image to this directory")
        return cls(rootfs=rootfs, python=IMAGE_PYTHON)


def box(layout: Layout, limits: Limits, sources: Mapping[str, int], *, is_root: bool, user: int) -> list[str]:
    """Return bubblewrap's options: namespaces, mounts, user; `sources` maps runner files to open descriptors."""
    return [
        *_namespaces(is_root=is_root, user=user),
        *_root(layout.rootfs),
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
        *_space("/dev/shm", "1777", limits.disk_bytes),  # noqa: S108 - a mount within the box
        *_space("/tmp", "1777", limits.disk_bytes),  # noqa: S108 - a mount within the box
        *_space("/home", "0755", limits.disk_bytes),
        *(_interpreter() if layout.rootfs is None else ()),
        *("--perms", "0777", "--dir", HOME),
        *_space("/run", "0755", 2**20),
        *("--perms", "0755", "--dir", GRADER, "--perms", "0755", "--dir", f"{GRADER}/inside"),
        *(word for name, file in sources.items() for word in _copy(file, f"{GRADER}/inside/{name}")),
        *("--remount-ro", "/run"),
        *(("--remount-ro", "/") if layout.rootfs is None else ()),
        *("--chdir", HOME),
    ]


def program(layout: Layout, descriptor: int, *, is_root: bool, user: int) -> list[str]:
    """Return what runs in the box: the runner, without any capability."""
    drop = [
        *("setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"),
        *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
    ]
    return [*(drop if is_root else ()), layout.python, "-s", "-P", "-B", "-c", PROGRAM, str(descriptor)]


def environment(layout: Layout) -> dict[str, str]:
    """Return the whole environment of the box: nothing of ours, and no word that tells it is graded."""
    return {
        "PATH": f"{Path(layout.python).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def runner_sources() -> dict[str, bytes]:
    """Return the files of the runner, which are copied into the box."""
    return {path.name: path.read_bytes() for path in sorted(INSIDE.glob("*.py"))}


def digest(layout: Layout) -> str:
    """Return a digest of what candidate code sees: paths, sizes and package records of the root.

    Of this machine only the interpreter and the installed packages are covered, and the prefix says so.
    """
    found = hashlib.sha256()
    if layout.rootfs is None:
        packages = sorted(f"{item.name}=={item.version}" for item in importlib.metadata.distributions())
        found.update("\n".join([sys.version, *packages]).encode())
        return f"host-sha256:{found.hexdigest()}"
    for folder, folders, files in os.walk(layout.rootfs):
        folders.sort()
        for name in sorted(files):
            path = Path(folder, name)
            found.update(f"{path.relative_to(layout.rootfs)} {path.lstat().st_size}\n".encode(errors="surrogateescape"))
            if name == "RECORD":
                found.update(path.read_bytes())
    return f"sha256:{found.hexdigest()}"


def _namespaces(*, is_root: bool, user: int) -> list[str]:
    always = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    always += ["--die-with-parent", "--new-session", "--hostname", "notebook", "--cap-drop", "ALL"]
    if not is_root:
        return ["--unshare-user", "--uid", str(user), "--gid", str(user), *always]
    return [*always, *(word for name in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{name}"))]


def _root(rootfs: Path | None) -> list[str]:
    if rootfs is not None:
        return ["--ro-bind", str(rootfs), "/"]
    options = []
    for name in SYSTEM_FOLDERS:
        path = Path(name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            options += ["--ro-bind", name, name]
    for name in SYSTEM_FILES:
        options += ["--ro-bind-try", name, name]
    return options


def _interpreter() -> list[str]:
    """Show this machine's interpreter and packages; on top of the empty folders, because a checkout may be in /home."""
    options = []
    for folder in _python_folders():
        for parent in reversed(Path(folder).parents):  # made here, or bubblewrap copies a private mode
            options += ["--perms", "0755", "--dir", str(parent)] if parent != Path("/") else []
        options += ["--ro-bind", folder, folder]
    return options


def _python_folders() -> list[str]:
    return [folder for folder in dict.fromkeys((sys.base_prefix, sys.prefix)) if not folder.startswith("/usr/")]


def _copy(descriptor: int, place: str) -> list[str]:
    return ["--perms", "0644", "--file", str(descriptor), place]


def _space(place: str, mode: str, size_bytes: int) -> list[str]:
    return ["--perms", mode, "--size", str(size_bytes), "--tmpfs", place]
