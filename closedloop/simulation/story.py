"""The story of one complaint, from the telephone to the archive, every turn drawn by its own dice."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from closedloop.people import BUSINESS
from closedloop.simulation.case import AUDITOR, Case

MOST_CYCLES = 3
CHANNELS = ("phone", "phone", "web", "app", "branch", "letter", "email")
COMPLAINTS = (
    "同一笔还款被扣了两次, 客服让我等三十天, 到现在没有任何答复。",
    "My card was charged twice for one purchase and nobody called me back.",
    "理财产品的收益和销售时说的完全不一样, 我要求退还差额。",
    "The branch closed my account without telling me, and my salary bounced.",
    "手机银行转账显示失败, 钱却已经扣走了。",
    "I was promised a fee waiver in writing and was still charged the fee.",
)
NAMES = (
    "王芳",
    "李强",
    "陈静",
    "Anna Schmidt",
    "José García",
    "刘洋",
    "Grace Lee",
    "Mohammed Ali",
    "赵磊",
    "Ivy Brown",
)
CAUSES = ("service-attitude", "system-fault", "disclosure", "fees", "process", "information-security")
INSTRUCTION = "同意, 尽快办理。 Approved; please pay today."
REMEDIES = ("compensation", "refund", "correction", "apology")


def proof(case: Case, what: str) -> str:
    return f"{what}-{case.name}-{case.steps}"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def tell(case: Case) -> str:
    """Work the complaint to its end; gives the ending as its people see it."""
    await register(case)
    while True:
        kind = await work_cycle(case)
        if await call_back(case):
            await close(case)
            return f"{kind}, satisfied" + (f", cycle {case.cycle}" if case.cycle > 1 else "")
        await reopen(case, judgement=kind == "not established")


async def register(case: Case) -> None:
    agent = case.someone("agent")
    now = await case.world.now()
    body: dict[str, Any] = {
        "complainant": case.rng.choice(NAMES),
        "contact": f"+86 21 5555 {case.rng.randrange(10_000):04}",
        "received_at": (now - timedelta(minutes=case.rng.randrange(1, 600))).isoformat(),
        "channel": case.rng.choice(CHANNELS),
        "content": case.rng.choice(COMPLAINTS),
        "product": "信用卡 credit card",
    }
    if case.chance(0.05):
        tomorrow = {"received_at": (now + timedelta(days=1)).isoformat()}
        await case.is_refused(agent, "intake", "complaints", body | tomorrow, "received_in_future")
    answer = await case.does(agent, "intake", "complaints", body)
    case.id = answer.body["complaint_id"]
    case.department = case.rng.choice(BUSINESS)
    special, restricted = case.chance(0.15), case.chance(0.04)
    if case.chance(0.1):
        await case.is_refused(case.someone("triage_lead"), "intake", "judgement", established(case), "not_acknowledged",
                              "not_classified")  # fmt: skip
    await acknowledge(case)
    complained_of = [case.someone("agent", but=case.acted)] if case.chance(0.06) else []
    classification = {
        "category": f"{case.department}/general",
        "severity": "special" if special else "ordinary",
        "reasons": ["vulnerable-customer"] if special else [],
        "vulnerable": special,
        "restricted": restricted,
        "complained_of": complained_of,
    }
    case.barred.update(complained_of)
    await case.does(case.someone("agent"), "intake", "classification",
                    classification)  # fmt: skip
    case.restricted = restricted
    if restricted:
        await case.is_refused(case.someone("agent"), "intake", "classification", classification, "restricted_case")
    if special and case.chance(0.2):
        quietly = classification | {"severity": "ordinary", "reasons": []}
        await case.is_refused(case.someone("triage_lead"), "intake", "classification", quietly, "special_stays")


async def acknowledge(case: Case) -> None:
    await case.does(case.at_the_counter(), "intake", "acknowledgement", {"channel": "sms", "proof": proof(case, "sms")})


def established(case: Case) -> dict[str, Any]:
    return {
        "verdict": "established",
        "grounds": "The statement shows what the customer says. 理由充分。",
        "demand": "The demand is within what the contract gives. 要求合理。",
        "department": case.department,
        "days_asked": 15,
    }


async def work_cycle(case: Case) -> str:
    """From judgement (or investigation, after a reopening) to what ends the handling; says what that was."""
    if case.cycle == 1 or case.judges:
        if case.cycle == 1 and not case.restricted and case.chance(0.18):
            await reject(case)
            return "not established"
        judge = case.someone("triage_lead", but=case.judges)
        await case.does(judge, "intake", "judgement", established(case))
        await case.does(judge, "intake", "department", {"department": case.department, "recused": []})
        case.judges = set()
    await investigate(case)
    return await resolve(case)


async def reject(case: Case) -> None:
    judge = case.someone("triage_lead")
    verdict = established(case) | {"verdict": "not_established", "reasons": "The fee was agreed in writing."}
    del verdict["days_asked"]
    await case.does(judge, "intake", "judgement", verdict)
    if case.chance(0.3):
        alone = {"reasons": "I agree with myself."}
        codes = ("same_person", "second_person_required", "judge_may_not_confirm", "own_judgement")
        await case.is_refused(judge, "intake", "rejection/confirmation", alone, *codes)
    second = case.someone("reviewer")
    if case.chance(0.2):
        await case.does(second, "intake", "rejection/return", {"reasons": "Read the recording again."})
        case.judges = {judge}
        judge = case.someone("triage_lead")
        await case.does(judge, "intake", "judgement", verdict)
    await case.does(second, "intake", "rejection/confirmation", {"reasons": "The reasons hold."})
    letter = {
        "letter": "非常抱歉。Dear customer, … with our reasons.",
        "channel": "letter",
        "proof": proof(case, "post"),
    }
    await case.does(case.at_the_counter(), "intake", "courtesy-reply", letter)
    case.judges |= {judge, second}


async def investigate(case: Case) -> None:
    await case.until("investigation", "status", "opened", "reopened", "open", "awaiting_investigator")
    lead = case.someone("department_lead", case.department)
    if case.investigators:
        again = {"investigator": min(case.investigators), "declaration": proof(case, "declaration")}
        await case.is_refused(lead, "investigation", "investigator", again)
    investigator = await assign(case, lead)
    if case.chance(0.08):
        await case.does(investigator, "investigation", "conflict", {"nature": "The customer is my neighbour."})
        case.barred.add(investigator)
        investigator = await assign(case, lead, reason="conflict-of-interest")
    for n in range(case.rng.randrange(1, 4)):
        evidence = {
            "evidence": f"e{case.cycle}-{n}", "kind": "recording", "title": "Call recording",
            "sha256": sha256(f"{case.name}{case.cycle}{n}"), "size": 120_000, "media_type": "audio/ogg",
            "obtained_from": "telephony",
        }  # fmt: skip
        await case.does(investigator, "investigation", "evidence", evidence)
    findings = {
        "verdict": case.rng.choice(("upheld", "upheld", "partly", "rejected")),
        "reasons": "The recording and the ledger agree.",
        "loss": {"minor": case.rng.randrange(0, 300_000), "currency": "CNY"},
    }
    if case.chance(0.1):
        await case.is_refused(investigator, "investigation", "findings", findings)
    cause = {"cause": case.rng.choice(CAUSES), "department": case.department}
    await case.does(investigator, "investigation", "cause", cause)
    await case.does(investigator, "investigation", "findings", findings)
    if case.chance(0.15):
        await case.does(lead, "investigation", "findings/return", {"reasons": "Ask the branch as well."})
        await case.does(investigator, "investigation", "findings", findings)
    await case.does(lead, "investigation", "findings/acceptance")
    await case.world.wait(timedelta(hours=case.rng.randrange(2, 72)))


async def assign(case: Case, lead: str, reason: str | None = None) -> str:
    investigator = case.someone("investigator", case.department, but=case.investigators | case.acted)
    body = {"investigator": investigator, "declaration": proof(case, "declaration")}
    await case.does(lead, "investigation", "investigator", body | ({"reason": reason} if reason else {}))
    case.investigators.add(investigator)
    return investigator


async def resolve(case: Case) -> str:
    """Options, approval, offer, answer; says which remedy ended it."""
    for attempt in range(1, 5):
        kind = case.rng.choice(REMEDIES) if attempt < 4 else "no_remedy"
        digest, amount = await approved(case, kind, attempt)
        offer = {"digest": digest, "letter": "We offer … 我们的处理方案如下…", "channel": "letter",
                 "proof": proof(case, "post")}  # fmt: skip
        await case.does(case.officer(), "resolution", "offer", offer)
        if kind != "no_remedy" and attempt < 3 and case.chance(0.15):
            await case.does(
                case.at_the_counter(), "resolution", "decline", {"digest": digest, "reasons": "Too little."}
            )
            continue
        await carry_out(case, kind, digest, amount)
        return kind.replace("_", " ")
    raise AssertionError("the fourth attempt always ends it")


async def approved(case: Case, kind: str, attempt: int) -> tuple[str, int]:
    """An option of this kind, approved; gives its digest and amount."""
    officer = case.officer()
    amount = case.rng.choice((5_000, 18_800, 88_000, 350_000, 1_200_000)) if kind in ("compensation", "refund") else 0
    while True:
        option = f"o{case.cycle}-{attempt}-{case.steps}"
        await propose(case, officer, option, kind, amount)
        if kind != "no_remedy":
            await propose(case, officer, f"{option}-none", "no_remedy", 0)
        await case.does(officer, "resolution", "remedy-submission", {"option": option})
        digest = await digest_of(case, option)
        lead = case.someone("department_lead", case.department)
        if case.chance(0.05):
            other = {"digest": sha256("x"), "instruction": INSTRUCTION}
            await case.is_refused(lead, "resolution", "approval", other)
        if case.chance(0.1):
            await case.does(lead, "resolution", "remedy-return", {"digest": digest, "reasons": "Show the steps."})
            continue
        await approve(case, lead, digest)
        return digest, amount


async def approve(case: Case, lead: str, digest: str) -> None:
    """By the department's lead, or the first above them whose limit covers it with all that was given before."""
    wish = {"digest": digest, "instruction": INSTRUCTION}
    for approver in (lead, case.someone("approver")):
        if await case.does_or_is_refused(approver, "resolution", "approval", wish, "above_limit"):
            return
    await case.does(case.someone("higher_approver"), "resolution", "approval", wish)


