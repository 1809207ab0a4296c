"""重新受理 The next cycle begins: when it may, where it begins, who is out, how grave it has become."""

import pytest
from pydantic import ValidationError

from services.callback.commands.reopen import ReopenComplaint
from shared.decide import NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.callback import ComplaintReopened, FinalPositionReaffirmed
from tests.sentences import given
from tests.unit.callback.examples import (
    APPROVERS,
    CALLER,
    INVESTIGATORS,
    LEAD,
    OTHER_LEAD,
    PERSON,
    SERVICE,
    TRIAGE,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_replied,
    at_satisfied,
    at_withdrawn,
    attempted,
    audited,
    close,
    closed,
    concluded,
    dissatisfied,
    external_decision,
    in_error,
    reaffirm,
    referral_recorded,
    referred,
    registered,
    reopen,
    reopened,
    review_requested,
    scheduled,
    second_due,
    taken_over,
    wish,
)


def test_a_dissatisfied_customer_reopens_the_complaint_at_investigation() -> None:
    (again,) = (
        given(SERVICE, *at_dissatisfied())
        .when(reopen())
        .then(
            ComplaintReopened,
            cycle=2,
            reason="dissatisfied",
            special=False,
            stage="investigation",
            excluded=INVESTIGATORS,
            by=CALLER.id,
        )
    )
    assert isinstance(again, ComplaintReopened) and again.explanation is not None
    assert again.explanation.owner == PERSON


def test_a_rejection_begins_again_at_judgement_without_those_who_judged() -> None:
    rejected = (*at_replied(), attempted(), dissatisfied())
    given(SERVICE, *rejected).when(reopen()).then(
        ComplaintReopened, cycle=2, stage="judgement", excluded=("agent-lin", "triage-hua", "triage-bo")
    )


def test_from_the_second_reopening_on_it_is_special() -> None:
    second = (*at_dissatisfied(), reopened(), *second_due(), attempted(cycle=2), dissatisfied(cycle=2))
    given(SERVICE, *second).when(reopen()).then(ComplaintReopened, cycle=3, special=True)


def test_what_was_special_stays_special() -> None:
    special = (*at_due(severity="special"), attempted(), dissatisfied())
    given(SERVICE, *special).when(reopen()).then(ComplaintReopened, cycle=2, special=True)
    again = (*at_dissatisfied(), reopened(special=True), *second_due())
    given(SERVICE, *again).when(reopen("new_facts")).then(ComplaintReopened, special=True)


