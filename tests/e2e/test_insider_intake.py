"""An insider tries to have a complaint rejected by one person, or to bring it quietly under milder rules (N9, N22)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.packs.house import CLAIM_SPECIAL_FROM
from tests.e2e.remedy import approval, classify_anew, propose
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    AUDITOR,
    CALLER,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    REJECTED,
    SECOND,
    Walk,
    money,
)
from tests.fixtures.system import House

OTHER_JUDGE, THIRD_JUDGE, OTHER_APPROVER = "zhao.min", "grace.turner", "david.okafor"
MUCH = {"minor": CLAIM_SPECIAL_FROM["CNY"], "currency": "CNY"}
AGREED = {"reasons": "So it is."}
REFERRAL = {
    "reason": "out_of_scope", "to": "Another bank", "letter": "Please turn to them.", "channel": "letter",
    "proof": "post-9",
} | AGREED  # fmt: skip
AGAIN = {"explanation": "It was entered wrongly."}


def ordinary(walk: Walk) -> dict[str, Any]:
    return {"category": walk.category, "severity": "ordinary", "reasons": []}


# N22: never quietly ordinary


@pytest.mark.parametrize(
    ("entered", "correction"),
    [
        ({"claimed": MUCH}, {"field": "claimed", "claimed": {"minor": 1, "currency": "CNY"}}),
        ({"claimed": MUCH}, {"field": "claimed", "claimed": {"minor": MUCH["minor"], "currency": "JPY"}}),
        ({"claimed": MUCH}, {"field": "claimed", "cleared": True}),
        ({"channel": "regulator"}, {"field": "channel", "channel": "phone"}),
    ],
)
async def test_what_makes_it_special_is_not_corrected_away_before_it_is_classified(
    house: House, entered: dict[str, Any], correction: dict[str, Any]
) -> None:
    walk = await Walk(house).registered(**entered)
    done = await walk.step(AGENT, "intake", "corrections", {"replaces": 1, "reasons": "A slip."} | correction)
    assert done.json()["events"] == ["complaint.registration-corrected", "complaint.escalated-to-special"]
    await walk.refused(AGENT, "intake", "classification", ordinary(walk), "special_stays")
    await walk.step(AGENT, "intake", "classification", ordinary(walk) | {"severity": "special", "reasons": ["claim"]})
    assert (await walk.read("intake")).json()["severity"] == "special"


async def test_classified_it_stays_special_whatever_is_corrected_classified_or_handed_over(house: House) -> None:
    walk = await Walk(house).classified()
    large = {"field": "claimed", "claimed": MUCH, "replaces": 1, "reasons": "They now say how much."}
    await walk.step(AGENT, "intake", "corrections", large)
    assert (await walk.read("intake")).json()["severity"] == "special"
    little = {"field": "claimed", "claimed": money(1), "replaces": 4, "reasons": "A slip."}
    await walk.step(AGENT, "intake", "corrections", little)
    await walk.refused(JUDGE, "intake", "classification", ordinary(walk) | AGAIN, "special_stays")
    for who in (AGENT, OTHER_AGENT):
        await walk.refused(who, "intake", "downgrade", AGREED, "wrong_role", status=403)
    await walk.refused(JUDGE, "intake", "downgrade", AGREED, "not_signed_off")


async def test_what_compliance_signed_covers_no_reason_that_came_up_since(house: House) -> None:
    walk = await Walk(house).classified(severity="special", reasons=["media"])
    signature = {"matter": "downgrade"} | AGREED
    await walk.step(AUDITOR, "intake", "sign-off", signature)
    more = ordinary(walk) | {"severity": "special", "reasons": ["media", "staff-misconduct"]} | AGAIN
    await walk.step(AGENT, "intake", "classification", more)
    await walk.refused(JUDGE, "intake", "downgrade", AGREED, "signed_before")
    await walk.step(AUDITOR, "intake", "sign-off", signature)
    await walk.step(JUDGE, "intake", "downgrade", AGREED)
    await walk.step(AGENT, "intake", "escalation", {"reasons": ["media"]})
    await walk.refused(JUDGE, "intake", "downgrade", AGREED, "not_signed_off")


@pytest.mark.parametrize("entered", [{"claimed": MUCH}, {}], ids=["not yet classified", "classified"])
async def test_what_is_special_is_not_voided_to_be_entered_anew(house: House, entered: dict[str, Any]) -> None:
    walk = await Walk(house).registered(**entered)
    if not entered:
        await walk.classified(severity="special", reasons=["media"])
    await walk.refused(AGENT, "intake", "voiding", AGREED, "special_not_voided")
    person = (await walk.read("intake")).json()["person"].partition(":")[2]
    other = await Walk(house, person=person).registered()
    await walk.refused(AGENT, "intake", "voiding", AGREED | {"duplicate_of": other.id}, "special_not_voided")


async def test_nor_is_what_becomes_special_between_the_two_persons(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(AGENT, "intake", "voiding", AGREED)
    await walk.step(OTHER_AGENT, "intake", "escalation", {"reasons": ["media"]})
    await walk.refused(JUDGE, "intake", "voiding/confirmation", AGREED, "special_not_voided")
    await walk.step(JUDGE, "intake", "voiding/decline", AGREED)


async def test_a_second_entry_of_what_is_special_anyway_is_voided(house: House) -> None:
    first = await Walk(house).classified(severity="special", reasons=["media"])
    person = (await first.read("intake")).json()["person"].partition(":")[2]
    second = await Walk(house, person=person).classified(severity="special", reasons=["media"])
    await second.step(AGENT, "intake", "voiding", AGREED | {"duplicate_of": first.id})
    await second.step(JUDGE, "intake", "voiding/confirmation", AGREED)


def of_an_old_system(house: House, walk: Walk, **fields: Any) -> dict[str, Any]:
    ago = (house.system.process.clock.now() - timedelta(days=3)).isoformat()
    return {
        "complainant": "王芳", "channel": "phone", "content": "Charged twice.", "received_at": ago, "began_at": ago,
        "external": {"source": "old-crm", "id": walk.category}, "system": "old-crm", "stage": "established",
        "department": "cards", "earlier": "Judged there.",
    } | fields  # fmt: skip


async def test_what_is_taken_over_as_judged_is_no_way_round_two_approvals(house: House) -> None:
    """Nobody ever classifies such a case: what makes it special by itself does so at once."""
    walk = Walk(house)
    body = of_an_old_system(house, walk, claimed=MUCH)
    taken = await house.post(JUDGE, "intake/complaints/taken-over", body)
    assert taken.json()["events"][-1] == "complaint.escalated-to-special", taken.text
    walk.id, walk.steps = taken.json()["complaint_id"], ["department"]
    await walk.read("investigation")
    await walk.investigated()
    await propose(walk, "none", "no_remedy", 0)
    await walk.approved()
    offer = {"digest": walk.digest, "letter": "We offer …", "channel": "letter", "proof": "post-2"}
    await walk.refused(OFFICER, "resolution", "offer", offer, "approval_incomplete")
    await walk.step(OTHER_APPROVER, "resolution", "approval", approval(walk.digest))


# N9: never rejected by one person


async def test_nobody_turns_away_alone_what_the_second_person_would_not_reject(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", REJECTED)
    await walk.refused(OTHER_JUDGE, "intake", "referral", REFERRAL, "rejection_pending")
    await walk.step(SECOND, "intake", "rejection/return", AGREED)
    for who in (JUDGE, OTHER_JUDGE):
        await walk.refused(who, "intake", "referral", REFERRAL, "already_judged")


async def test_nobody_turns_away_alone_what_was_reopened_because_two_had_rejected_it(house: House) -> None:
    walk = await Walk(house).replied()
    await walk.answered(satisfied=False)
    reopening = {"reason": "dissatisfied", "explanation": "Nobody listened."}
    await walk.step(CALLER, "callback", "reopening", reopening)
    walk.cycle += 1
    await walk.shows("intake", "status", "reopened")
    for who in (JUDGE, OTHER_JUDGE):
        await walk.refused(who, "intake", "referral", REFERRAL, "already_judged")
        await walk.refused(who, "intake", "voiding", AGREED, "judged_before")
    await walk.step(AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-2"})
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "excluded")
    await walk.step(OTHER_JUDGE, "intake", "judgement", REJECTED)
    for who, code in ((OTHER_JUDGE, "same_person"), (JUDGE, "excluded"), (SECOND, "excluded")):
        await walk.refused(who, "intake", "rejection/confirmation", AGREED, code)
    letter = {"letter": "Sorry …", "channel": "letter", "proof": "post-1"}
    await walk.refused(AGENT, "intake", "courtesy-reply", letter, "not_rejected")


async def test_nobody_rejects_a_complaint_about_a_colleague_by_naming_another_department(house: House) -> None:
    walk = await Walk(house).classified(complained_of=[THIRD_JUDGE])
    for named in ("cards", "loans"):
        await walk.refused(JUDGE, "intake", "judgement", REJECTED | {"department": named}, "own_department")
    await classify_anew(walk)
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "own_department")
    await classify_anew(walk, complained_of=[LEAD])
    token = house.token_of(JUDGE, "triage_lead", department="operations")
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "own_department", token=token)


async def test_nor_confirms_or_sends_back_one(house: House) -> None:
    walk = await Walk(house).classified(complained_of=["helen.marsh"])
    await walk.step(JUDGE, "intake", "judgement", REJECTED)
    for path in ("rejection/confirmation", "rejection/return"):
        await walk.refused("sun.lei", "intake", path, AGREED, "own_department")
        await walk.refused(LEAD, "intake", path, AGREED, "own_department")
        await walk.refused("helen.marsh", "intake", path, AGREED, "complained_of")
    await walk.step("ma.lin", "intake", "rejection/confirmation", AGREED)


async def test_one_person_in_two_roles_and_two_departments_is_one_person(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", REJECTED)
    for role in ("reviewer", "triage_lead", "department_lead"):
        token = house.token_of(JUDGE, role, department="loans")
        for path in ("rejection/confirmation", "rejection/return"):
            await walk.refused(JUDGE, "intake", path, AGREED, "same_person", token=token)
    await walk.step(SECOND, "intake", "rejection/confirmation", AGREED)
    overturned = {key: REJECTED[key] for key in ("grounds", "demand", "reasons", "department")} | {"days_asked": 15}
    for who in (JUDGE, SECOND):
        token = house.token_of(who, "department_lead", department="cards")
        await walk.refused(who, "intake", "judgement/overturning", overturned, "same_person", token=token)


# N3: nobody approves for whom they report to


async def test_nobody_approves_what_whom_they_report_to_proposed_or_investigated(house: House) -> None:
    walk = await Walk(house).investigated()
    await propose(walk, "o1", by="chen.bo")
    await walk.step("chen.bo", "resolution", "remedy-submission", {"option": "o1"})
    walk.digest = await walk.digest_of("o1")
    for lead in ("chen.bo", "amira.haddad"):
        staff_id = f"under.{lead}"
        joined = {"name": "新人", "department": "operations", "roles": ["approver"], "reports_to": lead}
        await house.post("ren.zhi", f"directory/staff/{staff_id}", joined)
        token = house.token_of(staff_id, "approver", department="operations")
        for path, body in (
            ("approval", approval(walk.digest)),
            ("remedy-return", {"digest": walk.digest} | AGREED),
            ("remedy-rejection", {"digest": walk.digest} | AGREED),
        ):
            await walk.refused(staff_id, "resolution", path, body, "reports_to_party", token=token)
    await walk.step(APPROVER, "resolution", "approval", approval(walk.digest))
