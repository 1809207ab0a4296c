"""Where a complaint stands, as its events say."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from services.desk.stages import SOLVED, TO_CALL, WAITS_FOR, Stage
from services.desk.standing import Standing, mine, unsolved, visible
from services.desk.views.cases import VIEW
from shared.decide import Actor
from shared.events import callback, intake, investigation, language, resolution
from shared.events.base import ComplaintEvent, Event, all_events
from shared.events.vocabulary import Money
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.folding import Row
from tests.rows import keys_shown, rows_of
from tests.unit.desk.facts import COMPLAINT, DAY, DIGEST, NOON, concluded, fact, registered, satisfied

KEY = str(COMPLAINT)
FIFTY = Money(minor=5_000, currency="CNY")
NOTHING = Money(minor=0, currency="CNY")
DECIDE_BY = NOON + 16 * DAY
"""Of `established()`: fifteen days were asked for, a day after noon."""
PROMISED, LAPSES = NOON + 40 * DAY, NOON + 30 * DAY
MOVES_NOTHING: set[type[ComplaintEvent]] = {
    intake.NoteAdded, intake.NoteCorrected, intake.ProgressTold, intake.DuplicateSuspected, intake.DuplicateDismissed,
    intake.ComplianceSignedOff, intake.WithdrawalDisputed, intake.ConfirmationDeadlinePassed,
    investigation.EvidenceAdded, investigation.StatementTaken, investigation.InformationOverdue,
    investigation.CauseIdentified,
    resolution.RemedyOptionWithdrawn, resolution.ApprovalEscalated, resolution.FinalPositionStated,
    resolution.PaymentReconciled, resolution.RemedyExecuted, resolution.ReversalBooked, resolution.WithdrawalGranted,
    resolution.WithdrawalRefused, resolution.CorrectiveActionRaised, resolution.CorrectiveActionCompleted,
    resolution.CorrectiveActionOverdue,
    callback.CallbackDeadlinePassed, callback.ReviewDeadlinePassed, callback.ExternalReferralRecorded,
}  # fmt: skip
"""Facts after which a complaint stands where it stood: another fact beside them says what follows, or nothing does."""


def standing(*events: Event) -> Row:
    return rows_of(VIEW, COMPLAINT, *events)[KEY]


def stages(*events: Event) -> list[str]:
    """The stage after each of them."""
    return [standing(*events[: n + 1])["stage"] for n in range(len(events))]


def established(after: timedelta = DAY, **fields: Any) -> intake.ComplaintEstablished:
    told: dict[str, Any] = {"department": "cards", "days_asked": 15}
    return fact(intake.ComplaintEstablished, after, "wang.qiang", **told | fields)


def investigating(investigator: str = "amira.haddad") -> investigation.InvestigatorAssigned:
    return fact(investigation.InvestigatorAssigned, 2 * DAY, "zhou.jie", investigator=investigator)


def found() -> investigation.FindingsAccepted:
    return fact(investigation.FindingsAccepted, 3 * DAY, "zhou.jie", verdict="upheld", cause="system-fault")


def submitted(amount: Money = FIFTY, kind: str = "refund", digest: str = DIGEST) -> resolution.RemedySubmitted:
    terms: dict[str, Any] = {"digest": digest, "amount": amount, "kind": kind, "execute_by": PROMISED}
    return fact(resolution.RemedySubmitted, 4 * DAY, "liu.yan", **terms)


def approved(step: int = 1, of: int = 1) -> resolution.RemedyApproved:
    return fact(resolution.RemedyApproved, 5 * DAY, "tang.yi", digest=DIGEST, step=step, of=of)


def offered() -> resolution.RemedyOffered:
    return fact(resolution.RemedyOffered, 6 * DAY, "liu.yan", digest=DIGEST, lapses_at=LAPSES)


def to_call(due: timedelta = 10 * DAY, **fields: Any) -> callback.CallbackScheduled:
    told = {"due_at": NOON + due, "call_by": NOON + due - timedelta(hours=4)}
    return fact(callback.CallbackScheduled, 7 * DAY, "system", **told | fields)


def called(outcome: str = "reached") -> callback.CallbackAttempted:
    return fact(callback.CallbackAttempted, 8 * DAY, "huang.ting", outcome=outcome)


DECIDED = (registered(), established(), investigating(), found(), submitted(), approved())
CLOSED = (*DECIDED, concluded(7 * DAY), to_call(), called(), satisfied(8 * DAY),
          fact(callback.ComplaintClosed, 9 * DAY, outcome="satisfied"))  # fmt: skip


def test_every_stage_says_whom_it_waits_for() -> None:
    assert set(WAITS_FOR) == set(get_args(Stage))
    assert set(get_args(Stage)) >= SOLVED.union(TO_CALL)


def test_every_fact_of_a_complaint_moves_it_or_is_known_to_move_nothing() -> None:
    modules = {module.__name__ for module in language.MODULES}
    told = {each for each in all_events().values() if issubclass(each, ComplaintEvent) and each.__module__ in modules}
    assert {each.__name__ for each in told - VIEW.steps.keys()} == {each.__name__ for each in MOVES_NOTHING}


@pytest.mark.parametrize("kind", list(VIEW.steps), ids=lambda each: each.__name__)
def test_after_any_single_fact_it_can_be_shown(kind: type[ComplaintEvent]) -> None:
    Standing.model_validate(standing(registered(), fact(kind, DAY, cycle=1)))


def test_a_complaint_is_due_at_once_when_it_is_received() -> None:
    row = standing(registered())
    assert (row["stage"], row["waits_for"], row["due_at"], row["owner"]) == ("registered", "agent", NOON - DAY, "li.na")
    assert row["solved"] is False


def test_what_a_machine_registered_is_kept_track_of_by_nobody_yet() -> None:
    assert standing(registered(by="system"))["owner"] is None


def test_an_established_complaint_is_due_when_the_time_asked_for_is_over() -> None:
    row = standing(registered(), established())
    assert (row["stage"], row["department"], row["due_at"]) == ("established", "cards", DECIDE_BY)


def test_it_goes_round_the_loop() -> None:
    story = [
        registered(),
        fact(intake.ComplaintAcknowledged),
        established(),
        fact(investigation.InvestigationOpened, by="system", department="cards"),
        investigating(),
        fact(investigation.FindingsSubmitted, by="amira.haddad"),
        found(),
        submitted(),
        approved(),
        offered(),
        fact(resolution.RemedyAccepted, by="yang.fan"),
        fact(resolution.RemedyExecutionStarted, by="deng.hong"),
        fact(resolution.RemedyStepExecuted, by="system"),
        concluded(7 * DAY),
        to_call(),
        called(),
        satisfied(8 * DAY),
        fact(callback.ComplaintClosed, 9 * DAY, outcome="satisfied"),
        fact(callback.CaseSummarised, 9 * DAY, by="wang.qiang"),
        fact(callback.ComplaintArchived, 9 * DAY, by="system"),
    ]
    assert stages(*story) == [
        "registered", "acknowledged", "established", "investigation_opened", "investigating", "findings_submitted",
        "findings_accepted", "approval_pending", "approved", "offered", "accepted", "executing", "executing",
        "concluded", "callback_due", "reached", "satisfied", "closed", "summarised", "archived",
    ]  # fmt: skip
    row = standing(*story)
    assert (row["solved"], row["verdict"], row["cause"], row["outcome"]) == (True, "upheld", "system-fault", "executed")
    due = [standing(*story[: n + 1])["due_at"] for n in (3, 8, 9, 10, 12, 14, 16)]
    call_by = NOON + 10 * DAY - timedelta(hours=4)
    assert due == [DECIDE_BY, DECIDE_BY, LAPSES, PROMISED, PROMISED, call_by, NOON + 8 * DAY]


def test_an_approval_that_climbs_waits_for_the_role_above() -> None:
    for steps, role in ((0, "department_lead"), (1, "approver"), (2, "higher_approver")):
        taken = [approved(n + 1, of=3) for n in range(steps)]
        row = standing(registered(), submitted(), *taken)
        assert (row["stage"], row["waits_for"]) == ("approval_pending", role)
    assert standing(registered(), submitted(), approved(1, 3), approved(2, 3), approved(3, 3))["stage"] == "approved"


def test_what_becomes_special_after_its_approval_waits_for_a_second_person() -> None:
    row = standing(*DECIDED, fact(intake.ComplaintEscalatedToSpecial, 6 * DAY))
    assert (row["stage"], row["waits_for"], row["due_at"]) == ("approval_pending", "approver", DECIDE_BY)
    assert standing(*DECIDED, fact(intake.ComplaintEscalatedToSpecial), approved(2, 2))["stage"] == "approved"


@pytest.mark.parametrize(
    ("kind", "amount", "waits", "due"),
    [
        ("refund", FIFTY, "agent", LAPSES),
        ("waiver", FIFTY, "agent", LAPSES),
        ("apology", NOTHING, "executor", PROMISED),
        ("no_remedy", NOTHING, "resolution_officer", PROMISED),
    ],
)
def test_an_offer_waits_for_the_customer_s_answer_only_where_one_is_needed(
    kind: str, amount: Money, waits: str, due: Any
) -> None:
    row = standing(registered(), established(), submitted(amount, kind), approved(), offered())
    assert (row["waits_for"], row["due_at"]) == (waits, due)


def test_a_settlement_without_money_needs_the_customer_s_answer_too() -> None:
    option = fact(resolution.RemedyOptionProposed, digest=DIGEST, settlement=True)
    row = standing(registered(), option, submitted(NOTHING, "correction"), approved(), offered())
    assert (row["waits_for"], row["due_at"]) == ("agent", LAPSES)


@pytest.mark.parametrize(
    "gave_up",
    [resolution.RemedyReturned, resolution.RemedyRejected, resolution.RemedyDeclined, resolution.OfferLapsed],
)
def test_what_was_given_up_leads_back_to_the_options_and_to_the_day_of_the_decision(gave_up: type[Any]) -> None:
    row = standing(*DECIDED, offered(), fact(gave_up, 8 * DAY))
    assert (row["stage"], row["due_at"], row["amount"]) == ("findings_accepted", DECIDE_BY, None)


def test_a_payment_that_was_found_out_goes_on_with_the_next_instalment() -> None:
    paying = [*DECIDED, offered(), fact(resolution.RemedyExecutionStarted), fact(resolution.PaymentOutcomeUnknown)]
    assert stages(*paying)[-2:] == ["executing", "payment_unknown"]
    found_out = (fact(resolution.PaymentReconciled, paid=True), fact(resolution.RemedyStepExecuted))
    assert standing(*paying, *found_out)["stage"] == "executing"
    refused = (fact(resolution.PaymentReconciled, paid=False), fact(resolution.RemedyExecutionFailed))
    assert standing(*paying, *refused)["stage"] == "execution_failed"


def test_an_investigation_waits_until_the_last_answer_is_there_or_given_up() -> None:
    asked = [fact(investigation.InformationRequested, request=code) for code in ("R1", "R2")]
    partly = fact(investigation.InformationReceived, request="R1", complete=False, given_up=False)
    first = fact(investigation.InformationReceived, request="R1", complete=True, given_up=False)
    second = fact(investigation.InformationReceived, request="R2", complete=False, given_up=True)
    story = [registered(), investigating(), *asked, partly, first, second]
    assert stages(*story)[1:] == ["investigating", *["awaiting_information"] * 4, "investigating"]
    assert standing(*story[:-1])["awaited"] == ["R2"]


def test_an_investigator_with_an_interest_waits_to_be_replaced() -> None:
    declared = fact(investigation.ConflictDeclared, person="amira.haddad", replacement_needed=True)
    story = [registered(), established(), investigating(), declared, fact(investigation.InvestigatorReplaced)]
    assert stages(*story)[2:] == ["investigating", "replacement_needed", "investigating"]
    assert standing(*story[:4])["waits_for"] == "department_lead"


def test_a_withdrawal_holds_it_up_where_it_stands_until_it_is_answered() -> None:
    asked = [registered(), established(), fact(intake.WithdrawalRequested)]
    assert (standing(*asked)["stage"], standing(*asked)["pending"]) == ("established", ["withdrawal"])
    denied = standing(*asked, fact(intake.WithdrawalDenied, by="system"))
    assert (denied["stage"], denied["pending"]) == ("established", [])
    granted = standing(*asked, fact(intake.ComplaintWithdrawn, by="system", confirm_by=NOON + 3 * DAY))
    assert (granted["stage"], granted["pending"], granted["due_at"]) == ("withdrawn", [], NOON + 3 * DAY)
    assert granted["solved"] is False


def test_a_confirmed_withdrawal_is_solved_and_a_disputed_one_goes_on() -> None:
    gone = (registered(), established(), fact(intake.ComplaintWithdrawn, 2 * DAY))
    assert standing(*gone, fact(intake.WithdrawalConfirmed))["solved"] is True
    again = fact(callback.ComplaintReopened, 3 * DAY, cycle=2, stage="judgement", special=False)
    row = standing(*gone, fact(intake.WithdrawalDisputed), again)
    assert (row["stage"], row["solved"], row["department"]) == ("reopened", False, None)


def test_a_slip_of_the_register_waits_for_a_second_person() -> None:
    proposed = (registered(), fact(intake.VoidingProposed))
    assert standing(*proposed)["pending"] == ["voiding"]
    assert standing(*proposed, fact(intake.VoidingDeclined))["pending"] == []
    voided = standing(*proposed, fact(intake.RegisteredInError))
    assert (voided["stage"], voided["pending"], voided["solved"]) == ("in_error", [], True)


def test_a_review_of_what_is_closed_opens_it_until_it_is_decided() -> None:
    asked = fact(callback.ReviewRequested, 10 * DAY, decide_by=NOON + 40 * DAY)
    row = standing(*CLOSED, asked)
    assert (row["stage"], row["pending"], row["solved"], row["due_at"]) == (
        "closed", ["review"], False, NOON + 40 * DAY,
    )  # fmt: skip
    upheld = standing(*CLOSED, asked, fact(callback.ReviewDecided, 20 * DAY, result="upheld"))
    assert (upheld["pending"], upheld["solved"]) == ([], True)


def test_a_review_does_not_put_off_the_call_that_is_due_before_it() -> None:
    due = NOON + 10 * DAY - timedelta(hours=4)
    asked = fact(callback.ReviewRequested, 8 * DAY, decide_by=NOON + 40 * DAY)
    waiting = (*DECIDED, concluded(7 * DAY), to_call(), asked)
    assert standing(*waiting)["due_at"] == due
    answered = (*waiting, called(), satisfied(9 * DAY))
    assert standing(*answered)["due_at"] == NOON + 40 * DAY
    decided = fact(callback.ReviewDecided, 20 * DAY, result="upheld")
    assert standing(*answered, decided)["due_at"] == NOON + 9 * DAY, "closing it waits since the customer answered"


def test_a_reversal_waits_for_the_second_of_its_two_persons() -> None:
    proposed = (*CLOSED, fact(resolution.ReversalProposed, 10 * DAY, digest=DIGEST))
    assert (standing(*proposed)["pending"], standing(*proposed)["solved"]) == (["reversal"], False)
    assert standing(*proposed, fact(resolution.ReversalRefused))["solved"] is True
    again = fact(callback.ComplaintReopened, 11 * DAY, cycle=2, stage="resolution", special=False)
    row = standing(*proposed, fact(resolution.RemedyReversed), again)
    assert (row["stage"], row["pending"], row["amount"]) == ("findings_accepted", [], None)


def test_two_things_to_be_decided_do_not_end_with_one_of_them() -> None:
    both = (*CLOSED, fact(resolution.ReversalProposed), fact(callback.ReviewRequested))
    one = standing(*both, fact(callback.ReviewDecided, result="upheld"))
    assert (one["pending"], one["solved"]) == (["reversal"], False)


def test_a_decision_from_outside_that_changes_ours_waits_for_the_reopening() -> None:
    changed = fact(callback.ExternalDecisionReceived, 10 * DAY, result="changed")
    assert (standing(*CLOSED, changed)["pending"], standing(*CLOSED, changed)["solved"]) == (
        ["external_decision"], False,
    )  # fmt: skip
    upheld = fact(callback.ExternalDecisionReceived, 10 * DAY, result="upheld")
    assert standing(*CLOSED, upheld)["solved"] is True
    again = fact(callback.ComplaintReopened, 11 * DAY, cycle=2, stage="resolution", special=False)
    assert standing(*CLOSED, changed, again)["pending"] == []


@pytest.mark.parametrize(
    ("stage", "stands", "waits", "due", "verdict"),
    [
        ("judgement", "reopened", "triage_lead", 12 * DAY, None),
        ("investigation", "investigation_opened", "department_lead", 12 * DAY + INVESTIGATED_WITHIN, None),
        ("resolution", "findings_accepted", "resolution_officer", 12 * DAY + INVESTIGATED_WITHIN, "upheld"),
    ],
)
def test_a_reopened_complaint_goes_on_where_the_reopening_says(
    stage: str, stands: str, waits: str, due: timedelta, verdict: str | None
) -> None:
    row = standing(*CLOSED, fact(callback.ComplaintReopened, 12 * DAY, cycle=2, stage=stage, special=False))
    assert (row["stage"], row["waits_for"], row["cycle"], row["solved"]) == (stands, waits, 2, False)
    assert (row["outcome"], row["closing"], row["amount"], row["due_at"]) == (None, None, None, NOON + due)
    assert (row["verdict"], row["investigator"] is not None) == (verdict, verdict is not None)


def test_another_hour_is_by_when_the_customer_is_called() -> None:
    due = (*DECIDED, concluded(7 * DAY), to_call())
    agreed = fact(callback.CallbackRescheduled, 8 * DAY, begin=NOON + 9 * DAY, end=NOON + 9 * DAY + DAY / 8)
    assert standing(*due, agreed)["due_at"] == NOON + 9 * DAY + DAY / 8
    moved = fact(callback.CallbackHoursChanged, 8 * DAY, call_by=NOON + 9 * DAY)
    assert standing(*due, moved)["due_at"] == NOON + 9 * DAY
    assert standing(*DECIDED, to_call(call_by=None))["due_at"] == NOON + 10 * DAY


def test_whoever_was_reached_is_so_after_a_call_that_reached_nobody() -> None:
    calls = [*DECIDED, to_call(), called("no_answer"), called("busy"), called(), called("no_answer")]
    assert stages(*calls)[-5:] == ["callback_due", "callback_attempted", "callback_attempted", "reached", "reached"]
    given_up = [*DECIDED, to_call(), called("busy"), fact(callback.UnreachableConcluded), called("no_answer")]
    assert stages(*given_up)[-1] == "unreachable"
    assert standing(*given_up, called())["stage"] == "reached"


def test_an_untrue_record_has_the_customer_called_anew() -> None:
    untrue = fact(callback.CallbackRecordAudited, 9 * DAY, result_void=True)
    row = standing(*CLOSED[:-1], untrue)
    assert (row["stage"], row["waits_for"], row["due_at"]) == ("record_untrue", "callback_agent", NOON + 9 * DAY)
    closed = standing(*CLOSED, untrue)
    assert (closed["stage"], closed["waits_for"], closed["solved"]) == ("record_untrue", "triage_lead", False)
    of_another = fact(callback.CallbackRecordAudited, 9 * DAY, truthful=False, result_void=False)
    assert standing(*CLOSED, of_another)["stage"] == "closed"


def test_special_and_restricted_are_lifted_by_no_new_classification() -> None:
    special = fact(intake.ComplaintClassified, severity="special", restricted=True, category="cards/fees")
    ordinary = fact(intake.ComplaintReclassified, severity="ordinary", restricted=False, category="cards/other")
    row = standing(registered(), special, ordinary)
    assert (row["severity"], row["restricted"], row["category"]) == ("special", True, "cards/other")
    assert standing(registered(), special, fact(intake.ComplaintDowngraded))["severity"] == "ordinary"


def test_a_corrected_receipt_is_when_it_is_due() -> None:
    corrected = fact(intake.RegistrationCorrected, field="received_at", received_at=NOON - 2 * DAY)
    row = standing(registered(), corrected)
    assert (row["received_at"], row["due_at"]) == (NOON - 2 * DAY, NOON - 2 * DAY)


def test_how_often_the_customer_had_to_ask_again_is_counted() -> None:
    assert standing(registered(), fact(intake.CustomerChased), fact(intake.CustomerChased))["chased"] == 2


def test_a_case_handed_over_is_on_the_other_s_list() -> None:
    row = standing(registered(), fact(intake.ComplaintHandedOver, previous="li.na", to="yang.fan"))
    assert row["owner"] == "yang.fan"


@pytest.mark.parametrize(
    ("stage", "stands", "due"),
    [
        ("acknowledged", "acknowledged", NOON - DAY),
        ("established", "established", NOON + INVESTIGATED_WITHIN),
        ("resolved", "concluded", NOON),
    ],
)
def test_what_an_old_system_began_is_marked_and_goes_on_where_it_was(stage: str, stands: str, due: Any) -> None:
    row = standing(registered(), fact(intake.ComplaintTakenOver, stage=stage, system="old", department="loans"))
    assert (row["stage"], row["from_system"], row["department"]) == (stands, "old", "loans")
    assert row["due_at"] == due


AGENT = Actor("li.na", "agent", "customer-service")
AUDITOR = Actor("cao.ying", "compliance_officer", "compliance")
RESTRICTED = fact(intake.ComplaintClassified, severity="ordinary", restricted=True, complained_of=())


@pytest.mark.parametrize("where", [visible, unsolved, mine])
def test_a_restricted_case_is_on_no_list_of_another_department_s_agent(where: Any) -> None:
    own = rows_of(VIEW, COMPLAINT, registered())
    restricted = rows_of(VIEW, COMPLAINT, registered(), RESTRICTED, established())
    assert keys_shown(where, own, AGENT) == [KEY]
    assert keys_shown(where, restricted, AGENT) == []
    of_cards = Actor("li.na", "agent", "cards")
    assert keys_shown(where, restricted, of_cards) == [KEY]
    assert keys_shown(visible, restricted, AUDITOR) == [KEY]


@pytest.mark.parametrize("where", [visible, unsolved, mine])
def test_whoever_declared_a_conflict_sees_it_no_more_whatever_their_role(where: Any) -> None:
    declared = fact(investigation.ConflictDeclared, by="li.na", person="li.na", replacement_needed=False)
    rows = rows_of(VIEW, COMPLAINT, registered(), declared, declared)
    assert rows[KEY]["conflicted"] == ["li.na"]
    for role in ("agent", "triage_lead", "compliance_officer"):
        assert keys_shown(where, rows, Actor("li.na", role, "customer-service")) == []


def test_what_is_solved_is_on_nobody_s_worklist() -> None:
    rows = rows_of(VIEW, COMPLAINT, *CLOSED)
    assert keys_shown(visible, rows, AGENT) == [KEY]
    assert keys_shown(unsolved, rows, AUDITOR) == keys_shown(mine, rows, AGENT) == []
