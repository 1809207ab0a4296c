"""An insider tries to make a missed callback look made, or a customer look satisfied or gone (N1, N2, N8, N12, N24)."""

import asyncio
from datetime import timedelta
from typing import Any

from services.callback.commands.pass_deadline import PassCallbackDeadline
from services.intake.commands.pass_confirmation_deadline import PassConfirmationDeadline
from services.resolution.commands.pass_action_deadline import PassActionDeadline
from tests.e2e.test_callback_in_days import DAY, covered, passes
from tests.e2e.test_deputies import in_name_of, known, named
from tests.e2e.walk import (
    AGENT,
    CALLED,
    CALLER,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    SCORES,
    SECOND,
    SECOND_INVESTIGATOR,
    Walk,
    audit_of,
)
from tests.fixtures.system import House
from tests.patience import Tries

FREE_LEAD, OTHER_CALLER, ADMIN = "grace.turner", "tom.adeyemi", "ren.zhi"
REACHED = CALLED | {"outcome": "reached"}
SATISFIED = {"satisfied": True, "scores": SCORES, "words": "好的。"}
NEW_FACTS = {"reason": "new_facts", "explanation": "A statement came in."}


# N12: what was missed stays missed


async def test_a_missed_callback_is_hidden_neither_by_another_time_nor_by_a_reopening_nor_by_a_withdrawal(
    own_house: House,
) -> None:
    house = own_house
    walk = await Walk(house).executed()
    await passes(house, 3 * DAY)
    await walk.shows("callback", "overdue", True)
    begin = house.system.process.clock.now() + DAY
    slot = {"begin": begin.isoformat(), "end": (begin + DAY / 24).isoformat(), "proof": "rec-1"}
    await walk.step(CALLER, "callback", "callback-slot", slot | {"requested_by_customer": True})
    assert (await walk.read("callback")).json()["overdue"]
    await walk.step(CALLER, "callback", "reopening", NEW_FACTS)
    first = await covered(walk)
    assert (first["cycle"], first["missed"], first["in_time"]) == (1, True, None)
    walk.cycle = 2
    await walk.shows("intake", "status", "assigned")
    await walk.step(OTHER_AGENT, "intake", "withdrawal", await walk.withdrawal(OTHER_AGENT))
    await walk.shows("intake", "status", "withdrawn")
    assert (await covered(walk))["missed"]
    assert (await walk.read("callback")).json()["missed"] == 1


async def test_a_backdated_call_after_the_deadline_makes_no_callback_in_time(own_house: House) -> None:
    house = own_house
    walk = await Walk(house).executed()
    await passes(house, 3 * DAY + DAY / 24)
    await walk.shows("callback", "overdue", True)
    called_at = (house.system.process.clock.now() - DAY / 12).isoformat()
    await walk.step(CALLER, "callback", "callback-attempts", REACHED | {"called_at": called_at})
    await walk.step(CALLER, "callback", "satisfaction", SATISFIED)
    row = await covered(walk)
    assert (row["missed"], row["in_time"], row["result"]) == (True, False, "satisfied")


async def test_no_alarm_that_rings_late_invents_a_breach_and_none_that_was_is_forgotten(own_house: House) -> None:
    house = own_house
    in_time, late = await Walk(house).executed(), await Walk(house).executed()
    due = (await in_time.read("callback")).json()["due_at"]
    await in_time.answered()
    action = {"action": "a1", "what": "Check.", "owner": OFFICER}
    soon = house.system.process.clock.now() + DAY
    done = {"result": "Done.", "proof": "c-1"}
    for walk in (in_time, late):
        await walk.step(LEAD, "resolution", "actions", action | {"due_at": soon.isoformat()})
    await in_time.step(OFFICER, "resolution", "actions/a1/completion", done)
    await passes(house, 5 * DAY)
    await late.shows("callback", "overdue", True)
    about: dict[str, Any] = {"complaint_id": in_time.id, "cycle": 1, "due_at": due}
    assert (await house.by_itself(PassCallbackDeadline, **about)).events == ()
    assert (await house.by_itself(PassActionDeadline, complaint_id=in_time.id, action="a1", due_at=soon)).events == ()
    assert not (await covered(in_time))["missed"]
    await late.step(OFFICER, "resolution", "actions/a1/completion", done)
    # Whether the alarm rang before it was done or after: it was not done in time.
    row: dict[str, Any] = {}
    async for _ in Tries():
        (row,) = (await house.get(LEAD, f"resolution/complaints/{late.id}/actions")).json()["items"]
        if (row["status"], row["overdue"]) == ("completed", True):
            break
    else:
        raise AssertionError(f"shown as {row}")


