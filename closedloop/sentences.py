"""Every event in one plain sentence, for people who read a case as a story.

A sentence names fields of its event: `{number}` is the value itself, `{reports_to:to %|to nobody}` is the first text
when there is a value (`%` stands for it), else the second. What a person wrote or is called shows as [sealed], also
when the event happens to be open: a timeline is printed, mailed and kept, so clear text gets in only on purpose.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_origin

from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import SYSTEM, Evidence, ExternalReference, Money, Scores, Value
from shared.privacy.personal import Personal

SEALED: Final = "[sealed]"
_NOTHING_OPENED: Final[Mapping[str, str]] = {}
_DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Digits of the minor unit (ISO 4217) where they are not two."""

SENTENCES: Final[Mapping[str, str]] = {
    "callback.attempted": "{by} tried to reach the customer by {channel}: {outcome} "
    "({recording:recording %|no recording}{no_recording_reason:, because %|}){notes:; noted %|}.",
    "callback.customer-dissatisfied": "{by} recorded that the customer is not satisfied ({scores}), saying {words}.",
    "callback.customer-satisfied": "{by} recorded that the customer is satisfied ({scores}), saying {words}.",
    "callback.deadline-passed": "The callback was due by {due_at} and no result had been recorded"
    "{superseded:, though a later cycle had begun before this was written down|}.",
    "callback.scheduled": "A callback is due by {due_at} after the {trigger_kind}; "
    "it may not be made by {handled_by:%|the system}.",
    "complaint.acknowledged": "{by} told the customer by {channel} that the complaint is in hand (proof {proof}).",
    "complaint.archived": "The complaint was archived ({ending}) and its retention period began.",
    "complaint.classified": "{by} classified the complaint as {severity}, category {category}"
    "{reasons:, because of %|}{vulnerable:, customer vulnerable|}{restricted:, access restricted|}"
    "{complained_of:, about %|}.",
    "complaint.closed": "{by} closed the complaint: {outcome}.",
    "complaint.courtesy-reply-sent": "{by} sent the courteous reply by {channel} (proof {proof}): {letter}.",
    "complaint.department-assigned": "{by} made the department {department} responsible"
    "{recused:; % may not touch the case|}.",
    "complaint.established": "{by} found the complaint established against {department}, "
    "grounds {grounds}, demand {demand}, and asked the customer for {days_asked} days.",
    "complaint.not-established": "{by} agreed with {judged_by} that the complaint is not established: {reasons}.",
    "complaint.registered": "{by} registered complaint {number}, received by {channel} on {received_at}"
    "{external: from %|}: {content}.",
    "complaint.rejection-proposed": "{by} proposed not to establish the complaint against {department}, "
    "grounds {grounds}, demand {demand}, reasons {reasons}.",
    "complaint.rejection-returned": "{by} did not agree with the rejection and sent it back: {reasons}.",
    "complaint.reopened": "{by} reopened the complaint at {stage} ({reason}){special:, as special|}: {explanation}"
    "{excluded:; % may not take it up again|}.",
    "complaint.summarised": "{by} summed up the case, cause {cause}, lesson {lesson}.",
    "investigation.cause-identified": "{by} found the cause {cause}, for which {department} answers"
    "{responsible_person:, in person %|}.",
    "investigation.conflict-declared": "{by} recorded that {person} has an interest in the case: {nature}"
    "{replacement_needed:; another investigator must take over|}.",
    "investigation.evidence-added": "{by} added evidence {evidence}, a {kind} from {obtained_from} titled {title}"
    "{supersedes:, in place of %|}.",
    "investigation.findings-accepted": "{by} accepted the findings of {submitted_by}: {verdict}, cause {cause}, "
    "{department} responsible, loss {loss}.",
    "investigation.findings-returned": "{by} sent the findings back: {reasons}.",
    "investigation.findings-submitted": "{by} submitted the findings: {verdict}, loss {loss}, reasons {reasons}.",
    "investigation.investigator-assigned": "{by} gave the investigation to {investigator} (declaration {declaration}).",
    "investigation.investigator-replaced": "{by} gave the investigation from {previous} to {investigator}, "
    "because of {reason} (declaration {declaration}).",
    "investigation.opened": "The investigation was opened at {department}{recused:; % may not touch the case|}.",
    "investigation.reopened": "The investigation was opened anew at {department}{recused:, without %|}.",
    "limits.activated": "{by} put the authority limits {table}, proposed by {proposed_by} "
    "({entries:entries: %|no entries}), in force from {effective_from}.",
    "limits.proposed": "{by} proposed the authority limits {table} ({entries:entries: %|no entries}).",
    "remedy.accepted": "{by} recorded that the customer accepted option {option} ({evidence}).",
    "remedy.approved": "{by}, as {role} of {department}, approved option {option}{amount: of %|} "
    "(limit {limit} by {limits}), instructing {instruction}.",
    "remedy.declined": "{by} recorded that the customer declined option {option}: {reasons}.",
    "remedy.executed": "Option {option} was carried out in full{total:, % in all|}.",
    "remedy.execution-failed": "Payment {payment} for option {option} was refused ({reason}); no money moved.",
    "remedy.execution-started": "{by} started to carry out option {option}{amount: of %|} under {payment}.",
    "remedy.offered": "{by} offered option {option} to the customer by {channel} until {lapses_at} "
    "(proof {proof}): {letter}.",
    "remedy.option-proposed": "{by} proposed option {option}, {kind}{amount: of %|}, to be done by {execute_by}: "
    "{description}.",
    "remedy.returned": "{by} sent option {option} back: {reasons}.",
    "remedy.step-executed": "Step {step}{amount: of %|} under {payment} was done (receipt {receipt}).",
    "remedy.submitted": "{by} submitted option {option}, {kind}{amount: of %|}, for approval.",
    "resolution.concluded": "Resolution ended: {outcome}{total:, % in all|}.",
    "staff.joined": "{by} recorded that {name} joined {department} as {roles:%|nothing yet}"
    "{reports_to:, reporting to %|}.",
    "staff.left": "{by} recorded that this person left.",
    "staff.moved": "{by} recorded a move to {department} as {roles:%|nothing yet}.",
    "staff.reporting-line-set": "{by} recorded that this person reports to {reports_to:%|nobody}.",
}
"""By wire type. A type without a sentence is a bug, and a test's business."""


