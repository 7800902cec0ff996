"""Code in a candidate's kernel against everything around it: real container, real hub, real attempts.

Promise: default-deny; threats S01-S08, S17-S19, S23-S31, H16, H17. Wherever an attempt must fail, a positive control
shows that it could have succeeded.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import pytest

from tests.support.containers import as_root, container_of, open_kernel, server_token
from tests.support.hub_stand import MIB, HubStand
from tests.support.kernel_client import Kernel, KernelDied

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

ALICE = "s-aaaaaaaaaaaa"
BOB = "s-bbbbbbbbbbbb"
ATTEMPT = """
import errno, os
def attempt(what, *arguments):
    try:
        return str(what(*arguments))
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
"""


@contextmanager
def listening(address: str) -> Iterator[int]:
    """Listen on the host and answer nothing; yields the port."""
    with socket.create_server((address, 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            thread.join()


def reaches(kernel: Kernel, address: str, port: int) -> bool:
    """Return whether code in the kernel gets a TCP connection."""
    reached: bool = kernel.ask(f"""
        import socket
        try:
            socket.create_connection(({address!r}, {port}), timeout=3).close()
            answer = True
        except OSError:
            answer = False
    """)
    return reached


# ---- who the code is ------------------------------------------------------------------------------------------------


def test_kernel_has_an_own_uid_no_capability_and_no_way_up(kernel: Kernel) -> None:
    status = kernel.ask("""
        import os
        lines = open("/proc/self/status").read().splitlines()
        answer = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
        answer["groups"] = os.getgroups()
    """)
    assert len(set(status["Uid"].split())) == 1
    assert int(status["Uid"].split()[0]) > 20_000
    assert set(status["Gid"].split()) == {"2000"}
    assert status["groups"] in ([], [2000])
    assert [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0, 0, 0, 0]
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_two_candidates_kernels_have_different_uids(stand: HubStand, kernel: Kernel) -> None:
    with open_kernel(stand, BOB) as bobs:
        assert kernel.ask("import os; answer = os.getuid()") != bobs.ask("import os; answer = os.getuid()")


def test_setuid_program_gains_nothing(kernel: Kernel, alice_container: Any) -> None:
    plant = "cp /usr/bin/id /home/work/rootid && chmod 4755 /home/work/rootid && ls -l /home/work/rootid"
    code, output = as_root(alice_container, plant)
    assert code == 0, output
    assert "-rwsr-xr-x" in output
    assert kernel.ask("""
        import os, subprocess
        done = subprocess.run(["/home/work/rootid", "-u"], capture_output=True, text=True)
        answer = done.stdout.strip() == str(os.getuid())
    """)


def test_kernel_cannot_make_namespaces_or_mount(kernel: Kernel) -> None:
    answer = kernel.ask("""
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        def call(name, *arguments):
            result = getattr(libc, name)(*arguments)
            return "done" if result == 0 else errno.errorcode[ctypes.get_errno()]
        new_user, new_mount = 0x10000000, 0x00020000
        answer = [call("unshare", new_user), call("unshare", new_mount)]
        answer.append(call("mount", b"x", b"/tmp", b"tmpfs", 0, None))
    """)
    assert answer == ["EPERM", "EPERM", "EPERM"]


# ---- the server beside it -------------------------------------------------------------------------------------------


def test_kernel_reads_nothing_of_the_server_process(kernel: Kernel, alice_container: Any) -> None:
    found = kernel.ask("""
        import os
        answer = {"own": [], "foreign": [], "text": ""}
        for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
            try:
                mine = os.stat(f"/proc/{pid}").st_uid == os.getuid()
            except OSError:
                continue
            for name in ("environ", "mem", "maps", "fd", "root", "cwd"):
                path = f"/proc/{pid}/{name}"
                try:
                    if name in ("fd", "root", "cwd"):
                        text = str(os.listdir(path))
                    else:
                        with open(path, "rb") as file:
                            text = "" if name == "mem" else file.read().decode("latin-1")
                except OSError:
                    continue
                answer["own" if mine else "foreign"].append(path)
                answer["text"] += text
        answer["text"] += str(dict(os.environ))
    """)
    assert any(path.endswith("/environ") for path in found["own"])
    assert found["foreign"] == []
    token = server_token(alice_container)
    assert len(token) >= 32
    assert token not in found["text"]
    _, inside = as_root(alice_container, "cat /proc/*/environ")
    assert token not in inside


def test_kernel_cannot_signal_or_trace_the_server(kernel: Kernel, alice_container: Any) -> None:
    """R02: neither stop nor kill nor trace, server and recorder alike."""
    answers = kernel.ask(
        ATTEMPT
        + """
import ctypes, signal
libc = ctypes.CDLL(None, use_errno=True)
def ptrace(pid):
    return "done" if libc.ptrace(16, pid, 0, 0) == 0 else errno.errorcode[ctypes.get_errno()]
