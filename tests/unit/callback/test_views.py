"""What the screens of callback show after each fact, and to whom."""

from datetime import timedelta

import pytest

from services.callback.limits import sampled
from services.callback.views import attempts, audits, callbacks, closures, coverage, referrals, reviews, satisfaction
from services.callback.views.attempts import AttemptWithNotes
from services.callback.views.audits import AuditWithRemarks
from services.callback.views.callbacks import CallbackDue
from services.callback.views.closures import Closure
from services.callback.views.coverage import Coverage
from services.callback.views.referrals import ReferralWithSummary
from services.callback.views.reviews import ReviewWithReasons
from services.callback.views.satisfaction import CustomerFeedback, Satisfaction
from shared.decide import Actor
from shared.events.base import Event
from shared.events.callback import CallbackHoursChanged, ReviewDeadlinePassed
from shared.events.intake import ComplaintDowngraded, ComplaintEscalatedToSpecial
from shared.events.vocabulary import Feedback, Hours
from shared.projections.folding import Row
from shared.projections.view import Question
from tests.rows import keys_shown, rows_of, shown
from tests.unit.callback.examples import (
    ACTIONS,
    AGENT,
    CALLER,
    COMPLAINT,
    COMPLIANCE,
    DUE,
    INVESTIGATORS,
    LEAD,
    LEAD_ELSEWHERE,
    NOW,
    REVIEWER,
    ROOMS,
    archived,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_reached,
    at_reaffirmed,
    at_replied,
    at_satisfied,
    at_unreachable,
    attempted,
    audited,
    classified,
    closed,
    concluded,
    corrected,
    deadline_passed,
    dissatisfied,
    external_decision,
    fact,
    in_error,
    referral_recorded,
    referred,
    registered,
    reopened,
    review_decided,
    review_requested,
    said,
    satisfied,
    scheduled,
    second_due,
    slot,
    summarised,
    tried,
    withdrawn,
)

KEY = str(COMPLAINT)


def callback(*events: Event) -> Row:
    return rows_of(callbacks.VIEW, COMPLAINT, *events)[KEY]


def closure(*events: Event) -> Row:
    return rows_of(closures.VIEW, COMPLAINT, *events)[KEY]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (at_due(), "due"),
        ((*at_due(), attempted("busy")), "attempting"),
        (at_reached(), "reached"),
        ((*at_reached(), attempted("busy")), "attempting"),
        (at_satisfied(), "satisfied"),
        (at_dissatisfied(), "dissatisfied"),
        ((*at_dissatisfied(), reopened()), "reopened"),
        ((*at_dissatisfied(), reopened(), *second_due()), "due"),
        (at_closed(), "closed"),
        ((*at_closed(), summarised()), "summarised"),
        (at_archived(), "archived"),
        (at_unreachable(), "unreachable"),
        (at_reaffirmed(), "reaffirmed"),
        ((*at_satisfied(), audited()), "satisfied"),
        ((*at_satisfied(), audited(truthful=False, result_void=True)), "untrue"),
        ((*at_closed(), audited(truthful=False, result_void=True)), "untrue"),
        ((registered(), archived(ending="referred")), "archived"),
    ],
)
def test_a_callback_says_how_far_it_is(events: tuple[Event, ...], status: str) -> None:
    assert CallbackDue.model_validate(callback(*events)).status == status


def test_a_callback_shows_what_the_caller_needs() -> None:
    row = callback(
        *at_due(severity="special", restricted=True), slot(), attempted("busy"),
        attempted("asked_later", call_again_at=DUE),
    )  # fmt: skip
    assert CallbackDue.model_validate(row) == CallbackDue(
        complaint_id=COMPLAINT,
        number="K7Q2-0M4X",
        status="attempting",
        scheduled_at=NOW,
        due_at=DUE,
        call_by=slot().end,
        slot_begin=slot().begin,
        slot_end=slot().end,
        call_again_at=DUE,
        time_zone="Asia/Shanghai",
        hours_begin=None,
        hours_end=None,
        overdue=False,
        missed=None,
        attempts=2,
        last_outcome="asked_later",
        last_attempt_at=NOW + timedelta(days=1),
        sampled=False,
        audited=False,
        review_open=False,
        closed=False,
        severity="special",
        restricted=True,
        department="cards",
        cycle=1,
        handled_by=["agent-lin", "triage-hua", "lead-ran", "inv-mei", "inv-tao"],
    )
    assert "inv-tao" in INVESTIGATORS


