"""客服中心审核 Review a service that was given."""

from typing import Any, ClassVar

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand, must_go_on, must_not_have_handled
from shared.decide import Refused
from shared.decide.wording import Reasoning
from shared.events.customers import ContactFact, ContactReviewed
from shared.privacy.personal import Personal


class ReviewContact(
    ContactCommand,
    path="/contacts/{contact_id}/review",
    may=("reviewer", "triage_lead"),
    contested=True,
    in_person=True,
):
    """The customer service centre looks at what was done; not the one who did it. Source: handbook row F59.

    Not passed, it goes back to whoever handles it.
    """

    example: ClassVar[dict[str, Any]] = {"passed": True, "remark": "The record is complete."}

    passed: bool
    remark: Reasoning


def decide(state: Contact, command: ReviewContact) -> list[ContactFact]:
    must_go_on(state)
    if state.stage != "handled":
        raise Refused("nothing_to_review", "No service waits for its review here. Load it again.")
    must_not_have_handled(state, command.actor)
    remark = Personal.of(state.person, command.remark)
    return [ContactReviewed(at=command.at, by=command.actor.id, passed=command.passed, remark=remark)]
