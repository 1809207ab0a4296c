"""The vault's rows in a file: wrapped keys, and whose were destroyed."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from closedloop.backup.manifest import NotABackup
from closedloop.backup.place import Place
from shared.privacy.masterkey import master_key
from shared.privacy.vault import KeyRow, Vault


class NoMasterKey(Exception):
    """The master key is not here, and no back-up ever holds it."""


@asynccontextmanager
async def open_vault(place: Place) -> AsyncIterator[Vault]:
    """The vault of an installation. Raises VaultUnavailable, WrongMasterKey."""
    settings = place.settings
    vault = Vault(place.dsn_of("vault"), master_key(settings.master_key or settings.data / "master.key"))
    await vault.start()
    try:
        yield vault
    finally:
        await vault.stop()


def must_have_master_key(place: Place) -> None:
    """Raises NoMasterKey: without the right one a vault must not be filled, and a new one would open nothing."""
    path = place.settings.master_key or place.settings.data / "master.key"
    if not path.exists():
        raise NoMasterKey(
            f"Put the vault's master key back first, as {path} (mode 0600): no back-up holds it. Or name its file in "
            "CLOSEDLOOP_MASTER_KEY."
        )


def erased_in(rows: Sequence[KeyRow]) -> list[str]:
    """The owners whose keys were destroyed."""
    return [row.owner for row in rows if row.wrapped is None]


def write_rows(path: Path, rows: Sequence[KeyRow]) -> None:
    """One row a line."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(_plain(row)) + b"\n" for row in rows)


def read_rows(path: Path) -> list[KeyRow]:
    """The rows of a file. Raises NotABackup."""
    try:
        return [_row(orjson.loads(line)) for line in path.read_bytes().splitlines()]
    except (ValueError, KeyError, TypeError) as broken:
        raise NotABackup(f"{path} holds no rows of a vault: {type(broken).__name__}") from broken


def _plain(row: KeyRow) -> dict[str, Any]:
    return {
        "owner": row.owner,
        "generation": row.generation,
        "wrapped": None if row.wrapped is None else b64encode(row.wrapped).decode(),
        "created_at": row.created_at,
        "destroyed_at": row.destroyed_at,
    }


def _row(plain: dict[str, Any]) -> KeyRow:
    gone = plain["destroyed_at"]
    return KeyRow(
        owner=plain["owner"],
        generation=plain["generation"],
        wrapped=None if plain["wrapped"] is None else b64decode(plain["wrapped"]),
        created_at=datetime.fromisoformat(plain["created_at"]),
        destroyed_at=None if gone is None else datetime.fromisoformat(gone),
    )
