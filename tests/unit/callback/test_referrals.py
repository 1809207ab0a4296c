"""外部转介 What happens outside the house, compliance writes down; by itself it changes nothing (loop 9, N18)."""

import pytest

from services.callback.commands.record_external_decision import RecordExternalDecision
from services.callback.commands.record_referral import RecordReferral
from shared.events.callback import ExternalDecisionReceived, ExternalReferralRecorded
from tests.sentences import given, state_of
from tests.unit.callback.examples import (
    COMPLIANCE,
    PERSON,
    SERVICE,
    at_closed,
    at_due,
    external_decision,
    record_decision,
    refer,
    referral_recorded,
    registered,
)


def test_that_the_matter_is_before_somebody_outside_is_recorded() -> None:
    (recorded,) = (
        given(SERVICE, *at_closed())
        .when(refer())
        .then(ExternalReferralRecorded, referral="referral-1", body="mediation", by=COMPLIANCE.id, cycle=1)
    )
    assert isinstance(recorded, ExternalReferralRecorded) and recorded.summary.owner == PERSON
    given(SERVICE, registered()).when(refer(body="court")).then(ExternalReferralRecorded, body="court")


@pytest.mark.parametrize("result", ["upheld", "changed", "settled"])
def test_what_they_decided_is_recorded(result: str) -> None:
    given(SERVICE, *at_due(), referral_recorded()).when(record_decision(result=result)).then(
        ExternalDecisionReceived, result=result, reference="MED-1-D"
    )


def test_each_referral_has_its_name_and_one_decision() -> None:
    given(SERVICE, *at_due(), referral_recorded()).when(refer()).then_refused("referral_known")
    given(SERVICE, *at_due(), referral_recorded()).when(refer(referral="referral-2")).then(ExternalReferralRecorded)
    given(SERVICE, *at_due()).when(record_decision()).then_refused("no_such_referral")
    decided = (referral_recorded(), external_decision())
    given(SERVICE, *at_due(), *decided).when(record_decision()).then_refused("already_decided")


def test_neither_changes_how_far_the_case_is() -> None:
    before = state_of(SERVICE, *at_closed())
    after = state_of(SERVICE, *at_closed(), referral_recorded(), external_decision())
    assert (after.now, after.cycle, after.review, after.settled) == (
        before.now,
        before.cycle,
        before.review,
        before.settled,
    )


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    given(SERVICE).when(refer()).then_refused("unknown_complaint")
    given(SERVICE).when(record_decision()).then_refused("unknown_complaint")


def test_compliance_alone_may_ask() -> None:
    assert RecordReferral.may == RecordExternalDecision.may == ("compliance_officer",)