def test_a_callback_shows_until_when_and_at_which_hours_they_may_be_called() -> None:
    early = scheduled(call_by=DUE - timedelta(hours=8))
    assert callback(registered(), concluded(), early)["call_by"] == DUE - timedelta(hours=8)
    moved = callback(
        registered(),
        concluded(),
        early,
        corrected(field="time_zone", time_zone="Europe/London"),
        fact(CallbackHoursChanged, "system", 1, call_by=DUE),
    )
    assert (moved["call_by"], moved["time_zone"]) == (DUE, "Europe/London")
    assert callback(*at_due())["call_by"] == DUE


def test_its_windows_are_the_time_agreed_and_the_customers_hours_until_it_is_due() -> None:
    """From Monday five in the afternoon to Thursday five, in Shanghai."""
    shown = CallbackDue.model_validate(callback(*at_due())).windows
    assert shown == [
        "2026-03-02T09:00:00+00:00/2026-03-02T12:00:00+00:00",
        *(
            f"2026-03-0{day}T{hours}"
            for day in (3, 4, 5)
            for hours in (
                f"01:00:00+00:00/2026-03-0{day}T04:00:00+00:00",
                f"06:00:00+00:00/2026-03-0{day}T{'09' if day == 5 else '12'}:00:00+00:00",
            )
        ),
    ]
    agreed = CallbackDue.model_validate(callback(*at_due(), slot())).windows
    assert agreed == ["2026-03-04T10:00:00+00:00/2026-03-04T11:00:00+00:00", *shown]
    evenings = registered(call_hours=Hours(begin="20:30", end="22:00"))
    own = CallbackDue.model_validate(callback(evenings, *at_due()[1:]))
    assert (own.hours_begin, own.hours_end, len(own.windows)) == ("20:30", "22:00", 3)
    cleared = callback(evenings, *at_due()[1:], corrected(field="call_hours"))
    assert CallbackDue.model_validate(cleared).windows == shown
    nowhere = callback(registered(time_zone="Asia/Atlantis"), *at_due()[1:])
    assert CallbackDue.model_validate(nowhere).windows == []
    assert CallbackDue.model_validate(callback(*at_dissatisfied(), reopened())).windows == []


def test_of_whom_a_record_was_untrue_stands_among_those_who_may_not_call() -> None:
    row = callback(*at_satisfied(), audited(truthful=False, result_void=True))
    assert row["handled_by"][-1] == CALLER.id and row["audited"] is False
    assert CALLER.id not in callback(*at_satisfied(), audited(finished=True))["handled_by"]


def test_severity_shows_as_it_is_now() -> None:
    escalated = fact(ComplaintEscalatedToSpecial, "triage-hua", 1, reasons=("media",))
    downgraded = fact(ComplaintDowngraded, "triage-hua", 1, signed_off_by="comp-yi", reasons=said("A slip"))
    assert callback(*at_due(), escalated)["severity"] == "special"
    assert callback(*at_due(), escalated, downgraded)["severity"] == "ordinary"


def test_a_courtesy_reply_shows_no_department() -> None:
    assert callback(*at_replied())["department"] is None


def test_a_missed_deadline_shows_and_stays() -> None:
    row = callback(*at_due(), deadline_passed(), attempted(), satisfied(at=DUE + timedelta(days=1)))
    assert (row["overdue"], row["missed"], row["status"]) == (True, 1, "satisfied")


def test_a_new_cycle_starts_counting_anew_but_forgets_no_missed_deadline() -> None:
    again = callback(*at_due(), deadline_passed(), attempted("busy"), reopened(special=True))
    assert (again["overdue"], again["missed"], again["attempts"], again["cycle"]) == (False, 1, 0, 2)
    assert (again["due_at"], again["last_outcome"], again["last_attempt_at"]) == (None, None, None)
    assert again["severity"] == "special"
    second = callback(*at_dissatisfied(), reopened(), *second_due(), attempted("busy", cycle=2))
    assert (second["attempts"], second["due_at"]) == (1, NOW + timedelta(days=13))


