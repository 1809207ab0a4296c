"""The house's own format `csv`, for complaints of any firm: UTF-8, commas, RFC 4180 quoting, one header row.

Columns, in any order; those with a star must be there and filled in:

- `external_id` *: what the firm calls the complaint, unique within its source; at most 120 printable ASCII characters
  without spaces, since it travels in clear
- `received_at` *: RFC 3339 with an offset (2024-06-15T09:30:00+08:00), or a day (2024-06-15) when the time is not known
- `channel` *: phone, branch, letter, email, web, app, sms, social, regulator or other
- `content` *: the complaint in the customer's words; line breaks are kept
- `complainant_name`, `phone`, `product`, `category`, `desired_remedy`: text
- `amount_minor`, `currency`: the amount in dispute as a whole number of the currency's minor unit (fen, cents), and
  the currency's three letters; both or neither
- `source`: the system that the row comes from, small letters, digits, `-` and `_`; `csv` if there is none

Only an empty cell means absent. `docs/import.md` says the same to users, with a sample.
"""

import re
from datetime import UTC, date, datetime
from typing import Final, TextIO, get_args

from closedloop.importing.dates import has_time, instant, iso_day, plausible
from closedloop.importing.header import Layout
from closedloop.importing.reading import Cells, ImportReader
from closedloop.importing.rows import ImportRow, Unusable
from shared.events.vocabulary import Channel

DEFAULT_SOURCE: Final = "csv"
CHANNELS: Final[tuple[str, ...]] = get_args(Channel)

LAYOUT: Final = Layout(
    "csv",
    required=("external_id", "received_at", "channel", "content"),
    optional=(
        "complainant_name",
        "phone",
        "product",
        "category",
        "amount_minor",
        "currency",
        "desired_remedy",
        "source",
    ),
)

_EXTRA: Final = ("complainant_name", "phone", "category", "desired_remedy")
_ABSENT: Final = frozenset({""})
_ID: Final = re.compile(r"[\x21-\x7e]{1,120}")
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_AMOUNT: Final = re.compile(r"[0-9]{1,14}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def read_csv(stream: TextIO, *, today: date) -> ImportReader:
    """The rows of a file in the house's format, as they are asked for; the stream is best opened by `open_text`.

    A row's `extra` has what is filled in of complainant_name, phone, category, desired_remedy, amount_minor and
    currency. `today`: nothing can have been received later. Raises WrongHeader.
    """
    return ImportReader(stream, LAYOUT, lambda cells: _row(cells, today), _identified, _ABSENT)


def _row(cells: Cells, today: date) -> ImportRow:
    external_id = _external_id(cells)
    received_on, received_at = _received(cells, today)
    texts = {column: cells.text(column) if column == "desired_remedy" else cells.words(column) for column in _EXTRA}
    content = cells.text("content")
    if content is None:
        raise Unusable("The column 'content' is empty. Write what the customer complains of.")
    return ImportRow(
        source=_source(cells),
        external_id=external_id,
        received_on=received_on,
        line=cells.line,
        received_at=received_at,
        product=cells.words("product"),
        narrative=content,
        channel=_channel(cells),
        extra={**{column: text for column, text in texts.items() if text is not None}, **_amount(cells)},
    )


def _external_id(cells: Cells) -> str:
    external_id = cells.needed("external_id")
    if not _ID.fullmatch(external_id):
        raise Unusable(
            "The column 'external_id' may have 120 letters, digits and signs of ASCII, no spaces. Correct it."
        )
    return external_id


def _identified(cells: Cells) -> str | None:
    external_id = cells.words("external_id")
    return external_id if external_id and _ID.fullmatch(external_id) else None


def _received(cells: Cells, today: date) -> tuple[date, datetime | None]:
    cell = cells.needed("received_at")
    day = iso_day("received_at", cell)
    at = instant("received_at", cell).astimezone(UTC) if has_time(cell) else None
    plausible("received_at", at.date() if at else day, today)
    return day, at


def _source(cells: Cells) -> str:
    source = cells.words("source") or DEFAULT_SOURCE
    if not _SOURCE.fullmatch(source):
        raise Unusable("The column 'source' may have small letters, digits, - and _, at most 40. Correct it.")
    return source


def _channel(cells: Cells) -> str:
    channel = cells.needed("channel").lower()
    if channel not in CHANNELS:
        raise Unusable(f"The column 'channel' is none of {', '.join(CHANNELS)}. Write one of them.")
    return channel


def _amount(cells: Cells) -> dict[str, str]:
    amount, currency = cells.words("amount_minor"), cells.words("currency")
    if amount is None and currency is None:
        return {}
    if amount is None or currency is None:
        raise Unusable("An amount needs its currency, and a currency its amount. Fill in both or neither.")
    if not _AMOUNT.fullmatch(amount):
        raise Unusable("The column 'amount_minor' is not a whole number of the minor unit: write 12.34 as 1234.")
    if not _CURRENCY.fullmatch(currency):
        raise Unusable("The column 'currency' is not three capital letters. Write it as CNY or USD.")
    return {"amount_minor": str(int(amount)), "currency": currency}
