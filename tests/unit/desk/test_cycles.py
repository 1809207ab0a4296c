"""How each cycle ended: what one month shows stays what it was."""

from services.desk.views.cycles import VIEW
from shared.events import callback, intake
from shared.events.base import Event
from shared.projections.folding import Row
from tests.rows import rows_of
from tests.unit.desk.facts import COMPLAINT, DAY, NOON, concluded, fact, registered, satisfied


def cycle(number: int, *events: Event) -> Row:
    return rows_of(VIEW, COMPLAINT, *events)[f"{COMPLAINT}/{number}"]


DECIDED = (
    registered(),
    fact(intake.ComplaintEstablished, days_asked=10, department="cards"),
    concluded(5 * DAY),
    fact(callback.CallbackScheduled, 5 * DAY, by="system", due_at=NOON + 8 * DAY),
)


def test_a_decision_stands_beside_the_date_that_was_promised() -> None:
    row = cycle(1, *DECIDED)
    assert (row["decide_by"], row["decided_at"]) == (NOON + 10 * DAY, NOON + 5 * DAY)
    assert (row["outcome"], row["cause"], row["amount"], row["currency"]) == ("executed", "system-fault", 5_000, "CNY")
    assert row["callback_due_at"] == NOON + 8 * DAY


def test_what_the_customer_said_is_kept_in_four_scores() -> None:
    row = cycle(1, *DECIDED, satisfied(6 * DAY))
    scores = [row[name] for name in ("timeliness", "professionalism", "effectiveness", "attitude")]
    assert (row["answer"], row["answered_at"], scores) == ("satisfied", NOON + 6 * DAY, [5, 4, 3, 5])


def test_an_untrue_record_counts_no_more() -> None:
    untrue = fact(callback.CallbackRecordAudited, 7 * DAY, by="xu.fei", truthful=False, caller="huang.ting")
    row = cycle(1, *DECIDED, satisfied(6 * DAY), untrue)
    assert (row["answer"], row["answered_at"], row["timeliness"]) == (None, None, None)
    true = fact(callback.CallbackRecordAudited, 7 * DAY, by="xu.fei", truthful=True, caller="huang.ting")
    assert cycle(1, *DECIDED, satisfied(6 * DAY), true)["answer"] == "satisfied"


def test_a_reopening_leaves_the_cycle_before_as_it_ended() -> None:
    again = fact(callback.ComplaintReopened, 9 * DAY, cycle=2, reason="dissatisfied", stage="investigation")
    events = (*DECIDED, again, concluded(12 * DAY, cycle=2, minor=9_000))
    first, second = cycle(1, *events), cycle(2, *events)
    assert (first["outcome"], first["amount"], first["reopened_at"]) == ("executed", 5_000, NOON + 9 * DAY)
    assert first["reopened_for"] == "dissatisfied"
    assert (second["began_at"], second["amount"], second["reopened_at"]) == (NOON + 9 * DAY, 9_000, None)


def test_a_rejection_is_decided_by_the_courteous_reply() -> None:
    rejected = fact(intake.ComplaintNotEstablished, DAY, by="xu.fei")
    row = cycle(1, registered(), rejected, fact(intake.CourtesyReplySent, 2 * DAY))
    assert (row["judged"], row["judged_at"]) == ("not_established", NOON + DAY)
    assert (row["outcome"], row["decided_at"]) == ("not_established", NOON + 2 * DAY)
