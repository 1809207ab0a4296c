"""Views in unit tests: the rows that a view's own steps make of facts, and which of them a question shows to whom."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, create_engine, insert, select

from shared.decide import Actor
from shared.events.base import Event
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View

Where = Callable[[Table, Any], Any]


def rows_of(view: View, subject: UUID, *events: Event) -> dict[str, Row]:
    """The view's rows by key after these facts on one complaint, folded as the runner folds them."""
    rows: dict[str, Row | None] = {}
    for number, event in enumerate(events):
        at = At(
            id=uuid5(NAMESPACE_OID, str(number)),
            subject=f"complaint:{subject}",
            source=event.source,
            version=number + 1,
            recorded=event.at,
            cycle=getattr(event, "cycle", None),
        )
        for change in changes_of(view, event, at):
            rows[change.key] = fold(view, rows.get(change.key), change, at.subject, 0)
    return {key: row for key, row in rows.items() if row is not None}


def shown(where: Where, row: Mapping[str, Any], actor: Actor) -> bool:
    """Whether a question with this condition shows the row to the actor."""
    return bool(keys_shown(where, {row["key"]: row}, actor))


def keys_shown(where: Where, rows: Mapping[str, Mapping[str, Any]], actor: Actor) -> list[str]:
    """Which of a view's rows a question with this condition shows to the actor: asked of a database, not guessed."""
    table = Table("asked", MetaData(), *(Column(name, _kind(name, rows)) for name in _scalars(rows)))
    engine = create_engine("sqlite://")
    table.create(engine)
    condition = where(table, actor)
    statement = select(table.c.key).order_by(table.c.key)
    with engine.begin() as connection:
        connection.execute(insert(table), [{name: row[name] for name in _scalars(rows)} for row in rows.values()])
        found = connection.execute(statement if condition is None else statement.where(condition)).all()
    engine.dispose()
    return [key for (key,) in found]


def _scalars(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = next(iter(rows.values()))
    return [name for name in names if not any(isinstance(row[name], list | dict) for row in rows.values())]


def _kind(name: str, rows: Mapping[str, Mapping[str, Any]]) -> type[Text | Boolean | DateTime]:
    if name.endswith("_at"):
        return DateTime
    return Boolean if any(isinstance(row[name], bool) for row in rows.values()) else Text
