"""Days pass: a customer is given up, a callback is missed or put off, a review is late (N1, N8, N12)."""

from datetime import timedelta
from typing import Any

from tests.e2e.walk import CALLED, CALLER, JUDGE, SECOND, Walk, audit_of
from tests.fixtures.system import House
from tests.patience import Tries

FREE_LEAD, ADMIN, AGENT = "grace.turner", "ren.zhi", "li.na"
GIVEN_UP = {"letter": "post-7", "reasons": "Nobody answers."}
DAY = timedelta(days=1)


async def passes(house: House, time: timedelta) -> None:
    ahead = {"seconds": time.total_seconds()}
    assert (await house.post(ADMIN, "clock/advance", ahead)).status_code == 200


async def missed(walk: Walk, channel: str) -> None:
    await walk.step(CALLER, "callback", "callback-attempts", CALLED | {"outcome": "no_answer", "channel": channel})


async def covered(walk: Walk) -> dict[str, Any]:
    """The callback of this complaint as statistics count it."""
    token = {"Consistency-Token": walk.house.seen[f"callback:complaint:{walk.id}"]}
    page = (await walk.house.get(JUDGE, "callback/callback-coverage?limit=200", **token)).json()
    row: dict[str, Any] = next(row for row in page["items"] if row["complaint_id"] == walk.id)
    return row


async def test_who_was_tried_on_two_days_and_then_in_writing_is_given_up_by_a_lead(own_house: House) -> None:
    walk = await Walk(own_house).executed()
    await missed(walk, "phone")
    await passes(own_house, DAY)
    await missed(walk, "phone")
    await walk.refused(FREE_LEAD, "callback", "unreachable", GIVEN_UP, "tried_too_little")
    await missed(walk, "letter")
    await missed(walk, "phone")
    await walk.refused(FREE_LEAD, "callback", "unreachable", GIVEN_UP, "last_not_written")
    await missed(walk, "email")
    await walk.step(FREE_LEAD, "callback", "unreachable", GIVEN_UP)
    await walk.refused(CALLER, "callback", "closing", None, "lead_closes")
    await walk.step(FREE_LEAD, "callback", "closing")
    row = await covered(walk)
    assert (row["result"], row["in_time"], row["missed"]) == ("unreachable", True, False)


async def test_a_missed_callback_stays_missed_whatever_comes_later(own_house: House) -> None:
    walk = await Walk(own_house).executed()
    await passes(own_house, 3 * DAY)
    await walk.shows("callback", "overdue", True)
    await walk.closed()
    shown = await walk.shows("callback", "status", "closed")
    row = await covered(walk)
    assert (shown["overdue"], shown["missed"], row["missed"], row["in_time"]) == (True, 1, True, False)


async def test_put_off_by_the_customer_it_is_missed_only_after_their_time(own_house: House) -> None:
    walk = await Walk(own_house).executed()
    begin = own_house.system.process.clock.now() + 5 * DAY
    slot = {"begin": begin.isoformat(), "end": (begin + DAY / 24).isoformat(), "proof": "rec-1"}
    unasked = slot | {"requested_by_customer": False}
    await walk.refused(CALLER, "callback", "callback-slot", unasked, "slot_past_due")
    await walk.step(CALLER, "callback", "callback-slot", slot | {"requested_by_customer": True})
    await passes(own_house, 4 * DAY)
    other = await Walk(own_house).executed()
    assert not (await walk.read("callback")).json()["overdue"]
    await passes(own_house, DAY)
    uninvited = CALLED | {"outcome": "no_answer", "customer_requested": False}
    await walk.step(CALLER, "callback", "callback-attempts", uninvited)
    await passes(own_house, DAY)
    await walk.shows("callback", "overdue", True)
    assert not (await other.read("callback")).json()["overdue"]


async def test_a_result_found_untrue_after_it_was_due_was_missed(own_house: House) -> None:
    walk = await Walk(own_house).answered()
    await passes(own_house, 4 * DAY)
    assert not (await walk.read("callback")).json()["overdue"]
    await walk.step(SECOND, "callback", "callback-audits", audit_of(CALLER, truthful=False))
    shown = await walk.shows("callback", "status", "untrue")
    assert shown["overdue"] and (await covered(walk))["missed"]


async def test_a_review_that_nobody_decides_is_late_for_ever(own_house: House) -> None:
    walk = await Walk(own_house).closed()
    asked = {
        "review": "r1", "asked_by": "customer", "channel": "letter", "proof": "post-in-1", "grounds": "Look again.",
    }  # fmt: skip
    await passes(own_house, 31 * DAY)
    await walk.refused(AGENT, "callback", "reviews", asked, "review_too_late")
    later = await Walk(own_house).closed()
    await later.step(AGENT, "callback", "reviews", asked)
    await passes(own_house, 30 * DAY)
    async for _ in Tries():
        rows = (await own_house.get(JUDGE, "callback/worklists/reviews?overdue=true")).json()["items"]
        if later.id in [row["complaint_id"] for row in rows]:
            break
    else:
        raise AssertionError("the review never showed as late")
