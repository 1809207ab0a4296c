"""Interest and recusal (N7)."""

from collections.abc import Sequence

from closedloop.verify.never.story import Checks, Why, complained_of, of
from shared.events import callback, intake, investigation
from shared.events.base import Event
from shared.events.envelope import Envelope


def _investigator(
    before: Sequence[Event],
    event: investigation.InvestigatorAssigned | investigation.InvestigatorReplaced,
    _: Envelope,
) -> Why:
    barred = complained_of(before)
    barred |= {person for each in of(before, intake.ResponsibleDepartmentAssigned) for person in each.recused}
    barred |= {person for each in of(before, callback.ComplaintReopened) for person in each.excluded}
    barred |= {each.person for each in of(before, investigation.ConflictDeclared)}
    if event.investigator in barred:
        yield "N7", "investigated by somebody with an interest, or by the investigator of an earlier cycle"
    if event.investigator in event.hands:
        yield "N7", "somebody gave an investigation to themself"


def _accepted(before: Sequence[Event], event: investigation.FindingsAccepted, _: Envelope) -> Why:
    if event.by in event.investigators or event.by == event.submitted_by:
        yield "N7", "findings accepted by an investigator"
    if not of(before, investigation.FindingsSubmitted, event.cycle):
        yield "N24", "findings accepted that were not submitted in this cycle"


CHECKS: Checks = {
    investigation.InvestigatorAssigned: (_investigator,),
    investigation.InvestigatorReplaced: (_investigator,),
    investigation.FindingsAccepted: (_accepted,),
}
