"""What takes two persons at intake, over HTTP: voiding, overturning, signing off; and who keeps track of a case."""

from datetime import timedelta
from typing import Any

from tests.e2e.walk import AGENT, AUDITOR, ESTABLISHED, JUDGE, LEAD, OTHER_AGENT, OTHER_LEAD, SECOND, THIRD_AGENT, Walk
from tests.fixtures.system import House

OTHER_JUDGE = "zhao.min"
ADMINISTRATOR, DESK = "ren.zhi", "jiang.hao"
OTHER_AUDITOR = "samuel.stone"
NO_COMPLAINT = {"reasons": "The customer only asked for the opening hours."}
AGREED = {"reasons": "The recording says so."}
OVERTURNED = {
    "grounds": "A page was missing.", "demand": "It is reasonable.", "reasons": "The two overlooked it.",
    "department": "cards", "days_asked": 10,
}  # fmt: skip
DOWNGRADE = {"matter": "downgrade", "reasons": "The press has lost interest."}


async def listed(house: House, who: str, path: str, walk: Walk) -> list[dict[str, Any]]:
    """The rows of this complaint in a list, at least as new as our last command at intake."""
    found: list[dict[str, Any]] = []
    cursor = ""
    seen = {"Consistency-Token": house.seen[f"intake:complaint:{walk.id}"]}
    while True:
        answer = await house.get(who, f"intake/{path}?purpose=handling&limit=200{cursor}", **seen)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [row for row in page["items"] if row["complaint_id"] == walk.id]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


# Voiding


async def test_two_persons_void_what_is_no_complaint_and_its_number_stays_findable(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(AGENT, "intake", "voiding", NO_COMPLAINT)
    assert (await walk.shows("intake", "voiding", True))["status"] == "acknowledged"
    assert (await listed(house, JUDGE, "worklists/second-person", walk))[0]["second"] == "voiding"
    await walk.step(JUDGE, "intake", "voiding/confirmation", AGREED)
    shown = await walk.shows("intake", "status", "registered_in_error")
    found = await house.get(AUDITOR, f"intake/complaints?number={shown['number']}")
    assert [each["complaint_id"] for each in found.json()["items"]] == [walk.id]
    await walk.refused(JUDGE, "intake", "judgement", ESTABLISHED, "registered_in_error")


async def test_one_person_never_voids_alone(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "voiding", NO_COMPLAINT)
    for answer in ("confirmation", "decline"):
        await walk.refused(JUDGE, "intake", f"voiding/{answer}", AGREED, "same_person")
        await walk.refused(AGENT, "intake", f"voiding/{answer}", AGREED, "wrong_role", status=403)
    await walk.refused(JUDGE, "intake", "judgement", ESTABLISHED, "voiding_pending")
    await walk.step(OTHER_JUDGE, "intake", "voiding/decline", AGREED)
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)


