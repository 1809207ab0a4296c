"""A question with a token waits for exactly what the token names."""

import asyncio

import pytest

from shared.decide import NotYetSeen
from shared.web import consistency
from shared.web.consistency import Token, wait_until_seen
from tests.fixtures.runtimes import Workshop

_PARK = """
insert into parked (subscriber, subject, partition, position, source, version, reason)
values ($1, $2, 0, $3, $4, $5, 'behind')
"""


@pytest.mark.parametrize(
    ("source", "version", "seen"),
    [("intake", 2, False), ("intake", 1, False), ("intake", 3, True), ("callback", 1, True)],
)
async def test_what_is_parked_of_a_subject_stops_only_a_question_that_is_after_it(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, source: str, version: int, seen: bool
) -> None:
    monkeypatch.setattr(consistency, "WAIT", 0.05)
    subject = await workshop.registered()
    await workshop.do(workshop.acknowledgement(subject))
    await workshop.relayed()
    await workshop.taken_in("intake")
    name, pool = (await workshop.subscriber("intake", "register")).name, workshop.intake.pool
    await wait_until_seen(pool, name, Token("intake", subject, 2))
    await pool.execute(_PARK, name, subject, 99, source, version)
    asked = asyncio.create_task(wait_until_seen(pool, name, Token("intake", subject, 2)))
    if seen:
        await asked
    else:
        with pytest.raises(NotYetSeen):
            await asked


async def test_what_has_not_come_is_waited_for(workshop: Workshop) -> None:
    subject = await workshop.registered()
    await workshop.relayed()
    name, pool = (await workshop.subscriber("intake", "register")).name, workshop.intake.pool
    asked = asyncio.create_task(wait_until_seen(pool, name, Token("intake", subject, 1)))
    await asyncio.sleep(0.05)
    assert not asked.done()
    await workshop.taken_in("intake")
    await asked
