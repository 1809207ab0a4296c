"""Facts of investigation: 展开调查分析原因 (domain 4.2)."""

from typing import Literal

from pydantic import Field

from shared.events.base import ComplaintEvent
from shared.events.vocabulary import (
    Code,
    DepartmentId,
    Instant,
    Money,
    PersonSubject,
    Reference,
    Severity,
    Sha256,
    StaffId,
    Verdict,
)
from shared.privacy.personal import Personal


class FromInvestigation(ComplaintEvent, source="investigation"):
    """A fact that investigation alone may state."""


class InvestigationOpened(FromInvestigation, wire="investigation.opened", critical=True, term="展开调查"):
    """The responsible department has the case; nobody investigates yet."""

    department: DepartmentId
    recused: tuple[StaffId, ...] = ()


class InvestigationReopened(FromInvestigation, wire="investigation.reopened", critical=True, term="重新调查"):
    """A new cycle: whoever investigated before may not do so again (N7)."""

    department: DepartmentId
    recused: tuple[StaffId, ...] = ()
    """Who has an interest in the case."""
    excluded: tuple[StaffId, ...] = ()
    """Who may not investigate again: the investigators of earlier cycles, and whom the reopening named."""


class InvestigatorAssigned(
    FromInvestigation, wire="investigation.investigator-assigned", critical=True, term="指派调查人"
):
    """Who investigates; they declared that they have no direct interest."""

    investigator: StaffId
    declaration: Reference


class InvestigatorReplaced(
    FromInvestigation, wire="investigation.investigator-replaced", critical=True, term="更换调查人"
):
    """Another investigator takes over."""

    previous: StaffId
    investigator: StaffId
    declaration: Reference
    reason: Code


class ConflictDeclared(FromInvestigation, wire="investigation.conflict-declared", critical=True, term="利益冲突声明"):
    """Someone named on the case has an interest in it. Their access ends at once; an investigator must be replaced."""

    person: StaffId
    nature: Personal
    replacement_needed: bool = False
    """They are the investigator at that moment, and the findings are not accepted: another must take over."""


class EvidenceAdded(FromInvestigation, wire="investigation.evidence-added", term="添加证据"):
    """A piece of evidence by its fingerprint. Never replaced; a better one supersedes it."""

    evidence: Code
    kind: Literal["document", "recording", "statement", "screenshot", "system_record", "other"]
    title: Personal
    sha256: Sha256
    size: int = Field(ge=1, le=10**10)
    """Bytes."""
    media_type: str = Field(max_length=120, pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    obtained_from: Code
    supersedes: Code | None = None
    department: DepartmentId
    """Responsible at that moment, as `restricted` held at that moment: who may see it now follows from the case."""
    restricted: bool
    stored: bool = False
    """The file itself is kept here, sealed, under the hash of what is kept."""


class StatementTaken(FromInvestigation, wire="investigation.statement-taken", term="谈话记录"):
    """What the customer, a colleague or a witness said, as taken down by the investigator."""

    statement: Code
    of: Literal["customer", "staff", "witness"]
    staff: StaffId | None = None
    """Whose, if a colleague's."""
    text: Personal
    signed: Reference | None = None
    """Where the signed copy or the recording lies."""


class InformationRequested(
    FromInvestigation, wire="investigation.information-requested", critical=True, term="要求补充材料"
):
    """Somebody was asked for something. Never for what the firm holds already (No.3 Art. 13)."""

    request: Code
    of: Literal["customer", "department", "third_party"]
    department: DepartmentId | None = None
    what: Personal
    due_at: Instant


class InformationReceived(
    FromInvestigation, wire="investigation.information-received", critical=True, term="收到补充材料"
):
    """The answer came, or will not come."""

    request: Code
    complete: bool = True
    content: Personal
    evidence: tuple[Code, ...] = Field((), max_length=50)
    """Pieces of evidence that came with it."""
    of: Literal["customer", "department", "third_party"] | None = None
    """Who had been asked."""
    given_up: bool = False
    """It will not come: the investigation goes on without it, and `content` says why. Never complete."""


class InformationOverdue(FromInvestigation, wire="investigation.information-overdue", term="补充材料逾期"):
    """No answer by then. A fact; never removed (N12)."""

    request: Code
    due_at: Instant


class CauseIdentified(FromInvestigation, wire="investigation.cause-identified", term="查明原因"):
    """The concrete cause and who answers for it (F08). The person stands sealed under the accountability scope."""

    cause: Code
    department: DepartmentId
    responsible_person: Personal | None = None


class FindingsSubmitted(FromInvestigation, wire="investigation.findings-submitted", critical=True, term="提交调查结论"):
    """What the investigation found, with reasons and the loss assessed."""

    verdict: Verdict
    reasons: Personal
    loss: Money


class FindingsReturned(FromInvestigation, wire="investigation.findings-returned", critical=True, term="退回调查结论"):
    """The lead wants more: back to investigating."""

    reasons: Personal


class FindingsAccepted(FromInvestigation, wire="investigation.findings-accepted", critical=True, term="认可调查结论"):
    """The findings stand and everyone who investigated is fixed: four eyes downstream rest on this very fact."""

    verdict: Verdict
    cause: Code
    department: DepartmentId
    loss: Money
    submitted_by: StaffId
    handled_by: tuple[StaffId, ...]
    """Everyone who acted in intake and investigation in this cycle or an earlier one, as known here (N8)."""
    investigators: tuple[StaffId, ...]
    """Whoever investigated in any cycle."""
    recused: tuple[StaffId, ...] = ()
    """Who may not touch the case: recused by intake, barred by a reopening, or by declaring a conflict."""
    severity: Severity = "ordinary"
    restricted: bool = False
    person: PersonSubject


InvestigationEvent = (
    InvestigationOpened
    | InvestigationReopened
    | InvestigatorAssigned
    | InvestigatorReplaced
    | ConflictDeclared
    | EvidenceAdded
    | StatementTaken
    | InformationRequested
    | InformationReceived
    | InformationOverdue
    | CauseIdentified
    | FindingsSubmitted
    | FindingsReturned
    | FindingsAccepted
)
