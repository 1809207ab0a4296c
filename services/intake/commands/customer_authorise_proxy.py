"""委托授权 Record who may speak for a customer."""

from typing import Any, ClassVar

from services.intake.customer import Customer
from services.intake.customer_fields import CustomerCommand
from services.intake.customer_rules import must_lie_ahead, must_stand_for_itself
from shared.decide import Refused
from shared.decide.wording import Line
from shared.events.customers import CustomerFact, ProxyAuthorised
from shared.events.vocabulary import AuthorityKind, Code, Instant, Reference
from shared.privacy.personal import Personal


class AuthoriseProxy(
    CustomerCommand, path="/customers/{person_id}/proxies", may=("agent", "triage_lead", "regulator_desk")
):
    """Somebody may complain for this customer: by power of attorney, as heir or as guardian. Source: No.3 Art. 14.

    `authority` is the document that proves it, the original of a power of attorney, or an heir's proof.
    """

    example: ClassVar[dict[str, Any]] = {
        "proxy": "p1",
        "kind": "proxy",
        "name": "李明",
        "contact": "+86 139 0013 9000",
        "authority": "poa-2026-0042",
        "until": "2030-01-01T00:00:00Z",
    }

    proxy: Code
    """Names the proxy within this file."""
    kind: AuthorityKind
    name: Line
    contact: Line | None = None
    authority: Reference
    until: Instant | None = None
    """Until when the authority holds; none if it has no end."""


def decide(state: Customer, command: AuthoriseProxy) -> list[CustomerFact]:
    must_stand_for_itself(state)
    if command.proxy in state.proxies:
        raise Refused(
            "proxy_exists",
            f"There was a proxy {command.proxy} before. Give this one another name.",
            proxy=command.proxy,
        )
    must_lie_ahead(command.until, command.at)
    person = command.subject_id()
    return [
        ProxyAuthorised(
            at=command.at,
            by=command.actor.id,
            proxy=command.proxy,
            kind=command.kind,
            name=Personal.of(person, command.name),
            contact=None if command.contact is None else Personal.of(person, command.contact),
            authority=command.authority,
            until=command.until,
        )
    ]
