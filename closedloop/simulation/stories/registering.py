"""How a complaint comes in: from a known or unknown customer, an enquiry, a group, a regulator, an old system."""

from datetime import datetime, timedelta
from typing import Any

from closedloop.people import BUSINESS, with_role
from closedloop.simulation.case import Case
from closedloop.simulation.stories.sidelines import answered_enquiry, served
from closedloop.simulation.stories.words import CHANNELS, COMPLAINTS, NAMES, money, proof, telephone

SPECIAL = "special_not_voided"
"""It became special, by itself even: then nobody voids it."""


async def register(case: Case) -> str:
    """Enter it, tell the customer, classify it; says at which stage it goes on."""
    now = await case.world.now()
    body = _as_told(case, now)
    case.department = case.rng.choice(BUSINESS)
    if case.chance(0.1):
        await case.rng.choice((answered_enquiry, served))(case)
    if case.chance(0.04):
        return await _take_over(case, body, now)
    agent = case.someone("agent")
    if case.chance(0.05):
        tomorrow = {"received_at": (now + timedelta(days=1)).isoformat()}
        await case.is_refused(agent, "intake", "/complaints", body | tomorrow, "received_in_future")
    body |= await _beginning(case, agent, now)
    desk = "regulator_reference" in body
    answer = await case.does(case.someone("regulator_desk") if desk else agent, "intake", "/complaints", body)
    case.id = answer.body["complaint_id"]
    if case.chance(0.1):
        early = {"verdict": "established", "grounds": "?", "demand": "?", "department": "cards", "days_asked": 5}
        codes = ("not_acknowledged", "not_classified")
        await case.is_refused(case.someone("triage_lead"), "intake", "judgement", early, *codes)
    await acknowledge(case)
    await classify(case, special=case.chance(0.12) or desk or "joint" in body)
    if body.get("person") and not case.restricted and case.chance(0.2):
        await _entered_twice(case, body)
    return "judgement"


def _as_told(case: Case, now: datetime) -> dict[str, Any]:
    received = now - timedelta(minutes=case.rng.randrange(1, 600))
    return {
        "complainant": case.rng.choice(NAMES),
        "contact": telephone(case),
        "received_at": received.isoformat(),
        "happened_at": (received - timedelta(days=case.rng.randrange(1, 40))).isoformat(),
        "channel": case.rng.choice(CHANNELS),
        "content": case.rng.choice(COMPLAINTS),
        "desired_remedy": "退款并道歉 a refund and an apology",
        "claimed": money(case.rng.choice((0, 5_000, 88_000, 350_000))),
        "product": "信用卡 credit card",
    }


async def _beginning(case: Case, agent: str, now: datetime) -> dict[str, Any]:
    """What else is told of it, by how it began."""
    drawn = case.rng.random()
    if drawn < 0.06:
        return await _from_enquiry(case, agent, now)
    if drawn < 0.22:
        return {"person": await known_customer(case, agent), "complainant": None, "contact": None}
    if drawn < 0.27:
        earlier = (now - timedelta(days=2)).isoformat()
        return {"channel": "regulator", "regulator_reference": proof(case, "nfra"), "regulator_received_at": earlier}
    if drawn < 0.32:
        return {"proxy": case.rng.choice(NAMES), "authority_kind": "proxy", "proxy_authority": proof(case, "poa")}
    if drawn < 0.34:
        return {"joint": 25, "representatives": [case.rng.choice(NAMES), case.rng.choice(NAMES)]}
    return {"time_zone": "Europe/London", "language": "en"} if drawn < 0.4 else {}


async def known_customer(case: Case, agent: str) -> str:
    """A customer whose file the firm keeps, so that nothing is asked twice; gives the person's id."""
    file = {
        "name": case.rng.choice(NAMES),
        "phones": [telephone(case)],
        "accounts": [{"kind": "card", "number": f"6222{case.rng.randrange(10**10):010}", "product": "信用卡"}],
        "segment": case.rng.choice(("gold", "rising", "maintained", "free")),
        "time_zone": "Asia/Shanghai",
        "language": "zh",
    }
    answer = await case.does(agent, "intake", "/customers", file)
    person: str = answer.body["subject"].partition(":")[2]
    if case.chance(0.2):
        moved = {"address": "上海市浦东新区世纪大道100号", "reasons": "The customer moved."}
        await case.does(agent, "intake", f"/customers/{person}/correction", moved)
    return person


