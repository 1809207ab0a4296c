"""Views in unit tests: the rows that a view's own steps make of facts, and which of them a question shows to whom."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, create_engine, insert, select

from shared.decide import Actor
from shared.events.base import Event
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View


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


def shown(where: Callable[[Table, Any], Any], row: Mapping[str, Any], actor: Actor) -> bool:
    """Whether a question with this condition shows the row to the actor: asked of a database, not guessed."""
    kinds = {bool: Boolean, str: Text}
    scalars = {name: value for name, value in row.items() if not isinstance(value, list | dict)}
    columns: list[Column[Any]] = [
        Column(name, DateTime if name.endswith("_at") else kinds.get(type(value), Text))
        for name, value in scalars.items()
    ]
    table = Table("asked", MetaData(), *columns)
    engine = create_engine("sqlite://")
    table.create(engine)
    condition = where(table, actor)
    statement = select(table.c.key) if condition is None else select(table.c.key).where(condition)
    with engine.begin() as connection:
        connection.execute(insert(table), scalars)
        found = connection.execute(statement).all()
    engine.dispose()
    return bool(found)
