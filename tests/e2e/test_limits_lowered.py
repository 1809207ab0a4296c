"""Limits are lowered between an approval and its execution: the money does not leave (N4, race cases of domain 4.4)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.packs.house import HOUSE_LIMITS, LIMITS_NOTICE
from tests.e2e.remedy import accept, approval, approve, execute, offer, put_to_customer
from tests.e2e.walk import APPROVER, EXECUTOR, LEAD, OFFICER, Walk
from tests.fixtures.system import House, house_of_the_run

FIRST, SECOND, HIGHER = "ren.zhi", "kate.nowak", "margaret.hale"
LIMIT = HOUSE_LIMITS.activated[0].limit("approver", "operations", "CNY").minor
TABLE = {
    "table": "house-2",
    "entries": [
        {"role": "approver", "department": "*", "limit": {"minor": LIMIT // 2, "currency": "CNY"}},
        {"role": "higher_approver", "department": "*", "limit": {"minor": LIMIT * 2, "currency": "CNY"}},
    ],
}


@pytest.fixture
async def strict_house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A system of its own: limits are everybody's."""
    async with house_of_the_run(request) as opened:
        yield opened


async def refused(house: House, who: str, path: str, body: Any, code: str, **options: Any) -> None:
    answer = await house.post(who, path, body, **options)
    assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text


async def activated(house: House, effective_from: datetime) -> dict[str, str]:
    """Two administrators put the lower table in force; what makes a command elsewhere wait until it is known there."""
    body = {"table": "house-2", "effective_from": effective_from.isoformat()}
    path = "directory/limits/activation"
    proposed = await house.post(FIRST, "directory/limits/proposal", TABLE)
    assert proposed.status_code == 201, proposed.text
    etag = proposed.headers["etag"]
    await refused(house, FIRST, path, body, "same_person", etag=etag)
    early = body | {"effective_from": (effective_from - timedelta(minutes=1)).isoformat()}
    await refused(house, SECOND, path, early, "too_soon", etag=etag)
    done = await house.post(SECOND, path, body, etag=etag)
    assert done.status_code == 201, done.text
    return {"Consistency-Token": done.headers["consistency-token"]}


async def test_a_limit_lowered_before_the_execution_holds_the_money_back(strict_house: House) -> None:
    house, amount = strict_house, LIMIT * 8 // 10
    in_time, too_late = await Walk(house).accepted(amount), await Walk(house).accepted(amount)
    effective_from = house.system.process.clock.now() + LIMITS_NOTICE + timedelta(seconds=50)
    known = await activated(house, effective_from)
    body = {"digest": in_time.digest}
    paid = await in_time.post(EXECUTOR, "resolution", "execution", body, headers=known)
    assert paid.status_code == 201, f"the old table is still in force: {paid.text}"

    ahead = {"seconds": (LIMITS_NOTICE + timedelta(minutes=2)).total_seconds()}
    assert (await house.post(FIRST, "clock/advance", ahead)).status_code == 200
    assert house.system.process.clock.now() > effective_from
    body = {"digest": too_late.digest}
    await too_late.refused(EXECUTOR, "resolution", "execution", body, "above_limit", headers=known)

    fresh = await Walk(house).submitted(amount)
    for who, role in ((LEAD, "approver"), (APPROVER, "higher_approver")):
        answer = await fresh.step(who, "resolution", "approval", approval(fresh.digest))
        assert answer.json()["events"] == ["remedy.approved", "remedy.approval-escalated"], role
        await fresh.refused(OFFICER, "resolution", "offer", offer(fresh.digest), "approval_incomplete")

    returned = {"digest": too_late.digest, "reasons": "The limits are lower now."}
    await too_late.step(HIGHER, "resolution", "remedy-return", returned)
    too_late.option = "again"
    await too_late.submitted(amount)
    await approve(too_late, HIGHER)
    await put_to_customer(too_late)
    await accept(too_late)
    await execute(too_late)
