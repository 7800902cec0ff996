"""Jupyter's contents manager with a witness: what is opened and saved through it is known to the watch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

if TYPE_CHECKING:
    from nbassess_recorder.watch import Watch

Json = dict[str, Any]

log = logging.getLogger(__name__)


class WitnessedContents(AsyncLargeFileManager):
    """Jupyter's own contents manager. The extension sets `watch`; a watch in trouble never stops a save."""

    watch: Watch | None = None

    async def get(self, path: str, content: bool = True, *args: Any, **kwargs: Any) -> Json:
        """Return a file, and let the watch know what a page was given."""
        model: Json = await super().get(path, content, *args, **kwargs)  # type: ignore[no-untyped-call]
        if content:
            self._tell(lambda watch: watch.opened(path.strip("/"), model))
        return model

    async def save(self, model: Json, path: str = "") -> Json:
        """Save a file, and let the watch note what was written."""
        written: Json | None = None
        self._tell(lambda watch: watch.save_begun(path.strip("/")))
        try:
            saved: Json = await super().save(model, path)  # type: ignore[no-untyped-call]
            written = model
        finally:
            self._tell(lambda watch: watch.save_ended(path.strip("/"), written))
        return saved

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename a file or folder."""
        await super().rename_file(old_path, new_path)  # type: ignore[no-untyped-call]
        self._tell(lambda watch: watch.renamed(old_path.strip("/"), new_path.strip("/")))

    async def delete_file(self, path: str) -> None:
        """Delete a file or folder."""
        await super().delete_file(path)  # type: ignore[no-untyped-call]
        self._tell(lambda watch: watch.deleted(path.strip("/")))

    async def restore_checkpoint(self, checkpoint_id: str, path: str) -> None:
        """Write a checkpoint over a file."""
        await super().restore_checkpoint(checkpoint_id, path)  # type: ignore[no-untyped-call]
        self._tell(lambda watch: watch.restored(path.strip("/")))

    def _tell(self, tell: Callable[[Watch], None]) -> None:
        if self.watch is None:
            return
        try:
            tell(self.watch)
        except Exception:
            log.exception("nbassess: the watch failed; files are served and saved all the same")
