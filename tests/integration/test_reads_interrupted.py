"""A read whose connection is gone may be asked again, and nothing of what was looked for is written down."""

import asyncpg
import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import passes
from shared.web.app import app_for
from tests.fixtures.runtimes import Workshop

CUT = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""
NAME = "Canary"


async def found(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.get(f"complaints?search={NAME}", headers={"Authorization": f"Bearer {token}"})


async def test_a_read_that_is_cut_off_is_unavailable_and_the_next_is_answered(workshop: Workshop) -> None:
    intake, process = workshop.intake, workshop.process
    await workshop.registered()
    await workshop.relayed()
    await workshop.taken_in("intake")
    token = process.issuer.issue("li.na", ["agent"], "customer-service")
    transport = httpx2.ASGITransport(app=app_for(intake.rooms, process.settings, intake))
    async with httpx2.AsyncClient(transport=transport, base_url="http://intake/") as client:
        before = await found(client, token)
        assert before.status_code == 200 and before.json()["items"], before.text
        administration = await asyncpg.connect(workshop.dsns["intake"])
        await administration.execute(CUT)
        await administration.close()
        answers = [await found(client, token) for _ in range(4)]
        codes = [answer.status_code for answer in answers]
        assert codes[0] == 503 and codes[-1] == 200 and set(codes) == {503, 200}, [each.text for each in answers]
        assert answers[0].json()["code"] == "unavailable"
        assert answers[-1].json()["items"] == before.json()["items"]


async def test_an_error_of_a_read_does_not_quote_what_was_looked_for(workshop: Workshop) -> None:
    async with workshop.intake.engine.connect() as connection:
        with pytest.raises(DBAPIError) as failed:
            await connection.execute(text("select 1 / (length(:name) - length(:name))"), {"name": NAME})
    assert "division" in str(failed.value) and NAME not in str(failed.value)
    assert not passes(failed.value)
