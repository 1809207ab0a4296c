"""In whose name somebody acts: deputies in that of the absent, and nobody who left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.decide import Actor, Command, Forbidden, NotYetSeen, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.standing import DEPUTY, standing, subjects_of
from shared.events.directory import DeputyEnded, DeputyNamed, StaffLeft
from shared.reference.staff import Deputy, StaffMember, evolve_staff

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DEPUTY_OF_ZHOU = Actor("li.na", DEPUTY, "customer-service", on_behalf_of="zhou.jie")


class Sign(Command, path="/signatures", may=("triage_lead", "department_lead"), subject="thing:one"):
    """A wish that a deputy may have."""


class Approve(Command, path="/approvals", may=("department_lead",), subject="thing:one", in_person=True):
    """A wish that nobody has for another."""


def staff(**changes: Any) -> dict[str, StaffMember]:
    zhou = StaffMember(
        joined=True, department="cards", roles=("department_lead",), deputies=(Deputy("li.na", NOON, NOON + DAY),)
    )
    return {"staff:li.na": StaffMember(joined=True, department="customer-service"), "staff:zhou.jie": zhou} | changes


def refused(command: Command, states: dict[str, StaffMember]) -> str:
    with pytest.raises(Refused) as refusal:
        standing(command, states)
    return refusal.value.code


def test_a_deputy_acts_in_the_role_and_department_of_the_absent() -> None:
    actor = standing(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), staff()).actor
    assert actor == Actor("li.na", "department_lead", "cards", on_behalf_of="zhou.jie")


@pytest.mark.parametrize("at", [NOON - timedelta(seconds=1), NOON + DAY])
def test_a_deputy_is_one_between_the_dates_only(at: datetime) -> None:
    assert refused(Sign(actor=DEPUTY_OF_ZHOU, at=at), staff()) == "not_the_deputy"


def test_nobody_acts_for_whoever_did_not_name_them() -> None:
    alone = StaffMember(joined=True, department="cards", roles=("department_lead",))
    assert refused(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), staff(**{"staff:zhou.jie": alone})) == "not_the_deputy"


def test_a_deputyship_ends_with_the_absent_person_s_leaving() -> None:
    left = evolve_staff(staff()["staff:zhou.jie"], StaffLeft(at=NOON, by="ren.zhi"))
    assert refused(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), staff(**{"staff:zhou.jie": left})) == "not_the_deputy"


def test_some_things_are_done_in_one_s_own_name_only() -> None:
    assert refused(Approve(actor=DEPUTY_OF_ZHOU, at=NOON), staff()) == "acting_for_another"


def test_a_deputy_may_no_more_than_the_absent_person() -> None:
    clerk = StaffMember(joined=True, roles=("agent",), deputies=(Deputy("li.na", NOON, NOON + DAY),))
    assert refused(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), staff(**{"staff:zhou.jie": clerk})) == "wrong_role"


def test_an_absent_person_of_whom_nothing_is_known_yet_is_waited_for() -> None:
    with pytest.raises(NotYetSeen):
        standing(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), staff(**{"staff:zhou.jie": StaffMember()}))


def test_whoever_left_acts_no_more() -> None:
    gone = StaffMember(joined=True, left=True, roles=("department_lead",))
    wish = Approve(actor=Actor("li.na", "department_lead", "cards"), at=NOON)
    with pytest.raises(Forbidden) as refusal:
        standing(wish, {"staff:li.na": gone})
    assert refusal.value.code == "left_the_firm"


def test_whoever_is_here_or_not_known_here_acts_in_their_own_name() -> None:
    wish = Approve(actor=Actor("someone", "department_lead", "cards"), at=NOON)
    assert standing(wish, {}) is wish
    assert standing(wish, {"staff:someone": StaffMember(joined=True)}) is wish


def test_the_records_that_tell_are_those_of_both_and_never_of_the_system() -> None:
    assert subjects_of(DEPUTY_OF_ZHOU) == ("staff:li.na", "staff:zhou.jie")
    assert subjects_of(SYSTEM_ACTOR) == ()


def test_a_deputy_who_is_named_anew_is_so_by_the_new_dates() -> None:
    state = StaffMember(joined=True)
    for begins in (NOON, NOON + 2 * DAY):
        named = DeputyNamed(at=NOON, by="zhou.jie", deputy="li.na", begins=begins, ends=begins + DAY)
        state = evolve_staff(state, named)
    assert not state.is_represented_by("li.na", NOON)
    assert state.is_represented_by("li.na", NOON + 2 * DAY)
    ended = evolve_staff(state, DeputyEnded(at=NOON, by="zhou.jie", deputy="li.na"))
    assert not ended.is_represented_by("li.na", NOON + 2 * DAY)


class Audit(Command, path="/audits", may=("department_lead", "compliance_officer"), subject="thing:one"):
    """A wish that compliance may have too."""


def auditing() -> dict[str, StaffMember]:
    return staff(**{"staff:li.na": StaffMember(joined=True, department="compliance", roles=("compliance_officer",))})


def test_whoever_audits_the_cases_changes_none_in_nobodys_name_nor_by_an_older_token() -> None:
    assert refused(Sign(actor=DEPUTY_OF_ZHOU, at=NOON), auditing()) == "auditor_changes_nothing"
    assert refused(Audit(actor=DEPUTY_OF_ZHOU, at=NOON), auditing()) == "auditor_changes_nothing"
    old = Sign(actor=Actor("li.na", "triage_lead", "triage"), at=NOON)
    assert refused(old, auditing()) == "auditor_changes_nothing"
    own = Audit(actor=Actor("li.na", "compliance_officer", "compliance"), at=NOON)
    assert standing(own, auditing()) is own


def test_an_auditor_acts_for_another_auditor() -> None:
    absent = StaffMember(joined=True, roles=("compliance_officer",), deputies=(Deputy("li.na", NOON, NOON + DAY),))
    actor = standing(Audit(actor=DEPUTY_OF_ZHOU, at=NOON), auditing() | {"staff:zhou.jie": absent}).actor
    assert actor.role == "compliance_officer"


def test_what_only_the_system_asks_for_has_no_address() -> None:
    class Heard(Command, path="/heard", may=("system",), subject="thing:one"):
        """What a provider said."""

    assert (Heard.has_address(), Sign.has_address()) == (False, True)
