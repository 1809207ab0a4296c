"""What must never happen with a remedy, tried over HTTP: refused, and not one event written (N3 to N6)."""

import asyncio
import json
from collections import Counter
from typing import Any
from uuid import uuid4

from closedloop.timeline import timeline
from services.resolution.commands.record_payment import RecordPayment
from shared.packs.house import HOUSE_LIMITS
from tests.e2e.customers import Front
from tests.e2e.remedy import (
    accept,
    approval,
    approve,
    classify_anew,
    execute,
    listed,
    offer,
    offered_anew,
    propose,
    put_to_customer,
    returned,
    submit,
)
from tests.e2e.walk import (
    APPROVER,
    AUDITOR,
    EXECUTOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    OTHER_LEAD,
    SECOND_INVESTIGATOR,
    Walk,
    sha256,
)
from tests.fixtures.system import House

OTHER_APPROVER, HIGHER_APPROVER, OTHER_EXECUTOR = "david.okafor", "margaret.hale", "ingrid.berg"
HEAD_OF_ALL, FOREIGN_LEAD = "gu.mingyuan", "sun.lei"
LIMIT = HOUSE_LIMITS.activated[0].limit("approver", "operations", "CNY").minor
HIGHEST = HOUSE_LIMITS.activated[0].limit("higher_approver", "operations", "CNY").minor
MOST_OF_THE_LIMIT = LIMIT * 6 // 10


async def may_not_approve(walk: Walk, who: str, code: str, **options: Any) -> None:
    await walk.refused(who, "resolution", "approval", approval(walk.digest), code, **options)


# N3: never approved by whoever has a part or an interest in it, nor on behalf of anyone


async def test_whoever_proposed_does_not_approve(house: House) -> None:
    walk = await Walk(house).submitted()
    await may_not_approve(walk, OFFICER, "own_proposal", token=house.token_of(OFFICER, "higher_approver"))


