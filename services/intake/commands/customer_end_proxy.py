"""委托终止 Record that somebody speaks for a customer no more."""

from typing import Any, ClassVar

from services.intake.customer import Customer
from services.intake.customer_fields import CustomerCommand
from services.intake.customer_rules import must_have_file
from shared.decide import NotFound
from shared.decide.wording import Reasoning
from shared.events.customers import CustomerFact, ProxyEnded
from shared.events.vocabulary import Code
from shared.privacy.personal import Personal


class EndProxy(
    CustomerCommand, path="/customers/{person_id}/proxies/{proxy}/end", may=("agent", "triage_lead", "regulator_desk")
):
    """They act for the customer no more, before the date that was set. Source: No.3 Art. 14."""

    example: ClassVar[dict[str, Any]] = {"reasons": "The customer revoked the power of attorney in writing."}

    proxy: Code
    reasons: Reasoning


def decide(state: Customer, command: EndProxy) -> list[CustomerFact]:
    must_have_file(state)
    proxy = state.proxies.get(command.proxy)
    if proxy is None:
        raise NotFound("unknown_proxy", f"This customer has no proxy {command.proxy}.", proxy=command.proxy)
    if proxy.ended:
        return []
    return [
        ProxyEnded(
            at=command.at,
            by=command.actor.id,
            proxy=command.proxy,
            reasons=Personal.of(command.subject_id(), command.reasons),
        )
    ]
