"""Sentences with places in them: `{number}` is what is said there, `{proxy:for %|}` says it only if there is any.

Between `:` and `|` stands what is said when there is a value (`%` stands for it), after `|` what is said when there is
none. `{phone/email:at %|}` is the first of several that there is. Each language puts its places where it wants them.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from string import Formatter
from typing import NamedTuple

from shared.events.vocabulary import Language


class Said(NamedTuple):
    """A value in words, and whether there is anything to say."""

    words: str
    there: bool = True


NOTHING = Said("", there=False)


def filled(template: str, say: Callable[[str], Said], language: Language) -> str:
    """The template with every place filled in by what `say` answers to its name."""
    pieces = (piece for piece in _pieces(template, say) if piece)
    return _set_in_print(pieces) if language == "zh" else "".join(pieces)


def names_in(template: str) -> set[str]:
    """Which places a template has. Raises ValueError for one that can't be read."""
    return {name for _, names, _, _ in Formatter().parse(template) if names for name in names.split("/")}


def _pieces(template: str, say: Callable[[str], Said]) -> Iterator[str]:
    for literal, names, spec, _ in Formatter().parse(template):
        yield literal
        if names:
            said = [say(name) for name in names.split("/")]
            yield from _in_place(next((each for each in said if each.there), said[0]), spec or "")


def _in_place(said: Said, spec: str) -> Iterator[str]:
    if not spec:
        yield said.words
        return
    there, _, absent = spec.partition("|")
    if not said.there:
        yield absent
        return
    before, *after = there.split("%")
    yield before
    for text in after:
        yield said.words
        yield text


def _set_in_print(pieces: Iterable[str]) -> str:
    """Chinese in one line: where a value meets the sentence, a blank stands between Chinese and Latin words.

    Only there, never within a piece: what somebody said is quoted as they wrote it.
    """
    line: list[str] = []
    for piece in pieces:
        if line and _meet_with_blank(line[-1], piece):
            line.append(" ")
        line.append(piece)
    return "".join(line)


def _meet_with_blank(left: str, right: str) -> bool:
    return (_is_chinese(left[-1]) and _is_latin(right)) or (_is_latin(reversed(left)) and _is_chinese(right[0]))


def _is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _is_latin(edge: Iterable[str]) -> bool:
    """Whether it begins with a word of Latin letters: `agent-1`, `7F3K-9Q2M`; bare digits are set without a blank."""
    return any(character.isalpha() for character in takewhile(lambda each: "!" <= each <= "~", edge))
