"""重新受理 The next cycle begins: when it may, where it begins, who is out, how grave it has become."""

import pytest
from pydantic import ValidationError

from services.callback.commands.reopen import ReopenComplaint
from shared.decide import NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.callback import ComplaintReopened
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    INVESTIGATORS,
    LEAD,
    PERSON,
    SERVICE,
    TRIAGE,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_replied,
    at_satisfied,
    attempted,
    dissatisfied,
    registered,
    reopen,
    reopened,
    second_due,
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
    assert isinstance(again, ComplaintReopened) and again.explanation.owner == PERSON


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


def test_a_reopening_explains_itself() -> None:
    with pytest.raises(ValidationError):
        wish(ReopenComplaint, LEAD, reason="new_facts", explanation=" ")


def test_callers_and_leads_may_ask() -> None:
    assert set(ReopenComplaint.may) == {"callback_agent", "department_lead", "triage_lead"}
