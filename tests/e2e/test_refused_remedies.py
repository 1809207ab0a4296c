"""Every other refusal of resolution, tried over HTTP: the reason is told, and not one event is written."""

from datetime import timedelta
from typing import Any

from services.resolution.commands.pass_action_deadline import PassActionDeadline
from services.resolution.commands.record_reversal import RecordReversal
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from shared.decide import Command
from tests.e2e.remedy import (
    accept,
    approval,
    approve,
    classify_anew,
    execute,
    offer,
    propose,
    put_to_customer,
    returned,
    submit,
)
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    EXECUTOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    SECOND_INVESTIGATOR,
    Walk,
    money,
)
from tests.fixtures.system import House

OTHER_APPROVER, REVIEWER, ANY_OTHER = "david.okafor", "daniel.brooks", "5" * 64


def option(walk: Walk, **changed: Any) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "option": "x", "kind": "refund", "amount": money(6_000), "description": "So.",
        "steps": [{"label": "Loss", "amount": money(6_000)}],
        "execute_by": (walk.house.system.process.clock.now() + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    return terms | changed


def parts(*payments: dict[str, Any]) -> dict[str, Any]:
    return {"instalments": list(payments)}


async def test_terms_that_contradict_themselves_make_no_option(house: House) -> None:
    walk = await Walk(house).investigated()
    nothing: dict[str, Any] = {"amount": money(0), "steps": []}
    euro = {"minor": 3_000, "currency": "EUR"}
    half = {"amount": money(3_000)}
    late, soon = "2100-01-01T00:00:00Z", (house.system.process.clock.now() + timedelta(days=2)).isoformat()
    tries: list[tuple[dict[str, Any], str]] = [
        (nothing, "amount_missing"),
        (nothing | {"kind": "waiver"}, "amount_missing"),
        ({"kind": "apology"}, "amount_not_allowed"),
        ({"steps": []}, "steps_do_not_add_up"),
        ({"steps": [{"label": "Loss", "amount": euro}]}, "other_currency"),
        ({"execute_by": "2020-01-01T00:00:00Z"}, "execute_by_passed"),
        ({"amount": euro, "steps": [{"label": "Loss", "amount": euro}]}, "not_currency_of_loss"),
        (nothing | {"kind": "no_remedy", "settlement": True}, "nothing_to_settle"),
        ({"kind": "waiver"} | parts(half, half), "instalments_not_allowed"),
        (parts({"amount": money(6_000)}), "one_instalment"),
        (parts({"amount": money(6_000)}, {"amount": money(0)}), "empty_instalment"),
        (parts({"amount": euro}, half), "other_currency"),
        (parts(half | {"not_before": soon}, half), "instalments_out_of_order"),
        (parts(half, half | {"not_before": late}), "instalment_too_late"),
    ]
    for changed, code in tries:
        await walk.refused(OFFICER, "resolution", "remedies", option(walk, **changed), code)


async def test_an_option_is_its_proposers_and_never_changes(house: House) -> None:
    walk = await Walk(house).investigated()
    await propose(walk, "o1")
    await walk.refused(OFFICER, "resolution", "remedies", option(walk, option="o1"), "option_exists")
    back = {"option": "o1", "reasons": "Paid already."}
    await walk.refused(SECOND_INVESTIGATOR, "resolution", "option-withdrawal", back, "not_the_proposer")
    await walk.refused(SECOND_INVESTIGATOR, "resolution", "remedy-submission", {"option": "o1"}, "not_the_proposer")
    for path in ("option-withdrawal", "remedy-submission"):
        named = {"option": "o9"} | ({"reasons": "So."} if path == "option-withdrawal" else {})
        await walk.refused(OFFICER, "resolution", path, named, "no_such_option")
    await walk.step(OFFICER, "resolution", "option-withdrawal", back)
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": "o1"}, "option_ended")
    await propose(walk, "o2")
    await propose(walk, "o3")
    await submit(walk, "o2")
    await walk.refused(OFFICER, "resolution", "remedy-submission", {"option": "o3"}, "another_under_way")
    beside = {"option": "o3", "reasons": "So."}
    await walk.refused(OFFICER, "resolution", "option-withdrawal", beside, "another_under_way")


async def test_an_offer_is_made_once_and_answered_once(house: House) -> None:
    walk = await Walk(house).offered()
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest) | {"proof": "post-9"}, "already_offered")
    await accept(walk)
    other = walk.acceptance()
    other["evidence"]["reference"] = "sig-2"
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", other, "already_accepted")
    declined = {"digest": walk.digest, "reasons": "Too little."}
    await walk.refused(OTHER_AGENT, "resolution", "decline", declined, "already_accepted")
    await walk.refused(OFFICER, "resolution", "offer", offer(walk.digest) | {"proof": "post-9"}, "already_accepted")
    await walk.refused(OFFICER, "resolution", "conclusion", {"digest": walk.digest}, "remedy_due")


