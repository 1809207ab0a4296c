"""Callback: reached or not, content or not; audits, reviews, what is taken back, closing, reopening, the archive."""

from datetime import datetime, timedelta
from typing import Any

from closedloop.simulation.case import Case
from closedloop.simulation.stories.endings import Ended
from closedloop.simulation.stories.registering import acknowledge
from closedloop.simulation.stories.words import CAUSES, LETTER, proof, signed

MOST_CYCLES = 4
ACTIONS = ["file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked"]
DIMENSIONS = ("timeliness", "professionalism", "effectiveness", "attitude")


async def call_back(case: Case, kind: str) -> str:
    """Reach the customer; ends the story, or says at which stage the next cycle begins."""
    case.kind = kind
    await case.until("callback", "status", "due")
    if case.paid and case.chance(0.04) and await _taken_back(case):
        return await _reopened(case, "resolution")
    if case.chance(0.03):
        await _too_late_to_withdraw(case)
    late = case.chance(0.05)
    await case.world.wait(timedelta(days=4) if late else timedelta(hours=case.rng.randrange(1, 60)))
    caller = case.someone("callback_agent", but=case.acted | case.callers)
    if case.chance(0.2):
        await case.is_refused(caller, "callback", "closing", None)
    if case.chance(0.04) and not case.restricted:
        await _never_reached(case, caller)
        return await _closed(case, kind, "unreachable", caller)
    satisfied = await _reached(case, caller)
    if await _found_untrue(case, caller):
        caller = case.someone("callback_agent", but=case.acted | case.callers | {caller})
        satisfied = await _reached(case, caller)
    if satisfied:
        return await _closed(case, kind, "satisfied", caller)
    await case.is_refused(caller, "callback", "closing", None, "dissatisfied_not_closed")
    if case.cycle >= MOST_CYCLES or case.chance(0.15) or not case.investigators_left():
        await _reaffirmed(case, caller)
        return await _closed(case, kind, "dissatisfied final", caller)
    wish = {"reason": "dissatisfied", "explanation": "Not what was promised."}
    await case.does(caller, "callback", "reopening", wish)
    return await _reopened(case, "judgement" if kind == "not established" else "investigation")


async def _too_late_to_withdraw(case: Case) -> None:
    """The customer withdraws what is decided already: resolution does not grant it."""
    if case.kind in ("not established", "resolved before"):
        return
    counter = case.at_the_counter()
    wish = {"evidence": await signed(case, "intake", counter), "channel": "branch", "words": "算了。 Never mind."}
    await case.does(counter, "intake", "withdrawal", wish)
    await case.until("intake", "withdrawing", False)


async def _reached(case: Case, caller: str) -> bool:
    """Some tries, and what the customer says; tells whether they are satisfied."""
    if case.chance(0.3):
        missed = {"outcome": "no_answer", "channel": "phone", "no_recording_reason": "not-connected"}
        await _call(case, caller, missed)
        await case.world.wait(timedelta(hours=5))
    if case.chance(0.1):
        await _agree_on_a_time(case, caller)
    reached = {
        "outcome": "reached", "channel": "phone", "recording": proof(case, "recording"), "actions": ACTIONS,
        "notes": "Talked it over.",
    }  # fmt: skip
    await _call(case, caller, reached)
    satisfied = case.chance(0.82)
    result: dict[str, Any] = {
        "satisfied": satisfied,
        "scores": dict.fromkeys(DIMENSIONS, case.rng.choice((4, 5) if satisfied else (1, 2))),
        "words": "满意, 谢谢。" if satisfied else "I am not satisfied.",
    }
    if case.chance(0.3):
        result["feedback"] = {"service": "热线等太久", "fee": "Say the fee before you take it."}
    await case.does(caller, "callback", "satisfaction", result)
    return satisfied


async def _call(case: Case, caller: str, attempt: dict[str, Any]) -> None:
    """Call the customer; at their time of rest the house refuses, and one waits until it is over."""
    while not await case.does_or_is_refused(caller, "callback", "callback-attempts", attempt, "outside_hours"):
        shown = (await case.read("callback")).body
        now = await case.world.now()
        begins = (datetime.fromisoformat(window.partition("/")[0]) for window in shown["windows"])
        await case.world.wait(min((begin - now for begin in begins if begin > now), default=timedelta(hours=1)))


async def _agree_on_a_time(case: Case, caller: str) -> None:
    """The customer asks to be called later, at a time that suits them."""
    again: datetime = await case.world.now() + timedelta(days=2)
    later = {
        "outcome": "asked_later", "channel": "phone", "recording": proof(case, "recording"), "actions": ACTIONS[:3],
        "call_again_at": again.isoformat(),
    }  # fmt: skip
    await _call(case, caller, later)
    now = await case.world.now()
    begin = now + timedelta(hours=2)
    slot = {
        "begin": begin.isoformat(), "end": (begin + timedelta(hours=2)).isoformat(), "requested_by_customer": True,
        "proof": proof(case, "recording"),
    }  # fmt: skip
    await case.does(caller, "callback", "callback-slot", slot)
    await case.world.wait(begin - now + timedelta(minutes=5))


async def _never_reached(case: Case, caller: str) -> None:
    """Three tries on two days by two channels, the last in writing; then a lead finds that all was tried."""
    missed = {"outcome": "no_answer", "channel": "phone", "no_recording_reason": "not-connected"}
    lead = _another(case)
    finding = {"letter": proof(case, "post"), "reasons": "Nobody answers, and the letter came back."}
    await _call(case, caller, missed)
    await case.is_refused(lead, "callback", "unreachable", finding, "tried_too_little")
    await case.world.wait(timedelta(days=1))
    await _call(case, caller, missed)
    written = {"outcome": "no_answer", "channel": "letter", "no_recording_reason": "in-writing"}
    await case.world.wait(timedelta(days=1))
    await _call(case, caller, written)
    await case.does(lead, "callback", "unreachable", finding)


