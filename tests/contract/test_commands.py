"""Every command of every service: explained, bounded, with a body to send, and in the right hands."""

import math
import re
from typing import Any, Literal, get_origin
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from services.directory.rules import ROLES
from shared.decide import Command, ComplaintCommand
from shared.events.envelope import MAX_BYTES
from shared.events.vocabulary import SYSTEM
from shared.privacy import personal
from shared.rooms import open_rooms
from shared.web.commands import body_model, names_in
from tests.architecture.tree import DECIDING
from tests.contract.shapes import Part, parts_of

BY_SERVICE = {name: tuple(open_rooms(f"services.{name}").service.handlers) for name in DECIDING}
COMMANDS = {command.__name__: command for commands in BY_SERVICE.values() for command in commands}
BODIES = {name: body for name, command in COMMANDS.items() if (body := body_model(command)) is not None}
ALLOWED = {str, int, bool, UUID, AwareDatetime, tuple}
SAFE_INTEGER = 2**53 - 1
BY_ONE_S_OWN_MIND = re.compile(r"(Judge|Confirm|Approve|Accept|Decline|Return|Close|Activate).*")
CONTESTED = re.compile(r"(Judge|Confirm|Approve|Return|Close|Activate|AcceptFindings).*")
BESIDE_THE_CASE = {
    "RecordReferral",  # what happened outside the house; a lead reopens on it
    "RecordExternalDecision",
    "SignOff",  # a permission; another carries it out
    "RaiseAction",  # what the firm does so that it does not happen again (domain 4.2)
}
"""What compliance writes down by its office: none of it handles, decides, closes or reopens a case (N18)."""
SEALED_AROUND = 200
"""Bytes of an envelope that stand around a sealed text: its name, owner and braces."""
BESIDE_THE_BODY = 16 * 1024
"""Bytes of an envelope that do not come from the body: its attributes, and what the state adds."""

every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


def parts(*kinds: Any) -> list[Any]:
    """The parts of all bodies, or those of some kinds, as parameters."""
    return [
        pytest.param(part, id=f"{name}:{part.path}")
        for name, body in BODIES.items()
        for part in parts_of(body)
        if not kinds or part.kind in kinds
    ]


@every_command
def test_a_command_says_what_it_means_and_who_may(command: type[Command]) -> None:
    assert command.__doc__ and "__doc__" in vars(command) and len(command.__doc__) > 40
    assert command.may
    assert len(set(command.may)) == len(command.may)
    assert set(command.may) <= {*ROLES, SYSTEM}


@every_command
def test_a_command_is_posted_where_its_own_fields_say(command: type[Command]) -> None:
    fields = set(command.model_fields)
    assert command.path.startswith("/")
    assert set(names_in(command.path)) <= fields
    assert {name for pattern in (command.subject, *command.needs) for name in names_in(pattern)} <= fields
    in_path = {name: command.model_fields[name].annotation for name in names_in(command.path)}
    assert all(kind is UUID or command.model_fields[name].metadata for name, kind in in_path.items())


@pytest.mark.parametrize("service", BY_SERVICE)
def test_no_two_commands_of_a_service_are_posted_to_one_path(service: str) -> None:
    paths = [names_out(command.path) for command in BY_SERVICE[service]]
    assert len(set(paths)) == len(paths)


