"""Facts of resolution about staff who answer for a complaint: 责任追究 (F11; domain 1.4 gap 6).

A stream of its own (subject `accountability:<complaint uuid>`), sealed under a scope that only its readers open: it is
personnel data, never part of the case, of its timeline or of a letter (N16).
"""

from pydantic import Field

from shared.events.base import Event
from shared.events.vocabulary import Code, DepartmentId
from shared.privacy.personal import Personal

SCOPE = "scope:accountability"
"""The owner of everything that is written here."""


class OfAccountability(Event, source="resolution"):
    """A fact that resolution alone may state, and that only its own readers see."""


class AccountabilityMeasureRecorded(
    OfAccountability, wire="accountability.measure-recorded", critical=True, term="责任追究记录"
):
    """The directly responsible person, and the head of their department, were dealt with per regulations (F11)."""

    measure: Code
    in_cycle: int = Field(ge=1, le=1_000)
    department: DepartmentId
    person: Personal
    """Who is directly responsible."""
    head: Personal | None = None
    """The department's head, where the regulations hold them responsible too."""
    decision: Personal


class AccountabilityMeasureRevoked(
    OfAccountability, wire="accountability.measure-revoked", critical=True, term="撤销责任追究"
):
    """The measure falls; that it was recorded stays."""

    measure: Code
    reasons: Personal


AccountabilityEvent = AccountabilityMeasureRecorded | AccountabilityMeasureRevoked