async def test_whoever_proposed_another_option_does_not_approve_either(house: House) -> None:
    walk = await Walk(house).investigated()
    body = {
        "option": "other", "kind": "no_remedy", "amount": {"minor": 0, "currency": "CNY"}, "steps": [],
        "description": "Nothing is due.", "execute_by": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    await walk.step(SECOND_INVESTIGATOR, "resolution", "remedies", body)
    await walk.submitted()
    token = house.token_of(SECOND_INVESTIGATOR, "approver")
    await may_not_approve(walk, SECOND_INVESTIGATOR, "own_proposal", token=token)


async def test_whoever_investigated_does_not_approve(house: House) -> None:
    walk = await Walk(house).submitted()
    await may_not_approve(walk, INVESTIGATOR, "investigated", token=house.token_of(INVESTIGATOR, "approver"))


async def test_whoever_is_complained_of_does_not_approve(house: House) -> None:
    walk = await Walk(house).submitted(complained_of=[OTHER_APPROVER])
    await may_not_approve(walk, OTHER_APPROVER, "recused")


async def test_whoever_is_complained_of_only_after_a_department_was_assigned_does_not_approve(house: House) -> None:
    walk = await Walk(house).assigned()
    headers = await classify_anew(walk, complained_of=[OTHER_APPROVER])
    named = {"investigator": INVESTIGATOR, "declaration": "declaration-1"}
    assert (await walk.post(LEAD, "investigation", "investigator", named, headers=headers)).status_code == 201
    await walk.submitted()
    await may_not_approve(walk, OTHER_APPROVER, "recused")


async def test_whoever_is_complained_of_only_after_the_findings_does_not_approve(house: House) -> None:
    walk = await Walk(house).submitted()
    headers = await classify_anew(walk, complained_of=[OTHER_APPROVER])
    await may_not_approve(walk, OTHER_APPROVER, "recused", headers=headers)
    headers = await classify_anew(walk)
    await may_not_approve(walk, OTHER_APPROVER, "recused", headers=headers)


async def test_nobody_approves_or_returns_for_a_superior_at_whatever_level_who_is_complained_of(house: House) -> None:
    walk = await Walk(house).submitted()
    headers = await classify_anew(walk, complained_of=[HIGHER_APPROVER])
    await may_not_approve(walk, APPROVER, "reports_to_recused", headers=headers)
    headers = await classify_anew(walk, complained_of=[HEAD_OF_ALL])
    for who in (APPROVER, OTHER_APPROVER, LEAD):
        await may_not_approve(walk, who, "reports_to_recused", headers=headers)
        for path in ("remedy-return", "remedy-rejection"):
            await walk.refused(who, "resolution", path, returned(walk.digest), "reports_to_recused", headers=headers)


async def test_whoever_declared_a_conflict_does_not_approve(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(APPROVER, "investigation", "conflict", {"nature": "A cousin of mine."})
    await walk.submitted()
    await may_not_approve(walk, APPROVER, "recused")


async def test_nobody_can_say_that_they_approve_for_another(house: House) -> None:
    walk = await Walk(house).submitted()
    for name in ("on_behalf_of", "onbehalfof", "actor", "role", "department"):
        body = approval(walk.digest) | {name: HIGHER_APPROVER}
        await walk.refused(APPROVER, "resolution", "approval", body, "invalid", status=422)
    for path, body in (
        ("approval", approval(walk.digest)),
        ("remedy-return", returned(walk.digest)),
        ("remedy-rejection", returned(walk.digest)),
    ):
        headers = {"On-Behalf-Of": HIGHER_APPROVER}
        await walk.refused(APPROVER, "resolution", path, body, "acting_for_another", status=403, headers=headers)
    for service, runtime in house.system.runtimes.items():
        schemas = (await house.client.get(f"{service}/openapi.json")).json()["components"]["schemas"]
        bodies = {name: schema for name, schema in schemas.items() if name.endswith("Body") and name != "ReceiptBody"}
        assert bodies or not runtime.rooms.service.handlers
        for name, schema in bodies.items():
            assert schema["additionalProperties"] is False, name
            assert not {"on_behalf_of", "actor", "at", "role"} & schema["properties"].keys(), name


# N4: never above the limit, in one piece or in several


async def test_nothing_above_the_limit_is_approved(house: House) -> None:
    walk = await Walk(house).submitted(HIGHEST + 1)
    for who in (LEAD, APPROVER, HIGHER_APPROVER):
        await may_not_approve(walk, who, "above_limit")


async def test_no_word_of_a_lower_role_releases_a_larger_sum_and_no_step_is_skipped_or_taken_twice(
    house: House,
) -> None:
    walk = await Walk(house).submitted(LIMIT + 1)
    for who, step in ((LEAD, 1), (APPROVER, 2)):
        answer = await walk.step(who, "resolution", "approval", approval(walk.digest))
        assert answer.json()["events"] == ["remedy.approved", "remedy.approval-escalated"], step
        await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "approval_incomplete")
        await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "approval_incomplete")
        higher = house.token_of(who, "higher_approver")
        await may_not_approve(walk, who, "approved_before", token=higher)
        await may_not_approve(walk, OTHER_LEAD, "higher_role_needed")
    await may_not_approve(walk, OTHER_APPROVER, "higher_role_needed")
    last = await walk.step(HIGHER_APPROVER, "resolution", "approval", approval(walk.digest))
    assert last.json()["events"] == ["remedy.approved"]
    await may_not_approve(walk, HEAD_OF_ALL, "already_approved")


async def test_a_special_complaint_takes_two_persons_and_a_choice(house: House) -> None:
    walk = await Walk(house).investigated(severity="special", reasons=["media"])
    await propose(walk, "o1")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": "o1"}, "too_few_options")
    await propose(walk, "nothing", "no_remedy", 0)
    await submit(walk, "o1")
    await approve(walk, APPROVER)
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "approval_incomplete")
    await may_not_approve(walk, APPROVER, "approved_before")
    await approve(walk, OTHER_APPROVER)
    await put_to_customer(walk)


async def test_what_becomes_special_after_its_approval_is_not_paid_on_one_persons_word(house: House) -> None:
    walk = await Walk(house).accepted()
    told = await walk.step(JUDGE, "intake", "escalation", {"reasons": ["media"], "explanation": "In the papers."})
    headers = {"Consistency-Token": told.headers["consistency-token"]}
    body = {"digest": walk.digest}
    await walk.refused(EXECUTOR, "resolution", "execution", body, "approval_incomplete", headers=headers)
    await may_not_approve(walk, OTHER_APPROVER, "too_few_options")
    await propose(walk, "nothing", "no_remedy", 0)
    await may_not_approve(walk, APPROVER, "approved_before")
    await approve(walk, OTHER_APPROVER)
    await execute(walk)


async def test_a_lead_of_another_department_decides_nothing_here(house: House) -> None:
    walk = await Walk(house).submitted()
    await may_not_approve(walk, FOREIGN_LEAD, "not_responsible_department", status=403)
    for path in ("remedy-return", "remedy-rejection"):
        body = returned(walk.digest)
        await walk.refused(FOREIGN_LEAD, "resolution", path, body, "not_responsible_department", status=403)


