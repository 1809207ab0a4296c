"""添加证据 Evidence is added, superseded, never replaced."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.investigation.commands.add_evidence import AddEvidence
from shared.events.investigation import EvidenceAdded
from tests.sentences import given
from tests.unit.investigation.examples import (
    AGENT,
    INVESTIGATOR,
    OTHER_INVESTIGATOR,
    PERSON,
    SERVICE,
    add,
    at_accepted,
    at_investigating,
    at_opened,
    at_submitted,
    evidence_added,
)


def test_the_investigator_adds_a_piece() -> None:
    (added,) = (
        given(SERVICE, *at_investigating())
        .when(add())
        .then(
            EvidenceAdded,
            evidence="E1",
            kind="recording",
            sha256="a" * 64,
            size=4096,
            media_type="audio/wav",
            obtained_from="telephony",
            supersedes=None,
            by=INVESTIGATOR.id,
            cycle=1,
        )
    )
    assert isinstance(added, EvidenceAdded)
    assert (added.title.owner, added.title.clear) == (PERSON, "The call of 1 March")


def test_it_says_who_may_see_it() -> None:
    given(SERVICE, *at_investigating(restricted=True)).when(add()).then(
        EvidenceAdded, department="cards", restricted=True
    )


def test_an_agent_adds_what_the_customer_brings_even_before_anyone_investigates() -> None:
    given(SERVICE, *at_opened()).when(add(AGENT)).then(EvidenceAdded, by=AGENT.id)


def test_evidence_may_come_while_the_lead_reads() -> None:
    given(SERVICE, *at_submitted()).when(add(AGENT, evidence="E2")).then(EvidenceAdded, evidence="E2")


def test_an_investigator_of_another_case_adds_nothing() -> None:
    given(SERVICE, *at_investigating()).when(add(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")


def test_an_agent_complained_of_adds_nothing() -> None:
    given(SERVICE, *at_investigating(complained_of=(AGENT.id,))).when(add(AGENT)).then_refused("complained_of")


def test_the_same_piece_again_adds_nothing() -> None:
    given(SERVICE, *at_investigating(), evidence_added()).when(add()).then_nothing()


def test_a_piece_is_never_replaced_by_another_file() -> None:
    given(SERVICE, *at_investigating(), evidence_added()).when(add(sha256="b" * 64)).then_refused(
        "evidence_never_replaced"
    )


def test_a_better_piece_supersedes_an_earlier_one() -> None:
    given(SERVICE, *at_investigating(), evidence_added()).when(add(evidence="E2", supersedes="E1")).then(
        EvidenceAdded, evidence="E2", supersedes="E1"
    )


@pytest.mark.parametrize("unknown", ["E9", "E1"])
def test_only_a_known_piece_is_superseded(unknown: str) -> None:
    given(SERVICE, *at_investigating()).when(add(supersedes=unknown)).then_refused("superseded_unknown")


def test_after_acceptance_nothing_is_added() -> None:
    given(SERVICE, *at_accepted()).when(add(AGENT, evidence="E2")).then_refused("findings_accepted")


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"title": ""}, {"sha256": "A" * 64}, {"size": 0}, {"media_type": "wav"}, {"kind": "rumour"}],
)
def test_a_piece_without_its_marks_is_no_evidence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        add(**wrong)


def test_investigators_and_agents_may_ask() -> None:
    assert set(AddEvidence.may) == {"investigator", "agent"}
