"""Text that means in Markdown just what it says, and tables of it."""

import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc

MADE = "<!-- Made from the code by `make docs`: changes made here are lost. -->"
NOTHING = "–"
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$#]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LIST = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")
_BLANKS = re.compile(r"\s+")
_BARE_BAR = re.compile(r"(?<!\\)\|")


def plain(text: str) -> str:
    """Any text as it reads, on one line, wherever a line of Markdown may stand."""
    escaped = _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\g<0>", _BLANKS.sub(" ", text)))
    return _LIST.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", escaped)


def code(text: str) -> str:
    """The text as code, in a fence longer than any run of backquotes within."""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def codes(texts: Iterable[str]) -> str:
    """Several, with commas between."""
    return ", ".join(code(text) for text in texts) or NOTHING


def prose(docstring: str | None) -> str:
    """A docstring as paragraphs, each on one line; what it puts in backquotes stays code."""
    paragraphs = re.split(r"\n\s*\n", cleandoc(docstring or ""))
    return "\n\n".join(_with_code(_BLANKS.sub(" ", paragraph)) for paragraph in paragraphs)


def _with_code(text: str) -> str:
    pieces = re.split(r"`([^`]+)`", text)
    return "".join(code(piece) if n % 2 else plain(piece) for n, piece in enumerate(pieces))


def in_one_line(docstring: str | None) -> str:
    """The same, for a cell of a table."""
    return prose(docstring).replace("\n\n", " ")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in cells)} |" for cells in lines)


def _cell(cell: str) -> str:
    """A bar would end it even within code, so it is escaped there too."""
    return _BARE_BAR.sub(r"\|", cell) or NOTHING


def page(title: str, *parts: str) -> str:
    """A whole page: its title, where it comes from, and its parts with an empty line between."""
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"
