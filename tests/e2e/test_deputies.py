"""代理人 A deputy acts in the name of the absent, within the dates, never where a person must act themself."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest

from tests.e2e.customers import CLERK, REVIEWER, Front
from tests.e2e.walk import INVESTIGATOR, LEAD, Walk
from tests.fixtures.system import House
from tests.patience import Tries

ADMIN, HEAD = "ren.zhi", "gu.mingyuan"
OUTSIDER = "pan.lu"
_LAST = "select body from journal where subject = $1 and source = $2 order by revision desc limit 1"


def now(house: House) -> datetime:
    return house.system.process.clock.now()


async def named(
    house: House, absent: str, deputy: str, *, by: str = ADMIN, ahead: timedelta = timedelta(0), **options: Any
) -> httpx2.Response:
    """The deputy of an absent person, from now or from then on for a day."""
    begins = now(house) + ahead
    body = {"deputy": deputy, "begins": begins.isoformat(), "ends": (begins + timedelta(days=1)).isoformat()}
    return await house.post(by, f"directory/staff/{absent}/deputies", body, **options)


async def known(house: House, service: str, absent: str, deputy: str, acts: bool = True) -> None:
    """Wait until another service has learned of it."""
    async for _ in Tries():
        member = await house.system.runtimes[service].kernel.state(f"staff:{absent}")
        if (deputy in [each.id for each in member.deputies]) is acts:
            return
    raise AssertionError(f"{service} has not heard that {deputy} acts for {absent}")


async def events_of(house: House, absent: str) -> int:
    pool = house.system.runtimes["directory"].pool
    count: int = await pool.fetchval("select count(*) from journal where subject = $1", f"staff:{absent}")
    return count


async def refused(house: House, absent: str, response: httpx2.Response, code: str, before: int, status: int) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert await events_of(house, absent) == before


async def newcomer(house: House, *roles: str, department: str = "cards", lead: str = LEAD) -> str:
    """Somebody new on the staff."""
    staff_id = f"new.{uuid4().hex[:8]}"
    body = {"name": "新人", "department": department, "roles": roles or ("investigator",), "reports_to": lead}
    response = await house.post(ADMIN, f"directory/staff/{staff_id}", body)
    assert response.status_code == 201, response.text
    return staff_id


def in_name_of(absent: str) -> dict[str, Any]:
    return {"headers": {"On-Behalf-Of": absent}}


async def last_envelope(house: House, service: str, subject: str) -> dict[str, Any]:
    body = await house.system.runtimes[service].pool.fetchval(_LAST, subject, service)
    envelope: dict[str, Any] = orjson.loads(body)
    return envelope


async def test_a_deputy_acts_in_the_name_of_the_absent_and_the_event_bears_both(house: House) -> None:
    walk = await Walk(house).assigned()
    assert (await named(house, LEAD, OUTSIDER, by="margaret.hale")).status_code == 201
    await known(house, "investigation", LEAD, OUTSIDER)
    path, body = "investigator", {"investigator": INVESTIGATOR, "declaration": "d-1"}
    await walk.refused(OUTSIDER, "investigation", path, body, "wrong_role", status=403)
    response = await house.post(OUTSIDER, f"investigation/complaints/{walk.id}/{path}", body, **in_name_of(LEAD))
    assert response.status_code == 201, response.text
    envelope = await last_envelope(house, "investigation", f"complaint:{walk.id}")
    assert (envelope["actor"], envelope["onbehalfof"]) == (OUTSIDER, LEAD)
    assert (envelope["role"], envelope["department"]) == ("department_lead", "cards")
    await house.post(ADMIN, f"directory/staff/{LEAD}/deputies/{OUTSIDER}/end")
    await known(house, "investigation", LEAD, OUTSIDER, False)
    await walk.refused(
        OUTSIDER, "investigation", path, body, "not_the_deputy", status=403, **in_name_of(LEAD)
    )  # fmt: skip


async def test_a_deputy_gets_the_role_of_the_absent_and_with_it_their_department(house: House) -> None:
    """The clerk is no agent, and the agent's contact is at the front desk."""
    front = Front(house)
    contact = await front.contact("service", "emma.clarke")
    passing = {"department": "back-office", "remark": "Please."}
    await front.done("emma.clarke", f"contacts/{contact}/passing-on", passing)
    stand_in = await newcomer(house, "executor", department="finance", lead="deng.hong")
    token = house.token_of(stand_in, "executor", department="finance")
    remark = {"remark": "Sent."}
    subject = f"contact:{contact}"
    path = f"contacts/{contact}/service"
    await front.refused(stand_in, path, remark, "wrong_role", subject, 403, token=token)
    await named(house, CLERK, stand_in)
    await known(house, "intake", CLERK, stand_in)
    await front.done(stand_in, path, remark, token=token, **in_name_of(CLERK))
    envelope = await last_envelope(house, "intake", subject)
    assert (envelope["actor"], envelope["onbehalfof"]) == (stand_in, CLERK)
    assert (envelope["role"], envelope["department"]) == ("back_office", "back-office")


