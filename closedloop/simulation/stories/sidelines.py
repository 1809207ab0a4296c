"""What happens beside the straight way: questions and services, remarks, chasing, handing over, reporting upward."""

from datetime import timedelta

from closedloop.people import department_of
from closedloop.simulation.case import Case
from closedloop.simulation.stories.words import NAMES, proof


async def answered_enquiry(case: Case) -> None:
    """Somebody asks, is answered, and is content (F59)."""
    agent = case.someone("agent")
    contact = await _contact(case, agent, "enquiry")
    if case.chance(0.2):
        other = case.someone("back_office")
        passed_on = {"department": department_of(other), "remark": "Only the back office knows."}
        await case.does(agent, "intake", f"/contacts/{contact}/passing-on", passed_on)
        agent = other
    told = {"answer": "The branch opens at nine. 网点九点开门。", "satisfied": True}
    await case.does(agent, "intake", f"/contacts/{contact}/answer", told)


async def served(case: Case) -> None:
    """Somebody wants a service: it is given, reviewed, and they are called back about it (F59)."""
    agent = case.someone("agent")
    contact = await _contact(case, agent, "enquiry")
    change = {"kind": "service", "reasons": "They want a new card, not only to know how."}
    await case.does(agent, "intake", f"/contacts/{contact}/kind", change)
    given = {"remark": "The new card was sent by registered post. 新卡已挂号寄出。"}
    await case.does(agent, "intake", f"/contacts/{contact}/service", given)
    reviewer = case.someone("reviewer")
    await case.does(reviewer, "intake", f"/contacts/{contact}/review", {"passed": True, "remark": "All is there."})
    called = {"outcome": "reached", "satisfied": True, "words": "谢谢"}
    await case.does(case.someone("callback_agent"), "intake", f"/contacts/{contact}/callback", called)


async def _contact(case: Case, agent: str, kind: str) -> str:
    now = await case.world.now()
    told = {
        "kind": kind, "caller": case.rng.choice(NAMES), "channel": "phone", "content": "几点开门? When do you open?",
        "received_at": (now - timedelta(minutes=3)).isoformat(),
    }  # fmt: skip
    answer = await case.does(agent, "intake", "/contacts", told)
    return str(answer.body["subject"].partition(":")[2])


async def meanwhile(case: Case) -> None:
    """What may happen at any time while it is worked on. An agent does not see a restricted case."""
    counter = case.at_the_counter()
    if case.chance(0.08):
        chased = {"what": "customer_chased", "channel": "phone", "words": "还要等多久? How much longer?"}
        await case.does(counter, "intake", "customer-contacts", chased)
    if case.chance(0.15):
        told = {"what": "progress_told", "channel": "sms", "words": "正在核实。", "proof": proof(case, "sms")}
        await case.does(counter, "intake", "customer-contacts", told)
    if case.chance(0.1):
        await _remark(case, counter)
    if case.chance(0.03):
        upward = {"to": "higher_approver", "reasons": "A journalist called.", "emergency": False}
        await case.does(case.someone("triage_lead"), "intake", "upward-reports", upward)
    if case.chance(0.03) and not case.restricted:
        owner = case.someone("agent", but=case.investigators)
        await case.does(case.someone("triage_lead"), "intake", "owner", {"to": owner, "reason": "on-leave"})
    if case.chance(0.02):
        worse = {"reasons": ["media"], "explanation": "The customer wrote to a newspaper."}
        await case.does_or_is_refused(case.someone("triage_lead"), "intake", "escalation", worse, "already_special")
    if case.chance(0.05):
        await _correct(case)
    if case.chance(0.04):
        await _classify_anew(case)


async def _remark(case: Case, who: str) -> None:
    await case.does(who, "intake", "notes", {"text": "The customer is calm and wants a quick answer."})
    if case.chance(0.3):
        notes = await case.world.ask(who, f"intake/complaints/{case.id}/notes?purpose=handling", case.tokens["intake"])
        note = notes.body["items"][-1]["note"]
        better = {"text": "Calm, and wants an answer by Friday.", "reasons": "The day was missing."}
        await case.does(who, "intake", f"notes/{note}/corrections", better)


async def _correct(case: Case) -> None:
    """A telephone number was written down wrongly, or the customer wants to be called at other hours."""
    agent = case.at_the_counter()
    wrong = {"field": "contact", "replaces": 1, "text": "+86 21 5555 0001", "reasons": "Two digits were swapped."}
    if case.chance(0.5):
        evenings = {"begin": "14:00", "end": "20:00"}
        wrong = {"field": "call_hours", "replaces": 1, "call_hours": evenings, "reasons": "The customer works early."}
    await case.does_or_is_refused(agent, "intake", "corrections", wrong, "corrected_meanwhile")


async def _classify_anew(case: Case) -> None:
    """Another category fits better; special stays special."""
    shown = (await case.read("intake")).body
    anew = {
        "category": f"{case.department}/disclosure", "severity": shown["severity"], "vulnerable": shown["vulnerable"],
        "reasons": ["reclassified"] if shown["severity"] == "special" else [], "restricted": case.restricted,
        "complained_of": sorted(case.complained_of), "explanation": "It is about what was told, not about the fee.",
    }  # fmt: skip
    await case.does(case.someone("triage_lead"), "intake", "classification", anew)
