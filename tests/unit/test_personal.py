"""Personal data can't leave clear, can't come in clear, and is found wherever it stands in a model."""

import copy
import json
import pickle
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, SerializeAsAny, ValidationError
from pydantic_core import PydanticSerializationError

from shared.privacy.keyring import SealBroken, _decrypted, _sealed
from shared.privacy.personal import (
    MAX_BYTES,
    Erased,
    NotOpened,
    NotSealed,
    Personal,
    holds_personal,
    personal_fields,
    with_personal,
)

SECRET = "Chan Tai Man lives at 12 Elm Road"
OWNER = "person:018f3c1e-0000-7000-8000-000000000001"
TOKEN = "A" * 60


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Contact(Shape):
    phone: Personal | None = None
    label: str = ""


class Channel(Enum):
    HOME = "home"


class Everything(Shape):
    name: Personal
    contact: Contact
    notes: tuple[Personal, ...] = ()
    letters: list[Contact] = []
    by_channel: dict[Channel, Personal] = {}
    by_word: Mapping[str, Contact | None] = {}
    amount_minor: int = 0


class Loose(Shape):
    anything: Any = None
    either: Personal | str | None = None
    some: SerializeAsAny[BaseModel] | None = None


class Tree(Shape):
    here: Personal | None = None
    below: tuple["Tree", ...] = ()


class Plain(Shape):
    name: str
    tags: tuple[str, ...] = ()
    inner: dict[str, int] = {}


def clear(text: str = SECRET, owner: str = OWNER) -> Personal:
    return Personal.of(owner, text)


def everything() -> Everything:
    return Everything(
        name=clear("name"),
        contact=Contact(phone=clear("phone")),
        notes=(clear("note 0"), clear("note 1")),
        letters=[Contact(), Contact(phone=clear("letter 1"))],
        by_channel={Channel.HOME: clear("home")},
        by_word={"a/b~c": Contact(phone=clear("slash")), "none": None},
    )


@pytest.mark.parametrize(
    "model",
    [
        clear(),
        Contact(phone=clear()),
        Loose(anything=clear()),
        Loose(anything={"deep": [clear()]}),
        Loose(either=clear()),
        Loose(some=Contact(phone=clear())),
        Tree(below=(Tree(here=clear()),)),
    ],
)
def test_clear_text_can_not_be_dumped_in_any_way(model: BaseModel) -> None:
    ways = (
        model.model_dump,
        model.model_dump_json,
        lambda: model.model_dump(mode="json"),
        lambda: model.model_dump(warnings="none", serialize_as_any=True),
        lambda: model.model_dump(exclude={"sealed"}),
    )
    for way in ways:
        with pytest.raises(PydanticSerializationError, match="NotSealed") as caught:
            way()
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_clear_text_can_not_be_pickled_and_an_opened_one_leaves_it_behind() -> None:
    with pytest.raises(NotSealed):
        pickle.dumps(Contact(phone=clear()))
    opened = clear().sealed_as(TOKEN).opened_as(SECRET)
    data = pickle.dumps(Contact(phone=opened))
    assert SECRET.encode() not in data
    back = pickle.loads(data).phone  # noqa: S301 (our own bytes)
    assert back == opened and not back.is_open


def test_an_opened_personal_is_dumped_sealed() -> None:
    opened = clear().sealed_as(TOKEN).opened_as(SECRET)
    assert json.loads(opened.model_dump_json()) == {"owner": OWNER, "sealed": TOKEN}
    assert Personal.model_validate_json(opened.model_dump_json()) == opened


def test_a_representation_shows_the_owner_only() -> None:
    for personal in (clear(), clear().sealed_as(TOKEN), clear().sealed_as(TOKEN).opened_as(SECRET)):
        shown = f"{personal} {personal!r} {Contact(phone=personal)!r} {dict(personal)} {vars(personal)}"
        assert OWNER in shown and SECRET not in shown
        assert TOKEN not in f"{personal} {personal!r}"


