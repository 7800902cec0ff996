"""The parts of the box that are built as data, and control groups on a made-up file system."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import pytest
from nbassess_graders.sandbox import layout, seccomp
from nbassess_graders.sandbox.cgroup import create_group
from nbassess_graders.sandbox.port import Limits

LIMITS = Limits(memory_bytes=1000, disk_bytes=500, processes=7)


def image(folder: Path) -> layout.Layout:
    python = folder / "opt" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    return layout.Layout.of(folder)


def test_a_box_with_an_image_is_this_and_nothing_more(tmp_path: Path) -> None:
    options = layout.box(image(tmp_path), LIMITS, {"runner.py": 9}, is_root=True, user=300_001)
    assert " ".join(options).replace(str(tmp_path), "IMAGE") == (
        "--unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent --new-session "
        "--hostname notebook --cap-drop ALL --cap-add CAP_SETUID --cap-add CAP_SETGID --cap-add CAP_SETPCAP "
        "--ro-bind IMAGE / --proc /proc --dev /dev --remount-ro /dev "
        "--perms 1777 --size 500 --tmpfs /dev/shm --perms 1777 --size 500 --tmpfs /tmp "
        "--perms 0755 --size 500 --tmpfs /home --perms 0777 --dir /home/work --perms 0755 --size 1048576 --tmpfs /run "
        "--perms 0755 --dir /run/grader --perms 0755 --dir /run/grader/inside "
        "--perms 0644 --file 9 /run/grader/inside/runner.py --remount-ro /run --chdir /home/work"
    )


def test_without_root_a_user_namespace_is_used_and_no_capability_given(tmp_path: Path) -> None:
    options = layout.box(image(tmp_path), LIMITS, {}, is_root=False, user=65534)
    assert options[:5] == ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    assert "--cap-add" not in options


def test_the_runner_starts_without_any_right(tmp_path: Path) -> None:
    command = layout.program(image(tmp_path), 5, is_root=True, user=300_001)
    assert command[:5] == ["setpriv", "--reuid", "300001", "--regid", "300001"]
    assert {"--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"} <= set(command)
    assert command[-1] == "5"


def test_the_environment_is_ours_alone_and_names_no_grader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogue G20."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    found = layout.environment(image(tmp_path))
    assert set(found) == {
        "PATH", "HOME", "LANG", "TZ", "MPLBACKEND", "PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    }  # fmt: skip


def test_the_digest_follows_the_files_of_the_image(tmp_path: Path) -> None:
    box = image(tmp_path)
    before = layout.digest(box)
    assert layout.digest(box) == before
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "new").write_text("x")
    assert layout.digest(box) != before


def test_the_runner_that_is_copied_into_the_box_imports_nothing_of_ours() -> None:
    sources = layout.runner_sources()
    assert set(sources) == {"__init__.py", "frames.py", "plain.py", "runner.py", "shell.py"}
    assert not any(b"nbassess" in source.replace(b"nothing of ours", b"") for source in sources.values())


def outcome(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """Interpret the filter as the kernel would and return what it decides."""
    rules = seccomp.program(machine)
    assert rules is not None
    steps = list(struct.iter_unpack("=HBBI", rules))
    data = {0: number, 4: audit or seccomp.ARCHITECTURES[machine].audit, 16: argument}
    place, loaded = 0, 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == seccomp.RETURN:
            return int(value)
        if code == seccomp.LOAD:
            loaded = data[value]
            continue
        test = {
            seccomp.JUMP_EQUAL: loaded == value,
            seccomp.JUMP_AT_LEAST: loaded >= value,
            seccomp.JUMP_ANY_BIT: bool(loaded & value),
        }[code]
        place += if_true if test else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_refuses_the_listed_calls_and_lets_others_pass(machine: str) -> None:
    """Catalogue S27, S28."""
    calls = seccomp.ARCHITECTURES[machine]
    assert all(outcome(machine, number) == seccomp.DENY | 1 for number in calls.denied.values())
    assert outcome(machine, calls.clone, 0x10000000) == seccomp.DENY | 1
    assert outcome(machine, calls.clone, 17) == seccomp.ALLOW
    assert outcome(machine, calls.clone3) == seccomp.DENY | 38
    assert [outcome(machine, calls.socket, family) for family in (1, 2, 10)] == [seccomp.ALLOW] * 3
    assert outcome(machine, calls.socket, 16) == seccomp.DENY | 97
    assert outcome(machine, 63) == seccomp.ALLOW
    assert outcome(machine, 0x40000001) == seccomp.DENY | 1
    assert outcome(machine, 63, audit=7) == seccomp.KILL


def test_a_machine_whose_calls_are_not_known_has_no_filter() -> None:
    assert seccomp.program("pdp11") is None


def version_1(root: Path) -> None:
    for controller in ("memory", "pids", "cpuacct"):
        (root / controller).mkdir(parents=True)


def test_a_version_1_group_gets_its_limits(tmp_path: Path) -> None:
    version_1(tmp_path)
    group = create_group("box", LIMITS, tmp_path)
    assert group is not None
    assert (tmp_path / "memory" / "box" / "memory.limit_in_bytes").read_text() == "1000"
    assert (tmp_path / "pids" / "box" / "pids.max").read_text() == "7"
    (tmp_path / "cpuacct" / "box" / "cpuacct.usage").write_text("1500000000\n")
    (tmp_path / "memory" / "box" / "memory.oom_control").write_text("under_oom 0\noom_kill 1\n")
    assert (group.cpu_s(), group.was_out_of_memory()) == (1.5, True)


def test_a_version_2_group_gets_its_limits(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("memory pids cpu")
    group = create_group("box", LIMITS, tmp_path)
    assert group is not None
    assert (tmp_path / "box" / "memory.max").read_text() == "1000"
    assert (tmp_path / "box" / "pids.max").read_text() == "7"
    (tmp_path / "box" / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (tmp_path / "box" / "memory.events").write_text("low 0\noom_kill 0\n")
    assert (group.cpu_s(), group.was_out_of_memory()) == (2.5, False)


def test_where_no_group_can_be_made_there_is_none(tmp_path: Path) -> None:
    assert create_group("box", LIMITS, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_limits_are_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIMITS.processes = 8  # type: ignore[misc] # what is tested
