"""Enquiries and service requests over HTTP: each rule of F17, F29 and F59 refused, and not one event written."""

from typing import Any

import pytest

from tests.e2e.customers import AGENT, CALLER, CLERK, LEAD, OTHER_AGENT, REVIEWER, Front
from tests.fixtures.system import House

ANSWER = {"answer": "Two working days.", "satisfied": True}
REMARK = {"remark": "Complete."}
DISSATISFIED = {"outcome": "reached", "satisfied": False, "words": "Not what was promised."}


@pytest.fixture
def front(house: House) -> Front:
    return Front(house)


async def refused(front: Front, contact: str, who: str, act: str, body: Any, code: str, **options: Any) -> None:
    await front.refused(who, f"contacts/{contact}/{act}", body, code, f"contact:{contact}", **options)


async def etag_of(front: Front, contact: str) -> str:
    return str((await front.row(contact)).headers["etag"])


async def test_an_enquiry_that_is_answered_to_their_satisfaction_goes_to_the_archive(front: Front) -> None:
    contact = await front.contact()
    await front.done(AGENT, f"contacts/{contact}/answer", ANSWER)
    shown = (await front.row(contact)).json()
    assert (shown["status"], shown["ending"], shown["owner"]) == ("archived", "answered", AGENT)
    await refused(front, contact, AGENT, "answer", ANSWER, "contact_archived")


async def test_one_that_is_not_goes_to_the_back_office_and_the_agent_keeps_track(front: Front) -> None:
    contact = await front.contact()
    await front.done(AGENT, f"contacts/{contact}/answer", ANSWER | {"satisfied": False})
    passing = {"department": "back-office", "remark": "The fee table of 2024, please."}
    await front.done(AGENT, f"contacts/{contact}/passing-on", passing)
    await refused(front, contact, OTHER_AGENT, "answer", ANSWER, "passed_on_elsewhere")
    await refused(front, contact, CLERK, "passing-on", passing, "passed_on_already")
    mine = f"worklists/contacts?owner={AGENT}&status=passed_on&limit=200"
    listed = await front.shows(mine, lambda body: contact in [item["contact_id"] for item in body["items"]])
    assert {item["owner"] for item in listed["items"]} == {AGENT}
    theirs = "worklists/contacts?department=back-office&limit=200"
    await front.shows(theirs, lambda body: contact in [item["contact_id"] for item in body["items"]], CLERK)
    await front.done(CLERK, f"contacts/{contact}/answer", ANSWER)
    await front.shows(mine, lambda body: contact not in [item["contact_id"] for item in body["items"]])


async def test_a_service_goes_through_review_and_callback(front: Front) -> None:
    contact = await front.reviewed()
    await front.done(CALLER, f"contacts/{contact}/callback", {"outcome": "busy"})
    await front.done(CALLER, f"contacts/{contact}/callback", {"outcome": "reached", "satisfied": True})
    shown = (await front.row(contact)).json()
    assert (shown["status"], shown["ending"], shown["calls"]) == ("archived", "service_given", 2)
    records = await front.shows(f"contacts/{contact}/records?purpose=quality", lambda body: len(body["items"]) == 7)
    assert [step["step"] for step in records["items"]] == [
        "recorded", "passed_on", "handled", "reviewed", "called_back", "called_back", "archived",
    ]  # fmt: skip
    assert (
        records["items"][2] | {"text": "The new card was sent.", "by": CLERK, "role": "back_office"}
        == (records["items"][2])
    )
    response = await front.house.get(AGENT, f"intake/contacts/{contact}/records")
    assert response.json()["code"] == "purpose_required"


async def test_nobody_reviews_or_asks_about_what_they_gave(front: Front) -> None:
    contact = await front.contact("service")
    await front.done(LEAD, f"contacts/{contact}/service", REMARK)
    etag = await etag_of(front, contact)
    verdict = {"passed": True} | REMARK
    await refused(front, contact, LEAD, "review", verdict, "handled_it", etag=etag)
    await refused(front, contact, REVIEWER, "review", verdict, "if_match_required", status=428)
    await front.done(REVIEWER, f"contacts/{contact}/review", verdict, etag=etag)
    token = front.house.token_of(LEAD, "callback_agent", department="triage")
    happy = {"outcome": "reached", "satisfied": True}
    await refused(front, contact, LEAD, "callback", happy, "handled_it", token=token)


