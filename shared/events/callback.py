"""Facts of callback 回访 and closure 归档 (domain 4.2)."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    AttemptOutcome,
    Channel,
    Code,
    DepartmentId,
    Feedback,
    Instant,
    Reference,
    Scores,
    StaffId,
)
from shared.privacy.personal import Personal


class FromCallback(ComplaintEvent, source="callback"):
    """A fact that callback alone may state."""


class CallbackScheduled(FromCallback, wire="callback.scheduled", critical=True, term="安排回访"):
    """The customer is to be called back by `due_at`: three days after the trigger (F44)."""

    trigger: UUID
    """The event that ended the handling: exactly one a cycle."""
    trigger_kind: Literal["resolution_concluded", "courtesy_reply", "taken_over"]
    due_at: Instant
    handled_by: tuple[StaffId, ...]
    investigators: tuple[StaffId, ...] = ()
    call_by: Instant | None = None
    """Before which instant the call must be made so that it falls into the customer's hours: at most `due_at`."""


class CallbackHoursChanged(FromCallback, wire="callback.hours-changed", critical=True, term="回访时段变更"):
    """The register was corrected: the customer lives by another clock, or wants to be called at other hours."""

    call_by: Instant


class CallbackRescheduled(FromCallback, wire="callback.rescheduled", critical=True, term="改约回访"):
    """The customer agreed to be called in this slot. Past the due instant only at their own request."""

    begin: Instant
    end: Instant
    requested_by_customer: bool
    """They asked for it themself; proof is where they did."""
    proof: Reference
    past_due: bool = False
    """It ends after the due instant, which the customer themself asked for: until then nothing is missed."""


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
    actions: tuple[
        Literal["file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked"], ...
    ] = ()
    """电话回访标准动作 (F42): which of the standard actions were done."""
    customer_requested: bool = False
    """At an hour of rest, because the customer asked for it (F44)."""
    call_again_at: Instant | None = None
    """When the customer asked to be called later."""


class CustomerSatisfied(FromCallback, wire="callback.customer-satisfied", critical=True, term="客户满意"):
    """The customer, reached, is satisfied; four scores and their own words."""

    scores: Scores
    words: Personal
    feedback: Feedback | None = None


class CustomerDissatisfied(FromCallback, wire="callback.customer-dissatisfied", critical=True, term="客户不满意"):
    """The customer, reached, is not satisfied. Never ends in silence: it is reopened."""

    scores: Scores
    words: Personal
    feedback: Feedback | None = None


class CallbackRecordAudited(FromCallback, wire="callback.record-audited", critical=True, term="审核回访"):
    """Somebody other than the caller audited the record (F49). A record that is not true counts no more."""

    complete: bool
    conform: bool
    truthful: bool
    items: bool
    """服务项目: all service items are in it."""
    remarks: Personal
    caller: StaffId
    """Whose record it is."""
    result_void: bool = False
    """What the customer is said to have said, or that they can't be reached, rested on it and counts no more."""
    finished: bool = False
    """With it, every record that the result rests on is audited and true."""


class UnreachableConcluded(FromCallback, wire="callback.unreachable-concluded", critical=True, term="无法联系"):
    """A lead finds that everything was tried: at least three times, on two days, by two channels, the last written."""

    attempts: int = Field(ge=1, le=1_000)
    days: int = Field(ge=1, le=1_000)
    channels: tuple[Channel, ...]
    letter: Reference
    """The last, written attempt."""
    reasons: Personal


class FinalPositionReaffirmed(
    FromCallback, wire="callback.final-position-reaffirmed", critical=True, term="维持最终答复"
):
    """A higher approver stands by what was decided: no new facts, and the customer was told their rights again."""

    reasons: Personal
    letter: Personal
    channel: Channel
    proof: Reference


class ComplaintReopened(FromCallback, wire="complaint.reopened", critical=True, term="重新受理"):
    """The next cycle begins: `cycle` is already the new one. Carries what all must know at once."""

    reason: Literal[
        "dissatisfied", "new_facts", "disputed", "withdrawal_disputed", "remedy_reversed", "review_changed",
        "external_decision", "record_untrue",
    ]  # fmt: skip
    explanation: Personal | None = None
    """None where a fact that it follows from says all."""
    special: bool
    """From the second reopening on a complaint is special."""
    stage: Literal["judgement", "investigation", "resolution"]
    """Where it starts again: at judgement if it had not been established; at resolution if the findings stand and only
    the remedy is to be decided anew."""
    excluded: tuple[StaffId, ...]
    """Who may not investigate, judge or, at resolution, approve it again."""


class ComplaintClosed(FromCallback, wire="complaint.closed", critical=True, term="结案"):
    """The loop is closed: reached and satisfied in this very cycle (N1, N24)."""

    outcome: Literal["satisfied", "unreachable", "dissatisfied_final"]


class ReviewRequested(FromCallback, wire="review.requested", critical=True, term="申请核查"):
    """The customer, or the superior institution, wants the decision reviewed (No.3 Art. 20)."""

    review: Code
    asked_by: Literal["customer", "superior_institution"]
    channel: Channel
    proof: Reference
    grounds: Personal
    decide_by: Instant


class ReviewDecided(FromCallback, wire="review.decided", critical=True, term="核查决定"):
    """Decided by another unit than the one that decided first; changed means reopened."""

    review: Code
    result: Literal["upheld", "changed"]
    reasons: Personal
    department: DepartmentId
    """Of who decided it."""
    letter: Personal
    channel: Channel
    proof: Reference


class ReviewDeadlinePassed(FromCallback, wire="review.deadline-passed", term="核查逾期"):
    """Not decided in time. A fact; never removed (N12)."""

    review: Code
    due_at: Instant


class ExternalReferralRecorded(FromCallback, wire="referral.recorded", critical=True, term="外部转介"):
    """The matter is before somebody outside: an ombudsman, a mediator, a court (loop 9)."""

    referral: Code
    body: Literal["ombudsman", "mediation", "arbitration", "court", "regulator"]
    reference: Reference
    summary: Personal


class ExternalDecisionReceived(FromCallback, wire="referral.decision-received", critical=True, term="外部裁决"):
    """What they decided."""

    referral: Code
    result: Literal["upheld", "changed", "settled"]
    summary: Personal
    reference: Reference


class CaseSummarised(FromCallback, wire="complaint.summarised", term="总结评价"):
    """What the firm learns from it (F12)."""

    cause: Code
    lesson: Personal


class ComplaintArchived(FromCallback, wire="complaint.archived", term="归档"):
    """In the archive; the retention clock starts."""

    ending: Code


CallbackEvent = (
    CallbackScheduled
    | CallbackHoursChanged
    | CallbackRescheduled
    | CallbackDeadlinePassed
    | CallbackAttempted
    | CustomerSatisfied
    | CustomerDissatisfied
    | CallbackRecordAudited
    | UnreachableConcluded
    | FinalPositionReaffirmed
    | ComplaintReopened
    | ComplaintClosed
    | ReviewRequested
    | ReviewDecided
    | ReviewDeadlinePassed
    | ExternalReferralRecorded
    | ExternalDecisionReceived
    | CaseSummarised
    | ComplaintArchived
)
