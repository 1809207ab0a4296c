"""Nothing is closed without the customer's word of this very cycle, nor called by who handled it (N1, N2, N8, N24)."""

from typing import Any

import pytest

from tests.e2e.remedy import accept, approval, approve, execute, offer, put_to_customer
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    CALLER,
    EXECUTOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    SCORES,
    SECOND,
    SECOND_INVESTIGATOR,
    Walk,
)
from tests.fixtures.system import House

OTHER_CALLER = "tom.adeyemi"
REACHED = {"outcome": "reached", "channel": "phone", "recording": "rec-1"}
SATISFIED = {"satisfied": True, "scores": SCORES, "words": "好的。"}
NEW_FACTS = {"reason": "new_facts", "explanation": "The customer sent another statement."}


async def may_not_close(walk: Walk, code: str) -> None:
    # Before the callback service has anything to show of a case there is no ETag to be had.
    begun = code != "not_yet_seen" or f"callback:complaint:{walk.id}" in walk.house.seen
    await walk.refused(CALLER, "callback", "closing", None, code, etag=None if begun else '"0"')


async def in_second_cycle(walk: Walk) -> Walk:
    await walk.reopened()
    await walk.shows("investigation", "cycle", 2)
    return walk


# N1: never closed without having reached the customer, and their word


async def test_nothing_is_closed_before_the_customer_was_reached_and_said_so(house: House) -> None:
    walk = await Walk(house).executed()
    await may_not_close(walk, "not_reached")
    for outcome in ("no_answer", "busy", "wrong_number", "refused", "asked_later"):
        await walk.step(CALLER, "callback", "callback-attempts", REACHED | {"outcome": outcome})
        await may_not_close(walk, "not_reached")
        await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "not_reached")
    await walk.step(CALLER, "callback", "callback-attempts", REACHED)
    await may_not_close(walk, "satisfaction_unknown")
    await walk.refused(OTHER_CALLER, "callback", "satisfaction", SATISFIED, "another_caller")
    await may_not_close(walk, "satisfaction_unknown")


async def test_a_dissatisfied_customers_complaint_is_never_closed(house: House) -> None:
    walk = await Walk(house).answered(satisfied=False)
    await may_not_close(walk, "dissatisfied_not_closed")
    await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "already_answered")
    await walk.refused(CALLER, "callback", "callback-attempts", REACHED, "already_answered")
    await may_not_close(walk, "dissatisfied_not_closed")


async def test_what_is_not_closed_is_neither_summed_up_nor_archived(house: House) -> None:
    walk = await Walk(house).answered()
    lesson = {"cause": "system-fault", "lesson": "尽早回访。"}
    await walk.refused(JUDGE, "callback", "summary", lesson, "not_closed")
    await walk.refused(JUDGE, "callback", "archive", None, "not_summarised")


async def test_a_call_needs_a_recording_or_the_reason_why_there_is_none(house: House) -> None:
    walk = await Walk(house).executed()
    unproved = {"outcome": "reached", "channel": "phone"}
    both = REACHED | {"no_recording_reason": "customer-refused"}
    for body in (unproved, both):
        await walk.refused(CALLER, "callback", "callback-attempts", body, "recording_or_reason")


# N2: never closed, called or reopened while handling goes on


async def test_nothing_is_called_closed_or_reopened_while_it_is_handled(house: House) -> None:
    walk = await Walk(house).submitted()
    told: list[Any] = [None, approve, put_to_customer, accept]
    for go_on in told:
        if go_on is not None:
            await go_on(walk)
        await may_not_close(walk, "not_yet_seen")
        await walk.refused(CALLER, "callback", "callback-attempts", REACHED, "not_yet_seen")
        await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "not_yet_seen")
        await walk.refused(CALLER, "callback", "reopening", NEW_FACTS, "not_yet_seen")
    await execute(walk)
    await may_not_close(walk, "not_reached")


async def test_nothing_new_is_paid_once_resolution_is_over(house: House) -> None:
    walk = await Walk(house).closed()
    body = {
        "option": "late", "kind": "apology", "amount": {"minor": 0, "currency": "CNY"}, "steps": [],
        "description": "Sorry.", "execute_by": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    await walk.refused(OFFICER, "resolution", "remedies", body, "concluded")
    await walk.refused(APPROVER, "resolution", "approval", approval(walk.digest), "concluded")
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "concluded")


# N8: never called by anyone who handled it


HANDLED = (AGENT, JUDGE, LEAD, INVESTIGATOR, OFFICER, APPROVER, OTHER_AGENT, EXECUTOR)


async def may_not_call(walk: Walk, who: str) -> None:
    token = walk.house.token_of(who, "callback_agent", department="customer-service")
    for path, body in (("callback-attempts", REACHED), ("satisfaction", SATISFIED)):
        await walk.refused(who, "callback", path, body, "handled_the_case", token=token)


async def test_nobody_who_handled_a_complaint_calls_the_customer(house: House) -> None:
    walk = await Walk(house).executed()
    for who in HANDLED:
        await may_not_call(walk, who)


