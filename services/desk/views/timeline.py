"""What happened in a complaint, event by event, as every service said it: sealed, to be told in words when asked."""

from shared.events import language
from shared.events.base import ComplaintEvent, Event, all_events
from shared.events.envelope import data_of
from shared.projections.view import At, Upsert, View, moment, number, text

VIEW = View(
    "timeline",
    version=1,
    columns=(
        text("complaint_id"),
        text("source"),
        number("version"),
        moment("recorded_at"),
        text("body"),
    ),
    indexes=(("complaint_id", "recorded_at"),),
)

_MODULES = frozenset(module.__name__ for module in language.MODULES)
EVENTS: tuple[type[Event], ...] = tuple(
    event for event in all_events().values() if issubclass(event, ComplaintEvent) and event.__module__ in _MODULES
)
"""Everything that is said of complaints. What is said of staff who answer for one is not among it (N16)."""


@VIEW.on(*EVENTS)
def said(event: Event, at: At) -> Upsert:
    """The whole envelope, its personal data sealed as it came: nothing to blank when a person is erased."""
    if at.envelope is None:
        raise ValueError("a timeline is made of whole envelopes")
    # A fact of an older version was lifted to today's: so was its form, and the envelope must say so.
    envelope = at.envelope._replace(schema_version=type(event).wire_version)
    return Upsert(
        f"{at.subject_id}/{at.source}/{at.version:06}",
        complaint_id=at.subject_id,
        source=at.source,
        version=at.version,
        recorded_at=at.recorded,
        body=envelope.to_bytes(data_of(event)).decode(),
    )
