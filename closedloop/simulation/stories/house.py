"""What happens in the house beside all complaints: people come and go, deputies, limits, customers' files."""

from datetime import datetime, timedelta

from closedloop.simulation.case import Case
from closedloop.simulation.stories.words import NAMES, proof, telephone

_ADMINISTRATORS = ("ren.zhi", "kate.nowak")
_HOUSE = {"department_lead": 2_000_00, "approver": 50_000_00, "higher_approver": 1_000_000_00}


async def run_the_house(case: Case) -> None:
    """One day's work of administrators and of those who keep customers' files."""
    drawn = case.rng.random()
    if drawn < 0.35:
        await _keep_files(case)
    elif drawn < 0.6:
        await _come_and_go(case)
    elif drawn < 0.85:
        await _away(case)
    else:
        await _set_limits(case)


async def _keep_files(case: Case) -> None:
    """Two files of one customer are joined, and parted when it was a mistake; somebody may speak for them."""
    agent, lead = case.someone("agent"), case.someone("triage_lead")
    persons = []
    for _ in range(2):
        file = {"name": case.rng.choice(NAMES), "phones": [telephone(case)]}
        answer = await case.does(agent, "intake", "/customers", file)
        persons.append(answer.body["subject"].partition(":")[2])
    first, second = persons
    proxy = {"proxy": "p1", "kind": "proxy", "name": case.rng.choice(NAMES), "authority": proof(case, "poa")}
    await case.does(agent, "intake", f"/customers/{first}/proxies", proxy)
    same = {"other": second, "reasons": "The same identity document."}
    await case.does(lead, "intake", f"/customers/{first}/joinings", same)
    if case.chance(0.5):
        await case.does(lead, "intake", f"/customers/{first}/partings", same | {"reasons": "Mother and daughter."})
        await case.does(agent, "intake", f"/customers/{first}/proxies/p1/end", {"reasons": "Revoked in writing."})


async def _come_and_go(case: Case) -> None:
    """Somebody joins, gets another lead and another department, and leaves."""
    first, second = _ADMINISTRATORS
    who = f"temp-{case.world.run}-{case.name}".lower()[-40:].strip("-.")
    joins = {"name": case.rng.choice(NAMES), "department": "customer-service", "roles": ["agent"],
             "reports_to": "zhang.wei"}  # fmt: skip
    await case.does(first, "directory", f"/staff/{who}", joins)
    await case.does(second, "directory", f"/staff/{who}/reporting-line", {"reports_to": "wang.qiang"})
    moves = {"department": "triage", "roles": ["agent", "reviewer"]}
    await case.does(first, "directory", f"/staff/{who}/position", moves)
    await case.does(second, "directory", f"/staff/{who}/departure")


async def _away(case: Case) -> None:
    """An agent is on leave: a colleague acts in their name, until they are back early."""
    absent = case.someone("agent")
    deputy = case.someone("agent", but={absent})
    now: datetime = await case.world.now()
    named = {
        "deputy": deputy, "begins": now.isoformat(), "ends": (now + timedelta(days=10)).isoformat(),
    }  # fmt: skip
    codes = ("deputy_ring", "already_deputy", "deputies_in_a_ring", "has_deputy")
    if await case.does_or_is_refused(absent, "directory", f"/staff/{absent}/deputies", named, *codes):
        await case.does(absent, "directory", f"/staff/{absent}/deputies/{deputy}/end")


async def _set_limits(case: Case) -> None:
    """The table of limits is renewed, as it was, by two persons."""
    name = f"house-{case.world.run}-{case.name}"[:70]
    entries = [
        {"role": role, "department": "*", "limit": {"minor": minor, "currency": currency}}
        for role, minor in _HOUSE.items()
        for currency in ("CNY", "USD", "GBP", "EUR")
    ]
    first, second = _ADMINISTRATORS
    await case.does(first, "directory", "/limits/proposal", {"table": name, "entries": entries})
    effective: datetime = await case.world.now() + timedelta(minutes=10)
    wish = {"table": name, "effective_from": effective.isoformat()}
    await case.is_refused(first, "directory", "/limits/activation", wish)
    await case.does_or_is_refused(second, "directory", "/limits/activation", wish, "another_proposed")
