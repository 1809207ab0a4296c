"""撤诉 A withdrawal over HTTP, from the customer's word to the second person who asks them again (loop 5, N14, N24)."""

import asyncio
from typing import Any

from tests.e2e.walk import (
    AGENT,
    CALLER,
    ESTABLISHED,
    EXECUTOR,
    JUDGE,
    LEAD,
    OTHER_AGENT,
    SECOND,
    THIRD_AGENT,
    Walk,
    sha256,
)
from tests.fixtures.system import House

STANDS = {"stands_by_it": True, "channel": "phone", "recording": "rec-10", "words": "是我自己要撤的。"}
DISPUTED = STANDS | {"stands_by_it": False, "words": "我没有说过要撤。"}
SECOND_PERSON = "intake/worklists/second-person"


async def waiting(house: House, who: str, walk: Walk) -> dict[str, Any] | None:
    """What waits for this person as the second on this complaint."""
    cursor = ""
    while True:
        seen = {"Consistency-Token": house.seen[f"intake:complaint:{walk.id}"]}
        page = (await house.get(who, f"{SECOND_PERSON}?limit=200{cursor}", **seen)).json()
        for row in page["items"]:
            if row["complaint_id"] == walk.id:
                return dict(row)
        if page["next"] is None:
            return None
        cursor = f"&cursor={page['next']}"


async def test_a_customer_withdraws_and_somebody_else_asks_them_again(house: House) -> None:
    walk = await Walk(house).withdrawn()
    asked = await waiting(house, OTHER_AGENT, walk)
    assert asked is not None
    assert (asked["second"], asked["first_person"], asked["overdue"]) == ("withdrawal", AGENT, False)
    assert await waiting(house, AGENT, walk) is None, "who recorded it is not the one to ask"
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", STANDS)
    assert await waiting(house, THIRD_AGENT, walk) is None
    assert (await walk.shows("intake", "status", "withdrawn"))["withdrawing"] is False


async def test_without_evidence_that_is_kept_there_is_no_withdrawal(house: House) -> None:
    """N14."""
    walk, other = await Walk(house).classified(), await Walk(house).registered()
    body = await walk.withdrawal()
    for missing in ("evidence", "words", "channel"):
        part = {name: value for name, value in body.items() if name != missing}
        await walk.refused(AGENT, "intake", "withdrawal", part, "invalid", status=422)
    nowhere = body | {"evidence": body["evidence"] | {"sha256": sha256("nowhere")}}
    await walk.refused(AGENT, "intake", "withdrawal", nowhere, "file_unknown")
    elsewhere = body | {"evidence": body["evidence"] | {"sha256": await other.file()}}
    await walk.refused(AGENT, "intake", "withdrawal", elsewhere, "file_unknown")
    await walk.step(AGENT, "intake", "withdrawal", body)


async def test_whoever_it_is_about_neither_records_nor_confirms_a_withdrawal(house: House) -> None:
    walk = await Walk(house).classified(complained_of=[OTHER_AGENT])
    await walk.refused(OTHER_AGENT, "intake", "withdrawal", await walk.withdrawal(), "complained_of")
    await walk.withdrawn()
    await walk.refused(OTHER_AGENT, "intake", "withdrawal/confirmation", DISPUTED, "complained_of")


async def test_whoever_recorded_it_does_not_confirm_it(house: House) -> None:
    walk = await Walk(house).withdrawn()
    for word in (STANDS, DISPUTED):
        await walk.refused(AGENT, "intake", "withdrawal/confirmation", word, "same_person")
        both = house.token_of(AGENT, "callback_agent", department="customer-service")
        await walk.refused(AGENT, "intake", "withdrawal/confirmation", word, "same_person", token=both)