async def test_a_limit_is_not_slipped_under_by_two_complaints(house: House) -> None:
    customer = str(uuid4())
    await Walk(house, person=customer).approved(MOST_OF_THE_LIMIT)
    second = await Walk(house, person=customer).submitted(MOST_OF_THE_LIMIT)
    await goes_on_to(second, APPROVER, "higher_approver")


async def goes_on_to(walk: Walk, who: str, role: str) -> None:
    """This person's approval is not enough: the sum takes the role above, and another person."""
    answer = await walk.step(who, "resolution", "approval", approval(walk.digest))
    assert answer.json()["events"] == ["remedy.approved", "remedy.approval-escalated"]
    told = await timeline(walk.house.system.runtimes.values(), walk.id)
    assert told[-1].type == "remedy.approval-escalated"
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "approval_incomplete")
    shown = await listed(walk.house, AUDITOR, "resolution/worklists/approvals", lambda row: row["step"] == 2
                         and row["complaint_id"] == walk.id)  # fmt: skip
    assert (shown["of"], shown["approved_by"]) == (3, [who])
    assert shown["total"] > LIMIT, role


async def test_a_limit_is_not_slipped_under_by_two_files_of_one_customer(house: House) -> None:
    front = Front(house)
    one, other = await front.customer(name="周一"), await front.customer(name="周壹")
    await Walk(house, person=one).approved(MOST_OF_THE_LIMIT)
    before = await Walk(house, person=other).approved(MOST_OF_THE_LIMIT)
    joining = {"other": other, "reasons": "One identity document."}
    await front.done(JUDGE, f"customers/{one}/joinings", joining)
    await front.shows(f"customers/{other}?purpose=handling", lambda body: body.get("joined_into") == one)
    second = await Walk(house, person=other).submitted(1)
    await goes_on_to(second, OTHER_APPROVER, "higher_approver")
    await put_to_customer(before)
    await accept(before)
    # Each was within the limit as long as nobody knew that both are of one customer.
    await before.refused(EXECUTOR, "resolution", "execution", {"digest": before.digest}, "above_limit")
    assert paid(house, before) == []


async def test_a_limit_is_not_slipped_under_by_a_reopening(house: House) -> None:
    walk = Walk(house)
    await walk.executed(MOST_OF_THE_LIMIT)
    await walk.reopened()
    await walk.shows("investigation", "cycle", 2)
    await walk.investigated(SECOND_INVESTIGATOR)
    await walk.submitted(MOST_OF_THE_LIMIT)
    await goes_on_to(walk, APPROVER, "higher_approver")


async def test_of_two_approvals_at_once_for_one_customer_only_one_passes(house: House) -> None:
    customer = str(uuid4())
    walks = [await Walk(house, person=customer).submitted(MOST_OF_THE_LIMIT) for _ in range(2)]
    before = [await house.events(walk.id) for walk in walks]
    tags = [(await walk.read("resolution")).headers["etag"] for walk in walks]
    answers = await asyncio.gather(
        *(
            walk.post(who, "resolution", "approval", approval(walk.digest), etag=tag)
            for walk, tag, who in zip(walks, tags, (APPROVER, OTHER_APPROVER), strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    facts = sorted(answer.json()["events"] for answer in answers)
    assert facts == [["remedy.approved"], ["remedy.approved", "remedy.approval-escalated"]], (
        "one of them is no approval"
    )
    written = [await house.events(walk.id) - counted for walk, counted in zip(walks, before, strict=True)]
    assert sorted(written) == [1, 2]


async def test_of_two_approvers_at_once_on_one_complaint_only_one_decides(house: House) -> None:
    walk = await Walk(house).submitted()
    before = await house.events(walk.id)
    tag = (await walk.read("resolution")).headers["etag"]
    answers = await asyncio.gather(
        *(
            walk.post(who, "resolution", "approval", approval(walk.digest), etag=tag)
            for who in (APPROVER, OTHER_APPROVER)
        )
    )
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 412]), [a.text for a in answers]
    assert await house.events(walk.id) == before + 1


async def test_of_an_approval_and_a_return_at_once_only_one_comes_about(house: House) -> None:
    walk = await Walk(house).submitted()
    before = await house.events(walk.id)
    tag = (await walk.read("resolution")).headers["etag"]
    answers = await asyncio.gather(
        walk.post(APPROVER, "resolution", "approval", approval(walk.digest), etag=tag),
        walk.post(OTHER_APPROVER, "resolution", "remedy-return", returned(walk.digest), etag=tag),
    )
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 412]), [a.text for a in answers]
    assert await house.events(walk.id) == before + 1


