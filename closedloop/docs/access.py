"""One table of every endpoint and every role."""

from collections.abc import Iterator, Sequence

from closedloop.docs.markdown import code, codes, page, plain, table
from shared.reference.roles import READ_ALL, STAFF
from shared.rooms import Rooms
from shared.web import accesses, files

Endpoint = tuple[str, tuple[str, ...]]
"""Method and path, and who may."""


def access_page(services: Sequence[Rooms]) -> str:
    """Who may what."""
    endpoints = {rooms.name: list(_endpoints(rooms)) for rooms in services}
    roles = _in_order({role for each in endpoints.values() for _, may in each for role in may})
    tables = [
        f"## {plain(service)}\n\n" + table(("Endpoint", *map(code, roles)), [_row(each, roles) for each in found])
        for service, found in endpoints.items()
    ]
    return page("Who may what", _SAID, _restricted(), *tables)


_SAID = (
    "Roles and department come from the caller's token; whoever has none of an endpoint's roles is answered 403 "
    "`wrong_role`. A ● says that the role may ask at all: a command's own rules (four eyes, recusal, limits) and the "
    "scope of a question come on top, see the pages of the [services](services/)."
)


def _restricted() -> str:
    return (
        "A restricted case is for the department that handles it, and for the roles that work on every department's "
        f"cases: {codes(sorted(READ_ALL))}."
    )


def _endpoints(rooms: Rooms) -> Iterator[Endpoint]:
    for command in sorted(rooms.service.handlers, key=lambda each: each.path):
        if command.has_address():
            yield f"POST /{rooms.name}{command.path}", command.may
    for view in rooms.views:
        for question in view.questions:
            yield f"GET /{rooms.name}{question.path}", question.may
    for read in rooms.reads:
        yield f"GET /{rooms.name}{read.path}", read.may
    for bulk in rooms.bulk:
        yield f"POST /{rooms.name}{bulk.path}", bulk.may
    if files.keeps_files(rooms.service):
        yield f"POST /{rooms.name}{files.PATH}", files.MAY_ADD
        yield f"GET /{rooms.name}{files.PATH}/{{sha256}}", files.MAY_FETCH
    yield f"GET /{rooms.name}/accesses", accesses.MAY


def _in_order(roles: set[str]) -> list[str]:
    """As the list of roles has them, then the others."""
    return [*(role for role in STAFF if role in roles), *sorted(roles.difference(STAFF))]


def _row(endpoint: Endpoint, roles: Sequence[str]) -> list[str]:
    asked, may = endpoint
    return [code(asked), *("●" if role in may else " " for role in roles)]
