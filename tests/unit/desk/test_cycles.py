"""How each cycle ended: what one month shows stays what it was."""

from typing import Any

from services.desk.views.cycles import VIEW
from shared.events import callback, intake, investigation, resolution
from shared.events.base import Event
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.folding import Row
from tests.rows import rows_of
from tests.unit.desk.facts import COMPLAINT, DAY, NOON, concluded, fact, registered, satisfied


def cycle(number: int, *events: Event) -> Row:
    return rows_of(VIEW, COMPLAINT, *events)[f"{COMPLAINT}/{number}"]


DECIDED = (
    registered(),
    fact(intake.ComplaintEstablished, days_asked=10, department="cards"),
    concluded(5 * DAY),
    fact(callback.CallbackScheduled, 5 * DAY, "system", due_at=NOON + 8 * DAY),
)


def reopened(stage: str, after: int = 9) -> callback.ComplaintReopened:
    return fact(callback.ComplaintReopened, after * DAY, cycle=2, reason="dissatisfied", stage=stage)


def classified(category: str, after: int = 0, cycle: int = 1, *, anew: bool = False) -> intake.Classified:
    kind = intake.ComplaintReclassified if anew else intake.ComplaintClassified
    return fact(kind, after * DAY, cycle=cycle, category=category)


def test_a_decision_stands_beside_the_date_that_was_promised() -> None:
    row = cycle(1, *DECIDED)
    assert (row["decide_by"], row["decided_at"]) == (NOON + 10 * DAY, NOON + 5 * DAY)
    assert (row["outcome"], row["cause"], row["amount"], row["currency"]) == ("executed", "system-fault", 5_000, "CNY")
    assert (row["due_at"], row["done_at"]) == (NOON + 8 * DAY, None)


def test_what_the_customer_said_is_kept_in_four_scores() -> None:
    row = cycle(1, *DECIDED, satisfied(6 * DAY))
    scores = [row[name] for name in ("timeliness", "professionalism", "effectiveness", "attitude")]
    assert (row["answer"], row["answered_at"], scores) == ("satisfied", NOON + 6 * DAY, [5, 4, 3, 5])
    assert row["done_at"] == NOON + 6 * DAY


def audited(*, truthful: bool, result_void: bool) -> callback.CallbackRecordAudited:
    return fact(callback.CallbackRecordAudited, 7 * DAY, "xu.fei", truthful=truthful, result_void=result_void)


def test_a_result_that_rested_on_an_untrue_record_counts_no_more() -> None:
    row = cycle(1, *DECIDED, satisfied(6 * DAY), audited(truthful=False, result_void=True))
    assert (row["answer"], row["answered_at"], row["timeliness"], row["done_at"]) == (None, None, None, None)


def test_an_untrue_record_of_another_call_leaves_the_result_as_it_is() -> None:
    for audit in (audited(truthful=False, result_void=False), audited(truthful=True, result_void=False)):
        assert cycle(1, *DECIDED, satisfied(6 * DAY), audit)["answer"] == "satisfied"


def test_given_up_counts_as_done_from_then_on_even_if_they_are_reached_later() -> None:
    row = cycle(1, *DECIDED, fact(callback.UnreachableConcluded, 7 * DAY), satisfied(20 * DAY))
    assert (row["done_at"], row["answered_at"]) == (NOON + 7 * DAY, NOON + 20 * DAY)


def postponed(to: int, *, past_due: bool) -> callback.CallbackRescheduled:
    return fact(callback.CallbackRescheduled, 6 * DAY, end=NOON + to * DAY, past_due=past_due)


def test_only_the_customer_puts_off_by_when_they_are_called() -> None:
    assert cycle(1, *DECIDED, postponed(12, past_due=True))["due_at"] == NOON + 12 * DAY
    assert cycle(1, *DECIDED, postponed(7, past_due=False))["due_at"] == NOON + 8 * DAY


def test_what_is_missed_is_not_put_off_any_more() -> None:
    passed = fact(callback.CallbackDeadlinePassed, 8 * DAY, "system", due_at=NOON + 8 * DAY)
    row = cycle(1, *DECIDED, passed, postponed(12, past_due=True), satisfied(11 * DAY))
    assert (row["due_at"], row["missed_at"], row["done_at"]) == (NOON + 8 * DAY, NOON + 8 * DAY, NOON + 11 * DAY)


