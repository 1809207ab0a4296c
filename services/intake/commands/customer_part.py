"""客户资料拆分 Say that the joining of two files was a mistake."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.customer import Customer
from services.intake.customer_rules import JoiningCommand, joining_of, must_have_file
from shared.decide import Known, Refused
from shared.decide.wording import Reasoning
from shared.events.customers import CustomerFact, CustomersParted
from shared.privacy.personal import Personal


class PartCustomers(JoiningCommand, path="/customers/{person_id}/partings", may=("triage_lead",)):
    """The joining was a mistake: they are two customers, and each file stands for itself again. Source: domain 4.2."""

    example: ClassVar[dict[str, Any]] = {
        "other": "00000000-0000-4000-8000-0000000000c2",
        "reasons": "Mother and daughter share the telephone.",
    }

    other: UUID
    reasons: Reasoning

    def persons(self) -> tuple[str, ...]:
        return (self.subject_id(), f"person:{self.other}")


def decide(state: Customer, command: PartCustomers, known: Known) -> list[CustomerFact]:
    must_have_file(state)
    own, other = command.persons()
    if joining_of(other, known)["into"] != own:
        raise Refused("not_joined", "The other file is not joined into this one. Load both again.")
    return [
        CustomersParted(
            at=command.at, by=command.actor.id, other=other, reasons=Personal.of(own, command.reasons)
        )
    ]  # fmt: skip
