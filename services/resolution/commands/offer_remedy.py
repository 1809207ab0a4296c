"""告知处理方案 Put the approved remedy to the customer."""

from typing import Any, ClassVar

from services.resolution.remedy import Offer, Remedy
from services.resolution.rules import (
    must_be_approved,
    must_be_of_the_customer,
    must_be_on_its_way,
    must_be_workable,
)
from services.resolution.state import Resolution
from shared.decide import ComplaintCommand, Refused
from shared.decide.wording import LongText
from shared.events.resolution import RemedyOffered, ResolutionEvent
from shared.events.vocabulary import Channel, Digest, Reference
from shared.packs.house import OFFER_LAPSES_AFTER
from shared.privacy.personal import Personal


class OfferRemedy(ComplaintCommand, path="/complaints/{complaint_id}/offer", may=("resolution_officer",)):
    """The letter with the approved remedy has left the house (F11, F13). Once: an offer that lapsed is spent, and
    another option follows.
    """

    example: ClassVar[dict[str, Any]] = {
        "digest": "3f6d0c2a9b1e4d7885c3e0f1a2b49d6c7e8f90123a4b5c6d7e8f9012a3b4c5d6",
        "letter": "尊敬的王女士: 经查, 我行重复扣款一次, 现将多扣的款项退还给您。",
        "channel": "letter",
        "proof": "post-20260318-0007",
    }

    digest: Digest
    letter: LongText
    channel: Channel
    proof: Reference
    """What proves that it was sent."""


def decide(state: Resolution, command: OfferRemedy) -> list[ResolutionEvent]:
    must_be_workable(state, command.actor)
    remedy = must_be_on_its_way(state, command.digest)
    must_be_of_the_customer(state, remedy)
    must_be_approved(state, remedy)
    if remedy.offer is not None and _is_same(remedy.offer, command):
        return []
    _refuse_standing(remedy)
    return [
        RemedyOffered(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            option=remedy.option.id,
            digest=remedy.option.digest,
            letter=Personal.of(state.person, command.letter),
            channel=command.channel,
            proof=command.proof,
            lapses_at=command.at + OFFER_LAPSES_AFTER,
        )
    ]


def _is_same(offer: Offer, command: OfferRemedy) -> bool:
    return (offer.channel, offer.proof) == (command.channel, command.proof)


def _refuse_standing(remedy: Remedy) -> None:
    if remedy.acceptance is not None or remedy.has_begun:
        raise Refused("already_accepted", "The customer accepted this remedy already. It is to be executed now.")
    if remedy.offer is not None:
        raise Refused("already_offered", "This remedy is offered already. Record what the customer says to it.")
