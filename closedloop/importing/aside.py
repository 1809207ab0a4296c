"""Rows that are set aside, for whoever imports the file."""

import csv
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO


class Aside:
    """A file of rows set aside, made when the first of them comes."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self._stack = stack
        self._file: TextIO | None = None

    def write(self, line: int, external_id: str | None, reason: str, raw: list[str]) -> None:
        if self._file is None:
            # For whoever imports the file only: rows hold what customers wrote.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            opened = os.fdopen(descriptor, "w", newline="", encoding="utf-8", errors="backslashreplace")
            self._file = self._stack.enter_context(opened)
            csv.writer(self._file).writerow(("line", "external_id", "reason", "row"))
        csv.writer(self._file).writerow((line, external_id or "", reason, *raw))
        self._file.flush()

    @property
    def written(self) -> str | None:
        return str(self.path) if self._file is not None else None
