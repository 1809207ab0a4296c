"""An insider lets somebody else act in their name, and then wants to be the second of two persons (N3, N6, N8, N18).

What is done in somebody's name is theirs as well: four eyes count both.
"""

import asyncio
from typing import Any

from tests.e2e.customers import CLERK, Front
from tests.e2e.remedy import approval
from tests.e2e.test_deputies import ADMIN, in_name_of, known, last_envelope, named, newcomer
from tests.e2e.walk import CALLED, EXECUTOR, JUDGE, OFFICER, Walk, audit_of
from tests.fixtures.system import House

DEPARTMENT = {OFFICER: "cards", EXECUTOR: "finance"}


async def person(house: House, *roles: str, department: str = "cards") -> tuple[str, str]:
    """Somebody new on the staff, and a token of theirs."""
    staff_id = await newcomer(house, *roles, department=department, lead="margaret.hale")
    return staff_id, house.token_of(staff_id, *roles, department=department)


async def stand_in(house: House, absent: str, *services: str) -> tuple[str, str]:
    """Somebody new who acts for the absent, as these services know; and their token."""
    deputy, token = await person(house, "back_office", department="back-office")
    assert (await named(house, absent, deputy)).status_code == 201
    for service in services:
        await known(house, service, absent, deputy)
    return deputy, token


async def acts(walk: Walk, deputy: tuple[str, str], absent: str, service: str, path: str, body: Any) -> None:
    """The deputy does it, and is heard at once or soon."""
    options = {"token": deputy[1], **in_name_of(absent)}
    response = await walk.post(deputy[0], service, path, body, **options)
    for _ in range(200):
        if response.json().get("code") != "not_yet_seen":
            break
        await asyncio.sleep(0.02)
        response = await walk.post(deputy[0], service, path, body, **options)
    assert response.status_code == 201, response.text


