"""Complaints that the register holds already: whether a file tells the same of them as when they were entered."""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from closedloop.importing.rows import Row
from closedloop.importing.summary import Outcome
from shared.events.envelope import fact, parse
from shared.events.intake import ComplaintRegistered
from shared.runtime import Runtime

KNOWN = Outcome("known")
DIFFERING = Outcome(
    "differing", "The register holds another version of this complaint. Compare the two, and correct what is wrong."
)
_FIRST = "select body from journal where subject = any($1) and source = $2 and version = 1"


async def compared(intake: Runtime, rows: Sequence[Row], *, untold: Outcome = KNOWN) -> list[Outcome]:
    """Of each row: KNOWN, or DIFFERING if it tells otherwise than when the complaint was entered; `untold` where the
    register can't tell.
    """
    fingerprints = await _fingerprints(intake, {row.subject for row in rows})
    return [_compared(row, fingerprints.get(row.subject), untold) for row in rows]


def _compared(row: Row, fingerprint: str | None, untold: Outcome) -> Outcome:
    if fingerprint is None:
        return untold
    return KNOWN if fingerprint == row.fingerprint else DIFFERING


async def _fingerprints(intake: Runtime, subjects: AbstractSet[str]) -> dict[str, str]:
    """What the register says that the file told of these complaints when they were entered, where it can be read.

    It stands sealed with the rest of what the source said: a hash in clear would survive the person's erasure.
    """
    if not subjects:
        return {}
    found = await intake.pool.fetch(_FIRST, list(subjects), intake.name)
    told = [(envelope, fact(envelope, data)) for envelope, data in (parse(record["body"]) for record in found)]
    opened = await intake.process.keyring.open([(str(envelope.id), event) for envelope, event in told])
    fingerprints = {}
    for (envelope, _), event in zip(told, opened, strict=True):
        said = event.source_fields if isinstance(event, ComplaintRegistered) else None
        if said is not None and said.is_open and (fingerprint := _fingerprint_in(said.clear)):
            fingerprints[envelope.subject] = fingerprint
    return fingerprints


def _fingerprint_in(source_fields: str) -> str | None:
    """The fingerprint that an import left among them; None if they came another way."""
    try:
        said = json.loads(source_fields)
    except ValueError:
        return None
    return said.get("fingerprint") if isinstance(said, dict) else None
