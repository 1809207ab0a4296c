"""Who comes first when two things happen at once, in both orders (domain 4.4, race cases; design 4.2)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.directory.commands.activate_limits import ActivateLimits
from services.directory.commands.propose_limits import ProposeLimits
from services.intake.commands.courtesy_reply import SendCourtesyReply
from services.intake.commands.overturn_judgement import OverturnJudgement
from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from services.resolution.limits import sum_row
from shared.events.intake import ComplaintWithdrawn, CourtesyReplySent, JudgementOverturned, WithdrawalDenied
from shared.events.resolution import (
    OfferLapsed,
    RemedyAccepted,
    RemedyApproved,
    RemedyReturned,
    ResolutionConcluded,
    WithdrawalGranted,
    WithdrawalRefused,
)
from shared.packs.house import HOUSE_LIMITS
from tests.stateful.case import (
    AGENT,
    APPROVER,
    EXECUTOR,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    OTHER_APPROVER,
    WITHIN_APPROVERS,
    Case,
)
from tests.stateful.firm import Firm
from tests.stateful.people import staffed

MORNING = datetime(2026, 3, 3, 2, tzinfo=UTC)
WANG = UUID(int=0xC0)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def firm() -> Firm:
    return staffed(Firm(MORNING))


@pytest.fixture
def case(firm: Firm) -> Case:
    return Case(firm, UUID(int=0xA0), WANG)


# A withdrawal, and money


def test_a_withdrawal_that_resolution_learns_of_only_after_the_execution_began_is_refused(case: Case) -> None:
    case.accepted()
    case.asks_to_withdraw()
    case.on_its_way(ExecuteRemedy, EXECUTOR, digest=case.digest)
    case.firm.settle()
    assert [refused.reason for refused in case.said(WithdrawalRefused)] == ["execution_started"]
    assert len(case.said(WithdrawalDenied)) == 1 and not case.said(ComplaintWithdrawn)
    case.take_up("payment")
    assert [concluded.outcome for concluded in case.said(ResolutionConcluded)] == ["executed"]


def test_a_withdrawal_that_resolution_learns_of_first_lets_no_money_leave(case: Case) -> None:
    case.accepted()
    case.asks_to_withdraw()
    case.firm.learn("resolution", case.subject)
    assert case.refuses(ExecuteRemedy, EXECUTOR, digest=case.digest) == "withdrawn"
    case.firm.settle()
    case.take_up("payment")
    assert case.said(ComplaintWithdrawn) and not case.firm.provider.requests


def test_an_approval_before_the_withdrawal_is_known_is_dead_and_counts_no_more(case: Case) -> None:
    case.submitted()
    case.asks_to_withdraw()
    case.on_its_way(ApproveRemedy, APPROVER, digest=case.digest)
    assert [entry["minor"] for entry in granted(case)] == [WITHIN_APPROVERS]
    case.firm.settle()
    assert [each.digest for each in case.said(WithdrawalGranted)] == [case.said(RemedyApproved)[0].digest]
    assert granted(case) == []
    assert case.refuses(OfferRemedy, OFFICER, digest=case.digest) == "withdrawn"


def test_nothing_is_approved_once_the_withdrawal_is_known(case: Case) -> None:
    case.submitted()
    case.asks_to_withdraw()
    case.firm.learn("resolution", case.subject)
    assert case.refuses(ApproveRemedy, APPROVER, digest=case.digest) == "withdrawn"


# Two who decide on one remedy


def test_of_an_approval_and_a_return_the_return_stands_whichever_is_first(case: Case) -> None:
    case.approved()
    case.does(ReturnRemedy, OTHER_APPROVER, digest=case.digest)
    assert granted(case) == []
    assert case.refuses(OfferRemedy, OFFICER, digest=case.digest) == "nothing_submitted"


def test_what_was_returned_is_not_approved_any_more(case: Case) -> None:
    case.submitted()
    case.does(ReturnRemedy, OTHER_APPROVER, digest=case.digest)
    assert case.refuses(ApproveRemedy, APPROVER, digest=case.digest) == "nothing_submitted"
    assert case.said(RemedyReturned) and not case.said(RemedyApproved)


@pytest.mark.parametrize("order", [(APPROVER, OTHER_APPROVER), (OTHER_APPROVER, APPROVER)])
def test_of_two_who_approve_at_once_the_second_decides_anew_and_is_refused(case: Case, order: tuple[str, str]) -> None:
    """Both would approve what both have read. The second's append collides, so that it is decided on what is now."""
    case.submitted()
    wishes = [case.wish(ApproveRemedy, who, digest=case.digest) for who in order]
    assert all(case.firm.decide("resolution", wish)[1] for wish in wishes)
    case.firm.ask("resolution", wishes[0])
    assert case.refuses(ApproveRemedy, order[1], digest=case.digest) == "already_approved"
    assert [approved.by for approved in case.said(RemedyApproved)] == [order[0]]


