"""外部转介 The matter is before somebody outside."""

from typing import Any, ClassVar, Literal

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, ExternalReferralRecorded
from shared.events.vocabulary import Code, Reference
from shared.privacy.personal import Personal


class RecordReferral(ComplaintCommand, path="/complaints/{complaint_id}/referrals", may=("compliance_officer",)):
    """Record that an ombudsman, a mediator, an arbitrator, a court or the regulator has the matter (domain 4.3 loop 9).

    Compliance never changes a case (N18), and this changes none: it writes down what happened outside the house.
    Nothing here decides, closes or reopens by it.
    """

    example: ClassVar[dict[str, Any]] = {
        "referral": "referral-1",
        "body": "mediation",
        "reference": "MED-2026-0417",
        "summary": "The customer has turned to the mediation centre of the city.",
    }

    referral: Code
    """What it is called by, within this complaint."""
    body: Literal["ombudsman", "mediation", "arbitration", "court", "regulator"]
    reference: Reference
    summary: Reasoning


def decide(state: Callback, command: RecordReferral) -> list[CallbackEvent]:
    must_be_registered(state)
    if command.referral in state.referrals:
        raise Refused("referral_known", "A referral of this name is recorded already. Give this one another name.")
    recorded = ExternalReferralRecorded(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        referral=command.referral,
        body=command.body,
        reference=command.reference,
        summary=Personal.of(state.person, command.summary),
    )
    return [recorded]
