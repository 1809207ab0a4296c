"""Wishes about a customer's file, and about an enquiry or service request."""

from datetime import timedelta

from services.intake.commands.contact_answer import AnswerEnquiry
from services.intake.commands.contact_call_back import CallBackContact
from services.intake.commands.contact_handle import HandleContact
from services.intake.commands.contact_pass_on import PassOnContact
from services.intake.commands.contact_reclassify import ReclassifyContact
from services.intake.commands.contact_record import RecordEnquiryOrService
from services.intake.commands.contact_review import ReviewContact
from services.intake.commands.customer_authorise_proxy import AuthoriseProxy
from services.intake.commands.customer_correct import CorrectCustomer
from services.intake.commands.customer_end_proxy import EndProxy
from services.intake.commands.customer_join import JoinCustomers
from services.intake.commands.customer_part import PartCustomers
from services.intake.commands.customer_record import RecordCustomer
from tests.stateful.scene import CUSTOMERS, Scene
from tests.stateful.wishes.made import Body, Wishes

WISHES = Wishes()


def _on_contact(scene: Scene) -> Body:
    return {"contact_id": scene.contact}


WISHES[HandleContact] = _on_contact


@WISHES.for_(RecordCustomer)
def _record(scene: Scene) -> Body:
    known = {"source": "crm", "id": f"customer-{scene.customer.int % 256}"}
    return {"person_id": scene.customer, "external": scene.maybe(0.3, known), "vulnerable": scene.maybe(0.1, True)}


@WISHES.for_(CorrectCustomer)
def _correct(scene: Scene) -> Body:
    return {"person_id": scene.customer, "time_zone": scene.maybe(0.5, "Asia/Shanghai")}


@WISHES.for_(AuthoriseProxy)
def _authorise(scene: Scene) -> Body:
    return {"person_id": scene.customer, "proxy": scene.next_code("p", scene.file.proxies), "until": scene.soon(300)}


@WISHES.for_(EndProxy)
def _end_proxy(scene: Scene) -> Body:
    return {"person_id": scene.customer, "proxy": scene.one_of([*scene.file.proxies] or ["p1"])}


@WISHES.for_(JoinCustomers)
def _join(scene: Scene) -> Body:
    return {"person_id": scene.customer, "other": scene.one_of(CUSTOMERS)}


@WISHES.for_(PartCustomers)
def _part(scene: Scene) -> Body:
    others = [each for each in CUSTOMERS if f"person:{each}" in {f"person:{other}" for other in scene.file.joined}]
    return {"person_id": scene.customer, "other": scene.one_of(others or CUSTOMERS)}


@WISHES.for_(RecordEnquiryOrService)
def _contact(scene: Scene) -> Body:
    return {
        "contact_id": scene.contact,
        "kind": scene.one_of(("enquiry", "service")),
        "person": scene.maybe(0.7, scene.customer),
        "received_at": scene.now - timedelta(minutes=5),
        "from_complaint": scene.maybe(0.1, scene.complaint),
    }


@WISHES.for_(AnswerEnquiry)
def _answer(scene: Scene) -> Body:
    return {"contact_id": scene.contact, "satisfied": scene.chance(0.4)}


@WISHES.for_(PassOnContact)
def _pass_on(scene: Scene) -> Body:
    return {"contact_id": scene.contact, "department": scene.one_of(("back-office", "cards"))}


@WISHES.for_(ReclassifyContact)
def _reclassify(scene: Scene) -> Body:
    return {"contact_id": scene.contact, "kind": "enquiry" if scene.enquiry.kind == "service" else "service"}


@WISHES.for_(ReviewContact)
def _review(scene: Scene) -> Body:
    return {"contact_id": scene.contact, "passed": scene.chance(0.7)}


@WISHES.for_(CallBackContact)
def _call_back(scene: Scene) -> Body:
    reached = scene.chance(0.7)
    return {
        "contact_id": scene.contact,
        "outcome": "reached" if reached else "no_answer",
        "satisfied": scene.chance(0.5) if reached else None,
    }
