"""撤诉 The customer's own wish, resolution's answer, and a second person who asks them (No.3 Art. 15, N14, loop 5)."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.confirm_rejection import ConfirmRejection
from services.intake.commands.confirm_withdrawal import ConfirmWithdrawal
from services.intake.commands.courtesy_reply import SendCourtesyReply
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.pass_confirmation_deadline import PassConfirmationDeadline
from services.intake.commands.record_withdrawal import RecordWithdrawal
from services.intake.due import DEADLINES
from services.intake.reactions import when_withdrawal_granted_withdraw, when_withdrawal_refused_deny
from shared.decide import Actor, Command, StoredFile
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.intake import (
    ComplaintWithdrawn,
    ConfirmationDeadlinePassed,
    WithdrawalConfirmed,
    WithdrawalDenied,
    WithdrawalDisputed,
    WithdrawalRequested,
)
from shared.events.vocabulary import Evidence
from shared.packs.house import WITHDRAWAL_CONFIRMED_WITHIN
from tests.sentences import Given
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    IN_ERROR,
    JUDGE,
    NOON,
    OTHER_AGENT,
    OTHER_COMPLAINT,
    READY,
    REFERRED,
    REJECTED,
    REJECTION_PROPOSED,
    REQUEST,
    REVIEWER,
    VOIDING,
    WITHDRAWING,
    WITHDRAWN,
    WORD,
    ZHAO,
    after,
    assigned,
    classified,
    closed,
    confirmation_missed,
    granted,
    intake,
    refused,
    registered,
    reopened,
    replied,
    taken_over,
    withdrawal_confirmed,
    withdrawal_denied,
    withdrawal_disputed,
    withdrawal_requested,
    withdrawn,
)

FILE = StoredFile(WORD.sha256, f"complaint:{COMPLAINT}", "audio/ogg", 1_000)
OTHER_WORD = Evidence(kind="letter", reference="letter-2", sha256="b" * 64)
DUE = NOON + WITHDRAWAL_CONFIRMED_WITHIN


def record(**fields: Any) -> RecordWithdrawal:
    usual: dict[str, Any] = {"actor": AGENT, "evidence": WORD, "channel": "phone", "words": "I take it back."}
    return RecordWithdrawal(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def confirm(**fields: Any) -> ConfirmWithdrawal:
    usual: dict[str, Any] = {
        "actor": OTHER_AGENT, "stands_by_it": True, "channel": "phone", "recording": "rec-2", "words": "My own wish.",
    }  # fmt: skip
    return ConfirmWithdrawal(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def dispute(**fields: Any) -> ConfirmWithdrawal:
    return confirm(**{"stands_by_it": False, "words": "I never said so.", **fields})


def pass_deadline(at: Any = DUE, cycle: int = 1) -> PassConfirmationDeadline:
    return PassConfirmationDeadline(actor=SYSTEM_ACTOR, at=at, complaint_id=COMPLAINT, cycle=cycle, due_at=DUE)


def kept(*history: Event, file: StoredFile = FILE) -> Given:
    """The case so far, and the evidence's file stored."""
    return after(*history).with_files(file)


# The request (N14)


@pytest.mark.parametrize("history", [(registered(),), READY, REJECTION_PROPOSED, REJECTED, (*ESTABLISHED, assigned())])
def test_the_customer_withdraws_with_evidence_that_is_kept_here(history: tuple[Event, ...]) -> None:
    (fact,) = kept(*history).when(record()).then(WithdrawalRequested, evidence=WORD, at=NOON, channel="phone")
    assert isinstance(fact, WithdrawalRequested)
    assert (fact.words.clear, fact.words.owner) == ("I take it back.", ZHAO)
    assert record().files() == (WORD.sha256,)


def test_without_the_file_there_is_no_withdrawal() -> None:
    after(*READY).when(record()).then_refused("file_unknown")


def test_another_case_s_file_proves_nothing_here() -> None:
    elsewhere = StoredFile(WORD.sha256, f"complaint:{OTHER_COMPLAINT}", "audio/ogg", 1_000)
    kept(*READY, file=elsewhere).when(record()).then_refused("file_unknown")


def test_the_same_evidence_again_is_the_same_wish() -> None:
    kept(*WITHDRAWING).when(record(words="In other words.")).then_nothing()
    kept(*WITHDRAWN).when(record()).then_nothing()
    kept(*WITHDRAWING, withdrawal_denied()).when(record()).then_nothing()


def test_one_request_waits_at_a_time() -> None:
    other = StoredFile(OTHER_WORD.sha256, f"complaint:{COMPLAINT}", "application/pdf", 10)
    kept(*WITHDRAWING, file=other).when(record(evidence=OTHER_WORD)).then_refused("withdrawal_pending")
    kept(*WITHDRAWING, withdrawal_denied(), file=other).when(record(evidence=OTHER_WORD)).then(WithdrawalRequested)


