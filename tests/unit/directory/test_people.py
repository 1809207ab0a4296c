"""The believable staff of an embedded run is consistent, and the directory takes it as it stands."""

from collections import Counter

import pytest

from closedloop.people import BUSINESS, PEOPLE, Person, with_role
from services.directory.commands.join import JoinStaff
from services.directory.rules import ROLES
from shared.events.base import Event
from shared.events.directory import StaffJoined
from shared.packs.house import HOUSE_LIMITS
from shared.reference.staff import StaffMember
from tests.sentences import given, state_of
from tests.unit.directory.examples import ADMIN, NOON, SERVICE

BY_ID = {person.staff_id: person for person in PEOPLE}
DEPARTMENTS = {
    "customer-service", "triage", "cards", "payments", "loans", "wealth", "operations", "finance", "compliance", "it",
    "risk-control", "human-resources", "back-office",
}  # fmt: skip


def _leads_above(person: Person) -> list[str]:
    """The leads of a person up to the head of the firm."""
    chain: list[str] = []
    while person.reports_to is not None and len(chain) <= len(PEOPLE):
        chain.append(person.reports_to)
        person = BY_ID[person.reports_to]
    return chain


def test_ids_and_names_are_given_once() -> None:
    assert len(BY_ID) == len(PEOPLE)
    assert len({person.name for person in PEOPLE}) == len(PEOPLE)


def test_everyone_is_in_a_department_of_the_bank_with_known_roles() -> None:
    assert {person.department for person in PEOPLE} == DEPARTMENTS
    assert set(BUSINESS) <= DEPARTMENTS
    assert all(person.roles and set(person.roles) <= set(ROLES) for person in PEOPLE)


def test_there_is_one_head_and_every_line_ends_there() -> None:
    (head,) = [person for person in PEOPLE if person.reports_to is None]
    assert all(_leads_above(person)[-1:] == [head.staff_id] for person in PEOPLE if person is not head)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_held_by_two_at_least(role: str) -> None:
    assert len(with_role(role)) >= 2


@pytest.mark.parametrize("department", BUSINESS)
def test_a_business_department_can_do_without_those_who_acted_before(department: str) -> None:
    assert len(with_role("investigator", department)) >= 3
    assert len(with_role("department_lead", department)) >= 2
    assert len(with_role("resolution_officer", department)) >= 2


def test_there_are_enough_people_at_the_telephone_and_in_triage() -> None:
    assert min(len(with_role(role)) for role in ("agent", "callback_agent")) >= 4
    assert len(with_role("triage_lead")) >= 3
    assert not set(with_role("agent")) & set(with_role("callback_agent"))


@pytest.mark.parametrize("role", ["approver", "executor"])
def test_a_remedy_finds_a_third_person_when_two_are_out_of_the_question(role: str) -> None:
    assert len(with_role(role)) >= 3


def test_the_compliance_officers_do_nothing_else() -> None:
    assert all(person.roles == ("compliance_officer",) for person in with_role("compliance_officer"))


def test_everyone_who_may_approve_by_the_house_s_limits_exists() -> None:
    assert all(with_role(entry.role) for entry in HOUSE_LIMITS.activated[0].entries)


def test_a_role_is_looked_up_in_one_department_or_in_all() -> None:
    everywhere = Counter(person.department for person in with_role("investigator"))
    assert everywhere == dict.fromkeys(BUSINESS, 3)
    assert with_role("investigator", "triage") == with_role("wizard") == ()
    assert [person.staff_id for person in with_role("department_lead", "loans")] == ["ma.lin", "robert.quinn"]


def test_the_directory_takes_them_in_this_order_and_again() -> None:
    known: dict[str, StaffMember] = {}
    for person in PEOPLE:
        wish = JoinStaff(
            actor=ADMIN, at=NOON, staff_id=person.staff_id, name=person.name, department=person.department,
            roles=person.roles, reports_to=person.reports_to,
        )  # fmt: skip
        facts: tuple[Event, ...] = tuple(
            given(SERVICE, category="staff").with_references(known).when(wish).then(StaffJoined)
        )
        given(SERVICE, *facts, category="staff").with_references(known).when(wish).then_nothing()
        known[f"staff:{person.staff_id}"] = state_of(SERVICE, *facts, category="staff")
    assert all(member.active for member in known.values())
