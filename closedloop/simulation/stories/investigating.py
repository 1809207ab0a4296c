"""Investigation: assigned, interrupted by conflicts and missing answers, found, returned, accepted."""

from datetime import timedelta

from closedloop.simulation.case import Case
from closedloop.simulation.stories.judging import withdraw
from closedloop.simulation.stories.sidelines import meanwhile
from closedloop.simulation.stories.words import CAUSES, money, proof, sha256

_AUDIO = b"RIFF\x24\x00\x00\x00WAVEfmt "


async def investigate(case: Case) -> None:
    """From the assignment to findings that a lead accepts."""
    await case.until("investigation", "stage", "awaiting_investigator")
    lead = case.someone("department_lead", case.department, but=case.judges)
    if case.investigators and case.cycle > 1:
        again = {"investigator": min(case.investigators), "declaration": proof(case, "declaration")}
        await case.is_refused(lead, "investigation", "investigator", again)
    investigator = await _assign(case, lead)
    if case.chance(0.08) and case.investigators_left():
        await case.does(investigator, "investigation", "conflict", {"nature": "The customer is my neighbour."})
        case.barred.add(investigator)
        investigator = await _assign(case, lead, reason="conflict-of-interest")
    await meanwhile(case)
    if case.cycle == 1 and case.chance(0.03):
        await withdraw(case)
        return await investigate(case)
    await _gather(case, investigator)
    await _find(case, lead, investigator)
    await case.world.wait(timedelta(hours=case.rng.randrange(2, 72)))
    return None


async def _assign(case: Case, lead: str, reason: str | None = None) -> str:
    investigator = case.someone("investigator", case.department, but=case.investigators | case.acted)
    body = {"investigator": investigator, "declaration": proof(case, "declaration")}
    await case.does(lead, "investigation", "investigator", body | ({"reason": reason} if reason else {}))
    case.investigators.add(investigator)
    return investigator


async def _gather(case: Case, investigator: str) -> None:
    """Evidence, statements, what others are asked for."""
    for n in range(case.rng.randrange(1, 3)):
        evidence = {
            "evidence": f"e{case.cycle}-{n}", "kind": "recording", "title": "Call recording",
            "sha256": sha256(f"{case.name}{case.cycle}{n}"), "size": 120_000, "media_type": "audio/ogg",
            "obtained_from": "telephony",
        }  # fmt: skip
        await case.does(investigator, "investigation", "evidence", evidence)
    if case.chance(0.2):
        kept = await case.sends_file(investigator, "investigation", _AUDIO + case.name.encode(), "audio/wav")
        better = {
            "evidence": f"e{case.cycle}-file", "kind": "recording", "title": "The whole call", "sha256": kept,
            "stored": True, "obtained_from": "telephony", "supersedes": f"e{case.cycle}-0",
        }  # fmt: skip
        await case.does(investigator, "investigation", "evidence", better)
    if case.chance(0.3):
        said = {"statement": f"s{case.cycle}", "of": "customer", "text": "我从未授权这笔扣款。"}
        await case.does(investigator, "investigation", "statements", said)
    if case.chance(0.25):
        await _ask_for(case, investigator)


async def _ask_for(case: Case, investigator: str) -> None:
    """A third party is asked, and answers in time, late, or never."""
    now = await case.world.now()
    name = f"r{case.cycle}"
    asked = {
        "request": name, "of": "third_party", "what": "The terminal's journal of that day.",
        "due_at": (now + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    await case.does(investigator, "investigation", "information-requests", asked)
    if case.chance(0.3):
        await case.world.wait(timedelta(days=3))
    if case.chance(0.2):
        given_up = {"request": name, "reasons": "They do not keep it that long."}
        await case.does(investigator, "investigation", "information/giving-up", given_up)
        return
    answer = {"request": name, "content": "The journal shows two debits.", "evidence": [f"e{case.cycle}-0"]}
    await case.does(investigator, "investigation", "information", answer)


async def _find(case: Case, lead: str, investigator: str) -> None:
    findings = {
        "verdict": case.rng.choice(("upheld", "upheld", "partly", "rejected")),
        "reasons": "The recording and the ledger agree.",
        "loss": money(case.rng.randrange(0, 300_000)),
    }
    if case.chance(0.1):
        await case.is_refused(investigator, "investigation", "findings", findings)
    cause = {"cause": case.rng.choice(CAUSES), "department": case.department}
    await case.does(investigator, "investigation", "cause", cause)
    await case.does(investigator, "investigation", "findings", findings)
    if case.chance(0.15):
        await case.does(lead, "investigation", "findings/return", {"reasons": "Ask the branch as well."})
        await case.does(investigator, "investigation", "findings", findings)
    await case.does(lead, "investigation", "findings/acceptance")
