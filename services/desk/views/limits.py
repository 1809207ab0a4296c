"""Which tables of authority limits were put in force, and from when?"""

import orjson

from shared.events.directory import LimitsActivated
from shared.projections.view import At, Upsert, View, moment, number, text

VIEW = View(
    name="limits",
    version=2,
    columns=(text("name"), moment("effective_from"), number("activation"), text("entries")),
)


@VIEW.on(LimitsActivated)
def activated(event: LimitsActivated, at: At) -> Upsert:
    """The whole table, as it was put in force; `activation` is its place in the order of activations."""
    entries = orjson.dumps([entry.model_dump() for entry in event.entries]).decode()
    return Upsert(
        f"{at.subject}/{at.version}",
        name=event.table,
        effective_from=event.effective_from,
        activation=at.version,
        entries=entries,
    )
