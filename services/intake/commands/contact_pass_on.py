"""转后台处理 Pass a contact on to the back office or a department."""

from typing import Any, ClassVar

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand, must_be_in_hand, must_go_on, must_not_wait_for_others
from shared.decide import Refused
from shared.decide.wording import Reasoning
from shared.events.customers import ContactFact, ContactPassedOn
from shared.events.vocabulary import DepartmentId
from shared.privacy.personal import Personal


class PassOnContact(
    ContactCommand,
    path="/contacts/{contact_id}/passing-on",
    may=("agent", "back_office", "triage_lead", "callback_agent", "department_lead", "resolution_officer"),
):
    """The back office or a department goes on with it; the first agent keeps track. Source: handbook rows F29, F59."""

    example: ClassVar[dict[str, Any]] = {
        "department": "back-office",
        "remark": "The customer needs the fee table of 2024, which we do not have here.",
    }

    department: DepartmentId
    remark: Reasoning


def decide(state: Contact, command: PassOnContact) -> list[ContactFact]:
    must_go_on(state)
    must_not_wait_for_others(state)
    if state.stage != "dissatisfied":
        must_be_in_hand(state, command.actor)
    if state.stage == "passed_on" and state.department == command.department:
        raise Refused("passed_on_already", f"{command.department} has it already.", department=command.department)
    return [
        ContactPassedOn(
            at=command.at,
            by=command.actor.id,
            department=command.department,
            remark=Personal.of(state.person, command.remark),
        )
    ]
