"""What resolution does of itself when intake has spoken: it alone knows whether money is on its way."""

from typing import Literal
from uuid import UUID

from services.resolution.state import Resolution
from shared.events.intake import WithdrawalRequested
from shared.events.resolution import ResolutionEvent, WithdrawalGranted, WithdrawalRefused
from shared.events.vocabulary import SYSTEM


def when_withdrawal_requested_answer(
    state: Resolution, event: WithdrawalRequested, trigger: UUID
) -> list[ResolutionEvent]:
    """Always, and in the very transaction that learns of the request: a command that loaded before decides again, so
    that no execution starts beside a withdrawal (domain 4.3, loop 5). Granted, nothing more happens in this cycle.
    """
    reason = _against(state, event)
    if reason is not None:
        refused = WithdrawalRefused(at=event.at, by=SYSTEM, cycle=event.cycle, request=trigger, reason=reason)
        return [refused]
    digest = state.remedy.option.digest if state.remedy else None
    return [WithdrawalGranted(at=event.at, by=SYSTEM, cycle=event.cycle, request=trigger, digest=digest)]


def _against(
    state: Resolution, event: WithdrawalRequested
) -> Literal["execution_started", "concluded", "lower_cycle"] | None:
    if event.cycle < state.cycle:
        return "lower_cycle"
    if state.concluded is not None or state.closed:
        return "concluded"
    if state.remedy is not None and state.remedy.has_begun:
        return "execution_started"
    return None
