"""Remedy: options, approval step by step, offer, answer, execution in steps, what goes wrong, what is taken back."""

from datetime import datetime, timedelta
from typing import Any

from closedloop.simulation.case import Case
from closedloop.simulation.stories.sidelines import meanwhile
from closedloop.simulation.stories.words import INSTRUCTION, LETTER, money, proof, sha256, signed

REMEDIES = ("compensation", "refund", "refund", "goodwill", "waiver", "correction", "apology", "no_remedy")
PAID_OUT = ("compensation", "refund", "goodwill")
_MONEY = (*PAID_OUT, "waiver")
_AMOUNTS = (5_000, 18_800, 88_000, 350_000, 1_200_000)
OFFERS = 3
"""After so many that the customer did not take, the firm says its last word."""


async def resolve(case: Case) -> str:
    """Options, approval, offer, answer; says what ended it."""
    await meanwhile(case)
    rounds, case.wants_nothing = 0, False
    while rounds < OFFERS and not case.wants_nothing:
        kind = case.rng.choice(REMEDIES)
        digest, amount = await _approved(case, kind)
        offer = {"digest": digest, "letter": LETTER, "channel": "letter", "proof": proof(case, "post")}
        await case.does(case.officer(), "resolution", "offer", offer)
        if kind != "no_remedy" and await _not_taken(case, digest, binding=kind in _MONEY):
            rounds += 1
            continue
        if await _carried_out(case, kind, digest, amount):
            await _afterwards(case)
            case.paid = digest if kind in PAID_OUT else ""
            return kind.replace("_", " ")
    return await _last_word(case)


async def _approved(case: Case, kind: str) -> tuple[str, int]:
    """An option of this kind, approved by as many as it takes; gives its digest and amount."""
    while True:
        officer = case.officer()
        amount = _amount(case) if kind in _MONEY else 0
        option = f"o{case.cycle}-{case.steps}"
        await _propose(case, officer, option, kind, amount)
        # Side by side with "no remedy", or that with something else: a special complaint is a choice (F09).
        other = "apology" if kind == "no_remedy" else "no_remedy"
        await _propose(case, officer, f"{option}-other", other, 0)
        if case.chance(0.05):
            spare = f"{option}-spare"
            await _propose(case, officer, spare, "apology", 0)
            gone = {"option": spare, "reasons": "The letter says it already."}
            await case.does(officer, "resolution", "option-withdrawal", gone)
        await case.does(officer, "resolution", "remedy-submission", {"option": option})
        digest = await _digest_of(case, option)
        if not await _sent_back(case, digest):
            await _approve(case, digest)
            return digest, amount


def _amount(case: Case) -> int:
    """Mostly a round sum; where a sandbox pays, sometimes one that it refuses, or of which it never says anything."""
    amount = case.rng.choice(_AMOUNTS)
    drawn = case.rng.random()
    if case.world.sandbox and drawn < 0.05:
        return amount + 13
    return amount + 17 if case.world.sandbox and drawn < 0.06 else amount


