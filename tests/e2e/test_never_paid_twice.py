"""What must never happen with a payment, tried over HTTP: sent again blindly, paid twice, taken back by one (N6)."""

import json
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from closedloop.timeline import timeline
from services.resolution.commands.record_payment import RecordPayment
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from shared.packs.house import HOUSE_LIMITS
from tests.e2e.remedy import accept, approve, listed, propose, put_to_customer, returned, rows_of, submit
from tests.e2e.walk import APPROVER, AUDITOR, EXECUTOR, LEAD, OFFICER, Walk, money
from tests.fixtures.system import House, open_house, settings_for

OTHER_EXECUTOR, THIRD_EXECUTOR, OTHER_APPROVER = "ingrid.berg", "fang.yuan", "david.okafor"
FOREIGN_LEAD = "sun.lei"
LIMIT = HOUSE_LIMITS.activated[0].limit("department_lead", "cards", "CNY").minor


def left_the_house(house: House, walk: Walk) -> list[dict[str, Any]]:
    """What the provider was asked for this complaint, in order."""
    outbox = house.system.settings.data / "providers" / "payments.jsonl"
    lines = outbox.read_text().splitlines() if outbox.exists() else []
    requests = [json.loads(line)["request"] for line in lines]
    return [request for request in requests if request["complaint"] == walk.id]


async def executed(walk: Walk, who: str, *codes: str, **body: Any) -> None:
    await walk.refused(who, "resolution", "execution", {"digest": walk.digest} | body, *codes)


async def types_of(walk: Walk) -> list[str]:
    return [entry.type for entry in await timeline(walk.house.system.runtimes.values(), walk.id)]


# The provider never tells


@pytest.fixture
async def silent_house() -> AsyncIterator[House]:
    """A system of its own, whose payments can't be written out: the outcome of each stays unknown."""
    with tempfile.TemporaryDirectory(prefix="closedloop-silent-") as data:
        blocked = Path(data) / "blocked"
        blocked.write_text("no folder")
        settings = settings_for(Path(data)).model_copy(update={"providers": blocked})
        async with open_house(settings) as opened:
            yield opened


async def test_a_payment_of_which_nobody_knows_is_paid_again_only_after_two_people_looked(silent_house: House) -> None:
    house = silent_house
    walk = await Walk(house).accepted()
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    first = await payment_of(walk, "started")
    not_paid = {"payment": first, "paid": False, "proof": "statement-1"}
    await walk.refused(OTHER_EXECUTOR, "resolution", "reconciliation", not_paid, "outcome_not_unknown")
    told = await house.by_itself(RecordUnknownPayment, complaint_id=walk.id, payment=first)
    assert told.events == ("remedy.payment-unknown",)

    for who in (EXECUTOR, OTHER_EXECUTOR):
        await executed(walk, who, "outcome_unknown")
    await walk.refused(APPROVER, "resolution", "remedy-return", returned(walk.digest), "execution_started")
    await walk.refused(EXECUTOR, "resolution", "reconciliation", not_paid, "own_execution")
    both = house.token_of(APPROVER, "executor")
    await walk.refused(APPROVER, "resolution", "reconciliation", not_paid, "own_approval", token=both)
    waits = await listed(house, OTHER_EXECUTOR, "resolution/worklists/reconciliations", lambda row: True)
    assert (waits["reference"], waits["started_by"]) == (first, EXECUTOR)
    assert await rows_of(house, EXECUTOR, "resolution/worklists/reconciliations") == []

    await walk.step(OTHER_EXECUTOR, "resolution", "reconciliation", not_paid)
    await executed(walk, OTHER_EXECUTOR, "own_reconciliation")
    await house.refused_itself("payment_settled", RecordPayment, complaint_id=walk.id, payment=first, receipt="r-1")
    await walk.step(THIRD_EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    second = await payment_of(walk, "started")
    assert second != first

    await house.by_itself(RecordUnknownPayment, complaint_id=walk.id, payment=second)
    found = {"payment": second, "paid": True, "receipt": "r-2", "proof": "statement-2"}
    await walk.step(EXECUTOR, "resolution", "reconciliation", found)
    told = await house.by_itself(RecordPayment, complaint_id=walk.id, payment=second, receipt="r-2")
    assert told.events == ()
    await walk.shows("callback", "status", "due")
    await house.refused_itself("payment_settled", RecordPayment, complaint_id=walk.id, payment=second, receipt="r-3")
    facts = await types_of(walk)
    assert (facts.count("remedy.step-executed"), facts.count("resolution.concluded")) == (1, 1)


async def payment_of(walk: Walk, status: str) -> str:
    row = await listed(
        walk.house, AUDITOR, f"resolution/payments?complaint_id={walk.id}", lambda row: row["status"] == status
    )
    return str(row["reference"])


# Instalments


async def test_instalments_are_paid_one_by_one_once_each_and_never_before_their_day(house: House) -> None:
    walk = await Walk(house).investigated()
    tomorrow = (house.system.process.clock.now() + timedelta(days=1)).isoformat()
    parts = [{"amount": money(2_000)}, {"amount": money(1_000)}, {"amount": money(2_000), "not_before": tomorrow}]
    short = {"option": "short", "kind": "compensation", "amount": money(6_000), "description": "So.",
             "steps": [{"label": "Loss", "amount": money(6_000)}], "execute_by": "2100-01-01T00:00:00Z",
             "instalments": parts}  # fmt: skip
    await walk.refused(OFFICER, "resolution", "remedies", short, "instalments_do_not_add_up")
    await propose(walk, "parts", instalments=parts)
    await submit(walk, "parts")
    await approve(walk)
    await put_to_customer(walk)
    await accept(walk)
    await executed(walk, EXECUTOR, "other_step", step=2)
    for step in (1, 2):
        await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest, "step": step})
        await done(walk, step)
        again = await walk.post(OTHER_EXECUTOR, "resolution", "execution", {"digest": walk.digest, "step": step})
        assert (again.status_code, again.json()["events"]) == (200, [])
        await walk.refused(APPROVER, "resolution", "remedy-return", returned(walk.digest), "partly_paid")
        await walk.refused(APPROVER, "resolution", "remedy-rejection", returned(walk.digest), "partly_paid")
    await executed(walk, EXECUTOR, "too_early", step=3)
    assert [request["amount_minor"] for request in left_the_house(house, walk)] == [2_000, 1_000]
    assert len({request["payment"] for request in left_the_house(house, walk)}) == 2
    assert "resolution.concluded" not in await types_of(walk)