def test_a_word_of_an_earlier_cycle_withdraws_nothing_of_this_one() -> None:
    """N24."""
    again = (*WITHDRAWN, withdrawal_disputed(), reopened(reason="withdrawal_disputed"))
    kept(*again).when(record()).then_refused("evidence_used")


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"), ((*REJECTED, replied()), "already_replied"), ((*READY, closed()), "closed"),
        (REFERRED, "referred"), (IN_ERROR, "registered_in_error"),
        ((registered(), taken_over("resolved")), "resolved_before"),
        ((registered(), classified(complained_of=(AGENT.id,))), "complained_of"),
    ],
)  # fmt: skip
def test_it_is_refused_where_it_is_too_late_or_about_oneself(history: tuple[Event, ...], code: str) -> None:
    kept(*history).when(record()).then_refused(code)


def test_a_customer_may_withdraw_what_somebody_proposed_to_void() -> None:
    kept(*VOIDING).when(record()).then(WithdrawalRequested)


def test_what_comes_in_online_is_recorded_by_the_system() -> None:
    kept(*READY).when(record(actor=SYSTEM_ACTOR)).then(WithdrawalRequested, by="system")
    assert RecordWithdrawal.may == ("agent", "triage_lead", "system") and RecordWithdrawal.in_person


# In effect from the request on

REASONED = {"actor": REVIEWER, "at": NOON, "complaint_id": COMPLAINT, "reasons": "I agree."}
JUDGING = JudgeComplaint(
    actor=JUDGE, at=NOON, complaint_id=COMPLAINT, verdict="established", grounds="Yes.", demand="Yes.",
    department="cards", days_asked=15,
)  # fmt: skip
REPLYING = SendCourtesyReply(
    actor=AGENT, at=NOON, complaint_id=COMPLAINT, letter="Sorry.", channel="letter", proof="post-1"
)
ASSIGNING = AssignDepartment(actor=JUDGE, at=NOON, complaint_id=COMPLAINT, department="cards")
CONFIRMING = ConfirmRejection.model_validate(REASONED)


@pytest.mark.parametrize(
    ("history", "wish"),
    [(READY, JUDGING), (REJECTION_PROPOSED, CONFIRMING), (REJECTED, REPLYING), (ESTABLISHED, ASSIGNING)],
)
def test_nothing_is_judged_or_replied_while_it_waits(history: tuple[Event, ...], wish: Command) -> None:
    assert after(*history).when(wish).decided
    after(*history, withdrawal_requested()).when(wish).then_refused("withdrawal_pending")
    assert after(*history, withdrawal_requested(), withdrawal_denied()).when(wish).decided
    after(*history, withdrawal_requested(), withdrawn()).when(wish).then_refused("withdrawn")


# Resolution's answer


def test_a_granted_withdrawal_ends_the_complaint() -> None:
    state = intake(*WITHDRAWING, granted())
    (fact,) = when_withdrawal_granted_withdraw(state, granted())
    assert fact == ComplaintWithdrawn(
        at=NOON, by="system", cycle=1, request=REQUEST, requested_by=AGENT.id, confirm_by=DUE, department=None
    )
    assert intake(*WITHDRAWING, granted(), fact).ending == "withdrawn"


def test_it_names_the_department_that_had_it() -> None:
    state = intake(*ESTABLISHED, assigned("loans"), withdrawal_requested(), granted())
    (fact,) = when_withdrawal_granted_withdraw(state, granted())
    assert isinstance(fact, ComplaintWithdrawn) and fact.department == "loans"


def test_a_refused_withdrawal_lets_it_go_on() -> None:
    (fact,) = when_withdrawal_refused_deny(intake(*WITHDRAWING, refused()), refused())
    assert isinstance(fact, WithdrawalDenied)
    assert (fact.request, fact.reason, fact.by) == (REQUEST, "execution_started", "system")
    state = intake(*WITHDRAWING, refused(), fact)
    assert (state.ending, state.withdrawing) == (None, False)


@pytest.mark.parametrize("history", [READY, WITHDRAWN, (*WITHDRAWING, withdrawal_denied())])
def test_an_answer_to_nothing_says_nothing(history: tuple[Event, ...]) -> None:
    assert when_withdrawal_granted_withdraw(intake(*history), granted()) == []
    assert when_withdrawal_refused_deny(intake(*history), refused()) == []


def test_a_request_of_an_earlier_cycle_ends_nothing_of_this_one() -> None:
    state = intake(*WITHDRAWING, reopened())
    assert state.withdrawing
    assert when_withdrawal_granted_withdraw(state, granted())[0] == WithdrawalDenied(
        at=NOON, by="system", cycle=2, request=REQUEST, reason="lower_cycle"
    )
    (denied,) = when_withdrawal_refused_deny(state, refused(reason="lower_cycle"))
    assert isinstance(denied, WithdrawalDenied) and denied.reason == "lower_cycle"


# Somebody else asks the customer (loop 5)


def test_the_customer_stands_by_it() -> None:
    (fact,) = after(*WITHDRAWN).when(confirm()).then(WithdrawalConfirmed, recording="rec-2", by=OTHER_AGENT.id)
    assert intake(*WITHDRAWN, fact).ending == "withdrawn"