async def propose(case: Case, officer: str, option: str, kind: str, amount: int) -> None:
    money = {"minor": amount, "currency": "CNY"}
    execute_by: datetime = await case.world.now() + timedelta(days=30)
    body = {
        "option": option, "kind": kind, "amount": money,
        "steps": [{"label": "Direct loss 直接损失", "amount": money}] if amount else [],
        "description": "What we do, and why.", "execute_by": execute_by.isoformat(),
    }  # fmt: skip
    await case.does(officer, "resolution", "remedies", body)


async def digest_of(case: Case, option: str) -> str:
    path = f"resolution/complaints/{case.id}/remedies?limit=200"
    answer = await case.world.ask(AUDITOR, path, seen=case.tokens["resolution"])
    return next(str(row["digest"]) for row in answer.body["items"] if row["option"] == option)


async def carry_out(case: Case, kind: str, digest: str, amount: int) -> None:
    executor = case.someone("executor")
    if kind == "no_remedy":
        await case.does(case.officer(), "resolution", "conclusion", {"digest": digest})
        return
    if amount:
        if case.chance(0.15):
            await case.is_refused(executor, "resolution", "execution", {"digest": digest})
        evidence = {"kind": "signature", "reference": proof(case, "signature"), "sha256": sha256(case.name)}
        await case.does(case.at_the_counter(), "resolution", "acceptance", {"digest": digest, "evidence": evidence})
    execution = {"digest": digest} | ({} if amount else {"proof": proof(case, "done")})
    await case.does(executor, "resolution", "execution", execution)
    if amount and case.chance(0.1):
        await case.does(executor, "resolution", "execution", execution)


