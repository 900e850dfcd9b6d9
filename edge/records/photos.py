"""Photos of improvement tasks: files beside the database, each under the hash of its bytes.

A file is whole on the disk before a record names it; one that no record names hurts nobody.
"""

import hashlib
import os
from pathlib import Path
from tempfile import mkstemp

from edge.errors import NotFound, Unavailable, reason

FOLDER = "photos"


def keep(data: Path, jpeg: bytes) -> str:
    """Put a photo down; the SHA-256 of its bytes.

    Raises:
        Unavailable: the disk does not take it.
    """
    digest, folder = hashlib.sha256(jpeg).hexdigest(), data / FOLDER
    path = folder / f"{digest}.jpg"
    if path.exists():
        return digest
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = mkstemp(prefix=".photo-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        told = f"{folder} does not take the photo ({reason(error)}); make room there"
        raise Unavailable(told) from error
    return digest


def file_of(data: Path, sha256: str) -> Path:
    """The file of a photo.

    Raises:
        NotFound: it is not there.
    """
    path = data / FOLDER / f"{sha256}.jpg"
    if not sha256.isalnum() or not path.is_file():
        raise NotFound(f"the photo '{sha256}' is not in {FOLDER}; put the backup of it there")
    return path
