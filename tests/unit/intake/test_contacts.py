"""咨询/服务 Enquiries and service requests: answered, passed on, given, reviewed, called back (F17, F28, F29, F59)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.commands.contact_answer import AnswerEnquiry
from services.intake.commands.contact_call_back import CallBackContact
from services.intake.commands.contact_handle import HandleContact
from services.intake.commands.contact_link import LinkComplaint
from services.intake.commands.contact_record import RecordEnquiryOrService
from services.intake.commands.contact_review import ReviewContact
from services.intake.contact_rules import GUARDS
from services.intake.customer import Customer
from services.intake.due import DEADLINES
from services.intake.limits import number_of
from shared.decide import Actor, Command, Forbidden, Known, NotFound, Taken
from shared.events.base import Event
from shared.events.customers import (
    ContactAnswered,
    ContactArchived,
    ContactBecameComplaint,
    ContactCalledBack,
    ContactHandled,
    ContactPassedOn,
    ContactReclassified,
    ContactRecorded,
    ContactReviewed,
)
from shared.privacy.personal import personal_fields
from tests.sentences import state_of
from tests.unit.intake import examples
from tests.unit.intake.contact_story import (
    AGENT,
    BECAME_COMPLAINT,
    CALLER,
    CARDS_LEAD,
    CLERK,
    COMPLAINT,
    CONTACT,
    DISSATISFIED,
    LEAD,
    OTHER_AGENT,
    REVIEWED,
    REVIEWER,
    SERVICE_GIVEN,
    WANG,
    after,
    answer,
    answered,
    archived,
    call_back,
    called_back,
    handle,
    handled,
    link,
    pass_on,
    passed_on,
    reclassified,
    reclassify,
    record,
    recorded,
    review,
    reviewed,
)
from tests.unit.intake.examples import MORNING, NOON, SERVICE

PERSON = UUID(WANG.partition(":")[2])
ACTS = (answer(), pass_on(), handle(AGENT), review(), call_back(), reclassify())

every_act = pytest.mark.parametrize("wish", ACTS, ids=[type(wish).__name__ for wish in ACTS])


# Written down


def test_an_enquiry_is_written_down_with_a_number_of_its_own() -> None:
    (fact,) = after().when(record(person=PERSON, category="transfers")).then(
        ContactRecorded, by=AGENT.id, at=NOON, kind="enquiry", person=WANG, channel="phone", category="transfers",
        received_at=MORNING, number=f"C{number_of(CONTACT, 0)}",
    )  # fmt: skip
    assert isinstance(fact, ContactRecorded)
    assert (fact.caller.clear, fact.content.clear) == ("王芳 138", "How long does it take?")
    assert {piece.owner for _, piece in personal_fields(fact)} == {WANG}


def test_somebody_new_gets_a_person_that_another_attempt_gives_again() -> None:
    (first,) = after().when(record()).then(ContactRecorded)
    (second,) = after().when(record()).then(ContactRecorded)
    assert isinstance(first, ContactRecorded) and isinstance(second, ContactRecorded)
    assert first.person == second.person != f"person:{CONTACT}"


def test_writing_it_down_again_adds_nothing() -> None:
    after(recorded()).when(record(content="Something else.")).then_nothing()
    derive = RecordEnquiryOrService.derive
    assert derive({}, "agent-1", "k1") == derive({}, "agent-1", "k1") != derive({}, "agent-2", "k1")


def test_nothing_was_received_in_the_future() -> None:
    after().when(record(received_at=NOON + timedelta(microseconds=1))).then_refused("received_in_future")
    after().when(record(received_at=NOON - timedelta(days=40 * 366))).then_refused("received_too_early")


def test_a_number_that_is_taken_is_drawn_again() -> None:
    (guard,) = GUARDS
    fact = recorded()
    assert guard.key(None, fact) == "contact_number:C7K3M-0Q9Z"
    assert guard.fold(None, fact) is True
    with pytest.raises(Taken):
        guard.fold(True, fact)
    handler = SERVICE.handlers[RecordEnquiryOrService]
    (second,) = handler(state_of(SERVICE, category="contact"), record(), Known(attempt=1))
    assert isinstance(second, ContactRecorded) and second.number == f"C{number_of(CONTACT, 1)}"


def test_what_was_registered_as_a_complaint_in_error_keeps_its_customer() -> None:
    complaint = {f"complaint:{COMPLAINT}": examples.intake(examples.registered())}
    wish = record(from_complaint=COMPLAINT)
    assert wish.needed() == (f"complaint:{COMPLAINT}",)
    assert record().needed() == ()
    given = after().with_references(complaint)
    given.when(wish).then(ContactRecorded, person=examples.ZHAO, from_complaint=COMPLAINT)
    given.when(record(from_complaint=COMPLAINT, person=PERSON)).then_refused("another_customer")
    assert isinstance(after().when(wish).then_refused("unknown_complaint"), NotFound)


def test_it_belongs_to_the_file_that_stands_for_the_customer() -> None:
    other = "person:00000000-0000-4000-8000-0000000000a2"
    joined = after().with_references({WANG: Customer(recorded=True, into=other)})
    wish = record(person=PERSON)
    assert tuple(wish.needed_then({})) == (WANG,)
    joined.when(wish).then(ContactRecorded, person=other)
    complaint = examples.intake(examples.registered(person=WANG))
    states = {f"complaint:{COMPLAINT}": complaint}
    from_complaint = record(from_complaint=COMPLAINT)
    assert tuple(from_complaint.needed_then(states)) == (WANG,)
    joined.with_references(states).when(from_complaint).then(ContactRecorded, person=other)
    joined.when(record(from_complaint=COMPLAINT, person=PERSON)).then(ContactRecorded, person=other)


def test_a_restricted_complaint_tells_its_customer_to_nobody_outside() -> None:
    restricted = examples.intake(examples.registered(), examples.special(restricted=True))
    given = after().with_references({f"complaint:{COMPLAINT}": restricted})
    wish = record(from_complaint=COMPLAINT)
    assert isinstance(given.when(wish).then_refused("restricted_case"), Forbidden)


# An enquiry


def test_a_satisfying_answer_ends_an_enquiry() -> None:
    _, end = after(recorded()).when(answer()).then(ContactAnswered, ContactArchived, satisfied=True, by=AGENT.id)
    assert isinstance(end, ContactArchived) and end.ending == "answered"


def test_an_answer_that_does_not_satisfy_leaves_it_open_for_the_back_office() -> None:
    after(recorded()).when(answer(satisfied=False)).then(ContactAnswered, satisfied=False)
    after(recorded(), answered()).when(pass_on()).then(ContactPassedOn, department="back-office")
    after(recorded(), answered(), passed_on()).when(answer(CLERK)).then(ContactAnswered, ContactArchived)


def test_a_service_request_is_not_answered_and_an_enquiry_not_given() -> None:
    after(recorded("service")).when(answer()).then_refused("is_service")
    after(recorded("enquiry")).when(handle(AGENT)).then_refused("is_enquiry")


# Passed on


@pytest.mark.parametrize("kind", ["enquiry", "service"])
def test_the_back_office_or_a_department_goes_on_with_it(kind: str) -> None:
    (fact,) = after(recorded(kind)).when(pass_on(department="cards")).then(ContactPassedOn, department="cards")
    assert isinstance(fact, ContactPassedOn) and fact.remark.owner == WANG


def test_who_has_it_passes_it_further_but_not_to_themselves() -> None:
    after(recorded(), passed_on()).when(pass_on(CLERK, "cards")).then(ContactPassedOn, department="cards")
    refusal = after(recorded(), passed_on()).when(pass_on(CLERK)).then_refused("passed_on_already")
    assert refusal.details == {"department": "back-office"}


@pytest.mark.parametrize("actor", [AGENT, CLERK, LEAD])
def test_the_department_goes_on_and_the_first_agent_keeps_track(actor: Actor) -> None:
    after(recorded(), passed_on()).when(answer(actor)).then(ContactAnswered, ContactArchived)
    after(recorded("service"), passed_on()).when(handle(actor)).then(ContactHandled, by=actor.id)


@pytest.mark.parametrize("wish", [answer(OTHER_AGENT), pass_on(CARDS_LEAD, "loans"), reclassify(actor=OTHER_AGENT)])
def test_nobody_else_goes_on_with_what_was_passed_on(wish: Command) -> None:
    refusal = after(recorded(), passed_on()).when(wish).then_refused("passed_on_elsewhere")
    assert refusal.details == {"department": "back-office"}
    assert after(recorded()).when(wish).refusal is None


def test_who_acts_for_the_first_agent_keeps_track_for_them() -> None:
    deputy = replace(OTHER_AGENT, on_behalf_of=AGENT.id)
    after(recorded(), passed_on()).when(answer(deputy)).then(ContactAnswered, ContactArchived)


def test_of_what_came_in_online_nobody_keeps_track_before_it_is_passed_on() -> None:
    assert state_of(SERVICE, recorded(by="system"), category="contact").owner is None
    assert state_of(SERVICE, recorded(), answered(by="agent-2"), category="contact").owner == AGENT.id


# A service


def test_a_service_is_given_reviewed_and_asked_about() -> None:
    after(recorded("service"), passed_on()).when(handle()).then(ContactHandled, by=CLERK.id)
    after(*SERVICE_GIVEN).when(review()).then(ContactReviewed, passed=True, by=REVIEWER.id)
    _, end = after(*REVIEWED).when(call_back(words="很好")).then(ContactCalledBack, ContactArchived, satisfied=True)
    assert isinstance(end, ContactArchived) and end.ending == "service_given"


def test_a_service_that_does_not_pass_goes_back_to_be_handled() -> None:
    after(*SERVICE_GIVEN).when(review(passed=False)).then(ContactReviewed, passed=False)
    returned = (*SERVICE_GIVEN, reviewed(passed=False))
    after(*returned).when(handle()).then(ContactHandled)
    after(*returned).when(pass_on(CLERK, "cards")).then(ContactPassedOn)
    after(*returned).when(review()).then_refused("nothing_to_review")


@pytest.mark.parametrize("history", [SERVICE_GIVEN, REVIEWED])
@pytest.mark.parametrize("wish", [handle(), pass_on(CLERK, "cards"), reclassify("enquiry", CLERK)])
def test_nobody_goes_round_review_and_callback(history: tuple[Event, ...], wish: Command) -> None:
    after(*history).when(wish).then_refused("service_given")


@pytest.mark.parametrize("history", [(recorded("service"),), (recorded("service"), passed_on()), REVIEWED])
def test_only_a_service_that_was_given_is_reviewed(history: tuple[Event, ...]) -> None:
    after(*history).when(review()).then_refused("nothing_to_review")


@pytest.mark.parametrize("history", [(recorded("service"),), SERVICE_GIVEN, (recorded("enquiry"),)])
def test_only_a_service_that_passed_its_review_is_asked_about(history: tuple[Event, ...]) -> None:
    after(*history).when(call_back()).then_refused("not_reviewed")


@pytest.mark.parametrize("actor", [REVIEWER, replace(REVIEWER, id="other", on_behalf_of=REVIEWER.id)])
def test_nobody_reviews_or_asks_about_what_they_did(actor: Actor) -> None:
    """Whatever came in between: who ever gave the service has an interest in it."""
    mine = (recorded("service"), handled(by=REVIEWER.id))
    after(*mine).when(review(actor)).then_refused("handled_it")
    again = (*mine, reviewed(passed=False), handled(), reviewed())
    after(*again).when(call_back(actor)).then_refused("handled_it")
    after(*mine).when(review(LEAD)).then(ContactReviewed)


def test_whoever_reviewed_may_call() -> None:
    after(*REVIEWED).when(call_back(REVIEWER)).then(ContactCalledBack, ContactArchived)


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "wrong_number", "refused", "asked_later"])
def test_whoever_was_not_reached_is_called_again(outcome: str) -> None:
    after(*REVIEWED).when(call_back(outcome=outcome, satisfied=None)).then(ContactCalledBack, outcome=outcome)
    after(*REVIEWED, called_back(None, outcome)).when(call_back()).then(ContactCalledBack, ContactArchived)
    after(*REVIEWED).when(call_back(outcome=outcome)).then_refused("not_reached")


def test_who_was_reached_said_something() -> None:
    after(*REVIEWED).when(call_back(satisfied=None)).then_refused("satisfaction_missing")
    after(*REVIEWED).when(call_back(satisfied=False)).then_refused("words_missing")


def test_a_dissatisfied_customer_is_no_silent_end() -> None:
    after(*REVIEWED).when(call_back(satisfied=False, words="No.")).then(ContactCalledBack, satisfied=False)
    for wish in (handle(), call_back(), call_back(REVIEWER), reclassify("enquiry", CLERK)):
        after(*DISSATISFIED).when(wish).then_refused("dissatisfied_contact")
    after(*DISSATISFIED).when(pass_on(CALLER)).then(ContactPassedOn)
    after(*DISSATISFIED).when(link()).then(ContactBecameComplaint, ContactArchived)
    after(*DISSATISFIED, passed_on()).when(handle()).then(ContactHandled)


# Of another kind


@pytest.mark.parametrize(("before", "kind"), [("enquiry", "service"), ("service", "enquiry")])
def test_it_is_of_the_other_kind_after_all(before: str, kind: str) -> None:
    (fact,) = after(recorded(before)).when(reclassify(kind)).then(ContactReclassified, kind=kind, by=AGENT.id)
    assert isinstance(fact, ContactReclassified) and fact.reasons.clear == "They want a new card."
    after(recorded(before), reclassified(kind)).when(reclassify(kind)).then_nothing()


def test_it_keeps_what_was_done_so_far() -> None:
    after(recorded(), answered(), passed_on(), reclassified("service")).when(handle()).then(ContactHandled)


def test_a_service_that_was_given_stays_one() -> None:
    """As an enquiry it would end without review and callback."""
    returned = (*SERVICE_GIVEN, reviewed(passed=False))
    after(*returned).when(reclassify("enquiry", CLERK)).then_refused("stays_service")
    after(*DISSATISFIED, passed_on()).when(reclassify("enquiry", CLERK)).then_refused("stays_service")


# A complaint after all


def test_a_complaint_registered_from_it_ends_it() -> None:
    fact, end = after(recorded()).when(link()).then(
        ContactBecameComplaint, ContactArchived, complaint=COMPLAINT, registered_by=AGENT.id, by="system"
    )  # fmt: skip
    assert isinstance(end, ContactArchived) and end.ending == "became_complaint"
    assert fact.at == NOON


@pytest.mark.parametrize("history", [(recorded(), answered(satisfied=True), archived()), REVIEWED, DISSATISFIED])
def test_however_far_it_was(history: tuple[Event, ...]) -> None:
    after(*history).when(link()).then(ContactBecameComplaint, ContactArchived)


def test_it_becomes_one_complaint() -> None:
    after(*BECAME_COMPLAINT).when(link()).then_nothing()
    other = after(*BECAME_COMPLAINT).when(link(UUID(int=1))).then_refused("became_complaint")
    assert other.details == {"complaint": str(COMPLAINT)}


@every_act
def test_what_became_a_complaint_goes_on_there_alone(wish: Command) -> None:
    refusal = after(*BECAME_COMPLAINT).when(wish).then_refused("became_complaint")
    assert refusal.details == {"complaint": str(COMPLAINT)}


@every_act
def test_what_is_archived_is_settled(wish: Command) -> None:
    after(recorded(), answered(satisfied=True), archived()).when(wish).then_refused("contact_archived")


@pytest.mark.parametrize("wish", [*ACTS, link()], ids=lambda wish: type(wish).__name__)
def test_what_was_never_written_down_is_unknown(wish: Command) -> None:
    assert isinstance(after().when(wish).then_refused("unknown_contact"), NotFound)


def test_the_contact_hears_of_the_complaint_at_once() -> None:
    (deadline,) = [each for each in DEADLINES if each.later.kind == "contact_became_complaint"]
    registration = examples.registered(from_contact=CONTACT)
    assert deadline.later.due(examples.registered()) is None
    assert deadline.later.due(registration) == registration.at
    wish: Any = deadline.command(f"complaint:{COMPLAINT}", registration)
    assert isinstance(wish, LinkComplaint)
    assert (wish.contact_id, wish.complaint, wish.registered_by) == (CONTACT, COMPLAINT, AGENT.id)


def test_who_may() -> None:
    assert set(RecordEnquiryOrService.may) >= {"agent", "callback_agent", "system"}
    assert "back_office" in AnswerEnquiry.may and "back_office" in HandleContact.may
    assert set(ReviewContact.may) == {"reviewer", "triage_lead"}
    assert set(CallBackContact.may) == {"callback_agent", "reviewer"}
    assert LinkComplaint.may == ("system",)
    assert ReviewContact.contested and ReviewContact.in_person
