"""回避 Whoever is complained of, recused or in conflict has no say in how a complaint ends (N8, N16; domain 4.2)."""

from dataclasses import replace
from typing import Any

import pytest

from shared.decide import Actor, ComplaintCommand
from shared.events.base import Event
from shared.events.callback import CallbackScheduled
from shared.events.intake import ResponsibleDepartmentAssigned
from shared.events.investigation import ConflictDeclared
from tests.sentences import given, state_of
from tests.unit.callback.examples import (
    AUDITOR,
    CALLER,
    HIGHER,
    NOW,
    OTHER_LEAD,
    PERSON,
    REVIEWER,
    ROOMS,
    SERVICE,
    TRIGGER,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_satisfied,
    attempt,
    audit,
    classified,
    close,
    conclude_unreachable,
    concluded,
    decide_review,
    fact,
    reaffirm,
    record,
    registered,
    reopen,
    reschedule,
    review_requested,
    said,
)

ACTS: tuple[tuple[tuple[Event, ...], ComplaintCommand], ...] = (
    (at_due(), attempt()),
    (at_due(), reschedule()),
    (at_due(), conclude_unreachable()),
    (at_reached(), record()),
    (at_satisfied(), close()),
    (at_satisfied(), audit()),
    (at_dissatisfied(), reaffirm()),
    (at_dissatisfied(), reopen()),
    (at_reaffirmed(), close(OTHER_LEAD)),
    ((*at_dissatisfied(), review_requested()), decide_review()),
)
every_act = pytest.mark.parametrize(("known", "wish"), ACTS, ids=[type(wish).__name__ for _, wish in ACTS])


def recused(*people: str) -> ResponsibleDepartmentAssigned:
    return fact(ResponsibleDepartmentAssigned, "triage-hua", 1, department="cards", recused=people)


def in_conflict(person: str) -> ConflictDeclared:
    nature = said("A cousin.")
    return fact(ConflictDeclared, person, 1, person=person, nature=nature, replacement_needed=False)


@every_act
def test_whoever_is_or_was_complained_of_has_no_say(known: tuple[Event, ...], wish: ComplaintCommand) -> None:
    who = wish.actor.id
    given(SERVICE, *known, classified(complained_of=(who,))).when(wish).then_refused("recused")
    struck_off = (classified(complained_of=(who,)), classified())
    given(SERVICE, *known, *struck_off).when(wish).then_refused("recused")
    given(SERVICE, *known, recused(who)).when(wish).then_refused("recused")


@every_act
def test_nor_does_anyone_in_their_name(known: tuple[Event, ...], wish: ComplaintCommand) -> None:
    deputy = wish.model_copy(update={"actor": replace(wish.actor, on_behalf_of="head-1")})
    given(SERVICE, *known, classified(complained_of=("head-1",))).when(deputy).then_refused("recused")


@pytest.mark.parametrize("actor", [CALLER, AUDITOR, HIGHER, REVIEWER], ids=lambda actor: actor.role)
def test_to_whoever_declared_a_conflict_the_case_is_shut(actor: Actor) -> None:
    state = state_of(SERVICE, *at_due(), in_conflict(actor.id))
    assert not state.open_to(actor)
    assert not state.open_to(Actor("deputy-1", "department_lead", "cards", on_behalf_of=actor.id))
    assert state.open_to(OTHER_LEAD)


def test_those_who_may_not_call_are_named_with_the_callback() -> None:
    known: tuple[Any, ...] = (registered(), classified(complained_of=("call-1",)), recused("call-2"))
    state = state_of(SERVICE, *known, in_conflict("call-3"), concluded())
    (reaction,) = [each for each in ROOMS.service.reactions if each.name.startswith("when_resolution_concluded")]
    (scheduled,) = reaction.react(state, concluded(), TRIGGER)
    assert isinstance(scheduled, CallbackScheduled)
    assert {"call-1", "call-2", "call-3"} <= {*scheduled.handled_by}
    assert (scheduled.at, state.person) == (NOW, PERSON)
