"""The house pack, version 1: the defaults of an installation that has not yet set its own. All are house rules.

Legal packs with citations come with the clocks that need them.
"""

from datetime import UTC, datetime, timedelta

from shared.events.vocabulary import Channel, Hours, LimitEntry, Money
from shared.reference.limits import LimitsTable, Table

PACK = "house/1"

CALLBACK_WITHIN = timedelta(days=3)
"""回访: within three days, 3 x 24 hours (F44; gap 1 of domain 1.4)."""

CALL_HOURS = (Hours(begin="09:00", end="12:00"), Hours(begin="14:00", end="20:00"))
"""休息时间 Outside of these nobody is called, by the customer's own clock (F44; gap 2 of domain 1.4)."""

WRITTEN: frozenset[Channel] = frozenset({"letter", "email", "sms", "app"})
"""Channels that wake nobody: they are not bound to hours, and prove by themselves what was said (F45)."""

CALL_ENTERED_WITHIN = timedelta(hours=24)
"""How late a call may be written down (F44: a complete record)."""

CALL_SLOT = timedelta(hours=4)
"""The longest time in which an agreed call may fall: who agreed to it waits for it (F44)."""

CALL_AHEAD = timedelta(days=30)
"""How far off a call may be agreed; later, the record of why it was put off would be worth little (F44)."""

UNREACHABLE_ATTEMPTS, UNREACHABLE_DAYS, UNREACHABLE_CHANNELS = 3, 2, 2
"""How often, on how many of the customer's days, by how many channels is tried before giving up (domain 4.2)."""

CALLBACK_AUDITED = 10
"""Per cent of the ordinary complaints' callback records that are audited; of special ones all are (F49; loop 4)."""

MOST_CYCLES = 4
"""A customer still dissatisfied in this cycle is answered for good by a higher approver (loop 1; gap 5)."""

REVIEW_ASKED_WITHIN = timedelta(days=30)
REVIEW_DECIDED_WITHIN = timedelta(days=30)
"""核查 From the decision to the request, and from the request to its decision (No.3 Art. 20)."""

INVESTIGATED_WITHIN = timedelta(days=15)
"""Where the customer was not asked for time (F07): a complaint that was reopened, or taken over from an old system."""

OFFER_LAPSES_AFTER = timedelta(days=30)
"""From an offer to its lapse, where the customer's acceptance is needed: silence is none (domain 4.2)."""

OFFER_ROUNDS = 3
"""How many offers of a cycle a customer declines or lets lapse before the firm states its last word (loop 7)."""

APPROVERS_IF_SPECIAL = 2
"""A special complaint's remedy is approved by at least so many persons (domain 4.2; loop 4)."""

OPTIONS_IF_SPECIAL = 2
"""A special complaint is decided between at least so many live options, one of them "no remedy" (F09)."""

LIMITS_NOTICE = timedelta(minutes=5)
"""Between recording new limits and their effect, so that every service can have learned them in time (design 4.4)."""

DEPUTY_AT_MOST = timedelta(days=180)
"""代理 The longest that one naming of a deputy holds: who is away for longer is to be replaced (domain 4.2)."""

REMEDY_WINDOW = timedelta(days=365)
"""Over how long the remedies of one customer are summed against a limit (N4)."""

MAX_CYCLES_ORDINARY = 2
"""From the second reopening on (cycle 3) a complaint is special (domain 4.3, loop 1)."""

CLAIM_SPECIAL_FROM = {"CNY": 50_000_00, "USD": 7_000_00, "GBP": 5_500_00, "EUR": 6_500_00}
"""From which claimed amount on, in minor units, a complaint is special (domain 1.4, gap 4). A claim in another currency
is weighed by whoever classifies it."""

JOINT_MAJOR_FROM = 20
"""How many who complain together make it major: special, and reported upward at once (No.3 Art. 29)."""

MAJOR_REPORTED_TO = "higher_approver"
"""To which role a major complaint is reported."""

SIMILAR_FROM = 50
SIMILAR_WITHIN = timedelta(days=7)
"""So many complaints of one category within so many days, and the next one is special (domain 1.4, gap 4)."""

DUPLICATE_WITHIN = timedelta(days=90)
"""Two complaints of one customer in one category within this time may be the same matter (domain 4.2)."""

WITHDRAWAL_CONFIRMED_WITHIN = timedelta(days=3)
"""Within which time somebody else asks the customer whether the withdrawal is their own wish (domain 4.3, loop 5)."""

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
