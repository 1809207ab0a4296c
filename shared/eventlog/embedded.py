"""The log in a PostgreSQL database of its own: what Kafka promises, for one machine that has no Kafka."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson

from shared.db import keep_session
from shared.eventlog.embedded_reader import EmbeddedReader, Span
from shared.eventlog.faults import UnfitLog
from shared.eventlog.protocol import PARTITIONS, Headers, LogUnavailable, Outgoing, Reader, Record
from shared.eventlog.tail import Tail

TABLES = """
CREATE TABLE IF NOT EXISTS log_identity (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    partitions integer NOT NULL
);
-- Updated by every send: the room in the page keeps each update in place, without a new index entry.
CREATE TABLE IF NOT EXISTS log_partition (
    partition   integer PRIMARY KEY,
    next_offset bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
CREATE TABLE IF NOT EXISTS log_record (
    partition integer NOT NULL,
    "offset"  bigint NOT NULL,
    key       text NOT NULL,
    value     bytea NOT NULL,
    headers   bytea,
    PRIMARY KEY (partition, "offset")
);
"""

# Rows are locked in partition order before any is drawn from, so two senders never wait for each other in a circle.
# The row lock is held until commit: who draws the next offsets sees these as committed, so offsets become visible
# in order. A sequence would be dense and grow, but a slow sender's rows would turn up behind a reader's back.
SEND = """
WITH wanted AS (
    SELECT * FROM unnest($1::int[], $2::int[]) AS w (partition, n)
), locked AS MATERIALIZED (
    SELECT p.partition FROM log_partition p
    WHERE p.partition = ANY ($1::int[]) ORDER BY p.partition FOR NO KEY UPDATE
), drawn AS (
    UPDATE log_partition p SET next_offset = p.next_offset + w.n
    FROM locked l JOIN wanted w USING (partition)
    WHERE p.partition = l.partition
    RETURNING p.partition, p.next_offset - w.n AS first, p.next_offset AS past
), written AS (
    INSERT INTO log_record (partition, "offset", key, value, headers)
    SELECT d.partition, d.first + r.nth, r.key, r.value, r.headers
    FROM unnest($3::int[], $4::int[], $5::text[], $6::bytea[], $7::bytea[]) AS r (partition, nth, key, value, headers)
    JOIN drawn d USING (partition)
)
SELECT partition, first, past FROM drawn
"""

IS_SET_UP = "SELECT to_regclass('log_record') IS NOT NULL"

ENDS = "SELECT partition, next_offset FROM log_partition"

FETCH = """
SELECT r.partition, r."offset", r.key, r.value, r.headers
FROM unnest($1::int[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS span (partition, first, past, nth)
CROSS JOIN LATERAL (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY "offset") - octet_length(value) AS bytes_before
    FROM log_record WHERE partition = span.partition AND "offset" >= span.first AND "offset" < span.past
) r
WHERE r.bytes_before < $4
ORDER BY span.nth, r."offset"
"""

SESSION = {
    "application_name": "closedloop log",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
    "jit": "off",
    # The statements are planned while the table is still empty; the plan kept must not be to read the whole log.
    "enable_seqscan": "off",
}
UNAVAILABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
SET_UP_LOCK = 0x636C_6F67


class EmbeddedLog:
    """Keeps `EventLog` over PostgreSQL; several processes may use one database.

    `timeout` bounds, in seconds, every wait for the database; what is not answered by then is LogUnavailable.
    """

    def __init__(self, dsn: str, *, partitions: int = PARTITIONS, timeout: float = 10.0, connections: int = 10) -> None:
        self._dsn = dsn
        self._partitions = partitions
        self._timeout = timeout
        self._connections = connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._identity = ""
        self.tail = Tail(self.read_ends)

    @property
    def partitions(self) -> int:
        return self._partitions

    async def start(self) -> None:
        """Connect and make the tables. Raises LogUnavailable, and UnfitLog if the log has other partitions."""
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._connections,
                timeout=self._timeout,
                command_timeout=self._timeout,
                reset=keep_session,
                server_settings=SESSION,
            )
        except UNAVAILABLE as error:
            raise LogUnavailable(f"The log's database does not answer: {error!r}") from error
        try:
            await self._set_up()
        except BaseException:
            await self._close_pool()
            raise
        self.tail.start()

    async def _set_up(self) -> None:
        async with self._connection() as connection:
            # Whoever migrates has made them where a role may not.
            if not await connection.fetchval(IS_SET_UP):
                await make_tables(connection, self._partitions)
            found = await connection.fetchrow("SELECT id, partitions FROM log_identity")
            if found["partitions"] != self._partitions:
                raise UnfitLog(
                    f"This log has {found['partitions']} partitions and {self._partitions} were asked for. "
                    "A key's partition must never move: set the number that the log was made with."
                )
            self._identity = f"embedded:{found['id']}"

    async def stop(self) -> None:
        await self.tail.stop()
        await self._close_pool()

    async def _close_pool(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await pool.close()
        except UNAVAILABLE:
            pool.terminate()

    async def identity(self) -> str:
        """`embedded:<uuid>`; the uuid was made with the tables, so a copy or an old backup bears it too."""
        if not self._identity:
            raise LogUnavailable("The log was not started.")
        return self._identity

    async def send(self, batches: Mapping[int, Sequence[Outgoing]]) -> dict[int, int | LogUnavailable]:
        """All partitions in one statement: they fail, or become durable, together. An empty batch is left out."""
        wanted = sorted((p, batch) for p, batch in batches.items() if batch)
        if not wanted:
            return {}
        if not 0 <= wanted[0][0] <= wanted[-1][0] < self._partitions:
            raise ValueError(f"There is no such partition among {[p for p, _ in wanted]}.")
        try:
            async with self._connection() as connection:
                rows = await connection.fetch(SEND, *_columns(wanted))
        except LogUnavailable as error:
            return {p: error for p, _ in wanted}
        self.tail.learn({row["partition"]: row["past"] for row in rows})
        return {row["partition"]: row["first"] for row in rows}

    def reader(self) -> Reader:
        return EmbeddedReader(self)

    async def ends(self) -> dict[int, int]:
        return await self.read_ends()

    async def read_ends(self) -> dict[int, int]:
        """The next offset of every partition. Raises LogUnavailable."""
        async with self._connection() as connection:
            return {row["partition"]: row["next_offset"] for row in await connection.fetch(ENDS)}

    async def read(self, spans: Sequence[Span], most_bytes: int) -> list[Record]:
        """The records of these spans, from the start of each; of each at least one, and at most `most_bytes` more."""
        async with self._connection() as connection:
            rows = await connection.fetch(
                FETCH, [s.partition for s in spans], [s.first for s in spans], [s.past for s in spans], most_bytes
            )
        return [Record(row[0], row[1], row[2], row[3], _unpack(row[4])) for row in rows]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """A connection; whatever the database answers but rows comes out as LogUnavailable."""
        if self._pool is None:
            raise LogUnavailable("The log was not started, or was stopped.")
        try:
            connection = await self._pool.acquire(timeout=self._timeout)
            try:
                yield connection
            except (*UNAVAILABLE, asyncio.CancelledError):
                connection.terminate()  # asked to cancel politely, a database behind a dead network blocks the release
                raise
            finally:
                await self._pool.release(connection)
        except UNAVAILABLE as error:
            raise LogUnavailable(f"The log's database does not answer: {error!r}") from error


async def make_tables(connection: Any, partitions: int = PARTITIONS) -> None:
    """Make the tables, and a log of so many partitions, if they are not there."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", SET_UP_LOCK)
        await connection.execute(TABLES)
        await connection.execute("INSERT INTO log_identity (partitions) VALUES ($1) ON CONFLICT DO NOTHING", partitions)
        # Of a log that has other partitions nothing is changed: whoever asked is refused.
        await connection.execute(
            "INSERT INTO log_partition (partition) SELECT generate_series(0, partitions - 1) FROM log_identity "
            "WHERE partitions = $1 ON CONFLICT DO NOTHING",
            partitions,
        )


def _columns(wanted: Sequence[tuple[int, Sequence[Outgoing]]]) -> tuple[list[Any], ...]:
    records = [(p, nth, record) for p, batch in wanted for nth, record in enumerate(batch)]
    return (
        [p for p, _ in wanted],
        [len(batch) for _, batch in wanted],
        [p for p, _, _ in records],
        [nth for _, nth, _ in records],
        [record.key for _, _, record in records],
        [record.value for _, _, record in records],
        [_pack(record.headers) for _, _, record in records],
    )


def _pack(headers: Headers) -> bytes | None:
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers]) if headers else None


def _unpack(packed: bytes | None) -> Headers:
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(packed)) if packed else ()
