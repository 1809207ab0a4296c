"""提出处理方案 Put one option on the table."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.resolution.limits import remedy_digest
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import RemedyOptionProposed, ResolutionEvent
from shared.events.vocabulary import CalculationStep, Instant, Money, RemedyKind
from shared.privacy.personal import Personal

OptionId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
PAYING = ("compensation", "refund")


class Step(BaseModel):
    """One line of how the amount was arrived at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(min_length=1, max_length=200, pattern=r"\S")
    amount: Money


class ProposeRemedy(
    ComplaintCommand, path="/complaints/{complaint_id}/remedies", may=("investigator", "resolution_officer")
):
    """One of several different options (handbook row F09, domain 4.2), under an id that its proposer chooses.

    An option never changes: other terms need another id. Compensation and refund carry an amount that the steps add up
    to; correction, apology and no remedy carry none.
    """

    example: ClassVar[dict[str, Any]] = {
        "option": "refund-1",
        "kind": "refund",
        "amount": {"minor": 12000, "currency": "CNY"},
        "steps": [{"label": "多扣的还款", "amount": {"minor": 12000, "currency": "CNY"}}],
        "description": "退回多扣的还款, 并书面致歉。",
        "execute_by": "2035-06-30T18:00:00+08:00",
    }

    option: OptionId
    kind: RemedyKind
    amount: Money
    steps: tuple[Step, ...] = Field(default=(), max_length=50)
    description: str = Field(min_length=1, max_length=16_000, pattern=r"\S")
    execute_by: Instant
    """By when it is to be done; in the future."""


def decide(state: Resolution, command: ProposeRemedy) -> list[ResolutionEvent]:
    findings = state.workable(command.actor)
    digest = _digest(state, command)
    known = state.option(command.option)
    if known is not None:
        if known.digest == digest:
            return []
        raise Refused("option_exists", "This option has other terms already. Propose yours under another id.")
    _refuse_bad_terms(command)
    return [
        RemedyOptionProposed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=command.option,
            kind=command.kind,
            amount=command.amount,
            steps=tuple(
                CalculationStep(label=Personal.of(findings.person, step.label), amount=step.amount)
                for step in command.steps
            ),
            description=Personal.of(findings.person, command.description),
            execute_by=command.execute_by,
            digest=digest,
            department=findings.department,
            restricted=state.restricted,
        )
    ]


def _digest(state: Resolution, command: ProposeRemedy) -> str:
    return remedy_digest(
        complaint=command.complaint_id,
        cycle=state.cycle,
        option=command.option,
        kind=command.kind,
        amount=command.amount,
        steps=[step.amount for step in command.steps],
        execute_by=command.execute_by,
    )


def _refuse_bad_terms(command: ProposeRemedy) -> None:
    amount = command.amount
    if command.kind in PAYING and amount.minor == 0:
        raise Refused("amount_missing", "Compensation and refund need an amount. Say how much.")
    if command.kind not in PAYING and amount.minor > 0:
        raise Refused("amount_not_allowed", "Only compensation and refund carry money. Set the amount to zero.")
    if any(step.amount.currency != amount.currency for step in command.steps):
        raise Refused("other_currency", "All steps must be in the currency of the amount.")
    if sum(step.amount.minor for step in command.steps) != amount.minor:
        raise Refused("steps_do_not_add_up", "The steps must add up to the amount. Correct one or the other.")
    if command.execute_by <= command.at:
        raise Refused("execute_by_passed", "It is to be done by an instant in the past. Choose a later one.")
