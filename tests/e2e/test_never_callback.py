"""Nothing is closed without the customer's word of this very cycle, nor called by who handled it (N1, N2, N8, N24)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.remedy import accept, approval, approve, execute, offer, put_to_customer
from tests.e2e.test_deputies import in_name_of, known, named, newcomer
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    AUDITOR,
    CALLED,
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
    audit_of,
)
from tests.fixtures.system import House

OTHER_CALLER = "tom.adeyemi"
REVIEWER, OTHER_REVIEWER, HIGHER, DESK = "daniel.brooks", "xu.fei", "gu.mingyuan", "jiang.hao"
FREE_LEAD, OTHER_DEPARTMENT = "grace.turner", "sun.lei"
REACHED = CALLED | {"outcome": "reached"}
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
    unproved = REACHED | {"recording": None}
    both = REACHED | {"no_recording_reason": "customer-refused"}
    for body in (unproved, both):
        await walk.refused(CALLER, "callback", "callback-attempts", body, "recording_or_reason")


async def test_a_customer_reached_by_voice_is_told_who_calls_and_why_and_is_asked_heard_and_thanked(
    house: House,
) -> None:
    walk = await Walk(house).executed()
    for actions in ([], ["identified", "stated_subject", "discussed", "thanked"]):
        short = REACHED | {"actions": actions}
        await walk.refused(CALLER, "callback", "callback-attempts", short, "actions_missing")


GIVEN_UP = {"letter": "post-7", "reasons": "Nobody answers."}


async def test_nobody_is_given_up_after_too_little_nor_by_a_caller_nor_by_who_handled_it(house: House) -> None:
    """Three tries by three channels, the last in writing, all on one day: customer-local days need two."""
    walk = await Walk(house).executed()
    missed = CALLED | {"outcome": "no_answer"}
    for channel in ("phone", "sms"):
        await walk.step(CALLER, "callback", "callback-attempts", missed | {"channel": channel})
        await walk.refused(FREE_LEAD, "callback", "unreachable", GIVEN_UP, "tried_too_little")
    await walk.step(CALLER, "callback", "callback-attempts", missed | {"channel": "letter"})
    await walk.refused(FREE_LEAD, "callback", "unreachable", GIVEN_UP, "tried_too_little")
    caller = house.token_of(CALLER, "triage_lead", department="triage")
    await walk.refused(CALLER, "callback", "unreachable", GIVEN_UP, "called_the_customer", token=caller)
    await walk.refused(LEAD, "callback", "unreachable", GIVEN_UP, "handled_the_case")
    await walk.refused(CALLER, "callback", "unreachable", GIVEN_UP, "wrong_role", status=403)
    await walk.refused(FREE_LEAD, "callback", "closing", None, "not_reached")


POSITION = {
    "new_facts": False, "reasons": "Nothing new.", "letter": "非常抱歉 … your rights …", "channel": "letter",
    "proof": "post-8",
}  # fmt: skip


async def test_the_last_word_is_another_higher_approvers_and_the_closing_anothers_again(house: House) -> None:
    walk = await Walk(house).answered(satisfied=False)
    approver = house.token_of(APPROVER, "higher_approver", department="operations")
    handler = house.token_of(LEAD, "higher_approver", department="cards")
    caller = house.token_of(CALLER, "higher_approver", department="customer-service")
    for who, token, code in (
        (APPROVER, approver, "own_decision"), (LEAD, handler, "handled_the_case"),
        (CALLER, caller, "called_the_customer"),
    ):  # fmt: skip
        await walk.refused(who, "callback", "reaffirmation", POSITION, code, token=token)
    spoken = POSITION | {"channel": "phone"}
    await walk.refused(HIGHER, "callback", "reaffirmation", spoken, "not_in_writing")
    news = POSITION | {"new_facts": True}
    await walk.refused(HIGHER, "callback", "reaffirmation", news, "new_facts_reopen")
    await walk.refused(FREE_LEAD, "callback", "closing", None, "dissatisfied_not_closed")
    await walk.step(HIGHER, "callback", "reaffirmation", POSITION)
    await walk.refused(CALLER, "callback", "closing", None, "lead_closes")
    await walk.refused(LEAD, "callback", "closing", None, "handled_the_case")
    own = house.token_of(HIGHER, "triage_lead", department="operations")
    await walk.refused(HIGHER, "callback", "closing", None, "own_reaffirmation", token=own)
    again = {"reason": "dissatisfied", "explanation": "Still not."}
    await walk.refused(CALLER, "callback", "reopening", again, "reaffirmed")
    await walk.step(FREE_LEAD, "callback", "closing")
    seen = {"Consistency-Token": house.seen[f"callback:complaint:{walk.id}"]}
    ended = (await house.get(CALLER, "callback/closures?outcome=dissatisfied_final", **seen)).json()["items"]
    assert walk.id in [row["complaint_id"] for row in ended]


async def test_a_satisfied_customers_complaint_is_closed_by_a_caller_alone(house: House) -> None:
    walk = await Walk(house).answered()
    await walk.refused(FREE_LEAD, "callback", "closing", None, "caller_closes")
    await walk.step(CALLER, "callback", "closing")


# F49: never on a record that is not true


async def test_nobody_audits_their_own_record_and_what_is_untrue_closes_nothing(house: House) -> None:
    walk = await Walk(house).answered()
    own = house.token_of(CALLER, "reviewer", department="triage")
    await walk.refused(CALLER, "callback", "callback-audits", audit_of(CALLER), "own_record", token=own)
    await walk.refused(REVIEWER, "callback", "callback-audits", audit_of(OTHER_CALLER), "no_record")
    await walk.step(REVIEWER, "callback", "callback-audits", audit_of(CALLER, truthful=False))
    await may_not_close(walk, "not_reached")
    await walk.refused(CALLER, "callback", "callback-attempts", REACHED, "record_untrue")
    await walk.refused(CALLER, "callback", "satisfaction", SATISFIED, "record_untrue")
    await walk.step(OTHER_CALLER, "callback", "callback-attempts", REACHED)
    await walk.step(OTHER_CALLER, "callback", "satisfaction", SATISFIED)
    await walk.step(OTHER_CALLER, "callback", "closing")


async def test_what_was_closed_on_an_untrue_record_is_reopened_by_a_lead_and_never_archived(house: House) -> None:
    walk = await Walk(house).closed()
    untrue = {"reason": "record_untrue", "explanation": "The customer was never called."}
    await walk.refused(FREE_LEAD, "callback", "reopening", untrue, "not_groundless")
    await walk.step(JUDGE, "callback", "summary", {"cause": "system-fault", "lesson": "尽早回访。"})
    await walk.step(REVIEWER, "callback", "callback-audits", audit_of(CALLER, truthful=False))
    shown = (await walk.read("callback")).json()
    if shown["status"] != "archived":
        await walk.refused(JUDGE, "callback", "archive", None, "closed_on_untrue_record")
    await walk.refused(CALLER, "callback", "reopening", untrue, "lead_reopens")
    await walk.step(FREE_LEAD, "callback", "reopening", untrue)


async def test_a_special_complaint_is_not_archived_before_its_record_is_audited(house: House) -> None:
    walk = await Walk(house).classified(severity="special", reasons=["vulnerable-customer"])
    await (await walk.replied()).closed()
    await walk.step(JUDGE, "callback", "summary", {"cause": "system-fault", "lesson": "尽早回访。"})
    await walk.refused(JUDGE, "callback", "archive", None, "not_audited")
    await walk.step(REVIEWER, "callback", "callback-audits", audit_of(CALLER))
    await walk.shows("callback", "status", "archived")


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


ASKED = {
    "review": "r1", "asked_by": "customer", "channel": "letter", "proof": "post-in-1", "grounds": "Look again.",
}  # fmt: skip
UPHELD = {
    "review": "r1", "result": "upheld", "reasons": "It holds.", "letter": "We have reviewed …", "channel": "letter",
    "proof": "post-9",
}  # fmt: skip


async def test_nothing_is_closed_or_reopened_while_a_review_is_open(house: House) -> None:
    walk = await Walk(house).answered()
    upward = ASKED | {"asked_by": "superior_institution"}
    await walk.refused(AGENT, "callback", "reviews", upward, "not_the_desk")
    await walk.step(DESK, "callback", "reviews", upward)
    await may_not_close(walk, "review_open")
    await walk.refused(CALLER, "callback", "reopening", NEW_FACTS, "review_open")
    await walk.refused(AGENT, "callback", "reviews", ASKED | {"review": "r2"}, "review_open")
    await walk.step(REVIEWER, "callback", "review-decision", UPHELD)
    await walk.refused(REVIEWER, "callback", "review-decision", UPHELD, "no_such_review")
    await walk.step(CALLER, "callback", "closing")


async def test_a_review_is_decided_by_another_unit_and_by_who_did_nothing_before(house: House) -> None:
    walk = await Walk(house).closed()
    await walk.step(OTHER_REVIEWER, "callback", "callback-audits", audit_of(CALLER))
    await walk.step(AGENT, "callback", "reviews", ASKED)
    responsible = house.token_of(REVIEWER, "reviewer", department="cards")
    handler = house.token_of(LEAD, "reviewer", department="triage")
    for who, token, code in (
        (HIGHER, None, "same_unit"), (REVIEWER, responsible, "same_unit"), (LEAD, handler, "handled_the_case"),
        (OTHER_REVIEWER, None, "acted_before"),
    ):  # fmt: skip
        await walk.refused(who, "callback", "review-decision", UPHELD, code, token=token)
    await walk.step(REVIEWER, "callback", "review-decision", UPHELD | {"result": "changed"})
    walk.cycle = 2
    shown = await walk.shows("callback", "status", "reopened")
    assert not shown["review_open"] and not shown["closed"]
    await may_not_close(walk, "not_yet_seen")


async def test_what_is_decided_outside_reopens_nothing_by_itself_and_never_by_compliance(house: House) -> None:
    walk = await Walk(house).closed()
    again = {"reason": "external_decision", "explanation": "The mediators say otherwise."}
    referral = {"referral": "m1", "body": "mediation", "reference": "MED-1", "summary": "Before the mediators."}
    decision = {"referral": "m1", "result": "changed", "summary": "Half is paid back.", "reference": "MED-1-D"}
    await walk.refused(AUDITOR, "callback", "external-decision", decision, "no_such_referral")
    await walk.step(AUDITOR, "callback", "referrals", referral)
    await walk.refused(FREE_LEAD, "callback", "reopening", again, "not_overruled")
    await walk.step(AUDITOR, "callback", "external-decision", decision)
    assert (await walk.read("callback")).json()["cycle"] == 1
    await walk.refused(AUDITOR, "callback", "reopening", again, "wrong_role", status=403)
    await walk.refused(CALLER, "callback", "reopening", again, "lead_reopens")
    await walk.step(FREE_LEAD, "callback", "reopening", again)


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


async def test_nobody_calls_in_the_name_of_somebody_who_handled_it(house: House) -> None:
    """A caller who had acknowledged it in another role goes away, and names a colleague as deputy."""
    absent = await newcomer(house, "callback_agent", department="customer-service", lead="zhang.wei")
    walk = await Walk(house).registered()
    agent = house.token_of(absent, "agent", department="customer-service")
    told = {"channel": "sms", "proof": "sms-0"}
    assert (await walk.post(absent, "intake", "acknowledgement", told, token=agent)).status_code == 201
    classification = {"category": walk.category, "severity": "ordinary", "reasons": []}
    await walk.step(AGENT, "intake", "classification", classification)
    await walk.executed()
    assert (await named(house, absent, OTHER_CALLER)).status_code == 201
    await known(house, "callback", absent, OTHER_CALLER)
    for path, body in (("callback-attempts", REACHED), ("callback-slot", tomorrow(house))):
        await walk.refused(OTHER_CALLER, "callback", path, body, "handled_the_case", **in_name_of(absent))
    await walk.step(OTHER_CALLER, "callback", "callback-attempts", REACHED)


async def test_two_callers_at_once_leave_one_word_of_the_customer(house: House) -> None:
    walk = await Walk(house).executed()
    both = (CALLER, OTHER_CALLER)
    reached = await asyncio.gather(*(walk.post(who, "callback", "callback-attempts", REACHED) for who in both))
    assert [response.status_code for response in reached] == [201, 201]
    before = await house.events(walk.id)
    said = await asyncio.gather(*(walk.post(who, "callback", "satisfaction", SATISFIED) for who in both))
    assert sorted(response.status_code for response in said) == [201, 409]
    assert await house.events(walk.id) == before + 1
    assert {each.json().get("code") for each in said} <= {None, "already_answered", "contended"}


# N8: never called at their time of rest


def tomorrow(house: House) -> dict[str, Any]:
    begin = house.system.process.clock.now() + timedelta(days=1)
    return {
        "begin": begin.isoformat(), "end": (begin + timedelta(hours=1)).isoformat(), "requested_by_customer": True,
        "proof": "rec-1",
    }  # fmt: skip


def zone_where_it_is(hour: int, house: House) -> str:
    """A zone in whose clocks it is now this hour, whenever the test runs. Its name counts the other way round."""
    ahead = (hour - house.system.process.clock.now().hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


async def test_nobody_is_called_at_three_in_the_morning_uninvited(house: House) -> None:
    walk = await (await Walk(house).registered(time_zone=zone_where_it_is(3, house))).executed()
    uninvited = REACHED | {"customer_requested": False}
    await walk.refused(CALLER, "callback", "callback-attempts", uninvited, "outside_hours")
    answer = (await walk.post(CALLER, "callback", "callback-attempts", uninvited)).json()
    wait = datetime.fromisoformat(answer["details"]["next_permitted"]) - house.system.process.clock.now()
    assert timedelta(hours=4) < wait <= timedelta(hours=6)
    unasked = tomorrow(house) | {"requested_by_customer": False}
    await walk.refused(CALLER, "callback", "callback-slot", unasked, "outside_hours")
    written = uninvited | {"channel": "sms", "outcome": "no_answer"}
    await walk.step(CALLER, "callback", "callback-attempts", written)
    await walk.step(CALLER, "callback", "callback-attempts", REACHED)


async def test_at_ten_in_the_morning_they_are(house: House) -> None:
    walk = await (await Walk(house).registered(time_zone=zone_where_it_is(10, house))).executed()
    await walk.step(CALLER, "callback", "callback-attempts", REACHED | {"customer_requested": False})


async def test_a_call_is_neither_of_the_future_nor_of_before_the_end_of_the_handling(house: House) -> None:
    walk = await Walk(house).executed()
    now = house.system.process.clock.now()
    for at, code in (
        (now + timedelta(hours=1), "called_in_future"), (now - timedelta(hours=25), "entered_too_late"),
        (now - timedelta(hours=1), "called_too_early"),
    ):  # fmt: skip
        body = REACHED | {"called_at": at.isoformat()}
        await walk.refused(CALLER, "callback", "callback-attempts", body, code)


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