async def test_nothing_goes_on_after_a_withdrawal(house: House) -> None:
    walk = await Walk(house).withdrawn()
    letter = {"letter": "…", "channel": "letter", "proof": "post-1"}
    again = {"category": walk.category, "severity": "special", "reasons": ["media"], "explanation": "So."}
    tries: tuple[tuple[str, str, str, Any], ...] = (
        (JUDGE, "intake", "judgement", ESTABLISHED),
        (JUDGE, "intake", "department", {"department": "cards"}),
        (AGENT, "intake", "classification", again),
        (AGENT, "intake", "courtesy-reply", letter),
        (AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-2"}),
        (AGENT, "intake", "escalation", {"reasons": ["media"]}),
        (AGENT, "intake", "voiding", {"reasons": "No complaint."}),
    )
    for who, service, path, body in tries:
        await walk.refused(who, service, path, body, "withdrawn")
    await walk.step(AGENT, "intake", "notes", {"text": "客户来电致谢。"})
    await walk.step(AGENT, "intake", "upward-reports", {"to": "triage_lead", "reasons": "Third one this week."})


async def test_a_customer_who_does_not_stand_by_it_is_heard_again_from_the_judgement_on(house: House) -> None:
    walk = await Walk(house).withdrawn()
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", DISPUTED)
    walk.cycle = 2
    await walk.shows("intake", "status", "reopened")
    await walk.step(THIRD_AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-2"})
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)


async def test_a_customer_who_does_not_stand_by_it_goes_on_at_the_investigation(house: House) -> None:
    walk = await (await Walk(house).assigned()).withdrawn()
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", DISPUTED)
    walk.cycle = 2
    assert (await walk.shows("intake", "status", "assigned"))["department"] == "cards"
    body = {"investigator": "amira.haddad", "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", body)


async def test_the_word_of_an_earlier_cycle_withdraws_nothing_of_this_one(house: House) -> None:
    """N24."""
    walk = await Walk(house).classified()
    body = await walk.withdrawal()
    await walk.step(AGENT, "intake", "withdrawal", body)
    await walk.shows("intake", "status", "withdrawn")
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", DISPUTED)
    walk.cycle = 2
    await walk.shows("intake", "status", "reopened")
    await walk.refused(AGENT, "intake", "withdrawal", body, "evidence_used")


async def test_after_the_reply_there_is_nothing_to_withdraw(house: House) -> None:
    walk = await Walk(house).replied()
    await walk.refused(AGENT, "intake", "withdrawal", await walk.withdrawal(), "already_replied")


async def test_a_withdrawal_that_comes_after_the_money_is_denied(house: House) -> None:
    walk = await Walk(house).executed()
    await walk.step(AGENT, "intake", "withdrawal", await walk.withdrawal())
    shown = await walk.shows("intake", "withdrawing", False)
    assert shown["status"] == "assigned"
    await walk.refused(OTHER_AGENT, "intake", "withdrawal/confirmation", STANDS, "not_withdrawn")
    await walk.reached(CALLER)


async def test_of_a_withdrawal_and_an_execution_at_once_one_comes_about(house: House) -> None:
    """Race: money never leaves for a complaint that was withdrawn, nor is one withdrawn that was paid."""
    walk = await Walk(house).accepted()
    body = await walk.withdrawal()
    await asyncio.gather(
        walk.post(EXECUTOR, "resolution", "execution", {"digest": walk.digest}),
        walk.post(AGENT, "intake", "withdrawal", body),
    )
    shown = await walk.shows("intake", "withdrawing", False)
    if shown["status"] == "withdrawn":
        await walk.refused(EXECUTOR, "resolution", "execution", {"digest": walk.digest}, "withdrawn")
    else:
        await walk.shows("callback", "status", "due")


async def test_no_machine_confirms_what_a_customer_wants(house: House) -> None:
    walk = await Walk(house).withdrawn()
    robot = house.token_of("robot", "system")
    for path, body in (("withdrawal/confirmation", STANDS), ("voiding", {"reasons": "No complaint."})):
        await walk.refused("robot", "intake", path, body, "wrong_role", status=403, token=robot)
    await walk.refused(SECOND, "intake", "withdrawal/confirmation", STANDS, "wrong_role", status=403)
