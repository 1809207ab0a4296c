"""Reading complaint files, row by row: what a row says, or why it can't be taken and what to do about it."""

from closedloop.importing.cfpb import read_cfpb
from closedloop.importing.generic import read_csv
from closedloop.importing.header import ImportFile, WrongHeader
from closedloop.importing.open_cases import OpenCase, read_open
from closedloop.importing.reading import ImportReader
from closedloop.importing.records import open_text
from closedloop.importing.rows import ImportRow, Reject, Row

__all__ = [
    "ImportFile",
    "ImportReader",
    "ImportRow",
    "OpenCase",
    "Reject",
    "Row",
    "WrongHeader",
    "open_text",
    "read_cfpb",
    "read_csv",
    "read_open",
]