def test_an_earlier_cycles_late_breach_does_not_make_the_new_one_overdue() -> None:
    row = callback(*at_dissatisfied(), reopened(), *second_due(), deadline_passed(superseded=True))
    assert (row["overdue"], row["missed"]) == (False, 1)


def question(path: str) -> Question:
    return next(asked for view in ROOMS.views for asked in view.questions if asked.path == path)


def listed(path: str, *events: Event, actor: Actor = CALLER) -> bool:
    """Whether the list shows anything of the complaint after these facts."""
    view = next(view for view in ROOMS.views if question(path) in view.questions)
    where = question(path).where
    assert where is not None
    return bool(keys_shown(where, rows_of(view, COMPLAINT, *events), actor))


ONE, CALLS, CLOSINGS, AUDITS = (
    "/callbacks/{complaint_id}",
    "/worklists/callbacks",
    "/worklists/closings",
    "/worklists/callback-audits",
)


def test_the_worklist_has_no_complaint_that_is_being_handled_again() -> None:
    again = (*at_dissatisfied(), reopened())
    assert listed(ONE, *again) and not listed(CALLS, *again)
    assert not listed(ONE, registered(), concluded()) and not listed(CALLS, registered(), concluded())
    assert listed(ONE, *at_due()) and listed(CALLS, *at_due())


def test_the_worklist_has_no_complaint_that_is_closed() -> None:
    for events in (at_closed(), (*at_closed(), summarised()), at_archived()):
        assert listed(ONE, *events) and not listed(CALLS, *events)
    for events in (at_reached(), at_satisfied(), at_dissatisfied()):
        assert listed(CALLS, *events)


def test_what_was_said_untruly_is_to_be_called_again_or_if_closed_to_be_reopened() -> None:
    void = audited(truthful=False, result_void=True)
    assert listed(CALLS, *at_satisfied(), void) and not listed(CLOSINGS, *at_satisfied(), void)
    assert not listed(CALLS, *at_closed(), void) and listed(CLOSINGS, *at_closed(), void)
    assert not listed(CLOSINGS, *at_closed(), void, reopened(reason="record_untrue"))


def test_to_be_closed_is_what_was_answered_or_given_up_while_no_review_is_open() -> None:
    for events in (at_satisfied(), at_dissatisfied(), at_unreachable(), at_reaffirmed()):
        assert listed(CLOSINGS, *events)
        assert not listed(CLOSINGS, *events, review_requested())
        assert listed(CLOSINGS, *events, review_requested(), review_decided())
    for events in (at_due(), at_reached(), at_closed(), at_archived()):
        assert not listed(CLOSINGS, *events)


def test_to_be_audited_is_every_special_one_with_a_result_and_a_share_of_the_ordinary() -> None:
    special = (registered(), classified(severity="special"))
    for events in (at_satisfied(), at_unreachable(), at_reaffirmed(), at_closed()):
        assert listed(AUDITS, *special, *events[1:])
        assert not listed(AUDITS, *special, *events[1:], audited(finished=True))
        assert listed(AUDITS, *special, *events[1:], audited())
        assert not listed(AUDITS, *events)
    assert not listed(AUDITS, *special, *at_reached()[1:]) and not listed(AUDITS, *special, *at_archived()[1:])
    drawn = next(cycle for cycle in range(2, 100) if sampled(COMPLAINT, cycle))
    of_sample = (reopened(cycle=drawn), concluded(cycle=drawn), scheduled(cycle=drawn), attempted(), satisfied())
    assert listed(AUDITS, *at_dissatisfied(), *of_sample)