answer = {}
for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
    if os.stat(f"/proc/{pid}").st_uid != os.getuid():
        answer[pid] = [attempt(os.kill, pid, signal.SIGSTOP), attempt(os.kill, pid, signal.SIGKILL), ptrace(pid)]
"""
    )
    assert len(answers) >= 2, "init and the server are there to be attacked"
    assert all(answer == ["EPERM", "EPERM", "EPERM"] for answer in answers.values()), answers
    alice_container.reload()
    assert alice_container.status == "running"


def test_kernel_cannot_touch_the_journal(kernel: Kernel, alice_container: Any) -> None:
    """R01, R07: what was recorded lies where code in a cell can neither read nor write."""
    assert as_root(alice_container, "echo canary > /srv/journal/canary && cat /srv/journal/canary") == (0, "canary\n")
    answers = kernel.ask(
        ATTEMPT
        + """
answer = [
    attempt(os.listdir, "/srv/journal"),
    attempt(open, "/srv/journal/canary"),
    attempt(open, "/srv/journal/canary", "a"),
    attempt(open, "/srv/journal/new", "w"),
    attempt(os.rename, "/srv/journal/canary", "/home/work/canary"),
    attempt(os.unlink, "/srv/journal/canary"),
    attempt(os.link, "/srv/journal/canary", "/home/work/canary"),
]
answer.append(attempt(os.rename, "/srv/journal", "/srv/other") in ("EACCES", "EROFS", "EBUSY", "EPERM"))
"""
    )
    assert answers == ["EACCES"] * 7 + [True]
    assert as_root(alice_container, "cat /srv/journal/canary") == (0, "canary\n")


def test_server_lives_in_a_read_only_image(kernel: Kernel, alice_container: Any) -> None:
    for path in ("/usr", "/etc", "/opt/venv", "/", "/home"):
        _, output = as_root(alice_container, f"touch {path}/planted")
        assert "Read-only file system" in output, path
    answers = kernel.ask(
        ATTEMPT
        + """
places = ["/usr", "/etc", "/opt/venv", "/", "/home", "/srv", "/srv/server", "/run/nb", "/run/nbassess", "/var/tmp"]
answer = {place: attempt(open, place + "/planted", "w") for place in places}
answer["/home/work"] = "written" if "planted" in attempt(open, "/home/work/planted", "w") else "refused"
"""
    )
    assert answers.pop("/home/work") == "written"
    assert set(answers.values()) <= {"EROFS", "EACCES"}, answers


# ---- the network ----------------------------------------------------------------------------------------------------


def test_kernel_reaches_hub_and_service_and_no_other_port_of_the_host(stand: HubStand, kernel: Kernel) -> None:
    gateway = stand.settings.network.gateway
    assert reaches(kernel, gateway, stand.settings.hub.port)
    assert reaches(kernel, gateway, stand.settings.service.port)
    with listening("0.0.0.0") as everywhere, listening(gateway) as inside:
        for port in (everywhere, inside):
            socket.create_connection((gateway, port), timeout=3).close()
            assert not reaches(kernel, gateway, port)
    assert not reaches(kernel, gateway, stand.settings.hub.proxy_api_port)
    assert not reaches(kernel, "127.0.0.1", stand.settings.hub.proxy_api_port)


def test_kernel_cannot_reach_another_candidates_server(
    stand: HubStand, kernel: Kernel, engine: docker.DockerClient
) -> None:
    bob = container_of(stand, engine, BOB)
    network = bob.attrs["NetworkSettings"]["Networks"][f"{stand.settings.instance.name}-sittings"]
    socket.create_connection((network["IPAddress"], 8888), timeout=3).close()
    assert not reaches(kernel, network["IPAddress"], 8888)
    assert not reaches(kernel, bob.name, 8888)
    assert ALICE not in bob.name
    assert BOB not in bob.name


def test_kernel_reaches_neither_internet_nor_cloud_metadata(kernel: Kernel) -> None:
    for address, port in (("169.254.169.254", 80), ("1.1.1.1", 443), ("8.8.8.8", 53), ("172.17.0.1", 22)):
        assert not reaches(kernel, address, port), address
    failed_after_s = kernel.ask("""
        import socket, time
        begin = time.monotonic()
        try:
            socket.getaddrinfo("example.org", 443)
            answer = None
        except OSError:
            answer = time.monotonic() - begin
    """)
    assert failed_after_s is not None
    assert failed_after_s < 5


def test_kernel_has_one_interface_and_no_raw_sockets(kernel: Kernel) -> None:
    answer = kernel.ask(
        ATTEMPT
        + """
import socket
def lines(path):
    return open(path).read().splitlines() if os.path.exists(path) else []
