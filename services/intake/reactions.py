"""What intake does of itself when resolution has answered a withdrawal."""

from services.intake.state import Intake
from shared.events.intake import ComplaintWithdrawn, IntakeEvent, WithdrawalDenied
from shared.events.resolution import WithdrawalGranted, WithdrawalRefused
from shared.events.vocabulary import SYSTEM
from shared.packs.house import WITHDRAWAL_CONFIRMED_WITHIN


def when_withdrawal_granted_withdraw(state: Intake, event: WithdrawalGranted) -> list[IntakeEvent]:
    """Final from here on, and somebody else asks the customer whether it is their own wish (No.3 Art. 15; loop 5).

    At most one request waits at a time, so it is the one that was answered. One of an earlier cycle ends nothing of
    this one (N24).
    """
    if state.withdrawal is None or not state.withdrawing:
        return []
    if state.withdrawal.cycle != state.cycle:
        denied = WithdrawalDenied(
            at=event.at, by=SYSTEM, cycle=state.cycle, request=event.request, reason="lower_cycle"
        )
        return [denied]
    withdrawn = ComplaintWithdrawn(
        at=event.at,
        by=SYSTEM,
        cycle=state.cycle,
        request=event.request,
        requested_by=state.withdrawal.by,
        confirm_by=event.at + WITHDRAWAL_CONFIRMED_WITHIN,
        department=state.department,
    )
    return [withdrawn]


def when_withdrawal_refused_deny(state: Intake, event: WithdrawalRefused) -> list[IntakeEvent]:
    """Too late: it goes on as if nothing had been asked."""
    if not state.withdrawing:
        return []
    return [WithdrawalDenied(at=event.at, by=SYSTEM, cycle=state.cycle, request=event.request, reason=event.reason)]
