"""What the store asks of a connection, so that the same statement runs alone or inside a transaction."""

from typing import Any, Protocol

import asyncpg


class Pool(Protocol):
    """A pool, a connection or a connection in a transaction."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]: ...

    async def fetchval(self, query: str, *args: Any) -> Any: ...

    async def execute(self, query: str, *args: Any) -> str: ...
