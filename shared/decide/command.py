"""What a command is: the wish of one actor at one instant, with everything the decision needs inside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from shared.events.vocabulary import SYSTEM, Instant

_NAMESPACE = UUID("5d1c3f0e-2b8a-5f43-9d0b-6a6d1e0c7a11")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which of their roles, from which department, and for whom if not for themselves."""

    id: str
    role: str
    department: str
    on_behalf_of: str | None = None


SYSTEM_ACTOR = Actor(id=SYSTEM, role=SYSTEM, department="system")


class Command(BaseModel):
    """A wish. `actor` and `at` come from the request's identity and the business clock, never from its body.

    `path`: where it is posted; its `{names}` are fields of the command. What only the system may has no address.
    `may`: the roles that may ask for it at all.
    `subject`: which stream it decides on, as a pattern over its fields.
    `needs`: reference subjects that the decision reads; `{actor}` is the one who acts.
    `contested`: several people are likely to decide at once, so `If-Match` is required.
    `creates`: it begins a stream; the id is derived, so that a repetition finds the first.
    `in_person`: only in one's own name; a deputy can't ask for it in the name of the absent (domain 3, lesson 14).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: ClassVar[str]
    may: ClassVar[tuple[str, ...]]
    subject: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    contested: ClassVar[bool] = False
    creates: ClassVar[bool] = False
    in_person: ClassVar[bool] = False
    example: ClassVar[dict[str, Any]] = {}
    """A body that a newcomer can send as it is; it stands in the API's documentation."""

    actor: Actor
    at: Instant

    def __init_subclass__(cls, **_: Any) -> None:
        # Class arguments reach both this and pydantic's hook below; object's own would refuse them.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, *, path: str = "", may: tuple[str, ...] = (), **options: Any) -> None:
        if path:
            cls.path, cls.may = path, may
        for name in ("subject", "needs", "contested", "creates", "in_person"):
            if name in options:
                setattr(cls, name, options[name])

    @classmethod
    def has_address(cls) -> bool:
        """Whether it may be asked for over HTTP. What the system alone does, such as writing down what a provider said,
        it asks for within the process: no token of whatever machine lets anyone else say it.
        """
        return set(cls.may) != {SYSTEM}

    def subject_id(self) -> str:
        return self.subject.format_map(self.__dict__)

    def needed(self) -> tuple[str, ...]:
        if not self.needs:
            return ()
        fields = {**self.__dict__, "actor": self.actor.id}
        return tuple(pattern.format_map(fields) for pattern in self.needs)

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """Further subjects that it needs, now that these states are known; asked again until nothing new is named."""
        return ()

    def concealed(self) -> tuple[str, ...]:
        """Subjects that it needs and the envelope must not name, where what a decision read stands in clear."""
        return ()

    def files(self) -> tuple[str, ...]:
        """The SHA-256 of each evidence file that it names, so that `known.file` can say whether it is kept here."""
        return ()

    @classmethod
    def derive(cls, body: dict[str, Any], actor: str, key: str) -> dict[str, Any]:
        """The path fields of a command that begins a stream, derived so that asking twice names the same stream."""
        return {}


class ComplaintCommand(Command, subject="complaint:{complaint_id}"):
    """A command on one complaint."""

    complaint_id: UUID


def derived_id(*parts: str) -> UUID:
    """uuid5 of its parts: the same wish always names the same thing, for ever."""
    return uuid5(_NAMESPACE, "\x1f".join(parts))
