"""From records to rows, the same for every format: header, number of columns, characters, and one reason a reject."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Generic, TextIO, TypeVar

from closedloop.importing.header import ImportFile, Layout, WrongHeader
from closedloop.importing.records import Record, read_records, shown, spanned
from closedloop.importing.rows import Reject, Row, Unusable

R = TypeVar("R", bound=Row)

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BROKEN: Final = re.compile("[\ud800-\udfff]")
"""Lone surrogates: what `open_text` makes of bytes that are not UTF-8."""
_MAY_BE_CUT: Final = "the file does not end with a line end: check that it is whole"


class Cells:
    """A row's cells by column, cleaned: line ends are `\\n`, other control characters than tabs are removed (noted).

    What looks like a spreadsheet's formula stays as it is: it is text, and only a writer of spreadsheets must care.
    """

    def __init__(self, line: int, by_column: dict[str, str], absent: frozenset[str]) -> None:
        self.line = line
        self.notes: list[str] = []
        self._by_column = by_column
        self._absent = absent

    def text(self, column: str) -> str | None:
        """The cell as it is; None if it is blank or says that there is nothing."""
        cell = self._by_column.get(column, "")
        if "\r" in cell:
            cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        if _CONTROL.search(cell):
            cell = _CONTROL.sub("", cell)
            self.notes.append(f"control characters were removed from '{column}'")
        return None if cell.strip() in self._absent else cell

    def words(self, column: str) -> str | None:
        """The cell on one line, with single spaces."""
        cell = self.text(column)
        return None if cell is None else " ".join(cell.split())

    def needed(self, column: str) -> str:
        """As `words`. Raises Unusable if there is nothing."""
        cell = self.words(column)
        if cell is None:
            raise Unusable(f"The column '{column}' is empty. Fill it in.")
        return cell


class ImportReader(Iterator[R | Reject], Generic[R]):
    """The rows of one file, in order and read as they are asked for. `file` tells what its header says."""

    def __init__(
        self,
        stream: TextIO,
        layout: Layout,
        make: Callable[[Cells], R],
        identify: Callable[[Cells], str | None],
        absent: frozenset[str],
    ) -> None:
        """Reads the header. Raises WrongHeader."""
        self._records = read_records(stream)
        self._make, self._identify, self._absent = make, identify, absent
        self.file = _described(layout, next(self._records, None))

    def __next__(self) -> R | Reject:
        record = next(self._records)
        if isinstance(record, Reject):
            return record
        if reason := self._miscounted(record):
            return Reject(record.line, None, reason, shown(record.cells))
        cells = Cells(
            record.line, {name: record.cells[place] for name, place in self.file.places.items()}, self._absent
        )
        try:
            self._check_characters(record)
            row = self._make(cells)
        except Unusable as error:
            return Reject(record.line, self._identify(cells), str(error), shown(record.cells))
        notes = (*cells.notes, *(() if record.ended else (_MAY_BE_CUT,)))
        return replace(row, notes=(*row.notes, *notes)) if notes else row

    def _miscounted(self, record: Record) -> str | None:
        has, needs = len(record.cells), len(self.file.columns)
        if has == needs:
            return None
        what = f"The row on {spanned(record.line, record.lines)} has {has} of {needs} columns."
        if has > needs:
            return f"{what} Put quotes around cells that have commas in them."
        if not record.ended:
            return f"{what} The file ends in the midst of it: get the whole file."
        return f"{what} Fill in the missing columns, or close the quote if one was left open."

    def _check_characters(self, record: Record) -> None:
        for column, cell in zip(self.file.columns, record.cells, strict=True):
            if "\0" in cell:
                raise Unusable(f"The column '{column}' has a NUL character: the file is damaged. Get it anew.")
            if not cell.isascii() and _BROKEN.search(cell):
                raise Unusable(f"The column '{column}' has bytes that are not UTF-8. Save the file as 'CSV UTF-8'.")


def _described(layout: Layout, record: Record | Reject | None) -> ImportFile:
    if record is None:
        raise WrongHeader("The file is empty. It must start with a row that names the columns.")
    if isinstance(record, Reject):
        raise WrongHeader(f"The first row must name the columns. {record.reason}")
    return ImportFile.described(layout, record.cells)
