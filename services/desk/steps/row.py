"""What the steps of all services share: how a row is moved to a stage, changed where it stands, or held up."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.desk.stages import Pending, Stage
from shared.events.base import ComplaintEvent
from shared.projections.view import Append, At, FoldStep, Remove, Upsert

Steps = Mapping[type[ComplaintEvent], FoldStep]

NO_REMEDY: Final[Mapping[str, Any]] = {
    "digest": None, "kind": None, "amount": None, "currency": None, "given": 0, "steps": 1,
}  # fmt: skip
"""Nothing is under way: no terms, and no step of an approval was taken."""


def at_stage(stage: Stage, event: ComplaintEvent, at: At, **values: Any) -> Upsert:
    """The row at this stage, from this event on."""
    return Upsert(at.subject_id, **{"reached": stage, "since": event.at, "updated_at": at.recorded} | values)


def changed(at: At, **values: Any) -> Upsert:
    """The row as it stands, with something else in it."""
    return Upsert(at.subject_id, **values, updated_at=at.recorded)


def moves_to(stage: Stage) -> Callable[[ComplaintEvent, At], Upsert]:
    """The step of a fact that moves it on and tells nothing else that is shown here."""
    return lambda event, at: at_stage(stage, event, at)


def begins(what: Pending) -> Callable[[ComplaintEvent, At], Upsert]:
    """The step of a fact that leaves something to be decided beside its stage."""
    return lambda event, at: changed(at, pending=Append(what))


def ends(what: Pending) -> Callable[[ComplaintEvent, At], Upsert]:
    """The step of a fact by which that is decided."""
    return lambda event, at: changed(at, pending=Remove(what))
