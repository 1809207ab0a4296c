"""N19: a canary's name and words, told to the system, are nowhere to be found but sealed, or in the views that need
them.
"""

import io
import sys
from contextlib import redirect_stderr

import structlog

from shared.projections.rebuild import rebuild
from tests.fixtures.runtimes import Workshop

CANARY = "Canariensis-Serinus"


async def everything(workshop: Workshop, service: str) -> str:
    """All that stands in the tables of a service outside its views, as text."""
    pool = workshop.runtimes[service].pool
    tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public'")
    parts = []
    for table in tables:
        rows = await pool.fetch(f"select t::text, t.* from {table['tablename']} t")
        for row in rows:
            parts.append(row["t"])
            parts += [value.decode("utf-8", "replace") for value in row.values() if isinstance(value, bytes)]
    return "\n".join(parts)


async def test_personal_data_is_nowhere_in_clear(workshop: Workshop) -> None:
    logged = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(logged), cache_logger_on_first_use=False)
    try:
        with redirect_stderr(logged):
            subject = await workshop.registered(
                complainant=CANARY, contact=CANARY, content=f"{CANARY} says so", desired_remedy=CANARY, product=CANARY
            )
            await workshop.do(workshop.acknowledgement(subject))
            await workshop.relayed()
            view = await workshop.subscriber("intake", "register")
            steps, usual = view.table.view.steps, dict(view.table.view.steps)  # type: ignore[attr-defined]
            try:
                steps.update(dict.fromkeys(steps, _raises_with_what_it_read))
                await view.apply(await workshop.all_records())
            finally:
                steps.update(usual)
            await workshop.taken_in("investigation")
    finally:
        structlog.reset_defaults()
    records = await workshop.all_records()
    assert len(records) == 2
    for record in records:
        assert CANARY.encode() not in record.value + record.key.encode() + b"".join(v for _, v in record.headers)
    for service in workshop.runtimes:
        assert CANARY not in await everything(workshop, service)
    assert await workshop.intake.pool.fetchval("select count(*) from parked") == 2
    assert "subject" in logged.getvalue() or logged.getvalue() == ""
    assert CANARY not in logged.getvalue()
    assert CANARY not in str(sys.exc_info())


def _raises_with_what_it_read(event: object, _at: object) -> None:
    name = getattr(event, "complainant", None)
    raise ValueError(name.clear if name is not None else "no name")


async def test_the_view_that_needs_the_name_has_it_and_an_erased_one_is_blank(workshop: Workshop) -> None:
    subject = await workshop.registered(complainant=CANARY)
    await workshop.relayed()
    view = await workshop.subscriber("intake", "register")
    await view.apply(await workshop.all_records())
    register = workshop.rows_of("register")
    assert await workshop.intake.pool.fetchval(f"select complainant from {register}") == CANARY
    person = await workshop.intake.pool.fetchval(f"select person from {register}")
    await workshop.process.keyring._vault.destroy(person)
    runtime = workshop.intake
    await rebuild(runtime.pool, workshop.process.log, workshop.process.keyring, runtime.rooms.view("register"))
    row = await runtime.pool.fetchrow(f"select * from {register}")
    assert row is not None
    assert row["complainant"] is None
    assert f"complaint:{row['key']}" == subject
