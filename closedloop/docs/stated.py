"""Which facts a decision or a reaction may state, read from its code and that of the functions it calls."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from shared.events.base import Event

Function = Callable[..., Any]
_ONLY_ASKING = {"annotation", "returns", "pattern"}
"""Fields of the syntax tree that name a type without making anything of it."""


def facts_stated(function: Function, source: str) -> tuple[str, ...]:
    """Names of the service's own facts that the function, or one of its service that it calls, may make. Sorted.

    A fact that is only looked for (`isinstance`, `case`, an annotation) does not count.
    """
    seen: set[Function] = set()
    found: set[str] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for value in _used(one):
            if isinstance(value, type) and issubclass(value, Event) and value.source == source:
                found.add(value.__name__)
            elif isinstance(value, FunctionType) and value.__module__.startswith(f"services.{source}."):
                waiting.append(value)
    return tuple(sorted(found))


def _used(function: Function) -> Iterator[Any]:
    """What the function's body names, as far as its module knows it; methods by their name alone."""
    names = function.__globals__
    for node in _making(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            yield names.get(node.id)
        elif isinstance(node, ast.Attribute):
            yield from _methods(names, node.attr)


def _making(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all within, without what only asks for a type."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _ONLY_ASKING:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.AST):
                    yield from _making(each)


def _methods(names: dict[str, Any], attribute: str) -> Iterator[Any]:
    """Methods of that name of the classes that the module knows."""
    for value in list(names.values()):
        if isinstance(value, type):
            yield vars(value).get(attribute)
