"""The keys of personal data: one per owner, wrapped by a master key, in a small PostgreSQL database of their own.

Destroying an owner's key erases the owner. What is left is a row without a key, for ever, so that the owner never gets
a new one. PostgreSQL's dead rows and write-ahead log keep the wrapped bytes until they are vacuumed and recycled; so
this database's backups are short-lived, and the master key lies somewhere else.
"""

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.db import keep_session, why_not
from shared.privacy.keycache import DESTROYED, KeyCache
from shared.privacy.masterkey import MASTER_BYTES, MasterKeyRefused, master_key
from shared.privacy.personal import checked_owner

KEY_BYTES: Final = 32
__all__ = ["MasterKeyRefused", "Vault", "VaultUnavailable", "WrongMasterKey", "master_key"]

NONCE_BYTES: Final = 12
CACHE_SECONDS: Final = 30.0
CACHE_OWNERS: Final = 100_000
_ANSWER_WITHIN: Final = 5.0
_LOCK: Final = int.from_bytes(b"clvault")
_CHECK: Final = "check of the master key"
"""The row whose key is opened at the start, so that another master key is noticed before a single key is made under
it. No owner is called so: an owner has no spaces."""
_UNAVAILABLE: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""The last two also in the midst of work: a lost connection is made anew within the statement that needs it."""

_TABLE = """
CREATE TABLE IF NOT EXISTS vault_keys (
    owner        text PRIMARY KEY,
    generation   int NOT NULL DEFAULT 1,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
)"""
_READ = "SELECT owner, wrapped FROM vault_keys WHERE owner = ANY($1)"
_READ_OR_MAKE = """
WITH made AS (
    INSERT INTO vault_keys (owner, wrapped)
    SELECT candidate.owner, candidate.wrapped FROM unnest($1::text[], $2::bytea[]) AS candidate (owner, wrapped)
    WHERE NOT EXISTS (SELECT FROM vault_keys known WHERE known.owner = candidate.owner)
    ORDER BY candidate.owner
    ON CONFLICT (owner) DO NOTHING
    RETURNING owner, wrapped
)
SELECT owner, wrapped FROM made UNION ALL SELECT owner, wrapped FROM vault_keys WHERE owner = ANY($1)"""
_DESTROY = """
INSERT INTO vault_keys (owner, destroyed_at) VALUES ($1, now())
ON CONFLICT (owner) DO UPDATE SET wrapped = NULL, destroyed_at = coalesce(vault_keys.destroyed_at, now())"""
_DESTROYED = "SELECT owner FROM vault_keys WHERE owner = ANY($1) AND wrapped IS NULL"
_DESTROY_ALL = """
INSERT INTO vault_keys (owner, destroyed_at) SELECT owner, now() FROM unnest($1::text[]) owner ORDER BY owner
ON CONFLICT (owner) DO UPDATE SET wrapped = NULL, destroyed_at = now() WHERE vault_keys.wrapped IS NOT NULL
RETURNING owner"""
_UNKNOWN = """
SELECT owner FROM unnest($1::text[]) owner WHERE NOT EXISTS (SELECT FROM vault_keys k WHERE k.owner = owner.owner)"""
_ROWS = """
SELECT owner, generation, wrapped, created_at, destroyed_at FROM vault_keys WHERE owner > $1 ORDER BY owner LIMIT $2"""
_PUT_BACK = """
INSERT INTO vault_keys (owner, generation, wrapped, created_at, destroyed_at)
SELECT * FROM unnest($1::text[], $2::int[], $3::bytea[], $4::timestamptz[], $5::timestamptz[])
ON CONFLICT (owner) DO NOTHING"""
_AT_ONCE: Final = 5_000
"""Rows of one statement, so that it ends in time."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row as a back-up keeps it: the key wrapped, or none and when it was destroyed."""

    owner: str
    generation: int
    wrapped: bytes | None
    created_at: datetime
    destroyed_at: datetime | None


