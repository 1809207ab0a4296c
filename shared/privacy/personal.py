"""A piece of personal data that can travel only when it is sealed, and the walk that finds such pieces in a model."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self, TypeVar, final

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from shared.privacy.walk import Walk

MAX_BYTES: Final = 64 * 1024
"""Of one clear text, in UTF-8."""
MAX_OWNER: Final = 200

_OWNER = re.compile(rf"[a-z][a-z0-9_-]*:[\x21-\x7e]{{1,{MAX_OWNER}}}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{42,87424}")
"""From an empty text to one of MAX_BYTES, each with 31 bytes of frame (see `shared.privacy.keyring`)."""
_HIDDEN = "(hidden)"
_FIELDS: Final = frozenset({"owner", "sealed"})


class NotSealed(Exception):
    """Clear text was about to be written out. Seal the model first; nothing was written."""


class NotOpened(Exception):
    """The clear text was asked for, but only the sealed form is at hand. Open the model first."""


class Erased(Exception):
    """The clear text was asked for, but the owner's key has been destroyed: nobody can read it any more."""


def checked_owner(owner: str) -> str:
    """The owner, if it reads `<category>:<id>` and is at most MAX_OWNER long. Raises ValueError, which never quotes it:
    a caller who swaps the two arguments of `Personal.of` must not find a customer's words in a log.
    """
    if len(owner) > MAX_OWNER or not _OWNER.fullmatch(owner):
        raise ValueError(f"an owner reads <category>:<id>, printable ASCII, at most {MAX_OWNER} characters")
    return owner