def test_each_cycle_has_its_own_word() -> None:
    feedback = Feedback(fee=said("Tell us before"))
    second = (*second_due(), attempted(cycle=2), satisfied(cycle=2, feedback=feedback))
    rows = rows_of(satisfaction.VIEW, COMPLAINT, *at_dissatisfied(), reopened(), *second)
    assert list(rows) == [KEY, f"{KEY}/1", f"{KEY}/2"]
    first, last = (CustomerFeedback.model_validate(row) for row in list(rows.values())[1:])
    assert (first.satisfied, first.words, first.cycle, first.fee) == (False, "Still there", 1, None)
    assert last == CustomerFeedback(
        complaint_id=COMPLAINT,
        cycle=2,
        satisfied=True,
        timeliness=4,
        professionalism=5,
        effectiveness=4,
        attitude=5,
        recorded_by=CALLER.id,
        recorded_at=NOW + timedelta(days=1),
        void=False,
        words="Quick and kind",
        customer=None,
        product=None,
        service=None,
        fee="Tell us before",
        value_added=None,
        opinion=None,
    )
    assert not {"words", *Feedback.model_fields} & set(Satisfaction.model_fields)


def test_what_the_customer_never_said_shows_as_void_until_they_say_something() -> None:
    void = (*at_satisfied(), audited(truthful=False, result_void=True))
    row = rows_of(satisfaction.VIEW, COMPLAINT, *void)[f"{KEY}/1"]
    assert (row["void"], row["satisfied"]) == (True, True)
    again = rows_of(satisfaction.VIEW, COMPLAINT, *void, dissatisfied())[f"{KEY}/1"]
    assert (again["void"], again["satisfied"], again["words"]) == (False, False, "Still there")


def test_every_try_is_a_line_of_the_record() -> None:
    rows = rows_of(attempts.VIEW, COMPLAINT, *at_due(), *tried(), attempted(notes=said("Talked it over")))
    lines = [AttemptWithNotes.model_validate(row) for row in list(rows.values())[1:]]
    assert [(line.outcome, line.channel) for line in lines] == [
        ("no_answer", "phone"), ("busy", "phone"), ("no_answer", "letter"), ("reached", "phone"),
    ]  # fmt: skip
    assert lines[-1] == AttemptWithNotes(
        complaint_id=COMPLAINT,
        cycle=1,
        caller=CALLER.id,
        on_behalf_of=None,
        called_at=attempted().at,
        entered_at=attempted().at,
        outcome="reached",
        channel="phone",
        recording="rec-1",
        no_recording_reason=None,
        actions=list(ACTIONS),
        customer_requested=False,
        call_again_at=None,
        notes="Talked it over",
    )


def test_an_audit_shows_what_was_found() -> None:
    found = audited(truthful=False, result_void=True)
    *_, row = rows_of(audits.VIEW, COMPLAINT, *at_satisfied(), found).values()
    assert AuditWithRemarks.model_validate(row) == AuditWithRemarks(
        complaint_id=COMPLAINT,
        cycle=1,
        caller=CALLER.id,
        auditor=found.by,
        audited_at=found.at,
        complete=True,
        conform=True,
        truthful=False,
        items=True,
        result_void=True,
        remarks="As recorded",
    )


def test_a_review_shows_by_when_it_is_decided_and_how() -> None:
    asked = review_requested()
    late = fact(ReviewDeadlinePassed, "system", 33, review="review-1", due_at=asked.decide_by)
    rows = rows_of(reviews.VIEW, COMPLAINT, *at_closed(), asked, late, review_decided())
    assert ReviewWithReasons.model_validate(rows[f"{KEY}/review-1"]) == ReviewWithReasons(
        complaint_id=COMPLAINT,
        review="review-1",
        cycle=1,
        asked_by="customer",
        channel="letter",
        proof="post-in-1",
        requested_at=asked.at,
        decide_by=asked.decide_by,
        overdue=True,
        result="upheld",
        decided_at=review_decided().at,
        decided_by=REVIEWER.id,
        unit="centre",
        grounds="Look again",
        reasons="It holds",
        letter="We have reviewed",
    )
    assert listed("/worklists/reviews", *at_closed(), asked, late)
    assert not listed("/worklists/reviews", *at_closed(), asked, review_decided())


