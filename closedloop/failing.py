"""How a command of the command line fails: with a sentence that says why and what to do, and an exit status."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx2

from closedloop import installation as places
from closedloop.postgres import PostgresUnavailable
from closedloop.serving import (
    PortTaken,
)
from closedloop.simulation.world import WentWrong
from shared.db import why_not
from shared.eventlog.faults import UnfitLog
from shared.eventlog.protocol import LogUnavailable
from shared.privacy.masterkey import MasterKeyRefused
from shared.privacy.vault import VaultUnavailable, WrongMasterKey
from shared.projections.backfill import Unreadable
from shared.projections.offsets import WrongLog
from shared.projections.rebuild import BrokenChain, NotBetter
from shared.store.fitting import Unfit
from shared.store.load import ClockSkew
from shared.store.migrate import NewerDatabase
from shared.web.issuer import NotLoopback


class Failed(Exception):
    """The command could not do its work; the message says why and what to do."""

    def __init__(self, message: str, status: int = 3) -> None:
        super().__init__(message)
        self.status = status


_EXPECTED = (
    PortTaken, PostgresUnavailable, LogUnavailable, VaultUnavailable, WrongLog, BrokenChain, NotBetter, NotLoopback,
    WrongMasterKey, MasterKeyRefused, UnfitLog, Unfit, NewerDatabase, Unreadable, WentWrong, ClockSkew,
    httpx2.HTTPError, ValueError, OSError,
)  # fmt: skip
_NOT_LET_IN = (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError)


@asynccontextmanager
async def told_plainly() -> AsyncIterator[None]:
    """What is expected to go wrong is told in a sentence. Raises Failed."""
    try:
        yield
    except _EXPECTED as expected:
        raise Failed(f"{type(expected).__name__}: {expected}") from expected
    except _NOT_LET_IN as refused:
        raise Failed(f"PostgreSQL says: {refused}. That is to say, {why_not(refused)}.") from refused
    except BaseExceptionGroup as several:
        first = several.exceptions[0]
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if isinstance(first, _EXPECTED):
            raise Failed(f"{type(first).__name__}: {first}") from first
        raise


def known_service(name: str) -> str:
    """Raises Failed (status 2)."""
    if name not in places.SERVICES:
        raise Failed(f"There is no service {name}. There are: {', '.join(places.SERVICES)}.", status=2)
    return name
