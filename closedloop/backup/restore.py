"""Putting a back-up into an empty installation, whole or by parts. Each part is done wholly or not at all.

What was restored bears a mark, and nothing starts on it until `closedloop restore heal` has made it agree.
"""

import asyncio
import json
import tarfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from closedloop.backup.logfile import send_partition
from closedloop.backup.manifest import Manifest, NotABackup, differences, read
from closedloop.backup.marks import MARK, mark_all
from closedloop.backup.place import Place, connected, must_be_at_rest
from closedloop.backup.vaultfile import must_have_master_key, open_vault, read_rows
from closedloop.installation import SERVICES, migrate
from closedloop.postgres import programs
from shared.runtime import event_log

PARTS = (*SERVICES, "log", "vault", "providers")
HANDED_BACK = "providers-restored"
"""Name of the file that says that what was handed over in files is known as of the back-up only."""
STARTED = "restoring.json"
ERASED = "restored-erased.json"
"""Name of the file with all who were erased by the newest of the back-ups that parts came from."""
_EMPTIED = """
do $$ declare r record; begin
  for r in select c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'views' and c.relkind in ('r', 'v') order by c.relkind desc loop
    execute format('drop %s if exists views.%I cascade',
                   case r.relkind when 'v' then 'view' else 'table' end, r.relname);
  end loop;
end $$;
drop schema public cascade;
create schema public;
alter schema public owner to pg_database_owner;
grant usage on schema public to public;
"""
_FORGETS_VIEWS = """
create schema if not exists views;
delete from public.generations;
delete from public.offsets where subscriber like 'view:%';
delete from public.parked where subscriber like 'view:%';
delete from public.leases;
"""
_TABLES = "select count(*) from pg_tables where schemaname = 'public'"

Say = Callable[[str, int, int], None]
"""(what is being done, steps done, of how many)."""


