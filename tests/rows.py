"""Views in unit tests: the rows that a view's own steps make of facts, and which of them a question shows to whom."""

import json
from collections.abc import Callable, Mapping
from sqlite3 import Connection
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, create_engine, event, insert, select

from shared.decide import Actor
from shared.events.base import Event
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View

Where = Callable[[Table, Any], Any]


def rows_of(view: View, subject: UUID, *events: Event) -> dict[str, Row]:
    """The view's rows by key after these facts on one complaint, folded as the runner folds them."""
    rows: dict[str, Row | None] = {}
    for number, fact in enumerate(events):
        at = At(
            id=uuid5(NAMESPACE_OID, str(number)),
            subject=f"complaint:{subject}",
            source=fact.source,
            version=number + 1,
            recorded=fact.at,
            cycle=getattr(fact, "cycle", None),
        )
        for change in changes_of(view, fact, at):
            rows[change.key] = fold(view, rows.get(change.key), change, at.subject, 0)
    return {key: row for key, row in rows.items() if row is not None}


def shown(where: Where, row: Mapping[str, Any], actor: Actor) -> bool:
    """Whether a question with this condition shows the row to the actor."""
    return bool(keys_shown(where, {row["key"]: row}, actor))


def keys_shown(where: Where, rows: Mapping[str, Mapping[str, Any]], actor: Actor) -> list[str]:
    """Which of a view's rows a question with this condition shows to the actor: asked of a database, not guessed."""
    table = Table("asked", MetaData(), *(Column(name, _kind(name, rows)) for name in _scalars(rows)))
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", _speak_of_lists)
    table.create(engine)
    condition = where(table, actor)
    statement = select(table.c.key).order_by(table.c.key)
    with engine.begin() as connection:
        connection.execute(
            insert(table), [{name: _kept(row[name]) for name in _scalars(rows)} for row in rows.values()]
        )
        found = connection.execute(statement if condition is None else statement.where(condition)).all()
    engine.dispose()
    return [key for (key,) in found]


def _scalars(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = next(iter(rows.values()))
    return [name for name in names if not any(isinstance(row[name], dict) for row in rows.values())]


def _kept(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def _speak_of_lists(connection: Connection, _: object) -> None:
    """What PostgreSQL says of where a value stands in a list: lists are kept as JSON here."""

    def array_position(kept: str | None, value: str | None) -> int | None:
        among = json.loads(kept) if kept else []
        return among.index(value) + 1 if value in among else None

    connection.create_function("array_position", 2, array_position)


def _kind(name: str, rows: Mapping[str, Mapping[str, Any]]) -> type[Text | Boolean | DateTime]:
    if name.endswith("_at"):
        return DateTime
    return Boolean if any(isinstance(row[name], bool) for row in rows.values()) else Text
