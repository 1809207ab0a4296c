"""谈话记录 The investigator takes down what somebody says."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from services.investigation.rules import CaseCommand, must_be_unsettled, must_investigate
from services.investigation.state import Investigation
from shared.decide import Known, Refused
from shared.decide.wording import LongText
from shared.events.investigation import InvestigationEvent, StatementTaken
from shared.events.vocabulary import Code, Reference, StaffId
from shared.privacy.personal import Personal


class TakeStatement(CaseCommand, path="/complaints/{complaint_id}/statements", may=("investigator",), in_person=True):
    """Take down the statement of the customer, of a colleague or of a witness (domain 4.2, StatementTaken; F25).

    It stands under the code for ever; who says something else later makes another statement.
    """

    example: ClassVar[dict[str, Any]] = {
        "statement": "S1",
        "of": "staff",
        "staff": "li.na",
        "text": "I told the customer on 3 March that the fee would be waived.",
        "signed": "statement-20260305-2",
    }

    statement: Code
    """The code it is known by on this case, for ever."""
    of: Literal["customer", "staff", "witness"]
    staff: StaffId | None = None
    """Whose, if a colleague's."""
    text: LongText
    signed: Reference | None = None
    """Where the signed copy or the recording lies."""

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return (*super().needed_then(states), *((f"staff:{self.staff}",) if self.staff else ()))


def decide(state: Investigation, command: TakeStatement, known: Known) -> list[InvestigationEvent]:
    must_be_unsettled(state, known)
    must_investigate(state, command.actor)
    _must_be_of_somebody_else(command, known)
    if command.statement in state.statements:
        raise Refused(
            "statement_stands",
            f"{command.statement} is taken down already. Take down what is new under its own code.",
            statement=command.statement,
        )
    taken = StatementTaken(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        statement=command.statement,
        of=command.of,
        staff=command.staff,
        text=Personal.of(state.person, command.text),
        signed=command.signed,
    )
    return [taken]


def _must_be_of_somebody_else(command: TakeStatement, known: Known) -> None:
    if command.of != "staff":
        if command.staff is not None:
            raise Refused("staff_not_asked", "Name a member of the staff only for a colleague's own statement.")
        return
    if command.staff is None:
        raise Refused("staff_needed", "Say which colleague's statement it is.")
    if command.staff == command.actor.id:
        raise Refused("own_statement", "You can't be your own witness. Declare a conflict, so that another takes over.")
    known.staff(command.staff)