async def test_no_remedy_is_concluded_and_not_executed_by_somebody_who_did_not_approve_it(house: House) -> None:
    walk = await Walk(house).offered(0, kind="no_remedy")
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "nothing_to_execute")
    await walk.refused(OFFICER, "resolution", "conclusion", {"digest": ANY_OTHER}, "other_digest")
    token = house.token_of(APPROVER, "resolution_officer")
    await walk.refused(APPROVER, "resolution", "conclusion", {"digest": walk.digest}, "own_approval", token=token)
    await walk.step(OFFICER, "resolution", "conclusion", {"digest": walk.digest})
    await walk.shows("callback", "status", "due")
    for who, path, body in (
        (OFFICER, "remedies", option(walk)),
        (APPROVER, "approval", approval(walk.digest)),
        (APPROVER, "remedy-return", returned(walk.digest)),
        (OTHER_AGENT, "acceptance", walk.acceptance()),
    ):
        await walk.refused(who, "resolution", path, body, "concluded")


async def test_nothing_is_paid_on_the_word_of_whom_the_complaint_turns_out_to_be_about(house: House) -> None:
    walk = await Walk(house).accepted()
    headers = await classify_anew(walk, complained_of=[APPROVER])
    body = {"digest": walk.digest}
    await walk.refused(EXECUTOR, "resolution", "execution", body, "approver_recused", headers=headers)
    await walk.step(OTHER_APPROVER, "resolution", "remedy-return", returned(walk.digest))


async def test_a_late_restriction_shuts_every_command_and_every_view_to_other_departments(house: House) -> None:
    walk = await Walk(house).offered()
    headers = await classify_anew(walk, restricted=True)
    tries = ((OTHER_AGENT, "acceptance", walk.acceptance()), ("sun.lei", "remedy-return", returned(walk.digest)))
    for who, path, body in tries:
        await walk.refused(who, "resolution", path, body, "restricted_case", status=403, headers=headers)
    for path in (f"resolutions/{walk.id}", f"complaints/{walk.id}/remedies", "worklists/offers"):
        shown = await house.get("sun.lei", f"resolution/{path}", **headers)
        assert walk.id not in shown.text, path
    assert walk.id in (await house.get(LEAD, f"resolution/complaints/{walk.id}/remedies", **headers)).text


async def test_what_was_decided_before_a_review_changed_it_counts_no_more(house: House) -> None:
    """N24: findings stand, and nothing else; whoever approved does not approve again."""
    walk = await Walk(house).executed()
    before = walk.digest
    asked = {
        "review": "r1",
        "asked_by": "customer",
        "channel": "letter",
        "proof": "post-in-1",
        "grounds": "Look again.",
    }
    await walk.step(AGENT, "callback", "reviews", asked)
    decided = {"review": "r1", "result": "changed", "reasons": "The interest is missing.", "letter": "…",
               "channel": "letter", "proof": "post-8"}  # fmt: skip
    await walk.step(REVIEWER, "callback", "review-decision", decided)
    walk.cycle = 2
    await walk.shows("resolution", "status", "open")
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": before}, "nothing_submitted")
    await walk.refused(OTHER_AGENT, "resolution", "acceptance", walk.acceptance(), "nothing_submitted")
    await walk.refused(APPROVER, "resolution", "approval", approval(before), "nothing_submitted")
    await propose(walk, "better", amount=6_000)
    await submit(walk, "better")
    await walk.refused(APPROVER, "resolution", "approval", approval(walk.digest), "excluded")
    await approve(walk, OTHER_APPROVER)
    await put_to_customer(walk)
    await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "not_accepted")
    await accept(walk)
    await execute(walk)


async def test_an_action_and_a_measure_are_told_apart_by_their_ids(house: House) -> None:
    walk = await Walk(house).investigated()
    soon = (house.system.process.clock.now() + timedelta(days=9)).isoformat()
    action = {"action": "a1", "what": "Check twice.", "owner": OFFICER, "due_at": soon}
    past = action | {"due_at": "2020-01-01T00:00:00Z"}
    await walk.refused(JUDGE, "resolution", "actions", past, "due_in_the_past")
    await walk.step(JUDGE, "resolution", "actions", action)
    await walk.refused(JUDGE, "resolution", "actions", action | {"owner": LEAD}, "action_exists")
    done = {"result": "Done.", "proof": "change-7"}
    await walk.refused(OFFICER, "resolution", "actions/a9/completion", done, "no_such_action", status=404)
    asked: tuple[tuple[str, type[Command], dict[str, str]], ...] = (
        ("not_due", PassActionDeadline, {"action": "a1", "due_at": soon}),
        ("no_such_action", PassActionDeadline, {"action": "a9", "due_at": soon}),
        ("unknown_entry", RecordReversal, {"entry": "rev-9", "receipt": "r-1"}),
        ("unknown_payment", RecordUnknownPayment, {"payment": "pay-9"}),
    )
    for code, command, fields in asked:
        await house.refused_itself(code, command, complaint_id=walk.id, **fields)
    gone = {"reasons": "So."}
    path = "accountability/m9/revocation"
    await walk.refused("shen.jia", "resolution", path, gone, "no_such_measure", status=404)