async def test_what_is_done_in_person_is_done_by_nobody_else(house: House) -> None:
    front = Front(house)
    contact = await front.service_given()
    etag = (await front.row(contact)).headers["etag"]
    await named(house, REVIEWER, OUTSIDER)
    await known(house, "intake", REVIEWER, OUTSIDER)
    verdict = {"passed": True, "remark": "Complete."}
    await front.refused(
        OUTSIDER, f"contacts/{contact}/review", verdict, "acting_for_another", f"contact:{contact}", 403, etag=etag,
        **in_name_of(REVIEWER),
    )  # fmt: skip
    await house.post(ADMIN, f"directory/staff/{REVIEWER}/deputies/{OUTSIDER}/end")


async def test_outside_the_dates_nobody_acts_for_another(house: House) -> None:
    front = Front(house)
    absent = await newcomer(house, "agent", department="customer-service", lead="zhang.wei")
    contact = await front.contact()
    subject = f"contact:{contact}"
    passing = {"department": "cards", "remark": "Please."}

    async def tried(code: str) -> None:
        await front.refused(
            OUTSIDER, f"contacts/{contact}/passing-on", passing, code, subject, 403, **in_name_of(absent)
        )

    async for _ in Tries():
        member = await house.system.runtimes["intake"].kernel.state(f"staff:{absent}")
        if member.joined:
            break
    await tried("not_the_deputy")
    await named(house, absent, OUTSIDER, ahead=timedelta(days=1))
    await known(house, "intake", absent, OUTSIDER)
    await tried("not_the_deputy")


async def test_whoever_left_neither_acts_nor_is_acted_for(house: House) -> None:
    front = Front(house)
    absent = await newcomer(house, "agent", department="customer-service", lead="zhang.wei")
    deputy = await newcomer(house, "agent", department="customer-service", lead="zhang.wei")
    await named(house, absent, deputy)
    await known(house, "intake", absent, deputy)
    contact = await front.contact()
    subject, path = f"contact:{contact}", f"contacts/{contact}/passing-on"
    token = house.token_of(deputy, "agent", department="customer-service")
    await front.done(deputy, path, {"department": "cards", "remark": "Please."}, token=token, **in_name_of(absent))
    assert (await house.post(ADMIN, f"directory/staff/{absent}/departure")).status_code == 201
    further = {"department": "loans", "remark": "Please."}
    await until_left(house, absent)
    await front.refused(deputy, path, further, "not_the_deputy", subject, 403, token=token, **in_name_of(absent))
    assert (await house.post(ADMIN, f"directory/staff/{deputy}/departure")).status_code == 201
    await until_left(house, deputy)
    await front.refused(deputy, path, further, "left_the_firm", subject, 403, token=token)
    await acts_for(house, deputy, absent, stands=False)


