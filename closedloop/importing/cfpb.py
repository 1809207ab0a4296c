"""Files of the public US Consumer Complaint Database (Consumer Financial Protection Bureau), in all their spellings.

The Bureau does not verify what its consumers say, so company names are not taken over.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TextIO

from closedloop.importing.dates import any_day, plausible
from closedloop.importing.header import Layout
from closedloop.importing.reading import Cells, ImportReader
from closedloop.importing.rows import ImportRow, Unusable
from closedloop.importing.states import two_letters
from shared.events.vocabulary import Channel

SOURCE: Final = "cfpb"

LAYOUT: Final = Layout(
    SOURCE,
    required=(
        "Date received",
        "Product",
        "Sub-product",
        "Issue",
        "Sub-issue",
        "Consumer complaint narrative",
        "Company public response",
        "Company",
        "State",
        "ZIP code",
        "Tags",
        "Submitted via",
        "Date sent to company",
        "Company response to consumer",
        "Timely response?",
        "Complaint ID",
    ),
    optional=("Consumer consent provided?", "Consumer disputed?"),
)

CHANNELS: Final[Mapping[str, Channel]] = {
    "Web": "web",
    "Web Referral": "regulator",
    "Referral": "regulator",
    "Phone": "phone",
    "Postal mail": "letter",
    "Fax": "other",
    "Email": "email",
}
"""How the Bureau says a complaint was submitted, in our words; a referral comes from another authority."""

_ABSENT: Final = frozenset({"", "None", "N/A"})
_ID: Final = re.compile(r"[0-9]{1,20}")
_NUMBER_FROM_A_SPREADSHEET: Final = re.compile(r"[0-9]+\.0")
_TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}


def read_cfpb(stream: TextIO, *, today: date) -> ImportReader[ImportRow]:
    """The rows of a CFPB file, as they are asked for; the stream is best opened by `open_text`.

    "None", "N/A" and nothing all mean absent. `today`: nothing can have been received later. Raises WrongHeader.
    """
    return ImportReader(stream, LAYOUT, lambda cells: _row(cells, today), _identified, _ABSENT)


def _row(cells: Cells, today: date) -> ImportRow:
    external_id = _complaint_id(cells)
    received_on = plausible("Date received", any_day("Date received", cells.needed("Date received")), today)
    sent = cells.words("Date sent to company")
    sent_on = None if sent is None else any_day("Date sent to company", sent)
    state, postcode = cells.words("State"), cells.words("ZIP code")
    return ImportRow(
        source=SOURCE,
        external_id=external_id,
        received_on=received_on,
        line=cells.line,
        sent_on=sent_on,
        product=cells.words("Product"),
        sub_product=cells.words("Sub-product"),
        issue=cells.words("Issue"),
        sub_issue=cells.words("Sub-issue"),
        narrative=cells.text("Consumer complaint narrative"),
        company_response=cells.words("Company response to consumer"),
        state=state and two_letters(state),
        postcode=postcode and _postcode(postcode),
        tags=_tags(cells.words("Tags")),
        channel=cells.words("Submitted via"),
        consent=cells.words("Consumer consent provided?"),
        timely=_truth(cells, "Timely response?"),
        disputed=_truth(cells, "Consumer disputed?"),
        notes=_odd_dates(received_on, sent_on, today),
    )


def _complaint_id(cells: Cells) -> str:
    external_id = cells.needed("Complaint ID")
    if not _ID.fullmatch(external_id):
        raise Unusable("The column 'Complaint ID' is not a whole number. Take it from the Bureau's own file.")
    return external_id


def _identified(cells: Cells) -> str | None:
    external_id = cells.words("Complaint ID")
    return external_id if external_id and _ID.fullmatch(external_id) else None


def _postcode(cell: str) -> str:
    """A spreadsheet makes 84741 into 84741.0. Leading zeros that one took away can't be known, so none are added."""
    return cell.removesuffix(".0") if _NUMBER_FROM_A_SPREADSHEET.fullmatch(cell) else cell


def _tags(cell: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in (cell or "").split(",") if tag.strip()))


def _truth(cells: Cells, column: str) -> bool | None:
    cell = cells.words(column)
    if cell is None:
        return None
    if cell.lower() not in _TRUTH:
        raise Unusable(f"The column '{column}' is neither Yes nor No. Write one of them, or leave it empty.")
    return _TRUTH[cell.lower()]


def _odd_dates(received_on: date, sent_on: date | None, today: date) -> tuple[str, ...]:
    if sent_on is None:
        return ()
    if sent_on < received_on:
        return ("it was sent to the company before it was received",)
    return ("it was sent to the company in the future",) if sent_on > today else ()
