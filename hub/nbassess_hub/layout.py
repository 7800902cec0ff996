"""What lies where in the state directory.

<state_dir>/
  secrets/               0700; proxy_token, service_token, admin_token, cookie_secret, stack_token, signing_key:
                         one line each, 0600
  hub.sqlite             JupyterHub's own database
  nbassess.sqlite        the service's database, unless service.database_url says otherwise
  reserve                blocks that are given back when the disk is full (`disk`)
  recordings/            sealed recordings, unless recordings.url says otherwise
  logs/<process>.log     one per process of the control plane
  run/<process>.pid      who was started by the stack
  volumes/<sitting>.img  the ext4 image of one sitting's work volume (mode docker)
  volumes/<sitting>/     where it is mounted; in mode local a plain directory of the same shape
    work/                what the person works on: /home/work of the notebook server
    journal/             the recorder's journal: /srv/journal of the notebook server
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Name the places below one state directory; making them is the owner's business."""

    root: Path

    @property
    def secrets(self) -> Path:
        """Return the directory of secret files."""
        return self.root / "secrets"

    @property
    def recordings(self) -> Path:
        """Return the directory of sealed recordings."""
        return self.root / "recordings"

    @property
    def logs(self) -> Path:
        """Return the directory of the processes' logs."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Return the directory of pid files."""
        return self.root / "run"

    @property
    def volumes(self) -> Path:
        """Return the directory of work volumes."""
        return self.root / "volumes"

    @property
    def hub_database(self) -> Path:
        """Return JupyterHub's database file."""
        return self.root / "hub.sqlite"

    @property
    def service_database(self) -> Path:
        """Return the service's database file."""
        return self.root / "nbassess.sqlite"