@pytest.mark.parametrize("known", [at_due(), at_reached(), at_satisfied(), at_closed()])
def test_nobody_calls_a_customer_dissatisfied_who_did_not_say_so(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(reopen()).then_refused("not_dissatisfied")


def test_an_earlier_cycles_dissatisfaction_reopens_nothing() -> None:
    given(SERVICE, *at_dissatisfied(), reopened(), *second_due()).when(reopen()).then_refused("not_dissatisfied")


@pytest.mark.parametrize("reason", ["new_facts", "disputed"])
@pytest.mark.parametrize("known", [at_due(), at_satisfied(), at_dissatisfied(), at_closed(), at_archived()])
def test_new_facts_and_disputes_reopen_it_also_after_closing(reason: str, known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(reopen(reason, TRIAGE)).then(ComplaintReopened, cycle=2, reason=reason, by=TRIAGE.id)


@pytest.mark.parametrize("reason", ["dissatisfied", "new_facts", "disputed"])
def test_while_it_is_still_being_handled_one_waits(reason: str) -> None:
    for known in ((registered(),), (*at_dissatisfied(), reopened())):
        refusal = given(SERVICE, *known).when(reopen(reason)).then_refused("not_yet_seen")
        assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "resolution.concluded"


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(reopen()).then_refused("unknown_complaint"), NotFound)


def test_what_another_system_had_resolved_is_investigated_here() -> None:
    known = (registered(), taken_over(), scheduled(trigger_kind="taken_over"), attempted(), dissatisfied())
    given(SERVICE, *known).when(reopen()).then(ComplaintReopened, stage="investigation", excluded=())


# Dissatisfied for ever (domain 1.4 gap 5, loop 1)


def in_cycle(cycle: int) -> tuple[Event, ...]:
    """Dissatisfied in this cycle, after as many reopenings as that takes."""
    events: list[Event] = [registered()]
    for n in range(1, cycle + 1):
        ended = (concluded(cycle=n), scheduled(cycle=n), attempted(cycle=n), dissatisfied(cycle=n))
        events += (*ended, reopened(cycle=n + 1)) if n < cycle else ended
    return tuple(events)


def test_dissatisfaction_alone_reopens_up_to_the_fourth_cycle() -> None:
    for cycle in (1, 2, 3):
        given(SERVICE, *in_cycle(cycle)).when(reopen()).then(ComplaintReopened, cycle=cycle + 1)
    refusal = given(SERVICE, *in_cycle(4)).when(reopen()).then_refused("cycles_exhausted")
    assert refusal.details == {"most": 4} and "reaffirm" in refusal.message


def test_in_the_fourth_cycle_new_facts_still_reopen_and_nothing_closes_in_silence() -> None:
    given(SERVICE, *in_cycle(4)).when(reopen("new_facts")).then(ComplaintReopened, cycle=5)
    given(SERVICE, *in_cycle(4)).when(close(OTHER_LEAD)).then_refused("dissatisfied_not_closed")
    given(SERVICE, *in_cycle(4)).when(reaffirm()).then(FinalPositionReaffirmed, cycle=4)


@pytest.mark.parametrize("known", [at_reaffirmed(), (*at_reaffirmed(), closed(outcome="dissatisfied_final"))])
def test_what_a_higher_approver_stands_by_only_something_new_reopens(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(reopen()).then_refused("reaffirmed")
    given(SERVICE, *known).when(reopen("new_facts")).then(ComplaintReopened)


# For other reasons


def test_a_changed_decision_from_outside_reopens_at_the_remedy_by_a_lead() -> None:
    decided = (*at_closed(), referral_recorded(), external_decision())
    given(SERVICE, *decided).when(reopen("external_decision", LEAD)).then(
        ComplaintReopened, stage="resolution", excluded=(*INVESTIGATORS, *APPROVERS)
    )
    given(SERVICE, *decided).when(reopen("external_decision")).then_refused("lead_reopens")


@pytest.mark.parametrize(
    "known", [(), (referral_recorded(),), (referral_recorded(), external_decision(result="upheld"))]
)
def test_only_a_changed_one_does(known: tuple[Event, ...]) -> None:
    given(SERVICE, *at_closed(), *known).when(reopen("external_decision", LEAD)).then_refused("not_overruled")


def test_it_reopens_once() -> None:
    again = (
        *at_closed(),
        referral_recorded(),
        external_decision(),
        reopened(reason="external_decision"),
        *second_due(),
    )
    given(SERVICE, *again).when(reopen("external_decision", LEAD)).then_refused("not_overruled")


def test_what_was_closed_on_an_untrue_record_is_reopened_by_a_lead() -> None:
    groundless = (*at_closed(), audited(truthful=False, result_void=True))
    given(SERVICE, *groundless).when(reopen("record_untrue", LEAD)).then(
        ComplaintReopened, stage="resolution", reason="record_untrue"
    )
    given(SERVICE, *groundless).when(reopen("record_untrue")).then_refused("lead_reopens")


@pytest.mark.parametrize(
    "known", [at_satisfied(), at_closed(), (*at_closed(), audited()), (*at_satisfied(), audited(truthful=False))]
)
def test_nothing_else_is_reopened_for_an_untrue_record(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(reopen("record_untrue", LEAD)).then_refused("not_groundless")


@pytest.mark.parametrize("reason", ["new_facts", "disputed"])
def test_a_withdrawn_complaint_goes_on_where_it_was(reason: str) -> None:
    given(SERVICE, *at_withdrawn()).when(reopen(reason, TRIAGE)).then(ComplaintReopened, stage="judgement", excluded=())
    given(SERVICE, *at_withdrawn(department="cards")).when(reopen(reason, TRIAGE)).then(
        ComplaintReopened, stage="investigation"
    )
    given(SERVICE, *at_withdrawn()).when(reopen()).then_refused("not_dissatisfied")


@pytest.mark.parametrize("end", [referred(), in_error()], ids=["referred", "in error"])
def test_what_was_referred_or_entered_in_error_stays_ended(end: Event) -> None:
    given(SERVICE, registered(), end).when(reopen("new_facts", TRIAGE)).then_refused("ended")


@pytest.mark.parametrize("reason", ["dissatisfied", "new_facts", "disputed"])
def test_while_a_review_is_open_it_goes_its_way(reason: str) -> None:
    given(SERVICE, *at_dissatisfied(), review_requested()).when(reopen(reason)).then_refused("review_open")


def test_a_reopening_explains_itself() -> None:
    with pytest.raises(ValidationError):
        wish(ReopenComplaint, LEAD, reason="new_facts", explanation=" ")


def test_callers_and_leads_may_ask() -> None:
    assert set(ReopenComplaint.may) == {"callback_agent", "department_lead", "triage_lead"}
