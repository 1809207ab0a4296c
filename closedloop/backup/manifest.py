"""What a back-up holds: its parts with their instants and hashes. Written last: a folder without it is no back-up."""

import asyncio
import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT = 1
_FILE = "manifest.json"
_PIECE = 1024 * 1024


class NotABackup(Exception):
    """The folder holds no whole back-up, or one that was changed. The message says what differs."""


class Part(BaseModel):
    """One file of a back-up. `began` and `ended` bound the instant of which it is; parts are of different instants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """A service, `log/<partition>`, `vault`, `erased` or `providers`."""
    file: str
    began: datetime
    ended: datetime
    bytes: int
    sha256: str
    counts: dict[str, int] = {}
    migration: str | None = None
    """Of a database: the newest migration that had run."""


class Manifest(BaseModel):
    """The whole of a back-up. No key of the house is ever in it: neither the vault's master key nor the issuer's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    version: str
    """Of Closedloop."""
    log: str
    """The identity of the log that the parts stood in."""
    parts: tuple[Part, ...]
    clock_ahead: float = 0.0
    """Seconds by which the demo's business clock was ahead of the machine's."""
    payments_go_to: str | None = None

    def named(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def of_log(self) -> list[Part]:
        """The log's partitions, in order."""
        return sorted((part for part in self.parts if part.name.startswith("log/")), key=lambda part: part.name)


def write(folder: Path, manifest: Manifest) -> str:
    """Complete a back-up; gives the manifest's SHA-256, by which the whole can be known again. Blocks."""
    body = manifest.model_dump_json(indent=1).encode() + b"\n"
    draft = folder / f".{_FILE}"
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / _FILE)
    sync_folder(folder)
    return hashlib.sha256(body).hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest of a back-up. Raises NotABackup."""
    try:
        manifest = Manifest.model_validate_json((folder / _FILE).read_bytes())
    except OSError:
        raise NotABackup(f"There is no back-up in {folder}: it has no {_FILE}, so none was finished there.") from None
    except ValidationError as broken:
        raise NotABackup(f"{folder / _FILE} can't be read: {broken.error_count()} faults in it.") from None
    if manifest.format != FORMAT:
        raise NotABackup(f"The back-up in {folder} is of format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def part_of(
    folder: Path,
    name: str,
    file: str,
    began: datetime,
    ended: datetime,
    counts: dict[str, int] | None = None,
    migration: str | None = None,
) -> Part:
    """The part that was written into this file, made durable. Blocks."""
    path = folder / file
    path.chmod(0o600)
    with path.open("rb") as written:
        os.fsync(written.fileno())
    return Part(
        name=name,
        file=file,
        began=began,
        ended=ended,
        bytes=path.stat().st_size,
        sha256=hash_of(path),
        counts=counts or {},
        migration=migration,
    )


async def differences(folder: Path, parts: Iterable[Part]) -> list[str]:
    """Of these parts, in words, each whose file is not as it was written."""
    found = []
    for part in parts:
        path = folder / part.file
        if not path.is_file():
            found.append(f"{part.name}: {part.file} is missing")
        elif path.stat().st_size != part.bytes:
            found.append(f"{part.name}: {part.file} has {path.stat().st_size} bytes instead of {part.bytes}")
        elif await asyncio.to_thread(hash_of, path) != part.sha256:
            found.append(f"{part.name}: {part.file} was changed, its SHA-256 is another")
    return found


def hash_of(path: Path) -> str:
    """SHA-256 (hex) of a file. Blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def empty_folder(folder: Path) -> None:
    """Make the folder for a back-up, readable by its owner alone. Raises ValueError if something is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty. Give each back-up a new folder: none is ever written over another.")
    folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
