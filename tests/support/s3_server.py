"""A real S3 server on this machine (moto), installed beside the environment and never in it.

Its versions are pinned in s3-server.txt, made by `uv pip compile --universal --no-header --no-annotate` from moto[s3],
flask and flask-cors.
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.tree import ROOT

_PINNED = ROOT / "tests" / "support" / "s3-server.txt"
_FOLDER = ROOT / "var" / "s3-server"
_UV = ROOT / ".tools" / "bin" / "uv"
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class S3:
    """A running server."""

    port: int

    def url(self, place: str) -> str:
        """The URL of a bucket and folder, with the way to this server in it."""
        return f"s3://{place}?endpoint_override=127.0.0.1:{self.port}&scheme=http&region=us-east-1"

    def make_bucket(self, name: str) -> None:
        """Create a bucket."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", method="PUT")
        urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def running_s3() -> Iterator[S3]:
    """Start a server; its buckets are gone when it ends."""
    server = S3(free_port())
    program = "import sys; from moto.server import main; main(sys.argv[1:])"
    command = [str(_python()), "-c", program, "-H", "127.0.0.1", "-p", str(server.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_answers(server, process)
        yield server
    finally:
        process.kill()
        process.wait(10)


def _python() -> Path:
    """Install the server, once; returns the interpreter that has it."""
    python = _FOLDER / "bin" / "python"
    done = _FOLDER / "installed.txt"
    if not done.is_file() or done.read_bytes() != _PINNED.read_bytes():
        _run("venv", "--quiet", "--clear", "--python", sys.executable, str(_FOLDER))
        _run("pip", "install", "--quiet", "--no-deps", "--python", str(python), "-r", str(_PINNED))
        done.write_bytes(_PINNED.read_bytes())
    return python


def _run(*words: str) -> None:
    subprocess.run([_UV, *words], cwd=ROOT, check=True, capture_output=True, timeout=300)


def _wait_until_answers(server: S3, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _PATIENCE_S
    while time.monotonic() < limit and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/moto-api/", timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the S3 server did not start (exit code {process.poll()})")
