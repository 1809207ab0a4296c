"""Everything that the system can say, it can say in English and in Chinese. What is missing is listed all at once."""

import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.pofile import read_po
from pydantic_core.core_schema import ErrorType

from services.directory.rules import ROLES
from services.intake.commands.report_upward import ReportUpward
from shared.events.base import Event
from shared.events.vocabulary import Evidence, Feedback, Language, Scores, Value
from shared.language import LANGUAGES
from shared.language.catalogue import KINDS, Kind, catalogue
from shared.language.refusals import FIELD
from shared.language.template import Said, filled, names_in
from shared.language.words import context_of
from shared.web.accesses import Purpose
from shared.web.problems import HTTP_CODES
from tests.architecture.tree import ROOT, sources
from tests.contract.answers import closed_lists, held
from tests.contract.examples import facts
from tests.contract.field_faults import field_faults, untold
from tests.contract.refusal_codes import WHERE, Refusal, refusals

Key = tuple[str | None, str]
FACTS = facts()
HELD = held()
FIELD_FAULTS = field_faults()
REFUSALS = [
    *refusals().refusals,
    *(
        Refusal("shared/web/problems.py", None, code, None, frozenset())
        for code in (*HTTP_CODES.values(), "http_error")
    ),
]
UNTOLD = {
    "digest": "a fingerprint, for machines",
    "sha256": "a fingerprint, for machines",
    "size": "of a file, which has a name and a kind",
    "media_type": "of a file, which has a name and a kind",
    "person": "whose complaint it is: an id, the same in the whole case",
    "request": "the id of an event that stands in the same case",
    "trigger": "the id of an event that stands in the same case",
    "handled_by": "everyone who acted, as the case before this shows",
    "investigators": "everyone who investigated, as the case before this shows",
    "restricted": "a copy of what the classification said",
    "basis": "a reason that the outcome names",
}
"""Fields that stand in every such fact and that no story needs, and why."""
TOLD_BEFORE = {
    "complaint.registered": {"complainant"},
    "investigation.evidence-added": {"department"},
    "remedy.option-proposed": {"department"},
    "remedy.submitted": {"verdict", "cause", "department"},
    "resolution.concluded": {"cause", "department"},
}
"""What travels along for who decides by it: the story told it at an earlier event, or it is personal."""


def texts(language: Language, kind: Kind) -> Mapping[Key, str]:
    return catalogue(language, kind).texts


def listed(missing: Iterable[object]) -> str:
    return "\n  ".join(["", *sorted({str(each) for each in missing})])


def where(language: Language, kind: Kind) -> str:
    return f"shared/language/locales/{language}/LC_MESSAGES/{kind}.po"


# All of them


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same_entries(kind: Kind) -> None:
    english, chinese = texts("en", kind), texts("zh", kind)
    assert english.keys() == chinese.keys(), listed(english.keys() ^ chinese.keys())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_empty_guessed_or_said_twice(language: Language, kind: Kind) -> None:
    written = (ROOT / where(language, kind)).read_text(encoding="utf-8")
    with (ROOT / where(language, kind)).open("rb") as file:
        read = [each for each in read_po(file, locale=language) if each.id]
    assert [each.id for each in read if not each.string or each.fuzzy] == []
    assert written.count("\nmsgid ") == len(read) + 1, "an entry stands there twice; one is the head of the file"


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same_places(kind: Kind) -> None:
    english, chinese = texts("en", kind), texts("zh", kind)
    other = [key for key in english.keys() & chinese.keys() if names_in(english[key]) != names_in(chinese[key])]
    assert not other, listed(other)


@pytest.mark.parametrize("kind", KINDS)
def test_chinese_has_its_own_punctuation(kind: Kind) -> None:
    """No comma, stop or bracket of English after a Chinese character, no blank before one of Chinese."""
    slip = re.compile(r"[\u3400-\u9fff][,.;:?!()]|\s[，。；：？！、）]|[，。；：？！、（）]\s")
    found = [f"{key}: {text}" for key, text in texts("zh", kind).items() if slip.search(text)]
    assert not found, listed(found)


