"""What the questions about customers and contacts are answered from, fact by fact."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.app import ROOMS
from services.intake.customer import FIELDS
from services.intake.reads.customer import Overview
from services.intake.reads.lookup import Sought
from services.intake.views.contact_records import STEPS, Step
from services.intake.views.contacts import Enquiry
from services.intake.views.customers import PERSONAL
from services.intake.views.lookup import by_words, digits, searchable
from shared.events.base import Event
from shared.events.customers import (
    CustomerJoinedInto,
    CustomerPartedFrom,
    OfContact,
    ProxyAuthorised,
    ProxyEnded,
)
from shared.events.intake import RegistrationCorrected
from shared.events.vocabulary import ExternalReference
from shared.privacy.personal import Personal
from shared.projections.folding import OWNERS, Row
from tests.unit.intake import examples
from tests.unit.intake.contact_story import (
    AGENT,
    BECAME_COMPLAINT,
    CLERK,
    COMPLAINT,
    CONTACT,
    DISSATISFIED,
    REVIEWED,
    SERVICE_GIVEN,
    answered,
    archived,
    called_back,
    passed_on,
    reclassified,
    recorded,
    reviewed,
)
from tests.unit.intake.customer_files import FANG, WANG, Files, correct, record, rows_of, subject
from tests.unit.intake.examples import MORNING, NOON
from tests.unit.intake.test_customers import CRM, WHOLE

CUSTOMERS, PROXIES, LOOKUP = ROOMS.view("customers"), ROOMS.view("proxies"), ROOMS.view("lookup")
CONTACTS, RECORDS = ROOMS.view("contacts"), ROOMS.view("contact_records")
OF_CONTACT = f"contact:{CONTACT}"
OF_COMPLAINT = f"complaint:{COMPLAINT}"


def said(*wishes: Any) -> tuple[Event, ...]:
    """What intake states of Ms Wang's file when it is asked for these."""
    files = Files()
    return tuple(event for wish in wishes for event in files.ask(wish))


def file_of(*events: Event) -> Row:
    (row,) = rows_of(CUSTOMERS, subject(WANG), *events).values()
    return row


def found_by(*events: Event, of: str = subject(WANG)) -> dict[str, set[str]]:
    """What is searched, by kind."""
    by_kind: dict[str, set[str]] = {}
    for row in rows_of(LOOKUP, of, *events).values():
        by_kind.setdefault(row["kind"], set()).add(row["value"])
    return by_kind


# The file


def test_a_whole_file_is_shown() -> None:
    row = file_of(*said(record(**WHOLE, external=CRM)))
    assert row["phones"].splitlines() == WHOLE["phones"]
    assert json.loads(row["accounts"]) == WHOLE["accounts"]
    assert (row["call_hours"], row["vulnerable"], row["segment"]) == ("10:00-12:00", True, "gold")
    assert (row["external_source"], row["external_id"], row["person_id"]) == ("crm", "C-4711", str(WANG))
    assert all(row[name] is not None for name in FIELDS)


def test_every_personal_column_says_whose_it_is() -> None:
    row = file_of(*said(record(**WHOLE)))
    assert row[OWNERS] == dict.fromkeys(PERSONAL, subject(WANG))


def test_a_correction_changes_what_it_states_and_empties_what_it_clears() -> None:
    row = file_of(
        *said(record(**WHOLE), correct(address="北京", phones=["139 0000 1111"], cleared=["email", "segment"]))
    )
    assert (row["address"], row["phones"], row["email"], row["segment"]) == ("北京", "139 0000 1111", None, None)
    assert (row["name"], row["occupation"]) == (WHOLE["name"], "教师")
    assert row["updated_at"] == NOON + timedelta(minutes=1)


def test_a_joined_file_says_which_stands_for_it_until_they_are_parted() -> None:
    joined = CustomerJoinedInto(at=NOON, by="system", into=subject(FANG))
    parted = CustomerPartedFrom(at=NOON, by="system", from_person=subject(FANG))
    assert file_of(*said(record()), joined)["joined_into"] == str(FANG)
    assert file_of(*said(record()), joined, parted)["joined_into"] is None


