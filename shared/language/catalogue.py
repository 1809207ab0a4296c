"""The catalogues: gettext's .po files, one a language and kind, read as they are when first asked for.

There is no compiled file beside them that could be older than what the translator wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

from babel.messages.pofile import read_po

from shared.events.vocabulary import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

Kind = Literal["events", "refusals", "words"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts by context and code. The context tells apart what one code means in two places."""

    texts: Mapping[tuple[str | None, str], str]

    def find(self, code: str, context: str | None = None) -> str | None:
        """The text of a code in this context, else of the code alone; None if there is neither."""
        return self.texts.get((context, code)) or self.texts.get((None, code))


@cache
def catalogue(language: Language, kind: Kind) -> Catalogue:
    """Read once a process. Raises PoFileError where a file is not as gettext wants it."""
    path = files("shared.language") / "locales" / language / "LC_MESSAGES" / f"{kind}.po"
    with path.open("rb") as file:
        read = read_po(file, locale=language, ignore_obsolete=True, abort_invalid=True)
    # A text that is marked as fuzzy is a guess of some tool, and nobody is told a guess.
    told = [each for each in read if each.id and not each.fuzzy]
    return Catalogue({(each.context, str(each.id)): str(each.string or "") for each in told})
