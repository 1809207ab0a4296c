"""What the register, the worklists, the remarks and the handling sheet show of everything that can befall a case."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.views.awaiting import Second, Waiting, for_another, waiting
from services.intake.views.handling_sheet import OnTheList, Sheet, of_special, with_a_sheet
from services.intake.views.mine import Kept, kept_by
from services.intake.views.notes import Note
from services.intake.views.notes import of_cases_open_to as remarks_open_to
from services.intake.views.particulars import Particulars
from services.intake.views.register import Entry
from services.intake.views.upward_reports import Report, for_the_role_of
from services.intake.views.upward_reports import of_cases_open_to as reports_open_to
from shared.decide import Actor
from shared.events.base import Event
from shared.events.vocabulary import Hours, Money
from tests.rows import keys_shown, rows_of, shown
from tests.unit.intake.examples import (
    AGENT,
    CALLER,
    CARDS_LEAD,
    COMPLAINT,
    COMPLIANCE,
    ESTABLISHED,
    IN_ERROR,
    JUDGE,
    LOANS_LEAD,
    MORNING,
    NOON,
    OTHER_AGENT,
    OTHER_COMPLAINT,
    READY,
    REFERRED,
    REJECTED,
    REJECTION_PROPOSED,
    REVIEWER,
    ROOMS,
    VOIDING,
    WITHDRAWING,
    WITHDRAWN,
    acknowledged,
    assigned,
    chased,
    classified,
    closed,
    confirmation_missed,
    corrected,
    dismissed,
    downgraded,
    escalated,
    established,
    handed_over,
    in_error,
    note_corrected,
    noted,
    overturned,
    progress_told,
    reclassified,
    registered,
    reopened,
    replied,
    reported_upward,
    row_of,
    signed_off,
    special,
    suspected,
    taken_over,
    voiding_declined,
    voiding_proposed,
    withdrawal_confirmed,
    withdrawal_denied,
    withdrawal_disputed,
    words,
)

REGISTER = ROOMS.view("register")
PARTICULARS = ROOMS.view("particulars")
AWAITING = ROOMS.view("awaiting_judgement")
MINE = ROOMS.view("mine")
NOTES = ROOMS.view("notes")
REPORTS = ROOMS.view("upward_reports")
SHEET = ROOMS.view("handling_sheet")
CLAIM = Money(minor=320_000, currency="CNY")
SECRET = (registered(), classified(restricted=True))


def entry(*events: Event) -> Entry:
    return Entry.model_validate(row_of(REGISTER, *events))


# The register


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((registered(), taken_over()), "acknowledged"),
        ((registered(), taken_over("established", department="cards")), "assigned"),
        ((registered(), taken_over("resolved")), "resolved_before"),
        ((*REJECTED, overturned()), "established"),
        (REFERRED, "referred"),
        (WITHDRAWING, "acknowledged"),
        ((*WITHDRAWING, withdrawal_denied()), "acknowledged"),
        (WITHDRAWN, "withdrawn"),
        ((*WITHDRAWN, withdrawal_disputed(), reopened()), "reopened"),
        (VOIDING, "registered"),
        (IN_ERROR, "registered_in_error"),
    ],
)
def test_the_register_says_how_it_stands_and_how_it_ended(history: tuple[Event, ...], status: str) -> None:
    assert entry(*history).status == status


@pytest.mark.parametrize(
    ("history", "withdrawing", "voiding"),
    [
        (READY, False, False), (WITHDRAWING, True, False), ((*WITHDRAWING, withdrawal_denied()), False, False),
        (WITHDRAWN, False, False), (VOIDING, False, True), ((*VOIDING, voiding_declined()), False, False),
        (IN_ERROR, False, False), ((*VOIDING, reopened()), False, False),
    ],
)  # fmt: skip
def test_the_register_says_what_holds_it_up(history: tuple[Event, ...], *, withdrawing: bool, voiding: bool) -> None:
    row = entry(*history)
    assert (row.withdrawing, row.voiding) == (withdrawing, voiding)


def test_the_register_says_what_is_claimed_by_how_many_and_who_keeps_track() -> None:
    fact = registered(
        claimed=CLAIM, joint=3, representatives=(words("甲"),), language="en", happened_at=MORNING,
        regulator_reference="NFRA-1", regulator_received_at=MORNING, from_contact=OTHER_COMPLAINT, complainant=None,
    )  # fmt: skip
    row = entry(fact, handed_over(OTHER_AGENT.id), chased(), chased(), reported_upward())
    assert (row.claimed, row.claimed_currency, row.joint, row.language) == (320_000, "CNY", 3, "en")
    assert (row.regulator_reference, row.from_contact, row.happened_at) == ("NFRA-1", str(OTHER_COMPLAINT), MORNING)
    assert (row.complainant, row.on_file, row.owner, row.chased, row.reported_upward) == (
        None, True, OTHER_AGENT.id, 2, 1,
    )  # fmt: skip


def test_the_register_says_whether_it_is_special_now() -> None:
    assert entry(*READY, escalated()).severity == "special"
    assert entry(*READY, escalated(), signed_off(), downgraded()).severity == "ordinary"
    assert entry(registered(), classified(urgent=True)).urgent
    assert entry(*READY, reclassified(category="loans.fee")).category == "loans.fee"


def test_the_register_names_what_is_alike_and_what_it_really_is() -> None:
    row = entry(*READY, suspected(), dismissed())
    assert row.suspected_duplicates == row.dismissed_duplicates == [str(OTHER_COMPLAINT)]
    assert entry(*VOIDING, in_error(duplicate_of=OTHER_COMPLAINT)).duplicate_of == str(OTHER_COMPLAINT)
    assert entry(*VOIDING, in_error(contact=OTHER_COMPLAINT)).contact_instead == str(OTHER_COMPLAINT)
    assert entry(registered(), taken_over()).from_system == "old-crm"


@pytest.mark.parametrize(
    ("field", "given", "column", "value"),
    [
        ("complainant", {"text": words("赵明")}, "complainant", "赵明"),
        ("contact", {}, "contact", None),
        ("channel", {"channel": "letter"}, "channel", "letter"),
        ("received_at", {"received_at": MORNING - timedelta(days=1)}, "received_at", MORNING - timedelta(days=1)),
        ("claimed", {"claimed": CLAIM}, "claimed", 320_000),
        ("claimed", {}, "claimed", None),
        ("language", {"language": "en"}, "language", "en"),
        ("person", {"person": f"person:{OTHER_COMPLAINT}"}, "person", f"person:{OTHER_COMPLAINT}"),
    ],
)
def test_a_correction_takes_the_place_of_what_was_wrong(
    field: str, given: dict[str, Any], column: str, value: Any
) -> None:
    history = (registered(contact=words("138"), claimed=Money(minor=1, currency="CNY")), corrected(field, **given))
    assert row_of(REGISTER, *history)[column] == value


def test_other_corrections_leave_the_register_s_row_as_it_is() -> None:
    before = row_of(REGISTER, registered())
    after_it = row_of(REGISTER, registered(), corrected("time_zone", time_zone="Asia/Tokyo"))
    changed = {name for name in before if before[name] != after_it[name]}
    assert changed == {"updated_at"}


# The particulars


def test_the_particulars_bear_every_field_of_the_register() -> None:
    fact = registered(
        contact=words("138"), claimed=CLAIM, joint=2, representatives=(words("甲"), words("乙")),
        call_hours=Hours(begin="09:00", end="11:00"), source_fields=words("{}"), proxy=words("Ms Li"),
        proxy_authority="poa-1", authority_kind="heir",
    )  # fmt: skip
    whole = Particulars.model_validate(row_of(PARTICULARS, fact, taken_over()))
    assert (whole.representatives, whole.joint, whole.claimed) == (["甲", "乙"], 2, 320_000)
    assert (whole.call_from, whole.call_until, whole.time_zone) == ("09:00", "11:00", "Asia/Shanghai")
    assert (whole.authority_kind, whole.source_fields, whole.earlier) == ("heir", "{}", "Some calls.")
    assert "representative_1" not in whole.model_dump()
    assert whole.model_dump()["representatives"] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ({"field": "content", "text": words("新的")}, {"content": "新的"}),
        ({"field": "call_hours", "call_hours": Hours(begin="10:00", end="12:00")}, {"call_from": "10:00"}),
        ({"field": "call_hours"}, {"call_from": None, "call_until": None}),
        ({"field": "claimed", "claimed": CLAIM}, {"claimed": 320_000, "claimed_currency": "CNY"}),
        ({"field": "time_zone", "time_zone": "Asia/Tokyo"}, {"time_zone": "Asia/Tokyo"}),
        ({"field": "person", "person": f"person:{OTHER_COMPLAINT}"}, {"content": "The fee was charged twice."}),
    ],
)
def test_the_particulars_bear_what_was_corrected_and_why(given: dict[str, Any], columns: dict[str, Any]) -> None:
    row = row_of(PARTICULARS, registered(), corrected(**given))
    assert {name: row[name] for name in columns} == columns
    assert row["correction_reasons"] == "A slip."


def test_the_particulars_bear_what_was_written_on_each_way_on() -> None:
    assert row_of(PARTICULARS, *READY, reclassified())["explanation"] == "It is a fee."
    over = row_of(PARTICULARS, *REJECTED, overturned())
    assert (over["overturned_by"], over["overturning_reasons"]) == (CARDS_LEAD.id, "A page was missing.")
    assert (over["rejection_reasons"], over["days_asked"], over["department"]) == ("The contract says so.", 15, "cards")
    away = row_of(PARTICULARS, *REFERRED)
    assert (away["referred_to"], away["letter"]) == ("Ping An", "Please turn to them.")
    gone = row_of(PARTICULARS, *WITHDRAWN, withdrawal_confirmed())
    assert (gone["withdrawal_words"], gone["confirmed_words"]) == ("I take it back.", "My own wish.")
    void = row_of(PARTICULARS, *VOIDING, voiding_declined())
    assert (void["voiding_reasons"], void["voiding_answer"]) == ("Only a question.", "It is a complaint.")
    anew = row_of(PARTICULARS, *REJECTED, overturned(), reopened(), acknowledged(2), established(2))
    assert (anew["overturned_by"], anew["overturning_reasons"]) == (None, None)


def test_the_particulars_are_read_for_a_purpose() -> None:
    assert [each.purpose for each in (*PARTICULARS.questions, *NOTES.questions)] == [True, True]
    assert [each.purpose for each in SHEET.questions] == [True, False]


# The worklists of triage


@pytest.mark.parametrize(
    ("history", "second", "first_person", "act_by"),
    [
        (REJECTION_PROPOSED, "rejection", JUDGE.id, NOON),
        (VOIDING, "voiding", AGENT.id, NOON),
        (WITHDRAWN, "withdrawal", AGENT.id, NOON + timedelta(days=3)),
    ],
)
def test_what_one_person_began_waits_for_another(
    history: tuple[Event, ...], second: str, first_person: str, act_by: Any
) -> None:
    row = row_of(AWAITING, *history)
    told = Second.model_validate(row)
    assert (told.second, told.first_person, told.act_by, told.overdue) == (second, first_person, act_by, False)
    first = Actor(first_person, "triage_lead", "triage")
    assert not shown(for_another, row, first)
    assert shown(for_another, row, Actor("x-1", "triage_lead", "triage"))


@pytest.mark.parametrize(
    "history",
    [READY, REJECTED, (*VOIDING, voiding_declined()), IN_ERROR, WITHDRAWING, (*WITHDRAWN, withdrawal_confirmed()),
     (*WITHDRAWN, withdrawal_disputed()), (*WITHDRAWN, reopened()), (*REJECTION_PROPOSED, closed())],
)  # fmt: skip
def test_what_is_decided_waits_for_no_second_person(history: tuple[Event, ...]) -> None:
    assert not shown(for_another, row_of(AWAITING, *history), COMPLIANCE)


def test_a_withdrawal_that_nobody_confirmed_in_time_still_waits() -> None:
    row = row_of(AWAITING, *WITHDRAWN, confirmation_missed())
    assert row["overdue"] and shown(for_another, row, CALLER)


def test_nothing_waits_while_a_withdrawal_is_answered() -> None:
    for history in (READY, REJECTION_PROPOSED):
        row = row_of(AWAITING, *history)
        assert shown(waiting, row, JUDGE) and Waiting.model_validate(row).classified
        asked = row_of(AWAITING, *history, *WITHDRAWING[len(READY) :])
        assert not shown(waiting, asked, JUDGE) and not shown(for_another, asked, REVIEWER)
        denied = row_of(AWAITING, *history, *WITHDRAWING[len(READY) :], withdrawal_denied())
        assert shown(waiting, denied, JUDGE)


@pytest.mark.parametrize("history", [REFERRED, IN_ERROR, WITHDRAWN, (registered(), taken_over("resolved"))])
def test_what_has_ended_leaves_the_worklist(history: tuple[Event, ...]) -> None:
    assert not shown(waiting, row_of(AWAITING, *history), JUDGE)


def test_what_was_taken_over_waits_to_be_judged() -> None:
    row = row_of(AWAITING, registered(), taken_over(), classified(urgent=True))
    assert Waiting.model_validate(row).waits_for == "judgement" and row["urgent"]
    assert shown(waiting, row, JUDGE)


def test_the_worklist_follows_corrections_and_severity() -> None:
    row = row_of(AWAITING, *READY, corrected("received_at", received_at=NOON), escalated())
    assert (row["received_at"], row["severity"]) == (NOON, "special")
    assert row_of(AWAITING, *READY, escalated(), downgraded())["severity"] == "ordinary"
    assert row_of(AWAITING, *READY, corrected("contact", text=words("1"))) == row_of(AWAITING, *READY)


# What one keeps track of


def test_whoever_registered_it_sees_it_until_it_is_solved() -> None:
    row = row_of(MINE, *READY, chased(), progress_told())
    kept = Kept.model_validate(row)
    assert (kept.chased, kept.chased_at, kept.told_at, kept.complainant) == (1, NOON, NOON, "赵敏")
    assert shown(kept_by, row, AGENT) and not shown(kept_by, row, OTHER_AGENT)
    assert shown(kept_by, row, Actor(OTHER_AGENT.id, "agent", "customer-service", on_behalf_of=AGENT.id))


def test_one_that_came_in_by_itself_is_nobody_s() -> None:
    row = row_of(MINE, registered().model_copy(update={"by": "system"}))
    assert row["owner"] is None
    assert not shown(kept_by, row, Actor("system", "agent", "it"))


def test_it_goes_where_it_was_handed_over() -> None:
    row = row_of(MINE, *READY, handed_over(OTHER_AGENT.id))
    assert not shown(kept_by, row, AGENT) and shown(kept_by, row, OTHER_AGENT)


@pytest.mark.parametrize("ending", [(*REJECTED, replied(), closed()), REFERRED, IN_ERROR, WITHDRAWN])
def test_what_has_ended_is_kept_track_of_no_more(ending: tuple[Event, ...]) -> None:
    assert not shown(kept_by, row_of(MINE, *ending), AGENT)
    assert shown(kept_by, row_of(MINE, *ending, reopened(special=True)), AGENT)


def test_a_restricted_case_is_not_even_shown_to_who_registered_it() -> None:
    row = row_of(MINE, *SECRET, established())
    assert not shown(kept_by, row, AGENT)
    assert not shown(kept_by, row_of(MINE, *SECRET), AGENT)


def test_mine_follows_corrections_and_severity() -> None:
    row = row_of(MINE, *READY, corrected("complainant", text=words("赵明")), escalated())
    assert (row["complainant"], row["severity"]) == ("赵明", "special")
    assert row_of(MINE, *READY, corrected("person", person=f"person:{COMPLAINT}"))["person"] == f"person:{COMPLAINT}"
    assert row_of(MINE, *ESTABLISHED, reopened())["department"] is None


# Remarks and reports upward


def test_remarks_and_what_was_said_stand_in_order_and_none_is_replaced() -> None:
    rows = rows_of(NOTES, COMPLAINT, registered(), noted(), note_corrected(), chased(), progress_told())
    told = [Note.model_validate(row) for key, row in sorted(rows.items()) if key != str(COMPLAINT)]
    assert [(each.kind, each.note, each.text) for each in told] == [
        ("note", "n1", "Call after two."),
        ("correction", "n1", "Call after three."),
        ("chased", None, "Where is my money?"),
        ("told", None, "It is looked into."),
    ]
    assert (told[1].reasons, told[3].proof) == ("Misheard.", "sms-9")


@pytest.mark.parametrize(
    ("view", "where", "fact"), [(NOTES, remarks_open_to, noted()), (REPORTS, reports_open_to, reported_upward())]
)
def test_what_was_written_before_a_restriction_is_hidden_by_it(view: Any, where: Any, fact: Event) -> None:
    """N16."""
    open_rows = rows_of(view, COMPLAINT, registered(), fact)
    assert len(keys_shown(where, open_rows, LOANS_LEAD)) == 1
    secret = rows_of(view, COMPLAINT, registered(), fact, classified(restricted=True), established())
    assert keys_shown(where, secret, LOANS_LEAD) == []
    assert len(keys_shown(where, secret, CARDS_LEAD)) == len(keys_shown(where, secret, COMPLIANCE)) == 1
    reopened_rows = rows_of(view, COMPLAINT, registered(), fact, classified(restricted=True), established(), reopened())
    assert keys_shown(where, reopened_rows, CARDS_LEAD) == []


def test_a_report_upward_is_heard_by_the_role_it_is_for() -> None:
    rows = rows_of(REPORTS, COMPLAINT, registered(), reported_upward("triage_lead", emergency=True))
    (key,) = keys_shown(for_the_role_of, rows, JUDGE)
    report = Report.model_validate(rows[key])
    assert (report.reasons, report.emergency, report.reported_by) == ("The press calls.", True, AGENT.id)
    assert keys_shown(for_the_role_of, rows, CARDS_LEAD) == []


# The handling sheet of a special complaint (F19)


def test_an_ordinary_complaint_has_no_sheet() -> None:
    row = row_of(SHEET, *READY)
    assert not shown(with_a_sheet, row, JUDGE) and not shown(of_special, row, JUDGE)


@pytest.mark.parametrize(
    "history", [(registered(), special()), (*READY, escalated()), (*READY, reopened(special=True))]
)
def test_a_special_complaint_has_a_sheet(history: tuple[Event, ...]) -> None:
    row = row_of(SHEET, *history)
    assert shown(with_a_sheet, row, JUDGE) and shown(of_special, row, JUDGE)
    assert OnTheList.model_validate(row).complaint_id == str(COMPLAINT)


def test_the_sheet_of_one_made_ordinary_says_why_it_was_special() -> None:
    row = row_of(SHEET, *READY, escalated(), signed_off(), downgraded())
    assert shown(with_a_sheet, row, JUDGE) and not shown(of_special, row, JUDGE)
    assert (row["why_ordinary"], row["signed_off_by"]) == ("As compliance signed.", [COMPLIANCE.id])


def test_the_sheet_has_everything_on_it() -> None:
    history = (
        registered(claimed=CLAIM, contact=words("138")), acknowledged(), special(complained_of=("x-1",), urgent=True),
        reported_upward(emergency=True), chased(), *REJECTED[len(READY) :], overturned(), assigned("loans"),
        handed_over(OTHER_AGENT.id),
    )  # fmt: skip
    sheet = Sheet.model_validate(row_of(SHEET, *history))
    assert (sheet.claimed, sheet.contact, sheet.complained_of, sheet.urgent) == (320_000, "138", ["x-1"], True)
    assert (sheet.reported_upward, sheet.reported_to, sheet.emergency, sheet.chased) == (
        1, "higher_approver", True, 1,
    )  # fmt: skip
    assert (sheet.verdict, sheet.judged_by, sheet.confirmed_by, sheet.overturned_by) == (
        "established", JUDGE.id, REVIEWER.id, CARDS_LEAD.id,
    )  # fmt: skip
    assert (sheet.department, sheet.owner, sheet.reasons) == ("loans", OTHER_AGENT.id, ["media"])
    assert sheet.handled_by == [AGENT.id, JUDGE.id, REVIEWER.id, CARDS_LEAD.id]


def test_the_sheet_follows_corrections_returns_and_reopenings() -> None:
    row = row_of(SHEET, registered(), corrected("claimed", claimed=CLAIM), corrected("content", text=words("新的")))
    assert (row["claimed"], row["content"]) == (320_000, "新的")
    again = row_of(SHEET, *REJECTED, replied(), reopened())
    assert (again["verdict"], again["why_reopened"], again["cycle"]) == (None, "Nobody listened.", 2)
    assert again["letter"] == "We are very sorry."


def test_the_sheet_of_a_restricted_case_is_for_its_department() -> None:
    row = row_of(SHEET, registered(), special(restricted=True), established())
    assert shown(with_a_sheet, row, CARDS_LEAD) and not shown(with_a_sheet, row, LOANS_LEAD)
    assert not shown(of_special, row, AGENT)


def test_voiding_shows_once_it_is_proposed() -> None:
    assert entry(registered(), voiding_proposed()).voiding
