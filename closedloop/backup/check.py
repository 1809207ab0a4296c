"""Whether a back-up could be restored, without restoring it: every hash, every dump's contents, every chain."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from closedloop.backup.logfile import LogFileBroken, check_chains
from closedloop.backup.manifest import NotABackup, differences, read
from closedloop.backup.vaultfile import read_rows
from closedloop.installation import SERVICES
from closedloop.postgres import programs
from shared.eventlog.protocol import PARTITIONS


async def check(folder: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> list[str]:
    """What is wrong with it, in words; empty if nothing. Raises NotABackup if there is no back-up at all."""
    manifest = read(folder)
    if manifest.named("vault") is None:
        wanted = [*SERVICES, *(f"log/{partition:02}" for partition in range(PARTITIONS)), "erased"]
        found = [f"{name}: the back-up has no such part" for name in wanted if manifest.named(name) is None]
    else:
        found = []
    for done, part in enumerate(manifest.parts):
        progress(done, len(manifest.parts))
        wrong = await differences(folder, [part])
        found += wrong or await _contents(folder / part.file, part.name, part.counts)
    return found


async def _contents(path: Path, name: str, counts: dict[str, int]) -> list[str]:
    try:
        if name.startswith("log/"):
            count = await asyncio.to_thread(check_chains, path)
            return [] if count == counts["records"] else [f"{name}: {count} records instead of {counts['records']}"]
        if name in SERVICES:
            await programs.listed(path)
        if name == "vault":
            read_rows(path)
    except (LogFileBroken, programs.ProgramFailed, NotABackup) as broken:
        return [f"{name}: {broken}"]
    return []
