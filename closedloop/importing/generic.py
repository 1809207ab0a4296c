"""The house's own format `csv`, for complaints of any firm: UTF-8, commas, RFC 4180 quoting, one header row.

Columns, in any order and by their English or Chinese names; those with a star must be there and filled in:

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

from datetime import date
from typing import Final, TextIO

from closedloop.importing.header import Layout
from closedloop.importing.own_cells import ABSENT, amount, channel, external_id, identified, received, system, text
from closedloop.importing.reading import Cells, ImportReader
from closedloop.importing.rows import ImportRow

DEFAULT_SOURCE: Final = "csv"

_NEEDED: Final = {
    "external_id": "外部编号",
    "received_at": "收到时间",
    "channel": "投诉渠道",
    "content": "投诉内容",
}
_OPTIONAL: Final = {
    "complainant_name": "投诉人",
    "phone": "联系电话",
    "product": "产品",
    "category": "业务类别",
    "amount_minor": "金额（最小单位）",
    "currency": "币种",
    "desired_remedy": "投诉诉求",
    "source": "来源系统",
}
LAYOUT: Final = Layout("csv", tuple(_NEEDED), tuple(_OPTIONAL), _NEEDED | _OPTIONAL)

_EXTRA: Final = ("complainant_name", "phone", "category", "desired_remedy")


def read_csv(stream: TextIO, *, today: date) -> ImportReader[ImportRow]:
    """The rows of a file in the house's format, as they are asked for; the stream is best opened by `open_text`.

    A row's `extra` has what is filled in of complainant_name, phone, category, desired_remedy, amount_minor and
    currency. `today`: nothing can have been received later. Raises WrongHeader.
    """
    return ImportReader(stream, LAYOUT, lambda cells: _row(cells, today), identified, ABSENT)


def _row(cells: Cells, today: date) -> ImportRow:
    named, moment = external_id(cells), received(cells, today)
    texts = {column: cells.text(column) if column == "desired_remedy" else cells.words(column) for column in _EXTRA}
    disputed = amount(cells, "amount_minor")
    extra = {column: said for column, said in texts.items() if said is not None}
    if disputed is not None:
        extra |= {"amount_minor": str(disputed[0]), "currency": disputed[1]}
    return ImportRow(
        source=system("source", cells.words("source") or DEFAULT_SOURCE),
        external_id=named,
        received_on=moment.day,
        line=cells.line,
        received_at=moment.at,
        product=cells.words("product"),
        narrative=text(cells, "content", "what the customer complains of"),
        channel=channel(cells),
        extra=extra,
    )
