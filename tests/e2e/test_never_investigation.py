"""Nobody with an interest investigates, nor whoever did before a reopening: refused, and not one event (N7).

Nor is a case read by who may not (N16), or decided on by what belongs to an earlier cycle (N24).
"""

from datetime import timedelta
from typing import Any

from tests.e2e.remedy import FINDINGS, found_out
from tests.e2e.walk import (
    AGENT,
    AUDITOR,
    ESTABLISHED,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OTHER_AGENT,
    OTHER_LEAD,
    SECOND_INVESTIGATOR,
    Walk,
    sha256,
)
from tests.fixtures.system import House

THIRD_INVESTIGATOR = "liu.yan"
ADMINISTRATOR, HEAD = "ren.zhi", "gu.mingyuan"
FOREIGN_LEAD = "sun.lei"
CAUSE = {"cause": "system-fault", "department": "cards"}
NEIGHBOUR = {"nature": "The customer is a neighbour of mine."}
ANEW = {"category": "cards/charges", "severity": "ordinary", "explanation": "We looked again."}
MORE = {"reasons": "Ask the branch too."}


def named(investigator: str, **more: Any) -> dict[str, Any]:
    return {"investigator": investigator, "declaration": "declaration-1"} | more


def piece(code: str) -> dict[str, Any]:
    return {
        "evidence": code, "kind": "recording", "title": "The call", "sha256": sha256(code), "size": 1_000,
        "media_type": "audio/ogg", "obtained_from": "telephony",
    }  # fmt: skip


def statement(code: str, **more: Any) -> dict[str, Any]:
    return {"statement": code, "of": "customer", "text": "Nobody told me of the fee."} | more


def request(walk: Walk, code: str, **more: Any) -> dict[str, Any]:
    due = walk.house.system.process.clock.now() + timedelta(days=3)
    return {"request": code, "of": "customer", "what": "The text message.", "due_at": due.isoformat()} | more


async def joined(house: House, staff_id: str, roles: list[str], reports_to: str) -> dict[str, str]:
    """Somebody new in the department; the headers with which it is known that they are there."""
    body = {"name": staff_id, "department": "cards", "roles": roles, "reports_to": reports_to}
    told = await house.post(ADMINISTRATOR, f"directory/staff/{staff_id}", body)
    assert told.status_code in (200, 201), told.text
    return {"Consistency-Token": told.headers["consistency-token"]}


async def deputy_of(house: House, absent: str, deputy: str) -> dict[str, str]:
    """The headers with which the deputy acts for them from now on."""
    now = house.system.process.clock.now()
    body = {"deputy": deputy, "begins": now.isoformat(), "ends": (now + timedelta(days=1)).isoformat()}
    told = await house.post(ADMINISTRATOR, f"directory/staff/{absent}/deputies", body)
    assert told.status_code in (200, 201), told.text
    return {"Consistency-Token": told.headers["consistency-token"], "On-Behalf-Of": absent}


async def may_not_investigate(walk: Walk, investigator: str, code: str, lead: str = LEAD) -> None:
    """Neither as the first nor as a replacement."""
    for body in (named(investigator), named(investigator, reason="workload")):
        await walk.refused(lead, "investigation", "investigator", body, code)


async def test_whoever_is_complained_of_does_not_investigate(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[SECOND_INVESTIGATOR])
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "complained_of")


async def test_whoever_is_found_to_be_complained_of_only_later_is_out_at_once(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    told = await walk.step(JUDGE, "intake", "classification", ANEW | {"complained_of": [INVESTIGATOR]})
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    code = "investigator_must_be_replaced"
    await walk.refused(INVESTIGATOR, "investigation", "evidence", piece("e1"), code, headers=learned)
    await walk.refused(INVESTIGATOR, "investigation", "cause", CAUSE, code)
    await may_not_investigate(walk, INVESTIGATOR, "complained_of")


async def test_whoever_is_recused_does_not_investigate(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    recused = {"department": "cards", "recused": [SECOND_INVESTIGATOR]}
    await walk.step(JUDGE, "intake", "department", recused)
    await walk.read("investigation")
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "recused")


async def test_whoever_reports_to_the_person_complained_of_does_not_investigate(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[OTHER_LEAD])
    await may_not_investigate(walk, INVESTIGATOR, "reports_to_complained_of")
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))


