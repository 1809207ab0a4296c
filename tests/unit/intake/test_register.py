"""登记 Entering a complaint in the register (F03)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.commands.register import RegisterComplaint
from services.intake.limits import number_of
from services.intake.rules import EARLIEST
from shared.decide import Actor, Known, Refused
from shared.events.intake import ComplaintRegistered
from shared.events.vocabulary import ExternalReference
from shared.privacy.personal import MAX_BYTES, personal_fields
from tests.unit.intake.examples import AGENT, COMPLAINT, MORNING, NOON, SERVICE, after, closed, intake, registered


def register(**fields: Any) -> RegisterComplaint:
    usual: dict[str, Any] = {
        "complaint_id": COMPLAINT,
        "complainant": "赵敏",
        "received_at": MORNING,
        "channel": "phone",
        "content": "The fee was charged twice.",
    }
    return RegisterComplaint(actor=AGENT, at=NOON, **{**usual, **fields})


def test_a_registration_writes_down_who_complains_of_what() -> None:
    (fact,) = (
        after()
        .when(register(desired_remedy="My money.", product="Gold card"))
        .then(ComplaintRegistered, by=AGENT.id, at=NOON, cycle=1, received_at=MORNING, channel="phone", pack="house/1")
    )
    assert isinstance(fact, ComplaintRegistered)
    assert fact.complainant is not None and fact.complainant.clear == "赵敏"
    assert fact.content.clear == "The fee was charged twice."
    assert fact.desired_remedy is not None and fact.desired_remedy.clear == "My money."
    assert fact.product is not None and fact.product.clear == "Gold card"


def test_everything_personal_belongs_to_the_customer() -> None:
    wish = register(contact="1", proxy="2", proxy_authority="poa-1", desired_remedy="3", product="4")
    (fact,) = after().when(wish).then(ComplaintRegistered)
    assert isinstance(fact, ComplaintRegistered)
    assert {path for path, _ in personal_fields(fact)} == {
        "complainant", "contact", "proxy", "content", "desired_remedy", "product",
    }  # fmt: skip
    assert {personal.owner for _, personal in personal_fields(fact)} == {fact.person}


def test_a_customer_whom_the_firm_knows_keeps_their_subject() -> None:
    customer = UUID("00000000-0000-4000-8000-0000000000ff")
    after().when(register(person=customer)).then(ComplaintRegistered, person=f"person:{customer}")


def test_an_unknown_customer_gets_a_subject_that_another_attempt_gives_again() -> None:
    (first,) = after().when(register()).then(ComplaintRegistered)
    (second,) = after().when(register()).then(ComplaintRegistered)
    assert isinstance(first, ComplaintRegistered) and isinstance(second, ComplaintRegistered)
    assert first.person == second.person
    assert first.person != f"person:{COMPLAINT}"


@pytest.mark.parametrize("history", [(registered(),), (registered(), closed())])
def test_a_second_registration_adds_nothing(history: tuple[Any, ...]) -> None:
    after(*history).when(register(content="Something else.")).then_nothing()


def test_received_in_the_future_is_refused() -> None:
    after().when(register(received_at=NOON + timedelta(microseconds=1))).then_refused("received_in_future")


def test_received_before_1990_is_refused() -> None:
    after().when(register(received_at=EARLIEST - timedelta(microseconds=1))).then_refused("received_too_early")


@given_any(st.integers(min_value=0, max_value=int((NOON - EARLIEST).total_seconds())))
def test_received_at_any_second_between_is_taken(seconds: int) -> None:
    after().when(register(received_at=NOON - timedelta(seconds=seconds))).then(ComplaintRegistered)


def test_a_proxy_without_authority_is_refused() -> None:
    after().when(register(proxy="Ms Li")).then_refused("proxy_without_authority")


def test_an_authority_without_a_proxy_is_refused() -> None:
    after().when(register(proxy_authority="poa-17")).then_refused("authority_without_proxy")


def test_a_proxy_with_authority_is_written_down() -> None:
    (fact,) = (
        after()
        .when(register(proxy="Ms Li", proxy_authority="poa-17"))
        .then(ComplaintRegistered, proxy_authority="poa-17")
    )
    assert isinstance(fact, ComplaintRegistered)
    assert fact.proxy is not None and fact.proxy.clear == "Ms Li"


@pytest.mark.parametrize("content", ["", " \n\t", "x" * 30_001, "\ud800", "投" * (MAX_BYTES // 3 + 1)])
def test_a_content_that_is_blank_or_cannot_be_sealed_is_not_even_a_command(content: str) -> None:
    with pytest.raises(ValidationError):
        register(content=content)


def test_a_content_of_thirty_thousand_characters_is_taken() -> None:
    after().when(register(content="x" * 30_000)).then(ComplaintRegistered)


def test_the_same_external_reference_names_the_same_complaint_for_everyone() -> None:
    reference = ExternalReference(source="cfpb", id="4711")
    first = RegisterComplaint.derive({"external": reference}, "agent-1", "k1")
    assert first == RegisterComplaint.derive({"external": {"source": "cfpb", "id": "4711"}}, "agent-2", "k2")
    assert first != RegisterComplaint.derive({"external": ExternalReference(source="cfpb", id="4712")}, "agent-1", "k1")
    assert first != RegisterComplaint.derive({"external": ExternalReference(source="fos", id="4711")}, "agent-1", "k1")


@pytest.mark.parametrize("body", [{}, {"external": None}])
def test_without_one_the_actor_and_their_key_name_it(body: dict[str, Any]) -> None:
    first = RegisterComplaint.derive(body, "agent-1", "k1")
    assert first == RegisterComplaint.derive(body, "agent-1", "k1")
    assert first != RegisterComplaint.derive(body, "agent-2", "k1")
    assert first != RegisterComplaint.derive(body, "agent-1", "k2")


def test_the_external_reference_stands_in_the_fact() -> None:
    reference = ExternalReference(source="cfpb", id="4711")
    after().when(register(external=reference)).then(ComplaintRegistered, external=reference)


def test_a_lost_race_for_the_number_draws_another() -> None:
    handler = SERVICE.handlers[RegisterComplaint]
    numbers = [handler(intake(), register(), Known(attempt=attempt)) for attempt in (0, 1)]
    drawn = [fact.number for (fact,) in numbers if isinstance(fact, ComplaintRegistered)]
    assert drawn == [number_of(COMPLAINT, 0), number_of(COMPLAINT, 1)]
    assert drawn[0] != drawn[1]


def test_the_system_registers_what_comes_in_online() -> None:
    web = register(channel="web").model_copy(update={"actor": Actor("system", "system", "system")})
    after().when(web).then(ComplaintRegistered, by="system")
    assert set(RegisterComplaint.may) == {"agent", "system", "regulator_desk"}


def test_a_refusal_says_what_to_do_instead() -> None:
    refusal = after().when(register(proxy="Ms Li")).then_refused("proxy_without_authority")
    assert isinstance(refusal, Refused)
    assert "reference" in refusal.message
