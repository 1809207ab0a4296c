"""The house pack, version 1: the defaults of an installation that has not yet set its own. All are house rules.

Legal packs with citations come with the clocks that need them.
"""

from datetime import UTC, datetime, timedelta

from shared.events.vocabulary import LimitEntry, Money
from shared.reference.limits import LimitsTable, Table

PACK = "house/1"

CALLBACK_WITHIN = timedelta(days=3)
"""回访: within three days, 3 x 24 hours (F44; gap 1 of domain 1.4)."""

OFFER_LAPSES_AFTER = timedelta(days=30)
LIMITS_NOTICE = timedelta(minutes=5)
"""Between recording new limits and their effect, so that every service can have learned them in time (design 4.4)."""

REMEDY_WINDOW = timedelta(days=365)
"""Over how long the remedies of one customer are summed against a limit (N4)."""

MAX_CYCLES_ORDINARY = 2
"""From the second reopening on (cycle 3) a complaint is special (domain 4.3, loop 1)."""

CURRENCIES = ("CNY", "USD", "GBP", "EUR")


def _limits() -> tuple[LimitEntry, ...]:
    by_role = {"department_lead": 2_000_00, "approver": 50_000_00, "higher_approver": 1_000_000_00}
    return tuple(
        LimitEntry(role=role, department="*", limit=Money(minor=minor, currency=currency))
        for role, minor in by_role.items()
        for currency in CURRENCIES
    )


HOUSE_LIMITS = LimitsTable(activated=(Table("house@1", datetime(2000, 1, 1, tzinfo=UTC), _limits()),))
"""In force from the first minute of an installation, until two persons activate another table."""