async def test_nobody_goes_round_review_and_callback(front: Front) -> None:
    contact = await front.service_given()
    await refused(front, contact, CALLER, "callback", {"outcome": "reached", "satisfied": True}, "not_reviewed")
    await refused(front, contact, CLERK, "kind", {"kind": "enquiry", "reasons": "So."}, "service_given")
    await refused(front, contact, CLERK, "service", REMARK, "service_given")
    etag = await etag_of(front, contact)
    await front.done(REVIEWER, f"contacts/{contact}/review", {"passed": False} | REMARK, etag=etag)
    await refused(front, contact, CLERK, "kind", {"kind": "enquiry", "reasons": "So."}, "stays_service")
    await front.done(CLERK, f"contacts/{contact}/service", REMARK)


async def test_a_dissatisfied_word_is_no_silent_end(front: Front) -> None:
    contact = await front.reviewed()
    unsaid = {"outcome": "reached", "satisfied": False}
    await refused(front, contact, CALLER, "callback", unsaid, "words_missing")
    await refused(front, contact, CALLER, "callback", {"outcome": "reached"}, "satisfaction_missing")
    await refused(front, contact, CALLER, "callback", {"outcome": "busy", "satisfied": True}, "not_reached")
    await front.done(CALLER, f"contacts/{contact}/callback", DISSATISFIED)
    happy = {"outcome": "reached", "satisfied": True}
    await refused(front, contact, CALLER, "callback", happy, "dissatisfied_contact")
    await refused(front, contact, CLERK, "service", REMARK, "dissatisfied_contact")
    assert (await front.row(contact)).json()["status"] == "dissatisfied"
    passing = {"department": "cards", "remark": "They want the fee back."}
    await front.done(CALLER, f"contacts/{contact}/passing-on", passing)


async def test_a_contact_becomes_a_complaint_and_each_names_the_other(front: Front) -> None:
    contact = await front.reviewed()
    await front.done(CALLER, f"contacts/{contact}/callback", DISSATISFIED)
    person = (await front.row(contact)).json()["person_id"]
    now = front.house.system.process.clock.now().isoformat()
    body = {
        "complainant": "王芳", "channel": "phone", "content": "Still no card.", "received_at": now,
        "from_contact": contact, "person": person,
    }  # fmt: skip
    complaint = (await front.done(AGENT, "complaints", body)).json()["complaint_id"]
    shown = await front.shows(f"contacts/{contact}", lambda row: row.get("complaint_id") == complaint)
    assert (shown["status"], shown["ending"]) == ("archived", "became_complaint")
    history = await front.shows(f"customers/{person}/complaints", lambda body: bool(body["items"]))
    assert history["items"][0]["complaint_id"] == complaint
    await refused(front, contact, AGENT, "passing-on", {"department": "cards", "remark": "So."}, "became_complaint")
    itself = {"complaint": complaint, "registered_by": AGENT}
    await refused(front, contact, AGENT, "complaint", itself, "no_such_address", status=404)


async def test_an_enquiry_is_a_service_after_all(front: Front) -> None:
    contact = await front.contact()
    await refused(front, contact, AGENT, "service", REMARK, "is_enquiry")
    await front.done(AGENT, f"contacts/{contact}/kind", {"kind": "service", "reasons": "They want a new card."})
    await refused(front, contact, AGENT, "answer", ANSWER, "is_service")
    await front.done(AGENT, f"contacts/{contact}/service", REMARK)
    assert (await front.row(contact)).json()["status"] == "handled"


async def test_an_unknown_contact_is_told_from_a_refused_one(front: Front) -> None:
    unknown = "00000000-0000-4000-8000-00000000dead"
    await refused(front, unknown, AGENT, "answer", ANSWER, "unknown_contact", status=404)
