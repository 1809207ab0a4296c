"""Folding changes into rows in memory, so that a batch becomes one statement a table."""

from collections.abc import Iterable
from typing import Any

from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.privacy.personal import Personal
from shared.projections.view import Add, Append, At, Change, Delete, Remove, Update, Upsert, View

Row = dict[str, Any]
_CHANGES = (Upsert, Update, Delete)
_MARKED = frozenset({Add, Append, Remove, Personal})
OWNERS = "_owners"
"""Column of views with personal data: which person's words stand in which column, to blank them on erasure."""


def at_of(envelope: Envelope) -> At:
    return At(
        envelope.id, envelope.subject, envelope.source, envelope.version, envelope.recorded, envelope.cycle, envelope
    )


def changes_of(view: View, event: Event, at: At) -> tuple[Change, ...]:
    """What the view's step makes of an event. Raises what the step raises: then the event is parked."""
    step = view.steps.get(type(event))
    made = step(event, at) if step is not None else None
    if made is None:
        return ()
    # Not the union itself: it takes ten times as long to ask, and this is asked for every event.
    return (made,) if isinstance(made, _CHANGES) else tuple(made)


def fold(view: View, before: Row | None, change: Change, subject: str, partition: int) -> Row | None:
    """The row after one change; None if it should not exist."""
    if isinstance(change, Delete) or (isinstance(change, Update) and before is None):
        return None
    row = dict(before) if before is not None else _blank(view, change.key, subject, partition)
    for name, value in change.values.items():
        if name not in row:
            raise KeyError(f"{view.name} has no column {name}")
        if type(value) in _MARKED:
            _put(view, row, name, value)
        else:
            row[name] = value
    return row | {name: of(row) for name, of in view.derived.items()} if view.derived else row


def _put(view: View, row: Row, name: str, value: Any) -> None:
    match value:
        case Add():
            row[name] = (row[name] or 0) + value.number
        case Append():
            row[name] = list(dict.fromkeys((*(row[name] or ()), value.text)))
        case Remove():
            row[name] = [each for each in row[name] or () if each != value.text]
        case _:
            _put_personal(view, row, name, value)


def _put_personal(view: View, row: Row, name: str, value: Personal) -> None:
    if name not in view.personal:
        raise TypeError(f"{view.name}.{name} is not declared as personal")
    row[name] = None if value.is_erased else value.clear
    row[OWNERS] = {**row[OWNERS], name: value.owner}


def _blank(view: View, key: str, subject: str, partition: int) -> Row:
    row: Row = {"key": key, "_subject": subject, "_partition": partition, **dict.fromkeys(view.names)}
    if view.personal:
        row[OWNERS] = {}
    return row


def keys_of(changes: Iterable[tuple[Change, At, int]]) -> set[str]:
    return {change.key for change, _, _ in changes}
