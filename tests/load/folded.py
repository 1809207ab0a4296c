"""The floor of every view: the log consumed, and the very same fold, in memory. Nothing is kept or checked."""

from shared.eventlog.protocol import EventLog, Record
from shared.events.envelope import fact, parse
from shared.privacy.keyring import Keyring
from shared.privacy.personal import holds_personal
from shared.projections.folding import Row, at_of, changes_of, fold
from shared.projections.runner import _FETCH
from shared.projections.view import View

FETCH = _FETCH
"""Records that a worker fetches at once."""


async def fold_in_memory(log: EventLog, keyring: Keyring, view: View) -> dict[str, Row]:
    """The rows that the whole log makes of a view. A view with personal columns gets them opened, a batch at a time."""
    wanted = {event.wire_type.encode() for event in view.steps}
    rows: dict[str, Row] = {}
    reader = log.reader()
    await reader.assign(dict.fromkeys(range(log.partitions), 0))
    left = sum((await reader.ends()).values())
    try:
        while left:
            records = await reader.fetch(limit=FETCH, wait=1.0)
            left -= len(records)
            await _fold(view, keyring, [record for record in records if record.header("type") in wanted], rows)
    finally:
        await reader.close()
    return rows


async def _fold(view: View, keyring: Keyring, records: list[Record], rows: dict[str, Row]) -> None:
    told = []
    for record in records:
        envelope, data = parse(record.value)
        told.append((record, envelope, fact(envelope, data)))
    if view.personal:
        sealed = [(str(envelope.id), event) for _, envelope, event in told if holds_personal(type(event))]
        opened = iter(await keyring.open(sealed))
        told = [(r, e, next(opened) if holds_personal(type(event)) else event) for r, e, event in told]
    for record, envelope, event in told:
        for change in changes_of(view, event, at_of(envelope)):
            row = fold(view, rows.get(change.key), change, envelope.subject, record.partition)
            if row is None:
                rows.pop(change.key, None)
            else:
                rows[change.key] = row
