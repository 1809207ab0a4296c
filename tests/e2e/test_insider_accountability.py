"""An insider looks everywhere for who was held to account: in the record of what a decision read, in counts, in the
addresses themselves, in who reads what (N16, N18, F11).
"""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.projections.table import ViewTable
from tests.e2e.remedy import found_out, listed
from tests.e2e.walk import AGENT, APPROVER, AUDITOR, INVESTIGATOR, JUDGE, LEAD, Walk
from tests.fixtures.system import House

HR, OTHER_HR, FOREIGN_LEAD, ADMIN = "shen.jia", "omar.farouk", "sun.lei", "ren.zhi"


async def newcomer(house: House) -> str:
    """Somebody whose id stands nowhere yet but in the directory."""
    staff_id = f"held.{uuid4().hex[:12]}"
    body = {"name": "新人", "department": "cards", "roles": ["agent"], "reports_to": LEAD}
    assert (await house.post(ADMIN, f"directory/staff/{staff_id}", body)).status_code == 201
    return staff_id


async def stands_in(house: House, staff_id: str) -> set[str]:
    """Every place of every database that names them in clear, beside the directory's own facts of them."""
    found: set[str] = set()
    for name in (*house.system.runtimes, "log"):
        runtime = house.system.runtimes.get(name)
        views = runtime.rooms.views if runtime else ()
        personal = {ViewTable(view, generation).name: view.personal for view in views for generation in (1, 2, 3)}
        connection = await asyncpg.connect(house.system.process.dsn_of(name))
        try:
            tables = await connection.fetch(
                "select schemaname as schema, tablename as name from pg_tables"
                " where schemaname in ('public', 'views') and tablename <> 'alembic_version'"
            )
            for table in tables:
                for row in await connection.fetch(f'select * from "{table["schema"]}"."{table["name"]}"'):
                    clear = {column: value for column, value in row.items()
                             if column not in personal.get(table["name"], ())}  # fmt: skip
                    if _is_of_the_directory(clear, staff_id):
                        continue
                    found |= {f"{name}: {table['name']}.{column}" for column, value in clear.items()
                              if staff_id in _text(value)}  # fmt: skip
        finally:
            await connection.close()
    return found


def _text(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def _is_of_the_directory(row: dict[str, Any], staff_id: str) -> bool:
    """A fact, or a row, whose own subject they are; or who did it by an idempotency key of the administrator."""
    own = f"staff:{staff_id}"
    return own in (row.get("subject"), row.get("key"), row.get("_subject")) or own in _text(row.get("answer", ""))


async def test_the_record_of_what_was_read_does_not_tell_who_was_held_to_account(house: House) -> None:
    person, head = await newcomer(house), await newcomer(house)
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR, responsible_person=person)
    await walk.step(LEAD, "investigation", "findings/acceptance")
    measure = {"measure": "m1", "person": person, "head": head, "decision": "口头警告。"}
    await walk.step(HR, "resolution", "accountability", measure)
    path = f"resolution/complaints/{walk.id}/accountability?purpose=handling"
    shown = await listed(house, HR, path, lambda row: True)
    assert (shown["person"], shown["head"]) == (person, head)
    for each in (person, head):
        assert await stands_in(house, each) == set()


async def test_somebody_who_never_worked_here_is_held_to_no_account(house: House) -> None:
    walk = await Walk(house).investigated()
    for person, head in (("nobody.here", None), (LEAD, "nobody.here")):
        body = {"measure": "m1", "person": person, "head": head, "decision": "x"}
        answer = await walk.post(HR, "resolution", "accountability", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_seen"), answer.text


async def test_whoever_reads_the_record_stands_in_the_access_log(house: House) -> None:
    walk = await Walk(house).investigated()
    measure = {"measure": "m1", "person": "chen.bo", "decision": "口头警告。"}
    await walk.step(HR, "resolution", "accountability", measure)
    path = f"resolution/complaints/{walk.id}/accountability?purpose=audit"
    await listed(house, OTHER_HR, path, lambda row: True)
    asked = f"resolution/accesses?actor={OTHER_HR}&subject=accountability:{walk.id}"
    (read, *_) = (await house.get(AUDITOR, asked)).json()["items"]
    assert (read["purpose"], read["role"]) == ("audit", "hr")
    assert "chen.bo" not in str(read)


@pytest.mark.parametrize("who", [AGENT, APPROVER, AUDITOR, JUDGE, FOREIGN_LEAD, INVESTIGATOR])
async def test_from_outside_a_record_and_none_look_alike(house: House, who: str) -> None:
    walk, other = await Walk(house).investigated(), await Walk(house).investigated()
    measure = {"measure": "m1", "person": "chen.bo", "decision": "口头警告。"}
    await walk.step(HR, "resolution", "accountability", measure)
    for path in ("accountability?purpose=audit",):
        answers = [await house.get(who, f"resolution/complaints/{each.id}/{path}") for each in (walk, other)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].text == answers[1].text
        assert answers[0].headers.get("etag") == answers[1].headers.get("etag")
    tries = (("accountability", measure), ("accountability/m1/revocation", {"reasons": "So."}))
    for path, body in tries:
        told = [(await each.post(who, "resolution", path, body)).json() for each in (walk, other)]
        assert told[0] == told[1], path
