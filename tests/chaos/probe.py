"""How long the system needs after a fault: until every API carries out a command, and what happens at one end of the
house is known at the other.
"""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx2

from tests.chaos.rig import Rig
from tests.chaos.town import NOWHERE, Town
from tests.patience import Tries

PATIENCE = 600.0
"""Seconds; whoever asks has less."""
_LEARNED = "select exists (select from journal where subject = $1)"


async def recovered(rig: Rig, town: Town, within: float) -> float | None:
    """Seconds until all of it worked again; None if it did not within so many."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(within):
            await asyncio.gather(_goes_round(rig, town), *(_answers(rig, town, name) for name in rig.apis))
    except TimeoutError:
        return None
    return time.monotonic() - began


async def _goes_round(rig: Rig, town: Town) -> None:
    """A complaint that is registered now is learned by investigation."""
    body = {
        "complainant": "Probe", "channel": "phone", "content": "Is anybody there?",
        "received_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
    }  # fmt: skip
    key = town.key()
    while True:
        answer = await town.once("pan.lu", "intake", "complaints", body, key=key)
        if answer is not None and answer.status_code in (200, 201):
            break
        await asyncio.sleep(0.1)
    subject = answer.json()["subject"]
    async for _ in Tries(PATIENCE):
        if await _learned(rig, subject):
            return


async def _learned(rig: Rig, subject: str) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await asyncpg.connect(rig.server.dsn("investigation"), timeout=5)
        try:
            return bool(await connection.fetchval(_LEARNED, subject, timeout=5))
        finally:
            connection.terminate()
    return False


async def _answers(rig: Rig, town: Town, name: str) -> None:
    """This very process loads a case and compares its version: all of a command but the writing. The directory has no
    cases; there its health is asked for.
    """
    service, _, number = name.split("-")
    url = rig.urls[service][int(number) - 1]
    path, who, body = _HARMLESS.get(service, ("", "ren.zhi", None))
    headers = {"Authorization": f"Bearer {town.token(who)}", "If-Match": f'"{NOWHERE}"'}
    nobody = "00000000-0000-4000-8000-000000000000"
    while True:
        with suppress(httpx2.HTTPError):
            sent = headers | {"Idempotency-Key": town.key()}
            if path:
                answer = await town.client.post(f"{url}complaints/{nobody}/{path}", json=body, headers=sent)
            else:
                answer = await town.client.get(f"{url}health")
            if answer.status_code < 500:
                return
        await asyncio.sleep(0.1)


_HARMLESS = {
    "intake": ("acknowledgement", "li.na", {"channel": "sms", "proof": "sms-1"}),
    "investigation": ("findings/acceptance", "zhou.jie", None),
    "resolution": ("acceptance", "li.na", {"digest": "0" * 64,
                   "evidence": {"kind": "signature", "reference": "sig-1", "sha256": "0" * 64}}),
    "callback": ("closing", "huang.ting", None),
}  # fmt: skip