async def _propose(case: Case, officer: str, option: str, kind: str, amount: int) -> None:
    execute_by: datetime = await case.world.now() + timedelta(days=60)
    body: dict[str, Any] = {
        "option": option, "kind": kind, "amount": money(amount),
        "steps": [{"label": "Direct loss 直接损失", "amount": money(amount)}] if amount else [],
        "description": "What we do, and why.", "execute_by": execute_by.isoformat(),
    }  # fmt: skip
    if amount >= 88_000 and amount % 100 == 0 and kind != "waiver" and case.chance(0.3):
        body["instalments"] = [{"amount": money(amount - amount // 2)}, {"amount": money(amount // 2)}]
        case.instalments[option] = 2
    await case.does(officer, "resolution", "remedies", body)


async def _digest_of(case: Case, option: str) -> str:
    path = f"resolution/complaints/{case.id}/remedies?limit=200"
    answer = await case.world.ask("cao.ying", path, seen=case.tokens["resolution"])
    digest = next(str(row["digest"]) for row in answer.body["items"] if row["option"] == option)
    case.instalments[digest] = case.instalments.get(option, 1)
    return digest


async def _sent_back(case: Case, digest: str) -> bool:
    """The lead wants another, or this one not at all."""
    lead = case.decider()
    if case.chance(0.05):
        other = {"digest": sha256("x"), "instruction": INSTRUCTION}
        await case.is_refused(lead, "resolution", "approval", other)
    drawn = case.rng.random()
    if drawn < 0.08:
        await case.does(lead, "resolution", "remedy-return", {"digest": digest, "reasons": "Show the steps."})
    elif drawn < 0.12:
        await case.does(lead, "resolution", "remedy-rejection", {"digest": digest, "reasons": "Not for this."})
    return drawn < 0.12


async def _approve(case: Case, digest: str) -> None:
    """By the department's lead, and by those above as long as the sum is above the limit of who approved."""
    wish = {"digest": digest, "instruction": INSTRUCTION}
    for approver in case.deciders():
        events = (await case.does(approver, "resolution", "approval", wish)).body["events"]
        case.approvers.add(approver)
        if "remedy.approval-escalated" not in events:
            return


async def _not_taken(case: Case, digest: str, *, binding: bool) -> bool:
    """The customer declines, wants nothing any more, or never answers: what needs no acceptance does not lapse."""
    drawn = case.rng.random()
    counter = case.at_the_counter()
    if drawn < 0.12:
        await case.does(counter, "resolution", "decline", {"digest": digest, "reasons": "Too little."})
    elif drawn < 0.14:
        evidence = await signed(case, "resolution", counter, "letter")
        final = {"digest": digest, "reasons": "I want nothing from you.", "final": True, "evidence": evidence}
        await case.does(counter, "resolution", "decline", final)
        case.wants_nothing = True
    elif drawn < 0.18 and binding:
        await case.world.wait(timedelta(days=31))
        await case.until_lapsed(digest)
    return drawn < (0.18 if binding else 0.14)


async def _carried_out(case: Case, kind: str, digest: str, amount: int) -> bool:
    """Says whether it was: a payment may be refused for good, and then another remedy is needed."""
    if kind == "no_remedy":
        await case.does(case.officer(), "resolution", "conclusion", {"digest": digest})
        return True
    executor = case.someone("executor")
    if amount:
        if case.chance(0.15):
            await case.is_refused(executor, "resolution", "execution", {"digest": digest})
        counter = case.at_the_counter()
        taken = {"digest": digest, "evidence": await signed(case, "resolution", counter)}
        await case.does(counter, "resolution", "acceptance", taken)
    if kind not in PAID_OUT:
        done = {"digest": digest, "proof": proof(case, "done")}
        await case.does(executor, "resolution", "execution", done)
        return True
    for step in range(1, case.instalments.get(digest, 1) + 1):
        if not await _paid(case, executor, digest, step):
            return False
    return True


async def _paid(case: Case, executor: str, digest: str, step: int) -> bool:
    wish = {"digest": digest, "step": step}
    await case.does(executor, "resolution", "execution", wish)
    if case.chance(0.1):
        await case.does_or_is_refused(executor, "resolution", "execution", wish, "outcome_unknown")
    payment = await case.payment_of(digest, step)
    if payment["status"] == "refused":
        lead = case.decider()
        back = {"digest": digest, "reasons": "The account is closed: propose another way."}
        await case.does(lead, "resolution", "remedy-return", back)
        return False
    if payment["status"] == "unknown":
        other = case.someone("executor", but={executor})
        found = {
            "payment": payment["reference"],
            "paid": True,
            "receipt": proof(case, "bank"),
            "proof": proof(case, "st"),
        }
        await case.is_refused(executor, "resolution", "reconciliation", found)
        await case.does(other, "resolution", "reconciliation", found)
    return True


async def _afterwards(case: Case) -> None:
    """What follows from it for the firm and its people, and, seldom, that it is taken back."""
    if case.chance(0.15):
        await _learn_from_it(case)
    if case.chance(0.1):
        measure = {
            "measure": f"m{case.cycle}", "person": case.someone("agent"), "decision": "A written warning. 书面警告。",
        }  # fmt: skip
        recorded_by = case.someone("hr")
        await case.does(recorded_by, "resolution", "accountability", measure)
        if case.chance(0.3):
            undone = {"reasons": "It was somebody else's till."}
            path = f"accountability/m{case.cycle}/revocation"
            await case.does(case.someone("hr", but={recorded_by}), "resolution", path, undone)


async def _learn_from_it(case: Case) -> None:
    owner = case.someone("department_lead", case.department)
    action = f"a{case.cycle}"
    due: datetime = await case.world.now() + timedelta(days=10)
    raised = {"action": action, "what": "Check the night run twice.", "owner": owner, "due_at": due.isoformat()}
    await case.does(case.someone("triage_lead"), "resolution", "actions", raised)
    if case.chance(0.7):
        done = {"result": "The run is checked since Monday.", "proof": proof(case, "ticket")}
        await case.does(owner, "resolution", f"actions/{action}/completion", done)


async def _last_word(case: Case) -> str:
    """Nothing that was offered was taken: a higher approver says what the firm stands by (loop 7)."""
    if not case.wants_nothing:
        officer, option = case.officer(), f"o{case.cycle}-{case.steps}"
        await _propose(case, officer, option, "apology", 0)
        await _propose(case, officer, f"{option}-none", "no_remedy", 0)
        submission = {"option": option}
        await case.is_refused(officer, "resolution", "remedy-submission", submission, "rounds_used_up")
    stated = {
        "reasons": "We offered what the contract gives.", "letter": LETTER, "channel": "letter",
        "proof": proof(case, "post"),
    }  # fmt: skip
    who = case.someone("higher_approver", but=case.approvers | case.excluded)
    await case.does(who, "resolution", "final-position", stated)
    case.approvers.add(who)
    return "final position"
