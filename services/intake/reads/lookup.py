"""查找 Find a customer, a complaint or an enquiry by whatever the caller says, as one types."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select

from services.intake.views import contacts, customers, register
from services.intake.views import lookup as view
from services.intake.views.lookup import Kind, searchable
from shared.decide import Actor
from shared.projections.read import Answered, Asked, Read
from shared.projections.scope import STAFF, unrestricted
from shared.projections.table import answering

LOOKUP: Final = answering(view.VIEW)
REGISTER: Final = answering(register.VIEW)
CONTACTS: Final = answering(contacts.VIEW)
FILE: Final = answering(customers.VIEW).alias("file")
SURVIVOR: Final = answering(customers.VIEW).alias("survivor")

PIECE: Final = 3
"""Characters that the index takes together."""
CONSIDERED: Final = 500
"""So many rows are looked at for the best of them: of a piece that thousands have, nobody reads through the list."""


def _long_enough(piece: str) -> str:
    """One Chinese character is a surname; of one Latin letter or digit, half of all rows would have it."""
    wanted = searchable(piece)
    if not wanted or (len(wanted) == 1 and wanted.isascii()):
        raise PydanticCustomError(
            "piece_too_short", "Type a little more: two letters or digits, or one Chinese character."
        )
    return piece


class Sought(BaseModel):
    """What the caller said."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_long_enough)]
    kind: Kind | None = Field(None, description="Only this kind of thing.")
    limit: int = Field(20, ge=1, le=100)


class Found(BaseModel):
    """One thing that was found, and where it leads to."""

    kind: Kind
    shown: str | None = Field(description="As it was written down.")
    person_id: str | None = Field(description="The customer's file to open; that of the survivor, of joined ones.")
    name: str | None = Field(description="The name in that file; null if there is no file yet.")
    joined_from: str | None = Field(description="The file in which it stands, if that was joined into another.")
    complaint_id: str | None
    number: str | None = Field(description="The complaint's or the contact's number.")
    status: register.Status | contacts.Status | None = Field(description="How far the complaint or the contact is.")
    contact_id: str | None
    restricted: bool = Field(description="A restricted complaint, of which you may know no more than that it exists.")


class Findings(BaseModel):
    """The best first: the very thing, then what begins so, then what has it somewhere."""

    items: list[Found]
    more: bool = Field(description="There are others. Type more, or say which kind.")


async def answer(asked: Asked) -> Answered:
    sought: Sought = asked.parameters
    rows = await asked.rows(_statement(asked.actor, sought))
    items = [_found(row) for row in rows[: sought.limit]]
    subjects = tuple(dict.fromkeys(subject for item in items for subject in _subjects(item)))
    return Answered(Findings(items=items, more=len(rows) > sought.limit), subjects)


def _statement(actor: Actor, sought: Sought) -> Select[Any]:
    wanted = searchable(sought.q)
    hits = _hits(actor, wanted, sought.kind).subquery("hits")
    person = func.coalesce(hits.c.person_id, hits.c.person_of_contact, hits.c.person_of_complaint)
    joined = hits.outerjoin(FILE, FILE.c.key == person).outerjoin(
        SURVIVOR, SURVIVOR.c.key == func.coalesce(FILE.c.joined_into, person)
    )
    very = or_(hits.c.value == wanted, func.starts_with(hits.c.value, f"{wanted} "))
    better = case((very, 0), (func.starts_with(hits.c.value, wanted), 1), else_=2)
    return (
        select(
            hits,
            func.coalesce(FILE.c.joined_into, person).label("leads_to"),
            case((FILE.c.joined_into.is_not(None), person)).label("joined_from"),
            SURVIVOR.c.name,
        )
        .select_from(joined)
        .order_by(better, hits.c.value, hits.c.key)
        .limit(sought.limit + 1)
    )


def _hits(actor: Actor, wanted: str, kind: Kind | None) -> Select[Any]:
    """The rows that have it and that this actor may know of, with what their complaint or contact says now."""
    found = LOOKUP.outerjoin(REGISTER, REGISTER.c.key == LOOKUP.c.complaint_id).outerjoin(
        CONTACTS, CONTACTS.c.key == LOOKUP.c.contact_id
    )
    opens = _open_to(actor)
    # A complaint that the register does not show yet may be restricted: it is not found before it is known.
    visible = or_(
        LOOKUP.c.complaint_id.is_(None), opens, and_(LOOKUP.c.kind == "complaint", REGISTER.c.key.is_not(None))
    )
    statement = (
        select(
            LOOKUP.c.key,
            LOOKUP.c.kind,
            LOOKUP.c.value,
            LOOKUP.c.shown,
            LOOKUP.c.person_id,
            LOOKUP.c.complaint_id,
            LOOKUP.c.contact_id,
            CONTACTS.c.person_id.label("person_of_contact"),
            case((opens, func.split_part(REGISTER.c.person, ":", 2))).label("person_of_complaint"),
            func.coalesce(REGISTER.c.number, CONTACTS.c.number).label("number"),
            func.coalesce(REGISTER.c.status, CONTACTS.c.status).label("status"),
            case((LOOKUP.c.complaint_id.is_(None), False), (opens, False), else_=True).label("hidden"),
        )
        .select_from(found)
        .where(_has(LOOKUP, wanted), visible)
        .limit(CONSIDERED)
    )
    return statement if kind is None else statement.where(LOOKUP.c.kind == kind)


def _has(table: FromClause, wanted: str) -> ColumnElement[bool]:
    """Each pattern finds its rows by the index of pieces: of less than three characters, beginnings of words alone."""
    # Nothing but letters and digits is left in it, so it holds nothing that LIKE would read as a pattern.
    if len(wanted) < PIECE:
        return or_(table.c.value.like(f"{wanted}%"), table.c.value.like(f"% {wanted}%"))
    return table.c.value.like(f"%{wanted}%")


def _open_to(actor: Actor) -> ColumnElement[bool]:
    """The register's rule of who reads a case (N16), for a row that may be missing."""
    known, scope = REGISTER.c.key.is_not(None), unrestricted(REGISTER, actor)
    return known if scope is None else and_(known, scope)


def _found(row: Mapping[str, Any]) -> Found:
    hidden = bool(row["hidden"])
    return Found(
        kind=row["kind"],
        shown=row["shown"],
        person_id=None if hidden else row["leads_to"],
        name=None if hidden else row["name"],
        joined_from=None if hidden else row["joined_from"],
        complaint_id=None if hidden else row["complaint_id"],
        number=row["number"],
        status=None if hidden else row["status"],
        contact_id=row["contact_id"],
        restricted=hidden,
    )


def _subjects(found: Found) -> list[str]:
    named = (("person", found.person_id), ("complaint", found.complaint_id), ("contact", found.contact_id))
    return [f"{category}:{identity}" for category, identity in named if identity is not None]


READ = Read(
    path="/lookup",
    may=(*STAFF, "regulator_desk"),
    model=Findings,
    summary="Whoever or whatever has this piece of a name, telephone, e-mail, account, reference or number",
    answer=answer,
    parameters=Sought,
    purpose=True,
)
