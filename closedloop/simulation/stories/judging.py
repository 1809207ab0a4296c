"""Judgement: established, rejected by two persons, overturned, referred, voided, withdrawn."""

from datetime import timedelta
from typing import Any

from closedloop.simulation.case import Case
from closedloop.simulation.stories.endings import Ended
from closedloop.simulation.stories.registering import SPECIAL, acknowledge
from closedloop.simulation.stories.sidelines import meanwhile
from closedloop.simulation.stories.words import LETTER, proof, signed


async def judge(case: Case) -> str:
    """Judge it, in the first cycle or anew; says at which stage it goes on."""
    await meanwhile(case)
    if case.cycle == 1:
        await _other_endings(case)
    if not case.restricted and case.chance(0.18):
        return await _reject(case)
    judge = case.someone("triage_lead", but=case.judges)
    await case.does(judge, "intake", "judgement", established(case))
    await assign_department(case, judge)
    return "investigation"


async def assign_department(case: Case, lead: str) -> None:
    await case.does(lead, "intake", "department", {"department": case.department, "recused": []})
    case.judges.add(lead)


def established(case: Case) -> dict[str, Any]:
    return {
        "verdict": "established",
        "grounds": "The statement shows what the customer says. 理由充分。",
        "demand": "The demand is within what the contract gives. 要求合理。",
        "department": case.department,
        "days_asked": 15,
    }


async def _other_endings(case: Case) -> None:
    """What ends it before anybody judges it."""
    drawn = case.rng.random()
    if drawn < 0.04:
        await _void(case)
    elif drawn < 0.07:
        referral = {
            "reason": "other_firm", "to": "华夏财产保险 an insurer", "reasons": "The contract is with the insurer.",
            "letter": LETTER, "channel": "letter", "proof": proof(case, "post"),
        }  # fmt: skip
        await case.does(case.someone("triage_lead"), "intake", "referral", referral)
        await case.until("callback", "status", "archived")
        raise Ended("referred")
    elif drawn < 0.12:
        await withdraw(case)
        await acknowledge(case)


async def _void(case: Case) -> None:
    """Registered in error, say two persons; or the second does not agree."""
    first = case.at_the_counter()
    only_asked = {"reasons": "The customer only asked a question."}
    if not await case.does_or_is_refused(first, "intake", "voiding", only_asked, SPECIAL):
        return
    await case.is_refused(first, "intake", "voiding/confirmation", {"reasons": "Yes."})
    second = case.someone("triage_lead", but={first})
    if case.chance(0.4):
        await case.does(second, "intake", "voiding/decline", {"reasons": "No: they do complain."})
        return
    confirmed = {"reasons": "The recording says so."}
    if await case.does_or_is_refused(second, "intake", "voiding/confirmation", confirmed, SPECIAL):
        await case.until("callback", "status", "archived")
        raise Ended("in error")
    await case.does(second, "intake", "voiding/decline", {"reasons": "It is special by now."})


async def withdraw(case: Case) -> None:
    """The customer withdraws, and somebody else asks whether that is their own wish. Ends the story, or reopens it."""
    counter = case.at_the_counter()
    evidence = await signed(case, "intake", counter)
    wish = {"evidence": evidence, "channel": "branch", "words": "我不想投诉了。 I withdraw it."}
    await case.does(counter, "intake", "withdrawal", wish)
    await case.until("intake", "status", "withdrawn")
    another = case.someone("triage_lead" if case.restricted else "callback_agent", but={counter})
    stands = case.chance(0.85)
    if case.chance(0.2):
        await case.world.wait(timedelta(days=4))
    word = {"stands_by_it": stands, "channel": "phone", "recording": proof(case, "rec"), "words": "是我自己决定的。"}
    await case.is_refused(counter, "intake", "withdrawal/confirmation", word)
    await case.does(another, "intake", "withdrawal/confirmation", word)
    if stands:
        await case.until("callback", "status", "archived")
        raise Ended("withdrawn")
    await case.next_cycle()
    await case.until("intake", "cycle", case.cycle)


async def _reject(case: Case) -> str:
    judge = case.someone("triage_lead", but=case.judges)
    verdict = established(case) | {"verdict": "not_established", "reasons": "The fee was agreed in writing."}
    del verdict["days_asked"]
    await case.does(judge, "intake", "judgement", verdict)
    if case.chance(0.3):
        await case.is_refused(judge, "intake", "rejection/confirmation", {"reasons": "I agree with myself."})
    second = case.someone("reviewer", but=case.judges)
    if case.chance(0.2):
        await case.does(second, "intake", "rejection/return", {"reasons": "Read the recording again."})
        await case.does(judge, "intake", "judgement", verdict)
    await case.does(second, "intake", "rejection/confirmation", {"reasons": "The reasons hold."})
    if case.chance(0.12):
        return await _overturn(case, judge)
    case.judges |= {judge, second}
    letter = {"letter": LETTER, "channel": "letter", "proof": proof(case, "post")}
    await case.does(case.at_the_counter(), "intake", "courtesy-reply", letter)
    return "replied"


async def _overturn(case: Case, judge: str) -> str:
    """A department lead sees it otherwise before the reply leaves: it is established in the same cycle."""
    other = case.someone("department_lead", but=case.acted)
    judged = established(case) | {"reasons": "The contract's last page says otherwise."}
    del judged["verdict"]
    await case.does(other, "intake", "judgement/overturning", judged)
    await assign_department(case, judge)
    return "investigation"
