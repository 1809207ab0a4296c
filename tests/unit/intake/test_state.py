"""What intake knows after each fact."""

from dataclasses import replace

import pytest

from services.intake.state import LEARNS, Assignment, Classification, Entry, Intake, Judgement, Told
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.directory import DeputyEnded, DeputyNamed, ReportingLineSet, StaffJoined, StaffLeft, StaffMoved
from shared.events.intake import ComplaintClassified
from shared.events.investigation import ConflictDeclared
from shared.events.resolution import WithdrawalGranted, WithdrawalRefused
from shared.privacy.personal import Personal
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember
from tests.sentences import in_name_of, state_of
from tests.unit.intake.contact_story import CLERK, handled, recorded
from tests.unit.intake.examples import (
    AGENT,
    CARDS_LEAD,
    ESTABLISHED,
    JUDGE,
    LOANS_LEAD,
    MORNING,
    NOON,
    OTHER_AGENT,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REVIEWER,
    SERVICE,
    ZHAO,
    acknowledged,
    assigned,
    classified,
    closed,
    established,
    intake,
    registered,
    rejection_returned,
    reopened,
    replied,
    special,
)

CLASSIFIED = Classification("cards.fee", "ordinary", (), False, False, ())


def test_in_whose_name_somebody_handled_it_handled_it_too() -> None:
    state = intake(registered(), in_name_of(OTHER_AGENT, acknowledged(by="deputy-1")))
    assert state.handled_by == (AGENT.id, "deputy-1", OTHER_AGENT.id)
    contact = state_of(SERVICE, recorded("service"), in_name_of(CLERK, handled(by="deputy-1")), category="contact")
    assert contact.handlers == {"deputy-1", CLERK.id}


def test_nothing_is_known_before_the_first_fact() -> None:
    state = intake()
    assert state == Intake()
    assert not state.registered and state.severity == "ordinary" and state.verdict is None and state.department is None


def test_a_registration_makes_it_known() -> None:
    entry = Entry("7K3M-0Q9Z", MORNING, "phone")
    known = Intake(version=1, person=ZHAO, owner=AGENT.id, handled_by=(AGENT.id,), entry=entry)
    assert intake(registered()) == known
    assert intake(registered()).registered


def test_an_acknowledgement_is_known_by_its_proof() -> None:
    assert intake(registered(), acknowledged()).acknowledged == Told("sms", "sms-1")


def test_a_classification_is_known_whole() -> None:
    state = intake(registered(), special(vulnerable=True, restricted=True, complained_of=("wang",)))
    assert state.classification == Classification("cards.fee", "special", ("media",), True, True, ("wang",))
    assert (state.severity, state.restricted, state.complained_of) == ("special", True, ("wang",))
    assert intake(*READY).classification == CLASSIFIED


def test_an_established_complaint_has_a_department_at_once() -> None:
    state = intake(*ESTABLISHED)
    assert state.judgement == Judgement(JUDGE.id, "established", "cards")
    assert state.department == "cards"


def test_an_assignment_names_the_department_that_answers() -> None:
    state = intake(*ESTABLISHED, assigned("loans", ("wang",)))
    assert state.assigned == Assignment("loans", ("wang",))
    assert state.department == "loans"


def test_a_proposed_rejection_gives_it_to_no_department() -> None:
    state = intake(*REJECTION_PROPOSED)
    assert state.judgement == Judgement(JUDGE.id, "rejection_proposed", "cards")
    assert state.department is None


def test_a_returned_rejection_leaves_no_judgement() -> None:
    assert intake(*REJECTION_PROPOSED, rejection_returned()).judgement is None


def test_a_confirmed_rejection_bears_both_persons() -> None:
    state = intake(*REJECTED)
    assert state.judgement == Judgement(JUDGE.id, "not_established", "cards", confirmed_by=REVIEWER.id)
    assert state.handled_by == (AGENT.id, JUDGE.id, REVIEWER.id)


