"""要求补充材料 What is missing is asked for, comes, is given up, or is late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.investigation.commands.pass_information_deadline import PassInformationDeadline
from services.investigation.commands.request_information import RequestInformation
from shared.decide import Actor
from shared.events.base import Event
from shared.events.investigation import (
    FindingsSubmitted,
    InformationOverdue,
    InformationReceived,
    InformationRequested,
)
from shared.events.vocabulary import SYSTEM
from tests.sentences import state_of
from tests.unit.investigation.examples import (
    AGENT,
    COMPLAINT,
    INVESTIGATOR,
    NOW,
    OTHER_INVESTIGATOR,
    PERSON,
    ROOMS,
    SERVICE,
    ask,
    assigned,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    cause_identified,
    complaint_reopened,
    evidence_added,
    give_up,
    overdue,
    pass_deadline,
    receive,
    received,
    replaced,
    requested,
    submit,
    told,
    withdrawal_denied,
    withdrawal_requested,
    withdrawn,
)

DUE = NOW + timedelta(days=8)
ASKED = (*at_investigating(), requested())
READY = (*at_investigating(), evidence_added(), cause_identified())


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_the_investigator_asks_the_customer() -> None:
    (asked,) = (
        told(*at_investigating())
        .when(ask())
        .then(
            InformationRequested,
            request="R1",
            of="customer",
            department=None,
            due_at=NOW + days(16),
            by=INVESTIGATOR.id,
            cycle=1,
        )
    )
    assert isinstance(asked, InformationRequested)
    assert (asked.what.owner, asked.what.clear) == (PERSON, "The message of 3 March.")


def test_a_department_is_asked_by_its_name_and_nobody_else_has_one() -> None:
    told(*at_investigating()).when(ask(of="department", department="loans")).then(
        InformationRequested, of="department", department="loans"
    )
    told(*at_investigating()).when(ask(of="department")).then_refused("department_mismatch")
    told(*at_investigating()).when(ask(of="third_party", department="loans")).then_refused("department_mismatch")


@pytest.mark.parametrize("late", [days(9), days(8), days(-1)])
def test_an_answer_can_only_be_due_in_time_to_come(late: timedelta) -> None:
    told(*at_investigating()).when(ask(due_at=NOW + late)).then_refused("due_in_past")


def test_a_code_is_used_for_one_request_for_ever() -> None:
    told(*ASKED).when(ask()).then_refused("request_stands")
    told(*ASKED, received()).when(ask()).then_refused("request_stands")
    told(*ASKED).when(ask(request="R2")).then(InformationRequested, request="R2")


def test_nobody_but_the_investigator_asks() -> None:
    told(*at_investigating()).when(ask(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")
    told(*at_opened()).when(ask()).then_refused("not_the_investigator")
    deputy = replace(OTHER_INVESTIGATOR, on_behalf_of=INVESTIGATOR.id)
    told(*at_investigating()).when(ask(deputy)).then_refused("not_the_investigator")
    assert RequestInformation.in_person and RequestInformation.may == ("investigator",)


def test_nothing_is_asked_while_the_lead_reads() -> None:
    told(*at_submitted()).when(ask()).then_refused("findings_submitted")
    told(*at_accepted()).when(ask()).then_refused("findings_accepted")


def test_an_agent_records_the_answer() -> None:
    (answer,) = (
        told(*ASKED, evidence_added())
        .when(receive(evidence=("E1", "E1")))
        .then(
            InformationReceived,
            request="R1",
            complete=True,
            given_up=False,
            evidence=("E1",),
            of="customer",
            by=AGENT.id,
        )
    )
    assert isinstance(answer, InformationReceived) and answer.content.owner == PERSON


def test_the_investigator_records_it_too_but_no_other_one() -> None:
    told(*ASKED).when(receive(INVESTIGATOR)).then(InformationReceived, by=INVESTIGATOR.id)
    told(*ASKED).when(receive(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")


def test_an_agent_it_is_about_records_no_answer() -> None:
    told(*at_investigating(complained_of=(AGENT.id,)), requested()).when(receive()).then_refused("complained_of")


def test_only_evidence_that_is_there_comes_with_an_answer() -> None:
    refusal = told(*ASKED, evidence_added()).when(receive(evidence=("E1", "E7"))).then_refused("evidence_unknown")
    assert refusal.details == {"evidence": "E7"}


def test_only_what_was_asked_for_is_answered_or_given_up() -> None:
    for wish in (receive(request="R9"), give_up(request="R9")):
        told(*ASKED).when(wish).then_refused("request_unknown")


@pytest.mark.parametrize(
    "settled",
    [received(), received(complete=False, given_up=True)],
    ids=["answered", "given up"],
)
def test_what_is_settled_is_not_answered_again(settled: Event) -> None:
    told(*ASKED, settled).when(receive()).then_refused("request_settled")
    told(*ASKED, settled).when(give_up()).then_refused("request_settled")


def test_an_answer_that_is_not_complete_leaves_the_request_open() -> None:
    partly = (*ASKED, received(complete=False))
    told(*partly).when(receive()).then(InformationReceived, complete=True)
    told(*partly).when(give_up()).then(InformationReceived, given_up=True)


def test_the_investigator_gives_up_with_reasons() -> None:
    (given_up,) = (
        told(*ASKED)
        .when(give_up())
        .then(InformationReceived, complete=False, given_up=True, of="customer", by=INVESTIGATOR.id)
    )
    assert isinstance(given_up, InformationReceived) and given_up.content.clear == "The customer deleted it."
    told(*ASKED).when(give_up(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")


def test_findings_wait_for_what_was_asked_for() -> None:
    refusal = told(*READY, requested(), requested("R2")).when(submit()).then_refused("information_awaited")
    assert refusal.details == {"requests": ["R1", "R2"]}
    told(*READY, requested(), received(complete=False)).when(submit()).then_refused("information_awaited")
    told(*READY, requested(), received()).when(submit()).then(FindingsSubmitted)
    told(*READY, requested(), received(complete=False, given_up=True)).when(submit()).then(FindingsSubmitted)


def test_a_successor_waits_for_what_the_first_one_asked_for() -> None:
    later = (*ASKED, replaced(), evidence_added(), cause_identified())
    told(*later).when(submit(OTHER_INVESTIGATOR)).then_refused("information_awaited")
    told(*later).when(give_up(OTHER_INVESTIGATOR)).then(InformationReceived, given_up=True)


def test_nothing_of_an_earlier_cycle_is_waited_for() -> None:
    withdrawn_before = (*ASKED, withdrawal_requested(), withdrawn())
    second = (
        *withdrawn_before,
        complaint_reopened(reason="withdrawal_disputed"),
        *at_second_cycle()[-1:],
        assigned("inv-tao", cycle=2),
        evidence_added("E2", cycle=2),
        cause_identified(cycle=2),
    )
    told(*second).when(submit(OTHER_INVESTIGATOR)).then(FindingsSubmitted, cycle=2)
    told(*second).when(receive()).then_refused("request_settled")


# Late


def test_an_answer_that_is_not_there_in_time_is_written_down() -> None:
    told(*ASKED).when(pass_deadline(at=DUE)).then(
        InformationOverdue, request="R1", due_at=DUE, by=SYSTEM, cycle=1, at=DUE
    )


def test_only_once() -> None:
    told(*ASKED, overdue()).when(pass_deadline()).then_nothing()


def test_before_it_is_due_nothing_is_late() -> None:
    told(*ASKED).when(pass_deadline(at=DUE - timedelta(seconds=1))).then_refused("not_due")


def test_of_what_nobody_asked_for_nothing_is_late() -> None:
    told(*at_investigating()).when(pass_deadline()).then_refused("request_unknown")


@pytest.mark.parametrize(
    "in_time",
    [received(at=DUE), received(complete=False, given_up=True, at=DUE - timedelta(seconds=1))],
    ids=["answered", "given up"],
)
def test_what_was_settled_in_time_is_not_late_however_late_that_is_asked(in_time: Event) -> None:
    told(*ASKED, in_time).when(pass_deadline(at=NOW + days(300))).then_nothing()


@pytest.mark.parametrize(
    "no_help",
    [received(at=DUE + timedelta(seconds=1)), received(complete=False)],
    ids=["answered too late", "in time, but not complete"],
)
def test_what_came_too_late_or_in_part_heals_nothing(no_help: Event) -> None:
    told(*ASKED, no_help).when(pass_deadline()).then(InformationOverdue)


def test_a_cycle_that_ended_in_time_waited_for_nothing_when_it_was_due() -> None:
    told(*ASKED, withdrawal_requested(days=7), withdrawn()).when(pass_deadline()).then_nothing()


def test_a_cycle_that_ended_later_does_not_hide_that_it_was_late() -> None:
    told(*ASKED, withdrawal_requested(days=8.5), withdrawn()).when(pass_deadline()).then(InformationOverdue, cycle=1)
    reopened = complaint_reopened(at=NOW + days(20))
    told(*ASKED, reopened).when(pass_deadline(at=NOW + days(21))).then(InformationOverdue, cycle=1)


def test_a_withdrawal_that_was_denied_hides_nothing() -> None:
    told(*ASKED, withdrawal_requested(days=7), withdrawal_denied()).when(pass_deadline()).then(InformationOverdue)


def test_an_overdue_request_is_still_open() -> None:
    assert state_of(SERVICE, *ASKED, overdue()).awaited == ("R1",)
    told(*ASKED, overdue()).when(receive()).then(InformationReceived)


def test_every_request_is_looked_after_when_it_is_due() -> None:
    (deadline,) = ROOMS.deadlines
    assert deadline.later.on is InformationRequested
    assert deadline.later.due(requested()) == DUE
    command = deadline.command(f"complaint:{COMPLAINT}", requested())
    assert isinstance(command, PassInformationDeadline)
    assert (command.complaint_id, command.request, command.actor.role) == (COMPLAINT, "R1", SYSTEM)
    assert PassInformationDeadline.may == (SYSTEM,)


def test_a_person_with_both_roles_brings_what_the_customer_brings() -> None:
    both = Actor("agent-lin", "agent", "hotline")
    told(*ASKED).when(receive(both)).then(InformationReceived)
