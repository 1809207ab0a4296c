"""Every refusal that the code can give, found by reading the code: its code, its service, its sentence and details."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.architecture.tree import ROOT, shown, sources
from tests.contract.refusal_parts import Wording, enclosing, wording_of

_CODE = re.compile(r"[a-z][a-z0-9_]*")
WHERE = ("services", "shared", "closedloop")
PROBLEM = "problem"
"""The function that answers without an exception: status, code, sentence, details."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One place that refuses."""

    place: str
    service: str | None
    """None in `shared` and at the front: it may be any service's."""
    code: str
    sentence: str | None
    """None where it is put together, or given by the caller."""
    details: frozenset[str]
    wording: Wording = field(default=Wording({}, None), compare=False)


@dataclass(slots=True)
class Found:
    """What reading the code told."""

    refusals: list[Refusal] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    """Places whose code can't be read off: it must stand there, or in the same file beside its sentence."""


def refusals(files: Sequence[Path] | None = None) -> Found:
    """Every place that refuses: a call of Refused or of a class below it, of `problem`, or of their constructor."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files or sources(*WHERE)}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    family = _below("Refused", classes)
    with_own_code = {each.name for each in classes if each.name in family and _codes_of_constructor(each)}
    found = Found()
    for path, tree in trees.items():
        within = enclosing(tree)
        for call, called in _calls(tree, family - with_own_code):
            _take(found, path, call, called, list(_beside(tree, family)), within.get(call, tree))
        for each in ast.walk(tree):
            if isinstance(each, ast.ClassDef) and each.name in with_own_code:
                for call in _codes_of_constructor(each):
                    _take(found, path, call, each.name, [], each)
    return found


def _below(name: str, classes: Sequence[ast.ClassDef]) -> set[str]:
    family = {name}
    while more := {each.name for each in classes if _bases(each) & family} - family:
        family |= more
    return family


def _bases(node: ast.ClassDef) -> set[str]:
    return {_last_name(base) for base in node.bases}


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _codes_of_constructor(node: ast.ClassDef) -> list[ast.Call]:
    """Calls of `super().__init__` with a literal code."""
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return [each for each in calls if ast.unparse(each.func) == "super().__init__" and _literals(each.args[0])]


def _calls(tree: ast.AST, names: set[str]) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := _last_name(node.func)) in names | {PROBLEM}:
            yield node, called


Pair = tuple[str, str]


def _take(found: Found, path: Path, call: ast.Call, called: str, elsewhere: Sequence[Pair], within: ast.AST) -> None:
    place = f"{shown(path) if path.is_relative_to(ROOT) else path.name}:{call.lineno}"
    arguments = call.args[1:] if called == PROBLEM else call.args
    codes = _literals(arguments[0]) if arguments else []
    if not codes and _passes_on(call):
        return
    said = arguments[1] if len(arguments) > 1 else None
    sentence = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else "{}"
    pairs = [(code, sentence) for code in codes] or elsewhere
    if not pairs:
        found.untold.append(place)
    details = _details(call, called)
    wording = wording_of(said, details, within)
    found.refusals += [
        Refusal(place, _service(path), code, None if "{" in sentence else sentence, frozenset(details), wording)
        for code, sentence in pairs
    ]


def _details(call: ast.Call, called: str) -> dict[str, ast.expr]:
    """By keyword; of `problem`, the dictionary after the sentence."""
    if called != PROBLEM:
        return {each.arg: each.value for each in call.keywords if each.arg}
    match call.args[3:]:
        case [ast.Dict(keys=keys, values=values), *_]:
            named = zip(keys, values, strict=True)
            return {key.value: value for key, value in named if isinstance(key, ast.Constant)}  # type: ignore[misc]
        case _:
            return {}


def _beside(tree: ast.AST, family: set[str]) -> Iterator[Pair]:
    """Codes with their sentences in a table of the file, or handed to a function of it that refuses."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys, values=values):
                couples = list(zip(keys, values, strict=True))
            case ast.Call(func=called) if _last_name(called) in family:
                continue
            case ast.Tuple(elts=parts) | ast.Call(args=parts):
                couples = list(pairwise(parts))
            case _:
                continue
        for one, other in couples:
            match one, other:
                case ast.Constant(value=str(code)), ast.Constant(value=str(sentence)):
                    if _CODE.fullmatch(code) and " " in sentence:
                        yield code, sentence


def _passes_on(call: ast.Call) -> bool:
    """`problem(refusal.status, refusal.code, …)`: the refusal was found where it was raised."""
    return any(isinstance(each, ast.Attribute) and each.attr == "code" for each in call.args)


def _literals(node: ast.expr) -> list[str]:
    """The texts that it can be: a literal, or one of two, or the last resort of a look-up."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return [*_literals(one), *_literals(other)]
        case ast.Call(func=ast.Attribute(attr="get"), args=[_, last]):
            return _literals(last)
        case _:
            return []


def _service(path: Path) -> str | None:
    parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT) else ()
    return parts[1] if parts[:1] == ("services",) else None
