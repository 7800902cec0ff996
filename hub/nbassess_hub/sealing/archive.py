"""The sealed files of this instance: each opened only when it is the very file that its seal speaks of."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import pyarrow as pa

from nbassess_hub.errors import SealError
from nbassess_hub.sealing.reader import SealedRecording
from nbassess_hub.sealing.storage import Storage
from nbassess_hub.store.models import Seal

# A file up to this size is fetched in one go and compared with its SHA-256; of a larger one only parts are read.
_FETCHED_BYTES = 64 * 2**20
_HASHED_BYTES = 2**20


def file_name(sitting_id: str, head: str) -> str:
    """Return the name of a sitting's sealed file."""
    return f"{sitting_id}-{head[:16]}.parquet"


@dataclass(frozen=True, slots=True)
class Archive:
    """Open sealed recordings."""

    storage: Storage

    def open(self, seal: Seal) -> SealedRecording:
        """Open the file of a seal. Raises SealError: it is lost, or another file lies in its place."""
        url = self.storage.url_of(file_name(seal.sitting_id, seal.head))
        if seal.bytes <= _FETCHED_BYTES:
            return SealedRecording(BytesIO(self.content(seal)), url)
        file = self._file(seal, url)
        size = file.seek(0, 2)
        file.seek(0)
        if size != seal.bytes:
            file.close()
            raise _not_this_file(seal, url, f"has {size} bytes, sealed were {seal.bytes}")
        return SealedRecording(file, url)

    def content(self, seal: Seal) -> bytes:
        """Return the whole file of a seal. Raises SealError: it is lost, or another file lies in its place."""
        url = self.storage.url_of(file_name(seal.sitting_id, seal.head))
        with self._file(seal, url) as file:
            content = file.read(seal.bytes + 1)
        if hashlib.sha256(content).hexdigest() != seal.sha256:
            raise _not_this_file(seal, url, "has another SHA-256 than what was sealed")
        return content

    def check(self, seal: Seal) -> SealedRecording:
        """Read the whole file and check its SHA-256 and its chain. Raises SealError, ChainError."""
        if seal.bytes > _FETCHED_BYTES:
            self._check_digest(seal)
        sealed = self.open(seal)  # a smaller file is compared there
        try:
            sealed.verify(head=seal.head)
        except BaseException:
            sealed.close()
            raise
        return sealed

    def _check_digest(self, seal: Seal) -> None:
        url = self.storage.url_of(file_name(seal.sitting_id, seal.head))
        with self._file(seal, url) as file:
            digest = hashlib.sha256()
            while part := file.read(_HASHED_BYTES):
                digest.update(part)
        if digest.hexdigest() != seal.sha256:
            raise _not_this_file(seal, url, "has another SHA-256 than what was sealed")

    def _file(self, seal: Seal, url: str) -> IO[bytes]:
        try:
            return self.storage.open(file_name(seal.sitting_id, seal.head))
        except FileNotFoundError as error:
            raise SealError(
                f"{url}: the sealed recording of sitting {seal.sitting_id} is not there (sealed at {seal.url}, SHA-256 "
                f"{seal.sha256}). Restore it from the backup, or correct [recordings] url; it is lost, not empty."
            ) from error
        except (OSError, pa.ArrowException) as error:
            raise SealError(
                f"{url}: the sealed recording of sitting {seal.sitting_id} cannot be reached ({error}). Try again, or "
                "see [recordings] url."
            ) from error


def _not_this_file(seal: Seal, url: str, why: str) -> SealError:
    return SealError(
        f"{url}: {why}; this is not the sealed recording of sitting {seal.sitting_id}. Restore the file with SHA-256 "
        f"{seal.sha256} from the backup; until then the recording is unavailable, not empty."
    )