sockets = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/dev/kvm", "/dev/mem")
answer = [
    sorted(name for _, name in socket.if_nameindex()),
    attempt(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1),
    attempt(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 3),
    [line for line in lines("/proc/net/if_inet6") if not line.endswith(" lo")],
    [path for path in sockets if os.path.exists(path)],
]
"""
    )
    interfaces, raw, packet, v6, sockets = answer
    assert "eth0" in interfaces
    assert "eth1" not in interfaces
    assert (raw, packet) == ("EPERM", "EPERM")
    assert v6 == []
    assert sockets == []


# ---- what it may use up ---------------------------------------------------------------------------------------------


def test_fork_bomb_stays_within_its_processes_and_the_server_answers(stand: HubStand, kernel: Kernel) -> None:
    forked = kernel.ask("""
        import os, signal
        children = []
        try:
            while len(children) < 5000:
                pid = os.fork()
                if pid == 0:
                    signal.pause()
                    os._exit(0)
                children.append(pid)
        except BlockingIOError:
            pass
        answer = len(children)
    """)
    limits = stand.settings.limits
    assert 10 < forked < limits.kernel_processes
    assert kernel.api.get("/status").status_code == 200
    kernel.run("""
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    """)


def test_what_a_kernel_leaves_behind_ends_with_it(stand: HubStand, alice_container: Any) -> None:
    with open_kernel(stand, ALICE) as kernel:
        pid = kernel.ask("""
            import subprocess
            answer = subprocess.Popen(["sleep", "7777"], start_new_session=True).pid
        """)
        assert pid > 0
        assert "7777" in as_root(alice_container, "cat /proc/*/cmdline | tr '\\0' ' '")[1]
    assert "sleep 7777" not in as_root(alice_container, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")[1].replace("tr", "")


def test_memory_bomb_ends_the_kernel_and_not_the_server(stand: HubStand, alice_container: Any) -> None:
    with open_kernel(stand, ALICE) as kernel, pytest.raises((KernelDied, AssertionError)):
        kernel.run(f"hoard = [bytearray({64 * MIB}) for _ in range(10_000)]", timeout_s=120)
    with open_kernel(stand, ALICE) as again:
        assert again.ask("answer = 1") == 1
    alice_container.reload()
    assert alice_container.status == "running"
    assert alice_container.attrs["RestartCount"] == 0


def test_quota_stops_the_kernel_and_leaves_room_for_the_journal(kernel: Kernel, alice_container: Any) -> None:
    work_bytes = 32 * MIB
    written, error = kernel.ask("""
        import errno, os
        written, answer = 0, None
        for number in range(100):
            try:
                with open(f"/home/work/big{number}", "wb", buffering=0) as file:
                    for _ in range(64):
                        written += file.write(bytes(65536))
            except OSError as error:
                answer = [written, errno.errorcode[error.errno]]
                break
    """)
    try:
        assert error == "ENOSPC"
        assert written < work_bytes
        code, output = as_root(alice_container, "dd if=/dev/zero of=/srv/journal/after bs=64k count=8 conv=fsync 2>&1")
        assert code == 0, output
    finally:
        kernel.run("import glob, os\nfor path in glob.glob('/home/work/big*'): os.unlink(path)")
        as_root(alice_container, "rm -f /srv/journal/after")


# ---- the contents API -----------------------------------------------------------------------------------------------


def test_contents_api_follows_no_planted_link(kernel: Kernel, alice_container: Any) -> None:
    assert as_root(alice_container, "echo canary > /srv/server/canary")[0] == 0
    kernel.run("""
        import os
        open("/home/work/plain.txt", "w").write("plain")
        os.makedirs("/home/work/folder", exist_ok=True)
        links = {"shadow": "/etc/shadow", "environ": "/proc/self/environ", "home": "/srv/server"}
        links |= {"journal": "/srv/journal", "folder/up": "../../../srv/server", "near": "plain.txt"}
        for name, target in links.items():
            if not os.path.lexists(f"/home/work/{name}"):
                os.symlink(target, f"/home/work/{name}")
    """)
    plain = kernel.api.get("/contents/plain.txt")
    assert (plain.status_code, plain.json()["content"]) == (200, "plain")
    for name in ("shadow", "environ", "home/canary", "journal/canary", "folder/up/canary"):
        read = kernel.api.get(f"/contents/{name}")
        assert read.status_code >= 400, (name, read.text)
        assert "canary" not in read.text.replace(name, "")
    new = {"type": "file", "format": "text", "content": "planted"}
    assert kernel.api.put("/contents/home/planted.txt", json=new).status_code >= 400
    assert as_root(alice_container, "ls /srv/server/planted.txt")[0] != 0
    assert kernel.api.get("/contents/../../etc/passwd").status_code >= 400


def test_terminals_are_not_there(kernel: Kernel) -> None:
    assert kernel.api.get("/terminals").status_code == 404
    assert kernel.api.post("/terminals").status_code == 404