# N5: never executed before its approval and acceptance, nor on other terms


async def test_nothing_is_offered_accepted_or_executed_before_its_approval(house: House) -> None:
    walk = await Walk(house).submitted()
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_approved")
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "not_approved")
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", walk.acceptance(), "not_offered")


async def test_no_money_leaves_before_the_customer_accepted(house: House) -> None:
    walk = await Walk(house).approved()
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_offered")
    await put_to_customer(walk)
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_accepted")
    assert paid(house, walk) == []


async def test_nothing_is_executed_on_other_terms_than_those_approved(house: House) -> None:
    walk = await Walk(house).investigated()
    await walk.proposed("dearer", amount=9_000)
    dearer = await walk.digest_of("dearer")
    await walk.submitted()
    await approve(walk)
    await put_to_customer(walk)
    await accept(walk)
    for other in (dearer, sha256("anything")):
        await walk.refused(EXECUTOR, "resolution", "execution", {"digest": other}, "other_digest")
    tampered = {"digest": walk.digest, "amount": {"minor": 9_000, "currency": "CNY"}}
    await walk.refused(EXECUTOR, "resolution", "execution", tampered, "invalid", status=422)


async def test_neither_proposer_nor_investigator_vouches_for_the_acceptance(house: House) -> None:
    walk = await Walk(house).offered()
    for who, code in ((OFFICER, "own_proposal"), (INVESTIGATOR, "investigated")):
        token = house.token_of(who, "agent")
        await walk.refused(who, "resolution", "acceptance", walk.acceptance(), code, token=token)


async def test_whoever_approved_does_not_execute(house: House) -> None:
    walk = await Walk(house).accepted()
    token = house.token_of(APPROVER, "executor", department="finance")
    await walk.refused(APPROVER, "resolution", "execution", {"digest": walk.digest}, "own_approval", token=token)


async def test_the_approval_of_rejected_terms_is_dead(house: House) -> None:
    walk = await Walk(house).approved()
    await walk.step(APPROVER, "resolution", "remedy-rejection", returned(walk.digest))
    await may_not_approve(walk, APPROVER, "nothing_submitted")
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "nothing_submitted")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": walk.option}, "option_ended")


async def test_a_file_of_another_case_is_no_evidence_here(house: House) -> None:
    walk, other = await Walk(house).offered(), await Walk(house).submitted()
    body = walk.acceptance()
    body["evidence"]["sha256"] = await other.file(OTHER_AGENT, "resolution")
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", body, "file_unknown")
    body["evidence"]["sha256"] = await walk.file(OTHER_AGENT, "resolution")
    await walk.step(OTHER_AGENT, "resolution", "acceptance", body)


async def test_neither_proposer_nor_investigator_says_that_the_customer_declined(house: House) -> None:
    walk = await Walk(house).offered()
    body = {"digest": walk.digest, "reasons": "Too little."}
    for who, code in ((OFFICER, "own_proposal"), (INVESTIGATOR, "investigated")):
        await walk.refused(who, "resolution", "decline", body, code, token=house.token_of(who, "agent"))
    final = body | {"final": True}
    await walk.refused(OTHER_AGENT, "resolution", "decline", final, "evidence_missing")


async def test_the_last_word_is_said_only_after_the_rounds_by_somebody_with_no_part_in_them(house: House) -> None:
    walk = await Walk(house).offered()
    word = {"reasons": "Enough.", "letter": "Our last word; your rights are …", "channel": "letter", "proof": "post-9"}
    declined = {"reasons": "Too little."}
    for option in ("o2", "o3", None):
        await walk.refused(HIGHER_APPROVER, "resolution", "final-position", word, "another_under_way")
        await walk.step(OTHER_AGENT, "resolution", "decline", declined | {"digest": walk.digest})
        if option is not None:
            await walk.refused(HIGHER_APPROVER, "resolution", "final-position", word, "rounds_left")
            await offered_anew(walk, option)
    await propose(walk, "o4")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": "o4"}, "rounds_used_up")
    for who, code in ((OFFICER, "own_proposal"), (INVESTIGATOR, "investigated"), (APPROVER, "own_approval")):
        token = house.token_of(who, "higher_approver")
        await walk.refused(who, "resolution", "final-position", word, code, token=token)
    headers = {"On-Behalf-Of": HEAD_OF_ALL}
    await walk.refused(
        HIGHER_APPROVER, "resolution", "final-position", word, "acting_for_another", status=403, headers=headers
    )
    said = await walk.step(HIGHER_APPROVER, "resolution", "final-position", word)
    assert said.json()["events"] == ["remedy.final-position-stated", "resolution.concluded"]
    await walk.shows("callback", "status", "due")
    await walk.refused(HIGHER_APPROVER, "resolution", "final-position", word, "concluded")