def checked_text(text: str) -> str:
    """The text, if it can be sealed. Raises ValueError, never quoting it, for lone surrogates or too many bytes."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "This is not valid Unicode. Send it in UTF-8.") from None
    if size > MAX_BYTES:
        raise PydanticCustomError(
            "text_too_large", "A text has at most {most} bytes in UTF-8. Shorten it.", {"most": MAX_BYTES}
        )
    return text


@final
class Personal(BaseModel):
    """Personal data of one owner: a person (`person:<uuid>`) or a scope (`scope:accountability`).

    It starts clear (`of`), is sealed by the keyring before it is written, and comes back sealed. On the wire it is
    `{"owner", "sealed"}`; a clear text can neither be written out nor come in from outside. Two are equal when their
    sealed forms are, or, unless both are sealed, when owner and clear text are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="never")

    owner: str
    sealed: str | None
    """Unpadded base64url: format byte, key generation (2 bytes), nonce (12), ciphertext and tag. None: still clear."""

    _clear: str | None = PrivateAttr(default=None)
    _erased: bool = PrivateAttr(default=False)

    @classmethod
    def of(cls, owner: str, text: str) -> Self:
        """Clear, not yet sealed. Raises ValueError for an owner or text out of bounds."""
        return cls._made(checked_owner(owner), None, clear=checked_text(text))

    @property
    def is_sealed(self) -> bool:
        return self.sealed is not None

    @property
    def is_open(self) -> bool:
        """Whether `clear` would answer."""
        return self._clear is not None

    @property
    def is_erased(self) -> bool:
        """Whether an attempt to open it found the owner's key destroyed."""
        return self._erased

    @property
    def clear(self) -> str:
        """The clear text. Raises Erased, or NotOpened when it is only sealed."""
        if self._clear is not None:
            return self._clear
        if self._erased:
            raise Erased(f"The key of {self.owner} has been destroyed.")
        raise NotOpened(f"Personal data of {self.owner} has not been opened.")

    def clear_or(self, default: str) -> str:
        """The clear text, or `default` when it is erased. Still raises NotOpened: that is a fault, not a blank."""
        return default if self._erased else self.clear

    def sealed_as(self, token: str) -> Self:
        """The same, sealed, without its clear text: exactly what a reader of the log gets. For the keyring."""
        return self._made(self.owner, token)

    def opened_as(self, text: str) -> Self:
        """The same, sealed, with its clear text at hand. For the keyring."""
        return self._made(self.owner, self.sealed, clear=text)

    def found_erased(self) -> Self:
        """The same, sealed, known to be unreadable for ever. For the keyring."""
        return self._made(self.owner, self.sealed, erased=True)

    @classmethod
    def _made(cls, owner: str, sealed: str | None, *, clear: str | None = None, erased: bool = False) -> Self:
        # What `model_construct` does, at a quarter of its price: every reading of the log makes thousands.
        made = object.__new__(cls)
        set_attribute = object.__setattr__
        set_attribute(made, "__dict__", {"owner": owner, "sealed": sealed})
        set_attribute(made, "__pydantic_fields_set__", set(_FIELDS))
        set_attribute(made, "__pydantic_extra__", None)
        set_attribute(made, "__pydantic_private__", {"_clear": clear, "_erased": erased})
        return made

    @model_validator(mode="wrap")
    @classmethod
    def _as_it_was_sealed(cls, value: Any, otherwise: ModelWrapValidatorHandler[Self]) -> Self:
        """What is right is taken as it is; only what is wrong goes the long way, which says so without quoting it."""
        if type(value) is dict and len(value) == 2:
            owner, sealed = value.get("owner"), value.get("sealed")
            if (
                type(owner) is str and len(owner) <= MAX_OWNER and _OWNER.fullmatch(owner)
                and type(sealed) is str and _TOKEN.fullmatch(sealed)
            ):  # fmt: skip
                return cls._made(owner, sealed)
        return otherwise(value)

    @model_validator(mode="before")
    @classmethod
    def _hide_what_is_wrong(cls, value: Any) -> Any:
        """Pydantic quotes the input in its errors, and errors are logged: what may be clear text is blanked first."""
        if isinstance(value, Personal):
            return value
        if not isinstance(value, Mapping):
            return _HIDDEN
        shown = {str(key): _HIDDEN for key in value}
        owner, sealed = value.get("owner"), value.get("sealed")
        if isinstance(owner, str) and len(owner) <= MAX_OWNER and _OWNER.fullmatch(owner):
            shown["owner"] = owner
        if isinstance(sealed, str) and _TOKEN.fullmatch(sealed):
            shown["sealed"] = sealed
        return shown

    @field_validator("owner")
    @classmethod
    def _owner_is_a_subject(cls, owner: str) -> str:
        return checked_owner(owner)

    @field_validator("sealed")
    @classmethod
    def _is_a_token(cls, sealed: str | None) -> str:
        if sealed is None or not _TOKEN.fullmatch(sealed):
            raise ValueError("personal data comes in sealed only, as a base64url token")
        return sealed

    @model_serializer(mode="plain")
    def _only_sealed(self) -> dict[str, str]:
        if self.sealed is None:
            raise NotSealed(f"Personal data of {self.owner} is not sealed; it can't be written out.")
        return {"owner": self.owner, "sealed": self.sealed}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "title": "Personal",
            "description": "Personal data of one owner, sealed under the owner's key.",
            "type": "object",
            "properties": {
                "owner": {"type": "string", "maxLength": MAX_OWNER, "pattern": f"^{_OWNER.pattern}$"},
                "sealed": {"type": "string", "pattern": f"^{_TOKEN.pattern}$"},
            },
            "required": ["owner", "sealed"],
            "additionalProperties": False,
        }

    def __getstate__(self) -> dict[Any, Any]:
        """A pickle is a way out of the process too: it bears the sealed form only. Raises NotSealed."""
        if self.sealed is None:
            raise NotSealed(f"Personal data of {self.owner} is not sealed; it can't be pickled.")
        private = {"_clear": None, "_erased": self._erased}
        return {**super().__getstate__(), "__pydantic_private__": private}

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("owner", self.owner)]

    def __str__(self) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Personal):
            return NotImplemented
        if self.sealed is not None and other.sealed is not None:
            return self.owner == other.owner and self.sealed == other.sealed
        return self.owner == other.owner and self._clear is not None and self._clear == other._clear

    def __hash__(self) -> int:
        return hash(self.owner)


_walk = Walk(Personal)
M = TypeVar("M", bound=BaseModel)


def personal_fields(model: BaseModel) -> Iterator[tuple[str, Personal]]:
    """Path and Personal of every piece in the model, nested models, lists, tuples and dicts included.

    The path is part of what a seal binds, and goes by the fields' Python names: a field that holds personal data,
    and those above it, is never renamed or moved, by an upcaster neither, or it can't be opened any more.
    """
    return _walk.found(model)


def with_personal(model: M, by_path: Mapping[str, Personal]) -> M:
    """A copy with these pieces in place of those at the same paths. Raises KeyError for a path that holds none."""
    return _walk.replaced(model, by_path)


def holds_personal(model_class: type[BaseModel]) -> bool:
    """Whether instances of the class can hold personal data. Raises TypeError where it stands in a set or dataclass."""
    return _walk.reaches(model_class)