async def done(walk: Walk, step: int) -> None:
    """Wait until so many steps are paid."""
    path = "resolution/worklists/executions"
    await listed(walk.house, EXECUTOR, path, lambda row: of(walk, row) and row["done"] == step)


def of(walk: Walk, row: dict[str, Any]) -> bool:
    return bool(row["complaint_id"] == walk.id)


async def test_a_payment_goes_to_the_customer_of_the_complaint_and_no_body_can_name_another(house: House) -> None:
    walk = await Walk(house).accepted()
    for name in ("customer", "account", "payee"):
        body = {"digest": walk.digest, name: "6222 0210"}
        await walk.refused(EXECUTOR, "resolution", "execution", body, "invalid", status=422)
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    await walk.shows("callback", "status", "due")
    (request,) = left_the_house(house, walk)
    person = (await house.get(AUDITOR, f"desk/cases?number={await number_of(walk)}")).json()["items"][0]["person"]
    assert (request["kind"], request["customer"]) == ("payment", person)


async def number_of(walk: Walk) -> str:
    return str((await walk.read("intake")).json()["number"])


async def test_a_waiver_is_executed_with_proof_and_nothing_leaves_the_house(house: House) -> None:
    walk = await Walk(house).offered(kind="waiver")
    await executed(walk, EXECUTOR, "not_accepted", proof="ledger-1")
    await accept(walk)
    await executed(walk, EXECUTOR, "proof_missing")
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest, "proof": "ledger-1"})
    await walk.shows("callback", "status", "due")
    assert left_the_house(house, walk) == []


# Taking back


async def test_nobody_takes_money_back_alone(house: House) -> None:
    walk = await Walk(house).executed(LIMIT)
    wish = {"digest": walk.digest, "reasons": "Paid twice."}
    await walk.refused(LEAD, "resolution", "reversal", wish, "no_reversal_proposed")
    await walk.step(EXECUTOR, "resolution", "reversal-proposal", wish)
    for who, code in ((EXECUTOR, "own_proposal"),):
        token = house.token_of(who, "approver")
        for path in ("reversal", "reversal-refusal"):
            await walk.refused(who, "resolution", path, wish, code, token=token)
    await walk.refused(FOREIGN_LEAD, "resolution", "reversal", wish, "not_responsible_department", status=403)
    headers = {"On-Behalf-Of": OTHER_APPROVER}
    await walk.refused(APPROVER, "resolution", "reversal", wish, "acting_for_another", status=403, headers=headers)
    await walk.step(LEAD, "resolution", "reversal-refusal", wish)
    await walk.refused(LEAD, "resolution", "reversal", wish, "no_reversal_proposed")
    assert [request["kind"] for request in left_the_house(house, walk)] == ["payment"]


async def test_a_reversal_above_ones_limit_takes_somebody_with_a_higher_one(house: House) -> None:
    walk = await Walk(house).executed(LIMIT + 1)
    wish = {"digest": walk.digest, "reasons": "Paid twice."}
    await walk.step(EXECUTOR, "resolution", "reversal-proposal", wish)
    await walk.refused(LEAD, "resolution", "reversal", wish, "reversal_above_limit")


async def test_what_two_take_back_leaves_as_an_entry_of_its_own_once_and_counts_no_more(house: House) -> None:
    walk = await Walk(house, person="00000000-0000-4000-8000-00000000fee1").executed(LIMIT)
    wish = {"digest": walk.digest, "reasons": "Paid twice."}
    await walk.step(OTHER_EXECUTOR, "resolution", "reversal-proposal", wish)
    await walk.step(LEAD, "resolution", "reversal", wish)
    entry = await listed(
        house, AUDITOR, f"resolution/payments?complaint_id={walk.id}&kind=reversal", lambda row: row["status"] == "done"
    )
    assert [(request["kind"], request["amount_minor"]) for request in left_the_house(house, walk)] == [
        ("payment", LIMIT), ("reversal", LIMIT)
    ]  # fmt: skip
    assert left_the_house(house, walk)[1]["entry"] == entry["reference"]
    facts = await types_of(walk)
    assert (facts.count("remedy.reversed"), facts.count("remedy.reversal-booked")) == (1, 1)
    anew = await walk.post(EXECUTOR, "resolution", "reversal-proposal", wish)
    assert anew.json()["code"] in ("already_reversed", "nothing_to_reverse")
    second = await Walk(house, person="00000000-0000-4000-8000-00000000fee1").submitted(LIMIT)
    alone = await second.step(LEAD, "resolution", "approval", {"digest": second.digest, "instruction": "同意。"})
    assert alone.json()["events"] == ["remedy.approved"]
