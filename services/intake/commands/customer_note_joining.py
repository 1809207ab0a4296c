"""并入/恢复独立 Write into a file's own stream which other file stands for it."""

from services.intake.customer import Customer
from services.intake.customer_rules import JoiningCommand, joining_of
from shared.decide import Known
from shared.events.customers import CustomerFact, CustomerJoinedInto, CustomerPartedFrom
from shared.events.vocabulary import SYSTEM


class NoteJoining(JoiningCommand, path="/customers/{person_id}/joined-into", may=(SYSTEM,)):
    """The other file of a joining, or of a parting, learns of it. Source: domain 4.2.

    It states what is true now, not what was true when it was asked for: of a joining and a parting that follow each
    other closely, the later may be asked for first.
    """


def decide(state: Customer, command: NoteJoining, known: Known) -> list[CustomerFact]:
    into = joining_of(command.subject_id(), known)["into"]
    if into == state.into:
        return []
    facts: list[CustomerFact] = []
    if state.into is not None:
        facts.append(CustomerPartedFrom(at=command.at, by=command.actor.id, from_person=state.into))
    if into is not None:
        facts.append(CustomerJoinedInto(at=command.at, by=command.actor.id, into=into))
    return facts