async def test_neither_does_whoever_is_two_levels_below_them(house: House) -> None:
    """Named by a lead from outside of that line: those within decide on nothing that is about somebody above them."""
    await joined(house, "lead.outside", ["department_lead"], HEAD)
    learned = await joined(house, "inv.deep", ["investigator"], INVESTIGATOR)
    walk = await Walk(house).assigned(complained_of=[OTHER_LEAD])
    await may_not_investigate(walk, "inv.deep", "reports_to_complained_of")
    about_the_head = await Walk(house).assigned(complained_of=[LEAD])
    outside = house.token_of("lead.outside", "department_lead", department="cards")
    for below in ("inv.deep", INVESTIGATOR, SECOND_INVESTIGATOR):
        await about_the_head.refused(
            "lead.outside", "investigation", "investigator", named(below), "reports_to_complained_of",
            token=outside, headers=learned,
        )  # fmt: skip
    code = "reports_to_complained_of"
    await about_the_head.refused(OTHER_LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR), code)


async def test_nobody_above_the_person_complained_of_investigates(house: House) -> None:
    learned = await joined(house, "clerk.below", ["agent"], INVESTIGATOR)
    walk = Walk(house)
    await walk.assigned(complained_of=["clerk.below"])
    body = named(INVESTIGATOR)
    await walk.refused(LEAD, "investigation", "investigator", body, "leads_complained_of", headers=learned)


async def test_a_tie_that_comes_to_light_late_stops_investigator_and_findings(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    told = await walk.step(JUDGE, "intake", "classification", ANEW | {"complained_of": [OTHER_LEAD]})
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    code = "investigator_must_be_replaced"
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, code, headers=learned)
    await walk.refused(INVESTIGATOR, "investigation", "evidence", piece("e8"), code)
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR, reason="tie"))


async def test_striking_oneself_off_the_list_does_not_help(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[SECOND_INVESTIGATOR])
    told = await walk.step(JUDGE, "intake", "classification", ANEW | {"complained_of": []})
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    await walk.refused(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR), "recused", headers=learned)


async def test_whoever_handled_it_before_does_not_investigate(house: House) -> None:
    """The agent who registered it, with the role of an investigator since."""
    await joined(house, "agent.and.more", ["agent", "investigator"], LEAD)
    both = house.token_of("agent.and.more", "agent", department="cards")
    walk = await Walk(house).registered()
    body = {"category": "cards/charges", "severity": "ordinary", "reasons": []}
    await walk.step(AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-1"})
    told = await walk.post("agent.and.more", "intake", "classification", body, token=both)
    assert told.status_code == 201, told.text
    walk.steps += ["acknowledgement", "classification"]
    await walk.assigned()
    await may_not_investigate(walk, "agent.and.more", "handled_before")


async def test_whoever_answered_the_enquiry_that_it_began_as_does_not_investigate(house: House) -> None:
    await joined(house, "agent.of.old", ["agent", "investigator"], LEAD)
    answering = house.token_of("agent.of.old", "agent", department="cards")
    now = house.system.process.clock.now()
    enquiry = {
        "kind": "enquiry", "caller": "Wang Fang", "channel": "phone", "content": "What is this fee?",
        "received_at": (now - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    begun = await house.post("agent.of.old", "intake/contacts", enquiry, token=answering)
    assert begun.status_code == 201, begun.text
    contact = begun.json()["subject"].removeprefix("contact:")
    walk = await Walk(house).registered(from_contact=contact)
    await walk.assigned()
    await may_not_investigate(walk, "agent.of.old", "handled_before")
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))


async def test_whoever_handled_it_in_an_old_system_does_not_investigate(house: House) -> None:
    begun = (house.system.process.clock.now() - timedelta(days=3)).isoformat()
    body = {
        "complainant": "Wang Fang", "received_at": begun, "began_at": begun, "channel": "phone",
        "content": "Charged twice.", "external": {"source": "old-crm", "id": "2026-000471"}, "system": "old-crm",
        "stage": "established", "department": "cards", "earlier": "Established there; nothing found out yet.",
        "earlier_actors": [INVESTIGATOR],
    }  # fmt: skip
    told = await house.post(JUDGE, "intake/complaints/taken-over", body)
    assert told.status_code == 201, told.text
    walk = Walk(house, id=told.json()["complaint_id"])
    await walk.shows("investigation", "status", "awaiting_investigator")
    await may_not_investigate(walk, INVESTIGATOR, "handled_before")
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))