def test_what_is_erased_stays_blank() -> None:
    (fact,) = said(record(**WHOLE))
    erased = fact.model_copy(
        update={
            "name": sealed(),
            "phones": (sealed(), Personal.of(subject(WANG), "139")),
            "accounts": (fact.accounts[0].model_copy(update={"number": sealed()}),),  # type: ignore[attr-defined]
        }
    )
    row = file_of(erased)
    assert (row["name"], row["phones"], row["accounts"]) == (None, None, None)
    assert row["address"] is not None
    assert found_by(erased)["phone"] == {None, "139"}


def sealed() -> Personal:
    token = Personal.model_validate({"owner": subject(WANG), "sealed": "AQAB" + "Sealed_example-" * 5})
    return token.found_erased()


def test_the_overview_has_a_place_for_everything_that_a_file_may_hold() -> None:
    assert set(Overview.model_fields) >= set(FIELDS)


def test_a_proxy_is_shown_until_when_they_may_speak() -> None:
    words = Personal.of(subject(WANG), "李明")
    named = ProxyAuthorised(at=NOON, by="agent-1", proxy="p1", kind="heir", name=words, authority="will-1")
    ended = ProxyEnded(at=NOON, by="agent-1", proxy="p1", reasons=words)
    (row,) = rows_of(PROXIES, subject(WANG), named).values()
    assert (row["name"], row["kind"], row["authority"], row["ended_at"]) == ("李明", "heir", "will-1", None)
    (row,) = rows_of(PROXIES, subject(WANG), named, ended).values()
    assert row["ended_at"] == NOON


# Found by what they say


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("王芳 Wang Fang", "王"), ("王芳 Wang Fang", "wang fang"), ("王芳 Wang Fang", "ＷＡＮＧ"), ("王·芳", "王芳"),
        ("+86 138 0013 8000", "8000"), ("+86 138 0013 8000", "138-0013-8000"), ("１３８００１３８０００", "138 0013"),
        ("6222 0210 0012 3456", "0012-34"), ("7K3M-0Q9Z", "7k3m0q9z"), ("Fang@Example.CN", "fang@example.cn"),
        ("Straße", "STRASSE"), ("ｶﾞﾙｼｱ", "ガルシア"), ("C-4711", "c4711"),
    ],
)  # fmt: skip
def test_a_piece_is_found_however_it_is_written(written: str, sought: str) -> None:
    assert searchable(sought)
    assert searchable(sought) in searchable(written)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("王芳", ["王芳", "芳"]),
        ("王小芳 Wang Fang", ["王小芳wangfang", "小芳wangfang", "芳wangfang", "wangfang", "fang"]),
        ("O'Neil-Smith", ["oneilsmith", "neilsmith", "smith"]), ("王·芳", ["王芳", "芳"]), ("王王", ["王王", "王"]),
        ("ＷＡＮＧ　芳", ["wang芳", "芳"]), ("José", ["josé"]), (" - ", [""]),
    ],
)  # fmt: skip
def test_a_name_is_found_from_each_of_its_words_or_chinese_characters_on(name: str, words: list[str]) -> None:
    assert by_words(name).split(" ") == words


def test_no_text_is_searched_without_end() -> None:
    assert len(searchable("\ufdfa" * 500)) == 200
    assert len(by_words("王" + "芳" * 499).split()) <= 13
    assert len(by_words("a b " * 125)) < 3_000


def test_a_telephone_is_kept_as_it_is_dialled() -> None:
    assert digits("+86 (0)138-0013 8000 ext. ５") == "8601380013800" + "05"


def test_a_file_is_found_by_name_telephone_e_mail_account_and_reference() -> None:
    assert found_by(*said(record(**WHOLE, external=CRM))) == {
        "name": {"王芳wangfang 芳wangfang wangfang fang"}, "phone": {"13800138000", "862155550142"},
        "email": {"fangexamplecn"}, "account": {"6222021000123456"}, "customer_reference": {"c4711"},
    }  # fmt: skip


