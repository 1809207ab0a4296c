"""What the questions of intake are answered from, fact by fact."""

from datetime import timedelta
from typing import get_args

import pytest

from services.intake.views.awaiting import Waiting
from services.intake.views.particulars import Particulars
from services.intake.views.register import Entry
from shared.events.base import Event
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.intake import (
    ComplaintAcknowledged,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintHandedOver,
    ComplaintReportedUpward,
    ComplaintWithdrawn,
    ComplianceSignedOff,
    ConfirmationDeadlinePassed,
    CourtesyReplySent,
    CustomerChased,
    DuplicateDismissed,
    DuplicateSuspected,
    IntakeEvent,
    NoteAdded,
    NoteCorrected,
    ProgressTold,
    WithdrawalConfirmed,
    WithdrawalDenied,
    WithdrawalDisputed,
)
from shared.events.vocabulary import ExternalReference
from shared.projections.scope import STAFF
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    MORNING,
    NOON,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REVIEWER,
    ROOMS,
    ZHAO,
    acknowledged,
    assigned,
    classified,
    closed,
    established,
    registered,
    rejection_proposed,
    rejection_returned,
    reopened,
    replied,
    row_of,
    special,
    words,
)

REGISTER = ROOMS.view("register")
PARTICULARS = ROOMS.view("particulars")
AWAITING = ROOMS.view("awaiting_judgement")


def test_a_registered_complaint_stands_in_the_register() -> None:
    fact = registered(
        contact=words("138"), product=words("Gold card"), external=ExternalReference(source="cfpb", id="4711")
    )
    entry = Entry.model_validate(row_of(REGISTER, fact))
    assert entry == Entry(
        complaint_id=str(COMPLAINT), number="7K3M-0Q9Z", status="registered", person=ZHAO, complainant="赵敏",
        contact="138", channel="phone", received_at=MORNING, registered_at=NOON, product="Gold card", category=None,
        severity="ordinary", vulnerable=False, restricted=False, department=None, cycle=1, external_source="cfpb",
        external_id="4711", updated_at=NOON, withdrawing=False, voiding=False, on_file=False, happened_at=None,
        claimed=None, claimed_currency=None, joint=1, language="zh", urgent=False, owner=AGENT.id, chased=0,
        reported_upward=0, suspected_duplicates=None, dismissed_duplicates=None, duplicate_of=None,
        contact_instead=None, from_contact=None, from_system=None, regulator_reference=None,
    )  # fmt: skip


def test_a_registration_needs_no_optional_field() -> None:
    entry = Entry.model_validate(row_of(REGISTER, registered()))
    assert (entry.contact, entry.product, entry.external_source, entry.external_id) == (None, None, None, None)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        (READY, "acknowledged"),
        ((registered(), classified()), "registered"),
        (REJECTION_PROPOSED, "rejection_proposed"),
        ((*REJECTION_PROPOSED, special()), "rejection_proposed"),
        ((*REJECTION_PROPOSED, rejection_returned()), "acknowledged"),
        (REJECTED, "not_established"),
        ((*REJECTED, replied()), "courtesy_replied"),
        ((*REJECTED, replied(), closed()), "closed"),
        (ESTABLISHED, "established"),
        ((*ESTABLISHED, assigned()), "assigned"),
        ((*REJECTED, replied(), reopened()), "reopened"),
        ((*ESTABLISHED, assigned(), reopened(stage="investigation")), "assigned"),
    ],
)
def test_the_register_says_how_far_intake_is(history: tuple[Event, ...], status: str) -> None:
    row = row_of(REGISTER, *history)
    assert Entry.model_validate(row).status == status
    assert row["updated_at"] == NOON + timedelta(minutes=len(history) - 1)


def test_the_register_says_what_it_is_about() -> None:
    row = row_of(REGISTER, registered(), special(vulnerable=True, restricted=True))
    assert (row["category"], row["severity"], row["vulnerable"], row["restricted"]) == (
        "cards.fee",
        "special",
        True,
        True,
    )


