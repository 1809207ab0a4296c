"""Rules that several commands of resolution share: the case can be worked on, this very remedy is on its way, and
whoever acts has neither part nor interest in what they decide (N3, N5, N24).
"""

from collections.abc import Collection

from services.resolution.remedy import Approval, Offer, Remedy
from services.resolution.reversal import Reversal, latest_of
from services.resolution.state import Resolution
from shared.decide import Actor, Forbidden, Known, NotYetSeen, Refused
from shared.events.investigation import FindingsAccepted
from shared.events.resolution import ResolutionConcluded
from shared.events.vocabulary import SYSTEM, Instant, Money, Outcome
from shared.packs.house import OFFER_ROUNDS, OPTIONS_IF_SPECIAL

_SHUT = {
    "withdrawn": "The customer withdrew the complaint. Nothing more is done in this cycle.",
    "referred": "The complaint was referred elsewhere. Nothing more is done here.",
    "registered_in_error": "It was registered in error. Nothing more is done here.",
}


def acting_in(people: Collection[str], actor: Actor) -> bool:
    """Whether the actor, or whoever they act for, is among these."""
    return actor.id in people or (actor.on_behalf_of is not None and actor.on_behalf_of in people)


def must_be_workable(state: Resolution, actor: Actor) -> FindingsAccepted:
    """The findings that this cycle rests on.

    Raises NotYetSeen while they have not arrived; Refused when resolution is over or the actor is recused.
    """
    if state.shut is not None:
        raise Refused(state.shut, _SHUT[state.shut])
    if state.concluded is not None:
        raise Refused("concluded", "Resolution is over for this cycle. Only a reopening can change anything.")
    if state.closed:
        raise Refused("closed", "The complaint is closed. Reopen it first.")
    must_not_be_barred(state, actor)
    return must_have_findings(state)


def must_have_findings(state: Resolution) -> FindingsAccepted:
    """Raises NotYetSeen."""
    findings = state.standing_findings
    if findings is None:
        raise NotYetSeen("findings", "No accepted findings of this cycle have arrived here yet.")
    return findings


def must_not_be_barred(state: Resolution, actor: Actor) -> None:
    if acting_in(state.barred, actor):
        raise Refused("recused", "You may not touch this case. Hand it to somebody without an interest in it.")


def must_be_on_its_way(state: Resolution, digest: str) -> Remedy:
    """The remedy on its way, which must be of these very terms. Raises Refused."""
    if state.remedy is None:
        raise Refused("nothing_submitted", "No remedy is submitted. Submit an option first.")
    if state.remedy.option.digest != digest:
        raise Refused("other_digest", "Another remedy is on its way by now. Read it again before you decide.")
    return state.remedy


def must_be_of_the_customer(state: Resolution, remedy: Remedy) -> None:
    """What was submitted for one customer is neither approved for another nor paid to them."""
    if remedy.person != state.person:
        raise Refused(
            "other_customer", "The complaint turned out to be another customer's. Return the remedy, and propose anew."
        )


def must_be_approved(state: Resolution, remedy: Remedy) -> Approval:
    """The last step of its approval, whose authority stands for all. Raises Refused.

    A complaint that became special since needs a further step; and nobody's approval stands who may not touch the case.
    """
    if not remedy.approvals:
        raise Refused("not_approved", "Nobody has approved this remedy yet. Wait for the approval.")
    given, needed = len(remedy.approvals), state.approvals_needed
    if given < needed:
        raise Refused(
            "approval_incomplete",
            f"{given} of {needed} approvals are given. Wait for the next step.",
            given=given,
            needed=needed,
        )
    if remedy.approvers & state.barred:
        raise Refused(
            "approver_recused", "Somebody who approved this may not touch the case. Have it returned and approved anew."
        )
    return remedy.approvals[-1]


def must_be_offered(remedy: Remedy) -> Offer:
    if remedy.offer is None:
        raise Refused("not_offered", "This remedy has not been offered to the customer yet. Send the offer first.")
    return remedy.offer


def must_not_have_begun(remedy: Remedy) -> None:
    """What was paid stays paid, and what is being paid can't be called back."""
    if remedy.running is not None:
        raise Refused("execution_started", "The execution has started. Wait for its outcome.")
    if remedy.done:
        raise Refused("partly_paid", "A part of it is paid, so the rest is owed. Start the next payment again.")


def must_have_no_part(state: Resolution, findings: FindingsAccepted, actor: Actor) -> None:
    """Who proposed or investigated does not also speak for the customer: they want the case off their desk."""
    if state.remedy is not None and acting_in(state.remedy.option.proposers, actor):
        raise Refused("own_proposal", "You proposed this remedy. Somebody else must do this.")
    if acting_in({*findings.investigators, findings.submitted_by}, actor):
        raise Refused("investigated", "You investigated this complaint. Somebody else must do this.")


def must_be_impartial(state: Resolution, findings: FindingsAccepted, actor: Actor, known: Known) -> None:
    """Who approves, returns or rejects has no part in the case and nobody with an interest in it above them (N3).

    Raises Forbidden, Refused, NotYetSeen while the directory's record of somebody in their line is missing.
    """
    must_lead_it(findings, actor)
    if acting_in(proposers_of(state), actor):
        raise Refused("own_proposal", "You proposed an option of this case. Somebody else must decide on it.")
    if acting_in({*findings.investigators, findings.submitted_by}, actor):
        raise Refused("investigated", "You investigated this complaint. Somebody else must decide on it.")
    if acting_in(state.excluded, actor):
        raise Refused("excluded", "It was reopened so that others decide. You may not approve in this cycle.")
    must_report_to_nobody_barred(state, actor, known)
    must_report_to_none_of({*proposers_of(state), *findings.investigators, findings.submitted_by}, actor, known)


