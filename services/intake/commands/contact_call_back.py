"""服务回访 Call the customer back about a service."""

from typing import Any, ClassVar

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand, dissatisfied, must_go_on, must_not_have_handled
from shared.decide import Refused
from shared.decide.wording import Reasoning
from shared.events.customers import ContactArchived, ContactCalledBack, ContactFact
from shared.events.vocabulary import AttemptOutcome
from shared.privacy.personal import Personal


class CallBackContact(ContactCommand, path="/contacts/{contact_id}/callback", may=("callback_agent", "reviewer")):
    """The customer was called back about the service, once it passed its review. Source: handbook row F59.

    Satisfied, it goes to the archive. Dissatisfied, it never ends here: a complaint is registered from it, or it is
    passed on again. Whoever was not reached is called again.
    """

    example: ClassVar[dict[str, Any]] = {"outcome": "reached", "satisfied": True, "words": "很好, 谢谢。"}

    outcome: AttemptOutcome
    satisfied: bool | None = None
    """What the customer said, if they were reached."""
    words: Reasoning | None = None
    """In their own words; required of a dissatisfied customer."""


def decide(state: Contact, command: CallBackContact) -> list[ContactFact]:
    must_go_on(state)
    if state.stage == "dissatisfied":
        raise dissatisfied()
    if state.stage != "reviewed":
        raise Refused("not_reviewed", "The service has not passed its review yet. Call the customer after that.")
    must_not_have_handled(state, command.actor)
    _answer_fits(command)
    at, by = command.at, command.actor.id
    words = None if command.words is None else Personal.of(state.person, command.words)
    called = ContactCalledBack(at=at, by=by, outcome=command.outcome, satisfied=command.satisfied, words=words)
    return [called, ContactArchived(at=at, by=by, ending="service_given")] if command.satisfied else [called]


def _answer_fits(command: CallBackContact) -> None:
    reached = command.outcome == "reached"
    if reached and command.satisfied is None:
        raise Refused("satisfaction_missing", "The customer was reached. Say whether they are satisfied.")
    if not reached and command.satisfied is not None:
        raise Refused("not_reached", "Nobody was reached, so nothing was answered. Leave the satisfaction out.")
    if command.satisfied is False and command.words is None:
        raise Refused("words_missing", "Write down what the dissatisfied customer said.")
