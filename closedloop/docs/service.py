"""One page a service: its commands, reactions, questions, what it learned from others, and what it does later."""

import sys
from collections.abc import Sequence
from inspect import getdoc, signature
from types import ModuleType

from closedloop.docs.markdown import NOTHING, code, codes, in_one_line, page, plain, prose, table
from closedloop.docs.stated import facts_stated
from shared.decide import Command
from shared.decide.due import Deadline, Effect
from shared.decide.service import Reaction
from shared.events.base import Event
from shared.projections.read import Read
from shared.projections.view import Question, View
from shared.reference.roles import STAFF
from shared.rooms import Rooms


def service_page(rooms: Rooms) -> str:
    """The page of one service."""
    name = rooms.name
    return page(
        f"The service {code(name)}",
        in_one_line(sys.modules[f"services.{name}"].__doc__),
        f"Its API in full: [openapi/{name}.json](../openapi/{name}.json). "
        "Every word in [the glossary](../glossary.md), every role in [who may what](../who-may-what.md).",
        "## Commands",
        *(_commands(rooms) or (_none(rooms, "commands"),)),
        "## Reactions",
        _reactions(rooms),
        "## Questions",
        *(_view(name, view) for view in rooms.views),
        *_reads(rooms),
        *_bulk(rooms),
        "## Facts learned from others",
        _learned(rooms),
        "## What happens later",
        _later(rooms),
        "## Guards over several subjects",
        _guards(rooms),
    )


def _room(service: str, room: str) -> ModuleType:
    return sys.modules[f"services.{service}.{room}"]


def _none(rooms: Rooms, room: str) -> str:
    """What a room says of itself that has nothing in it."""
    return in_one_line(_room(rooms.name, room).__doc__)


def _commands(rooms: Rooms) -> tuple[str, ...]:
    return tuple(_command(rooms.name, each) for each in sorted(rooms.service.handlers, key=lambda each: each.path))


def _reads(rooms: Rooms) -> tuple[str, ...]:
    """What no row of one view can answer."""
    if not rooms.reads:
        return ()
    rows = [
        (code(f"GET /{rooms.name}{read.path}"), _who(read.may), in_one_line(read.summary), codes(_parameters(read)))
        for read in rooms.reads
    ]
    return "## Reads over several views", table(("Ask", "Who may", "Meaning", "Parameters"), rows)


def _parameters(read: Read) -> list[str]:
    return [*read.parameters.model_fields, *(("purpose",) if read.purpose else ())]


def _bulk(rooms: Rooms) -> tuple[str, ...]:
    """What sends the services many commands in the caller's name."""
    if not rooms.bulk:
        return ()
    rows = [(code(f"POST /{rooms.name}{each.path}"), _who(each.may), in_one_line(each.summary)) for each in rooms.bulk]
    return "## Acts over many cases", table(("Send", "Who may", "Meaning"), rows)


def _command(service: str, command: type[Command]) -> str:
    facts = facts_stated(sys.modules[command.__module__].decide, service)
    sent = code(f"POST /{service}{command.path}") if command.has_address() else "nobody; the system asks for it itself"
    lines = [
        f"- Send: {sent}",
        f"- Who may: {codes(command.may)}",
        f"- Decides on: {code(command.subject)}",
        f"- Needs to know: {codes(command.needs)}",
        f"- If-Match: {'required, since several are likely to decide at once' if command.contested else 'optional'}",
        f"- May state: {codes(facts)}",
    ]
    return "\n\n".join((f"### {command.__name__}", prose(command.__doc__), "\n".join(lines)))


def _reactions(rooms: Rooms) -> str:
    if not rooms.service.reactions:
        return in_one_line(_room(rooms.name, "reactions").__doc__)
    rows = [_reaction(rooms.name, each) for each in sorted(rooms.service.reactions, key=lambda each: each.name)]
    return table(("Reaction", "To", "May state", "Meaning"), rows)


def _reaction(service: str, reaction: Reaction) -> tuple[str, ...]:
    function = getattr(_room(service, "reactions"), reaction.name)
    facts = facts_stated(function, service)
    return code(reaction.name), code(reaction.on.__name__), codes(facts), in_one_line(function.__doc__)


def _view(service: str, view: View) -> str:
    about = f"Version {view.version}, folded from {codes(sorted(each.__name__ for each in view.steps))}."
    if view.personal:
        about += f" Holds clear text of persons in {codes(sorted(view.personal))}."
    rows = [_question(service, question) for question in view.questions]
    if not rows:
        return "\n\n".join((f"### {plain(view.name)}", _meaning(view), about))
    asked = table(("Ask", "Who may", "Meaning", "Filters", "Scope"), rows)
    return "\n\n".join((f"### {plain(view.name)}", _meaning(view), about, asked))


def _meaning(view: View) -> str:
    """What its file says of it."""
    step = next(iter(view.steps.values()))
    return in_one_line(sys.modules[step.__module__].__doc__)


def _question(service: str, question: Question) -> tuple[str, ...]:
    scope = in_one_line(getdoc(question.where)) if question.where is not None else "every row"
    asked = code(f"GET /{service}{question.path}")
    return asked, _who(question.may), in_one_line(question.summary), codes(question.narrowed_by), scope


def _who(may: Sequence[str]) -> str:
    """Their names, or a word for all of them together."""
    others = [role for role in may if role not in STAFF]
    return codes(may) if set(STAFF) - set(may) else ", ".join(["all who work on complaints", *map(code, others)])


def _learned(rooms: Rooms) -> str:
    facts = sorted(rooms.service.learns, key=lambda fact: (fact.source, fact.wire_type))
    if not facts:
        return "None: it decides by its own facts alone."
    return table(("Fact", "From", "Wire name"), [_fact(fact) for fact in facts])


def _fact(fact: type[Event]) -> tuple[str, ...]:
    return code(fact.__name__), code(fact.source), code(fact.wire_type)


def _later(rooms: Rooms) -> str:
    if not rooms.deadlines and not rooms.effects:
        return in_one_line(_room(rooms.name, "due").__doc__)
    rows = [*(_deadline(each) for each in rooms.deadlines), *(_effect(each) for each in rooms.effects)]
    return table(("What", "After", "How it ends"), rows)


def _deadline(deadline: Deadline) -> tuple[str, ...]:
    later, command = deadline.later, signature(deadline.command).return_annotation
    return code(later.kind), code(later.on.__name__), f"the command {code(command.__name__)}"


def _effect(effect: Effect) -> tuple[str, ...]:
    later, command = effect.later, signature(effect.command).return_annotation
    leaves = f"goes to the provider {code(effect.provider)}, whose answer becomes the command {code(command.__name__)}"
    if effect.unknown is not None:
        leaves += f"; if nobody can tell, {code(signature(effect.unknown).return_annotation.__name__)}"
    return code(later.kind), code(later.on.__name__), leaves


def _guards(rooms: Rooms) -> str:
    if not rooms.service.guards:
        return "None."
    rows = [
        (code(guard.name), codes(fact.__name__ for fact in guard.on), in_one_line(getdoc(guard.fold)) or NOTHING)
        for guard in rooms.service.guards
    ]
    return table(("Guard", "Folded from", "Meaning"), rows)
