"""What the checks share: the events before one, what of them is of a cycle, and what holds for every event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from shared.events import callback, intake, investigation, resolution
from shared.events.base import ComplaintEvent, Event
from shared.events.envelope import Envelope, parse_seen

E = TypeVar("E", bound=ComplaintEvent)
Said = tuple[Envelope, Event]
Why = Iterator[tuple[str, str]]
Check = Callable[[Sequence[Event], Any, Envelope], Why]
Checks = dict[type[Event], tuple[Check, ...]]


@dataclass(frozen=True, slots=True)
class Breach:
    """A never-rule that the events break, and the event that breaks it."""

    rule: str
    event: str
    says: str


BARRING: Final = (
    intake.Classified,
    intake.ResponsibleDepartmentAssigned,
    investigation.ConflictDeclared,
    callback.ComplaintReopened,
)
"""What keeps somebody from a case, in other services only from when they learn of it."""


def said_before(story: Sequence[Said], place: int) -> list[Event]:
    """What had been said before the event at this place of the story; of what bars somebody only what its service knew,
    so that no breach is invented by late arrival (N12).
    """
    envelope = story[place][0]
    seen = {**parse_seen(envelope.seen), envelope.source: envelope.version}
    return [
        event
        for other, event in story[:place]
        if not isinstance(event, BARRING) or other.version <= seen.get(other.source, 0)
    ]


def of(before: Sequence[Event], kind: type[E], cycle: int | None = None) -> list[E]:
    """The events of a kind, of one cycle or of all."""
    return [event for event in before if isinstance(event, kind) and cycle in (None, event.cycle)]


def happened(before: Sequence[Event], kind: type[ComplaintEvent], cycle: int) -> bool:
    return bool(of(before, kind, cycle))


def hands(events: Iterable[Event]) -> set[str]:
    """Who stated these, and in whose name: four eyes count both."""
    return {hand for each in events for hand in each.hands}


def complained_of(before: Sequence[Event]) -> set[str]:
    """Whom the complaint is about, as last classified."""
    classified = of(before, intake.Classified)
    return set(classified[-1].complained_of) if classified else set()


COMPLIANCE_MAY: Final = (
    intake.ComplianceSignedOff,
    callback.ExternalReferralRecorded,
    callback.ExternalDecisionReceived,
    resolution.CorrectiveActionRaised,
)
"""What compliance writes: what others may then do, and what came from outside. None of it changes a case."""


def everywhere(before: Sequence[Event], event: Event, envelope: Envelope) -> Why:
    """What holds for every event."""
    if envelope.role == "compliance_officer" and not isinstance(event, COMPLIANCE_MAY):
        yield "N18", "compliance changed a case"
    if isinstance(event, ComplaintEvent) and isinstance(event, _OF_THE_CYCLE):
        cycle = max((each.cycle for each in of(before, callback.ComplaintReopened)), default=1)
        if event.cycle > cycle:
            yield "N24", "said of a cycle that has not begun"


_OF_THE_CYCLE: Final = (
    intake.FromIntake,
    resolution.RemedyApproved,
    resolution.RemedyAccepted,
    resolution.RemedyExecutionStarted,
    callback.CallbackAttempted,
    callback.ComplaintClosed,
)
