"""Rules with a number in them: when a callback is due, and from which cycle on a complaint is special."""

from datetime import datetime

from shared.decide.service import Guard
from shared.events.vocabulary import Severity
from shared.packs.house import CALLBACK_WITHIN, MAX_CYCLES_ORDINARY

GUARDS: tuple[Guard, ...] = ()


def callback_due(triggered: datetime) -> datetime:
    """三天: 3 x 24 hours from the conclusion or the courtesy reply (handbook row F44, domain 1.4 gap 1)."""
    return triggered + CALLBACK_WITHIN


def special_in(cycle: int, severity: Severity) -> bool:
    """Special stays special, and from the second reopening on a complaint is special anyway (domain 4.3, loop 1)."""
    return severity == "special" or cycle > MAX_CYCLES_ORDINARY
