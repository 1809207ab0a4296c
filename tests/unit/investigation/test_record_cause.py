"""查明原因 The cause, and who answers for it, sealed apart."""

from shared.events.investigation import CauseIdentified
from tests.unit.investigation.examples import (
    INVESTIGATOR,
    OTHER_INVESTIGATOR,
    at_accepted,
    at_investigating,
    at_opened,
    at_submitted,
    cause_identified,
    name_cause,
    returned,
    said,
    told,
)


def test_the_investigator_names_the_cause() -> None:
    told(*at_investigating()).when(name_cause()).then(
        CauseIdentified,
        cause="fee.unannounced",
        department="cards",
        responsible_person=None,
        by=INVESTIGATOR.id,
    )


def test_the_responsible_person_is_sealed_under_the_accountability_scope() -> None:
    (identified,) = told(*at_investigating()).when(name_cause(responsible_person="clerk-qi")).then(CauseIdentified)
    assert isinstance(identified, CauseIdentified) and identified.responsible_person is not None
    assert identified.responsible_person.owner == "scope:accountability"
    assert identified.responsible_person.clear == "clerk-qi"


def test_the_same_cause_again_adds_nothing() -> None:
    told(*at_investigating(), cause_identified()).when(name_cause()).then_nothing()


def test_the_last_cause_counts() -> None:
    told(*at_investigating(), cause_identified()).when(name_cause(cause="fee.wrong")).then(
        CauseIdentified, cause="fee.wrong"
    )


def test_a_name_can_be_added_or_taken_away() -> None:
    named = cause_identified(responsible_person=said("clerk-qi", "scope:accountability"))
    told(*at_investigating(), cause_identified()).when(name_cause(responsible_person="clerk-qi")).then(CauseIdentified)
    told(*at_investigating(), named).when(name_cause()).then(CauseIdentified, responsible_person=None)


def test_nobody_but_the_investigator_names_it() -> None:
    told(*at_investigating()).when(name_cause(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")
    told(*at_opened()).when(name_cause()).then_refused("not_the_investigator")


def test_it_does_not_change_under_the_leads_eyes() -> None:
    told(*at_submitted()).when(name_cause(cause="fee.wrong")).then_refused("findings_submitted")


def test_returned_findings_may_have_another_cause() -> None:
    told(*at_submitted(), returned()).when(name_cause(cause="fee.wrong")).then(CauseIdentified)


def test_accepted_findings_keep_their_cause() -> None:
    told(*at_accepted()).when(name_cause(cause="fee.wrong")).then_refused("findings_accepted")