def names_out(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def test_a_command_s_name_is_its_own_in_the_whole_system() -> None:
    assert len(COMMANDS) == sum(map(len, BY_SERVICE.values()))


@every_command
def test_a_newcomer_finds_a_body_to_send(command: type[Command]) -> None:
    body = BODIES.get(command.__name__)
    if body is None:
        assert command.example == {}
    else:
        assert command.example
        sent = body.model_validate_json(TypeAdapter(dict[str, Any]).dump_json(command.example))
        assert sent.model_fields_set == set(command.example)


@every_command
def test_compliance_never_writes_to_a_case(command: type[Command]) -> None:
    """It reads everything, so it must not be able to make what it audits."""
    if issubclass(command, ComplaintCommand) and command.__name__ not in BESIDE_THE_CASE:
        assert "compliance_officer" not in command.may


@pytest.mark.parametrize("name", [name for name in COMMANDS if BY_ONE_S_OWN_MIND.fullmatch(name)])
def test_no_machine_judges_confirms_approves_or_accepts(name: str) -> None:
    """N23: each of these is the word of a person, who can be asked for their reasons."""
    assert SYSTEM not in COMMANDS[name].may


@pytest.mark.parametrize("name", [name for name in COMMANDS if CONTESTED.fullmatch(name)])
def test_who_decides_on_a_case_must_say_which_state_of_it_they_saw(name: str) -> None:
    assert COMMANDS[name].contested


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_with_a_field_that_nobody_knows_is_refused(body: type[BaseModel]) -> None:
    assert body.model_config.get("extra") == "forbid"


@pytest.mark.parametrize("part", parts())
def test_a_field_is_of_a_kind_that_can_be_bounded(part: Part) -> None:
    assert part.kind in ALLOWED or get_origin(part.kind) is Literal


@pytest.mark.parametrize("part", parts(str))
def test_a_text_is_bounded(part: Part) -> None:
    assert longest(part) <= personal.MAX_BYTES


@pytest.mark.parametrize("text", ["", " \u3000\n", "half of a pair: \ud800", "𠮷" * (personal.MAX_BYTES // 4 + 1)])
@pytest.mark.parametrize("part", parts(str))
def test_what_is_blank_or_can_not_be_sealed_is_refused_while_the_caller_can_be_told(part: Part, text: str) -> None:
    """JSON lets half a surrogate pair through, and bytes are not characters: both would fail only in the decision."""
    taken: TypeAdapter[str] = TypeAdapter(part.annotation)
    with pytest.raises(ValidationError):
        taken.validate_python(text)


@pytest.mark.parametrize("part", parts(tuple))
def test_a_list_is_bounded(part: Part) -> None:
    assert 1 <= part.bound("max_length") <= 500


@pytest.mark.parametrize("part", parts(int))
def test_a_number_is_bounded(part: Part) -> None:
    assert 0 <= part.bound("ge") <= part.bound("le") <= SAFE_INTEGER


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_largest_body_fits_in_an_envelope(body: type[BaseModel]) -> None:
    assert at_most(body) + BESIDE_THE_BODY <= MAX_BYTES


def test_what_has_no_bound_would_be_seen() -> None:
    class Loose(BaseModel):
        note: str
        codes: tuple[str, ...]
        endless: str = "^[a-z]+$"

    loose = {part.path: part for part in parts_of(Loose)}
    assert longest(loose["note"]) == longest(loose["codes[]"]) == math.inf
    assert loose["codes"].bound("max_length") is None
    assert at_most(Loose) == math.inf


def is_free(part: Part) -> bool:
    """Whether anything may be typed: no pattern holds it from end to end."""
    pattern = part.bound("pattern")
    return pattern is None or not (pattern.startswith("^") and pattern.endswith("$"))


def longest(part: Part) -> float:
    """Bytes of the longest text in UTF-8; infinite if there is no bound."""
    characters = part.bound("max_length")
    if is_free(part):
        return math.inf if characters is None else min(characters * 4, personal.MAX_BYTES)
    return longest_match(part.bound("pattern")) if characters is None else float(characters)


def longest_match(pattern: str) -> float:
    """Characters of the longest text that a pattern takes, or more; infinite if some part repeats without end."""
    if re.search(r"[+*]|,\d*}|\){", pattern):
        return math.inf
    outside_of_classes = re.sub(r"\[[^]]*\]", "", pattern)
    return float(len(outside_of_classes) + sum(map(int, re.findall(r"{(\d+)}", pattern))))


def at_most(body: type[BaseModel]) -> float:
    """Bytes that the largest such body takes in an envelope, its free texts sealed."""
    found = {part.path: part for part in parts_of(body)}
    return sum(_times(path, found) * _size(part) for path, part in found.items())


def _times(path: str, found: dict[str, Part]) -> float:
    lists = [path[: place.start()] for place in re.finditer(re.escape("[]"), path)]
    return math.prod(math.inf if (most := found[each].bound("max_length")) is None else most for each in lists)


def _size(part: Part) -> float:
    if part.kind is str and is_free(part):
        return (longest(part) + 31) * 4 / 3 + SEALED_AROUND
    return 40 + len(part.path) + (longest(part) if part.kind is str else 0)
