"""What the simulated people say, and the proofs that they keep."""

import hashlib
from typing import Any

from closedloop.simulation.case import Case

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
LETTER = "非常抱歉给您带来不便。Dear customer, we have looked into it; our reasons and your rights are below."


def proof(case: Case, what: str) -> str:
    """A reference that no other step of the run has."""
    return f"{what}-{case.name}-{case.steps}"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "CNY"}


def telephone(case: Case) -> str:
    return f"+86 21 5555 {case.rng.randrange(10_000):04}"


async def signed(case: Case, service: str, who: str, kind: str = "signature") -> dict[str, str]:
    """The customer's own word as a file that the service keeps, and the evidence that names it."""
    content = f"%PDF-1.4\n{case.name} {case.steps}\n%%EOF\n".encode()
    kept = await case.sends_file(who, service, content, "application/pdf")
    return {"kind": kind, "reference": proof(case, kind), "sha256": kept}