def proposers_of(state: Resolution) -> frozenset[str]:
    """Everyone who proposed an option of this cycle, whatever became of it."""
    return frozenset(who for option in state.options for who in option.proposers)


def must_lead_it(findings: FindingsAccepted, actor: Actor) -> None:
    """A department's lead decides for that department alone. Raises Forbidden."""
    if actor.role == "department_lead" and actor.department != findings.department:
        raise Forbidden(
            "not_responsible_department",
            f"The department {findings.department} answers for this case. Leave it to them.",
            department=findings.department,
        )


def must_report_to_nobody_barred(state: Resolution, actor: Actor, known: Known) -> None:
    """Nobody decides for a superior, at whatever level, who may not decide themself."""
    if state.barred.intersection(known.line_above(actor.id)):
        raise Refused(
            "reports_to_recused", "You report to somebody who may not touch this case. Ask a leader of another line."
        )


def must_report_to_none_of(parties: Collection[str], actor: Actor, known: Known) -> None:
    """Nor for one who has a part in it: their word would be that of the other (N3)."""
    if not {*parties}.isdisjoint(known.line_above(actor.id)):
        raise Refused(
            "reports_to_party", "You report to somebody who has a part in this. Ask a leader of another line."
        )


def must_hold_the_office(actor: Actor, known: Known) -> None:
    """By the directory too: a token goes on saying for hours what somebody was before they moved. Raises Forbidden."""
    member = known.staff(actor.id)
    moved = actor.role == "department_lead" and member.department != actor.department
    if moved or actor.role not in member.roles:
        raise Forbidden(
            "office_not_held", "The directory has you in another role or department by now. Leave it to who has yours."
        )


def must_decide_on_reversal(state: Resolution, digest: str, actor: Actor, known: Known) -> Reversal:
    """The reversal that waits for the second of its two persons, if this actor may be that one.

    Raises Forbidden, Refused, NotYetSeen.
    """
    must_not_be_barred(state, actor)
    reversal = latest_of(state.reversals, digest)
    if reversal is None or reversal.ended is not None or reversal.entry is not None or reversal.cycle != state.cycle:
        raise Refused("no_reversal_proposed", "No reversal of this remedy waits for a decision. Read the case again.")
    must_lead_it(must_have_findings(state), actor)
    if acting_in(reversal.proposers, actor):
        raise Refused("own_proposal", "You proposed it. Somebody else must decide on it.")
    if acting_in(reversal.executors, actor):
        raise Refused("own_execution", "You executed this remedy. Somebody else must decide on it.")
    must_report_to_nobody_barred(state, actor, known)
    must_report_to_none_of(reversal.proposers | reversal.executors, actor, known)
    must_hold_the_office(actor, known)
    return reversal


def must_hold_to_account(case: Resolution, actor: Actor) -> str:
    """The department that answers for the complaint; HR and its lead, without an interest in it, deal with its staff.

    Raises Forbidden, Refused, NotYetSeen before it was ever found.
    """
    must_not_be_barred(case, actor)
    if case.findings is None:
        raise NotYetSeen("findings", "No accepted findings of this cycle have arrived here yet.")
    must_lead_it(case.findings, actor)
    return case.findings.department


def must_be_a_choice(state: Resolution) -> None:
    """A special complaint is decided between real options, one of them "no remedy" (F09, domain 4.2)."""
    kinds = [option.kind for option in state.live_options]
    if state.special and (len(kinds) < OPTIONS_IF_SPECIAL or "no_remedy" not in kinds):
        raise Refused(
            "too_few_options",
            'A special complaint needs at least two live options, one of them "no_remedy". Propose what is missing.',
        )


def rounds_are_over(state: Resolution) -> bool:
    """Whether the customer declined, or let lapse, all offers that they are made; or wants no other (loop 7)."""
    return state.wants_no_other or state.rounds >= OFFER_ROUNDS


def conclusion(
    state: Resolution, findings: FindingsAccepted, outcome: Outcome, at: Instant, by: str
) -> ResolutionConcluded:
    """The fact that ends resolution in this cycle. It names everyone who acted, in any service."""
    remedy = state.remedy
    handled_by = {*findings.handled_by, findings.submitted_by, findings.by, *state.acted, by} - {SYSTEM}
    nothing = Money(minor=0, currency=findings.loss.currency)
    return ResolutionConcluded(
        at=at,
        by=by,
        cycle=state.cycle,
        outcome=outcome,
        digest=remedy.option.digest if remedy else None,
        total=remedy.option.amount if remedy else nothing,
        handled_by=tuple(sorted(handled_by)),
        investigators=findings.investigators,
        severity=state.severity,
        restricted=state.restricted,
        department=findings.department,
        cause=findings.cause,
        basis=_BASIS[outcome],
        verdict=findings.verdict,
        approvers=tuple(sorted({*state.approvers, *({by} if outcome == "final_position" else ())})),
    )


_BASIS = {
    "executed": "remedy_executed",
    "no_remedy": "no_remedy_approved",
    "final_position": "final_position_stated",
}
