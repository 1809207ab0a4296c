"""Every rule of our own for a field, found by reading the code: what pydantic's custom errors say."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.tree import shown, sources
from tests.contract.refusal_codes import WHERE

ASKED = frozenset({"commands", "reads", "bulk"})
"""Rooms whose models take what a caller sends."""


class FieldFault(NamedTuple):
    """One place that finds fault with a field."""

    place: str
    code: str
    sentence: str
    """With `{name}` for what stands in its context."""
    context: frozenset[str]


def field_faults() -> list[FieldFault]:
    """`PydanticCustomError(code, sentence, context)`, all of them literals."""
    return [
        FieldFault(place, code, sentence, frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant)))
        for place, call in _calls("PydanticCustomError")
        for code, sentence, keys in _literals(call)
    ]


def untold() -> list[str]:
    """Where a caller's model finds fault in words that only English has."""
    return [place for place, _ in _calls("ValueError") if ASKED & set(Path(place).parts)]


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sources(*WHERE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield f"{shown(path)}:{node.lineno}", node


def _literals(call: ast.Call) -> Iterator[tuple[str, str, list[ast.expr | None]]]:
    match call.args:
        case [ast.Constant(value=str(code)), ast.Constant(value=str(sentence))]:
            yield code, sentence, []
        case [ast.Constant(value=str(code)), ast.Constant(value=str(sentence)), ast.Dict(keys=keys)]:
            yield code, sentence, keys
        case _:
            raise AssertionError(f"code and sentence must stand there: {ast.unparse(call)}")