async def test_the_approval_of_returned_terms_is_dead(house: House) -> None:
    walk = await Walk(house).approved()
    outdated = walk.digest
    await walk.step(APPROVER, "resolution", "remedy-return", returned(outdated))
    await may_not_approve(walk, APPROVER, "nothing_submitted")
    await walk.refused(OFFICER, "resolution", "offer", offer(outdated), "nothing_submitted")
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": outdated}, "nothing_submitted")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": walk.option}, "option_ended")
    walk.option = "better"
    await walk.submitted(6_000)
    await walk.refused(APPROVER, "resolution", "approval", approval(outdated), "other_digest")
    await approve(walk)
    await put_to_customer(walk)
    await accept(walk)
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": outdated}, "other_digest")


async def test_what_the_customer_declined_is_not_executed(house: House) -> None:
    walk = await Walk(house).offered()
    await walk.step(OTHER_AGENT, "resolution", "decline", {"digest": walk.digest, "reasons": "Too little."})
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "nothing_submitted")
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", walk.acceptance(), "nothing_submitted")


# N6: never executed twice


def paid(house: House, walk: Walk) -> list[dict[str, Any]]:
    """The payments of this complaint that left the house."""
    outbox = house.system.settings.data / "providers" / "payments.jsonl"
    lines = outbox.read_text().splitlines() if outbox.exists() else []
    requests = [json.loads(line)["request"] for line in lines]
    return [request for request in requests if request["complaint"] == walk.id]


async def paid_once(house: House, walk: Walk) -> None:
    told = Counter(entry.type for entry in await timeline(house.system.runtimes.values(), walk.id))
    for fact in ("remedy.execution-started", "remedy.step-executed", "remedy.executed", "resolution.concluded"):
        assert told[fact] == 1, told
    assert [request["amount_minor"] for request in paid(house, walk)] == [5_000]


async def test_an_execution_that_is_asked_for_again_pays_once(house: House) -> None:
    walk = await Walk(house).accepted()
    body = {"digest": walk.digest}
    first = await walk.post(EXECUTOR, "resolution", "execution", body, key=f"pay-{walk.id}")
    assert first.status_code == 201
    await walk.shows("callback", "status", "due")
    before = await house.events(walk.id)
    again = await walk.post(EXECUTOR, "resolution", "execution", body, key=f"pay-{walk.id}")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    for who in (EXECUTOR, OTHER_EXECUTOR):
        other_key = await walk.post(who, "resolution", "execution", body)
        assert (other_key.status_code, other_key.json()["events"]) == (200, [])
    assert await house.events(walk.id) == before
    await paid_once(house, walk)


async def test_executions_at_once_pay_once(house: House) -> None:
    walk = await Walk(house).accepted()
    body = {"digest": walk.digest}
    keys = [f"once-{walk.id}", f"once-{walk.id}", None, None, None]
    people = [EXECUTOR, EXECUTOR, EXECUTOR, OTHER_EXECUTOR, OTHER_EXECUTOR]
    answers = await asyncio.gather(
        *(
            walk.post(who, "resolution", "execution", body, key=key)
            for who, key in zip(people, keys, strict=True)
        )
    )  # fmt: skip
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    assert sum(answer.json()["events"] == ["remedy.execution-started"] for answer in answers) in (1, 2)
    await walk.shows("callback", "status", "due")
    await paid_once(house, walk)


async def test_another_payment_than_the_running_one_is_never_recorded(house: House) -> None:
    walk = await Walk(house).accepted()
    about = {"complaint_id": walk.id, "receipt": "r-1"}
    await house.refused_itself("unknown_payment", RecordPayment, **about, payment=f"pay-{uuid4()}")
    await execute(walk)
    reference = paid(house, walk)[0]["payment"]
    await house.refused_itself("payment_settled", RecordPayment, **about, payment=reference)