class NotEmpty(Exception):
    """Something is there already: a back-up is only ever restored into what is empty."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    parts: tuple[str, ...]
    manifest: Manifest
    without_vault: bool


async def restore(
    place: Place, source: Path, vault_source: Path | None, only: Collection[str], say: Say = lambda what, done, of: None
) -> Restored:
    """Restore all parts, or those named. Killed in between, the same call goes on.

    Raises NotABackup, NotEmpty, StillRunning, NoMasterKey, ProgramFailed, and what log and vault raise.
    """
    manifest = read(source)
    chosen = _chosen(manifest, vault_source, only)
    await must_be_at_rest(place)
    await _must_be_whole(source, vault_source, chosen)
    if "vault" in chosen:
        must_have_master_key(place)
    started = _Started(place.settings.data / STARTED)
    for name in chosen:
        if not await _is_empty(place, name) and not started.has(name, source):
            raise NotEmpty(
                f"{_called(name)} is not empty. Restore into a new installation, or name the lost parts only."
            )
    _remember(place, source, manifest)
    await mark_all(place)
    for done, name in enumerate(chosen):
        say(name, done, len(chosen))
        if name != "log" and not await _is_empty(place, name):
            continue  # It was done, whole, before this command was killed.
        started.note(name, source)
        await _put_back(place, name, source, vault_source, manifest)
    await migrate(place.owner)
    return Restored(tuple(chosen), manifest, without_vault="vault" not in chosen)


async def _put_back(place: Place, name: str, source: Path, vault_source: Path | None, manifest: Manifest) -> None:
    match name:
        case "log":
            await _log(place, source, manifest)
        case "vault":
            await _vault(place, vault_source or source)
        case "providers":
            await asyncio.to_thread(_providers, place, source)
        case _:
            await _database(place, name, source)


def _chosen(manifest: Manifest, vault_source: Path | None, only: Collection[str]) -> list[str]:
    there = [name for name in PARTS if manifest.named(name) or (name == "log" and manifest.of_log())]
    if vault_source is not None:
        there.append("vault")
    if unknown := set(only) - set(there):
        raise NotABackup(
            f"There is no part {', '.join(sorted(unknown))} here. There are: {', '.join(there)}"
            + ("." if "vault" in there else "; the vault's lie apart: --vault-from FOLDER.")
        )
    return [name for name in there if not only or name in only]


async def _must_be_whole(source: Path, vault_source: Path | None, chosen: Collection[str]) -> None:
    parts = [part for part in read(source).parts if part.name.partition("/")[0] in {*chosen, "erased"}]
    wrong = await differences(source, parts)
    if "vault" in chosen and vault_source is not None:
        keys = [part for part in read(vault_source).parts if part.name == "vault"]
        if not keys:
            raise NotABackup(f"There is no back-up of a vault in {vault_source}.")
        wrong += await differences(vault_source, keys)
    if wrong:
        raise NotABackup(f"This back-up was changed since, and nothing was restored: {'; '.join(wrong[:5])}.")


async def _is_empty(place: Place, name: str) -> bool:
    if name == "log":
        log = event_log(place.settings, place.dsn_of)
        await log.start()
        try:
            return not any((await log.ends()).values())
        finally:
            await log.stop()
    if name == "vault":
        async with open_vault(place) as vault:
            return len(await vault.rows()) <= 1
    if name == "providers":
        # What is there knows of more payments than the back-up does: it is kept, and that is no fault.
        return True
    async with connected(place.owner(name)) as connection:
        if await connection.fetchval("select to_regclass('public.journal')") is not None:
            return not await connection.fetchval("select exists (select from public.journal)")
        if await connection.fetchval(_TABLES):
            raise NotEmpty(f"The database of {name} holds tables that are not Closedloop's. Is the address right?")
        return True


async def _database(place: Place, service: str, source: Path) -> None:
    after = _FORGETS_VIEWS + MARK + ";"
    await programs.restore(place.owner(service), source / f"{service}.dump", _EMPTIED, after)


async def _log(place: Place, source: Path, manifest: Manifest) -> None:
    log = event_log(place.settings, place.dsn_of)
    await log.start()
    try:
        for partition, part in enumerate(manifest.of_log()):
            await send_partition(log, partition, source / part.file, lambda _: None)
    finally:
        await log.stop()
    kind, _, identity = manifest.log.partition(":")
    if kind == "embedded" and not place.settings.kafka:
        # The same records at the same offsets: the same log. What was lost of it shows in the events that stand there.
        async with connected(place.dsn_of("log")) as connection:
            await connection.execute("update log_identity set id = $1::text::uuid", identity)


async def _vault(place: Place, vault_source: Path) -> None:
    rows = read_rows(vault_source / "vault.jsonl")
    async with open_vault(place) as vault:
        await vault.put_back(rows, erased_by(place))


def _providers(place: Place, source: Path) -> None:
    settings = place.settings
    folder = settings.providers or settings.data / "providers"
    if (folder / "payments").exists() or (folder / "payments.jsonl").exists():
        return
    (settings.data / HANDED_BACK).touch()
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(source / "providers.tar") as tar:
        tar.extractall(folder, filter="data")


def erased_by(place: Place) -> set[str]:
    """Who was erased, as far as any back-up knew that a part was restored from: an older vault may not know it."""
    path = place.settings.data / ERASED
    return set(orjson.loads(path.read_bytes())) if path.exists() else set()


def _remember(place: Place, source: Path, manifest: Manifest) -> None:
    """What the data folder knew besides: where payments go, how far the demo's clock was ahead, and who was erased."""
    data = place.settings.data
    erased = erased_by(place) | set(orjson.loads((source / "erased.json").read_bytes()))
    draft = data / f".{ERASED}"
    draft.write_bytes(orjson.dumps(sorted(erased)))
    draft.replace(data / ERASED)
    if manifest.payments_go_to is not None and not (data / "payments-go-to").exists():
        (data / "payments-go-to").write_text(manifest.payments_go_to)
    if place.settings.embedded and manifest.clock_ahead and not (data / "clock").exists():
        (data / "clock").write_text(str(manifest.clock_ahead))


class _Started:
    """Which parts were begun from which back-up, so that a restore that was killed can go on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def has(self, name: str, source: Path) -> bool:
        return self._known.get(name) == _fingerprint(source)

    def note(self, name: str, source: Path) -> None:
        self._known[name] = _fingerprint(source)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._known))
        draft.replace(self._path)


def _fingerprint(source: Path) -> str:
    return sha256((source / "manifest.json").read_bytes()).hexdigest()


def _called(name: str) -> str:
    return f"The database of {name}" if name in SERVICES else f"The {name}"
