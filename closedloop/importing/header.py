"""The header of a complaint file: which columns are there, by name and in any order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self


class WrongHeader(Exception):
    """The file's first row does not name the columns that its format needs; the message says which."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A format: the columns that it must have, and those that it may have."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    chinese: Mapping[str, str] = field(default_factory=dict)
    """What columns may be called in Chinese instead."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """What a file's header says. Names are compared without regard to case or to spaces around and inside them."""

    format: str
    columns: tuple[str, ...]
    """As the file names them."""
    absent: tuple[str, ...]
    """Optional columns that the file does not have."""
    ignored: tuple[str, ...]
    """Columns that the format does not know."""
    places: Mapping[str, int]
    """Where each of the format's columns stands."""

    @classmethod
    def described(cls, layout: Layout, header: Sequence[str]) -> Self:
        """Raises WrongHeader for columns that are missing or there twice."""
        seen: dict[str, int] = {}
        for place, name in enumerate(header):
            if _key(name) and seen.setdefault(_key(name), place) != place:
                raise WrongHeader(f"The column '{_shown(name)}' is there twice. Keep one, and import the file again.")
        known = {name: _taken_out(seen, layout, name) for name in (*layout.required, *layout.optional)}
        missing = [name for name in layout.required if known[name] is None]
        if missing:
            raise WrongHeader(_explained(layout, header, missing))
        return cls(
            format=layout.name,
            columns=tuple(header),
            absent=tuple(name for name in layout.optional if known[name] is None),
            ignored=tuple(header[place] for place in seen.values()),
            places={name: place for name, place in known.items() if place is not None},
        )


def _taken_out(seen: dict[str, int], layout: Layout, name: str) -> int | None:
    """Where the column stands, by either of its names. Raises WrongHeader if both are there."""
    english, chinese = seen.pop(_key(name), None), seen.pop(_key(layout.chinese.get(name, "")), None)
    if english is not None and chinese is not None:
        raise WrongHeader(
            f"The columns '{name}' and '{layout.chinese[name]}' are the same. Keep one, and import the file again."
        )
    return chinese if english is None else english


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _shown(name: str) -> str:
    return name.encode(errors="replace").decode()[:60]


def _explained(layout: Layout, header: Sequence[str], missing: Sequence[str]) -> str:
    text = "".join(header)
    names = ", ".join(f"'{name}'" for name in missing)
    wrong = f"This is no file of the format '{layout.name}': its first row does not name {names}."
    if "\0" in text or any("\udc80" <= letter <= "\udcff" for letter in text):
        return f"{wrong} Its text is not UTF-8: save it as 'CSV UTF-8' and import it again."
    if len(header) == 1 and (";" in text or "\t" in text):
        return f"{wrong} Its columns are not separated by commas: save it with commas and import it again."
    return f"{wrong} Add the column names as the first row, or choose the format that the file has."
