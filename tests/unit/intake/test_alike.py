"""疑似重复投诉 Complaints alike: of one customer, or many of one category (domain 4.2, gap 4)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.dismiss_duplicate import DismissDuplicate
from services.intake.limits import GUARDS, matter_row, number_of, others_alike, similar_of_late, similar_rows
from shared.decide import Actor
from shared.events.intake import (
    ComplaintClassified,
    ComplaintReclassified,
    ComplaintRegistered,
    DuplicateDismissed,
    DuplicateSuspected,
)
from shared.packs.house import DUPLICATE_WITHIN, SIMILAR_FROM, SIMILAR_WITHIN
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    NOON,
    OTHER_COMPLAINT,
    READY,
    REFERRED,
    ZHAO,
    after,
    classified,
    closed,
    corrected,
    dismissed,
    in_error,
    intake,
    reclassified,
    referred,
    registered,
    suspected,
    taken_over,
    withdrawal_requested,
    withdrawn,
    words,
)
from tests.unit.intake.journal import Journal

FEE = matter_row(ZHAO, "cards.fee")
STRANGER = "person:00000000-0000-4000-8000-0000000000c9"


def classify(complaint: UUID = COMPLAINT, at: datetime = NOON, **fields: Any) -> ClassifyComplaint:
    usual: dict[str, Any] = {"actor": AGENT, "category": "cards.fee", "severity": "ordinary"}
    return ClassifyComplaint(at=at, complaint_id=complaint, **{**usual, **fields})


def dismiss(other: UUID = OTHER_COMPLAINT, actor: Actor = AGENT) -> DismissDuplicate:
    return DismissDuplicate(actor=actor, at=NOON, complaint_id=COMPLAINT, other=other, reasons="Another fee.")


def entry(complaint: UUID, person: str = ZHAO) -> ComplaintRegistered:
    return registered(number=number_of(complaint, 0), person=person)


def subject(complaint: UUID) -> str:
    return f"complaint:{complaint}"


def two(person: str = ZHAO) -> Journal:
    """Two complaints in the register, the other one classified already."""
    journal = Journal()
    journal.write(subject(OTHER_COMPLAINT), entry(OTHER_COMPLAINT))
    journal.write(subject(COMPLAINT), entry(COMPLAINT, person))
    journal.ask(classify(OTHER_COMPLAINT))
    return journal


def counted(journal: Journal, category: str) -> int:
    return similar_of_late([journal.guards.get(row) for row in similar_rows(category)], NOON)


def suspicions(journal: Journal, command: ClassifyComplaint) -> list[UUID]:
    return [event.other for event in journal.ask(command) if isinstance(event, DuplicateSuspected)]


def test_a_second_complaint_of_one_customer_and_category_may_be_the_same() -> None:
    journal = two()
    facts = journal.ask(classify())
    assert [type(fact) for fact in facts] == [ComplaintClassified, DuplicateSuspected]
    assert isinstance(facts[1], DuplicateSuspected) and facts[1].other == OTHER_COMPLAINT
    assert journal.of(subject(COMPLAINT)).suspected == {OTHER_COMPLAINT}


def test_another_customer_s_or_another_category_s_is_not() -> None:
    assert suspicions(two("person:00000000-0000-4000-8000-0000000000c9"), classify()) == []
    assert suspicions(two(), classify(category="cards.fraud")) == []


def test_one_of_long_ago_is_not() -> None:
    assert suspicions(two(), classify(at=NOON + DUPLICATE_WITHIN - timedelta(seconds=1))) == [OTHER_COMPLAINT]
    assert suspicions(two(), classify(at=NOON + DUPLICATE_WITHIN)) == []


def test_each_is_suspected_once() -> None:
    journal = two()
    journal.ask(classify())
    assert suspicions(journal, classify(urgent=True, explanation="A lost card.")) == []


def test_a_complaint_is_no_duplicate_of_itself() -> None:
    journal = two()
    journal.ask(classify())
    own = journal.of(subject(OTHER_COMPLAINT))
    assert own.suspected == frozenset()
    assert others_alike(journal.guards[FEE], COMPLAINT, NOON) == (OTHER_COMPLAINT,)


@pytest.mark.parametrize(
    "ending", [referred(), in_error(), withdrawn(), corrected("person", person=STRANGER)], ids=lambda event: event.term
)
def test_what_has_ended_or_is_another_s_is_nobody_s_duplicate(ending: Any) -> None:
    journal = two()
    journal.write(subject(OTHER_COMPLAINT), withdrawal_requested())
    journal.write(subject(OTHER_COMPLAINT), ending)
    assert suspicions(journal, classify()) == []


def test_what_was_given_to_another_customer_counts_there() -> None:
    journal = two(STRANGER)
    journal.write(subject(OTHER_COMPLAINT), corrected("person", person=STRANGER))
    assert suspicions(journal, classify()) == [OTHER_COMPLAINT]


def test_what_was_classified_anew_counts_where_it_is_now() -> None:
    journal = two()
    journal.write(subject(OTHER_COMPLAINT), reclassified(category="loans.fee"))
    assert suspicions(journal, classify()) == []
    assert suspicions(journal, classify(category="loans.fee", explanation="A loan.")) == [OTHER_COMPLAINT]


def test_other_corrections_leave_it_where_it_is() -> None:
    journal = two()
    journal.write(subject(OTHER_COMPLAINT), corrected("contact", text=words("1")))
    assert suspicions(journal, classify()) == [OTHER_COMPLAINT]


def test_a_row_keeps_the_last_twenty_only() -> None:
    journal = Journal()
    for number in range(30):
        complaint = uuid5(COMPLAINT, str(number))
        journal.write(subject(complaint), entry(complaint))
        journal.write(subject(complaint), classified())
    assert len(journal.guards[FEE]) == 20


# Somebody looks


def test_somebody_finds_it_to_be_another_matter() -> None:
    (fact,) = after(*READY, suspected()).when(dismiss()).then(DuplicateDismissed, other=OTHER_COMPLAINT)
    assert isinstance(fact, DuplicateDismissed) and fact.reasons.clear == "Another fee."
    after(*READY, suspected(), dismissed()).when(dismiss()).then_nothing()


def test_only_a_suspicion_is_dismissed() -> None:
    after(*READY).when(dismiss()).then_refused("not_suspected")
    after(*READY, suspected()).when(dismiss(COMPLAINT)).then_refused("not_suspected")


def test_nothing_is_dismissed_on_what_has_ended_or_is_about_oneself() -> None:
    after(*READY, suspected(), closed()).when(dismiss()).then_refused("closed")
    after(*REFERRED).when(dismiss()).then_refused("referred")
    after().when(dismiss()).then_refused("unknown_complaint")
    about = (registered(), classified(complained_of=(AGENT.id,)), suspected())
    after(*about).when(dismiss()).then_refused("complained_of")


# Many of one category


def test_complaints_of_a_category_are_counted_by_day() -> None:
    journal = two()
    journal.ask(classify(at=NOON + timedelta(days=1)))
    rows = [journal.guards.get(row) for row in similar_rows("cards.fee")]
    assert [row for row in rows if row] == [{"2025-03-04": 1}, {"2025-03-03": 1}]
    assert similar_of_late(rows, NOON + timedelta(days=1)) == 2
    assert similar_of_late(rows, NOON + SIMILAR_WITHIN) == 1
    assert similar_of_late(rows, NOON + SIMILAR_WITHIN + timedelta(days=1)) == 0
    assert similar_of_late((None,), NOON) == 0


def test_what_an_old_system_left_open_is_no_sign_of_what_happens_now() -> None:
    journal = Journal()
    journal.write(subject(COMPLAINT), entry(COMPLAINT))
    journal.write(subject(COMPLAINT), taken_over())
    journal.ask(classify())
    assert counted(journal, "cards.fee") == 0
    fewer = {similar_rows("cards.fee")[0]: {NOON.date().isoformat(): SIMILAR_FROM - 1}}
    old = after(registered(), taken_over())
    old.with_guards(fewer).when(classify()).then(ComplaintClassified, severity="ordinary")


def test_classifying_anew_counts_only_in_a_new_category() -> None:
    journal = two()
    journal.ask(classify(OTHER_COMPLAINT, urgent=True, explanation="A lost card."))
    assert counted(journal, "cards.fee") == 1
    journal.ask(classify(OTHER_COMPLAINT, category="loans.fee", explanation="A loan."))
    assert counted(journal, "loans.fee") == 1


def test_the_last_of_many_is_special_and_those_before_stay_what_they_are() -> None:
    journal = Journal()
    severities = []
    for number in range(SIMILAR_FROM):
        complaint = uuid5(COMPLAINT, str(number))
        journal.write(subject(complaint), entry(complaint, f"person:{complaint}"))
        journal.ask(classify(complaint))
        severities.append(journal.of(subject(complaint)).severity)
    assert severities == ["ordinary"] * (SIMILAR_FROM - 1) + ["special"]


def test_one_that_was_counted_is_not_counted_again_when_it_is_classified_anew() -> None:
    row = {similar_rows("cards.fee")[7]: {"2025-03-03": SIMILAR_FROM - 1}}
    wish = classify(urgent=True, explanation="A lost card.")
    after(*READY).with_guards(row).when(wish).then(ComplaintReclassified, severity="ordinary")


def test_rows_are_read_by_whoever_classifies_a_registered_complaint() -> None:
    read = [key for guard in GUARDS for key in guard.read_by(intake(registered()), classify(), {})]
    assert read == [FEE]
    looked_at = [key for guard in GUARDS for key in guard.looks_at(intake(registered()), classify(), {})]
    assert looked_at == list(similar_rows("cards.fee")) and len(looked_at) == 32
    assert [key for guard in GUARDS for key in guard.read_by(intake(), classify(), {})] == []
    assert [key for guard in GUARDS for key in guard.looks_at(intake(), classify(), {})] == []
