"""A case that is decided, and every wish there is, with defaults that fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.conclude_no_remedy import ConcludeWithoutRemedy
from services.resolution.commands.decline_remedy import DeclineRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.lapse_offer import LapseOffer
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_remedy import ProposeRemedy, Step
from services.resolution.commands.propose_reversal import ProposeReversal
from services.resolution.commands.reconcile_payment import ReconcilePayment
from services.resolution.commands.record_payment import RecordPayment
from services.resolution.commands.record_reversal import RecordReversal
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from services.resolution.commands.refuse_reversal import RefuseReversal
from services.resolution.commands.reject_remedy import RejectRemedy
from services.resolution.commands.return_remedy import ReturnRemedy
from services.resolution.commands.reverse_remedy import ReverseRemedy
from services.resolution.commands.state_final_position import StateFinalPosition
from services.resolution.commands.submit_remedy import SubmitRemedy
from services.resolution.commands.withdraw_option import WithdrawOption
from services.resolution.state import Resolution
from shared.decide import Actor, Command, Known, Refused
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.standing import standing, subjects_of
from shared.events.base import Event
from shared.events.vocabulary import Evidence
from shared.packs.house import HOUSE_LIMITS
from shared.reference.limits import LimitsTable
from tests.sentences import Given, state_of
from tests.unit.resolution.examples import (
    AGENT,
    COMPLAINT,
    EXECUTOR,
    HIGHER,
    LAPSES,
    LATER,
    LEAD,
    NOTHING,
    OFFICER,
    OTHER_EXECUTOR,
    SERVICE,
    SIGNATURE,
    SOON,
    A,
    Told,
    staff,
)


@dataclass
class Case(Given):
    """A case with everyone known, the house's limits fresh, and what the customer was given on other complaints."""

    guards: Mapping[str, Any] = field(default_factory=dict)
    limits_fresh: bool = True

    def with_limits(self, limits: LimitsTable) -> Self:
        return self.with_references({"limits:house": limits})

    def with_stale_limits(self) -> Self:
        self.limits_fresh = False
        return self

    def with_guards(self, guards: Mapping[str, Any]) -> Self:
        self.guards = guards
        return self

    def when(self, command: Command) -> Self:
        """As the kernel does it: only the subjects, guards and files that a command names are known to it."""
        self.refusal = None
        state = state_of(self.service, *self.events)
        states = self._states(command, state)
        wanted = {key for guard in self.service.guards for key in guard.read_by(state, command, states)}
        known = Known(
            states=states,
            guards={key: self.guards.get(key) for key in wanted},
            files={sha256: self.files[sha256] for sha256 in command.files() if sha256 in self.files},
            limits_fresh=self.limits_fresh,
        )
        try:
            command = standing(command, states)
            self.decided = self.service.handlers[type(command)](state, command, known)
        except Refused as refusal:
            self.refusal = refusal
        return self

    def _states(self, command: Command, state: Any) -> dict[str, Any]:
        states = {command.subject_id(): state}
        wanted = [*command.needed(), *subjects_of(command.actor)]
        while wanted:
            states |= {name: self.known.get(name, self.service.fold_of(name).initial) for name in wanted}
            wanted = [name for name in command.needed_then(states) if name not in states]
        return states


def case(*events: Event) -> Case:
    return Case(SERVICE, events, known={**staff(), "limits:house": HOUSE_LIMITS})


def resolution(*events: Event) -> Resolution:
    """The state after these facts."""
    state = state_of(SERVICE, *events)
    assert isinstance(state, Resolution)
    return state


def guards_after(*complaints: Sequence[Event]) -> dict[str, Any]:
    """The guard rows after these complaints' facts, one complaint after the other."""
    rows: dict[str, Any] = {}
    for events in complaints:
        for n, event in enumerate(events):
            for guard in SERVICE.guards:
                if isinstance(event, guard.on) and (key := guard.key(resolution(*events[:n]), event)):
                    rows[key] = guard.fold(rows.get(key), event)
    return rows


def propose(by: Actor = OFFICER, told: Told = A, at: datetime = LATER, **changed: Any) -> ProposeRemedy:
    wish: dict[str, Any] = {
        "option": told.option,
        "kind": told.kind,
        "amount": told.amount,
        "steps": (Step(label="interest", amount=told.amount),),
        "description": "pay back",
        "execute_by": SOON,
    }
    return ProposeRemedy(actor=by, at=at, complaint_id=COMPLAINT, **{**wish, **changed})


