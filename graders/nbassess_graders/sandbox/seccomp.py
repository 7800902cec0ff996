"""System calls that candidate code has no use for, as a seccomp filter for bubblewrap.

The list closes doors to kernel code that sandboxes have been escaped through: new namespaces, mounts, bpf, perf,
io_uring, keyrings, tracing, and socket families other than unix and internet. It is a deny list: everything that
pandas and its friends call must go on working. Only for the two architectures whose numbers are known.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LOAD: Final = 0x20
JUMP_EQUAL: Final = 0x15
JUMP_AT_LEAST: Final = 0x35
JUMP_ANY_BIT: Final = 0x45
RETURN: Final = 0x06

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
DENY: Final = 0x00050000

NUMBER_AT: Final = 0
ARCHITECTURE_AT: Final = 4
FIRST_ARGUMENT_AT: Final = 16
X32_BIT: Final = 0x40000000
NEW_NAMESPACES: Final = 0x7E020000  # every CLONE_NEW* that clone takes; CLONE_NEWTIME needs clone3 or unshare
FAMILIES: Final = (1, 2, 10)  # unix, internet 4 and 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Hold the audit number of an architecture and the numbers of its system calls."""

    audit: int
    clone: int
    clone3: int
    socket: int
    denied: Mapping[str, int]


_SAME: Final = {
    "pidfd_getfd": 438,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
}
X86_64: Final = Architecture(
    audit=0xC000003E,
    clone=56,
    clone3=435,
    socket=41,
    denied=_SAME
    | {
        "ptrace": 101,
        "pivot_root": 155,
        "chroot": 161,
        "mount": 165,
        "umount2": 166,
        "init_module": 175,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "unshare": 272,
        "perf_event_open": 298,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "finit_module": 313,
        "bpf": 321,
        "userfaultfd": 323,
    },
)
AARCH64: Final = Architecture(
    audit=0xC00000B7,
    clone=220,
    clone3=435,
    socket=198,
    denied=_SAME
    | {
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "chroot": 51,
        "unshare": 97,
        "kexec_load": 104,
        "init_module": 105,
        "ptrace": 117,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "perf_event_open": 241,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "finit_module": 273,
        "bpf": 280,
        "userfaultfd": 282,
    },
)
ARCHITECTURES: Final = {"x86_64": X86_64, "aarch64": AARCH64}


def program(machine: str = platform.machine()) -> bytes | None:
    """Return the filter for this machine, or None where its system calls are not known."""
    architecture = ARCHITECTURES.get(machine)
    return None if architecture is None else _assemble(architecture)


def _assemble(machine: Architecture) -> bytes:
    steps = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_EQUAL, 1, 0, machine.audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
        *_refuse(JUMP_AT_LEAST, X32_BIT, errno.EPERM),
        *_refuse(JUMP_EQUAL, machine.clone3, errno.ENOSYS),
    ]
    for number in sorted(machine.denied.values()):
        steps += _refuse(JUMP_EQUAL, number, errno.EPERM)
    steps += [
        (JUMP_EQUAL, 0, 4, machine.clone),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_ANY_BIT, 0, 1, NEW_NAMESPACES),
        (RETURN, 0, 0, DENY | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
        (JUMP_EQUAL, 1, 0, machine.socket),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        *((JUMP_EQUAL, len(FAMILIES) - place, 0, family) for place, family in enumerate(FAMILIES)),
        (RETURN, 0, 0, DENY | errno.EAFNOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _refuse(test: int, value: int, number: int) -> tuple[tuple[int, int, int, int], ...]:
    return ((test, 0, 1, value), (RETURN, 0, 0, DENY | number))
