"""客户的咨询与服务 Every enquiry and service request of one customer, those under joined files as well."""

from typing import Final

from pydantic import BaseModel, Field

from services.intake.reads.customer import MAY
from services.intake.reads.customer_complaints import Part, files_of, latest_first
from services.intake.views import contacts
from services.intake.views.contacts import Enquiry
from shared.projections.read import Answered, Asked, Read
from shared.projections.table import answering

CONTACTS: Final = answering(contacts.VIEW)


class ContactsOf(BaseModel):
    items: list[Enquiry]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")


async def answer(asked: Asked) -> Answered:
    part: Part = asked.parameters
    person = asked.path["person_id"]
    rows = await asked.rows(latest_first(CONTACTS, part).where(CONTACTS.c.person_id.in_(files_of(person))))
    items = [Enquiry.model_validate(row) for row in rows[: part.limit]]
    following = items[-1].contact_id if len(rows) > part.limit else None
    subjects = (f"person:{person}", *(f"contact:{item.contact_id}" for item in items))
    return Answered(ContactsOf(items=items, next=following), subjects)


READ = Read(
    path="/customers/{person_id}/contacts",
    may=MAY,
    model=ContactsOf,
    summary="The enquiries and service requests of one customer, the latest received first",
    answer=answer,
    parameters=Part,
)
