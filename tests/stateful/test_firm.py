"""The firm in memory does what the real one does: it learns late, in order, and pays once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from closedloop.people import PEOPLE
from closedloop.system import SUPERVISOR
from services.directory.commands.join import JoinStaff
from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.register import RegisterComplaint
from shared.decide import Actor
from tests.stateful.firm import Firm

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)
COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
AGENT = Actor("li.na", "agent", "customer-service")


def staffed() -> Firm:
    firm = Firm(NOON)
    for person in PEOPLE:
        joins = JoinStaff(
            actor=SUPERVISOR,
            at=firm.now,
            staff_id=person.staff_id,
            name=person.name,
            department=person.department,
            roles=person.roles,
            reports_to=person.reports_to,
        )
        firm.ask("directory", joins)
    firm.settle()
    return firm


def registered(firm: Firm) -> str:
    wish = RegisterComplaint(
        actor=AGENT,
        at=firm.now,
        complaint_id=COMPLAINT,
        complainant="王芳",
        received_at=firm.now - timedelta(hours=1),
        channel="phone",
        content="Charged twice.",
    )
    firm.ask("intake", wish)
    return f"complaint:{COMPLAINT}"


def test_a_fact_is_learned_only_after_it_was_sent_and_read() -> None:
    firm = staffed()
    subject = registered(firm)
    assert not firm.learn("callback", subject)
    assert firm.relay("intake")
    assert firm.state("callback", subject).person == ""
    assert firm.learn("callback", subject)
    assert firm.state("callback", subject).person


def test_a_stream_is_delivered_in_its_order() -> None:
    firm = staffed()
    subject = registered(firm)
    told = AcknowledgeComplaint(actor=AGENT, at=firm.now, complaint_id=COMPLAINT, channel="sms", proof="sms-1")
    firm.ask("intake", told)
    firm.settle()
    assert [envelope.version for envelope, _ in firm.log.story(subject)] == [1, 2]