@pytest.mark.parametrize("kind", ["events", "refusals"])
def test_a_sentence_ends_as_one(kind: Kind) -> None:
    for language, stop in (("en", (".", ".}", "|}")), ("zh", ("。", "。}"))):
        found = [key for key, text in texts(language, kind).items() if not text.endswith(stop)]  # type: ignore[arg-type]
        assert not found, listed(found)


def test_the_catalogues_travel_in_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (wheel,) = tmp_path.glob("*.whl")
    within = set(zipfile.ZipFile(wheel).namelist())
    assert {where(language, kind) for language in LANGUAGES for kind in KINDS} <= within
    assert files("shared.language").joinpath("locales").is_dir()


# Events


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_of_the_language_has_a_sentence_and_nothing_else_has(language: Language) -> None:
    told = {code for _, code in texts(language, "events")}
    assert told == FACTS.keys(), listed(told ^ FACTS.keys())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_only_fields_of_its_event(language: Language) -> None:
    wrong = [
        f"{wire_type}: {name}"
        for (_, wire_type), text in texts(language, "events").items()
        for name in names_in(text)
        if name not in fields_of(wire_type)
    ]
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_tells_what_matters(language: Language) -> None:
    """Every field that an event must have, unless there is a reason to leave it out."""
    silent = [
        f"{wire_type}: {name}"
        for (_, wire_type), text in texts(language, "events").items()
        for name, field in fields_of(wire_type).items()
        if field.is_required() and name not in names_in(text) | {"at", "by", "cycle"} | UNTOLD.keys()
        and name not in TOLD_BEFORE.get(wire_type, set())
    ]  # fmt: skip
    assert not silent, listed(silent)


def test_who_did_it_is_told_unless_the_system_did() -> None:
    """An event that only a reaction or a deadline states may leave its actor out; both languages alike."""
    for wire_type in FACTS:
        english, chinese = (texts(language, "events").get((None, wire_type), "") for language in LANGUAGES)
        assert ("{by}" in english) == ("{by}" in chinese), wire_type


def fields_of(wire_type: str) -> dict[str, Any]:
    fact: type[Event] | None = FACTS.get(wire_type)
    return dict(fact.model_fields) if fact else {}


# Words


