"""One complaint whole: where it stands, and everything that happened, told in order."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.desk.cases import case_of
from services.desk.standing import Standing
from services.desk.telling import Told, events_of, told, zone_of
from shared.projections.read import Answered, Asked, Read
from shared.reference.roles import STAFF

MOST = 500


def _existing(name: str) -> str:
    zone_of(name)
    return name


class Page(BaseModel):
    """Which part of the timeline, and by whose clock."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(200, ge=1, le=MOST)
    after: int = Field(0, ge=0, le=1_000_000, description="So many events are skipped: `next` of the page before.")
    zone: Annotated[str, Field(max_length=60), AfterValidator(_existing)] = "Asia/Shanghai"


class Whole(BaseModel):
    """The complaint. What people said is told in clear only if the request says what for (`purpose`)."""

    standing: Standing
    timeline: list[Told]
    events: int = Field(description="How many there are in all.")
    next: int | None = Field(description="Pass it as `after` for the next page; null on the last.")


async def answer(asked: Asked) -> Answered | None:
    """None if there is no such complaint, or none that the caller may see."""
    case = await case_of(asked)
    if case is None:
        return None
    page: Page = asked.parameters
    events = await events_of(asked, case.complaint_id)
    end = page.after + page.limit
    shown = [told(envelope, event, asked.language, zone_of(page.zone)) for envelope, event in events[page.after : end]]
    whole = Whole(standing=case, timeline=shown, events=len(events), next=end if end < len(events) else None)
    return Answered(whole, (f"complaint:{case.complaint_id}", case.person))


READ = Read(
    path="/complaints/{complaint}",
    may=STAFF,
    model=Whole,
    summary="One complaint by its id or number: where it stands, and its timeline in the language asked for",
    answer=answer,
    parameters=Page,
)