async def test_nobody_who_handled_it_records_the_word_of_a_customer_whom_another_reached(house: House) -> None:
    walk = await Walk(house).reached()
    for who in HANDLED:
        await may_not_call(walk, who)


async def test_an_investigator_who_was_replaced_does_not_call_either(house: House) -> None:
    walk = await Walk(house).assigned()
    declared = {"investigator": SECOND_INVESTIGATOR, "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", declared)
    named = {"investigator": INVESTIGATOR, "declaration": "declaration-1", "reason": "workload"}
    await walk.step(LEAD, "investigation", "investigator", named)
    await walk.executed()
    await may_not_call(walk, SECOND_INVESTIGATOR)


async def test_nobody_who_rejected_a_complaint_calls_the_customer(house: House) -> None:
    walk = await Walk(house).replied()
    for who in (AGENT, JUDGE, SECOND):
        await may_not_call(walk, who)


async def test_whoever_handled_an_earlier_cycle_does_not_call_in_a_later_one(house: House) -> None:
    walk = await in_second_cycle(await Walk(house).executed())
    await walk.investigated(SECOND_INVESTIGATOR)
    await walk.executed()
    for who in (*HANDLED, SECOND_INVESTIGATOR):
        await may_not_call(walk, who)


@pytest.mark.parametrize("who", [AGENT, JUDGE, LEAD, INVESTIGATOR, OFFICER, APPROVER, EXECUTOR, SECOND])
async def test_only_callers_call_whatever_else_they_may_do(house: House, who: str) -> None:
    walk = Walk(house, id="00000000-0000-4000-8000-000000000000")
    await walk.refused(who, "callback", "callback-attempts", REACHED, "wrong_role", status=403)


# N24: nothing of an earlier cycle counts in a later one


async def test_no_earlier_callback_or_satisfaction_closes_a_later_cycle(house: House) -> None:
    walk = await Walk(house).closed()
    await walk.step(CALLER, "callback", "reopening", NEW_FACTS)
    walk.cycle, walk.option, walk.steps = 2, "o2", ["department"]
    await walk.shows("investigation", "cycle", 2)
    await may_not_close(walk, "not_yet_seen")
    await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "not_yet_seen")
    await walk.investigated(SECOND_INVESTIGATOR)
    await walk.executed()
    await may_not_close(walk, "not_reached")
    await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "not_reached")
    await walk.step(OTHER_CALLER, "callback", "callback-attempts", REACHED)
    await may_not_close(walk, "satisfaction_unknown")
    await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "another_caller")


async def test_no_earlier_approval_offer_or_acceptance_pays_in_a_later_cycle(house: House) -> None:
    walk = await Walk(house).executed()
    earlier = walk.digest
    await in_second_cycle(walk)
    for who, path, body in (
        (APPROVER, "approval", approval(earlier)),
        (OFFICER, "offer", offer(earlier)),
        (OTHER_AGENT, "acceptance", walk.acceptance()),
        (EXECUTOR, "execution", {"digest": earlier}),
    ):
        await walk.refused(who, "resolution", path, body, "not_yet_seen", etag=await etag_of(walk))
    await walk.investigated(SECOND_INVESTIGATOR)
    await walk.submitted()
    assert walk.digest != earlier
    await walk.refused(APPROVER, "resolution", "approval", approval(earlier), "other_digest")
    for digest, code in ((earlier, "other_digest"), (walk.digest, "not_approved")):
        await walk.refused(EXECUTOR, "resolution", "execution", {"digest": digest}, code)
    await approve(walk)
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_offered")
    await put_to_customer(walk)
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_accepted")
    old = walk.acceptance() | {"digest": earlier}
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", old, "other_digest")


async def etag_of(walk: Walk) -> str:
    return str((await walk.read("resolution")).headers["etag"])


async def test_no_earlier_findings_or_evidence_carry_a_later_cycle(house: House) -> None:
    walk = await in_second_cycle(await Walk(house).executed())
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, "no_findings")
    named = {"investigator": SECOND_INVESTIGATOR, "declaration": "declaration-2"}
    await walk.step(LEAD, "investigation", "investigator", named)
    findings = {"verdict": "upheld", "reasons": "As before.", "loss": {"minor": 1, "currency": "CNY"}}
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "findings", findings, "evidence_needed")
    await walk.evidence(SECOND_INVESTIGATOR)
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "findings", findings, "cause_needed")


async def test_no_earlier_judgement_or_reply_counts_once_a_rejection_is_reopened(house: House) -> None:
    walk = await (await Walk(house).replied()).reopened()
    await walk.shows("intake", "status", "reopened")
    letter = {"letter": "非常抱歉 …", "channel": "letter", "proof": "post-9"}
    await walk.refused(AGENT, "intake", "courtesy-reply", letter, "not_rejected")
    await walk.refused(JUDGE, "intake", "department", {"department": "cards", "recused": []}, "not_established")
    await may_not_close(walk, "not_yet_seen")