@pytest.mark.parametrize(
    "wire",
    [
        {"owner": OWNER, "clear": SECRET},
        {"owner": OWNER, "_clear": SECRET},
        {"owner": OWNER, "sealed": TOKEN, "clear": SECRET},
        {"owner": OWNER, "sealed": SECRET},
        {"owner": OWNER, "sealed": None},
        {"owner": OWNER},
        {"owner": SECRET, "sealed": TOKEN},
        {"sealed": TOKEN},
        {"owner": OWNER, "sealed": [SECRET]},
        SECRET,
        [SECRET],
        None,
    ],
)
def test_clear_text_can_not_come_in_and_is_not_quoted_when_it_is_refused(wire: Any) -> None:
    class Field(Shape):
        it: Personal

    for attempt in (
        lambda: Personal.model_validate(wire),
        lambda: Field.model_validate({"it": wire}),
        lambda: Field.model_validate_json(json.dumps({"it": wire})),
    ):
        with pytest.raises(ValidationError) as caught:
            attempt()
        assert SECRET not in str(caught.value) and SECRET not in str(caught.value.errors())


def test_a_sealed_one_is_read_from_the_wire_as_a_field() -> None:
    contact = Contact.model_validate_json(json.dumps({"phone": {"owner": OWNER, "sealed": TOKEN}}))
    assert contact.phone is not None and contact.phone.is_sealed and not contact.phone.is_open
    assert contact.model_dump() == {"phone": {"owner": OWNER, "sealed": TOKEN}, "label": ""}


def test_the_schema_knows_the_sealed_form_only() -> None:
    for mode in ("validation", "serialization"):
        schema = Contact.model_json_schema(mode=mode)["$defs"]["Personal"]
        assert schema["required"] == ["owner", "sealed"] and set(schema["properties"]) == {"owner", "sealed"}


def test_clear_says_whether_it_was_never_opened_or_is_erased() -> None:
    sealed = clear().sealed_as(TOKEN)
    assert clear().clear == SECRET and sealed.opened_as("").clear == ""
    with pytest.raises(NotOpened):
        _ = sealed.clear
    with pytest.raises(NotOpened):
        sealed.clear_or("-")
    with pytest.raises(Erased):
        _ = sealed.found_erased().clear
    assert sealed.found_erased().clear_or("-") == "-"
    assert sealed.opened_as(SECRET).clear_or("-") == SECRET
    assert sealed.found_erased().is_erased and not sealed.is_erased


def test_equality_is_of_sealed_forms_or_else_of_clear_texts() -> None:
    sealed = clear().sealed_as(TOKEN)
    assert clear() == clear() and hash(clear()) == hash(clear())
    assert clear() != clear("other") and clear() != clear(owner="person:other")
    assert sealed == clear().sealed_as(TOKEN).opened_as(SECRET)
    assert sealed != clear().sealed_as("B" * 60)
    assert sealed != clear() and clear() == sealed.opened_as(SECRET)
    assert everything() == everything()
    assert clear() != SECRET


def test_a_copy_stays_clear() -> None:
    for copied in (copy.copy(clear()), copy.deepcopy(clear()), clear().model_copy()):
        assert copied.clear == SECRET and not copied.is_sealed


@pytest.mark.parametrize(
    "owner", ["", "person", "person:", ":x", "Person:x", "person:a b", "person:\n", "p:" + "x" * 199]
)
def test_what_is_no_owner_is_refused_without_being_quoted(owner: str) -> None:
    with pytest.raises(ValueError, match="<category>:<id>") as caught:
        Personal.of(owner, SECRET)
    assert SECRET not in str(caught.value) and (len(owner) < 4 or owner not in str(caught.value))