def test_a_reopening_leaves_the_cycle_before_as_it_ended() -> None:
    events = (*DECIDED, reopened("investigation"), concluded(12 * DAY, cycle=2, minor=9_000))
    first, second = cycle(1, *events), cycle(2, *events)
    assert (first["outcome"], first["amount"], first["reopened_at"]) == ("executed", 5_000, NOON + 9 * DAY)
    assert first["reopened_for"] == "dissatisfied"
    assert (second["began_at"], second["amount"], second["reopened_at"]) == (NOON + 9 * DAY, 9_000, None)
    assert second["decide_by"] == NOON + 9 * DAY + INVESTIGATED_WITHIN


def test_whoever_judges_it_anew_asks_for_time_anew() -> None:
    assert cycle(2, *DECIDED, reopened("judgement"))["decide_by"] is None
    again = fact(intake.ComplaintEstablished, 10 * DAY, cycle=2, days_asked=5, department="cards")
    assert cycle(2, *DECIDED, reopened("judgement"), again)["decide_by"] == NOON + 15 * DAY


def test_a_department_answers_for_a_cycle_from_the_day_it_has_it() -> None:
    opened = fact(investigation.InvestigationReopened, 9 * DAY, "system", cycle=2, department="cards")
    assert cycle(2, *DECIDED, reopened("investigation"), opened)["department"] == "cards"


def test_a_rejection_is_the_firm_s_judgement_once_the_courteous_reply_has_left() -> None:
    rejected = (registered(), fact(intake.ComplaintNotEstablished, DAY, "xu.fei"))
    assert cycle(1, *rejected)["judged"] is None
    row = cycle(1, *rejected, fact(intake.CourtesyReplySent, 2 * DAY))
    assert (row["judged"], row["judged_at"]) == ("not_established", NOON + 2 * DAY)
    assert (row["outcome"], row["decided_at"]) == ("not_established", NOON + 2 * DAY)
    overturned = cycle(1, *rejected, fact(intake.JudgementOverturned, 2 * DAY, days_asked=10))
    assert (overturned["judged"], overturned["decide_by"]) == ("established", NOON + 12 * DAY)


def test_a_decision_keeps_the_category_that_it_was_decided_under() -> None:
    before = (*DECIDED[:2], classified("cards/fees"), classified("cards/service", 1, anew=True))
    decided = (*before, *DECIDED[2:])
    assert cycle(1, *before)["category"] is None
    assert cycle(1, *decided, classified("loans/rates", 6, anew=True))["category"] == "cards/service"
    again = (*decided, reopened("investigation"), classified("loans/rates", 10, 2, anew=True))
    assert (cycle(1, *again)["category"], cycle(2, *again)["category"]) == ("cards/service", None)
    assert cycle(2, *again, concluded(12 * DAY, cycle=2))["category"] == "loans/rates"


def test_what_was_taken_back_is_still_what_was_decided() -> None:
    row = cycle(1, *DECIDED, fact(resolution.RemedyReversed, 6 * DAY))
    assert (row["outcome"], row["amount"], row["reversed_at"]) == ("executed", 5_000, NOON + 6 * DAY)


def test_endings_that_the_firm_did_not_decide_are_told_apart() -> None:
    endings: dict[type[Any], str] = {
        intake.ComplaintWithdrawn: "withdrawn",
        intake.ComplaintReferred: "referred",
        intake.RegisteredInError: "in_error",
    }
    for kind, outcome in endings.items():
        row = cycle(1, registered(), fact(kind, 2 * DAY))
        assert (row["outcome"], row["decided_at"]) == (outcome, NOON + 2 * DAY)


def test_what_an_old_system_had_established_is_decided_within_the_house_s_time() -> None:
    row = cycle(1, registered(), fact(intake.ComplaintTakenOver, stage="established", department="loans"))
    assert (row["decide_by"], row["department"]) == (NOON + INVESTIGATED_WITHIN, "loans")
    assert cycle(1, registered(), fact(intake.ComplaintTakenOver, stage="resolved"))["decide_by"] is None