def test_a_referral_shows_where_it_is_and_what_was_decided() -> None:
    rows = rows_of(referrals.VIEW, COMPLAINT, *at_closed(), referral_recorded(), external_decision())
    assert ReferralWithSummary.model_validate(rows[f"{KEY}/referral-1"]) == ReferralWithSummary(
        complaint_id=COMPLAINT,
        referral="referral-1",
        body="mediation",
        reference="MED-1",
        recorded_at=referral_recorded().at,
        result="changed",
        decision_reference="MED-1-D",
        decided_at=external_decision().at,
        summary="Before the mediators",
        decision="Half is paid back",
    )


# 回访率 What statistics count


def covered(*events: Event, cycle: int = 1) -> Coverage:
    return Coverage.model_validate(rows_of(coverage.VIEW, COMPLAINT, *events)[f"{KEY}/{cycle}"])


def test_a_callback_that_is_made_counts_as_in_time_or_late() -> None:
    assert covered(*at_satisfied()) == Coverage(
        complaint_id=COMPLAINT,
        cycle=1,
        trigger_kind="resolution_concluded",
        scheduled_at=NOW,
        due_at=DUE,
        postponed_to=None,
        result="satisfied",
        done_at=satisfied().at,
        missed=False,
        reopened_at=None,
        department="cards",
    )
    assert [covered(*at_due(), satisfied(at=DUE + timedelta(hours=n))).in_time for n in (-1, 0, 1)] == [
        True,
        True,
        False,
    ]
    assert (covered(*at_due()).in_time, covered(*at_due()).result) == (None, None)
    assert (covered(*at_unreachable()).result, covered(*at_dissatisfied()).result) == ("unreachable", "dissatisfied")


def test_put_off_by_the_customer_it_counts_by_their_time() -> None:
    end = DUE + timedelta(days=2)
    later = slot(begin=end - timedelta(hours=1), end=end, requested_by_customer=True, past_due=True)
    assert covered(*at_due(), later, satisfied(at=end)).in_time is True
    assert covered(*at_due(), slot(), satisfied(at=end)).in_time is False


def test_what_was_missed_or_untrue_stays_to_be_counted() -> None:
    missed = covered(*at_due(), deadline_passed(), satisfied(at=DUE + timedelta(days=1)))
    assert (missed.missed, missed.in_time) == (True, False)
    untrue = covered(*at_satisfied(), audited(truthful=False, result_void=True), deadline_passed())
    assert (untrue.result, untrue.done_at, untrue.missed) == (None, None, True)


def test_a_reopening_changes_nothing_of_the_cycle_before_but_says_when_it_became_moot() -> None:
    known = (*at_due(), reopened(reason="new_facts"), *second_due(), satisfied(cycle=2))
    first, second = covered(*known), covered(*known, cycle=2)
    assert (first.result, first.reopened_at, second.result, second.reopened_at) == (
        None, reopened().at, "satisfied", None,
    )  # fmt: skip
    assert covered(*at_replied()).department is None


def test_a_closure_shows_how_it_ended() -> None:
    assert Closure.model_validate(closure(*at_archived())) == Closure(
        complaint_id=COMPLAINT,
        outcome="satisfied",
        closed_at=closed().at,
        closed_by=closed().by,
        cycles=1,
        cause="fee.unannounced",
        summarised_at=summarised().at,
        archived_at=archived().at,
        department="cards",
        restricted=False,
    )


@pytest.mark.parametrize(
    ("end", "outcome"), [(withdrawn(), "withdrawn"), (referred(), "referred"), (in_error(), "in_error")]
)
def test_what_intake_ended_is_among_the_endings(end: Event, outcome: str) -> None:
    ended = Closure.model_validate(closure(registered(), end, archived(ending=outcome)))
    assert (ended.outcome, ended.closed_at, ended.archived_at) == (outcome, end.at, archived().at)
    if outcome == "withdrawn":
        assert not listed("/closures", registered(), end, reopened(reason="withdrawal_disputed"))


def test_a_reopened_complaint_is_no_closure_until_it_closes_again() -> None:
    where = closures.VIEW.questions[0].where
    assert where is not None
    reopening = (*at_closed(), summarised(), reopened(reason="new_facts"))
    assert not shown(where, closure(*reopening), COMPLIANCE)
    again = closure(*reopening, *second_due(), closed(cycle=2))
    assert shown(where, again, COMPLIANCE)
    assert (again["cycles"], again["cause"]) == (2, None)


