"""Where this instance's recordings are, read off its settings."""

from nbassess_hub.sealing.archive import Archive
from nbassess_hub.sealing.recordings import Recordings
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.settings import Settings


def archive_of(settings: Settings) -> Archive:
    """Return the place of sealed recordings. Raises SettingsError."""
    return Archive(Storage.of(settings.recordings_url))


def recordings_of(settings: Settings) -> Recordings:
    """Return all recordings, live and sealed. Raises SettingsError."""
    return Recordings(archive_of(settings))
