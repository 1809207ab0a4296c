"""谈话记录 Statements are taken down: by whom, of whom, once."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.investigation.commands.take_statement import TakeStatement
from services.investigation.state import Investigation
from shared.decide import NotYetSeen
from shared.events.investigation import FindingsSubmitted, StatementTaken
from tests.unit.investigation.examples import (
    CLERK,
    INVESTIGATOR,
    OTHER_INVESTIGATOR,
    PERSON,
    at_accepted,
    at_investigating,
    at_opened,
    at_submitted,
    cause_identified,
    statement_taken,
    submit,
    take_down,
    told,
)


def test_the_investigator_takes_down_what_the_customer_says() -> None:
    (taken,) = (
        told(*at_investigating())
        .when(take_down(signed="statement-1"))
        .then(StatementTaken, statement="S1", of="customer", staff=None, signed="statement-1", by=INVESTIGATOR.id)
    )
    assert isinstance(taken, StatementTaken)
    assert (taken.text.owner, taken.text.clear) == (PERSON, "Nobody told me of the fee.")


def test_a_colleagues_statement_names_them() -> None:
    told(*at_investigating(complained_of=(CLERK,))).when(take_down(of="staff", staff=CLERK)).then(
        StatementTaken, of="staff", staff=CLERK
    )


def test_it_reads_the_record_of_the_colleague() -> None:
    wish = take_down(of="staff", staff=CLERK)
    assert tuple(wish.needed_then({wish.subject_id(): Investigation()})) == ("staff:clerk-qi",)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"of": "staff"}, "staff_needed"),
        ({"of": "witness", "staff": CLERK}, "staff_not_asked"),
        ({"of": "customer", "staff": CLERK}, "staff_not_asked"),
        ({"of": "staff", "staff": INVESTIGATOR.id}, "own_statement"),
    ],
)
def test_it_is_of_somebody_else_and_only_a_colleague_is_named(body: dict[str, Any], code: str) -> None:
    told(*at_investigating()).when(take_down(**body)).then_refused(code)


def test_of_a_colleague_unknown_the_directory_must_first_have_told() -> None:
    refusal = told(*at_investigating()).when(take_down(of="staff", staff="nobody-1")).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "staff:nobody-1"


def test_a_statement_stands() -> None:
    taken = (*at_investigating(), statement_taken())
    told(*taken).when(take_down(text="No, I was told.")).then_refused("statement_stands")
    told(*taken).when(take_down(statement="S2")).then(StatementTaken)


def test_nobody_but_the_investigator_takes_it() -> None:
    told(*at_investigating()).when(take_down(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")
    told(*at_opened()).when(take_down()).then_refused("not_the_investigator")
    deputy = replace(INVESTIGATOR, on_behalf_of=OTHER_INVESTIGATOR.id)
    told(*at_investigating()).when(take_down(deputy)).then_refused("not_the_investigator")
    assert TakeStatement.in_person


def test_it_may_be_taken_while_the_lead_reads_but_not_once_they_accepted() -> None:
    told(*at_submitted()).when(take_down()).then(StatementTaken)
    told(*at_accepted()).when(take_down()).then_refused("findings_accepted")


def test_findings_may_rest_on_a_statement_alone() -> None:
    told(*at_investigating(), statement_taken(), cause_identified()).when(submit()).then(FindingsSubmitted)


@pytest.mark.parametrize("wrong", [{"text": " "}, {"of": "rumour"}, {"statement": ""}])
def test_a_statement_without_words_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        take_down(**wrong)
