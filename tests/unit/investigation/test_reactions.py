"""What investigation does of itself when a department is assigned or a complaint reopened."""

from services.investigation.reactions import (
    when_complaint_reopened_reopen_investigation,
    when_complaint_taken_over_open_investigation,
    when_department_assigned_open_investigation,
)
from shared.events.base import Event
from shared.events.callback import ComplaintReopened
from shared.events.intake import ComplaintTakenOver, ResponsibleDepartmentAssigned
from shared.events.investigation import InvestigationEvent, InvestigationOpened, InvestigationReopened
from tests.sentences import state_of
from tests.unit.investigation.examples import (
    SERVICE,
    assigned,
    at_accepted,
    at_opened,
    at_second_cycle,
    at_submitted,
    classified,
    complaint_reopened,
    conflict_declared,
    department_assigned,
    investigation_reopened,
    opened,
    registered,
    replaced,
    taken_over,
    withdrawn,
)


def on_assignment(*before: Event, event: ResponsibleDepartmentAssigned) -> list[InvestigationEvent]:
    return when_department_assigned_open_investigation(state_of(SERVICE, *before, event), event)


def on_taking_over(*before: Event, event: ComplaintTakenOver) -> list[InvestigationEvent]:
    return when_complaint_taken_over_open_investigation(state_of(SERVICE, *before, event), event)


def on_reopening(*before: Event, event: ComplaintReopened) -> list[InvestigationEvent]:
    return when_complaint_reopened_reopen_investigation(state_of(SERVICE, *before, event), event)


def test_an_assigned_department_has_the_case_to_investigate() -> None:
    event = department_assigned(recused=("clerk-qi",))
    assert on_assignment(registered(), classified(), event=event) == [
        InvestigationOpened(at=event.at, by="system", cycle=1, department="cards", recused=("clerk-qi",))
    ]


def test_it_is_opened_only_once_a_cycle() -> None:
    assert on_assignment(*at_opened(), event=department_assigned()) == []


def test_another_department_assigned_in_the_same_cycle_does_not_take_the_case_away() -> None:
    moved = department_assigned(department="loans", recused=("clerk-qi",))
    assert on_assignment(*at_submitted(), event=moved) == []
    after = state_of(SERVICE, *at_submitted(), moved)
    assert after.department == "cards" and after.recused == ("clerk-qi",)


def test_an_assignment_of_a_lower_cycle_opens_nothing() -> None:
    waiting = (*at_accepted(), complaint_reopened(stage="judgement"))
    assert on_assignment(*waiting, event=department_assigned(cycle=1)) == []


def test_a_reopened_case_goes_back_to_its_department_without_its_investigators() -> None:
    event = complaint_reopened(excluded=("inv-zhou",))
    assert on_reopening(*at_accepted(), event=event) == [
        InvestigationReopened(at=event.at, by="system", cycle=2, department="cards", excluded=("inv-mei", "inv-zhou"))
    ]


def test_an_assignment_to_a_complaint_that_is_over_opens_nothing() -> None:
    assert on_assignment(registered(), classified(), withdrawn(), event=department_assigned()) == []


def test_what_was_established_in_an_old_system_is_investigated_here() -> None:
    event = taken_over()
    assert on_taking_over(registered(), event=event) == [
        InvestigationOpened(at=event.at, by="system", cycle=1, department="cards")
    ]
    assert on_assignment(registered(), event, opened(), event=department_assigned()) == []


def test_what_was_not_established_there_waits_for_its_judgement_or_for_the_callback() -> None:
    for stage in ("acknowledged", "resolved"):
        assert on_taking_over(registered(), event=taken_over(stage=stage)) == []
    assert on_taking_over(registered(), event=taken_over(department=None)) == []


def test_a_case_whose_findings_stand_is_not_investigated_again() -> None:
    assert on_reopening(*at_accepted(), event=complaint_reopened(stage="resolution")) == []


def test_without_findings_that_could_stand_it_is_investigated() -> None:
    event = complaint_reopened(stage="resolution", excluded=("old-hand",))
    before = (registered(), taken_over(stage="resolved"))
    assert on_reopening(*before, event=event) == [
        InvestigationReopened(at=event.at, by="system", cycle=2, department="cards", excluded=("old-hand",))
    ]


def test_whoever_was_barred_before_stays_barred() -> None:
    first = (*at_opened()[:-2], department_assigned(recused=("clerk-qi",)), opened(recused=("clerk-qi",)), assigned())
    third = complaint_reopened(cycle=3, excluded=())
    second = (complaint_reopened(), investigation_reopened(), assigned("inv-an", cycle=2), replaced(cycle=2))
    (reopened,) = on_reopening(*first, *second, event=third)
    assert isinstance(reopened, InvestigationReopened)
    assert (reopened.cycle, reopened.recused) == (3, ("clerk-qi",))
    assert reopened.excluded == ("inv-mei", "inv-an", "inv-tao")


def test_a_case_to_be_judged_again_waits_for_a_department() -> None:
    event = complaint_reopened(stage="judgement")
    assert on_reopening(*at_accepted(), event=event) == []


def test_judged_again_it_is_opened_with_whom_an_interest_bars() -> None:
    reopened = complaint_reopened(stage="judgement", excluded=("triage-hua", "agent-lin"))
    event = department_assigned(cycle=2, department="loans", recused=("clerk-qi",))
    (again,) = on_assignment(*at_accepted(), reopened, event=event)
    assert isinstance(again, InvestigationOpened)
    assert (again.cycle, again.department) == (2, "loans")
    assert again.recused == ("clerk-qi",), "who handled an earlier cycle has no interest in the case"


def test_the_same_reopening_is_answered_once() -> None:
    assert on_reopening(*at_second_cycle(), event=complaint_reopened(cycle=2)) != []
    after = state_of(SERVICE, *at_second_cycle())
    assert when_complaint_reopened_reopen_investigation(after, complaint_reopened()) == []


def test_a_reopening_of_what_was_never_here_waits_for_a_department() -> None:
    assert on_reopening(registered(), event=complaint_reopened()) == []


def test_a_department_assigned_after_the_investigation_reopened_changes_nothing() -> None:
    assert on_assignment(*at_second_cycle(), conflict_declared(cycle=2), event=department_assigned(cycle=2)) == []
