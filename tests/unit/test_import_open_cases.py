"""Files of open cases: what a row says, what is wrong with it, and what is asked of intake for it."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from closedloop.importing import Reject, WrongHeader, open_text
from closedloop.importing.dates import Moment
from closedloop.importing.open_cases import LAYOUT, SPECIAL_THERE, OpenCase, read_open
from closedloop.importing.roster import MayNotTakeOver, Roster
from closedloop.importing.taking_over import classifying, taking_over
from services.intake.commands.take_over import TakeOverComplaint
from shared.decide import Actor
from shared.events.vocabulary import Money
from shared.reference.staff import StaffMember

NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "open-cases.csv"
LEAD = Actor("lead-1", "triage_lead", "triage")
ROSTER = Roster(
    {
        "lead-1": StaffMember(joined=True, department="triage", roles=("reviewer", "triage_lead")),
        "agent-1": StaffMember(joined=True, department="cards", roles=("agent",)),
        "gone-1": StaffMember(joined=True, left=True, department="loans", roles=("triage_lead",)),
    },
    frozenset({"triage", "cards"}),
)
WORDS = "Mr Chan of 12 Elm Road was charged twice"
GOOD = {
    "external_id": "2024-7",
    "system": "old-crm",
    "complainant": "陈大文",
    "received_at": "2024-06-12T09:15:00+08:00",
    "channel": "phone",
    "content": WORDS,
    "stage": "acknowledged",
    "earlier": "Two calls.",
}
CLASSIFIED = {"category": "cards.fee", "severity": "ordinary"}


def text_of(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(text: str) -> list[OpenCase | Reject]:
    return list(read_open(io.StringIO(text, newline=""), now=NOW))


def taken(row: OpenCase | Reject) -> OpenCase:
    assert isinstance(row, OpenCase), row
    return row


def refused(row: OpenCase | Reject) -> Reject:
    assert isinstance(row, Reject), row
    return row


def case(**changes: str) -> OpenCase:
    (row,) = read(text_of({**GOOD, **changes}))
    return taken(row)


# What a row says


def test_a_row_with_the_needed_columns_only_is_a_case_that_began_when_it_was_received() -> None:
    row = case()
    assert (row.source, row.external_id, row.line, row.stage) == ("old-crm", "2024-7", 2, "acknowledged")
    assert row.received == row.began == Moment(date(2024, 6, 12), datetime(2024, 6, 12, 1, 15, tzinfo=UTC))
    assert (row.department, row.category, row.earlier_actors, row.notes) == (None, None, (), ())


def test_the_sample_is_read_whole() -> None:
    with open_text(SAMPLE) as text:
        reader = read_open(text, now=datetime(2024, 8, 1, tzinfo=UTC))
        rows = [taken(row) for row in reader]
    assert reader.file.absent == reader.file.ignored == ()
    assert {row.stage for row in rows} == {"acknowledged", "established", "resolved"}
    assert {row.source for row in rows} == {"old-crm", "branch-book"} and not any(row.notes for row in rows)
    assert rows[0].claimed == (320000, "CNY") and "\n" in rows[0].content
    assert rows[2].earlier_actors == ("wang.qiang", "xu.fei") and rows[2].reasons == ("vulnerable-customer",)


def test_the_columns_may_have_chinese_names_and_stand_in_any_order() -> None:
    chinese = {LAYOUT.chinese[column]: cell for column, cell in reversed(GOOD.items())}
    (row,) = read(text_of(chinese))
    assert taken(row).fingerprint == case().fingerprint
    assert set(LAYOUT.chinese) == {*LAYOUT.required, *LAYOUT.optional}
    assert len({*LAYOUT.chinese.values()}) == len(LAYOUT.chinese)


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text_of(GOOD).replace("\n", "\r\n").encode())
    with open_text(path) as text:
        (row,) = read_open(text, now=NOW)
    assert taken(row).fingerprint == case().fingerprint


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)"])
def test_what_looks_like_a_formula_is_text(cell: str) -> None:
    row = case(complainant=cell, contact=cell, content=cell, earlier=cell, desired_remedy=cell)
    assert {row.complainant, row.contact, row.content, row.earlier, row.desired_remedy} == {cell}


def test_lists_are_separated_by_semicolons_of_both_widths_and_name_nobody_twice() -> None:
    row = case(earlier_actors="yang.fan; li.na；yang.fan;;")
    assert row.earlier_actors == ("yang.fan", "li.na")


def test_a_special_case_of_which_the_file_says_no_more_is_special_for_that() -> None:
    assert case(category="cards.fee", severity="Special").reasons == (SPECIAL_THERE,)
    assert case(category="cards.fee", severity="special", reasons="media;regulator").reasons == ("media", "regulator")
    assert case(**CLASSIFIED).reasons == ()


def test_copies_have_one_fingerprint_however_they_are_spelt() -> None:
    row = case(earlier_actors="li.na;yang.fan")
    same = case(earlier_actors="yang.fan ; li.na", received_at="2024-06-12T01:15:00Z", product=" ")
    assert same.fingerprint == row.fingerprint
    for change in ({"stage": "resolved"}, {"earlier": "Three calls."}, {"earlier_actors": "li.na"}, CLASSIFIED):
        assert case(**{"earlier_actors": "li.na;yang.fan", **change}).fingerprint != row.fingerprint


def test_its_representation_holds_nobodys_words() -> None:
    shown = repr(case(contact="+86 21 5555 0147", product="Card", desired_remedy="Money"))
    assert not any(words in shown for words in (WORDS, "陈大文", "5555", "Card", "Money", "Two calls"))


# What is wrong with it


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"external_id": ""}, "'external_id' is empty"),
        ({"external_id": "陈大文"}, "ASCII"),
        ({"system": "Old CRM"}, "'system' may have small letters"),
        ({"complainant": " "}, "'complainant' is empty"),
        ({"content": "\n"}, "'content' is empty. Write what the customer complains of"),
        ({"earlier": ""}, "'earlier' is empty. Write what happened in the old system"),
        ({"channel": "pigeon"}, "'channel' is none of phone, branch"),
        ({"stage": ""}, "'stage' is empty"),
        ({"stage": "closed"}, "'stage' is none of acknowledged, established, resolved"),
        ({"stage": "established"}, "Fill in 'department'"),
        ({"department": "cards"}, "has no department yet"),
        ({"stage": "resolved", "department": "The cards people"}, "'department' does not hold a department's id"),
        ({"received_at": "2024-07-02"}, "in the future"),
        ({"received_at": "2024-07-01T12:00:01Z"}, "'received_at' is later than now"),
        ({"received_at": "2024-06-12T09:15:00"}, "time zone"),
        ({"received_at": "1989-12-31"}, "before 1990"),
        ({"began_at": "2024-07-02T00:00:00+08:00", "received_at": "2024-06-01"}, "'began_at' is later than now"),
        ({"began_at": "2024-06-31"}, "no such day"),
        ({"happened_at": "2024-06-13"}, "'happened_at' is later than 'received_at'"),
        ({"happened_at": "2024-06-12T01:15:01Z"}, "'happened_at' is later than 'received_at'"),
        ({"category": "cards.fee"}, "both or neither"),
        ({"severity": "special"}, "both or neither"),
        ({"reasons": "media"}, "Fill in 'category' and 'severity'"),
        ({**CLASSIFIED, "reasons": "media"}, "ordinary case has no reasons"),
        ({**CLASSIFIED, "severity": "grave"}, "'severity' is none of ordinary, special"),
        ({**CLASSIFIED, "category": "信用卡 费用"}, "'category' does not hold a code"),
        ({"category": "a", "severity": "special", "reasons": "the press"}, "'reasons' does not hold codes"),
        ({"claimed_minor": "100"}, "both or neither"),
        ({"claimed_minor": "12.34", "currency": "CNY"}, "12.34 as 1234"),
        ({"earlier_actors": "Li Na"}, "'earlier_actors' does not hold ids of the staff"),
        ({"time_zone": "Beijing"}, "Asia/Shanghai"),
        ({"language": "fr"}, "'language' is none of zh, en"),
    ],
)
def test_a_bad_row_is_rejected_with_a_plain_reason_and_stops_nothing(change: dict[str, str], says: str) -> None:
    columns = dict.fromkeys(change, "")
    first, bad, last = read(text_of({**columns, **GOOD}, {**GOOD, **change}, {**GOOD, "external_id": "2024-8"}))
    assert says in refused(bad).reason and refused(bad).line == 3
    assert WORDS not in refused(bad).reason and (taken(first).line, taken(last).external_id) == (2, "2024-8")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (text_of(GOOD).replace("stage", "status"), "does not name 'stage'"),
        ("external_id,received_at,channel,content\n", "'system', 'complainant', 'stage', 'earlier'"),
        (text_of(GOOD).replace("earlier", "earlier,此前处理情况"), "'earlier' and '此前处理情况' are the same"),
        (text_of(GOOD).replace(",", ";"), "separated by commas"),
        ("外部编号,原系统\n".encode("gbk").decode("utf-8", "surrogateescape"), "CSV UTF-8"),
    ],
)
def test_a_wrong_header_is_one_error_that_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(WrongHeader, match=says):
        read(text)


# What is asked of intake


def test_a_case_is_taken_over_in_the_name_of_the_person_and_bears_its_fingerprint() -> None:
    row = case(
        stage="established", department="cards", claimed_minor="320000", currency="CNY", earlier_actors="agent-1",
        began_at="2024-06-13", happened_at="2024-06-12", time_zone="Asia/Hong_Kong", language="en",
    )  # fmt: skip
    wish = taking_over(row, LEAD, NOW)
    assert (wish.actor, wish.at, wish.stage, wish.department) == (LEAD, NOW, "established", "cards")
    assert (wish.system, wish.external.source, wish.external.id) == ("old-crm", "old-crm", "2024-7")
    assert (wish.claimed, wish.earlier_actors) == (Money(minor=320000, currency="CNY"), ("agent-1",))
    assert (wish.time_zone, wish.language, wish.content) == ("Asia/Hong_Kong", "en", WORDS)
    assert row.fingerprint in (wish.source_fields or "") and wish.subject_id() == row.subject
    assert {"complaint_id": wish.complaint_id} == TakeOverComplaint.derive({"external": wish.external}, "a", "k")


def test_a_day_is_its_noon_but_never_later_than_what_it_came_before() -> None:
    """Received in the morning of the day on which it happened; entered in the morning of the day it came."""
    wish = taking_over(case(happened_at="2024-06-12", began_at="2024-07-01"), LEAD, NOW.replace(hour=8))
    assert wish.happened_at == wish.received_at == datetime(2024, 6, 12, 1, 15, tzinfo=UTC)
    assert wish.began_at == NOW.replace(hour=8)
    assert taking_over(case(received_at="2024-06-12"), LEAD, NOW).received_at == datetime(2024, 6, 12, 12, tzinfo=UTC)


def test_its_classification_is_a_second_wish_of_the_same_person() -> None:
    wish = classifying(case(category="cards.fee", severity="special", reasons="media"), LEAD, NOW)
    assert (wish.actor, wish.category, wish.severity, wish.reasons) == (LEAD, "cards.fee", "special", ("media",))


# Who takes them over, and whom they name


def test_a_triage_lead_of_today_takes_cases_over() -> None:
    assert ROSTER.importer("lead-1") == LEAD


@pytest.mark.parametrize(
    ("person", "says"), [("nobody-1", "Nobody of the staff"), ("gone-1", "has left"), ("agent-1", "no triage lead")]
)
def test_nobody_else_does(person: str, says: str) -> None:
    with pytest.raises(MayNotTakeOver, match=says):
        ROSTER.importer(person)


def test_a_case_names_only_people_and_departments_that_are_known_here() -> None:
    assert ROSTER.objection(case(earlier_actors="agent-1;gone-1")) is None
    assert ROSTER.objection(case(stage="resolved", department="cards")) is None
    strangers = ROSTER.objection(case(earlier_actors="agent-1;ghost-1;ghost-2"))
    assert strangers is not None and "ghost-1, ghost-2" in strangers
    nobodys = ROSTER.objection(case(stage="established", department="loans"))
    assert nobodys is not None and "Nobody works in the department 'loans'" in nobodys
