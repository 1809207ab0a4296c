"""客户概览 What the firm knows of one customer, so that nothing of it is asked again (No.3 Art. 13)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy import select

from services.intake.views import customers, proxies
from shared.events.vocabulary import AuthorityKind, Language, Segment
from shared.projections.read import Answered, Asked, Read
from shared.projections.scope import STAFF
from shared.projections.table import answering

CUSTOMERS: Final = answering(customers.VIEW)
PROXIES: Final = answering(proxies.VIEW)
MAY: Final = (*STAFF, "regulator_desk")


class KnownAccount(BaseModel):
    """An account or product of the customer."""

    kind: str
    number: str
    product: str | None


class KnownProxy(BaseModel):
    """Who may speak for the customer (No.3 Art. 14)."""

    proxy: str
    kind: AuthorityKind
    name: str | None
    contact: str | None
    authority: str = Field(description="The document that empowers them.")
    authorised_at: datetime
    authorised_by: str
    until: datetime | None
    ended_at: datetime | None
    in_force: bool = Field(description="Neither ended nor expired at this moment.")


class JoinedFile(BaseModel):
    """A file that was joined into this one."""

    person_id: str
    name: str | None


class Overview(BaseModel):
    """A customer's file. Personal texts are null where nothing is known, or once the person is erased."""

    person_id: str
    name: str | None
    phones: list[str]
    email: str | None
    address: str | None
    identity_document: str | None
    occupation: str | None
    income: str | None
    accounts: list[KnownAccount]
    segment: Segment | None = Field(description="客户四类细分 (F65)")
    needs: str | None
    preferences: str | None
    risk_tolerance: str | None
    special_needs: str | None = Field(description="What the firm must heed.")
    vulnerable: bool | None
    time_zone: str | None
    call_hours: str | None = Field(description="Between which times of day they want to be called, 09:00-12:00.")
    language: Language | None
    external_source: str | None
    external_id: str | None = Field(description="Where the customer system knows them.")
    joined_into: str | None = Field(description="The file that stands for this one: go on with that.")
    recorded_by: str
    recorded_at: datetime
    updated_at: datetime
    proxies: list[KnownProxy]
    joined: list[JoinedFile]


async def answer(asked: Asked) -> Answered | None:
    person = asked.path["person_id"]
    rows = await asked.rows(select(CUSTOMERS).where(CUSTOMERS.c.key == person))
    if not rows:
        return None
    allowed = await asked.rows(select(PROXIES).where(PROXIES.c.person_id == person).order_by(PROXIES.c.key))
    joined = await asked.rows(
        select(CUSTOMERS.c.person_id, CUSTOMERS.c.name)
        .where(CUSTOMERS.c.joined_into == person)
        .order_by(CUSTOMERS.c.key)
    )
    file = rows[0]
    overview = Overview.model_validate(
        {
            **file,
            "phones": (file["phones"] or "").splitlines(),
            "accounts": json.loads(file["accounts"] or "[]"),
            "proxies": [_proxy(row, asked.now) for row in allowed],
            "joined": joined,
        }
    )
    return Answered(overview, (f"person:{person}", *(f"person:{each.person_id}" for each in overview.joined)))


def _proxy(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    in_force = row["ended_at"] is None and (row["until"] is None or now < row["until"])
    return {**row, "in_force": in_force}


READ = Read(
    path="/customers/{person_id}",
    may=MAY,
    model=Overview,
    summary="One customer's file: basics, accounts, segment, needs, who may speak for them, joined files",
    answer=answer,
    purpose=True,
)
