"""The complaint's number, and the row that keeps it unique for ever."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from shared.decide import Taken
from shared.decide.service import Guard
from shared.events.intake import ComplaintRegistered

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, which are misread or misheard on the telephone."""

_LETTERS = 8
_BITS_A_LETTER = 5


def number_of(complaint_id: UUID, attempt: int) -> str:
    """The number of a complaint, `XXXX-XXXX`: 40 bits of its id's SHA-256, other ones at each attempt.

    Not counted up, so that it tells nobody how many complaints there are, and needs no lock that all would wait for.
    """
    digest = sha256(f"{complaint_id}/{attempt}".encode()).digest()
    bits = int.from_bytes(digest[: _LETTERS * _BITS_A_LETTER // 8], "big")
    letters = "".join(
        _CROCKFORD[bits >> shift & 31] for shift in reversed(range(0, _LETTERS * _BITS_A_LETTER, _BITS_A_LETTER))
    )
    return f"{letters[:4]}-{letters[4:]}"


def _number_row(state: Any, event: ComplaintRegistered) -> str:
    return f"complaint_number:{event.number}"


def _taken_once(value: Any, event: ComplaintRegistered) -> bool:
    """A complaint registers once only, so a row that is there belongs to another. Raises Taken."""
    if value is not None:
        raise Taken(event.number)
    return True


GUARDS: tuple[Guard, ...] = (
    Guard(name="complaint_number", on=(ComplaintRegistered,), key=_number_row, fold=_taken_once),
)
