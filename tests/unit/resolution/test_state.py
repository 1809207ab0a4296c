"""What resolution remembers of each fact."""

from dataclasses import replace

import pytest

from services.resolution.accountability import Accountability
from services.resolution.remedy import Approval, Payment
from services.resolution.state import FOLDS, LEARNS, Resolution, Settled
from shared.decide import Actor
from shared.events import resolution as facts
from shared.events.base import all_events
from shared.events.intake import ResponsibleDepartmentAssigned
from shared.events.investigation import ConflictDeclared, FindingsAccepted
from shared.packs.house import HOUSE_LIMITS
from shared.reference.customers import CustomerFile
from shared.reference.staff import StaffMember
from tests.unit.resolution.case import resolution
from tests.unit.resolution.examples import (
    AGENT,
    BAO,
    CHEN,
    EXECUTOR,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    ROOMS,
    SERVICE,
    SIGNATURE,
    A,
    Told,
    classified,
    closed,
    completed,
    corrected_to,
    final_position,
    found,
    overdue,
    raised,
    reopened,
    sealed,
    withdrawal_granted,
    withdrawal_refused,
)


def test_the_rooms_hold_what_happens_here_and_later() -> None:
    assert len(SERVICE.handlers) == 25
    assert [view.name for view in ROOMS.views] == [
        "accountability", "actions", "approvals", "executions", "offers", "payments", "remedies", "resolutions"
    ]  # fmt: skip
    assert [guard.name for guard in SERVICE.guards] == ["customer_total", "payment_reference"]
    assert [(each.later.kind, each.provider) for each in ROOMS.effects] == [
        ("payment", "payments"), ("reversal", "payments")
    ]  # fmt: skip
    assert [each.later.kind for each in ROOMS.deadlines] == ["offer_lapses", "action_overdue"]
    assert [each.name for each in SERVICE.reactions] == ["when_withdrawal_requested_answer"]


def test_it_learns_what_decides_on_the_case_its_course_its_customer_and_the_directory() -> None:
    assert {event.wire_type for event in LEARNS} == {
        "complaint.classified",
        "complaint.reclassified",
        "complaint.escalated-to-special",
        "complaint.downgraded",
        "complaint.department-assigned",
        "complaint.registration-corrected",
        "complaint.withdrawal-requested",
        "complaint.withdrawn",
        "complaint.referred",
        "complaint.registered-in-error",
        "investigation.conflict-declared",
        "customer.joined",
        "customer.joined-into",
        "customer.parted",
        "customer.parted-from",
        "staff.deputy-named",
        "staff.deputy-ended",
        "investigation.findings-accepted",
        "complaint.reopened",
        "complaint.closed",
        "staff.joined",
        "staff.moved",
        "staff.reporting-line-set",
        "staff.left",
        "limits.proposed",
        "limits.activated",
    }
    assert FOLDS["limits"].initial is HOUSE_LIMITS
    assert FOLDS["staff"].initial == StaffMember()
    assert (FOLDS["person"].initial, FOLDS["accountability"].initial) == (CustomerFile(), Accountability())


def test_every_fact_of_its_own_has_a_meaning_here() -> None:
    ended = (A.taken_back(), A.returned(), A.rejected(), A.declined(), A.lapsed(), A.failed(), A.unknown())
    back = (A.to_reverse(), A.reversal_refused(), A.reversed(), A.booked())
    actions = (raised(), completed(), overdue())
    withdrawal = (withdrawal_granted(), withdrawal_refused())
    rest = (A.escalated(), *A.reconciled(paid=True), final_position())
    told = (*A.up_to_the_end(), *ended, *back, *actions, *withdrawal, *rest)
    own = {event for event in all_events().values() if issubclass(event, facts.FromResolution)}
    assert {type(event) for event in told if isinstance(event, facts.FromResolution)} == own


