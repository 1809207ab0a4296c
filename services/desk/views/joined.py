"""Which customer files stand for the same person?"""

from shared.events.customers import CustomerJoinedInto, CustomerPartedFrom
from shared.projections.view import At, Delete, Upsert, View, text

VIEW = View(name="joined", version=1, columns=(text("into"),), indexes=(("into",),))


@VIEW.on(CustomerJoinedInto)
def joined(event: CustomerJoinedInto, at: At) -> Upsert:
    return Upsert(at.subject, into=event.into)


@VIEW.on(CustomerPartedFrom)
def parted(event: CustomerPartedFrom, at: At) -> Delete:
    return Delete(at.subject)