# A limit that is lowered


def lower_the_limits(case: Case) -> datetime:
    """To a tenth; from when on. It is activated, and nobody has heard of it yet."""
    entries = [
        {**entry.model_dump(), "limit": {**entry.limit.model_dump(), "minor": entry.limit.minor // 10}}
        for entry in HOUSE_LIMITS.activated[0].entries
    ]
    effective = case.firm.now + timedelta(minutes=5)
    case.does(ProposeLimits, "ren.zhi", table="house-2", entries=entries)
    case.on_its_way(ActivateLimits, "kate.nowak", table="house-2", effective_from=effective)
    case.firm.relay("directory")
    return effective


def test_a_limit_that_is_lowered_after_the_approval_stops_the_execution(case: Case) -> None:
    case.accepted()
    effective = lower_the_limits(case)
    case.firm.settle()
    case.wait_until(effective)
    assert case.refuses(ExecuteRemedy, EXECUTOR, digest=case.digest) == "above_limit"


def test_until_the_new_limits_take_effect_the_old_ones_count(case: Case) -> None:
    case.accepted()
    effective = lower_the_limits(case)
    case.firm.settle()
    case.wait_until(effective - A_MOMENT)
    assert case.does(ExecuteRemedy, EXECUTOR, digest=case.digest)


def test_nothing_is_executed_or_approved_by_limits_that_may_be_out_of_date_here(case: Case, firm: Firm) -> None:
    """Whoever has not heard of the new limits by when they count has not read the log to its end for a minute."""
    waiting = Case(firm, UUID(int=0xA1), WANG)
    waiting.submitted()
    case.accepted()
    effective = lower_the_limits(case)
    case.wait_until(effective)
    assert case.refuses(ExecuteRemedy, EXECUTOR, digest=case.digest) == "not_yet_seen"
    assert waiting.refuses(ApproveRemedy, APPROVER, digest=waiting.digest) == "not_yet_seen"
    case.firm.settle()
    assert case.refuses(ExecuteRemedy, EXECUTOR, digest=case.digest) == "above_limit"


# An offer that lapses


def test_an_offer_is_accepted_until_the_very_instant_of_its_lapse_and_not_at_it(case: Case) -> None:
    case.offered()
    lapses_at = offered_until(case)
    case.wait_until(lapses_at)
    assert case.refuses(AcceptRemedy, OTHER_AGENT, digest=case.digest) == "offer_lapsed"
    case.wait_until(lapses_at - A_MOMENT)
    assert case.does(AcceptRemedy, OTHER_AGENT, digest=case.digest)


def test_an_offer_that_was_accepted_in_time_never_lapses_however_late_that_is_looked_at(case: Case) -> None:
    case.offered()
    lapses_at = offered_until(case)
    case.wait_until(lapses_at - A_MOMENT)
    case.does(AcceptRemedy, OTHER_AGENT, digest=case.digest)
    case.wait_until(lapses_at + timedelta(days=1))
    case.take_up("offer_lapses")
    assert not case.said(OfferLapsed)


def test_an_offer_that_lapsed_is_accepted_no_more(case: Case) -> None:
    case.offered()
    case.wait_until(offered_until(case))
    case.take_up("offer_lapses")
    assert case.refuses(AcceptRemedy, OTHER_AGENT, digest=case.digest) == "offer_lapsed"
    assert case.said(OfferLapsed) and not case.said(RemedyAccepted)


# A courteous reply, and its opposite


def test_once_the_courteous_reply_has_left_the_judgement_is_not_overturned(case: Case) -> None:
    case.rejected()
    case.does(SendCourtesyReply, AGENT)
    assert case.refuses(OverturnJudgement, LEAD) == "already_replied"
    assert not case.said(JudgementOverturned)


def test_once_the_judgement_is_overturned_no_courteous_reply_leaves(case: Case) -> None:
    case.rejected()
    case.does(OverturnJudgement, LEAD)
    assert case.refuses(SendCourtesyReply, AGENT) == "not_rejected"
    assert not case.said(CourtesyReplySent)


def granted(case: Case) -> list[dict[str, int]]:
    """What stands granted to the customer, as resolution sums it."""
    return case.firm.guards["resolution", sum_row(case.resolution.person, "CNY")] or []


def offered_until(case: Case) -> datetime:
    remedy = case.resolution.remedy
    assert remedy is not None and remedy.offer is not None
    return remedy.offer.lapses_at
