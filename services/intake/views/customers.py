"""客户资料 What the file of each customer says now: basic, need and feedback data (F61), accounts, segment (F65)."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from services.intake.customer import FIELDS
from shared.events.customers import (
    CustomerCorrected,
    CustomerDetails,
    CustomerJoinedInto,
    CustomerPartedFrom,
    CustomerRecorded,
)
from shared.events.vocabulary import Account, Hours
from shared.privacy.personal import Personal
from shared.projections.view import At, Upsert, View, flag, moment, text

PERSONAL: Final = (
    "name", "phones", "email", "address", "identity_document", "occupation", "income", "accounts", "needs",
    "preferences", "risk_tolerance", "special_needs",
)  # fmt: skip

VIEW = View(
    "customers",
    version=1,
    columns=(
        text("person_id"),
        *(text(name) for name in PERSONAL),
        text("segment"),
        flag("vulnerable"),
        text("time_zone"),
        text("call_hours"),
        text("language"),
        text("external_source"),
        text("external_id"),
        text("joined_into"),
        text("recorded_by"),
        moment("recorded_at"),
        moment("updated_at"),
    ),
    personal=frozenset(PERSONAL),
    indexes=(("joined_into",),),
)


@VIEW.on(CustomerRecorded)
def recorded(event: CustomerRecorded, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        person_id=at.subject_id,
        recorded_by=event.by,
        recorded_at=event.at,
        updated_at=at.recorded,
        **_stated(event),
    )


@VIEW.on(CustomerCorrected)
def corrected(event: CustomerCorrected, at: At) -> Upsert:
    cleared: dict[str, Any] = dict.fromkeys(event.cleared)
    return Upsert(at.subject_id, updated_at=at.recorded, **(cleared | _stated(event)))


@VIEW.on(CustomerJoinedInto)
def joined_into(event: CustomerJoinedInto, at: At) -> Upsert:
    return Upsert(at.subject_id, joined_into=event.into.partition(":")[2], updated_at=at.recorded)


@VIEW.on(CustomerPartedFrom)
def parted_from(event: CustomerPartedFrom, at: At) -> Upsert:
    return Upsert(at.subject_id, joined_into=None, updated_at=at.recorded)


def _stated(event: CustomerDetails) -> dict[str, Any]:
    """The columns of what the event states; it leaves the others alone."""
    values = {name: _written(getattr(event, name)) for name in FIELDS}
    if event.external is not None:
        values |= {"external_source": event.external.source, "external_id": event.external.id}
    return {name: value for name, value in values.items() if value is not None}


def _written(value: Any) -> Any:
    """As the column has it: a list is one text, so that whoever erases the person blanks one column."""
    match value:
        case () | None:
            return None
        case Hours():
            return f"{value.begin}-{value.end}"
        case (Personal(), *_):
            return _as_one(value, lambda: "\n".join(phone.clear for phone in value))
        case (Account(), *_):
            return _as_one(_pieces(value), lambda: json.dumps([_account(each) for each in value], ensure_ascii=False))
        case _:
            return value


def _as_one(pieces: Sequence[Personal], text_of: Callable[[], str]) -> Personal:
    """Several pieces of one person's as one piece; erased as soon as one of them is."""
    erased = next((piece for piece in pieces if piece.is_erased), None)
    return erased or Personal.of(pieces[0].owner, text_of())


def _pieces(accounts: Iterable[Account]) -> list[Personal]:
    return [piece for account in accounts for piece in (account.number, account.product) if piece is not None]


def _account(account: Account) -> dict[str, str | None]:
    product = account.product.clear if account.product is not None else None
    return {"kind": account.kind, "number": account.number.clear, "product": product}