async def test_a_withdrawal_that_nobody_confirmed_in_time_stays_so_whoever_confirms_it_then(own_house: House) -> None:
    house = own_house
    walk = await Walk(house).withdrawn()
    await passes(house, 4 * DAY)
    before = await house.events(walk.id)
    stands = {"stands_by_it": True, "channel": "phone", "recording": "rec-9", "words": "是。"}
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", stands)
    assert await house.events(walk.id) > before
    due = (house.system.process.clock.now() - DAY).isoformat()
    about: dict[str, Any] = {"complaint_id": walk.id, "cycle": 1, "due_at": due}
    await house.by_itself(PassConfirmationDeadline, **about)
    types = await walk.house.system.runtimes["intake"].pool.fetch(
        "select type from journal where subject = $1", f"complaint:{walk.id}"
    )
    assert [row["type"] for row in types].count("complaint.confirmation-deadline-passed") == 1


# N1 and N8: nobody is given up, or called, by a trick of time or of names


async def test_nobody_is_given_up_on_calls_of_before_the_handling_ended_or_of_one_day(own_house: House) -> None:
    house = own_house
    walk = await Walk(house).executed()
    now = house.system.process.clock.now()
    missed = CALLED | {"outcome": "no_answer"}
    for called_at, code in ((now - timedelta(hours=2), "called_too_early"), (now + DAY, "called_in_future")):
        body = missed | {"called_at": called_at.isoformat()}
        await walk.refused(CALLER, "callback", "callback-attempts", body, code)
    for channel in ("phone", "sms", "phone", "letter"):
        await walk.step(CALLER, "callback", "callback-attempts", missed | {"channel": channel})
    given_up = {"letter": "post-1", "reasons": "Nobody answers."}
    await walk.refused(FREE_LEAD, "callback", "unreachable", given_up, "tried_too_little")
    await passes(house, 2 * DAY)
    old = missed | {"called_at": (house.system.process.clock.now() - DAY - timedelta(minutes=1)).isoformat()}
    await walk.refused(CALLER, "callback", "callback-attempts", old, "entered_too_late")
    again = missed | {"outcome": "asked_later", "channel": "phone"}
    later = (house.system.process.clock.now() + DAY).isoformat()
    await walk.step(CALLER, "callback", "callback-attempts", again | {"call_again_at": later})
    await walk.step(CALLER, "callback", "callback-attempts", missed | {"channel": "email"})
    await walk.refused(FREE_LEAD, "callback", "unreachable", given_up, "call_promised")
    token = house.token_of(CALLER, "triage_lead", department="customer-service")
    await walk.refused(CALLER, "callback", "unreachable", given_up, "called_the_customer", token=token)


async def test_whoever_handled_it_calls_neither_in_a_free_colleague_s_name_nor_through_one(house: House) -> None:
    walk = await Walk(house).executed()
    await named(house, OTHER_CALLER, AGENT)
    await known(house, "callback", OTHER_CALLER, AGENT)
    tries = (("callback-attempts", REACHED), ("satisfaction", SATISFIED))
    for path, body in tries:
        await walk.refused(AGENT, "callback", path, body, "handled_the_case", **in_name_of(OTHER_CALLER))
    assert (await house.post(ADMIN, f"directory/staff/{OTHER_CALLER}/deputies/{AGENT}/end")).status_code == 201
    both = house.token_of(AGENT, "callback_agent", "triage_lead", department="customer-service")
    for path, body in tries:
        await walk.refused(AGENT, "callback", path, body, "handled_the_case", token=both)