class VaultUnavailable(Exception):
    """The vault did not answer, or not in time. Nothing was sealed or opened; try again."""


class WrongMasterKey(Exception):
    """A key in the vault can't be opened with this master key. It is not erased: bring back the right master key."""


async def make_table(connection: Any) -> None:
    """Make the vault's table if it is not there."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_TABLE)


class Vault:
    """Keys by owner. `start` before use, `stop` after it; safe for use by many tasks of one event loop.

    A key that was read is kept for at most `cache_seconds`, so another process's `destroy` takes hold here within them.
    """

    def __init__(self, dsn: str, master: bytes, *, cache_seconds: float = CACHE_SECONDS) -> None:
        if len(master) != MASTER_BYTES:
            raise ValueError(f"a master key has {MASTER_BYTES} bytes, this one has {len(master)}")
        self._dsn = dsn
        self._master = AESGCM(master)
        self._cache = KeyCache(CACHE_OWNERS, cache_seconds)
        self._pool: asyncpg.Pool[Any] | None = None

    async def start(self) -> None:
        """Connect, and make the table if need be. Raises VaultUnavailable, or WrongMasterKey."""
        if self._pool is not None:
            return
        try:
            pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=4,
                timeout=_ANSWER_WITHIN,
                command_timeout=_ANSWER_WITHIN,
                reset=keep_session,
                # A key must be on disk before the first ciphertext under it is in the log.
                server_settings={"application_name": "closedloop-vault", "synchronous_commit": "on"},
            )
        except _UNAVAILABLE as error:
            raise VaultUnavailable(f"the vault's database can't be reached: {why_not(error)}") from error
        self._pool = pool
        try:
            await self._prepare(pool)
            await self.keys([_CHECK], create=True)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the connections and forget the keys."""
        pool, self._pool = self._pool, None
        self._cache.clear()
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), _ANSWER_WITHIN)
            except _UNAVAILABLE:
                pool.terminate()

    async def keys(self, owners: Collection[str], *, create: bool) -> dict[str, bytes | None]:
        """The data key (32 bytes) of each owner, made where there is none yet if `create`; one round trip for all.

        None: destroyed, or (without `create`) unknown; `destroyed` tells the two apart. Raises VaultUnavailable, and
        WrongMasterKey.
        """
        found, missing = self._cache.take(owners)
        if missing:
            since = monotonic()
            rows = await (self._read_or_make(missing) if create else self._fetch(_READ, missing))
            for owner, wrapped in rows:
                key = DESTROYED if wrapped is None else self._unwrapped(owner, wrapped)
                found[owner] = self._cache.put(owner, key, since)
        return {owner: found.get(owner) or None for owner in owners}

    async def destroyed(self, owners: Collection[str]) -> set[str]:
        """Those of the owners whose key is known to be destroyed. Raises VaultUnavailable."""
        found, missing = self._cache.take(owners)
        gone = {owner for owner, key in found.items() if key == DESTROYED}
        return gone | {owner for (owner,) in await self._fetch(_DESTROYED, missing)} if missing else gone

    async def destroy(self, owner: str) -> None:
        """Destroy the owner's key for ever, also of an owner never seen before (a vault restored from before it).

        Repeating it changes nothing. Others may use a key they have cached for CACHE_SECONDS more.
        Raises VaultUnavailable, or ValueError for what is no owner.
        """
        await self._fetch(_DESTROY, checked_owner(owner))
        self._cache.put(owner, DESTROYED, monotonic())

    async def destroy_all(self, owners: Collection[str]) -> set[str]:
        """The same for many at once; gives those whose key was still there, or who were not known at all."""
        wanted = sorted(checked_owner(owner) for owner in owners)
        done: set[str] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            rows = await self._fetch(_DESTROY_ALL, wanted[start : start + _AT_ONCE])
            done |= {owner for (owner,) in rows}
        for owner in done:
            self._cache.put(owner, DESTROYED, monotonic())
        return done

    async def unknown(self, owners: Collection[str]) -> set[str]:
        """Those of the owners of whom there is neither a key nor a record that it was destroyed: it was lost."""
        wanted = sorted(owners)
        found: set[str] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            found |= {owner for (owner,) in await self._fetch(_UNKNOWN, wanted[start : start + _AT_ONCE])}
        return found

    async def rows(self) -> list[KeyRow]:
        """Every row, for a back-up. One that is made or destroyed meanwhile is there or not, as of one of the two."""
        found: list[KeyRow] = []
        while rows := await self._fetch(_ROWS, found[-1].owner if found else "", _AT_ONCE):
            found += [KeyRow(**dict(row)) for row in rows]
        return found

    async def put_back(self, rows: Sequence[KeyRow], erased: Collection[str]) -> None:
        """Fill an empty vault from a back-up, and destroy again, before anybody can ask, what was destroyed since.

        All or nothing. Raises WrongMasterKey if the rows were wrapped by another, ValueError if keys are here already.
        """
        for row in rows:
            if row.owner == _CHECK and row.wrapped is not None:
                self._unwrapped(row.owner, row.wrapped)
        if await self._fetch("SELECT FROM vault_keys WHERE owner <> $1 LIMIT 1", _CHECK):
            raise ValueError("The vault holds keys already: a back-up is only ever put into an empty one.")
        if self._pool is None:
            raise VaultUnavailable("the vault has not been started")
        gone = sorted(checked_owner(owner) for owner in erased)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                for start in range(0, len(rows), _AT_ONCE):
                    await connection.execute(_PUT_BACK, *_columns(rows[start : start + _AT_ONCE]))
                for start in range(0, len(gone), _AT_ONCE):
                    await connection.execute(_DESTROY_ALL, gone[start : start + _AT_ONCE])
        except _UNAVAILABLE as error:
            raise VaultUnavailable(f"the vault could not be filled: {type(error).__name__}") from error
        self._cache.clear()

    async def _prepare(self, pool: "asyncpg.Pool[Any]") -> None:
        try:
            async with pool.acquire() as connection:
                # Whoever migrates has made it where a role may not.
                if not await connection.fetchval("SELECT to_regclass('vault_keys') IS NOT NULL"):
                    await make_table(connection)
        except _UNAVAILABLE as error:
            raise VaultUnavailable(f"the vault's table can't be made: {type(error).__name__}") from error

    async def _read_or_make(self, owners: list[str]) -> list[tuple[str, bytes | None]]:
        """A key made by another process at the same moment blocks our insert, yet the statement's snapshot does not
        show it: those left over are asked for again.
        """
        rows: list[tuple[str, bytes | None]] = []
        left = owners
        while left:
            fresh = [self._wrapped(owner, AESGCM.generate_key(KEY_BYTES * 8)) for owner in left]
            rows += await self._fetch(_READ_OR_MAKE, left, fresh)
            answered = {owner for owner, _ in rows}
            left = [owner for owner in left if owner not in answered]
        return rows

    async def _fetch(self, statement: str, *arguments: object) -> list[Any]:
        if self._pool is None:
            raise VaultUnavailable("the vault has not been started")
        try:
            return list(await self._pool.fetch(statement, *arguments, timeout=_ANSWER_WITHIN))
        except _UNAVAILABLE as error:
            raise VaultUnavailable(f"the vault did not answer: {type(error).__name__}") from error

    def _wrapped(self, owner: str, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, key, owner.encode())

    def _unwrapped(self, owner: str, wrapped: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError):
            raise WrongMasterKey(
                f"the vault's key of {owner} can't be opened with this master key; it was made under another one, "
                "or its row was changed: start with the right master key"
            ) from None


def _columns(rows: Sequence[KeyRow]) -> list[list[object]]:
    table = [(row.owner, row.generation, row.wrapped, row.created_at, row.destroyed_at) for row in rows]
    return [list(column) for column in zip(*table, strict=True)]