async def test_nobody_approves_what_was_proposed_in_their_name(house: House) -> None:
    walk = await Walk(house).investigated()
    absent, token = await person(house, "resolution_officer", "approver")
    deputy = await stand_in(house, absent, "resolution")
    option = {
        "option": "o1", "kind": "compensation", "amount": {"minor": 5_000, "currency": "CNY"},
        "steps": [{"label": "Loss", "amount": {"minor": 5_000, "currency": "CNY"}}],
        "description": "What we do.", "execute_by": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    await acts(walk, deputy, absent, "resolution", "remedies", option)
    await acts(walk, deputy, absent, "resolution", "remedy-submission", {"option": "o1"})
    walk.digest = await walk.digest_of("o1")
    envelope = await last_envelope(house, "resolution", f"complaint:{walk.id}")
    assert (envelope["actor"], envelope["onbehalfof"]) == (deputy[0], absent)
    for path, body in (
        ("approval", approval(walk.digest)),
        ("remedy-return", {"digest": walk.digest, "reasons": "Too little."}),
        ("remedy-rejection", {"digest": walk.digest, "reasons": "No."}),
    ):
        await walk.refused(absent, "resolution", path, body, "own_proposal", token=token)
    vouching = house.token_of(absent, "agent", department="cards")
    assert (await walk.post("tang.yi", "resolution", "approval", approval(walk.digest))).status_code == 201
    letter = {"digest": walk.digest, "letter": "We offer …", "channel": "letter", "proof": "post-2"}
    await walk.step(OFFICER, "resolution", "offer", letter)
    await walk.refused(absent, "resolution", "acceptance", walk.acceptance(), "own_proposal", token=vouching)


async def test_nobody_approves_what_was_executed_in_their_name_nor_executes_what_they_approved(house: House) -> None:
    """The reversal's second person is neither who proposed it nor in whose name it was proposed or paid."""
    walk = await Walk(house).accepted()
    absent, token = await person(house, "executor", "approver", department="finance")
    deputy = await stand_in(house, absent, "resolution")
    await acts(walk, deputy, absent, "resolution", "execution", {"digest": walk.digest})
    await walk.shows("resolution", "status", "executed", "concluded")
    proposal = {"digest": walk.digest, "reasons": "It was paid twice."}
    await walk.step(EXECUTOR, "resolution", "reversal-proposal", proposal)
    for path in ("reversal", "reversal-refusal"):
        await walk.refused(absent, "resolution", path, proposal, "own_execution", token=token)


async def test_nobody_agrees_to_a_reversal_that_was_proposed_in_their_name(house: House) -> None:
    walk = await Walk(house).executed()
    absent, token = await person(house, "executor", "approver", department="finance")
    deputy = await stand_in(house, absent, "resolution")
    proposal = {"digest": walk.digest, "reasons": "It was paid twice."}
    await acts(walk, deputy, absent, "resolution", "reversal-proposal", proposal)
    for path in ("reversal", "reversal-refusal"):
        await walk.refused(absent, "resolution", path, proposal, "own_proposal", token=token)


async def test_nobody_calls_back_or_has_the_last_word_on_what_was_handled_in_their_name(house: House) -> None:
    walk = await Walk(house).registered()
    absent, token = await person(house, "agent", "callback_agent", "triage_lead", department="customer-service")
    deputy = await stand_in(house, absent, "intake")
    told = {"what": "progress_told", "channel": "sms", "words": "In hand.", "proof": "sms-1"}
    await acts(walk, deputy, absent, "intake", "customer-contacts", told)
    await walk.executed()
    attempt = CALLED | {"outcome": "reached"}
    await walk.refused(absent, "callback", "callback-attempts", attempt, "handled_the_case", token=token)
    await walk.answered()
    await walk.refused(absent, "callback", "closing", None, "handled_the_case", token=token)


async def test_nobody_investigates_what_was_classified_in_their_name(house: House) -> None:
    walk = await Walk(house).registered()
    absent, _ = await person(house, "agent", "investigator")
    deputy = await stand_in(house, absent, "intake")
    body = {"category": walk.category, "severity": "ordinary", "reasons": [], "explanation": "Another matter."}
    await walk.classified()
    await acts(walk, deputy, absent, "intake", "classification", body | {"category": "loans/interest"})
    await walk.assigned()
    body = {"investigator": absent, "declaration": "declaration-1"}
    await walk.refused("zhou.jie", "investigation", "investigator", body, "handled_before")


async def test_nobody_audits_or_gives_up_what_was_called_in_their_name(house: House) -> None:
    walk = await Walk(house).executed()
    absent, token = await person(house, "callback_agent", "reviewer", "triage_lead", department="customer-service")
    deputy = await stand_in(house, absent, "callback")
    await acts(walk, deputy, absent, "callback", "callback-attempts", CALLED | {"outcome": "no_answer"})
    audit = audit_of(deputy[0])
    await walk.refused(absent, "callback", "callback-audits", audit, "own_record", token=token)
    given_up = {"letter": "post-1", "reasons": "Nobody answers."}
    lead = house.token_of(absent, "triage_lead", department="customer-service")
    await walk.refused(absent, "callback", "unreachable", given_up, "called_the_customer", token=lead)


async def test_nobody_closes_on_what_they_stood_by_through_a_deputy(house: House) -> None:
    walk = await Walk(house).answered(satisfied=False)
    absent, token = await person(house, "higher_approver", "triage_lead", department="operations")
    stood_by = {
        "new_facts": False, "reasons": "It holds.", "letter": "Your rights …", "channel": "letter", "proof": "post-3",
    }  # fmt: skip
    assert (await walk.post(absent, "callback", "reaffirmation", stood_by, token=token)).status_code == 201
    deputy = await stand_in(house, absent, "callback")
    await walk.refused(
        deputy[0], "callback", "closing", None, "own_reaffirmation", token=deputy[1], **in_name_of(absent)
    )
    await walk.refused(absent, "callback", "closing", None, "own_reaffirmation", token=token)
    assert (await walk.post(JUDGE, "callback", "closing")).json()["code"] == "handled_the_case"


async def test_nobody_reviews_or_asks_about_a_service_that_was_given_in_their_name(house: House) -> None:
    front = Front(house)
    contact = await front.contact("service")
    await front.done("li.na", f"contacts/{contact}/passing-on", {"department": "back-office", "remark": "Please."})
    deputy = await stand_in(house, CLERK, "intake")
    path = f"contacts/{contact}/service"
    await front.done(deputy[0], path, {"remark": "Sent."}, token=deputy[1], **in_name_of(CLERK))
    await house.post(ADMIN, f"directory/staff/{CLERK}/deputies/{deputy[0]}/end")
    token = house.token_of(CLERK, "reviewer", "callback_agent", department="back-office")
    etag = (await front.row(contact)).headers["etag"]
    verdict, subject = {"passed": True, "remark": "Complete."}, f"contact:{contact}"
    await front.refused(CLERK, f"contacts/{contact}/review", verdict, "handled_it", subject, token=token, etag=etag)
    await front.done("xu.fei", f"contacts/{contact}/review", verdict, etag=etag)
    asked = {"outcome": "reached", "satisfied": True, "words": "好。"}
    await front.refused(CLERK, f"contacts/{contact}/callback", asked, "handled_it", subject, token=token)