async def _found_untrue(case: Case, caller: str) -> bool:
    """Seldom an audit finds that a record is not true; then somebody else calls."""
    case.callers.add(caller)
    if not case.chance(0.02):
        return False
    audit = {
        "caller": caller, "complete": True, "conform": True, "truthful": False, "items": True,
        "remarks": "The recording is of another customer.",
    }  # fmt: skip
    await case.does(case.someone("quality_reviewer", but=case.acted), "callback", "callback-audits", audit)
    return True


async def _reaffirmed(case: Case, caller: str) -> None:
    """A higher approver stands by what was decided."""
    if case.cycle >= MOST_CYCLES:
        again = {"reason": "dissatisfied", "explanation": "Once more."}
        await case.is_refused(caller, "callback", "reopening", again, "cycles_exhausted")
    higher = case.someone("higher_approver", but=case.acted | case.approvers)
    position = {
        "new_facts": False, "reasons": "Nothing new was said.", "letter": LETTER, "channel": "letter",
        "proof": proof(case, "post"),
    }  # fmt: skip
    await case.does(higher, "callback", "reaffirmation", position)


async def _taken_back(case: Case) -> bool:
    """It was paid by mistake: an executor proposes to take it back, an approver decides. Says whether it was."""
    executor = case.someone("executor")
    await case.does(executor, "resolution", "reversal-proposal", {"digest": case.paid, "reasons": "Paid twice."})
    higher = case.someone("higher_approver", but={executor})
    wish = {"digest": case.paid, "reasons": "The statement shows it."}
    if case.chance(0.4):
        await case.does(higher, "resolution", "reversal-refusal", wish | {"reasons": "It was paid once."})
        return False
    await case.does(higher, "resolution", "reversal", wish)
    return True


async def _reopened(case: Case, stage: str) -> str:
    case.excluded |= case.approvers
    await case.next_cycle()
    if stage == "judgement":
        await case.until("intake", "cycle", case.cycle)
        await acknowledge(case)
    else:
        await case.until_event("complaint.reopened")
    return stage


async def _closed(case: Case, kind: str, how: str, caller: str) -> str:
    """Close, sum up, audit what is to be audited, and see it archived; or, after a review, where it goes on."""
    await case.does(caller if how == "satisfied" else _another(case), "callback", "closing")
    if kind != "resolved before" and case.chance(0.05) and await _reviewed(case, kind):
        return await _reopened(case, "judgement" if kind == "not established" else "resolution")
    if case.chance(0.03):
        await _heard_outside(case)
    summary = {"cause": case.rng.choice(CAUSES), "lesson": "Call back sooner. 尽早回访。"}
    await case.does(case.someone("triage_lead"), "callback", "summary", summary)
    await _audited(case)
    await case.until("callback", "status", "archived")
    raise Ended(f"{kind}, {how}")


async def _reviewed(case: Case, kind: str) -> bool:
    """The customer asks for a review, and another unit decides. Says whether it changed the decision."""
    name = f"rev{case.cycle}"
    asked = {
        "review": name, "asked_by": "customer", "channel": "letter", "proof": proof(case, "post"),
        "grounds": "Nobody heard the second recording.",
    }  # fmt: skip
    counter = case.someone("triage_lead" if case.restricted else "agent")
    await case.does(counter, "callback", "reviews", asked)
    if case.chance(0.25):
        await case.world.wait(timedelta(days=31))
    changed = case.chance(0.4)
    decision = {
        "review": name, "result": "changed" if changed else "upheld", "reasons": "We heard it.", "letter": LETTER,
        "channel": "letter", "proof": proof(case, "post"),
    }  # fmt: skip
    # Triage judged what was rejected, and operations approves: a review is decided by the other of the two.
    role = "higher_approver" if kind == "not established" else "reviewer"
    who = case.someone(role, but=case.acted | case.judges | case.approvers)
    await case.does(who, "callback", "review-decision", decision)
    return changed


async def _heard_outside(case: Case) -> None:
    """The customer went to the ombudsman, who agrees with the firm (loop 9)."""
    officer, name = case.someone("compliance_officer"), f"ref{case.cycle}"
    referral = {"referral": name, "body": "ombudsman", "reference": proof(case, "omb"), "summary": "Sent the file."}
    await case.does(officer, "callback", "referrals", referral)
    decision = {"referral": name, "result": "upheld", "summary": "The firm was right.", "reference": proof(case, "omb")}
    await case.does(officer, "callback", "external-decision", decision)


def _another(case: Case) -> str:
    """A lead who has had no part in it; of a restricted case, one who may see it."""
    role = "triage_lead" if case.restricted else "department_lead"
    return case.someone(role, but=case.acted | case.judges | case.callers)


async def _audited(case: Case) -> None:
    """Every record of a special complaint, and some of the others, are audited before the archive."""
    shown = (await case.read("callback")).body
    if shown["audited"] or not (shown["sampled"] or shown["severity"] == "special"):
        return
    path = f"callback/complaints/{case.id}/callback-attempts?purpose=quality&limit=200"
    rows = (await case.world.ask("cao.ying", path, seen=case.tokens.get("callback"))).body["items"]
    for caller in sorted({row["caller"] for row in rows if row["cycle"] == case.cycle}):
        audit = {
            "caller": caller, "complete": True, "conform": True, "truthful": True, "items": True, "remarks": "Good.",
        }  # fmt: skip
        reviewer = case.someone("reviewer", but={caller})
        await case.does_or_is_refused(reviewer, "callback", "callback-audits", audit, "already_audited")
