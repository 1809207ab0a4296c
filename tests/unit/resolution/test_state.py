"""What resolution remembers of each fact."""

from dataclasses import replace

import pytest

from services.resolution.state import FOLDS, LEARNS, Approval, Resolution, Settled
from shared.decide import Actor, NotYetSeen
from shared.events import resolution as facts
from shared.events.base import all_events
from shared.events.investigation import FindingsAccepted
from shared.packs.house import HOUSE_LIMITS
from shared.reference.staff import StaffMember
from tests.unit.resolution.case import resolution
from tests.unit.resolution.examples import (
    AGENT,
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
    found,
    reopened,
)


def test_the_rooms_hold_ten_commands_three_views_one_guard_and_one_effect() -> None:
    assert len(SERVICE.handlers) == 10
    assert [view.name for view in ROOMS.views] == ["approvals", "remedies", "resolutions"]
    assert [guard.name for guard in SERVICE.guards] == ["customer_total"]
    assert [effect.provider for effect in ROOMS.effects] == ["payments"]
    assert (ROOMS.deadlines, SERVICE.reactions) == ((), ())


def test_it_learns_classification_findings_reopening_closing_and_the_directory() -> None:
    assert {event.wire_type for event in LEARNS} == {
        "complaint.classified",
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


def test_every_fact_of_its_own_has_a_meaning_here() -> None:
    told = (*A.up_to_the_end(), A.returned(), A.declined(), A.failed())
    own = {event for event in all_events().values() if event.source == "resolution"}
    assert {type(event) for event in told if isinstance(event, facts.FromResolution)} == own


def test_each_fact_takes_the_remedy_one_step_on() -> None:
    assert resolution(found()).findings == found()
    assert [option.id for option in resolution(found(), A.proposed()).options] == [A.option]
    submitted = resolution(*A.up_to_submission()).remedy
    assert submitted is not None and submitted.option.digest == A.digest and submitted.approval is None
    approved = resolution(*A.up_to_approval()).remedy
    assert approved is not None and approved.approval == Approval(LEAD.id, "department_lead", "cards")
    offered = resolution(*A.up_to_offer()).remedy
    assert offered is not None and offered.offer is not None and offered.offer.proof == "post-1"
    accepted = resolution(*A.up_to_acceptance()).remedy
    assert accepted is not None and accepted.acceptance == SIGNATURE
    started = resolution(*A.up_to_start()).remedy
    assert started is not None and (started.payment, started.attempts) == ("pay-1", 1)
    failed = resolution(*A.up_to_start(), A.failed()).remedy
    assert failed is not None and (failed.payment, failed.attempts) == (None, 1)


def test_a_returned_or_declined_remedy_leaves_only_its_option() -> None:
    returned = resolution(*A.up_to_offer(), A.returned())
    declined = resolution(*A.up_to_offer(), A.declined())
    assert (returned.remedy, declined.remedy) == (None, None)
    assert (returned.options[0].ended, declined.options[0].ended) == ("returned", "declined")


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


def test_nothing_is_concluded_without_findings() -> None:
    remedy = resolution(*A.up_to_submission()).remedy
    assert remedy is not None
    with pytest.raises(NotYetSeen):
        Resolution().conclusion(remedy, NOON, EXECUTOR.id)