def test_the_register_says_which_department_handles_it() -> None:
    assert row_of(REGISTER, *REJECTION_PROPOSED)["department"] is None
    assert row_of(REGISTER, *ESTABLISHED)["department"] == "cards"
    assert row_of(REGISTER, *ESTABLISHED, assigned("loans"))["department"] == "loans"
    assert row_of(REGISTER, *ESTABLISHED, assigned(), reopened(stage="investigation"))["department"] == "cards"
    assert row_of(REGISTER, *ESTABLISHED, assigned(), reopened())["department"] is None


def test_a_reopening_counts_and_may_make_it_special() -> None:
    again = row_of(REGISTER, *REJECTED, replied(), reopened())
    assert (again["cycle"], again["severity"]) == (2, "ordinary")
    assert row_of(REGISTER, *REJECTED, replied(), reopened(special=True))["severity"] == "special"


def test_the_particulars_bear_the_customer_s_words() -> None:
    fact = registered(desired_remedy=words("My money."), proxy=words("Ms Li"), proxy_authority="poa-17")
    shown = Particulars.model_validate(row_of(PARTICULARS, fact, special(complained_of=("wang",))))
    assert (shown.content, shown.desired_remedy) == ("The fee was charged twice.", "My money.")
    assert (shown.proxy, shown.proxy_authority) == ("Ms Li", "poa-17")
    assert (shown.special_reasons, shown.complained_of, shown.restricted) == (["media"], ["wang"], False)


def test_the_particulars_bear_what_was_written_on_establishing_it() -> None:
    shown = Particulars.model_validate(row_of(PARTICULARS, *ESTABLISHED))
    assert (shown.judged_by, shown.judged_in_cycle, shown.days_asked) == (JUDGE.id, 1, 15)
    assert (shown.grounds, shown.demand, shown.department) == ("Sufficient.", "Reasonable.", "cards")
    assert shown.rejection_reasons is None
    assert row_of(PARTICULARS, *ESTABLISHED, assigned("loans"))["department"] == "loans"


def test_the_particulars_bear_what_two_persons_wrote_on_rejecting_it() -> None:
    shown = Particulars.model_validate(row_of(PARTICULARS, *REJECTED, replied()))
    assert (shown.judged_by, shown.rejection_reasons) == (JUDGE.id, "The contract says so.")
    assert (shown.confirmed_by, shown.confirmation_reasons) == (REVIEWER.id, "I agree.")
    assert shown.letter == "We are very sorry."


def test_a_new_judgement_takes_the_place_of_the_old_one() -> None:
    shown = Particulars.model_validate(row_of(PARTICULARS, *REJECTED, established()))
    assert (shown.rejection_reasons, shown.confirmed_by, shown.confirmation_reasons) == (None, None, None)
    shown = Particulars.model_validate(row_of(PARTICULARS, *ESTABLISHED, rejection_proposed()))
    assert shown.days_asked is None


def test_the_particulars_say_why_it_came_back() -> None:
    shown = Particulars.model_validate(row_of(PARTICULARS, *REJECTION_PROPOSED, rejection_returned()))
    assert shown.return_reasons == "Hear the recording."
    shown = Particulars.model_validate(row_of(PARTICULARS, *ESTABLISHED, assigned(), reopened()))
    assert (shown.reopening_explanation, shown.department, shown.judged_in_cycle) == ("Nobody listened.", None, 1)
    assert row_of(PARTICULARS, *ESTABLISHED, assigned(), reopened(stage="investigation"))["department"] == "cards"


@pytest.mark.parametrize(
    ("history", "waits_for"),
    [
        ((registered(),), "acknowledgement"),
        ((registered(), classified()), "acknowledgement"),
        ((registered(), acknowledged()), "classification"),
        (READY, "judgement"),
        (REJECTION_PROPOSED, "second_person"),
        ((*REJECTION_PROPOSED, special()), "second_person"),
        ((*REJECTION_PROPOSED, rejection_returned()), "judgement"),
        ((*REJECTED, replied(), reopened()), "acknowledgement"),
        ((*REJECTED, replied(), reopened(), acknowledged(2)), "judgement"),
    ],
)
def test_the_worklist_says_what_is_to_be_done_next(history: tuple[Event, ...], waits_for: str) -> None:
    assert Waiting.model_validate(row_of(AWAITING, *history)).model_dump()["waits_for"] == waits_for


