"""The server extension: makes journal, forwarder and handlers, and takes them down with the server.

Enabled by `c.ServerApp.jpserver_extensions = {"nbassess_recorder.app": True}`. Where no service is named
(NBASSESS_API_URL), it stays inert, and so does the browser part, which looks for the page option set here.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Unicode, default

from nbassess_recorder import __version__, bundle, credential, handlers
from nbassess_recorder.errors import BundleError, ServiceRefusedError, ServiceUnreachableError
from nbassess_recorder.forward import Forwarder
from nbassess_recorder.journal import Journal
from nbassess_recorder.service import HttpService, Service

PAGE_OPTION = "nbassessRecorder"
RECEIPT_NAME = "receipt.json"
BUNDLE_RETRY_S = 1.0


class Recorder:
    """What one sitting needs at this server."""

    def __init__(self, *, journal_dir: Path, work_dir: Path, service: Service) -> None:
        """Open the journal; raises JournalError."""
        self.work_dir = work_dir
        self.service = service
        self.journal = Journal(journal_dir)
        self.forwarder = Forwarder(self.journal, service)
        self._receipt_file = journal_dir / RECEIPT_NAME

    @property
    def receipt(self) -> dict[str, Any] | None:
        """The receipt of the submission, None before it."""
        with suppress(OSError, ValueError):
            found = json.loads(self._receipt_file.read_text("utf-8"))
            return found if isinstance(found, dict) else None
        return None

    def keep_receipt(self, receipt: dict[str, Any]) -> None:
        """Keep the receipt, so that a reload of the page shows it again."""
        with suppress(OSError):  # the service has it too
            self._receipt_file.write_text(json.dumps(receipt), "utf-8")

    async def lay_out_files(self, report: Callable[[str], None]) -> None:
        """Fetch the bundle and write what is missing; tries until the service answers."""
        while True:
            try:
                written = bundle.lay_out(await self.service.bundle(), self.work_dir)
            except (ServiceUnreachableError, ServiceRefusedError) as error:
                report(f"bundle not fetched yet: {error}")
                await asyncio.sleep(BUNDLE_RETRY_S)
            except BundleError as error:
                report(f"bundle cannot be used: {error}")
                return
            else:
                report(f"bundle: {len(written)} files written")
                return


class RecorderApp(ExtensionApp):
    """Jupyter server extension of nbassess."""

    name = "nbassess_recorder"
    load_other_extensions = True

    api_url = Unicode(help="Address of the service's API; empty: the extension is inert").tag(config=True)
    journal_dir = Unicode(help="Where the journal is; only the server may enter it").tag(config=True)
    work_dir = Unicode(help="Where the candidate's files are").tag(config=True)
    api_token = Unicode(help="Token for the service; default: what the entry script passed on").tag(config=True)
    fetch_bundle = Bool(True, help="Whether to lay out the candidate's files at start").tag(config=True)

    recorder: Recorder | None = None

    @default("api_url")
    def _api_url(self) -> str:
        return os.environ.get("NBASSESS_API_URL", "")

    @default("journal_dir")
    def _journal_dir(self) -> str:
        return os.environ.get("NBASSESS_JOURNAL_DIR", "/srv/journal")

    @default("work_dir")
    def _work_dir(self) -> str:
        return os.environ.get("NBASSESS_WORK_DIR", "/home/work")

    @default("api_token")
    def _api_token(self) -> str:
        return credential.token()

    def initialize_settings(self) -> None:
        """Make the recorder and tell the page that there is one."""
        if not self.api_url:
            self.log.info("nbassess: NBASSESS_API_URL is not set, nothing is recorded")
            return
        service = HttpService(self.api_url, lambda: str(self.api_token))
        self.recorder = Recorder(journal_dir=Path(self.journal_dir), work_dir=Path(self.work_dir), service=service)
        self.settings.setdefault("page_config_data", {})[PAGE_OPTION] = __version__

    def initialize_handlers(self) -> None:
        """Add the three endpoints."""
        if self.recorder is not None:
            self.handlers.extend(handlers.routes(self.recorder))

    async def _start_jupyter_server_extension(self, _: object) -> None:
        if self.recorder is None:
            return
        self._tasks = [asyncio.ensure_future(self.recorder.forwarder.run())]
        if self.fetch_bundle:
            self._tasks.append(asyncio.ensure_future(self.recorder.lay_out_files(self._report)))

    async def stop_extension(self) -> None:
        """Stop forwarding; what is not forwarded stays in the journal for the next start."""
        if self.recorder is None:
            return
        await self.recorder.forwarder.flush(2.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.recorder.journal.close()

    def _report(self, message: str) -> None:
        self.log.info("nbassess: %s", message)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "nbassess_recorder.app", "app": RecorderApp}]
