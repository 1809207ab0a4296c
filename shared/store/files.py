"""Evidence files, sealed, in the service's own database: so any api process serves them, and no shared disk is needed.

A file is named by the SHA-256 of its ciphertext, which stays provable when the person's key is gone.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from shared.decide.known import StoredFile
from shared.privacy.keyring import Keyring, SealBroken
from shared.store.connections import Pool

_KEEP = """
insert into files (sha256, subject, owner, media_type, size, sealed, stored_by, stored_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_KEPT = "select owner, media_type, sealed from files where sha256 = $1 and subject = $2"


@dataclass(frozen=True, slots=True)
class NewFile:
    """Clear bytes that are to be kept for a subject. `owner`: whose key seals them (the person of the complaint)."""

    subject: str
    owner: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """The clear bytes of a file."""

    media_type: str
    content: bytes


async def keep(pool: Pool, keyring: Keyring, file: NewFile, by: str, at: datetime) -> StoredFile:
    """Seal a file and keep it. Raises PersonErased, VaultUnavailable."""
    sealed = await keyring.seal_file(file.owner, file.subject, file.media_type, file.content)
    stored = StoredFile(await _named(sealed), file.subject, file.media_type, len(file.content))
    await pool.execute(_KEEP, stored.sha256, stored.subject, file.owner, stored.media_type, stored.size, sealed, by, at)
    return stored


async def opened(pool: Pool, keyring: Keyring, name: str, subject: str) -> OpenedFile | None:
    """The file kept under this hash for this subject, opened; None if there is none.

    Raises SealBroken when the bytes are not those of the hash, and PersonErased, KeyMissing, VaultUnavailable.
    """
    rows = await pool.fetch(_KEPT, name, subject)
    if not rows:
        return None
    row = rows[0]
    # The seal alone would not tell two files of one case apart if their bytes were exchanged.
    if await _named(row["sealed"]) != name:
        raise SealBroken(f"the file {name} of {subject} does not have the bytes of its name")
    content = await keyring.open_file(row["owner"], subject, row["media_type"], row["sealed"])
    return OpenedFile(row["media_type"], content)


async def _named(sealed: bytes) -> str:
    return await asyncio.to_thread(lambda: sha256(sealed).hexdigest())