async def until_left(house: House, staff_id: str) -> None:
    async for _ in Tries():
        if (await house.system.runtimes["intake"].kernel.state(f"staff:{staff_id}")).left:
            return
    raise AssertionError(f"intake has not heard that {staff_id} left")


async def test_who_may_name_whom_and_nothing_else_is_written(house: House) -> None:
    absent, deputy = await newcomer(house), await newcomer(house)
    before = await events_of(house, absent)
    await refused(house, absent, await named(house, absent, deputy, by="sun.lei"), "not_their_lead", before, 403)
    await refused(house, absent, await named(house, absent, absent), "own_deputy", before, 409)
    await refused(house, absent, await named(house, absent, ADMIN), "names_oneself", before, 409)
    await refused(house, absent, await named(house, absent, "nobody.here"), "unknown_deputy", before, 409)
    for by in (LEAD, HEAD, ADMIN):
        assert (await named(house, absent, deputy, by=by)).status_code == 201


async def test_a_deputy_names_no_further_deputy(house: House) -> None:
    absent, deputy, further = await newcomer(house), await newcomer(house), await newcomer(house)
    await named(house, absent, deputy)
    before = await events_of(house, absent)
    token = house.token_of(deputy, "investigator", department="cards")
    response = await named(house, absent, further, by=deputy, token=token, **in_name_of(absent))
    await refused(house, absent, response, "acting_for_another", before, 403)


@pytest.mark.parametrize("_", range(3))
async def test_of_two_people_who_name_each_other_at_once_one_stays_away(house: House, _: int) -> None:
    one, other = await newcomer(house), await newcomer(house)
    answers = await asyncio.gather(named(house, one, other), named(house, other, one))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {"deputy_ring", None}


async def test_of_two_lines_that_would_close_a_ring_one_is_drawn(house: House) -> None:
    one, other = await newcomer(house), await newcomer(house)
    answers = await asyncio.gather(
        house.post(ADMIN, f"directory/staff/{one}/reporting-line", {"reports_to": other}),
        house.post(ADMIN, f"directory/staff/{other}/reporting-line", {"reports_to": one}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {"reporting_loop", None}


async def test_deputies_and_subordinates_are_shown(house: House) -> None:
    lead = await newcomer(house, "department_lead")
    absent = await newcomer(house, lead=lead)
    response = await named(house, absent, INVESTIGATOR)
    seen = {"Consistency-Token": response.headers["consistency-token"]}
    shown = (await house.get(ADMIN, f"directory/staff/{absent}/deputies", **seen)).json()["items"]
    assert [(each["deputy"], each["named_by"], each["ended_at"]) for each in shown] == [(INVESTIGATOR, ADMIN, None)]
    subordinates = (await house.get(ADMIN, f"directory/staff/{lead}/subordinates")).json()["items"]
    assert [each["staff_id"] for each in subordinates] == [absent]
    await acts_for(house, INVESTIGATOR, absent)
    ended = await house.post(INVESTIGATOR, f"directory/staff/{absent}/deputies/{INVESTIGATOR}/end")
    assert ended.status_code == 201
    await acts_for(house, INVESTIGATOR, absent, stands=False)
    seen = {"Consistency-Token": ended.headers["consistency-token"]}
    shown = (await house.get(ADMIN, f"directory/staff/{absent}/deputies", **seen)).json()["items"]
    assert [each["ended_by"] for each in shown] == [INVESTIGATOR]


async def acts_for(house: House, deputy: str, absent: str, *, stands: bool = True) -> None:
    """Wait until the directory says so, or says so no more."""
    async for _ in Tries():
        items = (await house.get(ADMIN, f"directory/deputies?deputy={deputy}")).json()["items"]
        if (absent in [each["staff_id"] for each in items]) is stands:
            return
    raise AssertionError(f"{deputy} acts for {absent}: never {stands}")
