"""归档 A complaint that has ended goes to the archive."""

from typing import Any, ClassVar

from services.callback.limits import must_be_audited
from services.callback.rules import must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.events.callback import CallbackEvent, ComplaintArchived
from shared.events.vocabulary import SYSTEM


class ArchiveComplaint(ComplaintCommand, path="/complaints/{complaint_id}/archive", may=(SYSTEM, "triage_lead")):
    """Archive: the retention clock starts (handbook rows F01, F21, F49; domain 4.2).

    A closed complaint is archived of itself once it is summed up and, if it is special or in the sample, its callback
    record is audited; a withdrawn one once the withdrawal is confirmed; a referred or voided one at once.
    """

    example: ClassVar[dict[str, Any]] = {}


def decide(state: Callback, command: ArchiveComplaint) -> list[CallbackEvent]:
    must_be_registered(state)
    if state.now.archived:
        return []
    missing = _missing(state, command)
    if missing is None:
        return [ComplaintArchived(at=command.at, by=command.actor.id, cycle=state.cycle, ending=ending_of(state))]
    if command.actor.role == SYSTEM:
        return []  # what is missing comes with a fact that asks again
    raise missing


def ending_of(state: Callback) -> str:
    """How it ended: closed in one of three ways, or as intake ended it."""
    return state.now.ending or f"closed_{state.now.outcome}"


def _missing(state: Callback, command: ArchiveComplaint) -> Refused | None:
    now = state.now
    if now.ending == "withdrawn" and now.withdrawal != "confirmed":
        return Refused("not_confirmed", "Somebody else must confirm the withdrawal with the customer first.")
    if now.ending:
        return None
    if not now.summarised:
        return Refused("not_summarised", "Only a summarised complaint is archived. Sum it up first.")
    if now.groundless:
        return Refused("closed_on_untrue_record", "It was closed on an untrue record. A lead must reopen it.")
    if now.unaudited and must_be_audited(command.complaint_id, state.cycle, state.severity):
        callers = sorted(now.unaudited)
        return Refused("not_audited", "Its callback record must be audited first.", callers=callers)
    return None
