"""Whoever has an interest in a case, or is complained of in it, tries to stay in it (N3, N7, N8, N16; domain 4.2)."""

import asyncio

from tests.e2e.remedy import classify_anew
from tests.e2e.walk import (
    AGENT,
    CALLED,
    CALLER,
    ESTABLISHED,
    JUDGE,
    OTHER_AGENT,
    REJECTED,
    SCORES,
    SECOND,
    Walk,
    audit_of,
)
from tests.fixtures.system import House

OTHER_JUDGE, THIRD_JUDGE, OTHER_CALLER = "zhao.min", "grace.turner", "tom.adeyemi"
HIGHER, LAST = "margaret.hale", "gu.mingyuan"
AGREED = {"reasons": "So it is."}
NATURE = {"nature": "The customer is a cousin of mine."}


async def struck_off(walk: Walk, who: str) -> None:
    """Complained of, and taken off the list again by a friendly colleague."""
    body = {"category": walk.category, "severity": "ordinary", "reasons": [], "explanation": "So it turned out."}
    await walk.step(OTHER_AGENT, "intake", "classification", body | {"complained_of": [who]})
    await walk.step(OTHER_AGENT, "intake", "classification", body)


async def test_whoever_a_colleague_strikes_off_the_list_still_decides_nothing_at_intake(house: House) -> None:
    walk = await Walk(house).classified()
    await struck_off(walk, JUDGE)
    for path, body in (("judgement", REJECTED), ("judgement", ESTABLISHED), ("voiding", AGREED)):
        await walk.refused(JUDGE, "intake", path, body, "recused")
    await walk.refused(OTHER_JUDGE, "intake", "judgement", REJECTED, "own_department")
    again = await Walk(house).classified()
    await again.step(JUDGE, "intake", "judgement", REJECTED)
    await struck_off(again, SECOND)
    await again.refused(SECOND, "intake", "rejection/confirmation", AGREED, "recused")
    await again.step("sun.lei", "intake", "rejection/confirmation", AGREED)
    await struck_off(again, AGENT)
    letter = {"letter": "Sorry …", "channel": "letter", "proof": "post-1"}
    await again.refused(AGENT, "intake", "courtesy-reply", letter, "recused")


