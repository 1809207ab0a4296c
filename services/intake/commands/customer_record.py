"""客户建档 Begin a customer's file."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.customer import WAYS, Customer
from services.intake.customer_fields import CustomerFields
from services.intake.customer_rules import must_be_unclaimed
from shared.decide import Known, Refused
from shared.decide.command import derived_id
from shared.decide.wording import Line
from shared.events.customers import CustomerFact, CustomerRecorded
from shared.events.vocabulary import SYSTEM, ExternalReference


class RecordCustomer(
    CustomerFields, path="/customers", may=("agent", "triage_lead", "regulator_desk", SYSTEM), creates=True
):
    """Begin a customer's file 客户档案, with a name and a way to reach them. Source: handbook rows F60, F61, F65.

    Recording the same customer again (the same `external` reference, or the same actor and Idempotency-Key) finds the
    first file and adds nothing. Somebody who is known from a complaint or a contact only gets their file by `person`.
    """

    example: ClassVar[dict[str, Any]] = {
        "name": "王芳",
        "phones": ["+86 138 0013 8000"],
        "accounts": [{"kind": "credit-card", "number": "6222 0210 0012 3456", "product": "金卡"}],
        "segment": "gold",
        "language": "zh",
    }

    name: Line
    person: UUID | None = None
    """Whom a complaint or a contact already names, if they have no file yet."""

    @classmethod
    def derive(cls, body: dict[str, Any], actor: str, key: str) -> dict[str, Any]:
        if body.get("person") is not None:
            return {"person_id": body["person"]}
        if body.get("external") is not None:
            external = ExternalReference.model_validate(body["external"])
            return {"person_id": derived_id("customer", external.source, external.id)}
        return {"person_id": derived_id("customer", "key", actor, key)}


def decide(state: Customer, command: RecordCustomer, known: Known) -> list[CustomerFact]:
    if state.recorded:
        return _found(state, command)
    must_be_unclaimed(command, known)
    if not any(getattr(command, way) for way in WAYS):
        raise Refused("not_reachable", "Give at least one way to reach them: a telephone, an e-mail or an address.")
    return [CustomerRecorded(at=command.at, by=command.actor.id, **command.details())]


def _found(state: Customer, command: RecordCustomer) -> list[CustomerFact]:
    """Whoever names a person means to fill an empty file: what they typed must not be dropped in silence."""
    again = command.external is not None and command.external == state.plain.get("external")
    if command.person is not None and not again:
        raise Refused("file_exists", "This customer has a file already. Open it, and correct what is wrong in it.")
    return []
