"""Customers over HTTP: their files, their joining, and finding them by whatever they say (F60, F61, No.3 Art. 13)."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.customers import AGENT, AUDITOR, LEAD, OTHER_AGENT, Front
from tests.e2e.walk import Walk
from tests.fixtures.system import House

REASONS = {"reasons": "One identity document."}


@pytest.fixture
def front(house: House) -> Front:
    return Front(house)


def of(person: str) -> Any:
    return lambda item: item["person_id"] == person


def as_kind(person: str, kind: str) -> Any:
    return lambda item: (item["person_id"], item["kind"]) == (person, kind)


def overview(person: str) -> str:
    return f"customers/{person}?purpose=handling"


async def test_a_file_is_begun_corrected_and_shown_whole(front: Front) -> None:
    person = await front.customer(
        name="赵雷", accounts=[{"kind": "card", "number": "6222 0210", "product": "金卡"}], segment="gold",
        needs="A flat.", call_hours={"begin": "10:00", "end": "12:00"},
    )  # fmt: skip
    correction = {"email": "lei@example.cn", "cleared": ["segment"], "reasons": "Told by telephone."}
    await front.done(OTHER_AGENT, f"customers/{person}/correction", correction)
    proxy = {"proxy": "p1", "kind": "heir", "name": "李明", "authority": "will-1"}
    await front.done(AGENT, f"customers/{person}/proxies", proxy)
    shown = await front.shows(overview(person), lambda body: bool(body.get("email") and body["proxies"]))
    assert (shown["name"], shown["phones"], shown["segment"]) == ("赵雷", ["138 0013 8000"], None)
    assert shown["accounts"] == [{"kind": "card", "number": "6222 0210", "product": "金卡"}]
    assert (shown["needs"], shown["call_hours"], shown["joined"]) == ("A flat.", "10:00-12:00", [])
    assert (shown["proxies"][0]["name"], shown["proxies"][0]["in_force"]) == ("李明", True)
    await front.done(AGENT, f"customers/{person}/proxies/p1/end", {"reasons": "Renounced."})
    await front.shows(overview(person), lambda body: body["proxies"][0]["in_force"] is False)


async def test_a_file_is_read_for_a_purpose_and_the_reading_is_written_down(front: Front) -> None:
    person = await front.customer(name="钱进")
    await front.shows(overview(person), lambda body: body.get("name") == "钱进")
    response = await front.house.get(AGENT, f"intake/customers/{person}")
    assert (response.status_code, response.json()["code"]) == (400, "purpose_required")
    log = (await front.house.get(AUDITOR, f"intake/accesses?subject=person:{person}")).json()["items"]
    assert {(each["actor"], each["purpose"]) for each in log} == {(AGENT, "handling")}


async def test_there_is_no_file_of_nobody(front: Front) -> None:
    assert (await front.house.get(AGENT, f"intake/{overview(str(uuid4()))}")).status_code == 404


async def test_an_import_twice_finds_the_first(front: Front) -> None:
    external = {"source": "crm", "id": f"C-{uuid4().hex[:8]}"}
    person = await front.customer(name="孙丽", external=external)
    assert await front.customer(name="孙丽", external=external) == person
    other = str(uuid4())
    told = await front.refused(
        AGENT, "customers", {"person": other, "name": "孙丽", "email": "a@b.cn", "external": external},
        "external_reference_taken", f"person:{other}",
    )  # fmt: skip
    assert told["details"]["person"] == f"person:{person}"


async def test_what_breaks_a_rule_writes_nothing(front: Front) -> None:
    person = await front.customer()
    subject = f"person:{person}"
    for body, code in (
        ({"cleared": ["name"]}, "nameless"),
        ({"cleared": ["phones"]}, "not_reachable"),
        ({"email": "a@b.cn", "cleared": ["email"]}, "given_and_cleared"),
    ):
        await front.refused(AGENT, f"customers/{person}/correction", body | {"reasons": "So."}, code, subject)
    blank = {"email": "a@b.cn", "reasons": " "}
    await front.refused(AGENT, f"customers/{person}/correction", blank, "invalid", subject, 422)
    await front.refused(AGENT, f"customers/{person}/joinings", {"other": person} | REASONS, "wrong_role", subject, 403)
    await front.refused(LEAD, f"customers/{person}/joined-into", None, "no_such_address", subject, 404)
    await front.refused(
        LEAD, f"customers/{person}/joinings", {"other": person} | REASONS, "joined_with_itself", subject
    )


async def test_two_files_become_one_and_two_again(front: Front) -> None:
    one, other = await front.customer(name="周一"), await front.customer(name="周壹", phones=["139 7777 6666"])
    await front.done(LEAD, f"customers/{one}/joinings", {"other": other} | REASONS)
    shown = await front.shows(overview(other), lambda body: body.get("joined_into") == one)
    assert shown["name"] == "周壹"
    shown = await front.shows(overview(one), lambda body: bool(body["joined"]))
    assert shown["joined"] == [{"person_id": other, "name": "周壹"}]
    found = await front.finds("77776666", of(one))
    assert (found["joined_from"], found["name"]) == (other, "周一")
    wish = {"email": "a@b.cn", "reasons": "So."}
    told = await front.refused(AGENT, f"customers/{other}/correction", wish, "joined_into", f"person:{other}")
    assert told["details"]["person"] == f"person:{one}"
    await front.done(LEAD, f"customers/{one}/partings", {"other": other} | REASONS)
    await front.shows(overview(other), lambda body: body["joined_into"] is None)
    assert (await front.finds("77776666", of(other)))["joined_from"] is None


async def test_of_two_joinings_into_each_other_at_once_one_passes(front: Front) -> None:
    for _ in range(5):
        one, other = await front.customer(), await front.customer()
        answers = await asyncio.gather(
            front.house.post(LEAD, f"intake/customers/{one}/joinings", {"other": other} | REASONS),
            front.house.post("zhao.min", f"intake/customers/{other}/joinings", {"other": one} | REASONS),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["code"] in ("joined_into", "stands_for_others", "joined_elsewhere")


async def test_complaints_and_contacts_of_joined_files_are_listed_together(front: Front) -> None:
    one, other = await front.customer(), await front.customer()
    first, second = Walk(front.house, person=one), Walk(front.house, person=other)
    await first.registered()
    await second.registered()
    contact = await front.contact(person=other)
    await front.done(LEAD, f"customers/{one}/joinings", {"other": other} | REASONS)

    def both(body: Any) -> bool:
        return {item["complaint_id"] for item in body["items"]} == {first.id, second.id}

    shown = await front.shows(f"customers/{one}/complaints", both)
    assert {item["person"] for item in shown["items"]} == {f"person:{one}", f"person:{other}"}
    await front.shows(f"customers/{one}/contacts", lambda body: [i["contact_id"] for i in body["items"]] == [contact])
    alone = await front.read(f"customers/{other}/complaints")
    assert [item["complaint_id"] for item in alone["items"]] == [second.id]


async def test_a_long_history_comes_in_pages(front: Front) -> None:
    person = str(uuid4())
    complaints = [(await Walk(front.house, person=person).registered()).id for _ in range(3)]
    await front.shows(f"customers/{person}/complaints", lambda body: len(body["items"]) == 3)
    page = await front.read(f"customers/{person}/complaints?limit=2")
    rest = await front.read(f"customers/{person}/complaints?limit=2&after={page['next']}")
    assert [item["complaint_id"] for item in (*page["items"], *rest["items"])] == complaints[::-1]
    assert rest["next"] is None
    contacts = [await front.contact(person=person) for _ in range(2)]
    await front.shows(f"customers/{person}/contacts", lambda body: len(body["items"]) == 2)
    page = await front.read(f"customers/{person}/contacts?limit=1")
    rest = await front.read(f"customers/{person}/contacts?limit=1&after={page['next']}")
    assert [page["items"][0]["contact_id"], rest["items"][0]["contact_id"]] == contacts[::-1]


async def test_a_customer_is_found_by_whatever_they_say(front: Front) -> None:
    number = uuid4().int % 10**16
    account, phone = f"{number:016d}", f"139{number % 10**8:08d}"
    person = await front.customer(
        name="欧阳 Ouyang Lan", phones=[f"{phone[:3]} {phone[3:7]} {phone[7:]}"], email=f"lan.{phone}@example.cn",
        accounts=[{"kind": "card", "number": f"{account[:4]} {account[4:]}"}],
        external={"source": "crm", "id": f"CRM-{number}"},
    )  # fmt: skip
    for piece, kind in (
        (phone[-7:], "phone"), (phone, "phone"), (account[3:12], "account"), (f"LAN.{phone}", "email"),
        (f"crm{number}", "customer_reference"), ("ＯＵＹＡＮＧ", "name"), ("欧", "name"),
        ("欧阳", "name"), ("阳", "name"), ("la", "name"),
    ):  # fmt: skip
        found = await front.finds(piece, as_kind(person, kind))
        assert found["name"] == "欧阳 Ouyang Lan"
    (best, *_) = await front.found(phone, kind="phone")
    assert best["person_id"] == person


async def test_a_complaint_and_a_contact_are_found_by_number_and_caller(front: Front) -> None:
    walk = await Walk(front.house).registered(complainant="司马光")
    contact = await front.contact(caller="司马懿 13900002222")
    number = (await walk.read("intake")).json()["number"]
    found = await front.finds(number.replace("-", "").lower(), lambda item: item["kind"] == "complaint")
    assert (found["complaint_id"], found["shown"], found["status"]) == (walk.id, number, "registered")
    assert found["person_id"] is not None and found["name"] is None
    assert (await front.finds("司马光", lambda item: item["kind"] == "complainant"))["complaint_id"] == walk.id
    number = (await front.row(contact)).json()["number"]
    assert (await front.finds(number, lambda item: item["kind"] == "contact"))["contact_id"] == contact
    assert (await front.finds("司马", lambda item: item["kind"] == "caller"))["contact_id"] == contact


async def test_somebody_known_from_a_complaint_gets_their_file(front: Front) -> None:
    await Walk(front.house).registered(complainant="诸葛亮")
    found = await front.finds("诸葛", lambda item: item["kind"] == "complainant")
    person = found["person_id"]
    assert await front.customer(person=person, name="诸葛亮") == person
    await front.finds("诸葛", lambda item: item["kind"] == "name" and item["person_id"] == person)
    again = {"person": person, "name": "诸葛亮", "email": "a@b.cn"}
    await front.refused(AGENT, "customers", again, "file_exists", f"person:{person}")


@pytest.mark.parametrize("piece", ["1", "a", "--", "%"])
async def test_too_little_is_not_sought(front: Front, piece: str) -> None:
    response = await front.house.get(AGENT, f"intake/lookup?purpose=handling&q={piece.replace('%', '%25')}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


async def test_nobody_seeks_without_a_purpose_and_what_was_found_is_written_down(front: Front) -> None:
    assert (await front.house.get(AGENT, "intake/lookup?q=abc")).json()["code"] == "purpose_required"
    person = await front.customer(name="公孙瓒")
    await front.finds("公孙", of(person))
    log = (await front.house.get(AUDITOR, f"intake/accesses?subject=person:{person}")).json()["items"]
    assert {each["operation"] for each in log} == {"read_lookup"}


async def test_of_a_restricted_complaint_no_more_is_found_than_that_it_exists(front: Front) -> None:
    """N16: its number is no secret, but whose it is, and that this customer complained, are."""
    walk = await Walk(front.house).registered(complainant="慕容复", contact="135 2468 1357")
    number = (await walk.read("intake")).json()["number"]
    classified = {"category": "cards/charges", "severity": "special", "reasons": ["media"], "restricted": True}
    await walk.step(LEAD, "intake", "classification", classified)

    found = await front.finds(number, lambda item: item["restricted"])
    assert (found["shown"], found["number"]) == (number, number)
    hidden = ("person_id", "name", "complaint_id", "status", "joined_from", "contact_id")
    assert {name: found[name] for name in hidden} == dict.fromkeys(hidden)
    assert await front.found("慕容") == await front.found("24681357") == []

    found = await front.finds(number, lambda item: item["complaint_id"] == walk.id, LEAD)
    assert found["person_id"] is not None and not found["restricted"]
    person = found["person_id"]
    assert (await front.found("慕容", LEAD))[0]["complaint_id"] == walk.id
    assert (await front.read(f"customers/{person}/complaints"))["items"] == []
    assert len((await front.read(f"customers/{person}/complaints", LEAD))["items"]) == 1