async def test_a_lead_who_is_complained_of_names_no_investigator_and_accepts_no_findings(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[OTHER_LEAD])
    await walk.refused(OTHER_LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR), "complained_of")
    await found_out(walk, SECOND_INVESTIGATOR)
    await walk.refused(OTHER_LEAD, "investigation", "findings/acceptance", None, "complained_of")
    await walk.refused(OTHER_LEAD, "investigation", "findings/return", {"reasons": "More."}, "complained_of")


async def test_whoever_declared_a_conflict_is_out_at_once(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await walk.step(INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    for path, body in (("evidence", piece("e1")), ("cause", CAUSE), ("findings", FINDINGS), ("conflict", NEIGHBOUR)):
        await walk.refused(INVESTIGATOR, "investigation", path, body, "restricted_case", status=403)
    await may_not_investigate(walk, INVESTIGATOR, "conflict_declared")


async def test_whoever_declared_a_conflict_reads_the_case_no_more(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(SECOND_INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    assert (await walk.read("investigation")).status_code == 200
    hidden = await house.get(SECOND_INVESTIGATOR, f"investigation/cases/{walk.id}")
    assert hidden.status_code == 404


async def everything_told(house: House) -> Walk:
    """A case with something in every list, and a file."""
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await walk.step(INVESTIGATOR, "investigation", "statements", statement("s1"))
    await walk.step(INVESTIGATOR, "investigation", "information-requests", request(walk, "r1"))
    await walk.step(AGENT, "investigation", "information", {"request": "r1", "content": "Here it is."})
    await found_out(walk, INVESTIGATOR)
    return walk


LISTS = ("evidence", "statements", "information-requests", "information")


async def shown(walk: Walk, who: str) -> dict[str, int]:
    """How much of the case each list shows to somebody, as of our last command there."""
    fresh = {"Consistency-Token": walk.house.seen[f"investigation:complaint:{walk.id}"]}
    found = {}
    for name in LISTS:
        page = await walk.house.get(who, f"investigation/complaints/{walk.id}/{name}", **fresh)
        assert page.status_code == 200, page.text
        found[name] = len(page.json()["items"])
    for path in (f"cases/{walk.id}", f"complaints/{walk.id}/findings"):
        found[path] = int((await walk.house.get(who, f"investigation/{path}", **fresh)).status_code == 200)
    return {name.replace(walk.id, "one"): number for name, number in found.items()}


ALL = {**dict.fromkeys(LISTS, 1), "cases/one": 1, "complaints/one/findings": 1}


async def test_a_conflict_closes_every_view_the_files_and_the_worklists(house: House) -> None:
    walk = await everything_told(house)
    sent = await house.client.post(
        f"investigation/complaints/{walk.id}/files", content=b"%PDF-1.7 a letter",
        headers={"Authorization": f"Bearer {house.token(SECOND_INVESTIGATOR)}", "Content-Type": "application/pdf"},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    file = f"investigation/complaints/{walk.id}/files/{sent.json()['sha256']}?purpose=handling"
    worklist = "investigation/worklists/cases?limit=200"
    assert (await house.get(SECOND_INVESTIGATOR, file)).status_code == 200
    assert await shown(walk, SECOND_INVESTIGATOR) == ALL
    assert walk.id in (await house.get(SECOND_INVESTIGATOR, worklist)).text
    await walk.step(SECOND_INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    assert await shown(walk, SECOND_INVESTIGATOR) == dict.fromkeys(ALL, 0)
    assert walk.id not in (await house.get(SECOND_INVESTIGATOR, worklist)).text
    assert (await house.get(SECOND_INVESTIGATOR, file)).status_code == 404
    assert await shown(walk, AUDITOR) == await shown(walk, LEAD) == ALL
    for path, body in (("evidence", piece("e7")), ("statements", statement("s7")), ("cause", CAUSE)):
        await walk.refused(SECOND_INVESTIGATOR, "investigation", path, body, "restricted_case", status=403)


async def test_a_late_restriction_hides_what_was_written_before_it(house: House) -> None:
    walk = await everything_told(house)
    assert await shown(walk, FOREIGN_LEAD) == ALL
    told = await walk.step(JUDGE, "intake", "classification", ANEW | {"restricted": True})
    house.seen[f"investigation:complaint:{walk.id}"] = told.headers["consistency-token"]
    assert await shown(walk, FOREIGN_LEAD) == dict.fromkeys(ALL, 0)
    assert await shown(walk, LEAD) == ALL


async def test_nothing_is_found_out_while_the_investigator_must_be_replaced(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    await walk.step(INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    code = "investigator_must_be_replaced"
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, code)
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "cause", CAUSE, code)
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR, reason="conflict"))
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, "no_findings")


async def test_a_conflict_declared_beforehand_keeps_from_being_named(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(SECOND_INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "conflict_declared")


async def test_a_lead_does_not_investigate_what_they_decide_on(house: House) -> None:
    walk = await Walk(house).assigned()
    await may_not_investigate(walk, LEAD, "own_assignment")


async def test_a_deputy_of_the_lead_does_not_name_themself_nor_accept_for_them(house: House) -> None:
    walk = await Walk(house).assigned()
    await joined(house, "lead.away", ["department_lead", "investigator"], HEAD)
    acting = await deputy_of(house, "lead.away", INVESTIGATOR)
    for body in (named(INVESTIGATOR), named("lead.away")):
        await walk.refused(INVESTIGATOR, "investigation", "investigator", body, "own_assignment", headers=acting)
    await found_out(walk, INVESTIGATOR)
    replacing = named(SECOND_INVESTIGATOR, reason="workload")
    await walk.refused(INVESTIGATOR, "investigation", "investigator", replacing, "investigated_it", headers=acting)
    for path, more in (("findings/acceptance", None), ("findings/return", MORE)):
        code = "acting_for_another"
        await walk.refused(INVESTIGATOR, "investigation", path, more, code, status=403, headers=acting)
    pretended = {"On-Behalf-Of": LEAD}
    await walk.refused(
        INVESTIGATOR, "investigation", "investigator", replacing, "not_the_deputy", status=403, headers=pretended
    )


async def test_whoever_investigated_never_decides_on_the_findings(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    leading = house.token_of(INVESTIGATOR, "department_lead", department="cards")
    for path, body in (("findings/acceptance", None), ("findings/return", {"reasons": "More."})):
        await walk.refused(INVESTIGATOR, "investigation", path, body, "investigated_it", token=leading)


async def test_after_a_reopening_another_investigates(house: House) -> None:
    walk = await Walk(house).reopened()
    await walk.shows("investigation", "cycle", 2)
    await may_not_investigate(walk, INVESTIGATOR, "investigated_before")
    await walk.refused(INVESTIGATOR, "investigation", "evidence", piece("e2"), "not_the_investigator")


async def test_the_first_cycles_investigator_does_not_investigate_the_third(house: House) -> None:
    walk = await Walk(house).reopened()
    await walk.shows("investigation", "cycle", 2)
    await walk.investigated(SECOND_INVESTIGATOR)
    await walk.reopened()
    await walk.shows("investigation", "cycle", 3)
    for before in (INVESTIGATOR, SECOND_INVESTIGATOR):
        await may_not_investigate(walk, before, "investigated_before")
    await walk.step(LEAD, "investigation", "investigator", named(THIRD_INVESTIGATOR))


async def test_an_earlier_cycles_findings_are_not_accepted_in_a_later_one(house: House) -> None:
    walk = await Walk(house).reopened()
    await walk.shows("investigation", "cycle", 2)
    for path, body in (("findings/acceptance", None), ("findings/return", MORE)):
        await walk.refused(LEAD, "investigation", path, body, "no_findings")
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))
    await walk.step(SECOND_INVESTIGATOR, "investigation", "cause", CAUSE)
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "findings", FINDINGS, "evidence_needed")
    swapped = piece("e1") | {"sha256": sha256("another")}
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "evidence", swapped, "evidence_never_replaced")


async def test_whoever_was_replaced_before_a_reopening_investigates_no_more_either(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR, reason="workload"))
    walk = await walk.reopened()
    await walk.shows("investigation", "cycle", 2)
    for before in (SECOND_INVESTIGATOR, INVESTIGATOR):
        await may_not_investigate(walk, before, "investigated_before")
    await walk.step(LEAD, "investigation", "investigator", named(THIRD_INVESTIGATOR))


