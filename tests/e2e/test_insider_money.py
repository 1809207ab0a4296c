"""An insider tries to let more money leave than anybody answers for, or to let it leave twice (N4, N5, N6, N24)."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.packs.house import HOUSE_LIMITS
from tests.e2e.customers import Front
from tests.e2e.remedy import accept, approval, approve, execute, offer, propose, put_to_customer, returned, submit
from tests.e2e.test_never_paid_twice import left_the_house, types_of
from tests.e2e.walk import (
    APPROVER,
    EXECUTOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    OTHER_LEAD,
    SECOND_INVESTIGATOR,
    Walk,
    money,
    sha256,
)
from tests.fixtures.system import House

OTHER_EXECUTOR, OTHER_APPROVER, HIGHER = "ingrid.berg", "david.okafor", "margaret.hale"
LIMIT = HOUSE_LIMITS.activated[0].limit("department_lead", "cards", "CNY").minor
"""A lead's, the same number in every currency of the house."""
MOST = LIMIT * 6 // 10


async def paid_in(house: House, currency: str, amount: int, customer: str, by: str = LEAD) -> Walk:
    """A remedy of this customer, found, approved by one lead and paid in this currency."""
    walk = await found_in(house, currency, customer)
    await propose_in(walk, currency, amount)
    await approve(walk, by)
    return walk


async def found_in(house: House, currency: str, customer: str) -> Walk:
    walk = await Walk(house, person=customer).assigned()
    await walk.step(LEAD, "investigation", "investigator", {"investigator": INVESTIGATOR, "declaration": "d-1"})
    await walk.evidence()
    await walk.step(INVESTIGATOR, "investigation", "cause", {"cause": "system-fault", "department": "cards"})
    findings = {"verdict": "upheld", "reasons": "So it is.", "loss": money(5_000) | {"currency": currency}}
    await walk.step(INVESTIGATOR, "investigation", "findings", findings)
    await walk.step(LEAD, "investigation", "findings/acceptance")
    return walk


async def propose_in(walk: Walk, currency: str, amount: int, kind: str = "compensation") -> None:
    whole = {"minor": amount, "currency": currency}
    body = {
        "option": "o1", "kind": kind, "amount": whole, "steps": [{"label": "Loss", "amount": whole}],
        "description": "What we do.", "execute_by": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    await walk.step(OFFICER, "resolution", "remedies", body)
    await submit(walk, "o1")


async def is_not_enough(walk: Walk, who: str = LEAD) -> None:
    """This lead's word alone releases nothing, as it would if it were within their limit."""
    answer = await walk.step(who, "resolution", "approval", approval(walk.digest))
    assert answer.json()["events"] == ["remedy.approved", "remedy.approval-escalated"], answer.text
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest), "approval_incomplete")


# N4: in pieces


async def test_a_limit_is_not_slipped_under_by_several_currencies(house: House) -> None:
    customer = str(uuid4())
    await paid_in(house, "USD", MOST, customer)
    second = await found_in(house, "CNY", customer)
    await propose_in(second, "CNY", LIMIT - MOST + 1)
    await is_not_enough(second)
    third = await found_in(house, "EUR", customer)
    await propose_in(third, "EUR", LIMIT - MOST)
    await approve(third, LEAD)
    await put_to_customer(third)


