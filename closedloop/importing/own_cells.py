"""The cells that the house's own formats have in common. Only an empty one means that there is nothing."""

import re
from datetime import date
from typing import Final, get_args

from closedloop.importing.dates import Moment, moment
from closedloop.importing.reading import Cells
from closedloop.importing.rows import Unusable
from shared.events.vocabulary import Channel

ABSENT: Final = frozenset({""})
CHANNELS: Final[tuple[str, ...]] = get_args(Channel)

_ID: Final = re.compile(r"[\x21-\x7e]{1,120}")
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_AMOUNT: Final = re.compile(r"[0-9]{1,14}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def external_id(cells: Cells) -> str:
    """What another system calls it. Raises Unusable."""
    found = cells.needed("external_id")
    if not _ID.fullmatch(found):
        raise Unusable(
            "The column 'external_id' may have 120 letters, digits and signs of ASCII, no spaces. Correct it."
        )
    return found


def identified(cells: Cells) -> str | None:
    """The same, if it can be read: for a row that is rejected."""
    found = cells.words("external_id")
    return found if found and _ID.fullmatch(found) else None


def system(column: str, name: str) -> str:
    """The name of another system. Raises Unusable."""
    if not _SOURCE.fullmatch(name):
        raise Unusable(f"The column '{column}' may have small letters, digits, - and _, at most 40. Correct it.")
    return name


def text(cells: Cells, column: str, what: str) -> str:
    """A text that must be there, with its line breaks; `what` to write there. Raises Unusable."""
    found = cells.text(column)
    if found is None:
        raise Unusable(f"The column '{column}' is empty. Write {what}.")
    return found


def channel(cells: Cells) -> str:
    """Raises Unusable."""
    return one_of("channel", cells.needed("channel").lower(), CHANNELS)


def one_of(column: str, cell: str, known: tuple[str, ...]) -> str:
    """One word of a closed list. Raises Unusable."""
    if cell not in known:
        raise Unusable(f"The column '{column}' is none of {', '.join(known)}. Write one of them.")
    return cell


def received(cells: Cells, today: date) -> Moment:
    """Raises Unusable."""
    return moment("received_at", cells.needed("received_at"), today)


def amount(cells: Cells, column: str) -> tuple[int, str] | None:
    """Minor units and currency, or neither. Raises Unusable."""
    minor, currency = cells.words(column), cells.words("currency")
    if minor is None and currency is None:
        return None
    if minor is None or currency is None:
        raise Unusable("An amount needs its currency, and a currency its amount. Fill in both or neither.")
    if not _AMOUNT.fullmatch(minor):
        raise Unusable(f"The column '{column}' is not a whole number of the minor unit: write 12.34 as 1234.")
    if not _CURRENCY.fullmatch(currency):
        raise Unusable("The column 'currency' is not three capital letters. Write it as CNY or USD.")
    return int(minor), currency
