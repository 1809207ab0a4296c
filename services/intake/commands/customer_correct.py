"""客户资料更正 Correct a customer's file."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.customer import PLAIN, WAYS, Customer, given
from services.intake.customer_fields import CustomerFields
from services.intake.customer_rules import must_be_unclaimed, must_stand_for_itself
from shared.decide import Known, Refused
from shared.decide.wording import Reasoning
from shared.events.customers import CustomerCorrected, CustomerFact, CustomerField
from shared.privacy.personal import Personal


class CorrectCustomer(
    CustomerFields,
    path="/customers/{person_id}/correction",
    may=("agent", "triage_lead", "callback_agent", "regulator_desk"),
):
    """Some fields are other ones from now on. Source: handbook rows F60, F61; domain 4.2.

    Only what is given changes; a list is given whole. What is to be empty is named in `cleared`. Nothing is lost: the
    earlier values stay in the events that stated them.
    """

    example: ClassVar[dict[str, Any]] = {
        "address": "上海市浦东新区世纪大道 100 号",
        "cleared": ["email"],
        "reasons": "The customer told it on the telephone.",
    }

    cleared: Annotated[tuple[CustomerField, ...], Field(max_length=17)] = ()
    reasons: Reasoning


def decide(state: Customer, command: CorrectCustomer, known: Known) -> list[CustomerFact]:
    must_stand_for_itself(state)
    must_be_unclaimed(command, known)
    details = command.details()
    _not_both(command.cleared, details)
    corrected = CustomerCorrected(
        at=command.at,
        by=command.actor.id,
        cleared=tuple(name for name in dict.fromkeys(command.cleared) if name in state.holds),
        reasons=Personal.of(command.subject_id(), command.reasons),
        **_other_than(state, details),
    )
    _still_found_and_reached(state, corrected)
    unchanged = not (given(corrected) or corrected.cleared or corrected.external)
    return [] if unchanged else [corrected]


def _not_both(cleared: tuple[str, ...], details: dict[str, Any]) -> None:
    if both := sorted(name for name in cleared if details.get(name) not in (None, ())):
        raise Refused(
            "given_and_cleared", f"Either give {both[0]} or clear it, not both. Say which you mean.", field=both[0]
        )


def _other_than(state: Customer, details: dict[str, Any]) -> dict[str, Any]:
    """Without what stands there already; personal texts are sealed, so they can't be compared."""
    return {name: value for name, value in details.items() if name not in PLAIN or value != state.plain.get(name)}


def _still_found_and_reached(state: Customer, corrected: CustomerCorrected) -> None:
    left = state.holds - set(corrected.cleared) | given(corrected)
    if "name" not in left:
        raise Refused("nameless", "A customer has a name. Give the right one instead of clearing it.")
    if not left & WAYS:
        raise Refused("not_reachable", "Leave at least one way to reach them: a telephone, an e-mail or an address.")
