"""Dropping versions of views that no code shows any more, after an upgrade that will not be taken back."""

from dataclasses import dataclass

import typer

from closedloop.failing import Failed
from closedloop.installation import SERVICES, installation
from closedloop.postgres import PostgresUnavailable
from closedloop.system import rooms_of
from closedloop.terminal import run
from shared.config import Settings
from shared.db import open_pool
from shared.projections.pruning import OtherVersion, other_versions, prune

views_app = typer.Typer(no_args_is_help=True, help="Versions of views that other code showed: prune.")


@dataclass(frozen=True, slots=True)
class Pruned:
    """A version of a view, and whether it was dropped: not while a process that lives shows it."""

    service: str
    version: OtherVersion

    def in_words(self) -> str:
        told = "kept: a process that lives shows it" if self.version.used else "dropped"
        return f"{self.service} {self.version.name}: {told}"


async def prune_views(settings: Settings) -> list[Pruned]:
    """Of every service, the versions that this code does not show: dropped, unless other code does. Raises Failed."""
    try:
        async with installation(settings) as dsn_of:
            return [done for service in SERVICES for done in await _pruned(dsn_of(service), service)]
    except (PostgresUnavailable, ValueError, OSError) as expected:
        raise Failed(f"{type(expected).__name__}: {expected}") from expected


async def _pruned(dsn: str, service: str) -> list[Pruned]:
    pool = await open_pool(dsn, 1)
    try:
        others = await other_versions(pool, [view.full_name for view in rooms_of(service).views])
        for version in others:
            if not version.used:
                await prune(pool, version)
        return [Pruned(service, version) for version in others]
    finally:
        await pool.close()


@views_app.command("prune")
def prune_() -> None:
    """Drop the versions of views that neither this code nor a process that lives shows. They can be built anew."""
    done = run("views", prune_views(Settings()))
    for each in done:
        typer.echo(each.in_words())
    if not done:
        typer.echo("There is no other version of any view.")
