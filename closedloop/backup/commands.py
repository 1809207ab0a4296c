"""`closedloop backup …` and `closedloop restore …`."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
from rich.console import Console

from closedloop.backup import words
from closedloop.backup.check import check
from closedloop.backup.heal import Allowed, Healed, heal
from closedloop.backup.heal_scan import CantHeal
from closedloop.backup.logfile import LogFileBroken
from closedloop.backup.manifest import NotABackup
from closedloop.backup.place import Place, StillRunning, opened
from closedloop.backup.restore import PARTS, NotEmpty, Restored, restore
from closedloop.backup.take import Taken, take
from closedloop.backup.vaultfile import NoMasterKey
from closedloop.failing import Failed
from closedloop.postgres import PostgresUnavailable
from closedloop.postgres.programs import ProgramFailed
from closedloop.terminal import AsJson, print_json, progress, run
from shared.config import Settings
from shared.eventlog.faults import UnfitLog
from shared.eventlog.protocol import LogUnavailable
from shared.privacy.masterkey import MasterKeyRefused
from shared.privacy.vault import VaultUnavailable, WrongMasterKey

backup_app = typer.Typer(help="Back up one installation while it works; check a back-up without restoring it.")
restore_app = typer.Typer(help="Put a back-up into an empty installation, and make log, stores and vault agree again.")

_EXPECTED = (
    CantHeal, LogFileBroken, NoMasterKey, NotABackup, NotEmpty, ProgramFailed, StillRunning, PostgresUnavailable,
    UnfitLog, LogUnavailable, MasterKeyRefused, VaultUnavailable, WrongMasterKey, asyncpg.PostgresError,
    ValueError, OSError,
)  # fmt: skip
Say = Callable[[str, int, int], None]
T = TypeVar("T")


@asynccontextmanager
async def _place(settings: Settings) -> AsyncIterator[Place]:
    """The installation; what goes wrong on it ends in a sentence."""
    try:
        async with opened(settings) as place:
            yield place
    except _EXPECTED as expected:
        raise Failed(f"{type(expected).__name__}: {expected}") from expected


async def take_backup(settings: Settings, to: Path, vault_to: Path | None, say: Say) -> Taken:
    """Back up an installation, whether it works or not."""
    async with _place(settings) as place:
        return await take(place, to, vault_to, say)


async def restore_backup(
    settings: Settings, source: Path, vault_source: Path | None, only: list[str], say: Say
) -> Restored:
    """Put a back-up, or parts of it, into what is empty."""
    async with _place(settings) as place:
        return await restore(place, source, vault_source, only, say)


async def heal_installation(settings: Settings, allowed: Allowed, say: Say) -> Healed:
    """Make an installation agree with itself."""
    async with _place(settings) as place:
        return await heal(place, allowed, say)


async def check_backup(folder: Path, say: Say) -> list[str]:
    """What is wrong with a back-up."""
    try:
        return await check(folder, lambda done, of: say("checking", done, of))
    except _EXPECTED as expected:
        raise Failed(f"{type(expected).__name__}: {expected}") from expected


@backup_app.callback(invoke_without_command=True)
def backup(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="A new folder: databases, log, manifest. No key is in it.")] = None,
    vault_to: Annotated[Path | None, typer.Option(help="Another, for the vault's keys; let it expire soon.")] = None,
    as_json: AsJson = False,
) -> None:
    """Back up the installation while it works. The master key is in no back-up: keep it apart from both folders."""
    if context.invoked_subcommand is not None:
        return
    if to is None:
        raise typer.BadParameter("Where to? closedloop backup --to FOLDER [--vault-to FOLDER]")
    taken = _shown("backup", lambda say: take_backup(Settings(), to, vault_to, say))
    if as_json:
        keys = taken.vault.model_dump(mode="json") if taken.vault else None
        print_json({"sha256": taken.sha256, "manifest": taken.manifest.model_dump(mode="json"), "vault": keys})
    else:
        _tell(words.of_backup(taken, str(to), str(vault_to) if vault_to else None))


@backup_app.command("check")
def backup_check(folder: Annotated[Path, typer.Argument(help="Of a back-up, or of one of the vault.")]) -> None:
    """Check every hash, dump and chain of a back-up without restoring it. Exit status 1 if anything differs."""
    wrong = _shown("backup", lambda say: check_backup(folder, say))
    _tell(wrong or [f"{folder}: whole, as it was made."])
    raise typer.Exit(1 if wrong else 0)


@restore_app.callback(invoke_without_command=True)
def restore_(
    context: typer.Context,
    source: Annotated[Path | None, typer.Option("--from", help="Folder of a back-up.")] = None,
    vault_source: Annotated[Path | None, typer.Option("--vault-from", help="Folder of the vault's.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Only this part: {', '.join(PARTS)}.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a back-up into an empty installation, or the lost parts only. Then: closedloop restore heal."""
    if context.invoked_subcommand is not None:
        return
    if source is None:
        raise typer.BadParameter("From where? closedloop restore --from FOLDER [--vault-from FOLDER] [--only PART]")
    restored = _shown("restore", lambda say: restore_backup(Settings(), source, vault_source, only or [], say))
    if as_json:
        print_json({"parts": restored.parts, "without_vault": restored.without_vault})
    else:
        _tell(words.of_restore(restored))


@restore_app.command("heal")
def restore_heal(
    look: Annotated[bool, typer.Option("--look", help="Only say what would be done.")] = False,
    new_log: Annotated[bool, typer.Option("--new-log", help="This log takes the place of another.")] = False,
    accept_loss: Annotated[bool, typer.Option("--accept-loss", help="Go on without what is in no part.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make log, stores and vault agree, whichever of them is older. Nothing is paid, sent or erased anew by guess."""
    allowed = Allowed(new_log=new_log, loss=accept_loss, only_look=look)
    healed = _shown("restore", lambda say: heal_installation(Settings(), allowed, say))
    if as_json:
        print_json(healed.as_data())
    else:
        _tell(words.of_heal(healed, only_look=look))


def _shown(process: str, work: Callable[[Say], Coroutine[Any, Any, T]]) -> T:
    with progress(Console(stderr=True)) as bar:
        task = bar.add_task(process, total=None)
        return run(process, work(lambda what, done, of: bar.update(task, description=what, completed=done, total=of)))


def _tell(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)
