"""The candidate's Jupyter server as a process that a test kills and starts again on the same journal."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.recorder_lab import environment, until

AUTOSAVE = "settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings"


@dataclass
class NotebookServer:
    """JupyterLab with the recorder, on a fixed port."""

    home: Path
    port: int
    url: str
    """The collector's address, as this server sees it."""
    token: str
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """What it printed, over all starts."""
        return self.home / "server.log"

    @property
    def work(self) -> Path:
        """The candidate's files."""
        return self.home / "work"

    def lay_out(self, files: dict[str, str]) -> None:
        """Put files into the home before the first start, and let notebooks save themselves every few seconds."""
        for path, text in {**files, AUTOSAVE: json.dumps({"autosaveInterval": 4})}.items():
            (self.home / path).parent.mkdir(parents=True, exist_ok=True)
            (self.home / path).write_text(text, "utf-8")

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            *(sys.executable, "-P", "-m", "jupyter", "lab", "--no-browser", "--ServerApp.port_retries=0"),
            *(f"--ServerApp.port={self.port}", "--LabApp.expose_app_in_browser=True"),
            f"--RecorderApp.api_token={self.token}",
        ]
        self.starts += 1
        with self.log.open("ab") as log:
            env = environment(self, self.home)
            self._process = process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.home)
        until(lambda: self._answers() or process.poll() is not None, "JupyterLab answers", 60)
        assert process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """End it in order."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self.kill()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
