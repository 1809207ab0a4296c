"""Views against a slow, independent fold: one event at a time, one row at a time, no batches, no cache."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from closedloop.verify.partition import Partition, Told
from closedloop.verify.report import Report
from shared.db import Connection
from shared.events.base import Event
from shared.privacy.keyring import Keyring
from shared.privacy.personal import Personal, holds_personal
from shared.projections.folding import OWNERS, at_of
from shared.projections.table import ViewTable
from shared.projections.view import Add, Append, Change, Delete, Remove, Update, View

_OPEN_AT_ONCE = 500
Rows = dict[str, dict[str, Any]]


async def opened(partition: Partition, views: Sequence[View], keyring: Keyring) -> dict[UUID, Event]:
    """Every event that one of the views folds; with its personal data opened if one of them has a place for it."""
    folded = {event for view in views for event in view.steps}
    shown = {event for view in views if view.personal for event in view.steps if holds_personal(event)}
    events = {
        each.envelope.id: each.event for each in partition.told if each.event is not None and type(each.event) in folded
    }
    sealed = [(str(event_id), event) for event_id, event in events.items() if type(event) in shown]
    for start in range(0, len(sealed), _OPEN_AT_ONCE):
        batch = sealed[start : start + _OPEN_AT_ONCE]
        for (event_id, _), event in zip(batch, await keyring.open(batch), strict=True):
            events[UUID(event_id)] = event
        await asyncio.sleep(0)
    return events


def expected_rows(view: View, partition: Partition, events: Mapping[UUID, Event], upto: int, report: Report) -> Rows:
    """What the view should hold of this partition after the records below offset `upto`."""
    rows: Rows = {}
    for told in partition.told:
        step = view.steps.get(type(told.event)) if told.event is not None else None
        if step is None or told.record.offset >= upto:
            continue
        try:
            made = _each(step(events[told.envelope.id], at_of(told.envelope)))
        except Exception as broken:  # noqa: BLE001 -- whatever a fold raises is a finding; the rest is still compared
            report.found("fold_raises", f"{view.name} {told.envelope.subject}", type(broken).__name__)
            continue
        for change in made:
            _apply(view, rows, change, told)
    return rows


def _each(made: Any) -> tuple[Any, ...]:
    """What a step gave: nothing, one change, or several."""
    return () if made is None else (made,) if isinstance(made, Change) else tuple(made)


def _apply(view: View, rows: Rows, change: Any, told: Told) -> None:
    if isinstance(change, Delete):
        rows.pop(change.key, None)
        return
    if isinstance(change, Update) and change.key not in rows:
        return
    row = rows.setdefault(change.key, {column.name: None for column in view.columns})
    row["_subject"], row["_partition"] = told.envelope.subject, told.record.partition
    if view.personal:
        row.setdefault(OWNERS, {})
    for name, value in change.values.items():
        if isinstance(value, Add):
            row[name] = (row[name] or 0) + value.number
        elif isinstance(value, Append):
            have = row[name] or []
            row[name] = have if value.text in have else [*have, value.text]
        elif isinstance(value, Remove):
            row[name] = [each for each in row[name] or [] if each != value.text]
        elif isinstance(value, Personal):
            row[name] = None if value.is_erased else value.clear
            row[OWNERS][name] = value.owner
        else:
            row[name] = value
    row |= {name: of(row) for name, of in view.derived.items()}


async def check_view(
    connection: Connection, service: str, table: ViewTable, partition: int, rows: Rows, report: Report
) -> None:
    """Compare a view's rows of one partition, inside the caller's snapshot of its database."""
    statement = f"select * from {table.quoted} where _partition = $1"  # noqa: S608 -- a table name of our own making
    live = {record["key"]: table.as_row(record) for record in await connection.fetch(statement, partition)}
    report.rows += len(live)
    where = f"{service} view {table.view.name}"
    for key in sorted(rows.keys() - live.keys()):
        report.found("row_missing", f"{where} row {key}", "the events say that there is such a row")
    for key in sorted(live.keys() - rows.keys()):
        report.found("row_unfounded", f"{where} row {key}", "no event says that there is such a row")
    for key in sorted(rows.keys() & live.keys()):
        for name, value in rows[key].items():
            if (should := plain(value)) != (does := plain(live[key][name])):
                shown = "hidden" if name in table.view.personal else f"{does!r} instead of {should!r}"
                report.found("row_differs", f"{where} row {key} column {name}", f"not what the events say ({shown})")


def plain(value: Any) -> Any:
    """Values in one form, whatever library they came through."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return value
