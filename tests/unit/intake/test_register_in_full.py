"""登记 What else a registration bears: groups, regulators, contacts, and what the customer's file says (F03, 2.1)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.commands.register import RegisterComplaint
from services.intake.contact import Contact
from services.intake.customer import Customer
from services.intake.limits import contact_row
from shared.decide import Forbidden, NotFound
from shared.events.intake import ComplaintEscalatedToSpecial, ComplaintRegistered, ComplaintReportedUpward
from shared.events.vocabulary import Hours, Money
from shared.packs.house import JOINT_MAJOR_FROM, MAJOR_REPORTED_TO
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    DESK,
    MORNING,
    NOON,
    OTHER_COMPLAINT,
    ZHAO,
    after,
    intake,
)

WHO = UUID(ZHAO.removeprefix("person:"))
CONTACT = UUID("00000000-0000-4000-8000-0000000000d1")
ON_FILE = Customer(
    recorded=True,
    holds=frozenset({"name", "phones"}),
    plain={"time_zone": "Europe/London", "language": "en", "call_hours": Hours(begin="10:00", end="11:30")},
)
ASKED = Contact(number="C7K3M-0Q9Z", person=ZHAO)
HANDED_OVER = {"regulator_reference": "NFRA-2025-77", "regulator_received_at": MORNING - timedelta(days=2)}


def register(**fields: Any) -> RegisterComplaint:
    usual: dict[str, Any] = {
        "actor": AGENT, "complaint_id": COMPLAINT, "complainant": "赵敏", "received_at": MORNING, "channel": "phone",
        "content": "The fee was charged twice.",
    }  # fmt: skip
    return RegisterComplaint(at=NOON, **{**usual, **fields})


def known(*, file: Customer | None = None, contact: Contact | None = None) -> dict[str, Any]:
    kept: dict[str, Any] = {ZHAO: file, f"contact:{CONTACT}": contact}
    return {subject: state for subject, state in kept.items() if state is not None}


def test_a_claim_and_the_day_of_the_matter_stand_in_the_register() -> None:
    money = Money(minor=12_000, currency="CNY")
    wish = register(claimed=money, happened_at=MORNING - timedelta(days=40))
    after().when(wish).then(ComplaintRegistered, claimed=money, happened_at=MORNING - timedelta(days=40))


def test_nobody_complains_before_it_happens() -> None:
    after().when(register(happened_at=MORNING)).then(ComplaintRegistered)
    after().when(register(happened_at=MORNING + timedelta(microseconds=1))).then_refused("happened_later")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Asia", "UTC+8"])
def test_a_zone_that_does_not_exist_is_not_even_a_command(zone: str) -> None:
    with pytest.raises(ValidationError):
        register(time_zone=zone)


def test_a_zone_that_exists_is_written_down() -> None:
    after().when(register(time_zone="Asia/Urumqi")).then(ComplaintRegistered, time_zone="Asia/Urumqi")


def test_hours_to_call_begin_before_they_end() -> None:
    with pytest.raises(ValidationError):
        register(call_hours={"begin": "18:00", "end": "09:00"})


@pytest.mark.parametrize(("kind", "written"), [(None, "proxy"), ("heir", "heir"), ("guardian", "guardian")])
def test_who_complains_for_another_says_why(kind: str | None, written: str) -> None:
    wish = register(proxy="Ms Li", proxy_authority="poa-1", authority_kind=kind)
    after().when(wish).then(ComplaintRegistered, authority_kind=written)


def test_a_kind_of_authority_without_a_proxy_is_refused() -> None:
    after().when(register(authority_kind="heir")).then_refused("authority_without_proxy")


# A group (No.3 Art. 12, 29)


def test_a_group_speaks_through_at_least_one_of_them() -> None:
    after().when(register(joint=2)).then_refused("representative_missing")
    (fact,) = after().when(register(joint=2, representatives=["甲", "乙"])).then(ComplaintRegistered, joint=2)
    assert isinstance(fact, ComplaintRegistered)
    assert [name.clear for name in fact.representatives] == ["甲", "乙"]


def test_a_group_has_five_representatives_at_most() -> None:
    with pytest.raises(ValidationError):
        register(joint=9, representatives=list("甲乙丙丁戊己"))


@pytest.mark.parametrize(("joint", "names"), [(1, ["甲"]), (2, ["甲", "乙", "丙"])])
def test_there_are_no_more_representatives_than_people(joint: int, names: list[str]) -> None:
    after().when(register(joint=joint, representatives=names)).then_refused("too_many_representatives")


def test_a_major_complaint_is_special_and_reported_upward_at_once() -> None:
    facts = (
        after()
        .when(register(joint=JOINT_MAJOR_FROM, representatives=["甲"]))
        .then(ComplaintRegistered, ComplaintEscalatedToSpecial, ComplaintReportedUpward)
    )
    assert isinstance(facts[1], ComplaintEscalatedToSpecial) and facts[1].reasons == ("joint-complaint",)
    assert isinstance(facts[2], ComplaintReportedUpward)
    assert (facts[2].to, facts[2].emergency) == (MAJOR_REPORTED_TO, True)
    assert intake(*facts).severity == "special"


def test_one_person_less_is_no_major_complaint() -> None:
    after().when(register(joint=JOINT_MAJOR_FROM - 1, representatives=["甲"])).then(ComplaintRegistered)


# A regulator's hand-over (No.3 Art. 33)


def test_what_a_regulator_hands_over_bears_its_reference_and_when_the_regulator_had_it() -> None:
    after().when(register(actor=DESK, **HANDED_OVER)).then(ComplaintRegistered, **HANDED_OVER)


def test_nobody_but_the_regulator_desk_enters_a_hand_over() -> None:
    refusal = after().when(register(**HANDED_OVER)).then_refused("not_the_regulator_desk")
    assert isinstance(refusal, Forbidden)


@pytest.mark.parametrize("given", HANDED_OVER)
def test_half_a_hand_over_is_refused(given: str) -> None:
    after().when(register(actor=DESK, **{given: HANDED_OVER[given]})).then_refused("hand_over_incomplete")


def test_the_regulator_had_it_before_the_firm() -> None:
    late = HANDED_OVER | {"regulator_received_at": MORNING + timedelta(microseconds=1)}
    after().when(register(actor=DESK, **late)).then_refused("handed_over_before")


# What the firm knows is not asked for again (No.3 Art. 13)


def test_who_complains_must_be_said_where_no_file_says_it() -> None:
    after().when(register(complainant=None)).then_refused("complainant_missing")
    after().when(register(complainant=None, person=WHO)).then_refused("complainant_missing")
    nameless = known(file=Customer(recorded=True, holds=frozenset({"phones"})))
    wish = register(complainant=None, person=WHO)
    after().with_references(nameless).when(wish).then_refused("complainant_missing")


def test_what_the_file_says_may_be_left_out() -> None:
    (fact,) = (
        after()
        .with_references(known(file=ON_FILE))
        .when(register(complainant=None, person=WHO))
        .then(ComplaintRegistered, person=ZHAO, complainant=None, contact=None)
    )
    assert isinstance(fact, ComplaintRegistered)
    assert (fact.time_zone, fact.language, fact.call_hours) == ("Europe/London", "en", ON_FILE.plain["call_hours"])


def test_what_is_said_today_stands_before_what_the_file_says() -> None:
    wish = register(person=WHO, time_zone="Asia/Tokyo", language="zh")
    told = after().with_references(known(file=ON_FILE)).when(wish)
    told.then(ComplaintRegistered, time_zone="Asia/Tokyo", language="zh")


def test_without_a_file_the_customer_is_taken_to_be_at_home() -> None:
    after().when(register()).then(ComplaintRegistered, time_zone="Asia/Shanghai", language="zh", call_hours=None)


def test_a_file_that_was_joined_into_another_leads_to_that_one() -> None:
    into = "person:00000000-0000-4000-8000-0000000000c2"
    files = {**known(file=Customer(recorded=True, into=into)), into: ON_FILE}
    wish = register(person=WHO, complainant=None)
    after().with_references(files).when(wish).then(ComplaintRegistered, person=into, time_zone="Europe/London")
    assert set(wish.needed_then(known(file=Customer(into=into)))) == {into}


# From an enquiry or a service request (F17)


def test_a_complaint_that_began_as_a_contact_is_of_its_customer() -> None:
    wish = register(from_contact=CONTACT, complainant=None)
    told = after().with_references(known(file=ON_FILE, contact=ASKED)).when(wish)
    told.then(ComplaintRegistered, person=ZHAO, from_contact=CONTACT)
    assert set(wish.needed_then({})) == {f"contact:{CONTACT}"}
    assert set(wish.needed_then(known(contact=ASKED))) == {f"contact:{CONTACT}", ZHAO}


def test_a_contact_that_nobody_recorded_is_not_found() -> None:
    refusal = after().when(register(from_contact=CONTACT)).then_refused("unknown_contact")
    assert isinstance(refusal, NotFound)


def test_a_contact_of_another_customer_is_refused() -> None:
    wish = register(from_contact=CONTACT, person=UUID(int=9))
    after().with_references(known(contact=ASKED)).when(wish).then_refused("contact_of_another")


def test_a_contact_becomes_one_complaint_only() -> None:
    wish = register(from_contact=CONTACT)
    before = after().with_references(known(contact=ASKED)).with_guards({contact_row(CONTACT): str(OTHER_COMPLAINT)})
    before.when(wish).then_refused("contact_is_complaint")