def test_each_fact_takes_the_remedy_one_step_on() -> None:
    assert resolution(found()).findings == found()
    assert [option.id for option in resolution(found(), A.proposed()).options] == [A.option]
    submitted = resolution(*A.up_to_submission()).remedy
    assert submitted is not None and submitted.option.digest == A.digest and submitted.approvals == ()
    assert submitted.person == CHEN
    approved = resolution(*A.up_to_approval()).remedy
    assert approved is not None and approved.approvals == (Approval(LEAD.id, "department_lead", "cards"),)
    offered = resolution(*A.up_to_offer()).remedy
    assert offered is not None and offered.offer is not None and offered.offer.proof == "post-1"
    accepted = resolution(*A.up_to_acceptance()).remedy
    assert accepted is not None and accepted.acceptance == SIGNATURE
    started = resolution(*A.up_to_start()).remedy
    assert started is not None and started.running == Payment("pay-1", 1, frozenset({EXECUTOR.id}))
    assert (started.attempts, started.executors) == (1, frozenset({EXECUTOR.id}))
    failed = resolution(*A.up_to_start(), A.failed()).remedy
    assert failed is not None and (failed.running, failed.attempts, failed.done) == (None, 1, 0)
    done = resolution(*A.up_to_start(), A.stepped()).remedy
    assert done is not None and (done.running, done.attempts, done.done) == (None, 0, 1)
    unknown = resolution(*A.up_to_start(), A.unknown()).remedy
    assert unknown is not None and unknown.running == Payment("pay-1", 1, frozenset({EXECUTOR.id}), unknown=True)


def test_a_returned_or_declined_remedy_leaves_only_its_option() -> None:
    returned = resolution(*A.up_to_offer(), A.returned())
    declined = resolution(*A.up_to_offer(), A.declined())
    assert (returned.remedy, declined.remedy) == (None, None)
    assert (returned.options[0].ended, declined.options[0].ended) == ("returned", "declined")
    assert (returned.rounds, declined.rounds, declined.last_approvers) == (0, 1, frozenset({LEAD.id}))
    assert resolution(*A.up_to_offer(), A.lapsed()).rounds == 1


def test_what_was_executed_and_settled_is_remembered_for_ever() -> None:
    state = resolution(*A.up_to_the_end(), reopened())
    assert state.given == ((A.digest, A.amount),)
    assert state.settled == (Settled("pay-1", receipt="receipt-1"),)
    assert state.acted == {OFFICER.id, LEAD.id, AGENT.id, EXECUTOR.id}


def test_a_reopening_forgets_options_remedy_and_conclusion() -> None:
    before = resolution(*A.up_to_the_end(), closed())
    assert (before.concluded, before.closed, before.cycle) == ("executed", True, 1)
    after = resolution(*A.up_to_the_end(), closed(), reopened())
    assert (after.options, after.remedy, after.concluded, after.closed, after.cycle) == ((), None, None, False, 2)


def test_a_reopening_at_resolution_lets_the_findings_stand_and_any_other_does_not() -> None:
    before = A.up_to_the_end()
    assert resolution(*before, reopened(stage="resolution")).standing_findings == found()
    assert resolution(*before, reopened(stage="investigation")).standing_findings is None
    assert resolution(*before, reopened(), reopened(3, stage="resolution")).standing_findings is None
    again = resolution(*before, reopened(), found(cycle=2), reopened(3, stage="resolution"))
    assert again.standing_findings == found(cycle=2)


def test_a_withdrawal_that_was_granted_shuts_the_stream_until_a_reopening() -> None:
    granted = resolution(*A.up_to_approval(), withdrawal_granted(A.digest))
    assert (granted.shut, granted.remedy) == ("withdrawn", None)
    assert resolution(*A.up_to_approval(), withdrawal_granted(A.digest), reopened()).shut is None
    late = resolution(*A.up_to_the_end(), reopened(), withdrawal_granted())
    assert (late.shut, late.cycle) == (None, 2)


