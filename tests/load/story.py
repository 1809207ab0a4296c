"""A log of as many events as wanted: the same short life of a complaint over and over, each with its own ids and keys.

One life is told and written by the system's own means. The others are its bytes with other ids and texts sealed anew,
chained as they must be: a view that opens them, and a chain that is checked, would notice the least mistake.
"""

import os
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.intake.limits import number_of
from shared.decide.command import SYSTEM_ACTOR
from shared.eventlog.protocol import EventLog, Outgoing, partition_of
from shared.events.base import Event
from shared.events.envelope import Envelope, data_of, instant
from shared.privacy.keyring import Keyring
from shared.privacy.personal import personal_fields
from shared.privacy.vault import Vault
from shared.proof.chain import GENESIS, link
from tests.unit.intake import examples as told

LIFE: tuple[Event, ...] = (
    told.registered(product=told.words("Credit card")), told.acknowledged(), told.classified(), told.noted(),
    told.chased(), told.reclassified(), told.established(), told.closed(),
)  # fmt: skip
_AT_ONCE = 2_000
"""Lives that run side by side: events of one subject stand this far apart, so that a batch has as many subjects."""
_FRAME = bytes((1, 0, 1))


@dataclass(frozen=True, slots=True)
class _Page:
    """One event of the life, as bytes, with what is another's in every other life."""

    body: bytes
    source: str
    version: int
    type: str
    texts: tuple[tuple[bytes, str, str], ...]
    """Sealed token as it stands in the bytes, field path, clear text."""


async def write_lives(log: EventLog, vault: Vault, events: int) -> int:
    """Append at least so many events; gives how many."""
    pages = await _pages(vault)
    wanted = -(-events // len(pages))
    for start in range(0, wanted, _AT_ONCE):
        complaints = [uuid4() for _ in range(min(_AT_ONCE, wanted - start))]
        await _write(log, vault, pages, complaints, start)
    return wanted * len(pages)


async def _pages(vault: Vault) -> list[_Page]:
    named = [(str(UUID(int=nth)), event) for nth, event in enumerate(LIFE)]
    sealed = await Keyring(vault).seal(named)
    pages, versions = [], defaultdict[str, int](int)
    for (event_id, clear), event in zip(named, sealed, strict=True):
        versions[event.source] += 1
        body = _envelope(event, UUID(event_id), versions[event.source]).to_bytes(data_of(event))
        texts = dict(personal_fields(clear))
        pairs = [((one.sealed or "").encode(), path, texts[path].clear) for path, one in personal_fields(event)]
        pages.append(_Page(body, event.source, versions[event.source], event.wire_type, tuple(pairs)))
    return pages


def _envelope(event: Event, event_id: UUID, version: int) -> Envelope:
    return Envelope(
        id=event_id, source=event.source, subject=f"complaint:{told.COMPLAINT}", type=event.wire_type,
        schema_version=event.wire_version, version=version, time=event.at, recorded=event.at, actor=event.by,
        role=SYSTEM_ACTOR.role, department=SYSTEM_ACTOR.department, causation="load", correlation="load", seen="",
        pack="house/1", critical=event.critical, cycle=getattr(event, "cycle", None),
    )  # fmt: skip


async def _write(log: EventLog, vault: Vault, pages: Sequence[_Page], complaints: Sequence[UUID], start: int) -> None:
    people = {complaint: f"person:{uuid4()}" for complaint in complaints}
    keys = await vault.keys(list(people.values()), create=True)
    chains: dict[tuple[UUID, str], bytes] = {}
    batches: dict[int, list[Outgoing]] = defaultdict(list)
    for nth, page in enumerate(pages):
        for place, complaint in enumerate(complaints, start):
            person = people[complaint]
            body = _another(page, nth, complaint, person, AESGCM(keys[person] or b""), place)
            chain = link(chains.get((complaint, page.source), GENESIS), body[1])
            chains[complaint, page.source] = chain
            subject = f"complaint:{complaint}"
            batches[partition_of(subject, log.partitions)].append(
                Outgoing(subject, body[1], _headers(page, body[0], chain))
            )
    answers = await log.send(batches)
    if failed := [answer for answer in answers.values() if not isinstance(answer, int)]:
        raise failed[0]


def _another(page: _Page, nth: int, complaint: UUID, person: str, cipher: AESGCM, place: int) -> tuple[str, bytes]:
    """Id and bytes of this event in another life."""
    event_id = str(uuid4())
    body = page.body.replace(str(told.COMPLAINT).encode(), str(complaint).encode())
    body = body.replace(str(UUID(int=nth)).encode(), event_id.encode()).replace(told.ZHAO.encode(), person.encode())
    for token, path, text in page.texts:
        body = body.replace(token, _sealed(cipher, f"{event_id}/{path}", text))
    if nth == 0:
        received = instant(told.MORNING - timedelta(minutes=place))
        body = body.replace(instant(told.MORNING).encode(), received.encode())
        body = body.replace(b"7K3M-0Q9Z", number_of(complaint, 0).encode())
    return event_id, body


def _sealed(cipher: AESGCM, bound: str, text: str) -> bytes:
    """As `shared.privacy.keyring` writes it."""
    nonce = os.urandom(12)
    raw = _FRAME + nonce + cipher.encrypt(nonce, text.encode(), bound.encode())
    return urlsafe_b64encode(raw).rstrip(b"=")


def _headers(page: _Page, event_id: str, chain: bytes) -> tuple[tuple[str, bytes], ...]:
    return (
        ("content-type", b"application/cloudevents+json; charset=utf-8"), ("id", event_id.encode()),
        ("type", page.type.encode()), ("source", page.source.encode()), ("version", str(page.version).encode()),
        ("chain", chain),
    )  # fmt: skip
