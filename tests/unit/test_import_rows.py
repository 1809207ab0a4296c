"""Complaint files as they come: odd, broken, cut off, huge. A row is taken or rejected, and the rest is read."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from closedloop.importing import ImportRow, Reject, WrongHeader, open_text, read_cfpb, read_csv
from closedloop.importing.cfpb import LAYOUT
from closedloop.importing.records import FIELD_LIMIT, RECORD_LIMIT, Record, read_records

TODAY = date(2024, 7, 1)
SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "complaints.csv"
COLUMNS = (*LAYOUT.required, *LAYOUT.optional)
WORDS = "Mr Chan of 12 Elm Road was charged twice"
COMPANY = "EXAMPLE BANK, N.A."
GOOD = {
    "Date received": "2023-06-13",
    "Product": "Credit card",
    "Sub-product": "",
    "Issue": "Fees",
    "Consumer complaint narrative": WORDS,
    "Company": COMPANY,
    "State": "FL",
    "ZIP code": "33009",
    "Submitted via": "Web",
    "Date sent to company": "2023-06-14",
    "Timely response?": "Yes",
    "Complaint ID": "7113750",
}
OWN = {"external_id": "A-1", "received_at": "2024-06-15", "channel": "phone", "content": WORDS}


def stream(text: str) -> TextIO:
    return io.StringIO(text, newline="")


def written(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def cfpb(*changes: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> list[ImportRow | Reject]:
    return list(read_cfpb(stream(written(*({**GOOD, **change} for change in changes), columns=columns)), today=TODAY))


def own(*changes: dict[str, str]) -> list[ImportRow | Reject]:
    rows = [{**OWN, **change} for change in changes]
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return list(read_csv(stream(written(*rows, columns=columns)), today=TODAY))


def one(**change: str) -> ImportRow:
    (row,) = cfpb({key.replace("_", " "): value for key, value in change.items()})
    assert isinstance(row, ImportRow), row
    return row


def taken(row: ImportRow | Reject) -> ImportRow:
    assert isinstance(row, ImportRow), row
    return row


def refused(row: ImportRow | Reject) -> Reject:
    assert isinstance(row, Reject), row
    return row


def read_bytes(tmp_path: Path, content: bytes) -> list[ImportRow | Reject]:
    path = tmp_path / "complaints.csv"
    path.write_bytes(content)
    with open_text(path) as text:
        return list(read_cfpb(text, today=TODAY))


def test_a_row_is_read_without_the_company() -> None:
    row = one()
    assert (row.source, row.external_id, row.line) == ("cfpb", "7113750", 2)
    assert (row.received_on, row.sent_on, row.received_at) == (date(2023, 6, 13), date(2023, 6, 14), None)
    assert (row.narrative, row.state, row.timely, row.disputed, row.notes) == (WORDS, "FL", True, None, ())
    assert row.sub_product is None
    assert not any(COMPANY in str(getattr(row, name)) for name in ImportRow.__dataclass_fields__)


@pytest.mark.parametrize(
    ("written_as", "day"),
    [
        ("2019-09-24", date(2019, 9, 24)),
        ("2023-06-13T12:00:00-05:00", date(2023, 6, 13)),
        ("2023-06-13T23:59:59-05:00", date(2023, 6, 13)),
        ("2023-06-13T12:00:00Z", date(2023, 6, 13)),
        ("2023-06-13T12:00:00", date(2023, 6, 13)),
        ("9/24/19", date(2019, 9, 24)),
        ("09/24/19", date(2019, 9, 24)),
        ("9/4/2019", date(2019, 9, 4)),
        ("04-09-2019", date(2019, 9, 4)),
        (" 2019-09-24 ", date(2019, 9, 24)),
        ("2/29/24", date(2024, 2, 29)),
        ("2024-07-01", TODAY),
        ("1990-01-01", date(1990, 1, 1)),
    ],
)
def test_every_way_of_writing_a_date_is_read(written_as: str, day: date) -> None:
    assert one(Date_received=written_as).received_on == day
    assert one(Date_sent_to_company=written_as).sent_on == day


@pytest.mark.parametrize(
    ("written_as", "says"),
    [
        ("2023-02-29", "no such day"),
        ("2/30/2023", "no such day"),
        ("13/1/2023", "no such day"),
        ("04-25-2019", "day 4"),
        ("0000-01-01", "no such day"),
        ("2023-06-13T25:00:00-05:00", "no such time"),
        ("0001-01-01T00:00:00+08:00", "no such time"),
        ("2023-06-13T12:00:00+99:00", "no such time"),
        ("13 June 2023", "known here"),
        ("45090", "known here"),
        ("２０２３-06-13", "known here"),
        ("2023/06/13", "known here"),
        ("2024-07-02", "future"),
        ("7/2/24", "future"),
        ("1/1/99", "future"),
        ("1989-12-31", "before 1990"),
        ("", "empty"),
        ("None", "empty"),
    ],
)
def test_a_date_that_can_not_be_is_rejected(written_as: str, says: str) -> None:
    (reject,) = map(refused, cfpb({"Date received": written_as}))
    assert says in reject.reason and "Date received" in reject.reason
    assert (reject.line, reject.external_id, reject.raw[0]) == (2, "7113750", written_as)


def test_an_impossible_day_of_sending_is_rejected_too_and_none_is_fine() -> None:
    assert "Date sent" in refused(cfpb({"Date sent to company": "2/30/2023"})[0]).reason
    assert one(Date_sent_to_company="N/A").sent_on is None


def test_odd_days_of_sending_are_taken_with_a_note() -> None:
    assert one(Date_sent_to_company="6/12/23").notes == ("it was sent to the company before it was received",)
    assert one(Date_sent_to_company="6/12/25").notes == ("it was sent to the company in the future",)


def test_a_reason_never_quotes_words_that_slipped_into_another_column() -> None:
    for column in ("Date received", "Date sent to company", "Timely response?", "Complaint ID"):
        (reject,) = map(refused, cfpb({column: WORDS}))
        assert WORDS not in reject.reason and WORDS not in repr(reject) and column in reject.reason
    assert WORDS not in repr(one())


@pytest.mark.parametrize("nothing", ["", "  ", "None", "N/A", " None ", "\n"])
def test_every_way_of_saying_nothing_means_absent(nothing: str) -> None:
    columns = ("Sub-product", "Issue", "Consumer complaint narrative", "State", "ZIP code", "Tags", "Timely response?")
    (row,) = map(taken, cfpb(dict.fromkeys(columns, nothing)))
    assert (row.sub_product, row.issue, row.narrative, row.state, row.postcode, row.tags) == (*(None,) * 5, ())
    assert row.timely is None


@pytest.mark.parametrize(
    ("cell", "postcode"),
    [
        ("84741.0", "84741"),
        ("335XX", "335XX"),
        ("XXXXX", "XXXXX"),
        ("1234", "1234"),
        ("00501", "00501"),
        ("12345-6789", "12345-6789"),
        ("335XX.0", "335XX.0"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_zip_code_stays_text(cell: str, postcode: str) -> None:
    assert one(ZIP_code=cell).postcode == postcode


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("Florida", "FL"),
        ("NEW YORK", "NY"),
        ("fl", "FL"),
        ("United States Minor Outlying Islands", "UM"),
        ("AP", "AP"),
        ("D.C.", "D.C."),
        ("district  of columbia", "DC"),
        ("U.S. Virgin Islands", "VI"),
        ("Kowloon", "Kowloon"),
    ],
)
def test_a_state_becomes_two_letters_where_it_is_known(cell: str, state: str) -> None:
    assert one(State=cell).state == state


def test_truths_and_tags_are_read() -> None:
    for cell, truth in (("Yes", True), ("true", True), ("No", False), ("false", False), ("N/A", None)):
        (row,) = map(taken, cfpb({"Timely response?": cell, "Consumer disputed?": cell}))
        assert (row.timely, row.disputed) == (truth, truth)
    assert "neither Yes nor No" in refused(cfpb({"Timely response?": "maybe"})[0]).reason
    assert one(Tags="Older American, Servicemember").tags == ("Older American", "Servicemember")


@pytest.mark.parametrize("cell", ["", "abc", "12a", "3446074.0", "-5", "1" * 21, "１２３", "2.01E+7"])
def test_a_complaint_without_a_number_is_rejected(cell: str) -> None:
    reject = refused(cfpb({"Complaint ID": cell})[0])
    assert "Complaint ID" in reject.reason and reject.external_id is None


@pytest.mark.parametrize(
    "cell",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "tab\tinside",
        "line\nbreak",
        'quote "inside" it',
        "a,b",
        "客戶投訴，退款。",
        "😡 e\u0301 \u202e",
        " spaces kept ",
        "x" * FIELD_LIMIT,
        '"' * 1000,
        "\ufeff",
    ],
)
def test_a_narrative_is_kept_as_it_is(cell: str) -> None:
    row = one(Consumer_complaint_narrative=cell)
    assert row.narrative == cell and row.notes == ()


def test_line_ends_inside_a_cell_become_newlines() -> None:
    assert one(Consumer_complaint_narrative="a\r\nb\rc\n\r\nd").narrative == "a\nb\nc\n\nd"


def test_control_characters_are_removed_with_a_note() -> None:
    row = one(Consumer_complaint_narrative="a\x07b\x1b[0m\x7f\x85c\td")
    assert row.narrative == "ab[0mc\td"
    assert row.notes == ("control characters were removed from 'Consumer complaint narrative'",)


def test_a_nul_rejects_its_row_only() -> None:
    first, second = cfpb({"Issue": "a\0b"}, {"Complaint ID": "2"})
    assert "NUL" in refused(first).reason and "Issue" in refused(first).reason and taken(second).external_id == "2"
    assert refused(first).external_id == "7113750" and "\0" not in "".join(refused(first).raw)


def test_bytes_that_are_not_utf8_reject_their_row_only(tmp_path: Path) -> None:
    text = written(GOOD, {**GOOD, "Issue": "Caf@"}, {**GOOD, "Issue": "繁體"}).encode()
    first, second, third = read_bytes(tmp_path, text.replace(b"Caf@", b"Caf\xe9"))
    assert taken(first).issue == "Fees" and taken(third).issue == "繁體"
    reject = refused(second)
    assert (reject.line, reject.external_id) == (
        3,
        "7113750",
    ) and "'Issue' has bytes that are not UTF-8" in reject.reason
    assert "".join(reject.raw).encode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_byte_order_marks_and_line_ends_do_not_matter(tmp_path: Path, mark: bytes, quoted: bool, end: bytes) -> None:
    text = written(GOOD, GOOD).encode()
    text = text.replace(b"Date received,", b'"Date received",', 1) if quoted else text
    first, second = read_bytes(tmp_path, mark + text.replace(b"\n", end))
    assert taken(first).fingerprint == taken(second).fingerprint and (first.line, second.line) == (2, 3)


def test_opening_a_file_leaves_its_line_ends_alone(tmp_path: Path) -> None:
    path = tmp_path / "ends.csv"
    path.write_bytes(b"a\r\nb\rc\n")
    with open_text(path) as text:
        assert text.read() == "a\r\nb\rc\n"


def test_a_byte_order_mark_in_decoded_text_does_not_matter() -> None:
    assert len(list(read_cfpb(stream("\ufeff" + written(GOOD)), today=TODAY))) == 1


def test_columns_may_stand_in_any_order_and_some_may_be_missing_or_more() -> None:
    columns = ("Whatever", "", *reversed(LAYOUT.required))
    reader = read_cfpb(stream(written(GOOD, columns=columns).replace("Date received", " DATE  received ")), today=TODAY)
    assert reader.file.absent == LAYOUT.optional and reader.file.ignored == ("Whatever",)
    (row,) = map(taken, reader)
    assert row.received_on == date(2023, 6, 13) and row.consent is None and row.disputed is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n\r\n\n", "empty"),
        ("a,b\n1,2\n", "'Date received', 'Product'"),
        (written(GOOD).replace("Complaint ID", "Complaint"), "does not name 'Complaint ID'. Add"),
        (written(GOOD).replace("Issue", "Product", 1), "'Product' is there twice"),
        (written(GOOD).replace(",", ";"), "separated by commas"),
        (written(GOOD).replace(",", "\t"), "separated by commas"),
        (written(GOOD).encode("utf-16").decode("utf-8", "surrogateescape"), "not UTF-8"),
        ("PK\x03\x04\x00\x00", "not UTF-8"),
        ("x" * (RECORD_LIMIT + 1), "longer than"),
        ('"' + "x," * 100, "never closed"),
    ],
)
def test_a_wrong_header_is_one_error_that_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(WrongHeader) as caught:
        read_cfpb(stream(text), today=TODAY)
    assert says in str(caught.value) and str(caught.value).encode() and len(str(caught.value)) < 500


def test_too_few_and_too_many_columns_reject_their_row_only() -> None:
    lines = written(GOOD, GOOD, GOOD).splitlines()
    lines[1] += ",more"
    lines[2] = "2023-06-13,Credit card"
    many, few, good = read_cfpb(stream("\n".join(lines) + "\n"), today=TODAY)
    assert "line 2 has 19 of 18 columns. Put quotes" in refused(many).reason
    assert "line 3 has 2 of 18 columns. Fill in" in refused(few).reason and refused(few).raw == [
        "2023-06-13",
        "Credit card",
    ]
    assert taken(good).line == 4


def test_a_file_that_ends_in_the_midst_of_a_row_rejects_that_row() -> None:
    text = written(GOOD, {**GOOD, "Consumer complaint narrative": "one\ntwo, three\nfour"})
    cut_in_quotes = text[: text.index("three")]
    first, last = read_cfpb(stream(cut_in_quotes), today=TODAY)
    assert (
        taken(first).line == 2
        and refused(last).line == 3
        and "lines 3 to 4 opens a quote that is never" in refused(last).reason
    )
    first, last = read_cfpb(stream(written(GOOD, GOOD)[:-10]), today=TODAY)
    assert taken(first).line == 2 and refused(last).line == 3 and "The file ends in the midst" in refused(last).reason


def test_a_last_line_without_a_line_end_is_taken_with_a_note() -> None:
    first, last = map(taken, read_cfpb(stream(written(GOOD, GOOD)[:-1]), today=TODAY))
    assert first.notes == () and "check that it is whole" in last.notes[0] and first.fingerprint == last.fingerprint


def test_blank_lines_are_passed_over_and_lines_are_counted() -> None:
    text = written({**GOOD, "Consumer complaint narrative": "a\nb\r\nc"}, GOOD)
    header, rest = text.split("\n", 1)
    rows = list(read_cfpb(stream(f"\n{header}\n\n{rest}\n\n"), today=TODAY))
    assert [row.line for row in rows] == [4, 7]


@pytest.mark.parametrize(
    "cell", ["y" * (FIELD_LIMIT + 1), 'say ""no""\n' * 200_000, "z" * (3 * RECORD_LIMIT), '"' * FIELD_LIMIT]
)
def test_a_cell_that_is_too_large_rejects_its_row_and_the_rest_is_read(cell: str) -> None:
    big = {**GOOD, "Consumer complaint narrative": cell + '",x\n"'}
    first, reject, last = read_cfpb(stream(written(GOOD, big, {**GOOD, "Complaint ID": "9"})), today=TODAY)
    assert taken(first).line == 2 and taken(last).external_id == "9"
    assert "more than 1,048,576" in refused(reject).reason or "longer than 4,194,304" in refused(reject).reason
    assert refused(reject).line == 3 and sum(map(len, refused(reject).raw)) < 10_000


def test_a_line_of_any_length_is_passed_over_in_little_memory() -> None:
    class Endless(io.StringIO):
        """32 MiB without a line end, made as it is read; no more than a field's worth may be asked for at once."""

        left = 32

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            assert size is not None and 0 < size <= FIELD_LIMIT, "a whole line was asked for"
            if not self.left:
                return super().readline(size)
            self.left -= 1
            return '"a",' + "x" * (size - 4)

    text = Endless("\n1,2\n", newline="")
    tracemalloc.start()
    big, good = read_records(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * RECORD_LIMIT
    assert isinstance(big, Reject) and isinstance(good, Record) and good.cells == ["1", "2"]


def test_rows_are_read_as_they_are_asked_for() -> None:
    class Counting(io.StringIO):
        asked = 0

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            self.asked += 1
            return super().readline(size if size is not None else -1)

    text = Counting(written(*[GOOD] * 1000), newline="")
    reader = read_cfpb(text, today=TODAY)
    next(reader)
    assert text.asked <= 3


@given(st.text(alphabet='ab,"\n\r', max_size=40), st.integers(1, 7))
@example('a"b,"c"\n', 3)
@example('"a""b"x,"\r\n', 1)
def test_records_are_cut_as_the_csv_module_cuts_them(text: str, piece: int) -> None:
    class Pieces(io.StringIO):
        """Gives lines in pieces, as a line longer than a field's limit would come."""

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            return super().readline(piece)

    def cells(of: TextIO) -> Iterator[list[str] | None]:
        for record in read_records(of):
            yield record.cells if isinstance(record, Record) else None

    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    for found in (list(cells(stream(text))), list(cells(Pieces(text, newline="")))):
        whole = found[:-1] if found and found[-1] is None else found
        assert None not in whole and whole == expected[: len(whole)] and len(expected) - len(whole) <= 1


def test_copies_have_one_fingerprint_however_they_are_spelt() -> None:
    first = one()
    assert one(Date_received="06/13/23", Tags="None", Company="RENAMED BANK").fingerprint == first.fingerprint
    assert one(Date_received="13-06-2023", ZIP_code="33009.0", State="Florida").fingerprint == first.fingerprint
    assert taken(cfpb({"Timely response?": "true"})[0]).fingerprint == first.fingerprint
    for column, other in (("ZIP code", "330XX"), ("Issue", "Other"), ("Complaint ID", "1"), ("Tags", "Servicemember")):
        assert taken(cfpb({column: other})[0]).fingerprint != first.fingerprint
    assert len(first.fingerprint) == 64


def test_the_sample_of_the_own_format_is_read_whole() -> None:
    with open_text(SAMPLE) as text:
        reader = read_csv(text, today=TODAY)
        rows = [taken(row) for row in reader]
    assert len(rows) == 6 and reader.file.absent == reader.file.ignored == () and not any(row.notes for row in rows)
    first = rows[0]
    assert first.received_at == datetime(2024, 6, 15, 1, 30, tzinfo=UTC) and first.received_on == date(2024, 6, 15)
    assert first.extra["complainant_name"] == "陳大文" and first.extra["amount_minor"] == "180000"
    assert rows[2].received_at is None and "phone" not in rows[2].extra and rows[4].narrative is not None
    assert rows[4].narrative.endswith("😡") and {row.source for row in rows} == {"crm", "app", "regulator"}


def test_the_own_format_needs_four_columns_only() -> None:
    row = taken(own({})[0])
    assert (row.source, row.external_id, row.channel, row.narrative, row.extra) == ("csv", "A-1", "phone", WORDS, {})
    with pytest.raises(WrongHeader, match="'external_id', 'content'"):
        read_csv(stream("received_at,channel\n"), today=TODAY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"external_id": ""}, "'external_id' is empty"),
        ({"external_id": "A 1"}, "no spaces"),
        ({"external_id": "陳大文"}, "ASCII"),
        ({"external_id": "x" * 121}, "120"),
        ({"received_at": "2024-06-15T09:30:00"}, "time zone"),
        ({"received_at": "6/15/24"}, "2024-06-15"),
        ({"received_at": "2024-07-03T00:00:00+08:00"}, "future"),
        ({"received_at": "2024-06-31"}, "no such day"),
        ({"channel": "pigeon"}, "phone, branch"),
        ({"content": " \n "}, "'content' is empty"),
        ({"amount_minor": "100"}, "both or neither"),
        ({"currency": "USD"}, "both or neither"),
        ({"amount_minor": "12.34", "currency": "USD"}, "12.34 as 1234"),
        ({"amount_minor": "-1", "currency": "USD"}, "whole number"),
        ({"amount_minor": "1", "currency": "usd"}, "three capital letters"),
        ({"source": "Our CRM"}, "small letters"),
    ],
)
def test_the_own_format_says_what_is_wrong(change: dict[str, str], says: str) -> None:
    good, reject = own({}, change)
    assert taken(good).line == 2 and says in refused(reject).reason and refused(reject).line == 3


def test_an_instant_is_in_the_future_by_utc_and_not_by_its_own_day() -> None:
    early_in_the_east = taken(own({"received_at": "2024-07-02T06:00:00+08:00"})[0])
    assert early_in_the_east.received_on == date(2024, 7, 2)
    assert early_in_the_east.received_at == datetime(2024, 7, 1, 22, 0, tzinfo=UTC)
    assert "future" in refused(own({"received_at": "2024-07-01T23:00:00-05:00"})[0]).reason


def test_in_the_own_format_only_nothing_is_nothing() -> None:
    row = taken(own({"product": "None", "complainant_name": "N/A", "category": "", "desired_remedy": "a\nb"})[0])
    assert row.product == "None" and row.extra == {"complainant_name": "N/A", "desired_remedy": "a\nb"}
    other = taken(own({"product": "None", "complainant_name": "Ann", "desired_remedy": "a\nb"})[0])
    assert other.fingerprint != row.fingerprint and "Ann" not in repr(other)
