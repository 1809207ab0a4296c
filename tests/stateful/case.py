"""One complaint after the other, brought to where a race begins, by named people who do their work as they should."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.confirm_rejection import ConfirmRejection
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.record_withdrawal import RecordWithdrawal
from services.intake.commands.register import RegisterComplaint
from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.add_evidence import AddEvidence
from services.investigation.commands.assign_investigator import AssignInvestigator
from services.investigation.commands.record_cause import RecordCause
from services.investigation.commands.submit_findings import SubmitFindings
from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_remedy import ProposeRemedy
from services.resolution.commands.submit_remedy import SubmitRemedy
from services.resolution.state import Resolution
from shared.decide import Command, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.vocabulary import SYSTEM
from tests.stateful.firm import Firm
from tests.stateful.people import as_they_may
from tests.stateful.wishes import SERVICE_OF

AGENT, OTHER_AGENT, TRIAGE, REVIEWER = "li.na", "yang.fan", "zhao.min", "xu.fei"
LEAD, INVESTIGATOR, OFFICER = "zhou.jie", "chen.bo", "liu.yan"
APPROVER, OTHER_APPROVER, EXECUTOR, CALLER = "tang.yi", "david.okafor", "deng.hong", "huang.ting"
WITHIN_APPROVERS = 30_000_00
"""Above a lead's limit, within an approver's; twice as much is not."""


@dataclass
class Case:
    """One complaint of a customer. What is done becomes known everywhere, unless it is said to be on its way still."""

    firm: Firm
    complaint: UUID
    customer: UUID
    time_zone: str = "Asia/Shanghai"

    @property
    def subject(self) -> str:
        return f"complaint:{self.complaint}"

    @property
    def resolution(self) -> Resolution:
        state: Resolution = self.firm.state("resolution", self.subject)
        return state

    @property
    def digest(self) -> str:
        """Of the first option."""
        return self.resolution.options[0].digest

    # Asking

    def wish(self, kind: type[Command], by: str, **fields: Any) -> Command:
        actor = SYSTEM_ACTOR if by == SYSTEM else as_they_may(self.firm.staff[by], by, kind)
        on = {"complaint_id": self.complaint} if "complaint_id" in kind.model_fields else {}
        return kind.model_validate({**kind.example, **on, **fields, "actor": actor, "at": self.firm.now})

    def on_its_way(self, kind: type[Command], by: str, **fields: Any) -> list[Event]:
        """Ask for it; nobody else hears of it yet. Raises Refused."""
        return self.firm.ask(SERVICE_OF[kind], self.wish(kind, by, **fields))

    def does(self, kind: type[Command], by: str, **fields: Any) -> list[Event]:
        """Ask for it, and let everybody hear of what came of it. Raises Refused."""
        events = self.on_its_way(kind, by, **fields)
        self.firm.settle()
        return events

    def refuses(self, kind: type[Command], by: str, **fields: Any) -> str:
        """Ask for what must be refused; why it was. Nothing is written."""
        told = len(self.firm.told)
        try:
            events = self.on_its_way(kind, by, **fields)
        except Refused as refusal:
            assert len(self.firm.told) == told
            return refusal.code
        raise AssertionError(f"it was not refused: {events}")

    def said(self, *kinds: type[Event]) -> list[Any]:
        """What was said of these kinds, in the order of the log."""
        return [event for _, event in self.firm.log.story(self.subject) if isinstance(event, kinds)]

    # The way of a complaint

    def registered(self) -> None:
        received = self.firm.now - timedelta(hours=1)
        about = {"person": self.customer, "received_at": received, "claimed": None, "time_zone": self.time_zone}
        self.does(RegisterComplaint, AGENT, **about)
        self.does(AcknowledgeComplaint, AGENT)
        self.does(ClassifyComplaint, TRIAGE, severity="ordinary", reasons=(), vulnerable=False)

    def rejected(self) -> None:
        self.registered()
        self.does(JudgeComplaint, TRIAGE, verdict="not_established", days_asked=None, reasons="The contract says so.")
        self.does(ConfirmRejection, REVIEWER)

    def investigating(self) -> None:
        self.registered()
        self.does(JudgeComplaint, TRIAGE, department="cards")
        self.does(AssignDepartment, TRIAGE, department="cards", recused=())
        self.does(AssignInvestigator, LEAD, investigator=INVESTIGATOR)

    def investigated(self) -> None:
        self.investigating()
        self.does(AddEvidence, INVESTIGATOR)
        self.does(RecordCause, INVESTIGATOR, responsible_person=None)
        self.does(SubmitFindings, INVESTIGATOR)
        self.does(AcceptFindings, LEAD)

    def submitted(self, amount: int = WITHIN_APPROVERS) -> None:
        self.investigated()
        self.propose(amount)

    def propose(self, amount: int) -> None:
        money = {"minor": amount, "currency": "CNY"}
        terms = {"option": "refund-1", "amount": money, "steps": ({"label": "多扣", "amount": money},)}
        self.does(ProposeRemedy, OFFICER, **terms, execute_by=self.firm.now + timedelta(days=90))
        self.does(SubmitRemedy, OFFICER, option="refund-1")

    def approved(self, amount: int = WITHIN_APPROVERS) -> None:
        self.submitted(amount)
        self.does(ApproveRemedy, APPROVER, digest=self.digest)

    def offered(self, amount: int = WITHIN_APPROVERS) -> None:
        self.approved(amount)
        self.does(OfferRemedy, OFFICER, digest=self.digest)

    def accepted(self, amount: int = WITHIN_APPROVERS) -> None:
        self.offered(amount)
        self.does(AcceptRemedy, OTHER_AGENT, digest=self.digest)

    def concluded(self, amount: int = WITHIN_APPROVERS) -> None:
        self.accepted(amount)
        self.does(ExecuteRemedy, EXECUTOR, digest=self.digest)
        self.take_up("payment")

    def asks_to_withdraw(self) -> None:
        """The customer's word is recorded; nobody else has heard of it yet."""
        evidence = {"kind": "recording", "reference": "rec-1", "sha256": sha256(self.subject.encode()).hexdigest()}
        self.on_its_way(RecordWithdrawal, AGENT, evidence=evidence)
        self.firm.relay("intake")

    def take_up(self, kind: str) -> None:
        """What is due of a kind, and what follows from it."""
        for row in [row for row in self.firm.due() if (row.kind, row.subject) == (kind, self.subject)]:
            self.firm.take_up(row)
        self.firm.settle()

    def wait_until(self, instant: datetime) -> None:
        self.firm.now = instant
