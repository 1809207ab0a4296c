"""Which files are of one customer, as far as they are known here (N4)."""

from typing import Any

from shared.events.base import Event
from shared.events.customers import CustomerJoinedInto, CustomerPartedFrom, CustomersJoined, CustomersParted
from shared.privacy.personal import Personal
from shared.reference.customers import CustomerFile, file_subjects, files_of
from tests.sentences import state_of
from tests.unit.resolution.examples import BAO, CHEN, DAI, NOON, SERVICE


def file(*events: Event) -> Any:
    return state_of(SERVICE, *events, category="person")


def joined(other: str) -> CustomersJoined:
    return CustomersJoined(at=NOON, by="triage-1", other=other, reasons=Personal.of(BAO, "same document"))


def parted(other: str) -> CustomersParted:
    return CustomersParted(at=NOON, by="triage-1", other=other, reasons=Personal.of(BAO, "a mistake"))


INTO_BAO = CustomerJoinedInto(at=NOON, by="system", into=BAO)
FROM_BAO = CustomerPartedFrom(at=NOON, by="system", from_person=BAO)


def test_a_file_knows_which_one_stands_for_it_and_for_which_it_stands() -> None:
    assert file(joined(CHEN), joined(DAI)) == CustomerFile(others=frozenset({CHEN, DAI}))
    assert file(INTO_BAO) == CustomerFile(into=BAO)
    assert file(joined(CHEN), joined(DAI), parted(CHEN)) == CustomerFile(others=frozenset({DAI}))
    assert file(INTO_BAO, FROM_BAO) == CustomerFile()


def test_all_files_of_a_customer_are_found_from_each_of_them() -> None:
    known = {BAO: file(joined(CHEN), joined(DAI)), CHEN: file(INTO_BAO), DAI: file(INTO_BAO)}
    for person in known:
        assert files_of(person, known)[0] == person
        assert set(files_of(person, known)) == {BAO, CHEN, DAI}
        assert file_subjects(person, known) == ()


def test_what_is_not_at_hand_yet_is_asked_for_file_by_file() -> None:
    known: dict[str, Any] = {}
    assert file_subjects(CHEN, known) == (CHEN,)
    known[CHEN] = file(INTO_BAO)
    assert file_subjects(CHEN, known) == (BAO,)
    known[BAO] = file(joined(CHEN), joined(DAI))
    assert file_subjects(CHEN, known) == (DAI,)
    known[DAI] = file()
    assert file_subjects(CHEN, known) == ()


def test_a_file_of_its_own_is_the_only_one() -> None:
    assert files_of(CHEN, {CHEN: CustomerFile()}) == (CHEN,)
    assert files_of(CHEN, {CHEN: file(INTO_BAO, FROM_BAO), BAO: file(joined(CHEN), parted(CHEN))}) == (CHEN,)