def test_a_text_is_at_most_64_kib_of_valid_unicode() -> None:
    assert Personal.of("p:" + "x" * 198, "字" * (MAX_BYTES // 3)).clear
    assert Personal.of(OWNER, "a" * MAX_BYTES).clear
    for bad in ("a" * (MAX_BYTES + 1), "字" * (MAX_BYTES // 3 + 1), SECRET + "\ud800"):
        with pytest.raises(ValueError, match="UTF-8") as caught:
            Personal.of(OWNER, bad)
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_every_piece_is_found_with_a_path_of_its_own() -> None:
    assert {path: one.clear for path, one in personal_fields(everything())} == {
        "name": "name",
        "contact/phone": "phone",
        "notes/0": "note 0",
        "notes/1": "note 1",
        "letters/1/phone": "letter 1",
        "by_channel/home": "home",
        "by_word/a~1b~0c/phone": "slash",
    }


def test_pieces_behind_any_and_in_recursive_models_are_found() -> None:
    assert [path for path, _ in personal_fields(Loose(anything={"a": [Contact(phone=clear())]}))] == [
        "anything/a/0/phone"
    ]
    tree = Tree(below=(Tree(), Tree(here=clear(), below=(Tree(here=clear()),))))
    assert [path for path, _ in personal_fields(tree)] == ["below/1/here", "below/1/below/0/here"]


def test_every_piece_can_be_replaced_and_the_rest_is_shared() -> None:
    before = everything()
    found = dict(personal_fields(before))
    after = with_personal(before, {path: one.sealed_as(TOKEN) for path, one in found.items()})
    assert all(one.is_sealed for _, one in personal_fields(after)) and len(dict(personal_fields(after))) == len(found)
    assert dict(personal_fields(before)) == found and not before.name.is_sealed
    assert isinstance(after.notes, tuple) and isinstance(after.letters, list)
    assert after.letters[0] is before.letters[0]
    assert Everything.model_validate_json(after.model_dump_json()) == after


def test_replacing_what_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="contact/fax"):
        with_personal(everything(), {"contact/fax": clear()})
    with pytest.raises(KeyError, match="name"):
        with_personal(Plain(name="x"), {"name": clear()})


def test_a_model_without_personal_data_is_left_as_it_is_and_never_walked() -> None:
    class Untouchable(Plain):
        def __getattribute__(self, name: str) -> Any:
            assert name not in {"name", "tags", "inner"}, "a field was visited"
            return super().__getattribute__(name)

    plain = Untouchable(name="x", tags=("a",))
    assert not holds_personal(Untouchable) and holds_personal(Everything) and holds_personal(Tree)
    assert list(personal_fields(plain)) == [] and with_personal(plain, {}) is plain


def test_places_where_a_piece_would_be_missed_are_refused() -> None:
    class InSet(Shape):
        them: frozenset[Personal] = frozenset()

    @dataclass
    class Holder:
        it: Personal | None = None

    class InDataclass(Shape):
        holder: Holder

    with pytest.raises(TypeError, match="set"):
        holds_personal(InSet)
    with pytest.raises(TypeError, match="Holder"):
        holds_personal(InDataclass)


def test_every_changed_character_of_a_token_is_noticed() -> None:
    cipher = AESGCM(b"k" * 32)
    sealed = _sealed(cipher, clear("hello"), "e1", "name")
    assert sealed.sealed is not None and _decrypted(cipher, sealed, "e1", "name") == "hello"
    for index, letter in enumerate(sealed.sealed):
        for other in {"A", "B", "_", chr(ord(letter) ^ 1)} - {letter}:
            changed = sealed.sealed_as(sealed.sealed[:index] + other + sealed.sealed[index + 1 :])
            with pytest.raises(SealBroken):
                _decrypted(cipher, changed, "e1", "name")
    for cut in (sealed.sealed[:-1], sealed.sealed[:4], "", sealed.sealed + "=", sealed.sealed + "AAAA"):
        with pytest.raises(SealBroken):
            _decrypted(cipher, sealed.sealed_as(cut), "e1", "name")