def test_a_reply_is_known_by_its_proof() -> None:
    assert intake(*REJECTED, replied()).replied == Told("letter", "post-1")


def test_closing_closes_and_reopening_opens() -> None:
    assert intake(*REJECTED, replied(), closed()).closed
    assert not intake(*REJECTED, replied(), closed(), reopened()).closed


def test_a_reopening_for_judgement_starts_over() -> None:
    before = intake(*REJECTED, replied())
    assert intake(*REJECTED, replied(), reopened(excluded=("x-1",))) == replace(
        before,
        cycle=2,
        acknowledged=None,
        judgement=None,
        replied=None,
        excluded=frozenset({"x-1", JUDGE.id, REVIEWER.id}),
    )


def test_a_reopening_for_investigation_leaves_it_established() -> None:
    state = intake(*ESTABLISHED, assigned(), reopened(stage="investigation"))
    assert state.judgement == Judgement(JUDGE.id, "established", "cards")
    assert (state.cycle, state.assigned, state.acknowledged) == (2, Assignment("cards", ()), None)


def test_a_rejection_of_an_earlier_cycle_never_counts_in_a_later_one() -> None:
    assert intake(*REJECTED, replied(), reopened(stage="investigation")).judgement is None


def test_a_reopening_that_makes_it_special_lasts() -> None:
    history = (*REJECTED, replied(), reopened(special=True), reopened(cycle=3), classified(cycle=3))
    assert intake(*history).severity == "special"


def test_whoever_judged_in_any_earlier_cycle_stays_excluded() -> None:
    history = (*REJECTED, replied(), reopened(), acknowledged(2), established(2, by="triage-2"), reopened(3))
    assert intake(*history).excluded == {JUDGE.id, REVIEWER.id, "triage-2"}


def test_callers_are_nobody_who_acted_in_intake() -> None:
    assert "caller-1" not in intake(*REJECTED, replied(), reopened(), closed(2)).handled_by


@pytest.mark.parametrize("actor", [AGENT, JUDGE, CARDS_LEAD, LOANS_LEAD])
def test_an_unrestricted_case_is_open_to_all(actor: Actor) -> None:
    assert intake(*READY).open_to(actor)


def restricted_and(*events: Event) -> Intake:
    return intake(registered(), classified(restricted=True), *events)


def test_a_restricted_case_is_open_to_its_department_only() -> None:
    for state in (restricted_and(established()), restricted_and(established(department="loans"), assigned())):
        assert state.open_to(CARDS_LEAD)
        assert not state.open_to(LOANS_LEAD)
        assert not state.open_to(AGENT)


def test_a_restricted_case_without_a_department_is_open_to_nobody_s_department() -> None:
    assert not restricted_and().open_to(AGENT)
    assert not restricted_and().open_to(Actor("x-1", "agent", ""))


@pytest.mark.parametrize("role", sorted(READ_ALL))
def test_a_restricted_case_is_open_to_those_who_decide_on_all(role: str) -> None:
    assert restricted_and(established()).open_to(Actor("x-1", role, "elsewhere"))


def test_intake_learns_reopening_closing_conflicts_the_answer_to_a_withdrawal_and_the_staff() -> None:
    of_the_staff = {StaffJoined, StaffMoved, ReportingLineSet, StaffLeft, DeputyNamed, DeputyEnded}
    answers = {WithdrawalGranted, WithdrawalRefused}
    assert {ComplaintReopened, ComplaintClosed, ConflictDeclared} | answers | of_the_staff == LEARNS
    assert ComplaintClassified not in LEARNS


def test_intake_folds_the_staff_as_everyone_does() -> None:
    joined = StaffJoined(
        at=NOON, by="admin", name=Personal.of("staff:x-1", "X"), department="cards", roles=("agent",), reports_to="boss"
    )
    gone = StaffLeft(at=NOON, by="admin")
    assert state_of(SERVICE, joined, gone, category="staff") == StaffMember(True, True, "cards", ("agent",), "boss")
