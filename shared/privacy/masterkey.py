"""The master key: 32 random bytes in a file that only its owner (and, read-only, its group) can read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

MASTER_BYTES: Final = 32
_TOO_OPEN: Final = 0o027
"""Anything for others, and writing for the group. Reading by the group is how an orchestrator mounts a secret."""


class MasterKeyRefused(Exception):
    """The file is no safe master key; the message says what to do."""


def master_key(path: Path) -> bytes:
    """The master key in this file, which is made, with new random bytes and mode 0600, where there is none.

    Of several processes that start at once, one makes it and all read the same. Raises MasterKeyRefused, or OSError.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not S_ISREG(status.st_mode):
            raise MasterKeyRefused(f"{path} is not a file; the master key must lie in one")
        if os.name == "posix" and status.st_mode & _TOO_OPEN:
            raise MasterKeyRefused(
                f"{path} can be read or changed by others than its owner (mode {status.st_mode & 0o777:04o}): "
                "make it private with chmod 600, and treat the key as known to whoever could read it"
            )
        key = file.read(MASTER_BYTES + 1)
    if len(key) != MASTER_BYTES:
        size = f"more than {MASTER_BYTES}" if len(key) > MASTER_BYTES else str(len(key))
        raise MasterKeyRefused(
            f"{path} has {size} bytes, a master key has exactly {MASTER_BYTES} raw ones (no hex, no line end): "
            "bring back the right file; without it nothing that was sealed can be read"
        )
    return key


def _make(path: Path) -> None:
    """Written whole under another name first, then linked: a link never replaces, and no reader sees half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(MASTER_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """The name must survive a power cut as surely as what is sealed under the key does."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
