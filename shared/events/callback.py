"""Facts of callback 回访 and closure 归档 (domain 4.2)."""

from typing import Literal
from uuid import UUID

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import AttemptOutcome, Channel, Code, Instant, Reference, Scores, StaffId
from shared.privacy.personal import Personal


class FromCallback(ComplaintEvent, source="callback"):
    """A fact that callback alone may state."""


class CallbackScheduled(FromCallback, wire="callback.scheduled", critical=True, term="安排回访"):
    """The customer is to be called back by `due_at`: three days after the trigger (F44)."""

    trigger: UUID
    """The event that ended the handling: exactly one a cycle."""
    trigger_kind: Literal["resolution_concluded", "courtesy_reply"]
    due_at: Instant
    handled_by: tuple[StaffId, ...]
    investigators: tuple[StaffId, ...] = ()


class CallbackDeadlinePassed(FromCallback, wire="callback.deadline-passed", term="回访逾期"):
    """The due instant went by without a recorded result. A fact; never removed (N12)."""

    due_at: Instant
    superseded: bool = False
    """It was written down late: a reopening after the due instant had begun another cycle already."""


class CallbackAttempted(FromCallback, wire="callback.attempted", critical=True, term="回访记录"):
    """One try to reach the customer, with everything the record 《回访记录表》 asks for."""

    outcome: AttemptOutcome
    channel: Channel
    recording: Reference | None = None
    no_recording_reason: Code | None = None
    notes: Personal | None = None


class CustomerSatisfied(FromCallback, wire="callback.customer-satisfied", critical=True, term="客户满意"):
    """The customer, reached, is satisfied; four scores and their own words."""

    scores: Scores
    words: Personal


class CustomerDissatisfied(FromCallback, wire="callback.customer-dissatisfied", critical=True, term="客户不满意"):
    """The customer, reached, is not satisfied. Never ends in silence: it is reopened."""

    scores: Scores
    words: Personal


class ComplaintReopened(FromCallback, wire="complaint.reopened", critical=True, term="重新受理"):
    """The next cycle begins: `cycle` is already the new one. Carries what all must know at once."""

    reason: Literal["dissatisfied", "new_facts", "disputed"]
    explanation: Personal
    special: bool
    """From the second reopening on a complaint is special."""
    stage: Literal["judgement", "investigation"]
    """Where it starts again: at judgement if it had not been established."""
    excluded: tuple[StaffId, ...]
    """Who may not investigate or judge it again."""


class ComplaintClosed(FromCallback, wire="complaint.closed", critical=True, term="结案"):
    """The loop is closed: reached and satisfied in this very cycle (N1, N24)."""

    outcome: Literal["satisfied", "unreachable", "dissatisfied_final"]


class CaseSummarised(FromCallback, wire="complaint.summarised", term="总结评价"):
    """What the firm learns from it (F12)."""

    cause: Code
    lesson: Personal


class ComplaintArchived(FromCallback, wire="complaint.archived", term="归档"):
    """In the archive; the retention clock starts."""

    ending: Code


CallbackEvent = (
    CallbackScheduled
    | CallbackDeadlinePassed
    | CallbackAttempted
    | CustomerSatisfied
    | CustomerDissatisfied
    | ComplaintReopened
    | ComplaintClosed
    | CaseSummarised
    | ComplaintArchived
)