async def test_what_was_once_judged_is_never_voided(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    await walk.refused(AGENT, "intake", "voiding", NO_COMPLAINT, "judged_before")


async def test_a_duplicate_is_voided_in_favour_of_the_first(house: House) -> None:
    person = "00000000-0000-4000-8000-00000000d001"
    first = await Walk(house, person=person, category="cards/twice").classified()
    walk = await Walk(house, person=person, category="cards/twice").classified()
    shown = (await walk.read("intake")).json()
    assert shown["suspected_duplicates"] == [first.id]
    await walk.step(AGENT, "intake", f"duplicates/{first.id}/dismissal", {"reasons": "Another day."})
    assert (await walk.read("intake")).json()["dismissed_duplicates"] == [first.id]
    await walk.step(AGENT, "intake", "voiding", NO_COMPLAINT | {"duplicate_of": first.id})
    await walk.step(JUDGE, "intake", "voiding/confirmation", AGREED)
    assert (await walk.shows("intake", "status", "registered_in_error"))["duplicate_of"] == first.id


# Overturning a rejection, which two persons found


async def test_a_department_lead_finds_it_established_before_the_reply(house: House) -> None:
    walk = await Walk(house).rejected()
    for who in (JUDGE, SECOND):
        token = house.token_of(who, "department_lead", department="wealth")
        await walk.refused(who, "intake", "judgement/overturning", OVERTURNED, "same_person", token=token)
    await walk.step(LEAD, "intake", "judgement/overturning", OVERTURNED)
    await walk.shows("intake", "status", "established")
    letter = {"letter": "…", "channel": "letter", "proof": "post-1"}
    await walk.refused(AGENT, "intake", "courtesy-reply", letter, "not_rejected")
    await walk.step(JUDGE, "intake", "department", {"department": "cards"})
    await walk.read("investigation")
    body = {"investigator": "amira.haddad", "declaration": "declaration-1"}
    await walk.step(OTHER_LEAD, "investigation", "investigator", body)


async def test_after_the_reply_nobody_overturns(house: House) -> None:
    walk = await Walk(house).replied()
    await walk.refused(LEAD, "intake", "judgement/overturning", OVERTURNED, "already_replied")


# Special, never quietly ordinary (N22)


async def test_a_special_complaint_becomes_ordinary_only_as_compliance_signed(house: House) -> None:
    walk = await Walk(house).classified(severity="special", reasons=["media"])
    await walk.refused(JUDGE, "intake", "downgrade", AGREED, "not_signed_off")
    for who in (AGENT, JUDGE, LEAD):
        await walk.refused(who, "intake", "sign-off", DOWNGRADE, "wrong_role", status=403)
    await walk.step(AUDITOR, "intake", "sign-off", DOWNGRADE)
    assert (await walk.read("intake")).json()["severity"] == "special", "a signature changes nothing by itself"
    await walk.refused(AUDITOR, "intake", "downgrade", AGREED, "wrong_role", status=403)
    for roles in (("triage_lead",), ("triage_lead", "compliance_officer")):
        other = house.token_of(AUDITOR, *roles, department="triage")
        await walk.refused(
            AUDITOR, "intake", "downgrade", AGREED, "auditor_changes_nothing", status=403, token=other
        )  # fmt: skip
    await walk.step(JUDGE, "intake", "downgrade", AGREED)
    await walk.shows("intake", "severity", "ordinary")
    await walk.step(AGENT, "intake", "escalation", {"reasons": ["media"]})
    await walk.refused(JUDGE, "intake", "downgrade", AGREED, "not_signed_off")


async def test_the_sheet_of_a_special_complaint_has_everything_on_it(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.refused(AGENT, "intake", "escalation", {"reasons": []}, "invalid", status=422)
    await walk.step(AGENT, "intake", "escalation", {"reasons": ["media", "legal"], "explanation": "A lawyer wrote."})
    await walk.step(
        AGENT, "intake", "upward-reports", {"to": "higher_approver", "reasons": "Press.", "emergency": True}
    )
    seen = {"Consistency-Token": house.seen[f"intake:complaint:{walk.id}"]}
    sheet = (await house.get(AGENT, f"intake/complaints/{walk.id}/handling-sheet?purpose=handling", **seen)).json()
    assert (sheet["reasons"], sheet["why_special"]) == (["media", "legal"], "A lawyer wrote.")
    assert (sheet["reported_to"], sheet["reported_upward"], sheet["emergency"]) == ("higher_approver", 1, True)
    assert (sheet["handled_by"], sheet["complainant"]) == ([AGENT], "王芳 Wang Fang")
    refused = await house.get(AGENT, f"intake/complaints/{walk.id}/handling-sheet", **seen)
    assert refused.json()["code"] == "purpose_required"
    assert await listed(house, AGENT, "worklists/special", walk)
    heard = await listed(house, "gu.mingyuan", "worklists/upward-reports", walk)
    assert (heard[0]["reasons"], heard[0]["reported_by"]) == ("Press.", AGENT)
    assert not await listed(house, JUDGE, "worklists/upward-reports", walk)


# The time of receipt


async def test_the_time_of_receipt_is_entered_as_compliance_signed_it(house: House) -> None:
    walk = await Walk(house).classified()
    now = house.system.process.clock.now()
    earlier = (now - timedelta(days=2)).isoformat()
    body = {"field": "received_at", "replaces": 1, "received_at": earlier, "reasons": "The letter lay in the branch."}
    await walk.refused(AGENT, "intake", "corrections", body, "not_signed_off")
    signature = {"matter": "received_at", "received_at": earlier, "reasons": "The stamp of the branch says so."}
    await walk.step(OTHER_AUDITOR, "intake", "sign-off", signature)
    other = body | {"received_at": (now - timedelta(days=1)).isoformat()}
    await walk.refused(AGENT, "intake", "corrections", other, "not_signed_off")
    told = await walk.step(AGENT, "intake", "corrections", body)
    assert told.json()["events"] == ["complaint.registration-corrected"]
    version = int(told.headers["etag"].strip('"'))
    await walk.refused(AGENT, "intake", "corrections", body, "corrected_meanwhile")
    await walk.refused(AGENT, "intake", "corrections", body | {"replaces": version}, "not_signed_off")


async def test_a_correction_shows_and_the_old_value_stays_in_the_stream(house: House) -> None:
    walk = await Walk(house).registered()
    await walk.step(
        AGENT,
        "intake",
        "corrections",
        {"field": "contact", "replaces": 1, "text": "138 0000 0000", "reasons": "Misheard."},
    )
    seen = {"Consistency-Token": house.seen[f"intake:complaint:{walk.id}"]}
    shown = (await house.get(AGENT, f"intake/complaints/{walk.id}/particulars?purpose=handling", **seen)).json()
    assert (shown["contact"], shown["correction_reasons"], shown["joint"]) == ("138 0000 0000", "Misheard.", 1)
    assert (await walk.read("intake")).json()["contact"] == "138 0000 0000"


# Keeping track (F24, F29)


async def test_whoever_took_it_keeps_track_of_it_until_they_hand_it_over(house: House) -> None:
    walk = await Walk(house).classified()
    assert await listed(house, AGENT, "worklists/mine", walk)
    await walk.step(AGENT, "intake", "customer-contacts", {"what": "customer_chased", "channel": "phone"})
    told = {"what": "progress_told", "channel": "sms", "words": "正在处理。", "proof": "sms-7"}
    await walk.step(AGENT, "intake", "customer-contacts", told)
    mine = (await listed(house, AGENT, "worklists/mine", walk))[0]
    assert (mine["chased"], mine["told_at"] is not None) == (1, True)
    await walk.refused(OTHER_AGENT, "intake", "owner", {"to": THIRD_AGENT, "reason": "x"}, "not_the_owner", status=403)
    await walk.refused(
        ADMINISTRATOR, "intake", "owner", {"to": OTHER_AGENT, "reason": "x"}, "not_the_owner", status=403
    )
    await walk.step(AGENT, "intake", "owner", {"to": OTHER_AGENT, "reason": "on-leave"})
    assert not await listed(house, AGENT, "worklists/mine", walk)
    assert await listed(house, OTHER_AGENT, "worklists/mine", walk)


async def test_remarks_are_added_and_never_changed(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(AGENT, "intake", "notes", {"text": "下午联系。"})
    await walk.step(SECOND, "intake", "notes/n1/corrections", {"text": "上午联系。", "reasons": "听错了。"})
    await walk.refused(AUDITOR, "intake", "notes", {"text": "x"}, "wrong_role", status=403)
    await walk.refused(
        AGENT, "intake", "notes/n2/corrections", {"text": "x", "reasons": "y"}, "unknown_note", status=404
    )
    rows = await listed(house, AGENT, f"complaints/{walk.id}/notes", walk)
    assert [(row["kind"], row["note"], row["text"]) for row in rows] == [
        ("note", "n1", "下午联系。"),
        ("correction", "n1", "上午联系。"),
    ]
    assert (rows[1]["reasons"], rows[1]["written_by"], rows[1]["role"]) == ("听错了。", SECOND, "reviewer")


async def test_remarks_of_a_restricted_case_are_for_its_department_alone(house: House) -> None:
    """N16."""
    walk = await Walk(house).classified()
    await walk.step(AGENT, "intake", "notes", {"text": "下午联系。"})
    await walk.step(AGENT, "intake", "upward-reports", {"to": "department_lead", "reasons": "Press."})
    assert await listed(house, OTHER_AGENT, f"complaints/{walk.id}/notes", walk)
    closed = {"category": walk.category, "severity": "ordinary", "restricted": True, "explanation": "A director."}
    await walk.step(JUDGE, "intake", "classification", closed)
    for path in (f"complaints/{walk.id}/notes", f"complaints/{walk.id}/upward-reports"):
        assert not await listed(house, OTHER_AGENT, path, walk)
        assert await listed(house, JUDGE, path, walk)
    assert not await listed(house, AGENT, "worklists/mine", walk), "not even to who registered it"
    assert not await listed(house, "sun.lei", "worklists/upward-reports", walk)


# What the firm knows is not asked for again; taking over; a regulator's hand-over


async def test_a_customer_whom_the_firm_knows_is_not_asked_for_their_name(house: House) -> None:
    """No.3 Art. 13."""
    now = house.system.process.clock.now().isoformat()
    body: dict[str, Any] = {"received_at": now, "channel": "phone", "content": "又收了一次费用。"}
    nobody = await house.post(AGENT, "intake/complaints", body)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "complainant_missing")
    file = {
        "name": "王芳",
        "phones": ["138 0013 8000"],
        "language": "en",
        "time_zone": "Europe/London",
        "vulnerable": True,
    }
    person = (await house.post(AGENT, "intake/customers", file)).json()["subject"].removeprefix("person:")
    made = await house.post(AGENT, "intake/complaints", body | {"person": person})
    assert made.status_code == 201, made.text
    walk = await Walk(house, id=made.json()["complaint_id"]).classified()
    shown = await walk.shows("intake", "severity", "special")
    assert (shown["complainant"], shown["on_file"], shown["language"]) == (None, True, "en")
    assert (shown["person"], shown["vulnerable"]) == (f"person:{person}", True)


async def test_an_open_case_of_an_old_system_goes_on_where_it_was(house: House) -> None:
    now = house.system.process.clock.now()
    body = {
        "complainant": "李雷", "received_at": (now - timedelta(days=30)).isoformat(), "channel": "phone",
        "content": "多收了一笔费用。", "external": {"source": "old-crm", "id": f"case-{now.timestamp():.0f}"},
        "system": "old-crm", "stage": "established", "department": "cards", "earlier": "已判断成立。",
        "earlier_actors": ["amira.haddad"], "began_at": (now - timedelta(days=29)).isoformat(),
    }  # fmt: skip
    first = await house.post(JUDGE, "intake/complaints/taken-over", body)
    assert first.status_code == 201, first.text
    assert first.json()["events"] == ["complaint.registered", "complaint.taken-over"]
    again = await house.post(OTHER_JUDGE, "intake/complaints/taken-over", body)
    assert (again.status_code, again.json()["events"]) == (200, [])
    walk = Walk(house, id=first.json()["complaint_id"])
    assert (await walk.shows("intake", "status", "assigned"))["from_system"] == "old-crm"
    await walk.read("investigation")
    named = {"investigator": "amira.haddad", "declaration": "declaration-1"}
    await walk.refused(LEAD, "investigation", "investigator", named, "handled_before", "recused", "excluded")


async def test_only_the_regulator_desk_enters_what_a_regulator_hands_over(house: House) -> None:
    now = house.system.process.clock.now()
    body = {
        "complainant": "韩梅梅", "received_at": now.isoformat(), "channel": "regulator", "content": "监管转来。",
        "regulator_reference": "NFRA-2026-1", "regulator_received_at": (now - timedelta(days=3)).isoformat(),
    }  # fmt: skip
    before = await house.post(AGENT, "intake/complaints", body)
    assert (before.status_code, before.json()["code"]) == (403, "not_the_regulator_desk")
    made = await house.post(DESK, "intake/complaints", body)
    assert made.status_code == 201, made.text
    walk = Walk(house, id=made.json()["complaint_id"])
    await walk.classified()
    shown = await walk.shows("intake", "severity", "special")
    assert shown["regulator_reference"] == "NFRA-2026-1"
    assert (await house.get(AUDITOR, "intake/complaints?regulator_reference=NFRA-2026-1")).json()["items"]
