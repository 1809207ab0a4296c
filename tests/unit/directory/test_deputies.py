"""代理人 Who may name a deputy for whom, for how long, and when that ends (domain 4.2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.directory.commands.activate_limits import ActivateLimits
from services.directory.commands.end_deputy import EndDeputy
from services.directory.commands.name_deputy import NameDeputy
from services.directory.commands.propose_limits import ProposeLimits
from services.directory.commands.set_reporting_line import SetReportingLine
from services.directory.limits import REPORTING_LINES, must_be_a_fitting_time, pair_row
from services.directory.rules import ROLES
from shared.decide import Actor, Forbidden, NotFound, Refused
from shared.events.base import Event
from shared.events.directory import DeputyEnded, DeputyNamed
from shared.packs.house import DEPUTY_AT_MOST
from shared.reference.staff import Deputy, StaffMember
from tests.sentences import Given, state_of
from tests.unit.directory.examples import (
    ADMIN,
    NOON,
    SERVICE,
    TOMORROW,
    deputy_ended,
    deputy_named,
    joined,
    left,
    staff,
)

LI_NA = Actor("li.na", "agent", "cards")
LEAD = Actor("lead-1", "department_lead", "cards")
HEAD = Actor("head", "higher_approver", "operations")
EMMA = Actor("emma", "agent", "cards")
STRANGER = Actor("lead-2", "department_lead", "loans")
LATER = TOMORROW + timedelta(days=10)


def name(actor: Actor = LI_NA, deputy: str = "emma", begins: datetime = NOON, ends: datetime = TOMORROW) -> NameDeputy:
    return NameDeputy(actor=actor, at=NOON, staff_id="li.na", deputy=deputy, begins=begins, ends=ends)


def end(actor: Actor = LI_NA, deputy: str = "emma") -> EndDeputy:
    return EndDeputy(actor=actor, at=NOON, staff_id="li.na", deputy=deputy)


def li_na(*events: Event, emma: StaffMember | None = None) -> Given:
    """Li Na, who reports to lead-1 as lead-1 reports to the head; Emma, who is not above her."""
    records = {
        "staff:li.na": state_of(SERVICE, joined(), *events, category="staff"),
        "staff:lead-1": StaffMember(joined=True, department="cards", reports_to="head"),
        "staff:head": StaffMember(joined=True, department="operations"),
        "staff:emma": emma or StaffMember(joined=True, department="cards", reports_to="lead-1"),
    }
    return staff(joined(), *events).with_references(records)


@pytest.mark.parametrize("actor", [LI_NA, LEAD, HEAD, ADMIN])
def test_the_person_whoever_leads_them_or_an_administrator_names_a_deputy(actor: Actor) -> None:
    li_na().when(name(actor)).then(DeputyNamed, by=actor.id, deputy="emma", begins=NOON, ends=TOMORROW)


@pytest.mark.parametrize("wish", [name, end])
def test_nobody_else_does(wish: Any) -> None:
    assert isinstance(li_na(deputy_named()).when(wish(STRANGER)).then_refused("not_their_lead"), Forbidden)


def test_naming_them_again_sets_other_dates_or_changes_nothing() -> None:
    li_na(deputy_named()).when(name()).then_nothing()
    li_na(deputy_named()).when(name(ends=LATER)).then(DeputyNamed, ends=LATER)


def test_nobody_is_their_own_deputy() -> None:
    li_na().when(name(deputy="li.na")).then_refused("own_deputy")


@pytest.mark.parametrize("actor", [LEAD, ADMIN])
def test_whoever_names_another_s_deputy_is_not_that_deputy(actor: Actor) -> None:
    li_na().when(name(actor, deputy=actor.id)).then_refused("names_oneself")


def test_a_deputy_is_on_the_staff() -> None:
    assert name(deputy="nobody").needed() == ("staff:nobody",)
    li_na().when(name(deputy="nobody")).then_refused("unknown_deputy")
    gone = StaffMember(joined=True, left=True)
    refusal = li_na(emma=gone).when(name()).then_refused("unknown_deputy")
    assert refusal.details == {"deputy": "emma"}


def test_the_time_has_an_end_that_is_still_to_come() -> None:
    li_na().when(name(begins=TOMORROW, ends=TOMORROW)).then_refused("ends_before_it_begins")
    li_na().when(name(begins=LATER, ends=TOMORROW)).then_refused("ends_before_it_begins")
    li_na().when(name(begins=NOON - timedelta(days=2), ends=NOON)).then_refused("over_already")


def test_nobody_acts_for_another_for_half_a_year() -> None:
    li_na().when(name(ends=NOON + DEPUTY_AT_MOST)).then(DeputyNamed)
    refusal = li_na().when(name(ends=NOON + DEPUTY_AT_MOST + timedelta(microseconds=1))).then_refused("too_long")
    assert refusal.details == {"days": 180}


@given_any(st.timedeltas(timedelta(days=-400), timedelta(days=400)), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_time_fits_exactly_when_it_is_not_over_not_empty_and_not_too_long(begin: timedelta, long: timedelta) -> None:
    begins, ends = NOON + begin, NOON + begin + long
    if timedelta(0) < long <= DEPUTY_AT_MOST and ends > NOON:
        must_be_a_fitting_time(begins, ends, NOON)
    else:
        with pytest.raises(Refused):
            must_be_a_fitting_time(begins, ends, NOON)


def test_two_people_never_act_for_each_other_at_the_same_time() -> None:
    def emma_away(begins: datetime, ends: datetime) -> StaffMember:
        return StaffMember(joined=True, deputies=(Deputy("li.na", begins, ends),))

    refusal = li_na(emma=emma_away(NOON, LATER)).when(name()).then_refused("deputy_ring")
    assert refusal.details == {"deputy": "emma"}
    li_na(emma=emma_away(TOMORROW - timedelta(microseconds=1), LATER)).when(name()).then_refused("deputy_ring")
    li_na(emma=emma_away(TOMORROW, LATER)).when(name()).then(DeputyNamed)
    others = StaffMember(joined=True, deputies=(Deputy("lead-2", NOON, LATER),))
    li_na(emma=others).when(name()).then(DeputyNamed)


def test_two_namings_at_once_of_the_same_two_people_read_one_row() -> None:
    (guard,) = SERVICE.guards
    theirs = NameDeputy(actor=EMMA, at=NOON, staff_id="emma", deputy="li.na", begins=NOON, ends=TOMORROW)
    state = StaffMember(joined=True)
    assert guard.read_by(state, name(), {}) == guard.read_by(state, theirs, {}) == (pair_row("emma", "li.na"),)
    assert guard.read_by(state, end(), {}) == ()


def test_two_reporting_lines_drawn_at_once_read_one_row() -> None:
    (guard,) = SERVICE.guards
    line = SetReportingLine(actor=ADMIN, at=NOON, staff_id="li.na", reports_to="lead-2")
    assert guard.read_by(StaffMember(joined=True), line, {}) == (REPORTING_LINES,)


@pytest.mark.parametrize("actor", [LI_NA, LEAD, HEAD, ADMIN, EMMA])
def test_whoever_may_name_a_deputy_ends_it_and_the_deputy_lays_it_down(actor: Actor) -> None:
    li_na(deputy_named()).when(end(actor)).then(DeputyEnded, by=actor.id, deputy="emma")


def test_what_is_not_cannot_be_ended() -> None:
    li_na().when(end()).then_refused("no_such_deputy")
    refusal = li_na(deputy_named(), deputy_ended()).when(end()).then_refused("no_such_deputy")
    assert refusal.details == {"deputy": "emma"}


@pytest.mark.parametrize("wish", [name, end])
def test_who_left_has_no_deputies_and_who_never_came_neither(wish: Any) -> None:
    li_na(deputy_named(), left()).when(wish()).then_refused("left")
    assert isinstance(staff().when(wish()).then_refused("unknown_staff"), NotFound)


def test_leaving_ends_the_deputyships_of_the_one_who_leaves() -> None:
    state = state_of(SERVICE, joined(), deputy_named(), left(), category="staff")
    assert state.deputies == ()
    assert not state.is_represented_by("emma", NOON)


def test_a_deputy_counts_from_the_first_instant_and_no_more_at_the_last() -> None:
    state = state_of(SERVICE, joined(), deputy_named(begins=TOMORROW, ends=LATER), category="staff")
    moment = timedelta(microseconds=1)
    represented = [state.is_represented_by("emma", at) for at in (TOMORROW - moment, TOMORROW, LATER - moment, LATER)]
    assert represented == [False, True, True, False]


def test_the_whole_line_above_somebody_is_asked_for() -> None:
    states: dict[str, Any] = {"staff:li.na": StaffMember(joined=True, reports_to="lead-1")}
    for command in (name(), end()):
        assert tuple(command.needed_then(states)) == ("staff:lead-1",)
    states["staff:lead-1"] = StaffMember(joined=True, reports_to="head")
    assert tuple(name().needed_then(states)) == ("staff:head",)


def test_everyone_may_have_a_deputy_and_an_administrator_acts_as_one() -> None:
    for command in (NameDeputy, EndDeputy):
        assert set(command.may) == set(ROLES)
        assert command.may[0] == "administrator"


@pytest.mark.parametrize("command", [NameDeputy, EndDeputy, ProposeLimits, ActivateLimits])
def test_no_deputy_names_deputies_or_sets_limits(command: Any) -> None:
    """Else the one in whose name a table was proposed could put it in force as its second person (N4)."""
    assert command.in_person