def shown_codes() -> set[Key]:
    """Every code of a closed list that some sentence can show, in its context."""
    shown: set[Key] = {("role", role) for role in (*ROLES, "system")}
    for (_, wire_type), text in texts("en", "events").items():
        for name in names_in(text) & fields_of(wire_type).keys():
            annotation = fields_of(wire_type)[name].annotation
            shown |= {(context_of(name), code) for code in closed_lists(annotation)}
            if "bool" in str(annotation) and "None" in str(annotation):
                shown |= {(context_of(name), answer) for answer in ("yes", "no")}
    groups: list[tuple[str, type[Value]]] = [("score", Scores), ("feedback", Feedback)]
    shown |= {(context, name) for context, group in groups for name in group.model_fields}
    return shown | {("kind", code) for code in closed_lists(Evidence.model_fields["kind"].annotation)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_a_sentence_can_show_has_its_word(language: Language) -> None:
    missing = shown_codes() - texts(language, "words").keys()
    assert not missing, listed(missing)


def answered_codes(language: Language) -> set[Key]:
    """Every code that an answer of some service can hold, in the context in which its word is found."""
    own = {(context_of(f"{each.model}.{each.field}"), code) for each in HELD for code in each.codes}
    shared = {(context_of(each.field), code) for each in HELD for code in each.codes}
    return {key for key in own | shared if key in texts(language, "words")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_an_answer_can_hold_has_its_word(language: Language) -> None:
    missing = [
        f"{each.model}.{each.field} {code}"
        for each in HELD
        for code in each.codes
        if not {(context_of(f"{each.model}.{each.field}"), code), (context_of(each.field), code)}
        & texts(language, "words").keys()
    ]
    assert not missing, listed(missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_choose_from_has_words_too(language: Language) -> None:
    chosen = {("role", role) for role in get_args(ReportUpward.model_fields["to"].annotation)}
    chosen |= {("purpose", purpose) for purpose in get_args(Purpose)}
    missing = chosen - texts(language, "words").keys()
    assert not missing, listed(missing)


def test_every_word_is_of_a_code_that_there_is() -> None:
    """Of a closed list, or written somewhere in the code, as the endings of an archived case are."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources(*WHERE))
    odd = [
        (context, word)
        for context, word in texts("en", "words").keys() - shown_codes() - answered_codes("en")
        if context not in ("form", "currency") and f'"{word}"' not in code and f'"{word.partition("_")[2]}"' not in code
    ]
    assert not odd, listed(odd)


# Refusals


def sentence_of(refusal: Refusal) -> Key | None:
    """Which entry says it: that of its service, else the one of all."""
    known = texts("en", "refusals").keys()
    keys: tuple[Key, ...] = ((refusal.service, refusal.code), (None, refusal.code))
    return next((key for key in keys if key in known), None)


def test_the_code_of_every_refusal_can_be_read_off() -> None:
    assert not refusals().untold, listed(refusals().untold)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_sentence(language: Language) -> None:
    said = texts(language, "refusals")
    missing = [
        f"{each.code} ({each.service or 'everywhere'}) at {each.place}: {each.sentence}"
        for each in REFUSALS
        if (each.service, each.code) not in said and (None, each.code) not in said
    ]
    assert not missing, listed(missing)


def test_no_sentence_is_of_a_refusal_that_there_is_not() -> None:
    used = {sentence_of(each) for each in REFUSALS}
    used |= {(FIELD, kind) for kind in (*get_args(ErrorType), *(each.code for each in FIELD_FAULTS))}
    unused = texts("en", "refusals").keys() - used
    assert not unused, listed(unused)


def test_a_sentence_is_whole_without_details() -> None:
    """Each place says what to leave out, or to say instead, where a detail is missing."""
    bare = [
        f"{language} {key}: {place}"
        for language in LANGUAGES
        for key, text in texts(language, "refusals").items()
        for place in re.findall(r"{[^}]*}", text)
        if "|" not in place
    ]
    assert not bare, listed(bare)


def test_a_sentence_names_only_details_that_the_code_gives() -> None:
    given: dict[Key, set[str]] = defaultdict(set)
    for each in REFUSALS:
        if (key := sentence_of(each)) is not None:
            given[key] |= each.details
    bounds = {"min_length", "max_length", "gt", "ge", "lt", "le", "expected"}
    bounds |= {name for each in FIELD_FAULTS for name in each.context}
    wrong = [
        f"{key}: {name}"
        for key, text in texts("en", "refusals").items()
        for name in names_in(text) - (bounds if key[0] == FIELD else given[key])
    ]
    assert not wrong, listed(wrong)


def test_what_varies_in_a_sentence_stands_in_its_details() -> None:
    """A Chinese sentence has nothing else to be filled from."""
    untold = [
        f"{each.code} at {each.place}: {{{part}}}"
        for each in REFUSALS
        for part, tellers in each.wording.parts.items()
        if not tellers
    ]
    assert not untold, listed(untold)


def test_what_varies_in_a_sentence_is_said_in_both_languages() -> None:
    kept_general = [
        f"{each.code} at {each.place}: {{{part}}}, told by {', '.join(sorted(tellers))}"
        for each in REFUSALS
        for part, tellers in each.wording.parts.items()
        if (key := sentence_of(each)) is not None and tellers and not tellers & names_in(texts("en", "refusals")[key])
    ]
    assert not kept_general, listed(kept_general)


def test_the_english_sentence_is_that_of_the_code_where_there_is_one() -> None:
    """So whoever changes a sentence in the code is led to the Chinese one."""
    written: dict[Key, set[str | None]] = defaultdict(set)
    for each in refusals().refusals:
        if (key := sentence_of(each)) is not None:
            written[key].add(each.sentence or each.wording.sentence)
    changed = [
        f"{key}: {said} | the code says: {sentence}"
        for key, said in texts("en", "refusals").items()
        for sentence in written[key]
        if len(written[key]) == 1 and sentence is not None and sentence != with_names(said, sentence)
    ]
    assert not changed, listed(changed)


def with_names(template: str, sentence: str) -> str:
    """The template with the names of all details that the sentence has in their places."""
    return filled(template, lambda name: Said(f"{{{name}}}", there=f"{{{name}}}" in sentence), "en")


def test_every_rule_of_our_own_for_a_field_is_said_in_both_languages_and_in_english_as_the_code_says_it() -> None:
    said = texts("en", "refusals")
    wrong = [
        f"{each.code} at {each.place}: {each.sentence}"
        for each in FIELD_FAULTS
        if with_names(said.get((FIELD, each.code), ""), each.sentence) != each.sentence
    ]
    assert not wrong, listed(wrong)
    assert not untold(), listed(untold())


CODE = """
class Refused(Exception): ...
class Late(Refused): ...
class Gone(Refused):
    def __init__(self): super().__init__("gone", "It is gone.")
def a(x): raise Refused("one", "First.", limit=1)
def b(x): raise Late("two" if x else "three", f"{x}")
def c(x): raise Gone
def e(refusal): return problem(refusal.status, refusal.code, refusal.message)
def f(): return problem(404, "four", "Fourth.")
"""
TABLES = """
ENDED = {"in_error": ("voided", "It was void."), "closed": ("over", "It is over.")}
OVER = {"shut": "It is shut.", "kind": "word"}
def a(x): raise Refused(*ENDED[x])
def b(x): raise Refused(x, OVER[x])
def c(x): raise another("far", "{} is far.", x)
def another(code, why, x): return Refused(code, why.format(x), person=x)
"""


def read_off(tmp_path: Path, code: str) -> tuple[dict[str, str | None], list[str]]:
    module = tmp_path / "rules.py"
    module.write_text(code)
    found = refusals([module])
    return {each.code: each.sentence for each in found.refusals}, found.untold


def test_the_reader_of_the_code_finds_what_stands_where_it_is_raised(tmp_path: Path) -> None:
    assert read_off(tmp_path, CODE) == (
        {"one": "First.", "two": None, "three": None, "gone": "It is gone.", "four": "Fourth."},
        [],
    )


def test_the_reader_of_the_code_finds_what_stands_in_tables(tmp_path: Path) -> None:
    found = {"voided": "It was void.", "over": "It is over.", "shut": "It is shut.", "far": None}
    assert read_off(tmp_path, TABLES) == (found, [])


VARYING = """
class Refused(Exception): ...
def a(x): raise Refused("one", f"{x.name} and {len(x.all)}.", name=x.name, all=list(x.all))
def b(x):
    many = ", ".join(x.all)
    raise Refused("two", f"{many}.", all=x.all)
def c(x): raise Refused("three", f"{x.name} of {x.house}.", house=x.house)
def d(why, x): raise Refused("four", why.format(x), person=x)
def e(x):
    said = f"It is {x}."
    raise Refused("five", said)
def f(x):
    one, other = x.pair
    raise Refused("six", f"{' / '.join(x.pair)} twice.", one=one, other=other)
def g(x): return problem(404, "seven", f"At most {x}.", {"most": x})
"""


def test_the_reader_of_the_code_tells_which_details_carry_what_varies(tmp_path: Path) -> None:
    module = tmp_path / "rules.py"
    module.write_text(VARYING)
    found = {
        each.code: {part: set(told) for part, told in each.wording.parts.items()}
        for each in refusals([module]).refusals
    }
    assert found == {
        "one": {"x.name": {"name"}, "len(x.all)": {"all"}},
        "two": {"many": {"all"}},
        "three": {"x.name": set(), "x.house": {"house"}},
        "four": {"x": {"person"}},
        "five": {"x": set()},
        "six": {"' / '.join(x.pair)": {"one", "other"}},
        "seven": {"x": {"most"}},
    }


def test_what_the_reader_of_the_code_can_not_find_is_told(tmp_path: Path) -> None:
    assert read_off(tmp_path, "def d(code): raise Refused(code, 'Not to be read off.')") == ({}, ["rules.py:1"])