async def test_whoever_was_recused_in_one_cycle_does_not_judge_the_next(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    recused = {"department": "cards", "recused": [OTHER_JUDGE]}
    await walk.step(JUDGE, "intake", "department", recused)
    await walk.read("investigation")
    again = {"category": walk.category, "severity": "special", "reasons": ["media"], "explanation": "A call."}
    await walk.refused(OTHER_JUDGE, "intake", "classification", again, "recused")


async def test_whoever_is_complained_of_does_not_ask_the_customer_how_it_was(house: House) -> None:
    """Neither by calling nor by having a say in how it ends, also when they are named last of all."""
    walk = await Walk(house).executed()
    named = [CALLER, OTHER_CALLER, LAST, THIRD_JUDGE, SECOND]
    await classify_anew(walk, complained_of=named)
    known, reached = await classify_anew(walk), CALLED | {"outcome": "reached"}
    for who in (CALLER, OTHER_CALLER):
        await walk.refused(who, "callback", "callback-attempts", reached, "recused", headers=known)
    await walk.reached("ruth.kimani")
    said = {"satisfied": False, "scores": SCORES, "words": "不满意。"}
    await walk.step("ruth.kimani", "callback", "satisfaction", said)
    await walk.refused(SECOND, "callback", "callback-audits", audit_of("ruth.kimani", truthful=False), "recused")
    final = {"new_facts": False, "letter": "Your rights …", "channel": "letter", "proof": "p-1"} | AGREED
    await walk.refused(LAST, "callback", "reaffirmation", final, "recused")
    await walk.step(HIGHER, "callback", "reaffirmation", final)
    await walk.refused(THIRD_JUDGE, "callback", "closing", None, "recused")
    facts = {"reason": "new_facts", "explanation": "To begin anew without what is on file."}
    await walk.refused(THIRD_JUDGE, "callback", "reopening", facts, "recused")


async def knows(house: House, service: str, walk: Walk, who: str) -> None:
    """Wait until a service has heard that somebody declared a conflict."""
    for _ in range(400):
        if who in (await house.system.runtimes[service].kernel.state(f"complaint:{walk.id}")).conflicted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{service} has not heard of the conflict of {who}")


async def test_a_declared_conflict_ends_every_act_at_once(house: House) -> None:
    walk = await Walk(house).assigned()
    for who in (AGENT, CALLER, OTHER_CALLER, THIRD_JUDGE):
        await walk.step(who, "investigation", "conflict", NATURE)
        for service in ("intake", "callback"):
            await knows(house, service, walk, who)
    again = {"category": walk.category, "severity": "ordinary", "reasons": [], "explanation": "Another matter."}
    for who in (AGENT, THIRD_JUDGE):
        await walk.refused(who, "intake", "classification", again, "restricted_case", status=403)
        await walk.refused(who, "intake", "notes", {"text": "I was here."}, "restricted_case", status=403)
    await walk.executed()
    for who in (CALLER, OTHER_CALLER):
        attempt = CALLED | {"outcome": "reached"}
        await walk.refused(who, "callback", "callback-attempts", attempt, "restricted_case", status=403)
    facts = {"reason": "new_facts", "explanation": "To begin anew."}
    await walk.refused(THIRD_JUDGE, "callback", "reopening", facts, "restricted_case", status=403)


READS = (
    "intake/complaints/{id}", "intake/complaints/{id}/particulars?purpose=handling",
    "intake/complaints/{id}/handling-sheet?purpose=handling", "investigation/cases/{id}", "resolution/resolutions/{id}",
    "callback/callbacks/{id}", "callback/complaints/{id}/satisfaction?purpose=audit",
    "resolution/approvals/{id}?purpose=audit", "intake/complaints/{id}/files/{sha256}?purpose=handling",
)  # fmt: skip
LISTS = (
    "intake/complaints?number={number}", "intake/worklists/mine", "intake/worklists/special",
    "intake/complaints/{id}/notes?purpose=handling", "intake/complaints/{id}/upward-reports",
    "intake/worklists/upward-reports", "intake/customers/{person}/complaints", "investigation/cases",
    "investigation/complaints/{id}/evidence", "investigation/complaints/{id}/findings",
    "resolution/complaints/{id}/remedies", "resolution/resolutions", "resolution/payments?complaint_id={id}",
    "callback/worklists/callbacks", "callback/worklists/closings", "callback/callback-attempts",
    "callback/complaints/{id}/callback-attempts?purpose=audit", "callback/callback-coverage", "callback/closures",
)  # fmt: skip
"""What shows something of a complaint, to whoever may ask it at all."""
EVERYTHING = (
    "agent", "triage_lead", "department_lead", "investigator", "resolution_officer", "approver", "higher_approver",
    "executor", "callback_agent", "reviewer", "quality_reviewer", "risk_control", "back_office",
)  # fmt: skip


async def shown(house: House, walk: Walk, token: str, path: str, names: dict[str, str]) -> str:
    """What one is shown there, as text; of a list its first page, the newest of which is enough here."""
    url = path.format_map({"id": walk.id, **names})
    answer = await house.client.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (200, 404), (url, answer.status_code, answer.text)
    return answer.text if answer.status_code == 200 else ""


async def gone(house: House, walk: Walk, token: str, path: str, names: dict[str, str]) -> bool:
    """Whether it is shown there no more, as soon as the view has heard."""
    for _ in range(200):
        seen = await shown(house, walk, token, path, names)
        if walk.id not in seen and seen != "The customer's word.":
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_declared_conflict_ends_every_reading_at_once(house: House) -> None:
    """Before it, somebody with every role sees the case nearly everywhere; after it, nowhere."""
    walk = await Walk(house).registered()
    sha256 = await walk.file()
    await walk.step(OTHER_AGENT, "intake", "escalation", {"reasons": ["media"]})
    report = {"to": "triage_lead", "reasons": "A newspaper called."}
    await walk.step(OTHER_AGENT, "intake", "upward-reports", report)
    await walk.step(OTHER_AGENT, "intake", "notes", {"text": "A remark."})
    await walk.classified(severity="special", reasons=["media"])
    await walk.investigated()
    await walk.proposed("none", "no_remedy", 0)
    await walk.submitted()
    row = (await walk.read("intake")).json()
    names = {"number": row["number"], "person": row["person"].partition(":")[2], "sha256": sha256}
    everyone = house.token_of("many.hats", *EVERYTHING, department="cards")
    before = {path: walk.id in await shown(house, walk, everyone, path, names) for path in READS + LISTS}
    assert sum(before.values()) >= 10, before
    told = await house.post("many.hats", f"investigation/complaints/{walk.id}/conflict", NATURE, token=everyone)
    assert told.status_code == 201, told.text

    async def until(service: str) -> None:
        await knows(house, service, walk, "many.hats")

    await asyncio.gather(*(until(service) for service in ("intake", "callback")))
    for path in READS + LISTS:
        assert await gone(house, walk, everyone, path, names), path
