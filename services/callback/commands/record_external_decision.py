"""外部裁决 Somebody outside has decided."""

from typing import Any, ClassVar, Literal

from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackEvent, ExternalDecisionReceived
from shared.events.vocabulary import Code, Reference
from shared.privacy.personal import Personal


class RecordExternalDecision(
    ComplaintCommand, path="/complaints/{complaint_id}/external-decision", may=("compliance_officer",)
):
    """Record what an ombudsman, a mediator, an arbitrator, a court or the regulator decided (domain 4.3 loop 9).

    Recording a fact from outside is for compliance; acting on it is not (N18): a lead reopens the complaint with the
    reason `external_decision` if the firm's decision is changed.
    """

    example: ClassVar[dict[str, Any]] = {
        "referral": "referral-1",
        "result": "changed",
        "summary": "Half of the fee is to be paid back.",
        "reference": "MED-2026-0417-D",
    }

    referral: Code
    result: Literal["upheld", "changed", "settled"]
    summary: Reasoning
    reference: Reference


def decide(state: Callback, command: RecordExternalDecision) -> list[CallbackEvent]:
    must_be_registered(state)
    if command.referral not in state.referrals:
        raise Refused("no_such_referral", "No referral of this name is recorded. Record the referral first.")
    if state.referrals[command.referral]:
        raise Refused("already_decided", "What was decided on this referral is recorded. Record another referral.")
    received = ExternalDecisionReceived(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        referral=command.referral,
        result=command.result,
        summary=Personal.of(state.person, command.summary),
        reference=command.reference,
    )
    return [received]
