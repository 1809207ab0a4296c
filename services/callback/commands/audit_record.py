"""审核回访 Somebody other than the caller audits the record."""

from typing import Any, ClassVar

from services.callback.rules import acting, must_be_impartial, must_be_registered
from services.callback.state import Callback
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import Reasoning
from shared.events.callback import CallbackDeadlinePassed, CallbackEvent, CallbackRecordAudited
from shared.events.vocabulary import StaffId
from shared.privacy.personal import Personal


class AuditCallback(
    ComplaintCommand,
    path="/complaints/{complaint_id}/callback-audits",
    may=("reviewer", "quality_reviewer"),
    in_person=True,
):
    """Audit what a caller recorded in this cycle: complete, conforming, true, with all service items (row F49).

    An untrue record counts no more, nor what the customer is said to have said in it: another caller must call, and
    what was closed on it must be reopened. Was the callback due meanwhile, it was missed (N12).
    """

    example: ClassVar[dict[str, Any]] = {
        "caller": "huang.ting",
        "complete": True,
        "conform": True,
        "truthful": True,
        "items": True,
        "remarks": "Listened to the whole recording; it is as recorded.",
    }

    caller: StaffId
    """Whose record is audited."""
    complete: bool
    conform: bool
    truthful: bool
    items: bool
    remarks: Reasoning


def decide(state: Callback, command: AuditCallback) -> list[CallbackEvent]:
    must_be_registered(state)
    must_be_impartial(state, command.actor)
    now, caller = state.now, command.caller
    if acting(command.actor) & now.hands_of(caller):
        raise Refused("own_record", "Nobody audits a record of their own. Another must.")
    if caller not in now.callers:
        raise Refused("no_record", "They recorded nothing in this cycle that counts. Name who called the customer.")
    if caller in now.audited:
        raise Refused("already_audited", "This record is audited already. What they record from now on is not.")
    result_void = not command.truthful and caller in {now.said_to, *(now.callers if now.unreachable else ())}
    audited = CallbackRecordAudited(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        complete=command.complete,
        conform=command.conform,
        truthful=command.truthful,
        items=command.items,
        remarks=Personal.of(state.person, command.remarks),
        caller=caller,
        result_void=result_void,
        finished=command.truthful and now.unaudited == {caller},
    )
    return [audited, *(_missed(state, command) if result_void else ())]


def _missed(state: Callback, command: AuditCallback) -> list[CallbackEvent]:
    """A result that never was met no deadline; the alarm that would have said so has rung already."""
    due_at = state.deadlines.get(state.cycle)
    if due_at is None or command.at < due_at or state.cycle in state.overdue:
        return []
    return [CallbackDeadlinePassed(at=command.at, by=command.actor.id, cycle=state.cycle, due_at=due_at)]