def test_the_worklist_says_who_can_not_be_the_second_person() -> None:
    row = row_of(AWAITING, *REJECTION_PROPOSED)
    assert (row["proposed_by"], row["department_complained_of"], row["department"]) == (JUDGE.id, "cards", None)
    returned = row_of(AWAITING, *REJECTION_PROPOSED, rejection_returned())
    assert (returned["proposed_by"], returned["department_complained_of"]) == (None, None)
    again = row_of(AWAITING, *REJECTED, replied(), reopened())
    assert (again["proposed_by"], again["department_complained_of"]) == (None, None)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        (ESTABLISHED, "judged"),
        (REJECTED, "judged"),
        ((*ESTABLISHED, assigned(), reopened(stage="investigation")), "judged"),
        ((*REJECTED, replied(), closed()), "closed"),
    ],
)
def test_what_is_judged_leaves_the_worklist(history: tuple[Event, ...], status: str) -> None:
    assert row_of(AWAITING, *history)["status"] == status


def test_the_worklist_keeps_to_the_case_s_scope_and_severity() -> None:
    row = row_of(AWAITING, registered(), special(restricted=True), acknowledged(), established())
    assert (row["restricted"], row["department"], row["severity"], row["category"]) == (
        True,
        "cards",
        "special",
        "cards.fee",
    )
    assert row_of(AWAITING, *REJECTED, replied(), reopened(special=True))["severity"] == "special"
    assert row_of(AWAITING, *ESTABLISHED, assigned(), reopened())["department"] is None


def test_the_register_answers_to_every_fact_that_changes_it() -> None:
    facts = set(get_args(IntakeEvent)) | {ComplaintReopened, ComplaintClosed}
    remarks = {NoteAdded, NoteCorrected, ProgressTold}
    of_the_sheet = {CustomerChased, ComplaintHandedOver, ComplaintReportedUpward, ComplianceSignedOff}
    of_duplicates = {DuplicateSuspected, DuplicateDismissed}
    of_the_word = {WithdrawalConfirmed, WithdrawalDisputed, ConfirmationDeadlinePassed}
    assert facts - set(REGISTER.steps) == remarks | of_the_word | {ComplianceSignedOff}
    assert facts - set(PARTICULARS.steps) == remarks | of_the_sheet | of_duplicates | {
        ComplaintAcknowledged, ComplaintClosed, ComplaintEscalatedToSpecial, ComplaintDowngraded, ComplaintWithdrawn,
        WithdrawalDenied, ConfirmationDeadlinePassed,
    }  # fmt: skip
    assert facts - set(AWAITING.steps) == remarks | of_the_sheet | of_duplicates | {CourtesyReplySent}
    assert facts - set(ROOMS.view("handling_sheet").steps) == {ComplaintClosed}


def test_questions_are_for_the_staff_and_keep_restricted_cases_to_those_who_may() -> None:
    of_customers = ("customers", "contacts", "contact_records", "lookup", "proxies")
    for view in (view for view in ROOMS.views if view.name not in of_customers):
        assert {"department", "restricted"} <= {column.name for column in view.columns}
        for question in view.questions:
            assert set(question.may) <= {*STAFF, "regulator_desk"}
            assert question.where is not None


def test_nothing_personal_stands_in_an_undeclared_column() -> None:
    assert REGISTER.personal == {"complainant", "contact", "product"}
    assert AWAITING.personal == frozenset()
    assert {"content", "desired_remedy", "proxy", "letter"} <= PARTICULARS.personal


def test_lists_stay_light() -> None:
    assert not {"content", "desired_remedy"} & {column.name for column in (*REGISTER.columns, *AWAITING.columns)}


def test_everyone_s_hands_are_known_by_id_only() -> None:
    assert row_of(PARTICULARS, *REJECTED)["judged_by"] == JUDGE.id != AGENT.id
