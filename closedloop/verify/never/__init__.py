"""What must never have happened (domain 4.4), checked on the merged log of one complaint.

Written against the events alone, without any service's code: a rule that a service forgot is found here.
"""

from collections.abc import Iterator, Sequence

from closedloop.verify.never import callback, intake, investigation, resolution
from closedloop.verify.never.story import Breach, Checks, Said, everywhere, said_before

__all__ = ["Breach", "Said", "breaches"]


def _all(*parts: Checks) -> Checks:
    checks: Checks = {}
    for part in parts:
        for fact, found in part.items():
            checks[fact] = (*checks.get(fact, ()), *found)
    return checks


_CHECKS = _all(intake.CHECKS, investigation.CHECKS, resolution.CHECKS, callback.CHECKS)


def breaches(story: Sequence[Said], since: int = 0) -> Iterator[Breach]:
    """Every breach in the events of one complaint, in causal order; `since`: only by those from that place on."""
    for n, (envelope, event) in enumerate(story[since:], since):
        before = said_before(story, n)
        for check in (everywhere, *_CHECKS.get(type(event), ())):
            for rule, says in check(before, event, envelope):
                yield Breach(rule, str(envelope.id), f"{envelope.type} by {envelope.actor}: {says}")
