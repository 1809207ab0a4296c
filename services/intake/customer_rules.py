"""What several commands on customers share: whose file it is, which file stands for which, and their guards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

from services.intake.customer import Customer
from services.intake.customer_fields import CustomerCommand, CustomerFields
from shared.decide import Command, Known, NotFound, Refused
from shared.decide.service import Guard
from shared.events.customers import CustomerCorrected, CustomerRecorded, CustomersJoined, CustomersParted
from shared.events.vocabulary import ExternalReference
from shared.privacy.personal import personal_fields


class JoiningCommand(CustomerCommand):
    """A command that rests on which files are one. It reads the row of each file that it is about, so that of two such
    commands at once, whatever they are about, the second decides anew.
    """

    def persons(self) -> tuple[str, ...]:
        """The files that it is about, its own first."""
        return (self.subject_id(),)


def must_have_file(state: Customer) -> None:
    """Raises NotFound."""
    if not state.recorded:
        raise NotFound("unknown_customer", "There is no file of this customer yet. Record the customer first.")


def must_stand_for_itself(state: Customer) -> None:
    """Raises NotFound, or Refused for a file that another one stands for."""
    must_have_file(state)
    if state.into is not None:
        raise joined_into(state.into)


def joined_into(person: str) -> Refused:
    return Refused("joined_into", f"This file was joined into that of {person}. Go on with that one.", person=person)


def must_lie_ahead(until: datetime | None, at: datetime) -> None:
    if until is not None and until <= at:
        raise Refused("expired_already", "This authority has ended already. Give one that is still in force.")


def must_be_unclaimed(command: CustomerFields, known: Known) -> None:
    """A customer of the customer system has one file: else two would be kept, each with half of what is known."""
    if command.external is None:
        return
    person = known.guards.get(external_row(command.external))
    if person not in (None, command.subject_id()):
        raise Refused(
            "external_reference_taken",
            f"The file of {person} has this reference already. Use that file.",
            person=person,
        )


class Joining(TypedDict):
    """Which file stands for this one, and for which others it stands."""

    into: str | None
    others: list[str]


def joining_row(person: str) -> str:
    return f"customer_joining:{person}"


def joining_of(person: str, known: Known) -> Joining:
    """What is true of a file at this very moment; the file's own stream hears of it a little later."""
    row: Joining | None = known.guards.get(joining_row(person))
    return row or Joining(into=None, others=[])


def external_row(reference: ExternalReference) -> str:
    return f"customer_external:{reference.source}:{reference.id}"


def _whose(event: CustomerRecorded | CustomerCorrected | CustomersJoined | CustomersParted) -> str:
    """The file that a fact is of: everything in it is sealed under that person's key."""
    return next(piece.owner for _, piece in personal_fields(event))


def _joining_of_other(value: Joining | None, event: CustomersJoined | CustomersParted) -> Joining:
    into = _whose(event) if isinstance(event, CustomersJoined) else None
    return {"into": into, "others": value["others"] if value else []}


def _joining_of_own(value: Joining | None, event: CustomersJoined | CustomersParted) -> Joining:
    others = [each for each in (value["others"] if value else []) if each != event.other]
    if isinstance(event, CustomersJoined):
        others.append(event.other)
    return {"into": value["into"] if value else None, "others": others}


def _joining_rows(state: Any, command: Command, states: Mapping[str, Any]) -> Sequence[str]:
    return [joining_row(person) for person in command.persons()] if isinstance(command, JoiningCommand) else ()


def _external_key(state: Any, event: CustomerRecorded | CustomerCorrected) -> str | None:
    return external_row(event.external) if event.external is not None else None


def _external_rows(state: Any, command: Command, states: Mapping[str, Any]) -> Sequence[str]:
    given = isinstance(command, CustomerFields) and command.external
    return [external_row(given)] if given else ()


_JOINING: Final = (CustomersJoined, CustomersParted)

GUARDS: tuple[Guard, ...] = (
    Guard("customer_joining_of_other", _JOINING, lambda _, event: joining_row(event.other), _joining_of_other),
    Guard("customer_joining", _JOINING, lambda _, event: joining_row(_whose(event)), _joining_of_own, _joining_rows),
    Guard(
        "customer_external", (CustomerRecorded, CustomerCorrected), _external_key, lambda _, event: _whose(event),
        _external_rows,
    ),
)  # fmt: skip
"""Two files joined into each other at once compare and set both rows, so that not both pass."""
