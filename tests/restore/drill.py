"""The long drill: a simulation, backed up at three instants while it runs, and restored in every combination that
matters, through the command line alone: `make backup-drill`. It prints how long each step took, and how large it was.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg

from closedloop.installation import SERVICES
from tests.fixtures.processes import Folder, new_folder

INSTANTS = ("early", "middle", "late")
PARTS = (*SERVICES, "log", "vault")
_OWN = "select subject, version, body from journal where source = $1 order by 1, 2"
_REGISTERED = "select count(*) from journal where type = 'complaint.registered' and source = 'intake'"
Row = tuple[str, int, bytes]


@dataclass
class Drill:
    """One installation, and its back-ups beside it."""

    first: Folder
    seconds: dict[str, float] = field(default_factory=dict)
    truth: dict[str, list[Row]] = field(default_factory=dict)

    async def happens(self, complaints: int, seed: int) -> None:
        """The simulation, with a back-up after its first and its second part, and one at the end."""
        simulating = await self.first.start("simulate", "--complaints", str(complaints), "--seed", str(seed))
        for instant, share in (("early", 0.25), ("middle", 0.6)):
            await self._registered(round(share * complaints), simulating)
            await self._back_up(instant)
        assert await simulating.wait() == 0, self.first.printed(simulating)
        await self._back_up("late")
        self.truth = await own_events(self.first)

    async def _registered(self, complaints: int, simulating: Process) -> None:
        while simulating.returncode is None:
            with suppress(asyncpg.PostgresError, OSError):
                async with self.first.database("intake") as intake:
                    if await intake.fetchval(_REGISTERED) >= complaints:
                        return
            await asyncio.sleep(1)

    async def _back_up(self, instant: str) -> None:
        of, keys = self.of(instant), self.keys_of(instant)
        await self.timed(f"back up, {instant}", self.first, "backup", f"--to={of}", f"--vault-to={keys}")
        await self.timed(f"check, {instant}", self.first, "backup", "check", str(of))

    def of(self, instant: str) -> Path:
        return self.first.home / f"backup-{instant}"

    def keys_of(self, instant: str) -> Path:
        return self.first.home / f"vault-{instant}"

    def bytes_of(self, instant: str) -> int:
        return sum(file.stat().st_size for file in self.of(instant).rglob("*") if file.is_file())

    async def timed(self, what: str, folder: Folder, *arguments: str) -> str:
        started = time.monotonic()
        answer = await folder.ask(*arguments)
        self.seconds[what] = round(self.seconds.get(what, 0.0) + time.monotonic() - started, 1)
        return answer.said

    async def restored(self, name: str, older: dict[str, str]) -> None:
        """Each part from the late back-up but those named; healed, compared with all that was ever acknowledged, and
        verified at work. Whoever pays has kept their folder.
        """
        async with new_folder() as folder:
            folder.data.mkdir()
            shutil.copy(self.first.data / "master.key", folder.data / "master.key")
            if (self.first.data / "providers").exists():
                shutil.copytree(self.first.data / "providers", folder.data / "providers")
            for instant in INSTANTS:
                parts = [part for part in PARTS if older.get(part, "late") == instant]
                if parts:
                    keys = [f"--vault-from={self.keys_of(instant)}"] if "vault" in parts else []
                    only = [f"--only={part}" for part in parts]
                    await self.timed(f"{name}: restore", folder, "restore", f"--from={self.of(instant)}", *keys, *only)
            await self.timed(
                f"{name}: heal", folder, "restore", "heal", *(["--accept-loss"] if "vault" in older else [])
            )
            assert await own_events(folder) == self.truth, name
            verified = json.loads(await self.timed(f"{name}: start and verify", folder, "verify", "--json"))
            assert verified["ok"], verified
            keys_paid = list(paid(folder))
            assert len(keys_paid) == len(set(keys_paid)), name


def paid(folder: Folder) -> Iterator[str]:
    """The key of every payment that was handed over."""
    file = folder.data / "providers" / "payments.jsonl"
    if file.exists():
        yield from (json.loads(line)["key"] for line in file.read_text().splitlines())


async def own_events(folder: Folder) -> dict[str, list[Row]]:
    """What each service has stated."""
    found: dict[str, list[Row]] = {}
    for service in SERVICES:
        async with folder.database(service) as connection:
            rows = await connection.fetch(_OWN, service)
            found[service] = [(row["subject"], row["version"], row["body"]) for row in rows]
    return found


def combinations(random: Random, more: int) -> dict[str, dict[str, str]]:
    """Each service older, all of them, the log, the vault; and some by chance."""
    found: dict[str, dict[str, str]] = {"one instant": {}}
    found |= {f"{service} older": {service: random.choice(INSTANTS[:2])} for service in SERVICES}
    found["all stores older"] = {service: random.choice(INSTANTS[:2]) for service in SERVICES}
    found["log older"] = {"log": "early"}
    found["vault older"] = {"vault": "early"}
    return found | {f"by chance {n}": {service: random.choice(INSTANTS) for service in SERVICES} for n in range(more)}


async def main(complaints: int, seed: int, more: int) -> None:
    """Drill, and say how it went."""
    async with new_folder() as first:
        drill = Drill(first)
        await drill.happens(complaints, seed)
        for name, older in combinations(Random(seed), more).items():
            await drill.restored(name, older)
            sys.stdout.write(f"{name}: everything acknowledged is there, nothing is paid twice, verify is clean\n")
        told = {
            "seed": seed, "complaints": complaints, "events": sum(map(len, drill.truth.values())),
            "bytes": {instant: drill.bytes_of(instant) for instant in INSTANTS}, "seconds": drill.seconds,
        }  # fmt: skip
        sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", type=int, default=4, help="combinations by chance")
    given = parser.parse_args()
    asyncio.run(main(given.complaints, given.seed, given.more))
