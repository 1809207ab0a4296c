"""提出处理方案 Put one option on the table."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.resolution.limits import remedy_digest
from services.resolution.remedy import COUNTED, PAYING
from services.resolution.rules import must_be_workable
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import LongText
from shared.events.resolution import RemedyOptionProposed, ResolutionEvent
from shared.events.vocabulary import CalculationStep, Instalment, Instant, Money, RemedyKind
from shared.privacy.personal import Personal

OptionId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Step(BaseModel):
    """One line of how the amount was arrived at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(min_length=1, max_length=200, pattern=r"\S")
    amount: Money


class ProposeRemedy(
    ComplaintCommand, path="/complaints/{complaint_id}/remedies", may=("investigator", "resolution_officer")
):
    """One of several different options (F09, F14, domain 4.2), under an id that its proposer chooses.

    An option never changes: other terms need another id. Compensation, refund, goodwill and waiver carry an amount that
    the steps add up to, in the currency of the loss found; correction, apology and no remedy carry none. What is paid
    may be paid in instalments.
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
    description: LongText
    execute_by: Instant
    """By when it is to be done; in the future."""
    instalments: tuple[Instalment, ...] = Field(default=(), max_length=24)
    """Several payments that make up the amount, in the order of their dates; none for a single one."""
    settlement: bool = False
    """The customer gives something up for it, so that it needs their acceptance in any case."""


def decide(state: Resolution, command: ProposeRemedy) -> list[ResolutionEvent]:
    findings = must_be_workable(state, command.actor)
    digest = _digest(state, command)
    known = state.option(command.option)
    if known is not None:
        if known.digest == digest:
            return []
        raise Refused("option_exists", "This option has other terms already. Propose yours under another id.")
    _refuse_bad_terms(command)
    _refuse_other_than_loss(findings.loss.currency, command)
    _refuse_bad_instalments(command)
    return [
        RemedyOptionProposed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=command.option,
            kind=command.kind,
            amount=command.amount,
            steps=tuple(
                CalculationStep(label=Personal.of(state.person, step.label), amount=step.amount)
                for step in command.steps
            ),
            description=Personal.of(state.person, command.description),
            execute_by=command.execute_by,
            digest=digest,
            department=findings.department,
            restricted=state.restricted,
            instalments=command.instalments,
            settlement=command.settlement,
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
        instalments=command.instalments,
        settlement=command.settlement,
    )


def _refuse_bad_terms(command: ProposeRemedy) -> None:
    amount = command.amount
    if command.kind in COUNTED and amount.minor == 0:
        raise Refused("amount_missing", "This kind of remedy needs an amount. Say how much.")
    if command.kind not in COUNTED and amount.minor > 0:
        raise Refused("amount_not_allowed", "This kind of remedy carries no money. Set the amount to zero.")
    if command.kind == "no_remedy" and command.settlement:
        raise Refused("nothing_to_settle", "Nobody gives something up for nothing. Propose a remedy instead.")
    if any(step.amount.currency != amount.currency for step in command.steps):
        raise Refused("other_currency", "Steps and instalments must be in the currency of the amount.")
    if sum(step.amount.minor for step in command.steps) != amount.minor:
        raise Refused("steps_do_not_add_up", "The steps must add up to the amount. Correct one or the other.")
    if command.execute_by <= command.at:
        raise Refused("execute_by_passed", "It is to be done by an instant in the past. Choose a later one.")


def _refuse_other_than_loss(currency: str, command: ProposeRemedy) -> None:
    """Limits and sums go by currency: paid in several, each part would have a limit of its own (N4)."""
    if command.amount.minor > 0 and command.amount.currency != currency:
        raise Refused(
            "not_currency_of_loss", f"The loss was found in {currency}. Propose in that currency.", currency=currency
        )


def _refuse_bad_instalments(command: ProposeRemedy) -> None:
    payments = command.instalments
    if not payments:
        return
    if command.kind not in PAYING:
        raise Refused("instalments_not_allowed", "Only what is paid out is paid in instalments. Leave them out.")
    if len(payments) == 1:
        raise Refused("one_instalment", "A single payment is no instalment. Leave it out, or name at least two.")
    if any(each.amount.currency != command.amount.currency for each in payments):
        raise Refused("other_currency", "Steps and instalments must be in the currency of the amount.")
    if any(each.amount.minor == 0 for each in payments):
        raise Refused("empty_instalment", "An instalment of nothing is none. Leave it out.")
    if sum(each.amount.minor for each in payments) != command.amount.minor:
        raise Refused("instalments_do_not_add_up", "The instalments must add up to the amount. Correct either.")
    if not all(_in_order(command)):
        raise Refused("instalments_out_of_order", "Name the instalments in the order of their dates.")
    if any(each.not_before is not None and each.not_before > command.execute_by for each in payments):
        raise Refused("instalment_too_late", "An instalment falls after the day by which all is to be done.")


def _in_order(command: ProposeRemedy) -> Iterator[bool]:
    """One without a date may be paid at once, so none with a date stands before it."""
    for one, other in zip(command.instalments, command.instalments[1:], strict=False):
        if one.not_before is not None:
            yield other.not_before is not None and one.not_before <= other.not_before