def test_what_is_shown_is_what_was_written() -> None:
    rows = rows_of(LOOKUP, subject(WANG), *said(record(**WHOLE)))
    assert {row["shown"] for row in rows.values() if row["kind"] == "phone"} == set(WHOLE["phones"])
    assert {row["person_id"] for row in rows.values()} == {str(WANG)}
    assert all(row[OWNERS] == {"value": subject(WANG), "shown": subject(WANG)} for row in rows.values())


def test_a_corrected_file_is_found_by_what_is_right_alone() -> None:
    found = found_by(
        *said(record(**WHOLE), correct(name="王小芳", phones=["139 0000 1111"], cleared=["email", "accounts"]))
    )
    assert found == {"name": {"王小芳 小芳 芳"}, "phone": {"13900001111"}}


def test_a_proxy_is_found_while_they_speak_for_the_customer() -> None:
    words = Personal.of(subject(WANG), "李明")
    named = ProxyAuthorised(at=NOON, by="agent-1", proxy="p1", kind="proxy", name=words, authority="poa-1")
    ended = ProxyEnded(at=NOON, by="agent-1", proxy="p1", reasons=words)
    assert found_by(named) == {"proxy": {"李明 明"}}
    assert found_by(named, ended) == {}


def test_a_complaint_is_found_by_its_number_its_references_and_whoever_complains() -> None:
    fact = examples.registered(
        contact=examples.words("138 0013 8000"), proxy=examples.words("李明"), proxy_authority="poa-1",
        external=ExternalReference(source="cfpb", id="47-11"), regulator_reference="NFRA/2025/1",
        representatives=(examples.words("Ms Li"),),
    )  # fmt: skip
    assert found_by(fact, of=OF_COMPLAINT) == {
        "complaint": {"7k3m0q9z"}, "complainant": {"赵敏 敏"}, "contact_given": {"13800138000"}, "proxy": {"李明 明"},
        "complaint_reference": {"4711"}, "regulator_reference": {"nfra20251"}, "representative": {"msli li"},
    }  # fmt: skip
    rows = rows_of(LOOKUP, OF_COMPLAINT, fact).values()
    assert {row["complaint_id"] for row in rows} == {str(COMPLAINT)}
    assert {row["person_id"] for row in rows} == {None}


@pytest.mark.parametrize(
    ("field", "kind"), [("complainant", "complainant"), ("contact", "contact_given"), ("proxy", "proxy")]
)
def test_a_corrected_registration_is_found_by_what_is_right(field: str, kind: str) -> None:
    fact = corrected(field=field, text=examples.words("赵小敏"))
    (value,) = found_by(examples.registered(), fact, of=OF_COMPLAINT)[kind]
    assert value.startswith("赵小敏")


def test_other_corrections_change_nothing_that_is_sought() -> None:
    before = found_by(examples.registered(), of=OF_COMPLAINT)
    for fact in (corrected(field="content", text=examples.words("Other.")), corrected(field="channel", channel="web")):
        assert found_by(examples.registered(), fact, of=OF_COMPLAINT) == before


def corrected(**fields: Any) -> RegistrationCorrected:
    usual = {"at": NOON, "by": "agent-1", "cycle": 1, "replaces": 1, "reasons": examples.words("Misheard.")}
    return RegistrationCorrected.model_validate({**usual, **fields})


def test_a_contact_is_found_by_its_number_and_its_caller() -> None:
    assert found_by(recorded(), of=OF_CONTACT) == {"contact": {"c7k3m0q9z"}, "caller": {"王芳138 芳138 138"}}


@pytest.mark.parametrize("piece", ["王", "13", "ab", "é"])
def test_two_letters_or_one_chinese_character_are_enough(piece: str) -> None:
    assert Sought(q=piece).q == piece


