"""Taking a back-up while the system works: databases first, then the log, the vault's keys apart and last.

In this order the log holds whatever a database's part has read, and the vault every key that the log needs.
"""

import asyncio
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import orjson

from closedloop.backup import manifest as files
from closedloop.backup.logfile import write_partition
from closedloop.backup.manifest import FORMAT, Manifest, Part
from closedloop.backup.place import Place, connected
from closedloop.backup.vaultfile import erased_in, open_vault, write_rows
from closedloop.installation import SERVICES
from closedloop.postgres import programs
from shared.clock import Clock
from shared.runtime import event_log

_COUNTS = """
select (select count(*) from journal) as journal, (select count(*) from files) as files,
       (select count(*) from accesses) as accesses, (select count(*) from outbox) as outbox,
       (select count(*) from due) as due, (select version_num from alembic_version) as migration
"""

Say = Callable[[str, int, int], None]
"""(what is being done, steps done, of how many)."""
STEPS = len(SERVICES) + 3


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished back-up, and the SHA-256 of its manifest: kept elsewhere, it shows that nothing was exchanged."""

    manifest: Manifest
    sha256: str
    vault: Manifest | None = None
    vault_sha256: str | None = None


async def take(place: Place, to: Path, vault_to: Path | None, say: Say = lambda what, done, of: None) -> Taken:
    """Write a back-up into an empty folder, and the vault into another if one is given. The system may run meanwhile.

    Raises ValueError for a folder that is not fit, ProgramFailed, LogUnavailable, VaultUnavailable.
    """
    _must_lie_apart(to, vault_to)
    for folder in (to, vault_to):
        if folder is not None:
            files.empty_folder(folder)
    parts: list[Part] = []
    for done, service in enumerate(SERVICES):
        say(f"database {service}", done, STEPS)
        parts.append(await _database(place, service, to))
    say("log", len(SERVICES), STEPS)
    identity, of_log = await _log(place, to)
    parts += of_log
    say("payments handed over", len(SERVICES) + 1, STEPS)
    parts += await asyncio.to_thread(_providers, place, to)
    say("vault", len(SERVICES) + 2, STEPS)
    of_vault, erased = await _vault(place, to, vault_to)
    parts.append(erased)
    settings = place.settings
    whole = Manifest(
        format=FORMAT,
        version=version("closedloop"),
        log=identity,
        parts=tuple(parts),
        clock_ahead=Clock(settings.data / "clock").offset.total_seconds() if settings.embedded else 0.0,
        payments_go_to=_text(settings.data / "payments-go-to"),
    )
    taken = Taken(whole, await asyncio.to_thread(files.write, to, whole))
    if vault_to is not None and of_vault is not None:
        keys = whole.model_copy(update={"parts": (of_vault,)})
        taken = Taken(whole, taken.sha256, keys, await asyncio.to_thread(files.write, vault_to, keys))
    say("done", STEPS, STEPS)
    return taken


async def _database(place: Place, service: str, to: Path) -> Part:
    began = _now()
    file = f"{service}.dump"
    async with (
        connected(place.owner(service)) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # The snapshot that is counted is the one that is dumped.
        snapshot = await connection.fetchval("select pg_export_snapshot()")
        found = dict((await connection.fetch(_COUNTS))[0])
        await programs.dump(place.owner(service), to / file, snapshot)
    migration = found.pop("migration")
    return await asyncio.to_thread(files.part_of, to, service, file, began, _now(), found, migration)


async def _log(place: Place, to: Path) -> tuple[str, list[Part]]:
    log = event_log(place.settings, place.dsn_of)
    await log.start()
    parts = []
    try:
        (to / "log").mkdir(mode=0o700)
        ends = await log.ends()
        for partition in range(log.partitions):
            began, file = _now(), f"log/{partition:02}.jsonl.gz"
            count = await write_partition(log, partition, ends[partition], to / file, lambda _: None)
            name = f"log/{partition:02}"
            parts.append(await asyncio.to_thread(files.part_of, to, name, file, began, _now(), {"records": count}))
        await asyncio.to_thread(files.sync_folder, to / "log")
        return await log.identity(), parts
    finally:
        await log.stop()


def _providers(place: Place, to: Path) -> list[Part]:
    """What was handed over in files, with the claims that keep it from being handed over twice."""
    settings = place.settings
    folder = settings.providers or settings.data / "providers"
    if settings.payments_url or not folder.is_dir():
        return []
    began = _now()
    with tarfile.open(to / "providers.tar", "w") as tar:
        for name in ("payments", "payments.jsonl"):
            if (folder / name).exists():
                tar.add(folder / name, arcname=name)
    return [files.part_of(to, "providers", "providers.tar", began, _now())]


async def _vault(place: Place, to: Path, vault_to: Path | None) -> tuple[Part | None, Part]:
    """The keys into a folder of their own; whose keys were destroyed, pseudonyms all, with everything else."""
    began = _now()
    async with open_vault(place) as vault:
        rows = await vault.rows()
    erased = erased_in(rows)
    (to / "erased.json").write_bytes(orjson.dumps(erased))
    of_erased = files.part_of(to, "erased", "erased.json", began, _now(), {"owners": len(erased)})
    if vault_to is None:
        return None, of_erased
    write_rows(vault_to / "vault.jsonl", rows)
    return files.part_of(vault_to, "vault", "vault.jsonl", began, _now(), {"rows": len(rows)}), of_erased


def _must_lie_apart(to: Path, vault_to: Path | None) -> None:
    if vault_to is None:
        return
    one, other = to.resolve(), vault_to.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise ValueError("Keep the vault's back-up apart: whoever has both, and the master key, can read everything.")


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _now() -> datetime:
    return datetime.now(UTC)
