"""Cutting a stream of CSV text into records, one at a time, however long or broken they are.

The csv module alone would not do. After an error in a field it goes on in the middle of that field, and it reads a
line of any length into memory. So a record's end is found here first, by the same quoting rules (RFC 4180, and a
quote inside an unquoted cell is a letter like others), and the csv module is given one whole record at a time.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, TextIO

from closedloop.importing.rows import Reject

FIELD_LIMIT: Final = 1024 * 1024
"""Characters in a cell."""
RECORD_LIMIT: Final = 4 * FIELD_LIMIT
"""Characters in a record; what is longer is passed over without being kept."""
_RAW_CELLS: Final = 100
_RAW_CELL: Final = 2_000


class _In(Enum):
    START = "at the start of a cell"
    PLAIN = "in a cell without quotes"
    QUOTED = "in a quoted cell"
    QUOTE = "after a quote in a quoted cell: its end, or the first of two that stand for one"


@dataclass(frozen=True, slots=True)
class Record:
    """A row's cells, the line it starts on, how many lines it takes, and whether it ends with a line end."""

    line: int
    lines: int
    cells: list[str]
    ended: bool


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The text from one record's start to its end; cut at RECORD_LIMIT if it is longer."""

    line: int
    lines: int
    text: str
    size: int
    open_quote: bool


def open_text(path: Path) -> TextIO:
    """The file as UTF-8, with or without a byte-order mark, line ends untouched. Bytes that are not UTF-8 come as lone
    surrogates, so that they spoil their own row and not the whole file. Raises OSError.
    """
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def read_records(stream: TextIO) -> Iterator[Record | Reject]:
    """The stream's records in order; blank lines are left out. Holds at most one record in memory."""
    if csv.field_size_limit() < FIELD_LIMIT:
        csv.field_size_limit(FIELD_LIMIT)  # one setting for the whole process: raised at need, never lowered
    for stretch in _stretches(stream):
        if stretch.text.strip("\r\n"):
            yield _record(stretch)


def shown(cells: list[str]) -> list[str]:
    """The cells as a Reject may keep them: shortened, and valid text that any store takes."""
    return [
        cell[:_RAW_CELL].encode(errors="surrogateescape").decode(errors="replace").replace("\0", "\ufffd")
        for cell in cells[:_RAW_CELLS]
    ]


def _stretches(stream: TextIO) -> Iterator[_Stretch]:
    kept: list[str] = []
    line, lines, size, state = 1, 0, 0, _In.START
    while piece := stream.readline(FIELD_LIMIT):
        if line == 1 and not size:
            piece = piece.removeprefix("\ufeff")
        state = _after(state, piece)
        if size < RECORD_LIMIT:
            kept.append(piece)
        size += len(piece)
        if piece[-1:] not in ("\n", "\r"):
            continue
        lines += 1
        if state is not _In.QUOTED:
            yield _Stretch(line, lines, "".join(kept), size, open_quote=False)
            kept, line, lines, size, state = [], line + lines, 0, 0, _In.START
    if size:
        yield _Stretch(line, lines + 1, "".join(kept), size, open_quote=state is _In.QUOTED)


def _after(state: _In, piece: str) -> _In:
    """Where the piece leaves us. Only quotes at a cell's start, and in a quoted cell, mean anything."""
    if state is not _In.QUOTED and '"' not in piece:
        return _In.START if piece.endswith(",") else _In.PLAIN
    at = 0
    while at < len(piece):
        if state is _In.QUOTED:
            at = piece.find('"', at) + 1
            if not at:
                return _In.QUOTED
            state = _In.QUOTE
        elif state is _In.PLAIN:
            at = piece.find(',"', at) + 2
            if at == 1:
                return _In.START if piece.endswith(",") else _In.PLAIN
            state = _In.QUOTED
        else:
            state = _next(state, piece[at])
            at += 1
    return state


def _next(state: _In, letter: str) -> _In:
    if letter == '"':
        return _In.QUOTED
    return _In.START if letter == "," else _In.PLAIN


def _record(stretch: _Stretch) -> Record | Reject:
    if stretch.size > RECORD_LIMIT:
        return _refused(
            stretch, [stretch.text[:_RAW_CELL]], f"is longer than {RECORD_LIMIT:,} characters. {_CLOSE_QUOTE}"
        )
    try:
        rows = list(csv.reader([stretch.text]))
    except csv.Error:
        rows = []
    cells = rows[0] if rows else [stretch.text]
    if any(len(cell) > FIELD_LIMIT for cell in cells):
        return _refused(stretch, cells, f"has a cell of more than {FIELD_LIMIT:,} characters. {_CLOSE_QUOTE}")
    if stretch.open_quote:
        return _refused(stretch, cells, "opens a quote that is never closed: the file ends first. Get the whole file.")
    if len(rows) != 1:
        return _refused(stretch, cells, "is broken by a line end outside quotes. Put quotes around its cells.")
    return Record(stretch.line, stretch.lines, cells, ended=stretch.text.endswith(("\n", "\r")))


_CLOSE_QUOTE: Final = "Shorten it, or close the quote if one was left open."


def _refused(stretch: _Stretch, cells: list[str], what: str) -> Reject:
    return Reject(stretch.line, None, f"The row on {spanned(stretch.line, stretch.lines)} {what}", shown(cells))


def spanned(line: int, lines: int) -> str:
    return f"line {line}" if lines <= 1 else f"lines {line} to {line + lines - 1}"
