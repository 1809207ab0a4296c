"""客户资料合并 Say that two files are of one customer."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.customer import Customer
from services.intake.customer_rules import JoiningCommand, joined_into, joining_of, must_stand_for_itself
from shared.decide import Known, NotFound, Refused
from shared.decide.wording import Reasoning
from shared.events.customers import CustomerFact, CustomersJoined
from shared.privacy.personal import Personal


class JoinCustomers(
    JoiningCommand,
    path="/customers/{person_id}/joinings",
    may=("triage_lead",),
    needs=("person:{other}",),
):
    """The file `other` is of this very customer: this one stands for both from now on. Source: domain 4.2.

    Nothing is copied, and complaints stay where they are: they are found under both. A file that stands for others is
    joined into none, so that there is never more than one step to the file that counts; join those others first.
    """

    example: ClassVar[dict[str, Any]] = {
        "other": "00000000-0000-4000-8000-0000000000c2",
        "reasons": "The same identity document and the same telephone.",
    }

    other: UUID
    reasons: Reasoning

    def persons(self) -> tuple[str, ...]:
        return (self.subject_id(), f"person:{self.other}")


def decide(state: Customer, command: JoinCustomers, known: Known) -> list[CustomerFact]:
    must_stand_for_itself(state)
    own, other = command.persons()
    if own == other:
        raise Refused("joined_with_itself", "These are one and the same file. Name the other one.")
    file = known.states.get(other)
    if not isinstance(file, Customer) or not file.recorded:
        raise NotFound("unknown_other_customer", "There is no file of the other customer. Record that customer first.")
    if (stands_for_own := joining_of(own, known)["into"]) is not None:
        raise joined_into(stands_for_own)
    before = joining_of(other, known)
    if before["into"] == own:
        return []
    if before["into"] is not None:
        raise Refused(
            "joined_elsewhere",
            f"The other file was joined into that of {before['into']}. Part these two first.",
            person=before["into"],
        )
    if before["others"]:
        raise Refused("stands_for_others", "The other file stands for others itself. Part those from it first.")
    return [
        CustomersJoined(
            at=command.at, by=command.actor.id, other=other, reasons=Personal.of(own, command.reasons)
        )
    ]  # fmt: skip