@pytest.mark.parametrize("piece", ["", "1", "a", "--", " ", "%", "__"])
def test_less_would_be_half_of_all_rows(piece: str) -> None:
    with pytest.raises(ValidationError):
        Sought(q=piece)


# Enquiries and service requests


def contact_row(*events: Event) -> Enquiry:
    (row,) = rows_of(CONTACTS, OF_CONTACT, *events).values()
    return Enquiry.model_validate(row)


def test_an_enquiry_is_shown() -> None:
    row = contact_row(recorded(from_complaint=COMPLAINT, category="transfers"))
    assert row == Enquiry(
        contact_id=str(CONTACT), number="C7K3M-0Q9Z", kind="enquiry", status="open", person_id=str(WANG),
        caller="王芳 138", owner=AGENT.id, department=None, channel="phone", category="transfers", received_at=MORNING,
        recorded_at=NOON, handled_by=None, calls=0, ending=None, complaint_id=None, from_complaint=str(COMPLAINT),
        updated_at=NOON,
    )  # fmt: skip


def test_what_came_in_online_has_no_owner() -> None:
    assert contact_row(recorded(by="system")).owner is None


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((recorded(), answered()), "unsatisfied"),
        ((recorded(), passed_on()), "passed_on"),
        ((recorded(), answered(), passed_on()), "passed_on"),
        (SERVICE_GIVEN, "handled"),
        ((*SERVICE_GIVEN, reviewed(passed=False)), "returned"),
        (REVIEWED, "reviewed"),
        ((*REVIEWED, called_back(None, "busy")), "reviewed"),
        (DISSATISFIED, "dissatisfied"),
        ((*DISSATISFIED, passed_on()), "passed_on"),
        ((recorded(), reclassified("service")), "open"),
        ((recorded(), answered(satisfied=True), archived()), "archived"),
        (BECAME_COMPLAINT, "archived"),
    ],
)
def test_the_list_says_how_far_it_is_and_so_does_what_is_decided_by(history: Iterable[Event], status: str) -> None:
    assert contact_row(*history).status == status
    state = ROOMS.service.folds["contact"].initial
    for event in history:
        state = ROOMS.service.folds["contact"].evolve(state, event)
    assert state.stage == status


def test_who_did_what_and_how_often_is_shown() -> None:
    row = contact_row(*REVIEWED, called_back(None, "busy"), called_back())
    assert (row.handled_by, row.department, row.calls) == (CLERK.id, "back-office", 2)
    assert contact_row(*BECAME_COMPLAINT).complaint_id == str(COMPLAINT)
    assert contact_row(recorded(), reclassified("service")).kind == "service"


def test_the_service_record_has_a_row_for_every_step() -> None:
    history = (*DISSATISFIED, reclassified("service"), *BECAME_COMPLAINT[1:])
    rows = rows_of(RECORDS, OF_CONTACT, *history)
    assert [row["step"] for _, row in sorted(rows.items())] == [
        "recorded", "passed_on", "handled", "reviewed", "called_back", "reclassified", "became_complaint", "archived",
    ]  # fmt: skip
    steps = [Step.model_validate(row) for _, row in sorted(rows.items())]
    assert [step.text for step in steps[:5]] == [
        "How long does it take?",
        "Please look.",
        "Card sent.",
        "Complete.",
        "No.",
    ]
    assert [step.agreed for step in steps] == [None, None, None, True, False, None, None, None]
    assert (steps[1].department, steps[4].outcome, steps[6].complaint_id) == ("back-office", "reached", str(COMPLAINT))
    assert steps[7].outcome == "became_complaint"


def test_every_fact_of_a_contact_is_a_step() -> None:
    assert set(STEPS) == set(OfContact.__subclasses__())


def test_the_texts_are_read_for_a_purpose() -> None:
    (question,) = RECORDS.questions
    assert question.purpose
    by_path = {read.path: read.purpose for read in ROOMS.reads}
    assert by_path["/customers/{person_id}"] and by_path["/lookup"]


def test_ids_in_these_rows_are_bare() -> None:
    assert UUID(contact_row(recorded()).person_id) == WANG
