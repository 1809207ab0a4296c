"""When nothing can be done on a case at all: unknown, not arrived, closed."""

import pytest

from shared.decide import Command, NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.investigation import ConflictDeclared
from tests.sentences import given
from tests.unit.investigation.examples import (
    AGENT,
    SERVICE,
    TEAM,
    accept,
    add,
    assign,
    at_accepted,
    at_opened,
    at_submitted,
    complaint_closed,
    complaint_reopened,
    declare,
    department_assigned,
    investigation_reopened,
    name_cause,
    registered,
    send_back,
    submit,
)

EVERY_WISH = [assign(), declare(), add(), add(AGENT), name_cause(), submit(), accept(), send_back()]
each = pytest.mark.parametrize("wish", EVERY_WISH, ids=lambda wish: f"{type(wish).__name__} {wish.actor.role}")


def test_this_module_asks_for_every_command() -> None:
    assert {type(wish) for wish in EVERY_WISH} == set(SERVICE.handlers)


@each
def test_of_a_complaint_that_nobody_registered_nothing_is_known(wish: Command) -> None:
    refusal = given(SERVICE).with_references(TEAM).when(wish).then_refused("unknown_complaint")
    assert isinstance(refusal, NotFound) and refusal.status == 404


@each
@pytest.mark.parametrize(
    "known",
    [
        at_opened()[:-1],
        (registered(),),
        (*at_accepted(), complaint_reopened(stage="judgement")),
        (*at_accepted(), complaint_reopened(), department_assigned(cycle=2)),
    ],
    ids=["department assigned", "registered", "to be judged again", "reopening not yet answered"],
)
def test_before_it_is_opened_in_this_cycle_one_waits(wish: Command, known: tuple[Event, ...]) -> None:
    refusal = given(SERVICE, *known).with_references(TEAM).when(wish).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "investigation.opened"


@each
@pytest.mark.parametrize("known", [at_opened(), at_submitted(), at_accepted()], ids=["opened", "submitted", "accepted"])
def test_after_closing_nothing_is_done(wish: Command, known: tuple[Event, ...]) -> None:
    given(SERVICE, *known, complaint_closed()).with_references(TEAM).when(wish).then_refused("closed")


def test_a_reopening_ends_the_closure() -> None:
    again = (*at_accepted(), complaint_closed(), complaint_reopened(reason="new_facts"), investigation_reopened())
    given(SERVICE, *again).when(declare(AGENT)).then(ConflictDeclared, cycle=2)
