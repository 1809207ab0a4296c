"""What varies in a refusal's English sentence, and which of its details carry it: Chinese is filled from them alone."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

Function = ast.FunctionDef | ast.AsyncFunctionDef
Details = Mapping[str, ast.expr]


@dataclass(frozen=True, slots=True)
class Wording:
    """How a sentence is put together where it stands."""

    parts: Mapping[str, frozenset[str]]
    """Each variable part as the code has it, with the names of the details that tell it; none if nothing does."""
    sentence: str | None
    """With `{name}` in place of a part that one detail tells; None where that can't be said."""


def wording_of(sentence: ast.expr | None, details: Details, within: ast.AST) -> Wording:
    """The wording of a sentence that is refused with in this function, or anywhere in a file."""
    assigned = _assigned(within)
    if isinstance(sentence, ast.Name):
        sentence = assigned.get(sentence.id, sentence)
    direct = {name: _read(value) for name, value in details.items()}
    told = {
        name: read.union(*(_read(assigned[one]) for one in read & assigned.keys())) for name, read in direct.items()
    }
    parts = {ast.unparse(part): _tellers(part, told, assigned) for part in _variable(sentence)}
    return Wording(parts, _with_names(sentence, {frozenset(read): name for name, read in direct.items()}))


def enclosing(tree: ast.AST) -> Mapping[ast.AST, ast.AST]:
    """Of every node, the innermost function that it stands in."""
    inner: dict[ast.AST, ast.AST] = {}
    for function in ast.walk(tree):
        if isinstance(function, Function):
            inner |= dict.fromkeys(ast.walk(function), function)  # inner ones come later, and have the last word
    return inner


def _variable(sentence: ast.expr | None) -> Iterator[ast.expr]:
    for node in ast.walk(sentence) if sentence is not None else ():
        match node:
            case ast.FormattedValue(value=value):
                yield value
            case ast.Call(args=args, keywords=keywords) if _is_sentence(node):
                yield from (*args, *(each.value for each in keywords))


def _is_sentence(node: ast.AST) -> bool:
    """One from elsewhere that is filled in here: `why.format(person)`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def _with_names(sentence: ast.expr | None, names: Mapping[frozenset[str], str]) -> str | None:
    match sentence:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=value):
            name = None if _is_sentence(value) else names.get(frozenset(_read(value)))
            return None if name is None else f"{{{name}}}"
        case ast.JoinedStr(values=values):
            pieces = [_with_names(each, names) for each in values]
            return None if None in pieces else "".join(map(str, pieces))
        case _:
            return None


def _tellers(part: ast.expr, told: Mapping[str, set[str]], assigned: Details) -> frozenset[str]:
    names = [_tells(name, told, assigned) for name in sorted(_read(part))]
    return frozenset(chain.from_iterable(names)) if all(names) else frozenset()


def _tells(name: str, told: Mapping[str, set[str]], assigned: Details) -> frozenset[str]:
    """Details that rest on what has this name, or on all that it was made of."""
    direct = frozenset(detail for detail, read in told.items() if name in read)
    return direct if direct or name not in assigned else _tellers(assigned[name], told, {})


def _read(value: ast.expr) -> set[str]:
    """What an expression reads, as `state.awaited`; not the functions that it calls, nor the sentence it fills in."""
    match value:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute() if (dotted := ast.unparse(value)).replace(".", "").isidentifier():
            return {dotted}
        case ast.Call(func=ast.Attribute(value=of), args=args) if not _is_sentence(value):
            return set().union(*map(_read, [of, *args]))
        case ast.Call(args=args):
            return set().union(*map(_read, args))
        case _:
            parts = (each for each in ast.iter_child_nodes(value) if isinstance(each, ast.expr))
            return set().union(*map(_read, parts))


def _assigned(within: ast.AST) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in ast.walk(within):
        match node:
            case ast.Assign(targets=[target], value=value) | ast.NamedExpr(target=target, value=value):
                found |= dict.fromkeys(_names(target), value)
    return found


def _names(target: ast.expr) -> Sequence[str]:
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return [part.id for part in parts if isinstance(part, ast.Name)]