@pytest.mark.parametrize(
    ("history", "stage"), [(READY, "judgement"), (REJECTED, "judgement"), (ESTABLISHED, "investigation")]
)
def test_the_customer_does_not_stand_by_it(history: tuple[Event, ...], stage: str) -> None:
    told = after(*history, withdrawal_requested(), granted(), withdrawn()).when(dispute())
    told.then(WithdrawalDisputed, stage=stage, requested_by=AGENT.id)


def test_a_reopening_goes_on_where_it_was() -> None:
    gone = (*ESTABLISHED, assigned(), withdrawal_requested(), withdrawn(), withdrawal_disputed(stage="investigation"))
    state = intake(*gone, reopened(stage="investigation", reason="withdrawal_disputed"))
    assert (state.ending, state.verdict, state.department, state.cycle) == (None, "established", "cards", 2)


def test_whoever_recorded_it_does_not_ask() -> None:
    after(*WITHDRAWN).when(confirm(actor=AGENT)).then_refused("same_person")
    deputy = Actor("deputy-1", "agent", "customer-service", on_behalf_of=AGENT.id)
    after(*WITHDRAWN).when(confirm(actor=deputy)).then_refused("same_person")
    assert ConfirmWithdrawal.in_person and ConfirmWithdrawal.contested


def test_whoever_it_is_about_does_not_ask() -> None:
    about = (registered(), classified(complained_of=(OTHER_AGENT.id,)), withdrawal_requested(), withdrawn())
    after(*about).when(confirm()).then_refused("complained_of")


@pytest.mark.parametrize("history", [READY, WITHDRAWING, (*WITHDRAWING, withdrawal_denied()), (*WITHDRAWN, reopened())])
def test_only_what_was_withdrawn_is_confirmed(history: tuple[Event, ...]) -> None:
    after(*history).when(confirm()).then_refused("not_withdrawn")


def test_the_customer_is_asked_once() -> None:
    after(*WITHDRAWN, withdrawal_confirmed()).when(confirm()).then_nothing()
    after(*WITHDRAWN, withdrawal_confirmed()).when(confirm(recording="rec-3")).then_refused("already_answered")
    after(*WITHDRAWN, withdrawal_confirmed()).when(dispute()).then_refused("already_answered")
    after(*WITHDRAWN, withdrawal_disputed()).when(dispute()).then_nothing()


def test_a_late_word_is_still_taken() -> None:
    after(*WITHDRAWN, confirmation_missed()).when(dispute()).then(WithdrawalDisputed)


# The day that was missed (N12)


def test_a_withdrawal_that_nobody_confirms_in_time_is_written_down() -> None:
    (fact,) = after(*WITHDRAWN).when(pass_deadline()).then(ConfirmationDeadlinePassed, due_at=DUE, cycle=1)
    assert intake(*WITHDRAWN, fact).withdrawals[0].overdue


@pytest.mark.parametrize("answer", [withdrawal_confirmed, withdrawal_disputed])
def test_a_word_in_time_is_no_breach_however_late_it_is_asked(answer: Any) -> None:
    after(*WITHDRAWN, answer(at=DUE)).when(pass_deadline(DUE + timedelta(days=9))).then_nothing()
    late = (*WITHDRAWN, answer(at=DUE + timedelta(microseconds=1)))
    after(*late).when(pass_deadline(DUE + timedelta(days=9))).then(ConfirmationDeadlinePassed)


def test_it_is_written_down_once_and_not_before_its_time() -> None:
    after(*WITHDRAWN, confirmation_missed()).when(pass_deadline()).then_nothing()
    after(*WITHDRAWN).when(pass_deadline(DUE - timedelta(microseconds=1))).then_refused("not_due")


def test_a_reopening_before_it_makes_it_moot() -> None:
    after(*WITHDRAWN, reopened()).when(pass_deadline()).then_nothing()
    second = (*WITHDRAWN, reopened(), withdrawal_requested(2, evidence=OTHER_WORD), withdrawn(2))
    after(*second).when(pass_deadline(cycle=2)).then(ConfirmationDeadlinePassed, cycle=2)
    after(*second, confirmation_missed(2)).when(pass_deadline(cycle=2)).then_nothing()


def test_what_was_never_withdrawn_is_not_missed() -> None:
    after(*READY).when(pass_deadline()).then_refused("not_withdrawn")
    after(*WITHDRAWING).when(pass_deadline()).then_refused("not_withdrawn")
    after().when(pass_deadline()).then_refused("unknown_complaint")


def test_the_deadline_is_set_by_the_withdrawal_itself() -> None:
    (deadline,) = [each for each in DEADLINES if each.later.on is ComplaintWithdrawn]
    assert deadline.later.due(withdrawn()) == DUE
    asked = deadline.command(f"complaint:{COMPLAINT}", withdrawn())
    assert asked == pass_deadline(NOON)
