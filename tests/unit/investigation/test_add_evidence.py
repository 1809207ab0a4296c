"""添加证据 Evidence is added, superseded, never replaced."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.investigation.commands.add_evidence import AddEvidence
from shared.decide import StoredFile
from shared.events.investigation import EvidenceAdded
from tests.unit.investigation.examples import (
    AGENT,
    COMPLAINT,
    INVESTIGATOR,
    OTHER_INVESTIGATOR,
    PERSON,
    add,
    assigned,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    department_assigned,
    evidence_added,
    told,
)

SUBJECT = f"complaint:{COMPLAINT}"


def test_the_investigator_adds_a_piece() -> None:
    (added,) = (
        told(*at_investigating())
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
    told(*at_investigating(restricted=True)).when(add()).then(EvidenceAdded, department="cards", restricted=True)


def test_an_agent_adds_what_the_customer_brings_even_before_anyone_investigates() -> None:
    told(*at_opened()).when(add(AGENT)).then(EvidenceAdded, by=AGENT.id)


def test_evidence_may_come_while_the_lead_reads() -> None:
    told(*at_submitted()).when(add(AGENT, evidence="E2")).then(EvidenceAdded, evidence="E2")


def test_an_investigator_of_another_case_adds_nothing() -> None:
    told(*at_investigating()).when(add(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")


def test_an_agent_complained_of_adds_nothing() -> None:
    told(*at_investigating(complained_of=(AGENT.id,))).when(add(AGENT)).then_refused("complained_of")


def test_the_same_piece_again_adds_nothing() -> None:
    told(*at_investigating(), evidence_added()).when(add()).then_nothing()


def test_a_piece_is_never_replaced_by_another_file() -> None:
    told(*at_investigating(), evidence_added()).when(add(sha256="b" * 64)).then_refused("evidence_never_replaced")


def test_a_better_piece_supersedes_an_earlier_one() -> None:
    told(*at_investigating(), evidence_added()).when(add(evidence="E2", supersedes="E1")).then(
        EvidenceAdded, evidence="E2", supersedes="E1"
    )


def test_only_a_known_piece_is_superseded() -> None:
    told(*at_investigating()).when(add(supersedes="E9")).then_refused("superseded_unknown")


def test_no_piece_supersedes_itself() -> None:
    told(*at_investigating()).when(add(supersedes="E1")).then_refused("supersedes_itself")


def test_a_piece_is_superseded_once() -> None:
    twice = (*at_investigating(), evidence_added(), evidence_added("E2", supersedes="E1"))
    told(*twice).when(add(evidence="E3", supersedes="E1")).then_refused("superseded_already")
    told(*twice).when(add(evidence="E3", supersedes="E2")).then(EvidenceAdded, supersedes="E2")


def test_an_earlier_cycles_piece_is_superseded_but_not_replaced() -> None:
    second = (*at_second_cycle(), assigned(OTHER_INVESTIGATOR.id, cycle=2))
    told(*second).when(add(OTHER_INVESTIGATOR, evidence="E2", supersedes="E1")).then(EvidenceAdded, cycle=2)
    told(*second).when(add(OTHER_INVESTIGATOR, sha256="b" * 64)).then_refused("evidence_never_replaced")


def kept(**marks: Any) -> StoredFile:
    fields: dict[str, Any] = {"sha256": "d" * 64, "subject": SUBJECT, "media_type": "application/pdf", "size": 70_000}
    return StoredFile(**fields | marks)


def stored(**body: Any) -> AddEvidence:
    fields: dict[str, Any] = {"sha256": "d" * 64, "stored": True, "size": None, "media_type": None}
    return add(**fields | body)


def test_a_file_that_is_kept_here_says_itself_how_large_and_of_which_type_it_is() -> None:
    assert stored().files() == ("d" * 64,) and add().files() == ()
    told(*at_investigating()).with_files(kept()).when(stored()).then(
        EvidenceAdded, stored=True, sha256="d" * 64, size=70_000, media_type="application/pdf"
    )
    told(*at_investigating()).with_files(kept()).when(stored(size=70_000, media_type="application/pdf")).then(
        EvidenceAdded, stored=True
    )


@pytest.mark.parametrize("wrong", [{"size": 70_001}, {"media_type": "audio/wav"}])
def test_what_is_said_of_a_stored_file_must_agree_with_it(wrong: dict[str, Any]) -> None:
    refusal = told(*at_investigating()).with_files(kept()).when(stored(**wrong)).then_refused("file_differs")
    assert refusal.details == {"size": 70_000, "media_type": "application/pdf"}


def test_a_file_that_is_not_kept_here_or_for_another_complaint_is_none() -> None:
    told(*at_investigating()).when(stored()).then_refused("file_unknown")
    elsewhere = kept(subject="complaint:00000000-0000-4000-8000-00000000000a")
    told(*at_investigating()).with_files(elsewhere).when(stored()).then_refused("file_unknown")


@pytest.mark.parametrize("missing", [{"size": None}, {"media_type": None}])
def test_of_what_another_system_keeps_size_and_type_must_be_said(missing: dict[str, Any]) -> None:
    told(*at_investigating()).when(add(**missing)).then_refused("marks_needed")


def test_whoever_is_recused_adds_nothing() -> None:
    recused = (*at_investigating(), department_assigned(recused=(AGENT.id,)))
    told(*recused).when(add(AGENT)).then_refused("recused")
    deputy = replace(AGENT, id="agent-mo", on_behalf_of=AGENT.id)
    told(*recused).when(add(deputy)).then_refused("recused")


def test_nobody_adds_in_the_investigators_name() -> None:
    deputy = replace(OTHER_INVESTIGATOR, on_behalf_of=INVESTIGATOR.id)
    told(*at_investigating()).when(add(deputy)).then_refused("not_the_investigator")


def test_after_acceptance_nothing_is_added() -> None:
    told(*at_accepted()).when(add(AGENT, evidence="E2")).then_refused("findings_accepted")


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"title": ""}, {"sha256": "A" * 64}, {"size": 0}, {"media_type": "wav"}, {"kind": "rumour"}],
)
def test_a_piece_without_its_marks_is_no_evidence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        add(**wrong)


def test_investigators_and_agents_may_ask() -> None:
    assert set(AddEvidence.may) == {"investigator", "agent"}