SEES = {LEAD: True, LEAD_ELSEWHERE: False, AGENT: False, COMPLIANCE: True, CALLER: True}
RESTRICTED = {
    "by the conclusion": at_due(restricted=True),
    "by the classification": (registered(), classified(restricted=True), *at_due()[1:]),
    "after the conclusion": (*at_due(), classified(restricted=True)),
    "in a later cycle": (*at_dissatisfied(), reopened(), classified(restricted=True, cycle=2), *second_due()),
}


QUESTIONS = {asked.path: view for view in ROOMS.views for asked in view.questions}
SHOWN_AFTER: dict[str, tuple[Event, ...]] = {
    "/closures": (closed(),),
    "/callback-audits": (audited(),),
    "/complaints/{complaint_id}/callback-audits": (audited(),),
    "/complaints/{complaint_id}/reviews": (review_requested(),),
    "/worklists/reviews": (review_requested(),),
    "/referrals": (referral_recorded(),),
    "/complaints/{complaint_id}/referrals": (referral_recorded(),),
    "/worklists/callback-audits": (fact(ComplaintEscalatedToSpecial, "triage-hua", 1, reasons=("media",)),),
}
"""What must have happened, once the customer has answered, for a question to show something."""


def told(path: str, *before: Event) -> dict[str, Row]:
    """The rows behind a question once the customer has answered and what it asks for has happened."""
    return rows_of(QUESTIONS[path], COMPLAINT, *before, attempted(), satisfied(), *SHOWN_AFTER.get(path, ()))


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize("actor", SEES, ids=lambda actor: actor.id)
@pytest.mark.parametrize("restricted", RESTRICTED.values(), ids=RESTRICTED)
def test_a_restricted_case_shows_only_to_its_department_and_to_who_reads_all(
    path: str, actor: Actor, restricted: tuple[Event, ...]
) -> None:
    where = question(path).where
    assert where is not None
    assert bool(keys_shown(where, told(path, *restricted), actor)) is SEES[actor]
    assert keys_shown(where, told(path, *at_due()), actor)


def test_a_restriction_hides_the_words_of_earlier_cycles_too() -> None:
    path = "/complaints/{complaint_id}/feedback"
    where = question(path).where
    assert where is not None
    open_case = told(path, *at_dissatisfied(), reopened(), *second_due())
    assert keys_shown(where, open_case, AGENT) == [f"{KEY}/1"]
    restricted = told(path, *RESTRICTED["in a later cycle"])
    assert keys_shown(where, restricted, AGENT) == []
    assert keys_shown(where, restricted, LEAD) == [f"{KEY}/1"]


def test_a_conclusion_that_rests_on_an_older_classification_lifts_nothing() -> None:
    row = callback(registered(), classified(severity="special", restricted=True), *at_due()[1:])
    assert (row["severity"], row["restricted"]) == ("special", True)


@pytest.mark.parametrize("path", QUESTIONS)
def test_callers_see_a_restricted_rejection_that_no_department_handles(path: str) -> None:
    where, rows = question(path).where, told(path, *at_replied(restricted=True))
    assert where is not None and keys_shown(where, rows, CALLER) and not keys_shown(where, rows, LEAD)


@pytest.mark.parametrize("path", [path for path in QUESTIONS if path not in (ONE, CALLS, "/callback-coverage")])
def test_nothing_shows_before_it_happened(path: str) -> None:
    assert not listed(path, *at_due(), actor=COMPLIANCE)


def test_what_people_said_is_read_for_a_purpose_alone() -> None:
    for view in ROOMS.views:
        for asked in view.questions:
            assert bool(view.personal & set(asked.model.model_fields)) <= asked.purpose


def test_every_question_can_be_answered_from_its_columns() -> None:
    for view in ROOMS.views:
        columns = {column.name for column in view.columns}
        for asked in view.questions:
            assert set(asked.model.model_fields) <= columns
            assert {*asked.filters, *asked.ranges, asked.order} <= columns | {"key"}