def submit(by: Actor = OFFICER, told: Told = A) -> SubmitRemedy:
    return SubmitRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, option=told.option)


def approve(by: Actor = LEAD, told: Told = A, at: datetime = LATER, digest: str = "") -> ApproveRemedy:
    return ApproveRemedy(actor=by, at=at, complaint_id=COMPLAINT, digest=digest or told.digest, instruction="pay today")


def send_back(by: Actor = LEAD, told: Told = A) -> ReturnRemedy:
    return ReturnRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="too little")


def reject(by: Actor = LEAD, told: Told = A) -> RejectRemedy:
    return RejectRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="not at all")


def take_back(by: Actor = OFFICER, told: Told = A) -> WithdrawOption:
    return WithdrawOption(actor=by, at=LATER, complaint_id=COMPLAINT, option=told.option, reasons="paid already")


def offer(by: Actor = OFFICER, told: Told = A, at: datetime = LATER, proof: str = "post-1") -> OfferRemedy:
    return OfferRemedy(
        actor=by,
        at=at,
        complaint_id=COMPLAINT,
        digest=told.digest,
        letter="Dear Mrs Chen",
        channel="letter",
        proof=proof,
    )


def accept(by: Actor = AGENT, told: Told = A, at: datetime = LATER, evidence: Evidence = SIGNATURE) -> AcceptRemedy:
    return AcceptRemedy(actor=by, at=at, complaint_id=COMPLAINT, digest=told.digest, evidence=evidence)


def decline(by: Actor = AGENT, told: Told = A, **final: Any) -> DeclineRemedy:
    return DeclineRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="no", **final)


def lapse(told: Told = A, at: datetime = LAPSES) -> LapseOffer:
    return LapseOffer(actor=SYSTEM_ACTOR, at=at, complaint_id=COMPLAINT, digest=told.digest, lapses_at=LAPSES)


def state_position(by: Actor = HIGHER) -> StateFinalPosition:
    return StateFinalPosition(
        actor=by, at=LATER, complaint_id=COMPLAINT, reasons="enough", letter="our last word", channel="letter",
        proof="post-9",
    )  # fmt: skip


def execute(
    by: Actor = EXECUTOR, told: Told = A, at: datetime = LATER, proof: str | None = None, step: int = 1
) -> ExecuteRemedy:
    return ExecuteRemedy(actor=by, at=at, complaint_id=told.complaint, digest=told.digest, step=step, proof=proof)


def conclude(by: Actor = OFFICER, told: Told = NOTHING) -> ConcludeWithoutRemedy:
    return ConcludeWithoutRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest)


def paid(payment: str = "pay-1", receipt: str = "receipt-1") -> RecordPayment:
    return RecordPayment(actor=SYSTEM_ACTOR, at=LATER, complaint_id=COMPLAINT, payment=payment, receipt=receipt)


def nobody_knows(payment: str = "pay-1") -> RecordUnknownPayment:
    return RecordUnknownPayment(actor=SYSTEM_ACTOR, at=LATER, complaint_id=COMPLAINT, payment=payment)


def reconcile(by: Actor = OTHER_EXECUTOR, *, receipt: str | None, payment: str = "pay-1") -> ReconcilePayment:
    return ReconcilePayment(
        actor=by, at=LATER, complaint_id=COMPLAINT, payment=payment, paid=receipt is not None, receipt=receipt,
        proof="statement-1",
    )  # fmt: skip


def want_back(by: Actor = EXECUTOR, told: Told = A) -> ProposeReversal:
    return ProposeReversal(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="paid twice")


def reverse(by: Actor = LEAD, told: Told = A) -> ReverseRemedy:
    return ReverseRemedy(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="paid twice")


def refuse_reversal(by: Actor = LEAD, told: Told = A) -> RefuseReversal:
    return RefuseReversal(actor=by, at=LATER, complaint_id=COMPLAINT, digest=told.digest, reasons="no")


def booked(entry: str = "rev-1", receipt: str | None = "receipt-9", refused: str | None = None) -> RecordReversal:
    return RecordReversal(
        actor=SYSTEM_ACTOR, at=LATER, complaint_id=COMPLAINT, entry=entry, receipt=receipt, refused=refused
    )


def not_paid(payment: str = "pay-1", refused: str = "account-closed") -> RecordPayment:
    return RecordPayment(actor=SYSTEM_ACTOR, at=LATER, complaint_id=COMPLAINT, payment=payment, refused=refused)
