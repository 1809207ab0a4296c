"""合规签署 Allow, as compliance, what nobody may do without it."""

from typing import Any, ClassVar, Literal

from services.intake.rules import must_be_impartial, must_be_open, must_be_received_in_time, must_have_happened_before
from services.intake.state import Intake, Signature
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import ComplianceSignedOff, IntakeEvent
from shared.events.vocabulary import Instant
from shared.privacy.personal import Personal


class SignOff(
    ComplaintCommand, path="/complaints/{complaint_id}/sign-off", may=("compliance_officer",), in_person=True
):
    """Allow that a special complaint becomes ordinary, or that another time of receipt is entered. Source: N18, N22.

    The signature by itself changes nothing of the case: somebody else carries it out, in the same cycle.
    """

    example: ClassVar[dict[str, Any]] = {
        "matter": "downgrade",
        "reasons": "The newspaper took the article back, and no other reason is left.",
    }

    matter: Literal["downgrade", "received_at"]
    received_at: Instant | None = None
    """The very instant that may be entered, if that is the matter."""
    reasons: Reasoning


def decide(state: Intake, command: SignOff) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    if command.matter == "downgrade":
        _downgrade_makes_sense(state, command)
    else:
        _instant_makes_sense(state, command)
    signature = Signature(command.actor.id, command.matter, command.received_at, state.special_for)
    if state.signed(command.matter) == signature:
        return []
    return [
        ComplianceSignedOff(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            matter=command.matter,
            received_at=command.received_at,
            reasons=Personal.of(state.person, command.reasons),
        )
    ]


def _downgrade_makes_sense(state: Intake, command: SignOff) -> None:
    if command.received_at is not None:
        raise Refused("instant_out_of_place", "A time of receipt has nothing to do with a downgrade. Leave it out.")
    if state.severity != "special":
        raise Refused("not_special", "It is an ordinary complaint already, so there is nothing to sign.")


def _instant_makes_sense(state: Intake, command: SignOff) -> None:
    if command.received_at is None:
        raise Refused("instant_missing", "Say which time of receipt may be entered.")
    must_be_received_in_time(command.received_at, command.at)
    if state.entry is not None:
        must_have_happened_before(state.entry.happened_at, command.received_at)
