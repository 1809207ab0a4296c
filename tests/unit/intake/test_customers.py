"""客户资料 A customer's file: begun once, corrected without loss, never asked twice (F60, F61, F65)."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.commands.customer_authorise_proxy import AuthoriseProxy
from services.intake.commands.customer_correct import CorrectCustomer
from services.intake.commands.customer_end_proxy import EndProxy
from services.intake.commands.customer_record import RecordCustomer
from services.intake.customer import FIELDS, Proxy
from shared.decide import NotFound
from shared.events.customers import CustomerCorrected, CustomerRecorded, ProxyAuthorised, ProxyEnded
from shared.events.vocabulary import ExternalReference
from shared.privacy.personal import personal_fields
from tests.unit.intake.customer_files import (
    AGENT,
    FANG,
    THIRD,
    WANG,
    Files,
    correct,
    join,
    note,
    record,
    subject,
    with_files,
)
from tests.unit.intake.examples import NOON

CRM = ExternalReference(source="crm", id="C-4711")
WHOLE: dict[str, Any] = {
    "name": "王芳 Wang Fang",
    "phones": ["138 0013 8000", "+86 21 5555 0142"],
    "email": "fang@example.cn",
    "address": "上海市浦东新区",
    "identity_document": "310101199003078888",
    "occupation": "教师",
    "income": "8000-12000",
    "accounts": [{"kind": "credit-card", "number": "6222 0210 0012 3456", "product": "金卡"}],
    "segment": "gold",
    "needs": "A loan for a flat.",
    "preferences": "By telephone, in the evening.",
    "risk_tolerance": "cautious",
    "special_needs": "Hard of hearing.",
    "vulnerable": True,
    "time_zone": "Asia/Urumqi",
    "call_hours": {"begin": "10:00", "end": "12:00"},
    "language": "zh",
}


def recorded(files: Files) -> CustomerRecorded:
    (fact,) = files.stated[subject(WANG)][:1]
    assert isinstance(fact, CustomerRecorded)
    return fact


def test_a_file_holds_all_three_kinds_of_data() -> None:
    files = Files()
    files.ask(record(**WHOLE, external=CRM))
    fact = recorded(files)
    assert (fact.by, fact.at, fact.external, fact.segment) == (AGENT.id, NOON, CRM, "gold")
    assert files.of(WANG).holds == set(FIELDS) == set(WHOLE)
    assert fact.needs is not None and fact.needs.clear == "A loan for a flat."
    assert [phone.clear for phone in fact.phones] == WHOLE["phones"]
    assert fact.accounts[0].number.clear == "6222 0210 0012 3456"


def test_everything_personal_in_it_belongs_to_the_customer() -> None:
    files = Files()
    files.ask(record(**WHOLE))
    pieces = dict(personal_fields(recorded(files)))
    assert {piece.owner for piece in pieces.values()} == {subject(WANG)}
    assert len(pieces) == 14


def test_a_name_and_a_way_to_reach_them_are_enough() -> None:
    for way in ({"phones": ["138 0013 8000"]}, {"email": "a@b.cn"}, {"address": "上海"}):
        assert Files().ask(record(phones=(), **way) if "phones" not in way else record(**way))
    Files().refused(record(phones=()), "not_reachable")
    with pytest.raises(ValidationError):
        RecordCustomer(actor=AGENT, at=NOON, person_id=WANG, phones=("138 0013 8000",))  # type: ignore[call-arg]


def test_a_number_or_account_that_is_given_twice_is_kept_once() -> None:
    files = Files()
    files.ask(record(phones=["138 0013 8000"] * 3, accounts=WHOLE["accounts"] * 2))
    assert (len(recorded(files).phones), len(recorded(files).accounts)) == (1, 1)


def test_the_same_reference_of_the_customer_system_names_the_same_file_for_everyone() -> None:
    first = RecordCustomer.derive({"external": CRM}, "agent-1", "k1")
    assert first == RecordCustomer.derive({"external": {"source": "crm", "id": "C-4711"}}, "agent-2", "k2")
    assert first != RecordCustomer.derive({"external": {"source": "crm", "id": "C-4712"}}, "agent-1", "k1")


def test_without_one_the_actor_and_their_key_name_it_and_a_known_person_goes_first() -> None:
    assert RecordCustomer.derive({}, "agent-1", "k1") == RecordCustomer.derive({"external": None}, "agent-1", "k1")
    assert RecordCustomer.derive({}, "agent-1", "k1") != RecordCustomer.derive({}, "agent-1", "k2")
    assert RecordCustomer.derive({"person": WANG, "external": CRM}, "agent-1", "k1") == {"person_id": WANG}


def test_importing_a_customer_twice_finds_the_first() -> None:
    files = Files()
    files.ask(record(external=CRM))
    assert files.ask(record(external=CRM, name="王小芳")) == []
    assert files.ask(record(external=CRM, person=WANG)) == []


def test_somebody_known_from_a_complaint_gets_a_file_once() -> None:
    files = Files()
    assert not files.of(WANG).recorded
    files.ask(record(person=WANG))
    assert files.of(WANG).recorded
    files.refused(record(person=WANG, name="王小芳"), "file_exists")


def test_a_customer_of_the_customer_system_has_one_file() -> None:
    files = Files()
    files.ask(record(external=CRM))
    refusal = files.refused(record(FANG, external=CRM), "external_reference_taken")
    assert refusal.details == {"person": subject(WANG)}
    files.ask(record(FANG))
    files.refused(correct(FANG, external=CRM), "external_reference_taken")
    other = ExternalReference(source="crm", id="C-4712")
    assert files.ask(correct(FANG, external=other))
    files.refused(correct(WANG, external=other), "external_reference_taken")


@pytest.mark.parametrize(
    "field",
    [
        {"phones": ["12"]}, {"phones": [" "]}, {"email": "fang"}, {"email": "f ang@b.cn"}, {"email": "@b.cn"},
        {"time_zone": "Asia/Nowhere"}, {"time_zone": "Asia"}, {"call_hours": {"begin": "12:00", "end": "12:00"}},
        {"accounts": [{"kind": "card", "number": " "}]}, {"segment": "platinum"}, {"name": " "},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_even_a_command(field: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        record(**field)


def test_a_correction_states_what_is_given_and_nothing_else() -> None:
    files = Files()
    files.ask(record(**WHOLE))
    (fact,) = files.ask(correct(address="北京市海淀区", phones=["139 0000 1111"]))
    assert isinstance(fact, CustomerCorrected)
    assert fact.address is not None and fact.address.clear == "北京市海淀区"
    assert [phone.clear for phone in fact.phones] == ["139 0000 1111"]
    assert (fact.name, fact.accounts, fact.segment, fact.cleared) == (None, (), None, ())
    assert files.of(WANG).holds == set(FIELDS)


def test_what_stands_there_already_is_not_stated_again() -> None:
    files = Files()
    files.ask(record(**WHOLE))
    assert files.ask(correct(segment="gold", vulnerable=True, language="zh")) == []
    (fact,) = files.ask(correct(segment="free", language="zh"))
    assert isinstance(fact, CustomerCorrected) and (fact.segment, fact.language) == ("free", None)
    assert files.ask(correct(segment="free")) == []


def test_what_is_to_be_empty_is_named() -> None:
    files = Files()
    files.ask(record(**WHOLE))
    (fact,) = files.ask(correct(cleared=["segment", "email", "segment"]))
    assert isinstance(fact, CustomerCorrected) and fact.cleared == ("segment", "email")
    assert files.of(WANG).holds == set(FIELDS) - {"segment", "email"}
    assert files.ask(correct(cleared=["email"])) == []
    assert files.ask(correct(segment="gold"))


def test_a_field_is_either_given_or_cleared() -> None:
    files = Files()
    files.ask(record(**WHOLE))
    refusal = files.refused(correct(email="a@b.cn", cleared=["email"]), "given_and_cleared")
    assert refusal.details == {"field": "email"}
    files.refused(correct(vulnerable=False, cleared=["vulnerable"]), "given_and_cleared")
    files.refused(correct(segment="gold", cleared=["segment"]), "given_and_cleared")


def test_a_customer_keeps_a_name_and_a_way_to_be_reached() -> None:
    files = with_files(WANG)
    files.refused(correct(cleared=["name"]), "nameless")
    files.refused(correct(cleared=["phones"]), "not_reachable")
    assert files.ask(correct(cleared=["phones"], email="a@b.cn"))


def test_who_has_no_file_has_nothing_to_correct() -> None:
    assert isinstance(Files().refused(correct(email="a@b.cn"), "unknown_customer"), NotFound)


def test_a_file_that_another_stands_for_is_not_written_to() -> None:
    files = with_files(WANG, FANG)
    files.ask(join())
    files.ask(note())
    for wish in (correct(FANG, email="a@b.cn"), authorise(person_id=FANG)):
        refusal = files.refused(wish, "joined_into")
        assert refusal.details == {"person": subject(WANG)}


def authorise(**fields: Any) -> AuthoriseProxy:
    usual: dict[str, Any] = {
        "person_id": WANG, "proxy": "p1", "kind": "proxy", "name": "李明", "contact": "139", "authority": "poa-17",
    }  # fmt: skip
    return AuthoriseProxy(actor=AGENT, at=NOON, **{**usual, **fields})


def end(proxy: str = "p1") -> EndProxy:
    return EndProxy(actor=AGENT, at=NOON, person_id=WANG, proxy=proxy, reasons="Revoked.")


@pytest.mark.parametrize("kind", ["proxy", "heir", "guardian"])
def test_a_proxy_is_recorded_with_the_document_that_empowers_them(kind: str) -> None:
    files = with_files(WANG)
    (fact,) = files.ask(authorise(kind=kind, until=NOON + timedelta(days=1)))
    assert isinstance(fact, ProxyAuthorised)
    assert (fact.kind, fact.authority, fact.name.clear) == (kind, "poa-17", "李明")
    assert {piece.owner for _, piece in personal_fields(fact)} == {subject(WANG)}


def test_nobody_speaks_for_a_customer_without_a_document() -> None:
    with pytest.raises(ValidationError):
        authorise(authority=" ")
    with pytest.raises(ValidationError):
        authorise(authority=None)


def test_an_authority_that_is_over_counts_for_nothing() -> None:
    files = with_files(WANG)
    files.refused(authorise(until=NOON), "expired_already")
    files.ask(authorise(until=NOON + timedelta(days=1)))
    files.ask(authorise(proxy="p2"))
    customer = files.of(WANG)
    assert customer.proxy("p1", NOON) == Proxy("proxy", "poa-17", NOON + timedelta(days=1))
    assert customer.proxy("p1", NOON + timedelta(days=1)) is None
    assert customer.proxy("p2", NOON + timedelta(days=9_999)) is not None
    assert customer.proxy("p3", NOON) is None


def test_an_authority_is_ended_once() -> None:
    files = with_files(WANG)
    files.ask(authorise())
    (fact,) = files.ask(end())
    assert isinstance(fact, ProxyEnded) and fact.reasons.clear == "Revoked."
    assert files.of(WANG).proxy("p1", NOON) is None
    assert files.ask(end()) == []
    refusal = files.refused(end("p9"), "unknown_proxy")
    assert isinstance(refusal, NotFound) and refusal.details == {"proxy": "p9"}


def test_a_proxy_s_name_is_given_once() -> None:
    files = with_files(WANG)
    files.ask(authorise())
    assert files.refused(authorise(name="张三"), "proxy_exists").details == {"proxy": "p1"}
    files.ask(end())
    files.refused(authorise(), "proxy_exists")


@pytest.mark.parametrize("wish", [authorise(), end()])
def test_a_proxy_needs_a_file(wish: Any) -> None:
    Files().refused(wish, "unknown_customer")


def test_who_keeps_the_files() -> None:
    assert set(RecordCustomer.may) == {"agent", "triage_lead", "regulator_desk", "system"}
    assert set(CorrectCustomer.may) == {"agent", "triage_lead", "callback_agent", "regulator_desk"}
    assert set(AuthoriseProxy.may) == set(EndProxy.may) == {"agent", "triage_lead", "regulator_desk"}
    assert record(THIRD).subject_id() == subject(THIRD)
