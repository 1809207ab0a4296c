"""利益冲突声明 Who has an interest says so, and is out at once."""

import dataclasses

from services.investigation.commands.declare_conflict import DeclareConflict
from shared.events.investigation import CauseIdentified, ConflictDeclared, InvestigatorReplaced
from tests.sentences import state_of
from tests.unit.investigation.examples import (
    AGENT,
    INVESTIGATOR,
    OTHER_INVESTIGATOR,
    SERVICE,
    accept,
    add,
    assign,
    at_accepted,
    at_investigating,
    at_submitted,
    conflict_declared,
    declare,
    name_cause,
    replaced,
    send_back,
    submit,
    told,
)


def test_the_investigator_declares_a_conflict_and_must_be_replaced() -> None:
    (declared,) = (
        told(*at_investigating())
        .when(declare())
        .then(ConflictDeclared, person=INVESTIGATOR.id, by=INVESTIGATOR.id, replacement_needed=True)
    )
    assert isinstance(declared, ConflictDeclared)
    assert declared.nature.owner == f"staff:{INVESTIGATOR.id}"


def test_an_agents_conflict_asks_for_no_replacement() -> None:
    told(*at_investigating()).when(declare(AGENT)).then(ConflictDeclared, person=AGENT.id, replacement_needed=False)


def test_once_the_findings_are_accepted_a_conflict_asks_for_no_replacement() -> None:
    told(*at_accepted()).when(declare()).then(ConflictDeclared, replacement_needed=False)


def test_declaring_again_adds_nothing() -> None:
    told(*at_investigating(), conflict_declared()).when(declare()).then_nothing()


def test_their_access_ends_at_once() -> None:
    before = state_of(SERVICE, *at_investigating())
    after = state_of(SERVICE, *at_investigating(), conflict_declared())
    assert before.open_to(INVESTIGATOR) and not after.open_to(INVESTIGATOR)
    assert after.open_to(OTHER_INVESTIGATOR)
    assert not after.open_to(dataclasses.replace(OTHER_INVESTIGATOR, on_behalf_of=INVESTIGATOR.id))


def test_nothing_else_happens_until_another_investigates() -> None:
    for wish in (add(AGENT), name_cause(), submit(), send_back(), accept()):
        told(*at_submitted(), conflict_declared()).when(wish).then_refused("investigator_must_be_replaced")
    told(*at_submitted(), conflict_declared()).when(assign("inv-tao", reason="conflict")).then(
        InvestigatorReplaced, previous=INVESTIGATOR.id
    )


def test_the_successor_works_on() -> None:
    state = (*at_submitted(), conflict_declared(), replaced())
    told(*state).when(name_cause(OTHER_INVESTIGATOR)).then(CauseIdentified, by=OTHER_INVESTIGATOR.id)


def test_compliance_writes_nothing_on_a_case_not_even_this() -> None:
    assert "compliance_officer" not in DeclareConflict.may
    assert {"agent", "investigator", "callback_agent", "approver"} <= set(DeclareConflict.may)
