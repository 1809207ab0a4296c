"""What must never have happened (domain 4.4), checked on the merged log of one complaint.

Written against the events alone, without any service's code: a rule that a service forgot is found here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared.events import callback, intake, investigation, resolution
from shared.events.base import ComplaintEvent, Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import SYSTEM

E = TypeVar("E", bound=ComplaintEvent)
Said = tuple[Envelope, Event]


@dataclass(frozen=True, slots=True)
class Breach:
    """A never-rule that the events break, and the event that breaks it."""

    rule: str
    event: str
    says: str


def breaches(story: Sequence[Said]) -> Iterator[Breach]:
    """Every breach in the events of one complaint, in causal order."""
    for n, (envelope, event) in enumerate(story):
        before = [said for _, said in story[:n]]
        for check in _CHECKS.get(type(event), ()):
            for rule, says in check(before, event, envelope):
                yield Breach(rule, str(envelope.id), f"{envelope.type} by {envelope.actor}: {says}")


def _of(before: Sequence[Event], kind: type[E], cycle: int | None = None) -> list[E]:
    return [event for event in before if isinstance(event, kind) and cycle in (None, event.cycle)]


def _any(before: Sequence[Event], kind: type[ComplaintEvent], cycle: int) -> bool:
    return bool(_of(before, kind, cycle))


Why = Iterator[tuple[str, str]]


def _closing(before: Sequence[Event], event: callback.ComplaintClosed, _: Envelope) -> Why:
    cycle = event.cycle
    reached = [a for a in _of(before, callback.CallbackAttempted, cycle) if a.outcome == "reached"]
    if event.outcome == "satisfied" and not (reached and _any(before, callback.CustomerSatisfied, cycle)):
        yield "N1", "closed without a reached and satisfied callback in this cycle"
    if _any(before, callback.CustomerDissatisfied, cycle) and event.outcome == "satisfied":
        yield "N1", "closed as satisfied over a dissatisfied customer"
    settled = {each.digest for each in _of(before, resolution.RemedyExecuted, cycle)}
    settled |= {each.digest for each in _of(before, resolution.RemedyReturned, cycle)}
    settled |= {each.digest for each in _of(before, resolution.RemedyDeclined, cycle)}
    settled |= {each.digest for each in _of(before, resolution.ResolutionConcluded, cycle)}
    if {each.digest for each in _of(before, resolution.RemedyApproved, cycle)} - settled:
        yield "N2", "closed while an approved remedy was neither executed nor given up"
    if _any(before, callback.ComplaintClosed, cycle):
        yield "N24", "closed twice in one cycle"


def _approval(before: Sequence[Event], event: resolution.RemedyApproved, envelope: Envelope) -> Why:
    if event.by in {each.by for each in _of(before, resolution.RemedyOptionProposed, event.cycle)}:
        yield "N3", "approved by its proposer"
    if event.by in {each.investigator for each in _of(before, investigation.InvestigatorAssigned)}:
        yield "N3", "approved by an investigator"
    if event.by in {person for each in _of(before, intake.ComplaintClassified) for person in each.complained_of}:
        yield "N3", "approved by the person complained of"
    if envelope.on_behalf_of is not None:
        yield "N3", "approved on behalf of somebody"
    if event.amount.minor > event.limit.minor:
        yield "N4", "approved above the approver's limit"
    submitted = _of(before, resolution.RemedySubmitted, event.cycle)
    if not any(each.digest == event.digest and each.amount == event.amount for each in submitted):
        yield "N5", "approved something else than what was submitted in this cycle"
    if SYSTEM in (event.by, envelope.role):
        yield "N23", "approved by nobody"


def _execution(before: Sequence[Event], event: resolution.RemedyExecutionStarted, _: Envelope) -> Why:
    approved = [a for a in _of(before, resolution.RemedyApproved, event.cycle) if a.digest == event.digest]
    if not approved:
        yield "N5", "executed without an approval of this very remedy in this cycle"
    elif approved[-1].amount != event.amount:
        yield "N4", "executed another amount than was approved"
    elif approved[-1].by == event.by and event.amount.minor:
        yield "N3", "executed by its approver"
    accepted = {each.digest for each in _of(before, resolution.RemedyAccepted, event.cycle)}
    if event.amount.minor and event.digest not in accepted:
        yield "N5", "money moved before the customer accepted in this cycle"
    if event.payment in {each.payment for each in _of(before, resolution.RemedyExecutionStarted)}:
        yield "N6", "a payment reference was used twice"
    if _any(before, resolution.ResolutionConcluded, event.cycle):
        yield "N6", "executed after the conclusion"


def _step(before: Sequence[Event], event: resolution.RemedyStepExecuted, _: Envelope) -> Why:
    if any(e.payment == event.payment and e.step == event.step for e in _of(before, resolution.RemedyStepExecuted)):
        yield "N6", "the same step was executed twice"
    if event.payment not in {each.payment for each in _of(before, resolution.RemedyExecutionStarted, event.cycle)}:
        yield "N5", "a step of an execution that never started"


def _conclusion(before: Sequence[Event], event: resolution.ResolutionConcluded, _: Envelope) -> Why:
    if _any(before, resolution.ResolutionConcluded, event.cycle):
        yield "N24", "concluded twice in one cycle"
    executed = {each.digest for each in _of(before, resolution.RemedyExecuted, event.cycle)}
    if event.outcome == "executed" and event.digest not in executed:
        yield "N5", "concluded as executed without an execution"


def _investigator(
    before: Sequence[Event], event: investigation.InvestigatorAssigned | investigation.InvestigatorReplaced, _: Envelope
) -> Why:
    barred = {person for each in _of(before, intake.ComplaintClassified) for person in each.complained_of}
    barred |= {person for each in _of(before, intake.ResponsibleDepartmentAssigned) for person in each.recused}
    barred |= {person for each in _of(before, callback.ComplaintReopened) for person in each.excluded}
    barred |= {each.person for each in _of(before, investigation.ConflictDeclared)}
    if event.investigator in barred:
        yield "N7", "investigated by somebody with an interest, or by the investigator of an earlier cycle"


def _attempt(before: Sequence[Event], event: callback.CallbackAttempted, _: Envelope) -> Why:
    for scheduled in _of(before, callback.CallbackScheduled, event.cycle):
        if event.by in {*scheduled.handled_by, *scheduled.investigators}:
            yield "N8", "called back by somebody who handled the case"
    if not _of(before, callback.CallbackScheduled, event.cycle):
        yield "N24", "called back without a callback scheduled in this cycle"


def _rejection(before: Sequence[Event], event: intake.ComplaintNotEstablished, envelope: Envelope) -> Why:
    if event.by == event.judged_by or event.judged_by not in {
        each.by for each in _of(before, intake.RejectionProposed)
    }:
        yield "N9", "rejected by one person alone"
    if envelope.role == SYSTEM:
        yield "N23", "rejected by nobody"


def _downgrade(before: Sequence[Event], event: intake.ComplaintClassified, _: Envelope) -> Why:
    if event.severity == "ordinary" and any(e.severity == "special" for e in _of(before, intake.ComplaintClassified)):
        yield "N22", "a special complaint became ordinary"


def _scheduled(before: Sequence[Event], event: callback.CallbackScheduled, _: Envelope) -> Why:
    if _any(before, callback.CallbackScheduled, event.cycle):
        yield "N24", "two callbacks in one cycle"


def _reopened(before: Sequence[Event], event: callback.ComplaintReopened, _: Envelope) -> Why:
    if event.cycle != 2 + len(_of(before, callback.ComplaintReopened)):
        yield "N24", "the cycle did not grow by one"


_CHECKS: dict[type[Event], tuple[Callable[..., Why], ...]] = {
    callback.ComplaintClosed: (_closing,),
    resolution.RemedyApproved: (_approval,),
    resolution.RemedyExecutionStarted: (_execution,),
    resolution.RemedyStepExecuted: (_step,),
    resolution.ResolutionConcluded: (_conclusion,),
    investigation.InvestigatorAssigned: (_investigator,),
    investigation.InvestigatorReplaced: (_investigator,),
    callback.CallbackAttempted: (_attempt,),
    callback.CallbackScheduled: (_scheduled,),
    callback.ComplaintReopened: (_reopened,),
    intake.ComplaintNotEstablished: (_rejection,),
    intake.ComplaintClassified: (_downgrade,),
}
