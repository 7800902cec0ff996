"""A throw-away PostgreSQL server from the system's own packages, for tests that must hold on both databases."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

_INSTALL = "install Debian's package `postgresql` (or set no NBASSESS_REQUIRE_ALL to skip)"
_NOBODY = "nobody"


def binaries() -> Path | None:
    """Find the newest server's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def require_binaries() -> Path:
    """Return the server's programs; skip the test, or fail it where everything is required."""
    found = binaries()
    if found is not None:
        return found
    if os.environ.get("NBASSESS_REQUIRE_ALL") == "1":
        pytest.fail(f"no PostgreSQL server program under /usr/lib/postgresql; {_INSTALL}")
    pytest.skip(f"no PostgreSQL server program; {_INSTALL}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Server:
    """A running server. ``new_database`` gives each test a database of its own."""

    socket_dir: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"t{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.socket_dir}"

    def refill(self, name: str, *, like: str) -> None:
        """Make a database anew as a copy of another; nobody may be using either."""
        self._run(f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {like}")

    def _run(self, *statements: str) -> None:
        with psycopg.connect(host=str(self.socket_dir), user="postgres", dbname="postgres", autocommit=True) as link:
            for statement in statements:
                link.execute(statement.encode())


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """Start a server on a socket in a temporary directory; stop it and remove everything at the end."""
    with _cluster(programs) as folder, _postgres(programs, folder / "data", folder):
        yield Server(socket_dir=folder)


@contextmanager
def _cluster(programs: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nbassess-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _NOBODY)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(kw_only=True)
class Interruptible:
    """A server of one test's own, which can be taken away and brought back; its data stay."""

    programs: Path
    folder: Path
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Bring the server up; returns when it answers."""
        self._running.enter_context(_postgres(self.programs, self.folder / "data", self.folder))

    def stop(self) -> None:
        """End the server at once, as a crash does."""
        self._running.close()


@contextmanager
def interruptible_server(programs: Path) -> Iterator[Interruptible]:
    """Start a server that the test may interrupt; remove everything at the end."""
    with _cluster(programs) as folder:
        server = Interruptible(programs=programs, folder=folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def _postgres(programs: Path, data: Path, folder: Path) -> Iterator[None]:
    command = _as_nobody(
        programs / "postgres", "-D", data, "-k", folder, "-h", "", "-c", "max_connections=150", "-c", "fsync=off"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_answers(folder, process)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nobody wants these data again
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_until_answers(folder: Path, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit and process.poll() is None:
        if (folder / ".s.PGSQL.5432").is_socket() and _answers(folder):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=2).close()
    except (OSError, psycopg.OperationalError):
        return False
    return True


def _run(*command: object) -> None:
    subprocess.run(_as_nobody(*command), check=True, capture_output=True, timeout=120)


def _as_nobody(*command: object) -> list[str]:
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        return words
    return ["setpriv", f"--reuid={_NOBODY}", "--regid=nogroup", "--clear-groups", *words]