async def call_back(case: Case) -> bool:
    """Reach the customer; says whether they are satisfied."""
    await case.until("callback", "status", "due")
    late = case.chance(0.05)
    await case.world.wait(timedelta(days=4) if late else timedelta(hours=case.rng.randrange(1, 60)))
    caller = case.someone("callback_agent", but=case.acted)
    if case.chance(0.2):
        await case.is_refused(caller, "callback", "closing", None)
    if case.chance(0.3):
        missed = {"outcome": "no_answer", "channel": "phone", "no_recording_reason": "not-connected"}
        await call(case, caller, missed)
        await case.world.wait(timedelta(hours=5))
    reached = {
        "outcome": "reached",
        "channel": "phone",
        "recording": proof(case, "recording"),
        "actions": ["file_ready", "identified", "asked_permission", "stated_subject", "discussed", "thanked"],
        "notes": "Talked it over.",
    }
    await call(case, caller, reached)
    satisfied = case.cycle >= MOST_CYCLES or case.restricted or case.chance(0.8)
    score = 5 if satisfied else 2
    scores = dict.fromkeys(("timeliness", "professionalism", "effectiveness", "attitude"), score)
    result = {"satisfied": satisfied, "scores": scores, "words": "满意, 谢谢。" if satisfied else "I am not satisfied."}
    await case.does(caller, "callback", "satisfaction", result)
    case.tokens["caller"] = caller
    return satisfied


async def call(case: Case, caller: str, attempt: dict[str, Any]) -> None:
    """Call the customer; at their time of rest the house refuses, and one waits until it is over."""
    while not await case.does_or_is_refused(caller, "callback", "callback-attempts", attempt, "outside_hours"):
        shown = (await case.read("callback")).body
        now = await case.world.now()
        begins = (datetime.fromisoformat(window.partition("/")[0]) for window in shown["windows"])
        await case.world.wait(min((begin - now for begin in begins if begin > now), default=timedelta(hours=1)))


async def reopen(case: Case, *, judgement: bool) -> None:
    caller = case.tokens["caller"]
    await case.is_refused(caller, "callback", "closing", None, "dissatisfied_not_closed")
    await case.does(
        caller, "callback", "reopening", {"reason": "dissatisfied", "explanation": "Not what was promised."}
    )
    case.cycle += 1
    case.acted = set()
    if judgement:
        await case.until("intake", "status", "registered", "reopened", "classified", "acknowledged")
        await acknowledge(case)
    else:
        case.judges = set()


async def close(case: Case) -> None:
    caller = case.tokens["caller"]
    await case.does(caller, "callback", "closing")
    await case.does(case.someone("triage_lead"), "callback", "summary",
                    {"cause": case.rng.choice(CAUSES), "lesson": "Call back sooner. 尽早回访。"})  # fmt: skip
    await case.until("callback", "status", "archived")