async def _from_enquiry(case: Case, agent: str, now: datetime) -> dict[str, Any]:
    """What began as a question, and was not answered to the customer's satisfaction."""
    enquiry = {
        "kind": "enquiry", "caller": case.rng.choice(NAMES), "channel": "phone", "content": "为什么被扣了两次?",
        "received_at": (now - timedelta(minutes=5)).isoformat(),
    }  # fmt: skip
    answer = await case.does(agent, "intake", "/contacts", enquiry)
    contact = answer.body["subject"].partition(":")[2]
    unhappy = {"answer": "The bank has to look into it.", "satisfied": False}
    await case.does(agent, "intake", f"/contacts/{contact}/answer", unhappy)
    return {"from_contact": contact}


async def _take_over(case: Case, body: dict[str, Any], now: datetime) -> str:
    """An open case of an old system, in the middle of its life."""
    stage = case.rng.choice(("acknowledged", "established", "resolved"))
    old = body | {
        "external": {"source": "oldcrm", "id": f"{case.world.run}-{case.name}"}, "system": "oldcrm", "stage": stage,
        "earlier": "Taken down by the old hotline on the same day.", "began_at": (now - timedelta(days=9)).isoformat(),
        "received_at": (now - timedelta(days=9)).isoformat(), "happened_at": (now - timedelta(days=20)).isoformat(),
    }  # fmt: skip
    if stage != "acknowledged":
        old["department"] = case.department
    answer = await case.does(case.someone("triage_lead"), "intake", "/complaints/taken-over", old)
    case.id = answer.body["complaint_id"]
    await classify(case, special=False)
    return {"acknowledged": "judgement", "established": "investigation", "resolved": "resolved"}[stage]


async def _entered_twice(case: Case, body: dict[str, Any]) -> None:
    """The customer also wrote an e-mail: the second entry is suspected, looked at, and voided or let go on."""
    agent, first = case.someone("agent"), case.someone("triage_lead")
    answer = await case.does(agent, "intake", "/complaints", body | {"channel": "email", "content": "Again: twice!"})
    second = f"/complaints/{answer.body['complaint_id']}"
    same = {"category": case.category, "severity": "ordinary"}
    told = {"channel": "email", "proof": proof(case, "mail")}
    await case.does(agent, "intake", f"{second}/acknowledgement", told)
    await case.does(agent, "intake", f"{second}/classification", same)
    if case.chance(0.3):
        other = {"reasons": "That was about another card."}
        await case.does(first, "intake", f"{second}/duplicates/{case.id}/dismissal", other)
    twice = {"reasons": "The same matter, written down twice.", "duplicate_of": case.id}
    if await case.does_or_is_refused(first, "intake", f"{second}/voiding", twice, SPECIAL):
        confirmed = {"reasons": "The e-mail says the same."}
        another = case.someone("triage_lead", but={first})
        await case.does_or_is_refused(another, "intake", f"{second}/voiding/confirmation", confirmed, SPECIAL)


async def acknowledge(case: Case) -> None:
    await case.does(case.at_the_counter(), "intake", "acknowledgement", {"channel": "sms", "proof": proof(case, "sms")})


async def classify(case: Case, *, special: bool) -> None:
    """Ordinary or special, restricted or not, about whom."""
    restricted = not special and case.chance(0.04)
    others = sorted({person.staff_id for person in with_role("agent")} - case.acted)
    complained_of = [case.rng.choice(others)] if others and case.chance(0.06) else []
    case.barred.update(complained_of)
    case.complained_of = set(complained_of)
    case.category = f"{case.department}/{case.rng.choice(('fees', 'service', 'general'))}"
    classification = {
        "category": case.category,
        "severity": "special" if special else "ordinary",
        "reasons": ["vulnerable-customer"] if special else [],
        "vulnerable": special,
        "restricted": restricted,
        "complained_of": complained_of,
        "urgent": case.chance(0.03),
    }
    await case.does(case.someone("agent"), "intake", "classification", classification)
    case.restricted = restricted
    if restricted:
        anew = classification | {"explanation": "Again.", "category": f"{case.department}/other"}
        await case.is_refused(case.someone("agent"), "intake", "classification", anew, "restricted_case")
    if special and case.chance(0.2):
        quietly = classification | {"severity": "ordinary", "reasons": [], "explanation": "Not so bad after all."}
        await case.is_refused(case.someone("triage_lead"), "intake", "classification", quietly, "special_stays")
    if special and not restricted and case.chance(0.05):
        await _downgrade(case)


async def _downgrade(case: Case) -> None:
    """From special to ordinary: only what compliance signed off, and never alone."""
    wish = {"reasons": "The threat to go to the press was a misunderstanding."}
    await case.is_refused(case.someone("triage_lead"), "intake", "downgrade", wish, "not_signed_off")
    signature = {"matter": "downgrade", "reasons": "Nothing makes it special any more."}
    await case.does(case.someone("compliance_officer"), "intake", "sign-off", signature)
    await case.does(case.someone("triage_lead"), "intake", "downgrade", wish)