class _Said:
    """A field's value in words, as a sentence's placeholder asks for it."""

    def __init__(self, words: str, *, is_there: bool) -> None:
        self.words = words
        self.is_there = is_there

    def __format__(self, spec: str) -> str:
        if not spec:
            return self.words
        there, _, absent = spec.partition("|")
        return there.replace("%", self.words) if self.is_there else absent


def sentence(envelope: Envelope, event: Event, opened: Mapping[str, str] = _NOTHING_OPENED) -> str:
    """The event in one sentence. `opened`: clear texts to show, by field; all other personal data stays [sealed].

    Raises KeyError for a type without a sentence.
    """
    said = {name: _said(event, name, opened) for name in type(event).model_fields}
    said["by"] = _Said(_who(envelope), is_there=True)
    return SENTENCES[event.wire_type].format_map(said)


def _who(envelope: Envelope) -> str:
    who = "The system" if envelope.actor == SYSTEM else envelope.actor
    return who if envelope.on_behalf_of is None else f"{who}, on behalf of {envelope.on_behalf_of},"


def _said(event: Event, name: str, opened: Mapping[str, str]) -> _Said:
    value = getattr(event, name)
    if isinstance(value, Personal):
        words = f'"{" ".join(opened[name].split())}"' if name in opened else SEALED
        return _Said(words, is_there=True)
    if isinstance(value, Money):
        return _Said(_money(value), is_there=value.minor > 0)
    words = _words(value)
    if get_origin(type(event).model_fields[name].annotation) is Literal:
        words = words.replace("_", " ")
    return _Said(words, is_there=bool(value))


def _words(value: Any) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        case Scores():
            return ", ".join(f"{name} {score}" for name, score in value)
        case Evidence():
            return f"{value.kind.replace('_', ' ')} {value.reference}"
        case ExternalReference():
            return f"{value.source} {value.id}"
        case tuple() if any(isinstance(item, Value) for item in value):
            return str(len(value))
        case tuple():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


def _money(money: Money) -> str:
    decimals = _DECIMALS.get(money.currency, 2)
    whole, part = divmod(money.minor, 10**decimals)
    digits = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    return f"{digits} {money.currency}"
