"""方案逾期失效 The instant by which the customer was to answer an offer goes by."""

from typing import Any, ClassVar

from services.resolution.remedy import Remedy
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.events.resolution import OfferLapsed, ResolutionEvent
from shared.events.vocabulary import SYSTEM, Digest, Instant


class LapseOffer(ComplaintCommand, path="/complaints/{complaint_id}/offer-lapse", may=(SYSTEM,)):
    """Write down that an offer which needs the customer's acceptance found none in time (domain 4.2, N12).

    An acceptance that stands before this in the journal was given in time, since none is recorded at `lapses_at` or
    later; one that comes after finds the offer lapsed. What needs no acceptance does not lapse.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "lapses_at": "2026-04-17T09:00:00Z",
    }

    digest: Digest
    lapses_at: Instant


def decide(state: Resolution, command: LapseOffer) -> list[ResolutionEvent]:
    if command.at < command.lapses_at:
        raise Refused("not_due", "It is not due yet. Ask again when it is.")
    remedy = state.remedy
    if remedy is None or not _waits(remedy, command):
        return []
    return [
        OfferLapsed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            lapsed_at=command.lapses_at,
        )
    ]


def _waits(remedy: Remedy, command: LapseOffer) -> bool:
    """Whether this very offer still waits for the customer's answer."""
    offer = remedy.offer
    is_this = remedy.option.digest == command.digest and offer is not None and offer.lapses_at == command.lapses_at
    return is_this and remedy.option.needs_acceptance and remedy.acceptance is None and not remedy.has_begun
