"""降为一般类 Make a special complaint ordinary, as compliance allowed."""

from typing import Any, ClassVar

from services.intake.rules import must_be_another, must_be_impartial, must_be_open
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import ComplaintDowngraded, IntakeEvent
from shared.packs.house import MAX_CYCLES_ORDINARY
from shared.privacy.personal import Personal


class DowngradeComplaint(
    ComplaintCommand,
    path="/complaints/{complaint_id}/downgrade",
    may=("triage_lead",),
    contested=True,
    in_person=True,
):
    """From special to ordinary, signed off by compliance in this very cycle; never quietly. Source: N22; domain 4.2.

    One who signed does not carry it out, and a signature covers the reasons of then alone. What was reopened twice
    stays special: the loop must not go on unseen.
    """

    example: ClassVar[dict[str, Any]] = {"reasons": "Compliance signed: the newspaper took the article back."}

    reasons: Reasoning


def decide(state: Intake, command: DowngradeComplaint) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    if state.severity != "special":
        raise Refused("not_special", "It is an ordinary complaint already, so there is nothing to downgrade.")
    if state.cycle > MAX_CYCLES_ORDINARY:
        raise Refused("reopened_twice", "It was reopened a second time. It stays special until it is closed.")
    signature = state.signed("downgrade")
    if signature is None:
        raise Refused("not_signed_off", "Nobody of compliance signed this off in this cycle. Ask them first.")
    must_be_another(signature.by, command.actor)
    if not set(state.special_for) <= set(signature.special_for):
        raise Refused(
            "signed_before", "Another reason has come up since compliance signed. Ask them to look at it again."
        )
    return [
        ComplaintDowngraded(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            signed_off_by=signature.by,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]