async def test_nor_by_a_waiver_beside_a_refund_or_by_goodwill_beside_both(house: House) -> None:
    customer = str(uuid4())
    first = await Walk(house, person=customer).submitted(LIMIT // 3, kind="waiver")
    await approve(first, LEAD)
    second = await Walk(house, person=customer).submitted(LIMIT // 3, kind="refund")
    await approve(second, OTHER_LEAD)
    third = await Walk(house, person=customer).submitted(LIMIT // 3 + 3, kind="goodwill")
    await is_not_enough(third)


async def test_nor_by_instalments_or_by_another_option_of_the_same_complaint(house: House) -> None:
    walk = await Walk(house).investigated()
    parts = [{"amount": money(LIMIT // 2)}, {"amount": money(LIMIT // 2 + 1)}]
    await propose(walk, "parts", amount=LIMIT + 1, instalments=parts)
    await submit(walk, "parts")
    await is_not_enough(walk)
    await walk.step(OTHER_LEAD, "resolution", "remedy-return", returned(walk.digest))
    await propose(walk, "small", amount=LIMIT)
    await submit(walk, "small")
    await approve(walk, LEAD)
    another = {"option": "parts"}
    await walk.refused(OFFICER, "resolution", "remedy-submission", another, "another_under_way")


async def test_two_approvers_at_once_in_two_currencies_do_not_both_stay_within_their_limit(house: House) -> None:
    """Two browsers, two leads, two complaints of one customer, two currencies: one of them is not enough."""
    customer = str(uuid4())
    walks = [await found_in(house, currency, customer) for currency in ("USD", "CNY")]
    for walk, currency in zip(walks, ("USD", "CNY"), strict=True):
        await propose_in(walk, currency, MOST)
    tags = [(await walk.read("resolution")).headers["etag"] for walk in walks]
    answers = await asyncio.gather(
        *(
            walk.post(who, "resolution", "approval", approval(walk.digest), etag=tag)
            for walk, tag, who in zip(walks, tags, (LEAD, OTHER_LEAD), strict=True)
        )
    )
    facts = sorted(answer.json()["events"] for answer in answers)
    assert facts == [["remedy.approved"], ["remedy.approved", "remedy.approval-escalated"]], facts


async def test_files_that_are_joined_only_before_the_money_leaves_are_summed_then(house: House) -> None:
    """Each was within the limit while nobody knew that both are of one customer."""
    front = Front(house)
    one, other = await front.customer(name="郑一"), await front.customer(name="郑壹")
    first, second = Walk(house, person=one), Walk(house, person=other)
    for walk in (first, second):
        await walk.submitted(MOST)
        await approve(walk, LEAD)
        await put_to_customer(walk)
        await accept(walk)
    await execute(first)
    joined = {"other": other, "reasons": "One identity document."}
    told = await front.done(JUDGE, f"customers/{one}/joinings", joined)
    await front.shows(f"customers/{other}?purpose=handling", lambda body: body.get("joined_into") == one)
    known = {"Consistency-Token": told.headers["consistency-token"]}
    await second.refused(EXECUTOR, "resolution", "execution", {"digest": second.digest}, "above_limit", headers=known)
    assert left_the_house(house, second) == []
    await second.step(OTHER_LEAD, "resolution", "remedy-return", returned(second.digest))
    await propose(second, "o2", amount=MOST)
    await submit(second, "o2")
    await is_not_enough(second)


async def test_what_was_taken_back_counts_until_the_provider_booked_it_and_not_a_moment_less(house: House) -> None:
    customer = str(uuid4())
    walk = await Walk(house, person=customer).executed(MOST)
    wish = {"digest": walk.digest, "reasons": "Paid twice."}
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest, "step": 2}, "concluded")
    await walk.step(EXECUTOR, "resolution", "reversal-proposal", wish)
    other = await Walk(house, person=customer).submitted(MOST)
    await is_not_enough(other)
    for who in (EXECUTOR, OTHER_EXECUTOR):
        again = await walk.post(who, "resolution", "execution", {"digest": walk.digest})
        assert (again.status_code, again.json()["events"]) == (200, [])
    assert [request["kind"] for request in left_the_house(house, walk)] == ["payment"]


# N5 and N24: of these very terms, in this very cycle


async def test_an_option_of_the_same_id_in_another_cycle_is_another_one(house: House) -> None:
    walk = await Walk(house).executed()
    before, old = walk.digest, walk.acceptance()
    await walk.reopened()
    walk.option = "o1"
    await walk.shows("investigation", "cycle", 2)
    await walk.investigated(SECOND_INVESTIGATOR)
    tries: tuple[tuple[str, str, Any], ...] = (
        (LEAD, "approval", approval(before)), (OFFICER, "offer", offer(before)), (OTHER_AGENT, "acceptance", old),
        (EXECUTOR, "execution", {"digest": before}), (LEAD, "remedy-return", returned(before)),
        (OFFICER, "conclusion", {"digest": before}),
    )  # fmt: skip
    for who, path, body in tries:
        await walk.refused(who, "resolution", path, body, "nothing_submitted")
    await walk.submitted()
    assert walk.digest != before
    for who, path, body in tries:
        await walk.refused(who, "resolution", path, body, "other_digest")
    await approve(walk, LEAD)
    await put_to_customer(walk)
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", old, "other_digest")
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_accepted")
    assert len(left_the_house(house, walk)) == 1


async def test_what_was_returned_is_not_brought_back_under_its_old_name_or_digest(house: House) -> None:
    walk = await Walk(house).accepted()
    old = walk.digest
    await walk.step(LEAD, "resolution", "remedy-return", returned(old))
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": old}, "nothing_submitted")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": walk.option}, "option_ended")
    due = (await walk.house.client.get("clock")).json()["now"]
    terms = {"kind": "compensation", "amount": money(9_000), "description": "More.", "execute_by": due,
             "steps": [{"label": "Loss", "amount": money(9_000)}]}  # fmt: skip
    await walk.refused(OFFICER, "resolution", "remedies", terms | {"option": walk.option}, "option_exists")
    await propose(walk, "o2", amount=9_000)
    await submit(walk, "o2")
    await approve(walk, APPROVER)
    await put_to_customer(walk)
    for digest in (old, sha256("another")):
        await walk.refused(EXECUTOR, "resolution", "execution", {"digest": digest}, "other_digest")
        accepted = walk.acceptance() | {"digest": digest}
        await walk.refused(OTHER_AGENT, "resolution", "acceptance", accepted, "other_digest")


# N6: from two browsers at once, under one key or under several


async def test_two_executors_at_once_pay_once_whatever_they_click(house: House) -> None:
    walk = await Walk(house).accepted()
    body = {"digest": walk.digest}
    answers = await asyncio.gather(
        *(walk.post(who, "resolution", "execution", body, key=f"{walk.id}-{n % 2}")
          for n, who in enumerate((EXECUTOR, OTHER_EXECUTOR) * 4))
    )  # fmt: skip
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    await walk.shows("callback", "status", "due")
    assert len(left_the_house(house, walk)) == 1
    facts = await types_of(walk)
    assert (facts.count("remedy.execution-started"), facts.count("resolution.concluded")) == (1, 1)


async def test_of_two_acceptances_offers_and_submissions_at_once_each_stands_once(house: House) -> None:
    walk = await Walk(house).investigated()
    await propose(walk, "o1")
    await propose(walk, "o2", amount=6_000)
    answers = await asyncio.gather(
        *(walk.post(OFFICER, "resolution", "remedy-submission", {"option": option}) for option in ("o1", "o2") * 2)
    )
    won = sorted(answer.status_code for answer in answers)
    assert won == [200, 201, 409, 409], [answer.text for answer in answers]
    facts = await types_of(walk)
    assert facts.count("remedy.submitted") == 1


async def test_of_a_reversal_and_its_refusal_at_once_only_one_comes_about(house: House) -> None:
    walk = await Walk(house).executed(MOST)
    wish = {"digest": walk.digest, "reasons": "Paid twice."}
    proposed = await walk.step(EXECUTOR, "resolution", "reversal-proposal", wish)
    etag = proposed.headers["etag"]
    answers = await asyncio.gather(
        walk.post(LEAD, "resolution", "reversal", wish, etag=etag, fresh=False),
        walk.post(OTHER_LEAD, "resolution", "reversal-refusal", wish, etag=etag, fresh=False),
        walk.post(APPROVER, "resolution", "reversal", wish, etag=etag, fresh=False),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412], [answer.text for answer in answers]
    facts = await types_of(walk)
    assert facts.count("remedy.reversed") + facts.count("remedy.reversal-refused") == 1


# By a token of before, or of a machine


async def test_nobody_decides_by_a_token_of_before_they_moved(house: House) -> None:
    walk = await Walk(house).submitted()
    staff_id = f"moving.{uuid4().hex[:8]}"
    joined = {"name": "新人", "department": "cards", "roles": ["department_lead"], "reports_to": HIGHER}
    assert (await house.post("ren.zhi", f"directory/staff/{staff_id}", joined)).status_code == 201
    token = house.token_of(staff_id, "department_lead", department="cards")
    moved = {"department": "loans", "roles": ["department_lead", "agent"]}
    told = await house.post("ren.zhi", f"directory/staff/{staff_id}/position", moved)
    known = {"Consistency-Token": told.headers["consistency-token"]}
    for path, body in (("approval", approval(walk.digest)), ("remedy-return", returned(walk.digest))):
        await walk.refused(
            staff_id, "resolution", path, body, "office_not_held", status=403, token=token, headers=known
        )
    for own in ("position", "reporting-line", "departure"):
        body = {"department": "cards", "roles": ["approver"]} if own == "position" else {"reports_to": None}
        answer = await house.post("ren.zhi", f"directory/staff/ren.zhi/{own}", None if own == "departure" else body)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_record")


async def test_no_machine_says_what_the_provider_said_or_that_a_day_went_by(house: House) -> None:
    """There is no such address: whoever has a token of the online channels could else report a payment as made."""
    walk = await Walk(house).accepted()
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    reference = left_the_house(house, walk)[0]["payment"] if left_the_house(house, walk) else f"pay-{uuid4()}"
    await walk.shows("callback", "status", "due")
    forged = {"payment": reference, "receipt": "forged"}
    tries: tuple[tuple[str, str, Any], ...] = (
        ("resolution", "payments", forged), ("resolution", "unknown-payments", {"payment": reference}),
        ("resolution", "reversal-bookings", {"entry": "rev-1", "receipt": "r"}),
        ("resolution", "offer-lapse", {"digest": walk.digest, "lapses_at": "2020-01-01T00:00:00Z"}),
        ("resolution", "action-deadlines", {"action": "a", "due_at": "2020-01-01T00:00:00Z"}),
        ("callback", "callback-deadline", {"cycle": 1, "due_at": "2020-01-01T00:00:00Z"}),
        ("callback", "review-deadline", {"review": "r", "due_at": "2020-01-01T00:00:00Z"}),
        ("investigation", "information-deadline", {"request": "r1"}),
        ("intake", "withdrawal-deadline", {"cycle": 1, "due_at": "2020-01-01T00:00:00Z"}),
    )  # fmt: skip
    token = house.token_of("robot", "system")
    for service, path, body in tries:
        answer = await walk.post("robot", service, path, body, token=token)
        assert (answer.status_code, answer.json()["code"]) in ((404, "no_such_address"), (405, "method_not_allowed"))
