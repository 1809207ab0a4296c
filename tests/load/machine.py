"""What the figures were measured on: a ratio travels from machine to machine, a figure does not."""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from tests.load.measuring import Spread
from tests.load.stage import Stage

_BUSY = 0.5
"""Load a core above which a machine is not quiet."""


async def described(stage: Stage) -> dict[str, Any]:
    """Processor, memory, versions, and how busy it is just now."""
    connection = await asyncpg.connect(stage.dsn_of("postgres"))
    try:
        postgres = await connection.fetchval("show server_version")
    finally:
        await connection.close()
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "uvloop": version("uvloop"),
        "asyncpg": version("asyncpg"),
        "fastapi": version("fastapi"),
        "eventsourcing": version("eventsourcing"),
        "load_at_start": round(load, 2),
        "is_quiet": load / cores <= _BUSY,
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


async def commit_cost(stage: Stage, commits: int) -> Spread:
    """Milliseconds that one commit takes that waits for the disk, one after the other."""
    name = await stage.database("commits")
    connection = await asyncpg.connect(stage.dsn_of(name))
    try:
        await connection.execute("create table note (id integer, body text)")
        took = []
        for nth in range(commits):
            started = time.perf_counter()
            await connection.execute("insert into note values ($1, $2)", nth, "one row of a few bytes")
            took.append((time.perf_counter() - started) * 1000)
    finally:
        await connection.close()
        await stage.drop(name)
    return Spread.of(took)
