"""责任追究 Who answers for a complaint is dealt with apart from it, under a seal of its own (F11, N16)."""

from typing import Any

import pytest

from services.resolution.accountability import Accountability, Measure
from services.resolution.commands.record_accountability import RecordAccountability
from services.resolution.commands.revoke_accountability import RevokeAccountability
from shared.decide import Actor, Forbidden
from shared.events.accountability import SCOPE, AccountabilityMeasureRecorded, AccountabilityMeasureRevoked
from shared.events.base import Event
from shared.privacy.personal import Personal
from tests.sentences import Given, state_of
from tests.unit.resolution.case import resolution
from tests.unit.resolution.examples import (
    COMPLAINT,
    HR,
    LATER,
    LEAD,
    NOON,
    OFFICER,
    RECUSED,
    SERVICE,
    A,
    classified,
    closed,
    found,
    reopened,
    staff,
)

OTHER_HR = Actor("hr-2", "hr", "people")


def given(*measures: Event, case: tuple[Event, ...] = (found(),)) -> Given:
    known = {**staff(), f"complaint:{COMPLAINT}": resolution(*case)}
    return Given(SERVICE, measures, known, category="accountability")


def record(by: Actor = HR, measure: str = "m1", **changed: Any) -> RecordAccountability:
    told = {"person": OFFICER.id, "head": LEAD.id, "decision": "a warning", **changed}
    return RecordAccountability(actor=by, at=LATER, complaint_id=COMPLAINT, measure=measure, **told)


def revoke(by: Actor = OTHER_HR, measure: str = "m1") -> RevokeAccountability:
    return RevokeAccountability(actor=by, at=LATER, complaint_id=COMPLAINT, measure=measure, reasons="unfounded")


def recorded(by: str = HR.id) -> AccountabilityMeasureRecorded:
    return AccountabilityMeasureRecorded(
        at=NOON, by=by, measure="m1", in_cycle=1, department="cards", person=Personal.of(SCOPE, OFFICER.id),
        decision=Personal.of(SCOPE, "a warning"),
    )  # fmt: skip


def revoked() -> AccountabilityMeasureRevoked:
    return AccountabilityMeasureRevoked(at=NOON, by=OTHER_HR.id, measure="m1", reasons=Personal.of(SCOPE, "unfounded"))


def test_it_stands_in_a_stream_of_its_own_and_everything_in_it_is_sealed_for_its_readers() -> None:
    (event,) = given().when(record()).then(AccountabilityMeasureRecorded, measure="m1", in_cycle=1, department="cards")
    assert isinstance(event, AccountabilityMeasureRecorded)
    assert event.head is not None
    assert [each.owner for each in (event.person, event.head, event.decision)] == [SCOPE] * 3
    assert (event.person.clear, event.head.clear, event.decision.clear) == (OFFICER.id, LEAD.id, "a warning")
    assert record().subject_id() == f"accountability:{COMPLAINT}"
    about = (f"staff:{OFFICER.id}", f"staff:{LEAD.id}")
    assert (record().needed(), record().concealed()) == ((f"complaint:{COMPLAINT}", *about), about)


def test_hr_and_the_lead_of_the_responsible_department_record_it_in_person() -> None:
    given().when(record(LEAD, head=None)).then(AccountabilityMeasureRecorded, by=LEAD.id)
    elsewhere = Actor("lead-9", "department_lead", "loans")
    assert isinstance(given().when(record(elsewhere)).then_refused("not_responsible_department"), Forbidden)
    assert RecordAccountability.may == ("hr", "department_lead") and RecordAccountability.in_person
    assert RevokeAccountability.may == ("hr",) and RevokeAccountability.in_person


@pytest.mark.parametrize("by", [LEAD, HR])
def test_nobody_records_what_is_about_themself(by: Actor) -> None:
    given().when(record(by, person=by.id)).then_refused("about_yourself")
    given().when(record(by, head=by.id)).then_refused("about_yourself")


def test_nobody_with_an_interest_in_the_case_deals_with_its_staff() -> None:
    given().when(record(RECUSED)).then_refused("recused")
    complained = (found(), classified(complained_of=(HR.id, OTHER_HR.id)))
    given(case=complained).when(record()).then_refused("recused")
    given(recorded(), case=complained).when(revoke()).then_refused("recused")


def test_it_needs_a_complaint_that_was_found_and_staff_that_is_known() -> None:
    given(case=()).when(record()).then_refused("not_yet_seen")
    given().when(record(person="nobody-1")).then_refused("not_yet_seen")


def test_it_is_possible_after_the_conclusion_the_closing_and_a_reopening() -> None:
    for case in (A.up_to_the_end(), (*A.up_to_the_end(), closed()), (*A.up_to_the_end(), reopened())):
        given(case=case).when(record()).then(AccountabilityMeasureRecorded)


def test_a_measure_is_recorded_once_under_its_id() -> None:
    given(recorded()).when(record()).then_refused("measure_exists")
    given(recorded()).when(record(measure="m2")).then(AccountabilityMeasureRecorded)


def test_another_person_of_hr_revokes_it_with_reasons() -> None:
    (event,) = given(recorded()).when(revoke()).then(AccountabilityMeasureRevoked, measure="m1", by=OTHER_HR.id)
    assert isinstance(event, AccountabilityMeasureRevoked) and event.reasons.owner == SCOPE
    given(recorded(), revoked()).when(revoke()).then_nothing()
    given(recorded()).when(revoke(HR)).then_refused("same_person")
    given().when(revoke()).then_refused("no_such_measure")


def test_nobody_of_the_department_that_it_concerns_revokes_it() -> None:
    given(recorded()).when(revoke(Actor("hr-3", "hr", "cards"))).then_refused("own_department")


def test_what_is_known_of_it_names_nobody_it_is_about() -> None:
    state = state_of(SERVICE, recorded(), revoked(), category="accountability")
    assert state == Accountability((Measure("m1", "cards", HR.id, revoked=True),))
    assert OFFICER.id not in repr(state)
