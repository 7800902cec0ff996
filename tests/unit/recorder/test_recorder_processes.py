"""Which processes a kernel left behind: decided from a table, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

from nbassess_recorder.processes import Process, of_uid, orphans, table

SERVER = 10


def processes(**parent_by_pid: int) -> dict[int, Process]:
    """Return processes of the kernel's uid: p20=10 is pid 20 whose parent is 10."""
    pairs = {int(name[1:]): parent for name, parent in parent_by_pid.items()}
    return {pid: Process(pid=pid, parent=parent, uid=20001, is_zombie=False) for pid, parent in pairs.items()}


def test_what_descends_from_a_living_kernel_is_kept() -> None:
    assert orphans(processes(p20=SERVER, p21=20, p22=21), server=SERVER, live={20}) == []


def test_what_a_dead_kernel_left_is_an_orphan_also_its_grandchildren() -> None:
    left = processes(p20=SERVER, p31=1, p32=31)
    assert orphans(left, server=SERVER, live={20}) == [31, 32]


def test_processes_that_name_each_other_as_parents_do_not_hang_the_reaper() -> None:
    assert orphans(processes(p40=41, p41=40), server=SERVER, live=set()) == [40, 41]


def test_the_table_is_read_from_proc_without_zombies_and_other_users(tmp_path: Path) -> None:
    def process(pid: int, uid: int, state: str) -> None:
        (tmp_path / str(pid)).mkdir()
        status = f"Name:\tpython\nState:\t{state}\nPid:\t{pid}\nPPid:\t1\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
        (tmp_path / str(pid) / "status").write_text(status)

    process(7, 20001, "S (sleeping)")
    process(8, 20001, "Z (zombie)")
    process(9, 0, "R (running)")
    (tmp_path / "sys").mkdir()
    (tmp_path / "11").mkdir()  # ended while it was read
    assert list(of_uid(20001, tmp_path)) == [7]


def test_this_process_is_in_the_real_table() -> None:
    me = table()[os.getpid()]
    assert (me.parent, me.uid, me.is_zombie) == (os.getppid(), os.getuid(), False)
