"""委托授权 Who may speak for a customer, by which document, and until when."""

from shared.events.customers import ProxyAuthorised, ProxyEnded
from shared.projections.view import At, Upsert, View, moment, text

VIEW = View(
    "proxies",
    version=1,
    columns=(
        text("person_id"),
        text("proxy"),
        text("kind"),
        text("name"),
        text("contact"),
        text("authority"),
        moment("authorised_at"),
        text("authorised_by"),
        moment("until"),
        moment("ended_at"),
    ),
    personal=frozenset({"name", "contact"}),
    indexes=(("person_id",),),
)


def key_of(at: At, proxy: str) -> str:
    return f"{at.subject_id}/{proxy}"


@VIEW.on(ProxyAuthorised)
def authorised(event: ProxyAuthorised, at: At) -> Upsert:
    return Upsert(
        key_of(at, event.proxy),
        person_id=at.subject_id,
        proxy=event.proxy,
        kind=event.kind,
        name=event.name,
        contact=event.contact,
        authority=event.authority,
        authorised_at=event.at,
        authorised_by=event.by,
        until=event.until,
    )


@VIEW.on(ProxyEnded)
def ended(event: ProxyEnded, at: At) -> Upsert:
    return Upsert(key_of(at, event.proxy), ended_at=event.at)
