"""Reading what one has just written, or what another service has: waiting for a named version, for two seconds."""

import asyncio
import re
from dataclasses import dataclass

import asyncpg

from shared.decide import NotYetSeen
from shared.web.problems import BadRequest

_TOKEN = re.compile(r"([a-z]{1,30}):([a-z]{1,30}:[A-Za-z0-9._-]{1,80}):([0-9]{1,9})")
_SEEN = """
select s.version from streams s join offsets o on o.subscriber = $1 and o.partition = s.partition
where s.subject = $2 and s.source = $3 and o.next_offset > s.position
  and not exists (
    select from parked p where p.subscriber = $1 and p.subject = $2 and p.source = $3 and p.version <= $4)
"""
_OWN = "select max(version) from journal where subject = $1 and source = $2"
WAIT = 2.0
"""Seconds that a question waits for what it must show."""
STEP = 0.005


@dataclass(frozen=True, slots=True)
class Token:
    """`<service>:<stream>:<version>`: that service has said at least this much about that subject."""

    service: str
    subject: str
    version: int

    def __str__(self) -> str:
        return f"{self.service}:{self.subject}:{self.version}"


def parse_token(text: str | None) -> Token | None:
    """Raises BadRequest."""
    if text is None:
        return None
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise BadRequest("bad_consistency_token", "Consistency-Token reads <service>:<stream>:<version>.")
    return Token(match[1], match[2], int(match[3]))


async def wait_until_seen(pool: asyncpg.Pool, subscriber: str, token: Token | None, own: str | None = None) -> None:
    """Wait until the subscriber has taken in what the token names. Raises NotYetSeen.

    `own`: a service whose own facts need not be taken in, since they stand in its journal already.
    """
    if token is None:
        return
    until = asyncio.get_running_loop().time() + WAIT
    while True:
        if token.service == own:
            version = await pool.fetchval(_OWN, token.subject, own)
        else:
            version = await pool.fetchval(_SEEN, subscriber, token.subject, token.service, token.version)
        if version is not None and version >= token.version:
            return
        if asyncio.get_running_loop().time() > until:
            raise NotYetSeen(str(token), "What you wrote has not arrived here yet. Ask again in a moment.")
        await asyncio.sleep(STEP)
