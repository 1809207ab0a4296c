"""The least that a durable command over HTTP must cost: a bare FastAPI endpoint that writes one row by one INSERT.

    python -m tests.load.bare DSN PORT

Served as `closedloop serve` serves: uvicorn, httptools, uvloop, no access log. No token is checked, nothing is looked
up, nothing is decided, and a wish that comes twice is written twice.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import uvicorn
import uvloop
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel, Field

TABLE = """
create table if not exists command (
  id uuid primary key, subject text not null, key text, body jsonb not null,
  written_at timestamptz not null default clock_timestamp())
"""
_INSERT = "insert into command (id, subject, key, body) values ($1, $2, $3, $4)"
POOL = 10
"""Connections; asyncpg's own default."""


class Body(BaseModel):
    """A body like those of ours."""

    what: str | None = Field(None, max_length=100)
    channel: str | None = Field(None, max_length=100)
    text: str | None = Field(None, max_length=10_000)


def bare(dsn: str) -> FastAPI:
    """The application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=POOL, max_size=POOL) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/complaints/{complaint_id}/{what}", status_code=201)
    async def write(
        request: Request, complaint_id: UUID, what: str, body: Body, idempotency_key: Annotated[str, Header()]
    ) -> dict[str, str]:
        event_id = uuid4()
        subject = f"complaint:{complaint_id}"
        await request.app.state.pool.execute(_INSERT, event_id, subject, idempotency_key, body.model_dump_json())
        return {"subject": subject, "event": str(event_id)}

    return app


async def main(dsn: str, port: int) -> None:
    config = uvicorn.Config(
        bare(dsn), "127.0.0.1", port, log_config=None, access_log=False, http="httptools", server_header=False
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
