"""Rejection, withdrawal, downgrading, voiding (N9, N14, N22, N23)."""

from collections.abc import Sequence

from closedloop.verify.never.story import Checks, Why, happened, of
from shared.events import intake, resolution
from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import SYSTEM


def _rejection(before: Sequence[Event], event: intake.ComplaintNotEstablished, envelope: Envelope) -> Why:
    proposed = {each.by for each in of(before, intake.RejectionProposed, event.cycle)}
    if event.by == event.judged_by or event.judged_by not in proposed:
        yield "N9", "rejected by one person alone"
    if envelope.role == SYSTEM:
        yield "N23", "rejected by nobody"


def _reply(before: Sequence[Event], event: intake.CourtesyReplySent, _: Envelope) -> Why:
    if not happened(before, intake.ComplaintNotEstablished, event.cycle):
        yield "N9", "a courteous reply without a rejection by two persons in this cycle"
    if _is_withdrawn(before, event.cycle):
        yield "N14", "replied to a complaint whose customer had withdrawn it"


def _judged(before: Sequence[Event], event: intake.ComplaintEstablished, _: Envelope) -> Why:
    if _is_withdrawn(before, event.cycle):
        yield "N14", "judged while a withdrawal was pending"


def _is_withdrawn(before: Sequence[Event], cycle: int) -> bool:
    asked = len(of(before, intake.WithdrawalRequested, cycle))
    return asked > len(of(before, intake.WithdrawalDenied, cycle))


def _overturned(before: Sequence[Event], event: intake.JudgementOverturned, _: Envelope) -> Why:
    if event.by in (event.judged_by, event.confirmed_by):
        yield "N9", "overturned by one of the two who rejected it"
    if happened(before, intake.CourtesyReplySent, event.cycle):
        yield "N24", "overturned after the courteous reply, without a reopening"


def _downgrade(before: Sequence[Event], event: intake.Classified, _: Envelope) -> Why:
    special = False
    for each in before:
        if isinstance(each, intake.ComplaintDowngraded):
            special = False
        elif isinstance(each, intake.ComplaintEscalatedToSpecial):
            special = True
        elif isinstance(each, intake.Classified):
            special = special or each.severity == "special"
    if special and event.severity == "ordinary":
        yield "N22", "a special complaint became ordinary"


def _downgraded(before: Sequence[Event], event: intake.ComplaintDowngraded, _: Envelope) -> Why:
    signed = {each.by for each in of(before, intake.ComplianceSignedOff, event.cycle) if each.matter == "downgrade"}
    if event.signed_off_by not in signed or event.by == event.signed_off_by:
        yield "N22", "downgraded without compliance's sign-off by somebody else in this cycle"


def _withdrawn(before: Sequence[Event], event: intake.ComplaintWithdrawn, _: Envelope) -> Why:
    if not happened(before, intake.WithdrawalRequested, event.cycle):
        yield "N14", "withdrawn without the customer's request"
    if not happened(before, resolution.WithdrawalGranted, event.cycle):
        yield "N14", "withdrawn without resolution's word"


def _confirmed(
    before: Sequence[Event], event: intake.WithdrawalConfirmed | intake.WithdrawalDisputed, _: Envelope
) -> Why:
    requested = of(before, intake.WithdrawalRequested)
    if requested and event.by == requested[-1].by:
        yield "N14", "a withdrawal confirmed by whoever had recorded it"


def _in_error(before: Sequence[Event], event: intake.RegisteredInError, _: Envelope) -> Why:
    if event.by == event.proposed_by:
        yield "N9", "voided by one person alone"
    judged = (intake.ComplaintEstablished, intake.ComplaintNotEstablished, intake.RejectionProposed)
    if any(isinstance(each, judged) for each in before):
        yield "N9", "voided after it was judged"


CHECKS: Checks = {
    intake.ComplaintNotEstablished: (_rejection,),
    intake.CourtesyReplySent: (_reply,),
    intake.ComplaintEstablished: (_judged,),
    intake.JudgementOverturned: (_overturned,),
    intake.ComplaintClassified: (_downgrade,),
    intake.ComplaintReclassified: (_downgrade,),
    intake.ComplaintDowngraded: (_downgraded,),
    intake.ComplaintWithdrawn: (_withdrawn,),
    intake.WithdrawalConfirmed: (_confirmed,),
    intake.WithdrawalDisputed: (_confirmed,),
    intake.RegisteredInError: (_in_error,),
}
