"""What people type is bounded so that the largest of it, sealed, still fits in an envelope."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter, ValidationError

from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.register import RegisterComplaint
from shared.decide.wording import Line, LongText, Narrative, Reasoning
from shared.events.base import Event
from shared.events.envelope import MAX_BYTES, Envelope, data_of
from shared.events.intake import ComplaintRegistered, RejectionProposed
from shared.events.vocabulary import ExternalReference
from shared.privacy.keyring import _sealed
from shared.privacy.personal import personal_fields, with_personal
from tests.sentences import given
from tests.unit.intake.examples import AGENT, JUDGE, NOON, READY, SERVICE, STAFF_RECORDS

RARE = "𠮷"
"""A Chinese character that takes four bytes, as many as a character can."""
LONGEST = {Line: RARE * 500, Reasoning: RARE * 10_000, LongText: RARE * 16_384, Narrative: RARE * 16_384}
COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")


def bytes_of(event: Event) -> bytes:
    """The envelope of a fact, sealed as the keyring seals it, with attributes as long as they get."""
    cipher, event_id = AESGCM(bytes(32)), str(COMPLAINT)
    sealed = with_personal(event, {path: _sealed(cipher, one, event_id, path) for path, one in personal_fields(event)})
    seen = ",".join(f"{category}:{'x' * 60}/investigation=1000000" for category in ("complaint", "staff", "limits") * 2)
    at = datetime(2025, 3, 3, 12, tzinfo=UTC)
    return Envelope(
        id=COMPLAINT, source=event.source, subject=f"complaint:{COMPLAINT}", type=event.wire_type, schema_version=1,
        version=2**31, time=at, recorded=at, actor="x" * 60, role="x" * 80, department="x" * 60, on_behalf_of="x" * 60,
        causation="x" * 200, correlation="x" * 200, seen=seen, pack="x" * 80, critical=True, cycle=1_000,
    ).to_bytes(data_of(sealed))  # fmt: skip


@pytest.mark.parametrize("kind", LONGEST)
def test_the_longest_text_is_taken_and_a_character_more_is_not(kind: Any) -> None:
    taken = TypeAdapter(kind)
    assert taken.validate_python(LONGEST[kind]) == LONGEST[kind]
    with pytest.raises(ValidationError):
        taken.validate_python(LONGEST[kind] + RARE)


@pytest.mark.parametrize("kind", LONGEST)
def test_a_blank_text_is_not_taken(kind: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(" \u3000\n")


def test_a_registration_with_everything_at_its_longest_fits_in_an_envelope() -> None:
    line = LONGEST[Line]
    command = RegisterComplaint(
        actor=AGENT, at=NOON, complaint_id=COMPLAINT, complainant=line, contact=line, proxy=line,
        proxy_authority="x" * 120, received_at=NOON, channel="regulator", content=LONGEST[Narrative],
        desired_remedy=LONGEST[Reasoning], product=line, external=ExternalReference(source="x" * 80, id="x" * 120),
        source_fields=LONGEST[LongText],
    )  # fmt: skip
    size = len(bytes_of(given(SERVICE).when(command).then(ComplaintRegistered)[0]))
    assert 230 * 1024 < size < 250 * 1024 < MAX_BYTES


def test_a_judgement_with_three_reasonings_at_their_longest_fits_in_an_envelope() -> None:
    text = LONGEST[Reasoning]
    command = JudgeComplaint(
        actor=JUDGE, at=NOON, complaint_id=COMPLAINT, verdict="not_established",
        grounds=text, demand=text, reasons=text, department="cards",
    )  # fmt: skip
    before = given(SERVICE, *READY).with_references(STAFF_RECORDS)
    assert len(bytes_of(before.when(command).then(RejectionProposed)[0])) < 250 * 1024
