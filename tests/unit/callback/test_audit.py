"""审核回访 Another listens to the record. What is not true counts no more (F49)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.callback.commands.audit_record import AuditCallback
from services.callback.limits import must_be_audited, sampled
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import CallbackAttempted, CallbackDeadlinePassed, CallbackRecordAudited, CustomerSatisfied
from tests.sentences import given, in_name_of, state_of
from tests.unit.callback.examples import (
    AUDITOR,
    CALLER,
    COMPLAINT,
    DUE,
    HIGHER,
    OTHER_CALLER,
    OTHER_LEAD,
    PERSON,
    SERVICE,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_satisfied,
    at_unreachable,
    attempt,
    attempted,
    audit,
    audited,
    close,
    conclude_unreachable,
    deadline_passed,
    dissatisfied,
    pass_deadline,
    record,
    registered,
    reopen,
    reopened,
    satisfied,
    second_due,
    slot,
)

UNTRUE = audit(truthful=False)


def test_a_true_record_is_audited_and_stands() -> None:
    (found,) = (
        given(SERVICE, *at_satisfied())
        .when(audit(complete=False))
        .then(
            CallbackRecordAudited,
            complete=False,
            truthful=True,
            caller=CALLER.id,
            by=AUDITOR.id,
            result_void=False,
            finished=True,
        )
    )
    assert isinstance(found, CallbackRecordAudited) and found.remarks.owner == PERSON


def test_as_long_as_nothing_rests_on_it_an_audit_finishes_nothing() -> None:
    given(SERVICE, *at_reached()).when(audit()).then(CallbackRecordAudited, finished=False)
    others = (*at_due(), attempted("busy", by=OTHER_CALLER.id), attempted(), satisfied())
    given(SERVICE, *others).when(audit(caller=OTHER_CALLER.id)).then(CallbackRecordAudited, finished=False)


def test_of_somebody_given_up_every_record_is_audited() -> None:
    by_two = (*at_due(), attempted("busy", by=OTHER_CALLER.id), *at_unreachable()[3:])
    given(SERVICE, *by_two).when(audit()).then(CallbackRecordAudited, finished=False)
    given(SERVICE, *by_two, audited()).when(audit(caller=OTHER_CALLER.id)).then(CallbackRecordAudited, finished=True)


def test_an_untrue_record_takes_the_customers_word_with_it() -> None:
    untrue = (*at_satisfied(), audited(truthful=False, result_void=True))
    given(SERVICE, *at_satisfied()).when(audit(truthful=False, at=DUE - timedelta(hours=1))).then(
        CallbackRecordAudited, truthful=False, result_void=True, finished=False
    )
    now = state_of(SERVICE, *untrue).now
    assert (now.result, now.reached_by, now.calls) == (None, (), ())
    given(SERVICE, *untrue).when(close()).then_refused("not_reached")


def test_another_caller_calls_and_their_word_counts() -> None:
    again = (*at_satisfied(), audited(truthful=False, result_void=True))
    given(SERVICE, *again).when(attempt(OTHER_CALLER)).then(CallbackAttempted)
    reached = (*again, attempted(by=OTHER_CALLER.id))
    given(SERVICE, *reached).when(record(actor=OTHER_CALLER)).then(CustomerSatisfied)
    given(SERVICE, *reached).when(record()).then_refused("record_untrue")


def test_an_untrue_try_leaves_anothers_word_standing() -> None:
    known = (*at_due(), attempted("busy", by=OTHER_CALLER.id), attempted(), satisfied())
    given(SERVICE, *known).when(audit(caller=OTHER_CALLER.id, truthful=False)).then(
        CallbackRecordAudited, result_void=False
    )
    untrue = audited(caller=OTHER_CALLER.id, truthful=False)
    assert state_of(SERVICE, *known, untrue).now.result == "satisfied"


def test_what_was_given_up_or_answered_for_good_on_an_untrue_record_is_not_any_more() -> None:
    given(SERVICE, *at_unreachable()).when(UNTRUE).then(CallbackRecordAudited, result_void=True)
    void = audited(truthful=False, result_void=True)
    for known in (at_unreachable(), at_reaffirmed()):
        now = state_of(SERVICE, *known, void).now
        assert (now.unreachable, now.reaffirmed_by, now.result) == (False, "", None)
        given(SERVICE, *known, void).when(close(OTHER_LEAD)).then_refused("not_reached")


@pytest.mark.parametrize("known", [at_satisfied(), at_dissatisfied(), at_unreachable()])
def test_a_result_that_never_was_met_no_deadline(known: tuple[Event, ...]) -> None:
    late = audit(truthful=False, at=DUE + timedelta(days=1))
    _, missed = given(SERVICE, *known).when(late).then(CallbackRecordAudited, CallbackDeadlinePassed)
    assert isinstance(missed, CallbackDeadlinePassed)
    assert (missed.due_at, missed.cycle, missed.superseded) == (DUE, 1, False)
    given(SERVICE, *known, deadline_passed()).when(late).then(CallbackRecordAudited)


def test_found_untrue_before_it_is_due_the_alarm_still_rings() -> None:
    void = audited(truthful=False, result_void=True, at=DUE - timedelta(hours=1))
    given(SERVICE, *at_satisfied()).when(audit(truthful=False, at=void.at)).then(CallbackRecordAudited)
    given(SERVICE, *at_satisfied(), void).when(pass_deadline()).then(CallbackDeadlinePassed)
    called = (attempted(by=OTHER_CALLER.id), satisfied(by=OTHER_CALLER.id, at=DUE))
    given(SERVICE, *at_satisfied(), void, *called).when(pass_deadline()).then_nothing()


def test_a_call_that_the_customer_put_off_is_missed_only_then() -> None:
    end = DUE + timedelta(days=3)
    later = slot(begin=end - timedelta(hours=1), end=end, requested_by_customer=True, past_due=True)
    known = (*at_due(), later, attempted(), satisfied())
    given(SERVICE, *known).when(audit(truthful=False, at=DUE + timedelta(days=1))).then(CallbackRecordAudited)
    _, missed = (
        given(SERVICE, *known).when(audit(truthful=False, at=end)).then(CallbackRecordAudited, CallbackDeadlinePassed)
    )
    assert isinstance(missed, CallbackDeadlinePassed) and missed.due_at == end


def test_nobody_audits_gives_up_or_closes_on_what_was_called_in_their_name() -> None:
    called = (*at_due(), in_name_of(AUDITOR, attempted("no_answer")))
    given(SERVICE, *called).when(audit()).then_refused("own_record")
    called = (*at_due(), in_name_of(OTHER_LEAD, attempted("no_answer")))
    given(SERVICE, *called).when(conclude_unreachable()).then_refused("called_the_customer")
    assert state_of(SERVICE, *called).acted == {CALLER.id, OTHER_LEAD.id}
    deputy = Actor("lead-hui", "triage_lead", "centre", on_behalf_of=HIGHER.id)
    given(SERVICE, *at_reaffirmed()).when(close(deputy)).then_refused("own_reaffirmation")


def test_nobody_audits_their_own_record() -> None:
    given(SERVICE, *at_satisfied()).when(audit(replace(AUDITOR, id=CALLER.id))).then_refused("own_record")


def test_there_must_be_a_record_of_theirs_in_this_cycle() -> None:
    given(SERVICE, *at_satisfied()).when(audit(caller=OTHER_CALLER.id)).then_refused("no_record")
    again = (*at_dissatisfied(), reopened(), *second_due())
    given(SERVICE, *again).when(audit()).then_refused("no_record")
    given(SERVICE, registered()).when(audit()).then_refused("no_record")
    given(SERVICE).when(audit()).then_refused("unknown_complaint")


def test_a_record_is_audited_once_as_long_as_nothing_is_added() -> None:
    given(SERVICE, *at_satisfied(), audited()).when(audit()).then_refused("already_audited")
    given(SERVICE, *at_satisfied(), audited(truthful=False, result_void=True)).when(audit()).then_refused("no_record")
    given(SERVICE, *at_reached(), audited(), satisfied()).when(audit()).then(CallbackRecordAudited, finished=True)
    given(SERVICE, *at_due(), attempted("busy"), audited(), attempted()).when(audit()).then(CallbackRecordAudited)


@pytest.mark.parametrize("known", [at_closed(), at_archived()])
def test_closed_or_archived_it_can_still_be_audited(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(audit()).then(CallbackRecordAudited)
    assert not state_of(SERVICE, *known).now.groundless
    assert state_of(SERVICE, *known, audited(truthful=False, result_void=True)).now.groundless


def test_all_special_ones_are_audited_and_a_share_of_the_ordinary_that_nobody_can_choose() -> None:
    assert all(must_be_audited(COMPLAINT, cycle, "special") for cycle in range(1, 100))
    drawn = [sampled(COMPLAINT, cycle) for cycle in range(1, 2001)]
    assert drawn == [sampled(str(COMPLAINT), cycle) for cycle in range(1, 2001)]
    assert drawn == [must_be_audited(COMPLAINT, cycle, "ordinary") for cycle in range(1, 2001)]
    assert 0.08 < sum(drawn) / len(drawn) < 0.12


def test_it_is_an_auditors_own_word() -> None:
    assert set(AuditCallback.may) == {"reviewer", "quality_reviewer"} and AuditCallback.in_person


def test_dissatisfaction_that_was_never_said_reopens_nothing() -> None:
    untrue = (*at_reached(), dissatisfied(), audited(truthful=False, result_void=True))
    given(SERVICE, *untrue).when(reopen()).then_refused("not_dissatisfied")