async def test_only_the_lead_of_the_responsible_department_names_the_investigator(house: House) -> None:
    walk = await Walk(house).assigned()
    body = named(SECOND_INVESTIGATOR)
    await walk.refused("sun.lei", "investigation", "investigator", body, "not_responsible_department", status=403)


async def test_evidence_is_never_swapped_under_its_code(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await walk.step(INVESTIGATOR, "investigation", "evidence", piece("e1"))
    sent = await house.client.post(
        f"investigation/complaints/{walk.id}/files", content=b"%PDF-1.7 another letter",
        headers={"Authorization": f"Bearer {house.token(INVESTIGATOR)}", "Content-Type": "application/pdf"},
    )  # fmt: skip
    file = {"evidence": "e1", "kind": "document", "title": "L", "sha256": sent.json()["sha256"], "stored": True}
    file |= {"obtained_from": "customer"}
    code = "evidence_never_replaced"
    await walk.refused(INVESTIGATOR, "investigation", "evidence", file, code)
    await walk.refused(AGENT, "investigation", "evidence", piece("e1") | {"sha256": sha256("other")}, code)
    better = file | {"evidence": "e2", "supersedes": "e1"}
    await walk.refused(INVESTIGATOR, "investigation", "evidence", better | {"size": 3}, "file_differs")
    await walk.refused(INVESTIGATOR, "investigation", "evidence", better | {"sha256": sha256("e1")}, "file_unknown")
    elsewhere = await Walk(house).assigned()
    await elsewhere.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await elsewhere.refused(INVESTIGATOR, "investigation", "evidence", file, "file_unknown")
    await walk.step(INVESTIGATOR, "investigation", "evidence", better)
    again = better | {"evidence": "e3"}
    await walk.refused(INVESTIGATOR, "investigation", "evidence", again, "superseded_already")


async def test_of_two_browsers_one_decides_on_the_findings(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    seen = (await walk.read("investigation")).headers["etag"]
    url = f"investigation/complaints/{walk.id}/findings"
    first = await house.post(LEAD, f"{url}/return", MORE, etag=seen)
    assert first.status_code == 201, first.text
    before = await house.events(walk.id)
    second = await house.post(OTHER_LEAD, f"{url}/acceptance", None, etag=seen)
    assert (second.status_code, second.json()["code"]) == (412, "version_changed")
    assert await house.events(walk.id) == before


async def test_findings_wait_for_what_was_asked_for(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await walk.step(INVESTIGATOR, "investigation", "statements", statement("s1"))
    await walk.step(INVESTIGATOR, "investigation", "cause", CAUSE)
    await walk.step(INVESTIGATOR, "investigation", "information-requests", request(walk, "r1"))
    await walk.shows("investigation", "status", "awaiting_info")
    await walk.refused(INVESTIGATOR, "investigation", "findings", FINDINGS, "information_awaited")
    answer = {"request": "r1", "content": "A part of it.", "complete": False}
    await walk.step(AGENT, "investigation", "information", answer)
    await walk.refused(INVESTIGATOR, "investigation", "findings", FINDINGS, "information_awaited")
    await walk.refused(INVESTIGATOR, "investigation", "information", answer | {"evidence": ["e9"]}, "evidence_unknown")
    await walk.step(INVESTIGATOR, "investigation", "information/giving-up", {"request": "r1", "reasons": "Deleted."})
    await walk.refused(AGENT, "investigation", "information", answer, "request_settled")
    await walk.shows("investigation", "status", "investigating")
    await walk.step(INVESTIGATOR, "investigation", "findings", FINDINGS)


async def test_an_answer_that_is_late_is_written_down_and_stays(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    soon = walk.house.system.process.clock.now() + timedelta(seconds=1)
    asked = request(walk, "r1", of="department", department="loans", due_at=soon.isoformat())
    await walk.step(INVESTIGATOR, "investigation", "information-requests", asked)
    url = f"investigation/complaints/{walk.id}/information-requests"
    row: dict[str, Any] = {}
    for _ in range(400):
        row = next(iter((await house.get(LEAD, url)).json()["items"]), {})
        if row.get("overdue"):
            break
    assert (row["overdue"], row["status"]) == (True, "open")
    await walk.step(AGENT, "investigation", "information", {"request": "r1", "content": "Here it is."})
    fresh = {"Consistency-Token": house.seen[f"investigation:complaint:{walk.id}"]}
    (row,) = (await house.get(LEAD, url, **fresh)).json()["items"]
    assert (row["overdue"], row["status"]) == (True, "answered")
    system = {"request": "r1"}
    await walk.refused(LEAD, "investigation", "information-deadline", system, "no_such_address", status=404)


async def withdrawn(walk: Walk) -> None:
    """The customer withdraws, with proof, and resolution lets them."""
    sent = await walk.house.client.post(
        f"intake/complaints/{walk.id}/files", content=b"%PDF-1.7 I withdraw",
        headers={"Authorization": f"Bearer {walk.house.token(AGENT)}", "Content-Type": "application/pdf"},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    proof = {"kind": "letter", "reference": "letter-1", "sha256": sent.json()["sha256"]}
    await walk.step(AGENT, "intake", "withdrawal", {"evidence": proof, "channel": "letter", "words": "我不投诉了。"})
    await walk.shows("investigation", "status", "withdrawn")


async def test_of_a_withdrawn_complaint_nothing_is_decided_until_the_customer_disputes_it(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    await withdrawn(walk)
    tries: tuple[tuple[str, str, Any], ...] = (
        (LEAD, "findings/acceptance", None),
        (LEAD, "findings/return", MORE),
        (LEAD, "investigator", named(SECOND_INVESTIGATOR, reason="workload")),
        (INVESTIGATOR, "evidence", piece("e9")),
        (INVESTIGATOR, "statements", statement("s9")),
        (INVESTIGATOR, "information-requests", request(walk, "r9")),
        (INVESTIGATOR, "cause", CAUSE),
        (AGENT, "evidence", piece("e9")),
    )
    for who, path, body in tries:
        await walk.refused(who, "investigation", path, body, "withdrawn")
    said = {"stands_by_it": False, "channel": "phone", "recording": "rec-9", "words": "我没有撤诉。"}
    await walk.step(OTHER_AGENT, "intake", "withdrawal/confirmation", said)
    walk.cycle = 2
    await walk.shows("investigation", "status", "awaiting_investigator")
    await may_not_investigate(walk, INVESTIGATOR, "investigated_before")
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, "no_findings")
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))