async def test_a_customer_whom_one_reached_is_not_made_satisfied_by_another(house: House) -> None:
    walk = await Walk(house).reached()
    await walk.refused(OTHER_CALLER, "callback", "satisfaction", SATISFIED, "another_caller")
    await walk.step(OTHER_CALLER, "callback", "callback-attempts", CALLED | {"outcome": "no_answer"})
    await walk.refused(OTHER_CALLER, "callback", "satisfaction", SATISFIED, "another_caller")
    await walk.step(CALLER, "callback", "satisfaction", SATISFIED | {"satisfied": False})
    for who in (CALLER, OTHER_CALLER):
        await walk.refused(who, "callback", "satisfaction", SATISFIED, "already_answered")
        await walk.refused(who, "callback", "callback-attempts", REACHED, "already_answered")
        await walk.refused(who, "callback", "closing", None, "dissatisfied_not_closed")


# Two browsers at once


async def test_of_a_closing_and_an_audit_that_finds_the_record_untrue_nothing_false_is_left_archived(
    house: House,
) -> None:
    walk = await Walk(house).answered()
    etag = (await walk.read("callback")).headers["etag"]
    closing, audit = await asyncio.gather(
        walk.post(CALLER, "callback", "closing", None, etag=etag, fresh=False),
        walk.post(SECOND, "callback", "callback-audits", audit_of(CALLER, truthful=False)),
    )
    assert audit.status_code == 201, audit.text
    assert closing.status_code in (201, 409, 412), closing.text
    if closing.status_code == 201:
        await walk.step(JUDGE, "callback", "summary", {"cause": "c", "lesson": "x"})
        await walk.refused(FREE_LEAD, "callback", "archive", None, "closed_on_untrue_record")
    else:
        await walk.refused(CALLER, "callback", "closing", None, "not_reached")
    await walk.refused(CALLER, "callback", "callback-attempts", REACHED, "record_untrue", "closed")


async def test_of_a_review_and_a_closing_at_once_never_both_stand(house: House) -> None:
    walk = await Walk(house).answered()
    etag = (await walk.read("callback")).headers["etag"]
    review = {"review": "r1", "asked_by": "customer", "channel": "letter", "proof": "in-1", "grounds": "Look."}
    closing, asked = await asyncio.gather(
        walk.post(CALLER, "callback", "closing", None, etag=etag, fresh=False),
        walk.post(AGENT, "callback", "reviews", review),
    )
    assert asked.status_code == 201, asked.text
    if closing.status_code != 201:
        assert closing.status_code in (409, 412), closing.text
        await walk.refused(CALLER, "callback", "closing", None, "review_open")
    await walk.refused(CALLER, "callback", "reopening", NEW_FACTS, "review_open")


async def test_of_two_reopenings_at_once_one_begins_the_next_cycle(house: House) -> None:
    walk = await Walk(house).answered(satisfied=False)
    reopening = {"reason": "dissatisfied", "explanation": "Not what was promised."}
    answers = await asyncio.gather(
        *(walk.post(who, "callback", "reopening", reopening) for who in (CALLER, OTHER_CALLER, FREE_LEAD) * 2)
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5], [answer.text for answer in answers]
    walk.cycle = 2
    await walk.shows("callback", "status", "reopened")
    await walk.shows("investigation", "stage", "awaiting_investigator")
    first = {"investigator": "amira.haddad", "declaration": "d-1"}
    await walk.refused(LEAD, "investigation", "investigator", first, "investigated_before")
    await walk.step(LEAD, "investigation", "investigator", first | {"investigator": SECOND_INVESTIGATOR})