def test_no_remedy_is_remembered_as_such() -> None:
    assert resolution(*NOTHING.up_to_the_end()).concluded == "no_remedy"


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (LEAD, True),
        (replace(LEAD, department="loans"), False),
        (Actor("a", "approver", "head-office"), True),
        (Actor("c", "compliance_officer", "compliance"), True),
        (Actor("system", "system", "system"), True),
    ],
)
def test_a_restricted_case_is_open_to_its_department_and_to_roles_that_read_all(actor: Actor, may: bool) -> None:
    assert resolution(found(restricted=True)).open_to(actor) is may
    assert resolution(found(restricted=True), reopened()).open_to(actor) is may
    assert resolution(found()).open_to(actor)
    assert Resolution().open_to(actor)
    assert resolution(classified(restricted=True)).open_to(actor) is (may and actor != LEAD)
    assert resolution(found(), classified(restricted=True)).open_to(actor) is may
    assert resolution(classified(restricted=True), found()).open_to(actor) is may
    assert resolution(found(restricted=True), classified()).open_to(actor) is may


def test_what_is_classified_after_the_findings_counts_and_makes_nothing_milder() -> None:
    graver = (found(), classified(severity="special", complained_of=("lead-9",)))
    assert resolution(*graver).severity == "special"
    assert resolution(*graver).barred == {"lead-9", "recused-1"}
    assert resolution(*graver, classified()).severity == "special"
    assert resolution(found(severity="special"), classified()).severity == "special"
    assert resolution(*graver, reopened()).barred == {"lead-9", "recused-1"}
    assert resolution(*graver, classified()).barred == {"lead-9", "recused-1"}


def test_a_fact_without_the_one_it_rests_on_is_a_gap_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="gap"):
        resolution(found(), A.submitted())
    with pytest.raises(ValueError, match="gap"):
        resolution(found(), A.proposed(), A.approved())


def test_the_state_before_anything_happened_knows_nothing() -> None:
    assert Resolution().severity == "ordinary"
    assert Resolution().findings is None
    later: FindingsAccepted = found(cycle=2)
    assert resolution(reopened(), found(cycle=1), later).findings == later


def test_facts_of_one_remedy_do_not_touch_another() -> None:
    b = Told("option-b")
    state = resolution(found(), A.proposed(), A.submitted(), A.returned(), b.proposed(), b.submitted())
    assert [(option.id, option.ended) for option in state.options] == [("option-a", "returned"), ("option-b", None)]
    assert state.remedy is not None and state.remedy.option.id == "option-b"


def test_what_was_booked_back_counts_as_given_no_more() -> None:
    assert resolution(*A.up_to_reversal()).given == ((A.digest, A.amount),)
    assert resolution(*A.up_to_reversal(), A.booked(refused="closed")).given == ((A.digest, A.amount),)
    back = resolution(*A.up_to_reversal(), reopened(), A.booked())
    assert back.given == ()
    assert back.settled[-1] == Settled("rev-1", receipt="receipt-9")
    with pytest.raises(ValueError, match="gap"):
        resolution(*A.up_to_the_end(), A.booked())


def test_whoever_was_recused_by_intake_or_declared_a_conflict_is_barred_for_good() -> None:
    assigned = ResponsibleDepartmentAssigned(at=NOON, by="triage-1", cycle=1, department="cards", recused=("uncle-1",))
    conflict = ConflictDeclared(at=NOON, by="aunt-1", cycle=1, person="aunt-1", nature=sealed("a niece"))
    assert resolution(found(), assigned, conflict, reopened()).barred == {"recused-1", "uncle-1", "aunt-1"}


def test_a_corrected_customer_stays_corrected_whatever_findings_say() -> None:
    assert resolution(found(), corrected_to(BAO)).person == BAO
    assert resolution(corrected_to(BAO), found()).person == BAO
    assert resolution(found()).person == CHEN
