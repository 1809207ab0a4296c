"""The house's own format `open`: the open cases of an old system, each as far as it is there.

Columns, in any order and by their English or Chinese names; those with a star must be there and filled in:

- `external_id` *, `system` *: what the old system calls the case, and that system's name (as `source` of the format
  `csv`); together they name the case for ever
- `complainant` *, `content` *; `contact`, `desired_remedy`, `product`: text
- `received_at` *; `began_at` (when the old system began with it; `received_at` if there is nothing), `happened_at`:
  RFC 3339 with an offset, or a day
- `channel` *: as in the format `csv`
- `stage` *: acknowledged (to be judged), established (to be investigated) or resolved (to be called back)
- `department`: the one that answers for it; must be filled in from `established` on, unless a resolved one has none
- `earlier` *: what happened there so far, for the file
- `earlier_actors`: who of the staff handled it there, by their ids here, separated by `;`
- `category`, `severity` (ordinary or special): both or neither; `reasons`: why special, codes separated by `;`
- `claimed_minor`, `currency`: both or neither
- `time_zone`, `language` (zh or en): the customer's

Only an empty cell means absent. `docs/import.md` says the same to users, with a sample.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TextIO, cast, get_args

from pydantic import TypeAdapter, ValidationError

from closedloop.importing.dates import Moment, moment
from closedloop.importing.header import Layout
from closedloop.importing.own_cells import (
    ABSENT,
    amount,
    channel,
    external_id,
    identified,
    one_of,
    received,
    system,
    text,
)
from closedloop.importing.reading import Cells, ImportReader
from closedloop.importing.rows import Row, Unusable
from shared.events.vocabulary import Code, DepartmentId, Language, Severity, StaffId
from shared.packs.hours import UnknownZone, zone_of

Stage = Literal["acknowledged", "established", "resolved"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
SPECIAL_THERE: Final = "special-in-old-system"
"""Why a case is special of which the file says no more than that it is."""

_NEEDED: Final = {
    "external_id": "外部编号",
    "system": "原系统",
    "complainant": "投诉人",
    "received_at": "收到时间",
    "channel": "投诉渠道",
    "content": "投诉内容",
    "stage": "处理阶段",
    "earlier": "此前处理情况",
}
_OPTIONAL: Final = {
    "contact": "联系方式",
    "desired_remedy": "投诉诉求",
    "product": "产品",
    "category": "业务类别",
    "severity": "投诉级别",
    "reasons": "特殊原因",
    "department": "责任部门",
    "earlier_actors": "此前经办人",
    "began_at": "开始时间",
    "happened_at": "发生时间",
    "claimed_minor": "索赔金额（最小单位）",
    "currency": "币种",
    "time_zone": "时区",
    "language": "语言",
}
LAYOUT: Final = Layout("open", tuple(_NEEDED), tuple(_OPTIONAL), _NEEDED | _OPTIONAL)

_SEPARATORS: Final = re.compile("[;；]")
_CODE: Final = TypeAdapter(Code)
_DEPARTMENT: Final = TypeAdapter(DepartmentId)
_STAFF: Final = TypeAdapter(StaffId)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(Row):
    """An open case of an old system (`source`)."""

    complainant: str = field(repr=False)
    contact: str | None = field(default=None, repr=False)
    received: Moment
    began: Moment
    happened: Moment | None = None
    channel: str
    content: str = field(repr=False)
    desired_remedy: str | None = field(default=None, repr=False)
    product: str | None = field(default=None, repr=False)
    claimed: tuple[int, str] | None = None
    category: str | None = None
    severity: Severity | None = None
    reasons: tuple[str, ...] = ()
    stage: Stage
    department: str | None = None
    earlier: str = field(repr=False)
    earlier_actors: tuple[str, ...] = ()
    time_zone: str | None = None
    language: Language | None = None

    def said(self) -> list[Any]:
        whose = [self.complainant, self.contact, self.time_zone, self.language]
        moments = [each and str(each) for each in (self.received, self.began, self.happened)]
        what = [self.channel, self.content, self.desired_remedy, self.product, self.claimed]
        how = [self.category, self.severity, sorted(self.reasons)]
        there = [self.stage, self.department, self.earlier, sorted(self.earlier_actors)]
        return [*whose, *moments, *what, *how, *there]


def read_open(stream: TextIO, *, now: datetime) -> ImportReader[OpenCase]:
    """The cases of such a file, as they are asked for; the stream is best opened by `open_text`.

    `now`: nothing can have been received, or have begun, later. Raises WrongHeader.
    """
    return ImportReader(stream, LAYOUT, lambda cells: _case(cells, now), identified, ABSENT)


def _case(cells: Cells, now: datetime) -> OpenCase:
    named = external_id(cells)
    was_received = _past("received_at", received(cells, now.date()), now)
    began = _moment(cells, "began_at", now) or was_received
    happened = _moment(cells, "happened_at", now)
    if happened is not None and happened.is_after(was_received):
        raise Unusable("'happened_at' is later than 'received_at': nobody complains before it happens. Correct one.")
    stage = cast(Stage, one_of("stage", cells.needed("stage").lower(), STAGES))
    category, severity, reasons = _classification(cells)
    return OpenCase(
        source=system("system", cells.needed("system")),
        external_id=named,
        line=cells.line,
        complainant=cells.needed("complainant"),
        contact=cells.words("contact"),
        received=was_received,
        began=began,
        happened=happened,
        channel=channel(cells),
        content=text(cells, "content", "what the customer complains of"),
        desired_remedy=cells.text("desired_remedy"),
        product=cells.words("product"),
        claimed=amount(cells, "claimed_minor"),
        category=category,
        severity=severity,
        reasons=reasons,
        stage=stage,
        department=_department(cells, stage),
        earlier=text(cells, "earlier", "what happened in the old system so far"),
        earlier_actors=_listed(cells, "earlier_actors", _STAFF, "ids of the staff"),
        time_zone=_zone(cells),
        language=_language(cells),
    )


def _moment(cells: Cells, column: str, now: datetime) -> Moment | None:
    cell = cells.words(column)
    return None if cell is None else _past(column, moment(column, cell, now.date()), now)


def _past(column: str, when: Moment, now: datetime) -> Moment:
    if when.at is not None and when.at > now:
        raise Unusable(f"'{column}' is later than now. Correct it.")
    return when


def _department(cells: Cells, stage: Stage) -> str | None:
    cell = cells.words("department")
    if cell is None:
        if stage == "established":
            raise Unusable("An established case has a department that answers for it. Fill in 'department'.")
        return None
    if stage == "acknowledged":
        raise Unusable("A case that is to be judged has no department yet. Leave 'department' empty, or the stage is "
                       "another.")  # fmt: skip
    return _fitting("department", cell, _DEPARTMENT, "a department's id: small letters, digits and -")


def _classification(cells: Cells) -> tuple[str | None, Severity | None, tuple[str, ...]]:
    category, severity = cells.words("category"), cells.words("severity")
    reasons = _listed(cells, "reasons", _CODE, "codes")
    if (category is None) != (severity is None):
        raise Unusable("A case is classified by category and severity together. Fill in both or neither.")
    if category is None or severity is None:
        if reasons:
            raise Unusable("'reasons' say why a case is special. Fill in 'category' and 'severity', or leave them out.")
        return None, None, ()
    grave = cast(Severity, one_of("severity", severity.lower(), get_args(Severity)))
    if grave == "ordinary" and reasons:
        raise Unusable("An ordinary case has no reasons. Leave 'reasons' empty, or make it special.")
    if grave == "special" and not reasons:
        reasons = (SPECIAL_THERE,)
    return _fitting("category", category, _CODE, "a code: letters, digits and . _ / -"), grave, reasons


def _listed(cells: Cells, column: str, each: TypeAdapter[str], what: str) -> tuple[str, ...]:
    pieces = (piece.strip() for piece in _SEPARATORS.split(cells.words(column) or ""))
    return tuple(dict.fromkeys(_fitting(column, piece, each, f"{what}, separated by ;") for piece in pieces if piece))


def _fitting(column: str, cell: str, of: TypeAdapter[str], what: str) -> str:
    try:
        return of.validate_python(cell)
    except ValidationError:
        raise Unusable(f"The column '{column}' does not hold {what}. Correct it.") from None


def _zone(cells: Cells) -> str | None:
    cell = cells.words("time_zone")
    if cell is None:
        return None
    try:
        zone_of(cell)
    except UnknownZone:
        raise Unusable("There is no such time zone as in 'time_zone'. Write one such as Asia/Shanghai.") from None
    return cell


def _language(cells: Cells) -> Language | None:
    cell = cells.words("language")
    return None if cell is None else cast(Language, one_of("language", cell.lower(), get_args(Language)))
