"""An analyst's Jupyter server without a hub: the dashboards as they are installed, a fixture of the API behind them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from tests.support.ports import free_port

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "dashboards"
BASE = "/user/staff-mia/"


def _environment(api_url: str, token: str, home: Path) -> dict[str, str]:
    package = files("nbassess_dashboards")
    return {
        "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / ".runtime"),
        "JUPYTER_CONFIG_PATH": str(package / "etc"),
        "JUPYTER_PATH": str(package / "share"),
        "NBASSESS_API_URL": api_url,
        "JUPYTERHUB_API_TOKEN": token,
    }


@contextmanager
def analyst_server(api_url: str, token: str, home: Path) -> Iterator[str]:
    """Run JupyterLab with Voilà; yields its address. The log is `home`/server.log."""
    shutil.copytree(NOTEBOOKS, home / "dashboards")
    _settle(home)
    port = free_port()
    command = [
        *(sys.executable, "-P", "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.port={port}", f"--ServerApp.base_url={BASE}", f"--ServerApp.root_dir={home}"),
        *("--IdentityProvider.token=", "--ServerApp.terminals_enabled=False"),
    ]
    url = f"http://127.0.0.1:{port}{BASE}"
    with (home / "server.log").open("ab") as log:
        server = subprocess.Popen(command, env=_environment(api_url, token, home), stdout=log, stderr=log, cwd=home)
        try:
            _await_answer(server, f"{url}api", home / "server.log")
            yield url
        finally:
            server.terminate()
            server.wait(30)


def _settle(home: Path) -> None:
    """No news pop-up: the setting that the analyst image ships."""
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")


def _await_answer(server: subprocess.Popen[bytes], url: str, log: Path, timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"no answer from {url} in {timeout_s} s"
            time.sleep(0.1)
